//! Somebody of a demonstration, who asks the API what a client would ask it.
#![expect(clippy::indexing_slicing, reason = "a JSON value without that member is null")]
use jicai_domain::audit::IdempotencyKey;
use jicai_domain::documents::{DocumentKind, FileName};
use jicai_domain::identity::Caller;
use jicai_domain::imports::ImportKind;
use jicai_graphql::{Api, answer};
use jicai_service::documents::{StoreDocument, begin_upload};
use jicai_service::imports::{Brought, start_import};
use jicai_service::{App, Error};
use serde_json::{Value, json};

use super::accounts::{caller, login, upload};
use crate::serve::ServeError;

/// Rows that one request reads.
const PAGE: usize = 100;

pub(super) struct Player<'a> {
    app: &'a App,
    api: &'a Api,
    caller: Caller,
}

impl<'a> Player<'a> {
    /// Logs in as a clerk of the organization with that credit code.
    pub(super) async fn of(
        (app, api): (&'a App, &'a Api),
        (clerk, code): (&str, &str),
    ) -> Result<Player<'a>, ServeError> {
        let login = login(clerk, code).map_err(Error::from)?;
        Ok(Player { app, api, caller: caller(app, &login).await? })
    }

    /// The organization's id.
    pub(super) fn organization(&self) -> String {
        self.caller.organization.to_string()
    }

    /// The user's id.
    pub(super) fn user(&self) -> String {
        self.caller.who.to_string()
    }

    /// Who it is.
    pub(super) const fn caller(&self) -> &Caller {
        &self.caller
    }

    /// Stores a page with those lines as a document of a round; its id.
    pub(super) async fn uploads(&self, name: &str, lines: &[&str], key: &str) -> Result<String, ServeError> {
        let key = IdempotencyKey::parse(key).map_err(Error::from)?;
        let paper = (DocumentKind::Round, name.to_owned());
        Ok(upload((self.app, &self.caller), paper, lines, key).await?.to_string())
    }

    /// Brings in a table of that kind; the id of the import.
    pub(super) async fn brings(&self, kind: &str, table: Vec<u8>, key: &str) -> Result<String, ServeError> {
        let name = FileName::parse("回放.csv").map_err(Error::from)?;
        let key = IdempotencyKey::parse(key).map_err(Error::from)?;
        let kind = ImportKind::parse(kind).map_err(Error::from)?;
        let brought = Brought::by(&self.caller, kind, (None, None), None).map_err(Error::from)?;
        let command = StoreDocument { kind: DocumentKind::Import, name, key };
        let mut upload = begin_upload(self.app, &self.caller, command).await?;
        upload.put(table.into()).await?;
        Ok(start_import(upload, brought).await?.to_string())
    }

    /// The one field of a query.
    pub(super) async fn asks(&self, query: &str) -> Result<Value, ServeError> {
        self.answered(&json!({ "query": query })).await
    }

    /// All nodes of a list with its filter, a page after the other.
    pub(super) async fn pages(
        &self,
        (list, filter): (&str, &str),
        fields: &str,
    ) -> Result<Vec<Value>, ServeError> {
        let (mut found, mut after) = (Vec::new(), String::new());
        loop {
            let query = format!(
                "{{ {list}(first: {PAGE}{after}{filter}) {{ nodes {{ {fields} }} pageInfo {{ hasNextPage endCursor }} }} }}"
            );
            let mut shown = self.asks(&query).await?;
            if let Some(page) = shown["nodes"].as_array_mut() {
                found.append(page);
            }
            if shown["pageInfo"]["hasNextPage"] != true {
                return Ok(found);
            }
            after = format!(", after: {}", shown["pageInfo"]["endCursor"]);
        }
    }

    /// A mutation: its name, the type of its input, the input, and what of its answer is wanted; the answer.
    pub(super) async fn does(
        &self,
        (mutation, kind): (&str, &str),
        input: Value,
        fields: &str,
    ) -> Result<Value, ServeError> {
        let selection = if fields.is_empty() { String::new() } else { format!("{{ {fields} }}") };
        let query = format!("mutation($input: {kind}!) {{ {mutation}(input: $input) {selection} }}");
        self.answered(&json!({ "query": query, "variables": { "input": input } })).await
    }

    async fn answered(&self, request: &Value) -> Result<Value, ServeError> {
        let body = serde_json::to_vec(request)?;
        let asked = answer(self.api, self.app, Some(self.caller.clone()), (&body, "demonstration"), true);
        let mut told: Value = serde_json::from_str(&asked.await.json)?;
        if let Some(errors) = told.get("errors") {
            return Err(format!("the demonstration: {errors}").into());
        }
        let field = told["data"].as_object_mut().and_then(|data| data.values_mut().next().map(Value::take));
        Ok(field.unwrap_or_default())
    }
}

/// The nodes of a connection.
pub(super) fn nodes(connection: &Value) -> &[Value] {
    connection["nodes"].as_array().map(Vec::as_slice).unwrap_or_default()
}

pub(super) fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
