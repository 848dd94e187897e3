//! Real purchases of one year as a market: the antiretrovirals and HIV rapid tests that USAID SCMS delivered.
use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::{Decimal, RoundingStrategy};
use serde::Deserialize;
use serde_json::{Value, json};

use super::deliveries::Places;
use super::market::{Firm, Institution, Market, Need, Offer, Party};

/// The purchases of two years, with their source in the first line.
const PURCHASES: &str = include_str!("../../../../tests/data/usaid_scms_2013_2014.csv");
/// The year that is replayed; the one before it breaks ties.
const YEAR: &str = "2014";
/// The lot of all rapid tests, priced per test.
const TESTS_LOT: &str = "HIV rapid tests, per test";
/// Decimal places of a maximum valid bid.
const CEILING_PLACES: u32 = 8;

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

/// What was bought of a lot: the sites' cheapest packs and the countries' volumes in the year, both years' highest unit price, and the
/// volumes of the year before.
#[derive(Debug, Default)]
struct Bought {
    is_test: bool,
    cheapest: BTreeMap<String, (Decimal, u64)>,
    highest: Decimal,
    received: BTreeMap<String, u64>,
    received_before: BTreeMap<String, u64>,
    delivered_before: BTreeMap<String, u64>,
}

/// The purchases of a year, by lot, and what was left out.
#[derive(Debug)]
pub(crate) struct Purchases {
    lots: BTreeMap<String, Bought>,
    places: Places,
    /// Purchase lines of the year.
    pub(crate) lines: usize,
    /// Ids of the lines with price zero: gifts.
    pub(crate) gifts: Vec<String>,
}

impl Purchases {
    /// Those that ship with the program: a lot per molecule, strength and form, and one of all rapid tests. Lines with price zero are gifts
    /// and left out. Errors: those of the CSV.
    pub(super) fn read() -> Result<Purchases, csv::Error> {
        let places = Places::read()?;
        let mut read = Purchases { lots: BTreeMap::new(), places, lines: 0, gifts: Vec::new() };
        let mut reader = csv::ReaderBuilder::new().comment(Some(b'#')).from_reader(PURCHASES.as_bytes());
        for purchase in reader.deserialize() {
            let purchase: Purchase = purchase?;
            let in_year = purchase.delivered.starts_with(YEAR);
            read.lines += usize::from(in_year);
            if !purchase.pack_price_usd.is_zero() {
                read.add(purchase, in_year);
            } else if in_year {
                read.gifts.push(purchase.id);
            }
        }
        read.lots.retain(|_, lot| !lot.cheapest.is_empty());
        Ok(read)
    }

    /// Lots with three or more sites.
    pub(crate) fn contested(&self) -> usize {
        self.lots.values().filter(|lot| lot.cheapest.len() >= 3).count()
    }

    fn add(&mut self, purchase: Purchase, in_year: bool) {
        let lot = self.lots.entry(purchase.lot()).or_default();
        lot.is_test = purchase.is_test();
        lot.highest = lot.highest.max(purchase.pack_price_usd / Decimal::from(purchase.units_per_pack));
        let units = purchase.quantity_packs * purchase.units_per_pack;
        if !in_year {
            *lot.delivered_before.entry(purchase.manufacturing_site).or_default() += units;
            *lot.received_before.entry(purchase.country).or_default() += units;
            return;
        }
        *lot.received.entry(purchase.country).or_default() += units;
        let pack = (purchase.pack_price_usd, purchase.units_per_pack);
        let cheapest = lot.cheapest.entry(purchase.manufacturing_site).or_insert(pack);
        if pack.0 * Decimal::from(cheapest.1) < cheapest.0 * Decimal::from(pack.1) {
            *cheapest = pack;
        }
    }

    fn sites(&self) -> BTreeSet<&str> {
        self.lots.values().flat_map(|lot| lot.cheapest.keys().map(String::as_str)).collect()
    }

    fn countries(&self) -> BTreeSet<&str> {
        self.lots.values().flat_map(|lot| lot.received.keys().map(String::as_str)).collect()
    }

    pub(super) fn parties(&self) -> Vec<Party> {
        self.places.parties(&self.sites(), &self.countries())
    }

    /// An offer is a site's lowest paid pack price, in dollars; a need is what a country received, and its past use what it received the year
    /// before. The maximum valid bid is the highest price that was paid for a unit in either year.
    pub(super) fn market(&self) -> Market {
        let firm = |(place, site)| Firm {
            code: self.places.supplier(site),
            offers: self.lots.values().enumerate().filter_map(|lot| offer(site, (place, lot))).collect(),
        };
        let institution = |country| Institution {
            code: self.places.receiver(country),
            needs: self.lots.values().enumerate().filter_map(|lot| need(country, lot)).collect(),
        };
        Market {
            lots: self.lots.iter().enumerate().map(announced).collect(),
            institutions: self.countries().into_iter().map(institution).collect(),
            firms: self.sites().into_iter().enumerate().map(firm).collect(),
        }
    }
}

fn announced((place, (name, bought)): (usize, (&String, &Bought))) -> Value {
    let (form, unit) = if bought.is_test { ("CONSUMABLE", "test") } else { ("ORAL", "unit") };
    let places = (CEILING_PLACES, RoundingStrategy::ToPositiveInfinity);
    let ceiling = bought.highest.round_dp_with_strategy(places.0, places.1).normalize();
    json!({ "number": place + 1, "name": name, "form": form, "unit": unit, "specs": [
        { "code": "1", "name": name, "ceiling": ceiling.to_string(), "representative": true },
    ] })
}

fn offer(site: &str, (place, (lot, bought)): (usize, (usize, &Bought))) -> Option<Offer> {
    let (price, units) = *bought.cheapest.get(site)?;
    let prior = bought.delivered_before.get(site);
    let fact = |prior: &u64| json!({ "column": "prior_volume", "value": prior.to_string() });
    Some(Offer {
        lot,
        name: format!("历史成交价回放（批准文号为模拟数据）：{site}"),
        approval_number: format!("国药准字H2014{:04}", place * 100 + lot),
        evaluated_on: None,
        facts: prior.map(fact).into_iter().collect(),
        price,
        units,
    })
}

fn need(country: &str, (lot, bought): (usize, &Bought)) -> Option<Need> {
    let volume = *bought.received.get(country)?;
    let used = bought.received_before.get(country).copied().unwrap_or_default();
    Some(Need { lot, spec: 0, volume, used })
}
