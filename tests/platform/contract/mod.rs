//! Official results, and contracts from their generation to their end.
mod agreements;
mod results;
mod support;
