//! What the price rules say of a listed price: against the other regions (四同), against what is selected, against its group (三同).
use std::collections::BTreeMap;

use super::rules::ListingRules;
use crate::exact::Exact;
use crate::identity::RegionCode;
use crate::ids::OrganizationId;
use crate::pricing::basket::Statistic;
use crate::pricing::label::{Label, exceeds, label, non_supply_limit};

/// Decimal places of a price in print.
const PLACES: usize = 8;

/// A price that is asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct Offer {
    /// Whose product.
    pub manufacturer: OrganizationId,
    /// Its name.
    pub name: String,
    /// Where.
    pub region: RegionCode,
    /// The price of a smallest unit, tax included.
    pub unit_price: Exact,
    /// Whether it has passed the evaluation, or is a reference product.
    pub passed: bool,
}

/// What it is compared with.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Compared {
    /// The prices that the same product is listed at elsewhere, by region; several where it has several packs.
    pub elsewhere: Vec<(RegionCode, Exact)>,
    /// The prices of the other makers' products of the group in the region.
    pub group: Vec<Exact>,
    /// What is selected of the name and spec.
    pub selected: Vec<SelectedOffer>,
}

/// A selected product that a price is compared with.
#[derive(Clone, Debug, PartialEq)]
pub struct SelectedOffer {
    /// Its firm, where it is known.
    pub holder: Option<OrganizationId>,
    /// The selected price of a smallest unit.
    pub unit_price: Exact,
    /// Whether its firm supplies the region.
    pub supplies: bool,
    /// Whether the result is a national one.
    pub national: bool,
    /// Whether everybody may know the price.
    pub disclosed: bool,
}

impl SelectedOffer {
    /// Whether a firm may know the price: everybody may, or it is its own.
    pub fn is_told_to(&self, firm: OrganizationId) -> bool {
        self.disclosed || self.holder == Some(firm)
    }
}

/// What was tested.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TestKind {
    /// 四同: against the other regions.
    Same4,
    /// 中选价: a selected product against its own selected price.
    SelectedPrice,
    /// 非供应省: the same where its firm does not supply.
    NonSupply,
    /// 非中选: what has not been selected against the highest selected price.
    NonSelected,
    /// 三同: the label.
    Same3,
}

impl TestKind {
    /// The stable label.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Same4 => "SAME4",
            Self::SelectedPrice => "SELECTED_PRICE",
            Self::NonSupply => "NON_SUPPLY",
            Self::NonSelected => "NON_SELECTED",
            Self::Same3 => "SAME3",
        }
    }
}

/// How a test came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The price is not above the limit.
    Kept,
    /// It is above.
    Exceeded,
    /// There was too little to compare with.
    NotJudged,
}

impl Outcome {
    /// The stable label.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Kept => "KEPT",
            Self::Exceeded => "EXCEEDED",
            Self::NotJudged => "NOT_JUDGED",
        }
    }
}

/// One test with all that it rests on. Prices are of a smallest unit, in yuan.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// What was tested.
    pub kind: TestKind,
    /// How it came out.
    pub outcome: Outcome,
    /// What was judged.
    pub value: String,
    /// What it was compared with; none where there was too little.
    pub benchmark: Option<String>,
    /// What it may not exceed.
    pub threshold: Option<String>,
    /// How many prices the benchmark is of, or would have been of.
    pub sample: usize,
    /// How many it would need.
    pub needed: usize,
    /// Whether it rests on a price that not everybody may know: its firm is not told of it.
    pub secret: bool,
}

/// What the rules say of a price.
#[derive(Clone, Debug, PartialEq)]
pub struct Verdict {
    /// Each test.
    pub findings: Vec<Finding>,
    /// The label that the price gets.
    pub label: Label,
}

impl Verdict {
    /// Whether a ceiling is exceeded; a label is none.
    pub fn above_ceiling(&self) -> bool {
        let ceiling = |finding: &&Finding| finding.kind != TestKind::Same3;
        self.findings.iter().filter(ceiling).any(|finding| finding.outcome == Outcome::Exceeded)
    }
}

impl Finding {
    fn judged(kind: TestKind, value: &Exact, benchmark: &Exact, threshold: &Exact, sample: usize) -> Self {
        let above = exceeds(value, threshold, &Exact::one());
        Self {
            kind,
            outcome: if above { Outcome::Exceeded } else { Outcome::Kept },
            value: value.to_short(PLACES),
            benchmark: Some(benchmark.to_short(PLACES)),
            threshold: Some(threshold.to_short(PLACES)),
            sample,
            needed: 1,
            secret: false,
        }
    }

    fn unjudged(kind: TestKind, value: &Exact, (sample, needed): (usize, usize)) -> Self {
        let value = value.to_short(PLACES);
        let outcome = Outcome::NotJudged;
        Self { kind, outcome, value, benchmark: None, threshold: None, sample, needed, secret: false }
    }

    /// The finding in English.
    pub fn english(&self) -> String {
        let Self { value, sample, needed, .. } = self;
        let (Some(benchmark), Some(threshold)) = (&self.benchmark, &self.threshold) else {
            let of = if self.kind == TestKind::Same4 { "other regions" } else { "products of the group" };
            return format!("{value} yuan was not judged: there are {sample} {of}, and it takes {needed}.");
        };
        let is = if self.outcome == Outcome::Exceeded { "is above" } else { "is not above" };
        match self.kind {
            TestKind::Same4 => format!(
                "{value} yuan {is} {threshold}; the same product's benchmark in {sample} other regions is {benchmark}."
            ),
            TestKind::SelectedPrice => {
                format!("{value} yuan {is} the product's own selected price, {benchmark}.")
            }
            TestKind::NonSupply => format!(
                "{value} yuan {is} {threshold}, what a selected product may cost where its firm does not supply; the highest of {sample} selected prices is {benchmark}."
            ),
            TestKind::NonSelected => format!(
                "{value} yuan {is} {threshold}, what a product that is not selected may cost; the highest of {sample} selected prices is {benchmark}."
            ),
            TestKind::Same3 => format!(
                "{value} yuan {is} {threshold}; the reference of {sample} products of the group is {benchmark}."
            ),
        }
    }

    /// The finding in Chinese.
    pub fn chinese(&self) -> String {
        let Self { value, sample, needed, .. } = self;
        let (Some(benchmark), Some(threshold)) = (&self.benchmark, &self.threshold) else {
            let of = if self.kind == TestKind::Same4 { "个其他地区" } else { "个同组产品" };
            return format!("{value} 元未作判断：现有 {sample} {of}，至少需要 {needed} 个。");
        };
        let is = if self.outcome == Outcome::Exceeded { "高于" } else { "未高于" };
        match self.kind {
            TestKind::Same4 => {
                format!(
                    "{value} 元{is} {threshold}；同品种（四同）在 {sample} 个其他地区的比较价为 {benchmark}。"
                )
            }
            TestKind::SelectedPrice => format!("{value} 元{is}本产品中选价 {benchmark}。"),
            TestKind::NonSupply => format!(
                "{value} 元{is}中选产品在非供应省的上限 {threshold}；{sample} 个中选价中最高为 {benchmark}。"
            ),
            TestKind::NonSelected => {
                format!("{value} 元{is}非中选产品的上限 {threshold}；{sample} 个中选价中最高为 {benchmark}。")
            }
            TestKind::Same3 => {
                format!("{value} 元{is} {threshold}；同组（三同）{sample} 个产品的参考价为 {benchmark}。")
            }
        }
    }
}

/// Judges a price. Equality is never a violation.
pub fn judge(rules: &ListingRules, offer: &Offer, compared: &Compared) -> Verdict {
    let mut findings = Vec::new();
    findings.extend(same4(rules, offer, compared));
    findings.extend(selected(rules, offer, &compared.selected));
    let (finding, label) = same3(rules, offer, &compared.group);
    findings.extend(finding);
    Verdict { findings, label }
}

/// 四同: against the statistic of the other regions, each with the middle of its prices.
fn same4(rules: &ListingRules, offer: &Offer, compared: &Compared) -> Option<Finding> {
    let rule = rules.same4.as_ref()?;
    let mut regions: BTreeMap<RegionCode, Vec<Exact>> = BTreeMap::new();
    for (region, price) in &compared.elsewhere {
        if *region != offer.region {
            regions.entry(*region).or_default().push(price.clone());
        }
    }
    let levels: Vec<Exact> =
        regions.into_values().filter_map(|prices| Statistic::Median.of(&prices, 1)).collect();
    let value = &offer.unit_price;
    Some(match rule.statistic.of(&levels, rule.sample) {
        Some(benchmark) => {
            let threshold = &benchmark * &(&Exact::one() + &rule.tolerance);
            Finding::judged(TestKind::Same4, value, &benchmark, &threshold, levels.len())
        }
        None => Finding::unjudged(TestKind::Same4, value, (levels.len(), rule.sample)),
    })
}

/// Against what is selected of the name and spec: the own price, or the highest one.
fn selected(rules: &ListingRules, offer: &Offer, selected: &[SelectedOffer]) -> Option<Finding> {
    let prices: Vec<Exact> = selected.iter().map(|one| one.unit_price.clone()).collect();
    let highest = Statistic::Highest.of(&prices, 1)?;
    let value = &offer.unit_price;
    let secret = selected.iter().any(|one| !one.is_told_to(offer.manufacturer));
    let own: Vec<&SelectedOffer> =
        selected.iter().filter(|one| one.holder == Some(offer.manufacturer)).collect();
    let lowest: Vec<Exact> = own.iter().map(|one| one.unit_price.clone()).collect();
    let Some(price) = Statistic::Minimum.of(&lowest, 1) else {
        let multiple = if offer.passed { &rules.passed } else { &rules.unpassed };
        let threshold = &highest * multiple;
        let found = Finding::judged(TestKind::NonSelected, value, &highest, &threshold, prices.len());
        return Some(Finding { secret, ..found });
    };
    // Where its firm supplies, and everywhere in the regions of a province or an alliance, the selected price is the price.
    if own.iter().any(|one| one.supplies || !one.national) {
        return Some(Finding::judged(TestKind::SelectedPrice, value, &price, &price, own.len()));
    }
    let threshold = non_supply_limit(&price, &highest, &rules.non_supply);
    let found = Finding::judged(TestKind::NonSupply, value, &highest, &threshold, prices.len());
    Some(Finding { secret, ..found })
}

/// 三同: the label among the group's products in the region, its own price among them.
fn same3(rules: &ListingRules, offer: &Offer, others: &[Exact]) -> (Option<Finding>, Label) {
    let Some(rule) = rules.same3.as_ref().filter(|rule| !rule.exempt.contains(&offer.name)) else {
        return (None, Label::None);
    };
    let value = &offer.unit_price;
    let prices: Vec<Exact> = others.iter().chain([value]).cloned().collect();
    let Some(reference) = rule.statistic.of(&prices, rule.sample) else {
        return (Some(Finding::unjudged(TestKind::Same3, value, (prices.len(), rule.sample))), Label::None);
    };
    let label = label(value, &reference, &rule.yellow, &rule.red);
    let multiple = if label == Label::Red { &rule.red } else { &rule.yellow };
    let threshold = &reference * multiple;
    (Some(Finding::judged(TestKind::Same3, value, &reference, &threshold, prices.len())), label)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::Id;
    use crate::listing::rules::listing_preset;

    fn exact(text: &str) -> Exact {
        text.parse().unwrap()
    }

    fn org(number: u128) -> OrganizationId {
        OrganizationId::from_number(number)
    }

    fn offer(price: &str, passed: bool) -> Offer {
        let region = RegionCode::parse("320000").unwrap();
        Offer {
            manufacturer: org(1),
            name: "厄贝沙坦片".to_owned(),
            region,
            unit_price: exact(price),
            passed,
        }
    }

    fn elsewhere(prices: &[(&str, &str)]) -> Compared {
        let one = |(region, price): &(&str, &str)| (RegionCode::parse(region).unwrap(), exact(price));
        Compared { elsewhere: prices.iter().map(one).collect(), ..Compared::default() }
    }

    fn selected_by(holder: u128, price: &str, supplies: bool, national: bool) -> SelectedOffer {
        let holder = Some(org(holder));
        SelectedOffer { holder, unit_price: exact(price), supplies, national, disclosed: true }
    }

    /// Which test, how it came out, its benchmark, its threshold and its sample.
    fn told(offer: &Offer, compared: &Compared, kind: TestKind) -> Option<(String, usize)> {
        let verdict = judge(&listing_preset(), offer, compared);
        let found = verdict.findings.into_iter().find(|finding| finding.kind == kind)?;
        let text = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
        let (benchmark, threshold) = (text(found.benchmark), text(found.threshold));
        Some((format!("{} {benchmark} {threshold}", found.outcome.label()), found.sample))
    }

    #[test]
    fn same4_compares_with_three_other_regions_or_more_and_equality_is_kept() {
        let three = elsewhere(&[("310000", "0.5"), ("330000", "0.6"), ("340000", "0.8")]);
        let same4 =
            |price, compared: &Compared| told(&offer(price, true), compared, TestKind::Same4).unwrap();
        assert_eq!(same4("0.6", &three), ("KEPT 0.6 0.6".to_owned(), 3));
        assert_eq!(same4("0.6001", &three), ("EXCEEDED 0.6 0.6".to_owned(), 3));
        // Its own region is no other one, and a region with several packs counts once, with the middle of them.
        let own = elsewhere(&[("320000", "0.1"), ("310000", "0.5"), ("330000", "0.6")]);
        assert_eq!(same4("9", &own), ("NOT_JUDGED - -".to_owned(), 2));
        let packs = elsewhere(&[
            ("310000", "0.1"),
            ("310000", "0.5"),
            ("310000", "0.9"),
            ("330000", "0.6"),
            ("340000", "0.8"),
        ]);
        assert_eq!(same4("0.61", &packs), ("EXCEEDED 0.6 0.6".to_owned(), 3));
    }

    #[test]
    fn what_is_not_selected_stays_below_a_multiple_of_the_highest_selected_price() {
        let compared = Compared {
            selected: vec![selected_by(2, "0.62", true, true), selected_by(3, "0.80", false, true)],
            ..Compared::default()
        };
        let non_selected =
            |price, passed| told(&offer(price, passed), &compared, TestKind::NonSelected).unwrap().0;
        assert_eq!(non_selected("0.80", false), "KEPT 0.8 0.8");
        assert_eq!(non_selected("0.8001", false), "EXCEEDED 0.8 0.8");
        assert_eq!(non_selected("1.2", true), "KEPT 0.8 1.2");
        assert_eq!(non_selected("1.2001", true), "EXCEEDED 0.8 1.2");
        assert_eq!(told(&offer("9", false), &Compared::default(), TestKind::NonSelected), None);
        let secret = |disclosed, own| {
            let hidden = SelectedOffer { disclosed, ..selected_by(own, "0.5", false, true) };
            let compared = Compared { selected: vec![hidden], ..Compared::default() };
            judge(&listing_preset(), &offer("0.4", false), &compared).findings.iter().any(|one| one.secret)
        };
        assert_eq!([secret(false, 2), secret(true, 2), secret(false, 1)], [true, false, false]);
    }

    #[test]
    fn a_selected_product_costs_its_price_where_it_is_supplied_and_up_to_half_more_elsewhere() {
        let compared = |supplies, national| Compared {
            selected: vec![selected_by(1, "0.62", supplies, national), selected_by(3, "0.80", true, true)],
            ..Compared::default()
        };
        let at = |price, supplies, national, kind| {
            told(&offer(price, true), &compared(supplies, national), kind).map(|(text, _)| text)
        };
        let kept = |text: &str| Some(text.to_owned());
        assert_eq!(at("0.62", true, true, TestKind::SelectedPrice), kept("KEPT 0.62 0.62"));
        assert_eq!(at("0.6201", true, true, TestKind::SelectedPrice), kept("EXCEEDED 0.62 0.62"));
        assert_eq!(at("0.93", false, true, TestKind::NonSupply), kept("KEPT 0.8 0.93"));
        assert_eq!(at("0.9301", false, true, TestKind::NonSupply), kept("EXCEEDED 0.8 0.93"));
        // A result of a province or an alliance has one price inside and outside its supply regions.
        assert_eq!(at("0.63", false, false, TestKind::SelectedPrice), kept("EXCEEDED 0.62 0.62"));
        assert_eq!(at("0.63", false, false, TestKind::NonSupply), None);
    }

    #[test]
    fn labels_begin_strictly_above_their_multiple_of_the_lowest_and_a_group_of_one_has_none() {
        let labelled = |price, others: &[&str]| {
            let compared =
                Compared { group: others.iter().map(|price| exact(price)).collect(), ..Compared::default() };
            let verdict = judge(&listing_preset(), &offer(price, true), &compared);
            assert!(!verdict.above_ceiling(), "a label is no ceiling");
            verdict.label
        };
        assert_eq!(
            ["0.75", "0.7501", "0.90", "0.9001"].map(|price| labelled(price, &["0.50"])),
            [Label::None, Label::Yellow, Label::Yellow, Label::Red]
        );
        assert_eq!(labelled("9", &[]), Label::None);
        let mut rules = listing_preset();
        rules.same3.iter_mut().for_each(|rule| rule.exempt = ["厄贝沙坦片".to_owned()].into());
        let compared = Compared { group: vec![exact("0.1")], ..Compared::default() };
        let verdict = judge(&rules, &offer("9", true), &compared);
        assert_eq!(
            (verdict.label, verdict.findings.len()),
            (Label::None, 1),
            "a shortage drug gets no label"
        );
    }

    #[test]
    fn every_finding_is_told_in_both_languages_with_value_benchmark_and_sample() {
        let mut compared = elsewhere(&[("310000", "0.5"), ("330000", "0.6"), ("340000", "0.8")]);
        compared.group = vec![exact("0.3")];
        for (own, national, supplies) in
            [(1, true, true), (1, true, false), (2, true, true), (1, false, false)]
        {
            compared.selected = vec![selected_by(own, "0.4", supplies, national)];
            for price in ["0.35", "2.5"] {
                for finding in judge(&listing_preset(), &offer(price, true), &compared).findings {
                    let (english, chinese) = (finding.english(), finding.chinese());
                    let benchmark = finding.benchmark.unwrap();
                    for told in [&english, &chinese] {
                        assert!(told.contains(&finding.value) && told.contains(&benchmark), "{told}");
                    }
                    assert_eq!(english.contains("is above"), finding.outcome == Outcome::Exceeded);
                    assert_eq!(chinese.contains("未高于"), finding.outcome == Outcome::Kept);
                }
            }
        }
        let nothing = judge(&listing_preset(), &offer("1", true), &Compared::default());
        let words: Vec<String> = nothing.findings.iter().map(Finding::english).collect();
        assert_eq!(
            words,
            [
                "1 yuan was not judged: there are 0 other regions, and it takes 3.",
                "1 yuan was not judged: there are 1 products of the group, and it takes 2."
            ]
        );
    }
}
