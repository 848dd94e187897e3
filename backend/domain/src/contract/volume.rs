//! 约定采购量变更: what an institution asks to become of the agreed volume of a sub-contract, and what supplements agree instead.
use std::collections::{BTreeMap, BTreeSet};

use super::cascade::Lot;
use super::change::{Application, Change, Status};
use super::ledger::{Account, Cause, Entry, Holding, Ledger};
use super::official::{SelectedProduct, SupplyRole, SupplyRow};
use crate::errors::Refusal;
use crate::identity::{Reason, RegionCode, Version};
use crate::ids::{OrganizationId, SelectedProductId, SubContractId, UserId, VolumeChangeId};

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wish {
    /// 划转 to another institution of the region.
    ToInstitution(OrganizationId),
    /// 划转 to another supplier.
    ToSupplier(SelectedProductId),
    /// 调整: the sub-contract is to agree that much.
    Adjust,
    /// A supplier for what is left over of the sub-contract (剩余用量).
    Choose(SelectedProductId),
}

impl Wish {
    /// The stable label, in rows and on the wire.
    pub const fn label(self) -> &'static str {
        match self {
            Self::ToInstitution(_) => "TO_INSTITUTION",
            Self::ToSupplier(_) => "TO_SUPPLIER",
            Self::Adjust => "ADJUST",
            Self::Choose(_) => "CHOOSE",
        }
    }

    /// The wish of a row. None where the columns are no wish.
    pub fn from_row(
        label: &str,
        institution: Option<OrganizationId>,
        product: Option<SelectedProductId>,
    ) -> Option<Self> {
        match (label, institution, product) {
            ("TO_INSTITUTION", Some(institution), None) => Some(Self::ToInstitution(institution)),
            ("TO_SUPPLIER", None, Some(product)) => Some(Self::ToSupplier(product)),
            ("ADJUST", None, None) => Some(Self::Adjust),
            ("CHOOSE", None, Some(product)) => Some(Self::Choose(product)),
            _other => None,
        }
    }

    /// The institution that it names.
    pub const fn institution(self) -> Option<OrganizationId> {
        match self {
            Self::ToInstitution(institution) => Some(institution),
            Self::ToSupplier(_) | Self::Adjust | Self::Choose(_) => None,
        }
    }

    /// The product that it names.
    pub const fn product(self) -> Option<SelectedProductId> {
        match self {
            Self::ToSupplier(product) | Self::Choose(product) => Some(product),
            Self::ToInstitution(_) | Self::Adjust => None,
        }
    }

    /// The change that it is, of what a sub-contract holds.
    pub const fn change(self, holding: Holding, volume: u64) -> Change {
        match self {
            Self::ToInstitution(to) => Change::ToInstitution { from: holding, to, volume },
            Self::ToSupplier(to) => Change::ToSupplier { from: holding, to, volume },
            Self::Adjust => Change::Adjust { holding, volume },
            Self::Choose(supplier) => Change::Choose { place: holding.place, supplier, volume },
        }
    }
}

/// A change that was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VolumeChange {
    /// Its id.
    pub id: VolumeChangeId,
    /// The sub-contract.
    pub part: SubContractId,
    /// What is asked for.
    pub wish: Wish,
    /// How much; of an adjustment, what it is to be.
    pub volume: u64,
    /// The organization that has to agree.
    pub receiver: Option<OrganizationId>,
    /// What is to change, why, and how far it is.
    pub application: Application,
    /// How often it changed.
    pub version: Version,
}

impl Status {
    /// Every label, in rows and on the wire.
    pub const LABELS: &[&str] = &["APPLIED", "AGREED", "APPROVED", "REJECTED", "WITHDRAWN"];

    /// The status of a row. None where the columns are no status.
    pub fn from_row(label: &str, by: Option<UserId>, reason: Option<Reason>) -> Option<Self> {
        match (label, by, reason) {
            ("APPLIED", None, None) => Some(Self::Applied),
            ("AGREED", None, None) => Some(Self::Agreed),
            ("APPROVED", Some(by), None) => Some(Self::Approved { by }),
            ("REJECTED", Some(by), Some(reason)) => Some(Self::Rejected { by, reason }),
            ("WITHDRAWN", None, None) => Some(Self::Withdrawn),
            _other => None,
        }
    }

    /// Who decided.
    pub const fn by(&self) -> Option<UserId> {
        match self {
            Self::Approved { by } | Self::Rejected { by, .. } => Some(*by),
            Self::Applied | Self::Agreed | Self::Withdrawn => None,
        }
    }

    /// Why it was rejected.
    pub const fn reason(&self) -> Option<&Reason> {
        match self {
            Self::Rejected { reason, .. } => Some(reason),
            Self::Applied | Self::Agreed | Self::Approved { .. } | Self::Withdrawn => None,
        }
    }
}

/// The products that may be given volume in a region: its main and backup suppliers, and those whose brand is supplied there, as far as they
/// have not left.
pub fn serving(lot: &Lot, products: &[SelectedProduct], region: RegionCode) -> BTreeSet<SelectedProductId> {
    let brand = |product: &SelectedProduct| {
        product.supplies.iter().any(|supply| supply.region == region && supply.role == SupplyRole::Brand)
    };
    let roles = lot.mains.iter().chain(&lot.backups).filter(|(served, _)| *served == region);
    let brands = products.iter().filter(|product| brand(product)).map(|product| product.id);
    let all = roles.map(|(_, product)| *product).chain(brands);
    all.filter(|product| lot.suppliers.iter().any(|supplier| supplier.id == *product)).collect()
}

/// The products with the volumes that the ledger of their lot holds for them: what contracts are made of once some have left. What had
/// followed a brand stays with it; whatever else came to a product is of its main volume.
pub fn standing(products: Vec<SelectedProduct>, ledger: &Ledger) -> Vec<SelectedProduct> {
    let stands = |mut product: SelectedProduct| {
        let mut regions: BTreeMap<RegionCode, u64> = BTreeMap::new();
        for (holding, volume) in ledger.holdings().filter(|(holding, _)| holding.supplier == product.id) {
            let sum = regions.entry(holding.place.region).or_default();
            *sum = sum.saturating_add(volume);
        }
        let brand = |region: RegionCode| {
            let rows = product.supplies.iter();
            let rows = rows.filter(|row| row.region == region && row.role == SupplyRole::Brand);
            rows.fold(0u64, |sum, row| sum.saturating_add(row.volume))
        };
        let mut supplies = Vec::new();
        for (region, volume) in regions {
            let brand = brand(region).min(volume);
            let main = volume.saturating_sub(brand);
            let rows = [(SupplyRole::Main, main), (SupplyRole::Brand, brand)];
            let rows = rows.into_iter().filter(|(_, volume)| *volume > 0);
            supplies.extend(rows.map(|(role, volume)| SupplyRow { region, role, volume }));
        }
        product.supplies = supplies;
        product
    };
    products.into_iter().map(stands).collect()
}

/// The ledger of one sub-contract: what it agrees, and what is left over of it. Errors: as [`Ledger::post`].
pub fn ledger_of(holding: Holding, agreed: u64, left_over: u64) -> Result<Ledger, Refusal> {
    let entry = |to, volume, cause| Entry { from: Account::Outside, to, volume, cause };
    let entries = [
        entry(Account::Held(holding), agreed, Cause::Allotted),
        entry(Account::Leftover(holding.place), left_over, Cause::LeftOver),
    ];
    let entries: Vec<Entry> = entries.into_iter().filter(|entry| entry.volume > 0).collect();
    Ledger::replay(&entries)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::cascade::{RoleChange, opening};
    use crate::contract::ledger::{Buyer, Place};
    use crate::contract::official::{Holder, SelectedProduct};
    use crate::ids::Id;
    use crate::procurement::rules::relation_preset;
    use crate::time::Day;

    fn region() -> RegionCode {
        RegionCode::parse("310000").unwrap()
    }

    fn product(number: u128, supplies: &[(SupplyRole, u64)]) -> SelectedProduct {
        let row =
            |(role, volume): &(SupplyRole, u64)| SupplyRow { region: region(), role: *role, volume: *volume };
        SelectedProduct {
            id: SelectedProductId::from_number(number),
            lot_number: 1,
            lot_name: String::new(),
            name: String::new(),
            spec: String::new(),
            item: None,
            unit: String::new(),
            content: None,
            holder: Holder { name: format!("企业{number}"), credit_code: None, organization: None },
            round_product: None,
            price: None,
            rank: Some(1),
            until: Day::from_epoch_days(20_000),
            blocked: None,
            supplies: supplies.iter().map(row).collect(),
        }
    }

    #[test]
    fn wishes_and_states_are_read_back_from_their_columns() {
        let (institution, product) = (OrganizationId::from_number(1), SelectedProductId::from_number(2));
        for wish in
            [Wish::ToInstitution(institution), Wish::ToSupplier(product), Wish::Adjust, Wish::Choose(product)]
        {
            assert_eq!(Wish::from_row(wish.label(), wish.institution(), wish.product()), Some(wish));
        }
        assert_eq!(Wish::from_row("ADJUST", Some(institution), None), None);
        let (by, reason) = (UserId::from_number(3), Reason::parse("不同意").unwrap());
        let states = [
            Status::Applied,
            Status::Agreed,
            Status::Approved { by },
            Status::Rejected { by, reason },
            Status::Withdrawn,
        ];
        for (state, label) in states.into_iter().zip(Status::LABELS) {
            assert_eq!(state.label(), *label);
            assert_eq!(Status::from_row(label, state.by(), state.reason().cloned()), Some(state));
        }
        assert_eq!(Status::from_row("APPROVED", None, None), None);
    }

    #[test]
    fn whoever_left_or_serves_elsewhere_is_given_nothing() {
        let products = [
            product(1, &[(SupplyRole::Main, 5)]),
            product(2, &[(SupplyRole::Backup, 0)]),
            product(3, &[(SupplyRole::Brand, 9)]),
            product(4, &[]),
        ];
        let ids = |numbers: &[u128]| -> BTreeSet<SelectedProductId> {
            numbers.iter().copied().map(SelectedProductId::from_number).collect()
        };
        let lot = Lot::of(&products, &relation_preset());
        assert_eq!(serving(&lot, &products, region()), ids(&[1, 2, 3]));
        assert_eq!(serving(&lot, &products, RegionCode::parse("320000").unwrap()), ids(&[]));
        let gained = RoleChange { region: region(), product: products[3].id, main: true, gained: true };
        let lot = lot.after(&[gained], &[products[2].id, products[0].id]);
        assert_eq!(serving(&lot, &products, region()), ids(&[2, 4]));
    }

    #[test]
    fn contracts_are_made_of_what_the_ledger_holds() {
        let products = vec![
            product(1, &[(SupplyRole::Main, 5)]),
            product(2, &[(SupplyRole::Backup, 0), (SupplyRole::Brand, 3)]),
        ];
        let mut ledger = Ledger::replay(&opening(&products)).unwrap();
        let place = Place { region: region(), content: None, buyer: Buyer::Pool };
        let held = |product: &SelectedProduct| Account::Held(Holding { place, supplier: product.id });
        let moved = Entry {
            from: held(&products[0]),
            to: held(&products[1]),
            volume: 5,
            cause: Cause::MovedToBackup,
        };
        ledger.post(&[moved]).unwrap();
        let stands = standing(products, &ledger);
        let rows = |product: &SelectedProduct| -> Vec<(SupplyRole, u64)> {
            product.supplies.iter().map(|row| (row.role, row.volume)).collect()
        };
        assert_eq!(rows(&stands[0]), []);
        assert_eq!(rows(&stands[1]), [(SupplyRole::Main, 5), (SupplyRole::Brand, 3)]);
    }
}
