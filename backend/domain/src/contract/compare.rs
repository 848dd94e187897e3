//! What a result changes of the one that stands: the dry run of an import.
use std::collections::BTreeMap;

use super::official::{PriceBasis, SelectedProduct};

/// What becomes of a product.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DifferenceKind {
    /// It is new.
    Added,
    /// Something of it is different.
    Changed,
    /// It is not selected any more.
    Gone,
}

/// A product that is not the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// What becomes of it.
    pub kind: DifferenceKind,
    /// What it is known by in both.
    pub product: ProductKey,
    /// What is different, where it changed.
    pub changes: Vec<FieldChange>,
}

/// What a product is known by from one edition to the next.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ProductKey {
    /// The number of its lot.
    pub lot_number: i32,
    /// Its name.
    pub name: String,
    /// Its specification.
    pub spec: String,
    /// The firm, as the source names it.
    pub holder: String,
}

/// A field that is different.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldChange {
    /// The field; a supply as `supply 310000 MAIN`.
    pub field: String,
    /// What it was; none where it was not there.
    pub before: Option<String>,
    /// What it is.
    pub after: Option<String>,
}

impl ProductKey {
    /// The key of a product.
    pub fn of(product: &SelectedProduct) -> ProductKey {
        ProductKey {
            lot_number: product.lot_number,
            name: product.name.clone(),
            spec: product.spec.clone(),
            holder: product.holder.name.clone(),
        }
    }
}

/// Every product that is not the same in both, by lot.
pub fn compare(standing: &[SelectedProduct], next: &[SelectedProduct]) -> Vec<Difference> {
    let mut before = by_key(standing);
    let mut found = Vec::new();
    for (product, fields) in by_key(next) {
        match before.remove(&product) {
            None => found.push(Difference { kind: DifferenceKind::Added, product, changes: Vec::new() }),
            Some(was) => {
                let changes = changes(was, fields);
                if !changes.is_empty() {
                    found.push(Difference { kind: DifferenceKind::Changed, product, changes });
                }
            }
        }
    }
    let gone = before.into_keys();
    found.extend(gone.map(|product| Difference { kind: DifferenceKind::Gone, product, changes: Vec::new() }));
    found.sort_by(|one, other| one.product.cmp(&other.product));
    found
}

fn by_key(products: &[SelectedProduct]) -> BTreeMap<ProductKey, BTreeMap<String, String>> {
    products.iter().map(|product| (ProductKey::of(product), fields(product))).collect()
}

/// What is compared of a product; nothing stands for a field that it lacks.
fn fields(product: &SelectedProduct) -> BTreeMap<String, String> {
    let price = product.price.map(|price| price.price.normalize().to_string());
    let basis = product.price.map(|price| price.basis.label().to_owned());
    let content = product.content.map(|content| {
        let [own, representative] =
            [content.own, content.representative].map(|one| one.normalize().to_string());
        format!("{own}/{representative}")
    });
    let optional = [
        ("content", content),
        ("itemCode", product.item.as_ref().map(|item| item.code.clone())),
        ("creditCode", product.holder.credit_code.clone()),
        ("price", price),
        ("priceBasis", basis.filter(|basis| basis != PriceBasis::Decided.label())),
        ("rank", product.rank.map(|rank| rank.to_string())),
    ];
    let given = [
        ("lotName", product.lot_name.clone()),
        ("unit", product.unit.clone()),
        ("until", product.until.to_string()),
    ];
    let mut fields: BTreeMap<String, String> =
        given.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    fields.extend(optional.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))));
    for supply in &product.supplies {
        let name = format!("supply {} {}", supply.region, supply.role.label());
        fields.insert(name, supply.volume.to_string());
    }
    fields
}

fn changes(was: BTreeMap<String, String>, is: BTreeMap<String, String>) -> Vec<FieldChange> {
    let mut names: Vec<&String> = was.keys().chain(is.keys()).collect();
    names.sort_unstable();
    names.dedup();
    let change = |name: &String| {
        let (before, after) = (was.get(name).cloned(), is.get(name).cloned());
        (before != after).then(|| FieldChange { field: name.clone(), before, after })
    };
    names.into_iter().filter_map(change).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::official::{Holder, SelectedPrice, SupplyRole, SupplyRow};
    use crate::identity::RegionCode;
    use crate::ids::{Id, SelectedProductId};
    use crate::time::Day;

    fn product(lot_number: i32, price: &str, volume: u64) -> SelectedProduct {
        SelectedProduct {
            id: SelectedProductId::from_number(1),
            lot_number,
            lot_name: "厄贝沙坦片".to_owned(),
            name: "厄贝沙坦片".to_owned(),
            spec: "75mg".to_owned(),
            item: None,
            unit: "片".to_owned(),
            content: None,
            holder: Holder { name: "浙江华海".to_owned(), credit_code: None, organization: None },
            round_product: None,
            price: Some(SelectedPrice { price: price.parse().unwrap(), basis: PriceBasis::Recalled }),
            rank: None,
            until: Day::parse("2019-12-31").unwrap(),
            blocked: None,
            supplies: vec![SupplyRow {
                region: RegionCode::parse("310000").unwrap(),
                role: SupplyRole::Main,
                volume,
            }],
        }
    }

    #[test]
    fn what_is_added_changed_and_gone_is_told_by_field() {
        let standing = [product(1, "0.2021", 10), product(2, "1.05", 10), product(3, "2.40", 10)];
        let next = [product(2, "1.0500", 10), product(3, "2.39", 11), product(4, "1", 1)];
        let told: Vec<_> = compare(&standing, &next)
            .into_iter()
            .map(|one| (one.kind, one.product.lot_number, one.changes.len()))
            .collect();
        assert_eq!(
            told,
            [(DifferenceKind::Gone, 1, 0), (DifferenceKind::Changed, 3, 2), (DifferenceKind::Added, 4, 0)]
        );
        let changed = &compare(&standing, &next)[1].changes;
        assert_eq!((changed[0].field.as_str(), changed[1].field.as_str()), ("price", "supply 310000 MAIN"));
        assert_eq!(changed[1].before.as_deref(), Some("10"));
    }
}
