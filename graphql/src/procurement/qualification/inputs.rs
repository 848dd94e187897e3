//! What applicants and offices send, parsed once.
use std::collections::BTreeMap;

use async_graphql::{Enum, ID, InputObject};
use jicai_domain::audit::IdempotencyKey;
use jicai_domain::catalog::code::ApprovalNumber;
use jicai_domain::catalog::item::ItemNamed;
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::{CreditCode, Name, Reason, Version};
use jicai_domain::ids::{DocumentId, Id, ItemId, QualificationId, RoundId, RoundProductId, SpecId};
use jicai_domain::procurement::qualification::{Claim, Controller, Evidence, Verdict};
use jicai_domain::procurement::values::parse_volume;
use jicai_service::procurement::qualification::{
    DraftQualification, Offer, ReviseQualification, SetController,
};

use super::types::{EvidenceKind, QualificationStatus};
use crate::dates::Date;

/// The firm that controls an applicant. Applicants with the same one are one bidder, and so is it if it applies itself.
#[derive(InputObject)]
pub(super) struct ControllerInput {
    /// Its name.
    name: String,
    /// 统一社会信用代码, its unified social credit code; left out where it is no Chinese firm.
    credit_code: Option<String>,
}

/// What a rule set's extra column asks of a product.
#[derive(InputObject)]
struct FactInput {
    /// The column, as the rule set names it.
    column: String,
    /// The value: a number, a date `YYYY-MM-DD`, yes or no.
    value: String,
}

/// A product that is applied with.
#[derive(InputObject)]
struct RoundProductInput {
    /// Its id, where the application holds it already; left out for a new one.
    id: Option<ID>,
    /// The spec of a lot of the round that it competes in. It never changes.
    spec: ID,
    /// 产品名称.
    name: String,
    /// 批准文号 of a drug (国药准字…), 注册证号 of a device.
    approval_number: String,
    /// The id of the registry's item that it is. Instead, its code may be named.
    item: Option<ID>,
    /// Any code that names it: 医保编码, GTIN, our own, or a scanned string. One that the registry does not know is kept as it is; one of an item that was
    /// replaced or retired is refused, with the code to use.
    item_code: Option<String>,
    /// 生产企业, where that is another than the applicant.
    maker: Option<String>,
    /// Why it is as good as the reference.
    evidence: EvidenceKind,
    /// When it passed the evaluation (一致性评价).
    evaluated_on: Option<Date>,
    /// 年产能 in smallest units, a decimal number.
    capacity: String,
    /// What the rule set's extra columns ask.
    #[graphql(default)]
    facts: Vec<FactInput>,
    /// The papers that show it, stored with `POST /documents?kind=QUALIFICATION`; at most 20.
    #[graphql(default)]
    documents: Vec<ID>,
}

/// A new application to a round.
#[derive(InputObject)]
pub(super) struct DraftQualificationInput {
    /// The round.
    round: ID,
    /// The firm that controls the applicant; left out where nobody does.
    controller: Option<ControllerInput>,
    /// Its products.
    products: Vec<RoundProductInput>,
    /// A new key for a new request, the same for its repetition.
    idempotency_key: String,
}

/// An application written anew.
#[derive(InputObject)]
pub(super) struct ReviseQualificationInput {
    /// The application.
    id: ID,
    /// The version that was seen.
    version: i32,
    /// The firm that controls the applicant; left out where nobody does.
    controller: Option<ControllerInput>,
    /// All its products; those that are left out are withdrawn.
    products: Vec<RoundProductInput>,
    /// A new key for a new request, the same for its repetition.
    idempotency_key: String,
}

/// What can be decided about a product.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
enum ProductVerdict {
    /// 通过.
    Approve,
    /// 退回, with a reason.
    Return,
    /// 不通过, with a reason.
    Reject,
}

/// A decision about a product.
#[derive(InputObject)]
struct ProductDecision {
    /// The product.
    product: ID,
    /// What is decided.
    verdict: ProductVerdict,
    /// Why it is returned or rejected; left out for an approval.
    reason: Option<String>,
}

/// Decisions about products of an application.
#[derive(InputObject)]
pub(super) struct DecideProductsInput {
    /// The application.
    id: ID,
    /// The version that was seen.
    version: i32,
    /// What is decided about which.
    decisions: Vec<ProductDecision>,
    /// A new key for a new request, the same for its repetition.
    idempotency_key: String,
}

/// Who controls an applicant, as the office says.
#[derive(InputObject)]
pub(super) struct SetControllerInput {
    /// The application.
    id: ID,
    /// The version that was seen.
    version: i32,
    /// The controlling firm; left out where the applicant stands for itself.
    controller: Option<ControllerInput>,
    /// Why, for the applicant and the log.
    reason: String,
    /// A new key for a new request, the same for its repetition.
    idempotency_key: String,
}

/// Which applications.
#[derive(InputObject, Default)]
pub(super) struct QualificationFilter {
    /// Only to that round.
    pub(super) round: Option<ID>,
    /// Only in that state.
    pub(super) status: Option<QualificationStatus>,
}

impl TryFrom<DraftQualificationInput> for DraftQualification {
    type Error = Refusal;

    fn try_from(input: DraftQualificationInput) -> Result<Self, Refusal> {
        Ok(Self {
            round: RoundId::parse(&input.round).map_err(|refusal| refusal.at("round"))?,
            controller: controller(input.controller)?,
            products: offers(input.products)?,
            key: IdempotencyKey::parse(&input.idempotency_key)?,
        })
    }
}

impl TryFrom<ReviseQualificationInput> for ReviseQualification {
    type Error = Refusal;

    fn try_from(input: ReviseQualificationInput) -> Result<Self, Refusal> {
        Ok(Self {
            id: application(&input.id)?,
            version: Version::new(input.version),
            controller: controller(input.controller)?,
            products: offers(input.products)?,
            key: IdempotencyKey::parse(&input.idempotency_key)?,
        })
    }
}

impl TryFrom<SetControllerInput> for SetController {
    type Error = Refusal;

    fn try_from(input: SetControllerInput) -> Result<Self, Refusal> {
        Ok(Self {
            id: application(&input.id)?,
            version: Version::new(input.version),
            controller: controller(input.controller)?,
            reason: Reason::parse(&input.reason)?,
            key: IdempotencyKey::parse(&input.idempotency_key)?,
        })
    }
}

/// An application at a version, and what is decided about its products.
type Decided = ((QualificationId, Version), Vec<(RoundProductId, Verdict)>);

impl DecideProductsInput {
    /// What is decided, by which request.
    pub(super) fn parsed(self) -> Result<(Decided, IdempotencyKey), Refusal> {
        let seen = (application(&self.id)?, Version::new(self.version));
        let verdicts = self.decisions.into_iter().map(ProductDecision::parsed).collect::<Result<_, _>>()?;
        Ok(((seen, verdicts), IdempotencyKey::parse(&self.idempotency_key)?))
    }
}

impl ProductDecision {
    fn parsed(self) -> Result<(RoundProductId, Verdict), Refusal> {
        let product = RoundProductId::parse(&self.product).map_err(|refusal| refusal.at("product"))?;
        let reason = || Reason::parse(self.reason.as_deref().unwrap_or_default());
        let verdict = match self.verdict {
            ProductVerdict::Approve => Verdict::Approve,
            ProductVerdict::Return => Verdict::Return(reason()?),
            ProductVerdict::Reject => Verdict::Reject(reason()?),
        };
        Ok((product, verdict))
    }
}

fn application(id: &ID) -> Result<QualificationId, Refusal> {
    QualificationId::parse(id).map_err(|refusal| refusal.at("id"))
}

fn controller(input: Option<ControllerInput>) -> Result<Option<Controller>, Refusal> {
    let read = |input: ControllerInput| {
        Ok(Controller {
            name: Name::parse(&input.name).map_err(|refusal| refusal.at("controller"))?,
            credit_code: input.credit_code.as_deref().map(CreditCode::parse).transpose()?,
        })
    };
    input.map(read).transpose()
}

fn offers(products: Vec<RoundProductInput>) -> Result<Vec<Offer>, Refusal> {
    products.into_iter().map(Offer::try_from).collect()
}

impl TryFrom<RoundProductInput> for Offer {
    type Error = Refusal;

    fn try_from(input: RoundProductInput) -> Result<Self, Refusal> {
        let product = input.id.as_ref().map(|id| RoundProductId::parse(id)).transpose();
        let capacity = parse_volume(&input.capacity).map_err(|fault| {
            Refusal::of(Code::ProductsInvalid).at("capacity").allowing(fault.expected().0)
        })?;
        let documents: Result<Vec<DocumentId>, Refusal> =
            input.documents.iter().map(|document| DocumentId::parse(document)).collect();
        let item = named(input.item.as_ref(), input.item_code.as_deref())?;
        let claim = Claim {
            item: None,
            spec: SpecId::parse(&input.spec).map_err(|refusal| refusal.at("spec"))?,
            name: Name::parse(&input.name).map_err(|refusal| refusal.at("name"))?,
            approval_number: ApprovalNumber::parse(&input.approval_number)?,
            maker: input
                .maker
                .as_deref()
                .map(Name::parse)
                .transpose()
                .map_err(|refusal| refusal.at("maker"))?,
            evidence: Evidence::of(input.evidence.label(), input.evaluated_on.map(|Date(day)| day))?,
            capacity,
            facts: facts(input.facts)?,
            documents: documents.map_err(|refusal| refusal.at("documents"))?,
        };
        Ok(Offer { product: product.map_err(|refusal| refusal.at("products"))?, claim, item })
    }
}

/// The item, by one of its id and a code.
fn named(item: Option<&ID>, code: Option<&str>) -> Result<Option<ItemNamed>, Refusal> {
    let code = code.filter(|code| !code.trim().is_empty());
    match (item, code) {
        (None, None) => Ok(None),
        (Some(item), None) => {
            Ok(Some(ItemNamed::Item(ItemId::parse(item).map_err(|refusal| refusal.at("item"))?)))
        }
        (None, Some(code)) => ItemNamed::code(code).map(Some),
        (Some(_), Some(_)) => Err(Refusal::of(Code::ProductsInvalid)
            .at("itemCode")
            .allowing("the item's id or a code, not both")),
    }
}

/// By column, each once.
fn facts(inputs: Vec<FactInput>) -> Result<BTreeMap<String, String>, Refusal> {
    let count = inputs.len();
    let read: BTreeMap<String, String> =
        inputs.into_iter().map(|FactInput { column, value }| (column, value.trim().to_owned())).collect();
    if read.len() == count {
        Ok(read)
    } else {
        Err(Refusal::of(Code::ProductsInvalid).at("facts").allowing("each column once"))
    }
}
