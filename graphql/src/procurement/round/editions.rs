//! What was published of a round, and what each correction changed.
#![expect(clippy::unused_async, reason = "the library wants the function of a field to be async")]
use async_graphql::connection::Connection;
use async_graphql::{Context, Object};
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::ids::RoundId;
use jicai_domain::procurement::round as domain;
use jicai_service::Part;
use jicai_service::procurement::{self as cases, Published};

use crate::asking::app;
use crate::connection::{connection, cost, page};
use crate::dates::DateTime;
use crate::error::ApiError;

/// An announcement as it was published, for good.
pub(super) struct RoundEdition {
    pub(super) round: RoundId,
    pub(super) published: Published,
}

#[Object]
impl RoundEdition {
    /// Its number, from 1.
    async fn edition(&self) -> i32 {
        self.published.row.edition
    }

    /// When it was published.
    async fn announced_at(&self) -> DateTime {
        DateTime(self.published.row.announced_at)
    }

    /// Why the announcement was corrected; none for the first edition.
    async fn reason(&self) -> Option<&str> {
        self.published.row.reason.as_ref().map(|reason| reason.as_str())
    }

    /// The SHA-256 of `canonical` in UTF-8, 64 hexadecimal digits.
    async fn sha256(&self) -> String {
        self.published.row.sha256.to_string()
    }

    /// The whole announcement as canonical JSON.
    #[graphql(complexity = 50)]
    async fn canonical(&self, ctx: &Context<'_>) -> Result<String, ApiError> {
        Ok(cases::edition_text(app(ctx)?, self.round, self.published.row.edition).await?)
    }

    /// What it changed, in the order of the announcement; nothing for the first edition. 变更内容
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn changes(
        &self,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<Connection<String, RoundChange>, ApiError> {
        let place = |text: &str| text.parse().map_err(|_digit| Refusal::of(Code::CursorInvalid));
        let page = page::<usize>(first, after.as_deref(), place)?;
        let from = page.after.map_or(0, |after| after.saturating_add(1));
        let all = &self.published.changes;
        let rows: Vec<(usize, domain::Change)> =
            all.iter().cloned().enumerate().skip(from).take(usize::from(page.first)).collect();
        let more = all.len() > from.saturating_add(rows.len());
        Ok(connection(Part { rows, more }, |(place, _)| place.to_string(), |(_, change)| RoundChange(change)))
    }
}

/// One thing that a correction changed.
pub(super) struct RoundChange(domain::Change);

#[Object]
impl RoundChange {
    /// What, such as `CEILING`.
    async fn field(&self) -> &'static str {
        self.0.field.name()
    }

    /// The number of the lot; none where it is of the whole round.
    async fn lot(&self) -> Option<i32> {
        self.0.lot
    }

    /// The code of the spec, where it is of one.
    async fn spec(&self) -> Option<&str> {
        self.0.spec.as_deref()
    }

    /// What it said; none where it is new.
    async fn before(&self) -> Option<&str> {
        self.0.before.as_deref()
    }

    /// What it says; none where it was taken out.
    async fn after(&self) -> Option<&str> {
        self.0.after.as_deref()
    }

    /// The change as a sentence in English.
    async fn text(&self) -> String {
        self.0.english()
    }

    /// The same in Chinese.
    async fn text_zh(&self) -> String {
        self.0.chinese()
    }
}
