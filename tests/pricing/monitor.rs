//! `jicai monitor` as an analyst types it, and on real prices.
use std::collections::BTreeMap;
use std::fs;

use serde_json::{Value, json};

use super::support::{
    Purchase, file, json_lines, korean_delistings_without_a_price, korean_prices, korean_rises, purchases,
    purchases_watched, run_on,
};

const PRICES: &str = "period,region,maker,product,group,price\n2026-01,甲省,M,P,G,10\n2026-01,乙省,M,P,G,10\n2026-01,丙省,M,P,G,12\n2026-01,甲省,N,Q,G,6\n";
const MEDIAN_ONLY: &str = "id = \"five-medians\"\nversion = \"1\"\ntitle_en = \"Five medians\"\ntitle_zh = \"五倍中位数\"\njurisdiction = \"CN\"\nvalid_from = \"2026-01-01\"\n[median]\nsource = \"test\"\nconfidence = \"assumed\"\nmultiple = \"5\"\nminimum_rows = 1\n";

fn monitor(text: &str, rules: &str) -> (Option<i32>, String, String) {
    run_on(text, "monitor", &["--rules", rules])
}

#[test]
fn an_alert_names_rule_figures_reason_and_rows() {
    let (code, out, said) = monitor(PRICES, "cn-monitor-2026");
    assert_eq!(code, Some(0), "{said}");
    let alerts = json_lines(&out);
    let kinds: Vec<(&str, &str)> = alerts
        .iter()
        .map(|alert| (alert["kind"].as_str().unwrap(), alert["severity"].as_str().unwrap()))
        .collect();
    assert_eq!(kinds, [("SAME4_GAP", "yellow"), ("SAME3_GAP", "yellow")]);
    let mut gap = alerts[0].clone();
    let compared = gap.as_object_mut().unwrap().remove("compared").unwrap();
    assert_eq!(compared.as_array().unwrap().len(), 3);
    assert_eq!(
        gap,
        json!({
            "rule": {"id": "cn-monitor-2026", "version": "1", "section": "same4"},
            "kind": "SAME4_GAP", "tests": ["gap"], "severity": "yellow", "state": "open",
            "product": "P", "maker": "M", "group": "G", "region": "丙省",
            "period": "2026-01", "first_period": "2026-01", "last_period": "2026-01", "findings": 1,
            "value": "12", "benchmark": "10", "threshold": "10", "sample": 3,
            "reason_en": "12 in 丙省, 2026-01, is above 10; the benchmark of 3 regions is 10.",
            "reason_zh": "丙省 2026-01 价格 12 高于 10；3 个地区的比较价为 10（四同）。",
            "rows": [{"line": 4, "period": "2026-01", "region": "丙省", "maker": "M", "product": "P", "price": "12"}],
            "excluded": [],
        })
    );
    assert!(said.contains("cn-monitor-2026 version 1: 4 rows, 2 products, 3 regions, 1 periods"), "{said}");
    assert!(
        said.contains("SAME4_GAP: 1 alerts; 3 judged, 1 found (33.3 %), 1 without enough to compare with"),
        "{said}"
    );
}

#[test]
fn the_order_of_rows_changes_no_byte_but_their_lines() {
    let (head, rows) = PRICES.split_once('\n').unwrap();
    let mut rows: Vec<&str> = rows.lines().collect();
    rows.reverse();
    let turned = monitor(&format!("{head}\n{}\n", rows.join("\n")), "cn-monitor-2026").1;
    let without_lines = |text: &str| {
        let mut alerts = json_lines(text);
        let rows = alerts.iter_mut().flat_map(|alert| ["rows", "compared"].map(|key| alert[key].take()));
        rows.for_each(drop);
        alerts
    };
    assert_eq!(without_lines(&turned), without_lines(&monitor(PRICES, "cn-monitor-2026").1));
}

#[test]
fn the_table_speaks_both_languages() {
    let table = |language| {
        run_on(PRICES, "monitor", &["--rules", "cn-monitor-2026", "--format", "table", "--lang", language]).1
    };
    assert!(table("en").contains("SAME4_GAP") && table("en").contains("is above 10"));
    assert!(table("zh").contains("级别") && table("zh").contains("四同"));
}

#[test]
fn faults_of_rows_and_of_rules_are_told_at_once() {
    let (_folder, rules) = file("id = \"x\"\n[rise]\nyellow = \"0\"\n");
    let prices = "period,region,maker,product,group,price\n2026-01,R,M,P,G,1,9\n2026-13,R,M,P,G,1\n2026-01,R,M,P,H,x\n2026-02,R,M,P,H,2\n";
    let (code, out, said) = monitor(prices, rules.to_str().unwrap());
    assert_eq!((code, out.as_str()), (Some(2), ""));
    for fault in [
        "ROW_TOO_WIDE",
        "PERIOD_INVALID",
        "DECIMAL_INVALID",
        "PRODUCT_GROUPS",
        "(version)",
        "(rise.yellow)",
        "(rise.red)",
    ] {
        assert!(said.contains(fault), "{fault} is not in {said}");
    }
    let unknown = monitor(PRICES, "nothing");
    assert!(unknown.0 == Some(2) && unknown.2.contains("one of: cn-monitor-2026"), "{}", unknown.2);
}

/// Prices and alerts of Korea's list: what changed, and what the monitors make of months in which next to nothing did.
#[test]
fn koreas_changes_are_counted_and_its_quiet_months_are_quiet() {
    let (code, out, said) = monitor(&korean_prices(), "cn-monitor-2026");
    assert_eq!(code, Some(0), "{said}");
    for line in [
        "2025-12: 35 prices changed, 12 of them up; 82 listed, 27 delisted",
        "2026-01: 3866 prices changed, 1 of them up; 35 listed, 22 delisted",
        "2026-02: 84 prices changed, 4 of them up; 58 listed, 38 delisted",
        "2026-03: 3 prices changed, 2 of them up; 56 listed, 27 delisted",
        "2026-04: 10 prices changed, 4 of them up; 91 listed, 20 delisted",
    ] {
        assert!(said.contains(line), "{line} is not in {said}");
    }
    let numbers = |word: &str| -> usize {
        let lines = said.lines().filter(|line| line.contains("prices changed"));
        let parts = lines.map(|line| {
            line.split(word).next().unwrap().rsplit(' ').next().unwrap().parse::<usize>().unwrap()
        });
        parts.sum()
    };
    let delisted = numbers(" delisted") + korean_delistings_without_a_price();
    assert_eq!((numbers(" prices changed"), numbers(" listed"), delisted), (3998, 322, 136));
    // What watches time may speak of a price in a quiet month only where that price rose.
    let quiet = ["2025-12", "2026-02", "2026-03", "2026-04"];
    let watched =
        korean_prices().lines().filter(|line| quiet.iter().any(|month| line.starts_with(month))).count();
    let rises = korean_rises();
    let in_time = ["SUDDEN_RISE", "TIME_SHIFT", "UNIT_ERROR"];
    let alerts =
        json_lines(&out).into_iter().filter(|alert| in_time.iter().any(|kind| alert["kind"] == *kind));
    let places = alerts.map(|alert| ["product", "period"].map(|key| alert[key].as_str().unwrap().to_owned()));
    let spoken: Vec<[String; 2]> = places.filter(|[_, period]| quiet.contains(&period.as_str())).collect();
    let wrong = spoken.iter().filter(|place| !rises.contains(*place)).count();
    let count = |count: usize| f64::from(u32::try_from(count).unwrap());
    println!(
        "quiet months: {} alerts about {watched} prices ({:.4} %), {wrong} of them about a price that had not risen",
        spoken.len(),
        100.0 * count(spoken.len()) / count(watched)
    );
    assert_eq!(wrong, 0);
    assert!(!spoken.is_empty() && spoken.len() * 1_000 < watched);
    assert!(said.contains("warning: SAME3_GAP finds"), "{said}");
}

/// An item is one item description, over all countries, makers and years, at pack prices; a gift has no price. A line stands out when
/// its price is strictly above five times the median of its item's lines, itself among them.
#[test]
fn the_purchases_above_five_medians_are_those_of_a_direct_computation() {
    let mut items: BTreeMap<String, Vec<(String, f64)>> = BTreeMap::new();
    for Purchase { id, item, price, .. } in purchases() {
        items.entry(item).or_default().push((id, price.parse().unwrap()));
    }
    let mut expected = Vec::new();
    for lines in items.values() {
        let mut prices: Vec<f64> = lines.iter().map(|(_, price)| *price).collect();
        prices.sort_by(f64::total_cmp);
        let median = (prices[(prices.len() - 1) / 2] + prices[prices.len() / 2]) / 2.0;
        expected.extend(lines.iter().filter(|(_, price)| *price > 5.0 * median).map(|(id, _)| id.clone()));
    }
    expected.sort();
    assert_eq!(expected.len(), 66);
    let (folder, rules) = file("");
    fs::write(&rules, MEDIAN_ONLY).unwrap();
    let (code, out, said) = monitor(&purchases_watched(), rules.to_str().unwrap());
    assert_eq!(code, Some(0), "{said}");
    drop(folder);
    let ids: Vec<String> = purchases().into_iter().map(|purchase| purchase.id).collect();
    // Line 2 of the file is the first purchase.
    let line_of = |row: &Value| ids[usize::try_from(row["line"].as_u64().unwrap()).unwrap() - 2].clone();
    let alerts = json_lines(&out);
    let mut found: Vec<String> =
        alerts.iter().flat_map(|alert| alert["rows"].as_array().unwrap()).map(line_of).collect();
    found.sort();
    assert_eq!(found, expected);
}
