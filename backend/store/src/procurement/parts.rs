//! Who holds the shares of rounds, which regions buy, and which documents belong to them. The caller has found the rounds.
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use jicai_domain::documents::DocumentKind;
use jicai_domain::errors::Refusal;
use jicai_domain::identity::{Name, RegionCode, Role, Scope, UserStatus};
use jicai_domain::ids::{DocumentId, RoundId, UserId};
use jicai_domain::procurement::round::{Announcement, RoundDocument};
use uuid::Uuid;

use crate::door::Tx;
use crate::errors::StoreError;
use crate::identity::regions::read_code;
use crate::ids::{column, id};
use crate::schema::{documents, organizations, round_custodians, round_documents, round_regions, users};

/// Somebody who holds a share of a round's key, as everybody may see it.
#[derive(Clone, Debug)]
pub struct Custodian {
    /// The round.
    pub round: RoundId,
    /// Which share, from 1.
    pub position: i16,
    /// The user.
    pub user: UserId,
    /// The user's name.
    pub name: Name,
    /// The name of the user's organization.
    pub organization: Name,
}

/// The custodians of the rounds, in the order of their shares.
pub async fn custodians(tx: &mut Tx, rounds: &[RoundId]) -> Result<Vec<Custodian>, StoreError> {
    let rows: Vec<(Uuid, i16, Uuid, String, String)> = round_custodians::table
        .inner_join(users::table.on(users::id.eq(round_custodians::custodian)))
        .inner_join(organizations::table.on(organizations::id.eq(users::organization)))
        .filter(round_custodians::round.eq_any(columns(rounds)))
        .order((round_custodians::round, round_custodians::position))
        .select((
            round_custodians::round,
            round_custodians::position,
            users::id,
            users::name,
            organizations::name,
        ))
        .load(tx.connection())
        .await?;
    let custodian = |(round, position, user, name, organization): (Uuid, i16, Uuid, String, String)| {
        let read = |text: &str| Name::parse(text).map_err(|_refusal| StoreError::row("custodian", user));
        let (name, organization) = (read(&name)?, read(&organization)?);
        Ok(Custodian { round: id(round), position, user: id(user), name, organization })
    };
    rows.into_iter().map(custodian).collect()
}

/// The documents of the rounds, in order.
pub async fn documents(tx: &mut Tx, rounds: &[RoundId]) -> Result<Vec<(RoundId, RoundDocument)>, StoreError> {
    let rows: Vec<(Uuid, Uuid, String)> = round_documents::table
        .filter(round_documents::round.eq_any(columns(rounds)))
        .filter(round_documents::withdrawn_in.is_null())
        .order((round_documents::round, round_documents::position))
        .select((round_documents::round, round_documents::document, round_documents::title))
        .load(tx.connection())
        .await?;
    let read = |(round, document, title): (Uuid, Uuid, String)| {
        let title = Name::parse(&title).map_err(|_refusal: Refusal| StoreError::row("title", document))?;
        Ok((id(round), RoundDocument { document: id(document), title }))
    };
    rows.into_iter().map(read).collect()
}

/// The regions that buy in the rounds; none of a draft.
pub async fn regions(tx: &mut Tx, rounds: &[RoundId]) -> Result<Vec<(RoundId, RegionCode)>, StoreError> {
    let rows: Vec<(Uuid, String)> = round_regions::table
        .filter(round_regions::round.eq_any(columns(rounds)))
        .order((round_regions::round, round_regions::region))
        .select((round_regions::round, round_regions::region))
        .load(tx.connection())
        .await?;
    rows.iter().map(|(round, region)| Ok((id(*round), read_code(region)?))).collect()
}

/// Keeps the regions that buy in an announced round.
pub async fn add_regions(tx: &mut Tx, round: RoundId, regions: &[RegionCode]) -> Result<(), StoreError> {
    let rows: Vec<_> = regions
        .iter()
        .map(|region| (round_regions::round.eq(column(round)), round_regions::region.eq(region.to_string())))
        .collect();
    diesel::insert_into(round_regions::table).values(rows).execute(tx.connection()).await?;
    Ok(())
}

/// How many of the users may hold shares: of any organization, active or invited, with the role.
pub async fn holders(tx: &mut Tx, wanted: &[UserId]) -> Result<usize, StoreError> {
    let ids: Vec<Uuid> = wanted.iter().copied().map(column).collect();
    let count: i64 = users::table
        .filter(users::id.eq_any(ids))
        .filter(users::role.eq(Role::KeyCustodian.label()))
        .filter(users::status.ne(UserStatus::Disabled.label()))
        .count()
        .get_result(tx.connection())
        .await?;
    usize::try_from(count).map_err(|_negative| StoreError::row("count", count))
}

/// How many of the documents were stored for a round by the scope's own organization.
pub async fn own_documents(tx: &mut Tx, scope: &Scope, wanted: &[DocumentId]) -> Result<usize, StoreError> {
    let ids: Vec<Uuid> = wanted.iter().copied().map(column).collect();
    let count: i64 = documents::table
        .filter(documents::id.eq_any(ids))
        .filter(documents::kind.eq(DocumentKind::Round.label()))
        .filter(documents::organization.nullable().eq(scope.organization().map(column)))
        .count()
        .get_result(tx.connection())
        .await?;
    usize::try_from(count).map_err(|_negative| StoreError::row("count", count))
}

/// Puts the custodians and documents of a draft in place of those that it had.
pub(super) async fn replace(
    tx: &mut Tx,
    round: RoundId,
    announcement: &Announcement,
) -> Result<(), StoreError> {
    replace_custodians(tx, round, &announcement.custodians).await?;
    let key = column(round);
    diesel::delete(round_documents::table.filter(round_documents::round.eq(key)))
        .execute(tx.connection())
        .await?;
    let documents: Vec<&RoundDocument> = announcement.documents.iter().collect();
    add_documents(tx, round, 1, &documents).await
}

/// Puts the custodians of a round in place of those that it had.
pub(super) async fn replace_custodians(
    tx: &mut Tx,
    round: RoundId,
    custodians: &[UserId],
) -> Result<(), StoreError> {
    let key = column(round);
    let before = round_custodians::table.filter(round_custodians::round.eq(key));
    diesel::delete(before).execute(tx.connection()).await?;
    let rows: Vec<_> = (1_i16..)
        .zip(custodians)
        .map(|(position, custodian)| {
            (
                round_custodians::round.eq(key),
                round_custodians::position.eq(position),
                round_custodians::custodian.eq(column(*custodian)),
            )
        })
        .collect();
    diesel::insert_into(round_custodians::table).values(rows).execute(tx.connection()).await?;
    Ok(())
}

/// Takes the documents out that a correction no longer names, and adds those that are new.
pub(super) async fn amend_documents(
    tx: &mut Tx,
    (round, edition): (RoundId, i32),
    (before, after): (&[RoundDocument], &[RoundDocument]),
) -> Result<(), StoreError> {
    let of_round = round_documents::table.filter(round_documents::round.eq(column(round)));
    for gone in before.iter().filter(|one| !after.contains(one)) {
        let row = of_round
            .filter(round_documents::withdrawn_in.is_null())
            .filter(round_documents::document.eq(column(gone.document)))
            .filter(round_documents::title.eq(gone.title.as_str()));
        diesel::update(row).set(round_documents::withdrawn_in.eq(edition)).execute(tx.connection()).await?;
    }
    let last: Option<i16> =
        of_round.select(diesel::dsl::max(round_documents::position)).first(tx.connection()).await?;
    let new: Vec<&RoundDocument> = after.iter().filter(|one| !before.contains(one)).collect();
    add_documents(tx, round, last.unwrap_or(0).saturating_add(1), &new).await
}

async fn add_documents(
    tx: &mut Tx,
    round: RoundId,
    first: i16,
    documents: &[&RoundDocument],
) -> Result<(), StoreError> {
    let rows: Vec<_> = (first..)
        .zip(documents)
        .map(|(position, document)| {
            (
                round_documents::round.eq(column(round)),
                round_documents::position.eq(position),
                round_documents::document.eq(column(document.document)),
                round_documents::title.eq(document.title.as_str()),
            )
        })
        .collect();
    diesel::insert_into(round_documents::table).values(rows).execute(tx.connection()).await?;
    Ok(())
}

fn columns(rounds: &[RoundId]) -> Vec<Uuid> {
    rounds.iter().copied().map(column).collect()
}
