//! What is read of a line, whoever reads it.
use diesel::QueryableByName;
use diesel::pg::data_types::PgTimestamp;
use diesel::sql_types::{BigInt, Nullable, Numeric, Text, Timestamptz, Uuid as SqlUuid};
use jicai_domain::ordering::kind::Kind;
use jicai_domain::ordering::line::{Quantities, Status};
use rust_decimal::Decimal;
use uuid::Uuid;

use super::count;
use crate::errors::StoreError;

/// The columns of [`LineRow`], of a line `l` and what it says of an emergency, `e`.
pub(super) const LINE: &str = "l.id, l.order_id, l.kind, l.contract, l.listing, l.negotiated, l.filing, l.added_pack, l.rationing, l.hospital, \
     l.seller, l.manufacturer, l.region, l.pack_units, l.price, l.ordered, l.confirmed, l.cancelled, l.shipped, l.accepted, l.rejected, \
     l.returned, l.status, l.reason, l.rules, l.confirmed_at, l.deliver_by, e.because, e.report_by, e.report, e.reported_at";

#[derive(QueryableByName)]
pub(super) struct LineRow {
    #[diesel(sql_type = SqlUuid)]
    pub(super) id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    pub(super) order_id: Uuid,
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    pub(super) contract: Option<Uuid>,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    pub(super) listing: Option<Uuid>,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    pub(super) negotiated: Option<Uuid>,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    pub(super) filing: Option<Uuid>,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    pub(super) added_pack: Option<Uuid>,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    pub(super) rationing: Option<Uuid>,
    #[diesel(sql_type = SqlUuid)]
    pub(super) hospital: Uuid,
    #[diesel(sql_type = SqlUuid)]
    pub(super) seller: Uuid,
    #[diesel(sql_type = SqlUuid)]
    pub(super) manufacturer: Uuid,
    #[diesel(sql_type = Text)]
    pub(super) region: String,
    #[diesel(sql_type = BigInt)]
    pub(super) pack_units: i64,
    #[diesel(sql_type = Numeric)]
    pub(super) price: Decimal,
    #[diesel(sql_type = BigInt)]
    ordered: i64,
    #[diesel(sql_type = BigInt)]
    confirmed: i64,
    #[diesel(sql_type = BigInt)]
    cancelled: i64,
    #[diesel(sql_type = BigInt)]
    shipped: i64,
    #[diesel(sql_type = BigInt)]
    accepted: i64,
    #[diesel(sql_type = BigInt)]
    rejected: i64,
    #[diesel(sql_type = BigInt)]
    returned: i64,
    #[diesel(sql_type = Text)]
    status: String,
    #[diesel(sql_type = Nullable<Text>)]
    pub(super) reason: Option<String>,
    #[diesel(sql_type = Text)]
    pub(super) rules: String,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub(super) confirmed_at: Option<PgTimestamp>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub(super) deliver_by: Option<PgTimestamp>,
    #[diesel(sql_type = Nullable<Text>)]
    pub(super) because: Option<String>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub(super) report_by: Option<PgTimestamp>,
    #[diesel(sql_type = Nullable<Text>)]
    pub(super) report: Option<String>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub(super) reported_at: Option<PgTimestamp>,
}

impl LineRow {
    pub(super) fn kind(&self) -> Result<Kind, StoreError> {
        Kind::from_label(&self.kind).ok_or_else(|| StoreError::row("kind", &self.kind))
    }

    pub(super) fn status(&self) -> Result<Status, StoreError> {
        Status::from_label(&self.status).ok_or_else(|| StoreError::row("status", &self.status))
    }

    pub(super) fn packs(&self) -> Result<Quantities, StoreError> {
        Ok(Quantities {
            ordered: count(self.ordered)?,
            confirmed: count(self.confirmed)?,
            cancelled: count(self.cancelled)?,
            shipped: count(self.shipped)?,
            accepted: count(self.accepted)?,
            rejected: count(self.rejected)?,
            returned: count(self.returned)?,
        })
    }
}
