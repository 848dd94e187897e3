//! What a day of alerts came to, by organization.
use diesel::pg::data_types::PgDate;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Date, Timestamptz, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use jicai_domain::ids::{AlertDigestId, OrganizationId};
use jicai_domain::time::Day;
use uuid::Uuid;

use crate::door::Tx;
use crate::errors::StoreError;
use crate::ids::{column, fresh, id};
use crate::page::{Page, Part};
use crate::schema::alert_digests;
use crate::times::{at, day, on};

/// What a day came to for an organization: the alerts about its own products, or those of its regions.
#[derive(Clone, Debug)]
pub struct AlertDigest {
    /// Its id.
    pub id: AlertDigestId,
    /// Whose.
    pub organization: OrganizationId,
    /// The civil day in China.
    pub day: Day,
    /// Red ones that were opened.
    pub red: u64,
    /// Yellow ones.
    pub yellow: u64,
    /// Records to check.
    pub tickets: u64,
    /// What waits for somebody now.
    pub waiting: u64,
}

#[derive(QueryableByName)]
struct Counted {
    #[diesel(sql_type = SqlUuid)]
    organization: Uuid,
    #[diesel(sql_type = BigInt)]
    red: i64,
    #[diesel(sql_type = BigInt)]
    yellow: i64,
    #[diesel(sql_type = BigInt)]
    tickets: i64,
    #[diesel(sql_type = BigInt)]
    waiting: i64,
}

type Row = (Uuid, Uuid, PgDate, i64, i64, i64, i64);

/// Counts a day for everybody to whom it brought something and for whom it was not counted; the new ones.
pub async fn count(tx: &mut Tx, counted: Day) -> Result<Vec<(AlertDigestId, OrganizationId)>, StoreError> {
    let rows: Vec<Counted> = diesel::sql_query(include_str!("../../sql/alert/day.sql"))
        .bind::<Date, _>(on(counted))
        .bind::<Timestamptz, _>(at(counted.begins_in_china()))
        .bind::<Timestamptz, _>(at(counted.plus_days(1).begins_in_china()))
        .load(tx.connection())
        .await?;
    let made: Vec<(AlertDigestId, OrganizationId)> =
        rows.iter().map(|row| (fresh(), id(row.organization))).collect();
    let rows = made.iter().zip(&rows).map(|((digest, _), row)| {
        (
            alert_digests::id.eq(column(*digest)),
            alert_digests::organization.eq(row.organization),
            alert_digests::day.eq(on(counted)),
            alert_digests::red.eq(row.red),
            alert_digests::yellow.eq(row.yellow),
            alert_digests::tickets.eq(row.tickets),
            alert_digests::waiting.eq(row.waiting),
        )
    });
    let rows: Vec<_> = rows.collect();
    if !rows.is_empty() {
        diesel::insert_into(alert_digests::table).values(rows).execute(tx.connection()).await?;
    }
    Ok(made)
}

/// A part of an organization's, the newest first.
pub async fn list(
    tx: &mut Tx,
    organization: OrganizationId,
    page: &Page<AlertDigestId>,
) -> Result<Part<AlertDigest>, StoreError> {
    let mut query = alert_digests::table
        .filter(alert_digests::organization.eq(column(organization)))
        .select((
            alert_digests::id,
            alert_digests::organization,
            alert_digests::day,
            alert_digests::red,
            alert_digests::yellow,
            alert_digests::tickets,
            alert_digests::waiting,
        ))
        .into_boxed();
    if let Some(after) = page.after {
        query = query.filter(alert_digests::id.lt(column(after)));
    }
    let rows: Vec<Row> =
        query.order(alert_digests::id.desc()).limit(page.limit()).load(tx.connection()).await?;
    Ok(Part::cut(rows.into_iter().map(read).collect(), page))
}

fn read((digest, organization, of, red, yellow, tickets, waiting): Row) -> AlertDigest {
    let whole = |count: i64| u64::try_from(count).unwrap_or(0);
    AlertDigest {
        id: id(digest),
        organization: id(organization),
        day: day(of),
        red: whole(red),
        yellow: whole(yellow),
        tickets: whole(tickets),
        waiting: whole(waiting),
    }
}
