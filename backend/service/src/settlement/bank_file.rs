//! The bank file as a table (CSV in UTF-8), one adapter of many: `payment,holder,bank_code,account,amount,purpose`, a row a payment, and a last row
//! `TOTAL` with count and sum. The bank answers with `payment,answer,day,reference,reason` and a last row `TOTAL` with the count of answers.
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::ids::{Id as _, PaymentId};
use jicai_domain::settlement::money::Money;
use jicai_domain::settlement::payment::Answer;
use jicai_domain::time::Day;
use jicai_store::settlement::payments::Payment;

use crate::errors::Error;

/// The last row of a file, so that half a file is not taken for a whole one.
const TOTAL: &str = "TOTAL";

/// A row of the bank's answer.
#[derive(Clone, Debug)]
pub(super) struct Told {
    pub(super) row: usize,
    pub(super) payment: PaymentId,
    pub(super) answer: Answer,
    pub(super) day: Day,
    pub(super) reference: String,
    pub(super) reason: String,
}

/// The file for the bank.
pub(super) fn write(payments: &[Payment]) -> Result<String, Error> {
    let broken = |error: csv::Error| Error::broken(error.to_string());
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer
        .write_record(["payment", "holder", "bank_code", "account", "amount", "purpose"])
        .map_err(broken)?;
    for payment in payments {
        let (id, amount) = (payment.id.to_string(), payment.amount.to_string());
        let payee = &payment.payee;
        let purpose = payment.statement.to_string();
        let record = [&id, &payee.holder, &payee.bank_code, &payee.account, &amount, &purpose];
        writer.write_record(record).map_err(broken)?;
    }
    let total = Money::sum(payments.iter().map(|payment| payment.amount))?.to_string();
    let count = payments.len().to_string();
    writer.write_record([TOTAL, count.as_str(), "", "", total.as_str(), ""]).map_err(broken)?;
    let bytes = writer.into_inner().map_err(|error| Error::broken(error.to_string()))?;
    String::from_utf8(bytes).map_err(|error| Error::broken(error.to_string()))
}

/// Reads the bank's answer. Errors: `BANK_ANSWER_INVALID` with the row and what was expected.
pub(super) fn read(text: &str) -> Result<Vec<Told>, Refusal> {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
    let mut rows = (1..).zip(reader.records()).map(|(row, record)| {
        let record = record.map_err(|_malformed| wrong(row, "UTF-8 CSV"))?;
        Ok((row, record.iter().map(str::trim).map(str::to_owned).collect::<Vec<String>>()))
    });
    let head = ["payment", "answer", "day", "reference", "reason"];
    match rows.next().transpose()? {
        Some((_, cells)) if cells == head => {}
        _ => return Err(wrong(1, &head.join(","))),
    }
    let (mut told, mut total) = (Vec::new(), None);
    for row in rows {
        let (row, cells) = row?;
        if total.is_some() {
            return Err(wrong(row, "nothing after TOTAL"));
        }
        match cells.first().map(String::as_str) {
            Some(TOTAL) => total = Some((row, cells.get(1).cloned().unwrap_or_default())),
            _ => told.push(one(row, &cells)?),
        }
    }
    let count = told.len();
    match total {
        Some((_, said)) if said == count.to_string() => Ok(told),
        Some((row, _)) => Err(wrong(row, &format!("TOTAL,{count}"))),
        None => Err(wrong(count.saturating_add(2), "a last row TOTAL: the file is cut off")),
    }
}

fn one(row: usize, cells: &[String]) -> Result<Told, Refusal> {
    let [payment, answer, day, reference, reason] = cells else {
        return Err(wrong(row, "5 cells"));
    };
    let payment = PaymentId::parse(payment).map_err(|_refusal| wrong(row, "the id of a payment"))?;
    let answer = Answer::from_label(answer).ok_or_else(|| wrong(row, "PAID, FAILED or RETURNED"))?;
    let day = Day::parse(day).ok_or_else(|| wrong(row, "a day YYYY-MM-DD"))?;
    if reference.is_empty() || reference.chars().count() > 100 || reason.chars().count() > 500 {
        return Err(wrong(row, "a reference of 1 to 100 characters, a reason of at most 500"));
    }
    if (answer == Answer::Paid) != reason.is_empty() {
        return Err(wrong(row, "a reason exactly where it was not paid"));
    }
    Ok(Told { row, payment, answer, day, reference: reference.clone(), reason: reason.clone() })
}

pub(super) fn wrong(row: usize, expected: &str) -> Refusal {
    Refusal::of(Code::BankAnswerInvalid).at("file").allowing(format!("row {row}: {expected}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "payment,answer,day,reference,reason\n";

    fn refused(rest: &str) -> String {
        let refusal = read(&format!("{HEAD}{rest}")).unwrap_err();
        assert_eq!(refusal.code, Code::BankAnswerInvalid);
        refusal.allowed.unwrap_or_default()
    }

    #[test]
    fn an_answer_is_read_whole_or_not_at_all() {
        let id = PaymentId::from_number(7);
        let rows = format!("{HEAD}{id},PAID,2026-02-12,B1,\n{id},RETURNED,2026-02-13,B2,账号有误\nTOTAL,2\n");
        let told = read(&rows).unwrap();
        assert_eq!(told.iter().map(|told| told.answer).collect::<Vec<_>>(), [Answer::Paid, Answer::Returned]);
        let good = format!("{id},PAID,2026-02-12,B1,\n");
        for (rest, expected) in [
            (good.clone(), "row 3: a last row TOTAL: the file is cut off"),
            (format!("{good}TOTAL,2\n"), "row 3: TOTAL,1"),
            (format!("{good}TOTAL,1\n{good}"), "row 4: nothing after TOTAL"),
            (format!("{good}pay_x,PAID,2026-02-12,B1,\n"), "row 3: the id of a payment"),
            (format!("{id},MAYBE,2026-02-12,B1,\n"), "row 2: PAID, FAILED or RETURNED"),
            (format!("{id},FAILED,2026-02-12,B1,\n"), "row 2: a reason exactly where it was not paid"),
            (format!("{id},PAID\n"), "row 2: 5 cells"),
        ] {
            assert_eq!(refused(&rest), expected);
        }
        assert!(read("payment,answer\n").is_err());
    }
}
