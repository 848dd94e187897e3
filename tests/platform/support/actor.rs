//! Somebody who uses the API.
use std::net::SocketAddr;

use serde_json::{Value, json};

use super::http::{Reply, send, try_send};

/// The smallest thing that calls itself a PDF.
pub(crate) const PAPER: &[u8] = b"%PDF-1.4\n%%EOF\n";

/// A user with an access token, or nobody.
#[derive(Clone)]
pub(crate) struct Actor {
    pub(crate) to: SocketAddr,
    pub(crate) token: Option<String>,
    pub(crate) refresh: String,
    pub(crate) login: String,
    pub(crate) user: String,
    pub(crate) organization: String,
}

/// What a query or mutation came to.
pub(crate) struct Outcome {
    pub(crate) json: Value,
}

impl Outcome {
    /// The data of the one field that was asked for.
    #[track_caller]
    pub(crate) fn done(self) -> Value {
        assert!(self.json.get("errors").is_none(), "refused: {}", self.json);
        self.json["data"].as_object().unwrap().values().next().unwrap().clone()
    }

    /// The code of the refusal, or `ok`.
    pub(crate) fn code(&self) -> String {
        let Some(error) = self.json.get("errors").map(|errors| &errors[0]) else { return "ok".to_owned() };
        error["extensions"]["code"].as_str().map_or_else(|| format!("uncoded: {error}"), str::to_owned)
    }

    #[track_caller]
    pub(crate) fn refused(&self, code: &str) {
        assert_eq!(self.code(), code, "{}", self.json);
    }
}

impl Actor {
    pub(crate) fn nobody(to: SocketAddr) -> Actor {
        let empty = String::new;
        Actor { to, token: None, refresh: empty(), login: empty(), user: empty(), organization: empty() }
    }

    /// Logs in and learns who it is.
    pub(crate) async fn logged_in(to: SocketAddr, login: &str, password: &str) -> Actor {
        let tokens = Actor::nobody(to).tries_to_log_in(login, password, None).await.done();
        let token = tokens["accessToken"].as_str().map(str::to_owned);
        let refresh = tokens["refreshToken"].as_str().unwrap().to_owned();
        let known = Actor { token, refresh, login: login.to_owned(), ..Actor::nobody(to) };
        let me = known.asks("{ me { id organization { id } } }").await.done();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        Actor { user: text(&me["id"]), organization: text(&me["organization"]["id"]), ..known }
    }

    /// A program with that id and secret, with a token.
    pub(crate) async fn client(to: SocketAddr, (id, secret): (&str, &str)) -> Actor {
        let reply = Actor::nobody(to).tries_to_get_token((id, secret)).await;
        assert_eq!(reply.status, 200, "{}", reply.body);
        let token = reply.json()["access_token"].as_str().map(str::to_owned);
        Actor { token, ..Actor::nobody(to) }
    }

    /// Asks for a client's token with the credentials in the form.
    pub(crate) async fn tries_to_get_token(&self, (id, secret): (&str, &str)) -> Reply {
        let form = format!("grant_type=client_credentials&client_id={id}&client_secret={secret}");
        let headers = [("content-type", "application/x-www-form-urlencoded")];
        send(self.to, "POST /oauth/token", &headers, form.as_bytes()).await
    }

    pub(crate) async fn tries_to_log_in(&self, login: &str, password: &str, code: Option<&str>) -> Outcome {
        let query = "mutation($l: String!, $p: String!, $c: String) {
            logIn(loginName: $l, password: $p, code: $c) { accessToken refreshToken expiresInSeconds } }";
        self.asks_with(query, json!({ "l": login, "p": password, "c": code })).await
    }

    pub(crate) async fn asks(&self, query: &str) -> Outcome {
        self.asks_with(query, json!({})).await
    }

    pub(crate) async fn asks_with(&self, query: &str, variables: Value) -> Outcome {
        let reply = self.posts(&json!({ "query": query, "variables": variables })).await;
        Outcome { json: reply.json() }
    }

    /// A mutation with one input object.
    pub(crate) async fn does(&self, name: &str, input: Value, fields: &str) -> Outcome {
        let kind = match name {
            "joinAlliance" | "leaveAlliance" => "MembershipInput".to_owned(),
            other => format!("{}{}Input", other[..1].to_uppercase(), &other[1..]),
        };
        let query = format!("mutation($input: {kind}!) {{ {name}(input: $input) {{ {fields} }} }}");
        self.asks_with(&query, json!({ "input": input })).await
    }

    /// A mutation of something at a version, with a new key and perhaps a reason.
    pub(crate) async fn moves(
        &self,
        name: &str,
        (id, version): (&str, i64),
        reason: Option<&str>,
    ) -> Outcome {
        let fields =
            if matches!(name, "resetUser" | "enableUser") { "id version token" } else { "id version" };
        let reason = reason.map(|reason| format!(", reason: {reason:?}")).unwrap_or_default();
        let key = key();
        let query = format!(
            "mutation {{ {name}(input: {{ id: {id:?}, version: {version}{reason}, idempotencyKey: {key:?} }}) {{ {fields} }} }}"
        );
        self.asks(&query).await
    }

    /// Uploads a file as what it is for, with a new key.
    pub(crate) async fn uploads(&self, kind: &str, name: &str, bytes: &[u8]) -> Reply {
        self.uploads_by_key(kind, name, bytes, &key()).await
    }

    pub(crate) async fn uploads_by_key(&self, kind: &str, name: &str, bytes: &[u8], key: &str) -> Reply {
        let escaped: String = name.bytes().map(|byte| format!("%{byte:02X}")).collect();
        let bearer = self.bearer();
        let mut headers = vec![("idempotency-key", key)];
        headers.extend(bearer.as_deref().map(|bearer| ("authorization", bearer)));
        send(self.to, &format!("POST /documents?kind={kind}&name={escaped}"), &headers, bytes).await
    }

    pub(crate) async fn downloads(&self, document: &str) -> Reply {
        let bearer = self.bearer();
        let headers: Vec<_> = bearer.as_deref().map(|bearer| ("authorization", bearer)).into_iter().collect();
        send(self.to, &format!("GET /documents/{document}"), &headers, b"").await
    }

    /// Uploads a paper and shows it as a licence; the organization's version after that.
    pub(crate) async fn shows_licence(&self, kind: &str, valid_until: &str) -> i64 {
        let stored = self.uploads("LICENCE", &format!("{kind}.pdf"), PAPER).await.json();
        let input = json!({ "kind": kind, "number": "苏20160001", "validUntil": valid_until,
            "document": stored["id"], "idempotencyKey": key() });
        let added = self.does("addLicence", input, "id organizationVersion").await.done();
        added["organizationVersion"].as_i64().unwrap()
    }

    fn bearer(&self) -> Option<String> {
        self.token.as_ref().map(|token| format!("Bearer {token}"))
    }

    pub(crate) async fn posts(&self, body: &Value) -> Reply {
        self.tries(body).await.unwrap()
    }

    /// Posts to a service that may have no room for another connection.
    pub(crate) async fn tries(&self, body: &Value) -> Option<Reply> {
        let bearer = self.bearer();
        let mut headers = vec![("content-type", "application/json")];
        headers.extend(bearer.as_deref().map(|bearer| ("authorization", bearer)));
        try_send(self.to, "POST /graphql", &headers, body.to_string().as_bytes()).await
    }
}

/// An idempotency key like no other.
pub(crate) fn key() -> String {
    jicai_store::fresh::<jicai_domain::ids::RequestId>().to_string()
}
