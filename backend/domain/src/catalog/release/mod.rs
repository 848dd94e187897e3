//! National releases of items: rows, what differs from the release before, and the states between the file and its publication.
mod diff;
mod letter;
mod row;

pub use diff::{Change, ChangeKind, Diff, FieldChange, changes, diff};
pub(crate) use row::COLUMNS;
pub use row::{ReleaseRow, RowWarning, read_row};
