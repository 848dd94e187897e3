//! Every field of the schema, asked for by everybody. A field without a row fails, and so does a row without a field.
mod alert;
mod catalog;
mod contract;
mod listing;
mod ordering;
mod pricing;
mod settlement;
mod table;

use std::collections::{BTreeMap, BTreeSet};

use async_graphql_parser::parse_schema;
use async_graphql_parser::types::{
    BaseType, FieldDefinition, InputValueDefinition, Type, TypeKind, TypeSystemDefinition,
};
use jicai_domain::ids::JobId;
use jicai_domain::webhooks::Reachable;
use jicai_seal::{
    BidKey, BidLine, BidPlain, ContractKey, CustodianKey, CustodianPublic, SealedShare, hold_ceremony,
    seal_bid,
};
use jicai_store::fresh;
use serde_json::json;

use self::table::rows;
use crate::support::actor::{Actor, key};
use crate::support::rounds::{a_round, announced_by};
use crate::support::world::{World, registration};

/// Who asks, in the order of the columns below. The manufacturer owns what is asked for; the neighbour is another one. All but
/// the custodian manage their organization's users.
const COLUMNS: [&str; 12] = [
    "anonymous",
    "manufacturer",
    "neighbour",
    "distributor",
    "hospital",
    "office",
    "custodian",
    "reviewer",
    "agency",
    "regulator",
    "auditor",
    "admin",
];

/// A round that there is not.
const NO_ROUND: &str = "rnd_00000000000000000000000000000000";

/// An announcement that nobody may publish, although each of its values can be read.
const WITHOUT_CUSTODIANS: &str = "{name: \"x\", kind: DRUG, ruleSet: \"cn-r9-2023\", disclosure: EVERYTHING, pastUseShare: \"0.8\", \
    custodians: [], threshold: 2, lots: [], calendar: {demandFrom: \"2026-01-01T00:00:00Z\", \
    demandUntil: \"2026-01-02T00:00:00Z\", qualificationUntil: \"2026-01-02T00:00:00Z\", bidsFrom: \"2026-01-03T00:00:00Z\", \
    bidsUntil: \"2026-01-04T00:00:00Z\", openingFrom: \"2026-01-05T00:00:00Z\"}}";

/// What a client may do beyond what anybody may, with every permission that is open to it: what its organization's manager gets.
const OPEN_TO_CLIENTS: &[&str] = &[
    "OWN_ALERTS",
    "acceptances",
    "alert",
    "alertDigests",
    "alertFeed",
    "alerts",
    "backupSupplies",
    "cancelImport",
    "contract",
    "contractFulfilment",
    "contracts",
    "designations",
    "distributionRelation",
    "distributionRelations",
    "firstInvoices",
    "goodsDeliveries",
    "import",
    "imports",
    "invoices",
    "item",
    "itemHistory",
    "itemRelease",
    "itemReleases",
    "items",
    "ledgerAccounts",
    "order",
    "orderLine",
    "orderLines",
    "orderMonths",
    "orders",
    "organization",
    "outsidePayments",
    "overdueGoods",
    "paymentSplit",
    "paymentStandard",
    "paymentStandards",
    "payments",
    "priceHistory",
    "priceShares",
    "priceTickets",
    "rationings",
    "receivableLetters",
    "reportPrices",
    "resolveCode",
    "restartImport",
    "retainedSavings",
    "settlementStatement",
    "settlementStatements",
    "statementLines",
    "subContract",
    "subContracts",
    "user",
    "users",
    "volumeChange",
    "volumeChanges",
    "volumeEntries",
];

#[tokio::test(flavor = "multi_thread")]
async fn every_field_answers_everybody_as_the_table_says() {
    let schema = Schema::read();
    let listed: BTreeSet<&str> = rows().map(|row| row.0).collect();
    let there: BTreeSet<&str> = schema.roots().map(|(_, field)| field.name.node.as_str()).collect();
    assert_eq!(listed, there);
    // What each hears is told in `subscriptions.rs` and beside `Event::reaches`.
    let heard: Vec<&str> =
        schema.types["Subscription"].iter().map(|field| field.name.node.as_str()).collect();
    assert_eq!(heard, ["events", "priceAlerts", "roundEvents"]);
    let world = World::with(|config| config.webhooks = Reachable::Anything).await;
    let actors = actors(&world).await;
    let variables = variables(&world, &actors).await;
    let begun = std::time::Instant::now();
    while world.nobody().asks("{ auditCheckpoint { size } }").await.code() == "NOT_FOUND" {
        assert!(begun.elapsed().as_secs() < 30, "no checkpoint was signed");
    }
    let permissions = [
        "OWN_ALERTS",
        "OWN_CONTRACTS",
        "OWN_DISTRIBUTION",
        "OWN_ORGANIZATION",
        "OWN_PRICES",
        "OWN_SETTLEMENT",
        "REPORT_PRICES",
        "VIEW_ITEMS",
    ];
    let credentials = world.client(&actors[1], "MANUFACTURER", &permissions).await;
    let client = Actor::client(world.address(), (&credentials.0, &credentials.1)).await;
    let mut wrong = Vec::new();
    for (field, arguments, expected, other) in rows() {
        let query = schema.query(field, arguments, &variables);
        let of_client = match expected.split_at(1) {
            ("u", of_users) if OPEN_TO_CLIENTS.contains(field) => of_users.chars().next().unwrap(),
            ("u", _of_users) => 'f',
            (of_anybody, _) => of_anybody.chars().next().unwrap(),
        };
        let columns = COLUMNS.iter().zip(&actors).zip(expected.chars());
        for ((column, actor), letter) in columns.chain([((&"client", &client), of_client)]) {
            let query = query.replace("$key", &format!("{:?}", key()));
            let outcome = actor.asks(&query).await;
            let expected = match letter {
                '.' => "ok",
                'u' => "UNAUTHENTICATED",
                'f' => "FORBIDDEN",
                'n' => "NOT_FOUND",
                _other => other,
            };
            if outcome.code() != expected {
                wrong.push(format!(
                    "{field} as {column}: {} instead of {expected}; {}",
                    outcome.code(),
                    outcome.json
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(jicai_graphql::uncoded_errors(), 0);
}

async fn actors(world: &World) -> Vec<Actor> {
    let office = world.manager("PROCUREMENT_OFFICE", "320000").await;
    let custodian = world.clerk(&office, "custodian", "KEY_CUSTODIAN").await;
    vec![
        world.nobody(),
        world.manager("MANUFACTURER", "320000").await,
        world.manager("MANUFACTURER", "320000").await,
        world.manager("DISTRIBUTOR", "320000").await,
        world.manager("HOSPITAL", "320106").await,
        office,
        custodian,
        world.manager("REVIEW_BODY", "320100").await,
        world.manager("INSURANCE_AGENCY", "320000").await,
        world.manager("REGULATOR", "320000").await,
        world.manager("AUDIT_BODY", "320000").await,
        world.admin().clone(),
    ]
}

async fn variables(world: &World, actors: &[Actor]) -> BTreeMap<&'static str, String> {
    let (owner, office) = (&actors[1], &actors[5]);
    let clerk = world.clerk(owner, "clerk", "MANUFACTURER").await;
    let opened =
        office.does("openAlliance", json!({ "name": "联盟", "idempotencyKey": key() }), "id version").await;
    let alliance = opened.done()["id"].as_str().unwrap().to_owned();
    let membership = json!({ "alliance": alliance, "version": 1, "region": "320000", "productGroup": "冠脉支架",
        "day": "2026-01-01", "idempotencyKey": key() });
    office.does("joinAlliance", membership, "version").await.done();
    let (client, _secret) = world.client(owner, "MANUFACTURER", &["OWN_ORGANIZATION"]).await;
    let round = announced_by(world, office.clone(), a_round()).await;
    let offered = json!({ "spec": round.spec(1, "10"), "name": "片", "approvalNumber": "国药准字H20123298",
        "evidence": "REFERENCE", "capacity": "1" });
    let application = json!({ "round": round.id, "products": [offered], "idempotencyKey": key() });
    let application = owner.does("draftQualification", application, "id").await.done()["id"].clone();
    owner.moves("submitQualification", (application.as_str().unwrap(), 1), None).await.done();
    let shown = owner.asks("{ me { organization { licences { id document { id } } } } }").await.done();
    let licence = &shown["organization"]["licences"][0];
    // Nobody listens on this port, so the delivery waits for its next try.
    let hook = json!({ "url": "http://127.0.0.1:9/", "kinds": ["UserEnabled"], "idempotencyKey": key() });
    let webhook = owner.does("createWebhook", hook, "id").await.done()["id"].clone();
    let test = "mutation($i: TestWebhookInput!) { testWebhook(input: $i) }";
    let delivery =
        owner.asks_with(test, json!({ "i": { "id": webhook, "idempotencyKey": key() } })).await.done();
    let mut taken = registration("HOSPITAL", "320106");
    taken["creditCode"] = json!(owner.login.split_once('@').unwrap().1);
    let fields = taken.as_object_mut().unwrap();
    fields.remove("idempotencyKey");
    let fields: Vec<String> = fields
        .iter()
        .map(|(name, value)| {
            format!("{name}: {}", if name == "kind" { "HOSPITAL".to_owned() } else { value.to_string() })
        })
        .collect();
    let mut variables = sealing_variables();
    variables.extend([
        ("$announcement", WITHOUT_CUSTODIANS.to_owned()),
        ("$alliance", format!("{alliance:?}")),
        ("$client", format!("{client:?}")),
        ("$document", licence["document"]["id"].to_string()),
        ("$licence", licence["id"].to_string()),
        ("$clerk", format!("{:?}", clerk.user)),
        ("$delivery", delivery.to_string()),
        ("$job", format!("{:?}", fresh::<JobId>().to_string())),
        ("$qualification", application.to_string()),
        ("$round", format!("{:?}", round.id)),
        ("$organization", format!("{:?}", owner.organization)),
        ("$registration", format!("{{{}, idempotencyKey: $key}}", fields.join(", "))),
        ("$webhook", webhook.to_string()),
        ("$user", format!("{:?}", owner.user)),
    ]);
    variables
}

/// Keys, a ceremony and an envelope of a round that there is not.
fn sealing_variables() -> BTreeMap<&'static str, String> {
    let keys: Vec<CustodianKey> = (0..2).map(|_| CustodianKey::generate().unwrap()).collect();
    let publics: Vec<CustodianPublic> = keys.iter().map(CustodianKey::public).collect();
    let (ceremony, shares) = hold_ceremony(NO_ROUND, &publics, 2).unwrap();
    let sign = |(key, sealed): (&CustodianKey, &SealedShare)| {
        let share = key.open_share(&ceremony, &sealed.ciphertext).unwrap();
        key.sign_ceremony(&ceremony, &share).unwrap().to_canonical()
    };
    let signatures: Vec<String> = keys.iter().zip(&shares).map(sign).collect();
    let bidder = BidKey::generate().unwrap();
    let line = BidLine { product: "x".to_owned(), price: 1.into(), units: 1 };
    let bid = BidPlain::new(NO_ROUND, "x", (1, 1), vec![line]).unwrap();
    let envelope = seal_bid(&bid, &bidder, ceremony.recipient(), 4_096).unwrap();
    BTreeMap::from([
        ("$bidder", format!("{:?}", bidder.public().to_string())),
        ("$ceremony", format!("{:?}", ceremony.to_canonical())),
        ("$custodian", format!("{:?}", keys[0].public().to_string())),
        ("$party", format!("{:?}", ContractKey::generate().unwrap().public().to_string())),
        ("$envelope", format!("{:?}", envelope.to_canonical())),
        ("$signatures", format!("{signatures:?}")),
    ])
}

/// On the way to a field, a list that no argument bounds.
const ENDLESS: &str = "[]";

/// The committed schema.
pub(crate) struct Schema {
    types: BTreeMap<String, Vec<FieldDefinition>>,
    /// The first value of each enum.
    values: BTreeMap<String, String>,
}

impl Schema {
    pub(crate) fn read() -> Schema {
        let document = parse_schema(include_str!("../../graphql/schema.graphql")).unwrap();
        let (mut types, mut values) = (BTreeMap::new(), BTreeMap::new());
        for definition in document.definitions {
            let TypeSystemDefinition::Type(found) = definition else { continue };
            let name = found.node.name.node.to_string();
            if let TypeKind::Enum(kind) = &found.node.kind {
                values.insert(name.clone(), kind.values[0].node.value.node.to_string());
            }
            if let TypeKind::Object(object) = found.node.kind {
                types.insert(name, object.fields.into_iter().map(|field| field.node).collect());
            }
        }
        Schema { types, values }
    }

    fn roots(&self) -> impl Iterator<Item = (&'static str, &FieldDefinition)> {
        let of = |root: &'static str| self.types[root].iter().map(move |field| (root, field));
        of("Query").chain(of("Mutation"))
    }

    /// Every query that the table asks without anything but a round, asked about that one, with everything below it.
    pub(crate) fn queries_of_round(&self, round: &str) -> Vec<String> {
        let of_query: BTreeSet<&str> =
            self.types["Query"].iter().map(|field| field.name.node.as_str()).collect();
        let arguments = |row: &(&str, &str, &str, &str)| {
            row.1.replace(NO_ROUND, round).replace("$round", &format!("{round:?}"))
        };
        let asked = rows().filter(|row| of_query.contains(row.0));
        let asked = asked.map(|row| (row.0, arguments(row))).filter(|(_field, given)| !given.contains('$'));
        asked.map(|(field, given)| self.query(field, &given, &BTreeMap::new())).collect()
    }

    /// The field with everything that can be selected below it.
    fn query(&self, name: &str, arguments: &str, variables: &BTreeMap<&str, String>) -> String {
        let (root, field) = self.roots().find(|(_, field)| field.name.node == name).unwrap();
        let filled =
            variables.iter().fold(arguments.to_owned(), |text, (name, value)| text.replace(name, value));
        let operation = if root == "Query" { "query" } else { "mutation" };
        format!("{operation} {{ {name}{filled} {} }}", self.selection(&field.ty.node, &[]))
    }

    /// What a field inside is given: a list as few rows as it may, since a list inside a list costs as many as it may have, and what has to be said.
    fn given(&self, argument: &InputValueDefinition) -> Option<String> {
        let name = &argument.name.node;
        if name == "first" {
            return Some("first: 1".to_owned());
        }
        let kind = &argument.ty.node;
        (!kind.nullable).then(|| format!("{name}: {}", self.values[named(kind)]))
    }

    /// Everything below a field; of what it is itself inside, nothing again.
    fn selection(&self, kind: &Type, above: &[&str]) -> String {
        let Some(fields) = self.types.get(named(kind)) else { return String::new() };
        let endless = matches!(kind.base, BaseType::List(_));
        let within = [above, &[named(kind)], if endless { &[ENDLESS] } else { &[] }].concat();
        // A list further down is asked for nearer to where it begins: together they would be too complex.
        let asked = |field: &&FieldDefinition| {
            let list = field.arguments.iter().any(|argument| argument.node.name.node == "first");
            !within.contains(&named(&field.ty.node))
                && !(list && (above.len() > 1 || within.contains(&ENDLESS)))
        };
        let fields = fields.iter().filter(asked);
        let selected = fields.map(|field| {
            let given: Vec<String> =
                field.arguments.iter().filter_map(|argument| self.given(&argument.node)).collect();
            let given = if given.is_empty() { String::new() } else { format!("({})", given.join(", ")) };
            format!("{}{given} {}", field.name.node, self.selection(&field.ty.node, &within))
        });
        format!("{{ {} }}", selected.collect::<Vec<_>>().join(" "))
    }
}

fn named(kind: &Type) -> &str {
    match &kind.base {
        BaseType::Named(name) => name,
        BaseType::List(inner) => named(inner),
    }
}
