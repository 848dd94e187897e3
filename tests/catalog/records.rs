//! Real records: every one fits, and with a changed digit none that has a check digit.
use jicai_domain::catalog::code::{
    DrugApproval, Gtin, KoreanPriceCode, PublicCode, StandardCode, WesternCode, check,
};

use crate::fits;

const NHSA: &str = include_str!("../data/catalog/nhsa_codes.csv");
const STANDARD: &str = include_str!("../data/catalog/standard_codes.csv");
const KOREAN: &str = include_str!("../data/catalog/korean_products.csv");

/// The rows behind the line of the source and the header.
fn rows(file: &str) -> impl Iterator<Item = Vec<&str>> {
    file.lines().skip(2).map(|line| line.split(',').collect())
}

/// The text with the digit at a place counted up by 1 to 9.
fn changed(text: &str, at: usize, by: u8) -> String {
    let mut bytes = text.as_bytes().to_vec();
    bytes[at] = b'0' + (bytes[at] - b'0' + by) % 10;
    String::from_utf8(bytes).unwrap()
}

#[test]
fn all_480_nhsa_codes_fit() {
    let mut seen = 0;
    for row in rows(NHSA) {
        let kind = if row[1] == "western" { "nhsa-western" } else { "nhsa-tcm" };
        assert_eq!(fits(row[0]), Some((kind, row[0].to_owned())), "{}", row[0]);
        let forms_named =
            check(row[0]).code.unwrap().parts().iter().filter(|(name, _)| name == "form_name").count();
        assert_eq!(forms_named, usize::from(kind == "nhsa-western"), "{}", row[0]);
        seen += 1;
    }
    assert_eq!(seen, 480);
    let first = WesternCode::parse("XA06ADF336P001010100233").unwrap();
    assert_eq!(
        [first.class(), first.name(), first.form(), first.company()],
        ["A06AD", "F336", "P001", "00233"]
    );
}

#[test]
fn all_27_standard_codes_fit_and_none_with_a_changed_digit() {
    let mut seen = 0;
    for row in rows(STANDARD) {
        assert_eq!(fits(row[0]), Some(("cn-standard-code-14", row[0].to_owned())));
        if row[1] != "-" {
            assert_eq!(DrugApproval::parse(row[1]).unwrap().to_string(), row[1]);
        }
        for at in 0..14 {
            for by in 1..10 {
                let wrong = changed(row[0], at, by);
                assert!(StandardCode::parse(&wrong).is_err() && check(&wrong).code.is_none(), "{wrong}");
                if at >= 3 {
                    let errors = check(&wrong).errors;
                    assert!(errors[0].candidates.contains(&row[0].to_owned()), "{wrong}");
                }
            }
        }
        seen += 1;
    }
    assert_eq!(seen, 27);
}

#[test]
fn all_20536_korean_numbers_fit_and_none_with_a_changed_digit() {
    let mut seen = 0;
    for row in rows(KOREAN).filter(|row| !row[1].is_empty()) {
        let gtin = row[1];
        assert_eq!(fits(gtin), Some(("gtin", format!("0{gtin}"))));
        // Two places a number, a different one each time; the table of the 27 goes through all.
        for at in [seen % 13, (seen + 5) % 13] {
            let by = 1 + u8::try_from((seen + at) % 9).unwrap();
            let wrong = changed(gtin, at, by);
            assert!(check(&wrong).code.is_none(), "{gtin} -> {wrong}");
        }
        seen += 1;
    }
    assert_eq!(seen, 20_536);
}

#[test]
fn the_korean_rule_has_72_real_exceptions() {
    let mut exceptions = Vec::new();
    let (mut tied, mut unnumbered) = (0, 0);
    for row in rows(KOREAN) {
        let price_code = KoreanPriceCode::parse(row[0]).unwrap();
        match (!row[1].is_empty()).then(|| Gtin::parse(row[1]).unwrap()) {
            Some(gtin) if gtin.follows(&price_code) => tied += 1,
            Some(gtin) => exceptions.push((gtin, price_code)),
            None => unnumbered += 1,
        }
    }
    let first = exceptions[0].clone();
    println!(
        "{} of {} products with a GTIN are exceptions, the first {first:?}",
        exceptions.len(),
        tied + exceptions.len()
    );
    assert_eq!((tied, exceptions.len(), unnumbered), (20_464, 72, 1_488));
    assert_eq!((first.0.as_str(), first.1.as_str()), ("08806255000374", "625500011"));
}
