//! Tables of rows that somebody brings in: from the upload to the rows that were not taken.
mod demand;
mod invoices;
mod orders;
mod organizations;
mod results;
mod standards;

pub use demand::{ImportedDemand, read_demand};
pub use invoices::{ImportedInvoiceLine, read_invoice_line};
pub use orders::{ImportedOrderLine, OrderBasis, read_order_line};
pub use organizations::{ImportedOrganization, read_organization};
pub use results::{ImportedSelection, read_selection};
pub use standards::{ImportedStandard, read_standard};

use crate::catalog::release;
use crate::errors::{Code, Refusal};
use crate::identity::{Caller, Permission, Scope};
use crate::ids::{DocumentId, ImportId, OrganizationId, RoundId, SessionId};
use crate::pricing::report;

/// What is brought in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ImportKind {
    /// Institutions that an authority vouches for.
    Organizations,
    /// What institutions report for a round.
    Demand,
    /// A result that was made elsewhere.
    Results,
    /// A national release of items.
    Catalog,
    /// Prices.
    Prices,
    /// Lines of invoices and red-letter notes, all of a file or none.
    Invoices,
    /// Lines of orders of institutions.
    Orders,
    /// Payment standards that are published elsewhere, all of a file or none.
    PaymentStandards,
}

impl ImportKind {
    /// Every kind.
    pub const ALL: &[ImportKind] = &[
        Self::Organizations,
        Self::Demand,
        Self::Results,
        Self::Catalog,
        Self::Prices,
        Self::Invoices,
        Self::Orders,
        Self::PaymentStandards,
    ];

    /// The stable label, in rows and on the wire.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Organizations => "ORGANIZATIONS",
            Self::Demand => "DEMAND",
            Self::Results => "RESULTS",
            Self::Catalog => "CATALOG",
            Self::Prices => "PRICES",
            Self::Invoices => "INVOICES",
            Self::Orders => "ORDERS",
            Self::PaymentStandards => "PAYMENT_STANDARDS",
        }
    }

    /// The kind with that label.
    pub fn from_label(label: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.label() == label)
    }

    /// Reads the last part of the address that a table is sent to. Errors: `IMPORT_KIND`.
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        let label = text.to_uppercase().replace('-', "_");
        Self::from_label(&label).ok_or_else(|| {
            let address = |kind: &Self| kind.label().to_lowercase().replace('_', "-");
            let known: Vec<String> = Self::ALL.iter().map(address).collect();
            Refusal::of(Code::ImportKind).at("kind").allowing(known.join(", "))
        })
    }

    /// Its columns, each with the headers that name it; the first is Chinese, the second English. All but the optional ones are needed.
    pub const fn columns(self) -> &'static [&'static [&'static str]] {
        match self {
            Self::Organizations => organizations::COLUMNS,
            Self::Demand => demand::COLUMNS,
            Self::Results => results::COLUMNS,
            Self::Catalog => release::COLUMNS,
            Self::Prices => report::COLUMNS,
            Self::Invoices => invoices::COLUMNS,
            Self::Orders => orders::COLUMNS,
            Self::PaymentStandards => standards::COLUMNS,
        }
    }

    /// How many of its last columns may be missing.
    pub const fn optional_columns(self) -> usize {
        match self {
            Self::Organizations | Self::Demand | Self::Catalog => 0,
            Self::Results => results::OPTIONAL,
            Self::Prices => report::OPTIONAL,
            Self::Invoices => invoices::OPTIONAL,
            Self::Orders => orders::OPTIONAL,
            Self::PaymentStandards => standards::OPTIONAL,
        }
    }

    /// Whether it is a release of items, which says of itself where it comes from.
    pub const fn is_release(self) -> bool {
        match self {
            Self::Organizations
            | Self::Demand
            | Self::Results
            | Self::Prices
            | Self::Invoices
            | Self::Orders
            | Self::PaymentStandards => false,
            Self::Catalog => true,
        }
    }

    /// Whether a row of it belongs to a round.
    pub const fn is_of_a_round(self) -> bool {
        match self {
            Self::Organizations
            | Self::Results
            | Self::Catalog
            | Self::Prices
            | Self::Invoices
            | Self::Orders
            | Self::PaymentStandards => false,
            Self::Demand => true,
        }
    }

    /// Whether its rows wait until all of them were read, and are taken by one transaction.
    pub const fn waits(self) -> bool {
        match self {
            Self::Organizations | Self::Demand | Self::Results | Self::Catalog | Self::Prices => false,
            Self::Invoices | Self::Orders | Self::PaymentStandards => true,
        }
    }

    /// Whether a row that is wrong keeps out every other one: of invoices and payment standards always, of orders where nobody asked for each row by itself.
    pub fn is_whole(self, asked: Option<bool>) -> bool {
        match self {
            Self::Organizations | Self::Demand | Self::Results | Self::Catalog | Self::Prices => false,
            Self::Invoices | Self::PaymentStandards => true,
            Self::Orders => asked.unwrap_or(true),
        }
    }

    /// Whether a program of the organization may bring it in.
    pub const fn is_open_to_programs(self) -> bool {
        match self {
            Self::Organizations
            | Self::Demand
            | Self::Results
            | Self::Catalog
            | Self::Prices
            | Self::Invoices
            | Self::PaymentStandards => false,
            Self::Orders => true,
        }
    }

    /// Rows that one transaction takes; far below five seconds.
    pub const fn rows_at_once(self) -> usize {
        match self {
            Self::Organizations => 500,
            Self::Demand => 5_000,
            Self::Results => 1_000,
            Self::Catalog | Self::Prices | Self::Invoices | Self::Orders | Self::PaymentStandards => 5_000,
        }
    }

    /// What lets somebody bring it in, each over what it reaches: any one of them.
    pub const fn permissions(self) -> &'static [Permission] {
        match self {
            Self::Organizations => &[Permission::ImportOrganizations],
            Self::Demand => &[Permission::ReportDemand, Permission::ReviewDemand],
            Self::Results => &[Permission::ImportResults],
            Self::Catalog => &[Permission::KeepReleases],
            Self::Prices => &[Permission::ReportPrices, Permission::CollectPrices],
            Self::Invoices => &[Permission::ApplyForSettlement],
            Self::Orders => &[Permission::PlaceOrders],
            Self::PaymentStandards => &[Permission::KeepPaymentStandards],
        }
    }

    /// What the caller may bring in of it. Errors: `FORBIDDEN`.
    pub fn scope(self, caller: &Caller) -> Result<Scope, Refusal> {
        let mut scopes = self.permissions().iter().filter_map(|permission| caller.require(*permission).ok());
        scopes.next().ok_or(Refusal::of(Code::Forbidden))
    }
}

/// Where the columns of a kind are in a header; one that may be missing and is lies past every row. What is not known is left alone. Errors: `COLUMN_MISSING`, naming all that are,
/// `COLUMN_DUPLICATE`.
pub fn positions(kind: ImportKind, header: &[String]) -> Result<Vec<usize>, Refusal> {
    let named: Vec<String> = header.iter().map(|name| name.trim().to_lowercase()).collect();
    let find = |names: &&[&str]| -> Vec<usize> {
        (0..named.len())
            .filter(|at| named.get(*at).is_some_and(|name| names.contains(&name.as_str())))
            .collect()
    };
    let found: Vec<Vec<usize>> = kind.columns().iter().map(find).collect();
    let needed = found.len().saturating_sub(kind.optional_columns());
    let those = |unfit: fn(usize) -> bool, looked_at: usize| -> Option<String> {
        let unfit = kind.columns().iter().zip(&found).take(looked_at).filter(|(_, found)| unfit(found.len()));
        let names: Vec<String> =
            unfit.map(|(names, _)| names.get(..2).unwrap_or_default().join("/")).collect();
        (!names.is_empty()).then(|| names.join(", "))
    };
    if let Some(missing) = those(|count| count == 0, needed) {
        return Err(Refusal::of(Code::ColumnMissing).at("header").allowing(missing));
    }
    if let Some(twice) = those(|count| count > 1, found.len()) {
        return Err(Refusal::of(Code::ColumnDuplicate).at("header").allowing(twice));
    }
    Ok(found.into_iter().map(|found| found.first().copied().unwrap_or(usize::MAX)).collect())
}

/// A table that is brought in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Import {
    /// Its id.
    pub id: ImportId,
    /// Whose it is.
    pub organization: OrganizationId,
    /// The login that began it; none where a program did.
    pub session: Option<SessionId>,
    /// What is brought in.
    pub kind: ImportKind,
    /// The round that it is for, where the kind needs one.
    pub round: Option<RoundId>,
    /// Whether a row that is wrong keeps out every other one.
    pub whole: bool,
    /// The file.
    pub document: DocumentId,
    /// Where it stands.
    pub status: ImportStatus,
    /// The header, once it was read.
    pub header: Option<Vec<String>>,
    /// Rows that were read, without the header.
    pub rows_read: u64,
    /// Rows of them that were not taken.
    pub rows_rejected: u64,
    /// The file of the rows that were not taken.
    pub rejected_rows: Option<DocumentId>,
}

/// Where an import stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ImportStatus {
    /// It waits for a worker.
    Queued,
    /// Rows are being read.
    Running,
    /// Every row was read.
    Done,
    /// The file cannot be read any further; what was taken before that stays.
    Failed {
        /// Why.
        fault: ImportFault,
    },
    /// Somebody ended it; what was taken before that stays.
    Cancelled,
}

/// Why an import failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportFault {
    /// The code of the table of errors.
    pub code: Code,
    /// What would have been right, or what was found.
    pub detail: String,
}

/// What can happen to an import.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ImportCommand {
    /// Rows were read.
    Read {
        /// How many.
        rows: u64,
        /// How many of them were not taken.
        rejected: u64,
    },
    /// Those were all.
    Finish {
        /// The file of the rows that were not taken; none when all were.
        rejected_rows: Option<DocumentId>,
    },
    /// It cannot be read any further.
    Fail {
        /// Why.
        fault: ImportFault,
    },
    /// It is not wanted any more.
    Cancel,
}

impl ImportStatus {
    /// The stable label.
    pub const fn label(&self) -> &'static str {
        match self {
            Self::Queued => "QUEUED",
            Self::Running => "RUNNING",
            Self::Done => "DONE",
            Self::Failed { .. } => "FAILED",
            Self::Cancelled => "CANCELLED",
        }
    }

    /// Whether there is more to come.
    pub const fn is_open(&self) -> bool {
        match self {
            Self::Queued | Self::Running => true,
            Self::Done | Self::Failed { .. } | Self::Cancelled => false,
        }
    }
}

impl Import {
    /// The import after the command. Errors: `IMPORT_STATE` once it has ended.
    pub fn apply(self, command: ImportCommand) -> Result<Import, Refusal> {
        if !self.status.is_open() {
            return Err(Refusal::of(Code::ImportState).allowing(format!("not while {}", self.status.label())));
        }
        Ok(match command {
            ImportCommand::Read { rows, rejected } => Import {
                status: ImportStatus::Running,
                rows_read: self.rows_read.saturating_add(rows),
                rows_rejected: self.rows_rejected.saturating_add(rejected),
                ..self
            },
            ImportCommand::Finish { rejected_rows } => {
                Import { status: ImportStatus::Done, rejected_rows, ..self }
            }
            ImportCommand::Fail { fault } => Import { status: ImportStatus::Failed { fault }, ..self },
            ImportCommand::Cancel => Import { status: ImportStatus::Cancelled, ..self },
        })
    }

    /// The import as it is read on after the platform gave it up; rows that were taken stay taken. Errors: `IMPORT_STATE` in every other state.
    pub fn restart(self) -> Result<Import, Refusal> {
        let given_up =
            matches!(&self.status, ImportStatus::Failed { fault } if fault.code == Code::ImportGivenUp);
        if !given_up {
            return Err(Refusal::of(Code::ImportState).allowing(format!("not while {}", self.status.label())));
        }
        let status = if self.rows_read == 0 { ImportStatus::Queued } else { ImportStatus::Running };
        Ok(Import { status, ..self })
    }

    /// Rows that were taken: of a table that is taken whole, none beside one that is wrong.
    pub const fn rows_accepted(&self) -> u64 {
        if self.whole && self.rows_rejected > 0 {
            return 0;
        }
        self.rows_read.saturating_sub(self.rows_rejected)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::Id;

    fn import(status: ImportStatus) -> Import {
        Import {
            id: ImportId::from_number(1),
            organization: OrganizationId::from_number(2),
            session: Some(SessionId::from_number(3)),
            kind: ImportKind::Organizations,
            round: None,
            whole: false,
            document: DocumentId::from_number(4),
            status,
            header: None,
            rows_read: 0,
            rows_rejected: 0,
            rejected_rows: None,
        }
    }

    #[test]
    fn every_state_answers_every_command() {
        const NO: &str = "IMPORT_STATE";
        let fault = ImportFault { code: Code::FileEmpty, detail: String::new() };
        let failed = ImportStatus::Failed { fault: fault.clone() };
        let statuses = [
            ImportStatus::Queued,
            ImportStatus::Running,
            ImportStatus::Done,
            failed,
            ImportStatus::Cancelled,
        ];
        let commands = [
            ImportCommand::Read { rows: 3, rejected: 1 },
            ImportCommand::Finish { rejected_rows: None },
            ImportCommand::Fail { fault },
            ImportCommand::Cancel,
        ];
        let open = ["RUNNING", "DONE", "FAILED", "CANCELLED"];
        for (status, expected) in statuses.into_iter().zip([open, open, [NO; 4], [NO; 4], [NO; 4]]) {
            let told = commands.clone().map(|command| {
                let next = import(status.clone()).apply(command);
                next.map_or_else(|refusal| refusal.code.spec().name, |next| next.status.label())
            });
            assert_eq!(told, expected, "{status:?}");
        }
        let read = import(ImportStatus::Queued).apply(commands[0].clone()).unwrap();
        assert_eq!((read.rows_read, read.rows_accepted(), read.rows_rejected), (3, 2, 1));
        assert_eq!(Import { whole: true, ..read }.rows_accepted(), 0);
    }

    #[test]
    fn only_what_was_given_up_is_read_on_from_where_it_was() {
        let failed = |code| ImportStatus::Failed { fault: ImportFault { code, detail: String::new() } };
        let again = |status, rows_read| {
            let next = Import { rows_read, ..import(status) }.restart();
            next.map_or_else(|refusal| refusal.code.spec().name, |next| next.status.label())
        };
        assert_eq!(again(failed(Code::ImportGivenUp), 0), "QUEUED");
        assert_eq!(again(failed(Code::ImportGivenUp), 7), "RUNNING");
        let others =
            [ImportStatus::Queued, ImportStatus::Running, ImportStatus::Done, ImportStatus::Cancelled];
        for status in others.into_iter().chain([failed(Code::FileUnreadable)]) {
            assert_eq!(again(status, 7), "IMPORT_STATE");
        }
    }

    #[test]
    fn a_header_names_each_column_once_in_either_language() {
        let at = |names: &str| {
            let header: Vec<String> = names.split(',').map(str::to_owned).collect();
            positions(ImportKind::Organizations, &header)
                .map_err(|refusal| refusal.allowed.unwrap_or_default())
        };
        assert_eq!(
            at("类型,名称,统一社会信用代码,地区代码,管理员登录名,管理员姓名"),
            Ok(vec![0, 1, 2, 3, 4, 5])
        );
        assert_eq!(at("备注,Clerk, Person,KIND,name,credit code,regions"), Ok(vec![3, 4, 5, 6, 1, 2]));
        assert_eq!(
            at("类型,名称,clerk,person"),
            Err("统一社会信用代码/credit code, 地区代码/regions".to_owned())
        );
        assert_eq!(at("kind,类型,name,credit code,regions,clerk,person"), Err("类型/kind".to_owned()));
    }
}
