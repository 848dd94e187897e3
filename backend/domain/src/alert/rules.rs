//! Monitor rules (监测规则): every threshold as data. A monitor whose section a file leaves out is off. What each key means is written in
//! `backend/domain/rules/monitors.md`.
use std::collections::{BTreeMap, BTreeSet};

use crate::exact::Exact;
use crate::pricing::basket::Statistic;
use crate::procurement::rules::file::head;
use crate::procurement::rules::reader::Reader;
use crate::procurement::rules::{Count, Head, Number, Preset, Provision, RuleProblem};

/// The monitor rules that ship.
pub const MONITOR_PRESETS: &[Preset] =
    &[Preset { id: "cn-monitor-2026", text: include_str!("../../rules/cn-monitor-2026.toml") }];

/// Shipped monitor rules by id.
pub fn monitor_preset(id: &str) -> Option<&'static Preset> {
    MONITOR_PRESETS.iter().find(|preset| preset.id == id)
}

/// Whether a price is off by a factor of its pack (数据核对): first of all, and never an accusation.
#[derive(Clone, Debug, PartialEq)]
pub struct UnitRule {
    /// The factors, and their inverses.
    pub factors: Vec<f64>,
    /// How near a ratio is to a factor, as a share of it.
    pub tolerance: f64,
    /// Other prices of the product in the period to compare with; with fewer the region's last price is taken.
    pub sample: usize,
}

/// 四同: one product between regions.
#[derive(Clone, Debug, PartialEq)]
pub struct Same4Rule {
    /// What the regions are compared with.
    pub statistic: Statistic,
    /// How far above it a price may be, as a share.
    pub tolerance: Exact,
    /// Regions from which on there is a benchmark.
    pub sample: usize,
}

/// 三同: makers of one group in a region, with labels.
#[derive(Clone, Debug, PartialEq)]
pub struct Same3Rule {
    /// What the products are compared with.
    pub statistic: Statistic,
    /// Above this multiple a product is yellow.
    pub yellow: Exact,
    /// Above this one red.
    pub red: Exact,
    /// Products from which on there is a reference.
    pub sample: usize,
    /// Products that get no label, such as those on a list of shortage drugs.
    pub exempt: BTreeSet<String>,
}

/// A rise from one period to the next.
#[derive(Clone, Debug, PartialEq)]
pub struct RiseRule {
    /// Above this multiple of the price before it is yellow.
    pub yellow: Exact,
    /// Above this one red.
    pub red: Exact,
}

/// A slow shift within one product and region.
#[derive(Clone, Debug, PartialEq)]
pub struct ShiftRule {
    /// Periods that tell the level and the spread.
    pub baseline: usize,
    /// Least spread, as a share of the level.
    pub floor: f64,
    /// Weight and width of the moving average's limit.
    pub ewma: Option<(f64, f64)>,
    /// Slack and limit of the cumulative sum.
    pub cusum: Option<(f64, f64)>,
    /// Whether one cut in two is sought.
    pub change_point: bool,
}

/// One region out of line with the others.
#[derive(Clone, Debug, PartialEq)]
pub struct OutlierRule {
    /// Largest modified z of the logarithm.
    pub z: Option<f64>,
    /// Tukey's multiples, of type 7 quartiles: yellow and red.
    pub fences: Option<(f64, f64)>,
    /// Regions from which on it is judged.
    pub sample: usize,
}

/// A row far above the median of all rows of its product.
#[derive(Clone, Debug, PartialEq)]
pub struct MedianRule {
    /// The multiple.
    pub multiple: Exact,
    /// Rows from which on it is judged.
    pub sample: usize,
}

/// A quantity out of line with the region's own.
#[derive(Clone, Debug, PartialEq)]
pub struct VolumeRule {
    /// Largest modified z of the logarithm.
    pub z: f64,
    /// Periods from which on it is judged.
    pub sample: usize,
}

/// What a limit is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LimitKind {
    /// A ceiling set by an authority (限价).
    Ceiling,
    /// What the maker promised (承诺价).
    Commitment,
    /// The contract's price (合同价).
    Contract,
    /// A selected price, where its maker does not supply (非供应省).
    NonSupply,
    /// A basket of foreign prices.
    Foreign,
}

impl LimitKind {
    const NAMES: &[(&str, Self)] = &[
        ("ceiling", Self::Ceiling),
        ("commitment", Self::Commitment),
        ("contract", Self::Contract),
        ("non_supply", Self::NonSupply),
        ("foreign", Self::Foreign),
    ];
}

/// A limit that a rule file gives for a product.
#[derive(Clone, Debug, PartialEq)]
pub struct Limit {
    /// What it is.
    pub kind: LimitKind,
    /// The product.
    pub product: String,
    /// Its region; every region without one.
    pub region: Option<String>,
    /// Regions where it does not hold (supply regions of a selected product).
    pub except: BTreeSet<String>,
    /// The price that may not be exceeded, exact. `None` where a basket has too few prices.
    pub price: Option<Exact>,
    /// Where it comes from.
    pub source: String,
}

/// When a rule says that it flags too much.
#[derive(Clone, Debug, PartialEq)]
pub struct NoiseRule {
    /// Largest share of what is judged.
    pub share: f64,
    /// How much has to be judged to say so.
    pub sample: usize,
}

/// A rule file of monitors.
#[derive(Clone, Debug, PartialEq)]
pub struct MonitorRules {
    /// Who and when.
    pub head: Head,
    /// Every number with its origin.
    pub provisions: Vec<Provision>,
    /// Unit and pack errors.
    pub unit: Option<UnitRule>,
    /// 四同.
    pub same4: Option<Same4Rule>,
    /// 三同.
    pub same3: Option<Same3Rule>,
    /// Sudden rise.
    pub rise: Option<RiseRule>,
    /// Time shift.
    pub shift: Option<ShiftRule>,
    /// Outlier.
    pub outlier: Option<OutlierRule>,
    /// Multiple of the median.
    pub median: Option<MedianRule>,
    /// Volume.
    pub volume: Option<VolumeRule>,
    /// Limits by product.
    pub limits: BTreeMap<String, Vec<Limit>>,
    /// Too many findings.
    pub noise: Option<NoiseRule>,
}

/// Reads a rule file of monitors. Errors: every fault of the file at once (`RULE_FILE_INVALID`).
pub fn parse_monitors(text: &str) -> Result<MonitorRules, Vec<RuleProblem>> {
    let mut reader = Reader::open(text)?;
    let head = head(&mut reader);
    let rules = MonitorRules {
        head,
        unit: section(&mut reader, "unit_error", unit),
        same4: section(&mut reader, "same4", same4),
        same3: section(&mut reader, "same3", same3),
        rise: section(&mut reader, "rise", rise),
        shift: section(&mut reader, "shift", shift),
        outlier: section(&mut reader, "outlier", outlier),
        median: section(&mut reader, "median", median),
        volume: section(&mut reader, "volume", volume),
        limits: limits(&mut reader),
        noise: section(&mut reader, "noise", noise),
        provisions: Vec::new(),
    };
    reader.report_unused();
    if !reader.problems.is_empty() {
        return Err(reader.problems);
    }
    Ok(MonitorRules { provisions: reader.provisions, ..rules })
}

fn section<T>(reader: &mut Reader, name: &str, read: impl FnOnce(&mut Reader) -> Option<T>) -> Option<T> {
    if reader.has(name) { read(reader) } else { None }
}

fn exact(reader: &mut Reader, path: &str) -> Option<Exact> {
    reader.required(path, Reader::positive).map(|number| number.value)
}

fn double(number: &Number) -> f64 {
    number.value.to_places(17).parse().unwrap_or(0.0)
}

fn positive(reader: &mut Reader, path: &str) -> Option<f64> {
    reader.required(path, Reader::positive).as_ref().map(double)
}

fn sample(reader: &mut Reader, section: &str, key: &str) -> Option<usize> {
    let Count { value, .. } = reader.required(&format!("{section}.{key}"), Reader::count)?;
    usize::try_from(value).ok()
}

fn statistic(reader: &mut Reader, path: &str) -> Option<Statistic> {
    reader
        .required(path, |reader, path| reader.choice(path, Statistic::NAMES))
        .map(|(statistic, _)| statistic)
}

fn unit(reader: &mut Reader) -> Option<UnitRule> {
    let factors = reader.list("unit_error.factors");
    reader.provision("unit_error.factors");
    let numbers: Vec<f64> = factors
        .iter()
        .filter_map(|text| text.parse().ok())
        .filter(|factor: &f64| factor.is_finite() && *factor > 1.0)
        .collect();
    if numbers.len() != factors.len() || factors.is_empty() {
        let expected =
            ("a list of numbers above 1, as [\"10\", \"7\"]", "大于 1 的数字列表，如 [\"10\", \"7\"]");
        reader.problem("unit_error.factors", (0, 0), factors.join(", "), expected);
    }
    let tolerance = positive(reader, "unit_error.tolerance");
    let sample = sample(reader, "unit_error", "minimum_prices");
    Some(UnitRule { factors: numbers, tolerance: tolerance?, sample: sample? })
}

fn same4(reader: &mut Reader) -> Option<Same4Rule> {
    let statistic = statistic(reader, "same4.statistic");
    let tolerance = reader.required("same4.tolerance", Reader::number);
    let sample = sample(reader, "same4", "minimum_regions");
    Some(Same4Rule { statistic: statistic?, tolerance: tolerance?.value, sample: sample? })
}

fn same3(reader: &mut Reader) -> Option<Same3Rule> {
    let exempt = reader.list("same3.exempt").into_iter().collect();
    let statistic = statistic(reader, "same3.reference");
    let (yellow, red) = (exact(reader, "same3.yellow"), exact(reader, "same3.red"));
    let sample = sample(reader, "same3", "minimum_products");
    Some(Same3Rule { statistic: statistic?, yellow: yellow?, red: red?, sample: sample?, exempt })
}

fn rise(reader: &mut Reader) -> Option<RiseRule> {
    let (yellow, red) = (exact(reader, "rise.yellow"), exact(reader, "rise.red"));
    Some(RiseRule { yellow: yellow?, red: red? })
}

fn pair(reader: &mut Reader, section: &str, [first, second]: [&str; 2]) -> Option<(f64, f64)> {
    if !reader.has(section) {
        return None;
    }
    let first = positive(reader, &format!("{section}.{first}"));
    let second = positive(reader, &format!("{section}.{second}"));
    first.zip(second)
}

fn shift(reader: &mut Reader) -> Option<ShiftRule> {
    let baseline = sample(reader, "shift", "baseline_periods");
    let floor = positive(reader, "shift.least_deviation");
    let ewma = pair(reader, "shift.ewma", ["weight", "width"]);
    let cusum = pair(reader, "shift.cusum", ["slack", "limit"]);
    let change_point = reader.has("shift.change_point") && reader.flag("shift.change_point");
    if reader.has("shift.change_point") {
        reader.provision("shift.change_point");
    }
    Some(ShiftRule { baseline: baseline?, floor: floor?, ewma, cusum, change_point })
}

fn outlier(reader: &mut Reader) -> Option<OutlierRule> {
    let sample = sample(reader, "outlier", "minimum_regions");
    let z = reader.has("outlier.z").then(|| positive(reader, "outlier.z")).flatten();
    let fences = pair(reader, "outlier.fences", ["yellow", "red"]);
    Some(OutlierRule { z, fences, sample: sample? })
}

fn median(reader: &mut Reader) -> Option<MedianRule> {
    let multiple = exact(reader, "median.multiple");
    let sample = sample(reader, "median", "minimum_rows");
    Some(MedianRule { multiple: multiple?, sample: sample? })
}

fn volume(reader: &mut Reader) -> Option<VolumeRule> {
    let z = positive(reader, "volume.z");
    let sample = sample(reader, "volume", "minimum_periods");
    Some(VolumeRule { z: z?, sample: sample? })
}

fn noise(reader: &mut Reader) -> Option<NoiseRule> {
    let share = positive(reader, "noise.share");
    let sample = sample(reader, "noise", "minimum_judged");
    Some(NoiseRule { share: share?, sample: sample? })
}

fn limits(reader: &mut Reader) -> BTreeMap<String, Vec<Limit>> {
    let multiple = section(reader, "non_supply", |reader| exact(reader, "non_supply.multiple"));
    let basket = section(reader, "foreign", |reader| {
        let statistic = statistic(reader, "foreign.statistic");
        let sample = sample(reader, "foreign", "minimum_countries");
        let multiple = exact(reader, "foreign.multiple");
        Some((statistic?, sample?, multiple?))
    });
    let entries = reader.children("limit");
    let mut limits = BTreeMap::<String, Vec<Limit>>::new();
    for entry in entries {
        let found = limit(reader, &format!("limit.{entry}"), multiple.as_ref(), basket.as_ref());
        found.into_iter().for_each(|limit| limits.entry(limit.product.clone()).or_default().push(limit));
    }
    limits
}

fn limit(
    reader: &mut Reader,
    path: &str,
    multiple: Option<&Exact>,
    basket: Option<&(Statistic, usize, Exact)>,
) -> Option<Limit> {
    let key = |name: &str| format!("{path}.{name}");
    let word = reader.text(&key("kind"));
    let kind = LimitKind::NAMES.iter().find(|(name, _)| *name == word).map(|(_, kind)| *kind);
    let product = reader.text(&key("product"));
    let source = reader.text(&key("document"));
    let region = reader.has(&key("region")).then(|| reader.text(&key("region")));
    let except = reader.list(&key("supply_regions")).into_iter().collect();
    let fault = |reader: &mut Reader, name: &str, expected| {
        reader.problem(&key(name), (0, 0), word.clone(), expected);
        None
    };
    let price = match (kind, multiple, basket) {
        (Some(LimitKind::Ceiling | LimitKind::Commitment | LimitKind::Contract), _, _) => {
            Some(price(reader, &key("price"))?)
        }
        (Some(LimitKind::NonSupply), Some(multiple), _) => {
            let (selected, highest) = (price(reader, &key("price")), price(reader, &key("highest_selected")));
            Some(crate::pricing::label::non_supply_limit(&selected?, &highest?, multiple))
        }
        (Some(LimitKind::Foreign), _, Some((statistic, sample, multiple))) => {
            let countries = reader.children(&key("prices"));
            let prices = countries.iter().map(|country| price(reader, &key(&format!("prices.{country}"))));
            let prices: Vec<Exact> = prices.collect::<Option<_>>()?;
            statistic.of(&prices, *sample).map(|reference| &reference * multiple)
        }
        (Some(LimitKind::NonSupply | LimitKind::Foreign), _, _) => {
            let expected = (
                "the section of that kind, which says how the limit is made",
                "先写出该类限价的计算规则一节",
            );
            return fault(reader, "kind", expected);
        }
        (None, _, _) => {
            let expected = (
                "ceiling, commitment, contract, non_supply or foreign",
                "ceiling（限价）、commitment（承诺价）、contract（合同价）、non_supply（非供应省）或 foreign（国外参考价）",
            );
            return fault(reader, "kind", expected);
        }
    };
    Some(Limit { kind: kind?, product, region, except, price, source })
}

fn price(reader: &mut Reader, path: &str) -> Option<Exact> {
    let text = reader.text(path);
    let price = crate::procurement::values::parse_positive(&text).ok();
    if price.is_none() {
        reader.problem(path, (0, 0), text, ("a price above 0", "大于 0 的价格"));
    }
    price.map(Exact::from)
}
