//! The `jicai` program.
use clap::Parser;

#[derive(Parser)]
#[command(name = "jicai", version, about = "集采 volume-based procurement of medicines and consumables")]
struct Cli {}

fn main() {
    Cli::parse();
}
