//! The program as a process that serves.
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

use super::program::jicai;

/// A service that answers, until it is told to stop.
pub(crate) struct Serving {
    child: Child,
    out: BufReader<ChildStdout>,
    pub(crate) to: SocketAddr,
    pub(crate) accounts: Vec<(String, String, String)>,
}

impl Serving {
    /// Starts the service and waits until it says where it answers.
    pub(crate) fn start(home: &Path, arguments: &[&str]) -> Serving {
        let mut command = jicai(home, arguments);
        command.env("JICAI_ANONYMOUS_RATE", "60000").env("JICAI_CALLER_RATE", "60000");
        Serving::from(command)
    }

    pub(crate) fn from(command: Command) -> Serving {
        Serving::logging_to(command, Stdio::null())
    }

    /// One whose log is kept.
    pub(crate) fn logging_to(mut command: Command, log: Stdio) -> Serving {
        command.env("JICAI_LISTEN", "127.0.0.1:0").stdout(Stdio::piped()).stderr(log);
        let mut child = command.spawn().unwrap();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let mut accounts = Vec::new();
        let to = loop {
            let mut line = String::new();
            assert!(out.read_line(&mut line).unwrap() > 0, "the service ended before it answered");
            if let Some(rest) = line.strip_prefix("Jicai answers on http://") {
                break rest.split('/').next().unwrap().parse().unwrap();
            }
            let words: Vec<&str> = line.split_whitespace().collect();
            accounts.push((words[0].to_owned(), words[1].to_owned(), words[3].to_owned()));
        };
        Serving { child, out, to, accounts }
    }

    pub(crate) fn signal(&self, name: &str) {
        let status = Command::new("kill").args([name, &self.child.id().to_string()]).status().unwrap();
        assert!(status.success());
    }

    pub(crate) fn last_words(mut self) -> (Option<i32>, String) {
        let mut said = String::new();
        std::io::Read::read_to_string(&mut self.out, &mut said).unwrap();
        (self.child.wait().unwrap().code(), said)
    }
}
