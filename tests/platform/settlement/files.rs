//! Files of invoices: taken whole or not at all, once, however they are written; and the maker's invoice behind the distributor's.
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::fund::Fund;
use super::trade::Supplier;
use crate::support::actor::{Actor, key};
use crate::support::http::send;
use crate::support::killed::{Hold, Killed};
use crate::support::postgres::texts;
use crate::support::worker::Worker;
use crate::support::world::World;

const HEAD: &str = "发票号码,开票日期,销方统一社会信用代码,购方统一社会信用代码,验收编号,数量,含税单价,金额,税额,红冲发票号码,首票号码";

/// A file of one-line invoices of one pack each, numbered from so many on.
struct Sheet<'a> {
    fund: &'a Fund,
    supplier: &'a Supplier,
}

impl Sheet<'_> {
    fn row(&self, number: usize, acceptance: &str, packs: u32) -> String {
        let buyer = self.fund.hospital.login.split_once('@').unwrap().1;
        let fen = i64::from(packs) * 100_000;
        let tax = fen * 13 / 113;
        let yuan = |fen: i64| format!("{}.{:02}", fen / 100, fen % 100);
        let (code, amount, tax) = (&self.supplier.code, yuan(fen - tax), yuan(tax));
        format!("8{number:019},2026-02-01,{code},{buyer},{acceptance},{packs},1000,{amount},{tax},,")
    }

    async fn sends(&self, rows: &[String]) -> Value {
        let text: String = [HEAD.to_owned()].iter().chain(rows).map(|line| format!("{line}\n")).collect();
        self.brings(text.as_bytes()).await
    }

    /// The import once it has ended.
    async fn brings(&self, bytes: &[u8]) -> Value {
        let import = begins(&self.supplier.actor, bytes).await;
        ends(&self.supplier.actor, &import).await
    }

    async fn registered(&self) -> String {
        let count = "SELECT count(*) || ' ' || count(voided_at) AS line FROM invoices";
        texts(&self.fund.world.database.owner, count).await.remove(0)
    }
}

async fn begins(actor: &Actor, bytes: &[u8]) -> String {
    sends(actor, "invoices?name=table", bytes).await
}

/// Sends a table and says which import it is.
pub(crate) async fn sends(actor: &Actor, to: &str, bytes: &[u8]) -> String {
    let (bearer, key) = (format!("Bearer {}", actor.token.clone().unwrap_or_default()), key());
    let headers = [("authorization", bearer.as_str()), ("idempotency-key", key.as_str())];
    let begun = send(actor.to, &format!("POST /imports/{to}"), &headers, bytes).await;
    assert_eq!(begun.status, 201, "{}", begun.body);
    begun.json()["id"].as_str().unwrap().to_owned()
}

/// The import once it has ended.
pub(crate) async fn ends(actor: &Actor, import: &str) -> Value {
    let begun = Instant::now();
    loop {
        let query = format!(
            "{{ import(id: {import:?}) {{ status rowsRead rowsAccepted rowsRejected rejectedRows {{ id }} }} }}"
        );
        let found = actor.asks(&query).await.done();
        if found["status"] != "QUEUED" && found["status"] != "RUNNING" {
            return found;
        }
        assert!(begun.elapsed() < Duration::from_secs(120), "{found}");
    }
}

pub(crate) fn counts(import: &Value) -> [&str; 4] {
    ["status", "rowsRead", "rowsAccepted", "rowsRejected"].map(|name| import[name].as_str().unwrap())
}

/// Line, code, field and expectation of each rejected row.
pub(crate) async fn rejected(actor: &Actor, import: &Value) -> Vec<String> {
    let file = actor.downloads(import["rejectedRows"]["id"].as_str().unwrap()).await.body;
    let mut reader = csv::Reader::from_reader(file.trim_start_matches('\u{feff}').as_bytes());
    let records = reader.records().map(|record| {
        let record = record.unwrap();
        [0, 1, 4, 5].map(|at| record[at].to_owned()).join(" ")
    });
    records.collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn one_bad_row_keeps_out_all_the_others_and_a_file_counts_once() {
    let fund = Fund::new().await;
    let supplier = Supplier::of(&fund, 1).await;
    let sheet = Sheet { fund: &fund, supplier: &supplier };
    let acceptance = supplier.delivers(&fund, 6_000, "2026-01-31").await;
    // More rows than one transaction reads.
    let mut rows: Vec<String> = (0..5_200).map(|number| sheet.row(number, &acceptance, 1)).collect();
    let right = rows[5_150].clone();
    rows[5_150] = right.replacen("acc_", "acc_f", 1);
    let told = sheet.sends(&rows).await;
    assert_eq!(counts(&told), ["DONE", "5200", "0", "1"]);
    assert_eq!(
        rejected(&supplier.actor, &told).await,
        ["5152 ID_MALFORMED acceptance acc_ and 32 hex digits"]
    );
    rows[5_150] = right.replacen(&acceptance, "acc_00000000000000000000000000000001", 1);
    let told = sheet.sends(&rows).await;
    assert_eq!(counts(&told), ["DONE", "5200", "0", "1"]);
    assert_eq!(rejected(&supplier.actor, &told).await, ["5152 NOT_FOUND acceptance "]);
    assert_eq!(sheet.registered().await, "0 0");
    rows[5_150] = right;
    // The same file twice at once, and once more.
    let text: String = [HEAD.to_owned()].iter().chain(&rows).map(|line| format!("{line}\n")).collect();
    let (one, other) = tokio::join!(sheet.brings(text.as_bytes()), sheet.brings(text.as_bytes()));
    assert_eq!([counts(&one), counts(&other)], [["DONE", "5200", "5200", "0"]; 2]);
    assert_eq!(sheet.registered().await, "5200 0");
    let kinds = fund.world.entries(&supplier.actor.organization).await;
    assert_eq!(kinds.iter().filter(|kind| *kind == "InvoicesRegistered").count(), 1);
    supplier.applies(&fund, "2026-01").await.done();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_says_of_each_invoice_what_is_wrong_with_it() {
    let fund = Fund::new().await;
    let (supplier, other) = (Supplier::of(&fund, 1).await, Supplier::of(&fund, 2).await);
    let sheet = Sheet { fund: &fund, supplier: &supplier };
    let (one, two) =
        (supplier.delivers(&fund, 9, "2026-01-31").await, supplier.delivers(&fund, 9, "2026-01-31").await);
    let foreign = other.delivers(&fund, 9, "2026-01-31").await;
    other.registers(json!({ "number": format!("8{:019}", 77), "hospital": fund.hospital.organization, "sellerCode": other.code,
        "buyerCode": "x", "issuedOn": "2026-02-01", "idempotencyKey": key(),
        "lines": [{ "acceptance": foreign, "packs": "1", "price": "1000", "amount": "1000.00", "tax": "0.00" }] })).await.done();
    let faults = [
        (
            vec![sheet.row(1, &one, 2), sheet.row(1, &two, 3).replace("2026-02-01", "2026-02-02")],
            "3 INVOICE_ROWS_DIFFER issuedOn ",
        ),
        (vec![sheet.row(1, &one, 2), sheet.row(2, &foreign, 1)], "3 NOT_FOUND acceptance "),
        (vec![sheet.row(77, &one, 2)], "2 INVOICE_TAKEN invoice "),
        (vec![sheet.row(1, &one, 2).replace(",,", &format!(",8{:019},", 78))], "2 NOT_FOUND corrects "),
    ];
    for (rows, expected) in faults {
        let told = sheet.sends(&rows).await;
        assert_eq!(rejected(&supplier.actor, &told).await, [expected]);
        assert_eq!(sheet.registered().await, "1 0");
    }
    // Two lines of one invoice, and its red-letter note in the same file, in the encoding of the tax office.
    let red = sheet.row(3, &one, 2).replace(",,", &format!(",8{:019},", 2));
    let rows = [red, sheet.row(2, &one, 2), sheet.row(2, &two, 3)];
    let text: String = [HEAD.to_owned()].iter().chain(&rows).map(|line| format!("{line}\n")).collect();
    let (gb18030, _, _) = encoding_rs::GB18030.encode(&text);
    assert_eq!(counts(&sheet.brings(&gb18030).await), ["DONE", "3", "3", "0"]);
    assert_eq!(sheet.registered().await, "3 0");
    let told = sheet.sends(&[sheet.row(2, &one, 3), sheet.row(2, &two, 3)]).await;
    assert_eq!(rejected(&supplier.actor, &told).await, ["2 INVOICE_TAKEN invoice "]);
    let told = sheet.brings(&workbook(&[HEAD.to_owned(), sheet.row(4, &one, 20)])).await;
    assert_eq!(counts(&told), ["DONE", "1", "1", "0"]);
    // What does not match is registered, and told as everywhere: 9 packs, of which the note gave 2 back.
    let found = supplier.actor.asks("{ invoices(first: 1) { nodes { mismatches } } }").await.done();
    assert_eq!(found["nodes"][0]["mismatches"], json!(["1 QUANTITY_ABOVE_ACCEPTED 20 9"]));
}

pub(crate) fn workbook(lines: &[String]) -> Vec<u8> {
    let mut workbook = rust_xlsxwriter::Workbook::new();
    let sheet = workbook.add_worksheet();
    for (at, line) in (0..).zip(lines) {
        for (column, cell) in (0..).zip(line.split(',')) {
            sheet.write_string(at, column, cell).unwrap();
        }
    }
    workbook.save_to_buffer().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_whose_worker_was_killed_is_taken_once() {
    let fund = Fund::of(World::with(|config| config.jobs = 0).await).await;
    let supplier = Supplier::of(&fund, 1).await;
    let sheet = Sheet { fund: &fund, supplier: &supplier };
    let acceptance = supplier.delivers(&fund, 9, "2026-01-31").await;
    let rows: Vec<String> = (0..9).map(|number| sheet.row(number, &acceptance, 1)).collect();
    let text: String = [HEAD.to_owned()].iter().chain(&rows).map(|line| format!("{line}\n")).collect();
    let import = begins(&supplier.actor, text.as_bytes()).await;
    let (owner, app) = (fund.world.database.owner.clone(), fund.world.database.app.clone());
    let held = Hold::of_table(&owner, "invoice_lines").await;
    Killed::worker(&fund.world.database).at_what_is_held(&app).await;
    held.ends().await;
    assert_eq!(sheet.registered().await, "0 0");
    fund.world.moves_clock_to(120).await;
    let worker = Worker::of(&fund.world);
    let told = ends(&supplier.actor, &import).await;
    worker.ends();
    assert_eq!(counts(&told), ["DONE", "9", "9", "0"]);
    assert_eq!(sheet.registered().await, "9 0");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_distributors_invoice_stands_on_the_makers_of_the_same_batch() {
    let fund = Fund::new().await;
    let maker = fund.world.manager("MANUFACTURER", "330000").await;
    let code = maker.login.split_once('@').unwrap().1.to_owned();
    let supplier = Supplier::of(&fund, 1).await;
    let acceptance = supplier.delivers_of(&fund, &maker.organization, (10, "2026-01-31")).await;
    let line = |packs: u32, field: &str, value: &str| {
        let mut invoice = supplier.invoice(&fund, &acceptance, packs);
        if !field.is_empty() {
            invoice["lines"][0][field] = json!(value);
        }
        invoice
    };
    let [first, foreign, unknown] = ["61", "62", "63"].map(|end| format!("{}{end}", "7".repeat(18)));
    supplier.registers_first(&first, &code, &[("b", 6), ("c", 90)]).await.done();
    supplier.registers_first(&foreign, &supplier.code, &[("b", 90)]).await.done();
    supplier.registers_first(&first, &code, &[("b", 6)]).await.refused("INVOICE_TAKEN");
    supplier.registers_first(&unknown, &code, &[("b", 6), ("b", 7)]).await.refused("INVOICE_CHAIN");
    supplier.registers(line(1, "", "")).await.refused("INVOICE_CHAIN");
    supplier.registers(line(1, "firstInvoice", &unknown)).await.refused("NOT_FOUND");
    supplier.registers(line(1, "firstInvoice", &foreign)).await.refused("INVOICE_CHAIN");
    let mismatches = async || {
        let found = supplier.actor.asks("{ invoices(first: 1) { nodes { mismatches } } }").await.done();
        found["nodes"][0]["mismatches"].clone()
    };
    // Two at once: 6 packs stand behind one of them, and 2 behind the other.
    let (one, other) = tokio::join!(
        supplier.registers(line(4, "firstInvoice", &first)),
        supplier.registers(line(4, "firstInvoice", &first))
    );
    one.done();
    other.done();
    let found = supplier.actor.asks("{ invoices(first: 2) { nodes { mismatches } } }").await.done();
    let mut wrong: Vec<&Value> =
        found["nodes"].as_array().unwrap().iter().map(|one| &one["mismatches"]).collect();
    wrong.sort_by_key(|one| one.to_string());
    assert_eq!(wrong, [&json!(["1 CHAIN_INCOMPLETE 4 2"]), &json!([])]);
    supplier.registers(line(2, "firstInvoice", &first)).await.done();
    assert_eq!(mismatches().await, json!([]));
    supplier.registers(line(4, "exemption", "EMERGENCY")).await.done();
    assert_eq!(mismatches().await, json!([]));
    let firsts =
        supplier.actor.asks("{ firstInvoices { nodes { number batches { batch packs } } } }").await.done();
    assert_eq!(firsts["nodes"][1]["batches"][0], json!({ "batch": "b", "packs": "6" }));
    let stranger = maker.asks("{ firstInvoices { nodes { number } } }").await.done();
    assert_eq!(stranger["nodes"], json!([]));
    // What the maker sells itself needs nothing before it.
    let own = Supplier::paid(fund.world.logs_in(&maker.login).await, 3).await;
    let direct = own.delivers(&fund, 1, "2026-01-31").await;
    own.registers(own.invoice(&fund, &direct, 1)).await.done();
}
