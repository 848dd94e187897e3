//! 退出与接替供应: a product leaves what it was selected for. What follows is shown before anybody confirms, and is then decided as it was shown.
use std::collections::{BTreeMap, BTreeSet};

use jicai_domain::audit::{Act, IdempotencyKey};
use jicai_domain::contract::cascade::{Answer, Ground, Leaving, Lot, Plan, Situation, opening, plan};
use jicai_domain::contract::explanation::Explanation;
use jicai_domain::contract::ledger::{Delivered, Ledger};
use jicai_domain::contract::official::{OfficialResult, ResultSource, SelectedProduct};
use jicai_domain::contract::withdrawal::Withdrawal;
use jicai_domain::documents::Digest;
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::{Caller, Permission, Reason};
use jicai_domain::ids::{OfficialResultId, SelectedProductId, WithdrawalId};
use jicai_domain::jobs::JobKind;
use jicai_domain::procurement::rules::{SuccessionRules, relation_preset, succession_preset};
use jicai_store::audit::{record, record_with};
use jicai_store::contract::official::{self, PlacedProduct};
use jicai_store::contract::volume::entries::Book;
use jicai_store::contract::volume::holdings;
use jicai_store::contract::withdrawals;
use jicai_store::{Tx, fresh, jobs};
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use super::official::sees_price;
use super::volume::cascade::{Decided, Year, running, take_hold};
use super::withdrawal_notice::announced;
use crate::app::App;
use crate::audit::{actor, keyed, once};
use crate::errors::Error;

/// What firms answered that were asked whether they take over.
pub type Answers = BTreeMap<SelectedProductId, Answer>;

/// What follows when a product leaves, as somebody sees it.
#[derive(Clone, Debug)]
pub struct Preview {
    /// Why it would leave.
    pub ground: Ground,
    /// What follows. Where the caller may not see every price, it tells none.
    pub plan: Plan,
    /// The products of the lot.
    pub products: BTreeMap<SelectedProductId, SelectedProduct>,
    /// The rules.
    pub rules: SuccessionRules,
    /// What the digest of the plan is: whoever confirms says with it what was seen.
    pub consequences: Digest,
}

/// A lot as it stands.
pub(super) struct Standing {
    pub(super) result: OfficialResult,
    pub(super) products: Vec<SelectedProduct>,
    pub(super) lot: Lot,
    /// What the result agrees for the years without contracts.
    pub(super) ledger: Ledger,
}

/// What follows when a product leaves.
struct Plans {
    /// For the years without contracts.
    ahead: Plan,
    /// For each year with contracts that have not ended.
    years: Vec<(Year, Plan)>,
    /// All that is told: of the contracts, or of the result while there are none.
    told: Plan,
}

impl Standing {
    /// Errors: `STALE_VERSION` for a product of a result that a later edition replaced.
    async fn read(tx: &mut Tx, placed: &PlacedProduct) -> Result<Standing, Error> {
        let lot_number = placed.product.lot_number;
        let result = official::find(tx, placed.result).await?;
        let newest = official::standing(tx, result.office, &result.name).await?;
        if newest.is_none_or(|newest| newest.edition != result.edition) {
            return Err(Refusal::of(Code::StaleVersion).at("product").into());
        }
        Self::of(tx, placed.result, lot_number).await
    }

    /// The lot of any edition.
    pub(super) async fn of(
        tx: &mut Tx,
        result: OfficialResultId,
        lot_number: i32,
    ) -> Result<Standing, Error> {
        let result = official::find(tx, result).await?;
        let products = official::lot(tx, result.id, lot_number).await?;
        let products: Vec<SelectedProduct> = products.into_iter().map(|placed| placed.product).collect();
        let moves = withdrawals::moves(tx, result.id, lot_number).await?;
        let mut ledger = Ledger::replay(&opening(&products))?;
        ledger.post(&moves.entries)?;
        let lot = Lot::of(&products, &relation_preset()).after(&moves.changes, &moves.left);
        Ok(Standing { result, products, lot, ledger })
    }

    /// What follows in each year, with the same answers. Nothing is delivered as long as nothing is ordered on the platform.
    async fn plans(
        &self,
        tx: &mut Tx,
        rules: &SuccessionRules,
        product: SelectedProductId,
        (ground, answers): (Ground, &Answers),
    ) -> Result<Plans, Error> {
        let leaving = Leaving { products: [product].into(), regions: None, ground };
        let delivered = Delivered::new();
        let planned = |ledger: &Ledger| {
            plan(Situation { rules, lot: &self.lot, ledger, delivered: &delivered }, &leaving, answers)
        };
        let ahead = planned(&self.ledger)?;
        let mut years = Vec::new();
        for year in running(tx, product).await? {
            let plan = planned(&year.ledger()?)?;
            years.push((year, plan));
        }
        let mut told = ahead.clone();
        if !years.is_empty() {
            let plans = || years.iter().map(|(_, plan)| plan);
            told.successions = plans().flat_map(|plan| plan.successions.iter().cloned()).collect();
            told.unanswered.extend(plans().flat_map(|plan| plan.unanswered.iter().copied()));
        }
        Ok(Plans { ahead, years, told })
    }
}

/// What would follow if a product left. For its firm, and for the office that announced it. Errors: `FORBIDDEN`, `NOT_FOUND`,
/// `SUPPLIER_NOT_SELECTED` once it has left.
pub async fn preview_withdrawal(
    app: &App,
    caller: &Caller,
    product: SelectedProductId,
    (ground, answers): (Ground, &Answers),
) -> Result<Preview, Error> {
    let side = Side::of(caller)?;
    let mut tx = app.store.read().await?;
    let placed = official::product(&mut tx, product).await?;
    let standing = Standing::read(&mut tx, &placed).await?;
    side.reaches(&standing.result, &placed.product)?;
    let rules = succession_preset();
    let mut plan = standing.plans(&mut tx, &rules, product, (ground, answers)).await?.told;
    let (_text, consequences) = told(product, ground, &rules, &plan)?;
    if !standing.products.iter().all(|other| sees_price(Some(caller), &standing.result, other)) {
        hide_prices(&mut plan);
    }
    let products = standing.products.into_iter().map(|product| (product.id, product)).collect();
    Ok(Preview { ground, plan, products, rules, consequences })
}

/// Who asks: the firm of a product, or an office.
struct Side<'a> {
    caller: &'a Caller,
    firm: bool,
}

impl<'a> Side<'a> {
    fn of(caller: &'a Caller) -> Result<Side<'a>, Refusal> {
        let firm = caller.require(Permission::WithdrawSelection).is_ok();
        if !firm {
            caller.require(Permission::ManageContracts)?;
        }
        Ok(Side { caller, firm })
    }

    fn reaches(&self, result: &OfficialResult, product: &SelectedProduct) -> Result<(), Refusal> {
        let owner = if self.firm { product.holder.organization } else { Some(result.office) };
        if owner == Some(self.caller.organization) { Ok(()) } else { Err(Refusal::of(Code::NotFound)) }
    }
}

/// Section 3 of the explanations tells prices.
fn hide_prices(plan: &mut Plan) {
    for succession in &mut plan.successions {
        succession.explanations.retain(|explanation| explanation.info().section != 3);
        succession.shares.iter_mut().for_each(|share| share.price = None);
    }
}

/// A withdrawal that a firm files.
#[derive(Clone, Debug)]
pub struct WithdrawSelection {
    /// The product.
    pub product: SelectedProductId,
    /// Why.
    pub reason: Reason,
    /// The digest of what follows, as it was shown.
    pub consequences: String,
    /// The key of the request.
    pub key: IdempotencyKey,
}

/// Files that the caller's product leaves; the office that announced it decides. Errors: `FORBIDDEN`, `NOT_FOUND`, `STALE_VERSION` where
/// something else follows by now than was shown, `WITHDRAWAL_STATE`, `SUPPLIER_NOT_SELECTED`.
pub async fn withdraw_selection(
    app: &App,
    caller: &Caller,
    command: WithdrawSelection,
) -> Result<WithdrawalId, Error> {
    caller.require(Permission::WithdrawSelection)?;
    let by = caller.user()?;
    let said = format!("{command:?}");
    let keyed = keyed(app, Some(caller), &command.key, "withdraw_selection", &[&said]);
    once(app, &keyed, async |tx| {
        let placed = held(tx, command.product).await?;
        let standing = Standing::read(tx, &placed).await?;
        Side { caller, firm: true }.reaches(&standing.result, &placed.product)?;
        if withdrawals::of_product(tx, command.product).await?.is_some() {
            return Err(Refusal::of(Code::WithdrawalState).at("product").into());
        }
        let rules = succession_preset();
        let asked = (Ground::Withdrawn, &Answers::new());
        let plans = standing.plans(tx, &rules, command.product, asked).await?;
        seen(&told(command.product, Ground::Withdrawn, &rules, &plans.told)?, &command.consequences)?;
        let filed_at = tx.now().await?;
        let withdrawal = Withdrawal {
            id: fresh(),
            product: command.product,
            ground: Ground::Withdrawn,
            reason: command.reason.clone(),
            filed_by: by,
            filed_at,
            decided: None,
        };
        withdrawals::add(tx, &withdrawal, None).await?;
        let act = Act::new("SelectionWithdrawalFiled", withdrawal.id)
            .concerning(standing.result.office)
            .with("product", withdrawal.product)
            .with("reason", withdrawal.reason.as_str())
            .with("consequences", &command.consequences);
        Ok(record(tx, actor(caller), act, withdrawal.id).await?)
    })
    .await
}

/// What the office decides follows.
#[derive(Clone, Debug)]
pub struct DecideCascade {
    /// The product.
    pub product: SelectedProductId,
    /// Why it leaves; a firm's own withdrawal has to be filed.
    pub ground: Ground,
    /// Why, in the office's words.
    pub reason: Reason,
    /// What the firms answered that were asked.
    pub answers: Answers,
    /// The digest of what follows, as it was shown.
    pub consequences: String,
    /// The key of the request.
    pub key: IdempotencyKey,
}

/// Decides what follows when a product leaves: volume and roles move as they were shown. Errors: `FORBIDDEN`, `NOT_FOUND`,
/// `STALE_VERSION`, `WITHDRAWAL_STATE`, `CASCADE_UNANSWERED`, `SUPPLIER_NOT_SELECTED`.
pub async fn decide_cascade(
    app: &App,
    caller: &Caller,
    command: DecideCascade,
) -> Result<WithdrawalId, Error> {
    caller.require(Permission::ManageContracts)?;
    caller.user()?;
    let said = format!("{command:?}");
    let keyed = keyed(app, Some(caller), &command.key, "decide_cascade", &[&said]);
    once(app, &keyed, async |tx| {
        let placed = held(tx, command.product).await?;
        let contracts = holdings::lock_running(tx, command.product).await?;
        let standing = Standing::read(tx, &placed).await?;
        Side { caller, firm: false }.reaches(&standing.result, &placed.product)?;
        let (withdrawal, filed) = decided(tx, caller, &command).await?;
        let rules = succession_preset();
        let answered = (command.ground, &command.answers);
        let plans = standing.plans(tx, &rules, command.product, answered).await?;
        plans.told.entries()?;
        let told = told(command.product, command.ground, &rules, &plans.told)?;
        seen(&told, &command.consequences)?;
        let announced = announced(&standing, &plans.told, &withdrawal, &command.reason, told.0)?;
        if filed {
            withdrawals::decide(tx, &withdrawal, &announced).await?;
        } else {
            withdrawals::add(tx, &withdrawal, Some(&announced)).await?;
        }
        let book = Book { result: standing.result.id, lot_number: placed.product.lot_number, year: 0 };
        let changes = plans.ahead.role_changes(&standing.lot);
        withdrawals::keep_moves(tx, (withdrawal.id, book), &plans.ahead.entries()?, &changes).await?;
        let reason = &command.reason;
        let prices = standing.products.iter().filter_map(|one| Some((one.id, one.price?.price))).collect();
        let decided = Decided { withdrawal: withdrawal.id, book, reason, contracts, prices };
        let acts = take_hold(tx, &decided, &plans.years).await?;
        if !plans.years.is_empty() && matches!(standing.result.source, ResultSource::Round(_)) {
            // What a region agreed and nobody had divided is divided again.
            jobs::put(tx, JobKind::DivideContracts, &standing.result.id.to_string()).await?;
        }
        let act = act(&standing, &plans.told, &withdrawal, &command).with("sha256", announced.sha256);
        Ok(record_with(tx, actor(caller), act, acts, withdrawal.id).await?)
    })
    .await
}

/// The product, with its lot held until the transaction ends.
async fn held(tx: &mut Tx, product: SelectedProductId) -> Result<PlacedProduct, Error> {
    let placed = official::product(tx, product).await?;
    official::lock_lot(tx, placed.result, placed.product.lot_number).await?;
    Ok(placed)
}

/// The withdrawal as it is decided, and whether it was filed before.
async fn decided(tx: &mut Tx, caller: &Caller, command: &DecideCascade) -> Result<(Withdrawal, bool), Error> {
    let (by, now) = (caller.user()?, tx.now().await?);
    let filed = withdrawals::of_product(tx, command.product).await?;
    match (filed, command.ground) {
        (Some(filed), Ground::Withdrawn) => Ok((filed.decide(by, now)?, true)),
        (None, ground @ (Ground::Disqualified | Ground::SupplyFailed)) => {
            let (id, product, reason) = (fresh(), command.product, command.reason.clone());
            let decided = Some((by, now));
            Ok((Withdrawal { id, product, ground, reason, filed_by: by, filed_at: now, decided }, false))
        }
        (Some(_), Ground::Disqualified | Ground::SupplyFailed) | (None, Ground::Withdrawn) => {
            Err(Refusal::of(Code::WithdrawalState).at("ground").into())
        }
    }
}

/// The entry of the log, told to the firm that leaves and to those that take over.
fn act(standing: &Standing, plan: &Plan, withdrawal: &Withdrawal, command: &DecideCascade) -> Act {
    let shares = || plan.successions.iter().flat_map(|succession| &succession.shares);
    let takers = shares().filter_map(|share| share.taker).map(|(taker, _)| taker);
    let touched: BTreeSet<SelectedProductId> = takers.chain([withdrawal.product]).collect();
    let volume = |taken: bool| {
        let of = shares().filter(|share| share.taker.is_some() == taken);
        of.fold(0u64, |sum, share| sum.saturating_add(share.volume))
    };
    let act = Act::new("SelectionCascadeDecided", withdrawal.id)
        .with("product", withdrawal.product)
        .with("ground", withdrawal.ground.label())
        .with("reason", command.reason.as_str())
        .with("moved", volume(true))
        .with("leftOver", volume(false))
        .with("consequences", &command.consequences);
    let firms = standing.products.iter().filter(|product| touched.contains(&product.id));
    firms.filter_map(|product| product.holder.organization).fold(act, Act::concerning)
}

/// A plan as text, with its digest.
type Told = (String, Digest);

fn seen((_text, consequences): &Told, shown: &str) -> Result<(), Refusal> {
    if consequences.to_string() == shown {
        Ok(())
    } else {
        Err(Refusal::of(Code::StaleVersion).at("consequences"))
    }
}

// The order of the fields is the order of the text.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PlanText {
    schema: &'static str,
    product: String,
    ground: &'static str,
    rules: (String, String),
    ban_months_most: u64,
    rating: &'static str,
    violation_list: bool,
    successions: Vec<SuccessionText>,
    roles: Vec<ExplanationText>,
    unanswered: Vec<String>,
}

/// Who takes over, in which step, how much, at what price.
type ShareText = (Option<String>, Option<&'static str>, u64, Option<String>);

#[derive(Serialize)]
struct SuccessionText {
    region: String,
    content: Option<String>,
    volume: u64,
    shares: Vec<ShareText>,
    explanations: Vec<ExplanationText>,
}

#[derive(Serialize)]
struct ExplanationText {
    code: &'static str,
    en: String,
    zh: String,
}

/// The plan as text, and its digest.
fn told(
    product: SelectedProductId,
    ground: Ground,
    rules: &SuccessionRules,
    plan: &Plan,
) -> Result<Told, Error> {
    let successions = plan.successions.iter().map(|succession| SuccessionText {
        region: succession.region.to_string(),
        content: succession.content.map(|content| content.normalize().to_string()),
        volume: succession.volume,
        shares: succession
            .shares
            .iter()
            .map(|share| {
                let price = share.price.as_ref().map(|price| price.to_short(8));
                let (taker, take) = share.taker.unzip();
                (taker.map(|taker| taker.to_string()), take.map(|take| take.label()), share.volume, price)
            })
            .collect(),
        explanations: succession.explanations.iter().map(explanation).collect(),
    });
    let text = PlanText {
        schema: "jicai/cascade/1",
        product: product.to_string(),
        ground: ground.label(),
        rules: (rules.head.id.clone(), rules.head.version.clone()),
        ban_months_most: plan.sanction.ban_months_most.value,
        rating: plan.sanction.rating.label(),
        violation_list: plan.sanction.violation_list,
        successions: successions.collect(),
        roles: plan.roles.iter().map(explanation).collect(),
        unanswered: plan.unanswered.iter().map(ToString::to_string).collect(),
    };
    let text = serde_json::to_string(&text).map_err(|error| Error::Broken(error.into()))?;
    let digest = Digest::new(Sha256::digest(text.as_bytes()).into());
    Ok((text, digest))
}

fn explanation(explanation: &Explanation) -> ExplanationText {
    let (en, zh) = (explanation.message_en(), explanation.message_zh());
    ExplanationText { code: explanation.code(), en, zh }
}
