//! The reasons of a decision (理由): a stable code with the numbers that were compared, in English and Chinese.
use super::values::Name;
use crate::exact::Exact;

/// Decimal places of the numbers in a reason; the comparison itself was exact.
pub const REASON_PLACES: usize = 6;

/// One value of a reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value<'a> {
    /// A price (yuan), a share or a volume; printed half-up to 6 places.
    Exact(&'a Exact),
    /// A rank, a cap or another count.
    Count(u64),
    /// A name.
    Text(&'a Name),
    /// Names.
    Texts(&'a [Name]),
}

impl Value<'_> {
    /// As text for people: numbers without trailing zeros, names joined.
    pub fn shown(&self) -> String {
        match self {
            Self::Exact(value) => value.to_short(REASON_PLACES),
            Self::Count(count) => count.to_string(),
            Self::Text(name) => name.to_string(),
            Self::Texts(names) => names.join(", "),
        }
    }
}

impl<'a> From<&'a Exact> for Value<'a> {
    fn from(value: &'a Exact) -> Self {
        Self::Exact(value)
    }
}

impl From<&u64> for Value<'_> {
    fn from(value: &u64) -> Self {
        Self::Count(*value)
    }
}

impl<'a> From<&'a Name> for Value<'a> {
    fn from(value: &'a Name) -> Self {
        Self::Text(value)
    }
}

impl<'a> From<&'a Vec<Name>> for Value<'a> {
    fn from(value: &'a Vec<Name>) -> Self {
        Self::Texts(value)
    }
}

/// What a reason code means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReasonInfo {
    /// The stable code.
    pub code: &'static str,
    /// Names of its values.
    pub values: &'static [&'static str],
    /// In English; `{name}` stands for a value.
    pub en: &'static str,
    /// In Chinese.
    pub zh: &'static str,
    /// Section of the rule file's description that it applies.
    pub section: u8,
}

/// A table of reasons: an enum, and the constant that lists what its codes mean.
macro_rules! reasons {
    (
        $(#[$about:meta])* $name:ident $table:ident;
        $($section:literal $variant:ident $code:literal { $($field:ident: $type:ty),* } $en:literal $zh:literal)*
    ) => {
        $(#[$about])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub enum $name {
            $(#[doc = $en] $variant { $(#[doc = stringify!($field)] $field: $type),* },)*
        }

        /// Every reason there is, in the order in which the rules are applied.
        pub const $table: &[$crate::procurement::reason::ReasonInfo] = &[
            $($crate::procurement::reason::ReasonInfo {
                code: $code, values: &[$(stringify!($field)),*], en: $en, zh: $zh, section: $section,
            },)*
        ];

        impl $name {
            /// The stable code.
            pub fn code(&self) -> &'static str {
                self.info().code
            }

            /// The sentence in English.
            pub fn message_en(&self) -> String {
                $crate::procurement::reason::fill(self.info().en, &self.values())
            }

            /// The sentence in Chinese.
            pub fn message_zh(&self) -> String {
                $crate::procurement::reason::fill(self.info().zh, &self.values())
            }

            /// What its code means.
            pub fn info(&self) -> $crate::procurement::reason::ReasonInfo {
                match self {
                    $(Self::$variant { .. } => $crate::procurement::reason::ReasonInfo {
                        code: $code, values: &[$(stringify!($field)),*], en: $en, zh: $zh, section: $section,
                    },)*
                }
            }

            /// The values compared, by name.
            pub fn values(&self) -> Vec<(&'static str, $crate::procurement::reason::Value<'_>)> {
                match self {
                    $(Self::$variant { $($field),* } => vec![
                        $((stringify!($field), $crate::procurement::reason::Value::from($field))),*
                    ],)*
                }
            }
        }
    };
}
pub(crate) use reasons;

reasons! {
    /// Why a bid stands where it stands. Codes are never renamed or reused.
    Reason REASONS;
    2 AboveCeiling "ABOVE_CEILING" { price: Exact, ceiling: Exact }
        "Void: the unit price {price} is above the maximum valid bid {ceiling}."
        "无效申报：单位价格 {price} 高于最高有效申报价 {ceiling}。"
    3 GroupCountedOnce "GROUP_COUNTED_ONCE" { group: Name, bidder: Name }
        "Firms of the group {group} count as one bidder; {bidder} stands for it with the lower price."
        "同一集团 {group} 按一家企业计；由报价较低的 {bidder} 代表。"
    3 TieKeyUsed "TIE_KEY_USED" { key: Name, with: Vec<Name> }
        "Equal in price with {with}; ordered by {key}."
        "与 {with} 报价相同；按 {key} 排序。"
    3 TieSettled "TIE_SETTLED" { order: u64, with: Vec<Name> }
        "Equal with {with}; the order drawn or set on site puts it at {order}."
        "与 {with} 相同；按抽签或现场确认的顺序排在第 {order}。"
    3 Tied "TIED" { with: Vec<Name> }
        "Tied with {with}: price and all keys are equal and the outcome depends on the order. The lot is not decided."
        "与 {with} 报价及各排序条件均相同，且影响结果；本竞价单元待定。"
    4 UnitA "UNIT_A" { volume: Exact, before: Exact, bound: Exact }
        "In unit A: qualifies, and the volume of the firms before it, {before}, is below {bound}; its own is {volume}."
        "进入 A 竞价单元：符合条件，且排在其前的企业累计意向采购量 {before} 低于 {bound}；本企业 {volume}。"
    4 UnitAFilled "UNIT_A_FILLED" { volume: Exact, fill_to: u64 }
        "In unit A: filled up to {fill_to} firms in order of volume; its own is {volume}."
        "进入 A 竞价单元：按意向采购量补足至 {fill_to} 家；本企业 {volume}。"
    4 UnitB "UNIT_B" { volume: Exact }
        "In unit B; its volume is {volume}."
        "进入 B 竞价单元；意向采购量 {volume}。"
    5 ZeroVolume "ZERO_VOLUME" { price: Exact, limit: Exact }
        "Selected without volume: {price} is below {limit}, the mean less the rule's deviations; it takes no shortlist place."
        "零采购量中选：{price} 低于均值减去规定倍数标准差 {limit}；不占入围名额。"
    6 Shortlisted "SHORTLISTED" { rank: u64, cap: u64 }
        "Shortlisted: rank {rank} of at most {cap}."
        "入围：第 {rank} 名，最多入围 {cap} 家。"
    6 OutsideCap "OUTSIDE_CAP" { rank: u64, cap: u64 }
        "Not shortlisted: rank {rank}, at most {cap}."
        "未入围：第 {rank} 名，最多入围 {cap} 家。"
    6 GroupLimit "GROUP_LIMIT" { group: Name, limit: u64 }
        "Not shortlisted: {group} already has {limit} products on the list."
        "未入围：{group} 已有 {limit} 个产品入围。"
    7 ByRank "BY_RANK" { rank: u64 }
        "Passes by rank {rank}; the rule set has no price test."
        "顺位第 {rank} 名符合条件；该规则无价格条件。"
    7 WithinFuse "WITHIN_FUSE" { price: Exact, limit: Exact, anchor: Exact }
        "Passes: {price} is at most {limit}, the multiple of the anchor {anchor}."
        "符合条件：{price} 不高于锚点价 {anchor} 的规定倍数 {limit}。"
    7 AboveFuse "ABOVE_FUSE" { price: Exact, limit: Exact, anchor: Exact }
        "{price} is above {limit}, the multiple of the anchor {anchor}."
        "{price} 高于锚点价 {anchor} 的规定倍数 {limit}。"
    7 CutAtLeast "CUT_AT_LEAST" { cut: Exact, threshold: Exact }
        "Passes: the cut {cut} from the maximum valid bid reaches {threshold}."
        "符合条件：较最高有效申报价降幅 {cut}，达到 {threshold}。"
    7 CutBelow "CUT_BELOW" { cut: Exact, threshold: Exact }
        "The cut {cut} from the maximum valid bid is below {threshold}."
        "较最高有效申报价降幅 {cut}，低于 {threshold}。"
    7 NoCeiling "NO_CEILING" { threshold: Exact }
        "No maximum valid bid is given, so no cut can reach {threshold}."
        "未给出最高有效申报价，无法计算降幅（条件 {threshold}）。"
    7 AtMostFloor "AT_MOST_FLOOR" { price: Exact, floor: Exact }
        "Passes: {price} is at most the absolute threshold {floor}."
        "符合条件：{price} 不高于绝对低价线 {floor}。"
    7 AboveFloor "ABOVE_FLOOR" { price: Exact, floor: Exact }
        "{price} is above the absolute threshold {floor}."
        "{price} 高于绝对低价线 {floor}。"
    7 AtMostReference "AT_MOST_REFERENCE" { price: Exact, reference: Exact }
        "Passes: {price} is at most the reference price {reference}."
        "符合条件：{price} 不高于参考价 {reference}。"
    7 AboveReference "ABOVE_REFERENCE" { price: Exact, reference: Exact }
        "{price} is above the reference price {reference}."
        "{price} 高于参考价 {reference}。"
    7 AtMostPrinted "AT_MOST_PRINTED" { price: Exact, printed: Exact }
        "Passes: {price} is at most the printed price {printed}."
        "符合条件：{price} 不高于公布价 {printed}。"
    7 AbovePrinted "ABOVE_PRINTED" { price: Exact, printed: Exact }
        "{price} is above the printed price {printed}."
        "{price} 高于公布价 {printed}。"
    7 HighestBid "HIGHEST_BID" { price: Exact, rank: u64 }
        "Out: {price} is the highest valid bid and its rank {rank} is not exempt."
        "不中选：{price} 为最高有效申报价格，第 {rank} 名不在豁免顺位内。"
    8 Revived "REVIVED" { price: Exact }
        "Selected by revival at {price}, not above its own price."
        "复活中选：接受价格 {price}（不高于自身报价）。"
    8 RevivedByBrand "REVIVED_BY_BRAND" { price: Exact, volume: Exact, mean: Exact }
        "Selected by revival at {price}: hospitals reported {volume} for its brand, at least the required {mean}. It supplies only them and chooses no region."
        "未入围复活中选：接受价格 {price}；医疗机构报量 {volume}，不低于要求的 {mean}。只供应填报其品牌的机构，不选地区。"
    8 BrandVolumeBelowMean "BRAND_VOLUME_BELOW_MEAN" { volume: Exact, mean: Exact }
        "No revival: hospitals reported {volume} for its brand, below the required {mean} or none."
        "不能复活：医疗机构报量 {volume}，低于要求的 {mean} 或为零。"
    8 HighestNotRevived "HIGHEST_NOT_REVIVED" { price: Exact }
        "No revival: its first bid {price} is the highest."
        "不能复活：首轮报价 {price} 为最高。"
    8 RevivedReference "REVIVED_REFERENCE" { price: Exact }
        "Reference product, selected by revival at {price} without volume."
        "参比制剂复活中选：接受价格 {price}，无约定采购量。"
    8 RevivedFormer "REVIVED_FORMER" { price: Exact, former: Exact }
        "Selected by revival: {price} is at most its former selected price {former}."
        "复活中选：{price} 不高于原中选价 {former}。"
    8 AboveFormer "ABOVE_FORMER" { price: Exact, former: Exact }
        "No revival: {price} is above its former selected price {former}."
        "不能复活：{price} 高于原中选价 {former}。"
    9 Preselected "PRESELECTED" { price: Exact }
        "Pre-selected in step one at {price}."
        "第一步预中选：{price}。"
    9 SelectedAtOnce "SELECTED_AT_ONCE" { place: u64, at_once: u64 }
        "Selected at once: place {place} by cut among all lots, at most {at_once}."
        "直接中选：按降幅排第 {place}，最多 {at_once} 个品种。"
    9 CutUnknown "CUT_UNKNOWN" { at_once: u64 }
        "No maximum valid bid is given, so it cannot be ordered by cut among the {at_once} selected at once."
        "未给出最高有效申报价，无法按降幅进入直接中选的 {at_once} 个品种。"
    9 Negotiation "NEGOTIATION" { cut: Exact, minimum: Exact }
        "To be negotiated: its cut {cut} has to reach {minimum}."
        "进入议价：降幅 {cut}，须达到 {minimum}。"
    9 Negotiated "NEGOTIATED" { cut: Exact, minimum: Exact }
        "Selected in negotiation: the cut {cut} reaches {minimum}."
        "议价中选：降幅 {cut}，达到 {minimum}。"
    10 Class "CLASS" { class: Name }
        "Selected in class {class}."
        "中选类别：{class}。"
    13 RuleUnknown "RULE_UNKNOWN" { rule: Name }
        "Not decided: the rule {rule} is not known from any source."
        "未判定：规则 {rule} 无公开依据。"
}

/// The sentence of a template with its values in place.
pub(crate) fn fill(template: &str, values: &[(&'static str, Value<'_>)]) -> String {
    let mut text = String::with_capacity(template.len().saturating_mul(2));
    let mut rest = template;
    while let Some((before, (name, after))) = next_placeholder(rest) {
        text.push_str(before);
        if let Some((_, value)) = values.iter().find(|(known, _)| *known == name) {
            text.push_str(&value.shown());
        }
        rest = after;
    }
    text.push_str(rest);
    text
}

/// What is before a `{name}`, the name, and what is after it.
fn next_placeholder(template: &str) -> Option<(&str, (&str, &str))> {
    let (before, named) = template.split_once('{')?;
    Some((before, named.split_once('}')?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_and_every_placeholder_is_a_value() {
        let mut codes: Vec<&str> = REASONS.iter().map(|info| info.code).collect();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), REASONS.len());
        for info in REASONS {
            for text in [info.en, info.zh] {
                let named: Vec<&str> =
                    text.split('{').skip(1).filter_map(|rest| rest.split('}').next()).collect();
                for name in &named {
                    assert!(info.values.contains(name), "{}: {name}", info.code);
                }
                for value in info.values {
                    assert!(named.contains(value), "{}: {value} is not told", info.code);
                }
            }
        }
    }

    #[test]
    fn a_reason_tells_its_numbers() {
        let reason = Reason::AboveCeiling { price: "0.5".parse().unwrap(), ceiling: "0.25".parse().unwrap() };
        assert_eq!(reason.message_en(), "Void: the unit price 0.5 is above the maximum valid bid 0.25.");
        assert_eq!(reason.message_zh(), "无效申报：单位价格 0.5 高于最高有效申报价 0.25。");
    }
}
