use rust_decimal::Decimal;

use super::*;
use crate::identity::{Caller, Name, Permission, Role, Who};
use crate::ids::{Id, RoundProductId, SessionId, SpecId, UserId};
use crate::procurement::round::{Calendar, Disclosure, RoundStatus};

fn code(text: &str) -> RegionCode {
    RegionCode::parse(text).unwrap()
}

fn at(hours: i64) -> Timestamp {
    Timestamp::from_micros(0).plus_seconds(hours.saturating_mul(3_600))
}

fn form(status: DemandStatus) -> DemandForm {
    let begun = DemandForm::begin(
        DemandFormId::from_number(1),
        RoundId::from_number(2),
        OrganizationId::from_number(3),
        code("320106"),
    );
    DemandForm { status, ..begun }
}

fn round() -> Round {
    Round {
        id: RoundId::from_number(2),
        office: OrganizationId::from_number(9),
        name: Name::parse("轮次").unwrap(),
        status: RoundStatus::Demand,
        edition: 1,
        drafted_by: UserId::from_number(3),
        announced_by: Some(UserId::from_number(3)),
        calendar: Calendar {
            demand_from: at(10),
            demand_until: at(20),
            qualification_until: at(35),
            bids_from: at(30),
            bids_until: at(40),
            opening_from: at(50),
        },
        threshold: 2,
        disclosure: Disclosure::Everything,
        version: Version::FIRST,
    }
}

fn returned() -> DemandStatus {
    DemandStatus::Returned { reason: Reason::parse("核对用量").unwrap() }
}

#[test]
fn every_state_answers_every_command() {
    const NO: &str = "DEMAND_STATE";
    let staffed = vec![code("320106"), code("320100")];
    let commands = [
        DemandCommand::Fill,
        DemandCommand::Submit { staffed: staffed.clone() },
        DemandCommand::Approve { staffed },
        DemandCommand::Return { reason: Reason::parse("核对用量").unwrap() },
    ];
    let table = [
        (DemandStatus::Draft, ["DRAFT", "SUBMITTED", NO, NO]),
        (DemandStatus::Submitted { waits_in: code("320106") }, [NO, NO, "SUBMITTED", "RETURNED"]),
        (DemandStatus::Submitted { waits_in: code("320000") }, [NO, NO, "LOCKED", "RETURNED"]),
        (returned(), ["RETURNED", "SUBMITTED", NO, NO]),
        (DemandStatus::Locked, [NO; 4]),
    ];
    for (status, expected) in table {
        let told = commands.clone().map(|command| {
            let next = form(status.clone()).apply(command);
            next.map_or_else(|refusal| refusal.code.spec().name, |next| next.status.label())
        });
        assert_eq!(told, expected, "{status:?}");
    }
    assert_eq!(form(DemandStatus::Draft).apply(DemandCommand::Fill).unwrap().version, Version::new(2));
}

/// Where a form of the region waits, one stage after the other, when those regions have reviewers.
fn way(region: &str, staffed: &[&str]) -> Vec<String> {
    let staffed: Vec<RegionCode> = staffed.iter().map(|region| code(region)).collect();
    let begun = DemandForm { region: code(region), ..form(DemandStatus::Draft) };
    let mut form = begun.apply(DemandCommand::Submit { staffed: staffed.clone() }).unwrap();
    let mut way = Vec::new();
    while let Some(waits_in) = form.status.waits_in() {
        way.push(waits_in.to_string());
        form = form.apply(DemandCommand::Approve { staffed: staffed.clone() }).unwrap();
    }
    assert_eq!(form.status, DemandStatus::Locked);
    way
}

#[test]
fn a_form_passes_the_reviewers_that_there_are_up_to_the_province() {
    let all = ["320106", "320100", "320000", "000000"];
    assert_eq!(way("320106", &all), ["320106", "320100", "320000"]);
    assert_eq!(way("320106", &["320106", "320205"]), ["320106", "320000"]);
    assert_eq!(way("320106", &["320100"]), ["320100", "320000"]);
    assert_eq!(way("320106", &[]), ["320000"]);
    assert_eq!(way("320100", &all), ["320100", "320000"]);
    assert_eq!(way("320000", &all), ["320000"]);
}

#[test]
fn a_form_is_open_until_reporting_ends_and_a_returned_one_until_reviews_end() {
    let open = |status: DemandStatus, hour| {
        let answer = form(status).accepts_report(&round(), at(hour));
        answer.map_or_else(|refusal| refusal.code.spec().name, |()| "open")
    };
    let submitted = DemandStatus::Submitted { waits_in: code("320000") };
    let table = [
        (DemandStatus::Draft, ["ROUND_CLOSED", "open", "ROUND_CLOSED", "ROUND_CLOSED"]),
        (returned(), ["ROUND_CLOSED", "open", "open", "ROUND_CLOSED"]),
        (submitted, ["DEMAND_STATE"; 4]),
        (DemandStatus::Locked, ["DEMAND_STATE"; 4]),
    ];
    for (status, expected) in table {
        assert_eq!([9, 19, 20, 40].map(|hour| open(status.clone(), hour)), expected, "{status:?}");
    }
    assert!(shows_totals(&round(), at(19)).is_err());
    assert!(shows_totals(&round(), at(20)).is_ok());
}

#[test]
fn only_the_reviewers_of_the_stage_decide() {
    let reviewer = |region: &str| {
        let caller = Caller {
            who: Who::User { user: UserId::from_number(1), session: SessionId::from_number(3) },
            organization: OrganizationId::from_number(7),
            role: Role::Reviewer,
            manager: true,
            approved: true,
            regions: vec![code(region)],
        };
        caller.require(Permission::ReviewDemand).unwrap()
    };
    let waits = form(DemandStatus::Submitted { waits_in: code("320106") });
    assert_eq!(waits.waits_for(&reviewer("320106")), Ok(()));
    for other in ["320100", "320000", "320105"] {
        assert_eq!(waits.waits_for(&reviewer(other)).unwrap_err().code, Code::DemandStage, "{other}");
    }
    let locked = form(DemandStatus::Locked);
    assert_eq!(locked.waits_for(&reviewer("320106")).unwrap_err().code, Code::DemandState);
}

#[test]
fn an_institution_is_in_the_smallest_region_that_holds_it_and_in_the_smallest_that_buys() {
    let of = |regions: &[&str]| {
        let regions: Vec<RegionCode> = regions.iter().map(|region| code(region)).collect();
        region_of(&regions).map(|region| region.to_string()).map_err(|refusal| refusal.code)
    };
    assert_eq!(of(&["320106"]), Ok("320106".to_owned()));
    assert_eq!(of(&["320106", "320105"]), Ok("320100".to_owned()));
    assert_eq!(of(&["320106", "320205"]), Ok("320000".to_owned()));
    assert_eq!(of(&["320106", "310101"]), Err(Code::DemandRegion));
    assert_eq!(of(&[]), Err(Code::DemandRegion));
    let buyers = [code("320000"), code("320100"), code("330000")];
    assert_eq!(buying_region(&buyers, code("320106")), Ok(code("320100")));
    assert_eq!(buying_region(&buyers, code("320205")), Ok(code("320000")));
    assert_eq!(buying_region(&buyers, code("110101")).unwrap_err().code, Code::DemandRegion);
}

fn line(volume: u64, past_use: u64, reason: Option<&str>) -> DemandLine {
    DemandLine {
        spec: SpecId::from_number(1),
        product: None,
        volume,
        past_use,
        reason: reason.map(|reason| Reason::parse(reason).unwrap()),
    }
}

#[test]
fn less_than_the_share_of_past_use_needs_a_reason() {
    let share = Decimal::new(80, 2);
    let told = |volume, past_use, reason| {
        line(volume, past_use, reason).check(share).map_err(|refusal| refusal.allowed.unwrap())
    };
    assert_eq!(told(80, 100, None), Ok(()));
    assert_eq!(told(79, 100, None), Err("volume from 80".to_owned()));
    assert_eq!(told(79, 100, Some("科室停办")), Ok(()));
    // 80% of 99 is 79.2: 79 is below it, and nothing is rounded before the comparison.
    assert_eq!(told(79, 99, None), Err("volume from 80".to_owned()));
    assert_eq!(told(80, 99, None), Ok(()));
    assert_eq!(told(0, 0, None), Ok(()));
    assert_eq!(line(1, 3, None).check(Decimal::ZERO), Ok(()));
    assert!(told(LINE_VOLUME_MAX + 1, 0, None).is_err());
}

#[test]
fn a_form_names_a_spec_once_by_generic_name_and_once_a_brand() {
    let brand =
        |number| DemandLine { product: Some(RoundProductId::from_number(number)), ..line(1, 1, None) };
    assert_eq!(each_once(&[line(1, 1, None), brand(1), brand(2)]), Ok(()));
    assert!(each_once(&[line(1, 1, None), line(2, 2, None)]).is_err());
    assert!(each_once(&[brand(1), brand(1)]).is_err());
}

#[test]
fn a_brand_is_a_product_of_the_spec() {
    let product = RoundProductId::from_number(7);
    let branded = DemandLine { product: Some(product), ..line(1, 1, None) };
    let of = |spec| std::collections::BTreeMap::from([(product, SpecId::from_number(spec))]);
    assert_eq!(branded.check_product(&of(1)), Ok(()));
    for known in [of(2), std::collections::BTreeMap::new()] {
        assert_eq!(branded.check_product(&known).unwrap_err().field, Some("product"));
    }
    assert_eq!(line(1, 1, None).check_product(&of(2)), Ok(()));
}

#[test]
fn units_are_whole_and_bounded() {
    assert_eq!(units(" 1200 ", "volume"), Ok(1_200));
    for bad in ["", "-1", "1.5", "1,000", "一", "1000000000001"] {
        let refusal = units(bad, "volume").unwrap_err();
        assert_eq!((refusal.code, refusal.field), (Code::DemandInvalid, Some("volume")), "{bad}");
    }
}
