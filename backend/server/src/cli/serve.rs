//! `jicai serve`.
use tokio::signal::unix::{SignalKind, signal};

use crate::cli::platform::{Failure, runtime, say, settings_of_environment};
use crate::logging;
use crate::serve::Service;

/// How the service runs.
#[derive(clap::Args)]
pub(super) struct Options {
    /// Serve a demonstration: known accounts, an open schema. Never with real data.
    #[arg(long)]
    demo: bool,
}

pub(super) fn run(options: &Options) -> Result<(), Failure> {
    let config = settings_of_environment()?;
    logging::begin(config.log);
    let runtime = runtime()?;
    runtime.block_on(async {
        let stop = stopped()?;
        let service = Service::start(&config, options.demo).await?;
        for (role, account) in service.accounts() {
            say(format!("{role:<20} {account}"))?;
        }
        say(format!("Jicai answers on http://{}/graphql", service.address()))?;
        say(format!("GraphiQL:        http://{}/graphiql", service.address()))?;
        service.until(stop).await;
        say("Stopping: no new work, finishing what has begun.")?;
        service.stop().await?;
        say("Stopped.")
    })
}

/// Ready at the first Ctrl-C or SIGTERM.
pub(super) fn stopped() -> Result<impl Future<Output = ()>, Failure> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _signal = interrupt.recv() => {}
            _signal = terminate.recv() => {}
        }
    })
}
