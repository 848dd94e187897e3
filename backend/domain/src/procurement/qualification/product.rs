//! 申报产品: what an applicant says of a product, and what was decided about it.
use std::collections::{BTreeMap, BTreeSet};

use crate::catalog::code::ApprovalNumber;
use crate::catalog::item::{ItemKind, ItemUse};
use crate::errors::{Code, Refusal};
use crate::identity::{Name, Reason};
use crate::ids::{DocumentId, ItemId, LotId, RoundProductId, SpecId};
use crate::procurement::round::ProductKind;
use crate::procurement::rules::Column;
use crate::procurement::values::VOLUME_MAX;
use crate::time::Day;

/// Products that one application may hold.
pub const PRODUCTS_MAX: usize = 500;
/// Papers that one product may have.
pub const PAPERS_MAX: usize = 20;

/// A product in an application.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Product {
    /// Its id in the round.
    pub id: RoundProductId,
    /// What the applicant says of it.
    pub claim: Claim,
    /// What was decided.
    pub status: ProductStatus,
    /// Whether the round still has its spec.
    pub announced: bool,
}

/// What an applicant says of a product.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// The spec of a lot that it competes in.
    pub spec: SpecId,
    /// Its name.
    pub name: Name,
    /// The number under which it is approved.
    pub approval_number: ApprovalNumber,
    /// What it is in the registry, with the code and release that were used.
    pub item: Option<ItemUse>,
    /// Who makes it, where that is another than the applicant (受托生产).
    pub maker: Option<Name>,
    /// Why it is as good as the reference.
    pub evidence: Evidence,
    /// Smallest units that can be made in a year.
    pub capacity: u64,
    /// What the rule set's extra columns ask, as text by column.
    pub facts: BTreeMap<String, String>,
    /// The papers that show it.
    pub documents: Vec<DocumentId>,
}

/// Why a product is as good as the reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Evidence {
    /// 通过或视同通过一致性评价.
    PassedEvaluation {
        /// The day of its approval.
        on: Day,
    },
    /// 参比制剂 or 原研药.
    Reference,
    /// Consumables have none.
    NotRequired,
}

/// What was decided about a product.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProductStatus {
    /// Nothing yet.
    Pending,
    /// It is in order.
    Approved,
    /// Something has to be put right.
    Returned {
        /// What.
        reason: Reason,
    },
    /// It does not qualify.
    Rejected {
        /// Why.
        reason: Reason,
    },
    /// The applicant left it out. The row stays, because demand may name it.
    Withdrawn,
}

/// What the office decides about a product.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is in order.
    Approve,
    /// Something has to be put right.
    Return(Reason),
    /// It does not qualify.
    Reject(Reason),
}

/// Which product of an application.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// One that it holds.
    Held(RoundProductId),
    /// A new one, to be known by that id.
    New(RoundProductId),
}

/// What a round asks of products.
#[derive(Clone, Debug)]
pub struct Terms {
    /// What it buys.
    pub kind: ProductKind,
    /// The rule set's extra columns.
    pub columns: Vec<Column>,
    /// Its specs, with their lots; withdrawn ones are left out.
    pub specs: BTreeMap<SpecId, LotId>,
}

impl Evidence {
    /// The stable label, in rows and on the wire.
    pub const fn label(&self) -> &'static str {
        match self {
            Self::PassedEvaluation { .. } => "PASSED_EVALUATION",
            Self::Reference => "REFERENCE",
            Self::NotRequired => "NOT_REQUIRED",
        }
    }

    /// The day of the evaluation's approval.
    pub const fn day(&self) -> Option<Day> {
        match self {
            Self::PassedEvaluation { on } => Some(*on),
            Self::Reference | Self::NotRequired => None,
        }
    }

    /// The evidence of that label, with the day that it has. Errors: `EVIDENCE_INVALID`.
    pub fn of(label: &str, day: Option<Day>) -> Result<Evidence, Refusal> {
        match (label, day) {
            ("PASSED_EVALUATION", Some(on)) => Ok(Self::PassedEvaluation { on }),
            ("REFERENCE", None) => Ok(Self::Reference),
            ("NOT_REQUIRED", None) => Ok(Self::NotRequired),
            _other => Err(Refusal::of(Code::EvidenceInvalid).at("evidence")),
        }
    }

    fn fits(&self, kind: ProductKind, today: Day) -> bool {
        match (kind, self) {
            (ProductKind::Drug, Self::PassedEvaluation { on }) => *on <= today,
            (ProductKind::Drug, Self::Reference) | (ProductKind::Consumable, Self::NotRequired) => true,
            (ProductKind::Drug, Self::NotRequired)
            | (ProductKind::Consumable, Self::PassedEvaluation { .. } | Self::Reference) => false,
        }
    }
}

impl ProductStatus {
    /// The stable label, in rows and on the wire.
    pub const fn label(&self) -> &'static str {
        match self {
            Self::Pending => "PENDING",
            Self::Approved => "APPROVED",
            Self::Returned { .. } => "RETURNED",
            Self::Rejected { .. } => "REJECTED",
            Self::Withdrawn => "WITHDRAWN",
        }
    }

    /// The status of a row. None where the label and the reason are no status.
    pub fn from_row(label: &str, reason: Option<Reason>) -> Option<Self> {
        match (label, reason) {
            ("PENDING", None) => Some(Self::Pending),
            ("APPROVED", None) => Some(Self::Approved),
            ("RETURNED", Some(reason)) => Some(Self::Returned { reason }),
            ("REJECTED", Some(reason)) => Some(Self::Rejected { reason }),
            ("WITHDRAWN", None) => Some(Self::Withdrawn),
            _other => None,
        }
    }

    /// Why it was returned or rejected.
    pub const fn reason(&self) -> Option<&Reason> {
        match self {
            Self::Pending | Self::Approved | Self::Withdrawn => None,
            Self::Returned { reason } | Self::Rejected { reason } => Some(reason),
        }
    }

    /// What stands when the application is submitted: what was put right, or was returned and left as it is, is looked at again.
    pub(super) fn submitted(self) -> ProductStatus {
        match self {
            Self::Returned { .. } => Self::Pending,
            Self::Pending | Self::Approved | Self::Rejected { .. } | Self::Withdrawn => self,
        }
    }

    /// Whether the office still has to say something about it.
    pub(super) const fn is_open(&self) -> bool {
        match self {
            Self::Pending | Self::Returned { .. } => true,
            Self::Approved | Self::Rejected { .. } | Self::Withdrawn => false,
        }
    }
}

impl From<Verdict> for ProductStatus {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Approve => Self::Approved,
            Verdict::Return(reason) => Self::Returned { reason },
            Verdict::Reject(reason) => Self::Rejected { reason },
        }
    }
}

impl Product {
    /// Whether it counts: the applicant offers it, and the round still has its spec.
    pub fn stands(&self) -> bool {
        self.announced && self.status != ProductStatus::Withdrawn
    }
}

/// The products after a revision. What is offered unchanged keeps what was decided about it; what is left out is withdrawn.
/// Errors: `NOT_FOUND` for a product that is not held, `PRODUCTS_INVALID` for another spec.
pub(super) fn revised(held: Vec<Product>, offered: Vec<(Which, Claim)>) -> Result<Vec<Product>, Refusal> {
    let mut held: BTreeMap<RoundProductId, Product> =
        held.into_iter().map(|product| (product.id, product)).collect();
    let mut next = Vec::with_capacity(offered.len());
    for (which, claim) in offered {
        next.push(match which {
            Which::New(id) => Product { id, claim, status: ProductStatus::Pending, announced: true },
            Which::Held(id) => {
                let before = held.remove(&id).ok_or(Refusal::of(Code::NotFound).at("products"))?;
                if before.claim.spec != claim.spec {
                    return Err(invalid("a product keeps its spec; offer another one as a new product"));
                }
                let same = before.claim == claim && before.status != ProductStatus::Withdrawn;
                let status = if same { before.status } else { ProductStatus::Pending };
                Product { id, claim, status, announced: before.announced }
            }
        });
    }
    let left_out = held.into_values().map(|product| Product { status: ProductStatus::Withdrawn, ..product });
    next.extend(left_out);
    Ok(next)
}

impl Terms {
    /// Whether the products are what the round asks for. Withdrawn ones, and those of withdrawn specs, are not looked at.
    /// Errors: `PRODUCTS_INVALID`, `APPROVAL_NUMBER_INVALID`, `EVIDENCE_INVALID`, naming the product.
    pub fn check(&self, products: &[Product], today: Day) -> Result<(), Refusal> {
        if products.len() > PRODUCTS_MAX {
            return Err(invalid(format!("at most {PRODUCTS_MAX} products, withdrawn ones among them")));
        }
        let mut known = BTreeSet::new();
        for product in products.iter().filter(|product| product.stands()) {
            let Claim { spec, name, approval_number, .. } = &product.claim;
            if !known.insert((*spec, approval_number.as_str(), name.as_str())) {
                return Err(invalid(format!("{}: each product once for a spec", name.as_str())));
            }
            self.check_claim(&product.claim, today)?;
        }
        Ok(())
    }

    /// Refuses an item of another kind than the round buys. Errors: `PRODUCTS_INVALID`, naming the product.
    pub fn check_items(
        &self,
        products: &[Product],
        kinds: &BTreeMap<ItemId, ItemKind>,
    ) -> Result<(), Refusal> {
        let drugs = self.kind == ProductKind::Drug;
        let other = |product: &&Product| {
            let named = product.claim.item.as_ref().and_then(|used| used.item);
            let kind = named.and_then(|item| kinds.get(&item));
            product.stands() && kind.is_some_and(|kind| kind.is_drug() != drugs)
        };
        match products.iter().find(other) {
            Some(product) => {
                let name = product.claim.name.as_str();
                Err(invalid(format!("{name}: an item that is a {}", self.kind.label())))
            }
            None => Ok(()),
        }
    }

    fn check_claim(&self, claim: &Claim, today: Day) -> Result<(), Refusal> {
        let name = claim.name.as_str();
        if !self.specs.contains_key(&claim.spec) {
            return Err(invalid(format!("{name}: a spec that the round has")));
        }
        if claim.approval_number.kind() != self.kind {
            let number = Refusal::of(Code::ApprovalNumberInvalid).at("approvalNumber");
            return Err(number.allowing(format!("{name}: a number of a {}", self.kind.label())));
        }
        if !claim.evidence.fits(self.kind, today) {
            return Err(Refusal::of(Code::EvidenceInvalid).at("evidence").allowing(name));
        }
        if !(1..=VOLUME_MAX).contains(&claim.capacity) {
            return Err(invalid(format!("{name}: a yearly capacity of 1 to {VOLUME_MAX} smallest units")));
        }
        if claim.documents.len() > PAPERS_MAX {
            return Err(invalid(format!("{name}: at most {PAPERS_MAX} papers")));
        }
        self.check_facts(name, &claim.facts)
    }

    fn check_facts(&self, name: &str, facts: &BTreeMap<String, String>) -> Result<(), Refusal> {
        let known: BTreeSet<&str> = self.columns.iter().map(|column| column.name.as_str()).collect();
        if let Some(unknown) = facts.keys().find(|column| !known.contains(column.as_str())) {
            let known = Vec::from_iter(known).join(", ");
            return Err(invalid(format!("{name}, {unknown}: one of the columns {known}")));
        }
        for column in &self.columns {
            let told = match facts.get(&column.name) {
                None if column.required => Err("a value; the rule set needs it"),
                None => Ok(()),
                Some(text) => column.kind.read(text).map(drop).map_err(|fault| fault.expected().0),
            };
            told.map_err(|expected| invalid(format!("{name}, {}: {expected}", column.name)))?;
        }
        Ok(())
    }
}

fn invalid(allowed: impl Into<String>) -> Refusal {
    Refusal::of(Code::ProductsInvalid).at("products").allowing(allowed)
}
