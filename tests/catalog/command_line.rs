//! `jicai code check` as a person and as a program use it.
#![expect(
    clippy::unwrap_used,
    clippy::tests_outside_test_module,
    reason = "a test stops at the first surprise"
)]

use std::io::Write;
use std::process::{Command, Output, Stdio};
use std::thread;

use serde_json::{Value, json};

/// Runs the command on arguments, and on a standard input if there is one.
fn check(args: &[&str], input: &[u8]) -> (Option<i32>, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_jicai"));
    let command = command.args(["code", "check"]).args(args);
    let mut running =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stdin = running.stdin.take().unwrap();
    let input = input.to_vec();
    let writer = thread::spawn(move || drop(stdin.write_all(&input)));
    let Output { status, stdout, stderr } = running.wait_with_output().unwrap();
    writer.join().unwrap();
    (status.code(), String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap())
}

fn lines(output: &str) -> Vec<Value> {
    output.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn each_code_is_one_line_of_the_promised_shape() {
    let (code, out, said) = check(&["国药准字h20123298", "8806205000126", "--format", "json"], b"");
    assert_eq!((code, said.as_str()), (Some(0), ""));
    let expected = [
        json!({
            "input": "国药准字h20123298", "kind": "nmpa-approval", "valid": true, "canonical": "国药准字H20123298",
            "parts": {"letters": "H", "category": "化学药品", "origin": "境内", "authority": "20", "number": "123298"},
            "warnings": [{"code": "CASE_CHANGED", "position": 5, "expected": "capital letters"}], "errors": [],
        }),
        json!({
            "input": "8806205000126", "kind": "gtin", "valid": true, "canonical": "08806205000126",
            "parts": {"indicator": "0", "item": "880620500012", "check_digit": "6", "korean_price_head": "62050001"},
            "warnings": [], "errors": [],
        }),
    ];
    assert_eq!(lines(&out), expected);
    assert!(
        out.starts_with("{\"input\":\"国药准字h20123298\",\"kind\":\"nmpa-approval\",\"valid\":true,"),
        "{out}"
    );
}

#[test]
fn what_is_not_well_formed_ends_with_two() {
    let (code, out, _) = check(&["6901234567893", "nothing", "--format", "json"], b"");
    assert_eq!(code, Some(2));
    let told = lines(&out);
    let wrong = told.first().unwrap();
    assert_eq!(
        (&wrong["kind"], &wrong["valid"], &wrong["canonical"], &wrong["parts"]),
        (&json!("gtin"), &json!(false), &Value::Null, &json!({}))
    );
    let error = &wrong["errors"][0];
    assert_eq!(
        (&error["code"], &error["position"], &error["expected"]),
        (&json!("CODE_CHECK_DIGIT"), &json!(13), &json!("the check digit 2 after these digits"))
    );
    assert_eq!(error["candidates"][0], "6901234567892");
    let unknown = told.last().unwrap();
    assert_eq!(
        (&unknown["kind"], &unknown["valid"], &unknown["errors"][0]["code"]),
        (&Value::Null, &json!(false), &json!("CODE_UNKNOWN"))
    );
}

#[test]
fn lines_of_the_standard_input_are_never_skipped() {
    let long = "9".repeat(8193);
    let mut input = "6901234567892\r\n\n86901110000020\n".as_bytes().to_vec();
    input.extend_from_slice(b"69\xe5\xb1\xff12\n");
    input.extend_from_slice(format!("{long}9999\n{}\n", "9".repeat(8192)).as_bytes());
    input.extend_from_slice(b"0106901234567892\x1d10B7");
    let (code, out, said) = check(&["--format", "json"], &input);
    assert_eq!((code, said.as_str()), (Some(2), ""));
    let told: Vec<_> = lines(&out)
        .iter()
        .map(|line| {
            (
                line["kind"].as_str().map(str::to_owned),
                line["errors"][0]["code"].as_str().map(str::to_owned),
                line["errors"][0]["position"].as_u64(),
            )
        })
        .collect();
    let told: Vec<_> =
        told.iter().map(|(kind, error, place)| (kind.as_deref(), error.as_deref(), *place)).collect();
    assert_eq!(
        told,
        [
            (Some("gtin"), None, None),
            (None, Some("CODE_EMPTY"), Some(1)),
            (Some("cn-standard-code-14"), None, None),
            (None, Some("CODE_ENCODING"), Some(3)),
            (None, Some("CODE_TOO_LONG"), Some(8193)),
            (None, Some("CODE_UNKNOWN"), Some(1)),
            (Some("gs1"), None, None),
        ]
    );
    assert_eq!(check(&["--format", "json"], b""), (Some(0), String::new(), String::new()));
}

#[test]
fn a_kind_may_be_named() {
    let (code, out, _) = check(&["--kind", "gln", "--format", "json", "6901234567892"], b"");
    assert_eq!((code, &lines(&out).first().unwrap()["kind"]), (Some(0), &json!("gln")));
    let (code, _, said) = check(&["--kind", "no-such", "6901234567892"], b"");
    assert!(code == Some(2) && said.contains("kr-price-code"), "{said}");
}

#[test]
fn people_read_both_languages() {
    let (code, out, _) = check(&["6901234567893"], b"");
    assert_eq!(code, Some(2));
    for told in [
        "✗ 6901234567893",
        "全球贸易项目代码",
        "the check digit 2",
        "校验位 2",
        "[CODE_CHECK_DIGIT]",
        "6901234567892",
    ] {
        assert!(out.contains(told), "{told}: {out}");
    }
}

#[test]
fn many_lines_come_out_in_order() {
    let input: String = (0..20_000).map(|number| format!("{number:07}\n")).collect();
    let (code, out, _) = check(&["--kind", "trace-prefix", "--format", "json"], input.as_bytes());
    assert_eq!((code, out.lines().count()), (Some(0), 20_000));
    assert!(out.lines().zip(0..).all(|(line, number)| line.contains(&format!("\"input\":\"{number:07}\""))));
}
