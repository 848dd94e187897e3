//! `jicai config check`.
use crate::support::folder::Folder;
use crate::support::program::{jicai, said};

#[test]
fn every_fault_of_the_settings_is_told_at_once() {
    let home = Folder::new();
    let mut command = jicai(home.path(), &["config", "check"]);
    command
        .env("JICAI_LISTEN", "here")
        .env("JICAI_LOG", "xml")
        .env("DATABASE_URL", "postgres://app:hunter2@db/x");
    let checked = said(command);
    assert_eq!(checked.code, Some(2));
    for variable in ["JICAI_LISTEN", "JICAI_LOG", "JICAI_SECRET"] {
        assert!(checked.err.contains(variable), "{variable} is missing in: {}", checked.err);
    }
    assert!(!checked.err.contains("hunter2"), "{}", checked.err);
}

#[test]
fn good_settings_are_shown_and_nothing_is_started() {
    let home = Folder::new();
    let checked = said(jicai(home.path(), &["config", "check"]));
    assert_eq!((checked.code, checked.err.as_str()), (Some(0), ""));
    assert!(checked.out.contains("127.0.0.1:8080"), "{}", checked.out);
    assert_eq!(std::fs::read_dir(home.path()).unwrap().count(), 0);
}

#[test]
fn a_home_that_the_cluster_cannot_use_is_a_fault_of_the_settings() {
    let home = Folder::new();
    let checked = said(jicai(&home.path().join("deep".repeat(30)), &["config", "check"]));
    assert_eq!(checked.code, Some(2));
    assert!(checked.err.contains("longer than 107 bytes"), "{}", checked.err);
}

#[test]
fn a_secret_may_lie_in_a_file() {
    let home = Folder::new();
    let check = |secret: &str, twice: bool| {
        let file = home.path().join("given");
        std::fs::write(&file, secret).unwrap();
        let mut command = jicai(home.path(), &["config", "check"]);
        command.env("DATABASE_URL", "postgres://app@db/x").env("JICAI_SECRET_FILE", &file);
        if twice {
            command.env("JICAI_SECRET", "ab".repeat(32));
        }
        said(command)
    };
    assert_eq!(check(&format!("{}\n", "ab".repeat(32)), false).code, Some(0));
    let (wrong, twice) = (check("short", false), check("short", true));
    assert_eq!((wrong.code, twice.code), (Some(2), Some(2)));
    assert!(wrong.err.contains("JICAI_SECRET: is not 64"), "{}", wrong.err);
    assert!(twice.err.contains("JICAI_SECRET_FILE: is set, and so is JICAI_SECRET"), "{}", twice.err);
    let mut command = jicai(home.path(), &["config", "check"]);
    command.env("DATABASE_URL_FILE", "/none").env("JICAI_SECRET_FILE", "/none/too");
    let gone = said(command).err;
    assert!(gone.contains("DATABASE_URL_FILE: /none cannot") && gone.contains("/none/too cannot"), "{gone}");
}
