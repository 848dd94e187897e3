//! The limits of a request, each with the code that tells of it.

/// Levels of fields in a query; the introspection of graphql-js needs 15. `QUERY_TOO_DEEP`.
pub(crate) const DEPTH_MAX: usize = 16;
/// Fields that a query may come to, lists counted with their page size. `QUERY_TOO_COMPLEX`.
pub(crate) const COMPLEXITY_MAX: usize = 5_000;
/// Levels of selection sets that the parser follows. `QUERY_TOO_DEEP`.
pub(crate) const NESTING_MAX: usize = 32;
/// Directives of one field. `QUERY_INVALID`.
pub(crate) const DIRECTIVES_MAX: usize = 4;
/// Operations of one batch. `BATCH_TOO_LARGE`.
pub(crate) const BATCH_MAX: usize = 10;
/// Subscriptions of one connection. `SUBSCRIPTION_LIMIT`.
pub(crate) const SUBSCRIPTIONS_MAX: usize = 20;
/// Rows of a page when the client does not say. `PAGE_SIZE`.
pub(crate) const PAGE_DEFAULT: u16 = 20;
/// Rows of a page at most. `PAGE_SIZE`.
pub(crate) const PAGE_MAX: u16 = 100;
/// Bytes of a request's body. `BODY_TOO_LARGE`.
pub const BODY_BYTES_MAX: usize = 1024 * 1024;
