//! Invoices and red-letter notes, held against acceptances.
use std::collections::BTreeSet;

use diesel::pg::data_types::PgDate;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Bool, Date, Integer, Nullable, Numeric, Text, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::{RegionCode, Scope};
use jicai_domain::ids::{AcceptanceId, FirstInvoiceId, InvoiceId, OrganizationId, UserId};
use jicai_domain::settlement::chain::Exemption;
use jicai_domain::settlement::matching::{InvoiceNumber, Mismatch};
use jicai_domain::settlement::money::Money;
use jicai_domain::time::Day;
use rust_decimal::Decimal;
use uuid::Uuid;

use super::money;
use crate::door::Tx;
use crate::errors::StoreError;
use crate::identity::regions::read_code;
use crate::ids::{column, fresh, id};
use crate::page::{Page, Part};
use crate::times::{day, on};

/// An acceptance as an invoice is held against it.
#[derive(Clone, Debug)]
pub struct Accepted {
    /// The acceptance.
    pub id: AcceptanceId,
    /// Who accepted.
    pub hospital: OrganizationId,
    /// Where.
    pub region: RegionCode,
    /// When.
    pub on: Day,
    /// The tax id of the maker; none where the maker delivers itself.
    pub maker_code: Option<String>,
    /// The batch that was accepted.
    pub batch: String,
    /// The tax id of who delivers.
    pub seller_code: String,
    /// The tax id of the hospital.
    pub buyer_code: String,
    /// Packs accepted, less those that went back.
    pub packs: u64,
    /// Packs invoiced already, less red-letter notes.
    pub invoiced: u64,
    /// The price that holds.
    pub price: Decimal,
}

/// A line of an invoice, as it was judged.
#[derive(Clone, Debug)]
pub struct Line {
    /// The acceptance.
    pub acceptance: AcceptanceId,
    /// Packs.
    pub packs: u64,
    /// Per pack, with tax.
    pub price: Decimal,
    /// Without tax.
    pub amount: Money,
    /// The tax.
    pub tax: Money,
    /// The maker's invoice that stands behind it.
    pub first: Option<FirstInvoiceId>,
    /// Why none does.
    pub exemption: Option<Exemption>,
    /// What does not agree.
    pub mismatches: Vec<Mismatch>,
}

/// An invoice or red-letter note that is registered.
#[derive(Clone, Debug)]
pub struct Invoice {
    /// Its id.
    pub id: InvoiceId,
    /// Its number.
    pub number: InvoiceNumber,
    /// Of a red-letter note, the invoice that it corrects.
    pub corrects: Option<InvoiceId>,
    /// The enterprise.
    pub supplier: OrganizationId,
    /// The hospital.
    pub hospital: OrganizationId,
    /// The seller's tax id as printed.
    pub seller_code: String,
    /// The buyer's tax id as printed.
    pub buyer_code: String,
    /// The day of issue.
    pub issued_on: Day,
    /// Its lines.
    pub lines: Vec<Line>,
    /// Who registered it.
    pub by: UserId,
}

/// An invoice as it is shown.
#[derive(Clone, Debug)]
pub struct ShownInvoice {
    /// Its id.
    pub id: InvoiceId,
    /// Its number.
    pub number: String,
    /// Whether it is a red-letter note.
    pub red: bool,
    /// The enterprise.
    pub supplier: OrganizationId,
    /// The hospital.
    pub hospital: OrganizationId,
    /// The day of issue.
    pub issued_on: Day,
    /// Without tax.
    pub amount: Money,
    /// The tax.
    pub tax: Money,
    /// Whether it is void.
    pub void: bool,
    /// What does not agree, as `line CODE invoiced expected`.
    pub mismatches: Vec<String>,
}

#[derive(QueryableByName)]
struct AcceptedRow {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    hospital: Uuid,
    #[diesel(sql_type = Text)]
    region: String,
    #[diesel(sql_type = Date)]
    accepted_on: PgDate,
    #[diesel(sql_type = Nullable<Text>)]
    maker_code: Option<String>,
    #[diesel(sql_type = Text)]
    batch: String,
    #[diesel(sql_type = Text)]
    seller_code: String,
    #[diesel(sql_type = Text)]
    buyer_code: String,
    #[diesel(sql_type = BigInt)]
    packs: i64,
    #[diesel(sql_type = BigInt)]
    invoiced: i64,
    #[diesel(sql_type = Numeric)]
    price: Decimal,
}

#[derive(QueryableByName)]
struct InvoiceRow {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = Text)]
    number: String,
    #[diesel(sql_type = Bool)]
    red: bool,
    #[diesel(sql_type = SqlUuid)]
    supplier: Uuid,
    #[diesel(sql_type = SqlUuid)]
    hospital: Uuid,
    #[diesel(sql_type = Date)]
    issued_on: PgDate,
    #[diesel(sql_type = BigInt)]
    amount_fen: i64,
    #[diesel(sql_type = BigInt)]
    tax_fen: i64,
    #[diesel(sql_type = Bool)]
    void: bool,
    #[diesel(sql_type = Array<Text>)]
    mismatches: Vec<String>,
}

/// The acceptances of those ids of what the enterprise delivered, in any order, with what is invoiced of them.
pub async fn accepted(
    tx: &mut Tx,
    supplier: OrganizationId,
    wanted: &[AcceptanceId],
) -> Result<Vec<Accepted>, StoreError> {
    let rows: Vec<AcceptedRow> = diesel::sql_query(
        "SELECT a.id, a.hospital, a.region, a.accepted_on, CASE WHEN a.manufacturer <> a.seller THEN m.credit_code END AS maker_code, d.batch, \
             s.credit_code AS seller_code, h.credit_code AS buyer_code, a.price, \
             (a.packs - coalesce((SELECT sum(r.packs) FROM goods_returns r WHERE r.acceptance = a.id), 0))::bigint AS packs, \
             (SELECT coalesce(sum(CASE i.kind WHEN 'BLUE' THEN l.packs ELSE -l.packs END), 0) FROM invoice_lines l \
                 JOIN invoices i ON i.id = l.invoice WHERE l.acceptance = a.id AND i.voided_at IS NULL AND l.mismatches = '{}')::bigint AS invoiced \
         FROM acceptances a JOIN deliveries d ON d.id = a.delivery JOIN organizations s ON s.id = a.seller \
             JOIN organizations h ON h.id = a.hospital JOIN organizations m ON m.id = a.manufacturer \
         WHERE a.id = ANY ($2) AND a.seller = $1",
    )
    .bind::<SqlUuid, _>(column(supplier))
    .bind::<Array<SqlUuid>, _>(wanted.iter().copied().map(column).collect::<Vec<_>>())
    .load(tx.connection())
    .await?;
    rows.into_iter().map(found).collect()
}

fn found(row: AcceptedRow) -> Result<Accepted, StoreError> {
    let whole = |packs: i64| u64::try_from(packs.max(0)).unwrap_or(0);
    Ok(Accepted {
        id: id(row.id),
        hospital: id(row.hospital),
        region: read_code(&row.region)?,
        on: day(row.accepted_on),
        maker_code: row.maker_code,
        batch: row.batch,
        seller_code: row.seller_code,
        buyer_code: row.buyer_code,
        packs: whole(row.packs),
        invoiced: whole(row.invoiced),
        price: row.price.normalize(),
    })
}

/// The hospitals of those acceptances of what the enterprise delivered.
pub async fn hospitals_of(
    tx: &mut Tx,
    supplier: OrganizationId,
    wanted: &[AcceptanceId],
) -> Result<BTreeSet<OrganizationId>, StoreError> {
    let rows: Vec<Found> = diesel::sql_query(
        "SELECT DISTINCT hospital AS id FROM acceptances WHERE id = ANY ($2) AND seller = $1",
    )
    .bind::<SqlUuid, _>(column(supplier))
    .bind::<Array<SqlUuid>, _>(wanted.iter().copied().map(column).collect::<Vec<_>>())
    .load(tx.connection())
    .await?;
    Ok(rows.into_iter().map(|row| id(row.id)).collect())
}

/// An acceptance as the database writes its id.
pub fn uuid_text(acceptance: AcceptanceId) -> String {
    column(acceptance).to_string()
}

/// The invoice with that number between the two, that a red-letter note may correct.
pub async fn corrected(
    tx: &mut Tx,
    (supplier, hospital): (OrganizationId, OrganizationId),
    number: &InvoiceNumber,
) -> Result<InvoiceId, StoreError> {
    let row: Option<Found> = diesel::sql_query(
        "SELECT id FROM invoices WHERE number = $3 AND supplier = $1 AND hospital = $2 AND kind = 'BLUE' AND voided_at IS NULL",
    )
    .bind::<SqlUuid, _>(column(supplier))
    .bind::<SqlUuid, _>(column(hospital))
    .bind::<Text, _>(number.as_str())
    .get_result(tx.connection())
    .await
    .optional()?;
    row.map(|row| id(row.id)).ok_or_else(|| Refusal::of(Code::NotFound).at("corrects").into())
}

#[derive(QueryableByName)]
struct Found {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
}

impl Invoice {
    /// What it comes to without tax, and the tax. Errors: `AMOUNT_INVALID`.
    pub fn total(&self) -> Result<(Money, Money), Refusal> {
        let amount = Money::sum(self.lines.iter().map(|line| line.amount))?;
        Ok((amount, Money::sum(self.lines.iter().map(|line| line.tax))?))
    }
}

/// Registers invoices; a red-letter note may correct one of them. Errors: `INVOICE_TAKEN`.
pub async fn add(tx: &mut Tx, invoices: &[Invoice]) -> Result<(), StoreError> {
    let totals: Vec<(Money, Money)> = invoices.iter().map(Invoice::total).collect::<Result<_, _>>()?;
    let ids = |of: fn(&Invoice) -> Uuid| invoices.iter().map(of).collect::<Vec<_>>();
    let texts = |of: fn(&Invoice) -> &str| invoices.iter().map(of).collect::<Vec<_>>();
    diesel::sql_query(
        "INSERT INTO invoices (id, number, kind, corrects, supplier, hospital, seller_code, buyer_code, issued_on, amount_fen, tax_fen, \
             registered_by, registered_at) \
         SELECT id, number, CASE WHEN corrects IS NULL THEN 'BLUE' ELSE 'RED' END, corrects, supplier, hospital, seller_code, buyer_code, issued_on, \
             amount, tax, registered_by, app_clock() FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) \
             AS i (id, number, corrects, supplier, hospital, seller_code, buyer_code, issued_on, amount, tax, registered_by)",
    )
    .bind::<Array<SqlUuid>, _>(ids(|one| column(one.id)))
    .bind::<Array<Text>, _>(texts(|one| one.number.as_str()))
    .bind::<Array<Nullable<SqlUuid>>, _>(invoices.iter().map(|one| one.corrects.map(column)).collect::<Vec<_>>())
    .bind::<Array<SqlUuid>, _>(ids(|one| column(one.supplier)))
    .bind::<Array<SqlUuid>, _>(ids(|one| column(one.hospital)))
    .bind::<Array<Text>, _>(texts(|one| &one.seller_code))
    .bind::<Array<Text>, _>(texts(|one| &one.buyer_code))
    .bind::<Array<Date>, _>(invoices.iter().map(|one| on(one.issued_on)).collect::<Vec<_>>())
    .bind::<Array<BigInt>, _>(totals.iter().map(|(amount, _)| amount.fen()).collect::<Vec<_>>())
    .bind::<Array<BigInt>, _>(totals.iter().map(|(_, tax)| tax.fen()).collect::<Vec<_>>())
    .bind::<Array<SqlUuid>, _>(ids(|one| column(one.by)))
    .execute(tx.connection())
    .await?;
    add_lines(tx, invoices).await
}

async fn add_lines(tx: &mut Tx, invoices: &[Invoice]) -> Result<(), StoreError> {
    let lines = || {
        invoices
            .iter()
            .flat_map(|invoice| (1..).zip(&invoice.lines).map(move |(at, line)| (invoice, at, line)))
    };
    let packs = lines().map(|(invoice, _, line)| {
        i64::try_from(line.packs).map_err(|_large| StoreError::row("packs", invoice.id))
    });
    let packs = packs.collect::<Result<Vec<i64>, _>>()?;
    let places: Vec<i32> = lines().map(|(_, at, _)| at).collect();
    let fen = |of: fn(&Line) -> Money| lines().map(|(_, _, line)| of(line).fen()).collect::<Vec<_>>();
    diesel::sql_query(
        "INSERT INTO invoice_lines (id, invoice, place, acceptance, packs, price, amount_fen, tax_fen, first_invoice, exemption, mismatches) \
         SELECT line, invoice, place, acceptance, packs, price, amount, tax, first, exemption, \
             CASE wrong WHEN '' THEN '{}' ELSE string_to_array(wrong, chr(10)) END \
         FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) \
             AS l (invoice, line, place, acceptance, packs, price, amount, tax, first, exemption, wrong)",
    )
    .bind::<Array<SqlUuid>, _>(lines().map(|(invoice, ..)| column(invoice.id)).collect::<Vec<_>>())
    .bind::<Array<SqlUuid>, _>(lines().map(|_line| column(fresh::<InvoiceId>())).collect::<Vec<_>>())
    .bind::<Array<Integer>, _>(places)
    .bind::<Array<SqlUuid>, _>(lines().map(|(_, _, line)| column(line.acceptance)).collect::<Vec<_>>())
    .bind::<Array<BigInt>, _>(packs)
    .bind::<Array<Numeric>, _>(lines().map(|(_, _, line)| line.price).collect::<Vec<_>>())
    .bind::<Array<BigInt>, _>(fen(|line| line.amount))
    .bind::<Array<BigInt>, _>(fen(|line| line.tax))
    .bind::<Array<Nullable<SqlUuid>>, _>(lines().map(|(_, _, line)| line.first.map(column)).collect::<Vec<_>>())
    .bind::<Array<Nullable<Text>>, _>(lines().map(|(_, _, line)| line.exemption.map(Exemption::label)).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(lines().map(|(_, _, line)| told(&line.mismatches)).collect::<Vec<_>>())
    .execute(tx.connection())
    .await?;
    Ok(())
}

fn told(mismatches: &[Mismatch]) -> String {
    let lines = mismatches
        .iter()
        .map(|wrong| format!("{} {} {}", wrong.kind.label(), wrong.invoiced, wrong.expected));
    lines.collect::<Vec<_>>().join("\n")
}

/// Marks an invoice of the enterprise as void. Errors: `NOT_FOUND`, `INVOICE_STATE` for one that is void or that a statement has.
pub async fn void(tx: &mut Tx, scope: &Scope, wanted: InvoiceId) -> Result<(), StoreError> {
    let own = scope.organization().ok_or(Refusal::of(Code::NotFound))?;
    let found: Option<Found> =
        diesel::sql_query("SELECT id FROM invoices WHERE id = $1 AND supplier = $2 FOR UPDATE")
            .bind::<SqlUuid, _>(column(wanted))
            .bind::<SqlUuid, _>(column(own))
            .get_result(tx.connection())
            .await
            .optional()?;
    found.ok_or(Refusal::of(Code::NotFound))?;
    let voided = diesel::sql_query(
        "UPDATE invoices SET voided_at = app_clock() WHERE id = $1 AND voided_at IS NULL AND NOT EXISTS (SELECT FROM statement_lines s \
             JOIN invoice_lines l ON l.id = s.invoice_line WHERE l.invoice = $1)",
    )
    .bind::<SqlUuid, _>(column(wanted))
    .execute(tx.connection())
    .await?;
    if voided == 1 { Ok(()) } else { Err(Refusal::of(Code::InvoiceState).into()) }
}

/// The hospital that an invoice of the enterprise is made out to. Errors: `NOT_FOUND`.
pub async fn buyer(tx: &mut Tx, scope: &Scope, wanted: InvoiceId) -> Result<OrganizationId, StoreError> {
    let own = scope.organization().ok_or(Refusal::of(Code::NotFound))?;
    let row: Option<Found> =
        diesel::sql_query("SELECT hospital AS id FROM invoices WHERE id = $1 AND supplier = $2")
            .bind::<SqlUuid, _>(column(wanted))
            .bind::<SqlUuid, _>(column(own))
            .get_result(tx.connection())
            .await
            .optional()?;
    row.map(|row| id(row.id)).ok_or_else(|| Refusal::of(Code::NotFound).into())
}

/// A part of the invoices between the own organization and others, the newest first.
pub async fn page(
    tx: &mut Tx,
    scope: &Scope,
    page: &Page<InvoiceId>,
) -> Result<Part<ShownInvoice>, StoreError> {
    let rows: Vec<InvoiceRow> = diesel::sql_query(
        "SELECT i.id, i.number, i.kind = 'RED' AS red, i.supplier, i.hospital, i.issued_on, i.amount_fen, i.tax_fen, \
             i.voided_at IS NOT NULL AS void, ARRAY (SELECT concat_ws(' ', l.place, wrong) FROM invoice_lines l, unnest(l.mismatches) AS wrong \
                 WHERE l.invoice = i.id ORDER BY l.place) AS mismatches \
         FROM invoices i WHERE $1 IN (i.supplier, i.hospital) AND ($2 IS NULL OR i.id < $2) ORDER BY i.id DESC LIMIT $3",
    )
    .bind::<Nullable<SqlUuid>, _>(scope.organization().map(column))
    .bind::<Nullable<SqlUuid>, _>(page.after.map(column))
    .bind::<BigInt, _>(page.limit())
    .load(tx.connection())
    .await?;
    let shown = rows.into_iter().map(|row| {
        Ok(ShownInvoice {
            id: id(row.id),
            number: row.number,
            red: row.red,
            supplier: id(row.supplier),
            hospital: id(row.hospital),
            issued_on: day(row.issued_on),
            amount: money(row.amount_fen)?,
            tax: money(row.tax_fen)?,
            void: row.void,
            mismatches: row.mismatches,
        })
    });
    Ok(Part::cut(shown.collect::<Result<_, StoreError>>()?, page))
}
