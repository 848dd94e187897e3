//! `jicai schema`.
use crate::cli::{Failure, say};

pub(super) fn run() -> Result<(), Failure> {
    say(jicai_graphql::sdl().trim_end())
}
