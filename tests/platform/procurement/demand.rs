//! Demand from an institution's first line to the lock, and what nobody may do to it on the way.
use std::time::{Duration, Instant};

use jicai_domain::ids::{Id, RoundId};
use jicai_store::Store;
use jicai_store::procurement::demand::locked;
use serde_json::{Value, json};

use super::qualification::{applies, product};
use crate::support::actor::{Actor, Outcome, key};
use crate::support::http::{Reply, send};
use crate::support::postgres::texts;
use crate::support::rounds::{BIDS_END, DEMAND, DEMAND_ENDS, HOUR, Live, a_round, announced};
use crate::support::world::{World, credit_code};

const HEADER: &str = "统一社会信用代码,竞价单元序号,规格代码,产品,报量,历史用量,理由";

/// A round, an institution of Nanjing's Gulou, and its reviewers from the county to the province.
struct Story {
    world: World,
    round: Live,
    hospital: Actor,
    reviewers: Vec<Actor>,
}

impl Story {
    async fn new(reviewing: &[&str]) -> Story {
        let world = World::new().await;
        let round = announced(&world, a_round()).await;
        let hospital = world.manager("HOSPITAL", "320106").await;
        let mut reviewers = Vec::new();
        for region in reviewing {
            reviewers.push(world.manager("REVIEW_BODY", region).await);
        }
        Story { world, round, hospital, reviewers }
    }

    /// Moves the clock, and logs everybody in again.
    async fn at(&mut self, hours: i64) {
        self.world.moves_clock_to(hours * HOUR + 60).await;
        self.hospital = self.world.logs_in(&self.hospital.login).await;
        self.round.office = self.world.logs_in(&self.round.office.login).await;
        for reviewer in &mut self.reviewers {
            *reviewer = self.world.logs_in(&reviewer.login).await;
        }
    }

    fn line(&self, spec: &str, volume: u32, past_use: u32, reason: Option<&str>) -> Value {
        let lot = if spec == "100" { 2 } else { 1 };
        json!({ "spec": self.round.spec(lot, spec), "volume": volume.to_string(),
            "pastUse": past_use.to_string(), "reason": reason })
    }

    async fn fills(&self, who: &Actor, version: Option<i64>, lines: Value) -> Outcome {
        fills(who, (&self.round.id, None, version), lines).await
    }

    /// A product that somebody applies with for the first spec.
    async fn product(&self) -> String {
        let manufacturer = self.world.manager("MANUFACTURER", "320000").await;
        let product = product(self.round.spec(1, "10"), "阿托伐他汀钙片");
        applies(&manufacturer, &self.round.id, &[product]).await.products.remove(0)
    }

    /// A form of the hospital, filled and submitted: its id.
    async fn submitted(&self) -> String {
        let lines = json!([self.line("10", 800, 1_000, None)]);
        let form = self.fills(&self.hospital, None, lines).await.done()["id"].as_str().unwrap().to_owned();
        self.hospital.moves("submitDemand", (&form, 1), None).await.done();
        form
    }
}

async fn fills(
    who: &Actor,
    (round, institution, version): (&str, Option<&str>, Option<i64>),
    lines: Value,
) -> Outcome {
    let input = json!({ "round": round, "institution": institution, "version": version, "lines": lines,
        "idempotencyKey": key() });
    who.does("fillDemand", input, "id version").await
}

async fn shown(who: &Actor, form: &str) -> Value {
    let query = format!(
        "{{ demandForm(id: {form:?}) {{ status stage waitsInCode statusReason version regionCode institution {{ id }} }} }}"
    );
    who.asks(&query).await.done()
}

async fn tasks(who: &Actor) -> Vec<(String, String)> {
    let found = who.asks("{ tasks(first: 50) { nodes { kind detail } } }").await.done();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    found["nodes"].as_array().unwrap().iter().map(|one| (text(&one["kind"]), text(&one["detail"]))).collect()
}

async fn totals(who: &Actor, round: &str) -> Outcome {
    let query = format!(
        "{{ demandTotals(round: {round:?}) {{ nodes {{ lotNumber regionCode specCode productId volume }} }} }}"
    );
    who.asks(&query).await
}

#[tokio::test(flavor = "multi_thread")]
async fn demand_goes_from_the_hospital_over_county_and_city_to_the_province_which_locks_it() {
    let mut story = Story::new(&["320106", "320100", "320000", "320105"]).await;
    let lines = json!([story.line("10", 700, 1_000, None), story.line("100", 50, 50, None)]);
    story.fills(&story.hospital, None, lines.clone()).await.refused("ROUND_CLOSED");
    assert_eq!(tasks(&story.hospital).await, []);
    story.at(DEMAND).await;
    assert_eq!(tasks(&story.hospital).await, [("REPORT_DEMAND".to_owned(), "模拟采购".to_owned())]);
    let short = story.fills(&story.hospital, None, lines).await;
    short.refused("REASON_MISSING");
    let allowed = short.json["errors"][0]["extensions"]["allowed"].as_str().unwrap().to_owned();
    assert!(allowed.ends_with("volume from 800"), "{allowed}");
    let explained = json!([story.line("10", 700, 1_000, Some("科室停办")), story.line("100", 50, 50, None)]);
    let form = story.fills(&story.hospital, None, explained.clone()).await.done();
    let form = form["id"].as_str().unwrap();
    story.fills(&story.hospital, None, explained.clone()).await.refused("STALE_VERSION");
    let neighbour = story.world.manager("HOSPITAL", "320106").await;
    neighbour.asks(&format!("{{ demandForm(id: {form:?}) {{ id }} }}")).await.refused("NOT_FOUND");
    neighbour.moves("submitDemand", (form, 1), None).await.refused("NOT_FOUND");
    story.hospital.moves("submitDemand", (form, 1), None).await.done();
    assert_eq!(tasks(&story.hospital).await, []);
    story.fills(&story.hospital, Some(2), explained.clone()).await.refused("DEMAND_STATE");

    let [county, city, province, elsewhere] = &story.reviewers[..] else { panic!() };
    assert_eq!(tasks(county).await, [("REVIEW_DEMAND".to_owned(), "HOSPITAL 320106".to_owned())]);
    assert_eq!((tasks(city).await, tasks(province).await), (vec![], vec![]));
    elsewhere.moves("approveDemand", (form, 2), None).await.refused("NOT_FOUND");
    province.moves("approveDemand", (form, 2), None).await.refused("DEMAND_STAGE");
    county.moves("approveDemand", (form, 2), None).await.done();
    county.moves("approveDemand", (form, 2), None).await.refused("STALE_VERSION");
    county.moves("approveDemand", (form, 3), None).await.refused("DEMAND_STAGE");
    let waiting = shown(city, form).await;
    assert_eq!((&waiting["stage"], &waiting["waitsInCode"]), (&json!("CITY"), &json!("320100")));
    city.moves("returnDemand", (form, 3), Some("核对20mg用量")).await.done();
    assert_eq!(tasks(&story.hospital).await, [("CORRECT_DEMAND".to_owned(), "核对20mg用量".to_owned())]);

    let corrected = json!([story.line("10", 900, 1_000, None), story.line("20", 100, 100, None)]);
    story.fills(&story.hospital, Some(4), corrected).await.done();
    story.hospital.moves("submitDemand", (form, 5), None).await.done();
    for (version, reviewer) in (6..).zip([county, city, province]) {
        reviewer.moves("approveDemand", (form, version), None).await.done();
    }
    let done = shown(&story.hospital, form).await;
    assert_eq!(
        (&done["status"], &done["stage"], &done["version"]),
        (&json!("LOCKED"), &Value::Null, &json!(9))
    );
    story.fills(&story.hospital, Some(9), json!([])).await.refused("DEMAND_STATE");
    story.hospital.moves("submitDemand", (form, 9), None).await.refused("DEMAND_STATE");
    province.moves("returnDemand", (form, 9), Some("太晚")).await.refused("DEMAND_STATE");
    let lines = format!(
        "{{ demandLines(form: {form:?}) {{ nodes {{ lotNumber specCode volume pastUse reason }} }} }}"
    );
    let lines = county.asks(&lines).await.done();
    assert_eq!(
        lines["nodes"][0],
        json!({ "lotNumber": 1, "specCode": "10", "volume": "900", "pastUse": "1000", "reason": null })
    );
    assert_eq!(lines["nodes"].as_array().unwrap().len(), 2);
    is_told(&story.hospital, &["DemandReturned", "DemandLocked"]).await;
    let entries = story.world.entries(form).await;
    let reviews = ["DemandApproved", "DemandApproved", "DemandLocked"];
    let before = [
        "DemandFilled",
        "DemandSubmitted",
        "DemandApproved",
        "DemandReturned",
        "DemandFilled",
        "DemandSubmitted",
    ];
    assert_eq!(entries, [&before[..], &reviews].concat());
}

async fn is_told(who: &Actor, kinds: &[&str]) {
    let begun = Instant::now();
    loop {
        let told = who.asks("{ notifications(first: 50) { nodes { kind } } }").await.done();
        let heard = |kind: &&str| told["nodes"].as_array().unwrap().iter().any(|node| node["kind"] == *kind);
        if kinds.iter().all(&heard) {
            return;
        }
        assert!(begun.elapsed().as_secs() < 30, "{told}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn totals_hold_what_is_locked_and_are_shown_once_reporting_is_over() {
    let mut story = Story::new(&["320000"]).await;
    story.at(DEMAND).await;
    let world = &story.world;
    let second = world.manager("HOSPITAL", "320200").await;
    let third = world.manager("HOSPITAL", "320000").await;
    let stranger = world.manager("HOSPITAL", "310000").await;
    let form = story.submitted().await;
    let province = &story.reviewers[0];
    province.moves("approveDemand", (&form, 2), None).await.done();
    let product = story.product().await;
    let product = product.as_str();
    let branded =
        json!({ "spec": story.round.spec(1, "10"), "product": product, "volume": "60", "pastUse": "0" });
    let lines = json!([story.line("10", 200, 0, None), story.line("20", 30, 0, None), branded]);
    let of_second = story.fills(&second, None, lines).await.done()["id"].as_str().unwrap().to_owned();
    second.moves("submitDemand", (&of_second, 1), None).await.done();
    province.moves("approveDemand", (&of_second, 2), None).await.done();
    // A hospital of the whole province goes to its reviewers at once; what they have not approved does not count.
    let of_third = story.fills(&third, None, json!([story.line("10", 5_000, 0, None)])).await.done();
    third.moves("submitDemand", (of_third["id"].as_str().unwrap(), 1), None).await.done();
    assert_eq!(shown(province, of_third["id"].as_str().unwrap()).await["stage"], "PROVINCE");
    story.fills(&stranger, None, json!([])).await.refused("DEMAND_REGION");
    totals(&story.round.office, &story.round.id).await.refused("ROUND_CLOSED");
    story.at(DEMAND_ENDS).await;
    let world = &story.world;
    let row = |spec: &str, product: Option<&str>, volume: &str| {
        json!({ "lotNumber": 1, "regionCode": "320000",
        "specCode": spec, "productId": product, "volume": volume })
    };
    let expected = json!([row("10", None, "1000"), row("10", Some(product), "60"), row("20", None, "30")]);
    let auditor = world.manager("AUDIT_BODY", "320000").await;
    let regulator = world.manager("REGULATOR", "000000").await;
    for entitled in [&story.round.office, &auditor, &regulator] {
        assert_eq!(totals(entitled, &story.round.id).await.done()["nodes"], expected);
    }
    let paged =
        format!("{{ demandTotals(round: {:?}, first: 2) {{ pageInfo {{ endCursor }} }} }}", story.round.id);
    let after = auditor.asks(&paged).await.done()["pageInfo"]["endCursor"].as_str().unwrap().to_owned();
    let rest = format!(
        "{{ demandTotals(round: {:?}, after: {after:?}) {{ nodes {{ specCode volume }} }} }}",
        story.round.id
    );
    assert_eq!(auditor.asks(&rest).await.done()["nodes"], json!([{ "specCode": "20", "volume": "30" }]));
    let other = world.manager("PROCUREMENT_OFFICE", "320000").await;
    totals(&other, &story.round.id).await.refused("NOT_FOUND");
    totals(&world.manager("AUDIT_BODY", "310000").await, &story.round.id).await.refused("NOT_FOUND");
    totals(&story.hospital, &story.round.id).await.refused("FORBIDDEN");
    let store = Store::new(&world.database.app, 1);
    let rows =
        locked(&mut store.read().await.unwrap(), RoundId::parse(&story.round.id).unwrap()).await.unwrap();
    let told: Vec<_> = rows.iter().map(|row| (row.content.unwrap().to_string(), row.volume)).collect();
    assert_eq!(told, [("10".to_owned(), 1_000), ("10".to_owned(), 60), ("20".to_owned(), 30)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn after_the_deadline_only_what_was_returned_is_put_right_and_after_the_bids_nothing() {
    let mut story = Story::new(&["320100", "320000"]).await;
    story.at(DEMAND).await;
    let draft = story.world.manager("HOSPITAL", "320106").await;
    let of_draft = story.fills(&draft, None, json!([story.line("10", 1, 1, None)])).await.done();
    let form = story.submitted().await;
    story.at(DEMAND_ENDS).await;
    let draft = story.world.logs_in(&draft.login).await;
    draft.moves("submitDemand", (of_draft["id"].as_str().unwrap(), 1), None).await.refused("ROUND_CLOSED");
    story.fills(&draft, Some(1), json!([story.line("10", 2, 1, None)])).await.refused("ROUND_CLOSED");
    // The county has no reviewers, so the city's see it first.
    story.reviewers[0].moves("returnDemand", (&form, 2), Some("请补充20mg")).await.done();
    let lines = json!([story.line("10", 900, 1_000, None), story.line("20", 9, 9, None)]);
    story.fills(&story.hospital, Some(3), lines).await.done();
    story.hospital.moves("submitDemand", (&form, 4), None).await.done();
    story.at(BIDS_END).await;
    story.reviewers[0].moves("approveDemand", (&form, 5), None).await.refused("ROUND_CLOSED");
    story.reviewers[0].moves("returnDemand", (&form, 5), Some("太晚")).await.refused("ROUND_CLOSED");
    assert_eq!(totals(&story.round.office, &story.round.id).await.done()["nodes"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_reviewers_who_act_at_once_one_is_told_that_it_changed() {
    let mut story = Story::new(&["320000"]).await;
    story.at(DEMAND).await;
    let second = story.world.clerk(&story.reviewers[0], "second", "REVIEWER").await;
    let form = story.submitted().await;
    let (approves, returns) = tokio::join!(
        story.reviewers[0].moves("approveDemand", (&form, 2), None),
        second.moves("returnDemand", (&form, 2), Some("核对"))
    );
    let mut codes = [approves.code(), returns.code()];
    codes.sort();
    assert_eq!(codes, ["STALE_VERSION", "ok"]);
    assert_eq!(shown(&story.hospital, &form).await["version"], 3);
}

async fn leads(who: &Actor, mutation: &str, lead: &str, member: &str) -> Outcome {
    let key = key();
    let query = format!(
        "mutation {{ {mutation}(input: {{ lead: {lead:?}, member: {member:?}, idempotencyKey: {key:?} }}) }}"
    );
    who.asks(&query).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lead_reports_for_its_members_and_the_log_names_both() {
    let mut story = Story::new(&["320106", "320105"]).await;
    story.at(DEMAND).await;
    let [county, elsewhere] = &story.reviewers[..] else { panic!() };
    let member = story.world.manager("HOSPITAL", "320106").await;
    let (lead, of) = (&story.hospital, Some(member.organization.as_str()));
    let round = story.round.id.as_str();
    let lines = json!([story.line("10", 40, 40, None)]);
    fills(lead, (round, of, None), lines.clone()).await.refused("NOT_FOUND");
    leads(elsewhere, "nameDemandLead", &lead.organization, &member.organization).await.refused("NOT_FOUND");
    leads(lead, "nameDemandLead", &lead.organization, &member.organization).await.refused("FORBIDDEN");
    leads(county, "nameDemandLead", &lead.organization, &lead.organization).await.refused("LEAD_STATE");
    leads(county, "nameDemandLead", &lead.organization, &member.organization).await.done();
    for (one, other) in
        [(&lead.organization, &member.organization), (&member.organization, &lead.organization)]
    {
        leads(county, "nameDemandLead", one, other).await.refused("LEAD_STATE");
    }
    let listed = "{ demandLeads { nodes { leadId member { id } } } }";
    let expected = json!([{ "leadId": lead.organization, "member": { "id": member.organization } }]);
    for who in [lead, county] {
        assert_eq!(who.asks(listed).await.done()["nodes"], expected);
    }
    assert_eq!(elsewhere.asks(listed).await.done()["nodes"], json!([]));
    let form = fills(lead, (round, of, None), lines.clone()).await.done()["id"].as_str().unwrap().to_owned();
    lead.moves("submitDemand", (&form, 1), None).await.done();
    assert_eq!(shown(&member, &form).await["institution"]["id"], json!(member.organization));
    let forms =
        format!("{{ demandForms(filter: {{ round: {round:?}, stage: COUNTY }}) {{ nodes {{ id }} }} }}");
    for who in [lead, &member, county] {
        assert_eq!(who.asks(&forms).await.done()["nodes"], json!([{ "id": form }]));
    }
    assert_eq!(elsewhere.asks(&forms).await.done()["nodes"], json!([]));
    let canonical = "SELECT canonical AS line FROM audit_entries WHERE kind = 'DemandSubmitted'";
    let entry = texts(&story.world.database.owner, canonical).await;
    assert!(entry[0].contains(&lead.organization) && entry[0].contains(&member.organization), "{entry:?}");
    leads(county, "endDemandLead", &lead.organization, &member.organization).await.done();
    leads(county, "endDemandLead", &lead.organization, &member.organization).await.refused("LEAD_STATE");
    lead.asks(&format!("{{ demandForm(id: {form:?}) {{ id }} }}")).await.refused("NOT_FOUND");
    assert_eq!(shown(&member, &form).await["status"], "SUBMITTED");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hospitals_system_reports_its_demand() {
    let mut story = Story::new(&["320000"]).await;
    story.at(DEMAND).await;
    let world = &story.world;
    let (id, secret) = world.client(&story.hospital, "HOSPITAL", &["REPORT_DEMAND"]).await;
    let system = Actor::client(world.address(), (&id, &secret)).await;
    let lines = json!([story.line("10", 40, 40, None)]);
    let form = story.fills(&system, None, lines).await.done()["id"].as_str().unwrap().to_owned();
    system.moves("submitDemand", (&form, 1), None).await.done();
    assert_eq!(shown(&story.hospital, &form).await["status"], "SUBMITTED");
}

async fn brings(who: &Actor, kind: &str, query: &str, rows: &[String]) -> Reply {
    let header = if kind == "demand" {
        HEADER
    } else {
        "类型,名称,统一社会信用代码,地区代码,管理员登录名,管理员姓名"
    };
    let table: String =
        std::iter::once(header.to_owned()).chain(rows.iter().cloned()).map(|line| line + "\n").collect();
    let bearer = format!("Bearer {}", who.token.clone().unwrap_or_default());
    let key = key();
    let headers = [("authorization", bearer.as_str()), ("idempotency-key", &key)];
    send(who.to, &format!("POST /imports/{kind}?name=table{query}"), &headers, table.as_bytes()).await
}

/// What the import came to: rows taken, rows rejected, and the file of the latter.
async fn brought(who: &Actor, kind: &str, query: &str, rows: &[String]) -> (String, String, Vec<String>) {
    let begun = brings(who, kind, query, rows).await;
    assert_eq!(begun.status, 201, "{}", begun.body);
    let id = begun.json()["id"].as_str().unwrap().to_owned();
    let query = format!(
        "{{ import(id: {id:?}) {{ status rowsAccepted rowsRejected rejectedRows {{ id }} fault {{ code }} }} }}"
    );
    let begun = Instant::now();
    let done = loop {
        let found = who.asks(&query).await.done();
        if found["status"] == "DONE" {
            break found;
        }
        assert!(found["status"] != "FAILED" && begun.elapsed() < Duration::from_secs(120), "{found}");
    };
    let text = |name: &str| done[name].as_str().unwrap().to_owned();
    let told = match done["rejectedRows"]["id"].as_str() {
        Some(file) => who.downloads(file).await.body.lines().skip(1).map(str::to_owned).collect(),
        None => Vec::new(),
    };
    (text("rowsAccepted"), text("rowsRejected"), told)
}

fn code(actor: &Actor) -> &str {
    actor.login.split_once('@').unwrap().1
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_of_demand_is_taken_row_by_row_and_told_what_is_wrong() {
    let mut story = Story::new(&["320000", "320200"]).await;
    story.at(DEMAND).await;
    let second = story.world.manager("HOSPITAL", "320200").await;
    let (one, two) = (code(&story.hospital).to_owned(), code(&second).to_owned());
    let of = format!("&round={}", story.round.id);
    let product = story.product().await;
    let rows = [
        (format!("{one},1,10,,800,1000,"), ""),
        (format!("{one},1,20,,70,100,科室停办"), ""),
        (format!("{one},1,10,{product},5,5,"), ""),
        (format!("{two},2,100,,1,1,"), ""),
        (format!("{one},1,10,,900,1000,"), "DEMAND_INVALID"),
        (format!("{one},2,100,,7,10,"), "REASON_MISSING"),
        (format!("{one},1,20,{product},5,5,"), "DEMAND_INVALID"),
        (format!("{one},1,10,prd_00000000000000000000000000000007,5,5,"), "DEMAND_INVALID"),
        (format!("{one},3,100,,7,7,"), "DEMAND_INVALID"),
        (format!("{one},1,99,,7,7,"), "DEMAND_INVALID"),
        (format!("{one},1,10,,x,7,"), "DEMAND_INVALID"),
        (format!("{},1,10,,7,7,", credit_code()), "NOT_FOUND"),
    ];
    let lines: Vec<String> = rows.iter().map(|row| row.0.clone()).collect();
    let province = &story.reviewers[0];
    let (taken, rejected, told) = brought(province, "demand", &of, &lines).await;
    assert_eq!((taken.as_str(), rejected.as_str()), ("4", "8"));
    let wrong = rows.iter().enumerate().filter(|(_, row)| !row.1.is_empty());
    for ((at, (row, code)), line) in wrong.zip(&told) {
        assert!(line.starts_with(&format!("{},{code},", at + 2)) && line.ends_with(row), "{line}");
    }
    // Another file replaces what it names and leaves the rest.
    let (taken, ..) = brought(&story.hospital, "demand", &of, &[format!("{one},1,10,,850,1000,")]).await;
    assert_eq!(taken, "1");
    let form =
        format!("{{ demandForms(filter: {{ round: {:?} }}) {{ nodes {{ id version }} }} }}", story.round.id);
    let form = story.hospital.asks(&form).await.done()["nodes"][0].clone();
    let (id, version) = (form["id"].as_str().unwrap(), form["version"].as_i64().unwrap());
    let lines = format!("{{ demandLines(form: {id:?}) {{ nodes {{ specCode productId volume }} }} }}");
    let volumes: Vec<Value> = story.hospital.asks(&lines).await.done()["nodes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|line| line["volume"].clone())
        .collect();
    assert_eq!(volumes, ["850", "5", "70"]);
    // Nobody brings in demand for a neighbour, for a form that reviewers have, or for no round.
    let (_, rejected, told) = brought(&story.hospital, "demand", &of, &[format!("{two},2,100,,2,2,")]).await;
    assert!(rejected == "1" && told[0].contains(",NOT_FOUND,"), "{told:?}");
    let (_, rejected, _) = brought(&story.reviewers[1], "demand", &of, &[format!("{one},2,100,,2,2,")]).await;
    assert_eq!(rejected, "1");
    story.hospital.moves("submitDemand", (id, version), None).await.done();
    let (_, rejected, told) = brought(province, "demand", &of, &[format!("{one},1,10,,1000,1000,")]).await;
    assert!(rejected == "1" && told[0].contains(",DEMAND_STATE,"), "{told:?}");
    for (who, query, refusal) in [
        (&story.hospital, "", "ROUND_NEEDED"),
        (&story.hospital, "&round=rnd_00000000000000000000000000000000", "NOT_FOUND"),
        (&story.round.office, of.as_str(), "FORBIDDEN"),
    ] {
        let reply = brings(who, "demand", query, &[format!("{one},1,10,,1,1,")]).await;
        assert!(reply.body.contains(refusal), "{}", reply.body);
    }
    let reply = brings(&story.hospital, "organizations", "", &["x".to_owned()]).await;
    assert!(reply.body.contains("FORBIDDEN"), "{}", reply.body);
    story.at(BIDS_END).await;
    let reply = brings(&story.reviewers[0], "demand", &of, &[format!("{one},1,10,,1,1,")]).await;
    assert!(reply.body.contains("ROUND_CLOSED"), "{}", reply.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_province_brings_in_many_institutions_in_pieces_and_a_row_twice_is_told_across_them() {
    let mut story = Story::new(&["320000"]).await;
    story.at(DEMAND).await;
    let admin = story.world.logs_in(&story.world.admin().login).await;
    let codes: Vec<String> = (0..1_700).map(|_one| credit_code()).collect();
    let institutions: Vec<String> =
        codes.iter().map(|code| format!("医疗机构,医院,{code},320106,lead,院长")).collect();
    assert_eq!(brought(&admin, "organizations", "", &institutions).await.0, "1700");
    let specs = [(1, "10"), (1, "20"), (2, "100")];
    let mut rows: Vec<String> = codes
        .iter()
        .flat_map(|code| specs.map(|(lot, spec)| format!("{code},{lot},{spec},,10,10,")))
        .collect();
    rows.push(rows[0].clone());
    let of = format!("&round={}", story.round.id);
    let (taken, rejected, told) = brought(&story.reviewers[0], "demand", &of, &rows).await;
    assert_eq!((taken.as_str(), rejected.as_str()), ("5100", "1"));
    assert!(told[0].starts_with("5102,DEMAND_INVALID,"), "{told:?}");
    let entries = story.world.entries("").await;
    assert_eq!(entries.iter().filter(|kind| *kind == "DemandBrought").count(), 2);
    let again = brought(&story.reviewers[0], "demand", &of, &rows[..5_100]).await;
    assert_eq!((again.0.as_str(), again.1.as_str()), ("5100", "0"));
    let count = "SELECT count(*)::text AS line FROM demand_lines";
    assert_eq!(texts(&story.world.database.owner, count).await, ["5100"]);
}
