//! 中选结果: an official result, whether a round of the platform decided it or it was made elsewhere and brought in.
use std::collections::BTreeSet;

use rust_decimal::Decimal;

use crate::catalog::item::ItemUse;
use crate::documents::Digest;
use crate::errors::{Code, Refusal};
use crate::identity::{Name, RegionCode};
use crate::ids::{
    ImportId, LotId, OfficialResultId, OrganizationId, RoundId, RoundProductId, SelectedProductId, UserId,
};
use crate::procurement::round::Disclosure;
use crate::time::{Day, Timestamp};

/// Units of the representative content that a region may be agreed to take of a product.
pub const SUPPLY_VOLUME_MAX: u64 = 1_000_000_000_000;

/// The head of an official result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfficialResult {
    /// Its id.
    pub id: OfficialResultId,
    /// The procurement office that announced it.
    pub office: OrganizationId,
    /// Its name, the same for each edition.
    pub name: Name,
    /// Where it comes from.
    pub source: ResultSource,
    /// 1, and one more for each that was announced again under its name.
    pub edition: i32,
    /// Which part of the edition, from 1: lots of a round that were held up follow in a part of their own.
    pub part: i32,
    /// The lots of its round that it settles, those in which nothing is selected among them.
    pub lots: Vec<LotId>,
    /// Who sees its prices.
    pub disclosure: Disclosure,
    /// The day its contracts begin.
    pub starts_on: Day,
    /// No contract is sealed before.
    pub standstill_until: Option<Timestamp>,
    /// Who announced it.
    pub announced_by: UserId,
    /// When.
    pub announced_at: Timestamp,
    /// What its canonical form hashes to.
    pub sha256: Digest,
}

/// Where a result comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResultSource {
    /// A round of the platform.
    Round(RoundId),
    /// A table that was brought in.
    Import(ImportId),
}

/// A product that is selected. 中选产品
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SelectedProduct {
    /// Its id.
    pub id: SelectedProductId,
    /// The number of its lot.
    pub lot_number: i32,
    /// The name of its lot.
    pub lot_name: String,
    /// Its name.
    pub name: String,
    /// Its specification, as the source words it.
    pub spec: String,
    /// What it is in the registry, with the code and release that were used: it stays, whatever becomes of the item.
    pub item: Option<ItemUse>,
    /// The smallest unit that prices and volumes count.
    pub unit: String,
    /// How its units count as units of the lot's representative; none where they are the same.
    pub content: Option<Content>,
    /// The firm that supplies it.
    pub holder: Holder,
    /// The product of the round, where it comes from one.
    pub round_product: Option<RoundProductId>,
    /// What a smallest unit costs; none where the source does not disclose it.
    pub price: Option<SelectedPrice>,
    /// Its rank in its lot.
    pub rank: Option<i32>,
    /// The last day of its contracts.
    pub until: Day,
    /// Why no contract of it is sealed now.
    pub blocked: Option<String>,
    /// Where it is supplied.
    pub supplies: Vec<SupplyRow>,
}

/// A linear conversion: one unit counts as content / representative units of the lot's representative.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Content {
    /// The content of one unit.
    pub own: Decimal,
    /// That of the lot's representative.
    pub representative: Decimal,
}

/// The firm of a selected product (上市许可持有人). A source may name a firm that is no organization of the platform; contracts wait until
/// the office has said which one it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    /// As the source names it.
    pub name: String,
    /// Its unified social credit code, where the source has it.
    pub credit_code: Option<String>,
    /// The organization.
    pub organization: Option<OrganizationId>,
}

/// A selected price, and how it is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SelectedPrice {
    /// Per smallest unit, tax included.
    pub price: Decimal,
    /// How it is known.
    pub basis: PriceBasis,
}

/// How a price is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PriceBasis {
    /// A round of the platform decided it.
    Decided,
    /// The source printed it.
    Published,
    /// Somebody remembers it; it has to be checked.
    Recalled,
}

/// Where a product is supplied, and with what agreed volume.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SupplyRow {
    /// The region.
    pub region: RegionCode,
    /// As what.
    pub role: SupplyRole,
    /// Units of the lot's representative; 0 for a backup.
    pub volume: u64,
}

/// As what a firm supplies a region.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SupplyRole {
    /// 主供.
    Main,
    /// 备供: it stands by, with no volume of its own.
    Backup,
    /// 带品牌报量: what institutions reported for its brand follows it into any region.
    Brand,
}

impl PriceBasis {
    /// Every one.
    pub const ALL: &[PriceBasis] = &[Self::Decided, Self::Published, Self::Recalled];

    /// The stable label, in rows and on the wire.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Decided => "DECIDED",
            Self::Published => "PUBLISHED",
            Self::Recalled => "RECALLED",
        }
    }

    /// The one with that label.
    pub fn from_label(label: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|basis| basis.label() == label)
    }
}

impl SupplyRole {
    /// Every role.
    pub const ALL: &[SupplyRole] = &[Self::Main, Self::Backup, Self::Brand];

    /// The stable label, in rows and on the wire.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Main => "MAIN",
            Self::Backup => "BACKUP",
            Self::Brand => "BRAND",
        }
    }

    /// The role with that label.
    pub fn from_label(label: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|role| role.label() == label)
    }
}

impl OfficialResult {
    /// Whether contracts may be sealed as far as the standstill goes.
    pub fn standstill_over(&self, now: Timestamp) -> bool {
        self.standstill_until.is_none_or(|until| now >= until)
    }
}

/// Refuses products that cannot be a result: none, one that ends before the result starts, a region that takes a product twice in the same
/// role, a backup with a volume. Errors: `RESULT_INVALID` naming the lot.
pub fn check(starts_on: Day, products: &[SelectedProduct]) -> Result<(), Refusal> {
    let wrong = |field: &'static str, what: String| Refusal::of(Code::ResultInvalid).at(field).allowing(what);
    if products.is_empty() {
        return Err(wrong("products", "at least one".to_owned()));
    }
    for product in products {
        let lot = product.lot_number;
        if product.until < starts_on {
            return Err(wrong("until", format!("lot {lot}: not before the result starts")));
        }
        let mut seen = BTreeSet::new();
        for supply in &product.supplies {
            if !seen.insert((supply.region, supply.role)) {
                return Err(wrong("region", format!("lot {lot}: {} once", supply.region)));
            }
            let most = if supply.role == SupplyRole::Backup { 0 } else { SUPPLY_VOLUME_MAX };
            if supply.volume > most {
                return Err(wrong("volume", format!("lot {lot}: 0 to {most}")));
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::Id;

    fn product(supplies: Vec<SupplyRow>) -> SelectedProduct {
        SelectedProduct {
            id: SelectedProductId::from_number(1),
            lot_number: 1,
            lot_name: "厄贝沙坦片".to_owned(),
            name: "厄贝沙坦片".to_owned(),
            spec: "75mg".to_owned(),
            item: None,
            unit: "片".to_owned(),
            content: None,
            holder: Holder { name: "浙江华海".to_owned(), credit_code: None, organization: None },
            round_product: None,
            price: None,
            rank: None,
            until: Day::from_epoch_days(20_000),
            blocked: None,
            supplies,
        }
    }

    #[test]
    fn what_cannot_be_a_result_is_refused_by_the_field() {
        let region = RegionCode::parse("310000").unwrap();
        let row = |role, volume| SupplyRow { region, role, volume };
        let field = |start: i32, products: &[SelectedProduct]| {
            check(Day::from_epoch_days(start), products).map_err(|refusal| refusal.field)
        };
        let main = row(SupplyRole::Main, 5);
        assert_eq!(field(20_000, &[product(vec![main, row(SupplyRole::Brand, 1)])]), Ok(()));
        assert_eq!(field(0, &[]), Err(Some("products")));
        assert_eq!(field(20_001, &[product(vec![main])]), Err(Some("until")));
        assert_eq!(field(0, &[product(vec![main, main])]), Err(Some("region")));
        assert_eq!(field(0, &[product(vec![row(SupplyRole::Backup, 1)])]), Err(Some("volume")));
    }
}
