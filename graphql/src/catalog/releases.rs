//! National releases of items. Their files go over `/imports/catalog`.
use async_graphql::connection::Connection;
use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};
use jicai_domain::audit::IdempotencyKey;
use jicai_domain::catalog::release as domain;
use jicai_domain::errors::{Code, Refusal};
use jicai_service::catalog as cases;

use crate::asking::{app, caller};
use crate::connection::{connection, cost, page};
use crate::dates::{Date, DateTime};
use crate::error::ApiError;

/// How far a release is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "jicai_domain::catalog::release::ReleaseStatus")]
enum ItemReleaseStatus {
    /// Its rows arrive and are compared with what stands.
    Staging,
    /// It was compared, and waits for somebody to publish it.
    Staged,
    /// It is being written; nobody sees anything of it.
    Applying,
    /// It counts.
    Published,
    /// It is not wanted.
    Discarded,
}

/// What a release does to an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "jicai_domain::catalog::release::ChangeKind")]
enum ItemReleaseChangeKind {
    /// It is new.
    Added,
    /// It says something else of it.
    Changed,
    /// It no longer has it.
    Retired,
}

/// 国家目录版本, a national list as it was on a day. It never changes once it is published.
struct ItemRelease(domain::Release);

#[Object]
impl ItemRelease {
    /// Counted over all sources.
    async fn number(&self) -> i32 {
        self.0.number
    }

    /// Where it comes from; releases of one source follow each other.
    async fn source(&self) -> &str {
        &self.0.head.source
    }

    /// Its number at the source.
    async fn label(&self) -> &str {
        &self.0.head.label
    }

    /// How far it is.
    async fn status(&self) -> ItemReleaseStatus {
        self.0.status.into()
    }

    /// 数据截止日.
    async fn cutoff_on(&self) -> Date {
        Date(self.0.head.cutoff_on)
    }

    /// 政策执行日: from this day on what it says is so; from the cut-off on where it is not given.
    async fn effective_on(&self) -> Option<Date> {
        self.0.head.effective_on.map(Date)
    }

    /// Where it was published.
    async fn source_url(&self) -> Option<&str> {
        self.0.head.source_url.as_deref()
    }

    /// What the publisher allows to be done with it.
    async fn licence(&self) -> &str {
        &self.0.head.licence
    }

    /// SHA-256 of the file.
    async fn sha256(&self) -> String {
        self.0.sha256.to_string()
    }

    /// The id of the import that brought its rows.
    async fn import_id(&self) -> Option<ID> {
        self.0.import.map(|import| ID(import.to_string()))
    }

    /// When it was brought in.
    async fn created_at(&self) -> DateTime {
        DateTime(self.0.created_at)
    }

    /// The instant that everything of it is recorded at.
    async fn recorded_at(&self) -> Option<DateTime> {
        self.0.recorded_at.map(DateTime)
    }

    /// From when on it counts.
    async fn published_at(&self) -> Option<DateTime> {
        self.0.published_at.map(DateTime)
    }

    /// The line of the file up to which its rows were compared, or while it is being written up to which they were written.
    async fn reached_line(&self) -> i32 {
        self.0.reached
    }

    /// Rows, as a decimal number.
    async fn rows_read(&self) -> String {
        self.0.counts.read.to_string()
    }

    /// Items that are new, as a decimal number.
    async fn added(&self) -> String {
        self.0.counts.added.to_string()
    }

    /// Items of which it says something else, as a decimal number.
    async fn changed(&self) -> String {
        self.0.counts.changed.to_string()
    }

    /// Items of which it says the same, as a decimal number.
    async fn unchanged(&self) -> String {
        self.0.counts.unchanged.to_string()
    }

    /// Items that it no longer has, as a decimal number.
    async fn retired(&self) -> String {
        self.0.counts.retired.to_string()
    }

    /// Rows that wait for somebody to look, as a decimal number.
    async fn quarantined(&self) -> String {
        self.0.counts.quarantined.to_string()
    }

    /// What it changes, of one kind or all: before it is published as it was compared, after that as it was written.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn changes(
        &self,
        ctx: &Context<'_>,
        kind: Option<ItemReleaseChangeKind>,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<Connection<String, ItemReleaseChange>, ApiError> {
        let read = |cursor: &str| {
            let fits =
                cursor.len() <= 36 && cursor.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
            if fits { Ok(cursor.to_owned()) } else { Err(Refusal::of(Code::CursorInvalid)) }
        };
        let page = page(first, after.as_deref(), read)?;
        let wanted = (&self.0, kind.map(Into::into));
        let part = cases::release_changes(app(ctx)?, caller(ctx)?, wanted, &page).await?;
        Ok(connection(part, |change| change.cursor.clone(), ItemReleaseChange::from))
    }

    /// Its rows that were not taken and wait for somebody, with the reason; for those who keep releases.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn quarantine(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<Connection<String, QuarantinedRow>, ApiError> {
        let page = page(first, after.as_deref(), number)?;
        let part = cases::quarantine(app(ctx)?, caller(ctx)?, self.0.number, &page).await?;
        Ok(connection(part, |row| row.line.to_string(), QuarantinedRow))
    }
}

/// What a release does to one item.
#[derive(SimpleObject)]
struct ItemReleaseChange {
    /// What.
    kind: ItemReleaseChangeKind,
    /// The id of the item; none while it is new and the release is not published.
    item_id: Option<ID>,
    /// Its national code.
    code: String,
    /// Its name.
    name: String,
    /// The line of the file, before the release is published.
    line: Option<i32>,
    /// What is unusual about the row, before the release is published: NAME_LETTER, APPROVAL_NUMBER, STANDARD_CODE, DICTIONARY, REWRITTEN.
    warnings: Vec<String>,
    /// Its fields that differ.
    fields: Vec<ItemFieldChange>,
}

impl From<cases::ChangedItem> for ItemReleaseChange {
    fn from(change: cases::ChangedItem) -> Self {
        let fields = change.fields.into_iter().map(|one| ItemFieldChange {
            field: one.field,
            before: one.before,
            after: one.after,
        });
        Self {
            kind: change.kind.into(),
            item_id: change.item.map(|item| ID(item.to_string())),
            code: change.code,
            name: change.name,
            line: change.line,
            warnings: change.warnings,
            fields: fields.collect(),
        }
    }
}

/// A field before and after.
#[derive(SimpleObject)]
struct ItemFieldChange {
    /// The field.
    field: String,
    /// What it said.
    before: Option<String>,
    /// What it says.
    after: Option<String>,
}

/// A row that was not taken.
struct QuarantinedRow(cases::Quarantined);

#[Object]
impl QuarantinedRow {
    /// Its line of the file.
    async fn line(&self) -> i32 {
        self.0.line
    }

    /// What stands for the code.
    async fn code(&self) -> &str {
        &self.0.code
    }

    /// What stands for the name.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// Why: a code of the error table.
    async fn reason(&self) -> &str {
        &self.0.fault
    }

    /// What that means.
    async fn message(&self) -> &str {
        self.spec().english
    }

    /// What that means, in Chinese.
    async fn message_zh(&self) -> &str {
        self.spec().chinese
    }

    /// The field.
    async fn field(&self) -> Option<&str> {
        self.0.field.as_deref()
    }

    /// What would have been right, or what it contradicts.
    async fn expected(&self) -> Option<&str> {
        self.0.expected.as_deref()
    }

    /// The id of the item that the code names.
    async fn item_id(&self) -> Option<ID> {
        self.0.item.map(|item| ID(item.to_string()))
    }
}

impl QuarantinedRow {
    fn spec(&self) -> jicai_domain::errors::Spec {
        Code::from_name(&self.0.fault).unwrap_or(Code::Internal).spec()
    }
}

fn number(cursor: &str) -> Result<i32, Refusal> {
    cursor.parse().map_err(|_digits| Refusal::of(Code::CursorInvalid))
}

/// Queries about releases.
#[derive(Default)]
pub(crate) struct ReleaseQuery;

#[Object]
impl ReleaseQuery {
    /// A national release. Those that are not published are shown to those who keep releases.
    #[graphql(complexity = "1 + child_complexity")]
    async fn item_release(&self, ctx: &Context<'_>, number: i32) -> Result<ItemRelease, ApiError> {
        Ok(ItemRelease(cases::release(app(ctx)?, caller(ctx)?, number).await?))
    }

    /// National releases of a source or of all, the newest first.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn item_releases(
        &self,
        ctx: &Context<'_>,
        source: Option<String>,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<Connection<String, ItemRelease>, ApiError> {
        let page = page(first, after.as_deref(), number)?;
        let part = cases::releases(app(ctx)?, caller(ctx)?, source.as_deref(), &page).await?;
        Ok(connection(part, |release| release.number.to_string(), ItemRelease))
    }
}

/// Which release.
#[derive(InputObject)]
struct PublishItemReleaseInput {
    /// Its number.
    number: i32,
    /// A new key for a new request, the same for its repetition.
    idempotency_key: String,
}

/// Which release.
#[derive(InputObject)]
struct DiscardItemReleaseInput {
    /// Its number.
    number: i32,
    /// A new key for a new request, the same for its repetition.
    idempotency_key: String,
}

/// Mutations of releases.
#[derive(Default)]
pub(crate) struct ReleaseMutation;

#[Object]
impl ReleaseMutation {
    /// Publish a release that was compared. It is written in parts and counts at once when all of it is. 发布目录版本
    #[graphql(complexity = "1 + child_complexity")]
    async fn publish_item_release(
        &self,
        ctx: &Context<'_>,
        input: PublishItemReleaseInput,
    ) -> Result<ItemRelease, ApiError> {
        let (app, caller) = (app(ctx)?, caller(ctx)?);
        let key = IdempotencyKey::parse(&input.idempotency_key)?;
        let number = cases::publish(app, caller, input.number, &key).await?;
        Ok(ItemRelease(cases::release(app, caller, number).await?))
    }

    /// Discard a release that is not published. 作废目录版本
    #[graphql(complexity = "1 + child_complexity")]
    async fn discard_item_release(
        &self,
        ctx: &Context<'_>,
        input: DiscardItemReleaseInput,
    ) -> Result<ItemRelease, ApiError> {
        let (app, caller) = (app(ctx)?, caller(ctx)?);
        let key = IdempotencyKey::parse(&input.idempotency_key)?;
        let number = cases::discard(app, caller, input.number, &key).await?;
        Ok(ItemRelease(cases::release(app, caller, number).await?))
    }
}
