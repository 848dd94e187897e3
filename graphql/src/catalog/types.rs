//! What is shown of the registry.
use async_graphql::connection::Connection;
use async_graphql::{Context, ID, Object, SimpleObject};
use jicai_domain::catalog::item as domain;
use jicai_domain::ids::{Id, ItemId, RoundId, SelectedProductId};
use jicai_service::catalog as cases;

use super::labels::{
    ComparisonGroup, ItemCodeStatus, ItemFlagKind, ItemKind, ItemNamePurpose, ItemRelationKind, ItemStatus,
};
use super::loaders::{ItemPage, loaded};
use crate::asking::{app, asking, caller};
use crate::connection::{connection, cost, page};
use crate::contract::SelectedProduct;
use crate::dates::{Date, DateTime};
use crate::error::ApiError;
use crate::procurement::Round;

pub(super) fn id(id: impl std::fmt::Display) -> ID {
    ID(id.to_string())
}

/// What was true of an item for a time, as it was known for a time.
pub(crate) struct ItemVersion(pub(crate) cases::ItemVersion);

#[Object]
impl ItemVersion {
    /// Its id.
    async fn id(&self) -> ID {
        id(self.0.id)
    }

    /// From which day it is true.
    async fn valid_from(&self) -> Date {
        Date(self.0.span.from)
    }

    /// Until the day before which; for good where there is none.
    async fn valid_to(&self) -> Option<Date> {
        self.0.span.to.map(Date)
    }

    /// Since when it is known.
    async fn recorded_at(&self) -> DateTime {
        DateTime(self.0.recorded_at)
    }

    /// Since when it is known better.
    async fn superseded_at(&self) -> Option<DateTime> {
        self.0.superseded_at.map(DateTime)
    }

    /// The number of the release that says so.
    async fn release(&self) -> Option<i32> {
        self.0.release
    }

    /// The id of the proposal that said so.
    async fn proposal_id(&self) -> Option<ID> {
        self.0.proposal.map(id)
    }

    /// How the item stands.
    async fn status(&self) -> ItemStatus {
        self.0.said.status.into()
    }

    /// 通用名.
    async fn generic_name(&self) -> &str {
        &self.0.said.content.generic_name
    }

    /// 商品名.
    async fn trade_name(&self) -> Option<&str> {
        self.0.said.content.trade_name.as_deref()
    }

    /// 剂型.
    async fn form(&self) -> Option<&str> {
        self.0.said.content.form.as_deref()
    }

    /// 规格, as declared.
    async fn declared_spec(&self) -> Option<&str> {
        self.0.said.content.declared_spec.as_deref()
    }

    /// 规格 in its one form, without the pack.
    async fn normal_spec(&self) -> Option<&str> {
        self.0.normal_spec.as_deref()
    }

    /// 上市许可持有人 or 注册人, by name.
    async fn holder_name(&self) -> Option<&str> {
        self.0.said.content.holder_name.as_deref()
    }

    /// The id of the same as an organization of the platform.
    async fn holder_id(&self) -> Option<ID> {
        self.0.said.content.holder.map(id)
    }

    /// 生产企业, where it is another one.
    async fn maker_name(&self) -> Option<&str> {
        self.0.said.content.maker_name.as_deref()
    }

    /// Smallest units in a pack.
    async fn units_per_pack(&self) -> Option<i32> {
        self.0.said.content.units_per_pack.and_then(|units| i32::try_from(units).ok())
    }

    /// 最小制剂单位.
    async fn smallest_unit(&self) -> Option<&str> {
        self.0.said.content.smallest_unit.as_deref()
    }

    /// 最小包装单位.
    async fn smallest_pack_unit(&self) -> Option<&str> {
        self.0.said.content.smallest_pack_unit.as_deref()
    }

    /// 包装材质, or the material of a consumable.
    async fn material(&self) -> Option<&str> {
        self.0.said.content.material.as_deref()
    }

    /// The class in the national code.
    async fn class_code(&self) -> Option<&str> {
        self.0.said.content.class_code.as_deref()
    }

    /// The generic name in the national code.
    async fn generic_code(&self) -> Option<&str> {
        self.0.said.content.generic_code.as_deref()
    }

    /// The form in the national code.
    async fn form_code(&self) -> Option<&str> {
        self.0.said.content.form_code.as_deref()
    }

    /// The SHA-256 digest of all that is said, in hexadecimal: two versions with one digest say the same.
    async fn sha256(&self) -> String {
        self.0.sha256.to_string()
    }
}

/// A public code of an item for a time.
pub(crate) struct ItemCode(cases::ItemCode);

#[Object]
impl ItemCode {
    /// The name of the kind of code, such as `nhsa-western`, `cn-standard-code-14` or `gtin`.
    async fn system(&self) -> &'static str {
        self.0.system.name()
    }

    /// The code.
    async fn value(&self) -> &str {
        &self.0.value
    }

    /// From which day it names the item.
    async fn valid_from(&self) -> Date {
        Date(self.0.span.from)
    }

    /// Until the day before which; for good where there is none.
    async fn valid_to(&self) -> Option<Date> {
        self.0.span.to.map(Date)
    }

    /// How the tie stands.
    async fn status(&self) -> ItemCodeStatus {
        self.0.status.into()
    }

    /// What proves it, in words.
    async fn evidence(&self) -> Option<&str> {
        self.0.evidence.as_deref()
    }

    /// The id of the document that proves it.
    async fn document_id(&self) -> Option<ID> {
        self.0.document.map(id)
    }

    /// The number of the release that says so.
    async fn release(&self) -> Option<i32> {
        self.0.release
    }
}

/// A name of an item.
#[derive(SimpleObject)]
struct ItemName {
    /// The language, as BCP 47 writes it.
    lang: String,
    /// What it is for.
    purpose: ItemNamePurpose,
    /// The name.
    name: String,
    /// 全拼.
    pinyin: Option<String>,
    /// 首字母.
    initials: Option<String>,
}

/// What a list says of an item for a time.
pub(crate) struct ItemFlag(cases::Flagged);

#[Object]
impl ItemFlag {
    /// What.
    async fn flag(&self) -> ItemFlagKind {
        self.0.flag.kind.into()
    }

    /// From which day.
    async fn valid_from(&self) -> Date {
        Date(self.0.flag.span.from)
    }

    /// Until the day before which; for good where there is none.
    async fn valid_to(&self) -> Option<Date> {
        self.0.flag.span.to.map(Date)
    }

    /// The negotiated or selected price of a smallest unit, as a decimal.
    async fn price(&self) -> Option<String> {
        self.0.flag.price.map(|price| price.normalize().to_string())
    }

    /// The list, batch or notice that says so.
    async fn source(&self) -> &str {
        &self.0.flag.source
    }
}

/// How an item is related to another.
#[derive(SimpleObject)]
pub(crate) struct ItemRelation {
    /// The id of the item that it is said of.
    from_id: ID,
    /// How.
    kind: ItemRelationKind,
    /// The id of the other.
    to_id: ID,
    /// Since which day.
    since: Date,
}

impl From<&domain::Relation> for ItemRelation {
    fn from(relation: &domain::Relation) -> Self {
        Self {
            from_id: id(relation.from),
            kind: relation.kind.into(),
            to_id: id(relation.to),
            since: Date(relation.since),
        }
    }
}

/// A drug, consumable or reagent, as of a day and as it was known at an instant. 项目
pub(crate) struct Item(pub(crate) cases::Seen);

#[Object]
impl Item {
    /// Its id: it never changes, whatever its codes do.
    async fn id(&self) -> ID {
        id(self.0.item.id)
    }

    /// Its kind.
    async fn kind(&self) -> ItemKind {
        self.0.item.kind.into()
    }

    /// Our own code, where it has no national one.
    async fn own_code(&self) -> Option<&str> {
        self.0.item.own_code.as_ref().map(domain::OwnCode::as_str)
    }

    /// Counts its changes.
    async fn version(&self) -> i32 {
        self.0.item.version.number()
    }

    /// The day that it is shown as of.
    async fn valid_on(&self) -> Date {
        Date(self.0.on)
    }

    /// The instant whose knowledge is shown.
    async fn known_at(&self) -> DateTime {
        DateTime(self.0.known_at)
    }

    /// What is true of it on that day; none where nothing is known of that day.
    async fn state(&self) -> Option<ItemVersion> {
        self.0.version.clone().map(ItemVersion)
    }

    /// Its codes, of all days.
    #[graphql(complexity = "10 * child_complexity")]
    async fn codes(&self) -> Vec<ItemCode> {
        self.0.codes.iter().cloned().map(ItemCode).collect()
    }

    /// Its names.
    #[graphql(complexity = "5 * child_complexity")]
    async fn names(&self) -> Vec<ItemName> {
        let named = self.0.names.iter().cloned().map(|(name, sound)| {
            let (pinyin, initials) = sound.unzip();
            ItemName { lang: name.lang, purpose: name.purpose.into(), name: name.name, pinyin, initials }
        });
        named.collect()
    }

    /// What lists say of it, on all days.
    #[graphql(complexity = "5 * child_complexity")]
    async fn flags(&self) -> Vec<ItemFlag> {
        self.0.flags.iter().cloned().map(ItemFlag).collect()
    }

    /// The relations that it is at either end of.
    #[graphql(complexity = "5 * child_complexity")]
    async fn relations(&self) -> Vec<ItemRelation> {
        self.0.relations.iter().map(ItemRelation::from).collect()
    }

    /// The steps to what stands for it on that day.
    #[graphql(complexity = "5 * child_complexity")]
    async fn path(&self) -> Vec<ItemRelation> {
        self.0.path.iter().map(ItemRelation::from).collect()
    }

    /// The ids of what stands for it on that day: its own, or those of others.
    async fn stands(&self) -> Vec<ID> {
        self.0.stands.iter().map(id).collect()
    }

    /// 可比组: the items that stand on that day and are compared with it in that way, by id; itself is not among them.
    #[graphql(complexity = "10 + cost(first, child_complexity)")]
    async fn comparable(
        &self,
        ctx: &Context<'_>,
        group: ComparisonGroup,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<Connection<String, Item>, ApiError> {
        let page = page(first, after.as_deref(), ItemId::parse)?;
        let part = cases::comparable_items(app(ctx)?, caller(ctx)?, (&self.0, group.into()), &page).await?;
        Ok(connection(part, |seen| seen.item.id.to_string(), Item))
    }

    /// 中选情况: the selected products that name it, the newest first, with the code and release that each used.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn selected_products(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<Connection<String, SelectedProduct>, ApiError> {
        let page = page(first, after.as_deref(), SelectedProductId::parse)?;
        let wanted = ItemPage { item: self.0.item.id, first: page.first, after: page.after };
        let part = loaded(asking(ctx)?.items.load_one(wanted).await)?;
        Ok(connection(part, |placed| placed.product.id.to_string(), |placed| SelectedProduct(placed.product)))
    }

    /// 参与轮次: the rounds in which it qualified, once they were opened, the newest first.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn rounds(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<Connection<String, Round>, ApiError> {
        let page = page(first, after.as_deref(), RoundId::parse)?;
        let wanted = ItemPage { item: self.0.item.id, first: page.first, after: page.after };
        let part = loaded(asking(ctx)?.items.load_one(wanted).await)?;
        Ok(connection(part, |shown| shown.round.id.to_string(), Round))
    }
}

/// What a record names of the registry, as it was used then: what becomes of the item later does not change it. 使用的编码
pub(crate) struct ItemUse(pub(crate) domain::ItemUse);

#[Object]
impl ItemUse {
    /// The id of the item; none where the registry did not know the code, which is kept as it is.
    async fn item_id(&self) -> Option<ID> {
        self.0.item.map(id)
    }

    /// The name of the kind of code, such as `nhsa-western` or `jicai`.
    async fn system(&self) -> &'static str {
        self.0.system.name()
    }

    /// The code that was used.
    async fn code(&self) -> &str {
        &self.0.code
    }

    /// The number of the newest release then of the list that gave the item the code; none where no list did.
    async fn release(&self) -> Option<i32> {
        self.0.release
    }

    /// When it was looked up.
    async fn resolved_at(&self) -> DateTime {
        DateTime(self.0.at)
    }

    /// What the registry said of the item then.
    #[graphql(complexity = "2 + child_complexity")]
    async fn state(&self, ctx: &Context<'_>) -> Result<Option<ItemVersion>, ApiError> {
        let Some(item) = self.0.item else { return Ok(None) };
        let found = asking(ctx)?.items.load_one((item, self.0.at)).await;
        Ok(found.map_err(|error| ApiError::shared(&error))?.map(ItemVersion))
    }

    /// The item as it stands today, for whoever is logged in.
    #[graphql(complexity = "2 + child_complexity")]
    async fn item(&self, ctx: &Context<'_>) -> Result<Option<Item>, ApiError> {
        item_today(ctx, self.0.item).await
    }
}

/// The item as it stands today. Errors: `UNAUTHENTICATED`.
pub(crate) async fn item_today(ctx: &Context<'_>, item: Option<ItemId>) -> Result<Option<Item>, ApiError> {
    caller(ctx)?;
    let Some(item) = item else { return Ok(None) };
    let found = asking(ctx)?.items.load_one(item).await;
    Ok(found.map_err(|error| ApiError::shared(&error))?.map(Item))
}

/// What a code names on a day.
pub(crate) struct ResolvedCode(pub(crate) cases::Resolved);

#[Object]
impl ResolvedCode {
    /// The names of the kinds of code that it is; `jicai` for our own.
    async fn systems(&self) -> Vec<&'static str> {
        self.0.systems.iter().map(|system| system.name()).collect()
    }

    /// Its canonical form.
    async fn value(&self) -> &str {
        &self.0.value
    }

    /// The items that it names; a code that ended names what it named last.
    #[graphql(complexity = "5 * child_complexity")]
    async fn items(&self) -> Vec<Item> {
        self.0.items.iter().cloned().map(Item).collect()
    }
}
