//! Payment standards (医保支付标准): what holds, how it splits what is paid, and the sets that two persons make.
use async_graphql::connection::Connection;
use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};
use jicai_domain::audit::IdempotencyKey;
use jicai_domain::catalog::item::ItemNamed;
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::{Reason, RegionCode, Version};
use jicai_domain::ids::{Id, ItemId, OfficialResultId, PaymentStandardId, PaymentStandardSetId};
use jicai_domain::procurement::values::{parse_name, parse_positive, parse_volume};
use jicai_domain::settlement::savings::share;
use jicai_domain::settlement::standard::Beside;
use jicai_domain::settlement::standards::{SetState, StandardBasis as Basis, Told};
use jicai_service::settlement as cases;

use super::types::SettlementChange;
use crate::asking::{app, caller};
use crate::connection::{connection, cost, page};
use crate::dates::{Date, DateTime};
use crate::error::ApiError;

/// Why a payment standard is what it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "jicai_domain::settlement::standards::StandardBasis")]
enum PaymentStandardBasis {
    /// 中选, the selected price itself.
    Selected,
    /// 非中选, reckoned from the price before beside the selected one.
    NotSelected,
    /// 谈判, agreed nationally; it goes before every other one.
    Negotiated,
    /// As a province publishes it.
    Published,
    /// 停止执行, from that day there is none.
    Ended,
}

/// 医保支付标准, what the fund reckons with for an item from a day on.
struct PaymentStandard(cases::ShownStandard);

/// What a payment standard was reckoned from, yuan per smallest unit.
#[derive(SimpleObject)]
struct PaymentStandardBeside {
    /// The price before the result.
    before: String,
    /// The price when it was reckoned.
    today: String,
    /// The selected price.
    selected: String,
    /// Whether it had passed the consistency evaluation, or is a reference product.
    passed: bool,
}

#[Object]
impl PaymentStandard {
    /// Its id.
    async fn id(&self) -> ID {
        ID(self.0.standard.id.to_string())
    }

    /// The id of the set that it was published with.
    async fn set_id(&self) -> ID {
        ID(self.0.set.to_string())
    }

    /// The code of the region.
    async fn region(&self) -> String {
        self.0.standard.region.to_string()
    }

    /// The id of the item.
    async fn item_id(&self) -> ID {
        ID(self.0.standard.item.to_string())
    }

    /// Smallest units of the one pack that it is of, as a decimal number; none where it is of a smallest unit of every pack.
    async fn pack_units(&self) -> Option<String> {
        self.0.standard.pack_units.map(|units| units.to_string())
    }

    /// Why it is what it is.
    async fn basis(&self) -> PaymentStandardBasis {
        self.0.standard.basis.into()
    }

    /// The first day.
    async fn begins(&self) -> Date {
        Date(self.0.standard.span.0)
    }

    /// The last day; none where it holds on.
    async fn ends(&self) -> Option<Date> {
        self.0.standard.span.1.map(Date)
    }

    /// Yuan of that pack, or of a smallest unit; none where it has ended.
    async fn standard(&self) -> Option<String> {
        self.0.standard.amount.map(|amount| amount.to_string())
    }

    /// The document that it rests on.
    async fn source(&self) -> &str {
        &self.0.standard.source
    }

    /// The rules that it was reckoned by.
    async fn rules(&self) -> Option<&str> {
        self.0.standard.beside.as_ref().and(self.0.rules.as_deref())
    }

    /// What it was reckoned from.
    async fn beside(&self) -> Option<PaymentStandardBeside> {
        let beside = self.0.standard.beside.as_ref()?;
        let [before, today, selected] =
            [&beside.before, &beside.today, &beside.selected].map(|price| price.to_short(8));
        Some(PaymentStandardBeside { before, today, selected, passed: beside.passed })
    }
}

/// Payment standards that are published together.
struct PaymentStandardSet(cases::StandardSet);

#[Object]
impl PaymentStandardSet {
    /// Its id.
    async fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// How often it changed.
    async fn version(&self) -> i32 {
        self.0.version.number()
    }

    /// The code of the region.
    async fn region(&self) -> String {
        self.0.region.to_string()
    }

    /// `PREPARED` until another person publishes it, `PUBLISHED` or `VOIDED`.
    async fn status(&self) -> &str {
        self.0.state.label()
    }

    /// Why it was given up.
    async fn reason(&self) -> Option<&str> {
        match &self.0.state {
            SetState::Voided { reason, .. } => Some(reason.as_str()),
            SetState::Prepared | SetState::Published { .. } => None,
        }
    }

    /// When it was published or given up.
    async fn decided_at(&self) -> Option<DateTime> {
        self.0.decided_at.map(DateTime)
    }

    /// The id of the result that it was made from.
    async fn result_id(&self) -> Option<ID> {
        self.0.result.map(|result| ID(result.to_string()))
    }

    /// The id of the table that it was made from.
    async fn import_id(&self) -> Option<ID> {
        self.0.import.map(|import| ID(import.to_string()))
    }

    /// The rules that something of it was reckoned by.
    async fn rules(&self) -> Option<&str> {
        self.0.rules.as_deref()
    }
}

/// Who pays how much of what packs cost.
struct PaymentSplit(cases::ShownSplit);

#[Object]
impl PaymentSplit {
    /// What the fund pays, yuan.
    async fn fund(&self) -> String {
        self.0.split.fund.to_string()
    }

    /// What the patient pays, yuan.
    async fn patient(&self) -> String {
        self.0.split.patient.to_string()
    }

    /// The standard of that pack, yuan.
    async fn standard_of_pack(&self) -> String {
        self.0.of_pack.to_string()
    }

    /// The standard that it goes by.
    async fn by(&self) -> PaymentStandard {
        PaymentStandard(self.0.by.clone())
    }
}

/// An item in a region on a day.
#[derive(InputObject)]
struct PaymentStandardOfInput {
    /// The id of the item.
    item: ID,
    /// Smallest units of a pack, as a decimal number; the registry's where it is not said.
    pack_units: Option<String>,
    /// The code of the region; what holds in a region that it is part of counts, too.
    region: String,
    /// The day.
    on: Date,
}

impl PaymentStandardOfInput {
    fn read(&self) -> Result<cases::OfItem, Refusal> {
        Ok(cases::OfItem {
            item: ItemId::parse(&self.item).map_err(|refusal| refusal.at("item"))?,
            pack_units: self.pack_units.as_deref().map(units).transpose()?,
            region: region(&self.region)?,
            day: self.on.0,
        })
    }
}

/// A region on a day.
#[derive(InputObject)]
struct PaymentStandardsOfInput {
    /// The code of the region; what holds in a region that it is part of counts, too.
    region: String,
    /// The day.
    on: Date,
}

/// What is bought.
#[derive(InputObject)]
struct PaymentSplitInput {
    /// The item, where and when.
    of: PaymentStandardOfInput,
    /// The price of a pack, yuan.
    price: String,
    /// Packs, as a decimal number.
    packs: String,
    /// The fund's rate, 0 to 1.
    rate: String,
}

fn region(text: &str) -> Result<RegionCode, Refusal> {
    RegionCode::parse(text).map_err(|refusal| refusal.at("region"))
}

fn units(text: &str) -> Result<u64, Refusal> {
    let wrong = || Refusal::of(Code::PaymentStandardInvalid).at("packUnits").allowing("1 to 1000000");
    parse_volume(text).ok().filter(|units| (1..=1_000_000).contains(units)).ok_or_else(wrong)
}

/// Queries about payment standards.
#[derive(Default)]
pub(crate) struct StandardQuery;

#[Object]
impl StandardQuery {
    /// 医保支付标准, the one that holds for an item; none where there is none.
    #[graphql(complexity = "1 + child_complexity")]
    async fn payment_standard(
        &self,
        ctx: &Context<'_>,
        of: PaymentStandardOfInput,
    ) -> Result<Option<PaymentStandard>, ApiError> {
        let found = cases::payment_standard(app(ctx)?, caller(ctx)?, of.read()?).await?;
        Ok(found.map(PaymentStandard))
    }

    /// All that hold in a region on a day, one an item and pack.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn payment_standards(
        &self,
        ctx: &Context<'_>,
        of: PaymentStandardsOfInput,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<Connection<String, PaymentStandard>, ApiError> {
        let caller = caller(ctx)?;
        let page = page(first, after.as_deref(), PaymentStandardId::parse)?;
        let of = (region(&of.region)?, of.on.0);
        let part = cases::payment_standards(app(ctx)?, caller, of, &page).await?;
        Ok(connection(part, |one| one.standard.id.to_string(), PaymentStandard))
    }

    /// The sets of the jurisdiction, the newest first, those too that nobody has decided.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn payment_standard_sets(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<Connection<String, PaymentStandardSet>, ApiError> {
        let caller = caller(ctx)?;
        let page = page(first, after.as_deref(), PaymentStandardSetId::parse)?;
        let part = cases::standard_sets(app(ctx)?, caller, &page).await?;
        Ok(connection(part, |one| one.id.to_string(), PaymentStandardSet))
    }

    /// What is in a set of the jurisdiction.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn payment_standards_of_set(
        &self,
        ctx: &Context<'_>,
        set: ID,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<Connection<String, PaymentStandard>, ApiError> {
        let caller = caller(ctx)?;
        let page = page(first, after.as_deref(), PaymentStandardId::parse)?;
        let part =
            cases::standards_of_set(app(ctx)?, caller, PaymentStandardSetId::parse(&set)?, &page).await?;
        Ok(connection(part, |one| one.standard.id.to_string(), PaymentStandard))
    }

    /// 基金与个人分担, who pays how much of what packs cost: the fund its rate of the price up to the standard, the patient the rest.
    #[graphql(complexity = "2 + child_complexity")]
    async fn payment_split(
        &self,
        ctx: &Context<'_>,
        input: PaymentSplitInput,
    ) -> Result<PaymentSplit, ApiError> {
        let packs =
            parse_volume(&input.packs).map_err(|_value| Refusal::of(Code::AmountInvalid).at("packs"))?;
        let ask = cases::AskSplit {
            of: input.of.read()?,
            price: parse_positive(&input.price)
                .map_err(|_value| Refusal::of(Code::PriceInvalid).at("price"))?,
            packs,
            rate: share(&input.rate).map_err(|refusal| refusal.at("rate"))?,
        };
        Ok(PaymentSplit(cases::payment_split(app(ctx)?, caller(ctx)?, ask).await?))
    }
}

/// A standard that somebody writes down.
#[derive(InputObject)]
struct ToldStandardInput {
    /// The item: its id or one of its codes.
    item: String,
    /// Smallest units of the one pack that it is of, as a decimal number; none where it is of a smallest unit of every pack.
    pack_units: Option<String>,
    /// Why it is what it is; one that is reckoned says `NOT_SELECTED` and has `beside`.
    basis: PaymentStandardBasis,
    /// Yuan of that pack or of a smallest unit; none where it ended or is reckoned.
    standard: Option<String>,
    /// The prices that it is reckoned from, by the rules.
    beside: Option<BesideInput>,
    /// The first day.
    begins: Date,
    /// The last day; none where it holds on, or is reckoned.
    ends: Option<Date>,
    /// The document that it rests on.
    source: String,
}

/// Prices, yuan per smallest unit.
#[derive(InputObject)]
struct BesideInput {
    /// Before the result.
    before: String,
    /// Today.
    today: String,
    /// The selected one.
    selected: String,
    /// Whether it has passed the consistency evaluation, or is a reference product.
    passed: bool,
}

impl ToldStandardInput {
    fn read(&self) -> Result<cases::ToldStandard, Refusal> {
        let price = |text: &str, field: &'static str| {
            parse_positive(text).map_err(|_value| Refusal::of(Code::PriceInvalid).at(field))
        };
        let invalid =
            |field, allowed: &str| Refusal::of(Code::PaymentStandardInvalid).at(field).allowing(allowed);
        let source = parse_name(&self.source).map_err(|_value| invalid("source", "1 to 200 characters"))?;
        let amount = self.standard.as_deref().map(|text| price(text, "standard")).transpose()?;
        let (begins, ends) = (self.begins.0, self.ends.map(|ends| ends.0));
        let told = match (&self.beside, Basis::from(self.basis)) {
            (None, basis) => Told::amount(basis, amount, (begins, ends))?,
            (Some(beside), Basis::NotSelected) if amount.is_none() && ends.is_none() => {
                let beside = Beside {
                    before: price(&beside.before, "before")?.into(),
                    today: price(&beside.today, "today")?.into(),
                    selected: price(&beside.selected, "selected")?.into(),
                    passed: beside.passed,
                };
                Told::Beside { beside, begins }
            }
            (Some(_), _) => return Err(invalid("beside", "only of NOT_SELECTED, without standard and ends")),
        };
        let item = match ItemId::parse(&self.item) {
            Ok(item) => ItemNamed::Item(item),
            Err(_other) => ItemNamed::code(&self.item).map_err(|refusal| refusal.at("item"))?,
        };
        let pack_units = self.pack_units.as_deref().map(units).transpose()?;
        Ok(cases::ToldStandard { item, pack_units, told, source: source.to_owned() })
    }
}

/// Standards that somebody writes down.
#[derive(InputObject)]
struct PreparePaymentStandardsInput {
    /// The code of the region in which they hold.
    region: String,
    /// The standards.
    standards: Vec<ToldStandardInput>,
    /// A new key for a new request, the same for its repetition.
    idempotency_key: String,
}

/// What a result that takes effect makes.
#[derive(InputObject)]
struct PrepareResultStandardsInput {
    /// The id of the official result.
    result: ID,
    /// The code of the region in which they hold.
    region: String,
    /// The day on which it takes effect there.
    begins: Date,
    /// The document that says so.
    source: String,
    /// A new key for a new request, the same for its repetition.
    idempotency_key: String,
}

/// What is decided about a set.
#[derive(InputObject)]
struct DecidePaymentStandardsInput {
    /// The id of the set.
    id: ID,
    /// The version that was seen.
    version: i32,
    /// Whether it is published; else it is given up.
    publish: bool,
    /// Why it is given up.
    reason: Option<String>,
    /// A new key for a new request, the same for its repetition.
    idempotency_key: String,
}

/// Changes of payment standards.
#[derive(Default)]
pub(crate) struct StandardMutation;

#[Object]
impl StandardMutation {
    /// Prepare payment standards for another person to publish. 拟定支付标准
    #[graphql(complexity = "1 + child_complexity")]
    async fn prepare_payment_standards(
        &self,
        ctx: &Context<'_>,
        input: PreparePaymentStandardsInput,
    ) -> Result<SettlementChange, ApiError> {
        let command = cases::PrepareStandards {
            region: region(&input.region)?,
            standards: input.standards.iter().map(ToldStandardInput::read).collect::<Result<_, _>>()?,
            key: IdempotencyKey::parse(&input.idempotency_key)?,
        };
        Ok(SettlementChange::of(cases::prepare_standards(app(ctx)?, caller(ctx)?, command).await?))
    }

    /// Prepare the payment standards that a result makes, of what it selects and of what is listed beside it. 按中选结果拟定支付标准
    #[graphql(complexity = "1 + child_complexity")]
    async fn prepare_result_standards(
        &self,
        ctx: &Context<'_>,
        input: PrepareResultStandardsInput,
    ) -> Result<SettlementChange, ApiError> {
        let wrong = Refusal::of(Code::PaymentStandardInvalid).at("source").allowing("1 to 200 characters");
        let command = cases::PrepareOfResult {
            result: OfficialResultId::parse(&input.result).map_err(|refusal| refusal.at("result"))?,
            region: region(&input.region)?,
            begins: input.begins.0,
            source: parse_name(&input.source).map_err(|_value| wrong)?.to_owned(),
            key: IdempotencyKey::parse(&input.idempotency_key)?,
        };
        Ok(SettlementChange::of(cases::prepare_result_standards(app(ctx)?, caller(ctx)?, command).await?))
    }

    /// Publish a prepared set, or give it up. Nobody publishes what they prepared. 公布支付标准
    #[graphql(complexity = "1 + child_complexity")]
    async fn decide_payment_standards(
        &self,
        ctx: &Context<'_>,
        input: DecidePaymentStandardsInput,
    ) -> Result<SettlementChange, ApiError> {
        let seen = (PaymentStandardSetId::parse(&input.id)?, Version::new(input.version));
        let reason = input.reason.as_deref().unwrap_or_default();
        let void = (!input.publish).then(|| Reason::parse(reason)).transpose()?;
        let key = IdempotencyKey::parse(&input.idempotency_key)?;
        Ok(SettlementChange::of(cases::decide_standards(app(ctx)?, caller(ctx)?, seen, void, &key).await?))
    }
}
