//! 集采轮次: a procurement round from its draft over announcement, demand, sealed bids and opening to the provisional selection.
mod announcement;
mod calendar;
mod changes;

pub use announcement::{
    AnnouncedLot, Announcement, Buyer, CUSTODIANS_MAX, DOCUMENTS_MAX, Disclosure, KnownLots, LOTS_MAX,
    ProductKind, RoundDocument, SPECS_MAX, Spec, Written, past_use_share, rule_set,
};
pub use calendar::Calendar;
pub use changes::{Change, Field, changes};

use crate::errors::{Code, Refusal};
use crate::identity::{Name, Reason, Version};
use crate::ids::{OrganizationId, RoundId, UserId};
use crate::time::Timestamp;

/// What a round's rules depend on; what it announces is an [`Announcement`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Round {
    /// Its id.
    pub id: RoundId,
    /// The procurement office that holds it.
    pub office: OrganizationId,
    /// Its name.
    pub name: Name,
    /// How far it is.
    pub status: RoundStatus,
    /// How often it was announced: 0 for a draft, 1 when first published, one more with every correction.
    pub edition: i32,
    /// Whoever drafted it last.
    pub drafted_by: UserId,
    /// Whoever announced the newest edition.
    pub announced_by: Option<UserId>,
    /// When what is open.
    pub calendar: Calendar,
    /// How many custodians open it together.
    pub threshold: u8,
    /// Who may see what of the bids once it is decided.
    pub disclosure: Disclosure,
    /// How often it changed.
    pub version: Version,
}

/// How far a round is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RoundStatus {
    /// 草案: only its office sees it.
    Draft,
    /// 已公告: published, nothing open yet.
    Announced,
    /// 报量: institutions report demand.
    Demand,
    /// 申报: manufacturers seal bids, until the deadline.
    Bidding,
    /// 已封标: the bids are closed and their commitments published.
    Sealed,
    /// 开标: enough custodians gave their shares.
    Opening,
    /// 拟中选: decided, before public notice and contracts.
    Provisional,
    /// 供应地区确认: the selected firms choose their regions.
    Choosing,
    /// 公示: everybody sees the result, and participants may object.
    Notice,
    /// 中选结果公布: the official result is announced.
    Official,
    /// 执行: a contract of its result is in force.
    InForce,
    /// 已结束: its last contract is over, and no other can follow.
    Closed,
    /// 已取消.
    Cancelled {
        /// Why.
        reason: Reason,
    },
}

/// What can happen to a round.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RoundCommand {
    /// The office changes the draft.
    Revise {
        /// Who.
        by: UserId,
    },
    /// The office publishes it.
    Announce {
        /// Who.
        by: UserId,
    },
    /// The office publishes a correction (更正公告).
    Correct {
        /// Who.
        by: UserId,
    },
    /// The calendar opens the reporting of demand.
    BeginDemand,
    /// The calendar opens bidding.
    BeginBidding,
    /// The deadline closes the bids.
    Seal,
    /// The last needed share was given.
    BeginOpening,
    /// The bids are decided.
    Conclude,
    /// A tie was settled: the decision changed, the state did not.
    SettleTie,
    /// The office lets the selected firms choose their regions.
    BeginChoosing,
    /// The decision changed with the regions that were chosen, or because an objection was upheld; the state did not.
    Redecide,
    /// The office publishes the result, or what was decided again.
    PublishNotice,
    /// The office announces the official result of the lots that nothing holds up; others follow.
    AnnouncePart,
    /// The office announces the official result of all lots that are left.
    AnnounceResult,
    /// The first contract of its result comes into force.
    EnterForce,
    /// Its last contract is over, and no other can follow.
    Close,
    /// The office ends it.
    Cancel {
        /// Why.
        reason: Reason,
    },
}

impl RoundStatus {
    /// The stable label, in rows and on the wire.
    pub const fn label(&self) -> &'static str {
        match self {
            Self::Draft => "DRAFT",
            Self::Announced => "ANNOUNCED",
            Self::Demand => "DEMAND",
            Self::Bidding => "BIDDING",
            Self::Sealed => "SEALED",
            Self::Opening => "OPENING",
            Self::Provisional => "PROVISIONAL",
            Self::Choosing => "CHOOSING",
            Self::Notice => "NOTICE",
            Self::Official => "OFFICIAL",
            Self::InForce => "IN_FORCE",
            Self::Closed => "CLOSED",
            Self::Cancelled { .. } => "CANCELLED",
        }
    }

    /// The status of a row. None where the label and the reason are no status.
    pub fn from_row(label: &str, reason: Option<Reason>) -> Option<Self> {
        match (label, reason) {
            ("DRAFT", None) => Some(Self::Draft),
            ("ANNOUNCED", None) => Some(Self::Announced),
            ("DEMAND", None) => Some(Self::Demand),
            ("BIDDING", None) => Some(Self::Bidding),
            ("SEALED", None) => Some(Self::Sealed),
            ("OPENING", None) => Some(Self::Opening),
            ("PROVISIONAL", None) => Some(Self::Provisional),
            ("CHOOSING", None) => Some(Self::Choosing),
            ("NOTICE", None) => Some(Self::Notice),
            ("OFFICIAL", None) => Some(Self::Official),
            ("IN_FORCE", None) => Some(Self::InForce),
            ("CLOSED", None) => Some(Self::Closed),
            ("CANCELLED", Some(reason)) => Some(Self::Cancelled { reason }),
            _other => None,
        }
    }

    /// Why it was cancelled.
    pub const fn reason(&self) -> Option<&Reason> {
        match self {
            Self::Cancelled { reason } => Some(reason),
            Self::Draft
            | Self::Announced
            | Self::Demand
            | Self::Bidding
            | Self::Sealed
            | Self::Opening
            | Self::Provisional
            | Self::Choosing
            | Self::Notice
            | Self::Official
            | Self::InForce
            | Self::Closed => None,
        }
    }

    /// Whether everybody may see it.
    pub const fn is_public(&self, edition: i32) -> bool {
        edition >= 1 && !matches!(self, Self::Draft)
    }

    fn next(&self, command: &RoundCommand) -> Option<RoundStatus> {
        use RoundCommand as C;
        match command {
            C::Revise { .. } => matches!(self, Self::Draft).then_some(Self::Draft),
            C::Announce { .. } => matches!(self, Self::Draft).then_some(Self::Announced),
            C::Correct { .. } => {
                matches!(self, Self::Announced | Self::Demand | Self::Bidding).then(|| self.clone())
            }
            C::BeginDemand => matches!(self, Self::Announced).then_some(Self::Demand),
            C::BeginBidding => matches!(self, Self::Demand).then_some(Self::Bidding),
            C::Seal => matches!(self, Self::Bidding).then_some(Self::Sealed),
            C::BeginOpening => matches!(self, Self::Sealed).then_some(Self::Opening),
            C::Conclude => matches!(self, Self::Opening).then_some(Self::Provisional),
            C::SettleTie => matches!(self, Self::Provisional | Self::Notice).then(|| self.clone()),
            C::BeginChoosing => matches!(self, Self::Provisional).then_some(Self::Choosing),
            C::Redecide => matches!(self, Self::Choosing | Self::Notice).then(|| self.clone()),
            C::PublishNotice => {
                matches!(self, Self::Provisional | Self::Choosing | Self::Notice).then_some(Self::Notice)
            }
            C::AnnouncePart => matches!(self, Self::Notice).then_some(Self::Notice),
            C::AnnounceResult => matches!(self, Self::Notice).then_some(Self::Official),
            C::EnterForce => matches!(self, Self::Official).then_some(Self::InForce),
            // A round none of whose contracts ever came into force is over with them all the same.
            C::Close => matches!(self, Self::Official | Self::InForce).then_some(Self::Closed),
            C::Cancel { reason } => {
                (!matches!(self, Self::Official | Self::InForce | Self::Closed | Self::Cancelled { .. }))
                    .then(|| Self::Cancelled { reason: reason.clone() })
            }
        }
    }
}

impl Round {
    /// The round after the command. Errors: `ROUND_STATE`.
    pub fn apply(self, command: RoundCommand) -> Result<Round, Refusal> {
        let status = self.status.next(&command).ok_or_else(|| {
            Refusal::of(Code::RoundState).allowing(format!("not while {}", self.status.label()))
        })?;
        let (edition, drafted_by, announced_by) = match command {
            RoundCommand::Revise { by } => (self.edition, by, self.announced_by),
            RoundCommand::Announce { by } | RoundCommand::Correct { by } => {
                (self.edition.saturating_add(1), self.drafted_by, Some(by))
            }
            RoundCommand::BeginDemand
            | RoundCommand::BeginBidding
            | RoundCommand::Seal
            | RoundCommand::BeginOpening
            | RoundCommand::Conclude
            | RoundCommand::SettleTie
            | RoundCommand::BeginChoosing
            | RoundCommand::Redecide
            | RoundCommand::PublishNotice
            | RoundCommand::AnnouncePart
            | RoundCommand::AnnounceResult
            | RoundCommand::EnterForce
            | RoundCommand::Close
            | RoundCommand::Cancel { .. } => (self.edition, self.drafted_by, self.announced_by),
        };
        Ok(Round { status, edition, drafted_by, announced_by, version: self.version.next(), ..self })
    }

    /// A draft that nobody has published.
    pub fn draft(id: RoundId, (office, by): (OrganizationId, UserId), announcement: &Announcement) -> Round {
        Round {
            id,
            office,
            name: announcement.name.clone(),
            status: RoundStatus::Draft,
            edition: 0,
            drafted_by: by,
            announced_by: None,
            calendar: announcement.calendar,
            threshold: announcement.threshold,
            disclosure: announcement.disclosure,
            version: Version::FIRST,
        }
    }

    /// The round as another announcement words it.
    #[must_use]
    pub fn worded(self, announcement: &Announcement) -> Round {
        let Announcement { name, calendar, threshold, disclosure, .. } = announcement;
        Round {
            name: name.clone(),
            calendar: *calendar,
            threshold: *threshold,
            disclosure: *disclosure,
            ..self
        }
    }

    /// Whoever drafts or publishes a round holds no share of its key. Errors: `CUSTODIANS_INVALID`.
    pub fn keeps_apart(&self, custodians: &[UserId]) -> Result<(), Refusal> {
        let publisher =
            |custodian: &UserId| *custodian == self.drafted_by || Some(*custodian) == self.announced_by;
        if custodians.iter().any(publisher) {
            return Err(Refusal::of(Code::CustodiansInvalid).at("custodians"));
        }
        Ok(())
    }

    /// What the calendar asks for at that time: the one next move, the sealing at the deadline among them.
    pub fn due(&self, now: Timestamp) -> Option<RoundCommand> {
        let Calendar { demand_from, bids_from, bids_until, .. } = self.calendar;
        match self.status {
            RoundStatus::Announced => (now >= demand_from).then_some(RoundCommand::BeginDemand),
            RoundStatus::Demand => (now >= bids_from).then_some(RoundCommand::BeginBidding),
            RoundStatus::Bidding => (now >= bids_until).then_some(RoundCommand::Seal),
            RoundStatus::Draft
            | RoundStatus::Sealed
            | RoundStatus::Opening
            | RoundStatus::Provisional
            | RoundStatus::Choosing
            | RoundStatus::Notice
            | RoundStatus::Official
            | RoundStatus::InForce
            | RoundStatus::Closed
            | RoundStatus::Cancelled { .. } => None,
        }
    }

    /// The round as the calendar has it at that time, whether or not a worker has written it yet: announced rounds begin to take
    /// demand and bids by themselves. Sealing is never assumed, because it publishes something.
    #[must_use]
    pub fn caught_up(self, now: Timestamp) -> Round {
        match self.due(now) {
            Some(command @ (RoundCommand::BeginDemand | RoundCommand::BeginBidding)) => {
                match self.clone().apply(command) {
                    Ok(round) => Round { version: self.version, ..round }.caught_up(now),
                    Err(_refusal) => self,
                }
            }
            Some(_sealing) => self,
            None => self,
        }
    }

    /// Whether institutions may report demand (报量). Errors: `ROUND_CLOSED` with the time that it is open.
    pub fn accepts_demand(&self, now: Timestamp) -> Result<(), Refusal> {
        let Calendar { demand_from, demand_until, .. } = self.calendar;
        self.open_during((demand_from, demand_until), now)
    }

    /// Whether demand may still be reviewed, returned and locked: until bids are opened. Errors: `ROUND_CLOSED`.
    pub fn accepts_demand_reviews(&self, now: Timestamp) -> Result<(), Refusal> {
        let Calendar { demand_from, bids_until, .. } = self.calendar;
        self.open_during((demand_from, bids_until), now)
    }

    /// Whether manufacturers may apply with their products. Errors: `ROUND_CLOSED` with the time that it is open.
    pub fn accepts_applications(&self, now: Timestamp) -> Result<(), Refusal> {
        self.open_during((Timestamp::from_micros(i64::MIN), self.calendar.qualification_until), now)
    }

    /// Whether applications may still be decided: until the bids may be opened. Errors: `ROUND_CLOSED`.
    pub fn accepts_qualification_reviews(&self, now: Timestamp) -> Result<(), Refusal> {
        let sealed = matches!(self.status, RoundStatus::Sealed);
        let opening = (Timestamp::from_micros(i64::MIN), self.calendar.opening_from);
        if sealed && now < opening.1 { Ok(()) } else { self.open_during(opening, now) }
    }

    /// Whether a correction may be published: until the bids are closed. Errors: `ROUND_CLOSED`, `ROUND_STATE` for a draft and a
    /// cancelled round.
    pub fn accepts_corrections(&self, now: Timestamp) -> Result<(), Refusal> {
        self.open_during((Timestamp::from_micros(i64::MIN), self.calendar.bids_until), now)
    }

    /// Whether bids may be sealed, replaced and withdrawn: up to, and not at, the deadline (截止前). Errors: `ROUND_CLOSED`.
    pub fn accepts_bids(&self, now: Timestamp) -> Result<(), Refusal> {
        let Calendar { bids_from, bids_until, .. } = self.calendar;
        self.open_during((bids_from, bids_until), now)
    }

    /// Whether custodians may give their shares: once the bids are sealed and the hour of opening has come.
    /// Errors: `ROUND_CLOSED` too early, `ROUND_STATE` in another state.
    pub fn accepts_shares(&self, now: Timestamp) -> Result<(), Refusal> {
        match self.status {
            RoundStatus::Sealed | RoundStatus::Opening if now >= self.calendar.opening_from => Ok(()),
            RoundStatus::Announced | RoundStatus::Demand | RoundStatus::Bidding | RoundStatus::Sealed => {
                Err(Refusal::of(Code::RoundClosed))
            }
            RoundStatus::Draft
            | RoundStatus::Opening
            | RoundStatus::Provisional
            | RoundStatus::Choosing
            | RoundStatus::Notice
            | RoundStatus::Official
            | RoundStatus::InForce
            | RoundStatus::Closed
            | RoundStatus::Cancelled { .. } => Err(self.refused()),
        }
    }

    fn open_during(&self, (from, until): (Timestamp, Timestamp), now: Timestamp) -> Result<(), Refusal> {
        match self.clone().caught_up(now).status {
            RoundStatus::Announced | RoundStatus::Demand | RoundStatus::Bidding => {
                let open = from <= now && now < until;
                if open { Ok(()) } else { Err(Refusal::of(Code::RoundClosed)) }
            }
            RoundStatus::Sealed
            | RoundStatus::Opening
            | RoundStatus::Provisional
            | RoundStatus::Choosing
            | RoundStatus::Notice
            | RoundStatus::Official
            | RoundStatus::InForce
            | RoundStatus::Closed => Err(Refusal::of(Code::RoundClosed)),
            RoundStatus::Draft | RoundStatus::Cancelled { .. } => Err(self.refused()),
        }
    }

    /// Whether firms choose regions now: in a selection, and for lots that an objection had decided again. Errors: `ROUND_STATE`.
    pub fn accepts_choices(&self) -> Result<(), Refusal> {
        if matches!(self.status, RoundStatus::Choosing | RoundStatus::Notice) {
            Ok(())
        } else {
            Err(self.refused())
        }
    }

    fn refused(&self) -> Refusal {
        Refusal::of(Code::RoundState).allowing(format!("not while {}", self.status.label()))
    }
}

#[cfg(test)]
mod tests;
#[cfg(test)]
mod wording_tests;
