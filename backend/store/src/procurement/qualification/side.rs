//! Who sees which applications: the one place that says so.
use diesel::prelude::*;
use jicai_domain::identity::Scope;
use uuid::Uuid;

use crate::ids::column;
use crate::schema::{qualifications, round_regions, rounds};

/// From which side somebody looks at applications.
#[derive(Clone, Debug)]
pub enum Side {
    /// The applicant's.
    Applicant(Scope),
    /// That of the round's office, or of those who watch over a region that buys.
    Office(Scope),
}

/// A side in words of the query.
pub(super) struct Seen {
    applicants: Vec<Uuid>,
    offices: Vec<Uuid>,
    covered: Vec<String>,
}

impl From<&Side> for Seen {
    fn from(side: &Side) -> Self {
        let own = |scope: &Scope| scope.organization().map(column).into_iter().collect();
        let (applicants, offices, covered) = match side {
            Side::Applicant(scope) => (own(scope), Vec::new(), Vec::new()),
            Side::Office(scope) => {
                (Vec::new(), own(scope), scope.regions().iter().map(ToString::to_string).collect())
            }
        };
        Seen { applicants, offices, covered }
    }
}

/// The applicant's own; or what was handed in to the own office, or for a region of the jurisdiction.
#[diesel::dsl::auto_type(no_type_alias)]
pub(super) fn seen(side: Seen) -> _ {
    let applicants: Vec<Uuid> = side.applicants;
    let offices: Vec<Uuid> = side.offices;
    let covered: Vec<String> = side.covered;
    let inside = round_regions::within.overlaps_with(covered);
    let buying = round_regions::table.filter(inside).select(round_regions::round);
    let held = rounds::table.filter(rounds::office.eq_any(offices)).select(rounds::id);
    let near = qualifications::round.eq_any(held).or(qualifications::round.eq_any(buying));
    qualifications::applicant.eq_any(applicants).or(qualifications::submitted_at.is_not_null().and(near))
}
