//! What lists say of an item, from when to when.
use super::Span;
use super::content::labels;
use crate::errors::{Code, Refusal};
use rust_decimal::Decimal;

labels! {
    /// What a list says.
    FlagKind {
        /// 国家基本药物.
        Essential = "ESSENTIAL";
        /// 通过一致性评价.
        Evaluated = "EVALUATED";
        /// 参比制剂.
        Reference = "REFERENCE";
        /// 鼓励仿制.
        EncouragedGeneric = "ENCOURAGED_GENERIC";
        /// 医保甲类.
        ReimbursedA = "REIMBURSED_A";
        /// 医保乙类.
        ReimbursedB = "REIMBURSED_B";
        /// 集采中选.
        Vbp = "VBP";
        /// 疫苗.
        Vaccine = "VACCINE";
        /// 麻醉药品 and 精神药品.
        Narcotic = "NARCOTIC";
        /// 体外诊断.
        Ivd = "IVD";
    }
}

impl FlagKind {
    /// Whether a price belongs to it: the negotiated one, or the one that it was selected with.
    pub const fn priced(self) -> bool {
        matches!(self, Self::ReimbursedA | Self::ReimbursedB | Self::Vbp)
    }

    /// What it cannot be beside.
    pub fn excludes(self, other: FlagKind) -> bool {
        self == other
            || matches!(
                (self, other),
                (Self::ReimbursedA, Self::ReimbursedB) | (Self::ReimbursedB, Self::ReimbursedA)
            )
    }
}

/// What a list says of an item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flag {
    /// What.
    pub kind: FlagKind,
    /// From when to when.
    pub span: Span,
    /// The negotiated or selected price of a smallest unit.
    pub price: Option<Decimal>,
    /// The list, batch or notice that says so.
    pub source: String,
}

impl Flag {
    /// Errors: `ITEM_INVALID`.
    pub fn checked(self) -> Result<Self, Refusal> {
        let source = super::text(&self.source, "source")?;
        let fits = self.price.is_none_or(|price| self.kind.priced() && price > Decimal::ZERO);
        if fits { Ok(Self { source, ..self }) } else { Err(Refusal::of(Code::ItemInvalid).at("price")) }
    }
}
