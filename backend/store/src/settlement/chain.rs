//! Makers' invoices to distributors, and invoices as they were registered, to be compared with a file.
use diesel::pg::data_types::PgDate;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Bool, Date, Nullable, Text, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use jicai_domain::ids::{FirstInvoiceId, InvoiceId, OrganizationId, UserId};
use jicai_domain::settlement::matching::InvoiceNumber;
use jicai_domain::time::Day;
use uuid::Uuid;

use crate::door::Tx;
use crate::errors::StoreError;
use crate::ids::{column, id};
use crate::page::{Page, Part};
use crate::times::{day, on};

/// A maker's invoice.
#[derive(Clone, Debug)]
pub struct FirstInvoice {
    /// Its id.
    pub id: FirstInvoiceId,
    /// Its number.
    pub number: InvoiceNumber,
    /// The maker's tax id as printed.
    pub maker_code: String,
    /// Who bought.
    pub distributor: OrganizationId,
    /// The day of issue.
    pub issued_on: Day,
    /// How many packs of which batch.
    pub batches: Vec<(String, u64)>,
    /// Who registered it.
    pub by: UserId,
}

/// A batch of a maker's invoice, and how much of it stands behind invoices already.
#[derive(Clone, Debug)]
pub struct FirstBatch {
    /// The invoice.
    pub id: FirstInvoiceId,
    /// Its number.
    pub number: String,
    /// The maker's tax id as printed.
    pub maker_code: String,
    /// The batch.
    pub batch: String,
    /// Packs that nothing stands before yet.
    pub left: u64,
}

/// A maker's invoice as it is shown.
#[derive(Clone, Debug, QueryableByName)]
pub struct ShownFirstInvoice {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    /// Its number.
    #[diesel(sql_type = Text)]
    pub number: String,
    /// The maker's tax id as printed.
    #[diesel(sql_type = Text)]
    pub maker_code: String,
    #[diesel(sql_type = Date)]
    issued_on: PgDate,
    #[diesel(sql_type = Array<Text>)]
    batches: Vec<String>,
    #[diesel(sql_type = Array<BigInt>)]
    packs: Vec<i64>,
}

impl ShownFirstInvoice {
    /// Its id.
    pub fn id(&self) -> FirstInvoiceId {
        id(self.id)
    }

    /// The day of issue.
    pub fn issued_on(&self) -> Day {
        day(self.issued_on)
    }

    /// The batches, with their packs.
    pub fn batches(&self) -> impl Iterator<Item = (&str, i64)> {
        self.batches.iter().map(String::as_str).zip(self.packs.iter().copied())
    }
}

#[derive(QueryableByName)]
struct BatchRow {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = Text)]
    number: String,
    #[diesel(sql_type = Text)]
    maker_code: String,
    #[diesel(sql_type = Text)]
    batch: String,
    #[diesel(sql_type = BigInt)]
    left: i64,
}

/// Registers a maker's invoice. Errors: `INVOICE_TAKEN`.
pub async fn add(tx: &mut Tx, invoice: &FirstInvoice) -> Result<(), StoreError> {
    diesel::sql_query(
        "INSERT INTO first_invoices (id, number, maker_code, distributor, issued_on, registered_by, registered_at) \
         VALUES ($1, $2, $3, $4, $5, $6, app_clock())",
    )
    .bind::<SqlUuid, _>(column(invoice.id))
    .bind::<Text, _>(invoice.number.as_str())
    .bind::<Text, _>(&invoice.maker_code)
    .bind::<SqlUuid, _>(column(invoice.distributor))
    .bind::<Date, _>(on(invoice.issued_on))
    .bind::<SqlUuid, _>(column(invoice.by))
    .execute(tx.connection())
    .await?;
    let packs = invoice.batches.iter().map(|(_, packs)| i64::try_from(*packs));
    let packs = packs.collect::<Result<Vec<i64>, _>>();
    let packs = packs.map_err(|_large| StoreError::row("packs", invoice.id))?;
    diesel::sql_query(
        "INSERT INTO first_invoice_lines (invoice, batch, packs) SELECT $1, batch, packs FROM unnest($2, $3) AS l (batch, packs)",
    )
    .bind::<SqlUuid, _>(column(invoice.id))
    .bind::<Array<Text>, _>(invoice.batches.iter().map(|(batch, _)| batch.clone()).collect::<Vec<_>>())
    .bind::<Array<BigInt>, _>(packs)
    .execute(tx.connection())
    .await?;
    Ok(())
}

/// The batches of a distributor's makers' invoices with those numbers, held until the transaction ends: what stands behind one line cannot stand
/// behind another one.
pub async fn batches(
    tx: &mut Tx,
    distributor: OrganizationId,
    numbers: &[&str],
) -> Result<Vec<FirstBatch>, StoreError> {
    if numbers.is_empty() {
        return Ok(Vec::new());
    }
    diesel::sql_query(
        "SELECT id FROM first_invoices WHERE distributor = $1 AND number = ANY ($2) ORDER BY id FOR UPDATE",
    )
    .bind::<SqlUuid, _>(column(distributor))
    .bind::<Array<Text>, _>(numbers.to_vec())
    .execute(tx.connection())
    .await?;
    let rows: Vec<BatchRow> = diesel::sql_query(
        "SELECT f.id, f.number, f.maker_code, b.batch, (b.packs - coalesce((SELECT sum(CASE i.kind WHEN 'BLUE' THEN l.packs ELSE -l.packs END) \
             FROM invoice_lines l JOIN invoices i ON i.id = l.invoice JOIN acceptances a ON a.id = l.acceptance JOIN deliveries d ON d.id = a.delivery \
             WHERE l.first_invoice = f.id AND d.batch = b.batch AND i.voided_at IS NULL AND l.mismatches = '{}'), 0))::bigint AS left \
         FROM first_invoices f JOIN first_invoice_lines b ON b.invoice = f.id WHERE f.distributor = $1 AND f.number = ANY ($2)",
    )
    .bind::<SqlUuid, _>(column(distributor))
    .bind::<Array<Text>, _>(numbers.to_vec())
    .load(tx.connection())
    .await?;
    let batch = |row: BatchRow| FirstBatch {
        id: id(row.id),
        number: row.number,
        maker_code: row.maker_code,
        batch: row.batch,
        left: u64::try_from(row.left.max(0)).unwrap_or(0),
    };
    Ok(rows.into_iter().map(batch).collect())
}

/// A part of a distributor's makers' invoices, the newest first.
pub async fn page(
    tx: &mut Tx,
    distributor: Option<OrganizationId>,
    page: &Page<FirstInvoiceId>,
) -> Result<Part<ShownFirstInvoice>, StoreError> {
    let rows = diesel::sql_query(
        "SELECT f.id, f.number, f.maker_code, f.issued_on, array_agg(b.batch ORDER BY b.batch) AS batches, \
             array_agg(b.packs ORDER BY b.batch) AS packs FROM first_invoices f JOIN first_invoice_lines b ON b.invoice = f.id \
         WHERE f.distributor = $1 AND ($2 IS NULL OR f.id < $2) GROUP BY f.id ORDER BY f.id DESC LIMIT $3",
    )
    .bind::<Nullable<SqlUuid>, _>(distributor.map(column))
    .bind::<Nullable<SqlUuid>, _>(page.after.map(column))
    .bind::<BigInt, _>(page.limit())
    .load(tx.connection())
    .await?;
    Ok(Part::cut(rows, page))
}

/// An invoice that is registered, as a file that has it again is compared.
#[derive(Clone, Debug, QueryableByName)]
pub struct Registered {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    supplier: Uuid,
    /// Its number.
    #[diesel(sql_type = Text)]
    pub number: String,
    /// Whether it may be corrected: a blue one that is not void.
    #[diesel(sql_type = Bool)]
    pub stands: bool,
    /// What it says, in the words of `words`.
    #[diesel(sql_type = Text)]
    pub said: String,
}

impl Registered {
    /// Its id.
    pub fn id(&self) -> InvoiceId {
        id(self.id)
    }

    /// Whose it is.
    pub fn supplier(&self) -> OrganizationId {
        id(self.supplier)
    }
}

/// The invoices with those numbers, whosever they are. What they say: the number that is corrected, both codes and the day, then a word a line of
/// acceptance, packs, price without ends of zeros, amount and tax in fen.
pub async fn registered(tx: &mut Tx, numbers: &[&str]) -> Result<Vec<Registered>, StoreError> {
    let rows = diesel::sql_query(
        "SELECT i.id, i.number, i.kind = 'BLUE' AND i.voided_at IS NULL AS stands, i.supplier, \
             concat_ws('|', coalesce(c.number, ''), i.seller_code, i.buyer_code, i.issued_on, \
                 (SELECT string_agg(concat_ws(' ', l.acceptance, l.packs, trim_scale(l.price), l.amount_fen, l.tax_fen), '|' ORDER BY l.place) \
                     FROM invoice_lines l WHERE l.invoice = i.id)) AS said \
         FROM invoices i LEFT JOIN invoices c ON c.id = i.corrects WHERE i.number = ANY ($1)",
    )
    .bind::<Array<Text>, _>(numbers.to_vec())
    .load(tx.connection())
    .await?;
    Ok(rows)
}
