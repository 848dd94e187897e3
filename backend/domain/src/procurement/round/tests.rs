use super::*;
use crate::ids::Id;

const HOUR: i64 = 3_600;

fn at(hours: i64) -> Timestamp {
    Timestamp::from_micros(0).plus_seconds(hours.saturating_mul(HOUR))
}

fn calendar() -> Calendar {
    Calendar {
        demand_from: at(10),
        demand_until: at(20),
        qualification_until: at(35),
        bids_from: at(30),
        bids_until: at(40),
        opening_from: at(50),
    }
}

fn round(status: RoundStatus) -> Round {
    Round {
        id: RoundId::from_number(1),
        office: OrganizationId::from_number(2),
        name: Name::parse("轮次").unwrap(),
        edition: i32::from(status != RoundStatus::Draft),
        status,
        drafted_by: UserId::from_number(3),
        announced_by: Some(UserId::from_number(3)),
        calendar: calendar(),
        threshold: 2,
        disclosure: Disclosure::Everything,
        version: Version::FIRST,
    }
}

fn statuses() -> Vec<RoundStatus> {
    let reason = Reason::parse("停止").unwrap();
    vec![
        RoundStatus::Draft,
        RoundStatus::Announced,
        RoundStatus::Demand,
        RoundStatus::Bidding,
        RoundStatus::Sealed,
        RoundStatus::Opening,
        RoundStatus::Provisional,
        RoundStatus::Choosing,
        RoundStatus::Notice,
        RoundStatus::Official,
        RoundStatus::InForce,
        RoundStatus::Closed,
        RoundStatus::Cancelled { reason },
    ]
}

#[test]
fn the_table_of_moves() {
    let (by, reason) = (UserId::from_number(9), Reason::parse("停止").unwrap());
    let commands = [
        RoundCommand::Revise { by },
        RoundCommand::Announce { by },
        RoundCommand::Correct { by },
        RoundCommand::BeginDemand,
        RoundCommand::BeginBidding,
        RoundCommand::Seal,
        RoundCommand::BeginOpening,
        RoundCommand::Conclude,
        RoundCommand::SettleTie,
        RoundCommand::BeginChoosing,
        RoundCommand::Redecide,
        RoundCommand::PublishNotice,
        RoundCommand::AnnouncePart,
        RoundCommand::AnnounceResult,
        RoundCommand::EnterForce,
        RoundCommand::Close,
        RoundCommand::Cancel { reason },
    ];
    let row = |status: RoundStatus| {
        let moved = commands.iter().map(|command| match round(status.clone()).apply(command.clone()) {
            Ok(next) => next.status.label().chars().next().unwrap(),
            Err(refusal) => {
                assert_eq!(refusal.code, Code::RoundState);
                '-'
            }
        });
        moved.collect::<String>()
    };
    let table: Vec<String> = statuses().into_iter().map(row).collect();
    assert_eq!(
        table,
        [
            "DA--------------C",
            "--AD------------C",
            "--D-B-----------C",
            "--B--S----------C",
            "------O---------C",
            "-------P--------C",
            "--------PC-N----C",
            "----------CN----C",
            "--------N-NNNO--C",
            "--------------IC-",
            "---------------C-",
            "-----------------",
            "-----------------"
        ]
    );
}

#[test]
fn announcing_and_correcting_count_editions_and_every_change_counts_versions() {
    let by = UserId::from_number(9);
    let announced = round(RoundStatus::Draft).apply(RoundCommand::Announce { by }).unwrap();
    assert_eq!((announced.edition, announced.announced_by, announced.version.number()), (1, Some(by), 2));
    let corrected = announced.apply(RoundCommand::Correct { by: UserId::from_number(8) }).unwrap();
    assert_eq!((corrected.edition, corrected.announced_by), (2, Some(UserId::from_number(8))));
    assert_eq!((corrected.drafted_by, corrected.version.number()), (UserId::from_number(3), 3));
}

#[test]
fn the_calendar_moves_a_round_as_far_as_it_may_and_never_seals_it() {
    let seen = |hour| round(RoundStatus::Announced).caught_up(at(hour)).status.label();
    assert_eq!(
        [seen(9), seen(10), seen(29), seen(30), seen(40), seen(90)],
        ["ANNOUNCED", "DEMAND", "DEMAND", "BIDDING", "BIDDING", "BIDDING"]
    );
    assert_eq!(round(RoundStatus::Bidding).due(at(40)), Some(RoundCommand::Seal));
    assert_eq!(round(RoundStatus::Bidding).due(at(39)), None);
    assert_eq!(round(RoundStatus::Announced).caught_up(at(40)).version, Version::FIRST);
    assert_eq!(round(RoundStatus::Draft).caught_up(at(90)).status, RoundStatus::Draft);
}

#[test]
fn what_is_open_when() {
    let told = |outcome: Result<(), Refusal>| match outcome {
        Ok(()) => 'y',
        Err(Refusal { code: Code::RoundClosed, .. }) => 'n',
        Err(_other) => '!',
    };
    let open = |status: RoundStatus| {
        let ask = |hour| {
            let (round, now) = (round(status.clone()), at(hour));
            let asked = [
                round.accepts_demand(now),
                round.accepts_demand_reviews(now),
                round.accepts_applications(now),
                round.accepts_qualification_reviews(now),
                round.accepts_bids(now),
                round.accepts_shares(now),
                round.accepts_corrections(now),
            ];
            asked.map(told).iter().collect::<String>()
        };
        [9, 10, 20, 30, 35, 40, 50].map(ask).join(" ")
    };
    assert_eq!(open(RoundStatus::Draft), ["!!!!!!!"; 7].join(" "));
    let live = "nnyynny yyyynny nyyynny nyyyyny nynyyny nnnynnn nnnnnnn";
    assert_eq!(open(RoundStatus::Announced), live);
    assert_eq!(open(RoundStatus::Bidding), live);
    assert_eq!(open(RoundStatus::Sealed), "nnnynnn nnnynnn nnnynnn nnnynnn nnnynnn nnnynnn nnnnnyn");
    assert_eq!(open(RoundStatus::Opening), "nnnnn!n nnnnn!n nnnnn!n nnnnn!n nnnnn!n nnnnn!n nnnnnyn");
    assert_eq!(open(RoundStatus::Provisional), ["nnnnn!n"; 7].join(" "));
    assert_eq!(open(statuses().pop().unwrap()), ["!!!!!!!"; 7].join(" "));
}

#[test]
fn a_bid_is_late_at_the_deadline_and_not_a_microsecond_before() {
    let deadline = at(40);
    let before = Timestamp::from_micros(deadline.micros() - 1);
    assert!(round(RoundStatus::Bidding).accepts_bids(before).is_ok());
    assert_eq!(round(RoundStatus::Bidding).accepts_bids(deadline).unwrap_err().code, Code::RoundClosed);
}

#[test]
fn a_calendar_is_in_order() {
    assert_eq!(calendar().check(), Ok(()));
    let faulty = |change: fn(&mut Calendar)| {
        let mut faulty = calendar();
        change(&mut faulty);
        faulty.check().unwrap_err().field.unwrap()
    };
    assert_eq!(faulty(|calendar| calendar.demand_until = at(10)), "calendar.demandUntil");
    assert_eq!(faulty(|calendar| calendar.bids_from = at(19)), "calendar.bidsFrom");
    assert_eq!(faulty(|calendar| calendar.bids_until = at(30)), "calendar.bidsUntil");
    assert_eq!(faulty(|calendar| calendar.qualification_until = at(10)), "calendar.qualificationUntil");
    assert_eq!(faulty(|calendar| calendar.qualification_until = at(41)), "calendar.qualificationUntil");
    assert_eq!(faulty(|calendar| calendar.opening_from = at(39)), "calendar.openingFrom");
    assert!(calendar().begins_after(at(9)).is_ok());
    assert_eq!(calendar().begins_after(at(10)).unwrap_err().field, Some("calendar.demandFrom"));
}

#[test]
fn a_correction_moves_what_lies_ahead_to_what_lies_ahead() {
    let later = Calendar { bids_until: at(45), ..calendar() };
    assert_eq!(calendar().may_become(&later, at(39)), Ok(()));
    let refused = |corrected: Calendar, hour| calendar().may_become(&corrected, at(hour)).unwrap_err().field;
    assert_eq!(refused(later, 40), Some("calendar.bidsUntil"));
    assert_eq!(refused(Calendar { bids_until: at(38), ..calendar() }, 39), Some("calendar.bidsUntil"));
    assert_eq!(refused(Calendar { bids_until: at(55), ..calendar() }, 39), Some("calendar.openingFrom"));
    // Demand is over at 20, and may be put off again until bids are taken at 30.
    let more_demand = Calendar { demand_until: at(29), ..calendar() };
    assert_eq!(calendar().may_become(&more_demand, at(28)), Ok(()));
    assert_eq!(refused(more_demand, 29), Some("calendar.demandUntil"));
    let still_more = Calendar { demand_until: at(35), bids_from: at(36), ..calendar() };
    assert_eq!(calendar().may_become(&still_more, at(29)), Ok(()));
    assert_eq!(refused(still_more, 30), Some("calendar.demandUntil"));
}
