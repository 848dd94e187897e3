//! The `jicai` program.

fn main() -> std::process::ExitCode {
    jicai_server::cli::run()
}
