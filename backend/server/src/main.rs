//! The `jicai` program.
use std::process::ExitCode;

fn main() -> ExitCode {
    jicai_server::cli::run()
}
