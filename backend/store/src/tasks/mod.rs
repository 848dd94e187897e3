//! What waits for somebody, read from the state that asks for it. One function a kind.
mod alerts;
mod contracts;
mod demand;
mod listings;
mod orders;
mod qualification;
mod rounds;
mod volumes;

use diesel::dsl::{exists, not};
use diesel::pg::data_types::PgTimestamp;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use jicai_domain::identity::{Scope, UserStatus};
use jicai_domain::ids::{
    ContractId, DemandFormId, DistributionRelationId, FilingId, GoodsDeliveryId, Id, JobId, ListingId, LotId,
    NegotiatedPriceId, ObjectionId, OfficialResultId, OrderId, OrderLineId, OrganizationId, PriceAlertId,
    QualificationId, RoundId, UserId, VolumeChangeId, WebhookId, WithdrawalId,
};
use jicai_domain::tasks::{Task, TaskKind, TaskPlace};
use jicai_domain::time::Timestamp;
use uuid::Uuid;

use crate::door::Tx;
use crate::errors::StoreError;
use crate::identity::organizations::{reached, terms};
use crate::ids::{column, id};
use crate::jobs::JobStatus;
use crate::schema::{jobs, organization_regions, organizations, users, webhooks};
use crate::times;

/// A key of the columns that come after a place.
macro_rules! behind {
    ($since:expr, $id:expr, $after:expr) => {{
        let (since, subject): (PgTimestamp, Uuid) = $after;
        $since.gt(since).or($since.eq(since).and($id.gt(subject)))
    }};
}
use behind;

/// States of a round in which the calendar decides what is open.
const LIVE: [&str; 3] = ["ANNOUNCED", "DEMAND", "BIDDING"];

/// What a row says: which, since when, and what helps.
type Row = (Uuid, PgTimestamp, Option<String>);
/// The same with a deadline, where there is one.
type DueRow = (Uuid, PgTimestamp, Option<String>, Option<PgTimestamp>);

/// What of a kind waits within the scope, behind a place, at most so many; what waits longest first.
pub async fn waiting(
    tx: &mut Tx,
    kind: TaskKind,
    (scope, user): (&Scope, Option<UserId>),
    after: Option<TaskPlace>,
    most: i64,
) -> Result<Vec<Task>, StoreError> {
    let after = after.map_or((times::at(Timestamp::from_micros(0)), Uuid::nil()), |place| {
        (times::at(place.since), Uuid::from_u128(place.subject))
    });
    let (rows, shown) = rows(tx, kind, (scope, user), after, most).await?;
    let task = |(subject, since, detail, until): DueRow| Task {
        place: TaskPlace { kind, since: times::timestamp(since), subject: subject.as_u128() },
        subject: shown(subject),
        detail: detail.unwrap_or_default(),
        until: until.map(times::timestamp),
    };
    Ok(rows.into_iter().map(task).collect())
}

/// The rows of a kind, and how their ids are shown.
async fn rows(
    tx: &mut Tx,
    kind: TaskKind,
    (scope, user): (&Scope, Option<UserId>),
    after: (PgTimestamp, Uuid),
    most: i64,
) -> Result<(Vec<DueRow>, fn(Uuid) -> String), StoreError> {
    Ok(match kind {
        TaskKind::CorrectRegistration => {
            (endless(returned(tx, scope, after, most).await?), shown::<OrganizationId>)
        }
        TaskKind::CorrectDemand => (demand::returned(tx, scope, after, most).await?, shown::<DemandFormId>),
        TaskKind::ReviewDemand => (demand::submitted(tx, scope, after, most).await?, shown::<DemandFormId>),
        TaskKind::ReportDemand => (rounds::demand(tx, scope, after, most).await?, shown::<RoundId>),
        TaskKind::ApplyForRound => {
            (qualification::unanswered(tx, scope, after, most).await?, shown::<RoundId>)
        }
        TaskKind::CorrectQualification => {
            (qualification::returned(tx, scope, after, most).await?, shown::<QualificationId>)
        }
        TaskKind::DecideQualification => {
            (qualification::undecided(tx, scope, after, most).await?, shown::<QualificationId>)
        }
        TaskKind::PublishRound => (rounds::drafts(tx, scope, after, most).await?, shown::<RoundId>),
        TaskKind::ChooseRegion => (rounds::turns(tx, scope, after, most).await?, shown::<LotId>),
        TaskKind::DecideObjection => {
            (endless(rounds::objections(tx, scope, after, most).await?), shown::<ObjectionId>)
        }
        TaskKind::GiveShare => (rounds::shares(tx, user, after, most).await?, shown::<RoundId>),
        TaskKind::DecideWithdrawal => {
            (endless(contracts::withdrawals(tx, scope, after, most).await?), shown::<WithdrawalId>)
        }
        TaskKind::RenewContracts => {
            (contracts::ending(tx, scope, after, most).await?, shown::<OfficialResultId>)
        }
        TaskKind::SealContract => {
            (endless(contracts::unsealed(tx, scope, after, most).await?), shown::<ContractId>)
        }
        TaskKind::AnswerVolumeChange => {
            (endless(volumes::received(tx, scope, after, most).await?), shown::<VolumeChangeId>)
        }
        TaskKind::DecideVolumeChange => {
            (endless(volumes::undecided(tx, scope, after, most).await?), shown::<VolumeChangeId>)
        }
        TaskKind::AnswerDistribution => {
            (endless(listings::asked(tx, scope, after, most).await?), shown::<DistributionRelationId>)
        }
        TaskKind::CorrectListing => {
            (endless(listings::returned(tx, scope, after, most).await?), shown::<ListingId>)
        }
        TaskKind::DecideListing => {
            (endless(listings::undecided(tx, scope, after, most).await?), shown::<ListingId>)
        }
        TaskKind::DecideFiling => (orders::unfiled(tx, scope, after, most).await?, shown::<FilingId>),
        TaskKind::AnswerPrice => (orders::asked(tx, scope, after, most).await?, shown::<NegotiatedPriceId>),
        TaskKind::HandleAlert => {
            (endless(alerts::waiting(tx, (scope, user), after, most).await?), shown::<PriceAlertId>)
        }
        TaskKind::ConfirmOrder => (orders::unanswered(tx, scope, after, most).await?, shown::<OrderId>),
        TaskKind::AcceptDelivery => {
            (orders::undecided(tx, scope, after, most).await?, shown::<GoodsDeliveryId>)
        }
        TaskKind::ReportEmergency => (orders::unsaid(tx, scope, after, most).await?, shown::<OrderLineId>),
        TaskKind::ReviewOrganization => {
            (endless(pending(tx, scope, after, most).await?), shown::<OrganizationId>)
        }
        TaskKind::RemindUser => (endless(invited(tx, scope, after, most).await?), shown::<UserId>),
        TaskKind::RepairWebhook => (endless(given_up(tx, scope, after, most).await?), shown::<WebhookId>),
        TaskKind::SettleJob => (endless(dead(tx, after, most).await?), shown::<JobId>),
    })
}

#[derive(QueryableByName)]
struct Found {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = Timestamptz)]
    since: PgTimestamp,
    #[diesel(sql_type = Text)]
    detail: String,
}

/// What a query finds that reads `id`, `since` and `detail` by the own organization ($1), what it comes after ($2, $3) and how many at most ($4).
async fn found(
    tx: &mut Tx,
    query: impl Into<String>,
    scope: &Scope,
    (since, subject): (PgTimestamp, Uuid),
    most: i64,
) -> Result<Vec<Row>, StoreError> {
    let rows: Vec<Found> = diesel::sql_query(query)
        .bind::<Nullable<SqlUuid>, _>(scope.organization().map(column))
        .bind::<Timestamptz, _>(since)
        .bind::<SqlUuid, _>(subject)
        .bind::<BigInt, _>(most)
        .load(tx.connection())
        .await?;
    Ok(rows.into_iter().map(|row| (row.id, row.since, Some(row.detail))).collect())
}

fn shown<T: Id + ToString>(column: Uuid) -> String {
    id::<T>(column).to_string()
}

fn endless(rows: Vec<Row>) -> Vec<DueRow> {
    rows.into_iter().map(|(subject, since, detail)| (subject, since, detail, None)).collect()
}

async fn returned(
    tx: &mut Tx,
    scope: &Scope,
    after: (PgTimestamp, Uuid),
    most: i64,
) -> Result<Vec<Row>, StoreError> {
    Ok(organizations::table
        .filter(reached(terms(scope)))
        .filter(organizations::status.eq("RETURNED"))
        .filter(behind!(organizations::status_since, organizations::id, after))
        .order((organizations::status_since, organizations::id))
        .limit(most)
        .select((organizations::id, organizations::status_since, organizations::reason))
        .load(tx.connection())
        .await?)
}

/// Only organizations that lie inside the jurisdiction as a whole: nobody may review the others.
async fn pending(
    tx: &mut Tx,
    scope: &Scope,
    after: (PgTimestamp, Uuid),
    most: i64,
) -> Result<Vec<Row>, StoreError> {
    let covered: Vec<String> = scope.regions().iter().map(ToString::to_string).collect();
    let outside = organization_regions::table
        .filter(organization_regions::organization.eq(organizations::id))
        .filter(not(organization_regions::within.overlaps_with(covered)));
    Ok(organizations::table
        .filter(reached(terms(scope)))
        .filter(organizations::status.eq("PENDING"))
        .filter(not(exists(outside)))
        .filter(behind!(organizations::status_since, organizations::id, after))
        .order((organizations::status_since, organizations::id))
        .limit(most)
        .select((organizations::id, organizations::status_since, organizations::name.nullable()))
        .load(tx.connection())
        .await?)
}

async fn invited(
    tx: &mut Tx,
    scope: &Scope,
    after: (PgTimestamp, Uuid),
    most: i64,
) -> Result<Vec<Row>, StoreError> {
    let own = organizations::table.filter(reached(terms(scope))).select(organizations::id);
    Ok(users::table
        .filter(users::organization.eq_any(own))
        .filter(users::status.eq(UserStatus::Invited.label()))
        .filter(behind!(users::status_since, users::id, after))
        .order((users::status_since, users::id))
        .limit(most)
        .select((users::id, users::status_since, users::login.nullable()))
        .load(tx.connection())
        .await?)
}

async fn given_up(
    tx: &mut Tx,
    scope: &Scope,
    after: (PgTimestamp, Uuid),
    most: i64,
) -> Result<Vec<Row>, StoreError> {
    let own = organizations::table.filter(reached(terms(scope))).select(organizations::id);
    Ok(webhooks::table
        .filter(webhooks::organization.eq_any(own))
        .filter(webhooks::status.eq("GIVEN_UP"))
        .filter(behind!(webhooks::status_since, webhooks::id, after))
        .order((webhooks::status_since, webhooks::id))
        .limit(most)
        .select((webhooks::id, webhooks::status_since, webhooks::url.nullable()))
        .load(tx.connection())
        .await?)
}

/// Work belongs to the platform, so there is no scope.
async fn dead(tx: &mut Tx, after: (PgTimestamp, Uuid), most: i64) -> Result<Vec<Row>, StoreError> {
    let ended = jobs::ended_at.assume_not_null();
    Ok(jobs::table
        .filter(jobs::status.eq(JobStatus::Dead.label()))
        .filter(behind!(ended, jobs::id, after))
        .order((ended, jobs::id))
        .limit(most)
        .select((jobs::id, ended, jobs::fault))
        .load(tx.connection())
        .await?)
}
