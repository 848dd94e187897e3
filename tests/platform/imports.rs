//! Tables of institutions that an authority brings in: every row taken once or told why not, whatever happens meanwhile.
use std::io::{BufRead, BufReader};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use jicai_domain::jobs::{JobKind, Lane};
use jicai_store::{Store, StoreError};
use serde_json::{Value, json};

use crate::support::actor::{Actor, Outcome, key};
use crate::support::folder::Folder;
use crate::support::http::{Reply, send};
use crate::support::postgres::execute;
use crate::support::program::jicai_on;
use crate::support::world::{PASSWORD, World, credit_code};

const CHINESE: &str = "类型,名称,统一社会信用代码,地区代码,管理员登录名,管理员姓名";
const IMPORT: &str =
    "id status rowsRead rowsAccepted rowsRejected document { mediaType } rejectedRows { id name }
    fault { code message messageZh detail }";

fn row(number: usize) -> String {
    format!("医疗机构,第{number}医院,{},320106,lead,院长{number}", credit_code())
}

fn table(header: &str, rows: &[String]) -> String {
    [header.to_owned()].iter().chain(rows).map(|line| format!("{line}\n")).collect()
}

async fn brings(actor: &Actor, kind: &str, bytes: &[u8], key: &str) -> Reply {
    let bearer = format!("Bearer {}", actor.token.clone().unwrap_or_default());
    let headers = [("authorization", bearer.as_str()), ("idempotency-key", key)];
    send(actor.to, &format!("POST /imports/{kind}?name=table"), &headers, bytes).await
}

async fn begins(actor: &Actor, bytes: &[u8]) -> String {
    let begun = brings(actor, "organizations", bytes, &key()).await;
    assert_eq!(begun.status, 201, "{}", begun.body);
    begun.json()["id"].as_str().unwrap().to_owned()
}

async fn seen(actor: &Actor, import: &str) -> Value {
    actor.asks(&format!("{{ import(id: {import:?}) {{ {IMPORT} }} }}")).await.done()
}

/// The import once it has that status.
async fn comes_to(actor: &Actor, import: &str, status: &str) -> Value {
    let begun = Instant::now();
    loop {
        let found = seen(actor, import).await;
        if found["status"] == status {
            return found;
        }
        assert!(begun.elapsed() < Duration::from_secs(120), "{found}");
    }
}

fn counts(import: &Value) -> [&str; 3] {
    ["rowsRead", "rowsAccepted", "rowsRejected"].map(|name| import[name].as_str().unwrap())
}

async fn imported(world: &World) -> usize {
    world.entries("").await.iter().filter(|kind| *kind == "OrganizationImported").count()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_is_read_however_it_is_written() {
    let world = World::new().await;
    let english = "NAME,kind,Credit Code,regions,person,clerk,remark";
    let words = |code: &str| format!("\"No. 1, Nanjing\",hospital,{code},320106;320105,Director,lead,x");
    let codes: Vec<String> = (0..2).map(|_| credit_code()).collect();
    let rows = [row(1), row(2)];
    let text = table(CHINESE, &rows);
    let (gb18030, _, _) = encoding_rs::GB18030.encode(&text);
    let files: [(Vec<u8>, &str); 4] = [
        (table(CHINESE, &[row(3), row(4)]).into_bytes(), "text/csv; charset=utf-8"),
        (["\u{feff}", &table(CHINESE, &[row(5), row(6)])].concat().into_bytes(), "text/csv; charset=utf-8"),
        (gb18030.into_owned(), "text/csv; charset=gb18030"),
        (
            workbook(&[english.to_owned(), words(&codes[0]), words(&codes[1])]),
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        ),
    ];
    for (bytes, media_type) in files {
        let import = begins(world.admin(), &bytes).await;
        let done = comes_to(world.admin(), &import, "DONE").await;
        assert_eq!((counts(&done), &done["rejectedRows"]), (["2", "2", "0"], &Value::Null), "{media_type}");
        assert_eq!(done["document"]["mediaType"], media_type);
    }
    let found = world
        .admin()
        .asks("{ organizations(first: 8) { nodes { name status version creditCode regions { name } } } }")
        .await
        .done();
    let first =
        found["nodes"].as_array().unwrap().iter().find(|node| node["creditCode"] == json!(codes[0])).unwrap();
    assert_eq!((&first["name"], &first["status"]), (&json!("No. 1, Nanjing"), &json!("APPROVED")));
    assert_eq!(first["regions"], json!([{ "name": "建邺区" }, { "name": "鼓楼区" }]));
    assert_eq!(imported(&world).await, 8);
    is_told(world.admin(), "ImportFinished").await;
}

/// Whoever began an import does not wait beside it.
async fn is_told(actor: &Actor, kind: &str) {
    let begun = std::time::Instant::now();
    loop {
        let told = actor.asks("{ notifications(first: 50) { nodes { kind } } }").await.done();
        if told["nodes"].as_array().unwrap().iter().any(|node| node["kind"] == kind) {
            return;
        }
        assert!(begun.elapsed().as_secs() < 30, "{told}");
    }
}

fn workbook(lines: &[String]) -> Vec<u8> {
    let mut workbook = rust_xlsxwriter::Workbook::new();
    let sheet = workbook.add_worksheet();
    for (at, line) in (0..).zip(lines) {
        let (quoted, rest) =
            line.strip_prefix('"').and_then(|line| line.split_once("\",")).unwrap_or(("", line));
        let cells = Some(quoted).filter(|quoted| !quoted.is_empty()).into_iter().chain(rest.split(','));
        for (column, cell) in (0..).zip(cells) {
            sheet.write_string(at, column, cell).unwrap();
        }
    }
    workbook.save_to_buffer().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn rejected_rows_are_told_put_right_and_brought_in_again() {
    let world = World::new().await;
    let regulated = world.manager("REGULATOR", "320000").await;
    let taken = regulated.login.split_once('@').unwrap().1.to_owned();
    let [one, two, three, four, five, six, seven] = [(); 7].map(|()| credit_code());
    let rows = [
        (format!("医疗机构,好医院,{one},320106,lead,甲"), "", ""),
        (format!("药房,类型错,{two},320106,lead,甲"), "ORGANIZATION_KIND", "kind"),
        (format!("医疗机构,,{three},320106,lead,甲"), "NAME_INVALID", "name"),
        ("医疗机构,代码错,123,320106,lead,甲".to_owned(), "CREDIT_CODE_INVALID", "creditCode"),
        (format!("医疗机构,已注册,{taken},320106,lead,甲"), "CREDIT_CODE_TAKEN", "creditCode"),
        (format!("医疗机构,同表重复,{one},320106,lead,甲"), "CREDIT_CODE_TAKEN", "creditCode"),
        (format!("医疗机构,无此地区,{four},329999,lead,甲"), "REGION_UNKNOWN", "regions"),
        (format!("医疗机构,无地区,{five},,lead,甲"), "REGION_INVALID", "regions"),
        (format!("医疗机构,登录名错,{six},320106,Lead,甲"), "LOGIN_NAME_INVALID", "clerk"),
        (format!("医疗机构,太宽,{seven},320106,lead,甲,多,余"), "ROW_TOO_WIDE", ""),
    ];
    let lines: Vec<String> = rows.iter().map(|row| row.0.clone()).collect();
    let import = begins(world.admin(), table(CHINESE, &lines).as_bytes()).await;
    let done = comes_to(world.admin(), &import, "DONE").await;
    assert_eq!(counts(&done), ["10", "1", "9"]);
    let file = world.admin().downloads(done["rejectedRows"]["id"].as_str().unwrap()).await;
    let text = file.body.strip_prefix('\u{feff}').unwrap();
    let told: Vec<&str> = text.lines().collect();
    assert_eq!(told[0], format!("行号 line,错误代码 code,说明,message,错误列 field,应为 expected,{CHINESE}"));
    let rejected = rows.iter().enumerate().filter(|(_, row)| !row.1.is_empty());
    for ((at, (fields, code, field)), line) in rejected.zip(&told[1..]) {
        assert!(line.starts_with(&format!("{},{code},", at + 2)), "{line}");
        assert!(line.ends_with(fields) && line.contains(&format!(",{field},")), "{line}");
    }
    let right = text.replace("123,320106", &format!("{},320106", credit_code())).replace("药房", "医院");
    let right = right.replace(",329999,", ",320105,").replace(",Lead,", ",lead,");
    let again = begins(world.admin(), right.as_bytes()).await;
    assert_eq!(counts(&comes_to(world.admin(), &again, "DONE").await), ["9", "4", "5"]);
    assert_eq!(imported(&world).await, 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_was_brought_in_is_invited_and_acts() {
    let world = World::new().await;
    let code = credit_code();
    let rows = [format!("采购中心,省药采中心,{code},320000,lead,主任")];
    let import = begins(world.admin(), table(CHINESE, &rows).as_bytes()).await;
    comes_to(world.admin(), &import, "DONE").await;
    let found = world
        .admin()
        .asks("{ organizations(filter: { kind: PROCUREMENT_OFFICE }) { nodes { id } } }")
        .await
        .done();
    let input = json!({ "organization": found["nodes"][0]["id"], "idempotencyKey": key() });
    let invited = world.admin().does("inviteImportedManager", input.clone(), "token").await.done();
    world.nobody().sets_password(invited["token"].as_str().unwrap(), PASSWORD).await.done();
    let lead = world.logs_in(&format!("lead@{code}")).await;
    lead.does("openAlliance", json!({ "name": "联盟", "idempotencyKey": key() }), "id").await.done();
    let input = json!({ "organization": found["nodes"][0]["id"], "idempotencyKey": key() });
    world.admin().does("inviteImportedManager", input, "token").await.refused("NOT_FOUND");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_no_such_table_says_what_is_missing() {
    let world = World::new().await;
    let table = [
        (
            "类型,名称,clerk,person\n医疗机构,甲,lead,乙\n",
            "COLUMN_MISSING",
            "统一社会信用代码/credit code, 地区代码/regions",
        ),
        (
            "类型,kind,名称,统一社会信用代码,地区代码,clerk,person\nx,x,x,x,x,x,x\n",
            "COLUMN_DUPLICATE",
            "类型/kind",
        ),
        ("类型,名称,统一社会信用代码,地区代码,clerk,person\n", "FILE_EMPTY", ""),
        ("PK\u{3}\u{4}but no workbook", "FILE_UNREADABLE", "Excel"),
    ];
    for (text, code, detail) in table {
        let import = begins(world.admin(), text.as_bytes()).await;
        let failed = comes_to(world.admin(), &import, "FAILED").await;
        assert_eq!((&failed["fault"]["code"], &failed["fault"]["detail"]), (&json!(code), &json!(detail)));
    }
    for bytes in [&b"\xff\xff\xff"[..], b"%PDF-1.4", b"a\0b", b""] {
        let refused = brings(world.admin(), "organizations", bytes, &key()).await;
        assert_eq!(refused.json()["errors"][0]["extensions"]["code"], "DOCUMENT_TYPE", "{bytes:?}");
    }
    let strange = brings(world.admin(), "fish", b"a", &key()).await;
    assert_eq!(strange.json()["errors"][0]["extensions"]["code"], "IMPORT_KIND");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_is_begun_once_a_key_and_only_by_an_administrator() {
    let world = World::new().await;
    let regulator = world.manager("REGULATOR", "320000").await;
    let (bytes, key) = (table(CHINESE, &[row(1)]).into_bytes(), key());
    let refused = brings(&regulator, "organizations", &bytes, &key).await;
    assert_eq!(
        (refused.status, &refused.json()["errors"][0]["extensions"]["code"]),
        (403, &json!("FORBIDDEN"))
    );
    let first = brings(world.admin(), "organizations", &bytes, &key).await.json();
    let again = brings(world.admin(), "organizations", &bytes, &key).await.json();
    assert_eq!(first, again);
    let import = first["id"].as_str().unwrap();
    comes_to(world.admin(), import, "DONE").await;
    assert_eq!(imported(&world).await, 1);
    regulator.asks(&format!("{{ import(id: {import:?}) {{ id }} }}")).await.refused("NOT_FOUND");
    assert_eq!(regulator.asks("{ imports { nodes { id } } }").await.done()["nodes"], json!([]));
    let own = world.admin().asks("{ imports { nodes { id } } }").await.done();
    assert_eq!(own["nodes"], json!([{ "id": import }]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_import_takes_no_more() {
    let world = World::with(|config| config.jobs = 0).await;
    let import = begins(world.admin(), table(CHINESE, &[row(1)]).as_bytes()).await;
    let cancel = |key: String| json!({ "input": { "id": import, "idempotencyKey": key } });
    let query = "mutation($input: CancelImportInput!) { cancelImport(input: $input) }";
    world.admin().asks_with(query, cancel(key())).await.done();
    world.admin().asks_with(query, cancel(key())).await.refused("IMPORT_STATE");
    let worker = Worker::of(&world);
    let begun = Instant::now();
    let done = "{ jobs(status: DONE, first: 50) { nodes { kind } } }";
    while !world.admin().asks(done).await.json.to_string().contains("IMPORT") {
        assert!(begun.elapsed() < Duration::from_secs(60), "the job of the import is not done");
    }
    worker.dies();
    assert_eq!(seen(world.admin(), &import).await["status"], "CANCELLED");
    assert_eq!(imported(&world).await, 0);
}

/// `jicai worker`, as a process that can be killed.
struct Worker(Child);

impl Worker {
    fn of(world: &World) -> Worker {
        let home = std::path::Path::new("/nonexistent");
        let mut command = jicai_on(&world.database, home, &["worker"]);
        command.env("JICAI_DOCUMENTS", world.database.documents.path());
        Worker(command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap())
    }

    /// Is killed, whatever it is doing.
    fn dies(mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
        let left = self.0.stdout.take().map(|out| BufReader::new(out).lines().count());
        assert!(left.is_some());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_dies_in_the_middle_is_followed_by_one_that_goes_on() {
    let world = World::with(|config| config.jobs = 0).await;
    let rows: Vec<String> = (0..20_000)
        .map(|number| {
            if number % 100 == 7 {
                format!("医疗机构,坏{number},123,320106,lead,甲")
            } else {
                row(number)
            }
        })
        .collect();
    let import = begins(world.admin(), table(CHINESE, &rows).as_bytes()).await;
    let mut clock = 0;
    let mut before = 0;
    for _death in 0..3 {
        let worker = Worker::of(&world);
        let begun = Instant::now();
        loop {
            let read: usize =
                seen(world.admin(), &import).await["rowsRead"].as_str().unwrap().parse().unwrap();
            if read > before {
                before = read;
                break;
            }
            assert!(begun.elapsed() < Duration::from_secs(60), "nothing was read");
        }
        worker.dies();
        clock += JobKind::Import.rule().lease_seconds + 1;
        world.moves_clock_to(clock).await;
    }
    assert!(before < 20_000, "the workers were done before they died");
    let worker = Worker::of(&world);
    let done = comes_to(world.admin(), &import, "DONE").await;
    worker.dies();
    assert_eq!(counts(&done), ["20000", "19800", "200"]);
    assert_eq!(imported(&world).await, 19_800);
    let file = world.admin().downloads(done["rejectedRows"]["id"].as_str().unwrap()).await;
    assert_eq!(file.body.lines().count(), 201);
}

/// An import of three institutions that waits for a worker.
async fn waiting(world: &World) -> String {
    let rows: Vec<String> = (0..3).map(row).collect();
    begins(world.admin(), table(CHINESE, &rows).as_bytes()).await
}

async fn restarts(actor: &Actor, import: &str) -> Outcome {
    let query = "mutation($input: RestartImportInput!) { restartImport(input: $input) }";
    actor.asks_with(query, json!({ "input": { "id": import, "idempotencyKey": key() } })).await
}

/// The import has failed because its work was given up, before its first row.
fn is_given_up(failed: &Value) {
    let fault = &failed["fault"];
    assert_eq!((&fault["code"], &fault["detail"]), (&json!("IMPORT_GIVEN_UP"), &json!("line 2")));
    assert!(fault["messageZh"].as_str().unwrap().contains("重新启动导入"), "{fault}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_whose_workers_all_died_has_failed_and_is_started_again() {
    let world = World::with(|config| config.jobs = 0).await;
    let import = waiting(&world).await;
    restarts(world.admin(), &import).await.refused("IMPORT_STATE");
    let store = Store::new(&world.database.app, 1);
    let rule = JobKind::Import.rule();
    let mut clock = 0;
    for _death in 0..rule.tries_max {
        let taken: Result<_, StoreError> =
            store.keep("die", async |tx| jicai_store::jobs::take(tx, Lane::Inside).await).await;
        assert_eq!(taken.unwrap().map(|job| job.kind), Some(JobKind::Import));
        clock += rule.lease_seconds + 1;
        world.moves_clock_to(clock).await;
    }
    let worker = Worker::of(&world);
    is_given_up(&comes_to(world.admin(), &import, "FAILED").await);
    is_told(world.admin(), "ImportFailed").await;
    let stranger = world.manager("PROCUREMENT_OFFICE", "320000").await;
    restarts(&stranger, &import).await.refused("NOT_FOUND");
    restarts(world.admin(), &import).await.done();
    assert_eq!(counts(&comes_to(world.admin(), &import, "DONE").await), ["3", "3", "0"]);
    worker.dies();
    restarts(world.admin(), &import).await.refused("IMPORT_STATE");
    let dead = world.admin().asks("{ jobs(status: DEAD, first: 5) { nodes { id } } }").await.done();
    assert_eq!(dead["nodes"], json!([]), "the work that was given up is the one that is done now");
    assert_eq!(imported(&world).await, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_whose_file_does_not_arrive_fails_and_goes_on_when_its_work_is_tried_again() {
    let world = World::with(|config| config.jobs = 0).await;
    let import = waiting(&world).await;
    let (here, away) = (world.database.documents.path().to_owned(), Folder::new());
    let away = away.path().join("documents");
    std::fs::rename(&here, &away).unwrap();
    std::fs::create_dir(&here).unwrap();
    let worker = Worker::of(&world);
    let (begun, mut clock) = (Instant::now(), 0);
    while seen(world.admin(), &import).await["status"] != "FAILED" {
        assert!(begun.elapsed() < Duration::from_secs(120), "the import is not given up");
        clock += 30;
        world.moves_clock_to(clock).await;
    }
    let admin = world.logs_in(&world.admin().login).await;
    is_given_up(&seen(&admin, &import).await);
    std::fs::remove_dir_all(&here).unwrap();
    std::fs::rename(&away, &here).unwrap();
    let dead = admin.asks("{ jobs(status: DEAD, first: 5) { nodes { id kind } } }").await.done();
    assert_eq!(dead["nodes"][0]["kind"], "IMPORT");
    let query = "mutation($input: RetryJobInput!) { retryJob(input: $input) }";
    let input = json!({ "id": dead["nodes"][0]["id"], "idempotencyKey": key() });
    admin.asks_with(query, json!({ "input": input })).await.done();
    assert_eq!(counts(&comes_to(&admin, &import, "DONE").await), ["3", "3", "0"]);
    worker.dies();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_that_nobody_works_on_is_found_and_has_failed() {
    let world = World::with(|config| config.jobs = 0).await;
    let import = waiting(&world).await;
    // As where a worker died between giving the work up and saying so.
    let lost = "UPDATE jobs SET status = 'DEAD', due_at = NULL, fault = 'INTERNAL', ended_at = app_clock()";
    execute(&world.database.owner, lost).await;
    let worker = Worker::of(&world);
    is_given_up(&comes_to(world.admin(), &import, "FAILED").await);
    restarts(world.admin(), &import).await.done();
    comes_to(world.admin(), &import, "DONE").await;
    worker.dies();
}
