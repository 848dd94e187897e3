//! A private Redis that a test may kill.
use std::fs::File;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::folder::Folder;

/// What waiting for another process takes at most on a machine that is busy.
pub(crate) const BOUND: Duration = Duration::from_secs(20);

/// One Redis on a socket in a folder of its own.
pub(crate) struct Redis {
    folder: Folder,
    settings: Vec<String>,
    child: Option<Child>,
    /// Writes down what is asked of it; it ends with it.
    watcher: Option<Child>,
}

impl Redis {
    pub(crate) async fn start() -> Redis {
        Redis::with(&["--port", "0"]).await
    }

    pub(crate) async fn with(settings: &[&str]) -> Redis {
        let settings = settings.iter().map(|setting| (*setting).to_owned()).collect();
        let mut redis = Redis { folder: Folder::new(), settings, child: None, watcher: None };
        redis.comes_back().await;
        redis
    }

    pub(crate) fn url(&self) -> String {
        format!("unix://{}", self.socket())
    }

    /// Ends it as `kill -9` does.
    pub(crate) fn is_killed(&mut self) {
        let mut child = self.child.take().unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
    }

    /// Starts it, empty, and waits until it answers.
    pub(crate) async fn comes_back(&mut self) {
        let mut command = program();
        command.args(["--unixsocket", &self.socket(), "--save", "", "--daemonize", "no"]);
        command.arg("--dir").arg(self.folder.path()).args(&self.settings);
        self.child = Some(command.stdout(Stdio::null()).spawn().unwrap());
        until("Redis answers", async || self.says(&["PING"]) == "PONG").await;
    }

    /// What `redis-cli` prints.
    pub(crate) fn says(&self, command: &[&str]) -> String {
        let mut cli = Command::new("redis-cli");
        let output = cli.args(["-s", &self.socket()]).args(command).output().unwrap();
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    /// Writes down everything that is asked of it, until it ends.
    pub(crate) async fn is_watched(&mut self, by: &Path) {
        let mut cli = Command::new("redis-cli");
        cli.args(["-s", &self.socket(), "MONITOR"]).stderr(Stdio::null());
        self.watcher = Some(cli.stdout(File::create(by).unwrap()).spawn().unwrap());
        until("Redis is watched", async || std::fs::read_to_string(by).unwrap().contains("OK")).await;
    }

    fn socket(&self) -> String {
        self.folder.path().join("socket").to_str().unwrap().to_owned()
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        if self.child.is_some() {
            self.is_killed();
        }
        if let Some(watcher) = &mut self.watcher {
            watcher.wait().unwrap();
        }
    }
}

/// Debian's package of tools has the server under the name of a tool.
fn program() -> Command {
    let named = |name: &str| Command::new(name).arg("--version").stdout(Stdio::null()).status().is_ok();
    if named("redis-server") {
        return Command::new("redis-server");
    }
    let mut command = Command::new("redis-check-rdb");
    command.arg0("redis-server");
    command
}

/// Looks again and again whether something has come about.
pub(crate) async fn until(what: &str, come_about: impl AsyncFn() -> bool) {
    let (begun, mut tick) = (Instant::now(), tokio::time::interval(Duration::from_millis(20)));
    while !come_about().await {
        assert!(begun.elapsed() < BOUND, "in vain: {what}");
        tick.tick().await;
    }
}
