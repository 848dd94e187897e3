//! Section 12: which region gets which main and backup supplier.
use std::borrow::Cow;
use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::judgement::{Entry, How, Judgement};
use super::turns::{Slots, orders_within, take_turns};
use crate::exact::Exact;
use crate::procurement::rules::Regions;
use crate::procurement::tables::{Lot, Preference};
use crate::procurement::values::Name;

/// Orders of tied firms that are tried before their tie is taken to matter.
const ORDERS_MAX: usize = 120;

/// A region's volume of one content without the brands' own.
pub(super) struct Pool<'a> {
    pub(super) region: &'a Name,
    pub(super) content: Option<Decimal>,
    pub(super) volume: Exact,
}

/// A region's content with its suppliers.
pub(super) struct Row<'a> {
    pub(super) region: &'a Name,
    pub(super) content: Option<Decimal>,
    pub(super) main: &'a Name,
    pub(super) backup: Option<&'a Name>,
    /// The main supplier's entry that the volume counts for.
    pub(super) entry: usize,
    pub(super) pool: Exact,
}

/// Every region's suppliers, by region and content.
#[derive(Default)]
pub(super) struct Allocation<'a> {
    pub(super) rows: Vec<Row<'a>>,
}

/// A selected firm that takes part.
struct Firm<'a> {
    bidder: &'a Name,
    class: usize,
    /// Its selected bids with the contents they quote.
    quotes: Vec<(usize, Option<Decimal>)>,
}

impl Firm<'_> {
    fn quotes(&self, content: Option<Decimal>) -> bool {
        self.quotes.iter().any(|(_, quoted)| *quoted == content)
    }

    fn entry_for(&self, content: Option<Decimal>) -> Option<usize> {
        let quoting = self.quotes.iter().find(|(_, quoted)| *quoted == content);
        quoting.or(self.quotes.first()).map(|(entry, _)| *entry)
    }
}

/// The turns' result: firms by region, and by content where the main supplier does not quote it.
#[derive(Debug, PartialEq, Eq)]
struct Taken {
    main: Vec<Option<usize>>,
    backup: Vec<Option<usize>>,
    by_content: BTreeMap<(Decimal, usize), usize>,
}

/// The market before the turns: who takes part, which regions there are, who wants what.
struct Market<'a, 'p> {
    firms: Vec<Firm<'a>>,
    /// The pools of each region, by name.
    regions: Vec<&'p [Pool<'a>]>,
    /// Positions in each firm's preference list.
    preferred: Vec<Vec<usize>>,
    /// Contents that some but not all firms quote, with those who do.
    restricted: BTreeMap<Decimal, Vec<usize>>,
}

/// Lets the selected firms take regions in turns. Declares a tie where another order of tied firms gives another result.
pub(super) fn allocate<'a>(
    rules: &Regions,
    judgement: &mut Judgement<'a>,
    pools: &[Pool<'a>],
) -> Allocation<'a> {
    let market = Market::open(judgement, pools);
    if market.firms.is_empty() {
        return Allocation::default();
    }
    judgement.count(&rules.first_pick);
    judgement.consult(rules.backup_provision);
    let order: Vec<usize> = (0..market.firms.len()).collect();
    let taken = market.take(rules, &order);
    if let Some(firms) = market.tie_that_matters(rules, &taken) {
        judgement.declare_tie_at(&market.first_bids(&firms));
        return Allocation::default();
    }
    Allocation { rows: market.rows(&taken) }
}

fn takes_part(entry: &Entry<'_>) -> bool {
    entry.has_volume() && entry.selected.as_ref().is_some_and(|selected| selected.how != How::RevivedByBrand)
}

impl<'a, 'p> Market<'a, 'p> {
    fn open(judgement: &Judgement<'a>, pools: &'p [Pool<'a>]) -> Self {
        let firms = firms(judgement);
        let regions: Vec<&[Pool<'a>]> = pools.chunk_by(|a, b| a.region == b.region).collect();
        let preferred = firms.iter().map(|firm| preferences(judgement.lot, firm, &regions)).collect();
        let restricted = restricted(&firms, pools);
        Self { firms, regions, preferred, restricted }
    }

    fn take(&self, rules: &Regions, order: &[usize]) -> Taken {
        let by_pool = self.by_pool(total);
        let count = self.regions.len();
        let wishes: Vec<Vec<usize>> =
            self.preferred.iter().map(|first| [first.as_slice(), &by_pool].concat()).collect();
        let main = take_turns(&Slots { wishes: &wishes, count }, order, rules.first_pick.value);
        let backup = if rules.backup { self.take_backup(wishes, &main, order) } else { vec![None; count] };
        let by_content = self.take_by_content(&main, order);
        Taken { main, backup, by_content }
    }

    /// Regions by volume, largest first, then by name.
    fn by_pool(&self, volume: impl Fn(&'p [Pool<'a>]) -> Cow<'p, Exact>) -> Vec<usize> {
        let volumes = self.regions.iter().enumerate().map(|(position, pools)| (volume(pools), position));
        let mut order: Vec<(Cow<'p, Exact>, usize)> = volumes.collect();
        order.sort_by(|(a, first), (b, second)| b.cmp(a).then(first.cmp(second)));
        order.into_iter().map(|(_, position)| position).collect()
    }

    fn take_backup(
        &self,
        mut wishes: Vec<Vec<usize>>,
        main: &[Option<usize>],
        order: &[usize],
    ) -> Vec<Option<usize>> {
        for (firm, wishes) in wishes.iter_mut().enumerate() {
            wishes.retain(|region| main.get(*region).is_some_and(|main| *main != Some(firm)));
        }
        take_turns(&Slots { wishes: &wishes, count: self.regions.len() }, order, 0)
    }

    /// Content by content, the regions whose main supplier does not quote it.
    fn take_by_content(&self, main: &[Option<usize>], order: &[usize]) -> BTreeMap<(Decimal, usize), usize> {
        let mut taken = BTreeMap::new();
        for (content, quoting) in &self.restricted {
            let lacking = self.regions.iter().zip(main).map(|(pools, main)| {
                pool_of(pools, *content).is_some() && main.is_none_or(|firm| !quoting.contains(&firm))
            });
            let open: Vec<bool> = lacking.collect();
            let is_open = |region: &usize| open.get(*region) == Some(&true);
            let by_pool = self.by_pool(|pools| {
                pool_of(pools, *content)
                    .map_or_else(|| Cow::Owned(Exact::zero()), |pool| Cow::Borrowed(&pool.volume))
            });
            let by_pool: Vec<usize> = by_pool.into_iter().filter(is_open).collect();
            let wishes = self
                .preferred
                .iter()
                .map(|first| first.iter().copied().filter(is_open).chain(by_pool.iter().copied()).collect());
            let wishes: Vec<Vec<usize>> = wishes.collect();
            let order: Vec<usize> = order.iter().copied().filter(|firm| quoting.contains(firm)).collect();
            let firms = take_turns(&Slots { wishes: &wishes, count: self.regions.len() }, &order, 0);
            taken.extend(
                firms.iter().enumerate().filter_map(|(region, firm)| Some(((*content, region), (*firm)?))),
            );
        }
        taken
    }

    fn first_bids(&self, firms: &[usize]) -> Vec<usize> {
        let quotes = firms.iter().filter_map(|firm| self.firms.get(*firm)?.quotes.first());
        quotes.map(|(entry, _)| *entry).collect()
    }

    /// The tied firms whose order matters: those of a class whose own order does, or, if only several classes together do, of all.
    fn tie_that_matters(&self, rules: &Regions, taken: &Taken) -> Option<Vec<usize>> {
        let groups = self.tied_groups(taken);
        if !self.order_matters(rules, taken, &groups) {
            return None;
        }
        let alone = |tied: &&Vec<usize>| {
            let fixed =
                |group: &Vec<usize>| group.iter().map(|firm| vec![*firm]).collect::<Vec<Vec<usize>>>();
            let split = groups
                .iter()
                .flat_map(|group| if group == *tied { vec![group.clone()] } else { fixed(group) });
            self.order_matters(rules, taken, &split.collect::<Vec<Vec<usize>>>())
        };
        let several = || groups.iter().filter(|group| group.len() > 1);
        let mut tied: Vec<&Vec<usize>> = several().filter(alone).collect();
        if tied.is_empty() {
            tied = several().collect();
        }
        Some(tied.into_iter().flatten().copied().collect())
    }

    /// The firms in order, in groups of equal standing. Firms of a class that takes nothing stand alone: whatever their order, nothing
    /// is left for them.
    fn tied_groups(&self, taken: &Taken) -> Vec<Vec<usize>> {
        let class = |position: usize| self.firms.get(position).map(|firm| firm.class);
        let takes = |firm: &usize| {
            let any = |slots: &[Option<usize>]| slots.contains(&Some(*firm));
            any(&taken.main) || any(&taken.backup) || taken.by_content.values().any(|taker| taker == firm)
        };
        let positions: Vec<usize> = (0..self.firms.len()).collect();
        let classes = positions.chunk_by(|a, b| class(*a) == class(*b));
        let split = classes.flat_map(|firms| {
            if firms.iter().any(takes) {
                vec![firms.to_vec()]
            } else {
                firms.iter().map(|firm| vec![*firm]).collect()
            }
        });
        split.collect()
    }

    fn order_matters(&self, rules: &Regions, taken: &Taken, groups: &[Vec<usize>]) -> bool {
        groups.iter().any(|group| group.len() > 1)
            && orders_within(groups, ORDERS_MAX)
                .is_none_or(|orders| orders.iter().any(|order| self.take(rules, order) != *taken))
    }

    fn rows(&self, taken: &Taken) -> Vec<Row<'a>> {
        let regions = self.regions.iter().enumerate();
        let pools = regions.flat_map(|(position, pools)| pools.iter().map(move |pool| (position, pool)));
        pools.filter_map(|(position, pool)| self.row(taken, position, pool)).collect()
    }

    fn row(&self, taken: &Taken, position: usize, pool: &Pool<'a>) -> Option<Row<'a>> {
        let content = pool.content;
        let by_content = content.and_then(|content| taken.by_content.get(&(content, position)));
        let firm = by_content.copied().or_else(|| taken.main.get(position).copied().flatten())?;
        let main = self.firms.get(firm)?;
        let quoting = content.and_then(|content| self.restricted.get(&content));
        let backup = taken
            .backup
            .get(position)
            .copied()
            .flatten()
            .filter(|backup| *backup != firm && quoting.is_none_or(|quoting| quoting.contains(backup)));
        Some(Row {
            region: pool.region,
            content,
            main: main.bidder,
            backup: backup.and_then(|backup| self.firms.get(backup)).map(|firm| firm.bidder),
            entry: main.entry_for(content)?,
            pool: pool.volume.clone(),
        })
    }
}

fn firms<'a>(judgement: &Judgement<'a>) -> Vec<Firm<'a>> {
    let mut firms: Vec<Firm<'a>> = Vec::new();
    for (position, entry) in judgement.entries.iter().enumerate().filter(|(_, entry)| takes_part(entry)) {
        let quote = (position, entry.content);
        match firms.iter_mut().find(|firm| *firm.bidder == entry.bid.bidder) {
            Some(firm) => firm.quotes.push(quote),
            None => firms.push(Firm { bidder: &entry.bid.bidder, class: entry.class, quotes: vec![quote] }),
        }
    }
    firms
}

/// A region's pool of one content.
fn pool_of<'v, 'a>(pools: &'v [Pool<'a>], content: Decimal) -> Option<&'v Pool<'a>> {
    pools.iter().find(|pool| pool.content == Some(content))
}

/// A region's volume of all contents.
fn total<'v>(pools: &'v [Pool<'_>]) -> Cow<'v, Exact> {
    match pools {
        [one] => Cow::Borrowed(&one.volume),
        several => Cow::Owned(several.iter().fold(Exact::zero(), |sum, pool| &sum + &pool.volume)),
    }
}

fn preferences(lot: &Lot, firm: &Firm<'_>, regions: &[&[Pool<'_>]]) -> Vec<usize> {
    let own = lot.preferences.iter().filter(|preference| preference.bidder == *firm.bidder);
    let position = |preference: &Preference| {
        regions
            .binary_search_by(|pools| pools.first().map(|pool| pool.region).cmp(&Some(&preference.region)))
            .ok()
    };
    own.filter_map(position).collect()
}

fn restricted(firms: &[Firm<'_>], pools: &[Pool<'_>]) -> BTreeMap<Decimal, Vec<usize>> {
    let mut restricted = BTreeMap::new();
    for content in pools.iter().filter_map(|pool| pool.content) {
        restricted.entry(content).or_insert_with(|| {
            let quoting = firms.iter().enumerate().filter(|(_, firm)| firm.quotes(Some(content)));
            quoting.map(|(position, _)| position).collect::<Vec<usize>>()
        });
    }
    restricted.retain(|_, quoting| !quoting.is_empty() && quoting.len() < firms.len());
    restricted
}
