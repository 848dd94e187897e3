//! One event for one webhook.
use crate::errors::{Code, Refusal};
use crate::ids::{DeliveryId, OrganizationId, WebhookId};
use crate::time::Timestamp;

/// For how long a delivery is remembered.
pub const KEPT_SECONDS: i64 = 30 * 86_400;

/// What came back from a receiver.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// An HTTP status.
    Status(u16),
    /// Nothing.
    Silent(Silence),
}

/// Why there was no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Silence {
    /// It did not come in time.
    Timeout,
    /// There was no connection, or it broke.
    Unreachable,
    /// The name leads to an address that a webhook may not lead to.
    Private,
}

/// Where a delivery stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeliveryStatus {
    /// It waits for its first or next try.
    Waiting,
    /// The receiver accepted it.
    Delivered,
    /// It was given up after its last try.
    Failed,
    /// It was not tried any more because the webhook was disabled.
    Dropped,
}

/// One event for one webhook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// Its id, the same at every try.
    pub id: DeliveryId,
    /// For whom.
    pub webhook: WebhookId,
    /// The event's place in the log; none for a test.
    pub position: Option<u64>,
    /// What happened: the name of an event's kind, or [`Delivery::TEST`].
    pub kind: String,
    /// What it happened to.
    pub subject: String,
    /// The organizations that it concerns.
    pub organizations: Vec<OrganizationId>,
    /// When it happened.
    pub at: Timestamp,
    /// Where it stands.
    pub status: DeliveryStatus,
    /// How often it was tried.
    pub tries: i32,
    /// What came back the last time.
    pub answer: Option<Answer>,
    /// When it is tried next.
    pub next_try: Option<Timestamp>,
}

impl Silence {
    /// Every reason.
    pub const ALL: &[Silence] = &[Self::Timeout, Self::Unreachable, Self::Private];

    /// The stable label.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Timeout => "TIMEOUT",
            Self::Unreachable => "UNREACHABLE",
            Self::Private => "PRIVATE_ADDRESS",
        }
    }

    /// The reason with that label.
    pub fn from_label(label: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|silence| silence.label() == label)
    }
}

impl Answer {
    /// Whether the receiver accepted the event.
    pub fn accepted(self) -> bool {
        matches!(self, Self::Status(200..=299))
    }

    /// Whether the receiver wants nothing any more.
    pub fn gone(self) -> bool {
        self == Self::Status(410)
    }
}

impl Delivery {
    /// The kind of a test.
    pub const TEST: &str = "WebhookTested";

    /// Refuses to deliver again what still waits. Errors: `DELIVERY_STATE`.
    pub fn again(&self) -> Result<(), Refusal> {
        match self.status {
            DeliveryStatus::Waiting => Err(Refusal::of(Code::DeliveryState)),
            DeliveryStatus::Delivered | DeliveryStatus::Failed | DeliveryStatus::Dropped => Ok(()),
        }
    }
}
