//! The settings as an operator may write them.
use super::*;

fn read(variables: &[(&str, &str)]) -> Result<Config, Vec<Fault>> {
    Config::read(variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())))
}

#[test]
fn all_faults_are_told_at_once() {
    let faults = read(&[
        ("JICAI_HOME", "/srv/jicai"),
        ("DATABASE_URL", "mysql://x"),
        ("JICAI_LISTEN", "localhost"),
        ("JICAI_WORKERS", "0"),
        ("JICAI_CONNECTIONS", "many"),
        ("JICAI_LOG", "xml"),
        ("JICAI_DOCUMENTS", "s3:///licences"),
        ("AWS_ACCESS_KEY_ID", "AKIA"),
        ("AWS_ENDPOINT_URL", "http://minio:9000"),
        ("JICAI_CALLER_RATE", "0"),
        ("JICAI_TRUSTED_PROXIES", "10.0.0.0/8, 10.0.0.0/99,proxy"),
        ("REDIS_URL", "http://:hunter2@redis"),
        ("JICAI_WROKERS", "2"),
    ]);
    let faults = faults.unwrap_err();
    assert!(!faults.iter().any(|fault| fault.problem.contains("hunter2")), "{faults:?}");
    let named: Vec<String> = faults.into_iter().map(|fault| fault.variable).collect();
    assert_eq!(
        named,
        [
            "JICAI_DOCUMENTS",
            "AWS_SECRET_ACCESS_KEY",
            "AWS_ENDPOINT_URL",
            "JICAI_LISTEN",
            "DATABASE_URL",
            "JICAI_SECRET",
            "JICAI_WORKERS",
            "JICAI_CONNECTIONS",
            "JICAI_CALLER_RATE",
            "JICAI_TRUSTED_PROXIES",
            "JICAI_TRUSTED_PROXIES",
            "REDIS_URL",
            "JICAI_LOG",
            "JICAI_WROKERS"
        ]
    );
}

#[test]
fn without_a_database_the_service_runs_its_own() {
    let config = read(&[("JICAI_HOME", "/srv/jicai"), ("JICAI_LISTEN", "")]).unwrap();
    assert!(matches!(config.database, Database::Embedded));
    assert_eq!(config.listen.to_string(), "127.0.0.1:8080");
}

#[test]
fn documents_are_kept_in_the_data_directory_another_folder_or_a_bucket() {
    let kept = |variables: &[(&str, &str)]| {
        let all: Vec<_> = [("JICAI_HOME", "/srv/jicai")].iter().chain(variables).copied().collect();
        read(&all).map(|config| config.documents).map_err(|faults| faults[0].to_string())
    };
    assert_eq!(kept(&[]), Ok(Documents::Folder("/srv/jicai/documents".into())));
    assert_eq!(kept(&[("JICAI_DOCUMENTS", "/mnt/files")]), Ok(Documents::Folder("/mnt/files".into())));
    assert!(kept(&[("JICAI_DOCUMENTS", "files")]).unwrap_err().starts_with("JICAI_DOCUMENTS: `files`"));
    let settings = [("AWS_REGION", "cn-north-1"), ("AWS_PAGER", "less")];
    let place = [("JICAI_DOCUMENTS", "s3://jicai/nanjing/licences")];
    let bucket = kept(&[place.as_slice(), settings.as_slice()].concat()).unwrap();
    assert_eq!(format!("{bucket:?}"), "Bucket(s3://jicai/nanjing/licences, with [\"AWS_REGION\"])");
}

#[test]
fn a_proxy_is_a_network_or_an_address() {
    let config = read(&[("JICAI_HOME", "/x"), ("JICAI_TRUSTED_PROXIES", "10.0.0.0/8, fd00::1")]).unwrap();
    let networks: Vec<String> = config.trusted_proxies.iter().map(ToString::to_string).collect();
    assert_eq!(networks, ["10.0.0.0/8", "fd00::1/128"]);
}

#[test]
fn nothing_secret_is_shown() {
    let secret = "0123456789abcdef".repeat(4);
    let url = "postgres://jicai_app:hunter2@db/jicai";
    let config = read(&[
        ("JICAI_HOME", "/x"),
        ("DATABASE_URL", url),
        ("JICAI_SECRET", &secret),
        ("REDIS_URL", "rediss-cluster://app:hunter2@a:1,b:2"),
        ("JICAI_DOCUMENTS", "s3://jicai"),
        ("AWS_ACCESS_KEY_ID", "hunter2"),
        ("AWS_SECRET_ACCESS_KEY", "hunter2"),
    ])
    .unwrap();
    let shown = format!("{config:?}");
    assert!(!shown.contains("hunter2") && !shown.contains("0123456789abcdef"), "{shown}");
    assert_eq!(config.secret.unwrap().reveal()[..2], [0x01, 0x23]);
}
