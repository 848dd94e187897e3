//! The rule file, looked up by path. README, "Numbers" and "Head".
use super::number::{Q, parse};
use toml::{Table, Value};

pub(crate) struct Rules {
    table: Table,
}

impl Rules {
    pub(crate) fn read(text: &str) -> Rules {
        Rules { table: text.parse().unwrap() }
    }

    fn value(&self, path: &str) -> Option<&Value> {
        let mut parts = path.split('.');
        let mut found = self.table.get(parts.next()?)?;
        for part in parts {
            found = found.as_table()?.get(part)?;
        }
        Some(found)
    }

    pub(crate) fn has(&self, path: &str) -> bool {
        self.value(path).is_some()
    }

    pub(crate) fn number(&self, path: &str) -> Option<Q> {
        self.value(path).and_then(plain_number)
    }

    pub(crate) fn count(&self, path: &str) -> Option<usize> {
        self.number(path).map(|q| q.to_integer().try_into().unwrap())
    }

    pub(crate) fn text(&self, path: &str) -> Option<String> {
        inner(self.value(path)?).as_str().map(String::from)
    }

    pub(crate) fn flag(&self, path: &str) -> bool {
        self.value(path).is_some_and(|v| matches!(inner(v), Value::Boolean(true)))
    }

    pub(crate) fn list(&self, path: &str) -> &[Value] {
        match self.value(path).map(inner) {
            Some(Value::Array(items)) => items,
            _ => &[],
        }
    }

    /// A table by count holds the value from its key upward (README, "Numbers").
    pub(crate) fn by_count(&self, path: &str, n: usize) -> Option<Q> {
        let mut best: Option<(usize, Q)> = None;
        for (key, value) in self.value(path)?.as_table()? {
            let (Ok(from), Some(number)) = (key.parse::<usize>(), plain_number(value)) else { continue };
            if from <= n && best.as_ref().is_none_or(|(b, _)| from > *b) {
                best = Some((from, number));
            }
        }
        best.map(|(_, number)| number)
    }

    /// The names of the sub-tables of a section.
    pub(crate) fn tables(&self, path: &str) -> Vec<String> {
        let Some(Value::Table(table)) = self.value(path) else { return Vec::new() };
        table.iter().filter(|(_, v)| v.is_table()).map(|(k, _)| k.clone()).collect()
    }

    /// A printed list `450 = "1.3"`: the number beside the key that equals `content`.
    pub(crate) fn listed(&self, path: &str, content: &Q) -> Option<Q> {
        for (key, value) in self.value(path)?.as_table()? {
            if parse(key).as_ref() == Some(content) {
                return plain_number(value);
            }
        }
        None
    }

    /// Does an `[[unknown]]` entry block this? (README section 13)
    pub(crate) fn blocks(&self, what: &str) -> bool {
        self.list("unknown").iter().any(|u| u.get("blocks").and_then(Value::as_str) == Some(what))
    }
}

/// `"1.8"` or `{ value = "1.8", … }`.
fn inner(value: &Value) -> &Value {
    value.get("value").unwrap_or(value)
}

fn plain_number(value: &Value) -> Option<Q> {
    match inner(value) {
        Value::String(text) => parse(text),
        Value::Integer(n) => Some(Q::from_integer((*n).into())),
        // The shortest decimal that reads as this float is what stands in the file.
        Value::Float(x) => parse(&x.to_string()),
        Value::Boolean(_) | Value::Datetime(_) | Value::Array(_) | Value::Table(_) => None,
    }
}
