//! 配送关系: a manufacturer appoints a distributor for a city or county and everything below it.
use std::collections::BTreeSet;

use crate::errors::{Code, Refusal};
use crate::identity::{Reason, RegionCode, RegionLevel, Version};
use crate::ids::{DistributionRelationId, ListingId, OrganizationId, SelectedProductId, UserId};
use crate::time::{Day, Timestamp};

/// Distributors that a hospital may tick for one manufacturer.
pub const DISTRIBUTORS_MAX: usize = 20;

/// 直辖市: provinces that are cities.
const MUNICIPALITIES: [&str; 4] = ["110000", "120000", "310000", "500000"];

/// What a relation is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Goods {
    /// All that the manufacturer sells.
    All,
    /// One listed product.
    Listing(ListingId),
    /// One selected product.
    Product(SelectedProductId),
}

/// A distribution relation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Relation {
    /// Its id.
    pub id: DistributionRelationId,
    /// Who appoints.
    pub manufacturer: OrganizationId,
    /// Who is appointed.
    pub distributor: OrganizationId,
    /// The city or county; everything below it belongs to it.
    pub region: RegionCode,
    /// What it is for.
    pub goods: Goods,
    /// The relation whose place it takes when it is accepted, and why.
    pub replaces: Option<(DistributionRelationId, Reason)>,
    /// How it stands.
    pub state: RelationState,
    /// From which day on it holds.
    pub valid_from: Day,
    /// The day on which it holds no longer.
    pub valid_to: Option<Day>,
    /// Who proposed it.
    pub proposed_by: UserId,
    /// When.
    pub proposed_at: Timestamp,
    /// Who accepted it, and when.
    pub accepted: Option<(UserId, Timestamp)>,
    /// Counts its changes.
    pub version: Version,
}

/// How a relation stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RelationState {
    /// The distributor has not answered.
    Proposed,
    /// The distributor delivers.
    Accepted,
    /// The distributor does not want it.
    Refused {
        /// Why.
        reason: Reason,
    },
    /// One side ended it: what runs is finished, new orders need another relation.
    Voided {
        /// Why.
        reason: Reason,
        /// Which side.
        by: OrganizationId,
    },
    /// Another distributor took its place.
    Replaced {
        /// Why.
        reason: Reason,
        /// Whose wish it was.
        by: OrganizationId,
    },
}

/// What can happen to a relation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RelationCommand {
    /// The distributor takes it.
    Accept {
        /// Who.
        by: UserId,
        /// When.
        at: Timestamp,
    },
    /// The distributor does not.
    Refuse {
        /// Why.
        reason: Reason,
    },
    /// A side ends it.
    Void {
        /// Why.
        reason: Reason,
        /// Which side.
        by: OrganizationId,
        /// When.
        at: Timestamp,
    },
    /// Its successor was accepted.
    Replace {
        /// Why.
        reason: Reason,
        /// Whose wish it was.
        by: OrganizationId,
        /// When.
        at: Timestamp,
    },
}

impl RelationState {
    /// Every label.
    pub const LABELS: &[&str] = &["PROPOSED", "ACCEPTED", "REFUSED", "VOIDED", "REPLACED"];

    /// The stable label.
    pub const fn label(&self) -> &'static str {
        match self {
            Self::Proposed => "PROPOSED",
            Self::Accepted => "ACCEPTED",
            Self::Refused { .. } => "REFUSED",
            Self::Voided { .. } => "VOIDED",
            Self::Replaced { .. } => "REPLACED",
        }
    }

    /// Why it ended.
    pub const fn reason(&self) -> Option<&Reason> {
        match self {
            Self::Proposed | Self::Accepted => None,
            Self::Refused { reason } | Self::Voided { reason, .. } | Self::Replaced { reason, .. } => {
                Some(reason)
            }
        }
    }

    /// Which side ended it.
    pub const fn ended_by(&self) -> Option<OrganizationId> {
        match self {
            Self::Proposed | Self::Accepted | Self::Refused { .. } => None,
            Self::Voided { by, .. } | Self::Replaced { by, .. } => Some(*by),
        }
    }

    fn next(&self, command: &RelationCommand) -> Option<RelationState> {
        use RelationCommand as C;
        match (self, command) {
            (Self::Proposed, C::Accept { .. }) => Some(Self::Accepted),
            (Self::Proposed, C::Refuse { reason }) => Some(Self::Refused { reason: reason.clone() }),
            (Self::Proposed | Self::Accepted, C::Void { reason, by, .. }) => {
                Some(Self::Voided { reason: reason.clone(), by: *by })
            }
            (Self::Accepted, C::Replace { reason, by, .. }) => {
                Some(Self::Replaced { reason: reason.clone(), by: *by })
            }
            (Self::Proposed, C::Replace { .. })
            | (Self::Accepted, C::Accept { .. } | C::Refuse { .. })
            | (Self::Refused { .. } | Self::Voided { .. } | Self::Replaced { .. }, _) => None,
        }
    }
}

impl Relation {
    /// A new one. Errors: `RELATION_INVALID` for a region that is neither a city nor a county, and for days that are past or not in order.
    pub fn checked(self) -> Result<Self, Refusal> {
        let city = MUNICIPALITIES.iter().any(|code| self.region.to_string() == *code);
        let near = matches!(self.region.level(), RegionLevel::Prefecture | RegionLevel::County);
        if !city && !near {
            return Err(Refusal::of(Code::RelationInvalid).at("region").allowing("a city or a county"));
        }
        if self.valid_from < self.proposed_at.day_in_china() {
            return Err(Refusal::of(Code::RelationInvalid).at("validFrom").allowing("today or later"));
        }
        if self.valid_to.is_some_and(|to| to <= self.valid_from) {
            return Err(Refusal::of(Code::RelationInvalid).at("validTo").allowing("after validFrom"));
        }
        Ok(self)
    }

    /// The relation after a command. Errors: `RELATION_STATE`; `RELATION_INVALID` for one whose days are over before it is accepted.
    pub fn apply(self, command: RelationCommand) -> Result<Self, Refusal> {
        let state = self.state.next(&command).ok_or(Refusal::of(Code::RelationState))?;
        let next = Self { state, version: self.version.next(), ..self };
        match command {
            RelationCommand::Accept { by, at } => {
                let valid_from = next.valid_from.max(at.day_in_china());
                if next.valid_to.is_some_and(|to| to <= valid_from) {
                    return Err(Refusal::of(Code::RelationInvalid).at("validTo"));
                }
                Ok(Self { accepted: Some((by, at)), valid_from, ..next })
            }
            RelationCommand::Refuse { .. } => Ok(next),
            RelationCommand::Void { at, .. } | RelationCommand::Replace { at, .. } => Ok(next.ending(at)),
        }
    }

    /// A proposal to another distributor to take its place, for the same goods and region and no longer. Errors: `RELATION_STATE` for one
    /// that is not accepted, `RELATION_INVALID` for the same distributor.
    pub fn successor(
        &self,
        id: DistributionRelationId,
        (distributor, reason): (OrganizationId, Reason),
        (proposed_by, proposed_at): (UserId, Timestamp),
    ) -> Result<Self, Refusal> {
        if self.state != RelationState::Accepted {
            return Err(Refusal::of(Code::RelationState));
        }
        if self.distributor == distributor {
            return Err(Refusal::of(Code::RelationInvalid).at("distributor").allowing("another distributor"));
        }
        let next = Self {
            id,
            distributor,
            replaces: Some((self.id, reason)),
            state: RelationState::Proposed,
            valid_from: proposed_at.day_in_china(),
            proposed_by,
            proposed_at,
            accepted: None,
            version: Version::FIRST,
            ..self.clone()
        };
        next.checked()
    }

    /// It holds to the day before at most.
    fn ending(self, at: Timestamp) -> Self {
        let end = self.valid_from.max(at.day_in_china());
        Self { valid_to: Some(self.valid_to.map_or(end, |to| to.min(end))), ..self }
    }

    /// Whether it holds on a day.
    pub fn holds(&self, day: Day) -> bool {
        self.accepted.is_some() && self.valid_from <= day && self.valid_to.is_none_or(|to| day < to)
    }

    /// Whether the organization is a side of it.
    pub fn is_of(&self, organization: OrganizationId) -> bool {
        self.manufacturer == organization || self.distributor == organization
    }
}

/// Which distributors a hospital ticks for a manufacturer's goods. 勾选配送企业
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// The hospital.
    pub hospital: OrganizationId,
    /// Whose goods.
    pub manufacturer: OrganizationId,
    /// The ticked distributors, in the hospital's order.
    pub distributors: Vec<OrganizationId>,
    /// The one that new orders go to unless they name another.
    pub preferred: Option<OrganizationId>,
    /// Who chose.
    pub chosen_by: UserId,
    /// When.
    pub chosen_at: Timestamp,
    /// Counts its changes.
    pub version: Version,
}

impl Choice {
    /// Refuses distributors that are not appointed here, a preferred one that is not ticked, and one that is ticked twice.
    /// Errors: `DISTRIBUTOR_CHOICE_INVALID`, `DISTRIBUTOR_NOT_APPOINTED`.
    pub fn checked(self, appointed: &BTreeSet<OrganizationId>) -> Result<Self, Refusal> {
        let invalid = |field| Refusal::of(Code::DistributorChoiceInvalid).at(field);
        let distinct: BTreeSet<_> = self.distributors.iter().collect();
        if distinct.len() != self.distributors.len() || distinct.len() > DISTRIBUTORS_MAX {
            return Err(invalid("distributors"));
        }
        if self.preferred.is_none() != self.distributors.is_empty()
            || self.preferred.is_some_and(|preferred| !distinct.contains(&preferred))
        {
            return Err(invalid("preferred"));
        }
        match self.distributors.iter().find(|one| !appointed.contains(one)) {
            Some(other) => {
                let refusal = Refusal::of(Code::DistributorNotAppointed).at("distributors");
                Err(refusal.allowing(format!("not {other}")))
            }
            None => Ok(self),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::Id;

    fn noon(day: i32) -> Timestamp {
        Day::from_epoch_days(day).begins_in_china().plus_seconds(12 * 3600)
    }

    fn proposed() -> Relation {
        Relation {
            id: DistributionRelationId::from_number(1),
            manufacturer: OrganizationId::from_number(2),
            distributor: OrganizationId::from_number(3),
            region: RegionCode::parse("320100").unwrap(),
            goods: Goods::All,
            replaces: None,
            state: RelationState::Proposed,
            valid_from: Day::from_epoch_days(100),
            valid_to: None,
            proposed_by: UserId::from_number(4),
            proposed_at: noon(100),
            accepted: None,
            version: Version::FIRST,
        }
    }

    fn accept(day: i32) -> RelationCommand {
        RelationCommand::Accept { by: UserId::from_number(5), at: noon(day) }
    }

    fn ends(day: i32) -> [RelationCommand; 2] {
        let (reason, by) = (Reason::parse("停止合作").unwrap(), OrganizationId::from_number(2));
        let at = noon(day);
        [
            RelationCommand::Void { reason: reason.clone(), by, at },
            RelationCommand::Replace { reason, by, at },
        ]
    }

    #[test]
    fn every_state_takes_what_the_table_says_and_nothing_else() {
        let refuse = RelationCommand::Refuse { reason: Reason::parse("运力不足").unwrap() };
        let [void, replace] = ends(103);
        let accepted = proposed().apply(accept(102)).unwrap();
        let table = [
            (proposed(), ["ACCEPTED", "REFUSED", "VOIDED", ""]),
            (accepted.clone(), ["", "", "VOIDED", "REPLACED"]),
            (proposed().apply(refuse.clone()).unwrap(), ["", "", "", ""]),
            (accepted.clone().apply(void.clone()).unwrap(), ["", "", "", ""]),
            (accepted.apply(replace.clone()).unwrap(), ["", "", "", ""]),
        ];
        for (relation, expected) in table {
            for (command, expected) in
                [accept(102), refuse.clone(), void.clone(), replace.clone()].into_iter().zip(expected)
            {
                let outcome = relation.clone().apply(command);
                let label = outcome.as_ref().map_or("", |next| next.state.label());
                assert_eq!(label, expected, "{:?}", relation.state);
                assert!(outcome.map_or_else(
                    |refusal| refusal.code == Code::RelationState,
                    |next| next.version == relation.version.next()
                ));
            }
        }
    }

    #[test]
    fn it_holds_from_the_day_that_it_was_accepted_to_the_day_before_it_ended() {
        let held = |relation: &Relation| -> Vec<i32> {
            (98..108).filter(|day| relation.holds(Day::from_epoch_days(*day))).collect()
        };
        assert!(held(&proposed()).is_empty());
        let accepted = proposed().apply(accept(102)).unwrap();
        assert_eq!(held(&accepted), [102, 103, 104, 105, 106, 107]);
        for end in ends(105) {
            assert_eq!(held(&accepted.clone().apply(end).unwrap()), [102, 103, 104]);
        }
        for end in ends(102) {
            assert!(held(&accepted.clone().apply(end).unwrap()).is_empty());
        }
        let limited = Relation { valid_to: Some(Day::from_epoch_days(104)), ..accepted };
        let [void, _] = ends(106);
        assert_eq!(held(&limited.apply(void).unwrap()), [102, 103]);
        let over = Relation { valid_to: Some(Day::from_epoch_days(102)), ..proposed() };
        assert_eq!(over.apply(accept(102)).unwrap_err().code, Code::RelationInvalid);
    }

    #[test]
    fn a_relation_is_for_a_city_or_a_county_and_for_days_ahead() {
        let region =
            |code: &str| Relation { region: RegionCode::parse(code).unwrap(), ..proposed() }.checked();
        for fits in ["320100", "320106", "310000"] {
            assert!(region(fits).is_ok(), "{fits}");
        }
        for wide in ["320000", "000000"] {
            assert_eq!(region(wide).unwrap_err().field, Some("region"), "{wide}");
        }
        let past = Relation { valid_from: Day::from_epoch_days(99), ..proposed() };
        assert_eq!(past.checked().unwrap_err().field, Some("validFrom"));
        let turned = Relation { valid_to: Some(Day::from_epoch_days(100)), ..proposed() };
        assert_eq!(turned.checked().unwrap_err().field, Some("validTo"));
    }

    #[test]
    fn a_hospital_ticks_who_is_appointed_and_prefers_one_of_them() {
        let org = OrganizationId::from_number;
        let choice = |distributors: &[u128], preferred: Option<u128>| {
            let choice = Choice {
                hospital: org(1),
                manufacturer: org(2),
                distributors: distributors.iter().copied().map(org).collect(),
                preferred: preferred.map(org),
                chosen_by: UserId::from_number(1),
                chosen_at: Timestamp::from_micros(0),
                version: Version::FIRST,
            };
            choice.checked(&[org(3), org(4)].into()).map_err(|refusal| (refusal.code, refusal.field)).err()
        };
        let invalid = |field| Some((Code::DistributorChoiceInvalid, Some(field)));
        assert_eq!(choice(&[3, 4], Some(4)), None);
        assert_eq!(choice(&[], None), None);
        assert_eq!(choice(&[3, 3], Some(3)), invalid("distributors"));
        assert_eq!(choice(&[3], Some(4)), invalid("preferred"));
        assert_eq!(choice(&[3], None), invalid("preferred"));
        assert_eq!(choice(&[3, 5], Some(3)), Some((Code::DistributorNotAppointed, Some("distributors"))));
    }
}
