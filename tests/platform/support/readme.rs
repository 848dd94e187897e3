//! What the README shows, to be run as a reader would.
use std::path::Path;
use std::process::Command;

use super::folder::Folder;

/// The text of a block of the README that follows a mark.
pub(crate) fn block(mark: &str) -> &'static str {
    let readme = include_str!("../../../README.md");
    let after = readme.split(&format!("<!-- {mark} -->\n```")).nth(1).unwrap();
    after.split_once('\n').unwrap().1.split("```").next().unwrap()
}

/// A shell in that folder that finds the program, and a demonstration at home.
pub(crate) fn shell(script: &str, home: &Folder, folder: &Folder) -> Command {
    let mut shell = Command::new("bash");
    let program = Path::new(env!("CARGO_BIN_EXE_jicai")).parent().unwrap();
    let path = format!("{}:{}", program.display(), std::env::var("PATH").unwrap());
    shell.args(["-euo", "pipefail", "-c", script]).env("PATH", path).env("JICAI_HOME", home.path());
    shell.env_remove("http_proxy").env("TOKEN", "").current_dir(folder.path());
    shell
}
