//! Endpoints that an organization registers to be told of events, as Standard Webhooks describes them.
mod address;
mod delivery;

pub use address::{Address, Reachable};
pub use delivery::{Answer, Delivery, DeliveryStatus, KEPT_SECONDS, Silence};

use crate::errors::{Code, Refusal};
use crate::events::{Event, EventKind};
use crate::identity::{RegionCode, Role, Standing, Version};
use crate::ids::{OrganizationId, WebhookId};
use crate::time::Timestamp;

/// Webhooks that an organization may have.
pub const WEBHOOKS_MAX: usize = 20;
/// For how long the secret before the current one still signs.
pub const OVERLAP_SECONDS: i64 = 24 * 3_600;
/// A receiver that has accepted nothing for so long is given up.
pub const GIVEN_UP_AFTER_SECONDS: i64 = 5 * 86_400;

/// An endpoint that is told of events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Webhook {
    /// Its id.
    pub id: WebhookId,
    /// Whose it is.
    pub organization: OrganizationId,
    /// What the manager who registered it acts as: it hears what such a manager hears.
    pub role: Role,
    /// Where it is.
    pub address: Address,
    /// What it wants to hear; everything when there is none.
    pub kinds: Vec<EventKind>,
    /// Whether it is told anything.
    pub status: WebhookStatus,
    /// Counts its secrets, from 1.
    pub generation: i32,
    /// Until when the secret before signs too.
    pub overlap_until: Option<Timestamp>,
    /// Since when its receiver has accepted nothing.
    pub failing_since: Option<Timestamp>,
    /// How often it changed.
    pub version: Version,
}

/// Whether a webhook is told anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WebhookStatus {
    /// It is.
    Enabled,
    /// A manager disabled it.
    Disabled,
    /// The platform disabled it.
    GivenUp {
        /// Why.
        fault: WebhookFault,
    },
}

/// Why the platform disabled a webhook.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WebhookFault {
    /// The receiver said that it is gone: HTTP status 410.
    Gone,
    /// The receiver accepted nothing for days.
    Failing,
}

/// What can happen to a webhook.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WebhookCommand {
    /// A manager wants a new secret.
    Rotate,
    /// A manager wants it to be told nothing.
    Disable,
    /// A manager wants it to be told again.
    Enable,
    /// The platform gives it up.
    GiveUp {
        /// Why.
        fault: WebhookFault,
    },
}

impl WebhookFault {
    /// Every fault.
    pub const ALL: &[WebhookFault] = &[Self::Gone, Self::Failing];

    /// The stable label.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Gone => "GONE",
            Self::Failing => "FAILING",
        }
    }

    /// The fault with that label.
    pub fn from_label(label: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|fault| fault.label() == label)
    }
}

impl WebhookStatus {
    /// The stable label.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Enabled => "ENABLED",
            Self::Disabled => "DISABLED",
            Self::GivenUp { .. } => "GIVEN_UP",
        }
    }

    /// Why it was given up.
    pub const fn fault(self) -> Option<WebhookFault> {
        match self {
            Self::Enabled | Self::Disabled => None,
            Self::GivenUp { fault } => Some(fault),
        }
    }

    const fn next(self, command: WebhookCommand) -> Option<WebhookStatus> {
        use WebhookCommand as C;
        match (self, command) {
            (Self::Enabled | Self::GivenUp { .. }, C::Disable) => Some(Self::Disabled),
            (Self::Disabled | Self::GivenUp { .. }, C::Enable) => Some(Self::Enabled),
            (Self::Enabled, C::GiveUp { fault }) => Some(Self::GivenUp { fault }),
            (Self::Enabled | Self::Disabled | Self::GivenUp { .. }, C::Rotate) => Some(self),
            (Self::Enabled, C::Enable)
            | (Self::Disabled, C::Disable | C::GiveUp { .. })
            | (Self::GivenUp { .. }, C::GiveUp { .. }) => None,
        }
    }
}

impl Webhook {
    /// A new one with its first secret.
    pub fn register(
        id: WebhookId,
        (organization, role): (OrganizationId, Role),
        address: Address,
        kinds: Vec<EventKind>,
    ) -> Webhook {
        Webhook {
            id,
            organization,
            role,
            address,
            kinds,
            status: WebhookStatus::Enabled,
            generation: 1,
            overlap_until: None,
            failing_since: None,
            version: Version::FIRST,
        }
    }

    /// The webhook after the command. Errors: `WEBHOOK_STATE`.
    pub fn apply(self, command: WebhookCommand, now: Timestamp) -> Result<Webhook, Refusal> {
        let status = self.status.next(command).ok_or_else(|| {
            Refusal::of(Code::WebhookState).allowing(format!("not while {}", self.status.label()))
        })?;
        let changed = Webhook { status, version: self.version.next(), ..self };
        Ok(match command {
            WebhookCommand::Rotate => Webhook {
                generation: changed.generation.saturating_add(1),
                overlap_until: Some(now.plus_seconds(OVERLAP_SECONDS)),
                ..changed
            },
            WebhookCommand::Enable => Webhook { failing_since: None, ..changed },
            WebhookCommand::Disable | WebhookCommand::GiveUp { .. } => changed,
        })
    }

    /// Whether it is told of an event: as a manager of its organization who acts as it was registered.
    pub fn hears(&self, event: &Event, approved: bool, regions: &[RegionCode]) -> bool {
        let Webhook { organization, role, .. } = *self;
        let standing = Standing { organization, role, manager: true, approved, regions };
        let wanted = self.kinds.is_empty() || self.kinds.contains(&event.kind);
        self.status == WebhookStatus::Enabled && wanted && event.reaches_standing(standing)
    }

    /// The generations whose secrets sign now, the current one first.
    pub fn signing(&self, now: Timestamp) -> Vec<i32> {
        let overlaps = self.overlap_until.is_some_and(|until| now < until);
        let before = overlaps.then(|| self.generation.saturating_sub(1));
        std::iter::once(self.generation).chain(before).collect()
    }

    /// What an answer of its receiver means: since when it fails, and whether it is given up for that.
    pub fn heard_back(&self, answer: Answer, now: Timestamp) -> (Option<Timestamp>, Option<WebhookFault>) {
        if answer.accepted() {
            return (None, None);
        }
        let since = self.failing_since.unwrap_or(now);
        let too_long = since.plus_seconds(GIVEN_UP_AFTER_SECONDS) <= now;
        let fault =
            if answer.gone() { Some(WebhookFault::Gone) } else { too_long.then_some(WebhookFault::Failing) };
        (Some(since), fault)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::events::Parties;
    use crate::ids::Id;

    const NOW: Timestamp = Timestamp::from_micros(0);

    fn webhook(status: WebhookStatus) -> Webhook {
        let address = Address::parse("https://example.com/", Reachable::Public).unwrap();
        let whose = (OrganizationId::from_number(7), Role::Hospital);
        Webhook { status, ..Webhook::register(WebhookId::from_number(1), whose, address, Vec::new()) }
    }

    fn event(kind: EventKind, organization: u128) -> Event {
        let regions = vec![RegionCode::parse("320106").unwrap()];
        let concerns = vec![(OrganizationId::from_number(organization), regions)];
        Event {
            position: 0,
            kind,
            subject: String::new(),
            at: NOW,
            actor: None,
            concerns,
            parties: Parties::default(),
            place: None,
        }
    }

    #[test]
    fn every_state_answers_every_command() {
        use WebhookCommand as C;
        use WebhookStatus as S;
        const NO: &str = "WEBHOOK_STATE";
        let fault = WebhookFault::Gone;
        let table = [
            (S::Enabled, ["ENABLED", "DISABLED", NO, "GIVEN_UP"]),
            (S::Disabled, ["DISABLED", NO, "ENABLED", NO]),
            (S::GivenUp { fault }, ["GIVEN_UP", "DISABLED", "ENABLED", NO]),
        ];
        for (status, row) in table {
            for (command, expected) in
                [C::Rotate, C::Disable, C::Enable, C::GiveUp { fault }].into_iter().zip(row)
            {
                let outcome = webhook(status).apply(command, NOW);
                let label =
                    outcome.map_or_else(|refusal| refusal.code.spec().name, |next| next.status.label());
                assert_eq!(label, expected, "{status:?} {command:?}");
            }
        }
    }

    #[test]
    fn it_hears_what_a_manager_of_its_organization_hears() {
        let enabled = webhook(WebhookStatus::Enabled);
        assert!(enabled.hears(&event(EventKind::UserInvited, 7), true, &[]));
        assert!(!enabled.hears(&event(EventKind::UserInvited, 7), false, &[]));
        assert!(!enabled.hears(&event(EventKind::UserInvited, 8), true, &[RegionCode::NATION]));
        assert!(!enabled.hears(&event(EventKind::OrganizationApproved, 8), true, &[RegionCode::NATION]));
        let regulator = Webhook { role: Role::Regulator, ..enabled.clone() };
        assert!(regulator.hears(&event(EventKind::OrganizationApproved, 8), true, &[RegionCode::NATION]));
        assert!(!regulator.hears(&event(EventKind::UserInvited, 8), true, &[RegionCode::NATION]));
        let picky = Webhook { kinds: vec![EventKind::UserEnabled], ..enabled };
        assert!(!picky.hears(&event(EventKind::UserInvited, 7), true, &[]));
        assert!(!webhook(WebhookStatus::Disabled).hears(&event(EventKind::UserInvited, 7), true, &[]));
    }

    #[test]
    fn a_rotated_secret_signs_for_a_day_beside_the_new_one() {
        let rotated = webhook(WebhookStatus::Enabled).apply(WebhookCommand::Rotate, NOW).unwrap();
        assert_eq!(rotated.signing(NOW), [2, 1]);
        assert_eq!(rotated.signing(NOW.plus_seconds(OVERLAP_SECONDS)), [2]);
    }

    #[test]
    fn a_receiver_that_is_gone_or_fails_for_days_is_given_up() {
        let enabled = webhook(WebhookStatus::Enabled);
        assert_eq!(enabled.heard_back(Answer::Status(204), NOW), (None, None));
        assert_eq!(enabled.heard_back(Answer::Status(410), NOW), (Some(NOW), Some(WebhookFault::Gone)));
        assert_eq!(enabled.heard_back(Answer::Status(302), NOW), (Some(NOW), None));
        let failing = Webhook { failing_since: Some(NOW), ..enabled };
        let silent = Answer::Silent(Silence::Timeout);
        let late = NOW.plus_seconds(GIVEN_UP_AFTER_SECONDS);
        assert_eq!(failing.heard_back(silent, late.plus_seconds(-1)), (Some(NOW), None));
        assert_eq!(failing.heard_back(silent, late), (Some(NOW), Some(WebhookFault::Failing)));
        assert_eq!(failing.heard_back(Answer::Status(200), late), (None, None));
        let again =
            Webhook { status: WebhookStatus::Disabled, ..failing }.apply(WebhookCommand::Enable, late);
        assert_eq!(again.unwrap().failing_since, None);
    }
}
