//! 控制关系: firms under common control are one bidder (集团内视为一家).
use std::collections::{BTreeMap, BTreeSet};

use crate::identity::{CreditCode, Name, Reason};
use crate::ids::OrganizationId;

/// The firm that controls an applicant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Controller {
    /// Its name.
    pub name: Name,
    /// Its credit code; none where it is no Chinese firm.
    pub credit_code: Option<CreditCode>,
}

impl Controller {
    /// What tells it from others: the credit code, else the name.
    pub fn key(&self) -> &str {
        self.credit_code.as_ref().map_or(self.name.as_str(), CreditCode::as_str)
    }
}

/// Who controls an applicant, and who says so. None stands for itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Control {
    /// The applicant declares it.
    Declared(Option<Controller>),
    /// The office set it; from then on the applicant's word does not count.
    Set {
        /// The controlling firm.
        controller: Option<Controller>,
        /// Why.
        reason: Reason,
    },
}

impl Control {
    /// The controlling firm.
    pub const fn controller(&self) -> Option<&Controller> {
        match self {
            Self::Declared(controller) | Self::Set { controller, .. } => controller.as_ref(),
        }
    }

    /// Why the office set it.
    pub const fn reason(&self) -> Option<&Reason> {
        match self {
            Self::Declared(_) => None,
            Self::Set { reason, .. } => Some(reason),
        }
    }

    /// What stands once the applicant declares that.
    pub(super) fn declared(self, controller: Option<Controller>) -> Control {
        match self {
            Self::Declared(_) => Self::Declared(controller),
            Self::Set { .. } => self,
        }
    }
}

/// An applicant of a round, as far as control goes.
#[derive(Clone, Debug)]
pub struct Firm<'a> {
    /// Its organization.
    pub id: OrganizationId,
    /// Its own credit code.
    pub credit_code: &'a CreditCode,
    /// The firm that controls it.
    pub controller: Option<&'a Controller>,
}

/// The group that each firm competes in; none for whoever stands alone. A controller that is itself an applicant is of its group, and
/// so is whoever controls the controller.
pub fn groups(firms: &[Firm<'_>]) -> BTreeMap<OrganizationId, Option<String>> {
    let above: BTreeMap<&str, &str> =
        firms.iter().filter_map(|firm| Some((firm.credit_code.as_str(), firm.controller?.key()))).collect();
    let tops: BTreeMap<OrganizationId, &str> =
        firms.iter().map(|firm| (firm.id, top(firm.credit_code.as_str(), &above))).collect();
    let mut members: BTreeMap<&str, usize> = BTreeMap::new();
    for top in tops.values() {
        let count = members.entry(top).or_default();
        *count = count.saturating_add(1);
    }
    let group = |firm: &Firm<'_>| {
        let top = tops.get(&firm.id).copied()?;
        let shared = members.get(top).is_some_and(|count| *count > 1);
        (shared || firm.controller.is_some()).then(|| top.to_owned())
    };
    firms.iter().map(|firm| (firm.id, group(firm))).collect()
}

/// Where the chain of control ends. In a circle, the least of it, which is the same from wherever one comes.
fn top<'a>(start: &'a str, above: &BTreeMap<&'a str, &'a str>) -> &'a str {
    let (mut at, mut seen) = (start, BTreeSet::from([start]));
    while let Some(next) = above.get(at) {
        if !seen.insert(next) {
            return circle(next, above);
        }
        at = next;
    }
    at
}

fn circle<'a>(start: &'a str, above: &BTreeMap<&'a str, &'a str>) -> &'a str {
    let (mut least, mut at) = (start, start);
    while let Some(next) = above.get(at).filter(|next| **next != start) {
        least = least.min(next);
        at = next;
    }
    least
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::Id;

    fn code(letter: char) -> CreditCode {
        let body = format!("91320100MA0{:06}", u32::from(letter));
        let mut checks = "0123456789ABCDEFGHJKLMNPQRTUWXY".chars();
        checks.find_map(|check| CreditCode::parse(&format!("{body}{check}")).ok()).unwrap()
    }

    /// `A<B` says that A is controlled by B; a small letter is a firm without a code.
    fn grouped(text: &str) -> String {
        let rows: Vec<(char, CreditCode, Option<Controller>)> = text
            .split(' ')
            .map(|row| {
                let letters: Vec<char> = row.chars().collect();
                let controller = letters.get(2).map(|above| Controller {
                    name: Name::parse(&above.to_string()).unwrap(),
                    credit_code: above.is_uppercase().then(|| code(*above)),
                });
                (letters[0], code(letters[0]), controller)
            })
            .collect();
        let id = |letter: char| OrganizationId::from_number(u128::from(letter));
        let firms: Vec<Firm<'_>> = rows
            .iter()
            .map(|(letter, credit_code, controller)| Firm {
                id: id(*letter),
                credit_code,
                controller: controller.as_ref(),
            })
            .collect();
        let found = groups(&firms);
        let shown = |letter: char| {
            let group = found[&id(letter)].clone();
            let known = ('A'..='D').find(|one| group.as_deref() == Some(code(*one).as_str()));
            group.map_or("-".to_owned(), |name| known.map_or(name, |letter| letter.to_string()))
        };
        rows.iter().map(|(letter, ..)| shown(*letter)).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn a_group_is_whoever_has_the_same_firm_above() {
        assert_eq!(grouped("A B"), "- -");
        assert_eq!(grouped("A<D B<D C"), "D D -");
        assert_eq!(grouped("A<x B<x C<y"), "x x y");
        assert_eq!(grouped("A B<A"), "A A");
        assert_eq!(grouped("A<B B<C C<x"), "x x x");
        assert_eq!(grouped("B<A C<B A"), "A A A");
    }

    #[test]
    fn a_circle_of_control_is_one_group() {
        let one = grouped("A<B B<A C<A");
        assert!(["A A A", "B B B"].contains(&one.as_str()), "{one}");
        let other = grouped("C<A B<A A<B");
        assert_eq!(one, other);
        assert_eq!(grouped("A<A"), "A");
    }

    #[test]
    fn what_the_office_set_stays_when_the_applicant_declares_something_else() {
        let firm = |name: &str| Some(Controller { name: Name::parse(name).unwrap(), credit_code: None });
        let reason = Reason::parse("工商登记").unwrap();
        let set = Control::Set { controller: firm("x"), reason };
        assert_eq!(set.clone().declared(None), set);
        assert_eq!(Control::Declared(firm("x")).declared(None), Control::Declared(None));
    }
}
