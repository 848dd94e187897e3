//! What somebody reports of a price, and what they may report.
use rust_decimal::Decimal;

use super::observation::{Abroad, Exchange, PriceKind, YUAN};
use crate::catalog::item::ItemNamed;
use crate::errors::{Code, Refusal};
use crate::identity::{Caller, Permission, RegionCode, Role, Scope};
use crate::ids::OrganizationId;
use crate::procurement::demand::region_of;
use crate::procurement::values::{parse_name, parse_positive, parse_volume};
use crate::time::Day;

/// Lines of one request at most.
pub const LINES_MAX: usize = 500;

/// The columns of a table of prices, each with the headers that name it.
pub(crate) const COLUMNS: &[&[&str]] = &[
    &["流水号", "key"],
    &["价格类型", "kind"],
    &["编码", "code"],
    &["地区代码", "region"],
    &["日期", "date"],
    &["价格", "price"],
    &["最小单位数", "pack units"],
    &["数量", "packs"],
    &["生产企业", "maker"],
    &["国家", "country"],
    &["币种", "currency"],
    &["汇率", "exchange rate"],
    &["汇率说明", "exchange basis"],
    &["汇率日期", "exchange date"],
];
/// The last of them may be missing.
pub(crate) const OPTIONAL: usize = 8;

/// What tables call the kinds.
const IN_CHINESE: &[(&str, PriceKind)] = &[
    ("挂网价", PriceKind::Listed),
    ("中选价", PriceKind::Selected),
    ("成交价", PriceKind::Transaction),
    ("谈判价", PriceKind::Negotiated),
    ("申报价", PriceKind::Declared),
    ("支付标准", PriceKind::Standard),
    ("境外价", PriceKind::Foreign),
];

/// A price as its reporter says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reported {
    /// The reporter's own id of the line.
    pub key: String,
    /// What it is.
    pub kind: PriceKind,
    /// The code as it was sent, and what it may name.
    pub code: (String, ItemNamed),
    /// Where; the reporter's own region where it is not said.
    pub region: Option<RegionCode>,
    /// When.
    pub observed_on: Day,
    /// Of a pack, tax included.
    pub price: Decimal,
    /// Smallest units in a pack, where it is said.
    pub pack_units: Option<u64>,
    /// How many packs were bought.
    pub packs: Option<u64>,
    /// 厂牌.
    pub maker: Option<String>,
    /// Three letters.
    pub currency: String,
    /// Where a foreign one comes from.
    pub abroad: Option<Abroad>,
}

/// Who reports.
#[derive(Clone, Debug)]
pub struct Reporter {
    /// The organization.
    pub organization: OrganizationId,
    role: Role,
    regions: Vec<RegionCode>,
    scope: Scope,
}

impl Reporter {
    /// The caller as one who reports prices. Errors: `FORBIDDEN`.
    pub fn of(caller: &Caller) -> Result<Self, Refusal> {
        let own = caller.require(Permission::ReportPrices);
        let scope = own.or_else(|_forbidden| caller.require(Permission::CollectPrices))?;
        Ok(Self {
            organization: caller.organization,
            role: caller.role,
            regions: caller.regions.clone(),
            scope,
        })
    }

    /// Which kinds it may report. A hospital tells what it paid, a firm what it declares and what is paid abroad, an authority all but what firms
    /// declare.
    pub fn kinds(&self) -> Vec<PriceKind> {
        let may = |kind: &&PriceKind| match self.role {
            Role::Hospital => **kind == PriceKind::Transaction,
            Role::Manufacturer => matches!(kind, PriceKind::Declared | PriceKind::Foreign),
            Role::ProcurementOffice | Role::Regulator => **kind != PriceKind::Declared,
            Role::Distributor
            | Role::KeyCustodian
            | Role::Reviewer
            | Role::InsuranceAgency
            | Role::Auditor
            | Role::Admin => false,
        };
        PriceKind::ALL.iter().filter(may).copied().collect()
    }

    /// Where the price is. Errors: `PRICE_REPORT_INVALID` for a kind that is not the reporter's, or for no region, `FORBIDDEN` for a region that is not.
    pub fn region(&self, reported: &Reported) -> Result<RegionCode, Refusal> {
        let kinds = self.kinds();
        if !kinds.contains(&reported.kind) {
            let names: Vec<&str> = kinds.iter().map(|kind| kind.label()).collect();
            return Err(wrong("kind", &names.join(", ")));
        }
        let home = || region_of(&self.regions).map_err(|_nowhere| wrong("region", "a region code"));
        let region = reported.region.map_or_else(home, Ok)?;
        let inside = match self.role {
            Role::Manufacturer => true,
            Role::Hospital => self.regions.iter().any(|own| own.covers(region) || region.covers(*own)),
            Role::ProcurementOffice
            | Role::Regulator
            | Role::Distributor
            | Role::KeyCustodian
            | Role::Reviewer
            | Role::InsuranceAgency
            | Role::Auditor
            | Role::Admin => self.scope.covers(region),
        };
        if inside { Ok(region) } else { Err(Refusal::of(Code::Forbidden).at("region")) }
    }

    /// Whether it may report an item of that holder. A firm reports its own.
    pub fn reports(&self, holder: Option<OrganizationId>) -> bool {
        self.role != Role::Manufacturer || holder == Some(self.organization)
    }

    /// Who bought what it reports as bought.
    pub fn hospital(&self) -> Option<OrganizationId> {
        (self.role == Role::Hospital).then_some(self.organization)
    }
}

fn wrong(field: &'static str, allowed: &str) -> Refusal {
    Refusal::of(Code::PriceReportInvalid).at(field).allowing(allowed)
}

/// Reads the fields in the order of the columns. Errors: the first field's that is wrong.
pub fn read_price(fields: &[&str]) -> Result<Reported, Refusal> {
    let field = |at: usize| fields.get(at).copied().unwrap_or_default().trim();
    let given = |at: usize| Some(field(at)).filter(|text| !text.is_empty());
    let day = |text: &str, name| Day::parse(text).ok_or_else(|| wrong(name, "YYYY-MM-DD"));
    let units = |at: usize, name| {
        given(at).map(|text| parse_volume(text).map_err(|_value| wrong(name, "a whole number"))).transpose()
    };
    let named = |at: usize, name| {
        given(at)
            .map(|text| {
                parse_name(text).map(str::to_owned).map_err(|_value| wrong(name, "1 to 200 characters"))
            })
            .transpose()
    };
    let rate = |text: &str| parse_positive(text).map_err(|_value| wrong("exchangeRate", "a number above 0"));
    let exchange = match (given(11), named(12, "exchangeBasis")?, given(13)) {
        (None, None, None) => None,
        (Some(text), Some(basis), Some(on)) => {
            Some(Exchange { rate: rate(text)?, basis, on: day(on, "exchangeOn")? })
        }
        (_, _, _) => return Err(wrong("exchangeRate", "rate, basis and day together")),
    };
    let abroad = match given(9) {
        Some(country) => Some(Abroad { country: country.to_uppercase(), exchange }),
        None if exchange.is_some() => {
            return Err(wrong("country", "two letters, where there is an exchange rate"));
        }
        None => None,
    };
    Ok(Reported {
        key: field(0).to_owned(),
        kind: kind(field(1))?,
        code: (field(2).to_owned(), ItemNamed::code(field(2)).map_err(|refusal| refusal.at("code"))?),
        region: given(3).map(RegionCode::parse).transpose().map_err(|refusal| refusal.at("region"))?,
        observed_on: day(field(4), "observedOn")?,
        price: parse_positive(field(5)).map_err(|_value| Refusal::of(Code::PriceInvalid).at("price"))?,
        pack_units: units(6, "packUnits")?,
        packs: units(7, "packs")?,
        maker: named(8, "maker")?,
        currency: given(10).map_or_else(|| YUAN.to_owned(), str::to_uppercase),
        abroad,
    })
}

fn kind(text: &str) -> Result<PriceKind, Refusal> {
    let chinese = IN_CHINESE.iter().find(|(name, _)| *name == text).map(|(_, kind)| *kind);
    chinese.or_else(|| PriceKind::from_label(&text.to_uppercase())).ok_or_else(|| {
        let names: Vec<String> =
            IN_CHINESE.iter().map(|(name, kind)| format!("{name}/{}", kind.label())).collect();
        wrong("kind", &names.join(", "))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::Who;
    use crate::ids::{Id, SessionId, UserId};

    const RIGHT: [&str; 14] = [
        "7",
        "成交价",
        "XC08CAX084A001010104823",
        "320100",
        "2026-10-05",
        "12.30",
        "",
        "40",
        "",
        "",
        "",
        "",
        "",
        "",
    ];

    #[test]
    fn a_row_says_what_is_wrong_with_it() {
        let read = read_price(&RIGHT).unwrap();
        assert_eq!(
            (read.kind, read.packs, read.currency.as_str()),
            (PriceKind::Transaction, Some(40), "CNY")
        );
        let faults = [
            (1, "价", Code::PriceReportInvalid, "kind"),
            (2, "立普妥", Code::ItemCodeInvalid, "code"),
            (3, "32", Code::RegionInvalid, "region"),
            (4, "2026-2-30", Code::PriceReportInvalid, "observedOn"),
            (5, "-1", Code::PriceInvalid, "price"),
            (6, "十", Code::PriceReportInvalid, "packUnits"),
            (7, "1.5", Code::PriceReportInvalid, "packs"),
            (11, "7.1", Code::PriceReportInvalid, "exchangeRate"),
        ];
        for (at, text, expected, field) in faults {
            let mut row = RIGHT;
            row[at] = text;
            let refusal = read_price(&row).unwrap_err();
            assert_eq!((refusal.code, refusal.field), (expected, Some(field)), "{text}");
        }
        assert_eq!(read_price(&RIGHT[..6]).unwrap().packs, None, "the last columns may be missing");
    }

    fn reporter(role: Role) -> Result<Reporter, Refusal> {
        Reporter::of(&Caller {
            who: Who::User { user: UserId::from_number(1), session: SessionId::from_number(2) },
            organization: OrganizationId::from_number(3),
            role,
            manager: false,
            approved: true,
            regions: vec![RegionCode::parse("320100").unwrap()],
        })
    }

    #[test]
    fn everybody_reports_what_they_know() {
        let kinds = |role: Role| {
            let kinds = reporter(role).map(|reporter| reporter.kinds());
            kinds.map(|kinds| kinds.iter().map(|kind| kind.label()).collect::<Vec<_>>().join(" "))
        };
        assert_eq!(kinds(Role::Hospital).unwrap(), "TRANSACTION");
        assert_eq!(kinds(Role::Manufacturer).unwrap(), "DECLARED FOREIGN");
        let most = "LISTED SELECTED TRANSACTION NEGOTIATED STANDARD FOREIGN";
        assert_eq!(kinds(Role::Regulator).unwrap(), most);
        assert_eq!(kinds(Role::Auditor).unwrap_err().code, Code::Forbidden);
        let price = read_price(&RIGHT).unwrap();
        let elsewhere = Reported { region: RegionCode::parse("330000").ok(), ..price.clone() };
        let unsaid = Reported { region: None, ..price };
        let hospital = reporter(Role::Hospital).unwrap();
        assert_eq!(hospital.region(&unsaid).unwrap().to_string(), "320100");
        assert_eq!(hospital.region(&elsewhere).unwrap_err().code, Code::Forbidden);
        assert!(!reporter(Role::Manufacturer).unwrap().reports(None));
    }
}
