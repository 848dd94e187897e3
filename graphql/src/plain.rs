//! Objects whose fields are all at hand. The library runs each field as a task of its own, which costs more than the field where nothing
//! waits; a page of a result has thousands.
use std::borrow::Cow;

use async_graphql::indexmap::IndexMap;
use async_graphql::parser::types::{Field, Selection};
use async_graphql::registry::Registry;
use async_graphql::{ContainerType, ContextSelectionSet, OutputType, Positioned, ServerResult, Value};

/// An object that resolves its fields one after the other.
pub(crate) struct Plain<T>(pub(crate) T);

impl<T: ContainerType> OutputType for Plain<T> {
    fn type_name() -> Cow<'static, str> {
        T::type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        T::create_type_info(registry)
    }

    async fn resolve(&self, ctx: &ContextSelectionSet<'_>, field: &Positioned<Field>) -> ServerResult<Value> {
        // What has to be merged or looked up is left to the library.
        let Some(fields) = alone(ctx) else { return self.0.resolve(ctx, field).await };
        let mut found = IndexMap::with_capacity(fields.len());
        for field in fields {
            let ctx = ctx.with_field(field);
            match self.0.resolve_field(&ctx).await {
                Ok(value) => {
                    _ = found.insert(field.node.response_key().node.clone(), value.unwrap_or_default())
                }
                Err(error) => ctx.add_error(error),
            }
        }
        Ok(if found.is_empty() { Value::Null } else { Value::Object(found) })
    }
}

/// The fields of a selection that has nothing else: no fragment, no directive, no name twice.
fn alone<'a>(ctx: &ContextSelectionSet<'a>) -> Option<Vec<&'a Positioned<Field>>> {
    let mut fields: Vec<&Positioned<Field>> = Vec::with_capacity(ctx.item.node.items.len());
    for selection in &ctx.item.node.items {
        let Selection::Field(field) = &selection.node else { return None };
        let key = &field.node.response_key().node;
        let twice = fields.iter().any(|other| other.node.response_key().node == *key);
        if twice || !field.node.directives.is_empty() || field.node.name.node == "__typename" {
            return None;
        }
        fields.push(field);
    }
    Some(fields)
}
