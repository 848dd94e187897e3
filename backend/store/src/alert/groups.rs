//! Groups of products that are compared with each other: which have to be looked at, what was seen in them, and how often each monitor judged. They
//! belong to the platform and to no organization, so nothing here takes a scope.
use std::collections::BTreeMap;

use diesel::pg::data_types::PgDate;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Bool, Date, Nullable, Numeric, Text, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use jicai_domain::alert::live::Basis;
use jicai_domain::alert::{Kind, Tallies, Tally};
use jicai_domain::identity::RegionCode;
use jicai_domain::ids::{ItemId, OrganizationId};
use jicai_domain::time::Day;
use rust_decimal::Decimal;
use uuid::Uuid;

use crate::door::Tx;
use crate::errors::StoreError;
use crate::identity::regions::read_code;
use crate::ids::id;
use crate::times::day;

/// Which prices of which group.
pub type GroupKey = (Basis, String);

/// Groups that one transaction looks at.
const AT_ONCE: i64 = 20;
/// Marks among which it looks for them.
const AHEAD: i64 = 5_000;

#[derive(QueryableByName)]
struct Mark {
    #[diesel(sql_type = BigInt)]
    id: i64,
    #[diesel(sql_type = Text)]
    basis: String,
    #[diesel(sql_type = Text)]
    grp: String,
}

/// Marks of a few groups, held until the transaction ends, and the groups. What another transaction holds is left to it.
pub async fn take(tx: &mut Tx) -> Result<(Vec<i64>, Vec<GroupKey>), StoreError> {
    let marks: Vec<Mark> = diesel::sql_query(
        "WITH next AS MATERIALIZED (SELECT DISTINCT basis, grp FROM \
             (SELECT basis, grp FROM monitor_marks ORDER BY basis, grp LIMIT $1) ahead ORDER BY basis, grp LIMIT $2) \
         SELECT m.id, m.basis, m.grp FROM monitor_marks m JOIN next USING (basis, grp) ORDER BY m.id FOR UPDATE OF m SKIP LOCKED",
    )
    .bind::<BigInt, _>(AHEAD)
    .bind::<BigInt, _>(AT_ONCE)
    .load(tx.connection())
    .await?;
    let mut groups = marks.iter().map(|mark| Ok((basis(&mark.basis)?, mark.grp.clone())));
    let mut groups = groups.by_ref().collect::<Result<Vec<GroupKey>, StoreError>>()?;
    groups.sort();
    groups.dedup();
    Ok((marks.into_iter().map(|mark| mark.id).collect(), groups))
}

fn basis(label: &str) -> Result<Basis, StoreError> {
    Basis::from_label(label).ok_or_else(|| StoreError::row("basis", label))
}

/// Takes marks away, in the transaction that did what they ask for.
pub async fn done(tx: &mut Tx, marks: Vec<i64>) -> Result<(), StoreError> {
    let gone = diesel::sql_query("DELETE FROM monitor_marks WHERE id = ANY ($1)");
    tx.later(gone.bind::<Array<BigInt>, _>(marks)).await
}

/// Marks a part of the groups that were last looked at by other rules; how many.
pub async fn mark_outdated(tx: &mut Tx, rules: &str) -> Result<usize, StoreError> {
    let marked = diesel::sql_query(
        "INSERT INTO monitor_marks (basis, grp) SELECT basis, grp FROM monitor_groups WHERE rules <> $1 ORDER BY basis, grp LIMIT $2",
    );
    Ok(marked.bind::<Text, _>(rules.to_owned()).bind::<BigInt, _>(AHEAD).execute(tx.connection()).await?)
}

fn columns(groups: &[GroupKey]) -> (Vec<String>, Vec<String>) {
    groups.iter().map(|(basis, group)| (basis.label().to_owned(), group.clone())).unzip()
}

/// Holds the groups until the transaction ends. Whatever committed before is seen afterwards: each statement reads anew.
pub async fn hold(tx: &mut Tx, groups: &[GroupKey], rules: &str) -> Result<(), StoreError> {
    let (bases, names) = columns(groups);
    diesel::sql_query(
        "INSERT INTO monitor_groups (basis, grp, rules, looked_at) SELECT b, g, $3, app_clock() FROM unnest($1, $2) AS w (b, g) \
         ORDER BY b, g ON CONFLICT ON CONSTRAINT monitor_groups_pkey DO UPDATE SET rules = excluded.rules, looked_at = excluded.looked_at",
    )
    .bind::<Array<Text>, _>(bases)
    .bind::<Array<Text>, _>(names)
    .bind::<Text, _>(rules.to_owned())
    .execute(tx.connection())
    .await?;
    Ok(())
}

/// A price that was seen and stands, of a group.
#[derive(Clone, Debug)]
pub struct SeenPrice {
    /// Its id.
    pub id: u128,
    /// Which prices of which group.
    pub group: GroupKey,
    /// The product (四同).
    pub product: String,
    /// Its maker.
    pub maker: String,
    /// Where.
    pub region: RegionCode,
    /// When.
    pub observed_on: Day,
    /// Of a smallest unit.
    pub price: Decimal,
    /// Smallest units.
    pub quantity: Option<Decimal>,
    /// The item.
    pub item: Option<ItemId>,
    /// The firm.
    pub manufacturer: Option<OrganizationId>,
    /// Whether everybody may know it.
    pub disclosed: bool,
}

#[derive(QueryableByName)]
struct PriceRow {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = Text)]
    basis: String,
    #[diesel(sql_type = Text)]
    grp: String,
    #[diesel(sql_type = Text)]
    product: String,
    #[diesel(sql_type = Text)]
    maker: String,
    #[diesel(sql_type = Text)]
    region: String,
    #[diesel(sql_type = Date)]
    observed_on: PgDate,
    #[diesel(sql_type = Numeric)]
    price: Decimal,
    #[diesel(sql_type = Nullable<Numeric>)]
    quantity: Option<Decimal>,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    item: Option<Uuid>,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    manufacturer: Option<Uuid>,
    #[diesel(sql_type = Bool)]
    disclosed: bool,
}

/// What was seen in the groups and stands, in an order that depends on what was said and not on when it came.
pub async fn seen(tx: &mut Tx, groups: &[GroupKey]) -> Result<Vec<SeenPrice>, StoreError> {
    let (bases, names) = columns(groups);
    // A group that is one item is named by its id.
    let items: Vec<Option<Uuid>> = names.iter().map(|name| Uuid::parse_str(name).ok()).collect();
    let rows: Vec<PriceRow> = diesel::sql_query(include_str!("../../sql/alert/seen.sql"))
        .bind::<Array<Text>, _>(bases)
        .bind::<Array<Text>, _>(names)
        .bind::<Array<Nullable<SqlUuid>>, _>(items)
        .load(tx.connection())
        .await?;
    rows.into_iter().map(read).collect()
}

fn read(row: PriceRow) -> Result<SeenPrice, StoreError> {
    Ok(SeenPrice {
        id: row.id.as_u128(),
        group: (basis(&row.basis)?, row.grp),
        product: row.product,
        maker: row.maker,
        region: read_code(&row.region)?,
        observed_on: day(row.observed_on),
        price: row.price,
        quantity: row.quantity,
        item: row.item.map(id),
        manufacturer: row.manufacturer.map(id),
        disclosed: row.disclosed,
    })
}

/// Keeps how often each monitor judged and found in groups that the transaction holds, in place of what was kept before.
pub async fn keep_tallies(tx: &mut Tx, of: &[(GroupKey, Tallies)]) -> Result<(), StoreError> {
    let groups: Vec<GroupKey> = of.iter().map(|(group, _)| group.clone()).collect();
    let (bases, names) = columns(&groups);
    diesel::sql_query(
        "DELETE FROM monitor_tallies t USING unnest($1, $2) AS w (b, g) WHERE t.basis = w.b AND t.grp = w.g",
    )
    .bind::<Array<Text>, _>(bases)
    .bind::<Array<Text>, _>(names)
    .execute(tx.connection())
    .await?;
    let rows =
        of.iter().flat_map(|(group, tallies)| tallies.iter().map(move |(kind, tally)| (group, kind, tally)));
    let rows: Vec<(&GroupKey, &Kind, &Tally)> = rows.collect();
    let count = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
    let each =
        |read: fn(&Tally) -> usize| rows.iter().map(|(.., tally)| count(read(tally))).collect::<Vec<i64>>();
    diesel::sql_query(
        "INSERT INTO monitor_tallies (basis, grp, kind, judged, found, too_few) SELECT * FROM unnest($1, $2, $3, $4, $5, $6)",
    )
    .bind::<Array<Text>, _>(rows.iter().map(|((basis, _), ..)| basis.label()).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(rows.iter().map(|((_, group), ..)| group.as_str()).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(rows.iter().map(|(_, kind, _)| kind.name()).collect::<Vec<_>>())
    .bind::<Array<BigInt>, _>(each(|tally| tally.judged))
    .bind::<Array<BigInt>, _>(each(|tally| tally.found))
    .bind::<Array<BigInt>, _>(each(|tally| tally.too_few))
    .execute(tx.connection())
    .await?;
    Ok(())
}

#[derive(QueryableByName)]
struct TallyRow {
    #[diesel(sql_type = Text)]
    basis: String,
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = BigInt)]
    judged: i64,
    #[diesel(sql_type = BigInt)]
    found: i64,
    #[diesel(sql_type = BigInt)]
    too_few: i64,
}

/// How often each monitor judged and found, over all groups.
pub async fn tallies(tx: &mut Tx) -> Result<BTreeMap<(Basis, Kind), Tally>, StoreError> {
    let rows: Vec<TallyRow> = diesel::sql_query(
        "SELECT basis, kind, sum(judged)::bigint AS judged, sum(found)::bigint AS found, sum(too_few)::bigint AS too_few \
         FROM monitor_tallies GROUP BY basis, kind",
    )
    .load(tx.connection())
    .await?;
    let whole = |count: i64| usize::try_from(count).unwrap_or(0);
    rows.into_iter()
        .map(|row| {
            let kind = Kind::from_name(&row.kind).ok_or_else(|| StoreError::row("kind", &row.kind))?;
            let tally =
                Tally { judged: whole(row.judged), found: whole(row.found), too_few: whole(row.too_few) };
            Ok(((basis(&row.basis)?, kind), tally))
        })
        .collect()
}
