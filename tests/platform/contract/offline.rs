//! `jicai contract` on the machine of a party: nothing but files, and a changed byte does not verify.
use std::fs;
use std::path::Path;

use jicai_seal::{Sealable, SubContractDocument};

use crate::support::program::{Said, jicai, said};

const PARTY: &str = "org_00000000000000000000000000000001";

fn contract(home: &Path, arguments: &[&str]) -> Said {
    let mut command = jicai(home, &[]);
    command.arg("contract").args(arguments).current_dir(home);
    said(command)
}

#[test]
fn a_seal_is_made_and_checked_offline_and_a_changed_byte_does_not_verify() {
    let home = tempfile::tempdir().unwrap();
    let document = Sealable::Sub(SubContractDocument {
        sub_contract: "sub_00000000000000000000000000000001".to_owned(),
        contract: "con_00000000000000000000000000000001".to_owned(),
        contract_sha256: "00".repeat(32),
        institution: PARTY.to_owned(),
        institution_credit_code: "123201004660001234".to_owned(),
        volume: 1_000,
    });
    let text = document.to_canonical();
    fs::write(home.path().join("contract.json"), &text).unwrap();
    let made = contract(home.path(), &["keygen", "--out", "party.key"]);
    assert_eq!(made.code, Some(0), "{}", made.err);
    let public = made.out.trim();
    let arguments =
        ["seal", "--key", "party.key", "--document", "contract.json", "--party", PARTY, "--out", "seal.json"];
    assert_eq!(contract(home.path(), &arguments).code, Some(0));
    assert_eq!(contract(home.path(), &arguments).code, Some(2), "a file was overwritten");
    let check = |document: &str| {
        contract(home.path(), &["verify", "seal.json", "--document", document, "--key", public])
    };
    let held = check("contract.json");
    assert_eq!(held.code, Some(0), "{}", held.err);
    assert!(held.out.contains(PARTY), "{}", held.out);
    fs::write(home.path().join("other.json"), text.replace("1000", "1001")).unwrap();
    let changed = check("other.json");
    assert_eq!(changed.code, Some(2));
    assert!(changed.err.contains("SEAL_CONTRACT_SIGNATURE"), "{}", changed.err);
    let other = contract(home.path(), &["keygen", "--out", "other.key"]);
    let arguments = ["verify", "seal.json", "--document", "contract.json", "--key", other.out.trim()];
    assert_eq!(contract(home.path(), &arguments).code, Some(2));
}
