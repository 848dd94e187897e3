//! The two-invoice chain (两票制): the maker's invoice to the distributor stands behind the distributor's to the hospital.
use crate::errors::{Code, Refusal};
use crate::identity::RegionCode;
use crate::procurement::rules::file::head;
use crate::procurement::rules::reader::Reader;
use crate::procurement::rules::{Head, Preset, RuleProblem};
use crate::settlement::matching::InvoiceNumber;
use crate::time::Day;

/// The rules that ship.
pub const CHAIN: Preset =
    Preset { id: "cn-two-invoice-2016", text: include_str!("../../rules/cn-two-invoice-2016.toml") };

/// Why no invoice of the maker stands behind a distributor's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Exemption {
    /// The country's one agent of an import, or the maker's own selling company: it counts as the maker.
    GeneralAgent,
    /// Goods that went from one company of a group to another.
    GroupTransfer,
    /// Rescue, disaster, epidemic.
    Emergency,
    /// Townships and villages that are hard to reach: one invoice more.
    Remote,
    /// Narcotics and psychotropics of the first class.
    Controlled,
}

impl Exemption {
    /// Every exemption.
    pub const ALL: &[Self] =
        &[Self::GeneralAgent, Self::GroupTransfer, Self::Emergency, Self::Remote, Self::Controlled];

    /// The stable label, in rules, files, rows and on the wire.
    pub const fn label(self) -> &'static str {
        match self {
            Self::GeneralAgent => "GENERAL_AGENT",
            Self::GroupTransfer => "GROUP_TRANSFER",
            Self::Emergency => "EMERGENCY",
            Self::Remote => "REMOTE",
            Self::Controlled => "CONTROLLED",
        }
    }

    /// The exemption of that label.
    pub fn from_label(label: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|exemption| exemption.label() == label)
    }
}

/// What a line says of the invoice before its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Before {
    /// The maker's invoice.
    First(InvoiceNumber),
    /// There is none, and need not be.
    Exempt(Exemption),
    /// Nothing.
    Nothing,
}

impl Before {
    /// Reads the two fields of a line, of which one at most says something. Errors: `INVOICE_INVALID`, `INVOICE_CHAIN`.
    pub fn read(first: Option<&str>, exemption: Option<&str>) -> Result<Self, Refusal> {
        let known = || Exemption::ALL.iter().map(|one| one.label()).collect::<Vec<_>>().join(", ");
        match (first, exemption) {
            (None, None) => Ok(Self::Nothing),
            (Some(number), None) => {
                let number = InvoiceNumber::parse(number).map_err(|refusal| refusal.at("firstInvoice"))?;
                Ok(Self::First(number))
            }
            (None, Some(label)) => {
                let found = Exemption::from_label(&label.to_uppercase());
                let unknown = || Refusal::of(Code::InvoiceChain).at("exemption").allowing(known());
                found.map(Self::Exempt).ok_or_else(unknown)
            }
            (Some(_), Some(_)) => {
                let both = Refusal::of(Code::InvoiceChain).at("exemption");
                Err(both.allowing("an invoice or an exemption, not both"))
            }
        }
    }
}

/// The rules of a jurisdiction.
#[derive(Clone, Debug, PartialEq)]
pub struct ChainRules {
    /// Who and when.
    pub head: Head,
    exemptions: Vec<Exemption>,
    from: Day,
}

/// Reads such rules. Errors: every fault of the file at once (`RULE_FILE_INVALID`).
pub fn parse_chain(text: &str) -> Result<ChainRules, Vec<RuleProblem>> {
    let mut reader = Reader::open(text)?;
    let head = head(&mut reader);
    let labels = reader.list("chain.exemptions");
    reader.provision("chain.exemptions");
    let exemptions: Vec<Exemption> = labels.iter().filter_map(|label| Exemption::from_label(label)).collect();
    if exemptions.len() != labels.len() {
        let known = ("exemptions that there are", "已有的豁免情形");
        reader.problem("chain.exemptions", (0, 0), labels.join(", "), known);
    }
    reader.report_unused();
    match Day::parse(&head.valid_from) {
        Some(from) if reader.problems.is_empty() => Ok(ChainRules { head, exemptions, from }),
        _ => Err(reader.problems),
    }
}

/// The rules that hold where no others are given. Errors: `RULES_INVALID`, which a test rules out.
pub fn chain_preset() -> Result<ChainRules, Refusal> {
    parse_chain(CHAIN.text).map_err(|_problems| Refusal::of(Code::RulesInvalid))
}

impl ChainRules {
    /// Whether the rules hold for goods that came on a day to an institution of a region.
    pub fn hold(&self, region: RegionCode, on: Day) -> bool {
        let everywhere = self.head.jurisdiction == "CN";
        let within = RegionCode::parse(&self.head.jurisdiction).is_ok_and(|of| of.covers(region));
        (everywhere || within) && on >= self.from
    }

    /// Whether a distributor's line has what stands behind it. Errors: `INVOICE_CHAIN` where it says nothing, or claims what these rules do not exempt.
    pub fn check(&self, before: &Before) -> Result<(), Refusal> {
        let allowed = || {
            let labels: Vec<&str> = self.exemptions.iter().map(|one| one.label()).collect();
            format!("the number of the maker's invoice, or one of {}", labels.join(", "))
        };
        match before {
            Before::First(_) => Ok(()),
            Before::Exempt(exemption) if self.exemptions.contains(exemption) => Ok(()),
            Before::Exempt(_) => Err(Refusal::of(Code::InvoiceChain).at("exemption").allowing(allowed())),
            Before::Nothing => Err(Refusal::of(Code::InvoiceChain).at("firstInvoice").allowing(allowed())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_distributors_line_names_the_makers_invoice_or_an_exemption_of_the_rules() {
        let rules = chain_preset().unwrap();
        let number = "1".repeat(20);
        let read = |first: Option<&str>, exemption: Option<&str>| Before::read(first, exemption);
        for (before, allowed) in
            [(read(Some(&number), None), true), (read(None, Some("remote")), true), (read(None, None), false)]
        {
            assert_eq!(rules.check(&before.unwrap()).is_ok(), allowed);
        }
        let fewer = parse_chain(&CHAIN.text.replace(", \"REMOTE\"", "")).unwrap();
        let refusal = fewer.check(&Before::Exempt(Exemption::Remote)).unwrap_err();
        assert_eq!((refusal.code, refusal.field), (Code::InvoiceChain, Some("exemption")));
        assert!(!refusal.allowed.unwrap().contains("REMOTE"));
        assert_eq!(read(Some(&number), Some("REMOTE")).unwrap_err().code, Code::InvoiceChain);
        assert_eq!(read(None, Some("熟人")).unwrap_err().field, Some("exemption"));
        assert_eq!(read(Some("1"), None).unwrap_err().field, Some("firstInvoice"));
        assert!(parse_chain(&CHAIN.text.replace("REMOTE", "FAR")).is_err());
    }

    #[test]
    fn the_rules_hold_from_their_day_on() {
        let rules = chain_preset().unwrap();
        let region = RegionCode::parse("320106").unwrap();
        let day = |text| Day::parse(text).unwrap();
        assert!(rules.hold(region, day("2018-01-01")) && !rules.hold(region, day("2017-12-31")));
        let own = parse_chain(&CHAIN.text.replace("\"CN\"", "\"310000\"")).unwrap();
        assert!(!own.hold(region, day("2026-01-01")));
    }
}
