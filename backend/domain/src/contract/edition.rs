//! A newer edition of a result while contracts of the one before run: what stays, what ends, what takes its place.
use super::compare::ProductKey;
use super::official::{SelectedProduct, SupplyRole};
use super::split::Agreed;
use super::term::AgreementYear;
use crate::identity::RegionCode;
use crate::time::Day;

/// What becomes of a contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate<'a> {
    /// Nothing of what it says is different: it stays as it was sealed.
    Stays,
    /// Another takes its place, of this product.
    Replaced(&'a SelectedProduct),
    /// The product is not selected any more, or not for this region.
    Ends,
}

/// What becomes of the contract of a product in a region. A firm that the newer edition names without saying which organization it is
/// changes nothing.
pub fn fate<'a>(
    was: &SelectedProduct,
    (region, year): (RegionCode, &AgreementYear),
    next: &'a [SelectedProduct],
) -> Fate<'a> {
    let key = ProductKey::of(was);
    let Some(is) = next.iter().find(|product| ProductKey::of(product) == key) else { return Fate::Ends };
    let agreed = agreed_in(is, region);
    if agreed.total() == 0 {
        return Fate::Ends;
    }
    let firm = is.holder.organization.is_none() || is.holder.organization == was.holder.organization;
    let same = was.price == is.price && was.content == is.content && was.unit == is.unit && firm;
    if same && agreed == agreed_in(was, region) && year.end <= is.until {
        Fate::Stays
    } else {
        Fate::Replaced(is)
    }
}

/// What a result agrees of a product in a region for a year.
pub fn agreed_in(product: &SelectedProduct, region: RegionCode) -> Agreed {
    let mut agreed = Agreed::default();
    for supply in product.supplies.iter().filter(|supply| supply.region == region) {
        match supply.role {
            SupplyRole::Main => agreed.main = agreed.main.saturating_add(supply.volume),
            SupplyRole::Brand => agreed.brand = agreed.brand.saturating_add(supply.volume),
            SupplyRole::Backup => {}
        }
    }
    agreed
}

/// The rest of an agreement year for the contract that takes the place of another from a day on. `None` where nothing is left of it.
pub fn rest_of(year: &AgreementYear, from: Day, until: Day) -> Option<AgreementYear> {
    let (start, end) = (year.start.max(from), year.end.min(until));
    (start <= end).then_some(AgreementYear { number: year.number, start, end })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::official::{Holder, PriceBasis, SelectedPrice, SupplyRow};
    use crate::contract::term::Term;
    use crate::ids::{Id, OrganizationId, SelectedProductId};

    fn day(text: &str) -> Day {
        Day::parse(text).unwrap()
    }

    fn region() -> RegionCode {
        RegionCode::parse("310000").unwrap()
    }

    fn product(name: &str, price: &str, volume: u64) -> SelectedProduct {
        let supply = |role, volume| SupplyRow { region: region(), role, volume };
        let organization = Some(OrganizationId::from_number(4));
        SelectedProduct {
            id: SelectedProductId::from_number(1),
            lot_number: 1,
            lot_name: "厄贝沙坦片".to_owned(),
            name: name.to_owned(),
            spec: "75mg".to_owned(),
            item: None,
            unit: "片".to_owned(),
            content: None,
            holder: Holder { name: "浙江华海".to_owned(), credit_code: None, organization },
            round_product: None,
            price: Some(SelectedPrice { price: price.parse().unwrap(), basis: PriceBasis::Published }),
            rank: None,
            until: day("2026-12-31"),
            blocked: None,
            supplies: vec![supply(SupplyRole::Main, volume), supply(SupplyRole::Backup, 0)],
        }
    }

    #[test]
    fn what_a_contract_says_decides_whether_it_stays() {
        let year = Term::between(day("2026-01-01"), day("2026-12-31")).unwrap().year(1).unwrap();
        let was = product("甲片", "0.20", 10);
        let told = |next: SelectedProduct| match fate(&was, (region(), &year), &[next]) {
            Fate::Stays => "stays",
            Fate::Replaced(_) => "replaced",
            Fate::Ends => "ends",
        };
        let unknown = |mut product: SelectedProduct| {
            product.holder.organization = None;
            product.lot_name = "另一名称".to_owned();
            product
        };
        assert_eq!(told(product("甲片", "0.2000", 10)), "stays");
        assert_eq!(told(unknown(product("甲片", "0.20", 10))), "stays");
        assert_eq!(
            told(SelectedProduct { until: day("2027-12-31"), ..product("甲片", "0.20", 10) }),
            "stays"
        );
        assert_eq!(
            told(SelectedProduct { until: day("2026-06-30"), ..product("甲片", "0.20", 10) }),
            "replaced"
        );
        assert_eq!(told(product("甲片", "0.19", 10)), "replaced");
        assert_eq!(told(product("甲片", "0.20", 11)), "replaced");
        assert_eq!(told(product("甲片", "0.20", 0)), "ends");
        assert_eq!(told(product("乙片", "0.20", 10)), "ends");
        assert_eq!(
            fate(&was, (RegionCode::parse("320000").unwrap(), &year), std::slice::from_ref(&was)),
            Fate::Ends
        );
    }

    #[test]
    fn what_takes_its_place_has_the_rest_of_its_year() {
        let year = Term::between(day("2026-01-01"), day("2027-12-31")).unwrap().year(1).unwrap();
        let rest = |from: &str, until: &str| {
            rest_of(&year, day(from), day(until)).map(|rest| (rest.number, rest.start, rest.end))
        };
        assert_eq!(rest("2026-07-01", "2027-12-31"), Some((1, day("2026-07-01"), day("2026-12-31"))));
        assert_eq!(rest("2025-07-01", "2026-03-31"), Some((1, day("2026-01-01"), day("2026-03-31"))));
        assert_eq!(rest("2027-01-01", "2027-12-31"), None);
    }
}
