//! 资格审核: manufacturers apply to a round with products, its office decides about them.
mod apply;
mod decide;
mod read;

pub use apply::{
    DraftQualification, Offer, ReviseQualification, draft_qualification, revise_qualification,
    submit_qualification,
};
pub use decide::{Judgement, SetController, decide_products, judge_qualification, set_controller};
pub use jicai_store::procurement::qualification::{Application, Wanted};
pub(crate) use read::paper;
pub use read::{qualification, qualifications, qualified_products};

use jicai_domain::audit::Act;
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::Version;
use jicai_domain::procurement::qualification::Qualification;

/// The application, if it is still as the caller has seen it. Errors: `STALE_VERSION`.
fn seen_at(version: Version, current: Qualification) -> Result<Qualification, Refusal> {
    if current.version == version { Ok(current) } else { Err(Refusal::of(Code::StaleVersion).at("version")) }
}

/// What happened to an application, with what tells it from others.
fn act(kind: &'static str, changed: &Qualification) -> Act {
    Act::new(kind, changed.id)
        .with("round", changed.round)
        .with("applicant", changed.applicant)
        .with("version", changed.version.number())
}
