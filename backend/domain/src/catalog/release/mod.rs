//! National releases of items: rows, what differs from the release before, and the states between the file and its publication.
mod diff;
mod letter;
mod row;

pub use diff::{Change, ChangeKind, Diff, FieldChange, changes, diff};
pub(crate) use row::COLUMNS;
pub use row::{ReleaseRow, RowWarning, StagedRow, read_row, stated_fields};

use crate::documents::Digest;
use crate::errors::{Code, Refusal};
use crate::ids::{ImportId, ItemId};
use crate::time::{Day, Timestamp};

/// Characters of a source, a label, and what is said of the licence.
const WORDS_MAX: usize = 200;
/// Characters of an address.
const ADDRESS_MAX: usize = 1_000;

/// 国家目录版本: a national list as it was on a day. It never changes once it is published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Release {
    /// Counted over all sources.
    pub number: i32,
    /// What it says of itself.
    pub head: ReleaseHead,
    /// How far it is.
    pub status: ReleaseStatus,
    /// The import that brought its rows.
    pub import: Option<ImportId>,
    /// SHA-256 of the file.
    pub sha256: Digest,
    /// When it was brought in.
    pub created_at: Timestamp,
    /// The instant that everything of it is recorded at.
    pub recorded_at: Option<Timestamp>,
    /// From when on it counts.
    pub published_at: Option<Timestamp>,
    /// What it came to.
    pub counts: Counts,
    /// The line up to which its rows were compared or written.
    pub reached: i32,
    /// The item up to which those that are gone were looked for.
    pub reached_item: Option<ItemId>,
}

/// What a release says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReleaseHead {
    /// Releases of one source follow each other, such as `NHSA-1003`.
    pub source: String,
    /// Its number at the source.
    pub label: String,
    /// 数据截止日.
    pub cutoff_on: Day,
    /// 政策执行日: from this day on what it says is so; from the cut-off on where it is not given.
    pub effective_on: Option<Day>,
    /// Where it was published.
    pub source_url: Option<String>,
    /// What the publisher allows to be done with it.
    pub licence: String,
}

/// What a release came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Rows.
    pub read: i64,
    /// Items that are new.
    pub added: i64,
    /// Items of which it says something else.
    pub changed: i64,
    /// Items of which it says the same.
    pub unchanged: i64,
    /// Items that it no longer has.
    pub retired: i64,
    /// Rows that wait for somebody to look.
    pub quarantined: i64,
}

/// How far a release is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReleaseStatus {
    /// Its rows arrive and are compared with what stands.
    Staging,
    /// It was compared, and waits for somebody to publish it.
    Staged,
    /// It is being written; nobody sees anything of it.
    Applying,
    /// It counts.
    Published,
    /// It is not wanted.
    Discarded,
}

/// What can happen to a release.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReleaseCommand {
    /// Every row was compared.
    Compare,
    /// Somebody publishes it.
    Publish,
    /// Every row was written.
    Finish,
    /// Somebody does not want it.
    Discard,
}

impl ReleaseStatus {
    /// Every status.
    pub const ALL: &[ReleaseStatus] =
        &[Self::Staging, Self::Staged, Self::Applying, Self::Published, Self::Discarded];

    /// The stable label, in rows and on the wire.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Staging => "STAGING",
            Self::Staged => "STAGED",
            Self::Applying => "APPLYING",
            Self::Published => "PUBLISHED",
            Self::Discarded => "DISCARDED",
        }
    }

    /// The status with that label.
    pub fn from_label(label: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|status| status.label() == label)
    }

    /// The status after the command. Errors: `RELEASE_STATE`.
    pub fn next(self, command: ReleaseCommand) -> Result<Self, Refusal> {
        match (self, command) {
            (Self::Staging, ReleaseCommand::Compare) => Ok(Self::Staged),
            (Self::Staged, ReleaseCommand::Publish) => Ok(Self::Applying),
            (Self::Applying, ReleaseCommand::Finish) => Ok(Self::Published),
            (Self::Staging | Self::Staged, ReleaseCommand::Discard) => Ok(Self::Discarded),
            (
                Self::Staging | Self::Staged | Self::Applying | Self::Published | Self::Discarded,
                ReleaseCommand::Compare
                | ReleaseCommand::Publish
                | ReleaseCommand::Finish
                | ReleaseCommand::Discard,
            ) => Err(Refusal::of(Code::ReleaseState).allowing(format!("not while {}", self.label()))),
        }
    }
}

impl ReleaseHead {
    /// Checks what somebody says of a release. Errors: `RELEASE_INVALID`.
    pub fn check(self) -> Result<Self, Refusal> {
        let wrong =
            |field, allowed: &str| Refusal::of(Code::ReleaseInvalid).at(field).allowing(allowed.to_owned());
        let words = |text: &str| {
            let count = text.chars().count();
            (1..=WORDS_MAX).contains(&count) && !text.chars().any(char::is_control) && text.trim() == text
        };
        for (field, text) in [("source", &self.source), ("label", &self.label), ("licence", &self.licence)] {
            if !words(text) {
                return Err(wrong(field, "1 to 200 characters"));
            }
        }
        if self.effective_on.is_some_and(|day| day < self.cutoff_on) {
            return Err(wrong("effectiveOn", "not before cutoffOn"));
        }
        let fits = |url: &String| url.len() <= ADDRESS_MAX && url::Url::parse(url).is_ok();
        if !self.source_url.as_ref().is_none_or(fits) {
            return Err(wrong("sourceUrl", "an address such as https://code.nhsa.gov.cn/"));
        }
        Ok(self)
    }

    /// From this day on what it says is so.
    pub fn valid_from(&self) -> Day {
        self.effective_on.unwrap_or(self.cutoff_on)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head() -> ReleaseHead {
        ReleaseHead {
            source: "NHSA-1003".to_owned(),
            label: "20260819".to_owned(),
            cutoff_on: Day::parse("2026-08-07").unwrap(),
            effective_on: None,
            source_url: Some("https://code.nhsa.gov.cn/".to_owned()),
            licence: "无公开许可".to_owned(),
        }
    }

    #[test]
    fn every_state_answers_every_command() {
        const NO: &str = "RELEASE_STATE";
        let commands = [
            ReleaseCommand::Compare,
            ReleaseCommand::Publish,
            ReleaseCommand::Finish,
            ReleaseCommand::Discard,
        ];
        let expected = [
            ["STAGED", NO, NO, "DISCARDED"],
            [NO, "APPLYING", NO, "DISCARDED"],
            [NO, NO, "PUBLISHED", NO],
            [NO; 4],
            [NO; 4],
        ];
        for (status, expected) in ReleaseStatus::ALL.iter().zip(expected) {
            let told = commands.map(|command| {
                status.next(command).map_or_else(|refusal| refusal.code.spec().name, ReleaseStatus::label)
            });
            assert_eq!(told, expected, "{status:?}");
            assert_eq!(ReleaseStatus::from_label(status.label()), Some(*status));
        }
    }

    #[test]
    fn a_head_says_what_is_wrong_with_it() {
        assert_eq!(head().check().unwrap().valid_from(), Day::parse("2026-08-07").unwrap());
        let early = Day::parse("2026-08-06");
        let faults = [
            (ReleaseHead { source: String::new(), ..head() }, "source"),
            (ReleaseHead { label: " x".to_owned(), ..head() }, "label"),
            (ReleaseHead { licence: "长".repeat(201), ..head() }, "licence"),
            (ReleaseHead { effective_on: early, ..head() }, "effectiveOn"),
            (ReleaseHead { source_url: Some("nhsa".to_owned()), ..head() }, "sourceUrl"),
        ];
        for (head, field) in faults {
            assert_eq!(head.check().unwrap_err().field, Some(field));
        }
    }
}
