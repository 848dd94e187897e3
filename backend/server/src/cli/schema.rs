//! `jicai schema`.
use crate::cli::platform::{Failure, say};

pub(super) fn run() -> Result<(), Failure> {
    say(jicai_graphql::sdl().trim_end())
}
