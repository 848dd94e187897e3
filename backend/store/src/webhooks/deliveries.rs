//! What is sent to webhooks. Whether a delivery still waits is not kept twice: its job says so.
use diesel::pg::data_types::PgTimestamp;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::events::Event;
use jicai_domain::identity::Scope;
use jicai_domain::ids::{DeliveryId, OrganizationId, WebhookId};
use jicai_domain::jobs::JobKind;
use jicai_domain::time::Timestamp;
use jicai_domain::webhooks::{Answer, Delivery, DeliveryStatus, Silence};
use uuid::Uuid;

use crate::door::Tx;
use crate::errors::StoreError;
use crate::events::{column_of, read_position};
use crate::identity::organizations::{reached, terms};
use crate::ids::{column, fresh, id};
use crate::jobs::{JobStatus, put, put_each};
use crate::page::{Page, Part};
use crate::schema::{app_clock, jobs, organizations, webhook_deliveries, webhooks};
use crate::times;

/// Rows that one statement adds.
const AT_ONCE: usize = 500;

#[derive(Queryable, Selectable)]
#[diesel(table_name = webhook_deliveries)]
struct Row {
    id: Uuid,
    webhook: Uuid,
    position: Option<i64>,
    kind: String,
    subject: String,
    organizations: Vec<Uuid>,
    at: PgTimestamp,
    tries: i32,
    http_status: Option<i16>,
    silence: Option<String>,
    delivered_at: Option<PgTimestamp>,
    dropped_at: Option<PgTimestamp>,
}

/// Puts up events for webhooks, each with its job. Once an event and webhook: a second time breaks the key.
pub async fn put_up(tx: &mut Tx, sent: &[(WebhookId, &Event)]) -> Result<(), StoreError> {
    for some in sent.chunks(AT_ONCE) {
        let ids: Vec<DeliveryId> = some.iter().map(|_one| fresh()).collect();
        let subjects: Vec<String> = ids.iter().map(ToString::to_string).collect();
        let jobs = put_each(tx, JobKind::Deliver, &subjects).await?;
        let rows = some.iter().zip(ids.iter().zip(jobs)).map(|((webhook, event), (delivery, job))| {
            let organizations: Vec<Uuid> = event.concerns.iter().map(|(one, _)| column(*one)).collect();
            Ok((
                webhook_deliveries::id.eq(column(*delivery)),
                webhook_deliveries::webhook.eq(column(*webhook)),
                webhook_deliveries::position.eq(column_of(event.position)?),
                webhook_deliveries::kind.eq(event.kind.name()),
                webhook_deliveries::subject.eq(&event.subject),
                webhook_deliveries::organizations.eq(organizations),
                webhook_deliveries::at.eq(times::at(event.at)),
                webhook_deliveries::job.eq(column(job)),
                webhook_deliveries::created_at.eq(app_clock()),
            ))
        });
        let rows: Result<Vec<_>, StoreError> = rows.collect();
        diesel::insert_into(webhook_deliveries::table).values(rows?).execute(tx.connection()).await?;
    }
    Ok(())
}

/// Puts up a test for a webhook.
pub async fn put_up_test(
    tx: &mut Tx,
    webhook: WebhookId,
    organization: OrganizationId,
) -> Result<DeliveryId, StoreError> {
    let delivery: DeliveryId = fresh();
    let job = put(tx, JobKind::Deliver, &delivery.to_string()).await?;
    let row = diesel::insert_into(webhook_deliveries::table).values((
        webhook_deliveries::id.eq(column(delivery)),
        webhook_deliveries::webhook.eq(column(webhook)),
        webhook_deliveries::kind.eq(Delivery::TEST),
        webhook_deliveries::subject.eq(webhook.to_string()),
        webhook_deliveries::organizations.eq(vec![column(organization)]),
        webhook_deliveries::at.eq(app_clock()),
        webhook_deliveries::job.eq(column(job)),
        webhook_deliveries::created_at.eq(app_clock()),
    ));
    tx.later(row).await?;
    Ok(delivery)
}

/// Puts up one again that no longer waits.
pub async fn put_up_again(tx: &mut Tx, delivery: DeliveryId) -> Result<(), StoreError> {
    let job = put(tx, JobKind::Deliver, &delivery.to_string()).await?;
    let nothing: Option<PgTimestamp> = None;
    diesel::update(webhook_deliveries::table.find(column(delivery)))
        .set((
            webhook_deliveries::job.eq(column(job)),
            webhook_deliveries::delivered_at.eq(nothing),
            webhook_deliveries::dropped_at.eq(nothing),
        ))
        .execute(tx.connection())
        .await?;
    Ok(())
}

type Joined = (Row, Option<String>, Option<PgTimestamp>);

/// A part of what was sent to a webhook that the scope reaches, the newest first.
pub async fn list(
    tx: &mut Tx,
    scope: &Scope,
    webhook: WebhookId,
    page: &Page<DeliveryId>,
) -> Result<Part<Delivery>, StoreError> {
    let own = organizations::table.filter(reached(terms(scope))).select(organizations::id);
    let own = webhooks::table.filter(webhooks::organization.eq_any(own)).select(webhooks::id);
    let mut query = webhook_deliveries::table
        .left_join(jobs::table.on(jobs::id.eq(webhook_deliveries::job)))
        .filter(webhook_deliveries::webhook.eq(column(webhook)))
        .filter(webhook_deliveries::webhook.eq_any(own))
        .select((Row::as_select(), jobs::status.nullable(), jobs::due_at.nullable()))
        .into_boxed();
    if let Some(after) = page.after {
        query = query.filter(webhook_deliveries::id.lt(column(after)));
    }
    let rows: Vec<Joined> =
        query.order(webhook_deliveries::id.desc()).limit(page.limit()).load(tx.connection()).await?;
    let read: Result<Vec<Delivery>, StoreError> = rows.into_iter().map(delivery).collect();
    Ok(Part::cut(read?, page))
}

/// One that the platform itself works for; none when it was forgotten.
pub async fn find(tx: &mut Tx, wanted: DeliveryId) -> Result<Option<Delivery>, StoreError> {
    let row: Option<Joined> = webhook_deliveries::table
        .left_join(jobs::table.on(jobs::id.eq(webhook_deliveries::job)))
        .filter(webhook_deliveries::id.eq(column(wanted)))
        .select((Row::as_select(), jobs::status.nullable(), jobs::due_at.nullable()))
        .first(tx.connection())
        .await
        .optional()?;
    row.map(delivery).transpose()
}

/// One of a webhook that the scope reaches, held until the transaction ends. Errors: `NOT_FOUND`.
pub async fn lock(tx: &mut Tx, scope: &Scope, wanted: DeliveryId) -> Result<Delivery, StoreError> {
    let own = organizations::table.filter(reached(terms(scope))).select(organizations::id);
    let own = webhooks::table.filter(webhooks::organization.eq_any(own)).select(webhooks::id);
    let held: Option<Uuid> = webhook_deliveries::table
        .find(column(wanted))
        .filter(webhook_deliveries::webhook.eq_any(own))
        .select(webhook_deliveries::id)
        .for_update()
        .first(tx.connection())
        .await
        .optional()?;
    let found = if held.is_some() { find(tx, wanted).await? } else { None };
    found.ok_or_else(|| Refusal::of(Code::NotFound).into())
}

/// Remembers what came back from a try.
pub async fn tried(tx: &mut Tx, which: DeliveryId, answer: Answer) -> Result<(), StoreError> {
    let (status, silence) = match answer {
        Answer::Status(status) => (i16::try_from(status).ok(), None),
        Answer::Silent(silence) => (None, Some(silence.label())),
    };
    let delivered = if answer.accepted() { Some(times::at(tx.now().await?)) } else { None };
    diesel::update(webhook_deliveries::table.find(column(which)))
        .set((
            webhook_deliveries::tries.eq(webhook_deliveries::tries + 1),
            webhook_deliveries::http_status.eq(status),
            webhook_deliveries::silence.eq(silence),
            webhook_deliveries::delivered_at.eq(delivered),
        ))
        .execute(tx.connection())
        .await?;
    Ok(())
}

/// It is not tried any more.
pub async fn drop_it(tx: &mut Tx, which: DeliveryId) -> Result<(), StoreError> {
    diesel::update(webhook_deliveries::table.find(column(which)))
        .filter(webhook_deliveries::delivered_at.is_null())
        .set(webhook_deliveries::dropped_at.eq(app_clock().nullable()))
        .execute(tx.connection())
        .await?;
    Ok(())
}

/// Forgets what was put up before then, at most so many; how many it forgot.
pub async fn forget(tx: &mut Tx, before: Timestamp, most: i64) -> Result<usize, StoreError> {
    let old: Vec<Uuid> = webhook_deliveries::table
        .filter(webhook_deliveries::created_at.lt(times::at(before)))
        .order(webhook_deliveries::created_at)
        .limit(most)
        .select(webhook_deliveries::id)
        .load(tx.connection())
        .await?;
    let gone = webhook_deliveries::table.filter(webhook_deliveries::id.eq_any(old));
    Ok(diesel::delete(gone).execute(tx.connection()).await?)
}

fn delivery((row, job, due): Joined) -> Result<Delivery, StoreError> {
    let waits = job.as_deref().is_some_and(|status| {
        [JobStatus::Queued, JobStatus::Running].iter().any(|one| one.label() == status)
    });
    let status = match (row.delivered_at, row.dropped_at) {
        (Some(_at), _) => DeliveryStatus::Delivered,
        (None, Some(_at)) => DeliveryStatus::Dropped,
        (None, None) if waits => DeliveryStatus::Waiting,
        (None, None) => DeliveryStatus::Failed,
    };
    let next_try = due.filter(|_| status == DeliveryStatus::Waiting).map(times::timestamp);
    Ok(Delivery {
        id: id(row.id),
        webhook: id(row.webhook),
        position: row.position.map(read_position).transpose()?,
        kind: row.kind,
        subject: row.subject,
        organizations: row.organizations.into_iter().map(id).collect(),
        at: times::timestamp(row.at),
        status,
        tries: row.tries,
        answer: answer(row.http_status, row.silence.as_deref())?,
        next_try,
    })
}

fn answer(status: Option<i16>, silence: Option<&str>) -> Result<Option<Answer>, StoreError> {
    if let Some(status) = status {
        let status = u16::try_from(status).map_err(|_negative| StoreError::row("http status", status))?;
        return Ok(Some(Answer::Status(status)));
    }
    let silent = |label: &str| {
        let silence = Silence::from_label(label).ok_or_else(|| StoreError::row("silence", label))?;
        Ok(Answer::Silent(silence))
    };
    silence.map(silent).transpose()
}
