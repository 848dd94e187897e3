use super::*;
use crate::catalog::code::ApprovalNumber;
use crate::ids::Id;
use crate::procurement::round::ProductKind;
use crate::procurement::rules::{Column, ColumnKind};
use crate::time::Day;

const TODAY: Day = Day::from_epoch_days(20_779);

fn product(number: u128) -> RoundProductId {
    RoundProductId::from_number(number)
}

fn claim(name: &str) -> Claim {
    Claim {
        item: None,
        spec: SpecId::from_number(1),
        name: Name::parse(name).unwrap(),
        approval_number: ApprovalNumber::parse("国药准字H20123298").unwrap(),
        maker: None,
        evidence: Evidence::Reference,
        capacity: 1_000_000,
        facts: BTreeMap::new(),
        documents: Vec::new(),
    }
}

fn reason() -> Reason {
    Reason::parse("批件不清").unwrap()
}

fn application(status: QualificationStatus) -> Qualification {
    let products = vec![(Which::New(product(1)), claim("甲"))];
    let ids = (RoundId::from_number(2), OrganizationId::from_number(3));
    let draft = Qualification::draft(QualificationId::from_number(1), ids, None, products).unwrap();
    let verdicts = vec![(product(1), Verdict::Approve)];
    let decided =
        Qualification { status: QualificationStatus::Submitted, ..draft }.decided(verdicts).unwrap();
    Qualification { status, ..decided }
}

fn statuses() -> [QualificationStatus; 5] {
    [
        QualificationStatus::Draft,
        QualificationStatus::Submitted,
        QualificationStatus::Returned { reason: reason() },
        QualificationStatus::Approved,
        QualificationStatus::Rejected { reason: reason() },
    ]
}

#[test]
fn the_table_of_moves() {
    use QualificationCommand as C;
    let commands = [
        C::Revise { controller: None, products: vec![(Which::Held(product(1)), claim("甲"))] },
        C::Submit,
        C::Decide { verdicts: vec![(product(1), Verdict::Approve)] },
        C::Approve,
        C::Return { reason: reason() },
        C::Reject { reason: reason() },
        C::Reopen { reason: reason() },
        C::SetController { controller: None, reason: reason() },
    ];
    let row = |status: QualificationStatus| {
        let moved = commands.iter().map(|command| match application(status.clone()).apply(command.clone()) {
            Ok(next) => {
                assert_eq!(next.version.number(), 2);
                next.status.label().replace("REJECTED", "X").chars().next().unwrap()
            }
            Err(refusal) => {
                assert_eq!(refusal.code, Code::QualificationState);
                '-'
            }
        });
        moved.collect::<String>()
    };
    assert_eq!(statuses().map(row), ["DS------", "--SARX-S", "RS-----R", "D-----SA", "------SX"]);
}

#[test]
fn labels_are_read_back() {
    for status in statuses() {
        let read = QualificationStatus::from_row(status.label(), status.reason().cloned());
        assert_eq!(read, Some(status));
    }
    assert_eq!(QualificationStatus::from_row("RETURNED", None), None);
    let decided = [
        ProductStatus::Pending,
        ProductStatus::Approved,
        ProductStatus::Returned { reason: reason() },
        ProductStatus::Rejected { reason: reason() },
        ProductStatus::Withdrawn,
    ];
    for status in decided {
        assert_eq!(ProductStatus::from_row(status.label(), status.reason().cloned()), Some(status));
    }
    assert_eq!(ProductStatus::from_row("APPROVED", Some(reason())), None);
}

fn after(verdict: Verdict, offered: Vec<(Which, Claim)>) -> Vec<(u128, &'static str)> {
    let submitted = application(QualificationStatus::Submitted);
    let verdicts = vec![(product(1), verdict)];
    let decided = submitted.apply(QualificationCommand::Decide { verdicts }).unwrap();
    let returned = decided.apply(QualificationCommand::Return { reason: reason() }).unwrap();
    let revise = QualificationCommand::Revise { controller: None, products: offered };
    let again = returned.apply(revise).unwrap().apply(QualificationCommand::Submit).unwrap();
    again.products.iter().map(|one| (one.id.number(), one.status.label())).collect()
}

#[test]
fn what_is_left_as_it_was_keeps_what_was_decided_about_it() {
    let same = || vec![(Which::Held(product(1)), claim("甲"))];
    assert_eq!(after(Verdict::Approve, same()), [(1, "APPROVED")]);
    assert_eq!(after(Verdict::Reject(reason()), same()), [(1, "REJECTED")]);
    assert_eq!(after(Verdict::Return(reason()), same()), [(1, "PENDING")]);
    let changed = vec![(Which::Held(product(1)), claim("乙"))];
    assert_eq!(after(Verdict::Approve, changed), [(1, "PENDING")]);
    let another = vec![(Which::New(product(2)), claim("乙"))];
    assert_eq!(after(Verdict::Approve, another), [(2, "PENDING"), (1, "WITHDRAWN")]);
}

#[test]
fn a_withdrawn_product_that_comes_back_is_looked_at_again() {
    let approved = application(QualificationStatus::Approved);
    let revise = |products| QualificationCommand::Revise { controller: None, products };
    let emptied = approved.apply(revise(Vec::new())).unwrap();
    assert_eq!(emptied.products[0].status, ProductStatus::Withdrawn);
    let back = emptied.clone().apply(revise(vec![(Which::Held(product(1)), claim("甲"))])).unwrap();
    assert_eq!(back.products[0].status, ProductStatus::Pending);
    let refused = emptied.apply(QualificationCommand::Submit).unwrap_err();
    assert_eq!(refused.code, Code::ProductsInvalid);
}

#[test]
fn a_product_of_another_application_or_for_another_spec_is_refused() {
    let revise = |which, claim| {
        let revise = QualificationCommand::Revise { controller: None, products: vec![(which, claim)] };
        application(QualificationStatus::Draft).apply(revise).unwrap_err().code
    };
    assert_eq!(revise(Which::Held(product(9)), claim("甲")), Code::NotFound);
    let elsewhere = Claim { spec: SpecId::from_number(2), ..claim("甲") };
    assert_eq!(revise(Which::Held(product(1)), elsewhere), Code::ProductsInvalid);
    let verdicts = vec![(product(9), Verdict::Approve)];
    let decide = QualificationCommand::Decide { verdicts };
    let refused = application(QualificationStatus::Submitted).apply(decide).unwrap_err();
    assert_eq!(refused.code, Code::NotFound);
}

#[test]
fn an_applicant_is_approved_with_something_and_with_nothing_left_open() {
    let approve = |statuses: &[(ProductStatus, bool)]| {
        let one = application(QualificationStatus::Submitted);
        let products = statuses.iter().zip(1..).map(|((status, announced), number)| Product {
            id: product(number),
            claim: claim(&number.to_string()),
            status: status.clone(),
            announced: *announced,
        });
        Qualification { products: products.collect(), ..one }
            .apply(QualificationCommand::Approve)
            .map(|_one| ())
    };
    use ProductStatus as P;
    let refused = |statuses: &[(ProductStatus, bool)]| {
        let refusal = approve(statuses).unwrap_err();
        assert_eq!(refusal.code, Code::QualificationUndecided);
        refusal.allowed.unwrap()
    };
    assert_eq!(approve(&[(P::Approved, true), (P::Rejected { reason: reason() }, true)]), Ok(()));
    assert_eq!(approve(&[(P::Approved, true), (P::Withdrawn, true), (P::Pending, false)]), Ok(()));
    assert_eq!(
        refused(&[(P::Approved, true), (P::Pending, true), (P::Returned { reason: reason() }, true)]),
        "2, 3"
    );
    assert_eq!(refused(&[(P::Rejected { reason: reason() }, true)]), "");
    assert_eq!(refused(&[(P::Approved, false)]), "");
}

#[test]
fn what_a_round_asks_of_products() {
    let column = |name: &str, kind, required| Column { name: name.to_owned(), kind, required };
    let terms = Terms {
        kind: ProductKind::Drug,
        columns: vec![
            column("evaluation_date", ColumnKind::Date, false),
            column("flag", ColumnKind::Flag, true),
        ],
        specs: BTreeMap::from([(SpecId::from_number(1), LotId::from_number(1))]),
    };
    let facts = |facts: &[(&str, &str)]| {
        facts.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    };
    let good = || Claim { facts: facts(&[("flag", "yes")]), ..claim("甲") };
    let check = |claims: Vec<Claim>| {
        let offered = claims.into_iter().zip(1..).map(|(claim, number)| (Which::New(product(number)), claim));
        let checked = terms.check(&product::revised(Vec::new(), offered.collect()).unwrap(), TODAY);
        checked.map_err(|refusal| (refusal.code, refusal.allowed.unwrap_or_default()))
    };
    assert_eq!(check(vec![good()]), Ok(()));
    assert_eq!(check(vec![good(), Claim { name: Name::parse("乙").unwrap(), ..good() }]), Ok(()));
    let invalid = |claim: Claim, told: &str| {
        let (code, allowed) = check(vec![claim]).unwrap_err();
        assert_eq!(code, Code::ProductsInvalid);
        assert!(allowed.contains(told), "{allowed}");
    };
    assert_eq!(check(vec![good(), good()]).unwrap_err().1, "甲: each product once for a spec");
    invalid(Claim { spec: SpecId::from_number(2), ..good() }, "a spec");
    invalid(Claim { capacity: 0, ..good() }, "capacity");
    invalid(Claim { documents: vec![crate::ids::DocumentId::from_number(1); 21], ..good() }, "20 papers");
    invalid(claim("甲"), "甲, flag: a value");
    invalid(Claim { facts: facts(&[("flag", "maybe")]), ..good() }, "甲, flag: yes or no");
    invalid(Claim { facts: facts(&[("flag", "yes"), ("evaluation_date", "2024")]), ..good() }, "YYYY-MM-DD");
    invalid(
        Claim { facts: facts(&[("flag", "yes"), ("colour", "1")]), ..good() },
        "columns evaluation_date, flag",
    );
    let device = ApprovalNumber::parse("国械注准20163771234").unwrap();
    assert_eq!(
        check(vec![Claim { approval_number: device, ..good() }]).unwrap_err().0,
        Code::ApprovalNumberInvalid
    );
    for evidence in [Evidence::NotRequired, Evidence::PassedEvaluation { on: Day::from_epoch_days(20_780) }] {
        assert_eq!(check(vec![Claim { evidence, ..good() }]).unwrap_err().0, Code::EvidenceInvalid);
    }
    assert_eq!(check(vec![Claim { evidence: Evidence::PassedEvaluation { on: TODAY }, ..good() }]), Ok(()));
}

#[test]
fn evidence_has_a_day_where_it_was_evaluated() {
    for evidence in [Evidence::PassedEvaluation { on: TODAY }, Evidence::Reference, Evidence::NotRequired] {
        assert_eq!(Evidence::of(evidence.label(), evidence.day()), Ok(evidence));
    }
    assert_eq!(Evidence::of("PASSED_EVALUATION", None).unwrap_err().code, Code::EvidenceInvalid);
    assert_eq!(Evidence::of("REFERENCE", Some(TODAY)).unwrap_err().code, Code::EvidenceInvalid);
}
