//! What custodians and bidders do on their own machines: `jicai custodian` and `jicai bid`.
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use crate::support::folder::Folder;
use crate::support::program::{Said, jicai, said};

const ROUND: &str = "rnd_00000000000000000000000000000007";
const BIDDER: &str = "org_00000000000000000000000000000008";
const LINES: &str = "product,price,units\nprd_00000000000000000000000000000001,12.50,24\n\
                     prd_00000000000000000000000000000002,\"3.1\",7\n";

/// A folder with custodians, their ceremony and their signatures.
struct Room {
    folder: Folder,
}

impl Room {
    /// Runs a command whose words after `@` are files of the folder.
    fn run(&self, command: &str) -> Said {
        let word = |word: &str| match word.strip_prefix('@') {
            Some(name) => self.path(name).display().to_string(),
            None => word.to_owned(),
        };
        let words: Vec<String> = command.split_whitespace().map(word).collect();
        said(jicai(self.folder.path(), &words.iter().map(String::as_str).collect::<Vec<_>>()))
    }

    fn done(&self, command: &str) -> String {
        let said = self.run(command);
        assert_eq!((said.code, said.err.as_str()), (Some(0), ""), "{command}");
        said.out
    }

    /// Ends with 2 and names the file and what was expected.
    fn refused(&self, command: &str, name: &str, expected: &str) {
        let said = self.run(command);
        assert_eq!((said.code, said.out.as_str()), (Some(2), ""), "{command}: {}", said.err);
        assert!(said.err.contains(name) && said.err.contains(expected), "{command}: {}", said.err);
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
    }

    fn text(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    fn new() -> Room {
        Room { folder: Folder::new() }
    }

    /// Three custodians, two of whom open the round, and a bidder.
    fn ready() -> Room {
        let room = Room::new();
        let lines: String =
            (1..=3).map(|number| room.done(&format!("custodian keygen --out @{number}.key"))).collect();
        room.write("custodians", &format!("# of the province\n\n{lines}"));
        let held = "custodian ceremony --threshold 2 --custodians @custodians --out @room";
        room.done(&format!("{held} --round {ROUND}"));
        for number in 1..=3 {
            room.done(&room.sign(number, &format!("{number}.json")));
        }
        room.done("bid keygen --out @bid.key");
        room.write("lines.csv", LINES);
        room
    }

    fn sign(&self, number: u8, out: &str) -> String {
        let with = "--ceremony @room/ceremony.json";
        format!("custodian sign {with} --key @{number}.key --share @room/share-{number}.age --out @{out}")
    }
}

fn seal(more: &str) -> String {
    let mut command = format!(
        "bid seal --key @bid.key --ceremony @room/ceremony.json --custodians @custodians --lines @lines.csv \
         --bidder {BIDDER} --edition 1 --length 8192 --out @sealed.json {more}"
    );
    for (option, default) in [
        ("--version", "--version 1"),
        ("--round", &format!("--round {ROUND}")),
        ("--signatures", "--signatures @1.json @2.json @3.json"),
    ] {
        if !more.contains(option) {
            command = format!("{command} {default}");
        }
    }
    command
}

#[test]
fn a_private_file_is_its_owners_and_is_never_overwritten() {
    let room = Room::new();
    for (command, name, begins) in [
        ("custodian keygen", "me.key", "jicai-custodian/1 Ed25519 "),
        ("bid keygen", "bid.key", "jicai-bidder/1 Ed25519 "),
    ] {
        let out = room.done(&format!("{command} --out @{name}"));
        assert!(out.starts_with(begins) && out.lines().count() == 1, "{out}");
        let mode = fs::metadata(room.path(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
        let kept = room.text(name);
        assert!(kept.contains(out.trim()), "the public line is a comment");
        room.refused(&format!("{command} --out @{name}"), name, "nothing is overwritten");
        assert_eq!(room.text(name), kept);
        room.refused(&format!("{command} --out @none/{name}"), name, "a place to write to");
    }
}

#[test]
fn a_round_is_keyed_signed_and_a_bid_is_sealed_to_it() {
    let room = Room::ready();
    let held = room.text("room/ceremony.json");
    assert!(held.contains(r#""threshold":2"#) && !held.contains("AGE-SECRET-KEY"), "{held}");
    let sealed = room.done(&seal(""));
    assert!(sealed.contains("version    1, 2 lines") && sealed.contains("2 of 3 custodians"), "{sealed}");
    let envelope = room.text("sealed.json");
    assert!(envelope.starts_with(r#"{"format":"jicai-envelope/1","round":"rnd_"#));
    assert!(!envelope.contains("12.5") && !envelope.contains("prd_"));
    room.refused(&seal(""), "sealed.json", "nothing is overwritten");
    let to = "age1ygcl4klhdrpnh7mxk7xqctrqlh0tvrzmvd6kvkxhjph85gyxqu9sw7yx9f";
    let share = |number: u8, to: &str| {
        format!(
            "custodian share --key @{number}.key --ceremony @room/ceremony.json --share @room/share-{number}.age \
             --to {to} --out @under-{number}.json"
        )
    };
    room.refused(&share(1, to), "--to", "an age public key");
    let opening = held.split("age1").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let brought = room.done(&share(2, &format!("age1{opening}")));
    assert!(brought.contains("custodian 2"), "{brought}");
    assert!(room.text("under-2.json").starts_with(r#"{"format":"jicai-share-envelope/1","round":"rnd_"#));
}

#[test]
fn a_ceremony_refuses_what_no_round_could_be_opened_with() {
    let room = Room::ready();
    let held = |more: &str| format!("custodian ceremony --custodians @custodians --out @other {more}");
    room.refused(&held("--threshold 2 --round 7"), "--round", "rnd_ and 32 hex digits");
    room.refused(&held(&format!("--threshold 4 --round {ROUND}")), "custodians", "a threshold from 2");
    room.refused(&held(&format!("--threshold 1 --round {ROUND}")), "custodians", "a threshold from 2");
    assert!(!room.path("other").exists(), "nothing is left of what was refused");
    let lines = room.text("custodians");
    room.write("custodians", &format!("{lines}\njicai-custodian/1 SM2 x\n"));
    room.refused(&held(&format!("--threshold 2 --round {ROUND}")), "custodians, line 7", "public line");
    room.write("custodians", "# nobody\n");
    room.refused(
        &held(&format!("--threshold 2 --round {ROUND}")),
        "custodians",
        "public lines of custodians",
    );
    let again = "custodian ceremony --threshold 2 --custodians @kept --out @room";
    room.write("kept", &lines);
    room.refused(&format!("{again} --round {ROUND}"), "ceremony.json", "nothing is overwritten");
}

#[test]
fn a_custodian_signs_only_for_the_share_that_was_published() {
    let room = Room::ready();
    let again =
        format!("custodian ceremony --threshold 2 --custodians @custodians --out @again --round {ROUND}");
    room.done(&again);
    let sign = |number: u8, share: &str| {
        let with = "--ceremony @room/ceremony.json --out @no.json";
        format!("custodian sign {with} --key @{number}.key --share @{share}")
    };
    room.refused(&sign(2, "again/share-2.age"), "share-2.age", "custodian 2 whose digest was published");
    room.refused(&sign(2, "room/share-1.age"), "share-1.age", "encrypted to this key");
    room.refused(&sign(2, "none.age"), "none.age", "a readable file");
    room.done("custodian keygen --out @stranger.key");
    let strange = sign(2, "room/share-1.age").replace("@2.key", "@stranger.key");
    room.refused(&strange, "share-1.age", "names this key as a custodian");
    room.refused(&sign(2, "room/share-2.age").replace("@2.key", "@lines.csv"), "lines.csv", "private key");
    assert!(!room.path("no.json").exists());
}

#[test]
fn a_bid_is_only_sealed_to_a_key_that_every_trusted_custodian_signed() {
    let room = Room::ready();
    room.refused(&seal("--signatures @1.json @2.json"), "--signatures", "a signature of custodian 3");
    let other = "rnd_00000000000000000000000000000009";
    room.refused(&seal(&format!("--round {other}")), "ceremony.json", &format!("the ceremony of {other}"));
    let pinned = room.text("custodians");
    let two: String = pinned.lines().take(4).map(|line| format!("{line}\n")).collect();
    room.write("custodians", &two);
    room.refused(&seal(""), "custodians", "custodian 3 among the trusted public lines");
    room.write("custodians", &pinned);
    // A ceremony of the same custodians that they did not sign.
    room.done(&format!(
        "custodian ceremony --threshold 2 --custodians @custodians --out @false --round {ROUND}"
    ));
    let falsified = seal("").replace("@room/", "@false/");
    room.refused(&falsified, "1.json", "exactly this ceremony by custodian 1");
    room.write(
        "room/ceremony.json",
        &room.text("room/ceremony.json").replace("\"threshold\":2", "\"threshold\":3"),
    );
    room.refused(&seal(""), "1.json", "exactly this ceremony");
    assert!(!room.path("sealed.json").exists());
}

#[test]
fn every_fault_of_the_lines_is_told_with_its_place() {
    let room = Room::ready();
    room.write(
        "lines.csv",
        "product,price,units\nprd_1,12,1\nprd_00000000000000000000000000000001,\"1,200\",1\n\
         prd_00000000000000000000000000000002,1,\nprd_00000000000000000000000000000003,1,1\n\
         prd_00000000000000000000000000000003,2,1\n",
    );
    let said = room.run(&seal(""));
    assert_eq!(said.code, Some(2));
    for told in [
        "lines.csv, line 2, column 1 (product): \"prd_1\" — expected the id of a qualified product",
        "lines.csv, line 3, column 2 (price): \"1,200\" — expected a plain decimal above 0",
        "lines.csv, line 4, column 3 (units): \"\" — expected a value",
        "lines.csv, line 6 (product): \"prd_00000000000000000000000000000003\" — expected each product once",
    ] {
        assert!(said.err.contains(told), "{told} is missing in:\n{}", said.err);
    }
    room.write("lines.csv", "product,price\n");
    room.refused(&seal(""), "lines.csv, line 1 (units)", "a column units");
    room.write("lines.csv", "");
    room.refused(&seal(""), "lines.csv", "a header and at least one row");
    let many: String = (1..=120).map(|number| format!("prd_{number:032x},123456.78,1000\n")).collect();
    room.write("lines.csv", &format!("product,price,units\n{many}"));
    room.refused(&seal(""), "lines.csv", "fits into the round's envelope length");
    room.refused(&seal("").replace("8192", "8000"), "--length", "the round's envelope length");
    room.write("lines.csv", LINES);
    room.refused(&seal("").replace(BIDDER, ROUND), "--bidder", "org_ and 32 hex digits");
}
