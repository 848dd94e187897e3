//! Speaking TLS to a Postgres that somebody else runs: what is asked for is had, or nothing is said at all.
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use jicai_server::config::Config;
use jicai_server::embedded::{Cluster, SUPERUSER};
use jicai_server::serve::Service;
use jicai_store::setup::{APP, OWNER, is_behind, migrate, prepare_cluster};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};

use crate::support::actor::Actor;
use crate::support::folder::Folder;
use crate::support::postgres::{execute, texts};
use crate::support::program::{jicai, said};

/// A migrated Postgres that answers on a port, with a certificate for `localhost` by an authority of its own.
struct Server {
    cluster: Option<Cluster>,
    folder: Folder,
    port: u16,
}

impl Server {
    async fn start() -> Server {
        let folder = Folder::new();
        let home = folder.path();
        let new = tokio::task::block_in_place(|| Cluster::start(home, &[]).unwrap());
        prepare_cluster(&new.url(SUPERUSER, "postgres"), "jicai").await.unwrap();
        migrate(&new.url(OWNER, "jicai")).await.unwrap();
        tokio::task::block_in_place(|| new.stop().unwrap());
        certify(home);
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let data = home.join("postgres/data");
        let [certificate, key] =
            ["server.pem", "server.key"].map(|name| data.join(name).display().to_string());
        let settings = [
            ("listen_addresses", "127.0.0.1"),
            ("port", &port.to_string()),
            ("ssl", "on"),
            ("ssl_cert_file", &certificate),
            ("ssl_key_file", &key),
        ];
        let cluster = tokio::task::block_in_place(|| Cluster::start(home, &settings).unwrap());
        Server { cluster: Some(cluster), folder, port }
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn url(&self, role: &str, host: &str, words: &str) -> String {
        format!("postgres://{role}@{host}:{}/jicai?connect_timeout=5&{words}", self.port)
    }

    /// The connection string of `jicai_app` that proves `localhost` by that authority.
    fn proved_by(&self, authority: &str) -> String {
        let roots = self.file(authority).display().to_string();
        self.url(APP, "localhost", &format!("sslmode=verify-full&sslrootcert={roots}"))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.cluster.take().into_iter().for_each(|cluster| cluster.stop().unwrap());
    }
}

/// Writes the authority's certificate, another authority's, and the server's with its key where the server may read it.
fn certify(home: &Path) {
    let authority = |name: &str| {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        std::fs::write(home.join(name), params.self_signed(&key).unwrap().pem()).unwrap();
        Issuer::new(params, key)
    };
    let issuer = authority("authority.pem");
    authority("other.pem");
    let key = KeyPair::generate().unwrap();
    let server =
        CertificateParams::new(vec!["localhost".to_owned()]).unwrap().signed_by(&key, &issuer).unwrap();
    let data = home.join("postgres/data");
    let owner = std::fs::metadata(&data).unwrap();
    for (name, text) in [("server.pem", server.pem()), ("server.key", key.serialize_pem())] {
        let file = data.join(name);
        std::fs::write(&file, text).unwrap();
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
        chown(&file, Some(owner.uid()), Some(owner.gid())).unwrap();
    }
}

async fn refusal(url: &str) -> String {
    let error = is_behind(url).await.unwrap_err();
    std::error::Error::source(&error).unwrap().to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_connection_of_the_service_is_encrypted_to_a_server_that_proved_itself() {
    let server = Server::start().await;
    let secret = "5a".repeat(32);
    let settings = [
        ("DATABASE_URL", server.proved_by("authority.pem")),
        ("JICAI_HOME", "/nonexistent".to_owned()),
        ("JICAI_LISTEN", "127.0.0.1:0".to_owned()),
        ("JICAI_SECRET", secret),
    ];
    let config = Config::read(settings.into_iter().map(|(name, value)| (name.to_owned(), value))).unwrap();
    let service = Service::start(&config, false).await.unwrap();
    Actor::nobody(service.address()).asks("{ region(code: \"320000\") { name } }").await.done();
    let plain = server.url(SUPERUSER, "127.0.0.1", "sslmode=disable");
    let query = "SELECT ssl::text AS line FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE usename = 'jicai_app'";
    let encrypted = texts(&plain, query).await;
    assert!(encrypted.len() >= 2 && encrypted.iter().all(|one| one == "true"), "{encrypted:?}");
    service.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_does_not_prove_itself_is_told_nothing() {
    let server = Server::start().await;
    assert!(!is_behind(&server.proved_by("authority.pem")).await.unwrap());
    let unknown = refusal(&server.proved_by("other.pem")).await;
    assert!(unknown.contains("invalid peer certificate"), "{unknown}");
    let own = server.file("authority.pem").display().to_string();
    let elsewhere = server.url(APP, "127.0.0.1", &format!("sslmode=require&sslrootcert={own}"));
    let misnamed = refusal(&elsewhere).await;
    assert!(misnamed.contains("certificate not valid for name"), "{misnamed}");

    let plain = server.url(SUPERUSER, "127.0.0.1", "sslmode=disable");
    execute(&plain, "ALTER SYSTEM SET ssl = off").await;
    execute(&plain, "SELECT pg_reload_conf()").await;
    let begun = Instant::now();
    while is_behind(&server.proved_by("authority.pem")).await.is_ok() {
        assert!(begun.elapsed() < Duration::from_secs(30), "the server still speaks TLS");
    }
    let without = refusal(&server.proved_by("authority.pem")).await;
    assert!(without.contains("server does not support TLS"), "{without}");
    assert!(!is_behind(&server.url(APP, "127.0.0.1", "sslmode=disable")).await.unwrap());
}

#[test]
fn a_mode_that_may_end_up_without_tls_is_a_fault_of_the_settings() {
    let home = Folder::new();
    for (words, told) in [
        ("sslmode=prefer", "sslmode is none of disable, require and verify-full"),
        ("sslmode=verify-full&sslrootcert=/nowhere.pem", "/nowhere.pem"),
    ] {
        let mut command = jicai(home.path(), &["config", "check"]);
        command.env("JICAI_SECRET", "5a".repeat(32));
        command.env("DATABASE_URL", format!("postgres://app:hunter2@db/x?{words}"));
        let checked = said(command);
        assert_eq!(checked.code, Some(2), "{}", checked.out);
        assert!(
            checked.err.starts_with("jicai: DATABASE_URL: ") && checked.err.contains(told),
            "{}",
            checked.err
        );
        assert!(!checked.err.contains("hunter2"), "{}", checked.err);
    }
}
