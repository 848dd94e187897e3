//! Books, and what was changed.
use async_graphql::{Enum, ID, InputObject, SimpleObject};
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::RegionCode;
use jicai_domain::ids::{Id, OrganizationId};
use jicai_domain::settlement::ledger::{Book, Scheme};
use jicai_domain::settlement::money::Money;
use jicai_service::Changed;

/// 险种, the scheme of the insured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(name = "InsuranceScheme")]
pub(super) enum InsuranceScheme {
    /// 职工基本医疗保险.
    Employee,
    /// 城乡居民基本医疗保险.
    Resident,
}

impl InsuranceScheme {
    pub(super) const fn of(scheme: Scheme) -> Self {
        match scheme {
            Scheme::Employee => Self::Employee,
            Scheme::Resident => Self::Resident,
        }
    }

    pub(super) const fn scheme(self) -> Scheme {
        match self {
            Self::Employee => Scheme::Employee,
            Self::Resident => Scheme::Resident,
        }
    }
}

/// A book: a pooling area and a scheme.
#[derive(InputObject)]
pub(super) struct LedgerBookInput {
    /// The code of the pooling area.
    area: String,
    /// The scheme.
    scheme: InsuranceScheme,
}

impl LedgerBookInput {
    pub(super) fn read(&self) -> Result<Book, Refusal> {
        book(&self.area, self.scheme)
    }
}

/// What was changed, and its version now.
#[derive(SimpleObject)]
pub(super) struct SettlementChange {
    /// What was changed.
    id: ID,
    /// How often it changed.
    version: i32,
}

impl SettlementChange {
    pub(super) fn of<T: Id + ToString>(changed: Changed<T>) -> Self {
        Self { id: ID(changed.id.to_string()), version: changed.version.number() }
    }
}

pub(super) fn book(area: &str, scheme: InsuranceScheme) -> Result<Book, Refusal> {
    let area = RegionCode::parse(area).map_err(|refusal| refusal.at("area"))?;
    Ok(Book { area, scheme: scheme.scheme() })
}

/// An amount in yuan; nothing is rounded.
pub(super) fn amount(text: &str, field: &'static str) -> Result<Money, Refusal> {
    Money::parse(text).map_err(|refusal| refusal.at(field))
}

pub(super) fn organization(id: &str, field: &'static str) -> Result<OrganizationId, Refusal> {
    OrganizationId::parse(id).map_err(|refusal| refusal.at(field))
}

/// A text with something in it.
pub(super) fn cursor(text: &str) -> Result<String, Refusal> {
    if text.is_empty() || text.len() > 200 {
        return Err(Refusal::of(Code::CursorInvalid));
    }
    Ok(text.to_owned())
}

/// Yuan of whole fen.
pub(super) fn yuan(fen: i64) -> String {
    Money::of_fen(fen).unwrap_or_default().to_string()
}

/// Days with one decimal place, rounded half-up.
pub(super) fn days(day_fen: i64, fen: i64) -> String {
    let tenths = i128::from(day_fen).saturating_mul(20).saturating_add(fen.into());
    let tenths = tenths.checked_div_euclid(i128::from(fen).saturating_mul(2)).unwrap_or(0);
    format!("{}.{}", tenths.div_euclid(10), tenths.rem_euclid(10))
}

/// A part of a whole as a percentage with one decimal place, rounded half-up; none of nothing.
pub(super) fn percent(part: i64, whole: i64) -> Option<String> {
    let tenths = i128::from(part).saturating_mul(2_000).saturating_add(whole.into());
    let tenths = tenths.checked_div_euclid(i128::from(whole).saturating_mul(2))?;
    Some(format!("{}.{}", tenths.div_euclid(10), tenths.rem_euclid(10)))
}
