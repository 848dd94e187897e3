//! What waits for the caller.
use async_graphql::connection::Connection;
use async_graphql::{Context, Enum, ID, Object};
use jicai_service::tasks::{self as cases, TaskPlace};

use crate::asking::{app, caller};
use crate::connection::{connection, cost, page};
use crate::dates::DateTime;
use crate::error::ApiError;

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "jicai_service::tasks::TaskKind")]
enum TaskKind {
    /// The own registration was returned; the detail is the reason.
    CorrectRegistration,
    /// The own demand for a round, or that of a member, was returned; the detail is the reason.
    CorrectDemand,
    /// A round accepts demand of the own region and none was submitted; the detail is its name.
    ReportDemand,
    /// A demand form waits for the reviewers of the own region; the detail is the institution's name.
    ReviewDemand,
    /// A round may be applied to and nothing was handed in; the detail is its name.
    ApplyForRound,
    /// The own application to a round was returned; the detail is the reason.
    CorrectQualification,
    /// An application to a round waits for review; the detail is the applicant's name.
    DecideQualification,
    /// A round waits to be published; the detail is its name.
    PublishRound,
    /// It is the own turn to choose a supply region of a lot.
    ChooseRegion,
    /// An objection waits to be decided.
    DecideObjection,
    /// A round waits for the own share of its key; the detail is its name.
    GiveShare,
    /// A firm has filed that it withdraws a product; the detail is the firm and the product.
    DecideWithdrawal,
    /// Contracts of the own office's result end within 90 days and nothing follows them; the detail is the result and how many.
    RenewContracts,
    /// A contract waits for the own seal; the detail is its product and region.
    SealContract,
    /// A change of agreed volume waits until the own organization agrees; the detail is the institution's name.
    AnswerVolumeChange,
    /// A change of agreed volume waits to be decided; the detail is the institution's name.
    DecideVolumeChange,
    /// A manufacturer asks the own organization to deliver; the detail is the manufacturer's name.
    AnswerDistribution,
    /// The own application for a listing was returned; the detail is the reason.
    CorrectListing,
    /// An application for a listing, or a price, waits to be decided; the detail is the product's name.
    DecideListing,
    /// A purchase without a listing waits to be decided; the detail is the product's name.
    DecideFiling,
    /// An institution asks for a price; the detail is its name.
    AnswerPrice,
    /// A price alert of the jurisdiction waits for somebody, or was given to the own person; the detail is the product.
    HandleAlert,
    /// Lines of an order wait for the seller's answer; the detail is the institution's name.
    ConfirmOrder,
    /// A delivery was sent and waits to be taken or rejected; the detail is the number of its note.
    AcceptDelivery,
    /// An emergency was ordered and not reported; the detail is the product's name.
    ReportEmergency,
    /// An organization waits for review; the detail is its name.
    ReviewOrganization,
    /// An invited user has not set a password; the detail is the login name.
    RemindUser,
    /// A webhook was disabled because its receiver accepts nothing; the detail is its address.
    RepairWebhook,
    /// Work was given up; the detail is what went wrong.
    SettleJob,
}

/// Something that waits for the caller. 待办
struct Task(cases::Task);

#[Object]
impl Task {
    /// What is to be done.
    async fn kind(&self) -> TaskKind {
        self.0.place.kind.into()
    }

    /// The same in English.
    async fn title(&self) -> &'static str {
        self.0.place.kind.english()
    }

    /// The same in Chinese.
    async fn title_zh(&self) -> &'static str {
        self.0.place.kind.chinese()
    }

    /// The id of what waits.
    async fn subject(&self) -> ID {
        ID(self.0.subject.clone())
    }

    /// Since when.
    async fn since(&self) -> DateTime {
        DateTime(self.0.place.since)
    }

    /// What helps to do it, depending on the kind.
    async fn detail(&self) -> &str {
        &self.0.detail
    }

    /// Until when it can be done, where it has a deadline.
    async fn until(&self) -> Option<DateTime> {
        self.0.until.map(DateTime)
    }
}

/// Queries about what waits for the caller.
#[derive(Default)]
pub(crate) struct TasksQuery;

#[Object]
impl TasksQuery {
    /// What waits for the caller now: by kind, and what waits longest first. Only what the caller may do.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn tasks(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<Connection<String, Task>, ApiError> {
        let caller = caller(ctx)?;
        let page = page(first, after.as_deref(), TaskPlace::parse)?;
        let part = cases::tasks(app(ctx)?, caller, &page).await?;
        Ok(connection(part, |task| task.place.to_string(), Task))
    }
}
