//! `jicai ledger export` and `jicai ledger prove`.
use std::io::Write as _;

use jicai_service::settlement::{Format, export, prove_now};

use crate::cli::platform::{Failure, runtime, say, settings_of_environment};
use crate::serve::with_app;

#[derive(clap::Subcommand)]
pub(super) enum Command {
    /// Print every posted event in its order: a journal for hledger, with each balance asserted, or a table in fen.
    Export {
        /// The form.
        #[arg(long, value_enum, default_value_t)]
        format: Form,
    },
    /// Reckon every balance from its entries again. Ends with 1 where one differs.
    Prove,
}

#[derive(Clone, Copy, Default, clap::ValueEnum)]
pub(super) enum Form {
    /// A journal of hledger
    #[default]
    Hledger,
    /// A row a side of a transfer
    Csv,
}

pub(super) fn run(command: &Command) -> Result<(), Failure> {
    let config = settings_of_environment()?;
    match command {
        Command::Export { format } => {
            let format = match format {
                Form::Hledger => Format::Hledger,
                Form::Csv => Format::Csv,
            };
            let text = runtime()?.block_on(with_app(&config, async |app| export(app, format).await))?;
            Ok(std::io::stdout().write_all(text.as_bytes())?)
        }
        Command::Prove => {
            let proof = runtime()?.block_on(with_app(&config, async |app| prove_now(app).await))?;
            if proof.faults.is_empty() {
                return say(format!(
                    "{} events, {} entries: every balance is theirs.",
                    proof.events, proof.entries
                ));
            }
            Err(proof.faults.join("\n").into())
        }
    }
}
