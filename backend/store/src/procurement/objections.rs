//! The notices of results, and what participants say against them.
use diesel::pg::data_types::PgTimestamp;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use jicai_domain::audit::merkle::Hash;
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::{Reason, Scope, Version};
use jicai_domain::ids::{DocumentId, LotId, ObjectionId, OrganizationId, RoundId, RoundProductId, UserId};
use jicai_domain::procurement::objection::{Notice, Objection, ObjectionStatus, Terms};
use jicai_domain::time::Timestamp;
use uuid::Uuid;

use crate::door::Tx;
use crate::errors::StoreError;
use crate::ids::{column, id};
use crate::page::{Page, Part};
use crate::schema::{
    app_clock, bid_lines, documents, lot_results, objections, organizations, qualifications, round_notices,
    rounds,
};
use crate::times::{at, timestamp};

/// A notice with its text.
#[derive(Clone, Debug)]
pub struct Published {
    /// The notice.
    pub notice: Notice,
    /// What was published, whole.
    pub canonical: String,
    /// What that hashes to.
    pub sha256: Hash,
}

/// An objection with who brought it and when.
#[derive(Clone, Debug)]
pub struct Brought {
    /// The objection.
    pub objection: Objection,
    /// The objector's name.
    pub objector_name: String,
    /// When it was handed in.
    pub submitted_at: Timestamp,
    /// When it was decided.
    pub decided_at: Option<Timestamp>,
}

type NoticeColumns = (Uuid, i32, Vec<Uuid>, String, Vec<u8>, (PgTimestamp, PgTimestamp), Uuid, PgTimestamp);

/// The notices of a round, in their order.
pub async fn notices(tx: &mut Tx, round: RoundId) -> Result<Vec<Published>, StoreError> {
    let rows: Vec<NoticeColumns> = round_notices::table
        .filter(round_notices::round.eq(column(round)))
        .order(round_notices::edition)
        .select((
            round_notices::round,
            round_notices::edition,
            round_notices::lots,
            round_notices::canonical,
            round_notices::sha256,
            (round_notices::objections_until, round_notices::standstill_until),
            round_notices::published_by,
            round_notices::published_at,
        ))
        .load(tx.connection())
        .await?;
    rows.into_iter().map(notice).collect()
}

fn notice(row: NoticeColumns) -> Result<Published, StoreError> {
    let (round, edition, lots, canonical, sha256, (objections, standstill), by, published) = row;
    let notice = Notice {
        round: id(round),
        edition,
        lots: lots.into_iter().map(id).collect(),
        terms: Terms { objections_until: timestamp(objections), standstill_until: timestamp(standstill) },
        published_by: id(by),
        published_at: timestamp(published),
    };
    let sha256 = Hash::try_from(sha256).map_err(|_length| StoreError::row("notice", round))?;
    Ok(Published { notice, canonical, sha256 })
}

/// Publishes a notice.
pub async fn publish(tx: &mut Tx, published: &Published) -> Result<(), StoreError> {
    let Published { notice, canonical, sha256 } = published;
    let lots: Vec<Uuid> = notice.lots.iter().copied().map(column).collect();
    diesel::insert_into(round_notices::table)
        .values((
            round_notices::round.eq(column(notice.round)),
            round_notices::edition.eq(notice.edition),
            round_notices::lots.eq(lots),
            round_notices::canonical.eq(canonical),
            round_notices::sha256.eq(sha256.to_vec()),
            round_notices::objections_until.eq(at(notice.terms.objections_until)),
            round_notices::standstill_until.eq(at(notice.terms.standstill_until)),
            round_notices::published_by.eq(column(notice.published_by)),
            round_notices::published_at.eq(at(notice.published_at)),
        ))
        .execute(tx.connection())
        .await?;
    Ok(())
}

/// When each lot of a round was decided last, in the order of the round.
pub async fn decided(tx: &mut Tx, round: RoundId) -> Result<Vec<(LotId, Timestamp)>, StoreError> {
    let rows: Vec<(Uuid, PgTimestamp)> = lot_results::table
        .filter(lot_results::round.eq(column(round)))
        .order(lot_results::place)
        .select((lot_results::lot, lot_results::decided_at))
        .load(tx.connection())
        .await?;
    Ok(rows.into_iter().map(|(lot, decided)| (id(lot), timestamp(decided))).collect())
}

/// Whether the organization takes part in a round: it applied to it.
pub async fn takes_part(
    tx: &mut Tx,
    round: RoundId,
    organization: OrganizationId,
) -> Result<bool, StoreError> {
    let found: Option<Uuid> = qualifications::table
        .filter(qualifications::round.eq(column(round)))
        .filter(qualifications::applicant.eq(column(organization)))
        .filter(qualifications::status.ne("DRAFT"))
        .select(qualifications::id)
        .first(tx.connection())
        .await
        .optional()?;
    Ok(found.is_some())
}

/// Adds an objection. Errors: `OBJECTION_INVALID` where a document is not of the scope's own organization.
pub async fn add(tx: &mut Tx, scope: &Scope, objection: &Objection, by: UserId) -> Result<(), StoreError> {
    let papers: Vec<Uuid> = objection.documents.iter().copied().map(column).collect();
    let own: i64 = documents::table
        .filter(documents::id.eq_any(&papers))
        .filter(documents::organization.nullable().eq(scope.organization().map(column)))
        .count()
        .get_result(tx.connection())
        .await?;
    if usize::try_from(own).ok() != Some(papers.len()) {
        return Err(Refusal::of(Code::ObjectionInvalid).at("documents").into());
    }
    let lots: Vec<Uuid> = objection.lots.iter().copied().map(column).collect();
    diesel::insert_into(objections::table)
        .values((
            objections::id.eq(column(objection.id)),
            objections::round.eq(column(objection.round)),
            objections::objector.eq(column(objection.objector)),
            objections::lots.eq(lots),
            objections::grounds.eq(objection.grounds.as_str()),
            objections::documents.eq(papers),
            objections::status.eq(objection.status.label()),
            objections::submitted_by.eq(column(by)),
            objections::submitted_at.eq(app_clock()),
            objections::excluded.eq(Vec::<Uuid>::new()),
            objections::version.eq(objection.version.number()),
        ))
        .execute(tx.connection())
        .await?;
    Ok(())
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = objections)]
struct Row {
    id: Uuid,
    round: Uuid,
    objector: Uuid,
    lots: Vec<Uuid>,
    grounds: String,
    documents: Vec<Uuid>,
    status: String,
    submitted_at: PgTimestamp,
    decided_by: Option<Uuid>,
    decided_at: Option<PgTimestamp>,
    answer: Option<String>,
    excluded: Vec<Uuid>,
    version: i32,
}

/// One of the scope's own: brought by its organization, or against a round of its office. Errors: `NOT_FOUND`.
pub async fn find(tx: &mut Tx, scope: &Scope, wanted: ObjectionId) -> Result<Objection, StoreError> {
    let own = scope.organization().map(column);
    let row: Option<Row> = objections::table
        .inner_join(rounds::table.on(rounds::id.eq(objections::round)))
        .filter(objections::id.eq(column(wanted)))
        .filter(objections::objector.nullable().eq(own).or(rounds::office.nullable().eq(own)))
        .select(Row::as_select())
        .first(tx.connection())
        .await
        .optional()?;
    objection(row.ok_or(Refusal::of(Code::NotFound))?)
}

/// Who sees which objections of a round: everybody those that are decided, and some more.
#[derive(Clone, Copy, Debug)]
pub struct Reader {
    /// Whether all.
    pub all: bool,
    /// Whose own.
    pub own: Option<OrganizationId>,
}

/// A part of a round's objections that the reader may see, the newest first.
pub async fn list(
    tx: &mut Tx,
    round: RoundId,
    reader: Reader,
    page: &Page<ObjectionId>,
) -> Result<Part<Brought>, StoreError> {
    let mut query = objections::table
        .inner_join(organizations::table.on(organizations::id.eq(objections::objector)))
        .filter(objections::round.eq(column(round)))
        .select((Row::as_select(), organizations::name))
        .into_boxed();
    if !reader.all {
        let own = objections::objector.nullable().eq(reader.own.map(column));
        let decided = objections::status.eq_any(["UPHELD", "REJECTED"]);
        query = query.filter(decided.nullable().or(own));
    }
    if let Some(after) = page.after {
        query = query.filter(objections::id.lt(column(after)));
    }
    let rows: Vec<(Row, String)> =
        query.order(objections::id.desc()).limit(page.limit()).load(tx.connection()).await?;
    let read = rows.into_iter().map(|(row, objector_name)| {
        let (submitted_at, decided_at) = (timestamp(row.submitted_at), row.decided_at.map(timestamp));
        Ok(Brought { objection: objection(row)?, objector_name, submitted_at, decided_at })
    });
    Ok(Part::cut(read.collect::<Result<_, StoreError>>()?, page))
}

/// The lots of a round that an undecided objection is about.
pub async fn objected(tx: &mut Tx, round: RoundId) -> Result<Vec<LotId>, StoreError> {
    let lots: Vec<Vec<Uuid>> = objections::table
        .filter(objections::round.eq(column(round)))
        .filter(objections::status.eq("SUBMITTED"))
        .select(objections::lots)
        .load(tx.connection())
        .await?;
    Ok(lots.into_iter().flatten().map(id).collect())
}

/// Saves a changed one. Errors: `STALE_VERSION`.
pub async fn save(tx: &mut Tx, changed: &Objection, expected: Version) -> Result<(), StoreError> {
    let decision = changed.status.decision();
    let excluded: Vec<Uuid> = changed.status.excluded().iter().copied().map(column).collect();
    let decided_at = if decision.is_some() { Some(at(tx.now().await?)) } else { None };
    let saved = diesel::update(objections::table.find(column(changed.id)))
        .filter(objections::version.eq(expected.number()))
        .set((
            objections::status.eq(changed.status.label()),
            objections::decided_by.eq(decision.map(|(by, _answer)| column(by))),
            objections::decided_at.eq(decided_at),
            objections::answer.eq(decision.map(|(_by, answer)| answer.as_str())),
            objections::excluded.eq(excluded),
            objections::version.eq(changed.version.number()),
        ))
        .execute(tx.connection())
        .await?;
    if saved == 1 { Ok(()) } else { Err(Refusal::of(Code::StaleVersion).at("version").into()) }
}

/// Takes the lines of those products out of the decision.
pub async fn exclude(
    tx: &mut Tx,
    objection: ObjectionId,
    products: &[RoundProductId],
) -> Result<(), StoreError> {
    let products: Vec<Uuid> = products.iter().copied().map(column).collect();
    diesel::update(bid_lines::table.filter(bid_lines::product.eq_any(products)))
        .set(bid_lines::excluded_by.eq(column(objection)))
        .execute(tx.connection())
        .await?;
    Ok(())
}

fn objection(row: Row) -> Result<Objection, StoreError> {
    let unreadable = || StoreError::row("objection", row.id);
    let read = |text: &str| Reason::parse(text).map_err(|_refusal| unreadable());
    let answer = row.answer.as_deref().map(read).transpose()?;
    let excluded = row.excluded.iter().copied().map(id).collect();
    let status = ObjectionStatus::from_row(&row.status, (row.decided_by.map(id), answer), excluded);
    Ok(Objection {
        id: id(row.id),
        round: id(row.round),
        objector: id(row.objector),
        lots: row.lots.iter().copied().map(id).collect(),
        grounds: read(&row.grounds)?,
        documents: row.documents.iter().copied().map(id::<DocumentId>).collect(),
        status: status.ok_or_else(unreadable)?,
        version: Version::new(row.version),
    })
}
