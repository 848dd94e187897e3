//! Reads a rule file into flat keys with their places and origins, applies overrides, and hands out typed values while
//! collecting every problem.
use std::cell::Cell;
use std::collections::BTreeMap;
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{Column, ColumnId, ColumnKind, Confidence, Count, Number, Provision, ProvisionId};
use crate::exact::Exact;

/// Numbers and choices one rule set may have; the limit lets a decision remember what it consulted in one word.
const PROVISIONS_MAX: usize = 128;

/// A value given in place of the file's: `key=value`, or `section=none` to take a section out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Override {
    /// Dotted path of the key.
    pub key: String,
    /// The value.
    pub value: String,
}

/// One fault of a rule file (code `RULE_FILE_INVALID`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleProblem {
    /// Dotted path of the key.
    pub key: String,
    /// Line, from 1; 0 where the fault has no place in the file.
    pub line: usize,
    /// Column, from 1; 0 where the fault has no place in the file.
    pub column: usize,
    /// What is there.
    pub value: String,
    /// What was expected.
    pub expected_en: String,
    /// What was expected, in Chinese.
    pub expected_zh: String,
}

pub(crate) enum LeafValue {
    Text(String),
    Flag(bool),
    List(Vec<String>),
}

pub(crate) struct Leaf {
    pub(crate) value: LeafValue,
    place: (usize, usize),
    source: Option<String>,
    confidence: Option<String>,
    used: Cell<bool>,
}

impl Leaf {
    pub(crate) fn shown(&self) -> String {
        match &self.value {
            LeafValue::Text(text) => text.clone(),
            LeafValue::Flag(flag) => flag.to_string(),
            LeafValue::List(items) => items.join(", "),
        }
    }
}

#[derive(Clone, Default)]
struct Origin {
    source: Option<String>,
    confidence: Option<String>,
}

impl Origin {
    /// What a table says of itself; where it is silent, what holds around it.
    fn of(table: &DeTable<'_>, inherited: &Self) -> Self {
        let stated = |key: &str| table.get(key).and_then(|value| value.get_ref().as_str()).map(str::to_owned);
        Self {
            source: stated("source").or_else(|| inherited.source.clone()),
            confidence: stated("confidence").or_else(|| inherited.confidence.clone()),
        }
    }
}

/// The flattened file.
#[derive(Default)]
pub(crate) struct Reader {
    leaves: BTreeMap<String, Leaf>,
    pub(crate) problems: Vec<RuleProblem>,
    pub(crate) provisions: Vec<Provision>,
    pub(crate) columns: Vec<Column>,
}

impl Reader {
    /// Flattens a file. Errors: that it is no TOML.
    pub(crate) fn open(text: &str) -> Result<Self, Vec<RuleProblem>> {
        let mut reader = Self::default();
        let table = DeTable::parse(text).map_err(|error| vec![syntax_problem(text, &error)])?;
        reader.flatten("", table.get_ref(), &Origin::default(), text);
        Ok(reader)
    }

    fn flatten(&mut self, path: &str, table: &DeTable<'_>, inherited: &Origin, text: &str) {
        let origin = Origin::of(table, inherited);
        for (key, value) in table {
            let key = key.get_ref().as_ref();
            if key != "source" && key != "confidence" {
                let path = if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
                self.flatten_value(path, value, &origin, text);
            }
        }
    }

    fn flatten_value(&mut self, path: String, value: &Spanned<DeValue<'_>>, origin: &Origin, text: &str) {
        let place = place(text, value.span());
        let leaf = match value.get_ref() {
            DeValue::String(string) => LeafValue::Text(string.to_string()),
            DeValue::Integer(_) | DeValue::Float(_) => {
                LeafValue::Text(text.get(value.span()).unwrap_or_default().replace('_', ""))
            }
            DeValue::Boolean(flag) => LeafValue::Flag(*flag),
            DeValue::Datetime(date) => LeafValue::Text(date.to_string()),
            DeValue::Array(items) if items.iter().all(|item| item.get_ref().is_str()) => LeafValue::List(
                items.iter().filter_map(|item| item.get_ref().as_str()).map(str::to_owned).collect(),
            ),
            DeValue::Table(table) if table.contains_key("value") => {
                return self.flatten_number(path, table, origin, text);
            }
            DeValue::Table(table) => return self.flatten(&path, table, origin, text),
            DeValue::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    self.flatten_value(format!("{path}.{index}"), item, origin, text);
                }
                return;
            }
        };
        self.insert(path, leaf, place, origin);
    }

    fn flatten_number(&mut self, path: String, table: &DeTable<'_>, inherited: &Origin, text: &str) {
        let origin = Origin::of(table, inherited);
        for (key, value) in table {
            match key.get_ref().as_ref() {
                "value" => self.flatten_value(path.clone(), value, &origin, text),
                "source" | "confidence" => {}
                _ => {
                    let place = place(text, key.span());
                    let expected =
                        ("value, source and confidence only", "只能有 value、source 和 confidence");
                    self.problem(&path, place, key.get_ref().to_string(), expected);
                }
            }
        }
    }

    fn insert(&mut self, path: String, value: LeafValue, place: (usize, usize), origin: &Origin) {
        let Origin { source, confidence } = origin.clone();
        self.leaves.insert(path, Leaf { value, place, source, confidence, used: Cell::new(false) });
    }

    /// Puts a given value in place of the file's, or takes a section out.
    pub(crate) fn apply(&mut self, entry: &Override) {
        let key = entry.key.trim().to_owned();
        let value = entry.value.trim();
        if value == "none" {
            let section = format!("{key}.");
            let before = self.leaves.len();
            self.leaves.retain(|path, _| *path != key && !path.starts_with(&section));
            if self.leaves.len() == before {
                self.problem(
                    &key,
                    (0, 0),
                    value.to_owned(),
                    ("a section or key of the rule set", "规则集中的章节或键"),
                );
            }
            return;
        }
        if matches!(self.leaves.get(&key).map(|leaf| &leaf.value), Some(LeafValue::List(_))) {
            return self.problem(
                &key,
                (0, 0),
                value.to_owned(),
                ("an own file; a list cannot be set", "列表不能用 --set 设置，请用自己的规则文件"),
            );
        }
        let flag = value.parse().ok().map(LeafValue::Flag);
        let given = Origin { source: Some("--set".to_owned()), confidence: Some("given".to_owned()) };
        self.insert(key, flag.unwrap_or_else(|| LeafValue::Text(value.to_owned())), (0, 0), &given);
    }

    pub(crate) fn problem(
        &mut self,
        key: &str,
        (line, column): (usize, usize),
        value: String,
        (expected_en, expected_zh): (&str, &str),
    ) {
        self.problems.push(RuleProblem {
            key: key.to_owned(),
            line,
            column,
            value,
            expected_en: expected_en.to_owned(),
            expected_zh: expected_zh.to_owned(),
        });
    }

    fn wrong(&mut self, path: &str, expected: (&str, &str)) {
        let (place, shown) =
            self.leaves.get(path).map_or(((0, 0), String::new()), |leaf| (leaf.place, leaf.shown()));
        self.problem(path, place, shown, expected);
    }

    /// Whether the file has a section or key.
    pub(crate) fn has(&self, path: &str) -> bool {
        let section = format!("{path}.");
        self.leaves.contains_key(path)
            || self.leaves.range(section.clone()..).next().is_some_and(|(key, _)| key.starts_with(&section))
    }

    /// The next path segments below a section: numbers ascending, then names.
    pub(crate) fn children(&self, section: &str) -> Vec<String> {
        let prefix = format!("{section}.");
        let mut names: Vec<String> = self
            .leaves
            .keys()
            .filter_map(|key| key.strip_prefix(&prefix))
            .filter_map(|rest| rest.split('.').next())
            .map(str::to_owned)
            .collect();
        names.sort_by_key(|name| (name.parse().unwrap_or(u64::MAX), name.clone()));
        names.dedup();
        names
    }

    fn leaf(&self, path: &str) -> Option<&Leaf> {
        let leaf = self.leaves.get(path)?;
        leaf.used.set(true);
        Some(leaf)
    }

    pub(crate) fn optional_text(&mut self, path: &str) -> Option<String> {
        match &self.leaf(path)?.value {
            LeafValue::Text(text) if !text.trim().is_empty() => Some(text.clone()),
            LeafValue::Text(_) | LeafValue::Flag(_) | LeafValue::List(_) => {
                self.wrong(path, ("a text", "文本"));
                None
            }
        }
    }

    pub(crate) fn text(&mut self, path: &str) -> String {
        let found = self.leaves.contains_key(path);
        let text = self.optional_text(path);
        if !found {
            self.wrong(path, ("a text; this key is required", "文本；此键必填"));
        }
        text.unwrap_or_default()
    }

    pub(crate) fn flag(&mut self, path: &str) -> bool {
        match self.leaf(path).map(|leaf| &leaf.value) {
            Some(LeafValue::Flag(flag)) => *flag,
            Some(LeafValue::Text(_) | LeafValue::List(_)) | None => {
                self.wrong(path, ("true or false", "true 或 false"));
                false
            }
        }
    }

    pub(crate) fn list(&mut self, path: &str) -> Vec<String> {
        match self.leaf(path).map(|leaf| &leaf.value) {
            Some(LeafValue::List(items)) => items.clone(),
            None => Vec::new(),
            Some(LeafValue::Text(_) | LeafValue::Flag(_)) => {
                self.wrong(path, ("a list of texts", "文本列表"));
                Vec::new()
            }
        }
    }

    /// One of the words allowed, with its provision.
    pub(crate) fn choice<T: Copy>(&mut self, path: &str, allowed: &[(&str, T)]) -> Option<(T, ProvisionId)> {
        let text = self.optional_text(path)?;
        match allowed.iter().find(|(word, _)| *word == text) {
            Some((_, choice)) => Some((*choice, self.provision(path))),
            None => {
                let words: Vec<&str> = allowed.iter().map(|(word, _)| *word).collect();
                let words = words.join(", ");
                self.wrong(path, (&format!("one of: {words}"), &format!("以下之一：{words}")));
                None
            }
        }
    }

    /// A decimal of zero or more.
    pub(crate) fn number(&mut self, path: &str) -> Option<Number> {
        let leaf = self.leaf(path)?;
        let value = match &leaf.value {
            LeafValue::Text(text) => text.parse::<Exact>().ok().filter(|value| *value >= Exact::zero()),
            LeafValue::Flag(_) | LeafValue::List(_) => None,
        };
        let Some(value) = value else {
            self.wrong(path, ("a decimal of 0 or more", "不小于 0 的十进制数"));
            return None;
        };
        Some(Number { value, provision: self.provision(path) })
    }

    /// A number above zero.
    pub(crate) fn positive(&mut self, path: &str) -> Option<Number> {
        let number = self.number(path)?;
        if number.value.is_zero() {
            self.wrong(path, ("a decimal above 0", "大于 0 的十进制数"));
            return None;
        }
        Some(number)
    }

    /// A share: a number from 0 to 1.
    pub(crate) fn share(&mut self, path: &str) -> Option<Number> {
        let number = self.number(path)?;
        if number.value > Exact::one() {
            self.wrong(path, ("a share from 0 to 1", "0 至 1 的比例"));
            return None;
        }
        Some(number)
    }

    /// A whole number of zero or more.
    pub(crate) fn count(&mut self, path: &str) -> Option<Count> {
        let value = match &self.leaf(path)?.value {
            LeafValue::Text(text) => text.parse::<u64>().ok(),
            LeafValue::Flag(_) | LeafValue::List(_) => None,
        };
        let Some(value) = value else {
            self.wrong(path, ("a whole number", "整数"));
            return None;
        };
        Some(Count { value, provision: self.provision(path) })
    }

    /// A key that a section must have.
    pub(crate) fn required<T>(
        &mut self,
        path: &str,
        read: impl FnOnce(&mut Self, &str) -> Option<T>,
    ) -> Option<T> {
        if !self.has(path) {
            self.wrong(path, ("a value; this key is required in its section", "本节必填的键"));
            return None;
        }
        read(self, path)
    }

    /// Registers the origin of a key; reports a missing source or confidence.
    pub(crate) fn provision(&mut self, path: &str) -> ProvisionId {
        let (value, source, confidence) = match self.leaves.get(path) {
            Some(leaf) => (leaf.shown(), leaf.source.clone(), leaf.confidence.clone()),
            None => (String::new(), None, None),
        };
        let confidence = match confidence.as_deref() {
            Some("sourced") => Some(Confidence::Sourced),
            Some("recalled") => Some(Confidence::Recalled),
            Some("assumed") => Some(Confidence::Assumed),
            Some("given") if source.as_deref() == Some("--set") => Some(Confidence::Given),
            Some(_) | None => None,
        };
        if source.is_none() || confidence.is_none() {
            let expected = (
                "a source, and a confidence of sourced, recalled or assumed",
                "来源（source）和可信度（confidence：sourced、recalled 或 assumed）",
            );
            self.wrong(path, expected);
        }
        let id = ProvisionId(u8::try_from(self.provisions.len()).unwrap_or(u8::MAX));
        if self.provisions.len() >= PROVISIONS_MAX {
            self.wrong(
                path,
                ("at most 128 numbers and choices in one file", "一个文件最多 128 个数值和选项"),
            );
            return id;
        }
        self.provisions.push(Provision {
            key: path.to_owned(),
            value,
            source: source.unwrap_or_default(),
            confidence: confidence.unwrap_or(Confidence::Assumed),
        });
        id
    }

    /// The column a key names, registered once.
    pub(crate) fn column(&mut self, path: &str, kind: ColumnKind, required: bool) -> Option<ColumnId> {
        let name = self.optional_text(path)?;
        if let Some(position) = self.columns.iter().position(|column| column.name == name) {
            return Some(ColumnId(position));
        }
        self.columns.push(Column { name, kind, required });
        Some(ColumnId(self.columns.len().saturating_sub(1)))
    }

    /// Reports the keys that nothing read.
    pub(crate) fn report_unused(&mut self) {
        let unused: Vec<String> =
            self.leaves.iter().filter(|(_, leaf)| !leaf.used.get()).map(|(path, _)| path.clone()).collect();
        for path in unused {
            self.wrong(&path, ("a key named in the rule file's description", "规则文件说明中列出的键"));
        }
    }
}

fn syntax_problem(text: &str, error: &toml::de::Error) -> RuleProblem {
    let (line, column) = place(text, error.span().unwrap_or(0..0));
    RuleProblem {
        key: String::new(),
        line,
        column,
        value: error.message().to_owned(),
        expected_en: "TOML text".to_owned(),
        expected_zh: "TOML 格式的文本".to_owned(),
    }
}

fn place(text: &str, span: Range<usize>) -> (usize, usize) {
    let before = text.get(..span.start).unwrap_or(text);
    let line = before.matches('\n').count().saturating_add(1);
    let column = before.rsplit('\n').next().unwrap_or(before).chars().count().saturating_add(1);
    (line, column)
}
