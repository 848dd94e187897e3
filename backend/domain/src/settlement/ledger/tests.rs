#![expect(clippy::arithmetic_side_effects, reason = "the numbers of a test are small")]

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::identity::RegionCode;
use crate::ids::Id;

fn book() -> Book {
    Book { area: RegionCode::parse("440100").unwrap(), scheme: Scheme::Employee }
}

fn party(number: u8) -> OrganizationId {
    OrganizationId::from_number(u128::from(number))
}

fn payment(number: u32) -> PaymentId {
    PaymentId::from_number(u128::from(number))
}

fn money(yuan: &str) -> Money {
    Money::parse(yuan).unwrap()
}

fn event(number: u32, day: &str, act: Act) -> Event {
    Event {
        id: LedgerEventId::from_number(u128::from(number)),
        book: book(),
        day: Day::parse(day).unwrap(),
        act,
    }
}

const H: u8 = 1;
const S1: u8 = 11;
const S2: u8 = 12;

/// The two months that are worked by hand: prepayment, a return, a dispute resolved in the next month, claims below what was paid.
fn worked() -> Vec<Event> {
    let (hospital, s1, s2) = (party(H), party(S1), party(S2));
    let settled = |supplier, yuan| Act::Settled { hospital, supplier, amount: money(yuan) };
    let told =
        |number, supplier, yuan| Act::Instructed { payment: payment(number), supplier, amount: money(yuan) };
    let offset =
        |yuan| Act::Covered { hospital, offset: money(yuan), recovered: Money::ZERO, disbursed: Money::ZERO };
    let acts = [
        ("2026-01-01", Act::Granted { amount: money("500000000") }),
        ("2026-01-02", Act::Prepaid { hospital, amount: money("10800000") }),
        ("2026-02-10", settled(s1, "1800000")),
        ("2026-02-10", settled(s2, "600000")),
        ("2026-02-11", told(1, s1, "1800000")),
        ("2026-02-11", told(2, s2, "600000")),
        ("2026-02-12", Act::Paid { payment: payment(1) }),
        ("2026-02-12", Act::Paid { payment: payment(2) }),
        ("2026-02-20", Act::Claimed { hospital, amount: money("2100000") }),
        ("2026-02-20", offset("2100000")),
        ("2026-03-10", settled(s1, "880000")),
        ("2026-03-10", settled(s2, "340000")),
        ("2026-03-11", told(3, s1, "880000")),
        ("2026-03-11", told(4, s2, "340000")),
        ("2026-03-12", Act::Paid { payment: payment(3) }),
        ("2026-03-12", Act::Paid { payment: payment(4) }),
        ("2026-03-20", Act::Claimed { hospital, amount: money("1450000") }),
        ("2026-03-20", offset("1450000")),
    ];
    (0u32..).zip(acts).map(|(number, (day, act))| event(number, day, act)).collect()
}

fn played(events: &[Event]) -> Ledger {
    let mut ledger = Ledger::default();
    for event in events {
        assert!(matches!(ledger.post(event), Ok(Outcome::Posted(_))), "{event:?}");
    }
    ledger
}

#[test]
fn the_two_months_that_are_worked_by_hand_come_out_to_the_fen() {
    let held = |ledger: &Ledger, account| ledger.balance(book(), account).to_string();
    let january = played(worked().get(..10).unwrap());
    assert_eq!(held(&january, Account::Receivable(party(H))), "300000.00");
    let ledger = played(&worked());
    for (account, yuan) in [
        (Account::Cash, "485580000.00"),
        (Account::Prepayment(party(H)), "10800000.00"),
        (Account::Receivable(party(H)), "70000.00"),
        (Account::Expense, "3550000.00"),
        (Account::Payable(party(S1)), "0.00"),
        (Account::Payable(party(S2)), "0.00"),
        (Account::Claim(party(H)), "0.00"),
        (Account::Transit, "0.00"),
        (Account::Funding, "500000000.00"),
    ] {
        assert_eq!(held(&ledger, account), yuan, "{account:?}");
    }
}

#[test]
fn twice_is_once_and_another_content_is_refused_with_its_field() {
    let mut ledger = played(&worked());
    let before = ledger.clone();
    assert_eq!(ledger.post(&worked()[13]), Ok(Outcome::Repeated));
    let changed = |change: &dyn Fn(&mut Event)| {
        let mut event = worked()[13].clone();
        change(&mut event);
        event
    };
    let told = |supplier, yuan| Act::Instructed {
        payment: payment(4),
        supplier: party(supplier),
        amount: money(yuan),
    };
    for (field, event) in [
        ("amount", changed(&|event| event.act = told(S2, "340000.01"))),
        ("supplier", changed(&|event| event.act = told(S1, "340000"))),
        ("day", changed(&|event| event.day = event.day.plus_days(1))),
        ("book", changed(&|event| event.book.scheme = Scheme::Resident)),
        ("kind", changed(&|event| event.act = Act::Paid { payment: payment(4) })),
    ] {
        let refused = ledger.post(&event).unwrap_err();
        assert_eq!((refused.code, refused.field), (Code::LedgerEventConflict, Some(field)));
    }
    assert_eq!(ledger, before);
}

#[test]
fn what_is_not_there_is_not_paid() {
    let (hospital, supplier) = (party(H), party(S1));
    let mut ledger = Ledger::default();
    let refused = |ledger: &mut Ledger, act| ledger.post(&event(900, "2026-01-31", act)).unwrap_err();
    let prepaid = refused(&mut ledger, Act::Prepaid { hospital, amount: money("1") });
    assert_eq!((prepaid.code, prepaid.field), (Code::BalanceInsufficient, Some("CASH")));
    for (number, act) in [
        (1, Act::Granted { amount: money("100") }),
        (2, Act::Settled { hospital, supplier, amount: money("150") }),
        (3, Act::Instructed { payment: payment(1), supplier, amount: money("60") }),
    ] {
        ledger.post(&event(number, "2026-01-31", act)).unwrap();
    }
    let told =
        refused(&mut ledger, Act::Instructed { payment: payment(2), supplier, amount: money("40.01") });
    assert_eq!(
        (told.field, told.allowed.as_deref()),
        (Some("CASH"), Some("<= 40.00")),
        "60 are on their way"
    );
    for (act, code) in [
        (Act::Refunded { hospital, amount: money("150.01") }, Code::BalanceInsufficient),
        (Act::Refunded { hospital, amount: Money::ZERO }, Code::AmountInvalid),
        (Act::Granted { amount: money("-1") }, Code::AmountInvalid),
        (Act::Paid { payment: payment(9) }, Code::PaymentState),
        (Act::Returned { payment: payment(1) }, Code::PaymentState),
        (Act::Instructed { payment: payment(1), supplier, amount: money("1") }, Code::PaymentState),
    ] {
        assert_eq!(refused(&mut ledger, act.clone()).code, code, "{act:?}");
    }
}

#[test]
fn a_payment_that_comes_back_is_owed_again_once() {
    let mut events = worked();
    let back = |number, payment_number| {
        event(number, "2026-03-15", Act::Returned { payment: payment(payment_number) })
    };
    events.push(back(100, 3));
    let mut ledger = played(&events);
    assert_eq!(ledger.balance(book(), Account::Payable(party(S1))), money("880000"));
    assert_eq!(ledger.payment(payment(3)), Some(PaymentState::Failed));
    assert_eq!(ledger.post(&back(101, 3)).unwrap_err().code, Code::PaymentState);
}

#[test]
fn nothing_enters_a_closed_month() {
    let mut ledger = played(&worked());
    let day = |text| Day::parse(text).unwrap();
    ledger.close(book(), day("2026-03-31")).unwrap();
    let late = |number, date| event(number, date, Act::Granted { amount: money("1") });
    assert_eq!(ledger.post(&late(200, "2026-03-31")).unwrap_err().code, Code::MonthClosed);
    assert_eq!(ledger.close(book(), day("2026-02-28")).unwrap_err().code, Code::MonthClosed);
    assert!(ledger.post(&late(201, "2026-04-01")).is_ok());
    assert_eq!(ledger.post(&worked()[0]), Ok(Outcome::Repeated), "a repetition is answered all the same");
}

fn act() -> impl Strategy<Value = Act> {
    let amount = || (0i64..2_000).prop_map(|fen| Money::of_fen(fen).unwrap());
    let hospital = || (1u8..3).prop_map(party);
    let supplier = || (11u8..13).prop_map(party);
    let paid = || (0u32..12).prop_map(payment);
    prop_oneof![
        amount().prop_map(|amount| Act::Granted { amount }),
        (hospital(), amount()).prop_map(|(hospital, amount)| Act::Prepaid { hospital, amount }),
        (hospital(), supplier(), amount()).prop_map(|(hospital, supplier, amount)| Act::Settled {
            hospital,
            supplier,
            amount
        }),
        (paid(), supplier(), amount()).prop_map(|(payment, supplier, amount)| Act::Instructed {
            payment,
            supplier,
            amount
        }),
        paid().prop_map(|payment| Act::Paid { payment }),
        paid().prop_map(|payment| Act::Failed { payment }),
        paid().prop_map(|payment| Act::Returned { payment }),
        (hospital(), amount()).prop_map(|(hospital, amount)| Act::Claimed { hospital, amount }),
        (hospital(), amount(), amount(), amount()).prop_map(|(hospital, offset, recovered, disbursed)| {
            Act::Covered { hospital, offset, recovered, disbursed }
        }),
        (hospital(), amount()).prop_map(|(hospital, amount)| Act::Refunded { hospital, amount }),
        (hospital(), amount()).prop_map(|(hospital, amount)| Act::PrepaymentReturned { hospital, amount }),
        (hospital(), amount()).prop_map(|(hospital, amount)| Act::Retained { hospital, amount }),
    ]
}

/// What the events sum up to, reckoned from the acts alone, without accounts.
#[derive(Default)]
struct Told {
    granted: i64,
    prepaid: i64,
    unprepaid: i64,
    settled: i64,
    paid: i64,
    back: i64,
    claimed: i64,
    offset: i64,
    disbursed: i64,
    refunded: i64,
    retained: i64,
    amounts: BTreeMap<PaymentId, i64>,
}

impl Told {
    fn hear(&mut self, act: &Act) {
        match act {
            Act::Granted { amount } => self.granted += amount.fen(),
            Act::Prepaid { amount, .. } => self.prepaid += amount.fen(),
            Act::Settled { amount, .. } => self.settled += amount.fen(),
            Act::Instructed { payment, amount, .. } => {
                self.amounts.insert(*payment, amount.fen());
            }
            Act::Paid { payment } => self.paid += self.amounts[payment],
            Act::Failed { .. } => {}
            Act::Returned { payment } => self.back += self.amounts[payment],
            Act::Claimed { amount, .. } => self.claimed += amount.fen(),
            Act::Covered { offset, recovered, disbursed, .. } => {
                self.offset += offset.fen();
                self.unprepaid += recovered.fen();
                self.disbursed += disbursed.fen();
            }
            Act::Refunded { amount, .. } => self.refunded += amount.fen(),
            Act::PrepaymentReturned { amount, .. } => self.unprepaid += amount.fen(),
            Act::Retained { amount, .. } => self.retained += amount.fen(),
        }
    }

    fn cash(&self, returned_prepayment: i64) -> i64 {
        self.granted - self.prepaid - self.paid + self.back - self.disbursed + self.refunded - self.retained
            + returned_prepayment
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]
    #[test]
    fn whatever_happens_the_books_balance_and_a_replay_gives_the_same(acts in prop::collection::vec(act(), 1..120)) {
        let (mut ledger, mut posted, mut told, mut returned) = (Ledger::default(), Vec::new(), Told::default(), 0);
        for (number, act) in (0u32..).zip(acts) {
            let event = event(number, "2026-01-31", act);
            let before = ledger.clone();
            match ledger.post(&event) {
                Err(_) => prop_assert_eq!(&ledger, &before),
                Ok(Outcome::Repeated) => prop_assert!(false, "new ids only"),
                Ok(Outcome::Posted(_)) => {
                    told.hear(&event.act);
                    returned += if let Act::PrepaymentReturned { amount, .. } = event.act { amount.fen() } else { 0 };
                    posted.push(event);
                }
            }
            let sum = |wanted: fn(&Account) -> bool| -> i64 {
                ledger.accounts(book()).filter(|(account, _)| wanted(account)).map(|(_, held)| held.fen()).sum()
            };
            prop_assert!(ledger.accounts(book()).all(|(_, held)| held >= Money::ZERO));
            prop_assert_eq!(sum(|account| account.side() == Side::Debit), sum(|account| account.side() == Side::Credit));
            prop_assert_eq!(sum(|account| *account == Account::Expense), told.claimed + told.retained);
            prop_assert_eq!(sum(|account| *account == Account::Cash), told.cash(returned));
            let receivable = sum(|account| matches!(account, Account::Receivable(_)));
            prop_assert_eq!(receivable + told.offset + told.refunded, told.settled);
            let owed = sum(|account| matches!(account, Account::Payable(_))) + sum(|account| *account == Account::Transit);
            prop_assert_eq!(owed + told.paid - told.back, told.settled);
            let prepaid = sum(|account| matches!(account, Account::Prepayment(_)));
            prop_assert_eq!(prepaid + told.unprepaid, told.prepaid);
        }
        prop_assert_eq!(played(&posted), ledger);
    }
}
