//! Packs and specs that are added to a selected product.
use async_graphql::connection::Connection;
use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};
use jicai_domain::audit::IdempotencyKey;
use jicai_domain::contract::pack as domain;
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::exact::Exact;
use jicai_domain::identity::{Name, Reason, Version};
use jicai_domain::ids::{AddedPackId, Id, SelectedProductId};
use jicai_domain::procurement::values::parse_positive;
use jicai_service::contract as cases;

use crate::asking::{app, asking, caller};
use crate::connection::{connection, cost, page};
use crate::dates::DateTime;
use crate::error::ApiError;

/// Decimals of a factor.
const FACTOR_PLACES: usize = 6;

/// How far a pack is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
enum PackStatus {
    /// 待审核: the firm asks.
    Applied,
    /// 已增补: it is part of the product.
    Added,
    /// 不予增补.
    Refused,
}

impl PackStatus {
    const fn label(self) -> &'static str {
        match self {
            Self::Applied => "APPLIED",
            Self::Added => "ADDED",
            Self::Refused => "REFUSED",
        }
    }

    const fn of(status: &domain::PackStatus) -> Self {
        match status {
            domain::PackStatus::Applied => Self::Applied,
            domain::PackStatus::Added { .. } => Self::Added,
            domain::PackStatus::Refused { .. } => Self::Refused,
        }
    }
}

/// A pack of a product: what is in a unit, and how many units.
#[derive(InputObject)]
struct PackSizeInput {
    /// 含量 of a unit as a decimal number, in a measure that both packs share.
    content: String,
    /// 包装数量, smallest units in the pack.
    units: u32,
}

impl TryFrom<PackSizeInput> for domain::PackSize {
    type Error = Refusal;

    fn try_from(input: PackSizeInput) -> Result<Self, Refusal> {
        let content = parse_positive(&input.content);
        let content = content.map_err(|_wrong| Refusal::of(Code::DecimalInvalid).at("content"))?;
        Ok(Self { content, units: input.units })
    }
}

/// A pack that is asked for. 增补规格包装申请
#[derive(InputObject)]
struct RequestPackInput {
    /// The selected product of the own organization.
    product: ID,
    /// The spec as its label words it.
    spec: String,
    /// The pack that the selected price is of. Its content is the result's, where the result says it.
    selected: PackSizeInput,
    /// The pack that is to be added.
    offered: PackSizeInput,
    /// Yuan per pack, tax included, as a decimal number; not above what the price relation gives.
    price: String,
    /// What shows that it is the same product, such as its approval.
    evidence: String,
    /// A new key for a new request, the same for its repetition.
    idempotency_key: String,
}

impl TryFrom<RequestPackInput> for cases::RequestPack {
    type Error = Refusal;

    fn try_from(input: RequestPackInput) -> Result<Self, Refusal> {
        let price = parse_positive(&input.price);
        Ok(Self {
            product: SelectedProductId::parse(&input.product).map_err(|refusal| refusal.at("product"))?,
            offer: domain::PackOffer {
                spec: Name::parse(&input.spec).map_err(|refusal| refusal.at("spec"))?,
                selected: input.selected.try_into()?,
                offered: input.offered.try_into()?,
                price: price.map_err(|_wrong| Refusal::of(Code::DecimalInvalid).at("price"))?,
            },
            evidence: Reason::parse(&input.evidence).map_err(|refusal| refusal.at("evidence"))?,
            key: IdempotencyKey::parse(&input.idempotency_key)?,
        })
    }
}

/// What is decided about a pack.
#[derive(InputObject)]
struct DecidePackInput {
    /// The pack.
    id: ID,
    /// The version that was seen.
    version: i32,
    /// Whether it is added.
    add: bool,
    /// Why it is not.
    reason: Option<String>,
    /// A new key for a new request, the same for its repetition.
    idempotency_key: String,
}

/// 差比价: the most that a pack may cost.
#[derive(SimpleObject)]
struct PackPrice {
    /// Yuan per pack, rounded as the rule set says.
    pack_price: String,
    /// That over its units, to six decimals.
    unit_price: String,
    /// Factor for the content.
    content_factor: String,
    /// Factor for the units in the pack.
    pack_factor: String,
    /// The rule set, as `id/version`.
    rules: String,
}

/// 增补规格包装, a pack of a selected product.
struct AddedPack {
    pack: domain::AddedPack,
    sees_price: bool,
}

#[Object]
impl AddedPack {
    /// Its id.
    async fn id(&self) -> ID {
        ID(self.pack.id.to_string())
    }

    /// Its version.
    async fn version(&self) -> i32 {
        self.pack.version.number()
    }

    /// The id of the selected product.
    async fn product_id(&self) -> ID {
        ID(self.pack.product.to_string())
    }

    /// The spec as its label words it.
    async fn spec(&self) -> &str {
        self.pack.offer.spec.as_str()
    }

    /// Smallest units in the pack.
    async fn units(&self) -> u32 {
        self.pack.offer.offered.units
    }

    /// The content of a unit, as a decimal number.
    async fn content(&self) -> String {
        self.pack.offer.offered.content.normalize().to_string()
    }

    /// Yuan per pack, tax included; none where the disclosure rule hides the product's.
    async fn price(&self) -> Option<String> {
        self.sees_price.then(|| self.pack.offer.price.normalize().to_string())
    }

    /// The most that the rule set allows, yuan per pack; none where the price is hidden.
    async fn most(&self) -> Option<String> {
        self.sees_price.then(|| self.pack.most.normalize().to_string())
    }

    /// The rule set that bounds it, as `id/version`.
    async fn rules(&self) -> &str {
        &self.pack.rules
    }

    /// How far it is.
    async fn status(&self) -> PackStatus {
        PackStatus::of(&self.pack.status)
    }

    /// What shows that it is the same product.
    async fn evidence(&self) -> &str {
        self.pack.evidence.as_str()
    }

    /// Why it was refused.
    async fn reason(&self) -> Option<&str> {
        self.pack.status.reason().map(Reason::as_str)
    }
}

/// A pack that was asked for, for its firm and its office.
struct PackRequest(cases::ShownPack);

#[Object]
impl PackRequest {
    /// The pack.
    async fn pack(&self) -> AddedPack {
        AddedPack { pack: self.0.pack.clone(), sees_price: true }
    }

    /// The id of the firm.
    async fn firm_id(&self) -> Option<ID> {
        self.0.firm.map(|firm| ID(firm.to_string()))
    }

    /// The id of the office that decides.
    async fn office_id(&self) -> ID {
        ID(self.0.office.to_string())
    }

    /// When it came to where it is.
    async fn status_since(&self) -> DateTime {
        DateTime(self.0.status_since)
    }
}

/// Queries about added packs.
#[derive(Default)]
pub(crate) struct PackQuery;

#[Object]
impl PackQuery {
    /// What a pack of a selected product may cost at most by the price relation, for its firm and its office. 差比价试算
    async fn pack_price(
        &self,
        ctx: &Context<'_>,
        product: ID,
        selected: PackSizeInput,
        offered: PackSizeInput,
    ) -> Result<PackPrice, ApiError> {
        let caller = caller(ctx)?;
        let product = SelectedProductId::parse(&product).map_err(|refusal| refusal.at("product"))?;
        let sizes = (selected.try_into()?, offered.try_into()?);
        let cases::PackPrice { most, rules } = cases::pack_price(app(ctx)?, caller, product, sizes).await?;
        let told = |exact: &Exact| exact.to_short(FACTOR_PLACES);
        Ok(PackPrice {
            unit_price: told(&most.unit_price),
            content_factor: told(&most.related.content_factor),
            pack_factor: told(&most.related.pack_factor),
            pack_price: most.pack_price,
            rules,
        })
    }

    /// The packs that were added to a selected product. Public.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn added_packs(
        &self,
        ctx: &Context<'_>,
        product: ID,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<Connection<String, AddedPack>, ApiError> {
        let page = page(first, after.as_deref(), AddedPackId::parse)?;
        let product = SelectedProductId::parse(&product).map_err(|refusal| refusal.at("product"))?;
        let (part, sees_price) =
            cases::added_packs(app(ctx)?, asking(ctx)?.caller.as_ref(), product, &page).await?;
        Ok(connection(part, |pack| pack.id.to_string(), |pack| AddedPack { pack, sees_price }))
    }

    /// Packs that the own organization asked for or decides, the newest first.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn pack_requests(
        &self,
        ctx: &Context<'_>,
        status: Option<PackStatus>,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<Connection<String, PackRequest>, ApiError> {
        let caller = caller(ctx)?;
        let page = page(first, after.as_deref(), AddedPackId::parse)?;
        let part = cases::pack_requests(app(ctx)?, caller, status.map(PackStatus::label), &page).await?;
        Ok(connection(part, |shown| shown.pack.id.to_string(), PackRequest))
    }
}

/// Mutations of added packs.
#[derive(Default)]
pub(crate) struct PackMutation;

#[Object]
impl PackMutation {
    /// Ask to add a pack or spec to a selected product of the own organization. 申请增补规格包装
    #[graphql(complexity = "1 + child_complexity")]
    async fn request_pack(
        &self,
        ctx: &Context<'_>,
        input: RequestPackInput,
    ) -> Result<PackRequest, ApiError> {
        let (app, caller) = (app(ctx)?, caller(ctx)?);
        let changed = cases::request_pack(app, caller, input.try_into()?).await?;
        Ok(PackRequest(cases::added_pack(app, caller, changed.id).await?))
    }

    /// Decide about a pack of a product of the own office. 审核增补规格包装
    #[graphql(complexity = "1 + child_complexity")]
    async fn decide_pack(&self, ctx: &Context<'_>, input: DecidePackInput) -> Result<PackRequest, ApiError> {
        let (app, caller) = (app(ctx)?, caller(ctx)?);
        let id = AddedPackId::parse(&input.id).map_err(|refusal| refusal.at("id"))?;
        let decision = if input.add {
            domain::PackDecision::Add
        } else {
            domain::PackDecision::Refuse(Reason::parse(input.reason.as_deref().unwrap_or_default())?)
        };
        let key = IdempotencyKey::parse(&input.idempotency_key)?;
        let seen = (id, Version::new(input.version));
        let changed = cases::decide_pack(app, caller, seen, decision, &key).await?;
        Ok(PackRequest(cases::added_pack(app, caller, changed.id).await?))
    }
}
