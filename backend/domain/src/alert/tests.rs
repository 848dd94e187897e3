//! Each monitor on rows made for it, and what holds for all of them.
#![expect(clippy::arithmetic_side_effects, reason = "small numbers in a test")]

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::movement::{Movement, movements};
use super::rules::{MONITOR_PRESETS, monitor_preset, parse_monitors};
use super::{Alert, Batch, Kind, Monitors, Observation, Severity};
use crate::pricing::parse_period;

const HEAD: &str = "id = \"t\"\nversion = \"1\"\ntitle_en = \"t\"\ntitle_zh = \"t\"\njurisdiction = \"CN\"\nvalid_from = \"2026-01-01\"\n";

fn row(row: u64, period: &str, region: &str, product: &str, price: &str) -> Observation {
    Observation {
        row,
        period: parse_period(period).unwrap(),
        region: region.into(),
        maker: format!("maker of {product}").into(),
        product: product.into(),
        group: "group".into(),
        price: price.parse().unwrap(),
        quantity: None,
    }
}

/// One price in each of as many regions.
fn regions(prices: &[&str]) -> Vec<Observation> {
    (1..)
        .zip(prices)
        .map(|(line, price)| row(line, "2026-01", &format!("region {line:02}"), "P", price))
        .collect()
}

/// One price in each of as many months.
fn months(prices: &[&str]) -> Vec<Observation> {
    (1..).zip(prices).map(|(line, price)| row(line, &format!("2026-{line:02}"), "R", "P", price)).collect()
}

fn watch(sections: &str, rows: Vec<Observation>) -> Monitors {
    let rules = parse_monitors(&format!("{HEAD}{sections}")).unwrap();
    let mut monitors = Monitors::new(rules);
    monitors.feed(Batch { rows, withdrawn: Vec::new() });
    monitors
}

fn alerts(sections: &str, rows: Vec<Observation>) -> Vec<Alert> {
    watch(sections, rows).alerts().cloned().collect()
}

fn summary(alerts: &[Alert]) -> Vec<(&str, Severity, String, String)> {
    let one = |alert: &Alert| {
        let finding = &alert.finding;
        let region = finding.region.to_string();
        let limit = format!("{} > {} of {}", finding.value, finding.threshold, finding.sample);
        (finding.kind.name(), finding.severity, region, limit)
    };
    alerts.iter().map(one).collect()
}

const SAME4: &str = "[same4]\nsource = \"t\"\nconfidence = \"assumed\"\nstatistic = \"median\"\ntolerance = \"0\"\nminimum_regions = 3\n";

#[test]
fn a_region_above_the_median_of_three_is_found_and_of_two_is_not() {
    let found = alerts(SAME4, regions(&["10", "11", "10.5"]));
    assert_eq!(
        summary(&found),
        [("SAME4_GAP", Severity::Yellow, "region 02".to_owned(), "11 > 10.5 of 3".to_owned())]
    );
    let two = watch(SAME4, regions(&["10", "20"]));
    assert_eq!((two.alerts().count(), two.tallies()[&Kind::Same4Gap].too_few), (0, 2));
}

const SAME3: &str = "[same3]\nsource = \"t\"\nconfidence = \"assumed\"\nreference = \"minimum\"\nyellow = \"1.5\"\nred = \"1.8\"\nminimum_products = 2\nexempt = [\"E\"]\n";

#[test]
fn a_label_is_given_strictly_above_its_multiple_of_the_lowest_of_the_group() {
    let label = |price: &str| {
        let rows = vec![row(1, "2026-01", "R", "A", "0.50"), row(2, "2026-01", "R", "B", price)];
        alerts(SAME3, rows).first().map(|alert| alert.finding.severity)
    };
    assert_eq!(
        ["0.75", "0.7501", "0.90", "0.9001"].map(label),
        [None, Some(Severity::Yellow), Some(Severity::Yellow), Some(Severity::Red)]
    );
    let elsewhere = vec![row(1, "2026-01", "R", "A", "0.50"), row(2, "2026-01", "S", "B", "9")];
    assert_eq!(alerts(SAME3, elsewhere), []);
    let exempt = vec![row(1, "2026-01", "R", "A", "0.50"), row(2, "2026-01", "R", "E", "9")];
    assert_eq!(alerts(SAME3, exempt), []);
}

const OUTLIER: &str = "[outlier]\nsource = \"t\"\nconfidence = \"assumed\"\nz = \"3.5\"\nminimum_regions = 8\n[outlier.fences]\nyellow = \"1.5\"\nred = \"3\"\n";

#[test]
fn the_two_dear_provinces_of_twelve_are_outliers_by_both_tests() {
    let prices =
        ["12.5", "12.5", "12.6", "12.8", "12.9", "13.0", "13.0", "13.2", "13.5", "13.8", "19.9", "31.0"];
    let found = alerts(OUTLIER, regions(&prices));
    let regions: Vec<&str> = found.iter().map(|alert| &*alert.finding.region).collect();
    assert_eq!(regions, ["region 11", "region 12"]);
    assert!(found.iter().all(|alert| alert.tests.iter().eq(["modified_z", "tukey_far"].iter())));
}

#[test]
fn equal_prices_but_one_are_judged_by_the_mean_deviation() {
    let found = alerts(OUTLIER, regions(&["10", "10", "10", "10", "10", "10", "10", "16"]));
    assert_eq!(found.len(), 1);
    assert!(found[0].tests.contains("modified_z"));
}

const RISE: &str = "[rise]\nsource = \"t\"\nconfidence = \"assumed\"\nyellow = \"1.1\"\nred = \"1.3\"\n";

#[test]
fn a_rise_is_measured_against_the_price_before_and_one_alert_stays_open() {
    let found = alerts(RISE, months(&["10", "11", "12.2", "12.2", "16"]));
    let [alert] = &found[..] else { panic!("{found:?}") };
    assert_eq!((alert.findings, alert.finding.severity), (2, Severity::Red));
    assert_eq!(
        (alert.periods.0.to_string(), alert.periods.1.to_string()),
        ("2026-03".to_owned(), "2026-05".to_owned())
    );
    assert_eq!(alert.rows.iter().map(|row| row.row).collect::<Vec<_>>(), [3, 5]);
    assert!(
        alert.reason.0.contains("16 in R, 2026-05, is above 15.86")
            && alert.reason.1.contains("上期价格为 12.2")
    );
}

const SHIFT: &str = "[shift]\nsource = \"t\"\nconfidence = \"assumed\"\nbaseline_periods = 4\nleast_deviation = \"0.01\"\nchange_point = true\n[shift.ewma]\nweight = \"0.2\"\nwidth = \"3\"\n[shift.cusum]\nslack = \"0.5\"\nlimit = \"5\"\n";

#[test]
fn a_step_and_a_creep_are_shifts_and_a_steady_price_is_none() {
    let step =
        alerts(SHIFT, months(&["10", "10.1", "9.9", "10.05", "10", "12", "12.1", "11.9", "12.05", "12"]));
    let [alert] = &step[..] else { panic!("{step:?}") };
    assert!(alert.tests.iter().eq(["change_point", "cusum", "ewma"].iter()));
    assert_eq!(alert.finding.period.to_string(), "2026-06");
    let creep = alerts(
        SHIFT,
        months(&["10", "10.1", "9.9", "10", "10.15", "10.2", "10.25", "10.3", "10.4", "10.45"]),
    );
    assert!(creep[0].tests.contains("ewma") && creep[0].tests.contains("cusum"));
    assert_eq!(alerts(SHIFT, months(&["10"; 12])), []);
    assert_eq!(
        alerts(SHIFT, months(&["10", "12", "12", "12", "12", "12", "12"])),
        [],
        "a step within the baseline"
    );
    assert_eq!(alerts(SHIFT, months(&["10", "10", "10", "10", "10.05", "10.05", "10.05", "10.05"])), []);
}

const UNIT: &str = "[unit_error]\nsource = \"t\"\nconfidence = \"assumed\"\nfactors = [\"10\", \"7\"]\ntolerance = \"0.02\"\nminimum_prices = 3\n";

#[test]
fn a_pack_entered_as_a_unit_is_a_ticket_and_no_accusation() {
    let all = format!("{UNIT}{SAME4}{OUTLIER}{RISE}");
    let found = alerts(&all, regions(&["10", "10", "10", "100.5"]));
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].finding.kind, found[0].finding.severity), (Kind::UnitError, Severity::Ticket));
    // A price of its own that is high all the same is found without the doubtful row, and says that it was left out.
    let found = alerts(&format!("{UNIT}{SAME4}"), regions(&["10", "10", "10", "12", "1.43"]));
    let gap = found.iter().find(|alert| alert.finding.kind == Kind::Same4Gap).unwrap();
    assert_eq!(
        (gap.finding.sample, gap.excluded.iter().map(|row| row.row).collect::<Vec<_>>()),
        (4, vec![5])
    );
}

#[test]
fn alone_in_time_a_spike_is_a_ticket_and_a_price_that_stays_is_not() {
    let all = format!("{UNIT}{RISE}");
    let spike = alerts(&all, months(&["10", "100", "10", "10"]));
    assert_eq!(
        spike.iter().map(|alert| (alert.finding.kind, alert.rows.len())).collect::<Vec<_>>(),
        [(Kind::UnitError, 1)]
    );
    let stays = alerts(&all, months(&["10", "100", "100", "100"]));
    let kinds: Vec<(Kind, usize)> =
        stays.iter().map(|alert| (alert.finding.kind, alert.rows.len())).collect();
    assert_eq!(kinds, [(Kind::UnitError, 1), (Kind::SuddenRise, 1)]);
}

#[test]
fn a_factor_of_eight_is_not_a_pack() {
    let found = alerts(&format!("{UNIT}{SAME4}"), regions(&["10", "10", "10", "80"]));
    assert_eq!(found.iter().map(|alert| alert.finding.kind).collect::<Vec<_>>(), [Kind::Same4Gap]);
}

const LIMITS: &str = r#"
[non_supply]
source = "t"
confidence = "assumed"
multiple = "1.5"
[foreign]
source = "t"
confidence = "assumed"
statistic = "highest"
minimum_countries = 3
multiple = "1"
[[limit]]
kind = "ceiling"
product = "P"
price = "12"
document = "d"
region = "region 01"
[[limit]]
kind = "non_supply"
product = "P"
price = "8"
highest_selected = "10"
supply_regions = ["region 01"]
document = "d"
[[limit]]
kind = "foreign"
product = "P"
document = "d"
[limit.prices]
AU = "11"
FR = "12.5"
IT = "9"
"#;

#[test]
fn limits_hold_where_they_hold_and_equality_is_no_violation() {
    let kinds = |prices: &[&str]| {
        let found = alerts(LIMITS, regions(prices));
        found.iter().map(|alert| (alert.finding.kind, alert.finding.region.to_string())).collect::<Vec<_>>()
    };
    assert_eq!(kinds(&["12", "12"]), []);
    let (one, two) = ("region 01".to_owned(), "region 02".to_owned());
    assert_eq!(
        kinds(&["12.51", "12.01"]),
        [(Kind::AboveCeiling, one.clone()), (Kind::NonSupplyProvince, two), (Kind::ForeignReference, one)]
    );
}

const MEDIAN: &str =
    "[median]\nsource = \"t\"\nconfidence = \"assumed\"\nmultiple = \"5\"\nminimum_rows = 3\n";

#[test]
fn rows_above_the_multiple_of_the_median_are_named_one_by_one() {
    let mut rows = regions(&["1", "1", "1", "5", "5.01"]);
    rows.push(row(9, "2026-01", "region 05", "P", "1"));
    let found = alerts(MEDIAN, rows);
    let [alert] = &found[..] else { panic!("{found:?}") };
    assert_eq!((alert.finding.benchmark.to_string(), alert.finding.sample), ("1".to_owned(), 6));
    assert_eq!(alert.rows.iter().map(|row| row.row).collect::<Vec<_>>(), [5]);
}

#[test]
fn a_quantity_far_from_the_others_is_abnormal() {
    let rules = "[volume]\nsource = \"t\"\nconfidence = \"assumed\"\nz = \"3.5\"\nminimum_periods = 8\n";
    let mut rows = months(&["10"; 9]);
    for (row, quantity) in rows.iter_mut().zip([100u32, 110, 95, 105, 90, 100, 102, 98, 900]) {
        row.quantity = Some(quantity.into());
    }
    let found = alerts(rules, rows.clone());
    assert_eq!(found.iter().map(|alert| alert.finding.period.to_string()).collect::<Vec<_>>(), ["2026-09"]);
    rows.truncate(7);
    assert_eq!(alerts(rules, rows), []);
}

#[test]
fn a_monitor_that_flags_too_much_says_so() {
    let noise = "[noise]\nsource = \"t\"\nconfidence = \"assumed\"\nshare = \"0.2\"\nminimum_judged = 5\n";
    let noisy = watch(&format!("{SAME4}{noise}"), regions(&["1", "2", "3", "4", "5"])).noisy();
    assert_eq!(noisy, [(Kind::Same4Gap, 0.4)]);
    assert_eq!(watch(&format!("{SAME4}{noise}"), regions(&["1", "2", "3", "4"])).noisy(), []);
}

#[test]
fn a_corrected_row_takes_the_place_of_the_old_one_and_a_withdrawn_one_is_gone() {
    let mut monitors = watch(SAME4, regions(&["10", "10", "11"]));
    assert_eq!(monitors.alerts().count(), 1);
    monitors.feed(Batch { rows: vec![row(3, "2026-01", "region 03", "P", "10")], withdrawn: Vec::new() });
    assert_eq!(monitors.alerts().count(), 0);
    monitors.feed(Batch { rows: vec![row(3, "2026-01", "region 03", "P", "11")], withdrawn: vec![1] });
    assert_eq!((monitors.alerts().count(), monitors.tallies()[&Kind::Same4Gap].too_few), (0, 2));
    monitors.feed(Batch { rows: Vec::new(), withdrawn: vec![2, 3] });
    assert_eq!(monitors.tallies(), BTreeMap::new());
}

#[test]
fn faults_of_a_rule_file_are_told_at_once() {
    let text = format!(
        "{HEAD}{}[[limit]]\nkind = \"x\"\nproduct = \"P\"\ndocument = \"d\"\n[unit_error]\nfactors = [\"1\"]\n",
        SAME4.replace("median", "middle")
    );
    let faults = parse_monitors(&text).unwrap_err();
    let keys: Vec<&str> = faults.iter().map(|fault| fault.key.as_str()).collect();
    for key in [
        "same4.statistic",
        "limit.0.kind",
        "unit_error.factors",
        "unit_error.tolerance",
        "unit_error.minimum_prices",
    ] {
        assert!(keys.contains(&key), "{key} is not in {keys:?}");
    }
}

#[test]
fn every_shipped_file_is_valid_and_named_by_its_id() {
    for preset in MONITOR_PRESETS {
        assert_eq!(parse_monitors(preset.text).unwrap().head.id, preset.id);
    }
    assert!(monitor_preset("cn-monitor-2026").is_some());
}

#[test]
fn movements_are_counted_against_the_period_before() {
    let mut rows = months(&["10", "11", "10"]);
    rows.push(row(4, "2026-02", "R", "Q", "1"));
    let found: Vec<Movement> = movements(&rows).into_values().collect();
    let second = Movement { changed: 1, raised: 1, listed: 1, delisted: 0 };
    assert_eq!(found, [second, Movement { changed: 1, raised: 0, listed: 0, delisted: 1 }]);
}

/// Rows of a few groups, makers, regions and months, some a factor of ten away.
fn some_rows() -> impl Strategy<Value = Vec<Observation>> {
    let one = (0..3u8, 0..3u8, 0..4u8, 1..9u8, 1..400u32, prop::bool::weighted(0.05));
    prop::collection::vec(one, 1..120).prop_map(|rows| {
        let row =
            |(line, (group, product, region, month, cents, tenfold)): (u64, (u8, u8, u8, u8, u32, bool))| {
                let price =
                    format!("{}.{:02}", (1000 + cents) / 100 * if tenfold { 10 } else { 1 }, cents % 100);
                let seen = row(
                    line,
                    &format!("2026-{month:02}"),
                    &format!("region {region}"),
                    &format!("P{group}{product}"),
                    &price,
                );
                Observation { group: format!("group {group}").into(), quantity: Some(cents.into()), ..seen }
            };
        (1..).zip(rows).map(row).collect()
    })
}

fn preset_monitors() -> Monitors {
    Monitors::new(parse_monitors(monitor_preset("cn-monitor-2026").unwrap().text).unwrap())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn how_rows_were_split_and_ordered_changes_nothing(
        (rows, shuffled) in some_rows().prop_flat_map(|rows| (Just(rows.clone()), Just(rows).prop_shuffle())),
        size in 1usize..40,
    ) {
        let mut whole = preset_monitors();
        whole.feed(Batch { rows: rows.clone(), withdrawn: Vec::new() });
        let mut pieces = preset_monitors();
        for rows in shuffled.chunks(size) {
            pieces.feed(Batch { rows: rows.to_vec(), withdrawn: Vec::new() });
        }
        // Sent again, they change nothing either.
        pieces.feed(Batch { rows: shuffled, withdrawn: Vec::new() });
        prop_assert!(whole.alerts().eq(pieces.alerts()));
        prop_assert_eq!(whole.tallies_by_period(), pieces.tallies_by_period());
    }

    #[test]
    fn one_alert_is_open_for_a_product_kind_and_region(rows in some_rows()) {
        let mut monitors = preset_monitors();
        monitors.feed(Batch { rows, withdrawn: Vec::new() });
        let mut open = std::collections::BTreeSet::new();
        for alert in monitors.alerts() {
            prop_assert!(open.insert((&alert.finding.product, alert.finding.kind, &alert.finding.region)));
            prop_assert!(!alert.rows.is_empty() && !alert.reason.0.is_empty() && !alert.reason.1.is_empty());
        }
    }

    #[test]
    fn a_doubtful_row_is_in_no_other_alert(rows in some_rows()) {
        let mut monitors = preset_monitors();
        monitors.feed(Batch { rows, withdrawn: Vec::new() });
        let of = |ticket: bool| monitors.alerts().filter(move |alert| (alert.finding.kind == Kind::UnitError) == ticket).flat_map(|alert| &alert.rows);
        prop_assert!(of(true).all(|doubted| of(false).all(|row| row.row != doubted.row)));
    }
}
