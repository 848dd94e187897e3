//! 资格审核: a manufacturer's application to a round with its products, up to the opening. What is not approved then is not qualified.
mod control;
mod product;

pub use control::{Control, Controller, Firm, groups};
pub use product::{Claim, Evidence, PAPERS_MAX, PRODUCTS_MAX, Product, ProductStatus, Terms, Verdict, Which};

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use crate::catalog::item::ItemUse;
use crate::errors::{Code, Refusal};
use crate::identity::{CreditCode, Name, Reason, Version};
use crate::ids::{LotId, OrganizationId, QualificationId, RoundId, RoundProductId, SpecId};
use crate::procurement::round::{Round, RoundStatus};

/// An application of a manufacturer to a round; there is one for each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Qualification {
    /// Its id.
    pub id: QualificationId,
    /// The round.
    pub round: RoundId,
    /// Who applies.
    pub applicant: OrganizationId,
    /// How far it is.
    pub status: QualificationStatus,
    /// Who controls the applicant.
    pub control: Control,
    /// Its products in their order; withdrawn ones last.
    pub products: Vec<Product>,
    /// How often it changed, its products included.
    pub version: Version,
}

/// How far an application is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum QualificationStatus {
    /// The applicant writes it.
    Draft,
    /// It waits for the office.
    Submitted,
    /// The applicant has to put something right.
    Returned {
        /// What.
        reason: Reason,
    },
    /// The applicant qualifies, with the products that are approved.
    Approved,
    /// The applicant does not qualify.
    Rejected {
        /// Why.
        reason: Reason,
    },
}

/// What can happen to an application.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum QualificationCommand {
    /// The applicant writes it anew; an approved one becomes a draft again.
    Revise {
        /// The firm that controls the applicant, as it declares.
        controller: Option<Controller>,
        /// All its products.
        products: Vec<(Which, Claim)>,
    },
    /// The applicant hands it in.
    Submit,
    /// The office decides about products.
    Decide {
        /// Which, and what.
        verdicts: Vec<(RoundProductId, Verdict)>,
    },
    /// The office approves the applicant with its approved products.
    Approve,
    /// The office sends it back.
    Return {
        /// What has to be put right.
        reason: Reason,
    },
    /// The office rejects the applicant.
    Reject {
        /// Why.
        reason: Reason,
    },
    /// The office takes its approval or rejection back, to decide again.
    Reopen {
        /// Why.
        reason: Reason,
    },
    /// The office says who controls the applicant.
    SetController {
        /// The controlling firm; none where it stands for itself.
        controller: Option<Controller>,
        /// Why.
        reason: Reason,
    },
}

impl QualificationStatus {
    /// The stable label, in rows and on the wire.
    pub const fn label(&self) -> &'static str {
        match self {
            Self::Draft => "DRAFT",
            Self::Submitted => "SUBMITTED",
            Self::Returned { .. } => "RETURNED",
            Self::Approved => "APPROVED",
            Self::Rejected { .. } => "REJECTED",
        }
    }

    /// The status of a row. None where the label and the reason are no status.
    pub fn from_row(label: &str, reason: Option<Reason>) -> Option<Self> {
        match (label, reason) {
            ("DRAFT", None) => Some(Self::Draft),
            ("SUBMITTED", None) => Some(Self::Submitted),
            ("RETURNED", Some(reason)) => Some(Self::Returned { reason }),
            ("APPROVED", None) => Some(Self::Approved),
            ("REJECTED", Some(reason)) => Some(Self::Rejected { reason }),
            _other => None,
        }
    }

    /// Why it was returned or rejected.
    pub const fn reason(&self) -> Option<&Reason> {
        match self {
            Self::Draft | Self::Submitted | Self::Approved => None,
            Self::Returned { reason } | Self::Rejected { reason } => Some(reason),
        }
    }

    fn next(&self, command: &QualificationCommand) -> Option<QualificationStatus> {
        use QualificationCommand as C;
        match command {
            C::Revise { .. } => match self {
                Self::Draft | Self::Approved => Some(Self::Draft),
                Self::Returned { .. } => Some(self.clone()),
                Self::Submitted | Self::Rejected { .. } => None,
            },
            C::Submit => matches!(self, Self::Draft | Self::Returned { .. }).then_some(Self::Submitted),
            C::Decide { .. } => matches!(self, Self::Submitted).then_some(Self::Submitted),
            C::Approve => matches!(self, Self::Submitted).then_some(Self::Approved),
            C::Return { reason } => {
                matches!(self, Self::Submitted).then(|| Self::Returned { reason: reason.clone() })
            }
            C::Reject { reason } => {
                matches!(self, Self::Submitted).then(|| Self::Rejected { reason: reason.clone() })
            }
            C::Reopen { .. } => {
                matches!(self, Self::Approved | Self::Rejected { .. }).then_some(Self::Submitted)
            }
            C::SetController { .. } => (!matches!(self, Self::Draft)).then(|| self.clone()),
        }
    }
}

impl Qualification {
    /// A new one, in writing.
    pub fn draft(
        id: QualificationId,
        (round, applicant): (RoundId, OrganizationId),
        controller: Option<Controller>,
        products: Vec<(Which, Claim)>,
    ) -> Result<Qualification, Refusal> {
        let products = product::revised(Vec::new(), products)?;
        let (status, control) = (QualificationStatus::Draft, Control::Declared(controller));
        Ok(Qualification { id, round, applicant, status, control, products, version: Version::FIRST })
    }

    /// The application after the command. Errors: `QUALIFICATION_STATE`, `QUALIFICATION_UNDECIDED`, `PRODUCTS_INVALID`, `NOT_FOUND` for a
    /// product that it does not hold.
    pub fn apply(self, command: QualificationCommand) -> Result<Qualification, Refusal> {
        use QualificationCommand as C;
        let status = self.status.next(&command).ok_or_else(|| {
            Refusal::of(Code::QualificationState).allowing(format!("not while {}", self.status.label()))
        })?;
        let next = Qualification { status, version: self.version.next(), ..self };
        match command {
            C::Revise { controller, products } => Ok(Qualification {
                control: next.control.declared(controller),
                products: product::revised(next.products, products)?,
                ..next
            }),
            C::Submit => next.submitted(),
            C::Decide { verdicts } => next.decided(verdicts),
            C::Approve => next.approved(),
            C::SetController { controller, reason } => {
                Ok(Qualification { control: Control::Set { controller, reason }, ..next })
            }
            C::Return { .. } | C::Reject { .. } | C::Reopen { .. } => Ok(next),
        }
    }

    /// Nobody applies with nothing.
    fn submitted(self) -> Result<Qualification, Refusal> {
        if !self.products.iter().any(Product::stands) {
            return Err(Refusal::of(Code::ProductsInvalid).at("products").allowing("at least one product"));
        }
        let submit = |product: Product| Product { status: product.status.submitted(), ..product };
        Ok(Qualification { products: self.products.into_iter().map(submit).collect(), ..self })
    }

    fn decided(self, verdicts: Vec<(RoundProductId, Verdict)>) -> Result<Qualification, Refusal> {
        let mut verdicts: BTreeMap<RoundProductId, Verdict> = verdicts.into_iter().collect();
        let decide = |product: Product| match verdicts.remove(&product.id) {
            Some(verdict) if product.stands() => Product { status: verdict.into(), ..product },
            Some(verdict) => {
                verdicts.insert(product.id, verdict);
                product
            }
            None => product,
        };
        let products: Vec<Product> = self.products.into_iter().map(decide).collect();
        if verdicts.is_empty() {
            Ok(Qualification { products, ..self })
        } else {
            Err(Refusal::of(Code::NotFound).at("verdicts"))
        }
    }

    /// Whoever is approved is approved with something, and nothing is left open.
    fn approved(self) -> Result<Qualification, Refusal> {
        let standing = || self.products.iter().filter(|product| product.stands());
        let open: Vec<&str> = standing()
            .filter(|product| product.status.is_open())
            .map(|product| product.claim.name.as_str())
            .collect();
        let any = standing().any(|product| product.status == ProductStatus::Approved);
        if any && open.is_empty() {
            Ok(self)
        } else {
            Err(Refusal::of(Code::QualificationUndecided).at("products").allowing(open.join(", ")))
        }
    }
}

/// A product that was applied with, as the opening and the public list see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The product.
    pub product: RoundProductId,
    /// Its name.
    pub name: Name,
    /// Whose it is.
    pub applicant: OrganizationId,
    /// The applicant's name.
    pub applicant_name: Name,
    /// The applicant's credit code.
    pub credit_code: CreditCode,
    /// The group under common control that the applicant competes in; none where it stands for itself.
    pub group: Option<String>,
    /// The lot.
    pub lot: LotId,
    /// The lot's name.
    pub lot_name: Name,
    /// The spec.
    pub spec: SpecId,
    /// The spec's name.
    pub spec_name: Name,
    /// What the spec is compared by; none where the lot's contents do not differ.
    pub content: Option<Decimal>,
    /// The spec's maximum valid bid per smallest unit.
    pub ceiling: Decimal,
    /// What it is in the registry, as the applicant named it.
    pub item: Option<ItemUse>,
    /// Smallest units that can be made in a year.
    pub capacity: u64,
    /// What the rule set's extra columns ask, as text by column.
    pub facts: BTreeMap<String, String>,
    /// Whether its application and it are approved.
    pub approved: bool,
    /// Whether the round still has its spec.
    pub announced: bool,
}

impl Entry {
    /// Whether it may be bid with.
    pub const fn qualifies(&self) -> bool {
        self.approved && self.announced
    }
}

impl Round {
    /// Whether everybody may see who qualified: from the opening on. Errors: `ROUND_CLOSED` before.
    pub fn shows_qualified(&self) -> Result<(), Refusal> {
        match self.status {
            RoundStatus::Opening
            | RoundStatus::Provisional
            | RoundStatus::Choosing
            | RoundStatus::Notice
            | RoundStatus::Official
            | RoundStatus::InForce
            | RoundStatus::Closed => Ok(()),
            RoundStatus::Draft
            | RoundStatus::Announced
            | RoundStatus::Demand
            | RoundStatus::Bidding
            | RoundStatus::Sealed
            | RoundStatus::Cancelled { .. } => Err(Refusal::of(Code::RoundClosed)),
        }
    }
}

#[cfg(test)]
mod tests;
