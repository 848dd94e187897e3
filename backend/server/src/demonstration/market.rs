//! What a round of a demonstration buys, from whom and for whom; and the market of the simulated rounds. 模拟数据: its firms and
//! institutions are fictitious, and so is every number; the regions are those of the mainland.
use jicai_domain::identity::OrganizationKind;
use rust_decimal::Decimal;
use serde_json::{Value, json};

/// What a round buys, from whom and for whom.
pub(super) struct Market {
    /// The lots as they are announced.
    pub(super) lots: Vec<Value>,
    pub(super) institutions: Vec<Institution>,
    pub(super) firms: Vec<Firm>,
}

/// An institution, by its credit code, with what it needs.
pub(super) struct Institution {
    pub(super) code: String,
    pub(super) needs: Vec<Need>,
}

/// Smallest units of a spec of a lot, both by their places; the representative spec is the first one.
pub(super) struct Need {
    pub(super) lot: usize,
    pub(super) spec: usize,
    pub(super) volume: u64,
    pub(super) used: u64,
}

/// A manufacturer, by its credit code, with what it offers.
pub(super) struct Firm {
    pub(super) code: String,
    pub(super) offers: Vec<Offer>,
}

/// A product for the representative spec of a lot, and its price.
pub(super) struct Offer {
    pub(super) lot: usize,
    pub(super) name: String,
    pub(super) approval_number: String,
    /// When it passed the evaluation; otherwise it is the reference.
    pub(super) evaluated_on: Option<&'static str>,
    /// What the rule set's extra columns ask.
    pub(super) facts: Vec<Value>,
    /// Of a pack.
    pub(super) price: Decimal,
    /// In a pack.
    pub(super) units: u64,
}

/// Somebody who takes part in a round.
pub(super) struct Party {
    pub(super) kind: OrganizationKind,
    pub(super) region: &'static str,
    pub(super) code: String,
    pub(super) name: String,
}

/// A fictitious manufacturer: its credit code and its name.
pub(super) const FIRMS: [(&str, &str); 10] = [
    ("91320100MA0DEF0065", "模拟甲制药有限公司"),
    ("91320100MA0DEF0140", "模拟乙制药有限公司"),
    ("91320100MA0DEF022T", "模拟丙制药有限公司"),
    ("91320100MA0DEF030M", "模拟丁制药有限公司"),
    ("91320100MA0DEF049J", "模拟戊制药有限公司"),
    ("91320100MA0DEF057D", "模拟己制药有限公司"),
    ("91320100MA0DEF0658", "模拟庚制药有限公司"),
    ("91320100MA0DEF0733", "模拟辛制药有限公司"),
    ("91320100MA0DEF081X", "模拟壬制药有限公司"),
    ("91320100MA0DEF09XM", "模拟癸制药有限公司"),
];

/// A fictitious institution: its region, its credit code, its name, and how much it uses beside the others.
pub(super) const INSTITUTIONS: [(&str, &str, &str, u64); 31] = [
    ("110000", "12110000MB0DEH11X2", "模拟北京示范医院", 9),
    ("120000", "12120000MB0DEH1286", "模拟天津示范医院", 6),
    ("130000", "12130000MB0DEH1365", "模拟河北示范医院", 14),
    ("140000", "12140000MB0DEH1444", "模拟山西示范医院", 9),
    ("150000", "12150000MB0DEH1523", "模拟内蒙古示范医院", 7),
    ("210000", "12210000MB0DEH2167", "模拟辽宁示范医院", 11),
    ("220000", "12220000MB0DEH2246", "模拟吉林示范医院", 7),
    ("230000", "12230000MB0DEH2325", "模拟黑龙江示范医院", 9),
    ("310000", "12310000MB0DEH3127", "模拟上海示范医院", 11),
    ("320000", "12320000MB0DEH3206", "模拟江苏示范医院", 18),
    ("330000", "12330000MB0DEH3397", "模拟浙江示范医院", 14),
    ("340000", "12340000MB0DEH3476", "模拟安徽示范医院", 13),
    ("350000", "12350000MB0DEH3555", "模拟福建示范医院", 8),
    ("360000", "12360000MB0DEH3634", "模拟江西示范医院", 10),
    ("370000", "12370000MB0DEH3713", "模拟山东示范医院", 21),
    ("410000", "12410000MB0DEH4199", "模拟河南示范医院", 21),
    ("420000", "12420000MB0DEH4278", "模拟湖北示范医院", 13),
    ("430000", "12430000MB0DEH4357", "模拟湖南示范医院", 14),
    ("440000", "12440000MB0DEH4436", "模拟广东示范医院", 20),
    ("450000", "12450000MB0DEH4515", "模拟广西示范医院", 11),
    ("460000", "12460000MB0DEH46X1", "模拟海南示范医院", 3),
    ("500000", "12500000MB0DEH507A", "模拟重庆示范医院", 8),
    ("510000", "12510000MB0DEH5159", "模拟四川示范医院", 17),
    ("520000", "12520000MB0DEH5238", "模拟贵州示范医院", 9),
    ("530000", "12530000MB0DEH5317", "模拟云南示范医院", 10),
    ("540000", "12540000MB0DEH54X3", "模拟西藏示范医院", 1),
    ("610000", "12610000MB0DEH6119", "模拟陕西示范医院", 9),
    ("620000", "12620000MB0DEH62X5", "模拟甘肃示范医院", 6),
    ("630000", "12630000MB0DEH6389", "模拟青海示范医院", 2),
    ("640000", "12640000MB0DEH6468", "模拟宁夏示范医院", 2),
    ("650000", "12650000MB0DEH6547", "模拟新疆示范医院", 6),
];

/// What is bought: a lot with its unit and form, and its specs.
pub(super) struct Good {
    pub(super) name: &'static str,
    pub(super) form: &'static str,
    pub(super) unit: &'static str,
    /// Code, name, content, maximum valid bid in fen per unit; the first one is the representative one.
    pub(super) specs: &'static [(&'static str, &'static str, &'static str, u64)],
    /// Units that an institution of weight 1 uses in a year.
    pub(super) use_of_one: u64,
}

const fn good(
    (name, form, unit): (&'static str, &'static str, &'static str),
    specs: &'static [(&'static str, &'static str, &'static str, u64)],
    use_of_one: u64,
) -> Good {
    Good { name, form, unit, specs, use_of_one }
}

/// The lots of the round that is decided. The codes have the form of the national drug codes (国家药品编码).
pub(super) const DECIDED: [Good; 6] = [
    good(
        ("氨氯地平口服常释剂型", "ORAL", "片"),
        &[("XC08CAA055A001010100001", "5mg", "5", 76), ("XC08CAA055A001020100001", "10mg", "10", 129)],
        120_000,
    ),
    good(
        ("阿托伐他汀口服常释剂型", "ORAL", "片"),
        &[("XC10AAA089A001010100001", "10mg", "10", 132), ("XC10AAA089A001020100001", "20mg", "20", 224)],
        90_000,
    ),
    good(("二甲双胍缓释控释剂型", "ORAL", "片"), &[("XA10BAE046A010010100001", "0.5g", "0.5", 48)], 150_000),
    good(
        ("头孢呋辛注射剂", "SMALL_INJECTION", "支"),
        &[
            ("XJ01DCT030B001010100001", "0.75g", "0.75", 960),
            ("XJ01DCT030B001020100001", "1.5g", "1.5", 1_632),
        ],
        8_000,
    ),
    good(
        ("左氧氟沙星注射剂", "LARGE_INJECTION", "瓶"),
        &[("XJ01MAZ094B002010100001", "100ml:0.5g", "0.5", 1_260)],
        5_000,
    ),
    good(
        ("美托洛尔缓释控释剂型", "ORAL", "片"),
        &[("XC07ABM074A010010100001", "47.5mg", "47.5", 168)],
        60_000,
    ),
];

/// The lots of the round that takes bids.
pub(super) const OPEN: [Good; 3] = [
    good(
        ("瑞舒伐他汀口服常释剂型", "ORAL", "片"),
        &[("XC10AAR071A001010100001", "10mg", "10", 210), ("XC10AAR071A001020100001", "5mg", "5", 124)],
        70_000,
    ),
    good(("奥美拉唑口服常释剂型", "ORAL", "粒"), &[("XA02BCA045E002010100001", "20mg", "20", 92)], 80_000),
    good(
        ("布洛芬注射剂", "SMALL_INJECTION", "支"),
        &[("XM01AEB178B002010100001", "4ml:0.4g", "0.4", 3_800)],
        2_000,
    ),
];

/// Whether a firm makes a good.
const fn makes(firm: usize, good: usize) -> bool {
    (firm.wrapping_mul(3).wrapping_add(good.wrapping_mul(5))) % 7 < 5
}

/// What a firm asks for a unit, in fen times 100, never above the maximum valid bid: some undercut, some hardly do.
fn unit_price(firm: usize, good: usize, ceiling: u64) -> u64 {
    let spread = firm.wrapping_mul(37).wrapping_add(good.wrapping_mul(23)) % 61;
    ceiling.wrapping_mul(u64::try_from(spread).unwrap_or(0).wrapping_add(24))
}

/// The firms and institutions.
pub(super) fn parties() -> Vec<Party> {
    let party = |kind, region, code: &str, name: &str| Party {
        kind,
        region,
        code: code.to_owned(),
        name: name.to_owned(),
    };
    let firms = FIRMS.iter().map(|(code, name)| party(OrganizationKind::Manufacturer, "320000", code, name));
    let institution = |(region, code, name, _): &(&'static str, &str, &str, u64)| {
        party(OrganizationKind::Hospital, region, code, name)
    };
    firms.chain(INSTITUTIONS.iter().map(institution)).collect()
}

/// Who needs and who offers those goods.
pub(super) fn market(goods: &[Good]) -> Market {
    let institution = |(_, code, _, weight): &(&str, &str, &str, u64)| Institution {
        code: (*code).to_owned(),
        needs: needs(goods, *weight),
    };
    let firm = |(firm, (code, name)): (usize, &(&str, &str))| Firm {
        code: (*code).to_owned(),
        offers: goods.iter().enumerate().filter_map(|(lot, good)| offer((firm, name), (lot, good))).collect(),
    };
    Market {
        lots: goods.iter().enumerate().map(announced).collect(),
        institutions: INSTITUTIONS.iter().map(institution).collect(),
        firms: FIRMS.iter().enumerate().map(firm).collect(),
    }
}

/// A little more than nine tenths of what was used, the larger part of it of the representative spec.
fn needs(goods: &[Good], weight: u64) -> Vec<Need> {
    let of_good = |(lot, good): (usize, &Good)| {
        let all = good.use_of_one.saturating_mul(weight);
        (0..good.specs.len())
            .map(move |spec| {
                let used = if spec == 0 { all } else { all / 3 };
                Need { lot, spec, volume: used / 100 * 92, used }
            })
            .collect::<Vec<_>>()
    };
    goods.iter().enumerate().flat_map(of_good).collect()
}

/// What a firm that makes a good asks for packs of ten.
fn offer((firm, name): (usize, &str), (lot, good): (usize, &Good)) -> Option<Offer> {
    let ceiling = good.specs.first()?.3;
    let number = firm.checked_mul(100)?.checked_add(lot)?;
    makes(firm, lot).then_some(Offer {
        lot,
        name: format!("{}（{name}）", good.name),
        approval_number: format!("国药准字H2026{number:04}"),
        evaluated_on: Some("2020-06-30"),
        facts: Vec::new(),
        // Fen times 100 a unit are yuan times 1000 a pack of ten.
        price: Decimal::new(i64::try_from(unit_price(firm, lot, ceiling)).ok()?, 3),
        units: 10,
    })
}

fn announced((place, good): (usize, &Good)) -> Value {
    let spec = |(place, (code, name, content, ceiling)): (usize, &(&str, &str, &str, u64))| {
        let ceiling = Decimal::new(i64::try_from(*ceiling).unwrap_or_default(), 2);
        json!({ "code": code, "name": name, "content": content, "ceiling": ceiling.to_string(), "representative": place == 0 })
    };
    json!({ "number": place.saturating_add(1), "name": good.name, "form": good.form, "unit": good.unit,
        "specs": good.specs.iter().enumerate().map(spec).collect::<Vec<_>>() })
}
