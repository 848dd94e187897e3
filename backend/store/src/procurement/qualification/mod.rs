//! Applications to rounds. The applicant reaches its own; an office, and whoever watches over it, those that were handed in to it.
mod entries;
mod products;
mod side;

pub use side::Side;
use side::{Seen, seen};

pub use entries::{entries, is_qualified_applicant, qualified, qualified_products};

use std::collections::BTreeMap;

use diesel::dsl::case_when;
use diesel::pg::data_types::PgTimestamp;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use jicai_domain::documents::Document;
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::{CreditCode, Licence, Name, Reason, Version};
use jicai_domain::ids::{DocumentId, LotId, OrganizationId, QualificationId, RoundId, SpecId};
use jicai_domain::procurement::qualification::{
    Control, Controller, Product, Qualification, QualificationStatus, Terms,
};
use jicai_domain::procurement::round::ProductKind;
use jicai_domain::procurement::rules;
use jicai_domain::time::Timestamp;
use uuid::Uuid;

use crate::documents as files;
use crate::door::Tx;
use crate::errors::StoreError;
use crate::identity::licences::shown_by;
use crate::ids::{column, id};
use crate::page::{Page, Part};
use crate::schema::{
    app_clock, documents, licences, organizations, qualifications, round_lots, round_product_documents,
    round_products, round_specs, rounds,
};
use crate::times::timestamp;

#[derive(Queryable, Selectable)]
#[diesel(table_name = qualifications)]
struct Row {
    id: Uuid,
    round: Uuid,
    applicant: Uuid,
    status: String,
    reason: Option<String>,
    controller: Option<String>,
    controller_code: Option<String>,
    control_reason: Option<String>,
    version: i32,
    submitted_at: Option<PgTimestamp>,
}

/// An application as it is shown.
#[derive(Clone, Debug)]
pub struct Application {
    /// The application.
    pub qualification: Qualification,
    /// The applicant's name.
    pub applicant_name: Name,
    /// The applicant's credit code.
    pub credit_code: CreditCode,
    /// When it was last handed in.
    pub submitted_at: Option<Timestamp>,
    /// The licences that the applicant shows, with their documents.
    pub licences: Vec<(Licence, Document)>,
}

/// Which of the reachable applications.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// Only to that round.
    pub round: Option<RoundId>,
    /// Only in that state: the label of a status.
    pub status: Option<&'static str>,
}

/// Adds a new one. Errors: `QUALIFICATION_EXISTS`.
pub async fn add(tx: &mut Tx, new: &Qualification) -> Result<(), StoreError> {
    let (controller, code, reason) = control_columns(&new.control);
    diesel::insert_into(qualifications::table)
        .values((
            qualifications::id.eq(column(new.id)),
            qualifications::round.eq(column(new.round)),
            qualifications::applicant.eq(column(new.applicant)),
            qualifications::status.eq(new.status.label()),
            qualifications::controller.eq(controller),
            qualifications::controller_code.eq(code),
            qualifications::control_reason.eq(reason),
            qualifications::version.eq(new.version.number()),
            qualifications::created_at.eq(app_clock()),
            qualifications::status_since.eq(app_clock()),
        ))
        .execute(tx.connection())
        .await?;
    products::save(tx, new).await
}

/// Saves a changed one with its products. Errors: `STALE_VERSION`.
pub async fn save(tx: &mut Tx, changed: &Qualification, expected: Version) -> Result<(), StoreError> {
    let (controller, code, reason) = control_columns(&changed.control);
    let current = qualifications::table.find(column(changed.id));
    let status = changed.status.label();
    let kept = qualifications::status.eq(status);
    let handed_in = changed.status == QualificationStatus::Submitted;
    let saved = diesel::update(current.filter(qualifications::version.eq(expected.number())))
        .set((
            qualifications::status.eq(status),
            qualifications::reason.eq(changed.status.reason().map(Reason::as_str)),
            qualifications::controller.eq(controller),
            qualifications::controller_code.eq(code),
            qualifications::control_reason.eq(reason),
            qualifications::version.eq(changed.version.number()),
            qualifications::status_since
                .eq(case_when(kept, qualifications::status_since).otherwise(app_clock())),
            handed_in.then(|| {
                let before = case_when(kept, qualifications::submitted_at);
                qualifications::submitted_at.eq(before.otherwise(app_clock().nullable()))
            }),
        ))
        .execute(tx.connection())
        .await?;
    if saved == 0 {
        return Err(Refusal::of(Code::StaleVersion).at("version").into());
    }
    products::save(tx, changed).await
}

/// The round of one. It never changes, so nothing needs to be held. Errors: `NOT_FOUND`.
pub async fn round_of(tx: &mut Tx, side: &Side, wanted: QualificationId) -> Result<RoundId, StoreError> {
    let found: Option<Uuid> = qualifications::table
        .find(column(wanted))
        .filter(seen(Seen::from(side)))
        .select(qualifications::round)
        .first(tx.connection())
        .await
        .optional()?;
    found.map(id).ok_or_else(|| Refusal::of(Code::NotFound).into())
}

/// One, held until the transaction ends. Errors: `NOT_FOUND`.
pub async fn lock(tx: &mut Tx, side: &Side, wanted: QualificationId) -> Result<Qualification, StoreError> {
    let row: Option<Row> = qualifications::table
        .find(column(wanted))
        .filter(seen(Seen::from(side)))
        .select(Row::as_select())
        .for_update()
        .first(tx.connection())
        .await
        .optional()?;
    let row = row.ok_or(Refusal::of(Code::NotFound))?;
    let products = products::of(tx, &[row.id]).await?.remove(&row.id).unwrap_or_default();
    qualification(&row, products)
}

/// One. Errors: `NOT_FOUND`.
pub async fn find(tx: &mut Tx, side: &Side, wanted: QualificationId) -> Result<Application, StoreError> {
    let row: Option<(Row, String, String)> = qualifications::table
        .inner_join(organizations::table)
        .filter(qualifications::id.eq(column(wanted)))
        .filter(seen(Seen::from(side)))
        .select((Row::as_select(), organizations::name, organizations::credit_code))
        .first(tx.connection())
        .await
        .optional()?;
    let row = row.ok_or(Refusal::of(Code::NotFound))?;
    let found = applications(tx, vec![row]).await?;
    found.into_iter().next().ok_or_else(|| Refusal::of(Code::NotFound).into())
}

/// A part of them, the newest first.
pub async fn list(
    tx: &mut Tx,
    side: &Side,
    wanted: &Wanted,
    page: &Page<QualificationId>,
) -> Result<Part<Application>, StoreError> {
    let mut query = qualifications::table
        .inner_join(organizations::table)
        .filter(seen(Seen::from(side)))
        .select((Row::as_select(), organizations::name, organizations::credit_code))
        .into_boxed();
    if let Some(round) = wanted.round {
        query = query.filter(qualifications::round.eq(column(round)));
    }
    if let Some(status) = wanted.status {
        query = query.filter(qualifications::status.eq(status));
    }
    if let Some(after) = page.after {
        query = query.filter(qualifications::id.lt(column(after)));
    }
    let rows: Vec<(Row, String, String)> =
        query.order(qualifications::id.desc()).limit(page.limit()).load(tx.connection()).await?;
    let part = Part::cut(rows, page);
    Ok(Part { rows: applications(tx, part.rows).await?, more: part.more })
}

/// A paper of an application that the side sees, or a licence that its applicant shows. Errors: `NOT_FOUND`.
pub async fn paper(tx: &mut Tx, side: &Side, wanted: DocumentId) -> Result<Document, StoreError> {
    let papers = round_product_documents::table
        .inner_join(round_products::table.inner_join(qualifications::table))
        .filter(seen(Seen::from(side)))
        .select(round_product_documents::document);
    let applicants = qualifications::table.filter(seen(Seen::from(side))).select(qualifications::applicant);
    let licences = licences::table
        .filter(licences::organization.eq_any(applicants))
        .filter(licences::removed_at.is_null())
        .select(licences::document);
    let row: Option<files::Row> = documents::table
        .find(column(wanted))
        .filter(documents::id.eq_any(papers).or(documents::id.eq_any(licences)))
        .select(files::Row::as_select())
        .first(tx.connection())
        .await
        .optional()?;
    row.map(files::document).transpose()?.ok_or_else(|| Refusal::of(Code::NotFound).into())
}

/// What a round asks of products. Errors: `NOT_FOUND`.
pub async fn round_terms(tx: &mut Tx, round: RoundId) -> Result<Terms, StoreError> {
    let head: Option<(String, String)> = rounds::table
        .find(column(round))
        .filter(rounds::edition.ge(1))
        .select((rounds::product_kind, rounds::rules))
        .first(tx.connection())
        .await
        .optional()?;
    let (kind, text) = head.ok_or(Refusal::of(Code::NotFound))?;
    let specs: Vec<(Uuid, Uuid)> = round_specs::table
        .inner_join(round_lots::table)
        .filter(round_lots::round.eq(column(round)))
        .filter(round_lots::withdrawn_in.is_null())
        .filter(round_specs::withdrawn_in.is_null())
        .select((round_specs::id, round_lots::id))
        .load(tx.connection())
        .await?;
    let rules = rules::parse(&text).map_err(|_problems| StoreError::row("rule set", round))?;
    Ok(Terms {
        kind: ProductKind::from_label(&kind).ok_or_else(|| StoreError::row("product kind", &kind))?,
        columns: rules.columns,
        specs: specs.into_iter().map(|(spec, lot)| (id::<SpecId>(spec), id::<LotId>(lot))).collect(),
    })
}

async fn applications(tx: &mut Tx, rows: Vec<(Row, String, String)>) -> Result<Vec<Application>, StoreError> {
    let ids: Vec<Uuid> = rows.iter().map(|(row, ..)| row.id).collect();
    let applicants: Vec<Uuid> = rows.iter().map(|(row, ..)| row.applicant).collect();
    let mut held = products::of(tx, &ids).await?;
    let mut licences: BTreeMap<OrganizationId, Vec<(Licence, Document)>> = BTreeMap::new();
    for licence in shown_by(tx, &applicants).await? {
        licences.entry(licence.0.organization).or_default().push(licence);
    }
    let one = |(row, name, code): (Row, String, String)| {
        let unreadable = |_refusal: Refusal| StoreError::row("applicant", row.id);
        Ok(Application {
            qualification: qualification(&row, held.remove(&row.id).unwrap_or_default())?,
            applicant_name: Name::parse(&name).map_err(unreadable)?,
            credit_code: CreditCode::parse(&code).map_err(unreadable)?,
            submitted_at: row.submitted_at.map(timestamp),
            licences: licences.get(&id(row.applicant)).cloned().unwrap_or_default(),
        })
    };
    rows.into_iter().map(one).collect()
}

fn qualification(row: &Row, products: Vec<Product>) -> Result<Qualification, StoreError> {
    let unreadable = || StoreError::row("qualification", row.id);
    let reason = row.reason.as_deref().map(Reason::parse).transpose().map_err(|_refusal| unreadable())?;
    let control = read_control(
        (row.controller.as_deref(), row.controller_code.as_deref()),
        row.control_reason.as_deref(),
    );
    Ok(Qualification {
        id: id(row.id),
        round: id(row.round),
        applicant: id(row.applicant),
        status: QualificationStatus::from_row(&row.status, reason).ok_or_else(unreadable)?,
        control: control.map_err(|_refusal| unreadable())?,
        products,
        version: Version::new(row.version),
    })
}

fn read_control(
    (name, code): (Option<&str>, Option<&str>),
    reason: Option<&str>,
) -> Result<Control, Refusal> {
    let controller = read_controller(name, code)?;
    Ok(match reason {
        None => Control::Declared(controller),
        Some(reason) => Control::Set { controller, reason: Reason::parse(reason)? },
    })
}

fn read_controller(name: Option<&str>, code: Option<&str>) -> Result<Option<Controller>, Refusal> {
    let credit_code = code.map(CreditCode::parse).transpose()?;
    Ok(name.map(Name::parse).transpose()?.map(|name| Controller { name, credit_code }))
}

fn control_columns(control: &Control) -> (Option<&str>, Option<&str>, Option<&str>) {
    let controller = control.controller();
    let code = controller.and_then(|controller| controller.credit_code.as_ref());
    (
        controller.map(|controller| controller.name.as_str()),
        code.map(CreditCode::as_str),
        control.reason().map(Reason::as_str),
    )
}
