//! 价格数据: what a pack cost where and when, as somebody said it. Nothing is edited: what is said otherwise later supersedes.
use rust_decimal::Decimal;
use sha2::{Digest as _, Sha256};

use crate::documents::Digest;
use crate::errors::{Code, Refusal};
use crate::exact::Exact;
use crate::identity::RegionCode;
use crate::ids::{
    AcceptanceId, ItemId, ListingId, OrganizationId, PriceBatchId, PriceObservationId, PriceTicketId,
};
use crate::time::{Day, Timestamp};

/// Smallest units of a pack at most.
pub const PACK_UNITS_MAX: u64 = 1_000_000;
/// Packs of a purchase at most.
pub const PACKS_MAX: u64 = 1_000_000_000;
/// The currency of the jurisdiction.
pub const YUAN: &str = "CNY";
/// Characters of a reporter's id of a line.
const KEY_MAX: usize = 100;
/// Decimal places of a price.
const PLACES: u32 = 4;
/// No price was seen before that day: 2000-01-01.
const FIRST_DAY: Day = Day::from_epoch_days(10_957);

/// What a price is. Kinds are never mixed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PriceKind {
    /// 挂网价.
    Listed,
    /// 中选价.
    Selected,
    /// 成交价: what somebody paid.
    Transaction,
    /// 谈判价.
    Negotiated,
    /// 自主申报价: what its firm declares; it feeds no benchmark.
    Declared,
    /// 医保支付标准.
    Standard,
    /// 境外参考价.
    Foreign,
}

impl PriceKind {
    /// Every kind.
    pub const ALL: &[PriceKind] = &[
        Self::Listed,
        Self::Selected,
        Self::Transaction,
        Self::Negotiated,
        Self::Declared,
        Self::Standard,
        Self::Foreign,
    ];

    /// The stable label, in rows and on the wire.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Listed => "LISTED",
            Self::Selected => "SELECTED",
            Self::Transaction => "TRANSACTION",
            Self::Negotiated => "NEGOTIATED",
            Self::Declared => "DECLARED",
            Self::Standard => "STANDARD",
            Self::Foreign => "FOREIGN",
        }
    }

    /// The kind with that label.
    pub fn from_label(label: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.label() == label)
    }
}

/// Where a foreign price comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Abroad {
    /// ISO 3166, two letters.
    pub country: String,
    /// What one of the currency was; none where the price is in yuan.
    pub exchange: Option<Exchange>,
}

/// What a currency was in yuan, how that was found, and for which day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exchange {
    /// Yuan for one.
    pub rate: Decimal,
    /// Such as the mean of twelve months, and whose.
    pub basis: String,
    /// The day that it is for.
    pub on: Day,
}

/// What somebody said of a price, and what the registry knew of its item then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// What it is.
    pub kind: PriceKind,
    /// Where.
    pub region: RegionCode,
    /// When.
    pub observed_on: Day,
    /// What, where the registry knows it.
    pub item: Option<ItemId>,
    /// The code as it was sent.
    pub code: Option<String>,
    /// 四同, where the registry tells enough.
    pub group_key: Option<String>,
    /// 三同, where the registry tells enough.
    pub loose_group: Option<String>,
    /// 厂牌.
    pub maker: Option<String>,
    /// The maker as an organization.
    pub manufacturer: Option<OrganizationId>,
    /// Who bought.
    pub hospital: Option<OrganizationId>,
    /// Of a pack, tax included, in the currency.
    pub price: Decimal,
    /// Smallest units in a pack.
    pub pack_units: u64,
    /// ISO 4217, three letters.
    pub currency: String,
    /// Where a foreign one comes from.
    pub abroad: Option<Abroad>,
    /// How many were bought; none where it is no purchase, 0 where all of it went back.
    pub packs: Option<u64>,
    /// Whether everybody may know it.
    pub disclosed: bool,
    /// Who says so.
    pub source: OrganizationId,
    /// Their own id of the line.
    pub source_key: String,
    /// The acceptance that it comes from.
    pub acceptance: Option<AcceptanceId>,
    /// The listing that it comes from.
    pub listing: Option<ListingId>,
}

/// A price that counts, or counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PriceObservation {
    /// Its id.
    pub id: PriceObservationId,
    /// What was said.
    pub said: Said,
    /// What it was taken with.
    pub batch: PriceBatchId,
    /// What it stands in the place of.
    pub supersedes: Option<PriceObservationId>,
    /// Since when it counts.
    pub recorded_at: Timestamp,
    /// What stands in its place, and since when.
    pub superseded: Option<(PriceObservationId, Timestamp)>,
}

/// Prices that are to be taken at once: each line of the reporter once.
#[derive(Clone, Debug)]
pub struct PriceBatch {
    /// Its id.
    pub id: PriceBatchId,
    /// What is believed.
    pub sound: Vec<(PriceObservationId, Said)>,
    /// What is in doubt.
    pub doubted: Vec<(PriceTicketId, Said, super::unit::Doubt)>,
}

impl Said {
    /// Refuses what no price can be. Errors: `PRICE_REPORT_INVALID` with the field, `PRICE_INVALID`, `DATE_INVALID`.
    pub fn check(&self, today: Day) -> Result<(), Refusal> {
        let wrong = |field: &'static str, allowed: &str| {
            Err(Refusal::of(Code::PriceReportInvalid).at(field).allowing(allowed))
        };
        if self.price <= Decimal::ZERO || self.price.normalize().scale() > PLACES || self.price >= most() {
            let allowed = "above 0, at most 4 decimal places and 14 digits before them";
            return Err(Refusal::of(Code::PriceInvalid).at("price").allowing(allowed));
        }
        if self.observed_on > today || self.observed_on < FIRST_DAY {
            return wrong("observedOn", &format!("{FIRST_DAY} to {today}"));
        }
        if !(1..=PACK_UNITS_MAX).contains(&self.pack_units) {
            return wrong("packUnits", &format!("1 to {PACK_UNITS_MAX}"));
        }
        if self.packs.is_some_and(|packs| packs > PACKS_MAX) {
            return wrong("packs", &format!("0 to {PACKS_MAX}"));
        }
        if self.kind != PriceKind::Transaction && self.packs.is_some() {
            return wrong("packs", "only of a TRANSACTION");
        }
        if !key_fits(&self.source_key) {
            return wrong("key", "1 to 100 characters that do not begin with # or hold control characters");
        }
        self.check_abroad()
    }

    fn check_abroad(&self) -> Result<(), Refusal> {
        let wrong = |field: &'static str, allowed: &str| {
            Err(Refusal::of(Code::PriceReportInvalid).at(field).allowing(allowed))
        };
        let letters = |text: &str, count: usize| {
            text.len() == count && text.bytes().all(|byte| byte.is_ascii_uppercase())
        };
        let in_yuan = self.currency == YUAN;
        match &self.abroad {
            None if self.kind == PriceKind::Foreign => {
                wrong("country", "two capital letters, as FOREIGN needs")
            }
            None if !in_yuan => wrong("currency", YUAN),
            None => Ok(()),
            Some(_) if self.kind != PriceKind::Foreign => wrong("country", "only of FOREIGN"),
            Some(abroad) if !letters(&abroad.country, 2) => wrong("country", "two capital letters"),
            Some(_) if !letters(&self.currency, 3) => wrong("currency", "three capital letters"),
            Some(Abroad { exchange, .. }) if exchange.is_none() != in_yuan => {
                wrong("exchangeRate", "for every currency but CNY, with basis and day")
            }
            Some(Abroad { exchange: Some(exchange), .. })
                if exchange.rate <= Decimal::ZERO || exchange.rate >= Decimal::from(10_000_000) =>
            {
                wrong("exchangeRate", "above 0")
            }
            Some(_) => Ok(()),
        }
    }

    /// What a smallest unit costs in yuan, exactly. `None` for a pack of nothing.
    pub fn unit_price(&self) -> Option<Exact> {
        let exchange = self.abroad.as_ref().and_then(|abroad| abroad.exchange.as_ref());
        let rate = exchange.map_or(Decimal::ONE, |exchange| exchange.rate);
        (&Exact::from(self.price) * &Exact::from(rate)).checked_div(&Exact::from(self.pack_units))
    }

    /// A digest over what was said, in one form: who says the same again changes nothing.
    pub fn digest(&self) -> Digest {
        let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
        let exchange = self.abroad.as_ref().and_then(|abroad| abroad.exchange.as_ref());
        let fields = [
            self.kind.label().to_owned(),
            self.region.to_string(),
            self.observed_on.to_string(),
            self.item.map(|item| item.to_string()).unwrap_or_default(),
            text(self.code.as_deref()),
            text(self.maker.as_deref()),
            self.hospital.map(|hospital| hospital.to_string()).unwrap_or_default(),
            self.price.normalize().to_string(),
            self.pack_units.to_string(),
            self.currency.clone(),
            text(self.abroad.as_ref().map(|abroad| abroad.country.as_str())),
            exchange.map(|exchange| exchange.rate.normalize().to_string()).unwrap_or_default(),
            text(exchange.map(|exchange| exchange.basis.as_str())),
            exchange.map(|exchange| exchange.on.to_string()).unwrap_or_default(),
            self.packs.map(|packs| packs.to_string()).unwrap_or_default(),
            self.disclosed.to_string(),
        ];
        let mut digest = Sha256::new();
        for field in fields {
            digest.update(u64::try_from(field.len()).unwrap_or(u64::MAX).to_be_bytes());
            digest.update(field.as_bytes());
        }
        Digest::new(digest.finalize().into())
    }
}

fn most() -> Decimal {
    Decimal::from(100_000_000_000_000_u64)
}

/// Ids that begin with # are those of what the platform saw itself; they are longer.
fn key_fits(key: &str) -> bool {
    !key.starts_with('#')
        && !key.chars().any(char::is_control)
        && (1..=KEY_MAX).contains(&key.chars().count())
        && key.trim() == key
}
