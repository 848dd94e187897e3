//! `jicai keys rotate`.
use jicai_service::identity::rotate_keys;

use crate::cli::platform::{Failure, runtime, say, settings_of_environment};
use crate::serve::with_app;

pub(super) fn rotate() -> Result<(), Failure> {
    let config = settings_of_environment()?;
    let key = runtime()?.block_on(with_app(&config, async |app| rotate_keys(app).await))?;
    say(format!(
        "Access tokens are signed with {key} from now on; those signed before stay good until they expire."
    ))
}
