//! Agreed volume: the entries that move it, what parts of contracts hold, supplements, and changes that are asked for.
pub mod changes;
pub mod entries;
pub mod holdings;
pub mod supplements;
