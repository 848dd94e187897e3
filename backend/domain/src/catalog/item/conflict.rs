//! What contradicts itself, and is kept until somebody has looked.
use super::content::labels;
use crate::catalog::spec::normal_name;
use crate::errors::{Code, Refusal};
use crate::identity::{Reason, Version};
use crate::ids::{DocumentId, ItemConflictId, ItemId, UserId};
use crate::time::{Day, Timestamp};

labels! {
    /// What contradicts what.
    ConflictKind {
        /// Two items claim one code.
        CodeOnTwoItems = "CODE_ON_TWO_ITEMS";
        /// An item claims a code that was another's, and is not what became of that.
        CodeReused = "CODE_REUSED";
        /// One approval stands on items whose names have nothing to do with each other.
        ApprovalOnUnrelatedNames = "APPROVAL_ON_UNRELATED_NAMES";
        /// The code is of another kind or class than the item.
        ClassMismatch = "CLASS_MISMATCH";
        /// The registration ends while the item is selected.
        RegistrationExpired = "REGISTRATION_EXPIRED";
    }
}

labels! {
    /// What was decided.
    Resolution {
        /// The code stays where it is.
        Kept = "KEPT";
        /// The code goes to the item that claims it.
        Moved = "MOVED";
        /// There is nothing to do.
        Dismissed = "DISMISSED";
    }
}

/// A contradiction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conflict {
    /// Its id.
    pub id: ItemConflictId,
    /// What contradicts what.
    pub kind: ConflictKind,
    /// The item that it was found at; where a code is claimed, the claimant.
    pub item: ItemId,
    /// The item that it contradicts.
    pub other: Option<ItemId>,
    /// The kind of the code, by name.
    pub system: String,
    /// The code.
    pub value: String,
    /// From when the item claims the code.
    pub valid_from: Option<Day>,
    /// What the claim rests on.
    pub evidence: Option<String>,
    /// The document that it rests on.
    pub document: Option<DocumentId>,
    /// When it was found.
    pub found_at: Timestamp,
    /// What was decided, why, by whom and when.
    pub resolved: Option<(Resolution, Reason, UserId, Timestamp)>,
    /// Counts its changes.
    pub version: Version,
}

impl Conflict {
    /// Decides it. Only a claimed code can stay or go; what is no claim is dismissed. Errors: `ITEM_CONFLICT_STATE`.
    pub fn resolve(self, how: Resolution, reason: Reason, by: (UserId, Timestamp)) -> Result<Self, Refusal> {
        let claimed = matches!(self.kind, ConflictKind::CodeOnTwoItems | ConflictKind::CodeReused);
        let fits = match how {
            Resolution::Kept | Resolution::Moved => claimed,
            Resolution::Dismissed => !claimed,
        };
        if self.resolved.is_some() || !fits {
            let allowed = if claimed { "KEPT, MOVED" } else { "DISMISSED" };
            return Err(Refusal::of(Code::ItemConflictState).at("resolution").allowing(allowed));
        }
        let version = self.version.next();
        Ok(Self { resolved: Some((how, reason, by.0, by.1)), version, ..self })
    }
}

/// Whether two names can be of one approval: half of the shorter one stands in the other as it is.
pub fn related_names(one: &str, other: &str) -> bool {
    let (one, other) = (normal_name(one), normal_name(other));
    let (short, long) =
        if one.chars().count() <= other.chars().count() { (one, other) } else { (other, one) };
    let letters: Vec<char> = short.chars().collect();
    let half = letters.len().div_ceil(2).max(2).min(letters.len().max(1));
    letters.windows(half).any(|run| long.contains(&run.iter().collect::<String>()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_one_approval_have_half_of_the_shorter_in_common() {
        for (one, other, related) in [
            ("枸橼酸芬太尼注射液", "枸橼酸芬太尼 注射液", true),
            ("阿莫西林胶囊", "阿莫西林分散片", true),
            ("盐酸二甲双胍片", "二甲双胍缓释片", true),
            ("阿莫西林胶囊", "厄贝沙坦片", false),
            ("氯化钠注射液", "葡萄糖注射液", true),
            ("水", "葡萄糖", false),
        ] {
            assert_eq!(related_names(one, other), related, "{one} {other}");
            assert_eq!(related_names(other, one), related, "{other} {one}");
        }
    }
}
