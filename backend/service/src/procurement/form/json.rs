//! Decisions as JSON. Decimals are strings, prices with six places.
use std::io::{self, Write};

use jicai_domain::exact::Exact;
use jicai_domain::procurement::decision::{BidDecision, BrandVolume, LotDecision, Period, RegionAward};
use jicai_domain::procurement::reason::{Reason, Value};
use jicai_domain::procurement::rules::{Consulted, Provision, RuleSet};
use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

use super::compare::Standing;
use super::{Change, Form};

/// Decimal places of a price.
const PRICE_PLACES: usize = 6;
/// Most decimal places a share is printed with.
pub const SHARE_PLACES: usize = 6;

/// A price with six places, half-up.
pub fn price_text(price: &Exact) -> String {
    price.to_places(PRICE_PLACES)
}

#[derive(Serialize)]
struct RulesJson<'a> {
    id: &'a str,
    version: &'a str,
}

#[derive(Serialize)]
struct LotJson<'a> {
    lot: &'a str,
    status: &'static str,
    qualified_bidders: u64,
    cap: Option<u64>,
    lowest: Option<String>,
    anchor: Option<String>,
    period: Option<PeriodJson<'a>>,
    bids: Vec<BidJson<'a>>,
    regions: Vec<RegionJson<'a>>,
    brand_volumes: Vec<BrandJson<'a>>,
    uncertain: Vec<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum PeriodJson<'a> {
    Months(u64),
    Until(&'a str),
}

#[derive(Serialize)]
struct BidJson<'a> {
    bidder: &'a str,
    group: &'a str,
    product: Option<&'a str>,
    content: Option<String>,
    unit_price: String,
    comparable_price: String,
    rank: Option<u64>,
    valid: bool,
    shortlisted: bool,
    selected: bool,
    final_price: Option<String>,
    share: Option<String>,
    agreed_volume: Option<u64>,
    reasons: Vec<ReasonJson<'a>>,
}

#[derive(Serialize)]
struct RegionJson<'a> {
    region: &'a str,
    content: Option<String>,
    main: &'a str,
    backup: Option<&'a str>,
    volume: u64,
}

#[derive(Serialize)]
struct BrandJson<'a> {
    region: Option<&'a str>,
    content: Option<String>,
    bidder: &'a str,
    product: Option<&'a str>,
    volume: u64,
}

#[derive(Serialize)]
struct ProvisionJson<'a> {
    key: &'a str,
    value: &'a str,
    confidence: &'static str,
    source: &'a str,
}

#[derive(Serialize)]
struct AgainstJson<'a> {
    rules: RulesJson<'a>,
    changes: Vec<ChangeJson<'a>>,
}

#[derive(Serialize)]
struct ChangeJson<'a> {
    lot: &'a str,
    bidder: &'a str,
    product: Option<&'a str>,
    content: Option<String>,
    here: StandingJson,
    there: StandingJson,
}

#[derive(Serialize)]
struct StandingJson {
    status: &'static str,
    selected: bool,
    final_price: Option<String>,
    agreed_volume: Option<u64>,
}

struct ReasonJson<'a>(&'a Reason);

impl Serialize for ReasonJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("code", self.0.code())?;
        for (name, value) in self.0.values() {
            match value {
                Value::Exact(exact) => map.serialize_entry(name, &price_text(exact))?,
                Value::Count(count) => map.serialize_entry(name, &count)?,
                Value::Text(text) => map.serialize_entry(name, &**text)?,
                Value::Texts(texts) => {
                    map.serialize_entry(name, &texts.iter().map(|text| &**text).collect::<Vec<&str>>())?
                }
            }
        }
        map.serialize_entry("message_en", &self.0.message_en())?;
        map.serialize_entry("message_zh", &self.0.message_zh())?;
        map.end()
    }
}

impl<'a> RulesJson<'a> {
    fn of(rules: &'a RuleSet) -> Self {
        Self { id: &rules.head.id, version: &rules.head.version }
    }
}

impl<'a> LotJson<'a> {
    fn of(rules: &'a RuleSet, decision: &'a LotDecision) -> Self {
        Self {
            lot: &decision.lot,
            status: decision.status.as_str(),
            qualified_bidders: decision.qualified_bidders,
            cap: decision.cap,
            lowest: decision.lowest.as_ref().map(price_text),
            anchor: decision.anchor.as_ref().map(price_text),
            period: decision.period.as_ref().map(|period| match period {
                Period::Months(months) => PeriodJson::Months(*months),
                Period::Until(date) => PeriodJson::Until(date),
            }),
            bids: decision.bids.iter().map(BidJson::of).collect(),
            regions: decision.regions.iter().map(RegionJson::of).collect(),
            brand_volumes: decision.brand_volumes.iter().map(BrandJson::of).collect(),
            uncertain: rules.uncertain(decision.consulted).map(|provision| provision.key.as_str()).collect(),
        }
    }
}

impl<'a> BidJson<'a> {
    fn of(bid: &'a BidDecision) -> Self {
        Self {
            bidder: &bid.bidder,
            group: &bid.group,
            product: bid.product.as_deref(),
            content: bid.content.map(|content| content.normalize().to_string()),
            unit_price: price_text(&bid.unit_price),
            comparable_price: price_text(&bid.comparable_price),
            rank: bid.rank,
            valid: bid.valid,
            shortlisted: bid.shortlisted,
            selected: bid.selected,
            final_price: bid.final_price.as_ref().map(price_text),
            share: bid.share.as_ref().map(|share| share.to_short(SHARE_PLACES)),
            agreed_volume: bid.agreed_volume,
            reasons: bid.reasons.iter().map(ReasonJson).collect(),
        }
    }
}

impl<'a> RegionJson<'a> {
    fn of(region: &'a RegionAward) -> Self {
        Self {
            region: &region.region,
            content: region.content.map(|content| content.normalize().to_string()),
            main: &region.main,
            backup: region.backup.as_deref(),
            volume: region.volume,
        }
    }
}

impl<'a> BrandJson<'a> {
    fn of(brand: &'a BrandVolume) -> Self {
        Self {
            region: brand.region.as_deref(),
            content: brand.content.map(|content| content.normalize().to_string()),
            bidder: &brand.bidder,
            product: brand.product.as_deref(),
            volume: brand.volume,
        }
    }
}

impl<'a> ProvisionJson<'a> {
    fn of(provision: &'a Provision) -> Self {
        Self {
            key: &provision.key,
            value: &provision.value,
            confidence: provision.confidence.as_str(),
            source: &provision.source,
        }
    }
}

impl<'a> ChangeJson<'a> {
    fn of(change: &'a Change) -> Self {
        let standing = |standing: &Standing| StandingJson {
            status: standing.status.as_str(),
            selected: standing.selected,
            final_price: standing.final_price.as_ref().map(price_text),
            agreed_volume: standing.agreed_volume,
        };
        Self {
            lot: &change.lot,
            bidder: &change.bidder,
            product: change.product.as_deref(),
            content: change.content.map(|content| content.normalize().to_string()),
            here: standing(&change.here),
            there: standing(&change.there),
        }
    }
}

/// The reasons of a bid as JSON, as they stand in the result.
pub fn reasons_json(reasons: &[Reason]) -> serde_json::Result<String> {
    serde_json::to_string(&reasons.iter().map(ReasonJson).collect::<Vec<_>>())
}

/// One JSON object.
pub struct JsonForm;

impl Form for JsonForm {
    fn begin(&self, rules: &RuleSet, out: &mut dyn Write) -> io::Result<()> {
        write!(out, "{{\"rules\":")?;
        serde_json::to_writer(&mut *out, &RulesJson::of(rules))?;
        writeln!(out, ",\"lots\":[")
    }

    fn lot(&self, rules: &RuleSet, decision: &LotDecision, out: &mut Vec<u8>) -> io::Result<()> {
        Ok(serde_json::to_writer(out, &LotJson::of(rules, decision))?)
    }

    fn between(&self) -> &'static str {
        ",\n"
    }

    fn end(
        &self,
        rules: &RuleSet,
        consulted: Consulted,
        against: Option<(&RuleSet, &[Change])>,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        write!(out, "\n],\"uncertain\":")?;
        let uncertain: Vec<ProvisionJson<'_>> = rules.uncertain(consulted).map(ProvisionJson::of).collect();
        serde_json::to_writer(&mut *out, &uncertain)?;
        if let Some((other, changes)) = against {
            write!(out, ",\"against\":")?;
            let changes = changes.iter().map(ChangeJson::of).collect();
            serde_json::to_writer(&mut *out, &AgainstJson { rules: RulesJson::of(other), changes })?;
        }
        writeln!(out, "}}")?;
        out.flush()
    }
}
