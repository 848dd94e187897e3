//! What is shown of notices and objections.
use async_graphql::{Enum, ID, Object, SimpleObject};
use jicai_domain::audit::hex;
use jicai_domain::ids::ObjectionId;
use jicai_domain::procurement::objection::ObjectionStatus as Status;
use jicai_service::Changed;
use jicai_service::procurement::notice::{Brought, Published};

use crate::dates::DateTime;

/// How far an objection is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
enum ObjectionStatus {
    /// It waits for the office, and holds the official result back.
    Submitted,
    /// The objector took it back.
    Withdrawn,
    /// It is right: products lost their selection, and their lots were decided again.
    Upheld,
    /// It is not right.
    Rejected,
}

/// A notice of results, which lies open for objections. 公示
pub(super) struct RoundNotice(pub(super) Published);

#[Object]
impl RoundNotice {
    /// Which notice of the round, from 1.
    async fn edition(&self) -> i32 {
        self.0.notice.edition
    }

    /// Its lots.
    async fn lots(&self) -> Vec<ID> {
        self.0.notice.lots.iter().map(|lot| ID(lot.to_string())).collect()
    }

    /// Until when its lots may be objected to.
    async fn objections_until(&self) -> DateTime {
        DateTime(self.0.notice.terms.objections_until)
    }

    /// Before when no contract is sealed.
    async fn standstill_until(&self) -> DateTime {
        DateTime(self.0.notice.terms.standstill_until)
    }

    /// When it was published.
    async fn published_at(&self) -> DateTime {
        DateTime(self.0.notice.published_at)
    }

    /// What was published, whole, as JSON.
    async fn text(&self) -> &str {
        &self.0.canonical
    }

    /// SHA-256 of the text, in hexadecimal digits.
    async fn sha256(&self) -> String {
        hex(&self.0.sha256)
    }
}

/// What a participant says against results. 异议
pub(super) struct Objection(pub(super) Brought);

#[Object]
impl Objection {
    /// Its id.
    async fn id(&self) -> ID {
        ID(self.0.objection.id.to_string())
    }

    /// Its version.
    async fn version(&self) -> i32 {
        self.0.objection.version.number()
    }

    /// Who objects.
    async fn objector(&self) -> &str {
        &self.0.objector_name
    }

    /// The lots that it is about.
    async fn lots(&self) -> Vec<ID> {
        self.0.objection.lots.iter().map(|lot| ID(lot.to_string())).collect()
    }

    /// Why.
    async fn grounds(&self) -> &str {
        self.0.objection.grounds.as_str()
    }

    /// The documents that support it.
    async fn documents(&self) -> Vec<ID> {
        self.0.objection.documents.iter().map(|document| ID(document.to_string())).collect()
    }

    /// How far it is.
    async fn status(&self) -> ObjectionStatus {
        match self.0.objection.status {
            Status::Submitted => ObjectionStatus::Submitted,
            Status::Withdrawn => ObjectionStatus::Withdrawn,
            Status::Upheld { .. } => ObjectionStatus::Upheld,
            Status::Rejected { .. } => ObjectionStatus::Rejected,
        }
    }

    /// What the office answered.
    async fn answer(&self) -> Option<&str> {
        self.0.objection.status.decision().map(|(_by, answer)| answer.as_str())
    }

    /// The products that no longer count because it is right.
    async fn excluded(&self) -> Vec<ID> {
        self.0.objection.status.excluded().iter().map(|product| ID(product.to_string())).collect()
    }

    /// When it was handed in.
    async fn submitted_at(&self) -> DateTime {
        DateTime(self.0.submitted_at)
    }

    /// When it was decided.
    async fn decided_at(&self) -> Option<DateTime> {
        self.0.decided_at.map(DateTime)
    }
}

/// A changed objection.
#[derive(SimpleObject)]
pub(super) struct ObjectionChanged {
    /// Its id.
    id: ID,
    /// Its version after the change.
    version: i32,
}

impl From<Changed<ObjectionId>> for ObjectionChanged {
    fn from(changed: Changed<ObjectionId>) -> Self {
        Self { id: ID(changed.id.to_string()), version: changed.version.number() }
    }
}
