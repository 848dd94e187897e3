//! What happens to the money, and the transfers that it means (spec of the accounts: 应收、应付、预付、在途).
use super::account::{Account, Book};
use crate::errors::{Code, Refusal};
use crate::ids::{LedgerEventId, OrganizationId, PaymentId};
use crate::settlement::money::Money;
use crate::time::Day;

/// An amount from one account to another, above zero: an unbalanced one cannot be written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Transfer {
    /// Debited.
    pub debit: Account,
    /// Credited.
    pub credit: Account,
    /// How much.
    pub amount: Money,
}

/// Something that happened to the money of a book on a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Given by whoever tells of it, before it is told for the first time.
    pub id: LedgerEventId,
    /// The book.
    pub book: Book,
    /// The day it belongs to.
    pub day: Day,
    /// What happened.
    pub act: Act,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Act {
    /// A fund-use request was paid in from the fiscal special account (用款拨入).
    Granted {
        /// How much.
        amount: Money,
    },
    /// A hospital was prepaid (预付).
    Prepaid {
        /// The hospital.
        hospital: OrganizationId,
        /// How much.
        amount: Money,
    },
    /// A settlement statement was approved: owed to the supplier on the hospital's commission (结算单).
    Settled {
        /// On whose commission.
        hospital: OrganizationId,
        /// To whom.
        supplier: OrganizationId,
        /// How much.
        amount: Money,
    },
    /// The bank was told to pay (付款指令).
    Instructed {
        /// The payment.
        payment: PaymentId,
        /// To whom.
        supplier: OrganizationId,
        /// How much.
        amount: Money,
    },
    /// The bank has paid (付款成功).
    Paid {
        /// The payment.
        payment: PaymentId,
    },
    /// The bank could not pay: it is owed again (付款失败).
    Failed {
        /// The payment.
        payment: PaymentId,
    },
    /// The money of a payment came back after it was paid (退票): it is owed again.
    Returned {
        /// The payment.
        payment: PaymentId,
    },
    /// A hospital's claims of a month were approved (待遇审核).
    Claimed {
        /// The hospital.
        hospital: OrganizationId,
        /// How much.
        amount: Money,
    },
    /// What a hospital has coming was used: against what was paid for it (抵扣), against its prepayment (扣回预付), the rest paid to it (拨付).
    Covered {
        /// The hospital.
        hospital: OrganizationId,
        /// Against the receivable.
        offset: Money,
        /// Against the prepayment.
        recovered: Money,
        /// Paid to the hospital.
        disbursed: Money,
    },
    /// A hospital paid back what was paid for it (归还代付款).
    Refunded {
        /// The hospital.
        hospital: OrganizationId,
        /// How much.
        amount: Money,
    },
    /// A hospital paid back prepayment (归还预付).
    PrepaymentReturned {
        /// The hospital.
        hospital: OrganizationId,
        /// How much.
        amount: Money,
    },
    /// A hospital was paid what it keeps of what it saved the fund (结余留用): an expense that offsets nothing.
    Retained {
        /// The hospital.
        hospital: OrganizationId,
        /// How much.
        amount: Money,
    },
}

impl Act {
    /// The stable label, in rows and on the wire.
    pub const fn label(&self) -> &'static str {
        match self {
            Self::Granted { .. } => "GRANTED",
            Self::Prepaid { .. } => "PREPAID",
            Self::Settled { .. } => "SETTLED",
            Self::Instructed { .. } => "INSTRUCTED",
            Self::Paid { .. } => "PAID",
            Self::Failed { .. } => "FAILED",
            Self::Returned { .. } => "RETURNED",
            Self::Claimed { .. } => "CLAIMED",
            Self::Covered { .. } => "COVERED",
            Self::Refunded { .. } => "REFUNDED",
            Self::PrepaymentReturned { .. } => "PREPAYMENT_RETURNED",
            Self::Retained { .. } => "RETAINED",
        }
    }

    /// What it says, apart from its kind.
    pub fn told(&self) -> Told {
        let none = Told::default();
        match self {
            Self::Granted { amount } => Told { amounts: one(*amount), ..none },
            Self::Prepaid { hospital, amount }
            | Self::Claimed { hospital, amount }
            | Self::Refunded { hospital, amount }
            | Self::PrepaymentReturned { hospital, amount }
            | Self::Retained { hospital, amount } => {
                Told { hospital: Some(*hospital), amounts: one(*amount), ..none }
            }
            Self::Settled { hospital, supplier, amount } => {
                let (hospital, supplier) = (Some(*hospital), Some(*supplier));
                Told { hospital, supplier, amounts: one(*amount), ..none }
            }
            Self::Instructed { payment, supplier, amount } => {
                let (payment, supplier) = (Some(*payment), Some(*supplier));
                Told { payment, supplier, amounts: one(*amount), ..none }
            }
            Self::Paid { payment } | Self::Failed { payment } | Self::Returned { payment } => {
                Told { payment: Some(*payment), ..none }
            }
            Self::Covered { hospital, offset, recovered, disbursed } => {
                Told { hospital: Some(*hospital), amounts: [*offset, *recovered, *disbursed], ..none }
            }
        }
    }

    /// The act of that kind that says that; none where something is missing or too much.
    pub fn of(kind: &str, told: Told) -> Option<Self> {
        let Told { hospital, supplier, payment, amounts: [amount, recovered, disbursed] } = told;
        let act = match (kind, hospital, supplier, payment) {
            ("GRANTED", None, None, None) => Self::Granted { amount },
            ("PREPAID", Some(hospital), None, None) => Self::Prepaid { hospital, amount },
            ("SETTLED", Some(hospital), Some(supplier), None) => Self::Settled { hospital, supplier, amount },
            ("INSTRUCTED", None, Some(supplier), Some(payment)) => {
                Self::Instructed { payment, supplier, amount }
            }
            ("PAID", None, None, Some(payment)) => Self::Paid { payment },
            ("FAILED", None, None, Some(payment)) => Self::Failed { payment },
            ("RETURNED", None, None, Some(payment)) => Self::Returned { payment },
            ("CLAIMED", Some(hospital), None, None) => Self::Claimed { hospital, amount },
            ("COVERED", Some(hospital), None, None) => {
                Self::Covered { hospital, offset: amount, recovered, disbursed }
            }
            ("REFUNDED", Some(hospital), None, None) => Self::Refunded { hospital, amount },
            ("PREPAYMENT_RETURNED", Some(hospital), None, None) => {
                Self::PrepaymentReturned { hospital, amount }
            }
            ("RETAINED", Some(hospital), None, None) => Self::Retained { hospital, amount },
            _ => return None,
        };
        (act.told() == told).then_some(act)
    }
}

const fn one(amount: Money) -> [Money; 3] {
    [amount, Money::ZERO, Money::ZERO]
}

/// What an act says, apart from its kind: as rows keep it, and as a repetition is compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// The hospital.
    pub hospital: Option<OrganizationId>,
    /// The supplier.
    pub supplier: Option<OrganizationId>,
    /// The payment.
    pub payment: Option<PaymentId>,
    /// The amount; of a cover, what is offset, recovered and disbursed.
    pub amounts: [Money; 3],
}

impl Event {
    /// Whether it says the same as its first posting. Errors: `LEDGER_EVENT_CONFLICT`, naming the first field that differs.
    pub fn same_as(&self, other: &Self) -> Result<(), Refusal> {
        let (told, others) = (self.act.told(), other.act.told());
        let differs = [
            ("book", self.book != other.book),
            ("day", self.day != other.day),
            ("kind", self.act.label() != other.act.label()),
            ("hospital", told.hospital != others.hospital),
            ("supplier", told.supplier != others.supplier),
            ("payment", told.payment != others.payment),
            ("amount", told.amounts != others.amounts),
        ];
        let field = differs.into_iter().find_map(|(field, differs)| differs.then_some(field));
        field.map_or(Ok(()), |field| Err(Refusal::of(Code::LedgerEventConflict).at(field)))
    }

    /// The transfers it means. An event about a payment needs whom it pays and how much. Errors: `AMOUNT_INVALID` where an amount is not above
    /// zero, or all three of a cover are zero.
    pub(super) fn transfers(
        &self,
        payment: Option<(OrganizationId, Money)>,
    ) -> Result<Vec<Transfer>, Refusal> {
        use Account::{Cash, Claim, Expense, Funding, Payable, Prepayment, Receivable, Transit};
        let paid = || payment.ok_or_else(|| Refusal::of(Code::PaymentState).at("payment"));
        let one = |debit, credit, amount| vec![Transfer { debit, credit, amount }];
        let transfers = match self.act {
            Act::Granted { amount } => one(Cash, Funding, amount),
            Act::Prepaid { hospital, amount } => one(Prepayment(hospital), Cash, amount),
            Act::Settled { hospital, supplier, amount } => {
                one(Receivable(hospital), Payable(supplier), amount)
            }
            Act::Instructed { supplier, amount, .. } => one(Payable(supplier), Transit, amount),
            Act::Paid { .. } => one(Transit, Cash, paid()?.1),
            Act::Failed { .. } => one(Transit, Payable(paid()?.0), paid()?.1),
            Act::Returned { .. } => one(Cash, Payable(paid()?.0), paid()?.1),
            Act::Claimed { hospital, amount } => one(Expense, Claim(hospital), amount),
            Act::Covered { hospital, offset, recovered, disbursed } => {
                let uses =
                    [(Receivable(hospital), offset), (Prepayment(hospital), recovered), (Cash, disbursed)];
                let used = uses.into_iter().filter(|(_, amount)| *amount != Money::ZERO);
                used.map(|(credit, amount)| Transfer { debit: Claim(hospital), credit, amount }).collect()
            }
            Act::Refunded { hospital, amount } => one(Cash, Receivable(hospital), amount),
            Act::PrepaymentReturned { hospital, amount } => one(Cash, Prepayment(hospital), amount),
            Act::Retained { amount, .. } => one(Expense, Cash, amount),
        };
        let sound = !transfers.is_empty() && transfers.iter().all(|transfer| transfer.amount.is_positive());
        if sound { Ok(transfers) } else { Err(Refusal::of(Code::AmountInvalid).at("amount")) }
    }
}
