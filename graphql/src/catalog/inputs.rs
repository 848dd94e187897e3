//! What clients say of items.
use async_graphql::{ID, InputObject, OneofObject};
use jicai_domain::catalog::code::CodeKind;
use jicai_domain::catalog::item as domain;
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::ids::{DocumentId, Id, ItemId, OrganizationId};
use jicai_domain::time::Day;
use jicai_service::catalog as cases;

use super::labels::{ItemFlagKind, ItemKind, ItemNamePurpose, ItemRelationKind, ItemStatus};
use crate::dates::{Date, DateTime};

/// As of when something is asked.
#[derive(Default, InputObject)]
pub(super) struct AsOfInput {
    /// What is true on that day; today, or the day from which the release counts, where it is left out.
    valid_on: Option<Date>,
    /// As it was known at that instant; now where it is left out.
    known_at: Option<DateTime>,
    /// As that published release says, by its number.
    release: Option<i32>,
}

impl From<Option<AsOfInput>> for AsOf {
    fn from(input: Option<AsOfInput>) -> Self {
        let input = input.unwrap_or_default();
        Self(cases::AsOf {
            valid_on: input.valid_on.map(|day| day.0),
            known_at: input.known_at.map(|at| at.0),
            release: input.release,
        })
    }
}

/// The same as the use cases have it.
pub(super) struct AsOf(pub(super) cases::AsOf);

/// What an item is.
#[derive(InputObject)]
struct ItemContentInput {
    /// 通用名.
    generic_name: String,
    /// 商品名.
    trade_name: Option<String>,
    /// 剂型.
    form: Option<String>,
    /// 规格, as declared.
    declared_spec: Option<String>,
    /// 上市许可持有人 or 注册人, by name.
    holder_name: Option<String>,
    /// The id of the same as an organization of the platform.
    holder: Option<ID>,
    /// 生产企业, where it is another one.
    maker_name: Option<String>,
    /// Smallest units in a pack.
    units_per_pack: Option<i32>,
    /// 最小制剂单位.
    smallest_unit: Option<String>,
    /// 最小包装单位.
    smallest_pack_unit: Option<String>,
    /// 包装材质, or the material of a consumable.
    material: Option<String>,
    /// The class in the national code.
    class_code: Option<String>,
    /// The generic name in the national code.
    generic_code: Option<String>,
    /// The form in the national code.
    form_code: Option<String>,
}

impl TryFrom<ItemContentInput> for domain::Content {
    type Error = Refusal;

    fn try_from(input: ItemContentInput) -> Result<Self, Refusal> {
        let units = input.units_per_pack.map(u32::try_from).transpose();
        let holder = input.holder.map(|holder| OrganizationId::parse(&holder)).transpose();
        Ok(Self {
            generic_name: input.generic_name,
            trade_name: input.trade_name,
            form: input.form,
            declared_spec: input.declared_spec,
            holder_name: input.holder_name,
            holder: holder.map_err(|refusal| refusal.at("holder"))?,
            maker_name: input.maker_name,
            units_per_pack: units.map_err(|_negative| Refusal::of(Code::ItemInvalid).at("unitsPerPack"))?,
            smallest_unit: input.smallest_unit,
            smallest_pack_unit: input.smallest_pack_unit,
            material: input.material,
            class_code: input.class_code,
            generic_code: input.generic_code,
            form_code: input.form_code,
        })
    }
}

/// A code that is said to be an item's, with what proves it: words, a document of the own organization, or both.
#[derive(InputObject)]
struct ItemCodeInput {
    /// The name of the kind of code, such as `nhsa-western`, `cn-standard-code-14`, `nmpa-approval` or `gtin`.
    system: String,
    /// The code.
    value: String,
    /// From which day it names the item.
    valid_from: Date,
    /// Until the day before which; for good where it is left out.
    valid_to: Option<Date>,
    /// What proves it, in words.
    evidence: Option<String>,
    /// The document that proves it.
    document: Option<ID>,
}

impl TryFrom<ItemCodeInput> for domain::Claim {
    type Error = Refusal;

    fn try_from(input: ItemCodeInput) -> Result<Self, Refusal> {
        let document = input.document.map(|document| DocumentId::parse(&document)).transpose();
        let document = document.map_err(|refusal| refusal.at("document"))?;
        let span = span(input.valid_from, input.valid_to)?;
        Self::read(&input.system, &input.value, span, (input.evidence.as_deref(), document))
    }
}

/// A name of an item.
#[derive(InputObject)]
struct ItemNameInput {
    /// The language, as BCP 47 writes it.
    lang: String,
    /// What it is for.
    purpose: ItemNamePurpose,
    /// The name.
    name: String,
}

impl From<ItemNameInput> for domain::NameGiven {
    fn from(input: ItemNameInput) -> Self {
        Self { lang: input.lang, purpose: input.purpose.into(), name: input.name }
    }
}

/// An item that does not exist yet.
#[derive(InputObject)]
struct NewItemInput {
    /// Its kind.
    kind: ItemKind,
    /// What it is.
    content: ItemContentInput,
    /// Its codes. Without a national one it gets one of our own.
    #[graphql(default)]
    codes: Vec<ItemCodeInput>,
    /// Its names beside the generic and the trade name.
    #[graphql(default)]
    names: Vec<ItemNameInput>,
}

impl TryFrom<NewItemInput> for domain::NewItem {
    type Error = Refusal;

    fn try_from(input: NewItemInput) -> Result<Self, Refusal> {
        Ok(Self {
            kind: input.kind.into(),
            content: input.content.try_into()?,
            codes: claims(input.codes)?,
            names: input.names.into_iter().map(Into::into).collect(),
        })
    }
}

/// Add an item. 新增
#[derive(InputObject)]
pub(super) struct ItemAdditionInput {
    /// It.
    item: NewItemInput,
    /// From which day it is.
    valid_from: Date,
    /// An item that looks like it and is another one; the reason tells why.
    other_than: Option<ID>,
}

/// Say something else of an item. 变更
#[derive(InputObject)]
pub(super) struct ItemRevisionInput {
    /// Of which.
    item: ID,
    /// What it is.
    content: ItemContentInput,
    /// From which day.
    valid_from: Date,
    /// Until the day before which; for good where it is left out.
    valid_to: Option<Date>,
    /// More names.
    #[graphql(default)]
    names: Vec<ItemNameInput>,
}

/// Say that items are one. 合并
#[derive(InputObject)]
pub(super) struct ItemMergerInput {
    /// Those that are given up; their codes go to the one that is left.
    items: Vec<ID>,
    /// The one that is left.
    into: ID,
    /// From which day.
    valid_from: Date,
}

/// Say that an item is several. 拆分
#[derive(InputObject)]
pub(super) struct ItemDivisionInput {
    /// Which.
    item: ID,
    /// What it is; codes of the item that a part names go to the part.
    parts: Vec<NewItemInput>,
    /// From which day.
    valid_from: Date,
}

/// Say that another item stands for an item. 替代
#[derive(InputObject)]
pub(super) struct ItemSuccessionInput {
    /// For which.
    item: ID,
    /// Which.
    by: ID,
    /// From which day.
    valid_from: Date,
}

/// End, suspend or reinstate an item. 停用
#[derive(InputObject)]
pub(super) struct ItemStandingInput {
    /// Which.
    item: ID,
    /// How it stands then.
    status: ItemStatus,
    /// From which day.
    valid_from: Date,
}

/// How an item is related to another.
#[derive(InputObject)]
struct ItemRelationInput {
    /// How: none by which the other stands for it.
    kind: ItemRelationKind,
    /// To which.
    to: ID,
    /// Since which day.
    since: Date,
}

/// Tie codes to an item, and it to another. 编码关联
#[derive(InputObject)]
pub(super) struct ItemLinkInput {
    /// Which.
    item: ID,
    /// The codes.
    #[graphql(default)]
    codes: Vec<ItemCodeInput>,
    /// The relation.
    relation: Option<ItemRelationInput>,
}

/// What is to be done: one of these.
#[derive(OneofObject)]
pub(super) enum ItemActInput {
    /// Add an item.
    New(ItemAdditionInput),
    /// Say something else of an item.
    Change(ItemRevisionInput),
    /// Say that items are one.
    Merge(ItemMergerInput),
    /// Say that an item is several.
    Split(ItemDivisionInput),
    /// Say that another item stands for an item.
    Supersede(ItemSuccessionInput),
    /// End, suspend or reinstate an item.
    Retire(ItemStandingInput),
    /// Tie codes to an item, and it to another.
    Link(ItemLinkInput),
}

impl TryFrom<ItemActInput> for domain::Payload {
    type Error = Refusal;

    fn try_from(input: ItemActInput) -> Result<Self, Refusal> {
        Ok(match input {
            ItemActInput::New(input) => Self::New {
                item: input.item.try_into()?,
                from: input.valid_from.0,
                other_than: input.other_than.map(|other| item(&other, "otherThan")).transpose()?,
            },
            ItemActInput::Change(input) => Self::Change {
                item: item(&input.item, "item")?,
                content: input.content.try_into()?,
                span: span(input.valid_from, input.valid_to)?,
                names: input.names.into_iter().map(Into::into).collect(),
            },
            ItemActInput::Merge(input) => Self::Merge {
                items: input.items.iter().map(|one| item(one, "items")).collect::<Result<_, _>>()?,
                into: item(&input.into, "into")?,
                from: input.valid_from.0,
            },
            ItemActInput::Split(input) => Self::Split {
                item: item(&input.item, "item")?,
                parts: input.parts.into_iter().map(TryInto::try_into).collect::<Result<_, _>>()?,
                from: input.valid_from.0,
            },
            ItemActInput::Supersede(input) => Self::Supersede {
                item: item(&input.item, "item")?,
                by: item(&input.by, "by")?,
                from: input.valid_from.0,
            },
            ItemActInput::Retire(input) => Self::Retire {
                item: item(&input.item, "item")?,
                status: input.status.into(),
                from: input.valid_from.0,
            },
            ItemActInput::Link(input) => Self::Link {
                item: item(&input.item, "item")?,
                codes: claims(input.codes)?,
                relation: input.relation.map(relation).transpose()?,
            },
        })
    }
}

fn relation(input: ItemRelationInput) -> Result<(domain::RelationKind, ItemId, Day), Refusal> {
    Ok((input.kind.into(), item(&input.to, "to")?, input.since.0))
}

fn claims(inputs: Vec<ItemCodeInput>) -> Result<Vec<domain::Claim>, Refusal> {
    inputs.into_iter().map(TryInto::try_into).collect()
}

pub(super) fn item(id: &ID, field: &'static str) -> Result<ItemId, Refusal> {
    ItemId::parse(id).map_err(|refusal| refusal.at(field))
}

pub(super) fn span(from: Date, to: Option<Date>) -> Result<domain::Span, Refusal> {
    domain::Span::new(from.0, to.map(|to| to.0)).ok_or_else(|| Refusal::of(Code::DateInvalid).at("validTo"))
}

/// The kind of code with that name.
pub(super) fn system(name: &str) -> Result<CodeKind, Refusal> {
    let names = || CodeKind::ALL.iter().map(|kind| kind.name()).collect::<Vec<_>>().join(", ");
    CodeKind::from_name(name).ok_or_else(|| Refusal::of(Code::ItemCodeInvalid).at("system").allowing(names()))
}

/// What a list says of an item.
#[derive(InputObject)]
pub(super) struct FlagItemInput {
    /// Of which.
    pub(super) item: ID,
    /// What.
    pub(super) flag: ItemFlagKind,
    /// From which day.
    pub(super) valid_from: Date,
    /// Until the day before which; for good where it is left out.
    pub(super) valid_to: Option<Date>,
    /// The negotiated or selected price of a smallest unit, as a decimal.
    pub(super) price: Option<String>,
    /// The list, batch or notice that says so.
    pub(super) source: String,
    /// Whether it says so; false where it says so no longer for these days.
    #[graphql(default = true)]
    pub(super) holds: bool,
    /// A new key for a new request, the same for its repetition.
    pub(super) idempotency_key: String,
}
