//! `jicai index` as an analyst types it.
use serde_json::{Value, json};

use super::support::run_on;

const SALES: &str = "period,product,price,quantity\n2025-02,A,11,9\n2025-01,A,10,10\n2025-01,B,5,20\n2025-02,B,5,20\n2025-03,B,6,20\n2025-03,C,6,20\n";

fn index(text: &str, args: &str) -> (Option<i32>, String, String) {
    run_on(text, "index", &args.split_whitespace().collect::<Vec<_>>())
}

#[test]
fn the_json_has_the_promised_shape_and_every_digit() {
    let (code, out, said) = index(SALES, "--method geks-tornqvist --window 3 --splice hasp --format json");
    assert_eq!((code, said.as_str()), (Some(0), ""));
    let found: Value = serde_json::from_str(&out).unwrap();
    let (method, window, splice) = (&found["method"], &found["window"], &found["splice"]);
    assert_eq!((method, window, splice), (&json!("geks-tornqvist"), &json!(3), &json!("hasp")));
    let points = found["series"].as_array().unwrap();
    assert_eq!(points[0], json!({"period": "2025-01", "value": 1.0, "coverage": 0.5}));
    // (11/10)^(share of A) through the direct link and through March, whose only shared product is B.
    let digits = points[1]["value"].to_string();
    assert!(digits.len() >= 17, "{digits}");
    let (_, csv, _) = index(SALES, "--method geks-tornqvist --window 3 --splice hasp --format csv");
    assert!(csv.starts_with("period,value,coverage\n2025-01,1,0.5\n") && csv.contains(&digits), "{csv}");
}

#[test]
fn chained_and_fixed_are_two_series_and_the_table_says_which() {
    let (_, chained, _) = index(SALES, "--method laspeyres");
    let (_, fixed, _) = index(SALES, "--method laspeyres --fixed");
    assert!(chained.starts_with("laspeyres, chained\n") && chained.contains("1.260000"), "{chained}");
    assert!(fixed.starts_with("laspeyres, fixed\n") && fixed.contains("1.200000"), "{fixed}");
    assert_eq!(index(SALES, "--method laspeyres --chain").1, chained);
}

#[test]
fn the_order_of_rows_changes_no_byte() {
    let (head, rows) = SALES.split_once('\n').unwrap();
    let mut rows: Vec<&str> = rows.lines().collect();
    let before = index(SALES, "--method gk --format json").1;
    rows.rotate_left(2);
    rows.swap(0, 3);
    let after = index(&format!("{head}\n{}\n", rows.join("\n")), "--method gk --format json").1;
    assert_eq!(after, before);
}

#[test]
fn thin_comparisons_and_missing_months_are_said() {
    let sales = SALES.replace("2025-03", "2025-04").replace("B,6,20", "D,6,20");
    let (code, out, said) = index(&sales, "--method fisher --format json");
    let found: Value = serde_json::from_str(&out).unwrap();
    assert_eq!((code, &found["series"][2]["value"]), (Some(0), &Value::Null));
    for line in [
        "note: no rows between",
        "warning: no shared product leads to these periods",
        "less than 0.5 of expenditure",
    ] {
        assert!(said.contains(line), "{line} is not in {said}");
    }
    assert!(said.contains("2025-02–2025-04, 0.0000"), "{said}");
    let thin = index(SALES, "--method fisher --coverage 0.6").2;
    assert!(
        thin.contains("less than 0.6 of expenditure is compared / 可比金额占比低于 0.6: 2025-03\n"),
        "{thin}"
    );
    assert_eq!(index(SALES, "--method fisher --coverage 0.4").2, "");
}

#[test]
fn every_fault_is_told_at_once_with_file_line_column_and_what_was_expected() {
    let sales = "period,product,price,quantity\n2025-01,A,0,1\nmay,A,1,1\n2025-01,B,1,-1\n2025-01,,1,1\n2025-01,C,1,1\n2025-01,C,2,1\n7,D,1,1\n";
    let (code, out, said) = index(sales, "--method fisher");
    assert_eq!((code, out.as_str()), (Some(2), ""));
    for (place, fault) in [
        ("input.csv, line 2, column 3 (price): \"0\"", "[FIGURE_INVALID]"),
        ("input.csv, line 3, column 1 (period): \"may\"", "[PERIOD_INVALID]"),
        ("input.csv, line 4, column 4 (quantity): \"-1\"", "[FIGURE_INVALID]"),
        ("input.csv, line 5, column 2 (product): \"\"", "[VALUE_MISSING]"),
        (
            "input.csv, line 7 (product): \"C\" — expected one row a period and product; line 6 is the same",
            "[SALE_DUPLICATE]",
        ),
        ("input.csv, line 8 (period): \"7\"", "[PERIOD_MIXED]"),
    ] {
        let line = said
            .lines()
            .find(|line| line.starts_with(place))
            .unwrap_or_else(|| panic!("{place} not in {said}"));
        assert!(line.contains(" / 应为：") && line.ends_with(fault), "{line}");
    }
    assert_eq!(said.lines().count(), 6);
}

#[test]
fn options_that_do_not_go_together_are_refused() {
    for (args, fault) in [
        ("--method fisher --window 3", "--window: \"3\" — expected a window only for geks-*, gk and wtpd"),
        ("--method gk --window 4 --splice half", "--window: \"4\" — expected an odd number of periods"),
        ("--method gk --window 1", "--window: \"1\" — expected at least 2 periods"),
        ("--method gk --fixed", "--fixed: \"gk\""),
        ("--method gk --coverage 2", "--coverage: \"2\""),
        ("--method gk --splice mean", "--window <N>"),
        ("--method fisher --chain --fixed", "cannot be used with"),
        ("--method carli", "invalid value 'carli'"),
    ] {
        let (code, out, said) = index(SALES, args);
        assert_eq!((code, out.as_str()), (Some(2), ""), "{args}");
        assert!(said.contains(fault), "{args}: {said}");
    }
}

#[test]
fn jevons_does_without_quantities_and_nothing_else_does() {
    let sales = "period,product,price\n1,A,10\n1,B,10\n2,A,20\n2,B,10\n";
    let (code, out, _) = index(sales, "--method jevons --format csv");
    assert_eq!(
        (code, out.as_str()),
        (Some(0), format!("period,value,coverage\n1,1,1\n2,{},1\n", (2f64.ln() / 2.0).exp()).as_str())
    );
    let (code, _, said) = index(sales, "--method fisher");
    assert!(code == Some(2) && said.contains("COLUMN_MISSING"), "{said}");
    let half = "period,product,price,quantity\n1,A,10,1\n2,A,20,\n";
    let (code, _, said) = index(half, "--method jevons");
    assert!(
        code == Some(2) && said.contains("line 3 (quantity)") && said.contains("VALUE_MISSING"),
        "{said}"
    );
}

#[test]
fn rows_of_one_product_and_period_may_become_their_unit_value() {
    let sales = "period,product,price,quantity\n1,A,1,1\n2,A,2,3\n2,A,4,1\n";
    let (code, out, _) = index(sales, "--method fisher --duplicates unit-value --format csv");
    assert_eq!((code, out.as_str()), (Some(0), "period,value,coverage\n1,1,1\n2,2.5,1\n"));
}
