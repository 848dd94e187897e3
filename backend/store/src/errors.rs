//! What can go wrong below a use case, and which constraint a user is told of by which code.
use std::error::Error;

use diesel::result::{DatabaseErrorKind, Error as Diesel};
use diesel_async::pooled_connection::bb8::RunError;
use jicai_domain::errors::{Code, Refusal};

/// What the store answers instead of rows.
#[derive(Debug)]
pub enum StoreError {
    /// The client is told why.
    Refused(Refusal),
    /// Another transaction was in the way; the same transaction may succeed now.
    Collided(Box<dyn Error + Send + Sync>),
    /// The database cannot be reached or does not answer in time.
    Unavailable(Box<dyn Error + Send + Sync>),
    /// The object store cannot be reached, or has no room.
    Objects(Box<dyn Error + Send + Sync>),
    /// Our fault.
    Broken(Box<dyn Error + Send + Sync>),
}

/// An error that knows whether its transaction is worth another try.
pub trait Retry {
    /// Whether another transaction was in the way.
    fn collided(&self) -> bool;
}

impl Retry for StoreError {
    fn collided(&self) -> bool {
        matches!(self, Self::Collided(_))
    }
}

impl StoreError {
    /// A row that the code does not understand.
    pub(crate) fn row(what: &str, value: impl std::fmt::Debug) -> Self {
        Self::Broken(format!("unreadable {what} in a row: {value:?}").into())
    }
}

impl std::fmt::Display for StoreError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Refused(refusal) => write!(f, "refused: {}", refusal.code.spec().name),
            Self::Collided(_) => f.write_str("another transaction was in the way"),
            Self::Unavailable(_) => f.write_str("the database cannot be reached"),
            Self::Objects(_) => f.write_str("the object store did not do what it was asked to"),
            Self::Broken(_) => f.write_str("a statement, a row or a stored file is at fault"),
        }
    }
}

impl Error for StoreError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Refused(_) => None,
            Self::Collided(source)
            | Self::Unavailable(source)
            | Self::Objects(source)
            | Self::Broken(source) => Some(&**source),
        }
    }
}

impl From<Refusal> for StoreError {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<object_store::Error> for StoreError {
    fn from(error: object_store::Error) -> Self {
        // A row names what is not there.
        let lost = matches!(error, object_store::Error::NotFound { .. });
        if lost { Self::Broken(error.into()) } else { Self::Objects(error.into()) }
    }
}

impl From<std::io::Error> for StoreError {
    fn from(error: std::io::Error) -> Self {
        Self::Objects(error.into())
    }
}

impl From<RunError> for StoreError {
    fn from(error: RunError) -> Self {
        Self::Unavailable(error.into())
    }
}

impl From<Diesel> for StoreError {
    fn from(error: Diesel) -> Self {
        if let Diesel::DatabaseError(kind, information) = &error {
            if let Some(refusal) = information.constraint_name().and_then(refusal_of) {
                return Self::Refused(refusal);
            }
            if matches!(kind, DatabaseErrorKind::SerializationFailure) || deadlocked(information.message()) {
                return Self::Collided(error.into());
            }
            if matches!(kind, DatabaseErrorKind::ClosedConnection) || cut_short(information.message()) {
                return Self::Unavailable(error.into());
            }
        }
        Self::Broken(error.into())
    }
}

/// The constraints that a user can hit, by their chosen names.
fn refusal_of(constraint: &str) -> Option<Refusal> {
    Some(match constraint {
        "organizations_credit_code_key" => Refusal::of(Code::CreditCodeTaken).at("creditCode"),
        "users_login_key" => Refusal::of(Code::LoginNameTaken).at("loginName"),
        "bids_bidder_key" => Refusal::of(Code::BidVersion).at("envelope"),
        "custodian_keys_public_line_key" | "bid_keys_public_line_key" | "contract_keys_public_line_key" => {
            Refusal::of(Code::PublicKeyTaken).at("publicLine")
        }
        "organization_regions_region_fkey" => Refusal::of(Code::RegionUnknown).at("regions"),
        "alliance_memberships_region_fkey" => Refusal::of(Code::RegionUnknown).at("region"),
        "qualifications_applicant_key" => Refusal::of(Code::QualificationExists).at("round"),
        "demand_forms_institution_key" => Refusal::of(Code::StaleVersion).at("version"),
        "official_results_edition_key" | "official_results_round_key" => {
            Refusal::of(Code::StaleVersion).at("replaces")
        }
        "official_results_import_key" => Refusal::of(Code::ImportState).at("import").allowing("once"),
        "added_packs_spec_key" => Refusal::of(Code::PackExists).at("spec"),
        "withdrawals_product_key" => Refusal::of(Code::WithdrawalState).at("product"),
        "item_releases_label_key" => {
            Refusal::of(Code::ReleaseInvalid).at("label").allowing("a label that the source has not used")
        }
        "item_releases_applying" => Refusal::of(Code::ReleaseState).at("number"),
        "distribution_relations_open" | "distribution_relations_successor" => {
            Refusal::of(Code::RelationExists)
        }
        "distribution_relations_region_fkey" | "listings_region_fkey" => {
            Refusal::of(Code::RegionUnknown).at("region")
        }
        "listings_live" => Refusal::of(Code::ListingExists).at("item"),
        "listing_prices_proposed" | "listing_prices_in_force" => Refusal::of(Code::ListingPriceState),
        "listing_marks_open" => Refusal::of(Code::ListingMarkState).at("kind"),
        "price_index_publications_pkey" | "price_index_points_pkey" => {
            Refusal::of(Code::IndexMonth).at("month")
        }
        "price_indices_replaces_key" => Refusal::of(Code::IndexState).at("replaces"),
        "price_indices_region_fkey" => Refusal::of(Code::RegionUnknown).at("region"),
        "price_shares_standing" => Refusal::of(Code::PriceShareState).at("reader"),
        "price_shares_region_fkey" => Refusal::of(Code::RegionUnknown).at("region"),
        "price_shares_reader_fkey" => Refusal::of(Code::RegionUnknown).at("reader"),
        "negotiated_prices_proposed" | "negotiated_prices_agreed" => {
            Refusal::of(Code::NegotiationState).at("listing")
        }
        "product_blocks_open" => Refusal::of(Code::ProductBlockState).at("kind"),
        "backup_supplies_running" => Refusal::of(Code::BackupSupplyState).at("product"),
        "rationings_running" => Refusal::of(Code::RationingState).at("product"),
        "demand_leads_member" => Refusal::of(Code::LeadState).at("member"),
        other => return settlement_refusal_of(other),
    })
}

/// The same, of direct settlement.
fn settlement_refusal_of(constraint: &str) -> Option<Refusal> {
    Some(match constraint {
        "ledger_events_closed" | "ledger_books_closed" => Refusal::of(Code::MonthClosed).at("day"),
        "ledger_accounts_held" | "ledger_accounts_transit" => {
            Refusal::of(Code::BalanceInsufficient).at("amount")
        }
        "ledger_events_instructed"
        | "ledger_events_answered"
        | "ledger_events_came_back"
        | "payments_live"
        | "payments_replaced" => Refusal::of(Code::PaymentState).at("payment"),
        "designations_open" => Refusal::of(Code::DesignationState).at("hospital"),
        "paying_accounts_book_fkey" => Refusal::of(Code::NotFound).at("area"),
        "ledger_books_area_fkey" | "designations_area_fkey" | "settlement_terms_area_fkey" => {
            Refusal::of(Code::RegionUnknown).at("area")
        }
        "ledger_proposals_hospital_fkey" | "ledger_events_hospital_fkey" => {
            Refusal::of(Code::NotFound).at("hospital")
        }
        "statements_book_fkey" => Refusal::of(Code::NotFound).at("book"),
        "invoices_number_key" | "first_invoices_number_key" => Refusal::of(Code::InvoiceTaken).at("number"),
        "statements_month_key" | "statements_carried_from_key" => {
            Refusal::of(Code::StatementExists).at("month")
        }
        "outside_payments_told" => Refusal::of(Code::OutsidePaymentKnown).at("reference"),
        "payment_standard_sets_region_fkey" => Refusal::of(Code::RegionUnknown).at("region"),
        _other => return None,
    })
}

// Diesel has no kind for these; Postgres words them the same in every message catalogue that the cluster is made with (C).
fn deadlocked(message: &str) -> bool {
    message.contains("deadlock detected")
}

fn cut_short(message: &str) -> bool {
    const CUTS: [&str; 5] = [
        "canceling statement due to",
        "terminating connection due to",
        "the database system is",
        "connection closed",
        "error communicating with the server",
    ];
    CUTS.iter().any(|cut| message.contains(cut))
}
