//! The naive bookkeeping: a list of units.
use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;

use crate::contract::cascade::{Answer, Ground, Leaving, Lot, Supplier};
use crate::contract::change::Change;
use crate::contract::ledger::{Buyer, Delivered, Holding, Place};
use crate::identity::RegionCode;
use crate::ids::{OrganizationId, SelectedProductId};

/// One unit of volume.
#[derive(Clone, Debug)]
pub(super) struct Unit {
    pub(super) place: Place,
    /// Nobody for what is left over.
    pub(super) supplier: Option<SelectedProductId>,
    pub(super) delivered: bool,
}

/// The naive bookkeeping.
#[derive(Clone, Debug)]
pub(super) struct Naive {
    pub(super) units: Vec<Unit>,
    pub(super) lot: Lot,
}

type Key = (RegionCode, Option<Decimal>, SelectedProductId);

impl Naive {
    pub(super) fn selected(&self) -> BTreeSet<SelectedProductId> {
        self.lot.suppliers.iter().map(|supplier| supplier.id).collect()
    }

    fn count(&self, holding: &Holding, delivered: bool) -> u64 {
        let of = |unit: &&Unit| unit.place == holding.place && unit.supplier == Some(holding.supplier);
        self.units.iter().filter(of).filter(|unit| unit.delivered == delivered).count().try_into().unwrap()
    }

    pub(super) fn delivered(&self) -> Delivered {
        let mut delivered = Delivered::new();
        for unit in self.units.iter().filter(|unit| unit.delivered) {
            let holding = Holding { place: unit.place, supplier: unit.supplier.unwrap() };
            *delivered.entry(holding).or_default() += 1;
        }
        delivered
    }

    /// Whether that many units that may move are there; changes them one by one.
    fn take(
        &mut self,
        place: Place,
        supplier: Option<SelectedProductId>,
        volume: u64,
        to: impl Fn(&mut Unit),
    ) -> bool {
        let volume = usize::try_from(volume).unwrap();
        let mut there: Vec<&mut Unit> = self
            .units
            .iter_mut()
            .filter(|unit| unit.place == place && unit.supplier == supplier && !unit.delivered)
            .collect();
        if there.len() < volume {
            return false;
        }
        there.iter_mut().take(volume).for_each(|unit| to(unit));
        true
    }

    fn add(&mut self, place: Place, supplier: Option<SelectedProductId>, volume: u64) {
        (0..volume).for_each(|_| self.units.push(Unit { place, supplier, delivered: false }));
    }

    /// Whether the change may be made; then it is.
    pub(super) fn make(&mut self, change: &Change) -> bool {
        let selected = self.selected();
        match change {
            Change::Award { holding, volume, brand: _ } => {
                self.add(holding.place, Some(holding.supplier), *volume);
                *volume > 0 && selected.contains(&holding.supplier)
            }
            Change::LeaveOver { place, volume } => {
                self.add(*place, None, *volume);
                *volume > 0
            }
            Change::Allot { pool, reported } => {
                let there = self.count(pool, false);
                let parts = largest_remainder(there, reported);
                pool.place.buyer == Buyer::Pool && self.hand_out(pool, &parts)
            }
            Change::Split { lead, parts, members } => {
                let own = |to: &OrganizationId| lead.place.buyer == Buyer::Institution(*to);
                lead.place.buyer != Buyer::Pool
                    && parts.iter().all(|(to, _)| members.contains(to) && !own(to))
                    && self.hand_out(lead, parts)
            }
            Change::ToInstitution { from, to, volume } => {
                let place = Place { buyer: Buyer::Institution(*to), ..from.place };
                from.place.buyer != Buyer::Pool
                    && place != from.place
                    && *volume > 0
                    && self.take(from.place, Some(from.supplier), *volume, |unit| unit.place = place)
            }
            Change::ToSupplier { from, to, volume } => {
                *to != from.supplier
                    && selected.contains(to)
                    && *volume > 0
                    && self.take(from.place, Some(from.supplier), *volume, |unit| unit.supplier = Some(*to))
            }
            Change::Adjust { holding, volume } => self.adjust(holding, *volume, &selected),
            Change::Choose { place, supplier, volume } => {
                selected.contains(supplier)
                    && *volume > 0
                    && self.take(*place, None, *volume, |unit| unit.supplier = Some(*supplier))
            }
        }
    }

    fn hand_out(&mut self, from: &Holding, parts: &[(OrganizationId, u64)]) -> bool {
        let distinct: BTreeSet<_> = parts.iter().map(|(to, _)| to).collect();
        let mut moved = 0;
        for (to, volume) in parts {
            let place = Place { buyer: Buyer::Institution(*to), ..from.place };
            if !self.take(from.place, Some(from.supplier), *volume, |unit| unit.place = place) {
                return false;
            }
            moved += volume;
        }
        moved > 0 && distinct.len() == parts.len()
    }

    fn adjust(&mut self, holding: &Holding, volume: u64, selected: &BTreeSet<SelectedProductId>) -> bool {
        let (free, fixed) = (self.count(holding, false), self.count(holding, true));
        let kept = |unit: &Unit| {
            unit.delivered || unit.place != holding.place || unit.supplier != Some(holding.supplier)
        };
        if volume < fixed || volume == free + fixed || holding.place.buyer == Buyer::Pool {
            return false;
        }
        self.units.retain(kept);
        self.add(holding.place, Some(holding.supplier), volume - fixed);
        volume < free + fixed || selected.contains(&holding.supplier)
    }

    pub(super) fn deliver(&mut self, holding: &Holding, volume: u64) {
        let volume = volume.min(self.count(holding, false));
        self.take(holding.place, Some(holding.supplier), volume, |unit| unit.delivered = true);
    }

    fn firm(&self, id: SelectedProductId) -> &Supplier {
        self.lot.suppliers.iter().find(|supplier| supplier.id == id).unwrap()
    }

    /// Who is offered the volume of one that leaves, in order, and whether it may decline.
    fn line(
        &self,
        leaves: &dyn Fn(RegionCode, SelectedProductId) -> bool,
        key: Key,
    ) -> Vec<(SelectedProductId, bool)> {
        let (region, content, gone) = key;
        let mut able: Vec<&Supplier> = self.lot.suppliers.iter().collect();
        able.retain(|other| {
            other.firm != self.firm(gone).firm && !other.brand_only && !leaves(region, other.id)
        });
        if able.iter().any(|other| other.content == content) {
            able.retain(|other| other.content == content);
        }
        able.sort_by_key(|other| (other.rank.is_none(), other.rank, other.id));
        let backup_firms: BTreeSet<_> = self
            .lot
            .backups
            .iter()
            .filter(|(at, _)| *at == region)
            .map(|(_, id)| &self.firm(*id).firm)
            .collect();
        let mains = able.iter().filter(|other| self.lot.mains.contains(&(region, other.id)));
        let backups = able.iter().filter(|other| backup_firms.contains(&other.firm));
        let first = mains.chain(backups).map(|other| (other.id, false));
        first.chain(able.iter().map(|other| (other.id, true))).collect()
    }

    /// The cascade, unit by unit. `None` where it may not be decided.
    pub(super) fn leave(
        &mut self,
        leaving: &Leaving,
        answers: &BTreeMap<SelectedProductId, Answer>,
    ) -> Option<()> {
        let fits = match &leaving.regions {
            Some(regions) => leaving.ground == Ground::SupplyFailed && !regions.is_empty(),
            None => true,
        };
        if !fits || leaving.products.is_empty() || !leaving.products.is_subset(&self.selected()) {
            return None;
        }
        let leaves = |region: RegionCode, id: SelectedProductId| {
            leaving.products.contains(&id)
                && leaving.regions.as_ref().is_none_or(|regions| regions.contains(&region))
        };
        let mut after = self.lot.clone();
        let mut room: BTreeMap<SelectedProductId, u64> = BTreeMap::new();
        for key in self.keys(&leaves) {
            for taker in self.succeed(key, &leaves, answers, &mut room)? {
                if self.lot.mains.contains(&(key.0, key.2)) {
                    let firm = &self.firm(taker).firm;
                    after.backups.retain(|(at, id)| *at != key.0 || self.firm(*id).firm != *firm);
                    after.mains.insert((key.0, taker));
                }
            }
        }
        after.mains.retain(|(at, id)| !leaves(*at, *id));
        after.backups.retain(|(at, id)| !leaves(*at, *id));
        after
            .suppliers
            .retain(|supplier| leaving.regions.is_some() || !leaving.products.contains(&supplier.id));
        self.lot = after;
        Some(())
    }

    fn keys(&self, leaves: &dyn Fn(RegionCode, SelectedProductId) -> bool) -> BTreeSet<Key> {
        let free = self.units.iter().filter(|unit| !unit.delivered);
        let keys = free.filter_map(|unit| Some((unit.place.region, unit.place.content, unit.supplier?)));
        let mut keys: BTreeSet<Key> = keys.filter(|(region, _, id)| leaves(*region, *id)).collect();
        for (region, id) in self.lot.mains.iter().filter(|(region, id)| leaves(*region, *id)) {
            if !keys.iter().any(|key| (key.0, key.2) == (*region, *id)) {
                keys.insert((*region, self.firm(*id).content, *id));
            }
        }
        keys
    }

    fn succeed(
        &mut self,
        key: Key,
        leaves: &dyn Fn(RegionCode, SelectedProductId) -> bool,
        answers: &BTreeMap<SelectedProductId, Answer>,
        room: &mut BTreeMap<SelectedProductId, u64>,
    ) -> Option<Vec<SelectedProductId>> {
        let mut takers = Vec::new();
        for (taker, asked) in self.line(leaves, key) {
            let left = self.left_of(key);
            let whole: u64 = left.iter().map(|(_, volume)| volume).sum();
            if (whole == 0 && !takers.is_empty()) || takers.contains(&taker) {
                continue;
            }
            let bound = match (asked, answers.get(&taker)) {
                (false, _) | (true, Some(Answer::Accepts { at_most: None })) => u64::MAX,
                (true, Some(Answer::Accepts { at_most: Some(bound) })) => {
                    *room.entry(taker).or_insert(*bound)
                }
                (true, Some(Answer::Declines)) => continue,
                (true, None) => return None,
            };
            if bound == 0 && whole > 0 {
                continue;
            }
            let weights: Vec<(Place, u64)> = left;
            for (place, volume) in largest_remainder(bound.min(whole), &weights) {
                assert!(self.take(place, Some(key.2), volume, |unit| unit.supplier = Some(taker)));
            }
            if let Some(Answer::Accepts { at_most: Some(bound) }) = answers.get(&taker) {
                let rest = room.entry(taker).or_insert(*bound);
                *rest = rest.saturating_sub(whole);
            }
            takers.push(taker);
        }
        for (place, volume) in self.left_of(key) {
            assert!(self.take(place, Some(key.2), volume, |unit| unit.supplier = None));
        }
        Some(takers)
    }

    fn left_of(&self, key: Key) -> Vec<(Place, u64)> {
        let mut left: BTreeMap<Place, u64> = BTreeMap::new();
        for unit in self.units.iter().filter(|unit| !unit.delivered && unit.supplier == Some(key.2)) {
            if (unit.place.region, unit.place.content) == (key.0, key.1) {
                *left.entry(unit.place).or_default() += 1;
            }
        }
        left.into_iter().collect()
    }

    /// The volumes of a next year: each place's, changed by so many, with its first supplier that is still selected.
    pub(super) fn next_year(&self, more: i64) -> BTreeMap<Holding, u64> {
        let mut sums: BTreeMap<Place, (u64, Option<SelectedProductId>)> = BTreeMap::new();
        let selected = self.selected();
        for unit in &self.units {
            let Some(supplier) = unit.supplier else { continue };
            let sum = sums.entry(unit.place).or_default();
            sum.0 += 1;
            sum.1 = sum.1.or(selected.contains(&supplier).then_some(supplier));
        }
        let volume = |sum: u64| sum.saturating_add_signed(more);
        let rows = sums.into_iter().filter_map(|(place, (sum, supplier))| {
            Some((Holding { place, supplier: supplier? }, volume(sum))).filter(|(_, volume)| *volume > 0)
        });
        rows.collect()
    }

    /// A year may follow where no place has less than before.
    pub(super) fn renew(&mut self, volumes: &BTreeMap<Holding, u64>) -> bool {
        let mut floor: BTreeMap<Place, u64> = BTreeMap::new();
        for unit in self.units.iter().filter(|unit| unit.supplier.is_some()) {
            *floor.entry(unit.place).or_default() += 1;
        }
        self.units.clear();
        volumes.iter().for_each(|(holding, volume)| self.add(holding.place, Some(holding.supplier), *volume));
        let now = |place: &Place| self.units.iter().filter(|unit| unit.place == *place).count();
        !volumes.is_empty() && floor.iter().all(|(place, least)| u64::try_from(now(place)).unwrap() >= *least)
    }
}

/// Floors of the shares in whole numbers, then one more for the largest remainders, earlier ones first.
fn largest_remainder<T: Copy>(total: u64, weights: &[(T, u64)]) -> Vec<(T, u64)> {
    let sum: u64 = weights.iter().map(|(_, weight)| weight).sum();
    if sum == 0 {
        return Vec::new();
    }
    let mut parts: Vec<(T, u64)> = weights.iter().map(|(key, weight)| (*key, total * weight / sum)).collect();
    let missing = total - parts.iter().map(|(_, part)| part).sum::<u64>();
    let mut order: Vec<usize> = (0..weights.len()).collect();
    order.sort_by_key(|position| std::cmp::Reverse(total * weights[*position].1 % sum));
    order.iter().take(usize::try_from(missing).unwrap()).for_each(|position| parts[*position].1 += 1);
    parts
}
