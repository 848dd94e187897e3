//! The office's side: products and applicants are approved, returned and rejected, each with an entry of its own.
use jicai_domain::audit::{Act, IdempotencyKey};
use jicai_domain::identity::{Caller, Permission, Reason, Version};
use jicai_domain::ids::{QualificationId, RoundProductId};
use jicai_domain::procurement::qualification::{Controller, Qualification, QualificationCommand, Verdict};
use jicai_store::audit::record_with;
use jicai_store::procurement::qualification::{self as rows, Side};
use jicai_store::procurement::rounds;

use super::{act, seen_at};
use crate::app::App;
use crate::audit::{Changed, actor, keyed, once};
use crate::errors::Error;

/// What the review of an applicant comes to.
pub enum Judgement {
    /// It qualifies, with its approved products.
    Approve,
    /// Something has to be put right.
    Return(Reason),
    /// It does not qualify.
    Reject(Reason),
    /// What was decided is taken back, to decide again.
    Reopen(Reason),
}

/// Who controls an applicant, as the office says.
pub struct SetController {
    /// The application.
    pub id: QualificationId,
    /// The version that the caller has seen.
    pub version: Version,
    /// The controlling firm; none where the applicant stands for itself.
    pub controller: Option<Controller>,
    /// Why.
    pub reason: Reason,
    /// The key of the request.
    pub key: IdempotencyKey,
}

impl From<Judgement> for QualificationCommand {
    fn from(judgement: Judgement) -> Self {
        match judgement {
            Judgement::Approve => Self::Approve,
            Judgement::Return(reason) => Self::Return { reason },
            Judgement::Reject(reason) => Self::Reject { reason },
            Judgement::Reopen(reason) => Self::Reopen { reason },
        }
    }
}

/// Decides about products of an application. Errors: `FORBIDDEN`, `NOT_FOUND`, `ROUND_CLOSED`, `ROUND_STATE`, `QUALIFICATION_STATE`,
/// `STALE_VERSION`.
pub async fn decide_products(
    app: &App,
    caller: &Caller,
    seen: (QualificationId, Version),
    verdicts: Vec<(RoundProductId, Verdict)>,
    key: &IdempotencyKey,
) -> Result<Changed<QualificationId>, Error> {
    decide(app, caller, seen, QualificationCommand::Decide { verdicts }, key).await
}

/// Decides about an applicant. Errors: as of `decide_products`, `QUALIFICATION_UNDECIDED` for an approval, `ROUND_CLOSED` for a return
/// that could no longer be answered.
pub async fn judge_qualification(
    app: &App,
    caller: &Caller,
    seen: (QualificationId, Version),
    judgement: Judgement,
    key: &IdempotencyKey,
) -> Result<Changed<QualificationId>, Error> {
    decide(app, caller, seen, judgement.into(), key).await
}

/// Says who controls an applicant, whatever it declares. Errors: as of `decide_products`.
pub async fn set_controller(
    app: &App,
    caller: &Caller,
    command: SetController,
) -> Result<Changed<QualificationId>, Error> {
    let SetController { id, version, controller, reason, key } = command;
    let command = QualificationCommand::SetController { controller, reason };
    decide(app, caller, (id, version), command, &key).await
}

async fn decide(
    app: &App,
    caller: &Caller,
    (id, version): (QualificationId, Version),
    command: QualificationCommand,
    key: &IdempotencyKey,
) -> Result<Changed<QualificationId>, Error> {
    let side = Side::Office(caller.require(Permission::ReviewQualifications)?);
    let said = [id.to_string(), version.number().to_string(), format!("{command:?}")];
    let keyed = keyed(app, Some(caller), key, "decide_qualification", &said.each_ref().map(String::as_str));
    once(app, &keyed, async |tx| {
        let round = rows::round_of(tx, &side, id).await?;
        let round = rounds::share(tx, round).await?;
        let now = tx.now().await?;
        round.accepts_qualification_reviews(now)?;
        if matches!(command, QualificationCommand::Return { .. }) {
            round.accepts_applications(now)?;
        }
        let current = seen_at(version, rows::lock(tx, &side, id).await?)?;
        caller.reviews(current.applicant)?;
        let decided = current.apply(command.clone())?;
        rows::save(tx, &decided, version).await?;
        let (first, more) = told(&command, &decided);
        let answer = Changed { id: decided.id, version: decided.version };
        Ok(record_with(tx, actor(caller), first, more, answer).await?)
    })
    .await
}

/// What the log says; each decision about a product is an entry of its own.
fn told(command: &QualificationCommand, decided: &Qualification) -> (Act, Vec<Act>) {
    use QualificationCommand as C;
    let told = |kind| act(kind, decided).concerning(decided.applicant);
    match command {
        C::Decide { verdicts } => {
            (act("ProductsDecided", decided), verdicts.iter().map(|one| verdict_told(one, decided)).collect())
        }
        C::Approve => (told("QualificationApproved"), Vec::new()),
        C::Return { reason } => (told("QualificationReturned").with("reason", reason.as_str()), Vec::new()),
        C::Reject { reason } => (told("QualificationRejected").with("reason", reason.as_str()), Vec::new()),
        C::Reopen { reason } => (told("QualificationReopened").with("reason", reason.as_str()), Vec::new()),
        C::SetController { controller, reason } => {
            let key = controller.as_ref().map_or("", Controller::key);
            let act = told("QualificationGrouped").with("controller", key);
            (act.with("reason", reason.as_str()), Vec::new())
        }
        C::Revise { .. } => (act("QualificationRevised", decided), Vec::new()),
        C::Submit => (act("QualificationSubmitted", decided), Vec::new()),
    }
}

fn verdict_told((product, verdict): &(RoundProductId, Verdict), decided: &Qualification) -> Act {
    let (kind, reason) = match verdict {
        Verdict::Approve => ("ProductApproved", ""),
        Verdict::Return(reason) => ("ProductReturned", reason.as_str()),
        Verdict::Reject(reason) => ("ProductRejected", reason.as_str()),
    };
    Act::new(kind, product).with("qualification", decided.id).with("reason", reason)
}
