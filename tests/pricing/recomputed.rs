//! Every index again by numpy, on a hundred thousand real prices.
use serde_json::Value;

use super::support::{file, jicai, korean_sales, purchases_by_year, python, script};

const BILATERAL: [&str; 6] = ["laspeyres", "paasche", "fisher", "tornqvist", "jevons", "walsh"];
const MULTILATERAL: [&str; 5] = ["geks-tornqvist", "geks-fisher", "geks-jevons", "gk", "wtpd"];
const SPLICES: [&str; 7] = ["movement", "window", "half", "mean", "wisp", "hasp", "mean-published"];

/// METHOD, METHOD:BASE or METHOD:WINDOW:SPLICE.
fn specifications(window: usize) -> Vec<String> {
    let pairs = BILATERAL.iter().flat_map(|method| ["chain", "fixed"].map(|base| format!("{method}:{base}")));
    let whole = MULTILATERAL.iter().map(|method| (*method).to_owned());
    let rolled =
        MULTILATERAL.iter().flat_map(|method| SPLICES.map(|splice| format!("{method}:{window}:{splice}")));
    pairs.chain(whole).chain(rolled).chain(["unit-value".to_owned()]).collect()
}

fn values(path: &str, specification: &str) -> Vec<Option<f64>> {
    let parts: Vec<&str> = specification.split(':').collect();
    let mut args = vec![
        "index",
        "--input",
        path,
        "--format",
        "json",
        "--duplicates",
        "unit-value",
        "--method",
        parts[0],
    ];
    let base = format!("--{}", parts.get(1).unwrap_or(&""));
    match parts.len() {
        2 => args.push(&base),
        3 => args.extend(["--window", parts[1], "--splice", parts[2]]),
        _ => {}
    }
    let output = jicai(&args);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let json: Value = serde_json::from_slice(&output.stdout).unwrap();
    json["series"].as_array().unwrap().iter().map(|point| point["value"].as_f64()).collect()
}

fn compare(sales: &str, window: usize, periods: usize) {
    let (_folder, path) = file(sales);
    let path = path.to_str().unwrap();
    let specifications = specifications(window);
    let output = python().arg(script("indices.py")).arg(path).args(&specifications).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let numpy: Value = serde_json::from_slice(&output.stdout).unwrap();
    let mut largest = 0.0f64;
    for specification in &specifications {
        let (found, expected) = (values(path, specification), numpy[specification].as_array().unwrap());
        assert_eq!((found.len(), expected.len()), (periods, periods), "{specification}");
        for (found, expected) in found.iter().zip(expected) {
            let (found, expected) = (found.unwrap(), expected.as_f64().unwrap());
            let difference = (found / expected - 1.0).abs();
            assert!(difference <= 1e-10, "{specification}: {found} is not {expected}");
            largest = largest.max(difference);
        }
    }
    println!("{} indices of {periods} periods: largest difference {largest:e}", specifications.len());
}

#[test]
fn numpy_finds_the_same_indices_of_koreas_price_list() {
    compare(&korean_sales(), 3, 6);
}

#[test]
fn numpy_finds_the_same_indices_of_ten_years_of_purchases() {
    compare(&purchases_by_year(), 5, 10);
}
