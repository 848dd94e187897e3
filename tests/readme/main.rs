//! The README's tour: every command in a `console` block is run as written, in one folder, and prints what the README shows.
#![expect(
    clippy::unwrap_used,
    clippy::tests_outside_test_module,
    reason = "a test stops at the first surprise"
)]

use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

const README: &str = include_str!("../../README.md");

/// A command and what it prints.
struct Step {
    command: String,
    printed: String,
}

/// `$ ` begins a command, `> ` goes on with it, everything else is what it prints.
fn steps(readme: &str) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let mut in_console = false;
    for line in readme.lines() {
        if line.starts_with("```") {
            in_console = line == "```console";
        } else if let Some(command) = line.strip_prefix("$ ").filter(|_| in_console) {
            steps.push(Step { command: command.to_owned(), printed: String::new() });
        } else if let Some(step) = steps.last_mut().filter(|_| in_console) {
            match line.strip_prefix("> ") {
                Some(more) => step.command = format!("{}\n{more}", step.command),
                None => step.printed = format!("{}{line}\n", step.printed),
            }
        }
    }
    steps
}

fn run(command: &str, folder: &Path) -> String {
    let program = Path::new(env!("CARGO_BIN_EXE_jicai")).parent().unwrap();
    let path = format!("{}:{}", program.display(), std::env::var("PATH").unwrap());
    let output = Command::new("sh")
        .args(["-c", &format!("{{ {command}\n}} 2>&1")])
        .current_dir(folder)
        .env("PATH", path)
        .output()
        .unwrap();
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn the_tour_prints_what_the_readme_shows() {
    let steps = steps(README);
    assert!(steps.len() >= 8, "the tour has {} commands", steps.len());
    let folder = TempDir::new().unwrap();
    for step in steps {
        let printed = run(&step.command, folder.path());
        assert_eq!(printed, step.printed, "$ {}", step.command);
    }
}

#[test]
fn every_path_that_the_architecture_names_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let text = include_str!("../../ARCHITECTURE.md");
    let quoted = text.split('`').skip(1).step_by(2);
    let paths: Vec<&str> =
        quoted.filter(|quoted| quoted.contains('/') && !quoted.contains([' ', '×', '*'])).collect();
    assert!(paths.len() >= 15, "{paths:?}");
    for path in paths {
        assert!(root.join(path).exists(), "{path} is named but does not exist");
    }
}
