//! What is reported is held against the registry and what is known of its items: what cannot be is refused with its row, what may be a slip is kept apart.
use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use jicai_domain::alert::rules::{MONITOR_PRESETS, MonitorRules, parse_monitors};
use jicai_domain::catalog::item::{Content, ItemNamed};
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::RegionCode;
use jicai_domain::ids::ItemId;
use jicai_domain::pricing::observation::{PriceBatch, PriceKind, Said};
use jicai_domain::pricing::report::{Reported, Reporter};
use jicai_domain::pricing::unit::{KnownItem, doubt};
use jicai_domain::time::Day;
use jicai_store::catalog::{self, versions};
use jicai_store::identity::regions;
use jicai_store::pricing::known;
use jicai_store::{Tx, fresh};

use crate::catalog::find_uses;
use crate::errors::Error;
use crate::listing::verdict::group_keys;

/// What the shipped monitor rules say of units.
static RULES: LazyLock<Option<MonitorRules>> =
    LazyLock::new(|| parse_monitors(MONITOR_PRESETS.first().map_or("", |preset| preset.text)).ok());

/// The rule file that doubts rest on, with its version.
pub(super) fn rules_named() -> String {
    RULES.as_ref().map(|rules| format!("{}@{}", rules.head.id, rules.head.version)).unwrap_or_default()
}

/// What came of rows, each with its place.
pub(crate) struct Sifted {
    /// What can be taken.
    pub(crate) batch: PriceBatch,
    /// What cannot, and why.
    pub(crate) refused: Vec<(usize, Refusal)>,
}

/// An item as the registry knows it.
struct Known {
    content: Content,
    keys: (Option<String>, Option<String>),
}

/// What rows are held against.
struct Asked<'r> {
    reporter: &'r Reporter,
    today: Day,
    items: BTreeMap<ItemId, Known>,
    regions: BTreeSet<RegionCode>,
}

/// Holds rows against everything they name, a few statements however many they are.
pub(crate) async fn sift(
    tx: &mut Tx,
    reporter: &Reporter,
    rows: Vec<(usize, Reported)>,
) -> Result<Sifted, Error> {
    let mut refused = Vec::new();
    let mut fits = Vec::with_capacity(rows.len());
    let mut keys = BTreeSet::new();
    for (place, row) in rows {
        let once = keys.insert(row.key.clone());
        let again = || Refusal::of(Code::PriceReportInvalid).at("key").allowing("each once");
        match reporter.region(&row).and_then(|region| if once { Ok(region) } else { Err(again()) }) {
            Ok(region) => fits.push((place, row, region)),
            Err(refusal) => refused.push((place, refusal)),
        }
    }
    let named: Vec<ItemNamed> = fits.iter().map(|(_, row, _)| row.code.1.clone()).collect();
    let found = find_uses(tx, &named).await?;
    let ids = found.iter().filter_map(|found| found.used.item).collect();
    let asked = asked(tx, reporter, ids, fits.iter().map(|(_, _, region)| *region)).await?;
    let mut said = Vec::with_capacity(fits.len());
    for ((place, row, region), found) in fits.into_iter().zip(found) {
        let ambiguous = found.doubt.filter(|doubt| doubt.code == Code::ItemCodeAmbiguous);
        let named = ambiguous.map_or(Ok(found.used.item), |doubt| Err(doubt.at("code")));
        match named.and_then(|item| asked.said(row, region, item)) {
            Ok(one) => said.push(one),
            Err(refusal) => refused.push((place, refusal)),
        }
    }
    Ok(Sifted { batch: judged(tx, &asked, said).await?, refused })
}

async fn asked<'r>(
    tx: &mut Tx,
    reporter: &'r Reporter,
    ids: BTreeSet<ItemId>,
    named: impl Iterator<Item = RegionCode>,
) -> Result<Asked<'r>, Error> {
    let known_at = catalog::horizon(tx).await?;
    let today = tx.now().await?.day_in_china();
    let ids: Vec<ItemId> = ids.into_iter().collect();
    let versions = versions::as_of(tx, &ids, today, known_at).await?;
    let known = versions.into_iter().map(|version| {
        let content = version.said.content;
        (version.item, Known { keys: group_keys(&content), content })
    });
    let items = known.collect();
    let wanted: BTreeSet<RegionCode> = named.collect();
    let there = regions::named(tx, &wanted.into_iter().collect::<Vec<_>>()).await?;
    let regions = there.into_iter().map(|region| region.code).collect();
    Ok(Asked { reporter, today, items, regions })
}

impl Asked<'_> {
    fn said(&self, row: Reported, region: RegionCode, item: Option<ItemId>) -> Result<Said, Refusal> {
        let wrong =
            |field, allowed: &str| Err(Refusal::of(Code::PriceReportInvalid).at(field).allowing(allowed));
        if !self.regions.contains(&region) {
            return Err(Refusal::of(Code::RegionUnknown).at("region"));
        }
        let known = item.and_then(|item| self.items.get(&item));
        let holder = known.and_then(|known| known.content.holder);
        if !self.reporter.reports(holder) {
            return wrong("code", "a code of an own item");
        }
        let registered = known.and_then(|known| known.content.units_per_pack).map(u64::from);
        let Some(pack_units) = row.pack_units.or(registered) else {
            return wrong("packUnits", "smallest units in a pack, which the registry does not tell");
        };
        let keys = known.map(|known| known.keys.clone()).unwrap_or_default();
        let said = Said {
            kind: row.kind,
            region,
            observed_on: row.observed_on,
            item,
            code: Some(row.code.0),
            group_key: keys.0,
            loose_group: keys.1,
            maker: row.maker.or_else(|| known.and_then(|known| known.content.holder_name.clone())),
            manufacturer: holder,
            hospital: self.reporter.hospital(),
            price: row.price,
            pack_units,
            currency: row.currency,
            abroad: row.abroad,
            packs: row.packs,
            disclosed: matches!(row.kind, PriceKind::Listed | PriceKind::Selected | PriceKind::Standard),
            source: self.reporter.organization,
            source_key: row.key,
            acceptance: None,
            listing: None,
        };
        said.check(self.today)?;
        Ok(said)
    }
}

/// Parts what is believed from what is in doubt.
async fn judged(tx: &mut Tx, asked: &Asked<'_>, said: Vec<Said>) -> Result<PriceBatch, Error> {
    let items: BTreeSet<ItemId> = said.iter().filter_map(|said| said.item).collect();
    let until = said.iter().map(|said| said.observed_on).max().unwrap_or(asked.today);
    let mut prices = known::unit_prices(tx, &items, until).await?;
    let rule = RULES.as_ref().and_then(|rules| rules.unit.as_ref());
    let known: BTreeMap<ItemId, KnownItem> = items
        .into_iter()
        .map(|item| {
            let registered = asked.items.get(&item).and_then(|known| known.content.units_per_pack);
            let unit_prices = prices.remove(&item).unwrap_or_default();
            (item, KnownItem { pack_units: registered.map(u64::from), unit_prices })
        })
        .collect();
    let mut batch = PriceBatch { id: fresh(), sound: Vec::new(), doubted: Vec::new() };
    for one in said {
        let known = one.item.and_then(|item| known.get(&item));
        match rule.zip(known).and_then(|(rule, known)| doubt(rule, &one, known)) {
            Some(doubt) => batch.doubted.push((fresh(), one, doubt)),
            None => batch.sound.push((fresh(), one)),
        }
    }
    Ok(batch)
}
