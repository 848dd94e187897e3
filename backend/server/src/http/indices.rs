//! `GET /indices/{id}/{yyyy-mm}.csv` and `.json`: what was published of an index up to a month, for everybody, at an address that always answers the same; `.input.csv`: the
//! table that it is reckoned from, for the authorities of its region.
use actix_web::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use actix_web::{HttpRequest, HttpResponse, web};
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::ids::{Id, PriceIndexId};
use jicai_domain::pricing::index::Base;
use jicai_service::pricing::index::{PublishedPoint, ShownIndex, index_input, parse_month, published_until};
use jicai_store::redis::IndexFile;
use serde::Serialize;

use super::Shared;
use super::documents::told;
use super::graphql::{admitted, refused};

/// What is asked for of an index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Csv,
    Json,
    Input,
}

impl Form {
    /// The month and the form that a file's name tells. Errors: `NOT_FOUND`.
    fn read(name: &str) -> Result<(&str, Form), Refusal> {
        let forms = [(".input.csv", Self::Input), (".csv", Self::Csv), (".json", Self::Json)];
        let found = forms.into_iter().find_map(|(end, form)| Some((name.strip_suffix(end)?, form)));
        found.ok_or_else(|| Refusal::of(Code::NotFound).at("month").allowing("YYYY-MM.csv, YYYY-MM.json"))
    }

    const fn media_type(self) -> &'static str {
        match self {
            Self::Csv | Self::Input => "text/csv; charset=utf-8",
            Self::Json => "application/json",
        }
    }
}

pub(super) async fn file(
    request: HttpRequest,
    path: web::Path<(String, String)>,
    shared: web::Data<Shared>,
) -> HttpResponse {
    let (id, name) = path.into_inner();
    match answer(&request, (&id, &name), &shared).await {
        Ok((form, body)) => {
            let kept = if form == Form::Input { "private, no-store" } else { "public, max-age=3600" };
            HttpResponse::Ok()
                .insert_header((CONTENT_TYPE, form.media_type()))
                .insert_header((CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox"))
                .insert_header((CACHE_CONTROL, kept))
                .body(body)
        }
        Err(refusal) => refused(&refusal),
    }
}

async fn answer(
    request: &HttpRequest,
    (id, name): (&str, &str),
    shared: &Shared,
) -> Result<(Form, Vec<u8>), Refusal> {
    let caller = admitted(request, shared).await?;
    let id = PriceIndexId::parse(id).map_err(|refusal| refusal.at("id"))?;
    let (month, form) = Form::read(name)?;
    let day = parse_month(month).ok_or(Refusal::of(Code::NotFound).at("month"))?;
    if form == Form::Input {
        let caller = caller.ok_or(Refusal::of(Code::Unauthenticated))?;
        return Ok((form, index_input(&shared.app, &caller, (id, day)).await.map_err(told)?));
    }
    // What is kept never changes: an id is one version, and a month is published once. What is not published yet is not kept.
    let key = IndexFile::of(format!("{id}:{name}"));
    if let Some(redis) = &shared.redis
        && let Ok(Some(kept)) = redis.kept(&key).await
    {
        return Ok((form, kept.into_bytes()));
    }
    let (shown, points) = published_until(&shared.app, id, day).await.map_err(told)?;
    let body = if form == Form::Csv { csv(&points) } else { json(&shown, &points)? };
    if let Some(redis) = &shared.redis {
        let _away = redis.keep(&key, &body).await;
    }
    Ok((form, body.into_bytes()))
}

/// The bytes of `jicai index --format csv`.
fn csv(points: &[PublishedPoint]) -> String {
    let mut text = "period,value,coverage\n".to_owned();
    for point in points {
        let value = point.value.map_or(String::new(), |value| value.to_string());
        text.push_str(&format!("{},{value},{}\n", month(point), point.coverage));
    }
    text
}

fn month(point: &PublishedPoint) -> String {
    point.month.to_string().get(..7).unwrap_or_default().to_owned()
}

/// What stands beside the series, so that a figure that is copied keeps its method.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Told {
    id: String,
    name: String,
    version: i32,
    method: &'static str,
    base: Option<&'static str>,
    base_month: String,
    window: Option<usize>,
    splice: Option<&'static str>,
    scope: &'static str,
    subject: Option<String>,
    region: String,
    kind: &'static str,
    threshold: f64,
    month: String,
    input_sha256: String,
    series: Vec<ToldPoint>,
}

#[derive(Serialize)]
struct ToldPoint {
    period: String,
    value: Option<f64>,
    coverage: f64,
    warned: bool,
    linked: bool,
}

fn json(shown: &ShownIndex, points: &[PublishedPoint]) -> Result<String, Refusal> {
    let (index, publication) = (&shown.index, shown.publication.as_ref());
    let (scope, subject) = index.scope.told();
    let base = index.method.base().map(|base| match base {
        Base::Chained => "chained",
        Base::Fixed => "fixed",
    });
    let cut = |day: String| day.get(..7).unwrap_or_default().to_owned();
    let told = Told {
        id: index.id.to_string(),
        name: index.name.as_str().to_owned(),
        version: index.version,
        method: index.method.name(),
        base,
        base_month: cut(index.base.to_string()),
        window: index.window.map(|window| window.length),
        splice: index.window.map(|window| window.splice.name()),
        scope,
        subject,
        region: index.region.to_string(),
        kind: index.kind.label(),
        threshold: index.threshold,
        month: publication.map(|one| cut(one.month.to_string())).unwrap_or_default(),
        input_sha256: publication.map(|one| one.input_sha256.to_string()).unwrap_or_default(),
        series: points
            .iter()
            .map(|point| ToldPoint {
                period: month(point),
                value: point.value,
                coverage: point.coverage,
                warned: point.warned,
                linked: point.linked,
            })
            .collect(),
    };
    let text = serde_json::to_string(&told).map_err(|error| {
        tracing::error!(%error, "an index could not be written");
        Refusal::of(Code::Internal)
    })?;
    Ok(format!("{text}\n"))
}
