//! Specs as labels, registers and tenders write them.
use jicai_domain::catalog::spec::{NormalSpec, Quantity, Unit};
use proptest::prelude::*;
use rust_decimal::Decimal;

const STANDARD: &str = include_str!("../data/catalog/standard_codes.csv");
const COEFFICIENTS: &str = include_str!("../data/catalog/spec_coefficients.csv");

fn normal(text: &str) -> NormalSpec {
    NormalSpec::parse(text).unwrap()
}

#[test]
fn one_spec_has_one_form_however_it_is_written() {
    for (form, written) in [
        (
            "100mg",
            ["0.1g", "０．１ｇ", "100毫克", "0.10 g", "每片0.1g", "每1片含100mg", "100000μg"].as_slice(),
        ),
        ("300mg", &["每粒装0.3g", "0.3克", "300㎎"]),
        ("14750mg", &["14.75克", "14.75g"]),
        ("10ml:0.5mg", &["10ml:0.5mg(以芬太尼计)", "10mL：500μg", "0.5mg:10ml", "10毫升∶0.5毫克"]),
        ("120mg+120mg+60mg", &["0.12g,0.12g,60mg", "120mg、120mg与0.06g", "120mg+120mg+60mg"]),
        (
            "溴化钾120mg+溴化钠120mg+溴化铵60mg",
            &["溴化钾0.12g,溴化钠0.12g,溴化铵0.06g", "溴化钾0.12g，溴化钠0.12g，溴化铵0.06g"],
        ),
        ("100ml:氟康唑200mg+氯化钠900mg", &["100ml:氟康唑0.2g与氯化钠0.9g"]),
        ("0.25mg(无糖型)", &["0.25mg(无糖型)", "250ug（无糖型）"]),
        ("1125mg(哌拉西林1000mg+他唑巴坦125mg)", &["1.125g（哌拉西林1.0g与他唑巴坦0.125g）"]),
        ("375mg(2:1)", &["0.375g(2:1)"]),
        ("1ml:10u", &["1ml:10单位", "1ml:10U"]),
        ("0.2ml:2000axaiu", &["0.2ml:2000AXaIU", "0.2ml:2000抗Ⅹa因子国际单位"]),
        ("150000u", &["15万单位", "15万u"]),
        ("5mg/10mg", &["5mg/10mg(以氨氯地平/阿托伐他汀计)"]),
        // What is not understood stays as written, in plain characters.
        (
            "粉体室:按头孢美唑计1000mg+液体室:氯化钠注射液100ml:900mg(c15h17n7o5s3)",
            &["粉体室：按头孢美唑（C15H17N7O5S3）计 1.0g；液体室：氯化钠注射液100ml:0.9g"],
        ),
    ] {
        for text in written {
            assert_eq!(normal(text).strength(), form, "{text}");
        }
    }
}

#[test]
fn a_pack_is_no_part_of_the_spec() {
    for (text, strength, pack) in [
        ("10mg×7片/板×2板/盒", "10mg", Some(14)),
        ("10mg*14片", "10mg", Some(14)),
        ("10mgx14片/盒", "10mg", Some(14)),
        ("7片/板×2板", "", Some(14)),
        ("30粒/瓶", "", Some(30)),
        ("29g/支", "29000mg/支", None),
        ("10ml:0.5mg(以芬太尼计)×5支", "10ml:0.5mg", Some(5)),
        ("3.5×2cm", "3.5×2cm", None),
        ("10mg×0片", "10mg×0片", None),
        ("28", "28", None),
    ] {
        let spec = normal(text);
        assert_eq!((spec.strength(), spec.pack()), (strength, pack), "{text}");
    }
}

#[test]
fn amounts_volume_and_basis_are_told() {
    let spec = normal("0.5mg:10ml(以芬太尼计)");
    let quantity = |amount: Decimal, unit| Quantity { amount, unit };
    assert_eq!(spec.contents(), [quantity(Decimal::new(5, 1), Unit::Milligram)]);
    assert_eq!(spec.volume(), Some(quantity(Decimal::from(10), Unit::Millilitre)));
    assert_eq!(spec.basis(), ["以芬太尼计"]);
    assert_eq!(normal("100ml(20%)").contents(), []);
    for nothing in ["", " \u{3000}", &"片".repeat(501)] {
        assert_eq!(NormalSpec::parse(nothing), None);
    }
}

#[test]
fn real_specs_read_the_same_again() {
    let registered = STANDARD.lines().skip(2).filter_map(|line| line.splitn(3, ',').nth(2));
    let tendered = COEFFICIENTS.lines().skip(2).filter_map(|line| line.splitn(3, ',').nth(2));
    let mut seen = 0;
    for text in registered.chain(tendered) {
        let spec = normal(text);
        assert_eq!(normal(&spec.to_string()), spec, "{text}");
        seen += 1;
    }
    assert_eq!(seen, 27 + 600);
}

/// The national rounds publish by how much a spec counts against the representative one: that is the ratio of their contents, or of
/// their volumes where only those are declared. 23 do not: combinations that are counted by their other substance or by hand, solutions that
/// are counted by the pack, and published numbers that are rounded.
#[test]
fn contents_stand_to_each_other_as_the_published_coefficients_do() {
    let rows: Vec<(Decimal, &str, NormalSpec)> = COEFFICIENTS
        .lines()
        .skip(2)
        .map(|line| line.splitn(3, ',').collect::<Vec<_>>())
        .map(|row| (row[0].parse().unwrap(), row[1], normal(row[2].trim_matches('"'))))
        .collect();
    let amount = |spec: &NormalSpec| spec.contents().first().copied().or(spec.volume());
    let (mut agree, mut differ) = (0, Vec::new());
    for (coefficient, product, spec) in &rows {
        let representative = rows.iter().find(|(one, other, _)| other == product && *one == Decimal::ONE);
        let (Some((_, _, representative)), Some(found)) = (representative, amount(spec)) else {
            differ.push(format!("{product} {spec}: nothing to compare"));
            continue;
        };
        let ratio =
            amount(representative).filter(|one| one.unit == found.unit).map(|one| found.amount / one.amount);
        match ratio.filter(|ratio| (ratio - coefficient).abs() < Decimal::new(1, 3)) {
            Some(_) => agree += 1,
            None => differ
                .push(format!("{product} {spec} against {representative}: {coefficient}, read {ratio:?}")),
        }
    }
    println!("{agree} agree; {}:\n{}", differ.len(), differ.join("\n"));
    assert_eq!((agree, differ.len()), (577, 23));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2048))]

    #[test]
    fn width_blanks_and_case_make_no_difference(
        text in prop_oneof![any::<String>(), "[0-9.]{0,6}(mg|g|ml|ML|μg|万单位|%|克|L|片|粒/瓶|×|x|:|与|\\(|\\)|以|计|每|含|1|氯化钠| ){0,9}"],
    ) {
        let wide = |one: char| match one {
            '!'..='~' => char::from_u32(u32::from(one) + 0xfee0).unwrap(),
            _ => one,
        };
        let spec = NormalSpec::parse(&text);
        prop_assert_eq!(NormalSpec::parse(&text.chars().map(wide).collect::<String>()), spec.clone());
        prop_assert_eq!(NormalSpec::parse(&format!(" {}\u{3000}", text.to_ascii_uppercase())), spec);
    }
}
