//! Real purchases with the days on which they were ordered, promised for and delivered, as USAID SCMS recorded them.
use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;

use jicai_domain::identity::{CreditCode, OrganizationKind};
use jicai_domain::time::Day;
use rust_decimal::Decimal;
use serde::Deserialize;

use super::market::Party;

/// Every purchase, with its source in the first line.
const RECORDS: &str = include_str!("../../../../tests/data/usaid_scms_deliveries.csv");
/// Where the office of a demonstration buys. Countries are no regions of GB/T 2260, so all of them buy there, each as an institution.
pub(super) const REGION: &str = "320000";

/// A line of the records.
#[derive(Debug, Deserialize)]
struct Record {
    id: String,
    country: String,
    item: String,
    units_per_pack: u64,
    quantity_packs: u64,
    pack_price_usd: Decimal,
    manufacturing_site: String,
    ordered: String,
    promised: String,
    delivered: String,
}

fn records() -> Result<Vec<Record>, csv::Error> {
    csv::ReaderBuilder::new().comment(Some(b'#')).from_reader(RECORDS.as_bytes()).deserialize().collect()
}

/// Nobody whom the records name takes part: a fictitious supplier stands for each site, a fictitious institution for each country. Their codes go by
/// the place among all that the records name.
#[derive(Debug)]
pub(super) struct Places {
    sites: Vec<String>,
    countries: Vec<String>,
}

impl Places {
    /// Those of all records. Errors: those of the CSV.
    pub(super) fn read() -> Result<Places, csv::Error> {
        let records = records()?;
        let names = |name: fn(&Record) -> &String| {
            records.iter().map(name).collect::<BTreeSet<_>>().into_iter().cloned().collect()
        };
        Ok(Places {
            sites: names(|record| &record.manufacturing_site),
            countries: names(|record| &record.country),
        })
    }

    /// The credit code of the supplier that stands for a site.
    pub(super) fn supplier(&self, site: &str) -> String {
        credit_code(&format!("91320100MA0DER{:03}", place(&self.sites, site)))
    }

    /// The name of that supplier.
    pub(super) fn supplier_name(&self, site: &str) -> String {
        format!("回放供应方{:02}（模拟数据）", place(&self.sites, site) + 1)
    }

    /// The credit code of the institution that stands for a country.
    pub(super) fn receiver(&self, country: &str) -> String {
        credit_code(&format!("12320000MB0DER{:03}", place(&self.countries, country)))
    }

    /// Who stands for these sites and countries.
    pub(super) fn parties(&self, sites: &BTreeSet<&str>, countries: &BTreeSet<&str>) -> Vec<Party> {
        let party = |kind, code, name| Party { kind, region: REGION, code, name };
        let suppliers = sites
            .iter()
            .map(|site| party(OrganizationKind::Manufacturer, self.supplier(site), self.supplier_name(site)));
        let receivers = countries.iter().map(|country| {
            let name = format!("回放收货方·{country}（模拟数据）");
            party(OrganizationKind::Hospital, self.receiver(country), name)
        });
        suppliers.chain(receivers).collect()
    }
}

fn place(names: &[String], name: &str) -> usize {
    names.binary_search_by(|one| one.as_str().cmp(name)).unwrap_or_default()
}

/// The credit code that begins so.
fn credit_code(beginning: &str) -> String {
    let ends = "0123456789ABCDEFGHJKLMNPQRTUWXY".chars();
    let mut codes = ends.map(|end| format!("{beginning}{end}"));
    codes.find(|code| CreditCode::parse(code).is_ok()).unwrap_or_default()
}

/// Why a record is not ordered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum LeftOut {
    /// The records do not tell when it was ordered.
    OrderUnknown,
    /// It was delivered before the day on which it was ordered.
    OrderedAfterwards,
    /// Its price is zero.
    Gift,
    /// It was ordered in another year than was asked for.
    OtherYear,
}

/// What is bought: an item of a site in a pack of so many units.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Product {
    pub(super) site: String,
    pub(super) item: String,
    pub(super) units: u64,
}

/// A purchase that can be ordered.
#[derive(Debug)]
pub(super) struct Delivery {
    /// Its id in the records.
    pub(super) id: String,
    pub(super) year: u16,
    pub(super) country: String,
    pub(super) product: Product,
    pub(super) packs: u64,
    /// Of a pack, in dollars.
    pub(super) price: Decimal,
    pub(super) ordered: Day,
    pub(super) promised: Day,
    pub(super) delivered: Day,
}

/// The purchases that are ordered, and what was left out.
#[derive(Debug)]
pub(crate) struct Deliveries {
    /// All records.
    pub(crate) records: usize,
    /// What is not ordered, by the reason.
    pub(crate) left_out: BTreeMap<LeftOut, usize>,
    /// By the day of the order.
    pub(super) taken: Vec<Delivery>,
}

impl Deliveries {
    /// Those that were ordered in these years. Errors: those of the CSV.
    pub(crate) fn read(years: &RangeInclusive<u16>) -> Result<Deliveries, csv::Error> {
        let records = records()?;
        let mut read = Deliveries { records: records.len(), left_out: BTreeMap::new(), taken: Vec::new() };
        for record in records {
            match judged(record, years) {
                Ok(delivery) => read.taken.push(delivery),
                Err(why) => *read.left_out.entry(why).or_default() += 1,
            }
        }
        read.taken.sort_by_key(|one| (one.ordered.epoch_days(), one.country.clone()));
        Ok(read)
    }

    /// How many are ordered.
    pub(crate) fn count(&self) -> usize {
        self.taken.len()
    }
}

fn judged(record: Record, years: &RangeInclusive<u16>) -> Result<Delivery, LeftOut> {
    let day = |text: &str| Day::parse(text).ok_or(LeftOut::OrderUnknown);
    let ordered = day(&record.ordered)?;
    let (promised, delivered) = (day(&record.promised)?, day(&record.delivered)?);
    if delivered < ordered {
        return Err(LeftOut::OrderedAfterwards);
    }
    if record.pack_price_usd.is_zero() {
        return Err(LeftOut::Gift);
    }
    let year = record.ordered.get(..4).and_then(|year| year.parse().ok()).ok_or(LeftOut::OrderUnknown)?;
    if !years.contains(&year) {
        return Err(LeftOut::OtherYear);
    }
    let product =
        Product { site: record.manufacturing_site, item: record.item, units: record.units_per_pack };
    Ok(Delivery {
        id: record.id,
        year,
        country: record.country,
        product,
        packs: record.quantity_packs,
        price: record.pack_price_usd,
        ordered,
        promised,
        delivered,
    })
}
