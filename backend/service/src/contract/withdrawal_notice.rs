//! What everybody reads of a product that left: the decision as one text with its digest, without any price.
use jicai_domain::contract::cascade::Plan;
use jicai_domain::contract::withdrawal::Withdrawal;
use jicai_domain::documents::Digest;
use jicai_domain::identity::{Caller, Permission, Reason};
use jicai_domain::ids::{OfficialResultId, OrganizationId, WithdrawalId};
pub use jicai_store::contract::withdrawals::ShownWithdrawal;
use jicai_store::contract::withdrawals::{self, Decision};
use jicai_store::{Page, Part};
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use super::withdrawal::Standing;
use crate::app::App;
use crate::errors::Error;

// The order of the fields is the order of the text.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct NoticeText<'a> {
    answer: &'a str,
    decided_at: Option<i64>,
    filed_at: i64,
    ground: &'static str,
    holder: &'a str,
    lot: i32,
    product: String,
    product_name: &'a str,
    reason: &'a str,
    regions: Vec<RegionText>,
    result: String,
    schema: &'static str,
    withdrawal: String,
}

#[derive(Serialize)]
struct RegionText {
    content: Option<String>,
    region: String,
    /// Who takes over, in which step, how much; without anybody what is left over.
    shares: Vec<(Option<String>, Option<&'static str>, u64)>,
    volume: u64,
}

/// A decision with what everybody reads of it. Prices are left out whatever the result discloses, so that the digest helps nobody to find
/// one by trying.
pub(super) fn announced(
    standing: &Standing,
    plan: &Plan,
    withdrawal: &Withdrawal,
    answer: &Reason,
    decided: String,
) -> Result<Decision, Error> {
    let product = standing.products.iter().find(|product| product.id == withdrawal.product);
    let product = product.ok_or_else(|| Error::broken(format!("{} is of no lot", withdrawal.product)))?;
    let regions = plan.successions.iter().map(|succession| RegionText {
        content: succession.content.map(|content| content.normalize().to_string()),
        region: succession.region.to_string(),
        shares: succession
            .shares
            .iter()
            .map(|share| {
                let (taker, step) = share.taker.unzip();
                (taker.map(|taker| taker.to_string()), step.map(|step| step.label()), share.volume)
            })
            .collect(),
        volume: succession.volume,
    });
    let text = NoticeText {
        answer: answer.as_str(),
        decided_at: withdrawal.decided.map(|(_by, at)| at.micros()),
        filed_at: withdrawal.filed_at.micros(),
        ground: withdrawal.ground.label(),
        holder: &product.holder.name,
        lot: product.lot_number,
        product: product.id.to_string(),
        product_name: &product.name,
        reason: withdrawal.reason.as_str(),
        regions: regions.collect(),
        result: standing.result.id.to_string(),
        schema: "jicai/withdrawal/1",
        withdrawal: withdrawal.id.to_string(),
    };
    let canonical = serde_json::to_string(&text).map_err(|error| Error::Broken(error.into()))?;
    let sha256 = Digest::new(Sha256::digest(canonical.as_bytes()).into());
    Ok(Decision { plan: decided, answer: answer.clone(), canonical, sha256 })
}

/// A withdrawal: for everybody one that is decided, for its firm and its office also one that waits. Errors: `NOT_FOUND`.
pub async fn withdrawal(
    app: &App,
    caller: Option<&Caller>,
    id: WithdrawalId,
) -> Result<ShownWithdrawal, Error> {
    let mut tx = app.store.read().await?;
    Ok(withdrawals::find(&mut tx, own(caller), id).await?)
}

/// A part of such withdrawals, of one official result or of all, the newest first.
pub async fn withdrawals_of(
    app: &App,
    caller: Option<&Caller>,
    result: Option<OfficialResultId>,
    page: &Page<WithdrawalId>,
) -> Result<Part<ShownWithdrawal>, Error> {
    let mut tx = app.store.read().await?;
    Ok(withdrawals::list(&mut tx, own(caller), result, page).await?)
}

/// Whose withdrawals the caller sees before they are decided.
fn own(caller: Option<&Caller>) -> Option<OrganizationId> {
    let permissions = [Permission::WithdrawSelection, Permission::ManageContracts];
    let may = |caller: &&Caller| permissions.iter().any(|permission| caller.require(*permission).is_ok());
    caller.filter(may).map(|caller| caller.organization)
}
