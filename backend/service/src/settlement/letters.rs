//! Letters about what hospitals owe for longer than the rules let them (催缴).
use jicai_domain::audit::{Act, IdempotencyKey};
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::{Caller, Permission};
use jicai_domain::ids::{OrganizationId, ReceivableLetterId};
use jicai_domain::settlement::exposure::exposure_preset;
use jicai_domain::settlement::ledger::Book;
use jicai_store::audit::record;
use jicai_store::settlement::letters::{self as rows, Letter};
use jicai_store::settlement::reach;
use jicai_store::{Page, Part, fresh};

use super::ledger::within;
use super::read::own_or_observed;
use super::statements::working_days;
use crate::app::App;
use crate::audit::{actor, keyed, once};
use crate::errors::Error;

/// Asks a hospital for what it owes, with the age of each part. Errors: `FORBIDDEN`, `NOT_FOUND`, `NOTHING_TO_SETTLE` where nothing is owed for so long,
/// or a letter of today asks for it.
pub async fn ask_receivable_back(
    app: &App,
    caller: &Caller,
    (book, hospital): (Book, OrganizationId),
    key: &IdempotencyKey,
) -> Result<ReceivableLetterId, Error> {
    let scope = caller.require(Permission::KeepLedger)?;
    let by = caller.user()?;
    within(&scope, book)?;
    let said = [book.to_string(), hospital.to_string()];
    let keyed = keyed(app, Some(caller), key, "ask_receivable_back", &said.each_ref().map(String::as_str));
    once(app, &keyed, async |tx| {
        reach(tx, &scope).await?;
        let rules = exposure_preset()?;
        let today = tx.now().await?.day_in_china();
        let open = rows::open(tx, book, hospital).await?;
        let nothing = || Refusal::of(Code::NothingToSettle).at("hospital");
        let oldest = open.first().map(|(day, _)| *day).ok_or_else(nothing)?;
        if !rules.asks_back(oldest, today) {
            let after = format!("owed for more than {} months", rules.letter_after_months);
            return Err(nothing().allowing(after).into());
        }
        let letter = Letter {
            id: fresh(),
            book,
            hospital,
            open,
            issued_on: today,
            answer_by: working_days().after(today, rules.letter_answer_days).ok(),
            rules: format!("{} {}", rules.head.id, rules.head.version),
        };
        if !rows::add(tx, &letter, by).await? {
            return Err(nothing().allowing("one letter a day").into());
        }
        let act = Act::new("ReceivableAskedBack", letter.id)
            .concerning(hospital)
            .with("book", book)
            .with("hospital", hospital)
            .with("amount", letter.amount())
            .with("since", oldest);
        Ok(record(tx, actor(caller), act, letter.id).await?)
    })
    .await
}

/// A part of the letters of the jurisdiction, or to the own organization, the newest first. Errors: `FORBIDDEN`.
pub async fn receivable_letters(
    app: &App,
    caller: &Caller,
    page: &Page<ReceivableLetterId>,
) -> Result<Part<Letter>, Error> {
    let scope = own_or_observed(caller)?;
    app.store
        .keep("read_receivable_letters", async |tx| {
            reach(tx, &scope).await?;
            Ok::<_, Error>(rows::page(tx, page).await?)
        })
        .await
}
