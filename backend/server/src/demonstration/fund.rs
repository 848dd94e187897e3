//! 模拟数据: the agency settles for the hospital of the demonstration what its distributor delivered: two months are paid, one is approved, one waits for the hospital, and the rest is
//! invoiced.
#![expect(clippy::indexing_slicing, reason = "a JSON value without that member is null")]
use jicai_domain::ids::LedgerEventId;
use jicai_store::fresh;
use serde_json::{Value, json};

use super::accounts::{AGENCY, CLERK, DEPUTY, DISTRIBUTOR, HOSPITAL};
use super::play::Stage;
use super::player::{Player, text};
use crate::serve::ServeError;

/// The pooling area of the hospital.
const AREA: &str = "320100";
/// How far the months come, from the first on: the last step that each takes.
const STEPS: [Step; 4] = [Step::Paid, Step::Paid, Step::Approved, Step::AppliedFor];
/// Of a hundred yuan with tax, how much is tax: 13 on 100.
const TAX: (i64, i64) = (13, 113);

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    AppliedFor,
    Approved,
    Paid,
}

/// The agency's two persons, and what was accepted and not invoiced yet.
pub(super) struct Fund<'a> {
    stage: &'a Stage<'a>,
    clerk: Player<'a>,
    second: Player<'a>,
    batch: String,
    accepted: Vec<String>,
}

impl<'a> Fund<'a> {
    /// The book is open, the fund is granted, the hospital is designated and gets its prepayment, and the distributor says where it is paid.
    pub(super) async fn opens(
        stage: &'a Stage<'a>,
        hospital: &Player<'_>,
        distributor: &Player<'_>,
    ) -> Result<Fund<'a>, ServeError> {
        let clerk = stage.player(CLERK, AGENCY).await?;
        let second = stage.player(DEPUTY, AGENCY).await?;
        let fund = Fund { stage, clerk, second, batch: String::new(), accepted: Vec::new() };
        let today = stage.now().await?.day_in_china().to_string();
        let input =
            json!({ "area": AREA, "scheme": "EMPLOYEE", "idempotencyKey": stage.key("fund-open-book") });
        fund.clerk.does(("openLedgerBook", "OpenLedgerBookInput"), input, "").await?;
        let input = json!({ "area": AREA, "hospital": hospital.organization(), "begins": "2020-01-01",
            "idempotencyKey": stage.key("fund-designate") });
        fund.clerk.does(("designateHospital", "DesignateHospitalInput"), input, "id").await?;
        let input = json!({ "holder": "示范医药配送有限公司（模拟数据）", "bankCode": "102301000019", "account": "6222000011112222",
            "idempotencyKey": stage.key("fund-payee") });
        distributor.does(("setPayeeAccount", "SetPayeeAccountInput"), input, "id").await?;
        fund.posts(("GRANTED", "20000000.00"), Value::Null, &today).await?;
        fund.posts(("PREPAID", "3000000.00"), json!(hospital.organization()), &today).await?;
        Ok(fund)
    }

    /// One person prepares an event of the ledger, another one posts it.
    async fn posts(&self, (kind, yuan): (&str, &str), hospital: Value, day: &str) -> Result<(), ServeError> {
        let contracted = (kind == "PREPAID").then_some("3000000.00");
        let input = json!({ "area": AREA, "scheme": "EMPLOYEE", "id": fresh::<LedgerEventId>().to_string(), "kind": kind, "amount": yuan,
            "day": day, "hospital": hospital, "contracted": contracted, "idempotencyKey": self.stage.key(&format!("fund-{kind}")) });
        let mutation = ("prepareLedgerEvent", "PrepareLedgerEventInput");
        let prepared = self.clerk.does(mutation, input, "id version").await?;
        let input = json!({ "id": prepared["id"], "version": prepared["version"], "decision": "POST",
            "idempotencyKey": self.stage.key(&format!("fund-post-{kind}")) });
        self.second.does(("decideLedgerEvent", "DecideLedgerEventInput"), input, "id").await?;
        Ok(())
    }

    /// Keeps what was accepted of a batch until the next month.
    pub(super) fn takes_note(&mut self, batch: &str, accepted: &Value) {
        batch.clone_into(&mut self.batch);
        self.accepted = accepted.as_array().map(|ids| ids.iter().map(text).collect()).unwrap_or_default();
    }

    fn key(&self, step: &str, month: usize) -> String {
        self.stage.key(&format!("fund-{step}-{month}"))
    }

    /// What was accepted in the month before this one is invoiced, and settled as far as that month comes.
    pub(super) async fn settles(
        &mut self,
        month: usize,
        (maker, distributor, hospital): (&str, &Player<'_>, &Player<'_>),
    ) -> Result<(), ServeError> {
        let accepted = std::mem::take(&mut self.accepted);
        let Some(before) = month.checked_sub(1).filter(|_before| !accepted.is_empty()) else { return Ok(()) };
        let mut taken = distributor.pages(("acceptances", ""), "id packs price amount acceptedAt").await?;
        taken.retain(|one| accepted.iter().any(|id| one["id"] == id.as_str()));
        self.invoices(before, (maker, distributor, hospital), &taken).await?;
        let Some(last) = STEPS.get(before).copied() else { return Ok(()) };
        let of_month = taken.first().and_then(|one| one["acceptedAt"].as_str()?.get(..7)).unwrap_or_default();
        let input = json!({ "month": of_month, "hospital": hospital.organization(), "book": book(), "idempotencyKey": self.key("apply", before) });
        let mutation = ("applyForSettlement", "ApplyForSettlementInput");
        let applied = distributor.does(mutation, input, "id version").await?;
        if last == Step::AppliedFor {
            return Ok(());
        }
        let input = json!({ "id": applied["id"], "version": applied["version"], "disputes": [], "idempotencyKey": self.key("answer", before) });
        let answered =
            hospital.does(("answerStatement", "AnswerStatementInput"), input, "id version").await?;
        let reviewed = self.decides(&self.clerk, &answered, ("REVIEW", before)).await?;
        self.decides(&self.second, &reviewed, ("APPROVE", before)).await?;
        if last == Step::Paid { self.pays(before).await } else { Ok(()) }
    }

    /// The maker's invoice of the batch, then the distributor's that stands on it.
    async fn invoices(
        &self,
        month: usize,
        (maker, distributor, hospital): (&str, &Player<'_>, &Player<'_>),
        taken: &[Value],
    ) -> Result<(), ServeError> {
        let day = self.stage.now().await?.day_in_china().to_string();
        let packs = |one: &Value| one["packs"].as_str().and_then(|packs| packs.parse::<u64>().ok());
        let all: u64 = taken.iter().filter_map(packs).sum();
        let first = format!("9{month:019}");
        let batches = json!([{ "batch": self.batch, "packs": all.to_string() }]);
        let input = json!({ "number": first, "makerCode": maker, "issuedOn": day, "batches": batches, "idempotencyKey": self.key("first", month) });
        distributor.does(("registerFirstInvoice", "RegisterFirstInvoiceInput"), input, "").await?;
        let mut lines = Vec::with_capacity(taken.len());
        for one in taken {
            let fen: i64 = one["amount"].as_str().unwrap_or_default().replace('.', "").parse()?;
            let tax = fen * TAX.0 / TAX.1;
            lines.push(json!({ "acceptance": one["id"], "packs": one["packs"], "price": one["price"], "amount": yuan(fen - tax),
                "tax": yuan(tax), "firstInvoice": first }));
        }
        let input = json!({ "number": format!("8{month:019}"), "hospital": hospital.organization(), "sellerCode": DISTRIBUTOR,
            "buyerCode": HOSPITAL, "issuedOn": day, "lines": lines, "idempotencyKey": self.key("invoice", month) });
        distributor.does(("registerInvoice", "RegisterInvoiceInput"), input, "").await?;
        Ok(())
    }

    async fn decides(
        &self,
        who: &Player<'_>,
        seen: &Value,
        (decision, month): (&str, usize),
    ) -> Result<Value, ServeError> {
        let input = json!({ "id": seen["id"], "version": seen["version"], "decision": decision, "idempotencyKey": self.key(decision, month) });
        who.does(("decideStatement", "DecideStatementInput"), input, "id version").await
    }

    /// What is owed is sent to the bank, which pays all of it.
    async fn pays(&self, month: usize) -> Result<(), ServeError> {
        let day = self.stage.now().await?.day_in_china().to_string();
        let input = json!({ "book": book(), "day": day, "idempotencyKey": self.key("batch", month) });
        let mutation = ("preparePaymentBatch", "PreparePaymentBatchInput");
        let prepared = self.clerk.does(mutation, input, "id version").await?;
        let input = json!({ "id": prepared["id"], "version": prepared["version"], "approve": true, "idempotencyKey": self.key("send", month) });
        self.second.does(("decidePaymentBatch", "DecidePaymentBatchInput"), input, "id").await?;
        self.stage.passes(0).await?;
        let file = self.clerk.asks(&format!("{{ paymentFile(batch: {}) }}", prepared["id"])).await?;
        let payments = file.as_str().unwrap_or_default().lines().skip(1);
        let payments: Vec<&str> =
            payments.filter_map(|row| row.split(',').next()).filter(|id| *id != "TOTAL").collect();
        let rows: Vec<String> = payments.iter().map(|id| format!("{id},PAID,{day},模拟{day},\n")).collect();
        let answer = format!("payment,answer,day,reference,reason\n{}TOTAL,{}\n", rows.concat(), rows.len());
        let input =
            json!({ "batch": prepared["id"], "file": answer, "idempotencyKey": self.key("bank", month) });
        self.clerk.does(("takeBankAnswer", "TakeBankAnswerInput"), input, "").await?;
        Ok(())
    }
}

fn book() -> Value {
    json!({ "area": AREA, "scheme": "EMPLOYEE" })
}

fn yuan(fen: i64) -> String {
    format!("{}.{:02}", fen / 100, fen % 100)
}
