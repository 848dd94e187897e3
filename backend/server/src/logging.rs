//! Structured logs on standard error. No body, password, token or header of a request is ever logged.
use tracing_subscriber::EnvFilter;

use crate::config::LogFormat;

/// Sends the logs of this process to standard error. `RUST_LOG` chooses what is logged.
pub(crate) fn begin(format: LogFormat) {
    let wanted = EnvFilter::try_from_default_env().unwrap_or_else(|_unset| EnvFilter::new("info"));
    let logs = tracing_subscriber::fmt().with_env_filter(wanted).with_writer(std::io::stderr);
    match format {
        LogFormat::Text => logs.with_ansi(false).init(),
        LogFormat::Json => logs.json().init(),
    }
}
