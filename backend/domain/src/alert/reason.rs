//! Findings in words, for the regulator and the maker alike: what was compared, never who is guilty.
use super::finding::{Finding, Kind};
use crate::procurement::values::Name;

/// The reason in English and Chinese, naming the region in people's words.
pub(super) fn words_in(finding: &Finding, region: &Name) -> (String, String) {
    words(&Finding { region: region.clone(), ..finding.clone() })
}

/// The reason in English and Chinese.
pub(super) fn words(finding: &Finding) -> (String, String) {
    let Finding { value, benchmark, threshold, sample, period, region, .. } = finding;
    match finding.kind {
        Kind::UnitError => (
            format!(
                "Check the record: {value} in {region}, {period}, is about {threshold} times away from {benchmark}; was a pack entered as a unit, or the reverse?"
            ),
            format!(
                "请核对数据：{region} {period} 的 {value} 与 {benchmark} 相差约 {threshold} 倍，是否把包装与最小单位填反？"
            ),
        ),
        Kind::Same4Gap => (
            format!(
                "{value} in {region}, {period}, is above {threshold}; the benchmark of {sample} regions is {benchmark}."
            ),
            format!(
                "{region} {period} 价格 {value} 高于 {threshold}；{sample} 个地区的比较价为 {benchmark}（四同）。"
            ),
        ),
        Kind::Same3Gap => (
            format!(
                "{value} in {region}, {period}, is above {threshold}; the reference of {sample} products of the group is {benchmark}."
            ),
            format!(
                "{region} {period} 价格 {value} 高于 {threshold}；同组 {sample} 个产品的参考价为 {benchmark}（三同）。"
            ),
        ),
        Kind::Outlier => outlier(finding),
        Kind::MedianMultiple => (
            format!(
                "{value} in {region}, {period}, is above {threshold}; the median of the product's {sample} rows is {benchmark}."
            ),
            format!(
                "{region} {period} 价格 {value} 高于 {threshold}；该产品 {sample} 条记录的中位数为 {benchmark}。"
            ),
        ),
        Kind::SuddenRise => (
            format!("{value} in {region}, {period}, is above {threshold}; the price before was {benchmark}."),
            format!("{region} {period} 价格 {value} 高于 {threshold}；上期价格为 {benchmark}。"),
        ),
        Kind::TimeShift => shift(finding),
        Kind::AboveCeiling => limit(finding, "the ceiling", "最高限价"),
        Kind::NonSupplyProvince => limit(
            finding,
            "what a selected product may cost outside its supply regions",
            "中选产品在非供应省的价格上限",
        ),
        Kind::AboveCommitment => limit(finding, "the maker's commitment", "企业承诺价"),
        Kind::AboveContract => limit(finding, "the contract's price", "合同价"),
        Kind::ForeignReference => limit(finding, "the reference from foreign prices", "国外参考价"),
        Kind::AbnormalVolume => (
            format!(
                "The quantity in {region}, {period}, is out of line: its modified z is {value} and the limit {threshold}, of {sample} periods."
            ),
            format!("{region} {period} 数量异常：{sample} 个期间的修正 z 值为 {value}，界限为 {threshold}。"),
        ),
    }
}

fn outlier(finding: &Finding) -> (String, String) {
    let Finding { value, benchmark, threshold, sample, period, region, .. } = finding;
    if finding.test.starts_with("modified_z") {
        return (
            format!(
                "The price in {region}, {period}, is out of line with {sample} regions: its modified z is {value} and the limit {threshold}."
            ),
            format!(
                "{region} {period} 价格与 {sample} 个地区相比异常：修正 z 值为 {value}，界限为 {threshold}。"
            ),
        );
    }
    (
        format!(
            "{value} in {region}, {period}, is beyond the fence {threshold} of {sample} regions, whose nearer quartile is {benchmark}."
        ),
        format!(
            "{region} {period} 价格 {value} 超出 {sample} 个地区的界限 {threshold}，较近的四分位数为 {benchmark}。"
        ),
    )
}

fn shift(finding: &Finding) -> (String, String) {
    let Finding { value, benchmark, threshold, sample, period, region, .. } = finding;
    match finding.test {
        "ewma" => (
            format!(
                "In {region} the moving average reached {value} in {period}, above {threshold}; the level of the first {sample} periods was {benchmark}."
            ),
            format!(
                "{region} 的移动平均在 {period} 升至 {value}，高于 {threshold}；前 {sample} 期水平为 {benchmark}。"
            ),
        ),
        "cusum" => (
            format!(
                "In {region} the cumulative sum of rises reached {value} in {period}, above {threshold}; the level of the first {sample} periods was {benchmark}."
            ),
            format!(
                "{region} 的累积和在 {period} 达到 {value}，高于 {threshold}；前 {sample} 期水平为 {benchmark}。"
            ),
        ),
        _ => (
            format!("In {region} the price stepped up in {period}, from {benchmark} to {value} on average."),
            format!("{region} 价格自 {period} 起上台阶，平均由 {benchmark} 升至 {value}。"),
        ),
    }
}

fn limit(finding: &Finding, english: &str, chinese: &str) -> (String, String) {
    let Finding { value, threshold, period, region, .. } = finding;
    (
        format!("{value} in {region}, {period}, is above {threshold}, {english}."),
        format!("{region} {period} 价格 {value} 高于{chinese} {threshold}。"),
    )
}
