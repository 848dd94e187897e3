//! What stories stand on.
pub(crate) mod folder;
pub(crate) mod postgres;
pub(crate) mod program;
