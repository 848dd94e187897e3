//! Prices are taken thousands at once: a few statements, however many they are. The line of a reporter is claimed first; that settles whether it was said before,
//! and of two who say it at once one waits.
use std::collections::BTreeMap;

use diesel::QueryableByName;
use diesel::pg::data_types::PgDate;
use diesel::sql_types::{Array, BigInt, Bool, Bytea, Date, Nullable, Numeric, Text, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use jicai_domain::ids::{OrganizationId, PriceBatchId, PriceObservationId, PriceTicketId};
use jicai_domain::pricing::observation::{Exchange, PriceBatch, Said};
use jicai_domain::pricing::unit::Doubt;
use uuid::Uuid;

use super::tickets::{self, PriceTicket};
use crate::door::Tx;
use crate::errors::StoreError;
use crate::ids::column;
use crate::times::on;

/// What became of a batch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Taken {
    /// What counts now.
    pub observations: Vec<PriceObservationId>,
    /// How many of them stand in the place of something.
    pub superseded: usize,
    /// What is kept apart until somebody has looked.
    pub tickets: Vec<PriceTicketId>,
    /// How many said again what was known.
    pub unchanged: usize,
}

/// What a line stood as before it was claimed.
struct Before {
    observation: Option<(Uuid, PgDate)>,
    ticket: Option<Uuid>,
}

#[derive(QueryableByName)]
struct Claimed {
    #[diesel(sql_type = Text)]
    source_key: String,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    previous: Option<Uuid>,
    #[diesel(sql_type = Nullable<Date>)]
    previous_on: Option<PgDate>,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    previous_ticket: Option<Uuid>,
}

impl Claimed {
    fn before(self) -> (String, Before) {
        let observation = self.previous.zip(self.previous_on);
        (self.source_key, Before { observation, ticket: self.previous_ticket })
    }
}

/// Takes what one reporter says. Whatever it said before in those words changes nothing; what it says otherwise stands in the place of what it said, and settles
/// what was in doubt of it. No line is in the batch twice.
pub async fn take(
    tx: &mut Tx,
    (source, rules): (OrganizationId, &str),
    batch: &PriceBatch,
) -> Result<Taken, StoreError> {
    let before = claim(tx, source, batch).await?;
    let sound: Vec<&(PriceObservationId, Said)> =
        batch.sound.iter().filter(|(_, said)| before.contains_key(&said.source_key)).collect();
    let doubted: Vec<&(PriceTicketId, Said, Doubt)> =
        batch.doubted.iter().filter(|(_, said, _)| before.contains_key(&said.source_key)).collect();
    months(tx, sound.iter().map(|(_, said)| said)).await?;
    insert(tx, batch.id, &sound, &before).await?;
    let superseded = supersede(tx, &sound, &before).await?;
    tickets::open(tx, (batch.id, rules), &doubted).await?;
    settle(tx, &sound, &before).await?;
    let sent = batch.sound.len().saturating_add(batch.doubted.len());
    Ok(Taken {
        superseded,
        unchanged: sent.saturating_sub(before.len()),
        observations: sound.iter().map(|(id, _)| *id).collect(),
        tickets: doubted.iter().map(|(id, _, _)| *id).collect(),
    })
}

/// Takes a price that was in doubt after a person confirmed it; the transaction holds its ticket. Whatever its line stood as before is superseded. False where
/// the line was said otherwise meanwhile.
pub async fn confirm(
    tx: &mut Tx,
    batch: PriceBatchId,
    ticket: &PriceTicket,
    observation: PriceObservationId,
) -> Result<bool, StoreError> {
    let said = &ticket.said;
    let claimed: Vec<Claimed> = diesel::sql_query(
        "UPDATE price_lines SET observation = $4, observed_on = $5, ticket = NULL, previous = observation, previous_on = observed_on, \
             previous_ticket = ticket WHERE source = $1 AND source_key = $2 AND ticket = $3 \
         RETURNING source_key, previous, previous_on, NULL::uuid AS previous_ticket",
    )
    .bind::<SqlUuid, _>(column(said.source))
    .bind::<Text, _>(&said.source_key)
    .bind::<SqlUuid, _>(column(ticket.id))
    .bind::<SqlUuid, _>(column(observation))
    .bind::<Date, _>(on(said.observed_on))
    .load(tx.connection())
    .await?;
    let before: BTreeMap<String, Before> = claimed.into_iter().map(Claimed::before).collect();
    if before.is_empty() {
        return Ok(false);
    }
    let one = (observation, said.clone());
    months(tx, std::iter::once(said)).await?;
    insert(tx, batch, &[&one], &before).await?;
    supersede(tx, &[&one], &before).await?;
    Ok(true)
}

async fn claim(
    tx: &mut Tx,
    source: OrganizationId,
    batch: &PriceBatch,
) -> Result<BTreeMap<String, Before>, StoreError> {
    let sound = batch.sound.iter().map(|(id, said)| (said, Some(column(*id)), None));
    let doubted = batch.doubted.iter().map(|(id, said, _)| (said, None, Some(column(*id))));
    let sent: Vec<(&Said, Option<Uuid>, Option<Uuid>)> = sound.chain(doubted).collect();
    let claimed: Vec<Claimed> = diesel::sql_query(
        "INSERT INTO price_lines AS own (source, source_key, digest, observation, observed_on, ticket) \
         SELECT $1, s.* FROM unnest($2, $3, $4, $5, $6) AS s (source_key, digest, observation, observed_on, ticket) ORDER BY s.source_key \
         ON CONFLICT ON CONSTRAINT price_lines_pkey DO UPDATE SET digest = excluded.digest, ticket = excluded.ticket, \
             observation = coalesce(excluded.observation, own.observation), observed_on = coalesce(excluded.observed_on, own.observed_on), \
             previous = own.observation, previous_on = own.observed_on, previous_ticket = own.ticket \
         WHERE own.digest <> excluded.digest RETURNING source_key, previous, previous_on, previous_ticket",
    )
    .bind::<SqlUuid, _>(column(source))
    .bind::<Array<Text>, _>(sent.iter().map(|(said, _, _)| said.source_key.as_str()).collect::<Vec<_>>())
    .bind::<Array<Bytea>, _>(sent.iter().map(|(said, _, _)| said.digest().bytes().to_vec()).collect::<Vec<_>>())
    .bind::<Array<Nullable<SqlUuid>>, _>(sent.iter().map(|(_, id, _)| *id).collect::<Vec<_>>())
    .bind::<Array<Nullable<Date>>, _>(
        sent.iter().map(|(said, id, _)| id.map(|_| on(said.observed_on))).collect::<Vec<_>>(),
    )
    .bind::<Array<Nullable<SqlUuid>>, _>(sent.iter().map(|(_, _, ticket)| *ticket).collect::<Vec<_>>())
    .load(tx.connection())
    .await?;
    Ok(claimed.into_iter().map(Claimed::before).collect())
}

/// Makes room for the months of those prices.
async fn months(tx: &mut Tx, said: impl Iterator<Item = &Said>) -> Result<(), StoreError> {
    let mut days = BTreeMap::new();
    for said in said {
        days.entry(said.observed_on.to_string().get(..7).map(str::to_owned)).or_insert(said.observed_on);
    }
    if days.is_empty() {
        return Ok(());
    }
    diesel::sql_query("SELECT price_partition(day) FROM unnest($1) AS d (day)")
        .bind::<Array<Date>, _>(days.into_values().map(on).collect::<Vec<_>>())
        .execute(tx.connection())
        .await?;
    Ok(())
}

async fn insert(
    tx: &mut Tx,
    batch: PriceBatchId,
    sound: &[&(PriceObservationId, Said)],
    before: &BTreeMap<String, Before>,
) -> Result<(), StoreError> {
    if sound.is_empty() {
        return Ok(());
    }
    let said: Vec<&Said> = sound.iter().map(|(_, said)| said).collect();
    let replaced = |said: &Said| before.get(&said.source_key)?.observation.map(|(id, _)| id);
    let columns = Columns(&said);
    diesel::sql_query(
        "INSERT INTO price_observations (batch, recorded_at, id, kind, region, observed_on, item, code, group_key, loose_group, maker, \
             manufacturer, hospital, price, pack_units, currency, country, exchange_rate, exchange_basis, exchange_on, packs, disclosed, \
             source, source_key, acceptance, listing, supersedes) \
         SELECT $1, app_clock(), s.* FROM unnest($2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, \
             $22, $23, $24, $25, $26) AS s",
    )
    .bind::<SqlUuid, _>(column(batch))
    .bind::<Array<SqlUuid>, _>(sound.iter().map(|(id, _)| column(*id)).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(columns.of(|said| said.kind.label()))
    .bind::<Array<Text>, _>(columns.of(|said| said.region.to_string()))
    .bind::<Array<Date>, _>(columns.of(|said| on(said.observed_on)))
    .bind::<Array<Nullable<SqlUuid>>, _>(columns.of(|said| said.item.map(column)))
    .bind::<Array<Nullable<Text>>, _>(columns.of(|said| said.code.as_deref()))
    .bind::<Array<Nullable<Text>>, _>(columns.of(|said| said.group_key.as_deref()))
    .bind::<Array<Nullable<Text>>, _>(columns.of(|said| said.loose_group.as_deref()))
    .bind::<Array<Nullable<Text>>, _>(columns.of(|said| said.maker.as_deref()))
    .bind::<Array<Nullable<SqlUuid>>, _>(columns.of(|said| said.manufacturer.map(column)))
    .bind::<Array<Nullable<SqlUuid>>, _>(columns.of(|said| said.hospital.map(column)))
    .bind::<Array<Numeric>, _>(columns.of(|said| said.price))
    .bind::<Array<BigInt>, _>(columns.of(|said| whole(said.pack_units)))
    .bind::<Array<Text>, _>(columns.of(|said| said.currency.as_str()))
    .bind::<Array<Nullable<Text>>, _>(columns.of(country))
    .bind::<Array<Nullable<Numeric>>, _>(columns.of(|said| exchange(said).map(|exchange| exchange.rate)))
    .bind::<Array<Nullable<Text>>, _>(
        columns.of(|said| exchange(said).map(|exchange| exchange.basis.as_str())),
    )
    .bind::<Array<Nullable<Date>>, _>(columns.of(|said| exchange(said).map(|exchange| on(exchange.on))))
    .bind::<Array<Nullable<BigInt>>, _>(columns.of(|said| said.packs.map(whole)))
    .bind::<Array<Bool>, _>(columns.of(|said| said.disclosed))
    .bind::<Array<SqlUuid>, _>(columns.of(|said| column(said.source)))
    .bind::<Array<Text>, _>(columns.of(|said| said.source_key.as_str()))
    .bind::<Array<Nullable<SqlUuid>>, _>(columns.of(|said| said.acceptance.map(column)))
    .bind::<Array<Nullable<SqlUuid>>, _>(columns.of(|said| said.listing.map(column)))
    .bind::<Array<Nullable<SqlUuid>>, _>(columns.of(replaced))
    .execute(tx.connection())
    .await?;
    Ok(())
}

/// What was said, by column.
struct Columns<'s>(&'s [&'s Said]);

impl<'s> Columns<'s> {
    fn of<T>(&self, value: impl Fn(&'s Said) -> T) -> Vec<T> {
        self.0.iter().map(|said| value(said)).collect()
    }
}

fn exchange(said: &Said) -> Option<&Exchange> {
    said.abroad.as_ref()?.exchange.as_ref()
}

fn country(said: &Said) -> Option<&str> {
    said.abroad.as_ref().map(|abroad| abroad.country.as_str())
}

/// Numbers that were checked are far below the most that a column holds.
pub(super) fn whole(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// What stood in the place of what counts now counts no more.
async fn supersede(
    tx: &mut Tx,
    sound: &[&(PriceObservationId, Said)],
    before: &BTreeMap<String, Before>,
) -> Result<usize, StoreError> {
    let pairs: Vec<(Uuid, PgDate, Uuid)> = sound
        .iter()
        .filter_map(|(id, said)| {
            let (old, old_on) = before.get(&said.source_key)?.observation?;
            Some((old, old_on, column(*id)))
        })
        .collect();
    if pairs.is_empty() {
        return Ok(0);
    }
    let changed = diesel::sql_query(
        "UPDATE price_observations o SET superseded_by = s.new, superseded_at = app_clock() FROM unnest($1, $2, $3) AS s (old, old_on, new) \
         WHERE o.id = s.old AND o.observed_on = s.old_on AND o.superseded_by IS NULL",
    )
    .bind::<Array<SqlUuid>, _>(pairs.iter().map(|pair| pair.0).collect::<Vec<_>>())
    .bind::<Array<Date>, _>(pairs.iter().map(|pair| pair.1).collect::<Vec<_>>())
    .bind::<Array<SqlUuid>, _>(pairs.iter().map(|pair| pair.2).collect::<Vec<_>>())
    .execute(tx.connection())
    .await?;
    if changed == pairs.len() { Ok(changed) } else { Err(StoreError::row("superseded", changed)) }
}

/// What was in doubt of lines that are said otherwise now is settled by that.
async fn settle(
    tx: &mut Tx,
    sound: &[&(PriceObservationId, Said)],
    before: &BTreeMap<String, Before>,
) -> Result<(), StoreError> {
    let made: BTreeMap<&str, Uuid> =
        sound.iter().map(|(id, said)| (said.source_key.as_str(), column(*id))).collect();
    let doubts: Vec<(Uuid, Option<Uuid>)> = before
        .iter()
        .filter_map(|(key, before)| Some((before.ticket?, made.get(key.as_str()).copied())))
        .collect();
    if doubts.is_empty() {
        return Ok(());
    }
    diesel::sql_query(
        "UPDATE price_tickets t SET state = 'CORRECTED', resolved_at = app_clock(), observation = s.observation, version = t.version + 1 \
         FROM unnest($1, $2) AS s (id, observation) WHERE t.id = s.id AND t.state = 'OPEN'",
    )
    .bind::<Array<SqlUuid>, _>(doubts.iter().map(|doubt| doubt.0).collect::<Vec<_>>())
    .bind::<Array<Nullable<SqlUuid>>, _>(doubts.iter().map(|doubt| doubt.1).collect::<Vec<_>>())
    .execute(tx.connection())
    .await?;
    Ok(())
}
