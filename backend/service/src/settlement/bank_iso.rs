//! The bank file as ISO 20022 messages, another adapter beside the table: pain.001.001.09 to the bank, pain.002.001.10 from it. A payment is named
//! by the digits of its id, because an end-to-end id has at most 35 characters.
use std::io;

use jicai_domain::errors::Refusal;
use jicai_domain::ids::{Id as _, PaymentBatchId, PaymentId};
use jicai_domain::settlement::money::Money;
use jicai_domain::settlement::payment::Answer;
use jicai_domain::time::{Day, Timestamp};
use jicai_store::settlement::bank::Payee;
use jicai_store::settlement::payments::{Batch, Payment};
use quick_xml::events::{BytesDecl, BytesText, Event};
use quick_xml::{Reader, Writer};

use super::bank_file::{Told, wrong};
use crate::errors::Error;

const NAMESPACE: &str = "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09";

/// The clearing system whose branch numbers (联行号) name banks.
const CLEARING: &str = "CNAPS";

/// The longest name.
const NAME_MAX: usize = 140;

type Out = Writer<Vec<u8>>;

/// The message for the bank.
pub(super) fn write(batch: &Batch, from: &Payee, payments: &[Payment]) -> Result<String, Error> {
    let mut out = Writer::new(Vec::new());
    let total = Money::sum(payments.iter().map(|payment| payment.amount))?.to_string();
    let written = message(&mut out, (batch, from), (payments, &total));
    written.map_err(|error| Error::broken(error.to_string()))?;
    String::from_utf8(out.into_inner()).map_err(|error| Error::broken(error.to_string()))
}

fn message(
    out: &mut Out,
    (batch, from): (&Batch, &Payee),
    (payments, total): (&[Payment], &str),
) -> io::Result<()> {
    let (id, count) = (digits(batch.id.number()), payments.len().to_string());
    out.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    out.create_element("Document").with_attribute(("xmlns", NAMESPACE)).write_inner_content(|out| {
        within(out, &["CstmrCdtTrfInitn"], |out| {
            within(out, &["GrpHdr"], |out| {
                text(out, "MsgId", &id)?;
                text(out, "CreDtTm", &instant(batch.prepared_at)?)?;
                text(out, "NbOfTxs", &count)?;
                text(out, "CtrlSum", total)?;
                within(out, &["InitgPty"], |out| name(out, &from.holder))
            })?;
            within(out, &["PmtInf"], |out| {
                text(out, "PmtInfId", &id)?;
                text(out, "PmtMtd", "TRF")?;
                text(out, "NbOfTxs", &count)?;
                text(out, "CtrlSum", total)?;
                within(out, &["ReqdExctnDt"], |out| text(out, "Dt", &batch.day.to_string()))?;
                within(out, &["Dbtr"], |out| name(out, &from.holder))?;
                within(out, &["DbtrAcct", "Id", "Othr"], |out| text(out, "Id", &from.account))?;
                agent(out, "DbtrAgt", &from.bank_code)?;
                payments.iter().try_for_each(|payment| transfer(out, payment))
            })
        })
    })?;
    Ok(())
}

fn transfer(out: &mut Out, payment: &Payment) -> io::Result<()> {
    let (id, payee) = (digits(payment.id.number()), &payment.payee);
    within(out, &["CdtTrfTxInf"], |out| {
        within(out, &["PmtId"], |out| {
            text(out, "InstrId", &id)?;
            text(out, "EndToEndId", &id)
        })?;
        within(out, &["Amt"], |out| {
            let amount = payment.amount.to_string();
            let element = out.create_element("InstdAmt").with_attribute(("Ccy", "CNY"));
            element.write_text_content(BytesText::new(&amount)).map(|_out| ())
        })?;
        agent(out, "CdtrAgt", &payee.bank_code)?;
        within(out, &["Cdtr"], |out| name(out, &payee.holder))?;
        within(out, &["CdtrAcct", "Id", "Othr"], |out| text(out, "Id", &payee.account))?;
        within(out, &["RmtInf"], |out| text(out, "Ustrd", &payment.statement.to_string()))
    })
}

fn agent(out: &mut Out, tag: &str, bank_code: &str) -> io::Result<()> {
    within(out, &[tag, "FinInstnId", "ClrSysMmbId"], |out| {
        within(out, &["ClrSysId"], |out| text(out, "Cd", CLEARING))?;
        text(out, "MmbId", bank_code)
    })
}

fn name(out: &mut Out, holder: &str) -> io::Result<()> {
    text(out, "Nm", &holder.chars().take(NAME_MAX).collect::<String>())
}

/// Elements within each other, and what the last one holds.
fn within(out: &mut Out, tags: &[&str], inner: impl FnOnce(&mut Out) -> io::Result<()>) -> io::Result<()> {
    for tag in tags {
        out.write_event(Event::Start(quick_xml::events::BytesStart::new(*tag)))?;
    }
    inner(out)?;
    for tag in tags.iter().rev() {
        out.write_event(Event::End(quick_xml::events::BytesEnd::new(*tag)))?;
    }
    Ok(())
}

fn text(out: &mut Out, tag: &str, text: &str) -> io::Result<()> {
    out.create_element(tag).write_text_content(BytesText::new(text)).map(|_out| ())
}

fn digits(id: u128) -> String {
    format!("{id:032x}")
}

fn instant(at: Timestamp) -> io::Result<String> {
    jiff::Timestamp::from_second(at.seconds()).map(|at| at.to_string()).map_err(io::Error::other)
}

/// What a message says of one payment.
#[derive(Default)]
struct Status {
    payment: String,
    status: String,
    at: String,
    reference: String,
    reason: Vec<String>,
}

/// Reads a message about a batch. Payments that are still under way are not told. Errors: `BANK_ANSWER_INVALID` with the number of the payment in
/// the message and what was expected.
pub(super) fn read(message: &str, batch: PaymentBatchId) -> Result<Vec<Told>, Refusal> {
    let (mut reader, mut path, mut text) = (Reader::from_str(message), Vec::<String>::new(), String::new());
    let (mut original, mut made, mut statuses) = (None, String::new(), Vec::<Status>::new());
    let mut whole = false;
    loop {
        let row = statuses.len();
        match reader.read_event().map_err(|_malformed| wrong(row, "a whole pain.002: it is not XML"))? {
            Event::Start(start) => {
                let tag = start.local_name().as_ref().to_owned();
                if tag == "TxInfAndSts" {
                    statuses.push(Status::default());
                }
                path.push(tag);
                text.clear();
            }
            Event::Text(part) => text.push_str(&part.xml10_content()),
            Event::CData(part) => text.push_str(&part.xml10_content()),
            Event::GeneralRef(name) => text.push_str(&entity(&name).ok_or_else(|| wrong(row, "plain text"))?),
            Event::End(_) => {
                told(&path, text.trim(), (&mut original, &mut made, statuses.last_mut()));
                path.pop();
                whole = path.is_empty();
                text.clear();
            }
            Event::DocType(_) => return Err(wrong(row, "no document type")),
            Event::Empty(_) | Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
            Event::Eof => break,
        }
    }
    if !whole {
        return Err(wrong(statuses.len(), "a whole pain.002: the file is cut off"));
    }
    if original.as_deref() != Some(digits(batch.number()).as_str()) {
        let expected = format!("OrgnlMsgId {}", digits(batch.number()));
        return Err(wrong(0, &expected));
    }
    let answers = (1..).zip(&statuses).map(|(row, status)| answer(row, status, &made));
    Ok(answers.collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect())
}

/// What an entity or a character reference stands for; nothing where it is none that XML has by itself.
fn entity(name: &quick_xml::events::BytesRef<'_>) -> Option<String> {
    let known: &str = name;
    let plain = quick_xml::escape::resolve_xml_entity(known).map(str::to_owned);
    plain.or_else(|| name.resolve_char_ref().ok().flatten().map(String::from))
}

type Seen<'s> = (&'s mut Option<String>, &'s mut String, Option<&'s mut Status>);

fn told(path: &[String], text: &str, (original, made, status): Seen<'_>) {
    let at = |tags: &[&str]| {
        path.len() >= tags.len() && path.iter().rev().zip(tags.iter().rev()).all(|(one, tag)| one == tag)
    };
    if at(&["OrgnlGrpInfAndSts", "OrgnlMsgId"]) {
        *original = Some(text.to_owned());
    }
    if at(&["GrpHdr", "CreDtTm"]) {
        text.clone_into(made);
    }
    let Some(status) = status.filter(|_status| path.iter().any(|tag| tag == "TxInfAndSts")) else { return };
    if at(&["TxInfAndSts", "OrgnlEndToEndId"]) {
        text.clone_into(&mut status.payment);
    } else if at(&["TxInfAndSts", "TxSts"]) {
        text.clone_into(&mut status.status);
    } else if at(&["TxInfAndSts", "AccptncDtTm"]) {
        text.clone_into(&mut status.at);
    } else if at(&["TxInfAndSts", "AcctSvcrRef"]) {
        text.clone_into(&mut status.reference);
    } else if at(&["StsRsnInf", "Rsn", "Cd"])
        || at(&["StsRsnInf", "Rsn", "Prtry"])
        || at(&["StsRsnInf", "AddtlInf"])
    {
        status.reason.push(text.to_owned());
    }
}

fn answer(row: usize, status: &Status, made: &str) -> Result<Option<Told>, Refusal> {
    let answer = match status.status.as_str() {
        "ACSC" | "ACCC" => Answer::Paid,
        "RJCT" => Answer::Failed,
        "RCVD" | "ACTC" | "ACCP" | "ACSP" | "ACWC" | "PDNG" => return Ok(None),
        _ => return Err(wrong(row, "TxSts ACSC, ACCC, RJCT or one of a payment under way")),
    };
    let payment = PaymentId::parse(&format!("{}_{}", PaymentId::PREFIX, status.payment));
    let payment = payment.map_err(|_refusal| wrong(row, "the end-to-end id of a payment"))?;
    let at = if status.at.is_empty() { made } else { &status.at };
    let day =
        at.get(..10).and_then(Day::parse).ok_or_else(|| wrong(row, "a day of AccptncDtTm or CreDtTm"))?;
    let reference = if status.reference.is_empty() { &status.payment } else { &status.reference };
    let reason = status.reason.join(" ");
    if reference.chars().count() > 100 || reason.chars().count() > 500 {
        return Err(wrong(row, "a reference of at most 100 characters, a reason of at most 500"));
    }
    if (answer == Answer::Failed) && reason.is_empty() {
        return Err(wrong(row, "a reason where it was not paid"));
    }
    let reason = if answer == Answer::Paid { String::new() } else { reason };
    Ok(Some(Told { row, payment, answer, day, reference: reference.clone(), reason }))
}

#[cfg(test)]
mod tests {
    use jicai_domain::identity::{RegionCode, Version};
    use jicai_domain::ids::{OrganizationId, StatementId, UserId};
    use jicai_domain::settlement::ledger::{Book, Scheme};
    use jicai_domain::settlement::payment::BatchState;

    use super::*;

    fn payee(holder: &str) -> Payee {
        Payee {
            holder: holder.to_owned(),
            bank_code: "102301000019".to_owned(),
            account: "6222000011112222".to_owned(),
        }
    }

    fn written() -> String {
        let book = Book { area: RegionCode::parse("320100").unwrap(), scheme: Scheme::Employee };
        let amount = Money::parse("1234.50").unwrap();
        let batch = Batch {
            id: PaymentBatchId::from_number(1),
            book,
            day: Day::parse("2026-02-12").unwrap(),
            state: BatchState::Sent,
            payments: 1,
            total: amount,
            prepared_by: UserId::from_number(1),
            prepared_at: Timestamp::from_micros(1_770_000_000_000_000),
            version: Version::new(3),
        };
        let payment = Payment {
            id: PaymentId::from_number(16),
            batch: batch.id,
            statement: StatementId::from_number(3),
            supplier: OrganizationId::from_number(4),
            amount,
            payee: payee("甲 & 乙 <供货>有限公司"),
            replaces: None,
            status: "INSTRUCTED".to_owned(),
            reference: None,
            reason: None,
            paid_on: None,
        };
        write(&batch, &payee("南京市医疗保险基金管理中心"), &[payment]).unwrap()
    }

    /// A message about batch 1 with these answers.
    fn answers(inner: &str) -> String {
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?><p:Document xmlns:p=\"urn:iso:std:iso:20022:tech:xsd:pain.002.001.10\"><p:CstmrPmtStsRpt>\
             <p:GrpHdr><p:MsgId>X1</p:MsgId><p:CreDtTm>2026-02-13T09:00:00</p:CreDtTm></p:GrpHdr>\
             <p:OrgnlGrpInfAndSts><p:OrgnlMsgId>{}</p:OrgnlMsgId><p:OrgnlMsgNmId>pain.001.001.09</p:OrgnlMsgNmId></p:OrgnlGrpInfAndSts>\
             <p:OrgnlPmtInfAndSts>{inner}</p:OrgnlPmtInfAndSts></p:CstmrPmtStsRpt></p:Document>",
            digits(1)
        )
    }

    fn status(payment: &str, status: &str, more: &str) -> String {
        format!(
            "<p:TxInfAndSts><p:OrgnlEndToEndId>{payment}</p:OrgnlEndToEndId><p:TxSts>{status}</p:TxSts>{more}</p:TxInfAndSts>"
        )
    }

    #[test]
    fn the_message_names_each_payment_with_its_amount() {
        let message = written();
        let expected = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Document xmlns=\"{NAMESPACE}\"><CstmrCdtTrfInitn><GrpHdr><MsgId>{id}</MsgId>\
             <CreDtTm>2026-02-02T02:40:00Z</CreDtTm><NbOfTxs>1</NbOfTxs><CtrlSum>1234.50</CtrlSum><InitgPty><Nm>南京市医疗保险基金管理中心</Nm></InitgPty></GrpHdr>\
             <PmtInf><PmtInfId>{id}</PmtInfId><PmtMtd>TRF</PmtMtd><NbOfTxs>1</NbOfTxs><CtrlSum>1234.50</CtrlSum><ReqdExctnDt><Dt>2026-02-12</Dt></ReqdExctnDt>\
             <Dbtr><Nm>南京市医疗保险基金管理中心</Nm></Dbtr><DbtrAcct><Id><Othr><Id>6222000011112222</Id></Othr></Id></DbtrAcct>\
             <DbtrAgt><FinInstnId><ClrSysMmbId><ClrSysId><Cd>CNAPS</Cd></ClrSysId><MmbId>102301000019</MmbId></ClrSysMmbId></FinInstnId></DbtrAgt>\
             <CdtTrfTxInf><PmtId><InstrId>{payment}</InstrId><EndToEndId>{payment}</EndToEndId></PmtId><Amt><InstdAmt Ccy=\"CNY\">1234.50</InstdAmt></Amt>\
             <CdtrAgt><FinInstnId><ClrSysMmbId><ClrSysId><Cd>CNAPS</Cd></ClrSysId><MmbId>102301000019</MmbId></ClrSysMmbId></FinInstnId></CdtrAgt>\
             <Cdtr><Nm>甲 &amp; 乙 &lt;供货&gt;有限公司</Nm></Cdtr><CdtrAcct><Id><Othr><Id>6222000011112222</Id></Othr></Id></CdtrAcct>\
             <RmtInf><Ustrd>stm_00000000000000000000000000000003</Ustrd></RmtInf></CdtTrfTxInf></PmtInf></CstmrCdtTrfInitn></Document>",
            id = digits(1),
            payment = digits(16),
        );
        assert_eq!(message, expected);
    }

    #[test]
    fn an_answer_is_read_whole_or_says_what_is_wrong() {
        let batch = PaymentBatchId::from_number(1);
        let refused = |message: &str| read(message, batch).unwrap_err().allowed.unwrap();
        let reason = "<p:StsRsnInf><p:Rsn><p:Cd>AC04</p:Cd></p:Rsn><p:AddtlInf>账户 &amp; 户名&#x4E0D;符</p:AddtlInf></p:StsRsnInf>";
        let day = "<p:AccptncDtTm>2026-02-12T10:00:00+08:00</p:AccptncDtTm><p:AcctSvcrRef>B7</p:AcctSvcrRef>";
        let good = [
            status(&digits(16), "ACSC", day),
            status(&digits(17), "RJCT", reason),
            status(&digits(18), "PDNG", ""),
        ]
        .concat();
        let told = read(&answers(&good), batch).unwrap();
        let told: Vec<String> = told
            .iter()
            .map(|one| {
                format!("{} {} {} {} {}", one.row, one.answer.label(), one.day, one.reference, one.reason)
            })
            .collect();
        let rejected = format!("2 FAILED 2026-02-13 {} AC04 账户 & 户名不符", digits(17));
        assert_eq!(told, ["1 PAID 2026-02-12 B7 ".to_owned(), rejected]);
        let whole = answers(&good);
        let half = whole.find("</p:OrgnlPmtInfAndSts>").unwrap();
        for (message, expected) in [
            (whole[..half].to_owned(), "row 3: a whole pain.002: the file is cut off"),
            (whole[..half - 4].to_owned(), "row 3: a whole pain.002: it is not XML"),
            (whole.replacen(&digits(1), &digits(2), 1), &format!("row 0: OrgnlMsgId {}", digits(1))),
            (answers(&status("甲", "ACSC", "")), "row 1: the end-to-end id of a payment"),
            (
                answers(&status(&digits(16), "OK", "")),
                "row 1: TxSts ACSC, ACCC, RJCT or one of a payment under way",
            ),
            (answers(&status(&digits(16), "RJCT", "")), "row 1: a reason where it was not paid"),
            (whole.replacen("<p:Doc", "<!DOCTYPE x><p:Doc", 1), "row 0: no document type"),
            (whole.replacen("&amp;", "&xxe;", 1), "row 2: plain text"),
        ] {
            assert_eq!(refused(&message), expected);
        }
    }
}
