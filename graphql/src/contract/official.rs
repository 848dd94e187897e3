//! What is shown of official results, and of a result that was brought in before it is announced.
#![expect(clippy::unused_async, reason = "the library wants the function of a field to be async")]
use async_graphql::connection::{Connection, Edge};
use async_graphql::{Context, Enum, ID, Object, OutputType, SimpleObject};
use jicai_domain::contract::compare;
use jicai_domain::contract::official as domain;
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::Name;
use jicai_domain::ids::{Id, ImportId, OfficialResultId, RoundId};
use jicai_service::Page;
use jicai_service::contract as cases;
use jicai_service::contract::official::{official_result, official_results, selected_products};

use crate::asking::{app, asking, caller};
use crate::catalog::{Item, ItemUse, item_today};
use crate::connection::{connection, cost, page};
use crate::dates::{Date, DateTime};
use crate::error::ApiError;
use crate::procurement::Disclosure;

/// How a price is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "jicai_domain::contract::official::PriceBasis")]
pub(super) enum PriceBasis {
    /// A round of the platform decided it.
    Decided,
    /// The source printed it.
    Published,
    /// Somebody remembers it; it has to be checked.
    Recalled,
}

/// As what a firm supplies a region.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "jicai_domain::contract::official::SupplyRole")]
pub(super) enum SupplyRole {
    /// 主供.
    Main,
    /// 备供: it stands by, with no volume of its own.
    Backup,
    /// 带品牌报量: what institutions reported for its brand follows it into any region.
    Brand,
}

/// 中选结果, an official result: a round's own, or one made elsewhere and brought in.
pub(super) struct OfficialResult(pub(super) domain::OfficialResult);

#[Object]
impl OfficialResult {
    /// Its id.
    async fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// The id of the procurement office that announced it.
    async fn office_id(&self) -> ID {
        ID(self.0.office.to_string())
    }

    /// Its name, the same for each edition.
    async fn name(&self) -> &str {
        self.0.name.as_str()
    }

    /// The id of the round that it comes from.
    async fn round_id(&self) -> Option<ID> {
        match self.0.source {
            domain::ResultSource::Round(round) => Some(ID(round.to_string())),
            domain::ResultSource::Import(_) => None,
        }
    }

    /// The id of the import that it comes from.
    async fn import_id(&self) -> Option<ID> {
        match self.0.source {
            domain::ResultSource::Import(import) => Some(ID(import.to_string())),
            domain::ResultSource::Round(_) => None,
        }
    }

    /// 1, and one more for each that was announced again under its name.
    async fn edition(&self) -> i32 {
        self.0.edition
    }

    /// Which part of the edition, from 1: lots of a round that an objection held up follow in a part of their own.
    async fn part(&self) -> i32 {
        self.0.part
    }

    /// The ids of the lots of its round that it settles, those in which nothing is selected among them.
    async fn lot_ids(&self) -> Vec<ID> {
        self.0.lots.iter().map(|lot| ID(lot.to_string())).collect()
    }

    /// Who sees its prices.
    async fn disclosure(&self) -> Disclosure {
        self.0.disclosure.into()
    }

    /// The day its contracts begin.
    async fn starts_on(&self) -> Date {
        Date(self.0.starts_on)
    }

    /// No contract is sealed before.
    async fn standstill_until(&self) -> Option<DateTime> {
        self.0.standstill_until.map(DateTime)
    }

    /// When it was announced.
    async fn announced_at(&self) -> DateTime {
        DateTime(self.0.announced_at)
    }

    /// SHA-256 of its canonical form, which holds a number used once, so that undisclosed prices cannot be found by trying.
    async fn sha256(&self) -> String {
        self.0.sha256.to_string()
    }

    /// Its products, by lot and rank.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn products(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<Connection<String, SelectedProduct>, ApiError> {
        let page = page(first, after.as_deref(), place)?;
        let part = selected_products(app(ctx)?, asking(ctx)?.caller.as_ref(), &self.0, &page).await?;
        let node = |placed: jicai_service::contract::official::Placed| SelectedProduct(placed.product);
        Ok(connection(part, |placed| placed.place.to_string(), node))
    }
}

fn place(text: &str) -> Result<i32, Refusal> {
    text.parse().map_err(|_number| Refusal::of(Code::CursorInvalid))
}

/// 中选产品, a product that is selected.
pub(crate) struct SelectedProduct(pub(crate) domain::SelectedProduct);

#[Object]
impl SelectedProduct {
    /// Its id.
    async fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// The number of its lot.
    async fn lot_number(&self) -> i32 {
        self.0.lot_number
    }

    /// The name of its lot.
    async fn lot_name(&self) -> &str {
        &self.0.lot_name
    }

    /// Its name.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// Its specification, as the source words it.
    async fn spec(&self) -> &str {
        &self.0.spec
    }

    /// What it is in the registry, with the code and release that were used; none where it names nothing there.
    async fn item_use(&self) -> Option<ItemUse> {
        self.0.item.clone().map(ItemUse)
    }

    /// The item that it is, as it stands today, for whoever is logged in; none where the registry did not know it.
    #[graphql(complexity = "2 + child_complexity")]
    async fn item(&self, ctx: &Context<'_>) -> Result<Option<Item>, ApiError> {
        item_today(ctx, self.0.item.as_ref().and_then(|used| used.item)).await
    }

    /// The smallest unit that its price counts.
    async fn unit(&self) -> &str {
        &self.0.unit
    }

    /// The content of one unit, as a decimal; none where the lot's contents do not differ.
    async fn content(&self) -> Option<String> {
        self.0.content.map(|content| content.own.normalize().to_string())
    }

    /// The content of the lot's representative, as a decimal: volumes convert linearly by the ratio of both.
    async fn representative_content(&self) -> Option<String> {
        self.0.content.map(|content| content.representative.normalize().to_string())
    }

    /// The firm as the source names it.
    async fn holder_name(&self) -> &str {
        &self.0.holder.name
    }

    /// Its unified social credit code, where the source has it.
    async fn holder_credit_code(&self) -> Option<&str> {
        self.0.holder.credit_code.as_deref()
    }

    /// The id of the organization that the firm is; none until it is known. No contract is made before.
    async fn holder_id(&self) -> Option<ID> {
        self.0.holder.organization.map(|holder| ID(holder.to_string()))
    }

    /// The price of a smallest unit, tax included, as a decimal; none where the source or the disclosure rule hides it.
    async fn price(&self) -> Option<String> {
        self.0.price.map(|price| price.price.normalize().to_string())
    }

    /// How the price is known.
    async fn price_basis(&self) -> Option<PriceBasis> {
        self.0.price.map(|price| price.basis.into())
    }

    /// Its rank in its lot.
    async fn rank(&self) -> Option<i32> {
        self.0.rank
    }

    /// The last day of its contracts.
    async fn until(&self) -> Date {
        Date(self.0.until)
    }

    /// Why no contract of it is sealed now.
    async fn blocked(&self) -> Option<&str> {
        self.0.blocked.as_deref()
    }

    /// Where it is supplied.
    #[graphql(complexity = "40 * child_complexity")]
    async fn supplies(&self) -> Vec<Supply> {
        let supply = |row: &domain::SupplyRow| Supply {
            region: row.region.to_string(),
            role: row.role.into(),
            volume: row.volume.to_string(),
        };
        self.0.supplies.iter().map(supply).collect()
    }
}

/// Where a product is supplied.
#[derive(SimpleObject)]
struct Supply {
    /// The code of the region.
    region: String,
    /// As what.
    role: SupplyRole,
    /// 约定采购量: units of the lot's representative, as a decimal number; 0 for a backup.
    volume: String,
}

/// What becomes of a product.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "jicai_domain::contract::compare::DifferenceKind")]
enum DifferenceKind {
    /// It is new.
    Added,
    /// Something of it is different.
    Changed,
    /// It is not selected any more.
    Gone,
}

/// The dry run of a result that was brought in: what it would change of the one that stands.
struct ImportedResult(cases::ImportedResult);

#[Object]
impl ImportedResult {
    /// The newest edition of the office's result of that name, which it would replace.
    #[graphql(complexity = "1 + child_complexity")]
    async fn standing(&self) -> Option<OfficialResult> {
        self.0.standing.clone().map(OfficialResult)
    }

    /// How many products it has.
    async fn products(&self) -> usize {
        self.0.products
    }

    /// How many of them have a firm that is an approved manufacturer of the platform by its credit code.
    async fn holders_known(&self) -> usize {
        self.0.holders_known
    }

    /// How many of them name an item of the registry.
    async fn items_known(&self) -> usize {
        self.0.items_known
    }

    /// Codes that name nothing, several items, or one that is not used any more, by lot. They are kept as they are.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn warnings(
        &self,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<Connection<String, ResultCodeWarning>, ApiError> {
        let page = page(first, after.as_deref(), place)?;
        Ok(numbered(&self.0.warnings, &page, ResultCodeWarning::of))
    }

    /// Rows of the table that were rejected, as a decimal number.
    async fn rows_rejected(&self) -> String {
        self.0.import.rows_rejected.to_string()
    }

    /// How many products it adds.
    async fn added(&self) -> usize {
        self.count(compare::DifferenceKind::Added)
    }

    /// How many products it changes.
    async fn changed(&self) -> usize {
        self.count(compare::DifferenceKind::Changed)
    }

    /// How many products it drops.
    async fn gone(&self) -> usize {
        self.count(compare::DifferenceKind::Gone)
    }

    /// What it changes, by lot.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn differences(
        &self,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<Connection<String, ResultDifference>, ApiError> {
        let page = page(first, after.as_deref(), place)?;
        Ok(numbered(&self.0.differences, &page, ResultDifference::of))
    }
}

/// A part of rows that are all at hand; their cursors are their places, from 1.
fn numbered<T, N: OutputType>(rows: &[T], page: &Page<i32>, node: fn(&T) -> N) -> Connection<String, N> {
    let begin = usize::try_from(page.after.unwrap_or(0)).unwrap_or(0);
    let end = begin.saturating_add(usize::from(page.first));
    let mut connection = Connection::new(false, rows.len() > end);
    let part = rows.iter().enumerate().skip(begin).take(usize::from(page.first));
    connection.edges.extend(part.map(|(at, one)| Edge::new(at.saturating_add(1).to_string(), node(one))));
    connection
}

/// What is odd about the code of a product that was brought in.
#[derive(SimpleObject)]
struct ResultCodeWarning {
    /// The number of the product's lot.
    lot_number: i32,
    /// Its name.
    name: String,
    /// The code.
    item_code: String,
    /// `ITEM_CODE_UNKNOWN`, `ITEM_CODE_AMBIGUOUS`, `ITEM_REPLACED` or `ITEM_RETIRED`.
    code: &'static str,
    /// What that means, in English.
    message: &'static str,
    /// The same in Chinese.
    message_zh: &'static str,
    /// The codes of what stands for it.
    allowed: Option<String>,
}

impl ResultCodeWarning {
    fn of(warning: &cases::CodeWarning) -> ResultCodeWarning {
        let spec = warning.what.code.spec();
        ResultCodeWarning {
            lot_number: warning.lot_number,
            name: warning.name.clone(),
            item_code: warning.code.clone(),
            code: spec.name,
            message: spec.english,
            message_zh: spec.chinese,
            allowed: warning.what.allowed.clone(),
        }
    }
}

impl ImportedResult {
    fn count(&self, kind: compare::DifferenceKind) -> usize {
        self.0.differences.iter().filter(|one| one.kind == kind).count()
    }
}

/// A product that is not the same.
#[derive(SimpleObject)]
struct ResultDifference {
    /// What becomes of it.
    kind: DifferenceKind,
    /// The number of its lot.
    lot_number: i32,
    /// Its name.
    name: String,
    /// Its specification.
    spec: String,
    /// The firm, as the source names it.
    holder_name: String,
    /// What is different, where it changed.
    #[graphql(complexity = "10 * child_complexity")]
    changes: Vec<ResultFieldChange>,
}

/// A field that is different.
#[derive(SimpleObject)]
struct ResultFieldChange {
    /// The field; a supply as `supply 310000 MAIN`.
    field: String,
    /// What it was.
    before: Option<String>,
    /// What it is.
    after: Option<String>,
}

impl ResultDifference {
    fn of(one: &compare::Difference) -> ResultDifference {
        let change = |change: &compare::FieldChange| ResultFieldChange {
            field: change.field.clone(),
            before: change.before.clone(),
            after: change.after.clone(),
        };
        ResultDifference {
            kind: one.kind.into(),
            lot_number: one.product.lot_number,
            name: one.product.name.clone(),
            spec: one.product.spec.clone(),
            holder_name: one.product.holder.clone(),
            changes: one.changes.iter().map(change).collect(),
        }
    }
}

/// Queries about official results.
#[derive(Default)]
pub(crate) struct OfficialQuery;

#[Object]
impl OfficialQuery {
    /// An official result. Public. 中选结果
    async fn official_result(&self, ctx: &Context<'_>, id: ID) -> Result<OfficialResult, ApiError> {
        let id = OfficialResultId::parse(&id).map_err(|refusal| refusal.at("id"))?;
        Ok(OfficialResult(official_result(app(ctx)?, id).await?))
    }

    /// The official results, or the parts of one round's, the newest first. Public.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn official_results(
        &self,
        ctx: &Context<'_>,
        round: Option<ID>,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<Connection<String, OfficialResult>, ApiError> {
        let round = round.map(|round| RoundId::parse(&round)).transpose();
        let round = round.map_err(|refusal| refusal.at("round"))?;
        let page = page(first, after.as_deref(), OfficialResultId::parse)?;
        let part = official_results(app(ctx)?, round, &page).await?;
        Ok(connection(part, |result| result.id.to_string(), OfficialResult))
    }

    /// What a result that the caller's office brought in would change of the one that stands under that name. 导入试算
    async fn imported_result(
        &self,
        ctx: &Context<'_>,
        import: ID,
        name: String,
    ) -> Result<ImportedResult, ApiError> {
        let caller = caller(ctx)?;
        let import = ImportId::parse(&import).map_err(|refusal| refusal.at("import"))?;
        let name = Name::parse(&name).map_err(|refusal| refusal.at("name"))?;
        Ok(ImportedResult(cases::imported_result(app(ctx)?, caller, import, &name).await?))
    }
}
