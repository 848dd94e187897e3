//! Payment standards (医保支付标准): sets, and what holds where and when.
use diesel::pg::data_types::{PgDate, PgTimestamp};
use diesel::prelude::*;
use diesel::sql_types::{
    Array, BigInt, Bool, Date, Integer, Nullable, Numeric, Text, Timestamptz, Uuid as SqlUuid,
};
use diesel_async::RunQueryDsl;
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::exact::Exact;
use jicai_domain::identity::{Reason, RegionCode, Scope, Version};
use jicai_domain::ids::{
    ImportId, ItemId, OfficialResultId, OrganizationId, PaymentStandardId, PaymentStandardSetId, UserId,
};
use jicai_domain::settlement::standard::{Beside, amount};
use jicai_domain::settlement::standards::{PaymentStandard, SetState, StandardBasis};
use jicai_domain::time::{Day, Timestamp};
use rust_decimal::Decimal;
use uuid::Uuid;

use super::areas_of;
use crate::door::Tx;
use crate::errors::StoreError;
use crate::identity::regions::read_code;
use crate::ids::{column, id};
use crate::page::{Page, Part};
use crate::times::{day, on, timestamp};

/// Standards that are published together.
#[derive(Clone, Debug)]
pub struct StandardSet {
    /// Its id.
    pub id: PaymentStandardSetId,
    /// Whose it is.
    pub organization: OrganizationId,
    /// Where they hold.
    pub region: RegionCode,
    /// The result that they were made from.
    pub result: Option<OfficialResultId>,
    /// The file that they were made from.
    pub import: Option<ImportId>,
    /// The rules that something was reckoned by.
    pub rules: Option<String>,
    /// Where it stands.
    pub state: SetState,
    /// Who prepared it.
    pub prepared_by: UserId,
    /// When it was published or given up.
    pub decided_at: Option<Timestamp>,
    /// How often it changed.
    pub version: Version,
}

/// A standard with the set that it is of.
#[derive(Clone, Debug)]
pub struct ShownStandard {
    /// The standard.
    pub standard: PaymentStandard,
    /// The set.
    pub set: PaymentStandardSetId,
    /// The rules that it was reckoned by.
    pub rules: Option<String>,
}

#[derive(QueryableByName)]
struct SetRow {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    organization: Uuid,
    #[diesel(sql_type = Text)]
    region: String,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    result: Option<Uuid>,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    import: Option<Uuid>,
    #[diesel(sql_type = Nullable<Text>)]
    rules: Option<String>,
    #[diesel(sql_type = Text)]
    status: String,
    #[diesel(sql_type = SqlUuid)]
    prepared_by: Uuid,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    decided_by: Option<Uuid>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    decided_at: Option<PgTimestamp>,
    #[diesel(sql_type = Nullable<Text>)]
    reason: Option<String>,
    #[diesel(sql_type = Integer)]
    version: i32,
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    standard_set: Uuid,
    #[diesel(sql_type = Text)]
    region: String,
    #[diesel(sql_type = SqlUuid)]
    item: Uuid,
    #[diesel(sql_type = Nullable<BigInt>)]
    pack_units: Option<i64>,
    #[diesel(sql_type = Text)]
    basis: String,
    #[diesel(sql_type = Date)]
    begins: PgDate,
    #[diesel(sql_type = Nullable<Date>)]
    ends: Option<PgDate>,
    #[diesel(sql_type = Nullable<Numeric>)]
    amount: Option<Decimal>,
    #[diesel(sql_type = Text)]
    source: String,
    #[diesel(sql_type = Nullable<Numeric>)]
    price_before: Option<Decimal>,
    #[diesel(sql_type = Nullable<Numeric>)]
    price_today: Option<Decimal>,
    #[diesel(sql_type = Nullable<Numeric>)]
    price_selected: Option<Decimal>,
    #[diesel(sql_type = Nullable<Bool>)]
    passed: Option<bool>,
    #[diesel(sql_type = Nullable<Text>)]
    rules: Option<String>,
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

const SETS: &str = "SELECT id, organization, region, result, import, rules, status, prepared_by, decided_by, decided_at, reason, version \
     FROM payment_standard_sets";

const COLUMNS: &str = "s.id, s.standard_set, s.region, s.item, s.pack_units, s.basis, s.begins, s.ends, s.amount, s.source, s.price_before, \
     s.price_today, s.price_selected, s.passed, t.rules";

/// What goes before what, of all that covers a day: what was negotiated nationally, the narrower region, the pack itself, what was published later.
/// `$1` are the region and those that it is part of, the narrowest first.
const PRECEDENCE: &str =
    "s.basis = 'NEGOTIATED' DESC, array_position($1, s.region), s.pack_units IS NULL, t.position DESC";

/// Adds a set that waits for a second person.
pub async fn add(tx: &mut Tx, set: &StandardSet, standards: &[PaymentStandard]) -> Result<(), StoreError> {
    diesel::sql_query(
        "INSERT INTO payment_standard_sets (id, organization, region, result, import, rules, status, prepared_by, prepared_at, version) \
         VALUES ($1, $2, $3, $4, $5, $6, 'PREPARED', $7, app_clock(), 1)",
    )
    .bind::<SqlUuid, _>(column(set.id))
    .bind::<SqlUuid, _>(column(set.organization))
    .bind::<Text, _>(set.region.to_string())
    .bind::<Nullable<SqlUuid>, _>(set.result.map(column))
    .bind::<Nullable<SqlUuid>, _>(set.import.map(column))
    .bind::<Nullable<Text>, _>(set.rules.as_deref())
    .bind::<SqlUuid, _>(column(set.prepared_by))
    .execute(tx.connection())
    .await?;
    add_rows(tx, set.id, standards).await
}

async fn add_rows(
    tx: &mut Tx,
    set: PaymentStandardSetId,
    standards: &[PaymentStandard],
) -> Result<(), StoreError> {
    let price = |of: fn(&Beside) -> &Exact| {
        let each =
            standards.iter().map(|one| one.beside.as_ref().map(|beside| amount(of(beside))).transpose());
        each.collect::<Result<Vec<Option<Decimal>>, Refusal>>()
    };
    let units = |one: &PaymentStandard| one.pack_units.and_then(|units| i64::try_from(units).ok());
    diesel::sql_query(
        "INSERT INTO payment_standards (standard_set, id, region, item, pack_units, basis, begins, ends, amount, source, price_before, price_today, \
             price_selected, passed) \
         SELECT $1, s.* FROM unnest($2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) AS s",
    )
    .bind::<SqlUuid, _>(column(set))
    .bind::<Array<SqlUuid>, _>(standards.iter().map(|one| column(one.id)).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(standards.iter().map(|one| one.region.to_string()).collect::<Vec<_>>())
    .bind::<Array<SqlUuid>, _>(standards.iter().map(|one| column(one.item)).collect::<Vec<_>>())
    .bind::<Array<Nullable<BigInt>>, _>(standards.iter().map(units).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(standards.iter().map(|one| one.basis.label()).collect::<Vec<_>>())
    .bind::<Array<Date>, _>(standards.iter().map(|one| on(one.span.0)).collect::<Vec<_>>())
    .bind::<Array<Nullable<Date>>, _>(standards.iter().map(|one| one.span.1.map(on)).collect::<Vec<_>>())
    .bind::<Array<Nullable<Numeric>>, _>(standards.iter().map(|one| one.amount).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(standards.iter().map(|one| one.source.as_str()).collect::<Vec<_>>())
    .bind::<Array<Nullable<Numeric>>, _>(price(|beside| &beside.before)?)
    .bind::<Array<Nullable<Numeric>>, _>(price(|beside| &beside.today)?)
    .bind::<Array<Nullable<Numeric>>, _>(price(|beside| &beside.selected)?)
    .bind::<Array<Nullable<Bool>>, _>(
        standards.iter().map(|one| one.beside.as_ref().map(|beside| beside.passed)).collect::<Vec<_>>(),
    )
    .execute(tx.connection())
    .await?;
    Ok(())
}

/// A set of the scope, held until the transaction ends. Errors: `NOT_FOUND`.
pub async fn lock(
    tx: &mut Tx,
    scope: &Scope,
    wanted: PaymentStandardSetId,
) -> Result<StandardSet, StoreError> {
    found(tx, scope, (wanted, " FOR UPDATE")).await
}

/// A set of the scope. Errors: `NOT_FOUND`.
pub async fn find(
    tx: &mut Tx,
    scope: &Scope,
    wanted: PaymentStandardSetId,
) -> Result<StandardSet, StoreError> {
    found(tx, scope, (wanted, "")).await
}

async fn found(
    tx: &mut Tx,
    scope: &Scope,
    (wanted, how): (PaymentStandardSetId, &str),
) -> Result<StandardSet, StoreError> {
    let row: Option<SetRow> = diesel::sql_query(format!("{SETS} WHERE id = $1{how}"))
        .bind::<SqlUuid, _>(column(wanted))
        .get_result(tx.connection())
        .await
        .optional()?;
    let set = row.map(set).transpose()?.filter(|set| scope.covers(set.region));
    set.ok_or_else(|| Refusal::of(Code::NotFound).into())
}

/// Saves what was decided about a set that the transaction holds; publications are counted in their order.
pub async fn decide(tx: &mut Tx, decided: &StandardSet, state: &SetState) -> Result<(), StoreError> {
    let (by, reason) = match state {
        SetState::Prepared => (None, None),
        SetState::Published { by } => (Some(*by), None),
        SetState::Voided { by, reason } => (Some(*by), Some(reason.as_str())),
    };
    let saved = diesel::sql_query(
        "UPDATE payment_standard_sets SET status = $3, decided_by = $4, reason = $5, decided_at = app_clock(), version = version + 1, \
             position = CASE WHEN $3 = 'PUBLISHED' THEN nextval('payment_standard_positions') END WHERE id = $1 AND version = $2",
    )
    .bind::<SqlUuid, _>(column(decided.id))
    .bind::<Integer, _>(decided.version.number())
    .bind::<Text, _>(state.label())
    .bind::<Nullable<SqlUuid>, _>(by.map(column))
    .bind::<Nullable<Text>, _>(reason)
    .execute(tx.connection())
    .await?;
    if saved == 1 { Ok(()) } else { Err(Refusal::of(Code::StaleVersion).at("version").into()) }
}

/// A part of the sets of the scope's regions, the newest first.
pub async fn sets(
    tx: &mut Tx,
    scope: &Scope,
    page: &Page<PaymentStandardSetId>,
) -> Result<Part<StandardSet>, StoreError> {
    let rows: Vec<SetRow> = diesel::sql_query(format!(
        "{SETS} WHERE region ~ $1 AND ($2 IS NULL OR id < $2) ORDER BY id DESC LIMIT $3"
    ))
    .bind::<Text, _>(areas_of(scope.regions()))
    .bind::<Nullable<SqlUuid>, _>(page.after.map(column))
    .bind::<BigInt, _>(page.limit())
    .load(tx.connection())
    .await?;
    Ok(Part::cut(rows.into_iter().map(set).collect::<Result<_, _>>()?, page))
}

/// How many standards a set has.
pub async fn count(tx: &mut Tx, wanted: PaymentStandardSetId) -> Result<usize, StoreError> {
    let row: Count =
        diesel::sql_query("SELECT count(*) AS count FROM payment_standards WHERE standard_set = $1")
            .bind::<SqlUuid, _>(column(wanted))
            .get_result(tx.connection())
            .await?;
    usize::try_from(row.count).map_err(|_negative| StoreError::row("payment standards", wanted))
}

/// A part of the standards of a set.
pub async fn of_set(
    tx: &mut Tx,
    wanted: PaymentStandardSetId,
    page: &Page<PaymentStandardId>,
) -> Result<Part<ShownStandard>, StoreError> {
    let rows: Vec<Row> = diesel::sql_query(format!(
        "SELECT {COLUMNS} FROM payment_standards s JOIN payment_standard_sets t ON t.id = s.standard_set \
         WHERE s.standard_set = $1 AND ($2 IS NULL OR s.id > $2) ORDER BY s.id LIMIT $3"
    ))
    .bind::<SqlUuid, _>(column(wanted))
    .bind::<Nullable<SqlUuid>, _>(page.after.map(column))
    .bind::<BigInt, _>(page.limit())
    .load(tx.connection())
    .await?;
    Ok(Part::cut(rows.into_iter().map(shown).collect::<Result<_, _>>()?, page))
}

/// The standard of an item, and of a pack of it where one is named, that holds in a region on a day.
pub async fn holding(
    tx: &mut Tx,
    (item, pack_units): (ItemId, Option<u64>),
    (region, today): (RegionCode, Day),
) -> Result<Option<ShownStandard>, StoreError> {
    let row: Option<Row> = diesel::sql_query(format!(
        "SELECT {COLUMNS} FROM payment_standards s JOIN payment_standard_sets t ON t.id = s.standard_set \
         WHERE s.item = $2 AND s.region = ANY ($1) AND s.begins <= $3 AND (s.ends IS NULL OR s.ends >= $3) \
             AND (s.pack_units IS NULL OR s.pack_units = $4) AND t.status = 'PUBLISHED' ORDER BY {PRECEDENCE} LIMIT 1"
    ))
    .bind::<Array<Text>, _>(wider(region))
    .bind::<SqlUuid, _>(column(item))
    .bind::<Date, _>(on(today))
    .bind::<Nullable<BigInt>, _>(pack_units.and_then(|units| i64::try_from(units).ok()))
    .get_result(tx.connection())
    .await
    .optional()?;
    Ok(row.map(shown).transpose()?.filter(|one| one.standard.amount.is_some()))
}

/// A part of all that holds in a region on a day: one standard an item and pack.
pub async fn all_holding(
    tx: &mut Tx,
    (region, today): (RegionCode, Day),
    page: &Page<PaymentStandardId>,
) -> Result<Part<ShownStandard>, StoreError> {
    let rows: Vec<Row> = diesel::sql_query(format!(
        "SELECT * FROM (SELECT DISTINCT ON (s.item, coalesce(s.pack_units, 0)) {COLUMNS} \
             FROM payment_standards s JOIN payment_standard_sets t ON t.id = s.standard_set \
             WHERE s.region = ANY ($1) AND s.begins <= $2 AND (s.ends IS NULL OR s.ends >= $2) AND t.status = 'PUBLISHED' \
             ORDER BY s.item, coalesce(s.pack_units, 0), {PRECEDENCE}) held \
         WHERE amount IS NOT NULL AND ($3 IS NULL OR id > $3) ORDER BY id LIMIT $4"
    ))
    .bind::<Array<Text>, _>(wider(region))
    .bind::<Date, _>(on(today))
    .bind::<Nullable<SqlUuid>, _>(page.after.map(column))
    .bind::<BigInt, _>(page.limit())
    .load(tx.connection())
    .await?;
    Ok(Part::cut(rows.into_iter().map(shown).collect::<Result<_, _>>()?, page))
}

fn wider(region: RegionCode) -> Vec<String> {
    region.ancestors().map(|one| one.to_string()).collect()
}

fn set(row: SetRow) -> Result<StandardSet, StoreError> {
    let reason = row.reason.as_deref().map(Reason::parse).transpose()?;
    let state = SetState::from_row(&row.status, row.decided_by.map(id), reason);
    Ok(StandardSet {
        id: id(row.id),
        organization: id(row.organization),
        region: read_code(&row.region)?,
        result: row.result.map(id),
        import: row.import.map(id),
        rules: row.rules,
        state: state.ok_or_else(|| StoreError::row("payment standard set", row.id))?,
        prepared_by: id(row.prepared_by),
        decided_at: row.decided_at.map(timestamp),
        version: Version::new(row.version),
    })
}

fn shown(row: Row) -> Result<ShownStandard, StoreError> {
    let unreadable = || StoreError::row("payment standard", row.id);
    let beside = |passed: bool| {
        let prices = row.price_before.zip(row.price_today).zip(row.price_selected);
        let ((before, today), selected) = prices.ok_or_else(unreadable)?;
        let [before, today, selected] = [before, today, selected].map(Exact::from);
        Ok::<_, StoreError>(Beside { before, today, selected, passed })
    };
    let units = row.pack_units.map(u64::try_from).transpose();
    Ok(ShownStandard {
        standard: PaymentStandard {
            id: id(row.id),
            region: read_code(&row.region)?,
            item: id(row.item),
            pack_units: units.map_err(|_negative| unreadable())?,
            basis: StandardBasis::from_label(&row.basis).ok_or_else(unreadable)?,
            span: (day(row.begins), row.ends.map(day)),
            amount: row.amount.map(|amount| amount.normalize()),
            source: row.source.clone(),
            beside: row.passed.map(beside).transpose()?,
        },
        set: id(row.standard_set),
        rules: row.rules.clone(),
    })
}
