//! Editions as they are published: canonical JSON (no blanks, keys in alphabetical order, decimals as the shortest text), and its
//! SHA-256.
use std::borrow::Cow;

use jicai_domain::documents::Digest;
use jicai_domain::identity::{Name, Reason, RegionCode};
use jicai_domain::ids::UserId;
use jicai_domain::procurement::round::{AnnouncedLot, Announcement, Buyer, Change, Field, Round, Spec};
use jicai_domain::time::Timestamp;
use jicai_store::procurement::editions::NewEdition;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::errors::Error;

/// What an edition is made of.
pub(super) struct Edition<'a> {
    pub(super) round: &'a Round,
    pub(super) announcement: &'a Announcement,
    pub(super) regions: &'a [RegionCode],
}

// The order of the fields is the order of the text.
#[derive(Serialize)]
struct RoundText<'a> {
    alliance: Option<String>,
    calendar: CalendarText,
    custodians: Vec<String>,
    disclosure: &'static str,
    documents: Vec<DocumentText<'a>>,
    edition: i32,
    kind: &'static str,
    lots: Vec<LotText<'a>>,
    name: &'a str,
    office: String,
    #[serde(rename = "pastUseShare")]
    past_use_share: String,
    #[serde(rename = "productGroup")]
    product_group: Option<&'a str>,
    regions: Vec<String>,
    round: String,
    rules: &'a str,
    schema: &'static str,
    threshold: u8,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CalendarText {
    bids_from: String,
    bids_until: String,
    demand_from: String,
    demand_until: String,
    opening_from: String,
    qualification_until: String,
}

#[derive(Serialize)]
struct DocumentText<'a> {
    document: String,
    title: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct LotText<'a> {
    cap: Option<u32>,
    form: &'static str,
    id: String,
    name: &'a str,
    number: i32,
    specs: Vec<SpecText<'a>>,
    unit: &'a str,
    volume_class: Option<&'a str>,
}

#[derive(Serialize)]
struct SpecText<'a> {
    ceiling: String,
    code: &'a str,
    content: Option<String>,
    id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    item: Option<String>,
    name: &'a str,
    representative: bool,
}

/// A change as it is kept.
#[derive(Deserialize, Serialize)]
struct ChangeText<'a> {
    after: Option<Cow<'a, str>>,
    before: Option<Cow<'a, str>>,
    field: Cow<'a, str>,
    lot: Option<i32>,
    spec: Option<Cow<'a, str>>,
}

impl<'a> ChangeText<'a> {
    fn of(change: &'a Change) -> Self {
        Self {
            after: change.after.as_deref().map(Cow::Borrowed),
            before: change.before.as_deref().map(Cow::Borrowed),
            field: Cow::Borrowed(change.field.name()),
            lot: change.lot,
            spec: change.spec.as_deref().map(Cow::Borrowed),
        }
    }

    fn change(self) -> Option<Change> {
        Some(Change {
            field: Field::from_name(&self.field)?,
            lot: self.lot,
            spec: self.spec.map(Cow::into_owned),
            before: self.before.map(Cow::into_owned),
            after: self.after.map(Cow::into_owned),
        })
    }
}

/// What a kept edition changed.
pub(super) fn changes_of(kept: &str) -> Result<Vec<Change>, Error> {
    let read: Vec<ChangeText<'_>> =
        serde_json::from_str(kept).map_err(|error| Error::Broken(Box::new(error)))?;
    let changes: Option<Vec<Change>> = read.into_iter().map(ChangeText::change).collect();
    changes.ok_or_else(|| Error::broken(format!("unreadable changes of an edition: {kept}")))
}

fn json(what: &impl Serialize) -> Result<String, Error> {
    serde_json::to_string(what).map_err(|error| Error::Broken(Box::new(error)))
}

/// The edition as it is kept.
pub(super) fn written(
    edition: &Edition<'_>,
    by: UserId,
    (reason, changes): (Option<&Reason>, &[Change]),
) -> Result<NewEdition, Error> {
    let canonical = json(&text(edition))?;
    let changes: Vec<ChangeText<'_>> = changes.iter().map(ChangeText::of).collect();
    Ok(NewEdition {
        round: edition.round.id,
        edition: edition.round.edition,
        sha256: Digest::new(Sha256::digest(canonical.as_bytes()).into()),
        canonical,
        changes: json(&changes)?,
        reason: reason.cloned(),
        announced_by: by,
    })
}

fn text<'a>(edition: &Edition<'a>) -> RoundText<'a> {
    let Edition { round, announcement, regions } = edition;
    let (alliance, product_group) = match &announcement.buyer {
        Buyer::Office => (None, None),
        Buyer::Alliance { alliance, group } => (Some(alliance.to_string()), Some(group.as_str())),
    };
    let calendar = announcement.calendar;
    RoundText {
        alliance,
        calendar: CalendarText {
            bids_from: instant(calendar.bids_from),
            bids_until: instant(calendar.bids_until),
            demand_from: instant(calendar.demand_from),
            demand_until: instant(calendar.demand_until),
            opening_from: instant(calendar.opening_from),
            qualification_until: instant(calendar.qualification_until),
        },
        custodians: announcement.custodians.iter().map(ToString::to_string).collect(),
        disclosure: announcement.disclosure.label(),
        documents: announcement
            .documents
            .iter()
            .map(|one| DocumentText { document: one.document.to_string(), title: one.title.as_str() })
            .collect(),
        edition: round.edition,
        kind: announcement.kind.label(),
        lots: announcement.lots.iter().map(lot).collect(),
        name: announcement.name.as_str(),
        office: round.office.to_string(),
        past_use_share: announcement.past_use_share.normalize().to_string(),
        product_group,
        regions: regions.iter().map(ToString::to_string).collect(),
        round: round.id.to_string(),
        rules: &announcement.rules,
        schema: "jicai-round/1",
        threshold: announcement.threshold,
    }
}

fn lot(lot: &AnnouncedLot) -> LotText<'_> {
    LotText {
        cap: lot.cap,
        form: lot.form.label(),
        id: lot.id.to_string(),
        name: lot.name.as_str(),
        number: lot.number,
        specs: lot.specs.iter().map(spec).collect(),
        unit: lot.unit.as_str(),
        volume_class: lot.volume_class.as_ref().map(Name::as_str),
    }
}

fn spec(spec: &Spec) -> SpecText<'_> {
    SpecText {
        ceiling: spec.ceiling.normalize().to_string(),
        code: spec.code.as_str(),
        content: spec.content.map(|content| content.normalize().to_string()),
        id: spec.id.to_string(),
        item: spec.item.map(|item| item.to_string()),
        name: spec.name.as_str(),
        representative: spec.representative,
    }
}

pub(crate) fn instant(at: Timestamp) -> String {
    jiff::Timestamp::from_microsecond(at.micros()).unwrap_or_default().to_string()
}
