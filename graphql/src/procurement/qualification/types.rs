//! What is shown of applications.
#![expect(clippy::unused_async, reason = "the library wants the function of a field to be async")]

use async_graphql::connection::Connection;
use async_graphql::{Context, Enum, ID, Object, SimpleObject};
use jicai_domain::catalog::group::in_common;
use jicai_domain::identity::{CreditCode, Reason};
use jicai_domain::ids::{Id, QualificationId, RoundProductId};
use jicai_domain::procurement::qualification as domain;
use jicai_domain::procurement::rules::Column;
use jicai_service::procurement::qualification::Application;
use jicai_service::{Changed, Part};

use crate::asking::asking;
use crate::catalog::{ComparisonGroup, Item, ItemUse, item_today};
use crate::connection::{connection, cost, page};
use crate::dates::{Date, DateTime};
use crate::error::ApiError;
use crate::identity::Licence;

/// How far an application is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub(super) enum QualificationStatus {
    /// 草稿: the applicant writes it.
    Draft,
    /// 待审核: it waits for the office.
    Submitted,
    /// 已退回: the applicant has to put something right.
    Returned,
    /// 通过: the applicant qualifies with the products that are approved.
    Approved,
    /// 不通过.
    Rejected,
}

impl QualificationStatus {
    /// The label that rows have.
    pub(super) const fn label(self) -> &'static str {
        match self {
            Self::Draft => "DRAFT",
            Self::Submitted => "SUBMITTED",
            Self::Returned => "RETURNED",
            Self::Approved => "APPROVED",
            Self::Rejected => "REJECTED",
        }
    }

    const fn of(status: &domain::QualificationStatus) -> Self {
        match status {
            domain::QualificationStatus::Draft => Self::Draft,
            domain::QualificationStatus::Submitted => Self::Submitted,
            domain::QualificationStatus::Returned { .. } => Self::Returned,
            domain::QualificationStatus::Approved => Self::Approved,
            domain::QualificationStatus::Rejected { .. } => Self::Rejected,
        }
    }
}

/// What was decided about a product.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub(super) enum RoundProductStatus {
    /// 待审核.
    Pending,
    /// 通过.
    Approved,
    /// 已退回: something has to be put right.
    Returned,
    /// 不通过.
    Rejected,
    /// 已撤回: the applicant left it out.
    Withdrawn,
}

impl RoundProductStatus {
    const fn of(status: &domain::ProductStatus) -> Self {
        match status {
            domain::ProductStatus::Pending => Self::Pending,
            domain::ProductStatus::Approved => Self::Approved,
            domain::ProductStatus::Returned { .. } => Self::Returned,
            domain::ProductStatus::Rejected { .. } => Self::Rejected,
            domain::ProductStatus::Withdrawn => Self::Withdrawn,
        }
    }
}

/// Why a product is as good as the reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub(super) enum EvidenceKind {
    /// 通过或视同通过一致性评价, on a day.
    PassedEvaluation,
    /// 参比制剂 or 原研药.
    Reference,
    /// Consumables need none.
    NotRequired,
}

impl EvidenceKind {
    /// The label that rows have.
    pub(super) const fn label(self) -> &'static str {
        match self {
            Self::PassedEvaluation => "PASSED_EVALUATION",
            Self::Reference => "REFERENCE",
            Self::NotRequired => "NOT_REQUIRED",
        }
    }

    const fn of(evidence: domain::Evidence) -> Self {
        match evidence {
            domain::Evidence::PassedEvaluation { .. } => Self::PassedEvaluation,
            domain::Evidence::Reference => Self::Reference,
            domain::Evidence::NotRequired => Self::NotRequired,
        }
    }
}

/// An application of a manufacturer to a round. 资格申报
pub(super) struct Qualification(pub(super) Application);

#[Object]
impl Qualification {
    /// Its id.
    async fn id(&self) -> ID {
        ID(self.0.qualification.id.to_string())
    }

    /// The id of the round.
    async fn round_id(&self) -> ID {
        ID(self.0.qualification.round.to_string())
    }

    /// The id of the organization that applies.
    async fn applicant_id(&self) -> ID {
        ID(self.0.qualification.applicant.to_string())
    }

    /// The applicant's name.
    async fn applicant_name(&self) -> &str {
        self.0.applicant_name.as_str()
    }

    /// 统一社会信用代码 of the applicant.
    async fn applicant_credit_code(&self) -> &str {
        self.0.credit_code.as_str()
    }

    /// 证照, the licences that the applicant shows, the oldest first, at most 50.
    #[graphql(complexity = "5 * child_complexity")]
    async fn licences(&self) -> Vec<Licence> {
        self.0.licences.iter().cloned().map(Licence).collect()
    }

    /// How far it is.
    async fn status(&self) -> QualificationStatus {
        QualificationStatus::of(&self.0.qualification.status)
    }

    /// Why it was returned or rejected.
    async fn status_reason(&self) -> Option<&str> {
        self.0.qualification.status.reason().map(Reason::as_str)
    }

    /// When it was last handed in.
    async fn submitted_at(&self) -> Option<DateTime> {
        self.0.submitted_at.map(DateTime)
    }

    /// 控制关系: the firm that controls the applicant.
    async fn controller(&self) -> Option<Controller> {
        self.0.qualification.control.controller().map(Controller::of)
    }

    /// Why the office set the controller; none where the applicant declared it.
    async fn controller_reason(&self) -> Option<&str> {
        self.0.qualification.control.reason().map(Reason::as_str)
    }

    /// Its products in the applicant's order; withdrawn ones last.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn products(
        &self,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<Connection<String, RoundProduct>, ApiError> {
        let page = page(first, after.as_deref(), RoundProductId::parse)?;
        let all = &self.0.qualification.products;
        let past = page.after.and_then(|after| all.iter().position(|product| product.id == after));
        let rest = all.iter().skip(past.map_or(0, |past| past.saturating_add(1)));
        let rows: Vec<domain::Product> = rest.clone().take(usize::from(page.first)).cloned().collect();
        let more = rest.count() > rows.len();
        Ok(connection(Part { rows, more }, |product| product.id.to_string(), RoundProduct))
    }

    /// How often it changed; every change names the version that it has seen.
    async fn version(&self) -> i32 {
        self.0.qualification.version.number()
    }
}

/// A firm that controls an applicant.
#[derive(SimpleObject)]
pub(super) struct Controller {
    /// Its name.
    name: String,
    /// 统一社会信用代码; none where it is no Chinese firm.
    credit_code: Option<String>,
}

impl Controller {
    fn of(controller: &domain::Controller) -> Self {
        let code = controller.credit_code.as_ref().map(CreditCode::as_str);
        Self { name: controller.name.as_str().to_owned(), credit_code: code.map(str::to_owned) }
    }
}

/// A product that somebody applies with. 申报产品
pub(super) struct RoundProduct(pub(super) domain::Product);

#[Object]
impl RoundProduct {
    /// Its id in the round; a bid names it.
    async fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// The id of the spec that it competes in.
    async fn spec_id(&self) -> ID {
        ID(self.0.claim.spec.to_string())
    }

    /// Whether the round still has that spec.
    async fn announced(&self) -> bool {
        self.0.announced
    }

    /// 产品名称.
    async fn name(&self) -> &str {
        self.0.claim.name.as_str()
    }

    /// 批准文号 of a drug, 注册证号 of a device.
    async fn approval_number(&self) -> &str {
        self.0.claim.approval_number.as_str()
    }

    /// What it is in the registry, with the code and release that were used; none where it names nothing there.
    async fn item_use(&self) -> Option<ItemUse> {
        self.0.claim.item.clone().map(ItemUse)
    }

    /// The item that it is, as it stands today; none where the registry does not know it.
    #[graphql(complexity = "2 + child_complexity")]
    async fn item(&self, ctx: &Context<'_>) -> Result<Option<Item>, ApiError> {
        item_today(ctx, self.0.claim.item.as_ref().and_then(|used| used.item)).await
    }

    /// The ways in which its item is compared with the item that the announced spec is drawn from, for the reviewer: none of them means another
    /// drug. None where either names no item.
    #[graphql(complexity = 4)]
    async fn comparable_with_spec(
        &self,
        ctx: &Context<'_>,
    ) -> Result<Option<Vec<ComparisonGroup>>, ApiError> {
        let asking = asking(ctx)?;
        let drawn_from = asking.spec_items.load_one(self.0.claim.spec).await;
        let drawn_from = item_today(ctx, drawn_from.map_err(|error| ApiError::shared(&error))?).await?;
        let own = item_today(ctx, self.0.claim.item.as_ref().and_then(|used| used.item)).await?;
        let traits = |item: Item| item.0.version.map(|version| version.said.content.traits());
        let both = drawn_from.and_then(traits).zip(own.and_then(traits));
        Ok(both.map(|(one, other)| {
            in_common(&one, &other).into_iter().filter_map(ComparisonGroup::of).collect()
        }))
    }

    /// 生产企业, where that is another than the applicant.
    async fn maker(&self) -> Option<&str> {
        self.0.claim.maker.as_ref().map(jicai_domain::identity::Name::as_str)
    }

    /// Why it is as good as the reference.
    async fn evidence(&self) -> EvidenceKind {
        EvidenceKind::of(self.0.claim.evidence)
    }

    /// When it passed the evaluation.
    async fn evaluated_on(&self) -> Option<Date> {
        self.0.claim.evidence.day().map(Date)
    }

    /// 年产能 in smallest units, a decimal number.
    async fn capacity(&self) -> String {
        self.0.claim.capacity.to_string()
    }

    /// What the rule set's extra columns ask, by column.
    async fn facts(&self) -> Vec<Fact> {
        let fact =
            |(column, value): (&String, &String)| Fact { column: column.clone(), value: value.clone() };
        self.0.claim.facts.iter().map(fact).collect()
    }

    /// The papers that show it, at most 20.
    async fn papers(&self) -> Vec<Paper> {
        let paper = |id: &jicai_domain::ids::DocumentId| Paper {
            id: ID(id.to_string()),
            path: format!("/documents/{id}"),
        };
        self.0.claim.documents.iter().map(paper).collect()
    }

    /// What was decided.
    async fn status(&self) -> RoundProductStatus {
        RoundProductStatus::of(&self.0.status)
    }

    /// Why it was returned or rejected.
    async fn status_reason(&self) -> Option<&str> {
        self.0.status.reason().map(Reason::as_str)
    }
}

/// What a rule set's extra column asks of a product.
#[derive(SimpleObject)]
pub(super) struct Fact {
    /// The column.
    column: String,
    /// The value.
    value: String,
}

/// What an extra column of a rule set holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "jicai_domain::procurement::rules::ColumnKind")]
pub(crate) enum ColumnKind {
    /// Any number.
    Number,
    /// A date, `YYYY-MM-DD`.
    Date,
    /// Yes or no.
    Flag,
    /// A price above zero.
    Price,
}

/// What a rule set asks of products beside price and volume.
#[derive(SimpleObject)]
pub(crate) struct RuleColumn {
    /// Its name, as an application's facts have it.
    name: String,
    /// What it holds.
    kind: ColumnKind,
    /// Whether every product has to state it.
    required: bool,
}

impl RuleColumn {
    /// The column of a rule set.
    pub(crate) fn of(column: &Column) -> Self {
        Self { name: column.name.clone(), kind: column.kind.into(), required: column.required }
    }
}

/// A paper of a product.
#[derive(SimpleObject)]
pub(super) struct Paper {
    /// The id of the document.
    id: ID,
    /// Where its bytes are read with an access token.
    path: String,
}

/// A product that qualified in a round that was opened. Public.
pub(super) struct QualifiedProduct(pub(super) domain::Entry);

#[Object]
impl QualifiedProduct {
    /// Its id in the round.
    async fn id(&self) -> ID {
        ID(self.0.product.to_string())
    }

    /// 产品名称.
    async fn name(&self) -> &str {
        self.0.name.as_str()
    }

    /// What it is in the registry, with the code and release that were used; none where it names nothing there.
    async fn item_use(&self) -> Option<ItemUse> {
        self.0.item.clone().map(ItemUse)
    }

    /// The id of the organization that applied with it.
    async fn applicant_id(&self) -> ID {
        ID(self.0.applicant.to_string())
    }

    /// 申报企业.
    async fn applicant_name(&self) -> &str {
        self.0.applicant_name.as_str()
    }

    /// 统一社会信用代码 of the applicant.
    async fn applicant_credit_code(&self) -> &str {
        self.0.credit_code.as_str()
    }

    /// The group under common control that counts as one bidder: the credit code, else the name, of the firm at its top.
    async fn group(&self) -> Option<&str> {
        self.0.group.as_deref()
    }

    /// The id of the lot.
    async fn lot_id(&self) -> ID {
        ID(self.0.lot.to_string())
    }

    /// The lot's name.
    async fn lot_name(&self) -> &str {
        self.0.lot_name.as_str()
    }

    /// The id of the spec.
    async fn spec_id(&self) -> ID {
        ID(self.0.spec.to_string())
    }

    /// The spec's name.
    async fn spec_name(&self) -> &str {
        self.0.spec_name.as_str()
    }
}

/// The answer to a change of an application.
#[derive(SimpleObject)]
pub(super) struct QualificationChanged {
    /// Its id.
    id: ID,
    /// Its version after the change.
    version: i32,
}

impl From<Changed<QualificationId>> for QualificationChanged {
    fn from(changed: Changed<QualificationId>) -> Self {
        Self { id: ID(changed.id.to_string()), version: changed.version.number() }
    }
}
