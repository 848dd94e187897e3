//! Real purchases replayed as a round: the antiretrovirals and HIV rapid tests of one year, as files that `jicai award` takes.
use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde::Deserialize;

/// The purchases, with their source in the first line.
pub const PURCHASES: &str = include_str!("../../../tests/data/usaid_scms_2013_2014.csv");
/// The year that is replayed; the one before it breaks ties.
const YEAR: &str = "2014";
/// The lot of all rapid tests, priced per test.
const TESTS_LOT: &str = "HIV rapid tests, per test";

/// One line of the purchases.
#[derive(Debug, Deserialize)]
struct Purchase {
    id: String,
    country: String,
    product_group: String,
    molecule_test: String,
    dosage: String,
    dosage_form: String,
    units_per_pack: u64,
    quantity_packs: u64,
    pack_price_usd: Decimal,
    manufacturing_site: String,
    delivered: String,
}

impl Purchase {
    fn is_test(&self) -> bool {
        self.product_group == "HRDT"
    }

    fn lot(&self) -> String {
        if self.is_test() {
            return TESTS_LOT.to_owned();
        }
        format!("{} {}, {}", self.molecule_test, self.dosage, self.dosage_form)
    }
}

/// A lot's form, its sites with their cheapest pack, its volume by country, and what each site delivered the year before.
#[derive(Debug, Default)]
struct ReplayLot {
    is_test: bool,
    cheapest: BTreeMap<String, (Decimal, u64)>,
    volume: BTreeMap<String, u64>,
    prior: BTreeMap<String, u64>,
}

/// The files of the replayed round and what was left out.
#[derive(Debug)]
pub struct Replay {
    /// `lot,bidder,price,units,prior_volume`
    pub bids: String,
    /// `lot,form`
    pub lots: String,
    /// `lot,region,volume`
    pub demand: String,
    /// Lots with three or more sites.
    pub contested: usize,
    /// Purchase lines.
    pub lines: usize,
    /// Ids of the lines with price zero: gifts.
    pub gifts: Vec<String>,
}

/// Turns purchases into a round: a lot per molecule, strength and form, and one of all rapid tests; a bid is a site's lowest paid pack
/// price over its units; the demand is what each country received, in smallest units; `prior_volume` is what the site delivered of the lot
/// in the year before. Lines with price zero are gifts and left out.
/// Errors: those of the CSV.
pub fn replay(purchases: &str) -> Result<Replay, csv::Error> {
    let mut lots: BTreeMap<String, ReplayLot> = BTreeMap::new();
    let (mut lines, mut gifts) = (0, Vec::new());
    let mut reader = csv::ReaderBuilder::new().comment(Some(b'#')).from_reader(purchases.as_bytes());
    for purchase in reader.deserialize() {
        let purchase: Purchase = purchase?;
        let in_year = purchase.delivered.starts_with(YEAR);
        lines += usize::from(in_year);
        if !purchase.pack_price_usd.is_zero() {
            add(&mut lots, purchase, in_year);
        } else if in_year {
            gifts.push(purchase.id);
        }
    }
    lots.retain(|_, lot| !lot.cheapest.is_empty());
    let contested = lots.values().filter(|lot| lot.cheapest.len() >= 3).count();
    let (bids, lots, demand) = (bids_csv(&lots)?, lots_csv(&lots)?, demand_csv(&lots)?);
    Ok(Replay { bids, lots, demand, contested, lines, gifts })
}

fn add(lots: &mut BTreeMap<String, ReplayLot>, purchase: Purchase, in_year: bool) {
    let lot = lots.entry(purchase.lot()).or_default();
    lot.is_test = purchase.is_test();
    let units = purchase.quantity_packs * purchase.units_per_pack;
    if !in_year {
        *lot.prior.entry(purchase.manufacturing_site).or_default() += units;
        return;
    }
    *lot.volume.entry(purchase.country).or_default() += units;
    let pack = (purchase.pack_price_usd, purchase.units_per_pack);
    let cheapest = lot.cheapest.entry(purchase.manufacturing_site).or_insert(pack);
    if pack.0 * Decimal::from(cheapest.1) < cheapest.0 * Decimal::from(pack.1) {
        *cheapest = pack;
    }
}

fn bids_csv(lots: &BTreeMap<String, ReplayLot>) -> Result<String, csv::Error> {
    let rows = lots.iter().flat_map(|(name, lot)| {
        lot.cheapest.iter().map(|(site, (price, units))| {
            let prior = lot.prior.get(site).map(u64::to_string).unwrap_or_default();
            vec![name.clone(), site.clone(), price.to_string(), units.to_string(), prior]
        })
    });
    to_csv(&["lot", "bidder", "price", "units", "prior_volume"], rows)
}

fn lots_csv(lots: &BTreeMap<String, ReplayLot>) -> Result<String, csv::Error> {
    let form = |lot: &ReplayLot| if lot.is_test { "consumable" } else { "oral" };
    to_csv(&["lot", "form"], lots.iter().map(|(name, lot)| vec![name.clone(), form(lot).to_owned()]))
}

fn demand_csv(lots: &BTreeMap<String, ReplayLot>) -> Result<String, csv::Error> {
    let rows = lots.iter().flat_map(|(name, lot)| {
        lot.volume.iter().map(|(country, volume)| vec![name.clone(), country.clone(), volume.to_string()])
    });
    to_csv(&["lot", "region", "volume"], rows)
}

fn to_csv(header: &[&str], rows: impl Iterator<Item = Vec<String>>) -> Result<String, csv::Error> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(header)?;
    for row in rows {
        writer.write_record(row)?;
    }
    let bytes = writer.into_inner().map_err(|error| std::io::Error::other(error.to_string()))?;
    String::from_utf8(bytes).map_err(|error| std::io::Error::other(error).into())
}
