//! What somebody proposes to change in the registry, and what another person decides.
use super::content::labels;
use super::{Claim, Content, ItemKind, ItemStatus, RelationKind, Span};
use crate::documents::Digest;
use crate::errors::{Code, Refusal};
use crate::identity::{Reason, Version};
use crate::ids::{ItemId, ItemProposalId, OrganizationId, UserId};
use crate::time::{Day, Timestamp};

labels! {
    /// What is proposed.
    ProposalKind {
        /// 新增.
        New = "NEW";
        /// 变更.
        Change = "CHANGE";
        /// 合并.
        Merge = "MERGE";
        /// 拆分.
        Split = "SPLIT";
        /// 替代.
        Supersede = "SUPERSEDE";
        /// 停用.
        Retire = "RETIRE";
        /// 编码关联.
        Link = "LINK";
    }
}

labels! {
    /// How far a proposal is.
    ProposalStatus {
        /// 待审.
        Proposed = "PROPOSED";
        /// 通过.
        Approved = "APPROVED";
        /// 不予通过.
        Rejected = "REJECTED";
        /// Taken back by who proposed it. 撤回
        Withdrawn = "WITHDRAWN";
    }
}

labels! {
    /// What a name is for.
    NamePurpose {
        /// 通用名.
        Generic = "GENERIC";
        /// 商品名.
        Trade = "TRADE";
        /// 别名.
        Alias = "ALIAS";
    }
}

/// A name in a language.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct NameGiven {
    /// BCP 47.
    pub lang: String,
    /// What it is for.
    pub purpose: NamePurpose,
    /// The name.
    pub name: String,
}

impl NameGiven {
    /// Errors: `ITEM_INVALID`.
    pub fn checked(self) -> Result<Self, Refusal> {
        let parts = self.lang.split('-');
        let fits = |part: &str| {
            (1..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric())
        };
        let (known, length) = (parts.clone().all(fits), self.lang.len());
        let first = parts.clone().next().is_some_and(|first| (2..=3).contains(&first.len()));
        if !(known && first && length <= 35) {
            return Err(Refusal::of(Code::ItemInvalid).at("lang").allowing("a language tag such as zh-CN"));
        }
        Ok(Self { name: super::text(&self.name, "name")?, ..self })
    }
}

/// An item that does not exist yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewItem {
    /// Its kind.
    pub kind: ItemKind,
    /// What it is.
    pub content: Content,
    /// Its codes.
    pub codes: Vec<Claim>,
    /// Its names beside those of its content.
    pub names: Vec<NameGiven>,
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Payload {
    /// Add an item.
    New {
        /// It.
        item: NewItem,
        /// From when it is.
        from: Day,
        /// An item that looks like it and is another one: the reason tells why.
        other_than: Option<ItemId>,
    },
    /// Say something else of an item.
    Change {
        /// Of which.
        item: ItemId,
        /// What it is.
        content: Content,
        /// For which days.
        span: Span,
        /// More names.
        names: Vec<NameGiven>,
    },
    /// Say that items are one.
    Merge {
        /// Those that are given up.
        items: Vec<ItemId>,
        /// The one that is left.
        into: ItemId,
        /// From when.
        from: Day,
    },
    /// Say that an item is several.
    Split {
        /// Which.
        item: ItemId,
        /// What it is. Codes of the item that a part names go to the part.
        parts: Vec<NewItem>,
        /// From when.
        from: Day,
    },
    /// Say that another item stands for an item.
    Supersede {
        /// For which.
        item: ItemId,
        /// Which.
        by: ItemId,
        /// From when.
        from: Day,
    },
    /// End, suspend or reinstate an item.
    Retire {
        /// Which.
        item: ItemId,
        /// How it stands then.
        status: ItemStatus,
        /// From when.
        from: Day,
    },
    /// Tie codes to an item, and it to another.
    Link {
        /// Which.
        item: ItemId,
        /// The codes.
        codes: Vec<Claim>,
        /// The relation.
        relation: Option<(RelationKind, ItemId, Day)>,
    },
}

/// Codes, names, parts or items in one proposal.
const PARTS_MAX: usize = 50;

impl Payload {
    /// What is proposed.
    pub const fn kind(&self) -> ProposalKind {
        match self {
            Self::New { .. } => ProposalKind::New,
            Self::Change { .. } => ProposalKind::Change,
            Self::Merge { .. } => ProposalKind::Merge,
            Self::Split { .. } => ProposalKind::Split,
            Self::Supersede { .. } => ProposalKind::Supersede,
            Self::Retire { .. } => ProposalKind::Retire,
            Self::Link { .. } => ProposalKind::Link,
        }
    }

    /// The items that it is about, each once.
    pub fn items(&self) -> Vec<ItemId> {
        let mut items = match self {
            Self::New { other_than, .. } => other_than.iter().copied().collect(),
            Self::Change { item, .. } | Self::Split { item, .. } | Self::Retire { item, .. } => vec![*item],
            Self::Merge { items, into, .. } => items.iter().chain([into]).copied().collect(),
            Self::Supersede { item, by, .. } => vec![*item, *by],
            Self::Link { item, relation, .. } => {
                std::iter::once(*item).chain(relation.map(|(_, other, _)| other)).collect()
            }
        };
        items.sort_unstable();
        items.dedup();
        items
    }

    /// What is wrong with it whatever the registry says. Errors: `ITEM_INVALID`.
    pub fn checked(self) -> Result<Self, Refusal> {
        let wrong = |field| Err(Refusal::of(Code::ItemInvalid).at(field));
        match self {
            Self::New { item, from, other_than } => Ok(Self::New { item: checked(item)?, from, other_than }),
            Self::Change { item, content, span, names } => {
                Ok(Self::Change { item, content: content.checked()?, span, names: names_checked(names)? })
            }
            Self::Split { item, parts, from } => {
                if !(2..=PARTS_MAX).contains(&parts.len()) {
                    return wrong("parts");
                }
                let parts = parts.into_iter().map(checked).collect::<Result<_, _>>()?;
                Ok(Self::Split { item, parts, from })
            }
            Self::Merge { mut items, into, from } => {
                items.sort_unstable();
                let given = items.len();
                items.dedup();
                let fits = (1..=PARTS_MAX).contains(&given) && items.len() == given && !items.contains(&into);
                if fits { Ok(Self::Merge { items, into, from }) } else { wrong("items") }
            }
            Self::Supersede { item, by, .. } if item == by => wrong("by"),
            Self::Retire { status: ItemStatus::Replaced, .. } => wrong("status"),
            Self::Link { ref codes, relation, item } => {
                let other = relation.is_none_or(|(kind, to, _)| !kind.succeeds() && to != item);
                let something = !codes.is_empty() || relation.is_some();
                if other && something && codes.len() <= PARTS_MAX { Ok(self) } else { wrong("relation") }
            }
            Self::Supersede { .. } | Self::Retire { .. } => Ok(self),
        }
    }
}

fn checked(item: NewItem) -> Result<NewItem, Refusal> {
    if item.codes.len() > PARTS_MAX {
        return Err(Refusal::of(Code::ItemInvalid).at("codes"));
    }
    Ok(NewItem { content: item.content.checked()?, names: names_checked(item.names)?, ..item })
}

fn names_checked(names: Vec<NameGiven>) -> Result<Vec<NameGiven>, Refusal> {
    if names.len() > PARTS_MAX {
        return Err(Refusal::of(Code::ItemInvalid).at("names"));
    }
    names.into_iter().map(NameGiven::checked).collect()
}

/// A proposal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// Its id.
    pub id: ItemProposalId,
    /// What is proposed.
    pub kind: ProposalKind,
    /// Whose it is.
    pub organization: OrganizationId,
    /// The items that it is about.
    pub items: Vec<ItemId>,
    /// What is to be done, as canonical JSON.
    pub payload: String,
    /// What that hashes to.
    pub sha256: Digest,
    /// Why.
    pub reason: Reason,
    /// How far it is.
    pub status: ProposalStatus,
    /// Who proposed it.
    pub proposed_by: UserId,
    /// When.
    pub proposed_at: Timestamp,
    /// Who decided it, when and why.
    pub decided: Option<(UserId, Timestamp, Option<Reason>)>,
    /// The item that it made, or that is left.
    pub item: Option<ItemId>,
    /// Counts its changes.
    pub version: Version,
}

/// What becomes of a proposal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// It is done.
    Approve,
    /// It is not done.
    Reject(Reason),
    /// Who proposed it takes it back.
    Withdraw,
}

impl Proposal {
    /// Decides it. Errors: `PROPOSAL_STATE` once it is decided, `SECOND_PERSON_NEEDED` where who proposed it would review it.
    pub fn decide(self, decision: Decision, by: UserId, at: Timestamp) -> Result<Self, Refusal> {
        if self.status != ProposalStatus::Proposed {
            return Err(Refusal::of(Code::ProposalState));
        }
        let reviews = !matches!(decision, Decision::Withdraw);
        if reviews && by == self.proposed_by {
            return Err(Refusal::of(Code::SecondPersonNeeded));
        }
        let (status, reason) = match decision {
            Decision::Approve => (ProposalStatus::Approved, None),
            Decision::Reject(reason) => (ProposalStatus::Rejected, Some(reason)),
            Decision::Withdraw => (ProposalStatus::Withdrawn, None),
        };
        let version = self.version.next();
        Ok(Self { status, decided: Some((by, at, reason)), version, ..self })
    }
}
