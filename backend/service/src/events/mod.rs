//! What happens, told to whoever listens. The audit log is the outbox: an event commits with its change and has its place there
//! below anything that can still commit, so a listener that names the last position it has seen misses nothing.
mod dispatch;
mod feed;
mod follow;

pub use dispatch::{dispatch, dispatch_once, lag};
pub(crate) use feed::Feed;
pub use feed::tail;
pub use follow::{Following, follow, follow_round};
pub use jicai_domain::events::{Event, EventKind};
