//! `GET /alerts.csv`: alerts as a table, as far as whoever asks may know.
use actix_web::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use actix_web::{HttpRequest, HttpResponse, web};
use jicai_domain::alert::live::AlertState;
use jicai_domain::alert::{Kind, Severity};
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::RegionCode;
use jicai_service::alert::{Wanted, alerts_csv};
use serde::Deserialize;

use super::Shared;
use super::documents::{known, told};
use super::graphql::refused;

/// Which alerts, in the query of the address.
#[derive(Deserialize)]
pub(super) struct Asked {
    region: Option<String>,
    severity: Option<String>,
    monitor: Option<String>,
    state: Option<String>,
    group: Option<String>,
    maker: Option<String>,
}

impl Asked {
    fn wanted(self) -> Result<Wanted, Refusal> {
        let unknown = |field, allowed: String| Refusal::of(Code::QueryInvalid).at(field).allowing(allowed);
        let region = self.region.as_deref().map(RegionCode::parse).transpose();
        let severity = self.severity.map(|name| {
            let all =
                Severity::ALL.iter().map(|one| one.name().to_uppercase()).collect::<Vec<_>>().join(", ");
            Severity::from_name(&name.to_lowercase()).ok_or_else(|| unknown("severity", all))
        });
        let kind = self.monitor.map(|name| {
            let all = Kind::ALL.iter().map(|(_, name, _)| *name).collect::<Vec<_>>().join(", ");
            Kind::from_name(&name).ok_or_else(|| unknown("monitor", all))
        });
        let state = self.state.map(|name| {
            let label = AlertState::LABELS.iter().find(|label| **label == name).copied();
            label.ok_or_else(|| unknown("state", AlertState::LABELS.join(", ")))
        });
        Ok(Wanted {
            region: region.map_err(|refusal| refusal.at("region"))?,
            severity: severity.transpose()?,
            kind: kind.transpose()?,
            state: state.transpose()?,
            group: self.group,
            maker: self.maker,
            ..Wanted::default()
        })
    }
}

pub(super) async fn csv(
    request: HttpRequest,
    asked: web::Query<Asked>,
    shared: web::Data<Shared>,
) -> HttpResponse {
    match table(&request, asked.into_inner(), &shared).await {
        Ok(bytes) => HttpResponse::Ok()
            .insert_header((CONTENT_TYPE, "text/csv; charset=utf-8"))
            .insert_header((CONTENT_DISPOSITION, "attachment; filename=\"alerts.csv\""))
            .insert_header((CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox"))
            .insert_header((CACHE_CONTROL, "private, no-store"))
            .body(bytes),
        Err(refusal) => refused(&refusal),
    }
}

async fn table(request: &HttpRequest, asked: Asked, shared: &Shared) -> Result<Vec<u8>, Refusal> {
    let caller = known(request, shared).await?;
    alerts_csv(&shared.app, &caller, &asked.wanted()?).await.map_err(told)
}
