//! What a release changes of the one before.
use std::collections::{BTreeMap, BTreeSet};

use super::row::ReleaseRow;

/// What became of a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ChangeKind {
    /// It is new.
    Added,
    /// It says something else.
    Changed,
    /// The release before had it, and this one does not.
    Retired,
}

impl ChangeKind {
    /// Every kind.
    pub const ALL: &[ChangeKind] = &[Self::Added, Self::Changed, Self::Retired];

    /// The stable label, in rows and on the wire.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Added => "ADDED",
            Self::Changed => "CHANGED",
            Self::Retired => "RETIRED",
        }
    }

    /// The kind with that label.
    pub fn from_label(label: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.label() == label)
    }
}

/// A field before and after.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldChange {
    /// The field.
    pub field: String,
    /// What it said.
    pub before: Option<String>,
    /// What it says.
    pub after: Option<String>,
}

/// What became of a code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The code.
    pub code: String,
    /// What.
    pub kind: ChangeKind,
    /// Its fields that differ; none for one that was retired.
    pub fields: Vec<FieldChange>,
}

/// What a release changes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Diff {
    /// By code.
    pub changes: Vec<Change>,
    /// Codes that say the same.
    pub unchanged: usize,
}

/// The fields that differ, by name.
pub fn changes(
    before: &BTreeMap<String, Option<String>>,
    after: &BTreeMap<String, Option<String>>,
) -> Vec<FieldChange> {
    let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let value = |of: &BTreeMap<String, Option<String>>, name: &String| of.get(name).cloned().flatten();
    let differ = names.into_iter().map(|name| FieldChange {
        field: name.clone(),
        before: value(before, name),
        after: value(after, name),
    });
    differ.filter(|change| change.before != change.after).collect()
}

/// What the next release changes of the rows that stand. A code of the next release that was not taken (`quarantined`) is not retired: what stands
/// under it goes on until somebody has looked.
pub fn diff(before: &[ReleaseRow], next: &[ReleaseRow], quarantined: &BTreeSet<String>) -> Diff {
    let by_code = |rows: &[ReleaseRow]| -> BTreeMap<String, BTreeMap<String, Option<String>>> {
        let fields = |row: &ReleaseRow| {
            row.fields().into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
        };
        rows.iter().map(|row| (row.code.to_string(), fields(row))).collect()
    };
    let (before, next) = (by_code(before), by_code(next));
    let codes: BTreeSet<&String> = before.keys().chain(next.keys()).collect();
    let mut found = Diff::default();
    let none = BTreeMap::new();
    for code in codes {
        let (kind, fields) = match (before.get(code), next.get(code)) {
            (None, Some(after)) => (ChangeKind::Added, changes(&none, after)),
            (Some(one), Some(other)) if one != other => (ChangeKind::Changed, changes(one, other)),
            (Some(_), None) if !quarantined.contains(code) => (ChangeKind::Retired, Vec::new()),
            (Some(_), None) | (Some(_), Some(_)) | (None, None) => {
                found.unchanged = found.unchanged.saturating_add(1);
                continue;
            }
        };
        found.changes.push(Change { code: code.clone(), kind, fields });
    }
    found
}

#[cfg(test)]
mod tests {
    use super::super::read_row;
    use super::*;

    fn row(code: &str, company: &str) -> ReleaseRow {
        let mut fields = vec![""; 15];
        (fields[0], fields[1], fields[12]) = (code, "儿童清肺口服液", company);
        read_row(&fields).unwrap()
    }

    #[test]
    fn what_a_release_changes() {
        let [kept, changed, retired, held, new] =
            ["00166", "00167", "00168", "00169", "00170"].map(|firm| format!("ZA04CAE00230101{firm}"));
        let before = [row(&kept, "甲"), row(&changed, "甲"), row(&retired, "甲"), row(&held, "甲")];
        let next = [row(&new, "乙"), row(&changed, "乙"), row(&kept, "甲")];
        let found = diff(&before, &next, &BTreeSet::from([held.clone()]));
        let told: Vec<_> =
            found.changes.iter().map(|one| (one.code.as_str(), one.kind.label(), one.fields.len())).collect();
        assert_eq!(
            told,
            [(changed.as_str(), "CHANGED", 1), (retired.as_str(), "RETIRED", 0), (new.as_str(), "ADDED", 3)]
        );
        let company = FieldChange {
            field: "company".to_owned(),
            before: Some("甲".to_owned()),
            after: Some("乙".to_owned()),
        };
        assert_eq!((found.changes[0].fields.clone(), found.unchanged), (vec![company], 2));
        assert_eq!(diff(&before, &before, &BTreeSet::new()), Diff { changes: Vec::new(), unchanged: 4 });
    }
}
