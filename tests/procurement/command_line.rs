//! `jicai` as a person types it: files, exit codes, messages.
use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use rust_xlsxwriter::Workbook;
use serde_json::{Value, json};
use tempfile::TempDir;

const BIDS: &str =
    "lot,bidder,price,units,ceiling\n拉米夫定片,甲药业,1.2,10,0.5\n拉米夫定片,乙药业,2.4,10,0.5\n";

fn jicai(folder: &Path, args: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_jicai"));
    command.current_dir(folder).args(args.split_whitespace()).stdin(Stdio::null()).output().unwrap()
}

fn folder(files: &[(&str, &[u8])]) -> TempDir {
    let folder = TempDir::new().unwrap();
    for (name, bytes) in files {
        fs::write(folder.path().join(name), bytes).unwrap();
    }
    folder
}

/// Runs the award on one bids file; the exit code, the result, and what was said.
fn award(bids: &[u8], args: &str) -> (Option<i32>, String, String) {
    let folder = folder(&[("bids.csv", bids)]);
    let output = jicai(folder.path(), &format!("award --rules cn-r9-2023 --bids bids.csv {args}"));
    (
        output.status.code(),
        String::from_utf8(output.stdout).unwrap(),
        String::from_utf8(output.stderr).unwrap(),
    )
}

fn json_of(bids: &[u8]) -> Value {
    let (code, out, said) = award(bids, "--format json");
    assert_eq!(code, Some(0), "{said}");
    serde_json::from_str(&out).unwrap()
}

#[test]
fn the_json_has_the_promised_shape() {
    let decided = json_of(BIDS.as_bytes());
    assert_eq!(decided["rules"], json!({"id": "cn-r9-2023", "version": "1"}));
    let lot = &decided["lots"][0];
    for key in ["lot", "status", "qualified_bidders", "cap", "lowest", "anchor", "bids", "regions"] {
        assert!(!lot[key].is_null(), "{key}");
    }
    assert_eq!(lot["bids"][0]["reasons"][1]["code"], "WITHIN_FUSE");
    assert_eq!(lot["bids"][0]["reasons"][1]["limit"], "0.216000");
    let mut bid = lot["bids"][1].clone();
    bid.as_object_mut().unwrap().remove("reasons");
    assert_eq!(
        bid,
        json!({
            "bidder": "乙药业", "group": "乙药业", "product": null, "content": null, "unit_price": "0.240000",
            "comparable_price": "0.240000", "rank": 2, "valid": true, "shortlisted": true, "selected": true,
            "final_price": "0.240000", "share": "0.6", "agreed_volume": null,
        })
    );
    assert!(lot["uncertain"].as_array().unwrap().contains(&json!("cut.threshold")));
    assert!(
        !lot["uncertain"].as_array().unwrap().contains(&json!("floor.oral")),
        "the floor was not reached"
    );
    let told = decided["uncertain"]
        .as_array()
        .unwrap()
        .iter()
        .find(|number| number["key"] == "fuse.multiple")
        .unwrap();
    assert_eq!((&told["value"], &told["confidence"]), (&json!("1.8"), &json!("recalled")));
}

#[test]
fn files_may_be_utf8_with_or_without_mark_gb18030_or_excel() {
    let plain = json_of(BIDS.as_bytes());
    assert_eq!(json_of(format!("\u{feff}{BIDS}").as_bytes()), plain);
    let (gb18030, _, _) = encoding_rs::GB18030.encode(BIDS);
    assert_ne!(&*gb18030, BIDS.as_bytes());
    assert_eq!(json_of(&gb18030), plain);
    assert_eq!(json_of(BIDS.replace('\n', "\r\n").as_bytes()), plain);
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet();
    for (row, line) in (0..).zip(BIDS.lines()) {
        for (column, field) in (0..).zip(line.split(',')) {
            match field.parse::<f64>() {
                Ok(number) => sheet.write_number(row, column, number).unwrap(),
                Err(_) => sheet.write_string(row, column, field).unwrap(),
            };
        }
    }
    assert_eq!(json_of(&workbook.save_to_buffer().unwrap()), plain);
}

#[test]
fn every_fault_is_told_at_once_with_file_line_column_and_value() {
    let bids = "lot,bidder,price,units\nL,A,0,1\nL,B,\"1,234.5\",1\nL,C,1.123456789,x\n,D,-1,1\nL,A,7,1\n";
    let (code, out, said) = award(bids.as_bytes(), "");
    assert_eq!((code, out.as_str()), (Some(2), ""));
    for (place, fault) in [
        ("bids.csv, line 2, column 3 (price): \"0\"", "[DECIMAL_INVALID]"),
        ("bids.csv, line 3, column 3 (price): \"1,234.5\"", "[DECIMAL_INVALID]"),
        ("bids.csv, line 4, column 3 (price): \"1.123456789\"", "[DECIMAL_INVALID]"),
        ("bids.csv, line 4, column 4 (units): \"x\"", "[UNITS_INVALID]"),
        ("bids.csv, line 5, column 1 (lot): \"\"", "[VALUE_MISSING]"),
        ("bids.csv, line 5, column 3 (price): \"-1\"", "[DECIMAL_INVALID]"),
        ("bids.csv, line 6 (bidder): \"A\"", "[BID_DUPLICATE]"),
    ] {
        let line = said
            .lines()
            .find(|line| line.starts_with(place))
            .unwrap_or_else(|| panic!("{place} not in {said}"));
        assert!(
            line.contains(" — expected ") && line.contains(" / 应为：") && line.ends_with(fault),
            "{line}"
        );
    }
    assert_eq!(said.lines().count(), 7);
}

#[test]
fn a_file_that_is_not_one_is_refused() {
    for (bids, code) in [
        ("", "FILE_EMPTY"),
        ("lot,bidder,price\n", "FILE_EMPTY"),
        ("lot,bidder\nL,A\n", "COLUMN_MISSING"),
        ("lot,bidder,price,price\nL,A,1,1\n", "COLUMN_DUPLICATE"),
        ("lot,bidder,price\nL,A,1,9\n", "ROW_TOO_WIDE"),
        ("lot,bidder,price\nL,A\n", "VALUE_MISSING"),
    ] {
        let (exit, _, said) = award(bids.as_bytes(), "");
        assert_eq!(exit, Some(2), "{code}");
        assert!(said.contains(code), "{code}: {said}");
    }
    let open_quote = award(b"lot,bidder,price,note\nL,A,1,\"x\nL,B,2,y\nL,C,0,z\n", "");
    assert!(open_quote.0 == Some(2) && open_quote.2.contains("QUOTE_NOT_CLOSED"), "{}", open_quote.2);
    assert!(award(b"PK\x03\x04not a workbook", "").2.contains("FILE_NOT_EXCEL"));
    assert!(award(b"lot,bidder,price\n\xff\xff,A,1\n", "").2.contains("FILE_ENCODING"));
}

#[test]
fn a_sheet_is_told_by_its_own_columns_and_may_not_be_vast() {
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet();
    for (column, name) in (2..).zip(["lot", "bidder", "price"]) {
        sheet.write_string(3, column, name).unwrap();
        sheet.write_string(4, column, "x").unwrap();
    }
    let (code, _, said) = award(&workbook.save_to_buffer().unwrap(), "");
    assert_eq!(code, Some(2));
    assert!(said.contains("line 5, column 5 (price): \"x\""), "{said}");
    let mut vast = Workbook::new();
    let sheet = vast.add_worksheet();
    sheet.write_string(0, 0, "lot").unwrap();
    sheet.write_string(1_048_575, 16_383, "far").unwrap();
    let (code, _, said) = award(&vast.save_to_buffer().unwrap(), "");
    assert!(code == Some(2) && said.contains("at most 20000000 cells"), "{said}");
}

#[test]
fn a_file_of_two_gigabytes_is_refused_with_the_limit_named() {
    let folder = folder(&[]);
    fs::File::create(folder.path().join("bids.csv")).unwrap().set_len(2 << 30).unwrap();
    let output = jicai(folder.path(), "award --rules cn-r9-2023 --bids bids.csv");
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(said.contains("2147483648 bytes") && said.contains("at most 1073741824 bytes"), "{said}");
}

#[test]
fn rows_that_do_not_fit_together_are_refused() {
    let files: [(&str, &[u8]); 4] = [
        ("bids.csv", b"lot,bidder,price,content,group\nL,A,1,10,\nL,B,1,20,\nL,A,2,20,G\nX,A,1,,\n"),
        ("lots.csv", b"lot,volume_class\nL,nonsense\nL,\n"),
        ("demand.csv", b"lot,region,volume\nY,R1,5\n"),
        ("preferences.csv", b"lot,bidder,region,order\nL,A,R1,1\n"),
    ];
    let folder = folder(&files);
    let args = "award --rules cn-r9-2023 --bids bids.csv --lots lots.csv --demand demand.csv --preferences preferences.csv";
    let output = jicai(folder.path(), args);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2));
    for code in [
        "LOT_DUPLICATE",
        "LOT_UNKNOWN",
        "VOLUME_CLASS_UNKNOWN",
        "REPRESENTATIVE_CONTENT_MISSING",
        "GROUP_CONTRADICTORY",
        "REGION_UNKNOWN",
    ] {
        assert!(said.contains(code), "{code}: {said}");
    }
    assert!(said.contains("demand.csv, line 2 (lot): \"Y\""), "{said}");
}

#[test]
fn columns_that_nothing_reads_are_named() {
    let (code, _, said) = award(b"lot,bidder,price,remark\nL,A,1,x\n", "");
    assert_eq!(code, Some(0));
    assert!(said.contains("remark"), "{said}");
}

#[test]
fn tied_lots_end_with_three() {
    let (code, out, _) = award(b"lot,bidder,price\nL,A,1\nL,B,2\nL,C,2\nM,A,1\n", "--format csv");
    assert_eq!(code, Some(3));
    assert!(out.contains("L,tied,B,B") && out.contains("M,decided,A,A"), "{out}");
}

#[test]
fn a_value_can_be_set_and_is_named_in_the_result() {
    let (_, out, _) = award(BIDS.as_bytes(), "--format json --set fuse.multiple=2 --set cut=none");
    let decided: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(decided["lots"][0]["bids"][1]["reasons"][1]["code"], "WITHIN_FUSE");
    let told = decided["uncertain"]
        .as_array()
        .unwrap()
        .iter()
        .find(|number| number["key"] == "fuse.multiple")
        .unwrap();
    assert_eq!(told["confidence"], "given");
    let (code, _, said) = award(BIDS.as_bytes(), "--set fuse.multiple=x --set no.such=1 --set nothing=none");
    assert_eq!(code, Some(2));
    for key in ["fuse.multiple", "no.such", "nothing"] {
        assert!(said.contains(key), "{said}");
    }
    let (code, _, said) = award(BIDS.as_bytes(), "--set fuse.multiple=2 --set fuse.multiple=3");
    assert!(code == Some(2) && said.contains("each key set once"), "{said}");
    let (code, _, said) = award(BIDS.as_bytes(), "--set fuse.multiple");
    assert_eq!(code, Some(2), "{said}");
}

#[test]
fn another_rule_set_is_compared_on_the_same_bids() {
    let (_, out, _) = award(BIDS.as_bytes(), "--format json --against cn-r10-2024");
    let decided: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(decided["against"]["rules"]["id"], "cn-r10-2024");
    let changes = decided["against"]["changes"].as_array().unwrap();
    assert_eq!(changes.len(), 1);
    assert_eq!(
        (&changes[0]["here"]["final_price"], &changes[0]["there"]["final_price"]),
        (&json!("0.240000"), &json!("0.216000"))
    );
    let (_, table, _) = award(BIDS.as_bytes(), "--against cn-r10-2024");
    assert!(table.contains("Bids that differ under cn-r10-2024: 1"), "{table}");
    let (_, csv, _) = award(BIDS.as_bytes(), "--against cn-r10-2024 --format csv");
    assert_eq!(csv.lines().count(), 2, "{csv}");
}

#[test]
fn an_own_rule_file_decides_and_its_faults_have_lines() {
    let shown = String::from_utf8(jicai(Path::new("."), "rules show cn-r9-2023").stdout).unwrap();
    let own = shown.replace("id = \"cn-r9-2023\"", "id = \"own\"");
    let folder = folder(&[("own.toml", own.as_bytes()), ("bids.csv", BIDS.as_bytes())]);
    let output = jicai(folder.path(), "award --rules own.toml --bids bids.csv --format json");
    let decided: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(decided["rules"]["id"], "own");
    let line = own.lines().position(|line| line.starts_with("[fuse]")).unwrap() + 2;
    fs::write(folder.path().join("own.toml"), own.replace("[fuse]", "[fuse]\nwrong = \"1\"")).unwrap();
    let output = jicai(folder.path(), "award --rules own.toml --bids bids.csv");
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains(&format!("own.toml, line {line}, column 9 (fuse.wrong)")), "{said}");
    fs::write(folder.path().join("own.toml"), "id = [").unwrap();
    let output = jicai(folder.path(), "award --rules own.toml --bids bids.csv");
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn an_unknown_rule_set_and_an_unreadable_file_are_told_together() {
    let folder = folder(&[]);
    let output = jicai(folder.path(), "award --rules cn-r99 --bids none.csv --lots gone.csv");
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(said.lines().count(), 3, "{said}");
    assert!(said.contains("cn-r12-2026") && said.contains("none.csv") && said.contains("gone.csv"), "{said}");
    fs::write(folder.path().join("bids.csv"), "lot,bidder,price\nL,A,0\n").unwrap();
    let args = "award --rules cn-r9-2023 --set fuse.multiple=x --bids bids.csv --demand gone.csv";
    let said = String::from_utf8(jicai(folder.path(), args).stderr).unwrap();
    assert!(["fuse.multiple", "gone.csv", "\"0\""].iter().all(|fault| said.contains(fault)), "{said}");
}

#[test]
fn prices_relate_as_published() {
    let args = "price relate --price 22.26 --from-content 75 --from-units 7 --to-content 25 --to-units 20";
    let output = jicai(Path::new("."), &format!("{args} --format json"));
    assert_eq!(String::from_utf8(output.stdout).unwrap(), "{\"price\":\"26.40\"}\n");
    assert!(String::from_utf8(jicai(Path::new("."), args).stdout).unwrap().starts_with("26.40\n"));
    let faulty = jicai(
        Path::new("."),
        "price relate --price 0 --from-content x --from-units 0 --to-content 25 --to-units 20",
    );
    assert_eq!(
        (faulty.status.code(), String::from_utf8(faulty.stderr).unwrap().lines().count()),
        (Some(2), 3)
    );
}

/// The rule files of the repository, by name.
fn rule_files() -> Vec<String> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../domain/rules");
    let files =
        std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> =
        files.filter_map(|file| Some(file.strip_suffix(".toml")?.to_owned())).collect();
    names.sort_unstable();
    names
}

#[test]
fn rules_are_listed_shown_and_explained() {
    let listed = jicai(Path::new("."), "rules list --format json");
    let listed: Vec<Value> = serde_json::from_slice(&listed.stdout).unwrap();
    let mut ids: Vec<&str> = listed.iter().map(|rules| rules["id"].as_str().unwrap()).collect();
    ids.sort_unstable();
    assert_eq!(ids, rule_files());
    for id in ids {
        let shown = String::from_utf8(jicai(Path::new("."), &format!("rules show {id}")).stdout).unwrap();
        assert!(shown.contains(&format!("id = \"{id}\"")));
    }
    let reasons = jicai(Path::new("."), "rules reasons --format json");
    let reasons: Vec<Value> = serde_json::from_slice(&reasons.stdout).unwrap();
    assert!(
        reasons.iter().any(
            |reason| reason["code"] == "ABOVE_CEILING" && reason["values"] == json!(["price", "ceiling"])
        )
    );
    let table = String::from_utf8(jicai(Path::new("."), "rules reasons").stdout).unwrap();
    assert!(table.contains("RULE_UNKNOWN") && table.contains("复活中选"));
    assert_eq!(jicai(Path::new("."), "rules show nothing").status.code(), Some(2));
}

#[test]
fn a_result_that_nobody_reads_to_its_end_is_not_decided() {
    let folder = folder(&[("bids.csv", BIDS.as_bytes())]);
    let mut child = Command::new(env!("CARGO_BIN_EXE_jicai"))
        .current_dir(folder.path())
        .args(["award", "--rules", "cn-r9-2023", "--bids", "bids.csv"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let ended = child.wait_with_output().unwrap();
    assert_eq!((ended.status.code(), ended.stderr.len()), (Some(1), 0));
}
