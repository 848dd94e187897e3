//! 报量: filled by institutions and their leads, reviewed from the county to the province, shown as totals.
mod fill;
mod leads;
mod read;
mod review;

pub use fill::{FillDemand, fill_demand, submit_demand};
pub use jicai_store::procurement::demand::{Led, ListedLine, Reported, Total};
pub use leads::{Leading, end_lead, name_lead};
pub use read::{
    LinePlace, TotalPlace, demand_brands, demand_form, demand_forms, demand_leads, demand_lines,
    demand_totals,
};
pub use review::{DemandVerdict, review_demand};

use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::{Caller, Permission, Scope, Version};
use jicai_domain::procurement::demand::{DemandForm, DemandLine};

/// What the caller reaches of demand: its own and its members', or the jurisdiction's. Errors: `FORBIDDEN`.
fn reach(caller: &Caller) -> Result<Scope, Refusal> {
    caller.require(Permission::ReportDemand).or_else(|_forbidden| caller.require(Permission::ReviewDemand))
}

fn fresh_enough(form: &DemandForm, expected: Version) -> Result<(), Refusal> {
    if form.version == expected { Ok(()) } else { Err(Refusal::of(Code::StaleVersion).at("version")) }
}

/// All smallest units of some lines, for the log.
fn volume(lines: &[DemandLine]) -> u128 {
    lines.iter().map(|line| u128::from(line.volume)).sum()
}
