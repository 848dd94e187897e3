use super::*;
use crate::ids::{Id, LotId, SpecId};
use crate::procurement::rules::preset;
use crate::procurement::values::Form;

fn name(text: &str) -> Name {
    Name::parse(text).unwrap()
}

fn spec(code: &str, representative: bool) -> Spec<()> {
    Spec {
        id: (),
        code: name(code),
        name: name(code),
        content: None,
        ceiling: 2.into(),
        representative,
        item: None,
    }
}

fn lot(number: i32, specs: Vec<Spec<()>>) -> AnnouncedLot<(), ()> {
    let named = name(&format!("品种{number}"));
    let (form, unit) = (Form::Oral, name("片"));
    AnnouncedLot { id: (), number, name: named, form, volume_class: None, cap: None, unit, specs }
}

fn written() -> Written {
    let at = |hours: i64| Timestamp::from_micros(0).plus_seconds(hours.saturating_mul(3_600));
    Announcement {
        name: name("轮次"),
        kind: ProductKind::Drug,
        buyer: Buyer::Office,
        rules: preset("cn-r9-2023").unwrap().text.to_owned(),
        disclosure: Disclosure::Everything,
        past_use_share: 1.into(),
        custodians: vec![UserId::from_number(1), UserId::from_number(2)],
        threshold: 2,
        calendar: Calendar {
            demand_from: at(1),
            demand_until: at(2),
            qualification_until: at(3),
            bids_from: at(3),
            bids_until: at(4),
            opening_from: at(4),
        },
        documents: Vec::new(),
        lots: vec![lot(1, vec![spec("10", true), spec("20", false)]), lot(2, vec![spec("5", true)])],
    }
}

/// The announcement with ids that count from a number.
fn identified(written: Written, known: &KnownLots, from: u128) -> Announcement {
    let mut next = from..;
    let mut spec = from.saturating_add(100)..;
    let ids = (|| LotId::from_number(next.next().unwrap()), || SpecId::from_number(spec.next().unwrap()));
    written.identified(known, ids)
}

fn known(announcement: &Announcement) -> KnownLots {
    let specs = announcement
        .lots
        .iter()
        .flat_map(|lot| lot.specs.iter().map(|spec| ((lot.id, spec.code.as_str().to_owned()), spec.id)));
    KnownLots {
        lots: announcement.lots.iter().map(|lot| (lot.number, lot.id)).collect(),
        specs: specs.collect(),
    }
}

#[test]
fn numbers_and_codes_keep_their_ids_and_new_ones_get_new_ids() {
    let first = identified(written(), &KnownLots::default(), 1);
    let mut again = written();
    again.lots[1].specs.push(spec("8", false));
    again.lots.reverse();
    again.lots.push(lot(3, vec![spec("5", true)]));
    let second = identified(again, &known(&first), 1_000);
    let ids = |announcement: &Announcement| -> Vec<(i32, u128, Vec<u128>)> {
        let specs = |lot: &AnnouncedLot| lot.specs.iter().map(|spec| spec.id.number()).collect();
        announcement.lots.iter().map(|lot| (lot.number, lot.id.number(), specs(lot))).collect()
    };
    assert_eq!(ids(&first), [(1, 1, vec![101, 102]), (2, 2, vec![103])]);
    assert_eq!(ids(&second), [(2, 2, vec![103, 1_100]), (1, 1, vec![101, 102]), (3, 1_000, vec![1_101])]);
}

#[test]
fn a_correction_leaves_what_was_fixed_and_brings_nothing_back() {
    let first = identified(written(), &KnownLots::default(), 1);
    let told = |change: fn(&mut Written)| {
        let mut corrected = written();
        change(&mut corrected);
        let corrected = identified(corrected, &known(&first), 1_000);
        [false, true].map(|keyed| first.may_become(&corrected, &known(&first), keyed).map_err(|no| no.code))
    };
    let never = [Err(Code::CorrectionInvalid); 2];
    let before_the_key = [Ok(()), Err(Code::CorrectionInvalid)];
    assert_eq!(told(|_same| {}), never);
    assert_eq!(told(|one| one.threshold = 1), before_the_key);
    assert_eq!(told(|one| one.custodians.reverse()), before_the_key);
    assert_eq!(told(|one| one.kind = ProductKind::Consumable), never);
    assert_eq!(told(|one| one.lots[0].specs[0].ceiling = 3.into()), [Ok(()); 2]);
    assert_eq!(told(|one| drop(one.lots.pop())), [Ok(()); 2]);
    let mut fewer = first.clone();
    fewer.lots[0].specs.pop();
    assert_eq!(fewer.may_become(&first, &known(&first), false).unwrap_err().code, Code::LotsInvalid);
    fewer.lots.remove(0);
    assert_eq!(fewer.may_become(&first, &known(&first), false).unwrap_err().code, Code::LotsInvalid);
}

#[test]
fn what_changed_is_told_in_the_order_of_the_announcement_and_in_both_languages() {
    let first = identified(written(), &KnownLots::default(), 1);
    let mut corrected = written();
    corrected.disclosure = Disclosure::SelectedNames;
    corrected.calendar.opening_from = corrected.calendar.opening_from.plus_seconds(3_600);
    corrected.lots[0].cap = Some(4);
    corrected.lots[0].specs[1].ceiling = 3.into();
    corrected.lots[0].specs.push(spec("30", false));
    corrected.lots.pop();
    corrected.rules.push('\n');
    let second = identified(corrected, &known(&first), 1_000);
    let found = changes(&first, &second, |at| at.seconds().to_string());
    let fields: Vec<&str> = found.iter().map(|change| change.field.name()).collect();
    assert_eq!(fields, ["RULES", "DISCLOSURE", "OPENING_FROM", "CAP", "CEILING", "SPEC", "LOT"]);
    let told: Vec<String> = found.iter().skip(1).map(Change::english).collect();
    assert_eq!(
        told,
        [
            "disclosure rule: EVERYTHING -> SELECTED_NAMES",
            "opening from: 14400 -> 18000",
            "lot 1 most that are selected added: 4",
            "lot 1, spec 20 maximum valid bid: 2 -> 3",
            "lot 1, spec 30 spec added: 30, 2",
            "lot 2 lot taken out: 品种2 (5, 2)",
        ]
    );
    assert_eq!(found[4].chinese(), "竞价单元1规格20 最高有效申报价：由“2”变更为“3”");
    assert!(changes(&first, &first, |at| at.seconds().to_string()).is_empty());
    let names: std::collections::BTreeSet<&str> = Field::ALL.iter().map(|field| field.name()).collect();
    assert_eq!(names.len(), Field::ALL.len());
    assert!(Field::ALL.iter().all(|field| Field::from_name(field.name()) == Some(*field)));
}
