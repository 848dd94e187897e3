//! 报量: what an institution reports for a round, and its review from the county over the city to the province, which locks it.
mod line;

pub use line::{DemandLine, LINE_VOLUME_MAX, LINES_MAX, each_once, units};

use crate::errors::{Code, Refusal};
use crate::identity::{Reason, RegionCode, RegionLevel, Scope, Version};
use crate::ids::{DemandFormId, OrganizationId, RoundId};
use crate::procurement::round::Round;
use crate::time::Timestamp;

/// What an institution reports for a round, without its lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DemandForm {
    /// Its id.
    pub id: DemandFormId,
    /// The round.
    pub round: RoundId,
    /// Whose demand it is, whoever typed it.
    pub institution: OrganizationId,
    /// The smallest region that holds the institution.
    pub region: RegionCode,
    /// How far it is.
    pub status: DemandStatus,
    /// How often it changed.
    pub version: Version,
}

/// How far a form is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DemandStatus {
    /// 填报中: the institution or its lead fills it.
    Draft,
    /// 待审: it waits for reviewers.
    Submitted {
        /// The region whose reviewers it waits for: a county, a city or a province.
        waits_in: RegionCode,
    },
    /// 退回: the institution has to put something right.
    Returned {
        /// What.
        reason: Reason,
    },
    /// 锁定: it counts, and never changes again.
    Locked,
}

/// What can happen to a form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DemandCommand {
    /// Its lines change.
    Fill,
    /// The institution stands by it.
    Submit {
        /// The regions that have reviewers of their own.
        staffed: Vec<RegionCode>,
    },
    /// The reviewers that it waits for find it in order.
    Approve {
        /// The regions that have reviewers of their own.
        staffed: Vec<RegionCode>,
    },
    /// They do not.
    Return {
        /// Why.
        reason: Reason,
    },
}

impl DemandStatus {
    /// Every label, in rows and on the wire.
    pub const LABELS: &[&str] = &["DRAFT", "SUBMITTED", "RETURNED", "LOCKED"];

    /// The stable label.
    pub const fn label(&self) -> &'static str {
        match self {
            Self::Draft => "DRAFT",
            Self::Submitted { .. } => "SUBMITTED",
            Self::Returned { .. } => "RETURNED",
            Self::Locked => "LOCKED",
        }
    }

    /// The status of a row. None where the columns are no status.
    pub fn from_row(label: &str, waits_in: Option<RegionCode>, reason: Option<Reason>) -> Option<Self> {
        match (label, waits_in, reason) {
            ("DRAFT", None, None) => Some(Self::Draft),
            ("SUBMITTED", Some(waits_in), None) => Some(Self::Submitted { waits_in }),
            ("RETURNED", None, Some(reason)) => Some(Self::Returned { reason }),
            ("LOCKED", None, None) => Some(Self::Locked),
            _other => None,
        }
    }

    /// The region whose reviewers it waits for.
    pub const fn waits_in(&self) -> Option<RegionCode> {
        match self {
            Self::Submitted { waits_in } => Some(*waits_in),
            Self::Draft | Self::Returned { .. } | Self::Locked => None,
        }
    }

    /// Why it was returned.
    pub const fn reason(&self) -> Option<&Reason> {
        match self {
            Self::Returned { reason } => Some(reason),
            Self::Draft | Self::Submitted { .. } | Self::Locked => None,
        }
    }

    /// Whether the institution has it in hand.
    pub const fn is_open(&self) -> bool {
        match self {
            Self::Draft | Self::Returned { .. } => true,
            Self::Submitted { .. } | Self::Locked => false,
        }
    }
}

impl DemandForm {
    /// A new one of an institution in that region.
    pub fn begin(
        id: DemandFormId,
        round: RoundId,
        institution: OrganizationId,
        region: RegionCode,
    ) -> DemandForm {
        DemandForm { id, round, institution, region, status: DemandStatus::Draft, version: Version::FIRST }
    }

    /// Whether the institution may change or submit it now: until the round's reporting ends, and what was returned until reviews end,
    /// so that a late return costs nobody their demand. Errors: `DEMAND_STATE` while reviewers have it and once it is locked,
    /// `ROUND_CLOSED`.
    pub fn accepts_report(&self, round: &Round, now: Timestamp) -> Result<(), Refusal> {
        match self.status {
            DemandStatus::Draft => round.accepts_demand(now),
            DemandStatus::Returned { .. } => round.accepts_demand_reviews(now),
            DemandStatus::Submitted { .. } | DemandStatus::Locked => Err(self.refused()),
        }
    }

    /// Whether whoever has that jurisdiction is a reviewer of the region that it waits in. A province does not approve what still waits in
    /// the county. Errors: `DEMAND_STATE` where it waits for nobody, `DEMAND_STAGE` naming the region.
    pub fn waits_for(&self, scope: &Scope) -> Result<(), Refusal> {
        let waits_in = self.status.waits_in().ok_or_else(|| self.refused())?;
        if scope.regions().contains(&waits_in) {
            Ok(())
        } else {
            Err(Refusal::of(Code::DemandStage).allowing(waits_in.to_string()))
        }
    }

    /// The form after the command. What was returned passes every stage again, because those before saw something else.
    /// Errors: `DEMAND_STATE`.
    pub fn apply(self, command: DemandCommand) -> Result<DemandForm, Refusal> {
        let status = match (&self.status, command) {
            (DemandStatus::Draft | DemandStatus::Returned { .. }, DemandCommand::Fill) => self.status.clone(),
            (DemandStatus::Draft | DemandStatus::Returned { .. }, DemandCommand::Submit { staffed }) => {
                waiting(stage_after(self.region, None, &staffed))
            }
            (DemandStatus::Submitted { waits_in }, DemandCommand::Approve { staffed }) => {
                waiting(stage_after(self.region, Some(*waits_in), &staffed))
            }
            (DemandStatus::Submitted { .. }, DemandCommand::Return { reason }) => {
                DemandStatus::Returned { reason }
            }
            (
                DemandStatus::Draft
                | DemandStatus::Submitted { .. }
                | DemandStatus::Returned { .. }
                | DemandStatus::Locked,
                _command,
            ) => return Err(self.refused()),
        };
        Ok(DemandForm { status, version: self.version.next(), ..self })
    }

    fn refused(&self) -> Refusal {
        Refusal::of(Code::DemandState).allowing(format!("not while {}", self.status.label()))
    }
}

const fn waiting(stage: Option<RegionCode>) -> DemandStatus {
    match stage {
        Some(waits_in) => DemandStatus::Submitted { waits_in },
        None => DemandStatus::Locked,
    }
}

/// Where a form waits next: in the region of the institution or the next wider one, up to the province. A county or a city that has no
/// reviewers of its own is left out. A province is never: somebody has to lock the form, and it waits until there is somebody.
fn stage_after(region: RegionCode, after: Option<RegionCode>, staffed: &[RegionCode]) -> Option<RegionCode> {
    let wider = |stage: &RegionCode| after.is_none_or(|after| *stage != after && stage.covers(after));
    stages(region)
        .filter(wider)
        .find(|stage| stage.level() == RegionLevel::Province || staffed.contains(stage))
}

/// Every region whose reviewers a form of that region may pass.
pub fn stages(region: RegionCode) -> impl Iterator<Item = RegionCode> {
    region.ancestors().take_while(|stage| *stage != RegionCode::NATION)
}

/// The smallest region that holds all regions of an institution. Errors: `DEMAND_REGION` where no province does.
pub fn region_of(regions: &[RegionCode]) -> Result<RegionCode, Refusal> {
    let nowhere = Refusal::of(Code::DemandRegion);
    let mut wider = regions.first().ok_or(nowhere.clone())?.ancestors();
    wider
        .find(|wider| regions.iter().all(|region| wider.covers(*region)))
        .filter(|found| *found != RegionCode::NATION)
        .ok_or(nowhere)
}

/// The one of the round's regions that buys for an institution in that region: the smallest that covers it.
/// Errors: `DEMAND_REGION`.
pub fn buying_region(buyers: &[RegionCode], region: RegionCode) -> Result<RegionCode, Refusal> {
    let covering = buyers.iter().copied().filter(|buyer| buyer.covers(region));
    // A region has a greater code than whatever it is part of.
    covering.max().ok_or(Refusal::of(Code::DemandRegion))
}

/// Whether the round's demand may be seen by others than institutions and reviewers: once reporting is over.
/// Errors: `ROUND_CLOSED`.
pub fn shows_totals(round: &Round, now: Timestamp) -> Result<(), Refusal> {
    if now >= round.calendar.demand_until { Ok(()) } else { Err(Refusal::of(Code::RoundClosed)) }
}

#[cfg(test)]
mod tests;
