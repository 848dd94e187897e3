//! Where a Postgres is and how it is spoken to. Every connection is opened here.
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use diesel::ConnectionError;
use diesel_async::AsyncPgConnection;
use percent_encoding::percent_decode_str;
use rustls::{ClientConfig, RootCertStore};
use rustls_native_certs::{CertificateResult, load_certs_from_paths, load_native_certs};
use tokio_postgres::config::{Host, SslMode};
use tokio_postgres::{Config, NoTls, Socket};
use tokio_postgres_rustls::MakeRustlsConnect;

/// The platform's root certificates, which change with the system and not while we run.
static PLATFORM: OnceLock<Result<Arc<RootCertStore>, String>> = OnceLock::new();

/// A connection string that was read.
pub struct Address {
    config: Config,
    tls: Option<MakeRustlsConnect>,
}

/// What the connection string says about TLS: `sslmode` and `sslrootcert` as libpq spells them.
#[derive(Default)]
struct Wanted {
    mode: Option<String>,
    roots: Option<PathBuf>,
}

impl Address {
    /// Reads `postgres://…` or `host=… user=…`. `sslmode` is `disable`, which is also what its absence means, or `require` or
    /// `verify-full`: both prove the server's certificate and name, by the platform's root certificates or those of
    /// `sslrootcert`. The modes that give way to whoever is in between are refused. Errors: what is wrong, without a secret.
    pub fn read(text: &str) -> Result<Address, String> {
        let (rest, wanted) = if text.contains("://") { of_url(text)? } else { of_pairs(text) };
        let mut config: Config = rest.parse().map_err(|error: tokio_postgres::Error| chain(&error))?;
        let proved = match wanted.mode.as_deref() {
            None | Some("disable") => false,
            Some("require" | "verify-full") => true,
            Some(_other) => return Err("sslmode is none of disable, require and verify-full".to_owned()),
        };
        if !proved && wanted.roots.is_some() {
            return Err("sslrootcert proves nothing without sslmode=verify-full".to_owned());
        }
        let hosts = config.get_hosts();
        if hosts.is_empty() {
            return Err("names no host".to_owned());
        }
        if proved && hosts.iter().any(|host| matches!(host, Host::Unix(_))) {
            return Err("a socket has no TLS: leave sslmode out, or name a host".to_owned());
        }
        config.ssl_mode(if proved { SslMode::Require } else { SslMode::Disable });
        let tls = proved.then(|| roots(wanted.roots.as_deref()).and_then(tls)).transpose()?;
        Ok(Address { config, tls })
    }

    /// Whether whoever is in between can neither read nor change what is said.
    pub fn is_proved(&self) -> bool {
        self.tls.is_some()
    }

    async fn open(&self) -> Result<AsyncPgConnection, ConnectionError> {
        match &self.tls {
            Some(tls) => establish(&self.config, tls.clone()).await,
            None => establish(&self.config, NoTls).await,
        }
    }
}

/// A new connection.
pub(crate) async fn open(text: &str) -> Result<AsyncPgConnection, ConnectionError> {
    Address::read(text).map_err(ConnectionError::InvalidConnectionUrl)?.open().await
}

async fn establish<T>(config: &Config, tls: T) -> Result<AsyncPgConnection, ConnectionError>
where
    T: tokio_postgres::tls::MakeTlsConnect<Socket>,
    T::Stream: Unpin + Send + 'static,
{
    let connected = config.connect(tls).await;
    let (client, connection) = connected.map_err(|error| ConnectionError::BadConnection(chain(&error)))?;
    AsyncPgConnection::try_from_client_and_connection(client, connection).await
}

/// TLS 1.2 or 1.3 with the certificate proved; the protocol's name is said as servers from 17 on like it.
fn tls(roots: Arc<RootCertStore>) -> Result<MakeRustlsConnect, String> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let versions = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let mut config =
        versions.map_err(|error| error.to_string())?.with_root_certificates(roots).with_no_client_auth();
    config.alpn_protocols = vec![b"postgresql".to_vec()];
    Ok(MakeRustlsConnect::new(config))
}

fn roots(file: Option<&Path>) -> Result<Arc<RootCertStore>, String> {
    match file {
        Some(file) => store(load_certs_from_paths(Some(file), None))
            .map_err(|fault| format!("sslrootcert {}: {fault}", file.display())),
        None => PLATFORM.get_or_init(|| store(load_native_certs())).clone().map_err(|fault| {
            format!("the platform's root certificates: {fault}; install ca-certificates or name sslrootcert")
        }),
    }
}

/// What can be used of what was found; nothing at all is a fault.
fn store(found: CertificateResult) -> Result<Arc<RootCertStore>, String> {
    let mut store = RootCertStore::empty();
    store.add_parsable_certificates(found.certs);
    if !store.is_empty() {
        return Ok(Arc::new(store));
    }
    Err(found.errors.first().map_or_else(|| "holds no certificate".to_owned(), ToString::to_string))
}

/// Takes the words about TLS out of the query of a URL.
fn of_url(text: &str) -> Result<(String, Wanted), String> {
    let authority_end = text.rfind('@').unwrap_or(0);
    let (before, after) = text.split_at(authority_end);
    let Some((place, query)) = after.split_once('?') else { return Ok((text.to_owned(), Wanted::default())) };
    let mut wanted = Wanted::default();
    let mut rest = Vec::new();
    for pair in query.split('&') {
        match pair.split_once('=') {
            Some((name @ ("sslmode" | "sslrootcert"), value)) => {
                let value = percent_decode_str(value).decode_utf8();
                wanted.take(name, &value.map_err(|_bytes| format!("{name} is not UTF-8"))?);
            }
            Some(_) | None => rest.push(pair),
        }
    }
    Ok((format!("{before}{place}?{}", rest.join("&")), wanted))
}

/// Takes the words about TLS out of `name=value` pairs. A value in quotes may hold blanks.
fn of_pairs(text: &str) -> (String, Wanted) {
    let mut wanted = Wanted::default();
    let mut rest = Vec::new();
    for word in words(text) {
        match word.split_once('=') {
            Some((name @ ("sslmode" | "sslrootcert"), value)) => {
                let bare = value.strip_prefix('\'').and_then(|value| value.strip_suffix('\''));
                wanted.take(name, bare.unwrap_or(value));
            }
            Some(_) | None => rest.push(word),
        }
    }
    (rest.join(" "), wanted)
}

/// The words of a text; blanks between quotes do not end one, and a backslash takes the meaning from what follows it.
fn words(text: &str) -> Vec<String> {
    let (mut words, mut quoted, mut escaped) = (vec![String::new()], false, false);
    for letter in text.chars() {
        if letter.is_whitespace() && !quoted && !escaped {
            words.push(String::new());
            continue;
        }
        quoted ^= letter == '\'' && !escaped;
        escaped = letter == '\\' && !escaped;
        words.last_mut().into_iter().for_each(|word| word.push(letter));
    }
    words.retain(|word| !word.is_empty());
    words
}

impl Wanted {
    fn take(&mut self, name: &str, value: &str) {
        if name == "sslmode" {
            self.mode = Some(value.to_owned());
        } else {
            self.roots = Some(PathBuf::from(value));
        }
    }
}

fn chain(error: &dyn std::error::Error) -> String {
    error.source().map_or_else(|| error.to_string(), |cause| format!("{error}: {}", chain(cause)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(text: &str) -> String {
        Address::read(text).map(|_address| ()).unwrap_err()
    }

    #[test]
    fn what_gives_way_is_refused_and_so_is_what_proves_nothing() {
        for mode in ["prefer", "allow", "verify-ca", "REQUIRE", ""] {
            for text in [
                format!("postgres://a:hunter2@db/x?sslmode={mode}"),
                format!("host=db user=a sslmode={mode}"),
            ] {
                assert!(fault(&text).contains("none of disable, require and verify-full"), "{text}");
            }
        }
        let table = [
            ("postgres://a:hunter2@db/x?sslrootcert=/r.pem", "proves nothing"),
            ("host=/run/postgres user=a sslmode=require", "a socket has no TLS"),
            ("postgres://a:hunter2@db/x?sslmode=verify-full&sslrootcert=/nowhere%2Fr.pem", "/nowhere/r.pem"),
            ("host=db sslmode='verify-full' sslrootcert='/no where/r.pem'", "/no where/r.pem"),
            ("postgres://a:hunter2@db/x?sslkey=/k.pem", "unknown option"),
            ("user=a", "names no host"),
        ];
        for (text, told) in table {
            let fault = fault(text);
            assert!(fault.contains(told) && !fault.contains("hunter2"), "{text}: {fault}");
        }
    }

    #[test]
    fn without_a_word_about_tls_there_is_none_and_the_rest_stays_as_it_was() {
        let table = [
            "postgres://a:p%3F@db:5433/x?connect_timeout=3",
            "postgres://a:p%3F@db:5433/x?sslmode=disable&connect_timeout=3",
            "host=db port=5433 user=a password='p?' dbname=x connect_timeout=3",
            "host=db port=5433 sslmode=disable user=a password='p?' dbname=x connect_timeout=3",
        ];
        let read: Vec<Config> = table.iter().map(|text| Address::read(text).unwrap().config).collect();
        assert!(read.iter().all(|config| *config == read[0]), "{read:?}");
        assert_eq!((read[0].get_ssl_mode(), read[0].get_password()), (SslMode::Disable, Some(&b"p?"[..])));
    }

    #[test]
    fn a_word_inside_quotes_is_no_word_about_tls() {
        let read = Address::read(r"host=db user=a password='x sslmode=require \' y'").unwrap();
        assert_eq!(read.config.get_password(), Some(&b"x sslmode=require ' y"[..]));
        assert!(!read.is_proved());
    }
}
