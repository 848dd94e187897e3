//! A row of a result that was made elsewhere: a selected product in one region, or in none.
use crate::catalog::code::CodeKind;
use crate::catalog::item::ItemNamed;
use crate::contract::official::{
    Content, Holder, PriceBasis, SUPPLY_VOLUME_MAX, SelectedPrice, SelectedProduct, SupplyRole, SupplyRow,
};
use crate::errors::{Code, Refusal};
use crate::identity::{CreditCode, RegionCode, Scope};
use crate::ids::SelectedProductId;
use crate::procurement::values::{parse_count, parse_name, parse_positive, parse_volume};
use crate::time::Day;

/// The columns, each with the headers that name it.
pub(super) const COLUMNS: &[&[&str]] = &[
    &["竞价单元序号", "lot"],
    &["品种名称", "lot name"],
    &["产品名称", "product name"],
    &["规格", "spec"],
    &["计量单位", "unit"],
    &["含量", "content"],
    &["代表品含量", "representative content"],
    &["中选企业", "holder"],
    &["统一社会信用代码", "credit code"],
    &["中选价格", "price"],
    &["价格依据", "price basis"],
    &["中选顺位", "rank"],
    &["合同截止日期", "until"],
    &["地区代码", "region"],
    &["供应角色", "role"],
    &["约定采购量", "volume"],
    &["医保编码", "item code"],
];
/// The last of them may be missing.
pub(super) const OPTIONAL: usize = 1;

/// A selected product as one row tells of it: with one supply at most.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportedSelection {
    /// The product, without its supply.
    pub product: SelectedProduct,
    /// The supply.
    pub supply: Option<SupplyRow>,
    /// The code that the registry may know it by: its kind and canonical form.
    pub code: Option<(CodeKind, String)>,
}

/// Reads the fields in the order of the columns. A price that is given without a basis was published. Errors: the first field's that is
/// wrong; `FORBIDDEN` for a region that the scope does not cover.
pub fn read_selection(
    fields: &[&str],
    scope: &Scope,
    id: SelectedProductId,
) -> Result<ImportedSelection, Refusal> {
    let field = |at: usize| fields.get(at).copied().unwrap_or_default().trim();
    let given = |at: usize| Some(field(at)).filter(|text| !text.is_empty());
    let wrong = |name: &'static str| Refusal::of(Code::ResultInvalid).at(name);
    let named = |at: usize, name: &'static str| {
        parse_name(field(at))
            .map(|text| text.to_string())
            .map_err(|_value| wrong(name).allowing("1 to 200 characters"))
    };
    let count = |at: usize, name: &'static str| {
        let number = parse_count(field(at)).ok().and_then(|number| i32::try_from(number).ok());
        number.ok_or_else(|| wrong(name).allowing("1 to 1000000"))
    };
    let credit_code = given(8).map(CreditCode::parse).transpose()?;
    Ok(ImportedSelection {
        product: SelectedProduct {
            id,
            lot_number: count(0, "lot")?,
            lot_name: named(1, "lotName")?,
            name: named(2, "productName")?,
            spec: named(3, "spec")?,
            item: None,
            unit: named(4, "unit")?,
            content: content((given(5), given(6)))?,
            holder: Holder {
                name: named(7, "holder")?,
                credit_code: credit_code.map(|code| code.as_str().to_owned()),
                organization: None,
            },
            round_product: None,
            price: price((given(9), given(10)))?,
            rank: given(11).map(|_rank| count(11, "rank")).transpose()?,
            until: Day::parse(field(12)).ok_or_else(|| wrong("until").allowing("YYYY-MM-DD"))?,
            blocked: None,
            supplies: Vec::new(),
        },
        supply: supply((given(13), given(14), given(15)), scope)?,
        code: code(given(16))?,
    })
}

/// What the registry knows, or does not, is told when the result is tried and announced; only what is no code at all is refused here.
fn code(given: Option<&str>) -> Result<Option<(CodeKind, String)>, Refusal> {
    let read = |text| ItemNamed::code(text).map(|named| named.keys().last().cloned());
    Ok(given.map(read).transpose()?.flatten())
}

fn decimal(text: &str, name: &'static str) -> Result<rust_decimal::Decimal, Refusal> {
    parse_positive(text).map_err(|_value| Refusal::of(Code::DecimalInvalid).at(name))
}

fn content((own, representative): (Option<&str>, Option<&str>)) -> Result<Option<Content>, Refusal> {
    match (own, representative) {
        (None, None) => Ok(None),
        (Some(own), Some(representative)) => Ok(Some(Content {
            own: decimal(own, "content")?,
            representative: decimal(representative, "representativeContent")?,
        })),
        (Some(_), None) | (None, Some(_)) => {
            Err(Refusal::of(Code::ResultInvalid).at("content").allowing("both contents or none"))
        }
    }
}

fn price((price, basis): (Option<&str>, Option<&str>)) -> Result<Option<SelectedPrice>, Refusal> {
    let basis = match basis.map(str::to_uppercase).as_deref() {
        None | Some("PUBLISHED" | "公布") => PriceBasis::Published,
        Some("RECALLED" | "回忆") => PriceBasis::Recalled,
        Some(_other) => {
            return Err(Refusal::of(Code::ResultInvalid)
                .at("priceBasis")
                .allowing("公布, PUBLISHED, 回忆, RECALLED"));
        }
    };
    price.map(|price| Ok(SelectedPrice { price: decimal(price, "price")?, basis })).transpose()
}

type Supplied<'r> = (Option<&'r str>, Option<&'r str>, Option<&'r str>);

fn supply((region, role, volume): Supplied<'_>, scope: &Scope) -> Result<Option<SupplyRow>, Refusal> {
    let wrong = |name: &'static str| Refusal::of(Code::ResultInvalid).at(name);
    let Some(region) = region else {
        let none = role.is_none() && volume.is_none();
        return if none { Ok(None) } else { Err(wrong("region").allowing("a region code")) };
    };
    let region = RegionCode::parse(region).map_err(|refusal| refusal.at("region"))?;
    if !scope.covers(region) {
        return Err(Refusal::of(Code::Forbidden).at("region"));
    }
    let role = match role.map(str::to_uppercase).as_deref() {
        None | Some("MAIN" | "主供") => SupplyRole::Main,
        Some("BACKUP" | "备供") => SupplyRole::Backup,
        Some("BRAND" | "带品牌") => SupplyRole::Brand,
        Some(_other) => return Err(wrong("role").allowing("主供, MAIN, 备供, BACKUP, 带品牌, BRAND")),
    };
    let most = if role == SupplyRole::Backup { 0 } else { SUPPLY_VOLUME_MAX };
    let volume = parse_volume(volume.unwrap_or("0")).ok().filter(|volume| *volume <= most);
    let volume = volume.ok_or_else(|| wrong("volume").allowing(format!("0 to {most}")))?;
    Ok(Some(SupplyRow { region, role, volume }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::{Caller, Permission, Role, Who};
    use crate::ids::{Id, OrganizationId, SessionId, UserId};

    fn scope() -> Scope {
        let who = Who::User { user: UserId::from_number(1), session: SessionId::from_number(1) };
        let regions = vec![RegionCode::parse("310000").unwrap()];
        let office = Caller {
            who,
            organization: OrganizationId::from_number(1),
            role: Role::ProcurementOffice,
            manager: true,
            approved: true,
            regions,
        };
        office.require(Permission::ImportResults).unwrap()
    }

    const RIGHT: [&str; 16] = [
        "5",
        "厄贝沙坦",
        "厄贝沙坦片",
        "75mg*28",
        "片",
        "75",
        "75",
        "浙江华海",
        "",
        "0.2021",
        "回忆",
        "1",
        "2019-12-31",
        "310000",
        "",
        "100",
    ];

    #[test]
    fn a_row_is_a_product_with_its_supply() {
        let read = read_selection(&RIGHT, &scope(), SelectedProductId::from_number(1)).unwrap();
        assert_eq!(read.product.price.unwrap().basis, PriceBasis::Recalled);
        assert_eq!(read.supply.map(|supply| (supply.role, supply.volume)), Some((SupplyRole::Main, 100)));
        assert_eq!(read.code, None, "a file without the column");
        let coded: Vec<&str> = RIGHT.into_iter().chain(["xc09caa123a001010112345"]).collect();
        let read = read_selection(&coded, &scope(), SelectedProductId::from_number(1)).unwrap();
        assert_eq!(read.code.unwrap().1, "XC09CAA123A001010112345");
        let wrong: Vec<&str> = RIGHT.into_iter().chain(["XC09CAA123A00101011234"]).collect();
        let refusal = read_selection(&wrong, &scope(), SelectedProductId::from_number(1)).unwrap_err();
        assert_eq!((refusal.code, refusal.field), (Code::ItemCodeInvalid, Some("itemCode")));
        let mut bare = RIGHT;
        for at in [5, 6, 9, 10, 11, 13, 15] {
            bare[at] = "";
        }
        let read = read_selection(&bare, &scope(), SelectedProductId::from_number(1)).unwrap();
        assert_eq!((read.product.price, read.product.content, read.supply), (None, None, None));
    }

    #[test]
    fn a_row_says_what_is_wrong_with_it() {
        let faults = [
            (0, "0", Code::ResultInvalid, "lot"),
            (2, "", Code::ResultInvalid, "productName"),
            (5, "", Code::ResultInvalid, "content"),
            (8, "91", Code::CreditCodeInvalid, "creditCode"),
            (9, "0", Code::DecimalInvalid, "price"),
            (10, "听说", Code::ResultInvalid, "priceBasis"),
            (12, "2019-02-29", Code::ResultInvalid, "until"),
            (13, "", Code::ResultInvalid, "region"),
            (13, "320000", Code::Forbidden, "region"),
            (14, "备供", Code::ResultInvalid, "volume"),
            (14, "x", Code::ResultInvalid, "role"),
            (15, "1.5", Code::ResultInvalid, "volume"),
        ];
        for (at, text, code, field) in faults {
            let mut row = RIGHT;
            row[at] = text;
            let refusal = read_selection(&row, &scope(), SelectedProductId::from_number(1)).unwrap_err();
            assert_eq!((refusal.code, refusal.field), (code, Some(field)), "{at} {text}");
        }
    }
}
