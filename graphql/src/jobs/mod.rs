//! The platform's work over GraphQL, for administrators.
use async_graphql::connection::Connection;
use async_graphql::{Context, Enum, ID, InputObject, Object};
use jicai_domain::audit::IdempotencyKey;
use jicai_domain::errors::Refusal;
use jicai_domain::identity::Reason;
use jicai_domain::ids::{Id, JobId};
use jicai_service::jobs::{self as cases, JobState};

use crate::asking::{app, caller};
use crate::connection::{connection, cost, page};
use crate::dates::DateTime;
use crate::error::ApiError;

/// Where a piece of work stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "jicai_service::jobs::JobStatus")]
enum JobStatus {
    /// It waits until it is due.
    Queued,
    /// A worker has it.
    Running,
    /// It is done.
    Done,
    /// It was given up.
    Dead,
}

/// A piece of work that the platform does by itself.
struct Job(cases::Job);

#[Object]
impl Job {
    /// Its id.
    async fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// What kind of work.
    async fn kind(&self) -> &'static str {
        self.0.kind.rule().name
    }

    /// What it is about: an id, or nothing.
    async fn subject(&self) -> &str {
        &self.0.subject
    }

    /// Where it stands.
    async fn status(&self) -> JobStatus {
        cases::JobStatus::of(&self.0.state).into()
    }

    /// How often it was begun.
    async fn tries(&self) -> i32 {
        self.0.tries
    }

    /// When it is due, or when a worker loses it to another.
    async fn due_at(&self) -> Option<DateTime> {
        match &self.0.state {
            JobState::Queued { due } => Some(DateTime(*due)),
            JobState::Running { until } => Some(DateTime(*until)),
            JobState::Done | JobState::Dead { .. } => None,
        }
    }

    /// What went wrong the last time, where it was given up.
    async fn fault(&self) -> Option<&str> {
        match &self.0.state {
            JobState::Dead { fault } => Some(fault),
            JobState::Queued { .. } | JobState::Running { .. } | JobState::Done => None,
        }
    }
}

/// Queries about the platform's work.
#[derive(Default)]
pub(crate) struct JobsQuery;

#[Object]
impl JobsQuery {
    /// The platform's work of a status, the newest first. For administrators.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn jobs(
        &self,
        ctx: &Context<'_>,
        status: JobStatus,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<Connection<String, Job>, ApiError> {
        let caller = caller(ctx)?;
        let page = page(first, after.as_deref(), JobId::parse)?;
        let part = cases::jobs(app(ctx)?, caller, status.into(), &page).await?;
        Ok(connection(part, |job| job.id.to_string(), Job))
    }
}

/// Work that is to be tried again.
#[derive(InputObject)]
struct RetryJobInput {
    /// Its id.
    id: ID,
    /// A new key for a new request, the same for its repetition.
    idempotency_key: String,
}

/// Work that is given up for good.
#[derive(InputObject)]
struct DiscardJobInput {
    /// Its id.
    id: ID,
    /// Why.
    reason: String,
    /// A new key for a new request, the same for its repetition.
    idempotency_key: String,
}

/// Mutations of the platform's work.
#[derive(Default)]
pub(crate) struct JobsMutation;

#[Object]
impl JobsMutation {
    /// Have work that was given up tried again. 重试
    async fn retry_job(&self, ctx: &Context<'_>, input: RetryJobInput) -> Result<ID, ApiError> {
        let caller = caller(ctx)?;
        let key = IdempotencyKey::parse(&input.idempotency_key)?;
        Ok(ID(cases::retry_job(app(ctx)?, caller, job_id(&input.id)?, &key).await?.to_string()))
    }

    /// Give up work for good. 放弃
    async fn discard_job(&self, ctx: &Context<'_>, input: DiscardJobInput) -> Result<ID, ApiError> {
        let caller = caller(ctx)?;
        let key = IdempotencyKey::parse(&input.idempotency_key)?;
        let reason = Reason::parse(&input.reason)?;
        let job = cases::discard_job(app(ctx)?, caller, job_id(&input.id)?, &reason, &key).await?;
        Ok(ID(job.to_string()))
    }
}

fn job_id(id: &ID) -> Result<JobId, Refusal> {
    JobId::parse(id).map_err(|refusal| refusal.at("id"))
}
