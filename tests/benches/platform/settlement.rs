//! A month of accepted lines from matching to the payment file, each stage by itself, against `COPY` of the rows that it writes into the same tables of the
//! same cluster; and events of the ledger against pgbench running the same statements.
use std::fmt::Write as _;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use jicai_domain::identity::RegionCode;
use jicai_domain::settlement::ledger::{Act, Book, Event, Ledger, Outcome, Posted, Scheme};
use jicai_domain::settlement::money::Money;
use jicai_domain::time::Day;
use jicai_store::settlement::{ledger, reach_area};
use jicai_store::setup::OWNER;
use jicai_store::{Store, StoreError, fresh};
use serde_json::Value;

use crate::api::{Api, Serving, Worker};
use crate::cluster::{Bench, HOSPITALS, NAME, credit_code, until};
use crate::{CLIENTS, SECONDS};

/// Lines of the first month, which the growth is told from.
const SMALL: usize = 10_000;
/// Lines of one seller, which come as one file.
const OF_SELLER: usize = 50_000;
/// Hospitals that buy.
const BUYERS: usize = 10;
/// Lines of an invoice.
const OF_INVOICE: usize = 100;
/// Events of a transaction that has many.
const BATCH: usize = 50;
const AREA: &str = "320100";
const DISTRICTS: [&str; 8] = ["320102", "320104", "320105", "320106", "320111", "320113", "320114", "320115"];
const WRITTEN: [&str; 3] = ["invoices", "invoice_lines", "statement_lines"];

/// Who settles.
struct Fund<'b> {
    bench: &'b Bench,
    serving: &'b Serving,
    clerk: Api,
    second: Api,
    hospitals: Vec<(String, Api)>,
}

/// A month of 10,000 lines, then one of `BENCH_SETTLEMENT_LINES` where there are more.
pub(crate) async fn compare(bench: &Bench, serving: &Serving) {
    let set = std::env::var("BENCH_SETTLEMENT_LINES").ok().and_then(|lines| lines.parse().ok());
    let lines: usize = set.unwrap_or(SMALL);
    let fund = Fund::open(bench, serving).await;
    let small = fund.month(1, SMALL).await;
    if lines > SMALL {
        let large = fund.month(2, lines).await;
        println!("a line takes {:.2} times as long as in a month of {SMALL}", large / small);
    }
    events(bench).await;
}

fn table_id(kind: char, number: usize) -> String {
    format!("01900000-0000-7000-a{kind}00-{number:012x}")
}

impl<'b> Fund<'b> {
    async fn open(bench: &'b Bench, serving: &'b Serving) -> Fund<'b> {
        let (login, password) = serving.account("INSURANCE_AGENCY");
        let buyers: Vec<String> =
            (1..=BUYERS).map(|number| format!("('{}'::uuid)", hospital(number))).collect();
        let people = format!(
            "INSERT INTO users (id, organization, login, name, role, manager, status, password_hash, version, created_at) \
                 SELECT gen_random_uuid(), organization, 'second@' || split_part(login, '@', 2), '复核人', role, true, 'ACTIVE', password_hash, 1, app_clock() \
                 FROM users WHERE login = '{login}'; \
             INSERT INTO users (id, organization, login, name, role, manager, status, password_hash, version, created_at) \
                 SELECT gen_random_uuid(), h.id, 'buyer@' || o.credit_code, '经办人', 'HOSPITAL', true, 'ACTIVE', u.password_hash, 1, app_clock() \
                 FROM users u, (VALUES {buyers}) h (id) JOIN organizations o ON o.id = h.id WHERE u.login = '{login}'; \
             INSERT INTO ledger_books (area, scheme) VALUES ('{AREA}', 'EMPLOYEE'); \
             INSERT INTO designations (id, agency, area, hospital, begins, begun_by, begun_at, version) \
                 SELECT gen_random_uuid(), u.organization, '{AREA}', h.id, '2020-01-01', u.id, app_clock(), 1 \
                 FROM users u, (VALUES {buyers}) h (id) WHERE u.login = '{login}'; \
             INSERT INTO items (id, kind, created_at, version) VALUES ('{item}', 'WESTERN', app_clock(), 1)",
            buyers = buyers.join(", "),
            item = table_id('0', 1),
        );
        bench.execute(OWNER, &people).await;
        let code = login.split_once('@').unwrap().1;
        let clerk = serving.opens(login, password).await;
        let second = serving.opens(&format!("second@{code}"), password).await;
        let mut hospitals = Vec::new();
        for number in 1..=BUYERS {
            let id = hospital(number);
            let buyer = format!("buyer@{}", credit_code(number - 1));
            let api = serving.opens(&buyer, password).await;
            hospitals.push((format!("org_{}", id.replace('-', "")), api));
        }
        let fund = Fund { bench, serving, clerk, second, hospitals };
        fund.grants().await;
        fund
    }

    async fn grants(&self) {
        let prepare = format!(
            "mutation {{ prepareLedgerEvent(input: {{ id: \"led_{:032x}\", area: \"{AREA}\", scheme: EMPLOYEE, day: \"2026-01-01\", kind: GRANTED, \
             amount: \"9000000000000\", idempotencyKey: \"bench-granted-0001\" }}) {{ id version }} }}",
            7
        );
        let event = self.clerk.asks(&prepare).await["prepareLedgerEvent"].clone();
        let decide = format!(
            "mutation {{ decideLedgerEvent(input: {{ {}, decision: POST, idempotencyKey: \"bench-granted-0002\" }}) {{ id }} }}",
            seen(&event)
        );
        self.second.asks(&decide).await;
    }

    /// A month of so many lines; the seconds that one takes.
    async fn month(&self, month: usize, lines: usize) -> f64 {
        let sellers = lines.div_ceil(OF_SELLER);
        self.bench.execute(OWNER, &self.accepted((month, sellers), lines)).await;
        let (_, password) = self.serving.account("INSURANCE_AGENCY");
        let mut own = Vec::new();
        for seller in 1..=sellers {
            let login = format!("seller@{}", seller_code(month, seller));
            own.push(self.serving.opens(&login, password).await);
        }
        let worker = Worker::start(self.bench);
        let begun = Instant::now();
        matched(&own, (month, lines)).await;
        let matched = begun.elapsed().as_secs_f64();
        let mut statements = self.applied(month, &own).await;
        let applied = begun.elapsed().as_secs_f64();
        self.answered(month, &mut statements).await;
        let answered = begun.elapsed().as_secs_f64();
        self.approved(month, &mut statements).await;
        let approved = begun.elapsed().as_secs_f64();
        let bytes = self.pays(month).await;
        let took = begun.elapsed().as_secs_f64();
        let (held, _logs) = worker.stop();
        let copied = copied(self.bench);
        println!(
            "settlement of {lines} lines in {} statements: {took:.1} s (matching {matched:.1} s, application {:.1} s, confirmation {:.1} s, review and \
             approval {:.1} s, payment {:.1} s), a payment file of {} kB; the worker holds {held:.0} MB at most, the service {:.0} MB; COPY of the rows \
             into the same tables {copied:.1} s: ratio {:.2}",
            statements.len(),
            applied - matched,
            answered - applied,
            approved - answered,
            took - approved,
            bytes >> 10,
            self.serving.peak_megabytes(),
            copied / took
        );
        took / f64::from(u32::try_from(lines).unwrap())
    }

    /// A statement of each seller with each hospital: the hospital's place, and what was applied for.
    async fn applied(&self, month: usize, own: &[Api]) -> Vec<(usize, Value)> {
        let mut statements = Vec::new();
        for api in own {
            for (place, (hospital, _)) in self.hospitals.iter().enumerate() {
                let apply = format!(
                    "mutation {{ applyForSettlement(input: {{ month: \"2026-{month:02}\", hospital: {hospital:?}, book: {{ area: \"{AREA}\", \
                     scheme: EMPLOYEE }}, idempotencyKey: \"bench-applied-{month}-{place:04}\" }}) {{ id version }} }}"
                );
                statements.push((place, api.asks(&apply).await["applyForSettlement"].clone()));
            }
        }
        statements
    }

    async fn answered(&self, month: usize, statements: &mut [(usize, Value)]) {
        for (number, (place, statement)) in statements.iter_mut().enumerate() {
            let (_, api) = &self.hospitals[*place];
            let answer = format!(
                "mutation {{ answerStatement(input: {{ {}, disputes: [], idempotencyKey: \"bench-answered-{month}-{number:06}\" }}) {{ id version }} }}",
                seen(statement)
            );
            *statement = api.asks(&answer).await["answerStatement"].clone();
        }
    }

    async fn approved(&self, month: usize, statements: &mut [(usize, Value)]) {
        for (who, decision) in [(&self.clerk, "REVIEW"), (&self.second, "APPROVE")] {
            for (number, (_, statement)) in statements.iter_mut().enumerate() {
                let decide = format!(
                    "mutation {{ decideStatement(input: {{ {}, decision: {decision}, idempotencyKey: \"bench-{decision}-{month}-{number:06}\" }}) \
                     {{ id version }} }}",
                    seen(statement)
                );
                *statement = who.asks(&decide).await["decideStatement"].clone();
            }
        }
    }

    /// What was approved is paid in one batch: the bytes of its file.
    async fn pays(&self, month: usize) -> usize {
        let prepare = format!(
            "mutation {{ preparePaymentBatch(input: {{ book: {{ area: \"{AREA}\", scheme: EMPLOYEE }}, day: \"2026-{:02}-20\", \
             idempotencyKey: \"bench-batch-{month:08}\" }}) {{ id version }} }}",
            month + 1
        );
        let batch = self.clerk.asks(&prepare).await["preparePaymentBatch"].clone();
        let decide = format!(
            "mutation {{ decidePaymentBatch(input: {{ {}, approve: true, idempotencyKey: \"bench-decided-{month:08}\" }}) {{ id }} }}",
            seen(&batch)
        );
        self.second.asks(&decide).await;
        let sent = "{ paymentBatches(first: 1) { nodes { status } } }";
        until(async || self.clerk.asks(sent).await["paymentBatches"]["nodes"][0]["status"] == "SENT").await;
        let file = self.clerk.asks(&format!("{{ paymentFile(batch: {}) }}", batch["id"])).await;
        file["paymentFile"].as_str().unwrap().len()
    }

    /// Sellers that make what they sell, and what the hospitals accepted of them: a pack a line at 1,000 yuan.
    fn accepted(&self, (month, sellers): (usize, usize), lines: usize) -> String {
        let made: Vec<String> = (1..=sellers)
            .map(|seller| {
                let code = seller_code(month, seller);
                format!("({seller}, '{}'::uuid, '{code}')", seller_id(month, seller))
            })
            .collect();
        let pair = format!("{month} * 100000 + s.n * 100 + h.n");
        let id = |kind: char, number: &str| {
            format!("('01900000-0000-7000-a{kind}00-' || lpad(to_hex({number}), 12, '0'))::uuid")
        };
        let (filing, order, line, delivery) =
            (id('1', &pair), id('2', &pair), id('3', &pair), id('4', &pair));
        let acceptance = id('5', &format!("{month}::bigint * 10000000 + l.n"));
        let buyers = format!(
            "(SELECT n, ('01900000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid AS id FROM generate_series(1, {BUYERS}) n)"
        );
        format!(
            "CREATE TEMP TABLE made (n int, id uuid, code text); INSERT INTO made VALUES {made}; \
             INSERT INTO organizations (id, kind, name, credit_code, status, version, created_at) \
                 SELECT id, 'MANUFACTURER', '模拟企业' || n, code, 'APPROVED', 1, app_clock() FROM made; \
             INSERT INTO organization_regions (organization, region) SELECT id, '320000' FROM made; \
             INSERT INTO users (id, organization, login, name, role, manager, status, password_hash, version, created_at) \
                 SELECT gen_random_uuid(), m.id, 'seller@' || m.code, '经办人', 'MANUFACTURER', true, 'ACTIVE', u.password_hash, 1, app_clock() \
                 FROM made m, users u WHERE u.login LIKE 'second@%'; \
             INSERT INTO payee_accounts (organization, holder, bank_code, account, version, set_by, set_at) \
                 SELECT m.id, '模拟企业', '102301000019', '6222000011112222', 1, u.id, app_clock() FROM made m JOIN users u ON u.organization = m.id; \
             INSERT INTO filings (id, hospital, region, item, manufacturer, name, unit, pack_units, price, asked, packs, taken, until, reason, status, \
                     rules, applied_by, applied_at, decided_by, decided_at, status_since, version) \
                 SELECT {filing}, h.id, '320106', '{item}', s.id, 'x', '盒', 7, 1000, {lines}, {lines}, {lines}, '2030-01-01', 'x', 'APPROVED', 'x', u.id, \
                     app_clock(), u.id, app_clock(), app_clock(), 1 FROM made s, {buyers} h, users u WHERE u.login LIKE 'second@%'; \
             INSERT INTO orders SELECT {order}, h.id, '320106', NULL, 1, app_clock() FROM made s, {buyers} h; \
             INSERT INTO order_lines (id, order_id, place, kind, filing, hospital, seller, manufacturer, region, pack_units, price, ordered, confirmed, \
                     cancelled, shipped, accepted, rejected, returned, status, rules, confirm_by, status_since, version) \
                 SELECT {line}, {order}, 1, 'FILED', {filing}, h.id, s.id, s.id, '320106', 7, 1000, {lines}, {lines}, 0, {lines}, {lines}, 0, 0, 'ACCEPTED', \
                     'x', app_clock(), app_clock(), 1 FROM made s, {buyers} h; \
             INSERT INTO deliveries (id, order_line, hospital, seller, note, batch, expires_on, codes, packs, accepted, rejected, shipped_at, arrived_at, \
                     on_time, version) \
                 SELECT {delivery}, {line}, h.id, s.id, 'n', 'b', '2030-01-01', '{{}}', {lines}, {lines}, 0, app_clock(), app_clock(), true, 1 \
                 FROM made s, {buyers} h; \
             INSERT INTO acceptances SELECT {acceptance}, {line}, {delivery}, h.id, s.id, s.id, '320106', 1, 1000, 100000, 0, app_clock(), '2026-{month:02}-10' \
                 FROM generate_series(0, {lines} - 1) l (n) JOIN made s ON s.n = l.n % {sellers} + 1 JOIN {buyers} h ON h.n = l.n / {sellers} / {OF_INVOICE} % {BUYERS} + 1; \
             DROP TABLE made; ANALYZE",
            made = made.join(", "),
            item = table_id('0', 1),
        )
    }
}

fn hospital(number: usize) -> String {
    format!("01900000-0000-7000-8000-{number:012x}")
}

fn seller_id(month: usize, seller: usize) -> String {
    format!("01900000-0000-7000-b{month}00-{seller:012x}")
}

fn seller_code(month: usize, seller: usize) -> String {
    credit_code(HOSPITALS + month * 1_000 + seller)
}

/// The id and the version that were seen, as an input names them.
fn seen(changed: &Value) -> String {
    format!("id: {}, version: {}", changed["id"], changed["version"])
}

/// A seller's table: the lines of a hospital stand together, so many an invoice.
fn invoices((month, seller): (usize, usize), lines: usize, sellers: usize) -> String {
    let mut table =
        String::from("invoice,issued on,seller code,buyer code,acceptance,packs,price,amount,tax\n");
    let code = seller_code(month, seller);
    for line in (seller - 1..lines).step_by(sellers) {
        let invoice = line / sellers / OF_INVOICE;
        let buyer = credit_code(invoice % BUYERS);
        let acceptance = table_id('5', month * 10_000_000 + line).replace('-', "");
        let number = format!("{month}{seller:05}{invoice:014}");
        writeln!(table, "{number},2026-{month:02}-28,{code},{buyer},acc_{acceptance},1,1000,884.96,115.04")
            .unwrap();
    }
    table
}

/// Every seller sends its invoices, and every row of them matches.
async fn matched(own: &[Api], (month, lines): (usize, usize)) {
    let mut imports = Vec::new();
    for (seller, api) in own.iter().enumerate() {
        let table = invoices((month, seller + 1), lines, own.len());
        imports.push(api.brings("invoices?name=month", &table).await);
    }
    for (import, api) in imports.iter().zip(own) {
        registered(api, import).await;
    }
}

/// Waits until every row of a table is registered.
async fn registered(seller: &Api, import: &str) {
    let query = format!("{{ import(id: {import:?}) {{ status rowsRejected fault {{ code detail }} }} }}");
    let state = async || seller.asks(&query).await["import"].clone();
    until(async || {
        let state = state().await;
        assert_ne!(state["status"], "FAILED", "{state}");
        state["status"] == "DONE"
    })
    .await;
    assert_eq!(state().await["rowsRejected"], "0");
}

/// Seconds in which Postgres copies the rows that a month writes into their tables once more.
fn copied(bench: &Bench) -> f64 {
    let psql = |command: &str| {
        let mut psql = Command::new(bench.cluster.programs().join("psql"));
        psql.arg(bench.cluster.url(OWNER, NAME)).args(["-q", "-v", "ON_ERROR_STOP=1", "-c", command]);
        assert!(psql.status().unwrap().success(), "{command}");
    };
    let file = |table: &str| bench.home.path().join(format!("{table}.copy"));
    for table in WRITTEN {
        psql(&format!("\\copy {table} TO '{}'", file(table).display()));
    }
    psql(&format!("TRUNCATE {}", WRITTEN.join(", ")));
    let begun = Instant::now();
    for table in WRITTEN {
        psql(&format!("\\copy {table} FROM '{}'", file(table).display()));
    }
    begun.elapsed().as_secs_f64()
}

/// Events a second of as many books as there are clients: one a transaction, and many.
async fn events(bench: &Bench) {
    let books: Vec<(&str, Scheme)> = DISTRICTS
        .iter()
        .flat_map(|area| [(*area, Scheme::Employee), (*area, Scheme::Resident)])
        .take(CLIENTS)
        .collect();
    let rows: Vec<String> =
        books.iter().map(|(area, scheme)| format!("('{area}', '{}')", scheme.label())).collect();
    bench
        .execute(OWNER, &format!("INSERT INTO ledger_books (area, scheme) VALUES {}", rows.join(", ")))
        .await;
    let store = Arc::new(Store::new(&bench.url(), u32::try_from(CLIENTS).unwrap()));
    let one = posted(&store, &books, 1).await;
    let many = posted(&store, &books, BATCH).await;
    let floor = bench.pgbench(&script(&books));
    println!(
        "events of the ledger: {one:.0}/s; the same statements by pgbench {floor:.0}/s: ratio {:.2}; {BATCH} a transaction {many:.0}/s: ratio {:.2}",
        one / floor,
        many / floor
    );
}

async fn posted(store: &Arc<Store>, books: &[(&str, Scheme)], size: usize) -> f64 {
    let (count, begun) = (Arc::new(AtomicUsize::new(0)), Instant::now());
    let clients = books.iter().map(|(area, scheme)| {
        let book = Book { area: RegionCode::parse(area).unwrap(), scheme: *scheme };
        let (store, count) = (Arc::clone(store), Arc::clone(&count));
        tokio::spawn(async move {
            while begun.elapsed() < Duration::from_secs(SECONDS) {
                post(&store, book, size).await;
                count.fetch_add(size, Ordering::Relaxed);
            }
        })
    });
    for client in clients.collect::<Vec<_>>() {
        client.await.unwrap();
    }
    f64::from(u32::try_from(count.load(Ordering::Relaxed)).unwrap()) / begun.elapsed().as_secs_f64()
}

/// Money that is granted to a book, as the service posts it.
async fn post(store: &Store, book: Book, size: usize) {
    let (day, amount) = (Day::parse("2026-01-01").unwrap(), Money::of_fen(100).unwrap());
    let events: Vec<Event> =
        (0..size).map(|_| Event { id: fresh(), book, day, act: Act::Granted { amount } }).collect();
    let done = store.keep("bench_ledger", async |tx| {
        reach_area(tx, book.area).await?;
        let held = ledger::hold_books(tx, &[book]).await?;
        let mut judge = Ledger::standing(ledger::standing(tx, &held, &events).await?);
        let mut postings = Vec::with_capacity(size);
        for event in &events {
            if let Outcome::Posted(transfers) = judge.post(event)? {
                postings.push(Posted { event: event.clone(), transfers });
            }
        }
        ledger::append(tx, &postings).await?;
        Ok::<_, StoreError>(())
    });
    done.await.unwrap();
}

/// The statements of one event, each client in its own book.
fn script(books: &[(&str, Scheme)]) -> String {
    let of = |word: &dyn Fn(&(&str, Scheme)) -> String| {
        let words: Vec<String> = books.iter().map(|book| format!("'{}'", word(book))).collect();
        format!("(ARRAY[{}])[:client_id + 1]", words.join(", "))
    };
    let (area, scheme) = (of(&|book| book.0.to_owned()), of(&|book| book.1.label().to_owned()));
    let nobody = "'00000000-0000-0000-0000-000000000000'::uuid";
    format!(
        "SELECT gen_random_uuid() AS event \\gset\n\
         BEGIN;\n\
         SELECT set_config('jicai.settling_areas', '^(' || {area} || ')', true);\n\
         SELECT area, scheme, closed_until FROM ledger_books WHERE (area, scheme) IN (SELECT * FROM unnest(ARRAY[{area}], ARRAY[{scheme}])) \
             ORDER BY area, scheme FOR UPDATE;\n\
         SELECT id, area, scheme, day, kind, hospital, supplier, payment, amount, recovered, disbursed FROM ledger_events e \
             WHERE e.id = ANY (ARRAY[:event::uuid]) OR e.payment = ANY (ARRAY[]::uuid[]) ORDER BY e.position;\n\
         SELECT area, scheme, account, party, held FROM ledger_accounts \
             WHERE (area, scheme) IN (SELECT * FROM unnest(ARRAY[{area}], ARRAY[{scheme}])) AND party = ANY (ARRAY[{nobody}]);\n\
         INSERT INTO ledger_events (id, area, scheme, day, kind, amount, recovered, disbursed, posted_at) \
             VALUES (:event::uuid, {area}, {scheme}, '2026-01-01', 'GRANTED', 100, 0, 0, app_clock());\n\
         INSERT INTO ledger_entries (event, line, area, scheme, account, side, amount) \
             VALUES (:event::uuid, 1, {area}, {scheme}, 'CASH', 'DEBIT', 100), (:event::uuid, 2, {area}, {scheme}, 'FUNDING', 'CREDIT', 100);\n\
         COMMIT;\n"
    )
}
