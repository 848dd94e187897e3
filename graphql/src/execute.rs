//! From the bytes of a request to the bytes of its answer.
use async_graphql::{BatchRequest, BatchResponse, Request};
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::Caller;
use jicai_service::App;

use crate::Api;
use crate::asking::Asking;
use crate::error::{give_code, name_request, rejection};
use crate::limits::BATCH_MAX;
use crate::splice::Splices;

/// The answer to a request.
pub struct Answer {
    /// The JSON to send.
    pub json: String,
    /// Why nothing was executed; none when something was.
    pub rejected: Option<Refusal>,
}

/// Executes the body of a request for a caller. Only a caller may ask for the schema, unless `open`.
pub async fn answer(
    api: &Api,
    app: &App,
    caller: Option<Caller>,
    (body, id): (&[u8], &str),
    open: bool,
) -> Answer {
    let Ok(request) = serde_json::from_slice::<BatchRequest>(body) else {
        return refused(Refusal::of(Code::RequestInvalid));
    };
    let size = match &request {
        BatchRequest::Single(_) => 1,
        BatchRequest::Batch(requests) => requests.len(),
    };
    if size > BATCH_MAX {
        return refused(Refusal::of(Code::BatchTooLarge).allowing(BATCH_MAX.to_string()));
    }
    let hidden = caller.is_none() && !open;
    let splices = Splices::of(id, body);
    let execute = async |request: Request| {
        let request = request.data(Asking::new(app.clone(), caller.clone()));
        let request = if size == 1 { request.data(splices.clone()) } else { request };
        let request = if hidden { request.disable_introspection() } else { request };
        let mut response = api.execute(request).await;
        response.errors.iter_mut().for_each(|error| {
            give_code(error);
            name_request(error, id);
        });
        response
    };
    let response = match request {
        BatchRequest::Single(request) => BatchResponse::Single(execute(request).await),
        BatchRequest::Batch(requests) => {
            let mut responses = Vec::with_capacity(requests.len());
            for request in requests {
                responses.push(execute(request).await);
            }
            BatchResponse::Batch(responses)
        }
    };
    match serde_json::to_string(&response) {
        Ok(json) => Answer { json: splices.put_into(json), rejected: None },
        Err(_unserializable) => refused(Refusal::of(Code::Internal)),
    }
}

fn refused(refusal: Refusal) -> Answer {
    Answer { json: rejection(&refusal), rejected: Some(refusal) }
}
