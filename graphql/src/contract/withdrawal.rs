//! A product that leaves what it was selected for: what would follow, and what is decided.
use async_graphql::connection::Connection;
use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};
use jicai_domain::audit::IdempotencyKey;
use jicai_domain::contract::cascade::{Answer, Share, Succession};
use jicai_domain::contract::explanation;
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::Reason;
use jicai_domain::ids::{Id, OfficialResultId, SelectedProductId, WithdrawalId};
use jicai_service::contract::{withdrawal as cases, withdrawal_notice as notices};

use crate::asking::{app, asking, caller};
use crate::connection::{connection, cost, page};
use crate::dates::DateTime;
use crate::error::ApiError;

/// Why a product leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "jicai_domain::contract::cascade::Ground")]
enum WithdrawalGround {
    /// Its firm withdraws it. 退出
    Withdrawn,
    /// The authority takes the selection away. 取消中选资格
    Disqualified,
    /// It is not supplied. 断供
    SupplyFailed,
}

/// In which step of the cascade somebody takes over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "jicai_domain::procurement::rules::Take")]
enum CascadeStep {
    /// The region's main supplier takes over what had followed another firm's brand.
    Main,
    /// The region's backup supplier takes over. 备供
    Backup,
    /// The next firm by rank takes over.
    Rank,
}

/// 信用评级, the rating that a firm that leaves is to be judged for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "jicai_domain::procurement::rules::Rating")]
enum CreditRating {
    /// 一般.
    Ordinary,
    /// 中等.
    Medium,
    /// 严重.
    Serious,
    /// 特别严重.
    EspeciallySerious,
}

/// Why something is as it is.
#[derive(SimpleObject)]
struct CascadeExplanation {
    /// The stable code.
    code: &'static str,
    /// In English.
    message_en: String,
    /// In Chinese.
    message_zh: String,
}

impl CascadeExplanation {
    fn of(told: &explanation::Explanation) -> Self {
        Self { code: told.code(), message_en: told.message_en(), message_zh: told.message_zh() }
    }
}

/// Part of the volume, with the one that takes it over.
#[derive(SimpleObject)]
struct CascadeShare {
    /// The id of the product that takes over; none for what is left over. 剩余用量
    product_id: Option<ID>,
    /// Its firm.
    holder_name: Option<String>,
    /// In which step.
    step: Option<CascadeStep>,
    /// Units of the lot's representative, as a decimal number.
    volume: String,
    /// What a smallest unit costs, as a decimal; none where the disclosure rule hides it.
    price: Option<String>,
}

/// What becomes of the product's volume of one content in one region.
#[derive(SimpleObject)]
struct CascadeRegion {
    /// The code of the region.
    region: String,
    /// The content, as a decimal.
    content: Option<String>,
    /// What leaves: units of the lot's representative, as a decimal number.
    volume: String,
    /// Who takes over what; the volumes add up.
    #[graphql(complexity = "4 * child_complexity")]
    shares: Vec<CascadeShare>,
    /// Why, in order.
    #[graphql(complexity = "10 * child_complexity")]
    explanations: Vec<CascadeExplanation>,
}

/// A number or choice of the rules that is not sourced.
#[derive(SimpleObject)]
struct UncertainProvision {
    /// Its key in the file.
    key: String,
    /// Its value.
    value: String,
    /// Where it comes from.
    source: String,
    /// How sure it is: `recalled` or `assumed`.
    confidence: &'static str,
}

/// All that follows when a product leaves. 退出后果
struct CascadePlan(cases::Preview);

#[Object]
impl CascadePlan {
    /// The digest of all this. Whoever confirms sends it, to say what was seen.
    async fn consequences(&self) -> String {
        self.0.consequences.to_string()
    }

    /// Why the product would leave.
    async fn ground(&self) -> WithdrawalGround {
        self.0.ground.into()
    }

    /// The rule set, and its version.
    async fn rules(&self) -> String {
        format!("{} {}", self.0.rules.head.id, self.0.rules.head.version)
    }

    /// Whether its firm goes on the list of violations. 违规名单
    async fn violation_list(&self) -> bool {
        self.0.plan.sanction.violation_list
    }

    /// The longest ban, in months.
    async fn ban_months_most(&self) -> i32 {
        i32::try_from(self.0.plan.sanction.ban_months_most.value).unwrap_or(i32::MAX)
    }

    /// The rating that its firm is to be judged for.
    async fn rating(&self) -> CreditRating {
        self.0.plan.sanction.rating.into()
    }

    /// Region by region, what becomes of its volume.
    #[graphql(complexity = "40 * child_complexity")]
    async fn regions(&self) -> Vec<CascadeRegion> {
        self.0.plan.successions.iter().map(|succession| self.region(succession)).collect()
    }

    /// What changes in the regions' roles.
    #[graphql(complexity = "40 * child_complexity")]
    async fn roles(&self) -> Vec<CascadeExplanation> {
        self.0.plan.roles.iter().map(CascadeExplanation::of).collect()
    }

    /// The ids of products whose firms have to be asked, and have not answered. The plan takes it that they accept.
    async fn unanswered(&self) -> Vec<ID> {
        self.0.plan.unanswered.iter().map(|product| ID(product.to_string())).collect()
    }

    /// The numbers and choices of the rules that were consulted and are not sourced.
    #[graphql(complexity = "20 * child_complexity")]
    async fn uncertain(&self) -> Vec<UncertainProvision> {
        let provisions = self.0.rules.uncertain(self.0.plan.consulted);
        let told = provisions.map(|provision| UncertainProvision {
            key: provision.key.clone(),
            value: provision.value.clone(),
            source: provision.source.clone(),
            confidence: provision.confidence.as_str(),
        });
        told.collect()
    }
}

impl CascadePlan {
    fn region(&self, succession: &Succession) -> CascadeRegion {
        CascadeRegion {
            region: succession.region.to_string(),
            content: succession.content.map(|content| content.normalize().to_string()),
            volume: succession.volume.to_string(),
            shares: succession.shares.iter().map(|share| self.share(share)).collect(),
            explanations: succession.explanations.iter().map(CascadeExplanation::of).collect(),
        }
    }

    fn share(&self, share: &Share) -> CascadeShare {
        let (taker, step) = share.taker.unzip();
        CascadeShare {
            product_id: taker.map(|taker| ID(taker.to_string())),
            holder_name: taker
                .and_then(|taker| self.0.products.get(&taker))
                .map(|product| product.holder.name.clone()),
            step: step.map(Into::into),
            volume: share.volume.to_string(),
            price: share.price.as_ref().map(|price| price.to_short(8)),
        }
    }
}

/// A product that leaves.
struct Withdrawal(notices::ShownWithdrawal);

#[Object]
impl Withdrawal {
    /// Its id.
    async fn id(&self) -> ID {
        ID(self.0.withdrawal.id.to_string())
    }

    /// The id of the official result that the product is of.
    async fn result_id(&self) -> ID {
        ID(self.0.result.to_string())
    }

    /// The number of the product's lot.
    async fn lot_number(&self) -> i32 {
        self.0.lot_number
    }

    /// The id of the product.
    async fn product_id(&self) -> ID {
        ID(self.0.withdrawal.product.to_string())
    }

    /// Its name.
    async fn product_name(&self) -> &str {
        &self.0.product_name
    }

    /// The firm that leaves, as the result names it.
    async fn holder_name(&self) -> &str {
        &self.0.holder_name
    }

    /// Why, by kind.
    async fn ground(&self) -> WithdrawalGround {
        self.0.withdrawal.ground.into()
    }

    /// Why, in words: the firm's where it withdraws, else the office's.
    async fn reason(&self) -> &str {
        self.0.withdrawal.reason.as_str()
    }

    /// When it was filed.
    async fn filed_at(&self) -> DateTime {
        DateTime(self.0.withdrawal.filed_at)
    }

    /// When the office decided what follows; none while it waits.
    async fn decided_at(&self) -> Option<DateTime> {
        self.0.withdrawal.decided.map(|(_by, at)| DateTime(at))
    }

    /// Why the office decided so; none while it waits.
    async fn answer(&self) -> Option<&str> {
        self.0.answer.as_deref()
    }

    /// The decision as one text, with who takes over how much where and without any price; none while it waits.
    async fn text(&self) -> Option<&str> {
        self.0.told.as_ref().map(|(text, _sha256)| text.as_str())
    }

    /// SHA-256 of that text, as the log has it.
    async fn sha256(&self) -> Option<String> {
        self.0.told.as_ref().map(|(_text, sha256)| sha256.to_string())
    }
}

/// What a firm answered that was asked whether it takes over.
#[derive(InputObject)]
struct CascadeAnswerInput {
    /// Its product.
    product: ID,
    /// Whether it takes over.
    accepts: bool,
    /// At most so many units of the lot's representative in all regions together, as a decimal number; all there is where it is left out.
    at_most: Option<String>,
}

fn answers(inputs: Vec<CascadeAnswerInput>) -> Result<cases::Answers, Refusal> {
    let answer = |input: CascadeAnswerInput| {
        let product = product(&input.product)?;
        let at_most = input.at_most.map(|text| text.parse::<u64>()).transpose();
        let at_most = at_most.map_err(|_number| Refusal::of(Code::VolumeChangeInvalid).at("atMost"))?;
        Ok((product, if input.accepts { Answer::Accepts { at_most } } else { Answer::Declines }))
    };
    inputs.into_iter().map(answer).collect()
}

fn product(id: &ID) -> Result<SelectedProductId, Refusal> {
    SelectedProductId::parse(id).map_err(|refusal| refusal.at("product"))
}

/// A withdrawal that a firm files.
#[derive(InputObject)]
struct WithdrawSelectionInput {
    /// Its product.
    product: ID,
    /// Why.
    reason: String,
    /// The digest of what follows, as the preview showed it.
    consequences: String,
    /// A new key for a new request, the same for its repetition.
    idempotency_key: String,
}

/// What the office decides.
#[derive(InputObject)]
struct DecideCascadeInput {
    /// The product.
    product: ID,
    /// Why it leaves; a firm's own withdrawal has to be filed.
    ground: WithdrawalGround,
    /// Why, in words.
    reason: String,
    /// What the firms answered that were asked.
    #[graphql(default)]
    answers: Vec<CascadeAnswerInput>,
    /// The digest of what follows, as the preview showed it with these answers.
    consequences: String,
    /// A new key for a new request, the same for its repetition.
    idempotency_key: String,
}

/// Queries about products that leave.
#[derive(Default)]
pub(crate) struct WithdrawalQuery;

#[Object]
impl WithdrawalQuery {
    /// What would follow if a product left, for its firm and for the office that announced it. 退出预览
    #[graphql(complexity = "1 + child_complexity")]
    async fn preview_withdrawal(
        &self,
        ctx: &Context<'_>,
        product: ID,
        ground: WithdrawalGround,
        #[graphql(default)] answers: Vec<CascadeAnswerInput>,
    ) -> Result<CascadePlan, ApiError> {
        let caller = caller(ctx)?;
        let product = self::product(&product)?;
        let answers = self::answers(answers)?;
        let preview =
            cases::preview_withdrawal(app(ctx)?, caller, product, (ground.into(), &answers)).await?;
        Ok(CascadePlan(preview))
    }

    /// A product that left, once that is decided; for its firm and its office also before. Public. 退出公告
    async fn withdrawal(&self, ctx: &Context<'_>, id: ID) -> Result<Withdrawal, ApiError> {
        let asking = asking(ctx)?;
        let id = WithdrawalId::parse(&id).map_err(|refusal| refusal.at("id"))?;
        Ok(Withdrawal(notices::withdrawal(&asking.app, asking.caller.as_ref(), id).await?))
    }

    /// Such products of one official result or of all, the newest first. Public.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn withdrawals(
        &self,
        ctx: &Context<'_>,
        result: Option<ID>,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<Connection<String, Withdrawal>, ApiError> {
        let asking = asking(ctx)?;
        let result = result.map(|result| OfficialResultId::parse(&result)).transpose();
        let result = result.map_err(|refusal| refusal.at("result"))?;
        let page = page(first, after.as_deref(), WithdrawalId::parse)?;
        let part = notices::withdrawals_of(&asking.app, asking.caller.as_ref(), result, &page).await?;
        Ok(connection(part, |one| one.withdrawal.id.to_string(), Withdrawal))
    }
}

/// Mutations of products that leave.
#[derive(Default)]
pub(crate) struct WithdrawalMutation;

#[Object]
impl WithdrawalMutation {
    /// Withdraw a product of the own firm from what it was selected for; the office decides what follows. 申请退出
    #[graphql(complexity = "1 + child_complexity")]
    async fn withdraw_selection(
        &self,
        ctx: &Context<'_>,
        input: WithdrawSelectionInput,
    ) -> Result<Withdrawal, ApiError> {
        let (app, caller) = (app(ctx)?, caller(ctx)?);
        let command = cases::WithdrawSelection {
            product: product(&input.product)?,
            reason: Reason::parse(&input.reason)?,
            consequences: input.consequences,
            key: IdempotencyKey::parse(&input.idempotency_key)?,
        };
        let id = cases::withdraw_selection(app, caller, command).await?;
        Ok(Withdrawal(notices::withdrawal(app, Some(caller), id).await?))
    }

    /// Decide what follows when a product leaves: backup first, then the next by rank. 决定接替供应
    #[graphql(complexity = "1 + child_complexity")]
    async fn decide_cascade(
        &self,
        ctx: &Context<'_>,
        input: DecideCascadeInput,
    ) -> Result<Withdrawal, ApiError> {
        let (app, caller) = (app(ctx)?, caller(ctx)?);
        let command = cases::DecideCascade {
            product: product(&input.product)?,
            ground: input.ground.into(),
            reason: Reason::parse(&input.reason)?,
            answers: answers(input.answers)?,
            consequences: input.consequences,
            key: IdempotencyKey::parse(&input.idempotency_key)?,
        };
        let id = cases::decide_cascade(app, caller, command).await?;
        Ok(Withdrawal(notices::withdrawal(app, Some(caller), id).await?))
    }
}
