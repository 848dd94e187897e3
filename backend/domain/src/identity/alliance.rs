//! 联盟: a set of regions that buy together, with joining and leaving days per product group.
use std::collections::BTreeSet;

use crate::errors::{Code, Refusal};
use crate::identity::{Name, RegionCode, Version};
use crate::ids::{AllianceId, OrganizationId};
use crate::time::Day;

/// A named group of products, such as one batch of a procurement.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ProductGroup(String);

impl ProductGroup {
    /// A name of 1 to 200 characters. Errors: `NAME_INVALID`.
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        Name::parse(text)
            .map(|name| Self(name.as_str().to_owned()))
            .map_err(|refusal| refusal.at("productGroup"))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// An alliance and everyone who ever belonged to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alliance {
    /// Its id.
    pub id: AllianceId,
    /// Its name.
    pub name: Name,
    /// The procurement office that keeps it.
    pub office: OrganizationId,
    /// Who belonged to it, when and for what.
    pub memberships: Vec<Membership>,
    /// How often it changed.
    pub version: Version,
}

/// A region's belonging to an alliance for one product group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Membership {
    /// The region.
    pub region: RegionCode,
    /// The product group.
    pub group: ProductGroup,
    /// The first day.
    pub joined: Day,
    /// The first day on which it no longer belongs.
    pub left: Option<Day>,
}

impl Membership {
    /// Whether it holds on the day.
    pub fn holds_on(&self, day: Day) -> bool {
        self.joined <= day && self.left.is_none_or(|left| day < left)
    }
}

impl Alliance {
    /// An alliance without members.
    pub fn open(id: AllianceId, name: Name, office: OrganizationId) -> Alliance {
        Alliance { id, name, office, memberships: Vec::new(), version: Version::FIRST }
    }

    /// The regions that belong to it for a product group on the day, each once.
    pub fn members_on(&self, group: &ProductGroup, day: Day) -> Vec<RegionCode> {
        let held = self.memberships.iter().filter(|one| one.group == *group && one.holds_on(day));
        held.map(|one| one.region).collect::<BTreeSet<_>>().into_iter().collect()
    }

    /// The alliance with one more member. Errors: `ALLIANCE_MEMBER`, `DATE_INVALID` before an earlier leaving.
    pub fn join(mut self, region: RegionCode, group: ProductGroup, day: Day) -> Result<Alliance, Refusal> {
        for earlier in self.memberships.iter().filter(|one| one.region == region && one.group == group) {
            match earlier.left {
                None => return Err(Refusal::of(Code::AllianceMember).at("region")),
                Some(left) if day < left || day == earlier.joined => {
                    return Err(Refusal::of(Code::DateInvalid).at("joined"));
                }
                Some(_) => {}
            }
        }
        self.memberships.push(Membership { region, group, joined: day, left: None });
        Ok(Alliance { version: self.version.next(), ..self })
    }

    /// The alliance after a member left. Errors: `ALLIANCE_NOT_MEMBER`, `DATE_INVALID` before the joining.
    pub fn leave(mut self, region: RegionCode, group: &ProductGroup, day: Day) -> Result<Alliance, Refusal> {
        let current = self
            .memberships
            .iter_mut()
            .find(|one| one.region == region && one.group == *group && one.left.is_none())
            .ok_or_else(|| Refusal::of(Code::AllianceNotMember).at("region"))?;
        if day < current.joined {
            return Err(Refusal::of(Code::DateInvalid).at("left"));
        }
        current.left = Some(day);
        Ok(Alliance { version: self.version.next(), ..self })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::Id;

    fn jiangsu() -> RegionCode {
        RegionCode::parse("320000").unwrap()
    }

    fn stents() -> ProductGroup {
        ProductGroup::parse("冠脉支架").unwrap()
    }

    fn alliance() -> Alliance {
        let name = Name::parse("长三角联盟").unwrap();
        Alliance::open(AllianceId::from_number(1), name, OrganizationId::from_number(2))
    }

    fn day(number: i32) -> Day {
        Day::from_epoch_days(number)
    }

    #[test]
    fn a_region_belongs_from_the_joining_day_until_before_the_leaving_day() {
        let left = alliance().join(jiangsu(), stents(), day(10)).unwrap();
        let left = left.leave(jiangsu(), &stents(), day(20)).unwrap();
        let held: Vec<i32> = (8..22).filter(|at| left.memberships[0].holds_on(day(*at))).collect();
        assert_eq!(held, (10..20).collect::<Vec<_>>());
        assert_eq!(left.version, Version::new(3));
    }

    #[test]
    fn joining_twice_is_refused_and_joining_again_is_not() {
        let joined = alliance().join(jiangsu(), stents(), day(10)).unwrap();
        let twice = joined.clone().join(jiangsu(), stents(), day(11)).unwrap_err();
        assert_eq!(twice.code, Code::AllianceMember);
        let other = ProductGroup::parse("人工晶体").unwrap();
        assert!(joined.clone().join(jiangsu(), other, day(11)).is_ok());
        let left = joined.leave(jiangsu(), &stents(), day(20)).unwrap();
        assert_eq!(left.clone().join(jiangsu(), stents(), day(19)).unwrap_err().code, Code::DateInvalid);
        assert_eq!(left.join(jiangsu(), stents(), day(20)).unwrap().memberships.len(), 2);
    }

    #[test]
    fn a_membership_of_no_day_is_not_joined_again_on_that_day() {
        let left = alliance().join(jiangsu(), stents(), day(10)).unwrap();
        let left = left.leave(jiangsu(), &stents(), day(10)).unwrap();
        assert!(!left.memberships[0].holds_on(day(10)));
        assert_eq!(left.join(jiangsu(), stents(), day(10)).unwrap_err().code, Code::DateInvalid);
    }

    #[test]
    fn only_a_member_leaves_and_not_before_it_joined() {
        let stranger = alliance().leave(jiangsu(), &stents(), day(1)).unwrap_err();
        assert_eq!(stranger.code, Code::AllianceNotMember);
        let joined = alliance().join(jiangsu(), stents(), day(10)).unwrap();
        assert_eq!(joined.leave(jiangsu(), &stents(), day(9)).unwrap_err().code, Code::DateInvalid);
    }
}
