//! One search for whatever somebody has in hand.
use async_graphql::connection::Connection;
use async_graphql::{Context, ID, Object, SimpleObject};
use jicai_domain::catalog::code::{Checked, Finding};
use jicai_domain::errors::{Code, Refusal};
use jicai_service::catalog as cases;

use crate::asking::app;
use crate::connection::{connection, cost, page};
use crate::dates::Date;
use crate::error::ApiError;

/// What a text is, and what it names on a day.
struct Lookup(cases::Looked);

#[Object]
impl Lookup {
    /// The text.
    async fn text(&self) -> &str {
        &self.0.text
    }

    /// The day.
    async fn on(&self) -> Date {
        Date(self.0.on)
    }

    /// As which code it can be read; none where nothing fits.
    async fn code(&self) -> Option<LookupCode> {
        let checked = &self.0.checked;
        checked.kind.map(|_kind| LookupCode { checked: checked.clone(), year: year(&self.0) })
    }

    /// Whether it was looked for as a name too.
    async fn is_name(&self) -> bool {
        self.0.name.is_some()
    }

    /// The items that it names as a code on the day. A licence may name many; at most 100.
    async fn items(&self) -> Vec<FoundItem> {
        self.0.answer.items.iter().cloned().map(FoundItem).collect()
    }

    /// What came in the place of those items, step by step.
    async fn successors(&self) -> Vec<SuccessorStep> {
        self.0.answer.successors.iter().cloned().map(SuccessorStep::from).collect()
    }

    /// Items with a code at distance one, where it names none; at most 10.
    async fn near(&self) -> Vec<FoundItem> {
        self.0.answer.near.iter().cloned().map(FoundItem).collect()
    }

    /// Items with such a name, the best first: Chinese or English, pinyin, initials, and with a mistake. At most 1000 can be reached.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn named(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<Connection<String, FoundItem>, ApiError> {
        let read = |cursor: &str| cursor.parse::<i64>().map_err(|_digits| Refusal::of(Code::CursorInvalid));
        let page = page(first, after.as_deref(), read)?;
        let Some(name) = &self.0.name else { return Ok(Connection::new(false, false)) };
        let part = cases::named(app(ctx)?, (name, self.0.on), &page).await?;
        Ok(connection(part, |(place, _)| place.to_string(), |(_, item)| FoundItem(item)))
    }
}

/// The year that is asked about, in whose century a label's two digits are read.
fn year(looked: &cases::Looked) -> u16 {
    looked.on.to_string().split('-').next().and_then(|year| year.parse().ok()).unwrap_or_default()
}

/// A text as a code.
struct LookupCode {
    checked: Checked,
    year: u16,
}

#[Object]
impl LookupCode {
    /// What kind it is, or was most likely meant to be: as `jicai code check` names it.
    async fn kind(&self) -> Option<&str> {
        self.checked.kind.map(|kind| kind.name())
    }

    /// The kind, in English.
    async fn title(&self) -> Option<&str> {
        self.checked.kind.map(|kind| kind.title().0)
    }

    /// The kind, in Chinese.
    async fn title_zh(&self) -> Option<&str> {
        self.checked.kind.map(|kind| kind.title().1)
    }

    /// Whether it is well formed.
    async fn valid(&self) -> bool {
        self.checked.code.is_some()
    }

    /// Its one form, if it is well formed.
    async fn canonical(&self) -> Option<String> {
        self.checked.code.as_ref().map(ToString::to_string)
    }

    /// Its parts, in the order of the code.
    async fn parts(&self) -> Vec<CodePart> {
        let parts = self.checked.code.as_ref().map(|code| code.parts()).unwrap_or_default();
        let part =
            |(name, value): (std::borrow::Cow<'static, str>, jicai_domain::catalog::code::PartValue)| {
                CodePart { name: name.into_owned(), value: value.text(self.year).into_owned() }
            };
        parts.into_iter().map(part).collect()
    }

    /// What is unusual, or was put right.
    async fn warnings(&self) -> Vec<CodeFinding> {
        self.checked.warnings.iter().map(CodeFinding::from).collect()
    }

    /// Why it is not well formed.
    async fn errors(&self) -> Vec<CodeFinding> {
        self.checked.errors.iter().map(CodeFinding::from).collect()
    }
}

/// A part of a code.
#[derive(SimpleObject)]
struct CodePart {
    /// Its name.
    name: String,
    /// What it says.
    value: String,
}

/// What is wrong or unusual about a code, and where.
#[derive(SimpleObject)]
struct CodeFinding {
    /// Its stable code.
    code: &'static str,
    /// The character that it is about, counted from 1 in the text as given.
    position: i32,
    /// What would fit.
    expected: String,
    /// What would fit, in Chinese.
    expected_zh: String,
    /// Well-formed codes at distance one, the likeliest first.
    candidates: Vec<String>,
}

impl From<&Finding> for CodeFinding {
    fn from(finding: &Finding) -> Self {
        Self {
            code: finding.code.name(),
            position: i32::try_from(finding.position).unwrap_or(i32::MAX),
            expected: finding.expected.english.to_string(),
            expected_zh: finding.expected.chinese.to_string(),
            candidates: finding.candidates.clone(),
        }
    }
}

/// An item as it stands on the day.
struct FoundItem(cases::FoundItem);

#[Object]
impl FoundItem {
    /// Its id.
    async fn id(&self) -> ID {
        ID(self.0.item.to_string())
    }

    /// What kind of item: WESTERN, PATENT, PIECES, GRANULES, IN_HOUSE, CONSUMABLE, REAGENT.
    async fn kind(&self) -> &str {
        &self.0.kind
    }

    /// How it stands: ACTIVE, SUSPENDED, DEPRECATED, REPLACED, WITHDRAWN, ENTERED_IN_ERROR.
    async fn status(&self) -> &str {
        &self.0.status
    }

    /// The code or name that it was found by.
    async fn found_by(&self) -> &str {
        &self.0.by
    }

    /// 通用名.
    async fn generic_name(&self) -> &str {
        &self.0.generic_name
    }

    /// 商品名.
    async fn trade_name(&self) -> Option<&str> {
        self.0.trade_name.as_deref()
    }

    /// 剂型.
    async fn form(&self) -> Option<&str> {
        self.0.form.as_deref()
    }

    /// 规格 as declared.
    async fn declared_spec(&self) -> Option<&str> {
        self.0.declared_spec.as_deref()
    }

    /// 上市许可持有人 or registrant.
    async fn holder_name(&self) -> Option<&str> {
        self.0.holder_name.as_deref()
    }

    /// Smallest units in a pack.
    async fn units_per_pack(&self) -> Option<i32> {
        self.0.units_per_pack
    }

    /// 最小制剂单位.
    async fn smallest_unit(&self) -> Option<&str> {
        self.0.smallest_unit.as_deref()
    }

    /// 最小包装单位.
    async fn smallest_pack_unit(&self) -> Option<&str> {
        self.0.smallest_pack_unit.as_deref()
    }

    /// 包装材质.
    async fn material(&self) -> Option<&str> {
        self.0.material.as_deref()
    }

    /// From this day on it is so.
    async fn valid_from(&self) -> Date {
        Date(self.0.valid_from)
    }

    /// Until the day before this one.
    async fn valid_to(&self) -> Option<Date> {
        self.0.valid_to.map(Date)
    }

    /// The number of the release that says so; none where a person did.
    async fn release_number(&self) -> Option<i32> {
        self.0.release
    }

    /// All its codes on the day.
    async fn codes(&self) -> Vec<FoundCode> {
        self.0.codes.iter().map(FoundCode::from).collect()
    }

    /// Whether something came in its place; then `successors` tells what.
    async fn succeeded(&self) -> bool {
        self.0.succeeded
    }
}

/// A code of an item.
#[derive(SimpleObject)]
struct FoundCode {
    /// Its kind, as `jicai code check` names it.
    kind: String,
    /// The code.
    value: String,
    /// How the tie stands: ACTIVE, RETIRED.
    status: String,
    /// From this day on.
    valid_from: Date,
    /// Until the day before this one.
    valid_to: Option<Date>,
}

impl From<&cases::FoundCode> for FoundCode {
    fn from(code: &cases::FoundCode) -> Self {
        Self {
            kind: code.system.clone(),
            value: code.value.clone(),
            status: code.status.clone(),
            valid_from: Date(code.valid_from),
            valid_to: code.valid_to.map(Date),
        }
    }
}

/// A step from an item to what came in its place.
#[derive(SimpleObject)]
struct SuccessorStep {
    /// The id of the item that it came from.
    from_id: ID,
    /// How: REPLACED_BY, MERGED_INTO, SPLIT_INTO.
    kind: String,
    /// The id of the item that came.
    to_id: ID,
    /// Its name on the day.
    name: Option<String>,
    /// From this day on.
    since: Date,
}

impl From<cases::Successor> for SuccessorStep {
    fn from(step: cases::Successor) -> Self {
        Self {
            from_id: ID(step.from.to_string()),
            kind: step.kind,
            to_id: ID(step.to.to_string()),
            name: step.name,
            since: Date(step.since),
        }
    }
}

/// The one search.
#[derive(Default)]
pub(crate) struct LookupQuery;

#[Object]
impl LookupQuery {
    /// What a code, a scanned string or a name is, and which items it names on a day; on today's where none is given. 一码通查
    #[graphql(complexity = "10 + child_complexity")]
    async fn lookup(&self, ctx: &Context<'_>, text: String, on: Option<Date>) -> Result<Lookup, ApiError> {
        Ok(Lookup(cases::look_up(app(ctx)?, &text, on.map(|day| day.0)).await?))
    }
}
