//! README section 12, method `regions`: who takes which region.
use super::number::Q;
use super::order::compare;
use super::volume::target;
use super::{Case, Rules};
use num_traits::Zero;
use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

/// Region -> content -> volume that follows no brand.
pub(super) type Pools = BTreeMap<String, BTreeMap<Option<Q>, Q>>;

/// A firm that takes part, with its selected bids in order.
#[derive(Clone)]
pub(super) struct Firm {
    pub(super) bidder: String,
    pub(super) entries: Vec<usize>,
    contents: BTreeSet<Option<Q>>,
    wishes: Vec<String>,
}

pub(super) struct Setting {
    pub(super) firms: Vec<Firm>,
    pub(super) pools: Pools,
    /// The largest pool first, then by name.
    regions: Vec<String>,
    first_pick: usize,
    backup: bool,
}

/// Who supplies what. `special`: the contents that a region's main supplier does not quote.
#[derive(PartialEq)]
pub(super) struct Supply {
    main: BTreeMap<String, String>,
    backup: BTreeMap<String, String>,
    special: BTreeMap<(String, Option<Q>), String>,
}

/// `None` where the file or the lot gives no regions to choose.
pub(super) fn setting(rules: &Rules, case: &Case) -> Option<Setting> {
    if rules.text("volume.method").as_deref() != Some("regions") {
        return None;
    }
    let pools = pools(case);
    let sizes = pools.iter().map(|(region, pool)| (region, pool.values().sum())).collect();
    Some(Setting {
        firms: firms(case),
        regions: by_size(sizes),
        pools,
        first_pick: rules.count("regions.first_pick").unwrap_or(0),
        backup: rules.flag("regions.backup"),
    })
}

/// Selected bidders without `REVIVED_BY_BRAND` and without zero volume, in order of their best selected bid.
fn firms(case: &Case) -> Vec<Firm> {
    let mut firms: Vec<Firm> = Vec::new();
    for (i, entry) in case.entries.iter().enumerate() {
        if !entry.supplies() || entry.codes.contains("REVIVED_BY_BRAND") {
            continue;
        }
        let bidder = &entry.bid.bidder;
        if !firms.iter().any(|f| f.bidder == *bidder) {
            firms.push(Firm {
                bidder: bidder.clone(),
                entries: Vec::new(),
                contents: BTreeSet::new(),
                wishes: wishes(case, bidder),
            });
        }
        let firm = firms.iter_mut().find(|f| f.bidder == *bidder).unwrap();
        firm.entries.push(i);
        firm.contents.insert(entry.content.clone());
    }
    firms
}

fn wishes(case: &Case, bidder: &str) -> Vec<String> {
    let mut list: Vec<_> = case.lot.preferences.iter().filter(|p| p.bidder == bidder).collect();
    list.sort_by_key(|p| p.order);
    list.into_iter().map(|p| p.region.clone()).collect()
}

/// Every region and content that the demand names, with the volume that follows no selected brand.
fn pools(case: &Case) -> Pools {
    let mut pools = Pools::new();
    for row in &case.rows {
        let Some(region) = row.region else { continue };
        let pool = pools.entry(region.to_string()).or_default();
        let follows = target(case, row).is_some();
        let volume = pool.entry(row.content.clone()).or_insert_with(Q::zero);
        if !follows {
            *volume += &row.volume;
        }
    }
    pools
}

/// The largest pool first, then by name.
fn by_size(sizes: Vec<(&String, Q)>) -> Vec<String> {
    let mut sizes = sizes;
    sizes.sort_by(|(a, x), (b, y)| y.cmp(x).then(a.cmp(b)));
    sizes.into_iter().map(|(region, _)| region.clone()).collect()
}

/// The first wish among the regions that are free for the firm, else the first of them (they are in order of size).
fn take(firm: &Firm, free: &mut Vec<String>, may: &dyn Fn(&Firm, &str) -> bool) -> Option<String> {
    let wished = firm.wishes.iter().find(|wish| free.contains(wish) && may(firm, wish));
    let region = wished.or_else(|| free.iter().find(|region| may(firm, region)))?.clone();
    free.retain(|other| *other != region);
    Some(region)
}

/// Each firm in turn takes one region that it may take, until nobody can.
fn turns(
    firms: &[&Firm],
    mut free: Vec<String>,
    may: &dyn Fn(&Firm, &str) -> bool,
) -> BTreeMap<String, String> {
    let mut taken = BTreeMap::new();
    loop {
        let before = free.len();
        for firm in firms {
            if let Some(region) = take(firm, &mut free, may) {
                taken.insert(region, firm.bidder.clone());
            }
        }
        if free.len() == before {
            return taken;
        }
    }
}

impl Setting {
    /// Steps 1 to 3 and the contents, with the firms in the order given.
    pub(super) fn choose(&self, order: &[&Firm]) -> Supply {
        let any = |_: &Firm, _: &str| true;
        let mut free = self.regions.clone();
        let mut main = BTreeMap::new();
        for _ in 0..self.first_pick {
            let Some(first) = order.first() else { break };
            let Some(region) = take(first, &mut free, &any) else { break };
            main.insert(region, first.bidder.clone());
        }
        main.extend(turns(order, free, &any));
        let mut backup = BTreeMap::new();
        if self.backup {
            let not_main = |firm: &Firm, region: &str| main.get(region) != Some(&firm.bidder);
            backup = turns(order, self.regions.clone(), &not_main);
        }
        let special = self.special(order, &main);
        Supply { main, backup, special }
    }

    /// Does some but not all of those taking part quote it?
    fn partly_quoted(&self, content: &Option<Q>) -> bool {
        let quoting = self.firms.iter().filter(|f| f.contents.contains(content)).count();
        quoting > 0 && quoting < self.firms.len()
    }

    fn quotes(&self, bidder: &str, content: &Option<Q>) -> bool {
        self.firms.iter().any(|f| f.bidder == bidder && f.contents.contains(content))
    }

    /// The regions whose main supplier does not quote a content, content by content.
    fn special(
        &self,
        order: &[&Firm],
        main: &BTreeMap<String, String>,
    ) -> BTreeMap<(String, Option<Q>), String> {
        let contents: BTreeSet<&Option<Q>> = self.pools.values().flat_map(|p| p.keys()).collect();
        let mut special = BTreeMap::new();
        for content in contents.into_iter().filter(|c| self.partly_quoted(c)) {
            let mut open = Vec::new();
            for (region, pool) in &self.pools {
                if let (Some(volume), false) = (pool.get(content), self.quotes(&main[region], content)) {
                    open.push((region, volume.clone()));
                }
            }
            let quoting: Vec<&Firm> =
                order.iter().copied().filter(|f| f.contents.contains(content)).collect();
            for (region, bidder) in turns(&quoting, by_size(open), &|_, _| true) {
                special.insert((region, content.clone()), bidder);
            }
        }
        special
    }

    /// Main and backup supplier of one content in one region.
    pub(super) fn suppliers(
        &self,
        supply: &Supply,
        region: &str,
        content: &Option<Q>,
    ) -> (Option<String>, Option<String>) {
        let special = supply.special.get(&(region.to_string(), content.clone()));
        let main = special.or(supply.main.get(region)).cloned();
        let mut backup = supply.backup.get(region).cloned();
        if self.partly_quoted(content) {
            backup = backup.filter(|b| self.quotes(b, content) && main.as_ref() != Some(b));
        }
        (main, backup)
    }
}

/// Section 3: a tie matters when another order of the tied firms would give another selection of regions.
pub(super) fn ties(rules: &Rules, case: &mut Case) {
    let Some(setting) = setting(rules, case) else { return };
    let firms: Vec<&Firm> = setting.firms.iter().collect();
    let base = setting.choose(&firms);
    let mut found: Vec<usize> = Vec::new();
    let mut start = 0;
    while start < firms.len() {
        let best = |f: &Firm| &case.entries[f.entries[0]];
        let equal = |f: &&&Firm| compare(best(f), best(firms[start])) == Ordering::Equal;
        let end = start + firms[start..].iter().take_while(equal).count();
        if end - start > 1 && !setting.pools.is_empty() && order_matters(&setting, &base, start, end) {
            found.extend(firms[start..end].iter().map(|f| f.entries[0]));
        }
        start = end;
    }
    case.tie(&found);
}

/// Two swapped firms show nearly every difference; where they show none and few are tied, every order is tried.
fn order_matters(setting: &Setting, base: &Supply, start: usize, end: usize) -> bool {
    let mut order: Vec<&Firm> = setting.firms.iter().collect();
    for i in start..end {
        for j in i + 1..end {
            order.swap(i, j);
            let differs = setting.choose(&order) != *base;
            order.swap(i, j);
            if differs {
                return true;
            }
        }
    }
    end - start <= 6 && any_order_differs(setting, base, &mut order, start..end)
}

fn any_order_differs(
    setting: &Setting,
    base: &Supply,
    order: &mut Vec<&Firm>,
    range: std::ops::Range<usize>,
) -> bool {
    if range.len() < 2 {
        return setting.choose(order) != *base;
    }
    for i in range.clone() {
        order.swap(range.start, i);
        let differs = any_order_differs(setting, base, order, range.start + 1..range.end);
        order.swap(range.start, i);
        if differs {
            return true;
        }
    }
    false
}
