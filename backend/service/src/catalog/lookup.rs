//! One search for whatever somebody has in hand: a code of any kind, a scanned string, a name in Chinese or English, its pinyin or initials.
use std::sync::Arc;

use jicai_domain::catalog::code::{AnyCode, Checked, near};
use jicai_domain::catalog::search::{NameTerm, Term, keys};
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::time::Day;
use jicai_store::catalog::lookup::{self as rows, FoundItem, Successor};
use jicai_store::{Page, Part};

use crate::app::App;
use crate::errors::Error;

/// Characters that are looked at.
const TEXT_MAX: usize = 500;
/// Items that one code may name: a licence has many packs.
const ITEMS_MAX: i64 = 100;
/// Codes at distance one that are shown.
const NEAR_MAX: i64 = 10;
/// Steps to what came in an item's place.
const STEPS_MAX: i64 = 100;
/// Names that are ranked.
const NAMES_MAX: i64 = 100;
/// Items of a search by name that can be reached page by page.
const RANKED_MAX: i64 = 1_000;

/// What a text is, and what it names on a day.
#[derive(Clone, Debug)]
pub struct Looked {
    /// The text.
    pub text: String,
    /// The day.
    pub on: Day,
    /// As which code it can be read.
    pub checked: Checked,
    /// As which name it can be read.
    pub name: Option<NameTerm>,
    /// What it names as a code.
    pub answer: Arc<CodeAnswer>,
}

/// What a code names on a day.
#[derive(Clone, Debug, Default)]
pub struct CodeAnswer {
    /// The items.
    pub items: Vec<FoundItem>,
    /// What came in their place, step by step.
    pub successors: Vec<Successor>,
    /// Items with codes at distance one, where it names none.
    pub near: Vec<FoundItem>,
}

/// Looks a text up, for everybody. Without a day, on today's. Errors: `NAME_INVALID` for a text that is empty or too long.
pub async fn look_up(app: &App, text: &str, on: Option<Day>) -> Result<Looked, Error> {
    let characters = text.chars().count();
    if characters > TEXT_MAX || text.trim().is_empty() {
        let allowed = format!("1 to {TEXT_MAX} characters");
        return Err(Refusal::of(Code::NameInvalid).at("text").allowing(allowed).into());
    }
    let on = match on {
        Some(day) => day,
        None => app.store.read().await?.now().await?.day_in_china(),
    };
    let Term { checked, name } = Term::of(text);
    let answer = match &checked.code {
        Some(code) => exact(app, code, on).await?,
        None => Arc::new(meant(app, &checked, text, on).await?),
    };
    Ok(Looked { text: text.to_owned(), on, checked, name, answer })
}

/// What a well-formed code names: remembered by the server.
async fn exact(app: &App, code: &AnyCode, on: Day) -> Result<Arc<CodeAnswer>, Error> {
    let question = (format!("{} {code}", code.kind().name()), on);
    let (known, revision) = app.remembered.recall(&app.store, &question).await?;
    if let Some(known) = known {
        return Ok(known);
    }
    let mut tx = app.store.read().await?;
    let codes: Vec<(String, String)> =
        keys(code).into_iter().map(|(kind, value)| (kind.name().to_owned(), value)).collect();
    let items = rows::by_codes(&mut tx, &codes, on, ITEMS_MAX).await?;
    let gone: Vec<_> = items.iter().filter(|item| item.succeeded).map(|item| item.item).collect();
    let successors =
        if gone.is_empty() { Vec::new() } else { rows::successors(&mut tx, &gone, on, STEPS_MAX).await? };
    let near = if items.is_empty() {
        let kind = code.kind();
        let near = near(kind, &code.to_string());
        let codes: Vec<_> = near.into_iter().map(|value| (kind.name().to_owned(), value)).collect();
        rows::by_codes(&mut tx, &codes, on, NEAR_MAX).await?
    } else {
        Vec::new()
    };
    let answer = Arc::new(CodeAnswer { items, successors, near });
    app.remembered.keep(question, Arc::clone(&answer), revision);
    Ok(answer)
}

/// The items that a text that is no well-formed code may have meant.
async fn meant(app: &App, checked: &Checked, text: &str, on: Day) -> Result<CodeAnswer, Error> {
    let Some(kind) = checked.kind else { return Ok(CodeAnswer::default()) };
    let codes: Vec<_> = near(kind, text).into_iter().map(|value| (kind.name().to_owned(), value)).collect();
    if codes.is_empty() {
        return Ok(CodeAnswer::default());
    }
    let mut tx = app.store.read().await?;
    let near = rows::by_codes(&mut tx, &codes, on, NEAR_MAX).await?;
    Ok(CodeAnswer { near, ..CodeAnswer::default() })
}

/// A part of the items with such a name on the day, the best first; the key of a row is its place, from 1.
pub async fn named(
    app: &App,
    (name, on): (&NameTerm, Day),
    page: &Page<i64>,
) -> Result<Part<(i64, FoundItem)>, Error> {
    let skip = page.after.unwrap_or(0).clamp(0, RANKED_MAX);
    let wanted = i64::from(page.first).saturating_add(1).min(RANKED_MAX.saturating_sub(skip));
    let mut tx = app.store.read().await?;
    let names = rows::names_like(&mut tx, (&name.normal, &name.sound), name.initials, NAMES_MAX).await?;
    let found = if names.is_empty() || wanted == 0 {
        Vec::new()
    } else {
        rows::by_names(&mut tx, &names, on, (skip, wanted)).await?
    };
    let more = found.len() > usize::from(page.first);
    let numbered = found.into_iter().zip(skip.saturating_add(1)..).take(usize::from(page.first));
    Ok(Part { rows: numbered.map(|(item, place)| (place, item)).collect(), more })
}
