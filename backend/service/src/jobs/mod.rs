//! Work that changes leave to be done after them, and what becomes of it.
mod keep;
mod purge;
mod work;

pub use jicai_domain::jobs::{Job, JobKind, JobState, Lane};
pub use jicai_store::jobs::{Backlog, JobStatus};
pub use keep::{backlog, discard_job, jobs, retry_job};
pub(crate) use work::Progress;
pub use work::{put_up_turns, work_once};
