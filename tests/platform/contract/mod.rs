//! Official results, and contracts from their generation to their end.
mod results;
mod support;
