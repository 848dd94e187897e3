//! Whole announcements: the round's own row, its lots, custodians and documents.
use diesel::pg::data_types::PgTimestamp;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Nullable, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::{Name, ProductGroup, Scope, Version};
use jicai_domain::ids::{AllianceId, ItemId, OrganizationId, RoundId};
use jicai_domain::procurement::round::{Announcement, Buyer, ProductKind, Round};
use rust_decimal::Decimal;
use uuid::Uuid;

use super::rounds::{Row as Head, round};
use super::{lots, parts};
use crate::door::Tx;
use crate::errors::StoreError;
use crate::ids::{column, id};
use crate::page::{Page, Part};
use crate::schema::{app_clock, organizations, rounds};
use crate::times;

/// A round with what its own row says of its announcement.
#[derive(Clone, Debug)]
pub struct Shown {
    /// What its rules depend on.
    pub round: Round,
    /// The name of its office.
    pub office_name: Name,
    /// What it buys.
    pub kind: ProductKind,
    /// Who buys.
    pub buyer: Buyer,
    /// The text of its rule set.
    pub rules: String,
    /// Demand below this share of past use needs a reason.
    pub past_use_share: Decimal,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = rounds)]
struct Wording {
    id: Uuid,
    product_kind: String,
    alliance: Option<Uuid>,
    product_group: Option<String>,
    rules: String,
    past_use_share: Decimal,
}

/// The columns that an announcement words.
#[derive(AsChangeset, Insertable)]
#[diesel(table_name = rounds, treat_none_as_null = true)]
struct Worded<'a> {
    name: &'a str,
    product_kind: &'static str,
    alliance: Option<Uuid>,
    product_group: Option<&'a str>,
    rules: &'a str,
    disclosure: &'static str,
    past_use_share: Decimal,
    threshold: i16,
    demand_from: PgTimestamp,
    demand_until: PgTimestamp,
    qualification_until: PgTimestamp,
    bids_from: PgTimestamp,
    bids_until: PgTimestamp,
    opening_from: PgTimestamp,
}

/// Adds a draft.
pub async fn add(tx: &mut Tx, draft: &Round, announcement: &Announcement) -> Result<(), StoreError> {
    diesel::insert_into(rounds::table)
        .values((
            rounds::id.eq(column(draft.id)),
            rounds::office.eq(column(draft.office)),
            rounds::status.eq(draft.status.label()),
            rounds::edition.eq(draft.edition),
            rounds::drafted_by.eq(column(draft.drafted_by)),
            rounds::version.eq(draft.version.number()),
            rounds::created_at.eq(app_clock()),
            worded(announcement),
        ))
        .execute(tx.connection())
        .await?;
    lots::replace(tx, draft.id, &announcement.lots).await?;
    parts::replace(tx, draft.id, announcement).await
}

/// Saves a changed draft with what it announces now. Errors: `STALE_VERSION`.
pub async fn revise(
    tx: &mut Tx,
    changed: &Round,
    expected: Version,
    announcement: &Announcement,
) -> Result<(), StoreError> {
    super::rounds::save_state(tx, changed, expected).await?;
    let row = rounds::table.find(column(changed.id));
    diesel::update(row).set(worded(announcement)).execute(tx.connection()).await?;
    lots::replace(tx, changed.id, &announcement.lots).await?;
    parts::replace(tx, changed.id, announcement).await
}

/// Saves a corrected round with what it announces now. Errors: `STALE_VERSION`.
pub async fn correct(
    tx: &mut Tx,
    corrected: &Round,
    expected: Version,
    (before, after): (&Announcement, &Announcement),
) -> Result<(), StoreError> {
    super::rounds::save_state(tx, corrected, expected).await?;
    let row = rounds::table.find(column(corrected.id));
    diesel::update(row).set(worded(after)).execute(tx.connection()).await?;
    if before.custodians != after.custodians {
        parts::replace_custodians(tx, corrected.id, &after.custodians).await?;
    }
    let edition = (corrected.id, corrected.edition);
    lots::amend(tx, edition, (&before.lots, &after.lots)).await?;
    parts::amend_documents(tx, edition, (&before.documents, &after.documents)).await
}

/// One that is announced, or that is of the scope's own office. Errors: `NOT_FOUND`.
pub async fn find(tx: &mut Tx, own: Option<&Scope>, wanted: RoundId) -> Result<Shown, StoreError> {
    let row: Option<(Head, Wording, String)> = rounds::table
        .inner_join(organizations::table)
        .filter(rounds::id.eq(column(wanted)))
        .filter(rounds::edition.ge(1).or(rounds::office.nullable().is_not_distinct_from(office(own))))
        .select((Head::as_select(), Wording::as_select(), organizations::name))
        .first(tx.connection())
        .await
        .optional()?;
    shown(row.ok_or(Refusal::of(Code::NotFound))?)
}

/// A part of those that are announced or of the scope's own office, the newest first.
pub async fn list(tx: &mut Tx, own: Option<&Scope>, page: &Page<RoundId>) -> Result<Part<Shown>, StoreError> {
    let mut query = rounds::table
        .inner_join(organizations::table)
        .filter(rounds::edition.ge(1).or(rounds::office.nullable().is_not_distinct_from(office(own))))
        .select((Head::as_select(), Wording::as_select(), organizations::name))
        .into_boxed();
    if let Some(after) = page.after {
        query = query.filter(rounds::id.lt(column(after)));
    }
    let rows: Vec<(Head, Wording, String)> =
        query.order(rounds::id.desc()).limit(page.limit()).load(tx.connection()).await?;
    let found: Result<Vec<Shown>, StoreError> = rows.into_iter().map(shown).collect();
    Ok(Part::cut(found?, page))
}

/// Rounds in which items qualified and that everybody may see that of, the newest first, and one more of each item than the page has room for.
pub async fn of_items(
    tx: &mut Tx,
    items: &[ItemId],
    page: &Page<RoundId>,
) -> Result<Vec<(ItemId, Shown)>, StoreError> {
    let items: Vec<Uuid> = items.iter().copied().map(column).collect();
    let named: Vec<NamedRow> = diesel::sql_query(
        "SELECT asked.item, found.round FROM unnest($1) AS asked (item) CROSS JOIN LATERAL ( \
             SELECT DISTINCT q.round FROM round_products p JOIN qualifications q ON q.id = p.qualification AND q.status = 'APPROVED' \
             JOIN round_specs s ON s.id = p.spec AND s.withdrawn_in IS NULL JOIN round_lots l ON l.id = s.lot AND l.withdrawn_in IS NULL \
             JOIN rounds r ON r.id = q.round AND r.status IN ('OPENING', 'PROVISIONAL', 'CHOOSING', 'NOTICE', 'OFFICIAL', 'IN_FORCE', 'CLOSED') \
             WHERE p.item = asked.item AND p.status = 'APPROVED' AND ($2 IS NULL OR q.round < $2) ORDER BY q.round DESC LIMIT $3) found \
         ORDER BY found.round DESC",
    )
    .bind::<Array<SqlUuid>, _>(items)
    .bind::<Nullable<SqlUuid>, _>(page.after.map(column))
    .bind::<BigInt, _>(page.limit())
    .load(tx.connection())
    .await?;
    let rows: Vec<(Head, Wording, String)> = rounds::table
        .inner_join(organizations::table)
        .filter(rounds::id.eq_any(named.iter().map(|row| row.round).collect::<Vec<Uuid>>()))
        .select((Head::as_select(), Wording::as_select(), organizations::name))
        .load(tx.connection())
        .await?;
    let found: Vec<Shown> = rows.into_iter().map(shown).collect::<Result<_, _>>()?;
    let of = |row: NamedRow| {
        let round = found.iter().find(|shown| shown.round.id == id(row.round))?;
        Some((id(row.item), round.clone()))
    };
    Ok(named.into_iter().filter_map(of).collect())
}

#[derive(QueryableByName)]
struct NamedRow {
    #[diesel(sql_type = SqlUuid)]
    item: Uuid,
    #[diesel(sql_type = SqlUuid)]
    round: Uuid,
}

/// What a found round announces now: its newest edition, or its draft.
pub async fn whole(tx: &mut Tx, round: &Round) -> Result<Announcement, StoreError> {
    let row: Wording =
        rounds::table.find(column(round.id)).select(Wording::as_select()).first(tx.connection()).await?;
    let (kind, buyer) = wording(&row)?;
    let custodians = parts::custodians(tx, &[round.id]).await?;
    let documents = parts::documents(tx, &[round.id]).await?;
    Ok(Announcement {
        name: round.name.clone(),
        kind,
        buyer,
        rules: row.rules,
        disclosure: round.disclosure,
        past_use_share: row.past_use_share,
        custodians: custodians.into_iter().map(|custodian| custodian.user).collect(),
        threshold: round.threshold,
        calendar: round.calendar,
        documents: documents.into_iter().map(|(_round, document)| document).collect(),
        lots: lots::standing(tx, round.id).await?,
    })
}

fn office(own: Option<&Scope>) -> Option<Uuid> {
    own.and_then(Scope::organization).map(|office: OrganizationId| column(office))
}

fn worded(announcement: &Announcement) -> Worded<'_> {
    let (alliance, product_group) = match &announcement.buyer {
        Buyer::Office => (None, None),
        Buyer::Alliance { alliance, group } => (Some(column(*alliance)), Some(group.as_str())),
    };
    let calendar = announcement.calendar;
    Worded {
        name: announcement.name.as_str(),
        product_kind: announcement.kind.label(),
        alliance,
        product_group,
        rules: &announcement.rules,
        disclosure: announcement.disclosure.label(),
        past_use_share: announcement.past_use_share,
        threshold: i16::from(announcement.threshold),
        demand_from: times::at(calendar.demand_from),
        demand_until: times::at(calendar.demand_until),
        qualification_until: times::at(calendar.qualification_until),
        bids_from: times::at(calendar.bids_from),
        bids_until: times::at(calendar.bids_until),
        opening_from: times::at(calendar.opening_from),
    }
}

fn shown((head, row, office_name): (Head, Wording, String)) -> Result<Shown, StoreError> {
    let (kind, buyer) = wording(&row)?;
    let office_name = Name::parse(&office_name).map_err(|_refusal| StoreError::row("name", row.id))?;
    let (rules, past_use_share) = (row.rules, row.past_use_share);
    Ok(Shown { round: round(head)?, office_name, kind, buyer, rules, past_use_share })
}

fn wording(row: &Wording) -> Result<(ProductKind, Buyer), StoreError> {
    let unreadable = || StoreError::row("round", row.id);
    let kind = ProductKind::from_label(&row.product_kind).ok_or_else(unreadable)?;
    let buyer = match (row.alliance, &row.product_group) {
        (Some(alliance), Some(group)) => {
            let alliance: AllianceId = id(alliance);
            let group = ProductGroup::parse(group).map_err(|_refusal| unreadable())?;
            Buyer::Alliance { alliance, group }
        }
        (None, None) => Buyer::Office,
        (Some(_), None) | (None, Some(_)) => return Err(unreadable()),
    };
    Ok((kind, buyer))
}
