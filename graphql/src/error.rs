//! The one way in which an error reaches a client, and the only file that names the library's error type.
use std::sync::atomic::{AtomicU64, Ordering};

use async_graphql::{ErrorExtensionValues, Name, Value};
use jicai_domain::errors::{Class, Code, Refusal};

/// Errors from below that only the net caught. A test expects none.
static UNCODED: AtomicU64 = AtomicU64::new(0);

/// How many errors reached the edge without a code although they came from below: each is a fault of ours.
pub fn uncoded_errors() -> u64 {
    UNCODED.load(Ordering::Relaxed)
}

/// What a resolver answers instead of its result. It has no `Display` on purpose: the library would then send that text to
/// the client for any `?`, and so an error of a layer below does not compile here.
#[derive(Clone, Debug)]
pub(crate) struct ApiError(Refusal);

impl From<Refusal> for ApiError {
    fn from(refusal: Refusal) -> Self {
        Self(refusal)
    }
}

impl ApiError {
    /// The error of a loader, which several fields get.
    pub(crate) fn shared(error: &jicai_service::Error) -> Self {
        let refusal = error.refusal();
        if matches!(refusal.code.spec().class, Class::Internal | Class::Unavailable) {
            tracing::error!(code = refusal.code.spec().name, error = error.chain(), "a use case failed");
        }
        Self(refusal)
    }
}

impl From<jicai_service::Error> for ApiError {
    fn from(error: jicai_service::Error) -> Self {
        Self::shared(&error)
    }
}

impl From<ApiError> for async_graphql::Error {
    fn from(ApiError(refusal): ApiError) -> Self {
        let mut error = async_graphql::Error::new(refusal.code.spec().english);
        error.extensions = Some(extensions(&refusal));
        error
    }
}

/// A whole answer that is nothing but one refusal, for requests that never reach a resolver.
pub fn rejection(refusal: &Refusal) -> String {
    serde_json::to_string(&refused(refusal)).unwrap_or_default()
}

/// The same, as the library has it.
pub(crate) fn refused(refusal: &Refusal) -> async_graphql::Response {
    let mut error = async_graphql::ServerError::new(refusal.code.spec().english, None);
    error.extensions = Some(extensions(refusal));
    async_graphql::Response::from_errors(vec![error])
}

/// Why a connection is not opened: nothing but the code, which is the reason of its closing.
pub(crate) fn connection_refused(refusal: &Refusal) -> async_graphql::Error {
    async_graphql::Error::new(refusal.code.spec().name)
}

/// The code, its class and what else a client can act on.
pub(crate) fn extensions(refusal: &Refusal) -> ErrorExtensionValues {
    let spec = refusal.code.spec();
    let mut values = ErrorExtensionValues::default();
    values.set("code", spec.name);
    values.set("class", spec.class.name());
    values.set("retryable", spec.retryable);
    values.set("messageZh", spec.chinese);
    if let Some(field) = refusal.field {
        values.set("field", field);
    }
    if let Some(line) = refusal.line {
        values.set("line", line);
    }
    if let Some(allowed) = &refusal.allowed {
        values.set("allowed", allowed.as_str());
    }
    if let Some(seconds) = refusal.retry_after {
        values.set("retryAfter", seconds);
    }
    values
}

/// Gives an error of the library its code, and takes the text of one that came from below.
pub(crate) fn give_code(error: &mut async_graphql::ServerError) {
    if error.extensions.as_ref().is_some_and(|values| values.get("code").is_some()) {
        return;
    }
    let code = code_of(error);
    if code == Code::Internal {
        UNCODED.fetch_add(1, Ordering::Relaxed);
        tracing::error!(message = error.message, "an error without a code reached the edge");
        error.message = code.spec().english.to_owned();
    }
    error.extensions = Some(extensions(&Refusal::of(code)));
}

/// An error with a source came through `?` from below, and its text is not for clients.
fn code_of(error: &async_graphql::ServerError) -> Code {
    if error.source.is_some() {
        return Code::Internal;
    }
    match error.message.as_str() {
        "Query is too complex." => Code::QueryTooComplex,
        "Query is nested too deep." => Code::QueryTooDeep,
        message if message.starts_with("The recursion depth of the query") => Code::QueryTooDeep,
        _other => Code::QueryInvalid,
    }
}

/// A value that does not fit its scalar, with the code of the refusal.
pub(crate) fn scalar_error<T: async_graphql::InputType>(
    refusal: &Refusal,
) -> async_graphql::InputValueError<T> {
    let spec = refusal.code.spec();
    let error = async_graphql::InputValueError::custom(spec.english);
    let values = extensions(refusal);
    [("code", "code"), ("class", "class"), ("messageZh", "messageZh")]
        .iter()
        .filter_map(|(name, key)| Some((*name, values.get(key)?.clone())))
        .fold(error, |error, (name, value)| error.with_extension(name, value))
        .with_extension("retryable", Value::from(spec.retryable))
}

/// Adds the request's id, by which the log is searched.
pub(crate) fn name_request(error: &mut async_graphql::ServerError, request: &str) {
    error.extensions.get_or_insert_default().set(Name::new("requestId"), request);
}
