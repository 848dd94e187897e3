//! Section 12: which region gets which main and backup supplier.
use std::borrow::Cow;
use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::judgement::{Entry, How, Judgement};
use super::turns::orders_within;
use crate::exact::Exact;
use crate::procurement::rules::Regions;
use crate::procurement::supply::{self, ContentField, Field, MarketRegion, Phase, Play, Taken};
use crate::procurement::tables::{Lot, Preference};
use crate::procurement::values::Name;

/// Orders of tied firms that are tried before their tie is taken to matter.
const ORDERS_MAX: usize = 120;

/// Decimals of a printed volume.
const VOLUME_PLACES: usize = 6;

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

/// The market before the turns: who takes part, which regions there are, who wants what.
struct Market<'a, 'p> {
    firms: Vec<Firm<'a>>,
    /// The pools of each region, by name.
    regions: Vec<&'p [Pool<'a>]>,
    /// Each firm's preference list: what a place is for, if not for everything, and its region.
    preferred: Vec<Vec<(Option<Phase>, usize)>>,
    /// What is given out in turns.
    field: Field,
}

/// Lets the selected firms take regions in turns. Declares a tie where another order of tied firms gives another result.
pub(super) fn allocate<'a>(
    rules: &Regions,
    judgement: &mut Judgement<'a>,
    pools: &[Pool<'a>],
) -> Allocation<'a> {
    let market = Market::open(rules, judgement, pools);
    if market.firms.is_empty() {
        return Allocation::default();
    }
    judgement.count(&rules.first_pick);
    judgement.consult(rules.backup_provision);
    let order: Vec<usize> = (0..market.firms.len()).collect();
    let taken = market.take(&order);
    if let Some(firms) = market.tie_that_matters(&taken) {
        judgement.declare_tie_at(&market.first_bids(&firms));
        return Allocation::default();
    }
    Allocation { rows: market.rows(&taken) }
}

fn takes_part(entry: &Entry<'_>) -> bool {
    entry.has_volume() && entry.selected.as_ref().is_some_and(|selected| selected.how != How::RevivedByBrand)
}

/// The market that a lot's firms choose in, before anybody chose.
pub(super) fn market(rules: &Regions, judgement: &Judgement<'_>, pools: &[Pool<'_>]) -> supply::Market {
    let Market { firms, regions, field, .. } = Market::open(rules, judgement, pools);
    let region = |pools: &&[Pool<'_>]| {
        let name = pools.first()?.region.clone();
        Some(MarketRegion { name, volume: total(pools).to_short(VOLUME_PLACES) })
    };
    supply::Market {
        firms: firms.iter().map(|firm| firm.bidder.clone()).collect(),
        regions: regions.iter().filter_map(region).collect(),
        field,
    }
}

impl<'a, 'p> Market<'a, 'p> {
    fn open(rules: &Regions, judgement: &Judgement<'a>, pools: &'p [Pool<'a>]) -> Self {
        let firms = firms(judgement);
        let regions: Vec<&[Pool<'a>]> = pools.chunk_by(|a, b| a.region == b.region).collect();
        let preferred = firms.iter().map(|firm| preferences(judgement.lot, firm, &regions)).collect();
        let contents = restricted(&firms, pools).into_iter().map(|(content, quoting)| ContentField {
            content,
            quoting,
            by_volume: by_content(&regions, content),
        });
        let field = Field {
            regions: regions.len(),
            firms: firms.len(),
            first_pick: rules.first_pick.value,
            backup: rules.backup,
            by_volume: by_volume((0..).zip(&regions).map(|(position, pools)| (total(pools), position))),
            contents: contents.collect(),
        };
        Self { firms, regions, preferred, field }
    }

    /// Lets each firm take the first region of its wishes that it may.
    fn take(&self, order: &[usize]) -> Taken {
        let mut play = Play::begin(&self.field, order.to_vec());
        let (mut phase, mut wishes) = (None, Vec::new());
        while let Some((firm, now)) = play.whose() {
            if phase != Some(now) {
                let listed = self.preferred.iter().map(|list| wishes_for(now, list, play.default_order()));
                (phase, wishes) = (Some(now), listed.collect());
            }
            let wanted = wishes.get_mut(firm).and_then(|wishes| wishes.find(|region| play.may_take(*region)));
            match wanted {
                Some(region) => _ = play.take(region),
                None => play.pass(),
            }
        }
        play.taken()
    }

    /// Whether the firms chose in turns: then the order in which they did is settled.
    fn chosen_in_turns(&self) -> bool {
        self.preferred.iter().flatten().any(|(phase, _region)| phase.is_some())
    }

    fn first_bids(&self, firms: &[usize]) -> Vec<usize> {
        let quotes = firms.iter().filter_map(|firm| self.firms.get(*firm)?.quotes.first());
        quotes.map(|(entry, _)| *entry).collect()
    }

    /// The tied firms whose order matters: those of a class whose own order does, or, if only several classes together do, of all.
    fn tie_that_matters(&self, taken: &Taken) -> Option<Vec<usize>> {
        let groups = self.tied_groups(taken);
        if self.chosen_in_turns() || !self.order_matters(taken, &groups) {
            return None;
        }
        let alone = |tied: &&Vec<usize>| {
            let fixed =
                |group: &Vec<usize>| group.iter().map(|firm| vec![*firm]).collect::<Vec<Vec<usize>>>();
            let split = groups
                .iter()
                .flat_map(|group| if group == *tied { vec![group.clone()] } else { fixed(group) });
            self.order_matters(taken, &split.collect::<Vec<Vec<usize>>>())
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

    fn order_matters(&self, taken: &Taken, groups: &[Vec<usize>]) -> bool {
        groups.iter().any(|group| group.len() > 1)
            && orders_within(groups, ORDERS_MAX)
                .is_none_or(|orders| orders.iter().any(|order| self.take(order) != *taken))
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
        let restricted = self.field.contents.iter().find(|restricted| Some(restricted.content) == content);
        let quoting = restricted.map(|restricted| &restricted.quoting);
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

fn preferences(lot: &Lot, firm: &Firm<'_>, regions: &[&[Pool<'_>]]) -> Vec<(Option<Phase>, usize)> {
    let own = lot.preferences.iter().filter(|preference| preference.bidder == *firm.bidder);
    let position = |preference: &Preference| {
        let found = regions
            .binary_search_by(|pools| pools.first().map(|pool| pool.region).cmp(&Some(&preference.region)));
        found.ok().map(|region| (preference.phase, region))
    };
    own.filter_map(position).collect()
}

/// What a firm wants in a phase: the regions of its list that are for that phase, those for everything, then the usual order.
fn wishes_for<'w>(
    phase: Phase,
    list: &'w [(Option<Phase>, usize)],
    usual: &'w [usize],
) -> impl Iterator<Item = usize> + use<'w> {
    let of = move |wanted: Option<Phase>| list.iter().filter(move |(phase, _region)| *phase == wanted);
    of(Some(phase)).chain(of(None)).map(|(_phase, region)| *region).chain(usual.iter().copied())
}

/// Positions by volume, largest first, then as they come.
fn by_volume<'v>(volumes: impl Iterator<Item = (Cow<'v, Exact>, usize)>) -> Vec<usize> {
    let mut order: Vec<(Cow<'v, Exact>, usize)> = volumes.collect();
    order.sort_by(|(a, first), (b, second)| b.cmp(a).then(first.cmp(second)));
    order.into_iter().map(|(_, position)| position).collect()
}

/// The regions that want a content, by their volume of it.
fn by_content(regions: &[&[Pool<'_>]], content: Decimal) -> Vec<usize> {
    let wanting = regions
        .iter()
        .enumerate()
        .filter_map(|(position, pools)| Some((Cow::Borrowed(&pool_of(pools, content)?.volume), position)));
    by_volume(wanting)
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
