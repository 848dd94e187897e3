//! 价格指数.
use async_graphql::connection::Connection;
use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};
use jicai_domain::audit::IdempotencyKey;
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::{Name, RegionCode};
use jicai_domain::ids::{Id, PriceIndexId};
use jicai_domain::pricing::index::Base;
use jicai_domain::time::Day;
use jicai_service::pricing::index as cases;

use super::types::PriceKind;
use crate::asking::{app, asking, caller};
use crate::connection::{connection, cost, page};
use crate::dates::DateTime;
use crate::error::ApiError;

/// Below that share of what is spent a value is warned of, where a definition does not say.
const THRESHOLD: f64 = 0.5;

/// What an index is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
enum IndexScope {
    /// One item: its id.
    Item,
    /// A 三同 group.
    Group,
    /// A generic name.
    Molecule,
    /// A class of the WHO: an ATC code of any level.
    Class,
    /// What a round selected: its id.
    Round,
    /// Everything.
    All,
}

impl IndexScope {
    const fn label(self) -> &'static str {
        match self {
            Self::Item => "ITEM",
            Self::Group => "GROUP",
            Self::Molecule => "MOLECULE",
            Self::Class => "CLASS",
            Self::Round => "ROUND",
            Self::All => "ALL",
        }
    }

    const fn of(scope: &cases::IndexScope) -> Self {
        match scope {
            cases::IndexScope::Item(_) => Self::Item,
            cases::IndexScope::Group(_) => Self::Group,
            cases::IndexScope::Molecule(_) => Self::Molecule,
            cases::IndexScope::Class(_) => Self::Class,
            cases::IndexScope::Round(_) => Self::Round,
            cases::IndexScope::All => Self::All,
        }
    }
}

/// A new index.
#[derive(InputObject)]
struct DefineIndexInput {
    /// What it is called.
    name: String,
    /// The id of the version that it stands in the place of.
    replaces: Option<ID>,
    /// laspeyres, paasche, fisher, tornqvist, jevons, walsh, unit-value, geks-tornqvist, geks-fisher, geks-jevons, gk, wtpd.
    method: String,
    /// Of laspeyres to walsh: whether each month is compared with the base and not with the month before.
    #[graphql(default)]
    fixed_base: bool,
    /// Of geks-*, gk and wtpd: months of a window that moves.
    window: Option<i32>,
    /// How the series goes on when it moves; mean-published where it is left out.
    splice: Option<String>,
    /// The month that is 1: YYYY-MM.
    base_month: String,
    /// What it is of.
    scope: IndexScope,
    /// Which one of these.
    subject: Option<String>,
    /// The code of the region whose prices they are, with all below it.
    region: String,
    /// Of which prices; kinds are never mixed.
    kind: PriceKind,
    /// The share of what is spent below which a value is warned of.
    threshold: Option<f64>,
    /// A new key for a new request, the same for its repetition.
    idempotency_key: String,
}

/// A month of an index that is to be published.
#[derive(InputObject)]
struct PublishIndexInput {
    /// The id of the index.
    id: ID,
    /// The month: YYYY-MM. Every month before it that is not published comes with it.
    month: String,
    /// A new key for a new request, the same for its repetition.
    idempotency_key: String,
}

/// 价格指数, as it is made and published. Published values are never revised.
struct PriceIndex(cases::ShownIndex);

/// A published value.
#[derive(SimpleObject)]
struct PriceIndexPoint {
    /// The month: YYYY-MM.
    month: String,
    /// The index over its base; none where nothing that both have leads there.
    value: Option<f64>,
    /// The share of what is spent that it rests on.
    coverage: f64,
    /// Whether that is below the threshold.
    warned: bool,
    /// Whether it follows from the published value before it, because prices came late.
    linked: bool,
}

/// A publication.
#[derive(SimpleObject)]
struct PriceIndexPublication {
    /// Up to which month: YYYY-MM.
    month: String,
    /// SHA-256 of the table that it was reckoned from.
    input_sha256: String,
    /// The rows of that.
    input_rows: String,
    /// The products in it.
    products: String,
    /// When.
    published_at: DateTime,
}

fn month(day: Day) -> String {
    day.to_string().get(..7).unwrap_or_default().to_owned()
}

#[Object]
impl PriceIndex {
    /// Its id.
    async fn id(&self) -> ID {
        ID(self.0.index.id.to_string())
    }

    /// What it is called.
    async fn name(&self) -> &str {
        self.0.index.name.as_str()
    }

    /// Its version.
    async fn version(&self) -> i32 {
        self.0.index.version
    }

    /// The id of the version before it.
    async fn replaces_id(&self) -> Option<ID> {
        self.0.index.replaces.map(|id| ID(id.to_string()))
    }

    /// Its method.
    async fn method(&self) -> &str {
        self.0.index.method.name()
    }

    /// Whether each month is compared with the base.
    async fn fixed_base(&self) -> bool {
        self.0.index.method.base() == Some(Base::Fixed)
    }

    /// Months of its window.
    async fn window(&self) -> Option<i32> {
        self.0.index.window.and_then(|window| i32::try_from(window.length).ok())
    }

    /// How its series goes on.
    async fn splice(&self) -> Option<&str> {
        self.0.index.window.map(|window| window.splice.name())
    }

    /// The month that is 1: YYYY-MM.
    async fn base_month(&self) -> String {
        month(self.0.index.base)
    }

    /// What it is of.
    async fn scope(&self) -> IndexScope {
        IndexScope::of(&self.0.index.scope)
    }

    /// Which one of these.
    async fn subject(&self) -> Option<String> {
        self.0.index.scope.told().1
    }

    /// The code of the region whose prices they are.
    async fn region(&self) -> String {
        self.0.index.region.to_string()
    }

    /// Of which prices.
    async fn kind(&self) -> PriceKind {
        self.0.index.kind.into()
    }

    /// The share of what is spent below which a value is warned of.
    async fn threshold(&self) -> f64 {
        self.0.index.threshold
    }

    /// When it was defined.
    async fn defined_at(&self) -> DateTime {
        DateTime(self.0.index.defined_at)
    }

    /// The newest publication.
    async fn publication(&self) -> Option<PriceIndexPublication> {
        let one = self.0.publication.as_ref()?;
        Some(PriceIndexPublication {
            month: month(one.month),
            input_sha256: one.input_sha256.to_string(),
            input_rows: one.input_rows.to_string(),
            products: one.products.to_string(),
            published_at: DateTime(one.published_at),
        })
    }

    /// Every published value, in the order of time.
    #[graphql(complexity = "100 + 20 * child_complexity")]
    async fn points(&self, ctx: &Context<'_>) -> Result<Vec<PriceIndexPoint>, ApiError> {
        let points = cases::index_points(&asking(ctx)?.app, self.0.index.id).await?;
        let shown = points.into_iter().map(|point| PriceIndexPoint {
            month: month(point.month),
            value: point.value,
            coverage: point.coverage,
            warned: point.warned,
            linked: point.linked,
        });
        Ok(shown.collect())
    }
}

fn index_id(id: &ID) -> Result<PriceIndexId, Refusal> {
    PriceIndexId::parse(id).map_err(|refusal| refusal.at("id"))
}

fn month_read(text: &str, field: &'static str) -> Result<Day, Refusal> {
    cases::parse_month(text).ok_or_else(|| Refusal::of(Code::IndexInvalid).at(field).allowing("YYYY-MM"))
}

/// Queries about indices.
#[derive(Default)]
pub(crate) struct IndexQuery;

#[Object]
impl IndexQuery {
    /// An index of prices. Public. 价格指数
    #[graphql(complexity = "5 + child_complexity")]
    async fn price_index(&self, ctx: &Context<'_>, id: ID) -> Result<PriceIndex, ApiError> {
        Ok(PriceIndex(cases::price_index(&asking(ctx)?.app, index_id(&id)?).await?))
    }

    /// The indices, the newest first. Public.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn price_indices(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<Connection<String, PriceIndex>, ApiError> {
        let page = page(first, after.as_deref(), PriceIndexId::parse)?;
        let part = cases::price_indices(&asking(ctx)?.app, &page).await?;
        Ok(connection(part, |one| one.index.id.to_string(), PriceIndex))
    }
}

/// Mutations of indices.
#[derive(Default)]
pub(crate) struct IndexMutation;

#[Object]
impl IndexMutation {
    /// Define an index, or another version of one. 定义价格指数
    #[graphql(complexity = "1 + child_complexity")]
    async fn define_index(&self, ctx: &Context<'_>, input: DefineIndexInput) -> Result<PriceIndex, ApiError> {
        let (app, caller) = (app(ctx)?, caller(ctx)?);
        let length = input.window.map(|months| usize::try_from(months).unwrap_or_default());
        let splice = input.splice.unwrap_or_else(|| "mean-published".to_owned());
        let command = cases::DefineIndex {
            name: Name::parse(&input.name).map_err(|refusal| refusal.at("name"))?,
            replaces: input.replaces.as_ref().map(index_id).transpose()?,
            method: (input.method, input.fixed_base),
            window: length.map(|length| (length, splice)),
            base: month_read(&input.base_month, "baseMonth")?,
            scope: cases::IndexScope::read(input.scope.label(), input.subject.as_deref())?,
            region: RegionCode::parse(&input.region).map_err(|refusal| refusal.at("region"))?,
            kind: input.kind.into(),
            threshold: input.threshold.unwrap_or(THRESHOLD),
            key: IdempotencyKey::parse(&input.idempotency_key)?,
        };
        let changed = cases::define_index(app, caller, command).await?;
        Ok(PriceIndex(cases::price_index(app, changed.id).await?))
    }

    /// Publish an index up to a month that is over: by another person than the one who defined it. 发布价格指数
    #[graphql(complexity = "1 + child_complexity")]
    async fn publish_index(
        &self,
        ctx: &Context<'_>,
        input: PublishIndexInput,
    ) -> Result<PriceIndex, ApiError> {
        let (app, caller) = (app(ctx)?, caller(ctx)?);
        let wanted = (index_id(&input.id)?, month_read(&input.month, "month")?);
        let key = IdempotencyKey::parse(&input.idempotency_key)?;
        let changed = cases::publish_index(app, caller, wanted, &key).await?;
        Ok(PriceIndex(cases::price_index(app, changed.id).await?))
    }
}
