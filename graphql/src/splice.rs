//! Parts of an answer that are JSON already. A decided result never changes under its date of decision, and a page of it comes to
//! thousands of fields: it is resolved once and kept as text, which is put into the answer in place of a mark. Who may see it is asked of
//! the database each time, before what is kept is looked for.
use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use async_graphql::parser::types::{Field, Selection, SelectionSet};
use async_graphql::registry::Registry;
use async_graphql::{Context, ContextSelectionSet, OutputType, Positioned, ServerResult, Value};
use jicai_domain::ids::RoundId;
use jicai_domain::procurement::result::Viewer;
use jicai_domain::time::Timestamp;

/// For how long a part is kept: names of firms stand in it, and these may change.
const KEPT: Duration = Duration::from_secs(10);
/// Bytes of parts, and of the requests that they answer, before the older half of them is dropped.
const HALF_BYTES: usize = 16 << 20;
/// A larger request or part is not kept.
const PART_BYTES_MAX: usize = 2 << 20;

/// The parts of one answer, and the request that it is for.
#[derive(Clone)]
pub(crate) struct Splices {
    name: Arc<str>,
    body: Arc<[u8]>,
    parts: Arc<Mutex<Vec<Arc<str>>>>,
}

impl Splices {
    /// None yet. The name is new with every request, so that no text in the answer can be taken for a mark.
    pub(crate) fn of(name: &str, body: &[u8]) -> Splices {
        Splices { name: name.into(), body: body.into(), parts: Arc::default() }
    }

    fn mark(&self, place: usize) -> String {
        format!("{}#{place}", self.name)
    }

    fn add(&self, json: Arc<str>) -> Value {
        let mut parts = self.parts.lock().unwrap_or_else(PoisonError::into_inner);
        parts.push(json);
        Value::String(self.mark(parts.len()))
    }

    /// The answer with the parts in place of their marks.
    pub(crate) fn put_into(&self, mut answer: String) -> String {
        let parts = self.parts.lock().unwrap_or_else(PoisonError::into_inner);
        for (json, place) in parts.iter().zip(1..) {
            answer = answer.replace(&format!("\"{}\"", self.mark(place)), json);
        }
        answer
    }
}

/// What a part depends on: which decision of which round, for whom, and which field of which request.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Asked {
    of: (RoundId, Timestamp, Viewer),
    body: Arc<[u8]>,
    path: String,
    at: (usize, usize),
}

struct Part {
    json: Arc<str>,
    since: Instant,
}

/// The parts that were resolved lately: the younger half, and the one before it.
#[derive(Default)]
pub(crate) struct Answers(Mutex<Halves>);

#[derive(Default)]
struct Halves {
    young: HashMap<Asked, Part>,
    old: HashMap<Asked, Part>,
    bytes: usize,
}

impl Answers {
    fn find(&self, asked: &Asked) -> Option<Arc<str>> {
        let halves = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let part = halves.young.get(asked).or_else(|| halves.old.get(asked))?;
        (part.since.elapsed() < KEPT).then(|| Arc::clone(&part.json))
    }

    fn keep(&self, asked: Asked, json: Arc<str>) {
        let bytes = asked.body.len().saturating_add(json.len());
        if bytes > PART_BYTES_MAX {
            return;
        }
        let mut halves = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if halves.bytes.saturating_add(bytes) > HALF_BYTES {
            halves.old = std::mem::take(&mut halves.young);
            halves.bytes = 0;
        }
        halves.bytes = halves.bytes.saturating_add(bytes);
        halves.young.insert(asked, Part { json, since: Instant::now() });
    }
}

/// A field whose JSON may be kept.
pub(crate) enum Spliced<T> {
    /// It was.
    Kept(Arc<str>),
    /// It is to be resolved, and kept where that is said.
    Read(T, Option<Keep>),
}

/// That a field is to be kept, and as what.
pub(crate) struct Keep(Asked);

/// What is kept of this field under that decision, or what `read` gives.
pub(crate) async fn spliced<T, E>(
    ctx: &Context<'_>,
    of: (RoundId, Timestamp, Viewer),
    read: impl Future<Output = Result<T, E>>,
) -> Result<Spliced<T>, E> {
    let asked = asked(ctx, of);
    let found = asked.as_ref().and_then(|asked| ctx.data_opt::<Answers>()?.find(asked));
    match found {
        Some(json) => Ok(Spliced::Kept(json)),
        None => Ok(Spliced::Read(read.await?, asked.map(Keep))),
    }
}

/// None where the field cannot be kept: in a batch, or where the request has another field of its name, with which the library might
/// have to merge it.
fn asked(ctx: &Context<'_>, of: (RoundId, Timestamp, Viewer)) -> Option<Asked> {
    let body = Arc::clone(&ctx.data_opt::<Splices>()?.body);
    let name = ctx.item.node.name.node.as_str();
    let env = ctx.query_env;
    let fragments = env.fragments.values().map(|fragment| &fragment.node.selection_set.node);
    let sets = std::iter::once(&env.operation.node.selection_set.node).chain(fragments);
    if sets.map(|set| named(set, name)).sum::<usize>() != 1 {
        return None;
    }
    let at = (ctx.item.pos.line, ctx.item.pos.column);
    Some(Asked { of, body, path: ctx.path_node?.to_string(), at })
}

/// How many fields of a name a selection has, at any level.
fn named(set: &SelectionSet, name: &str) -> usize {
    let own = |selection: &Positioned<Selection>| match &selection.node {
        Selection::Field(field) => usize::from(field.node.name.node == name)
            .saturating_add(named(&field.node.selection_set.node, name)),
        Selection::InlineFragment(fragment) => named(&fragment.node.selection_set.node, name),
        Selection::FragmentSpread(_) => 0,
    };
    set.items.iter().map(own).sum()
}

impl<T: OutputType> OutputType for Spliced<T> {
    fn type_name() -> Cow<'static, str> {
        T::type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        T::create_type_info(registry)
    }

    async fn resolve(&self, ctx: &ContextSelectionSet<'_>, field: &Positioned<Field>) -> ServerResult<Value> {
        let (splices, answers) = (ctx.data_opt::<Splices>(), ctx.data_opt::<Answers>());
        match self {
            Self::Kept(json) => Ok(splices.map_or(Value::Null, |splices| splices.add(Arc::clone(json)))),
            Self::Read(read, keep) => {
                let value = read.resolve(ctx, field).await?;
                let clean = ctx.query_env.errors.lock().is_ok_and(|errors| errors.is_empty());
                match (keep, splices, answers) {
                    (Some(Keep(asked)), Some(splices), Some(answers)) if clean => {
                        let Ok(json) = serde_json::to_string(&value) else { return Ok(value) };
                        let json: Arc<str> = json.into();
                        answers.keep(asked.clone(), Arc::clone(&json));
                        Ok(splices.add(json))
                    }
                    _ => Ok(value),
                }
            }
        }
    }
}
