//! What the environment says, read once and checked as a whole.
use std::fmt::{Debug, Display, Formatter};
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};

use ipnet::IpNet;
use jicai_store::Address;
use jicai_store::documents::{Objects, s3_setting};
use jicai_store::redis::RedisAddress;

use jicai_domain::webhooks::Reachable;

/// The settings of the service.
#[derive(Debug)]
pub struct Config {
    /// Where the service keeps what is its own.
    pub home: PathBuf,
    /// Where it answers.
    pub listen: SocketAddr,
    /// Which Postgres.
    pub database: Database,
    /// What everything secret is derived from; none means the file in the data directory.
    pub secret: Option<SecretKey>,
    /// Actix workers, each with connections of its own.
    pub workers: usize,
    /// Connections of each worker.
    pub connections: u32,
    /// Pieces of work that this process does at once.
    pub jobs: usize,
    /// Requests a second from one address that is not logged in; three seconds of it may be saved up.
    pub anonymous_rate: u32,
    /// Where the bytes of documents are kept.
    pub documents: Documents,
    /// Requests a second from one caller; three seconds of it may be saved up.
    pub caller_rate: u32,
    /// The proxies whose word about the client's address counts.
    pub trusted_proxies: Vec<IpNet>,
    /// Redis, for what servers share and may lose.
    pub redis: Option<RedisAddress>,
    /// Where webhooks may lead.
    pub webhooks: Reachable,
    /// How logs are written.
    pub log: LogFormat,
}

/// Where the bytes of documents are kept.
#[derive(Clone, PartialEq, Eq)]
pub enum Documents {
    /// In a folder.
    Folder(PathBuf),
    /// In S3 or what speaks like it.
    Bucket {
        /// The bucket.
        bucket: String,
        /// What the name of every object begins with.
        prefix: String,
        /// The `AWS_` variables; they hold secrets.
        settings: Vec<(String, String)>,
    },
}

impl Debug for Documents {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Folder(folder) => f.debug_tuple("Folder").field(folder).finish(),
            Self::Bucket { bucket, prefix, settings } => {
                let names: Vec<&String> = settings.iter().map(|(name, _)| name).collect();
                write!(f, "Bucket(s3://{bucket}/{prefix}, with {names:?})")
            }
        }
    }
}

/// Which Postgres the service uses.
#[derive(Debug)]
pub enum Database {
    /// Its own, in the data directory.
    Embedded,
    /// One that somebody else runs.
    External {
        /// The connection of `jicai_app`.
        app: Url,
        /// The connection of `jicai_owner`, for migrations.
        owner: Option<Url>,
        /// The connection of `jicai_app` to a streaming replica, for reports.
        replica: Option<Url>,
    },
}

/// How logs are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

/// A connection string; may hold a password, so it shows nothing of itself.
#[derive(Clone)]
pub struct Url(String);

impl Url {
    /// The connection string, for connecting only.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl Debug for Url {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        f.write_str("Url(…)")
    }
}

/// 32 secret bytes; shows nothing of itself.
#[derive(Clone)]
pub struct SecretKey([u8; 32]);

impl SecretKey {
    /// Those bytes.
    pub fn new(bytes: [u8; 32]) -> SecretKey {
        SecretKey(bytes)
    }

    /// Reads 64 hexadecimal digits.
    pub fn parse(text: &str) -> Option<SecretKey> {
        if text.len() != 64 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        let halves = [text.get(..32)?, text.get(32..)?].map(|half| u128::from_str_radix(half, 16));
        let [Ok(high), Ok(low)] = halves else { return None };
        let mut bytes = [0; 32];
        for (byte, value) in bytes.iter_mut().zip(high.to_be_bytes().into_iter().chain(low.to_be_bytes())) {
            *byte = value;
        }
        Some(SecretKey(bytes))
    }

    /// The bytes, for deriving keys only.
    pub fn reveal(&self) -> [u8; 32] {
        self.0
    }
}

impl Debug for SecretKey {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        f.write_str("SecretKey(…)")
    }
}

/// A setting that cannot be used.
#[derive(Debug, PartialEq, Eq)]
pub struct Fault {
    /// The variable.
    pub variable: String,
    /// What is wrong with it and what would do.
    pub problem: String,
}

impl Display for Fault {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.variable, self.problem)
    }
}

/// The variables, with what they mean.
pub const VARIABLES: &[(&str, &str)] = &[
    (
        "DATABASE_URL",
        "Postgres as jicai_app, with sslmode=verify-full for TLS; without it the service runs its own Postgres",
    ),
    ("DATABASE_MIGRATION_URL", "Postgres as jicai_owner, for migrations"),
    ("DATABASE_REPLICA_URL", "a streaming replica as jicai_app, for reports that may be seconds behind"),
    ("JICAI_ANONYMOUS_RATE", "requests a second from an address that is not logged in, 1 to 60000 (20)"),
    ("JICAI_CALLER_RATE", "requests a second from a caller, 1 to 60000 (100)"),
    ("JICAI_CONNECTIONS", "connections of each worker, as many again for frequent reads, 1 to 200 (4)"),
    (
        "JICAI_DOCUMENTS",
        "folder, or s3://BUCKET/PREFIX with AWS_ variables (documents in the data directory)",
    ),
    ("JICAI_HOME", "data directory (/var/lib/jicai as root, else the XDG data directory)"),
    (
        "JICAI_JOBS",
        "pieces of work done at once, 1 to 64, or 0 with `serve` to leave them to `jicai worker` (2)",
    ),
    ("JICAI_LISTEN", "address and port (127.0.0.1:8080)"),
    ("JICAI_LOG", "text or json (text)"),
    ("JICAI_SECRET", "64 hexadecimal digits; required with DATABASE_URL, else a file in the data directory"),
    (
        "JICAI_TRUSTED_PROXIES",
        "networks of proxies whose X-Forwarded-For or Forwarded counts: 10.0.0.0/8,fd00::1",
    ),
    ("JICAI_WEBHOOK_PRIVATE", "allow lets webhooks lead anywhere, by http too: for tests and demonstrations"),
    ("JICAI_WORKERS", "worker threads, 1 to 256 (one a core)"),
    (
        "REDIS_URL",
        "Redis, so that servers share rate limits and wake each other at once: redis://, rediss://, redis-cluster://",
    ),
];

impl Config {
    /// Reads the settings. All faults at once.
    pub fn read(variables: impl Iterator<Item = (String, String)>) -> Result<Config, Vec<Fault>> {
        let variables: Vec<(String, String)> = variables.filter(|(_, value)| !value.is_empty()).collect();
        let mut reader = Reader { variables, faults: Vec::new() };
        let home = reader.home();
        let config = Config {
            documents: reader.documents(&home),
            home,
            listen: reader.parsed(
                "JICAI_LISTEN",
                "an address and port such as 127.0.0.1:8080",
                SocketAddr::from(([127, 0, 0, 1], 8080)),
            ),
            database: reader.database(),
            secret: reader.secret(),
            workers: reader.counted(
                "JICAI_WORKERS",
                256,
                std::thread::available_parallelism().map_or(2, usize::from),
            ),
            connections: reader.counted("JICAI_CONNECTIONS", 200, 4),
            jobs: reader.jobs(),
            anonymous_rate: reader.counted("JICAI_ANONYMOUS_RATE", 60_000, 20),
            caller_rate: reader.counted("JICAI_CALLER_RATE", 60_000, 100),
            trusted_proxies: reader.trusted_proxies(),
            redis: reader.redis(),
            webhooks: reader.webhooks(),
            log: reader.log(),
        };
        reader.strangers();
        if reader.faults.is_empty() { Ok(config) } else { Err(reader.faults) }
    }
}

struct Reader {
    variables: Vec<(String, String)>,
    faults: Vec<Fault>,
}

impl Reader {
    fn get(&self, name: &str) -> Option<String> {
        self.variables.iter().find(|(variable, _)| variable == name).map(|(_, value)| value.clone())
    }

    fn fault(&mut self, variable: &str, problem: impl Into<String>) {
        self.faults.push(Fault { variable: variable.to_owned(), problem: problem.into() });
    }

    fn parsed<T: std::str::FromStr>(&mut self, name: &str, expected: &str, default: T) -> T {
        let Some(text) = self.get(name) else { return default };
        text.parse().unwrap_or_else(|_unreadable| {
            self.fault(name, format!("`{text}` is not {expected}"));
            default
        })
    }

    fn counted<T>(&mut self, name: &str, most: u16, default: T) -> T
    where
        T: std::str::FromStr + PartialOrd + From<u16> + Copy,
    {
        let number = self.parsed(name, &format!("a number from 1 to {most}"), default);
        if number < T::from(1) || number > T::from(most) {
            self.fault(name, format!("not a number from 1 to {most}"));
        }
        number
    }

    fn jobs(&mut self) -> usize {
        if self.get("JICAI_JOBS").as_deref() == Some("0") { 0 } else { self.counted("JICAI_JOBS", 64, 2) }
    }

    fn home(&mut self) -> PathBuf {
        if let Some(home) = self.get("JICAI_HOME") {
            return PathBuf::from(home);
        }
        if rustix::process::geteuid().is_root() {
            return PathBuf::from("/var/lib/jicai");
        }
        let xdg = self.get("XDG_DATA_HOME").map(PathBuf::from).filter(|folder| folder.is_absolute());
        let home = xdg.or_else(|| self.get("HOME").map(|home| PathBuf::from(home).join(".local/share")));
        home.map(|folder| folder.join("jicai")).unwrap_or_else(|| {
            self.fault("JICAI_HOME", "is not set, and neither is HOME");
            PathBuf::new()
        })
    }

    fn database(&mut self) -> Database {
        let owner = self.url("DATABASE_MIGRATION_URL");
        let replica = self.url("DATABASE_REPLICA_URL");
        match self.url("DATABASE_URL") {
            Some(app) => Database::External { app, owner, replica },
            None => {
                let alone = [("DATABASE_MIGRATION_URL", owner), ("DATABASE_REPLICA_URL", replica)];
                for (variable, _url) in alone.iter().filter(|(_variable, url)| url.is_some()) {
                    self.fault("DATABASE_URL", format!("is not set although {variable} is"));
                }
                Database::Embedded
            }
        }
    }

    fn url(&mut self, name: &str) -> Option<Url> {
        let text = self.get(name)?;
        if !["postgres://", "postgresql://", "host="].iter().any(|start| text.starts_with(start)) {
            self.fault(name, "is not a connection string that starts with postgres:// or host=");
        } else if let Err(problem) = Address::read(&text) {
            self.fault(name, problem);
        }
        Some(Url(text))
    }

    fn trusted_proxies(&mut self) -> Vec<IpNet> {
        let text = self.get("JICAI_TRUSTED_PROXIES").unwrap_or_default();
        let mut networks = Vec::new();
        for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            match part.parse().or_else(|_no_network| part.parse::<IpAddr>().map(IpNet::from)) {
                Ok(network) => networks.push(network),
                Err(_neither) => self.fault(
                    "JICAI_TRUSTED_PROXIES",
                    format!("`{part}` is neither a network such as 10.0.0.0/8 nor an address"),
                ),
            }
        }
        networks
    }

    fn redis(&mut self) -> Option<RedisAddress> {
        let address = RedisAddress::parse(&self.get("REDIS_URL")?);
        if address.is_none() {
            self.fault("REDIS_URL", format!("is not an address of Redis: {}", RedisAddress::EXPECTED));
        }
        address
    }

    fn secret(&mut self) -> Option<SecretKey> {
        let Some(text) = self.get("JICAI_SECRET") else {
            if self.get("DATABASE_URL").is_some() {
                self.fault(
                    "JICAI_SECRET",
                    "is required with DATABASE_URL: 64 hexadecimal digits, the same on every server",
                );
            }
            return None;
        };
        let secret = SecretKey::parse(&text);
        if secret.is_none() {
            self.fault("JICAI_SECRET", "is not 64 hexadecimal digits");
        }
        secret
    }

    fn documents(&mut self, home: &Path) -> Documents {
        const NAME: &str = "JICAI_DOCUMENTS";
        let Some(text) = self.get(NAME) else { return Documents::Folder(home.join("documents")) };
        let Some(place) = text.strip_prefix("s3://") else {
            if !text.starts_with('/') {
                self.fault(
                    NAME,
                    format!("`{text}` is neither s3://BUCKET/PREFIX nor a folder that begins with /"),
                );
            }
            return Documents::Folder(PathBuf::from(text));
        };
        let (bucket, prefix) = place.split_once('/').unwrap_or((place, ""));
        if bucket.is_empty() {
            self.fault(NAME, format!("`{text}` names no bucket"));
        }
        let settings: Vec<_> = self.variables.iter().filter(|(name, _)| s3_setting(name)).cloned().collect();
        self.bucket(bucket, prefix, &settings);
        Documents::Bucket { bucket: bucket.to_owned(), prefix: prefix.to_owned(), settings }
    }

    /// What can be told of a bucket's settings without asking it.
    fn bucket(&mut self, bucket: &str, prefix: &str, settings: &[(String, String)]) {
        let [key, secret] = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"];
        match (self.get(key), self.get(secret)) {
            (Some(_), None) => self.fault(secret, format!("is not set although {key} is")),
            (None, Some(_)) => self.fault(key, format!("is not set although {secret} is")),
            (Some(_), Some(_)) | (None, None) => {}
        }
        let endpoint = self.get("AWS_ENDPOINT_URL").or(self.get("AWS_ENDPOINT"));
        let plain = endpoint.is_some_and(|endpoint| endpoint.starts_with("http://"));
        if plain && self.get("AWS_ALLOW_HTTP").is_none_or(|allowed| allowed != "true") {
            self.fault("AWS_ENDPOINT_URL", "is not https; AWS_ALLOW_HTTP=true allows that");
        }
        if bucket.is_empty() {
            return;
        }
        if let Err(error) = Objects::in_bucket(bucket, prefix, settings) {
            let why = std::error::Error::source(&error).map(ToString::to_string).unwrap_or_default();
            self.fault("JICAI_DOCUMENTS", format!("the bucket cannot be used: {why}"));
        }
    }

    fn webhooks(&mut self) -> Reachable {
        const NAME: &str = "JICAI_WEBHOOK_PRIVATE";
        match self.get(NAME).as_deref() {
            None => Reachable::Public,
            Some("allow") => Reachable::Anything,
            Some(other) => {
                let problem = format!("`{other}` is not allow");
                self.fault(NAME, problem);
                Reachable::Public
            }
        }
    }

    fn log(&mut self) -> LogFormat {
        match self.get("JICAI_LOG").as_deref() {
            None | Some("text") => LogFormat::Text,
            Some("json") => LogFormat::Json,
            Some(other) => {
                let problem = format!("`{other}` is neither text nor json");
                self.fault("JICAI_LOG", problem);
                LogFormat::Text
            }
        }
    }

    fn strangers(&mut self) {
        let known = |name: &str| VARIABLES.iter().any(|(variable, _)| *variable == name);
        let strangers: Vec<String> = self
            .variables
            .iter()
            .map(|(name, _)| name.clone())
            .filter(|name| name.starts_with("JICAI_") && !known(name))
            .collect();
        for name in strangers {
            self.fault(&name, "is not a setting of this program");
        }
    }
}

#[cfg(test)]
mod tests;
