//! What the rules would say of a price before its firm declares it. The monitors are given what was seen of the firm's own product and nothing
//! else: by asking often enough a firm would otherwise find out what others ask. Against others only what is public is compared, by the rules
//! of listings.
use jicai_domain::alert::live::{Basis, reason_of};
use jicai_domain::alert::{Alert, Observation, judge};
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::{Caller, Permission, RegionCode};
use jicai_domain::ids::ItemId;
use jicai_domain::time::Day;
use jicai_store::Tx;
use jicai_store::alert::groups::{self, SeenPrice};
use jicai_store::identity::regions as tree;
use jicai_store::listing::compared::unit_price;
use rust_decimal::Decimal;

use super::finds::read;
use super::rules;
use crate::app::App;
use crate::errors::Error;
use crate::listing::verdict::{AskVerdict, ShownVerdict, listing_verdict, product};

/// A price that somebody asks about.
#[derive(Clone, Debug)]
pub struct AskPrice {
    /// The item of the registry.
    pub item: ItemId,
    /// The province.
    pub region: RegionCode,
    /// The price of a pack.
    pub price: Decimal,
    /// Smallest units in a pack, where the registry does not tell.
    pub pack_units: Option<u64>,
}

/// What a monitor would find.
#[derive(Clone, Debug)]
pub struct PriceFinding {
    /// The monitor.
    pub monitor: &'static str,
    /// How grave: `ticket`, `yellow` or `red`.
    pub severity: &'static str,
    /// What was judged.
    pub value: String,
    /// What it was compared with.
    pub benchmark: String,
    /// What it is not to exceed.
    pub threshold: String,
    /// How many values the benchmark is of.
    pub sample: usize,
    /// The reason in English and Chinese.
    pub reason: (String, String),
}

/// What the rules would say.
#[derive(Clone, Debug)]
pub struct PriceVerdict {
    /// By the rules of listings: ceilings, and the label against what is public.
    pub listing: ShownVerdict,
    /// The rule file of the monitors and its version.
    pub rules: String,
    /// How many prices of the own product the monitors had.
    pub known: usize,
    /// What the monitors would find.
    pub findings: Vec<PriceFinding>,
}

/// What the rules would say of a price of an own item. Errors: `FORBIDDEN`, `LISTING_INVALID`, `PRICE_INVALID`.
pub async fn price_verdict(app: &App, caller: &Caller, ask: AskPrice) -> Result<PriceVerdict, Error> {
    caller.require(Permission::OwnAlerts)?;
    let AskPrice { item, region, price, pack_units } = ask;
    let listing = listing_verdict(app, caller, AskVerdict { item, region, price, pack_units }).await?;
    let mut tx = app.store.read().await?;
    let today = tx.now().await?.day_in_china();
    let asked = product(&mut tx, caller.organization, (item, pack_units), today).await?;
    let name = asked.labels.same4.clone().unwrap_or_else(|| uuid(item));
    let group = asked.labels.same3.clone().unwrap_or_else(|| uuid(item));
    let mut known = groups::seen(&mut tx, &[(Basis::Listed, group.clone())]).await?;
    known.retain(|seen| seen.product == name);
    let unit = unit_price(price, asked.pack_units).map(|unit| unit.to_short(10));
    let unit = unit.and_then(|unit| unit.parse().ok());
    let unit: Decimal = unit.ok_or_else(|| Refusal::of(Code::ListingInvalid).at("packUnits"))?;
    let asked = Asked { group, name, region, today, unit };
    asked.judged(&mut tx, known, listing).await
}

fn uuid(item: ItemId) -> String {
    use jicai_domain::ids::Id;
    let digits = format!("{:032x}", item.number());
    let part = |from: usize, to: usize| digits.get(from..to).unwrap_or_default().to_owned();
    [part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32)].join("-")
}

struct Asked {
    group: String,
    name: String,
    region: RegionCode,
    today: Day,
    unit: Decimal,
}

impl Asked {
    /// The asked price as if it had been seen today.
    fn as_seen(&self, known: &[SeenPrice]) -> SeenPrice {
        SeenPrice {
            id: 0,
            group: (Basis::Listed, self.group.clone()),
            product: self.name.clone(),
            maker: known.first().map(|seen| seen.maker.clone()).unwrap_or_default(),
            region: self.region,
            observed_on: self.today,
            price: self.unit,
            quantity: None,
            item: None,
            manufacturer: None,
            disclosed: false,
        }
    }

    async fn judged(
        self,
        tx: &mut Tx,
        mut known: Vec<SeenPrice>,
        listing: ShownVerdict,
    ) -> Result<PriceVerdict, Error> {
        let rules = rules()?;
        let month = |day: Day| day.to_string().get(..7).map(str::to_owned);
        // It takes the place of what the product is listed at there this month.
        known.retain(|seen| seen.region != self.region || month(seen.observed_on) != month(self.today));
        let known_count = known.len();
        let asked = self.as_seen(&known);
        known.push(asked);
        let rows = known.iter().enumerate().map(|(place, seen)| read(place, seen));
        let rows = rows.collect::<Result<Vec<Observation>, Error>>()?;
        let own = u64::try_from(known_count).unwrap_or(u64::MAX);
        let named = tree::named(tx, &[self.region]).await?.pop();
        let (english, chinese) = match named {
            Some(region) => (region.english.as_str().into(), region.name.as_str().into()),
            None => (self.region.to_string().into(), self.region.to_string().into()),
        };
        let found = judge(&rules, &rows).alerts;
        let of_asked = found.iter().filter(|alert| alert.rows.iter().any(|row| row.row == own));
        let one = |alert: &Alert| {
            let finding = &alert.finding;
            PriceFinding {
                monitor: finding.kind.name(),
                severity: finding.severity.name(),
                value: finding.value.to_string(),
                benchmark: finding.benchmark.to_string(),
                threshold: finding.threshold.to_string(),
                sample: finding.sample,
                reason: reason_of(finding, (&english, &chinese)),
            }
        };
        let findings = of_asked.map(one).collect();
        Ok(PriceVerdict { listing, rules: super::named(&rules), known: known_count, findings })
    }
}
