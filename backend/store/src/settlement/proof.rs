//! The proof of the balances: all of them reckoned from the entries again, in the database.
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Text};
use diesel_async::RunQueryDsl;

use crate::door::Tx;
use crate::errors::StoreError;

/// What a proof came to.
#[derive(Clone, Debug, PartialEq, Eq, QueryableByName)]
pub struct Proof {
    /// Events that there are.
    #[diesel(sql_type = BigInt)]
    pub events: i64,
    /// Entries that there are.
    #[diesel(sql_type = BigInt)]
    pub entries: i64,
    /// What is wrong, a line each; none where everything agrees.
    #[diesel(sql_type = Array<Text>)]
    pub faults: Vec<String>,
}

/// Reckons every balance from the entries, and every event's sides. Needs the wall open everywhere. At most 100 faults are told.
pub async fn prove(tx: &mut Tx) -> Result<Proof, StoreError> {
    let proof = diesel::sql_query(
        "WITH reckoned AS (SELECT area, scheme, account, coalesce(party, '00000000-0000-0000-0000-000000000000') AS party, \
                 sum(CASE side WHEN 'DEBIT' THEN amount ELSE 0 END) AS debits, sum(CASE side WHEN 'CREDIT' THEN amount ELSE 0 END) AS credits \
             FROM ledger_entries GROUP BY 1, 2, 3, 4), \
         fault AS (SELECT format('%s:%s %s %s: %s and %s are kept, the entries come to %s and %s', coalesce(a.area, r.area), \
                 coalesce(a.scheme, r.scheme), coalesce(a.account, r.account), coalesce(a.party, r.party), a.debits, a.credits, r.debits, r.credits) AS line \
             FROM ledger_accounts a FULL JOIN reckoned r ON r.area = a.area AND r.scheme = a.scheme AND r.account = a.account AND r.party = a.party \
             WHERE a.debits IS DISTINCT FROM r.debits OR a.credits IS DISTINCT FROM r.credits \
             UNION ALL SELECT format('event %s: its sides differ by %s fen', e.id, \
                 coalesce(sum(CASE n.side WHEN 'DEBIT' THEN n.amount ELSE -n.amount END), 0)) \
             FROM ledger_events e LEFT JOIN ledger_entries n ON n.event = e.id GROUP BY e.id \
             HAVING count(n.event) = 0 OR sum(CASE n.side WHEN 'DEBIT' THEN n.amount ELSE -n.amount END) <> 0 \
             LIMIT 100) \
         SELECT (SELECT count(*) FROM ledger_events) AS events, (SELECT count(*) FROM ledger_entries) AS entries, \
             ARRAY (SELECT line FROM fault) AS faults",
    )
    .get_result(tx.connection())
    .await?;
    Ok(proof)
}

/// Keeps what a proof came to.
pub async fn keep(tx: &mut Tx, proof: &Proof) -> Result<(), StoreError> {
    diesel::sql_query(
        "INSERT INTO ledger_proofs (at, events, entries, faults) VALUES (app_clock(), $1, $2, $3)",
    )
    .bind::<BigInt, _>(proof.events)
    .bind::<BigInt, _>(proof.entries)
    .bind::<Array<Text>, _>(proof.faults.clone())
    .execute(tx.connection())
    .await?;
    Ok(())
}
