//! A table of every kind: what fits, what does not and where.
use jicai_domain::catalog::code::FindingCode::{
    AlsoFits, Ambiguous, BlankRemoved, CaseChanged, Character, CheckDigit, ClassUnknown, CrossRule, Empty,
    FirstDigit, FormUnknown, FormatOnly, GroupUnknown, Length, RegionUnknown, Restricted, Unknown,
    WidthChanged,
};
use jicai_domain::catalog::code::{
    CodeKind, DeviceRegistration, Gln, Gtin, KoreanPriceCode, PublicCode, TraceCode, check, check_as,
};

use crate::{faults, fits, parts, warnings};

#[test]
fn well_formed_codes_of_every_kind_are_told_apart() {
    for (kind, codes) in [
        ("nhsa-western", ["XL02BBA326A001010102180", "XA06ADF336P001010100233"].as_slice()),
        ("nhsa-tcm", &["ZA04CAE0023010100166"]),
        ("nhsa-piece", &["T000112345", "T110212345"]),
        ("nhsa-granule", &["T0001123451000100166"]),
        ("nhsa-preparation", &["A12345678901234B"]),
        // No real code of full length was found: these are made from a real head.
        ("nhsa-consumable", &["C0201010520000101234", "C02010105200001012340000001"]),
        ("jicai", &["JCX000000001F", "JCC000012345L", "JCR999999999D"]),
        ("nhsa-service", &["003105120040000"]),
        ("cn-standard-code-14", &["86901110000020", "86902551000259", "86902581000045", "86902581000052"]),
        (
            "nmpa-approval",
            &["国药准字H20123298", "国药准字HJ20171237", "国药准字SJ20171237", "H20140001", "BZC20140001"],
        ),
        (
            "nmpa-device",
            &[
                "国械注准20163771234",
                "苏械注准20162140001",
                "国食药监械(准)字2012第3151234号",
                "国械备20150001",
            ],
        ),
        ("trace-code", &["81234567890123456789"]),
        ("gtin", &["06901234567892", "16901234567899", "08806205000126"]),
        ("sscc", &["000123456000012343"]),
        ("gs1", &["(01)06901234567892(11)141231(17)150707(10)A213B1(21)1234"]),
        ("ma-udi", &["MA.156.M0.100203.0CATHE01", "MA.156.M0.100203.0CATHE01.Lb7.S12"]),
        ("ahm-udi", &["MF1234567890123", "MF12345BNx7*SN9"]),
        ("ndc", &["00781150610"]),
        ("dmd", &["322236009", "39720311000001101", "22298006", "73211009"]),
        ("atc", &["A", "L02", "L02B", "L02BB", "L02BB05"]),
    ] {
        for code in codes {
            assert_eq!(fits(code), Some((kind, (*code).to_owned())), "{code}: {:?}", check(code));
        }
    }
    assert_eq!(CodeKind::ALL.len(), 23);
    assert!(CodeKind::ALL.iter().all(|kind| CodeKind::from_name(kind.name()) == Some(*kind)));
}

#[test]
fn a_code_has_one_canonical_form() {
    for (typed, canonical) in [
        ("6901234567892", "06901234567892"),
        ("629104150021 3", "06291041500213"),
        ("8806205000126", "08806205000126"),
        ("0781-1506-10", "00781150610"),
        ("60429-324-77", "60429032477"),
        ("11523-7020-1", "11523702001"),
        ("00781-1506-10", "00781150610"),
        ("jcx 000000001f", "JCX000000001F"),
        ("xl02bba326a001010102180", "XL02BBA326A001010102180"),
        ("ＸＬ０２ＢＢＡ３２６Ａ００１０１０１０２１８０", "XL02BBA326A001010102180"),
        (" 国药准字 H20123298 ", "国药准字H20123298"),
        ("国食药监械（准）字2012第3151234号", "国食药监械(准)字2012第3151234号"),
        ("苏宁械备20150012号", "苏宁械备20150012"),
        ("MF12345MD240101BNx7", "MF12345MD240101*BNx7"),
    ] {
        assert_eq!(
            fits(typed).map(|(_, text)| text).as_deref(),
            Some(canonical),
            "{typed}: {:?}",
            check(typed)
        );
    }
}

#[test]
fn what_does_not_fit_is_told_with_its_place() {
    for (text, kind, told) in [
        // The first mistaken character, one too few and one too many, a letter for a digit and the other way round.
        ("XL02BBA326A00101010218", Some("nhsa-western"), vec![(Length, 23)]),
        ("XL02BBA326A0010101021800", Some("nhsa-western"), vec![(Length, 24)]),
        ("XLO2BBA326A001010102180", Some("nhsa-western"), vec![(Character, 3)]),
        // As long as an in-house preparation's code, but begun like another.
        ("XL02BBA326A00101", Some("nhsa-western"), vec![(Length, 17)]),
        ("X102BBA326A00101010218é", Some("nhsa-western"), vec![(Character, 2), (Character, 23)]),
        ("ZA04CAE002301010016", Some("nhsa-tcm"), vec![(Length, 20)]),
        ("T00011234", Some("nhsa-piece"), vec![(Length, 10)]),
        ("T0001123452000100166", Some("nhsa-granule"), vec![(Character, 11)]),
        ("C0311120080", Some("nhsa-consumable"), vec![(Length, 12)]),
        ("C0311121080", Some("nhsa-consumable"), vec![(Length, 12)]),
        ("C020101052000010123400000", Some("nhsa-consumable"), vec![(Length, 26)]),
        ("JCX000000001E", Some("jicai"), vec![(CheckDigit, 13)]),
        ("JCX000000010F", Some("jicai"), vec![(CheckDigit, 13)]),
        ("JCQ000000001F", Some("jicai"), vec![(Character, 3)]),
        ("JCX00000O001F", Some("jicai"), vec![(Character, 9)]),
        ("JCX0000000000", Some("jicai"), vec![(Character, 12)]),
        ("JCX00000001F", Some("jicai"), vec![(Length, 13)]),
        ("86901110000021", Some("cn-standard-code-14"), vec![(CheckDigit, 14)]),
        ("86901110000200", Some("cn-standard-code-14"), vec![(CheckDigit, 14)]),
        ("国药准字K20123298", Some("nmpa-approval"), vec![(Character, 5)]),
        ("国药准字TJ20123298", Some("nmpa-approval"), vec![(Character, 5)]),
        ("国药准字H2012329", Some("nmpa-approval"), vec![(Length, 13)]),
        ("国药准字H2012 329x", Some("nmpa-approval"), vec![(Character, 14)]),
        ("国械注准20162771234", Some("nmpa-device"), vec![(CrossRule, 1)]),
        ("苏械注进20162140001", Some("nmpa-device"), vec![(CrossRule, 1)]),
        ("苏械注准20163140001", Some("nmpa-device"), vec![(CrossRule, 1)]),
        ("国械注准2016177123", Some("nmpa-device"), vec![(Character, 9)]),
        ("国械注准201637712345678", Some("nmpa-device"), vec![(Length, 17)]),
        ("苏食药监械(准)字2012第3151234号", Some("nmpa-device"), vec![(CrossRule, 1)]),
        ("某械注准20162140001", Some("nmpa-device"), vec![(Character, 1)]),
        ("6901234567893", Some("gtin"), vec![(CheckDigit, 13)]),
        ("000123456000012344", Some("sscc"), vec![(CheckDigit, 18)]),
        ("8123456789012345678", Some("trace-code"), vec![(Length, 20)]),
        ("22298007", Some("dmd"), vec![(CheckDigit, 8)]),
        ("0781150610", Some("ndc"), vec![(Ambiguous, 1)]),
        ("0781-15061-0", Some("ndc"), vec![(Length, 1)]),
        ("L02B5", Some("atc"), vec![(Character, 5)]),
        ("L02BB0", Some("atc"), vec![(Length, 7)]),
        ("MA.156.M1.100203.0CATHE01", Some("ma-udi"), vec![(Character, 9)]),
        ("MA.156.M0.100203.0CATHE01x", Some("ma-udi"), vec![(Character, 26)]),
        ("MF123456789012345", Some("ahm-udi"), vec![(Length, 16)]),
        ("MF123XX4", Some("ahm-udi"), vec![(Character, 6)]),
        ("", None, vec![(Empty, 1)]),
        ("\u{3000}", None, vec![(Empty, 1)]),
        ("阿帕他胺片", None, vec![(Unknown, 1)]),
        ("hello", None, vec![(Unknown, 1)]),
        ("12345", None, vec![(Unknown, 1)]),
        ("620500010", None, vec![(Unknown, 1)]),
    ] {
        assert_eq!(faults(text), (kind, told), "{text}");
    }
}

#[test]
fn what_is_unusual_is_told_and_no_error() {
    for (text, told) in [
        ("XL02BBA326A001010102180", vec![]),
        ("86901110000020", vec![]),
        ("8806205000126", vec![]),
        ("xl02bba326a001010102180", vec![(CaseChanged, 1)]),
        ("6901234 567892", vec![(BlankRemoved, 8)]),
        ("690123456789２", vec![(WidthChanged, 13)]),
        ("XL12BBA326A001010102180", vec![(ClassUnknown, 2)]),
        ("XL02BBA326A999010102180", vec![(FormUnknown, 11)]),
        ("C9901010520000101234", vec![(ClassUnknown, 2)]),
        ("T990112345", vec![(RegionUnknown, 2)]),
        ("国药准字H99123298", vec![(RegionUnknown, 6)]),
        ("A12345678901234B", vec![(FormatOnly, 1)]),
        ("2012345678903", vec![(Restricted, 1)]),
        ("11234567890123456789", vec![(FirstDigit, 1)]),
        ("X", vec![(GroupUnknown, 1)]),
        ("00000123456000012343", vec![(AlsoFits, 1)]),
    ] {
        assert!(fits(text).is_some(), "{text}");
        assert_eq!(warnings(text), told, "{text}");
    }
}

#[test]
fn a_miss_offers_what_may_have_been_meant() {
    for (text, meant) in [
        ("6901234567893", "6901234567892"),
        ("6901234567829", "6901234567892"),
        ("86901110000021", "86901110000020"),
        ("000123456000012334", "000123456000012343"),
        ("22298007", "22298006"),
        ("XLO2BBA326A001010102180", "XL02BBA326A001010102180"),
        ("0781150610", "00781150610"),
    ] {
        let errors = check(text).errors;
        let candidates = &errors.first().unwrap().candidates;
        assert!(candidates.contains(&meant.to_owned()), "{text}: {candidates:?}");
        assert!(candidates.iter().all(|candidate| fits(candidate).is_some()), "{text}: {candidates:?}");
    }
    let unknown = check("XL12BBA326A001010102180").warnings;
    let candidates = &unknown.first().unwrap().candidates;
    assert!(candidates.contains(&"XL02BBA326A001010102180".to_owned()), "{candidates:?}");
    let consumable = check("C0201010530000101234").warnings;
    assert_eq!(consumable.first().unwrap().candidates, ["C0201010520000101234"]);
}

#[test]
fn the_parts_of_a_code_are_named() {
    let text = |code: &str| {
        parts(&check(code))
            .into_iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect::<Vec<_>>()
            .join(" ")
    };
    for (code, told) in [
        (
            "XL02BBA326A001010102180",
            "identifier=X class=L02BB name=A326 form=A001 spec=01 pack=01 company=02180 class_name=激素拮抗剂及相关药物 form_name=片",
        ),
        ("86901110000020", "country=86 category=9 company=01110 product=00002 check_digit=0"),
        (
            "C02010105200001012340000001",
            "identifier=C discipline=02 usage=01 site=01 generic_name=052 feature=00001 company=01234 product=0000001 class_name=鞘组",
        ),
        ("国药准字HJ20171237", "letters=HJ category=化学药品 origin=境外 authority=20 number=171237"),
        ("国械注进20163401234", "place=国 origin=进口 class=3 catalogue=40 year=2016 serial=1234"),
        ("8806205000126", "indicator=0 item=880620500012 check_digit=6 korean_price_head=62050001"),
        ("81234567890123456789", "prefix=8123456 serial=7890123456789"),
        ("L02BB05", "level=5 group=L therapeutic=L02 pharmacological=L02B chemical=L02BB substance=L02BB05"),
        ("39720311000001101", "item=39720311000001 partition=10 check_digit=1"),
        (
            "MA.156.M0.100203.0CATHE01.M240131.Lb7",
            "issuer=MA country=156 industry=M0 registrant=100203 packaging=0 item=CATHE0 check=1 production_date=2024-01-31 lot=b7",
        ),
        ("MF12345BNx7*ED250200", "device=MF12345 lot=x7 expiry_date=2025-02-28"),
    ] {
        assert_eq!(text(code), told);
    }
}

#[test]
fn a_kind_that_cannot_be_guessed_can_be_asked_for() {
    assert_eq!(Gln::parse("6901234567892").unwrap().as_str(), "6901234567892");
    assert_eq!(check_as(CodeKind::Gln, "6901234567892").kind, Some(CodeKind::Gln));
    assert!(check_as(CodeKind::Gln, "06901234567892").code.is_none());
    assert_eq!(check_as(CodeKind::KoreanPriceCode, "620500010").errors, []);
    let prefix = check_as(CodeKind::TracePrefix, "8123456").code.unwrap().to_string();
    assert_eq!(TraceCode::parse("81234567890123456789").unwrap().identifier().to_string(), prefix);
    let gtin = Gtin::parse("8806205000126").unwrap();
    assert!(gtin.follows(&KoreanPriceCode::parse("620500010").unwrap()));
    assert!(!gtin.follows(&KoreanPriceCode::parse("620500110").unwrap()));
    assert!(!Gtin::parse("6901234567892").unwrap().follows(&KoreanPriceCode::parse("620500010").unwrap()));
}

#[test]
fn reagents_are_told_by_their_catalogue() {
    let reagent = |text: &str| DeviceRegistration::parse(text).unwrap().is_reagent();
    assert_eq!(
        ["国械注准20163401234", "国食药监械(准)字2012第3401234号", "国械注准20163771234", "国械备20150001"]
            .map(reagent),
        [true, true, false, false]
    );
}
