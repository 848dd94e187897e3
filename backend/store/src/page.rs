//! Parts of lists.

/// A part of a list: at most `first` rows after a key.
#[derive(Clone, Debug)]
pub struct Page<K> {
    /// How many rows.
    pub first: u16,
    /// The key of the last row that the client has.
    pub after: Option<K>,
}

impl<K> Page<K> {
    /// One row more than asked for, to know whether there are more.
    pub(crate) fn limit(&self) -> i64 {
        i64::from(self.first) + 1
    }
}

/// A part of a list, and whether there is more of it.
#[derive(Clone, Debug)]
pub struct Part<T> {
    /// The rows.
    pub rows: Vec<T>,
    /// Whether there are more.
    pub more: bool,
}

impl<T> Part<T> {
    pub(crate) fn cut<K>(mut rows: Vec<T>, page: &Page<K>) -> Part<T> {
        let more = rows.len() > usize::from(page.first);
        rows.truncate(usize::from(page.first));
        Part { rows, more }
    }
}
