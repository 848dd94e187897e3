//! Changes of agreed volume that somebody makes or applies for: dividing a region's pool, splitting what a lead reported, transfer between
//! institutions or suppliers, adjustment, and a supplier for what is left over.
use std::collections::BTreeSet;

use super::ledger::{Account, Buyer, Cause, Delivered, Entry, Holding, Ledger, Place, short};
use crate::division::in_proportion;
use crate::errors::{Code, Refusal};
use crate::identity::Reason;
use crate::ids::{OrganizationId, SelectedProductId, UserId};

/// A change of agreed volume.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// The official result agrees volume.
    Award {
        /// With whom.
        holding: Holding,
        /// How much.
        volume: u64,
        /// Whether it follows its brand.
        brand: bool,
    },
    /// Reported volume that the result agrees with nobody.
    LeaveOver {
        /// Where.
        place: Place,
        /// How much.
        volume: u64,
    },
    /// A supplier's part of a region's pool is divided among institutions, in proportion to what they reported.
    Allot {
        /// The pool.
        pool: Holding,
        /// What each institution reported.
        reported: Vec<(OrganizationId, u64)>,
    },
    /// A lead splits what it reported for its members; it keeps the rest.
    Split {
        /// The lead's.
        lead: Holding,
        /// What each member gets.
        parts: Vec<(OrganizationId, u64)>,
        /// Who the lead's members are.
        members: BTreeSet<OrganizationId>,
    },
    /// From one institution to another of the region.
    ToInstitution {
        /// Whose it is.
        from: Holding,
        /// Whose it is to be.
        to: OrganizationId,
        /// How much.
        volume: u64,
    },
    /// From one supplier to another.
    ToSupplier {
        /// Whose it is.
        from: Holding,
        /// Whose it is to be.
        to: SelectedProductId,
        /// How much.
        volume: u64,
    },
    /// An institution's agreed volume is raised or lowered. It is a floor to reach, never a cap: buying more needs no adjustment.
    Adjust {
        /// The institution's.
        holding: Holding,
        /// What it is to be.
        volume: u64,
    },
    /// The institution chooses a supplier for what is left over.
    Choose {
        /// Where.
        place: Place,
        /// The supplier.
        supplier: SelectedProductId,
        /// How much of it.
        volume: u64,
    },
}

/// What a change is judged by beside the ledger.
#[derive(Clone, Copy, Debug)]
pub struct Around<'a> {
    /// The products of the lot that are selected now.
    pub selected: &'a BTreeSet<SelectedProductId>,
    /// What has been delivered.
    pub delivered: &'a Delivered,
}

impl Change {
    /// The entries that make the change; the ledger is not touched.
    /// Errors: `VOLUME_SHORT` for more than may move, `SUPPLIER_NOT_SELECTED`, `VOLUME_CHANGE_INVALID`.
    pub fn entries(&self, ledger: &Ledger, around: Around<'_>) -> Result<Vec<Entry>, Refusal> {
        match self {
            Self::Award { holding, volume, brand } => award(holding, *volume, *brand, around),
            Self::LeaveOver { place, volume } => {
                one(Account::Outside, Account::Leftover(*place), *volume, Cause::LeftOver)
            }
            Self::Allot { pool, reported } => allot(ledger, around, pool, reported),
            Self::Split { lead, parts, members } => split(ledger, around, lead, parts, members),
            Self::ToInstitution { from, to, volume } => {
                let place = Place { buyer: Buyer::Institution(*to), ..from.place };
                let target = Holding { place, ..*from };
                institution_of(from)?;
                transfer(ledger, around, from, target, *volume)
            }
            Self::ToSupplier { from, to, volume } => {
                selected(around, *to)?;
                transfer(ledger, around, from, Holding { supplier: *to, ..*from }, *volume)
            }
            Self::Adjust { holding, volume } => adjust(ledger, around, holding, *volume),
            Self::Choose { place, supplier, volume } => {
                selected(around, *supplier)?;
                enough(*volume, ledger.leftover(place))?;
                let holding = Holding { place: *place, supplier: *supplier };
                one(Account::Leftover(*place), Account::Held(holding), *volume, Cause::Chosen)
            }
        }
    }
}

impl Ledger {
    /// Makes a change. The result is what was posted. Errors: as [`Change::entries`]; then nothing is posted.
    pub fn apply(&mut self, change: &Change, around: Around<'_>) -> Result<Vec<Entry>, Refusal> {
        let entries = change.entries(self, around)?;
        self.post(&entries)?;
        Ok(entries)
    }
}

fn invalid(field: &'static str) -> Refusal {
    Refusal::of(Code::VolumeChangeInvalid).at(field)
}

fn selected(around: Around<'_>, supplier: SelectedProductId) -> Result<(), Refusal> {
    let refusal = Refusal::of(Code::SupplierNotSelected).at("supplier");
    if around.selected.contains(&supplier) { Ok(()) } else { Err(refusal) }
}

fn enough(volume: u64, there: u64) -> Result<(), Refusal> {
    if volume <= there { Ok(()) } else { Err(short(there)) }
}

fn one(from: Account, to: Account, volume: u64, cause: Cause) -> Result<Vec<Entry>, Refusal> {
    if volume == 0 || from == to {
        return Err(invalid("volume"));
    }
    Ok(vec![Entry { from, to, volume, cause }])
}

fn award(holding: &Holding, volume: u64, brand: bool, around: Around<'_>) -> Result<Vec<Entry>, Refusal> {
    selected(around, holding.supplier)?;
    let cause = if brand { Cause::Brand } else { Cause::Awarded };
    one(Account::Outside, Account::Held(*holding), volume, cause)
}

fn institution_of(holding: &Holding) -> Result<OrganizationId, Refusal> {
    match holding.place.buyer {
        Buyer::Institution(institution) => Ok(institution),
        Buyer::Pool => Err(invalid("institution")),
    }
}

fn allot(
    ledger: &Ledger,
    around: Around<'_>,
    pool: &Holding,
    reported: &[(OrganizationId, u64)],
) -> Result<Vec<Entry>, Refusal> {
    if pool.place.buyer != Buyer::Pool {
        return Err(invalid("pool"));
    }
    let weights: Vec<u64> = reported.iter().map(|(_, volume)| *volume).collect();
    let parts = in_proportion(ledger.movable(pool, around.delivered), &weights).ok_or(invalid("reported"))?;
    let institutions = reported.iter().map(|(institution, _)| *institution);
    hand_out(pool, institutions.zip(parts), Cause::Allotted)
}

fn split(
    ledger: &Ledger,
    around: Around<'_>,
    lead: &Holding,
    parts: &[(OrganizationId, u64)],
    members: &BTreeSet<OrganizationId>,
) -> Result<Vec<Entry>, Refusal> {
    let leading = institution_of(lead)?;
    if parts.iter().any(|(member, _)| *member == leading || !members.contains(member)) {
        return Err(invalid("members"));
    }
    let sum = parts.iter().try_fold(0u64, |sum, (_, volume)| sum.checked_add(*volume));
    enough(sum.unwrap_or(u64::MAX), ledger.movable(lead, around.delivered))?;
    hand_out(lead, parts.iter().copied(), Cause::Split)
}

/// An institution is named once; a part of nothing makes no entry.
fn hand_out(
    from: &Holding,
    parts: impl Iterator<Item = (OrganizationId, u64)>,
    cause: Cause,
) -> Result<Vec<Entry>, Refusal> {
    let mut named = BTreeSet::new();
    let mut entries = Vec::new();
    for (institution, volume) in parts {
        if !named.insert(institution) {
            return Err(invalid("institution"));
        }
        let place = Place { buyer: Buyer::Institution(institution), ..from.place };
        let to = Account::Held(Holding { place, ..*from });
        if volume > 0 {
            entries.push(Entry { from: Account::Held(*from), to, volume, cause });
        }
    }
    if entries.is_empty() { Err(invalid("volume")) } else { Ok(entries) }
}

fn transfer(
    ledger: &Ledger,
    around: Around<'_>,
    from: &Holding,
    to: Holding,
    volume: u64,
) -> Result<Vec<Entry>, Refusal> {
    enough(volume, ledger.movable(from, around.delivered))?;
    one(Account::Held(*from), Account::Held(to), volume, Cause::Transferred)
}

fn adjust(
    ledger: &Ledger,
    around: Around<'_>,
    holding: &Holding,
    volume: u64,
) -> Result<Vec<Entry>, Refusal> {
    institution_of(holding)?;
    let held = ledger.held(holding);
    if volume > held {
        selected(around, holding.supplier)?;
        let raised = volume.saturating_sub(held);
        return one(Account::Outside, Account::Held(*holding), raised, Cause::Adjusted);
    }
    let lowered = held.saturating_sub(volume);
    enough(lowered, ledger.movable(holding, around.delivered))?;
    one(Account::Held(*holding), Account::Outside, lowered, Cause::Adjusted)
}

/// A change that waits for those who have a say in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Application {
    /// What is to change.
    pub change: Change,
    /// Why.
    pub reason: Reason,
    /// Who applied.
    pub applied_by: UserId,
    /// How far it is.
    pub status: Status,
}

/// How far an application is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Status {
    /// The receiving institution or supplier has to agree.
    Applied,
    /// The authority has to decide.
    Agreed,
    /// It is made.
    Approved {
        /// Who approved it.
        by: UserId,
    },
    /// It is not made.
    Rejected {
        /// Who rejected it: the receiving side or the authority.
        by: UserId,
        /// Why.
        reason: Reason,
    },
    /// The applicant took it back.
    Withdrawn,
}

/// What somebody does to an application.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// The receiving side agrees.
    Agree,
    /// The authority approves.
    Approve,
    /// The receiving side or the authority refuses.
    Reject {
        /// Why.
        reason: Reason,
    },
    /// The applicant takes it back.
    Withdraw,
}

impl Status {
    /// The stable label, in rows and on the wire.
    pub const fn label(&self) -> &'static str {
        match self {
            Self::Applied => "APPLIED",
            Self::Agreed => "AGREED",
            Self::Approved { .. } => "APPROVED",
            Self::Rejected { .. } => "REJECTED",
            Self::Withdrawn => "WITHDRAWN",
        }
    }
}

impl Application {
    /// A new one. Volume that comes to another institution or supplier waits for it; all else goes to the authority at once.
    pub fn new(change: Change, reason: Reason, applied_by: UserId) -> Self {
        let status = match change {
            Change::ToInstitution { .. } | Change::ToSupplier { .. } => Status::Applied,
            Change::Award { .. }
            | Change::LeaveOver { .. }
            | Change::Allot { .. }
            | Change::Split { .. }
            | Change::Adjust { .. }
            | Change::Choose { .. } => Status::Agreed,
        };
        Self { change, reason, applied_by, status }
    }

    /// The application after a command. Approving does not move volume: the change is judged once more, by the ledger as it is then.
    /// Errors: `VOLUME_CHANGE_STATE`, `SECOND_PERSON_NEEDED` where the applicant would decide it.
    pub fn next(self, command: Command, by: UserId) -> Result<Self, Refusal> {
        let decides = !matches!(command, Command::Withdraw);
        let status = match (&self.status, command) {
            (Status::Applied, Command::Agree) => Status::Agreed,
            (Status::Agreed, Command::Approve) => Status::Approved { by },
            (Status::Applied | Status::Agreed, Command::Reject { reason }) => Status::Rejected { by, reason },
            (Status::Applied | Status::Agreed, Command::Withdraw) => Status::Withdrawn,
            (Status::Applied, Command::Approve)
            | (Status::Agreed, Command::Agree)
            | (Status::Approved { .. } | Status::Rejected { .. } | Status::Withdrawn, _) => {
                return Err(Refusal::of(Code::VolumeChangeState));
            }
        };
        if decides && by == self.applied_by {
            return Err(Refusal::of(Code::SecondPersonNeeded));
        }
        Ok(Self { status, ..self })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::RegionCode;
    use crate::ids::Id;

    fn institution(number: u128) -> OrganizationId {
        OrganizationId::from_number(number)
    }

    fn holding(number: Option<u128>) -> Holding {
        let buyer = number.map_or(Buyer::Pool, |number| Buyer::Institution(institution(number)));
        let place = Place { region: RegionCode::parse("310000").unwrap(), content: None, buyer };
        Holding { place, supplier: SelectedProductId::from_number(1) }
    }

    /// A pool of 1,000 that is divided 2 : 3 : 1, then 100 delivered to the first.
    fn divided() -> (Ledger, Delivered) {
        let selected = [SelectedProductId::from_number(1)].into();
        let mut delivered = Delivered::new();
        let mut ledger = Ledger::default();
        let reported = vec![(institution(1), 2), (institution(2), 3), (institution(3), 1)];
        for change in [
            Change::Award { holding: holding(None), volume: 1000, brand: false },
            Change::Allot { pool: holding(None), reported },
        ] {
            ledger.apply(&change, Around { selected: &selected, delivered: &delivered }).unwrap();
        }
        delivered.insert(holding(Some(1)), 100);
        (ledger, delivered)
    }

    fn outcome(change: Change) -> Result<Vec<u64>, Code> {
        let (mut ledger, delivered) = divided();
        let selected = [1, 2].map(SelectedProductId::from_number).into();
        ledger
            .apply(&change, Around { selected: &selected, delivered: &delivered })
            .map_err(|refusal| refusal.code)?;
        Ok([1, 2, 3, 4].map(|number| ledger.held(&holding(Some(number)))).to_vec())
    }

    #[test]
    fn a_pool_is_divided_to_the_unit() {
        let (ledger, _) = divided();
        let held = [1, 2, 3].map(|number| ledger.held(&holding(Some(number))));
        assert_eq!((held, ledger.held(&holding(None)), ledger.agreed()), ([333, 500, 167], 0, 1000));
    }

    #[test]
    fn a_lead_splits_among_its_members_and_keeps_the_rest() {
        let split = |parts: &[(u128, u64)]| {
            let parts = parts.iter().map(|(member, volume)| (institution(*member), *volume)).collect();
            let members = [institution(3), institution(4)].into();
            outcome(Change::Split { lead: holding(Some(2)), parts, members })
        };
        assert_eq!(split(&[(3, 33), (4, 400)]), Ok(vec![333, 67, 200, 400]));
        assert_eq!(split(&[(3, 100), (4, 401)]), Err(Code::VolumeShort));
        assert_eq!(split(&[(1, 1)]), Err(Code::VolumeChangeInvalid));
        assert_eq!(split(&[(2, 1)]), Err(Code::VolumeChangeInvalid));
        assert_eq!(split(&[(3, 1), (3, 1)]), Err(Code::VolumeChangeInvalid));
        assert_eq!(split(&[(3, 0)]), Err(Code::VolumeChangeInvalid));
    }

    #[test]
    fn what_was_delivered_does_not_move() {
        let to = |volume| Change::ToInstitution { from: holding(Some(1)), to: institution(4), volume };
        assert_eq!(outcome(to(233)), Ok(vec![100, 500, 167, 233]));
        assert_eq!(outcome(to(234)), Err(Code::VolumeShort));
        assert_eq!(outcome(to(0)), Err(Code::VolumeChangeInvalid));
        let supplier = |number, volume| {
            let to = SelectedProductId::from_number(number);
            outcome(Change::ToSupplier { from: holding(Some(1)), to, volume })
        };
        assert_eq!(supplier(2, 233), Ok(vec![100, 500, 167, 0]));
        assert_eq!(supplier(2, 234), Err(Code::VolumeShort));
        assert_eq!(supplier(3, 1), Err(Code::SupplierNotSelected));
        assert_eq!(supplier(1, 1), Err(Code::VolumeChangeInvalid));
    }

    #[test]
    fn an_adjustment_moves_the_floor_either_way_but_not_below_what_was_delivered() {
        let adjust = |volume| outcome(Change::Adjust { holding: holding(Some(1)), volume });
        assert_eq!(adjust(5000), Ok(vec![5000, 500, 167, 0]));
        assert_eq!(adjust(100), Ok(vec![100, 500, 167, 0]));
        assert_eq!(adjust(99), Err(Code::VolumeShort));
        assert_eq!(adjust(333), Err(Code::VolumeChangeInvalid));
    }

    #[test]
    fn a_supplier_is_chosen_for_what_is_left_over_and_no_more() {
        let (mut ledger, delivered) = divided();
        let selected = [SelectedProductId::from_number(1)].into();
        let around = Around { selected: &selected, delivered: &delivered };
        let Holding { place, supplier } = holding(Some(4));
        ledger.apply(&Change::LeaveOver { place, volume: 10 }, around).unwrap();
        let choose = |volume| Change::Choose { place, supplier, volume };
        assert_eq!(choose(11).entries(&ledger, around).unwrap_err().code, Code::VolumeShort);
        let entries = ledger.apply(&choose(4), around).unwrap();
        assert_eq!(entries[0].cause, Cause::Chosen);
        assert_eq!((ledger.leftover(&place), ledger.agreed()), (6, 1004));
    }

    #[test]
    fn an_application_waits_for_the_receiving_side_and_then_for_the_authority() {
        let reason = || Reason::parse("临床需求变化").unwrap();
        let [applicant, receiver, office] = [1, 2, 3].map(UserId::from_number);
        let to = Change::ToInstitution { from: holding(Some(1)), to: institution(4), volume: 1 };
        let new = || Application::new(to.clone(), reason(), applicant);
        let code = |application: Application, command, by| application.next(command, by).unwrap_err().code;
        assert_eq!(code(new(), Command::Approve, office), Code::VolumeChangeState);
        assert_eq!(code(new(), Command::Agree, applicant), Code::SecondPersonNeeded);
        let agreed = new().next(Command::Agree, receiver).unwrap();
        assert_eq!(code(agreed.clone(), Command::Agree, receiver), Code::VolumeChangeState);
        assert_eq!(code(agreed.clone(), Command::Approve, applicant), Code::SecondPersonNeeded);
        let approved = agreed.clone().next(Command::Approve, office).unwrap();
        assert_eq!(approved.status, Status::Approved { by: office });
        assert_eq!(code(approved, Command::Withdraw, applicant), Code::VolumeChangeState);
        let rejected = new().next(Command::Reject { reason: reason() }, receiver).unwrap();
        assert_eq!(code(rejected, Command::Agree, receiver), Code::VolumeChangeState);
        assert_eq!(agreed.next(Command::Withdraw, applicant).unwrap().status, Status::Withdrawn);
        let adjust = Change::Adjust { holding: holding(Some(1)), volume: 5 };
        assert_eq!(Application::new(adjust, reason(), applicant).status, Status::Agreed);
    }
}
