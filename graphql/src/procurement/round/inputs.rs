//! What a procurement office sends about its rounds, parsed once.
use async_graphql::{ID, InputObject};
use jicai_domain::audit::IdempotencyKey;
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::{Name, ProductGroup, Reason, Version};
use jicai_domain::ids::{AllianceId, DocumentId, Id, ItemId, RoundId, UserId};
use jicai_domain::procurement::round::{self as domain, AnnouncedLot, Buyer, Spec, Written};
use jicai_domain::procurement::rules::{PRESETS, preset};
use jicai_domain::procurement::values::parse_positive;
use jicai_service::procurement::{CorrectRound, DraftRound, ReviseRound};

use super::types::{Disclosure, DosageForm, ProductKind};
use crate::dates::DateTime;

/// A new draft.
#[derive(InputObject)]
pub(super) struct DraftRoundInput {
    /// What it is to announce.
    announcement: AnnouncementInput,
    /// A new key for a new request, the same for its repetition.
    idempotency_key: String,
}

impl TryFrom<DraftRoundInput> for DraftRound {
    type Error = Refusal;

    fn try_from(input: DraftRoundInput) -> Result<Self, Refusal> {
        Ok(Self {
            announcement: input.announcement.try_into()?,
            key: IdempotencyKey::parse(&input.idempotency_key)?,
        })
    }
}

/// A draft that announces something else.
#[derive(InputObject)]
pub(super) struct ReviseRoundInput {
    /// The round.
    id: ID,
    /// The version that was seen.
    version: i32,
    /// What it is to announce.
    announcement: AnnouncementInput,
    /// A new key for a new request, the same for its repetition.
    idempotency_key: String,
}

impl TryFrom<ReviseRoundInput> for ReviseRound {
    type Error = Refusal;

    fn try_from(input: ReviseRoundInput) -> Result<Self, Refusal> {
        Ok(Self {
            round: RoundId::parse(&input.id).map_err(|refusal| refusal.at("id"))?,
            version: Version::new(input.version),
            announcement: input.announcement.try_into()?,
            key: IdempotencyKey::parse(&input.idempotency_key)?,
        })
    }
}

/// A round that announces something else from now on.
#[derive(InputObject)]
pub(super) struct CorrectRoundInput {
    /// The round.
    id: ID,
    /// The version that was seen.
    version: i32,
    /// What it announces from now on, whole.
    announcement: AnnouncementInput,
    /// Why, for those whom it concerns.
    reason: String,
    /// A new key for a new request, the same for its repetition.
    idempotency_key: String,
}

impl TryFrom<CorrectRoundInput> for CorrectRound {
    type Error = Refusal;

    fn try_from(input: CorrectRoundInput) -> Result<Self, Refusal> {
        Ok(Self {
            round: RoundId::parse(&input.id).map_err(|refusal| refusal.at("id"))?,
            version: Version::new(input.version),
            announcement: input.announcement.try_into()?,
            reason: Reason::parse(&input.reason)?,
            key: IdempotencyKey::parse(&input.idempotency_key)?,
        })
    }
}

/// What a round announces, whole. 采购公告
#[derive(InputObject)]
pub(super) struct AnnouncementInput {
    /// Its name.
    name: String,
    /// What it buys.
    kind: ProductKind,
    /// The alliance that buys, kept by the caller's office; without one the office's own regions buy.
    alliance: Option<ID>,
    /// With an alliance, for which product group: its members of the day of publishing buy.
    product_group: Option<String>,
    /// The id of a rule set that ships with the platform, such as `cn-r9-2023`. Either this or `ruleFile`.
    rule_set: Option<String>,
    /// A whole rule file (TOML).
    rule_file: Option<String>,
    /// Who may see what of the bids once they are decided.
    disclosure: Disclosure,
    /// Demand below this share of past use needs a reason: a decimal from 0 to 1.
    past_use_share: String,
    /// The users who hold a share of the round's key, in order.
    custodians: Vec<ID>,
    /// How many of them open the bids together.
    threshold: i32,
    /// When what is open.
    calendar: CalendarInput,
    /// Its documents, stored before as of the kind `ROUND`.
    documents: Option<Vec<RoundDocumentInput>>,
    /// Its lots.
    lots: Vec<LotInput>,
}

/// When what of a round is open. Each span holds its beginning and not its end.
#[derive(InputObject)]
struct CalendarInput {
    /// Institutions report demand from here
    demand_from: DateTime,
    /// to here.
    demand_until: DateTime,
    /// Manufacturers apply up to here.
    qualification_until: DateTime,
    /// Bids are sealed from here
    bids_from: DateTime,
    /// to here, the deadline.
    bids_until: DateTime,
    /// Custodians may give their shares from here.
    opening_from: DateTime,
}

/// A document of a round.
#[derive(InputObject)]
struct RoundDocumentInput {
    /// The stored file.
    document: ID,
    /// What it is.
    title: String,
}

/// A lot. 竞价单元
#[derive(InputObject)]
struct LotInput {
    /// Its number in the round, from 1; the same in every edition.
    number: i32,
    /// Its name.
    name: String,
    /// Dosage form class.
    form: DosageForm,
    /// Volume class of the rule set.
    volume_class: Option<String>,
    /// How many may be selected, before the rule set's table.
    cap: Option<i32>,
    /// The smallest unit, such as 片.
    unit: String,
    /// Its specs, one of them the representative one.
    specs: Vec<SpecInput>,
}

/// A specification of a lot. 规格
#[derive(InputObject)]
struct SpecInput {
    /// Its code in the lot; the same in every edition.
    code: String,
    /// Its name, such as 10mg.
    name: String,
    /// The content of one unit, a decimal; where the lot's contents differ.
    content: Option<String>,
    /// Maximum valid bid: yuan per smallest unit, tax included, a decimal. 最高有效申报价
    ceiling: String,
    /// Whether it is the representative one; the others compete.
    representative: Option<bool>,
    /// The id of an item of the registry that it is drawn from, such as the reference product: products are compared with it. 对照品目
    item: Option<ID>,
}

impl TryFrom<AnnouncementInput> for Written {
    type Error = Refusal;

    fn try_from(input: AnnouncementInput) -> Result<Self, Refusal> {
        let custodian = |id: &ID| UserId::parse(id).map_err(|refusal| refusal.at("custodians"));
        let documents = input.documents.unwrap_or_default();
        Ok(Self {
            name: name("name", &input.name)?,
            kind: input.kind.into(),
            buyer: buyer(input.alliance.as_ref(), input.product_group.as_deref())?,
            rules: rules(input.rule_set.as_deref(), input.rule_file)?,
            disclosure: input.disclosure.into(),
            past_use_share: domain::past_use_share(&input.past_use_share)?,
            custodians: input.custodians.iter().map(custodian).collect::<Result<_, _>>()?,
            threshold: u8::try_from(input.threshold)
                .map_err(|_range| Refusal::of(Code::CustodiansInvalid).at("threshold"))?,
            calendar: input.calendar.into(),
            documents: documents.iter().map(document).collect::<Result<_, _>>()?,
            lots: input.lots.iter().map(lot).collect::<Result<_, _>>()?,
        })
    }
}

impl From<CalendarInput> for domain::Calendar {
    fn from(input: CalendarInput) -> Self {
        Self {
            demand_from: input.demand_from.0,
            demand_until: input.demand_until.0,
            qualification_until: input.qualification_until.0,
            bids_from: input.bids_from.0,
            bids_until: input.bids_until.0,
            opening_from: input.opening_from.0,
        }
    }
}

fn buyer(alliance: Option<&ID>, group: Option<&str>) -> Result<Buyer, Refusal> {
    match (alliance, group) {
        (None, None) => Ok(Buyer::Office),
        (None, Some(_)) => Err(Refusal::of(Code::IdMalformed).at("alliance")),
        (Some(alliance), group) => {
            let alliance = AllianceId::parse(alliance).map_err(|refusal| refusal.at("alliance"))?;
            Ok(Buyer::Alliance { alliance, group: ProductGroup::parse(group.unwrap_or_default())? })
        }
    }
}

/// The text of the rule set, so that it never depends on what a later program ships.
fn rules(id: Option<&str>, file: Option<String>) -> Result<String, Refusal> {
    match (id, file) {
        (None, Some(text)) => Ok(text),
        (Some(id), None) => preset(id).map(|preset| preset.text.to_owned()).ok_or_else(|| {
            let known: Vec<&str> = PRESETS.iter().map(|preset| preset.id).collect();
            Refusal::of(Code::RulesInvalid).at("ruleSet").allowing(known.join(", "))
        }),
        (None, None) | (Some(_), Some(_)) => {
            Err(Refusal::of(Code::RulesInvalid).at("ruleSet").allowing("either ruleSet or ruleFile"))
        }
    }
}

fn document(input: &RoundDocumentInput) -> Result<domain::RoundDocument, Refusal> {
    Ok(domain::RoundDocument {
        document: DocumentId::parse(&input.document).map_err(|refusal| refusal.at("documents.document"))?,
        title: name("documents.title", &input.title)?,
    })
}

fn lot(input: &LotInput) -> Result<AnnouncedLot<(), ()>, Refusal> {
    let number = input.number;
    let wrong =
        || Refusal::of(Code::LotsInvalid).at("lots.cap").allowing(format!("lot {number}: a cap from 1"));
    let cap = input.cap.map(|cap| u32::try_from(cap).ok().filter(|cap| *cap > 0).ok_or_else(wrong));
    Ok(AnnouncedLot {
        id: (),
        number,
        name: name("lots.name", &input.name)?,
        form: input.form.into(),
        volume_class: input.volume_class.as_deref().map(|text| name("lots.volumeClass", text)).transpose()?,
        cap: cap.transpose()?,
        unit: name("lots.unit", &input.unit)?,
        specs: input.specs.iter().map(spec).collect::<Result<_, _>>()?,
    })
}

fn spec(input: &SpecInput) -> Result<Spec<()>, Refusal> {
    let decimal = |field, text: &str| {
        parse_positive(text).map_err(|_error| Refusal::of(Code::DecimalInvalid).at(field))
    };
    let content = input.content.as_deref().map(|text| decimal("lots.specs.content", text));
    let item =
        input.item.as_ref().map(|id| ItemId::parse(id).map_err(|refusal| refusal.at("lots.specs.item")));
    Ok(Spec {
        id: (),
        code: name("lots.specs.code", &input.code)?,
        name: name("lots.specs.name", &input.name)?,
        content: content.transpose()?,
        ceiling: decimal("lots.specs.ceiling", &input.ceiling)?,
        representative: input.representative.unwrap_or(false),
        item: item.transpose()?,
    })
}

fn name(field: &'static str, text: &str) -> Result<Name, Refusal> {
    Name::parse(text).map_err(|refusal| refusal.at(field))
}
