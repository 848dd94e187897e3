//! What the price rules say of a price, before it is applied for and when it is decided.
use std::collections::BTreeSet;

use jicai_domain::catalog::group::Grouping;
use jicai_domain::catalog::item::{Content, FlagKind, ItemStatus};
use jicai_domain::catalog::spec::{NormalSpec, normal_name};
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::{Caller, Permission, RegionCode};
use jicai_domain::ids::{ItemId, ListingId, OrganizationId};
use jicai_domain::listing::rules::{ListingRules, listing_preset};
use jicai_domain::listing::state::{Labels, Listing, listable};
use jicai_domain::listing::verdict::{Compared, Finding, Offer, Verdict, judge};
use jicai_domain::pricing::label::Label;
use jicai_domain::time::Day;
use jicai_store::Tx;
use jicai_store::catalog::{self, flags, versions};
use jicai_store::listing::compared::{elsewhere, group, selected, unit_price};
use jicai_store::listing::relations;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::app::App;
use crate::errors::Error;

/// Decimal places of a price of a smallest unit in print.
const PLACES: usize = 8;

/// A product that a firm lists, as the registry knows it today.
pub(crate) struct Product {
    pub(crate) item: ItemId,
    pub(crate) labels: Labels,
    pub(crate) pack_units: u64,
}

/// A verdict as it is shown and kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ShownVerdict {
    /// The rule files and their versions.
    pub rules: Vec<String>,
    /// The price of a smallest unit that was judged.
    pub unit_price: String,
    /// The label: `NONE`, `YELLOW` or `RED`.
    pub label: String,
    /// Whether a ceiling is exceeded.
    pub above_ceiling: bool,
    /// Each test.
    pub findings: Vec<ShownFinding>,
}

/// A finding as it is shown and kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ShownFinding {
    /// What was tested.
    pub test: String,
    /// How it came out.
    pub outcome: String,
    /// What was judged, per smallest unit.
    pub value: String,
    /// What it was compared with.
    pub benchmark: Option<String>,
    /// What it may not exceed.
    pub threshold: Option<String>,
    /// How many prices the benchmark is of.
    pub sample: usize,
    /// Whether it rests on a price that its firm may not know.
    pub secret: bool,
    /// In English.
    pub english: String,
    /// In Chinese.
    pub chinese: String,
}

impl ShownVerdict {
    fn of(rules: &ListingRules, offer: &Offer, verdict: &Verdict) -> Self {
        Self {
            rules: rules.named().to_vec(),
            unit_price: offer.unit_price.to_short(PLACES),
            label: label(verdict.label).to_owned(),
            above_ceiling: verdict.above_ceiling(),
            findings: verdict.findings.iter().map(ShownFinding::of).collect(),
        }
    }

    pub(super) fn to_text(&self) -> Result<String, Error> {
        serde_json::to_string(self).map_err(|error| Error::Broken(error.into()))
    }

    /// A verdict that was kept.
    pub fn from_text(text: &str) -> Result<Self, Error> {
        serde_json::from_str(text).map_err(|error| Error::Broken(error.into()))
    }

    /// What its firm is told of it: nothing that rests on a price that it may not know.
    pub(super) fn for_firm(mut self) -> Self {
        self.findings.retain(|finding| !finding.secret);
        self
    }
}

impl ShownFinding {
    fn of(finding: &Finding) -> Self {
        Self {
            test: finding.kind.label().to_owned(),
            outcome: finding.outcome.label().to_owned(),
            value: finding.value.clone(),
            benchmark: finding.benchmark.clone(),
            threshold: finding.threshold.clone(),
            sample: finding.sample,
            secret: finding.secret,
            english: finding.english(),
            chinese: finding.chinese(),
        }
    }
}

const fn label(label: Label) -> &'static str {
    match label {
        Label::None => "NONE",
        Label::Yellow => "YELLOW",
        Label::Red => "RED",
    }
}

/// A price that somebody asks about.
#[derive(Clone, Debug)]
pub struct AskVerdict {
    /// The item of the registry.
    pub item: ItemId,
    /// The province.
    pub region: RegionCode,
    /// The price of a pack.
    pub price: Decimal,
    /// Smallest units in a pack, where the registry does not tell.
    pub pack_units: Option<u64>,
}

/// What the price rules would say of a price of an own item. Errors: `FORBIDDEN`, `LISTING_INVALID`, `PRICE_INVALID`.
pub async fn listing_verdict(app: &App, caller: &Caller, ask: AskVerdict) -> Result<ShownVerdict, Error> {
    caller.require(Permission::ApplyForListing)?;
    listable(ask.price)?;
    let mut tx = app.store.read().await?;
    let today = tx.now().await?.day_in_china();
    let product = product(&mut tx, caller.organization, (ask.item, ask.pack_units), today).await?;
    let asked = Asked {
        manufacturer: caller.organization,
        item: Some(product.item),
        labels: &product.labels,
        region: ask.region,
        unit: (ask.price, product.pack_units),
        except: None,
        by_office: false,
    };
    Ok(judged(&mut tx, &asked, today).await?.1)
}

/// The item of a firm as the registry knows it. Errors: `LISTING_INVALID` for one that is not the firm's, does not stand, or has another pack.
pub(crate) async fn product(
    tx: &mut Tx,
    firm: OrganizationId,
    (item, pack_units): (ItemId, Option<u64>),
    today: Day,
) -> Result<Product, Error> {
    let invalid = |field, allowed: &str| Refusal::of(Code::ListingInvalid).at(field).allowing(allowed);
    let known = catalog::horizon(tx).await?;
    let version = versions::as_of(tx, &[item], today, known).await?.pop();
    let version = version.ok_or_else(|| invalid("item", "an item of the registry"))?;
    let content = version.said.content;
    if version.said.status != ItemStatus::Active {
        return Err(invalid("item", "an active item").into());
    }
    let names = relations::names(tx, [firm]).await?;
    let named = names.get(&firm).is_some_and(|own| {
        content.holder_name.as_deref().is_some_and(|name| normal_name(name) == normal_name(own))
    });
    if content.holder != Some(firm) && !(content.holder.is_none() && named) {
        return Err(invalid("item", "an item whose holder is the own organization").into());
    }
    let pack = content.declared_spec.as_deref().and_then(NormalSpec::parse).and_then(|spec| spec.pack());
    let registered = content.units_per_pack.map(u64::from).or(pack);
    let pack_units = match (registered, pack_units) {
        (Some(registered), None) => registered,
        (Some(registered), Some(given)) if given == registered => registered,
        (Some(registered), Some(_)) => return Err(invalid("packUnits", &registered.to_string()).into()),
        (None, Some(given)) if given > 0 => given,
        (None, Some(_) | None) => return Err(invalid("packUnits", "smallest units in a pack").into()),
    };
    Ok(Product { item, labels: labels(content), pack_units })
}

/// 四同 and 三同 of an item, as what the registry says of it has it.
pub(crate) fn group_keys(content: &Content) -> (Option<String>, Option<String>) {
    let traits = content.traits();
    let key = |grouping: Grouping| grouping.of(&traits).map(|key| key.values.join("|"));
    (key(Grouping::Same4), key(Grouping::Same3))
}

fn labels(content: Content) -> Labels {
    let (same4, same3) = group_keys(&content);
    Labels {
        same4,
        same3,
        name: content.generic_name,
        form: content.form,
        spec: content.declared_spec,
        holder_name: content.holder_name.unwrap_or_default(),
        unit: content.smallest_unit.unwrap_or_default(),
    }
}

/// A price with all that decides what it is compared with.
pub(super) struct Asked<'a> {
    pub(super) manufacturer: OrganizationId,
    pub(super) item: Option<ItemId>,
    pub(super) labels: &'a Labels,
    pub(super) region: RegionCode,
    pub(super) unit: (Decimal, u64),
    pub(super) except: Option<ListingId>,
    /// Whether the office asks, which may know every price.
    pub(super) by_office: bool,
}

impl<'a> Asked<'a> {
    /// A price of a listing.
    pub(super) fn of(listing: &'a Listing, price: Decimal, by_office: bool) -> Self {
        Self {
            manufacturer: listing.manufacturer,
            item: listing.item,
            labels: &listing.labels,
            region: listing.region,
            unit: (price, listing.pack_units),
            except: Some(listing.id),
            by_office,
        }
    }
}

/// Judges a price against what is listed and selected now.
pub(super) async fn judged(
    tx: &mut Tx,
    asked: &Asked<'_>,
    today: Day,
) -> Result<(Verdict, ShownVerdict), Error> {
    let (price, units) = asked.unit;
    let offer = Offer {
        manufacturer: asked.manufacturer,
        name: asked.labels.name.clone(),
        region: asked.region,
        unit_price: unit_price(price, units)
            .ok_or_else(|| Refusal::of(Code::ListingInvalid).at("packUnits"))?,
        passed: passed(tx, asked.item, today).await?,
    };
    let rules = listing_preset();
    let verdict = judge(&rules, &offer, &compared(tx, asked, today).await?);
    let shown = ShownVerdict::of(&rules, &offer, &verdict);
    Ok((verdict, shown))
}

async fn compared(tx: &mut Tx, asked: &Asked<'_>, today: Day) -> Result<Compared, Error> {
    let labels = asked.labels;
    let elsewhere = match &labels.same4 {
        Some(same4) => elsewhere(tx, same4, asked.region).await?,
        None => Vec::new(),
    };
    let group = match &labels.same3 {
        Some(same3) => group(tx, same3, (asked.region, asked.manufacturer), asked.except).await?,
        None => Vec::new(),
    };
    let spec = |spec: Option<String>| Content { declared_spec: spec, ..Content::default() }.normal_spec();
    let own = spec(labels.spec.clone());
    let found = selected(tx, &labels.name, (asked.region, today)).await?;
    let same = found
        .into_iter()
        .filter(|(other, _)| own.is_some() && spec(Some(other.clone())) == own)
        .filter(|(_, offer)| asked.by_office || offer.is_told_to(asked.manufacturer));
    Ok(Compared { elsewhere, group, selected: same.map(|(_, offer)| offer).collect() })
}

/// Whether lists say that it has passed the evaluation, or is a reference product.
async fn passed(tx: &mut Tx, item: Option<ItemId>, today: Day) -> Result<bool, Error> {
    let known = catalog::horizon(tx).await?;
    let said = flags::of_items(tx, item.as_slice(), known).await?;
    let today = said.iter().filter(|one| one.flag.span.holds(today));
    let kinds: BTreeSet<&str> = today.map(|one| one.flag.kind.label()).collect();
    Ok([FlagKind::Evaluated, FlagKind::Reference].iter().any(|kind| kinds.contains(kind.label())))
}
