//! `jicai found`.
use jicai_domain::errors::Refusal;
use jicai_domain::identity::{CreditCode, Name, RegionCode};
use jicai_service::identity::{FoundOperator, found_operator};

use crate::cli::platform::{Failure, runtime, say, settings_of_environment};
use crate::serve::with_app;

/// Whoever operates the platform, and its first administrator.
#[derive(clap::Args)]
pub(super) struct Options {
    /// The operator's name.
    #[arg(long)]
    name: String,
    /// The operator's unified social credit code.
    #[arg(long)]
    credit_code: String,
    /// The region that it operates the platform for (GB/T 2260; 000000 is the whole nation).
    #[arg(long, default_value = "000000")]
    region: String,
    /// The administrator's part of the login name.
    #[arg(long)]
    clerk: String,
    /// The administrator's name.
    #[arg(long)]
    person: String,
}

pub(super) fn run(options: Options) -> Result<(), Failure> {
    let config = settings_of_environment()?;
    let command = command(options).map_err(|refusal| {
        let spec = refusal.code.spec();
        Failure::Input(vec![format!(
            "{}: {} {}",
            refusal.field.unwrap_or("argument"),
            spec.english,
            spec.chinese
        )])
    })?;
    let founded = runtime()?.block_on(with_app(&config, async |app| found_operator(app, command).await))?;
    say(format!("login name  {}", founded.login.as_str()))?;
    say(format!("token       {}", founded.token))?;
    say("Set the password with the mutation setPassword within 72 hours.")
}

fn command(options: Options) -> Result<FoundOperator, Refusal> {
    Ok(FoundOperator {
        name: Name::parse(&options.name).map_err(|refusal| refusal.at("name"))?,
        credit_code: CreditCode::parse(&options.credit_code)?,
        regions: vec![RegionCode::parse(&options.region).map_err(|refusal| refusal.at("region"))?],
        clerk: options.clerk,
        person: Name::parse(&options.person).map_err(|refusal| refusal.at("person"))?,
    })
}
