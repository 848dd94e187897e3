//! The suppliers of a lot as its official result leaves them, and as cascades change them.
use super::{Lot, Plan, Price, Supplier};
use crate::contract::ledger::{Account, Buyer, Cause, Entry, Holding, Place};
use crate::contract::official::{SelectedProduct, SupplyRole};
use crate::exact::Exact;
use crate::identity::RegionCode;
use crate::ids::SelectedProductId;
use crate::procurement::rules::RelationRules;

/// A role in a region that a cascade gave or took.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RoleChange {
    /// The region.
    pub region: RegionCode,
    /// Whose role it is.
    pub product: SelectedProductId,
    /// Main supplier, or backup.
    pub main: bool,
    /// Whether it has it from now on.
    pub gained: bool,
}

impl Lot {
    /// The lot as the official result leaves it. Prices of different contents are compared by the price relation.
    pub fn of<'p>(products: impl IntoIterator<Item = &'p SelectedProduct>, relation: &RelationRules) -> Self {
        let mut lot = Self::default();
        for product in products {
            lot.suppliers.push(supplier(product, relation));
            for supply in &product.supplies {
                match supply.role {
                    SupplyRole::Main => lot.mains.insert((supply.region, product.id)),
                    SupplyRole::Backup => lot.backups.insert((supply.region, product.id)),
                    SupplyRole::Brand => false,
                };
            }
        }
        lot
    }

    /// The lot after changes of roles, without those that left.
    #[must_use]
    pub fn after(mut self, changes: &[RoleChange], left: &[SelectedProductId]) -> Self {
        for change in changes {
            let roles = if change.main { &mut self.mains } else { &mut self.backups };
            let role = (change.region, change.product);
            if change.gained {
                roles.insert(role)
            } else {
                roles.remove(&role)
            };
        }
        self.suppliers.retain(|supplier| !left.contains(&supplier.id));
        self
    }
}

/// The entries that the official result begins the ledger with: each region's volume, not divided among its institutions.
pub fn opening<'p>(products: impl IntoIterator<Item = &'p SelectedProduct>) -> Vec<Entry> {
    let mut entries = Vec::new();
    for product in products {
        let content = product.content.map(|content| content.own);
        for supply in product.supplies.iter().filter(|supply| supply.volume > 0) {
            let place = Place { region: supply.region, content, buyer: Buyer::Pool };
            let cause = if supply.role == SupplyRole::Brand { Cause::Brand } else { Cause::Awarded };
            let to = Account::Held(Holding { place, supplier: product.id });
            entries.push(Entry { from: Account::Outside, to, volume: supply.volume, cause });
        }
    }
    entries
}

/// A product that has brand volume and no region was selected for its brand only.
fn supplier(product: &SelectedProduct, relation: &RelationRules) -> Supplier {
    let has = |role| product.supplies.iter().any(|supply| supply.role == role);
    Supplier {
        id: product.id,
        firm: product.holder.name.as_str().into(),
        rank: product.rank.and_then(|rank| u64::try_from(rank).ok()),
        content: product.content.map(|content| content.own),
        price: price(product, relation),
        brand_only: has(SupplyRole::Brand) && !has(SupplyRole::Main) && !has(SupplyRole::Backup),
    }
}

fn price(product: &SelectedProduct, relation: &RelationRules) -> Option<Price> {
    let own = Exact::from(product.price?.price);
    let Some(content) = product.content else { return Some(Price { comparable: own.clone(), own }) };
    let ratio = Exact::from(content.own).checked_div(&Exact::from(content.representative))?;
    let comparable = own.checked_div(&relation.content_base.value.power_of_log2(&ratio)?)?;
    Some(Price { own, comparable })
}

impl Plan {
    /// What changes in the roles of a lot that was so before.
    pub fn role_changes(&self, before: &Lot) -> Vec<RoleChange> {
        let mut changes = Vec::new();
        for (main, old, new) in
            [(true, &before.mains, &self.after.mains), (false, &before.backups, &self.after.backups)]
        {
            let change = |gained| {
                move |(region, product): &(RegionCode, SelectedProductId)| RoleChange {
                    region: *region,
                    product: *product,
                    main,
                    gained,
                }
            };
            changes.extend(old.difference(new).map(change(false)));
            changes.extend(new.difference(old).map(change(true)));
        }
        changes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::official::{Content, Holder, PriceBasis, SelectedPrice, SupplyRow};
    use crate::ids::Id;
    use crate::procurement::rules::relation_preset;
    use crate::time::Day;

    fn product(number: u128, price: &str, supplies: &[(SupplyRole, u64)]) -> SelectedProduct {
        let region = RegionCode::parse("310000").unwrap();
        let row = |(role, volume): &(SupplyRole, u64)| SupplyRow { region, role: *role, volume: *volume };
        SelectedProduct {
            id: SelectedProductId::from_number(number),
            lot_number: 1,
            lot_name: "厄贝沙坦片".to_owned(),
            name: "厄贝沙坦片".to_owned(),
            spec: "150mg".to_owned(),
            item: None,
            unit: "片".to_owned(),
            content: Some(Content { own: 150.into(), representative: 75.into() }),
            holder: Holder { name: format!("企业{number}"), credit_code: None, organization: None },
            round_product: None,
            price: Some(SelectedPrice { price: price.parse().unwrap(), basis: PriceBasis::Published }),
            rank: Some(1),
            until: Day::from_epoch_days(20_000),
            blocked: None,
            supplies: supplies.iter().map(row).collect(),
        }
    }

    #[test]
    fn a_result_opens_the_book_and_its_roles_change_by_what_is_kept_of_a_cascade() {
        let products = [
            product(1, "0.34", &[(SupplyRole::Main, 70), (SupplyRole::Brand, 5)]),
            product(2, "0.17", &[(SupplyRole::Backup, 0)]),
            product(3, "0.17", &[(SupplyRole::Brand, 9)]),
        ];
        let lot = Lot::of(&products, &relation_preset());
        // Twice the content at 1.7 times the price.
        assert_eq!(lot.suppliers[0].price.as_ref().unwrap().comparable, "0.2".parse().unwrap());
        let brand_only: Vec<bool> = lot.suppliers.iter().map(|supplier| supplier.brand_only).collect();
        assert_eq!(brand_only, [false, false, true]);
        let volumes: Vec<(Cause, u64)> =
            opening(&products).iter().map(|entry| (entry.cause, entry.volume)).collect();
        assert_eq!(volumes, [(Cause::Awarded, 70), (Cause::Brand, 5), (Cause::Brand, 9)]);
        let region = RegionCode::parse("310000").unwrap();
        let [one, two] = [1, 2].map(SelectedProductId::from_number);
        let change = |product, main, gained| RoleChange { region, product, main, gained };
        let changes = [change(one, true, false), change(two, true, true), change(two, false, false)];
        let after = lot.after(&changes, &[one]);
        assert_eq!((after.mains, after.backups.len()), ([(region, two)].into(), 0));
        assert_eq!(after.suppliers.len(), 2);
    }
}
