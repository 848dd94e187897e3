//! 报送价格.
use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use jicai_domain::audit::IdempotencyKey;
use jicai_domain::errors::Refusal;
use jicai_domain::pricing::observation::PriceKind as Kind;
use jicai_domain::pricing::report::{Reported, read_price};
use jicai_service::pricing::report as cases;

use super::types::PriceKind;
use crate::asking::{app, caller};
use crate::dates::Date;
use crate::error::ApiError;

/// A price that somebody reports.
#[derive(InputObject)]
struct ReportedPriceInput {
    /// The own id of the line: the same line with another content is a correction, with the same content it changes nothing.
    key: String,
    /// What it is.
    kind: PriceKind,
    /// A code that names the item.
    code: String,
    /// The code of the region; the own one where it is left out.
    region: Option<String>,
    /// The day.
    observed_on: Date,
    /// Of a pack, tax included, in the currency.
    price: String,
    /// Smallest units in a pack; as the registry has it where it is left out.
    pack_units: Option<String>,
    /// How many packs were bought.
    packs: Option<String>,
    /// 厂牌; as the registry has it where it is left out.
    maker: Option<String>,
    /// Of a foreign price: ISO 3166, two letters.
    country: Option<String>,
    /// ISO 4217, three letters; CNY where it is left out.
    currency: Option<String>,
    /// Of a foreign price in another currency: yuan for one.
    exchange_rate: Option<String>,
    /// How that was found, and by whom.
    exchange_basis: Option<String>,
    /// The day that it is for.
    exchange_on: Option<Date>,
}

impl ReportedPriceInput {
    /// As a row of a table has it: one reader for both.
    fn read(&self) -> Result<Reported, Refusal> {
        let day = |day: Option<Date>| day.map(|day| day.0.to_string()).unwrap_or_default();
        let (on, exchange_on) = (day(Some(self.observed_on)), day(self.exchange_on));
        let text = |text: &'_ Option<String>| text.clone().unwrap_or_default();
        let fields = [
            self.key.clone(),
            Kind::from(self.kind).label().to_owned(),
            self.code.clone(),
            text(&self.region),
            on,
            self.price.clone(),
            text(&self.pack_units),
            text(&self.packs),
            text(&self.maker),
            text(&self.country),
            text(&self.currency),
            text(&self.exchange_rate),
            text(&self.exchange_basis),
            exchange_on,
        ];
        let fields: Vec<&str> = fields.iter().map(String::as_str).collect();
        read_price(&fields)
    }
}

/// Prices that somebody reports.
#[derive(InputObject)]
struct ReportPricesInput {
    /// At most 500.
    prices: Vec<ReportedPriceInput>,
    /// A new key for a new request, the same for its repetition.
    idempotency_key: String,
}

/// A line that was not taken.
#[derive(SimpleObject)]
struct RefusedPrice {
    /// Its place in the request, from 1.
    line: i32,
    /// The code of the error.
    code: String,
    /// The field at fault.
    field: Option<String>,
    /// What would have been right.
    expected: Option<String>,
}

/// What came of a report.
#[derive(SimpleObject)]
struct PriceReport {
    /// The id of what was taken together.
    batch_id: ID,
    /// How many prices count from now on.
    taken: i32,
    /// How many of them stand in the place of what was said before.
    superseded: i32,
    /// How many said again what was known.
    unchanged: i32,
    /// The ids of what is kept apart until somebody has looked.
    ticket_ids: Vec<ID>,
    /// What was not taken.
    #[graphql(complexity = "20 * child_complexity")]
    refused: Vec<RefusedPrice>,
}

/// Mutations of reports.
#[derive(Default)]
pub(crate) struct ReportMutation;

#[Object]
impl ReportMutation {
    /// Report prices. Each line is taken, refused, or kept apart for a person to look at; none holds up another. 报送价格
    #[graphql(complexity = "20 + child_complexity")]
    async fn report_prices(
        &self,
        ctx: &Context<'_>,
        input: ReportPricesInput,
    ) -> Result<PriceReport, ApiError> {
        let (app, caller) = (app(ctx)?, caller(ctx)?);
        let key = IdempotencyKey::parse(&input.idempotency_key)?;
        let lines = input.prices.iter().map(ReportedPriceInput::read).collect();
        let outcome = cases::report_prices(app, caller, (lines, &key)).await?;
        let count = |number: usize| i32::try_from(number).unwrap_or(i32::MAX);
        let refused = outcome.refused.into_iter().map(|one| RefusedPrice {
            line: count(one.line),
            code: one.code,
            field: one.field,
            expected: one.expected,
        });
        Ok(PriceReport {
            batch_id: ID(outcome.batch.to_string()),
            taken: count(outcome.taken),
            superseded: count(outcome.superseded),
            unchanged: count(outcome.unchanged),
            ticket_ids: outcome.tickets.iter().map(|id| ID(id.to_string())).collect(),
            refused: refused.collect(),
        })
    }
}
