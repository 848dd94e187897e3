//! The program `jicai` as a user starts it.
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Output};

use super::folder::{NOBODY, is_root};
use super::postgres::Database;
use super::world::SECRET;

pub(crate) fn jicai(home: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_jicai"));
    command.args(arguments).env_clear().env("JICAI_HOME", home);
    command.env("PATH", std::env::var_os("PATH").unwrap()).current_dir("/");
    command
}

/// The same on a database of a story.
pub(crate) fn jicai_on(database: &Database, home: &Path, arguments: &[&str]) -> Command {
    let mut command = jicai(home, arguments);
    let secret: String = SECRET.iter().map(|byte| format!("{byte:02x}")).collect();
    command.env("DATABASE_URL", &database.app).env("JICAI_SECRET", secret);
    command
}

/// The same, started by an ordinary user.
pub(crate) fn jicai_of_nobody(home: &Path, arguments: &[&str]) -> Command {
    let mut command = jicai(home, arguments);
    if is_root() {
        command.uid(NOBODY).gid(NOBODY);
    }
    command
}

pub(crate) struct Said {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

pub(crate) fn said(mut command: Command) -> Said {
    let Output { status, stdout, stderr } = command.output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Said { code: status.code(), out: text(stdout), err: text(stderr) }
}
