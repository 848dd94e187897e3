//! The `jicai` program: command line and files around the rules of [`jicai_domain`].
#![deny(missing_docs)]

pub mod award;
pub mod cli;
pub mod input;
pub mod replay;
