//! A running service on a database of its own, with its operator founded.
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU32, Ordering};

use diesel::prelude::*;
use diesel::sql_types::Text;
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl};
use jicai_domain::identity::{CreditCode, Name, RegionCode};
use jicai_server::config::Config;
use jicai_server::serve::{Service, with_app};
use jicai_service::identity::{FoundOperator, found_operator};
use jicai_store::setup::shift_clock;
use serde_json::{Value, json};

use super::actor::{Actor, key};
use super::postgres::Database;

pub(crate) const PASSWORD: &str = "correct horse battery";
pub(crate) const SECRET: [u8; 32] = [0x5a; 32];
static CODES: AtomicU32 = AtomicU32::new(0);

pub(crate) struct World {
    pub(crate) database: Database,
    pub(crate) service: Service,
    admin: Actor,
}

/// An organization that was registered.
pub(crate) struct Registered {
    pub(crate) id: String,
    pub(crate) login: String,
}

impl World {
    pub(crate) async fn new() -> World {
        Self::with(|_config| {}).await
    }

    /// One whose service has other settings.
    pub(crate) async fn with(set: impl FnOnce(&mut Config)) -> World {
        let database = Database::new().await;
        let (mut config, code) = (config(&database), credit_code());
        set(&mut config);
        let operator = FoundOperator {
            name: Name::parse("运营方").unwrap(),
            credit_code: CreditCode::parse(&code).unwrap(),
            regions: vec![RegionCode::NATION],
            clerk: "root".to_owned(),
            person: Name::parse("管理员").unwrap(),
        };
        let founded = with_app(&config, async |app| found_operator(app, operator).await).await.unwrap();
        let service = Service::start(&config, false).await.unwrap();
        let nobody = Actor::nobody(service.address());
        nobody.sets_password(&founded.token, PASSWORD).await.done();
        let admin = Actor::logged_in(service.address(), founded.login.as_str(), PASSWORD).await;
        World { database, service, admin }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.service.address()
    }

    pub(crate) fn nobody(&self) -> Actor {
        Actor::nobody(self.address())
    }

    pub(crate) fn admin(&self) -> &Actor {
        &self.admin
    }

    pub(crate) async fn logs_in(&self, login: &str) -> Actor {
        Actor::logged_in(self.address(), login, PASSWORD).await
    }

    /// Registers an organization of that type, with a manager `lead`.
    pub(crate) async fn registers(&self, kind: &str, region: &str) -> Registered {
        let input = registration(kind, region);
        let login = format!("lead@{}", input["creditCode"].as_str().unwrap());
        let done = self.nobody().does("registerOrganization", input, "id version").await.done();
        Registered { id: done["id"].as_str().unwrap().to_owned(), login }
    }

    /// The manager of an approved organization of that type, with the licences that it needs.
    pub(crate) async fn manager(&self, kind: &str, region: &str) -> Actor {
        let registered = self.registers(kind, region).await;
        let manager = self.logs_in(&registered.login).await;
        let mut version = 1;
        for licence in licences(kind) {
            version = manager.shows_licence(licence, "2099-12-31").await;
        }
        self.admin.moves("approveOrganization", (&registered.id, version), None).await.done();
        manager
    }

    /// A clerk of the manager's organization, invited and logged in.
    pub(crate) async fn clerk(&self, manager: &Actor, name: &str, role: &str) -> Actor {
        let input = json!({ "clerk": name, "name": name, "role": role, "idempotencyKey": key() });
        let invited = manager.does("inviteUser", input, "id version token").await.done();
        self.nobody().sets_password(invited["token"].as_str().unwrap(), PASSWORD).await.done();
        let (_, code) = manager.login.split_once('@').unwrap();
        self.logs_in(&format!("{name}@{code}")).await
    }

    /// A client of the manager's organization: its id and its secret.
    pub(crate) async fn client(&self, manager: &Actor, role: &str, permissions: &[&str]) -> (String, String) {
        let input =
            json!({ "name": "HIS", "role": role, "permissions": permissions, "idempotencyKey": key() });
        let created = manager.does("createClient", input, "id secret").await.done();
        let text = |name: &str| created[name].as_str().unwrap().to_owned();
        (text("id"), text("secret"))
    }

    /// The version that an organization is at.
    pub(crate) async fn version(&self, organization: &str) -> i64 {
        let query = format!("{{ organization(id: {organization:?}) {{ version }} }}");
        self.admin.asks(&query).await.done()["version"].as_i64().unwrap()
    }

    /// Sets the clock of the database that many seconds ahead of the machine's.
    pub(crate) async fn moves_clock_to(&self, seconds: i64) {
        shift_clock(&self.database.owner, seconds).await.unwrap();
    }

    /// Waits until every act that has committed has its place in the log.
    pub(crate) async fn until_sequenced(&self) {
        let begun = std::time::Instant::now();
        loop {
            let acts = self.entries("").await.len().to_string();
            let last = self.nobody().asks("{ auditCheckpoint { size } }").await.json;
            if last["data"]["auditCheckpoint"]["size"] == acts.as_str() {
                return;
            }
            assert!(begun.elapsed().as_secs() < 30, "{acts} acts, and sequenced {last}");
        }
    }

    /// The kinds of the entries about something, or of all, in the order of their ids.
    pub(crate) async fn entries(&self, subject: &str) -> Vec<String> {
        let query = "SELECT kind AS line FROM audit_entries WHERE subject = $1 OR $1 = '' ORDER BY id";
        let mut connection = AsyncPgConnection::establish(&self.database.app).await.unwrap();
        let rows: Vec<Line> =
            diesel::sql_query(query).bind::<Text, _>(subject).load(&mut connection).await.unwrap();
        rows.into_iter().map(|row| row.line).collect()
    }
}

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    line: String,
}

impl Actor {
    pub(crate) async fn sets_password(&self, token: &str, password: &str) -> super::actor::Outcome {
        let query = "mutation($t: String!, $p: String!) { setPassword(token: $t, password: $p) }";
        self.asks_with(query, json!({ "t": token, "p": password })).await
    }
}

/// The licences that an organization of that type needs.
pub(crate) fn licences(kind: &str) -> &'static [&'static str] {
    match kind {
        "MANUFACTURER" => &["DRUG_MANUFACTURING", "BUSINESS"],
        "DISTRIBUTOR" => &["DRUG_DISTRIBUTION", "BUSINESS"],
        "HOSPITAL" => &["MEDICAL_INSTITUTION"],
        _other => &[],
    }
}

pub(crate) fn registration(kind: &str, region: &str) -> Value {
    json!({
        "kind": kind, "name": format!("{kind} {region}"), "creditCode": credit_code(), "regions": [region],
        "clerk": "lead", "person": "负责人", "password": PASSWORD, "idempotencyKey": key(),
    })
}

/// A credit code that no other organization of this run has.
pub(crate) fn credit_code() -> String {
    let number = CODES.fetch_add(1, Ordering::Relaxed);
    let body = format!("91320100MA0{number:06}");
    "0123456789ABCDEFGHJKLMNPQRTUWXY"
        .chars()
        .map(|check| format!("{body}{check}"))
        .find(|code| CreditCode::parse(code).is_ok())
        .unwrap()
}

/// The settings of a service on that database.
pub(crate) fn config(database: &Database) -> Config {
    config_with(database, &[])
}

/// The same with other settings, too.
pub(crate) fn config_with(database: &Database, others: &[(&str, &str)]) -> Config {
    let secret: String = SECRET.iter().map(|byte| format!("{byte:02x}")).collect();
    let usual = [
        ("JICAI_ANONYMOUS_RATE", "60000"),
        ("JICAI_CALLER_RATE", "60000"),
        ("DATABASE_URL", database.app.as_str()),
        ("JICAI_DOCUMENTS", database.documents.path().to_str().unwrap()),
        ("JICAI_HOME", "/nonexistent"),
        ("JICAI_LISTEN", "127.0.0.1:0"),
        ("JICAI_SECRET", &secret),
        ("JICAI_WORKERS", "1"),
    ];
    let kept = usual.iter().filter(|(name, _)| !others.iter().any(|(other, _)| other == name));
    Config::read(kept.chain(others).map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))).unwrap()
}
