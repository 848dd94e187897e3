//! The public codes of an item, by system.
use super::content::labels;
use super::{ItemKind, Span};
use crate::catalog::code::{Checked, CodeKind, check_as};
use crate::errors::{Code, Refusal};
use crate::ids::DocumentId;

labels! {
    /// How the tie between a code and an item stands.
    IdentifierStatus {
        /// It holds, for its days.
        Active = "ACTIVE";
        /// It held, and ended.
        Retired = "RETIRED";
        /// It never held.
        EnteredInError = "ENTERED_IN_ERROR";
    }
}

/// A code that somebody says is an item's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// Its kind.
    pub system: CodeKind,
    /// Its canonical form.
    pub value: String,
    /// For how long.
    pub span: Span,
    /// What proves it, in words.
    pub evidence: Option<String>,
    /// The document that proves it.
    pub document: Option<DocumentId>,
}

impl Claim {
    /// Reads a code of that kind as somebody claims it. Errors: `ITEM_CODE_INVALID` with the first place that is wrong, `ITEM_EVIDENCE_MISSING`.
    pub fn read(
        system: &str,
        value: &str,
        span: Span,
        (evidence, document): (Option<&str>, Option<DocumentId>),
    ) -> Result<Self, Refusal> {
        let tied = |kind: &CodeKind| tied(*kind);
        let kinds = || {
            let names = CodeKind::ALL.iter().filter(|kind| tied(kind)).map(|kind| kind.name());
            Refusal::of(Code::ItemCodeInvalid).at("system").allowing(names.collect::<Vec<_>>().join(", "))
        };
        let system = CodeKind::from_name(system).filter(tied).ok_or_else(kinds)?;
        let value = canonical(check_as(system, value))?;
        let evidence = super::text_if_any(evidence, "evidence")?;
        if evidence.is_none() && document.is_none() {
            return Err(Refusal::of(Code::ItemEvidenceMissing).at("evidence"));
        }
        Ok(Self { system, value, span, evidence, document })
    }
}

fn canonical(checked: Checked) -> Result<String, Refusal> {
    let told = |checked: &Checked| {
        let first = checked.errors.first();
        first.map(|one| format!("{} {}: {}", one.code.name(), one.position, one.expected.english))
    };
    let told = told(&checked).unwrap_or_default();
    let code = checked.code.ok_or_else(|| Refusal::of(Code::ItemCodeInvalid).at("value").allowing(told))?;
    Ok(code.to_string())
}

/// Whether codes of that kind are tied to items: not those of single packs, of places, of whole scans, or our own, which an item has from the
/// beginning.
pub(super) const fn tied(kind: CodeKind) -> bool {
    !matches!(
        kind,
        CodeKind::TraceCode
            | CodeKind::Sscc
            | CodeKind::Gln
            | CodeKind::ElementString
            | CodeKind::NhsaService
            | CodeKind::Own
    )
}

/// Whether a code of that kind names one item at a time. One licence covers several specs and packs, one standard code (本位码) the packs of a
/// spec, and one class many drugs.
pub const fn exclusive(kind: CodeKind) -> bool {
    !matches!(
        kind,
        CodeKind::DrugApproval
            | CodeKind::StandardCode
            | CodeKind::DeviceRegistration
            | CodeKind::Atc
            | CodeKind::KoreanPriceCode
    )
}

/// The kinds of item that national codes are given to.
const NATIONAL: &[(CodeKind, &[ItemKind])] = &[
    (CodeKind::NhsaWestern, &[ItemKind::Western]),
    (CodeKind::NhsaPatent, &[ItemKind::Patent]),
    (CodeKind::NhsaPiece, &[ItemKind::Pieces]),
    (CodeKind::NhsaGranule, &[ItemKind::Granules]),
    (CodeKind::NhsaPreparation, &[ItemKind::InHouse]),
    (CodeKind::NhsaConsumable, &[ItemKind::Consumable, ItemKind::Reagent]),
];

impl ItemKind {
    /// The kind of item that a national code names, as far as the code tells; a western drug where it tells nothing.
    pub fn of_national(kind: CodeKind) -> Self {
        national(kind).and_then(|kinds| kinds.first()).copied().unwrap_or(Self::Western)
    }
}

/// The kinds of item that a national code is given to; none for other codes.
pub fn national(kind: CodeKind) -> Option<&'static [ItemKind]> {
    NATIONAL.iter().find(|(code, _)| *code == kind).map(|(_, items)| *items)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Day;

    #[test]
    fn a_claim_is_of_a_well_formed_code_with_evidence() {
        let span = Span { from: Day::from_epoch_days(0), to: None };
        let read = |system: &str, value: &str, evidence| Claim::read(system, value, span, (evidence, None));
        let claim = read("gtin", "6901234567892", Some("包装")).unwrap();
        assert_eq!((claim.value.as_str(), claim.system), ("06901234567892", CodeKind::Gtin));
        let code = |claim: Result<Claim, Refusal>| claim.unwrap_err().code;
        assert_eq!(code(read("gtin", "6901234567893", Some("包装"))), Code::ItemCodeInvalid);
        assert_eq!(code(read("gtin", "6901234567892", Some("  "))), Code::ItemEvidenceMissing);
        assert_eq!(code(read("sscc", "000123456000012343", Some("x"))), Code::ItemCodeInvalid);
        assert_eq!(code(read("x", "1", Some("x"))), Code::ItemCodeInvalid);
    }
}
