//! Applications to a round: who applies with what, who decides, who sees it, and who qualifies at the opening.
mod applying;
mod deciding;
mod drawn_from;
mod naming;

use jicai_domain::ids::{Id, OrganizationId, RoundId};
use jicai_domain::procurement::qualification::Entry;
use jicai_domain::procurement::round::{RoundCommand, RoundStatus};
use jicai_store::procurement::{qualification as rows, rounds};
use jicai_store::{Store, StoreError, Tx};
use serde_json::{Value, json};

use crate::support::actor::{Actor, Outcome, key};
use crate::support::rounds::Live;
use crate::support::world::World;

/// An application that somebody wrote.
pub(super) struct Written {
    id: String,
    version: i64,
    pub(super) products: Vec<String>,
}

pub(super) fn product(spec: &str, name: &str) -> Value {
    json!({ "spec": spec, "name": name, "approvalNumber": "国药准字H20123298", "evidence": "PASSED_EVALUATION",
        "evaluatedOn": "2020-06-30", "capacity": "120000000", "facts": [], "documents": [] })
}

async fn drafts(actor: &Actor, round: &str, products: &[Value]) -> Outcome {
    let input = json!({ "round": round, "products": products, "idempotencyKey": key() });
    actor.does("draftQualification", input, "id version").await
}

async fn revises(actor: &Actor, (id, version): (&str, i64), products: &[Value]) -> Outcome {
    let input = json!({ "id": id, "version": version, "products": products, "idempotencyKey": key() });
    actor.does("reviseQualification", input, "id version").await
}

/// Decisions as (product, verdict, reason).
async fn decides(office: &Actor, seen: (&str, i64), verdicts: &[(&str, &str, Option<&str>)]) -> Outcome {
    let decision = |(product, verdict, reason): &(&str, &str, Option<&str>)| json!({ "product": product, "verdict": verdict, "reason": reason });
    let decisions: Vec<Value> = verdicts.iter().map(decision).collect();
    let input = json!({ "id": seen.0, "version": seen.1, "decisions": decisions, "idempotencyKey": key() });
    office.does("decideProducts", input, "id version").await
}

async fn reads(actor: &Actor, id: &str) -> Value {
    let query = format!(
        "{{ qualification(id: {id:?}) {{ roundId applicantId applicantName status statusReason version submittedAt
            controller {{ name creditCode }} controllerReason licences {{ kind document {{ path }} }}
            products {{ nodes {{ id specId name status statusReason announced facts {{ column value }} papers {{ path }} }} }} }} }}"
    );
    actor.asks(&query).await.done()
}

/// Drafts an application and hands it in.
pub(super) async fn applies(actor: &Actor, round: &str, products: &[Value]) -> Written {
    let drafted = drafts(actor, round, products).await.done();
    let id = drafted["id"].as_str().unwrap().to_owned();
    actor.moves("submitQualification", (&id, 1), None).await.done();
    let shown = reads(actor, &id).await;
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let products = shown["products"]["nodes"].as_array().unwrap().iter().map(|one| text(&one["id"]));
    Written { products: products.collect(), id, version: 2 }
}

/// The office approves every product and the applicant.
pub(super) async fn approves(office: &Actor, written: &Written) {
    let all: Vec<_> = written.products.iter().map(|product| (product.as_str(), "APPROVE", None)).collect();
    decides(office, (&written.id, written.version), &all).await.done();
    office.moves("approveQualification", (&written.id, written.version + 1), None).await.done();
}

async fn tasks(actor: &Actor) -> Vec<(String, String, String)> {
    let found = actor.asks("{ tasks(first: 100) { nodes { kind subject detail } } }").await.done();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let nodes = found["nodes"].as_array().unwrap().iter();
    nodes.map(|task| (text(&task["kind"]), text(&task["subject"]), text(&task["detail"]))).collect()
}

fn task(kind: &str, subject: &str, detail: &str) -> (String, String, String) {
    (kind.to_owned(), subject.to_owned(), detail.to_owned())
}

/// The products that qualify, as the opening reads them.
async fn qualified(world: &World, round: &Live) -> Vec<Entry> {
    let mut tx = Store::new(&world.database.app, 1).read().await.unwrap();
    rows::qualified_products(&mut tx, RoundId::parse(&round.id).unwrap()).await.unwrap()
}

async fn may_bid(world: &World, round: &Live, organization: &str) -> bool {
    let mut tx = Store::new(&world.database.app, 1).read().await.unwrap();
    let organization = OrganizationId::parse(organization).unwrap();
    rows::is_qualified_applicant(&mut tx, RoundId::parse(&round.id).unwrap(), organization).await.unwrap()
}

/// Waits until a user was notified of an event.
async fn is_told(world: &World, actor: &Actor, kind: &str) {
    world.until_sequenced().await;
    let begun = std::time::Instant::now();
    let query = "{ notifications(first: 100) { nodes { kind } } }";
    loop {
        let told = actor.asks(query).await.done();
        if told["nodes"].as_array().unwrap().iter().any(|one| one["kind"] == kind) {
            return;
        }
        assert!(begun.elapsed().as_secs() < 30, "nobody was told of {kind}: {told}");
    }
}

/// As if the custodians had opened it.
async fn opened(world: &World, round: &Live) {
    let (store, id) = (Store::new(&world.database.app, 1), RoundId::parse(&round.id).unwrap());
    let open = async |tx: &mut Tx| {
        let mut at = rounds::lock_announced(tx, id).await?.caught_up(tx.now().await?);
        let seen = at.version;
        // The calendar may have sealed it already.
        if at.status != RoundStatus::Sealed {
            at = at.apply(RoundCommand::Seal)?;
        }
        at = at.apply(RoundCommand::BeginOpening)?;
        rounds::save_state(tx, &at, seen).await
    };
    store.keep("open", open).await.map_err(|error: StoreError| error.to_string()).unwrap();
}
