//! Accounts of a book.
use std::fmt;

use crate::identity::RegionCode;
use crate::ids::OrganizationId;

/// The scheme of the insured (险种); their money is never mixed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scheme {
    /// 职工基本医疗保险.
    Employee,
    /// 城乡居民基本医疗保险.
    Resident,
}

impl Scheme {
    /// Every scheme.
    pub const ALL: &[Self] = &[Self::Employee, Self::Resident];

    /// The stable label, in rows and on the wire.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Employee => "EMPLOYEE",
            Self::Resident => "RESIDENT",
        }
    }

    /// The scheme of that label.
    pub fn from_label(label: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|scheme| scheme.label() == label)
    }
}

/// The book of a pooling area (统筹区) and scheme.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Book {
    /// The pooling area.
    pub area: RegionCode,
    /// The scheme.
    pub scheme: Scheme,
}

/// As in the names of exported accounts: `440100:EMPLOYEE`.
impl fmt::Display for Book {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.area, self.scheme.label())
    }
}

/// On which side an account grows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// 借.
    Debit,
    /// 贷.
    Credit,
}

impl Side {
    /// The stable label, in rows and on the wire.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Debit => "DEBIT",
            Self::Credit => "CREDIT",
        }
    }
}

/// An account; none of them may fall below zero on its own side.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Account {
    /// The expenditure account at the bank (支出户存款).
    Cash,
    /// Prepaid to a hospital (预付金).
    Prepayment(OrganizationId),
    /// Paid on a hospital's commission and not offset yet (应收医疗机构代付款).
    Receivable(OrganizationId),
    /// What claims have cost the fund (医疗保险待遇支出).
    Expense,
    /// Instructed to the bank, which has not answered (在途付款).
    Transit,
    /// Owed to a supplier (应付企业货款).
    Payable(OrganizationId),
    /// A hospital's approved claims that are not settled yet (应付医疗机构).
    Claim(OrganizationId),
    /// Come in from the fiscal special account on fund-use requests (财政专户拨入).
    Funding,
}

impl Account {
    /// The side on which it grows.
    pub const fn side(self) -> Side {
        match self {
            Self::Cash | Self::Prepayment(_) | Self::Receivable(_) | Self::Expense => Side::Debit,
            Self::Transit | Self::Payable(_) | Self::Claim(_) | Self::Funding => Side::Credit,
        }
    }

    /// The stable label, in rows and on the wire.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Cash => "CASH",
            Self::Prepayment(_) => "PREPAYMENT",
            Self::Receivable(_) => "RECEIVABLE",
            Self::Expense => "EXPENSE",
            Self::Transit => "TRANSIT",
            Self::Payable(_) => "PAYABLE",
            Self::Claim(_) => "CLAIM",
            Self::Funding => "FUNDING",
        }
    }

    /// The account of that label, of that party.
    pub fn from_row(label: &str, party: Option<OrganizationId>) -> Option<Self> {
        let account = match (label, party) {
            ("CASH", None) => Self::Cash,
            ("EXPENSE", None) => Self::Expense,
            ("TRANSIT", None) => Self::Transit,
            ("FUNDING", None) => Self::Funding,
            ("PREPAYMENT", Some(hospital)) => Self::Prepayment(hospital),
            ("RECEIVABLE", Some(hospital)) => Self::Receivable(hospital),
            ("PAYABLE", Some(supplier)) => Self::Payable(supplier),
            ("CLAIM", Some(hospital)) => Self::Claim(hospital),
            _ => return None,
        };
        Some(account)
    }

    /// Whose it is: a hospital's or a supplier's.
    pub const fn party(self) -> Option<OrganizationId> {
        match self {
            Self::Prepayment(party) | Self::Receivable(party) | Self::Payable(party) | Self::Claim(party) => {
                Some(party)
            }
            Self::Cash | Self::Expense | Self::Transit | Self::Funding => None,
        }
    }
}
