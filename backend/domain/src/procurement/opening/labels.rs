//! The names under which firms, products and regions stand in the selection and in its result: those that people know, made longer
//! where two would be the same.
use std::collections::{BTreeMap, BTreeSet};

use super::{Case, OfferedLine, Product, RegionDemand, extra};
use crate::ids::{OrganizationId, RoundProductId};
use crate::procurement::round::Spec;
use crate::procurement::rules::RuleSet;
use crate::procurement::tables::Bid;
use crate::procurement::values::{Name, parse_name};

/// The names of a round.
pub(super) struct Labels {
    firms: BTreeMap<OrganizationId, Name>,
    groups: BTreeMap<OrganizationId, Name>,
    products: BTreeMap<RoundProductId, (OrganizationId, Name)>,
    regions: BTreeMap<String, Name>,
}

impl Labels {
    pub(super) fn of(case: &Case<'_>) -> Labels {
        let firms = distinct(case.firms.iter().map(|firm| (firm.id, [&firm.name, &firm.credit_code])));
        let taken: BTreeSet<Name> = firms.values().cloned().collect();
        let groups = case.firms.iter().filter_map(|firm| {
            let group = firm.group.as_ref()?;
            let plain = readable(group).filter(|name| !taken.contains(name));
            Some((firm.id, plain.or_else(|| readable(&format!("{group} (集团)")))?))
        });
        let ids: Vec<String> = case.products.iter().map(|product| product.id.to_string()).collect();
        let products = case.products.iter().zip(&ids);
        let names = distinct(products.map(|(product, id)| (product.id, [&product.name, id])));
        let owners = case.products.iter().map(|product| (product.id, product.applicant));
        Labels {
            groups: groups.collect(),
            firms,
            products: owners.filter_map(|(id, owner)| Some((id, (owner, names.get(&id)?.clone())))).collect(),
            regions: region_names(case.demand),
        }
    }

    /// A line as the selection reads it.
    pub(super) fn bid(
        &self,
        rules: &RuleSet,
        (row, product, spec): (u64, &Product, &Spec),
        offered: &OfferedLine,
    ) -> Bid {
        let bidder = self.firms.get(&product.applicant).cloned();
        Bid {
            row,
            bidder: bidder.unwrap_or_else(|| product.applicant.to_string().into()),
            group: self.groups.get(&product.applicant).cloned(),
            product: self.products.get(&product.id).map(|(_owner, name)| name.clone()),
            price: offered.price,
            units: offered.units,
            content: spec.content,
            ceiling: Some(spec.ceiling),
            brand_volume: None,
            tie_order: None,
            extra: extra(&rules.columns, &product.facts),
        }
    }

    /// The firm and the product of a brand.
    pub(super) fn brand(&self, product: RoundProductId) -> Option<(Name, Name)> {
        let (owner, name) = self.products.get(&product)?;
        let firm = self.firms.get(owner).cloned();
        Some((firm.unwrap_or_else(|| owner.to_string().into()), name.clone()))
    }

    /// A region.
    pub(super) fn region(&self, code: &str) -> Name {
        self.regions.get(code).cloned().unwrap_or_else(|| code.into())
    }
}

/// The regions that demand names, by their codes.
pub fn region_names(demand: &[RegionDemand]) -> BTreeMap<String, Name> {
    distinct(demand.iter().map(|row| (row.region.clone(), [&row.region_name, &row.region])))
}

/// Each by its name; where several have the same one, by name and what tells them apart.
fn distinct<'a, K: Ord + Clone>(named: impl Iterator<Item = (K, [&'a String; 2])>) -> BTreeMap<K, Name> {
    let named: BTreeMap<K, [&String; 2]> = named.collect();
    let mut bearers: BTreeMap<&str, usize> = BTreeMap::new();
    for [name, _code] in named.values() {
        let count = bearers.entry(name.as_str()).or_default();
        *count = count.saturating_add(1);
    }
    let label = |[name, code]: &[&String; 2]| {
        let alone = bearers.get(name.as_str()) == Some(&1);
        let plain = if alone { readable(name) } else { readable(&format!("{name} ({code})")) };
        plain.unwrap_or_else(|| code.as_str().into())
    };
    let labelled: Vec<(&K, Name, &String)> =
        named.iter().map(|(key, names)| (key, label(names), code_of(names))).collect();
    let mut seen = BTreeSet::new();
    let repeated: BTreeSet<Name> =
        labelled.iter().filter(|(_, name, _)| !seen.insert(name)).map(|(_, name, _)| name.clone()).collect();
    // Whoever calls itself by another's name and code stands under its own code.
    let settled = labelled.into_iter().map(|(key, name, code)| {
        (key.clone(), if repeated.contains(&name) { code.as_str().into() } else { name })
    });
    settled.collect()
}

fn code_of<'a>([_name, code]: &[&'a String; 2]) -> &'a String {
    code
}

/// A name that the tables of the result can hold.
fn readable(name: &str) -> Option<Name> {
    parse_name(name).ok().map(Name::from)
}
