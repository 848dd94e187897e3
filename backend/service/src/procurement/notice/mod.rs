//! 公示、异议与中选结果: the result lies open, participants object, and what stands is announced.
mod announce;
mod decide;
mod object;
mod official;
mod publish;
mod text;

pub use announce::{AnnounceResult, announce_official_result};
pub use decide::{DecideObjection, Verdict, decide_objection};
pub use jicai_store::procurement::objections::{Brought, Published};
pub use object::{ObjectTo, notices, object_to_result, objections, withdraw_objection};
pub use publish::{PublishNotice, publish_notice};
