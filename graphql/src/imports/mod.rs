//! Imports over GraphQL. Their files go over `/imports`.
use async_graphql::connection::Connection;
use async_graphql::{Context, Enum, ID, InputObject, Object};
use jicai_domain::audit::IdempotencyKey;
use jicai_domain::documents::Document as StoredDocument;
use jicai_domain::ids::{DocumentId, Id, ImportId};
use jicai_domain::imports as domain;
use jicai_service::{documents, imports as cases};

use crate::asking::{app, caller};
use crate::connection::{connection, cost, page};
use crate::documents::Document;
use crate::error::ApiError;

/// What is brought in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "jicai_domain::imports::ImportKind")]
enum ImportKind {
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
    /// Lines of orders of institutions, all of a file or each that is right.
    Orders,
    /// Payment standards that are published elsewhere, all of a file or none.
    PaymentStandards,
}

/// Where an import stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
enum ImportStatus {
    /// It waits for a worker.
    Queued,
    /// Rows are being read.
    Running,
    /// Every row was read.
    Done,
    /// The file cannot be read any further; what was taken before that stays.
    Failed,
    /// Somebody ended it; what was taken before that stays.
    Cancelled,
}

/// 导入, a table of rows that somebody brings in.
pub(crate) struct Import(domain::Import);

#[Object]
impl Import {
    /// Its id.
    async fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// What is brought in.
    async fn kind(&self) -> ImportKind {
        self.0.kind.into()
    }

    /// The id of the round that it is for, where the kind needs one.
    async fn round_id(&self) -> Option<ID> {
        self.0.round.map(|round| ID(round.to_string()))
    }

    /// Whether a row that is wrong keeps out every other one.
    async fn whole(&self) -> bool {
        self.0.whole
    }

    /// Where it stands.
    async fn status(&self) -> ImportStatus {
        match self.0.status {
            domain::ImportStatus::Queued => ImportStatus::Queued,
            domain::ImportStatus::Running => ImportStatus::Running,
            domain::ImportStatus::Done => ImportStatus::Done,
            domain::ImportStatus::Failed { .. } => ImportStatus::Failed,
            domain::ImportStatus::Cancelled => ImportStatus::Cancelled,
        }
    }

    /// Why it failed.
    async fn fault(&self) -> Option<ImportFault> {
        match &self.0.status {
            domain::ImportStatus::Failed { fault } => Some(ImportFault(fault.clone())),
            domain::ImportStatus::Queued
            | domain::ImportStatus::Running
            | domain::ImportStatus::Done
            | domain::ImportStatus::Cancelled => None,
        }
    }

    /// Rows that were read so far, without the header, as a decimal number.
    async fn rows_read(&self) -> String {
        self.0.rows_read.to_string()
    }

    /// Rows that were taken so far, as a decimal number.
    async fn rows_accepted(&self) -> String {
        self.0.rows_accepted().to_string()
    }

    /// Rows that were not taken so far, as a decimal number.
    async fn rows_rejected(&self) -> String {
        self.0.rows_rejected.to_string()
    }

    /// The file that was sent.
    #[graphql(complexity = "1 + child_complexity")]
    async fn document(&self, ctx: &Context<'_>) -> Result<Document, ApiError> {
        Ok(Document(found(ctx, self.0.document).await?))
    }

    /// The rows that were not taken, as CSV with what is wrong with each; it can be put right and sent again.
    #[graphql(complexity = "1 + child_complexity")]
    async fn rejected_rows(&self, ctx: &Context<'_>) -> Result<Option<Document>, ApiError> {
        match self.0.rejected_rows {
            Some(id) => Ok(Some(Document(found(ctx, id).await?))),
            None => Ok(None),
        }
    }
}

async fn found(ctx: &Context<'_>, id: DocumentId) -> Result<StoredDocument, ApiError> {
    Ok(documents::document(app(ctx)?, caller(ctx)?, id).await?)
}

/// Why an import failed.
struct ImportFault(domain::ImportFault);

#[Object]
impl ImportFault {
    /// The code of the error table.
    async fn code(&self) -> &str {
        self.0.code.spec().name
    }

    /// What it means.
    async fn message(&self) -> &str {
        self.0.code.spec().english
    }

    /// What it means, in Chinese.
    async fn message_zh(&self) -> &str {
        self.0.code.spec().chinese
    }

    /// What is missing, or would have been right.
    async fn detail(&self) -> &str {
        &self.0.detail
    }
}

/// Queries about imports.
#[derive(Default)]
pub(crate) struct ImportsQuery;

#[Object]
impl ImportsQuery {
    /// An import of the caller's organization.
    async fn import(&self, ctx: &Context<'_>, id: ID) -> Result<Import, ApiError> {
        let caller = caller(ctx)?;
        let id = ImportId::parse(&id).map_err(|refusal| refusal.at("id"))?;
        Ok(Import(cases::find_import(app(ctx)?, caller, id).await?))
    }

    /// The imports of the caller's organization, the newest first.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn imports(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<Connection<String, Import>, ApiError> {
        let caller = caller(ctx)?;
        let page = page(first, after.as_deref(), ImportId::parse)?;
        let part = cases::imports(app(ctx)?, caller, &page).await?;
        Ok(connection(part, |import| import.id.to_string(), Import))
    }
}

/// An import that is not wanted any more.
#[derive(InputObject)]
struct CancelImportInput {
    /// The import.
    id: ID,
    /// A new key for a new request, the same for its repetition.
    idempotency_key: String,
}

/// An import that the platform gave up.
#[derive(InputObject)]
struct RestartImportInput {
    /// The import.
    id: ID,
    /// A new key for a new request, the same for its repetition.
    idempotency_key: String,
}

/// Mutations of imports.
#[derive(Default)]
pub(crate) struct ImportsMutation;

#[Object]
impl ImportsMutation {
    /// End an import; what was taken stays. 取消导入
    async fn cancel_import(&self, ctx: &Context<'_>, input: CancelImportInput) -> Result<ID, ApiError> {
        let caller = caller(ctx)?;
        let id = ImportId::parse(&input.id).map_err(|refusal| refusal.at("id"))?;
        let key = IdempotencyKey::parse(&input.idempotency_key)?;
        Ok(ID(cases::cancel_import(app(ctx)?, caller, id, &key).await?.to_string()))
    }

    /// Have an import read on after the platform gave it up (`IMPORT_GIVEN_UP`); what was taken stays. 重新启动导入
    async fn restart_import(&self, ctx: &Context<'_>, input: RestartImportInput) -> Result<ID, ApiError> {
        let caller = caller(ctx)?;
        let id = ImportId::parse(&input.id).map_err(|refusal| refusal.at("id"))?;
        let key = IdempotencyKey::parse(&input.idempotency_key)?;
        Ok(ID(cases::restart_import(app(ctx)?, caller, id, &key).await?.to_string()))
    }
}
