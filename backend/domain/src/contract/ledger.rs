//! The responsibility ledger of the agreed volume of one lot of an official result: entries move whole units of the representative
//! content between accounts. A unit of agreed volume is in one supplier's account and in no other, so that at any moment exactly one
//! supplier is responsible for it.
use std::collections::BTreeMap;

use rust_decimal::Decimal;

use crate::errors::{Code, Refusal};
use crate::identity::RegionCode;
use crate::ids::{OrganizationId, SelectedProductId};

/// Who buys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Buyer {
    /// The region's institutions together: not divided among them yet.
    Pool,
    /// One institution.
    Institution(OrganizationId),
}

/// Where volume is agreed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// The region.
    pub region: RegionCode,
    /// The content that was reported; `None` where none was named.
    pub content: Option<Decimal>,
    /// Who buys there.
    pub buyer: Buyer,
}

/// What a supplier is responsible for at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Holding {
    /// The place.
    pub place: Place,
    /// The selected product that supplies it.
    pub supplier: SelectedProductId,
}

/// Where volume is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Account {
    /// Not in the ledger: before it is agreed, and after it ended.
    Outside,
    /// Known at a place, agreed with nobody (剩余用量): the institution may choose a supplier for it.
    Leftover(Place),
    /// Agreed volume, with the one supplier responsible for it.
    Held(Holding),
}

macro_rules! causes {
    ($($(#[$doc:meta])* $variant:ident = $label:literal;)+) => {
        /// Why volume moved. Labels are never renamed or reused.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Cause {
            $($(#[$doc])* $variant,)+
        }

        impl Cause {
            /// Every cause.
            pub const ALL: &[Cause] = &[$(Self::$variant),+];

            /// The stable label, in rows and on the wire.
            pub const fn label(self) -> &'static str {
                match self {
                    $(Self::$variant => $label,)+
                }
            }

            /// The cause with that label.
            pub fn from_label(label: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|cause| cause.label() == label)
            }
        }
    };
}

causes! {
    /// The official result gave it to the region's main supplier.
    Awarded = "AWARDED";
    /// It was reported for the brand and follows it.
    Brand = "BRAND";
    /// Reported, and not agreed with anybody.
    LeftOver = "LEFT_OVER";
    /// A region's pool was divided among its institutions.
    Allotted = "ALLOTTED";
    /// The lead of a 医共体 split what it had reported for its members.
    Split = "SPLIT";
    /// Its supplier left; the region's main supplier took over what had followed the brand.
    MovedToMain = "MOVED_TO_MAIN";
    /// Its supplier left; the region's backup supplier took over.
    MovedToBackup = "MOVED_TO_BACKUP";
    /// Its supplier left; the next firm by rank took over.
    MovedToRank = "MOVED_TO_RANK";
    /// Its supplier supplies again; the backup had not delivered it.
    MovedBack = "MOVED_BACK";
    /// Its supplier left and nobody took over.
    Returned = "RETURNED";
    /// From one institution to another, or from one supplier to another, on application.
    Transferred = "TRANSFERRED";
    /// An institution's agreed volume was raised or lowered, on application.
    Adjusted = "ADJUSTED";
    /// The institution chose a supplier for what was left over.
    Chosen = "CHOSEN";
    /// The agreement year ended.
    Ended = "ENDED";
    /// Signed for the next agreement year.
    Renewed = "RENEWED";
}

/// One movement of volume.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Where it was.
    pub from: Account,
    /// Where it is now.
    pub to: Account,
    /// Units of the representative content; above zero.
    pub volume: u64,
    /// Why.
    pub cause: Cause,
}

/// What has been delivered of each holding in the agreement year: it stays where it was delivered.
pub type Delivered = BTreeMap<Holding, u64>;

/// The balances of the ledger.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ledger {
    held: BTreeMap<Holding, u64>,
    leftover: BTreeMap<Place, u64>,
}

impl Ledger {
    /// The ledger after all these entries. Errors: as [`Ledger::post`].
    pub fn replay(entries: &[Entry]) -> Result<Self, Refusal> {
        let mut ledger = Self::default();
        ledger.post(entries)?;
        Ok(ledger)
    }

    /// Posts entries one after another, or none of them. Errors: `VOLUME_SHORT` where an account has less than leaves it,
    /// `VOLUME_CHANGE_INVALID` for an entry that moves nothing.
    pub fn post(&mut self, entries: &[Entry]) -> Result<(), Refusal> {
        let mut after = self.clone();
        for entry in entries {
            after.post_one(entry)?;
        }
        *self = after;
        Ok(())
    }

    fn post_one(&mut self, entry: &Entry) -> Result<(), Refusal> {
        if entry.from == entry.to || entry.volume == 0 {
            return Err(Refusal::of(Code::VolumeChangeInvalid));
        }
        let less = |balance: u64| balance.checked_sub(entry.volume).ok_or(short(balance));
        let more = |balance: u64| {
            balance.checked_add(entry.volume).ok_or(Refusal::of(Code::VolumeChangeInvalid).at("volume"))
        };
        self.change(&entry.from, less)?;
        self.change(&entry.to, more)
    }

    fn change(
        &mut self,
        account: &Account,
        step: impl FnOnce(u64) -> Result<u64, Refusal>,
    ) -> Result<(), Refusal> {
        match account {
            Account::Outside => Ok(()),
            Account::Leftover(place) => set(&mut self.leftover, *place, step),
            Account::Held(holding) => set(&mut self.held, *holding, step),
        }
    }

    /// The agreed volume of a holding.
    pub fn held(&self, holding: &Holding) -> u64 {
        self.held.get(holding).copied().unwrap_or(0)
    }

    /// What is left over at a place.
    pub fn leftover(&self, place: &Place) -> u64 {
        self.leftover.get(place).copied().unwrap_or(0)
    }

    /// Every holding with volume, by place and supplier.
    pub fn holdings(&self) -> impl Iterator<Item = (&Holding, u64)> {
        self.held.iter().map(|(holding, volume)| (holding, *volume))
    }

    /// Every place with leftover volume.
    pub fn leftovers(&self) -> impl Iterator<Item = (&Place, u64)> {
        self.leftover.iter().map(|(place, volume)| (place, *volume))
    }

    /// The agreed volume of all suppliers.
    pub fn agreed(&self) -> u64 {
        self.held.values().fold(0, |sum, volume| sum.saturating_add(*volume))
    }

    /// What a place has agreed, with whomever.
    pub fn agreed_at(&self, place: &Place) -> u64 {
        let at = self.held.iter().filter(|(holding, _)| holding.place == *place);
        at.fold(0, |sum, (_, volume)| sum.saturating_add(*volume))
    }

    /// What may still move of a holding: what has been delivered stays.
    pub fn movable(&self, holding: &Holding, delivered: &Delivered) -> u64 {
        self.held(holding).saturating_sub(delivered.get(holding).copied().unwrap_or(0))
    }
}

/// A balance that is zero is not there, so that ledgers with equal balances are equal.
fn set<K: Ord>(
    balances: &mut BTreeMap<K, u64>,
    key: K,
    step: impl FnOnce(u64) -> Result<u64, Refusal>,
) -> Result<(), Refusal> {
    match step(balances.get(&key).copied().unwrap_or(0))? {
        0 => balances.remove(&key),
        balance => balances.insert(key, balance),
    };
    Ok(())
}

/// Less than asked for is there.
pub(super) fn short(there: u64) -> Refusal {
    Refusal::of(Code::VolumeShort).at("volume").allowing(format!("at most {there}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::Id;

    #[test]
    fn entries_are_posted_all_or_none() {
        let place = Place { region: RegionCode::parse("310000").unwrap(), content: None, buyer: Buyer::Pool };
        let held =
            |number| Account::Held(Holding { place, supplier: SelectedProductId::from_number(number) });
        let entry = |from, to, volume| Entry { from, to, volume, cause: Cause::Transferred };
        let mut ledger = Ledger::replay(&[entry(Account::Outside, held(1), 10)]).unwrap();
        let before = ledger.clone();
        let mut code = |entries: &[Entry]| ledger.post(entries).map_err(|refusal| refusal.code);
        let good = entry(held(1), held(2), 4);
        assert_eq!(code(&[good, entry(held(2), held(3), 5)]), Err(Code::VolumeShort));
        assert_eq!(code(&[good, entry(held(2), held(2), 1)]), Err(Code::VolumeChangeInvalid));
        assert_eq!(code(&[good, entry(held(2), held(3), 0)]), Err(Code::VolumeChangeInvalid));
        assert_eq!(code(&[entry(Account::Outside, held(1), u64::MAX)]), Err(Code::VolumeChangeInvalid));
        assert_eq!(ledger, before);
        ledger.post(&[good, entry(held(2), Account::Leftover(place), 4)]).unwrap();
        assert_eq!((ledger.agreed_at(&place), ledger.leftover(&place)), (6, 4));
        ledger.post(&[entry(held(1), Account::Outside, 6)]).unwrap();
        assert_eq!((ledger.agreed(), ledger.holdings().count()), (0, 0));
    }

    #[test]
    fn causes_are_read_back_by_their_labels() {
        for cause in Cause::ALL {
            assert_eq!(Cause::from_label(cause.label()), Some(*cause));
        }
        assert_eq!(Cause::from_label("NOTHING"), None);
    }
}
