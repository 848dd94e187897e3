//! The bank's files as ISO 20022 messages.
use serde_json::{Value, json};

use super::fund::Fund;
use super::trade::{Supplier, all_said};
use crate::support::actor::{Outcome, key};

impl Fund {
    async fn message(&self, batch: &Value) -> Outcome {
        self.clerk.asks(&format!("{{ paymentFile(batch: {batch}, form: ISO_20022) }}")).await
    }

    async fn bank_tells(&self, batch: &Value, message: &str) -> Outcome {
        let query = "mutation($input: TakeBankAnswerInput!) { takeBankAnswer(input: $input) }";
        let input = json!({ "batch": batch, "file": message, "form": "ISO_20022", "idempotencyKey": key() });
        self.clerk.asks_with(query, json!({ "input": input })).await
    }
}

/// The texts of every element of that name.
fn every(message: &str, name: &str) -> Vec<String> {
    let (open, close) = (format!("<{name}>"), format!("</{name}>"));
    message.split(&open).skip(1).map(|rest| rest.split(&close).next().unwrap().to_owned()).collect()
}

/// What pain.001.001.09 says of the elements that we write: each with its children in their order (`!` is needed once, `?` may be there once, `*` at
/// least once), or with the most characters of its text. What the message definition allows and we never write is left out.
const DEFINITION: &[(&str, &str)] = &[
    ("Document", "CstmrCdtTrfInitn!"),
    ("CstmrCdtTrfInitn", "GrpHdr! PmtInf*"),
    ("GrpHdr", "MsgId! CreDtTm! NbOfTxs! CtrlSum? InitgPty!"),
    ("PmtInf", "PmtInfId! PmtMtd! NbOfTxs? CtrlSum? ReqdExctnDt! Dbtr! DbtrAcct! DbtrAgt! CdtTrfTxInf*"),
    ("CdtTrfTxInf", "PmtId! Amt! CdtrAgt? Cdtr? CdtrAcct? RmtInf?"),
    ("PmtId", "InstrId? EndToEndId!"),
    ("ReqdExctnDt", "Dt!"),
    ("Amt", "InstdAmt!"),
    ("InitgPty", "Nm?"),
    ("Dbtr", "Nm?"),
    ("Cdtr", "Nm?"),
    ("DbtrAcct", "Id!"),
    ("CdtrAcct", "Id!"),
    ("DbtrAgt", "FinInstnId!"),
    ("CdtrAgt", "FinInstnId!"),
    ("FinInstnId", "ClrSysMmbId?"),
    ("ClrSysMmbId", "ClrSysId? MmbId!"),
    ("ClrSysId", "Cd!"),
    ("Othr", "Id!"),
    ("RmtInf", "Ustrd?"),
    ("MsgId", "35"),
    ("PmtInfId", "35"),
    ("InstrId", "35"),
    ("EndToEndId", "35"),
    ("CreDtTm", "40"),
    ("NbOfTxs", "15"),
    ("CtrlSum", "19"),
    ("PmtMtd", "3"),
    ("Dt", "10"),
    ("InstdAmt", "19"),
    ("Nm", "140"),
    ("Cd", "5"),
    ("MmbId", "35"),
    ("Ustrd", "140"),
];

/// What of a message is not as the definition has it. The id of an account holds `Othr`, and the one within that a text.
fn faults(message: &str) -> Vec<String> {
    let (mut faults, mut open) = (Vec::new(), Vec::<(String, Vec<String>)>::new());
    for piece in message.split('<').skip(1) {
        let (tag, text) = piece.split_once('>').unwrap();
        let name = tag.split(' ').next().unwrap();
        if tag.starts_with('?') {
            continue;
        }
        if let Some(closed) = name.strip_prefix('/') {
            let (name, children) = open.pop().unwrap();
            assert_eq!(name, closed);
            faults.extend(fault(&name, (open.last().map(|(parent, _)| parent.as_str()), &children)));
            continue;
        }
        if name == "InstdAmt" && tag != "InstdAmt Ccy=\"CNY\"" {
            faults.push("InstdAmt without a currency".to_owned());
        }
        open.last_mut().into_iter().for_each(|(_, children)| children.push(name.to_owned()));
        let text = Some(text.trim()).filter(|text| !text.is_empty()).map(|text| format!("#{text}"));
        open.push((name.to_owned(), text.into_iter().collect()));
    }
    faults
}

fn fault(name: &str, (parent, children): (Option<&str>, &[String])) -> Option<String> {
    let own = match (name, parent) {
        ("Id", Some("Othr")) => "34",
        ("Id", _) => "Othr!",
        _ => DEFINITION.iter().find(|(known, _)| *known == name).map_or("nothing", |(_, own)| own),
    };
    if let Ok(most) = own.parse::<usize>() {
        let text = children.first().map_or("", |text| text.trim_start_matches('#'));
        let fits = children.len() == 1 && (1..=most).contains(&text.chars().count());
        return (!fits).then(|| format!("{name}: {text:?}"));
    }
    let mut left = children;
    for rule in own.split(' ') {
        let (child, count) = rule.split_at(rule.len() - 1);
        let found = left.iter().take_while(|one| *one == child).count();
        let fits = match count {
            "!" => found == 1,
            "?" => found <= 1,
            _ => found >= 1,
        };
        if !fits {
            return Some(format!("{name}: {found} of {child}"));
        }
        left = &left[found..];
    }
    (!left.is_empty()).then(|| format!("{name}: {left:?} is not there, or not in that order"))
}

/// A pain.002 about a batch.
fn answer(batch: &str, statuses: &[(&str, &str)]) -> String {
    let status = |(payment, status): &(&str, &str)| {
        let reason = if *status == "RJCT" { "<StsRsnInf><Rsn><Cd>AC04</Cd></Rsn></StsRsnInf>" } else { "" };
        format!(
            "<TxInfAndSts><OrgnlEndToEndId>{payment}</OrgnlEndToEndId><TxSts>{status}</TxSts>{reason}\
             <AccptncDtTm>2026-02-11T09:00:00+08:00</AccptncDtTm><AcctSvcrRef>B1</AcctSvcrRef></TxInfAndSts>"
        )
    };
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:pain.002.001.10\"><CstmrPmtStsRpt><GrpHdr>\
         <MsgId>X</MsgId><CreDtTm>2026-02-11T09:00:00</CreDtTm></GrpHdr><OrgnlGrpInfAndSts><OrgnlMsgId>{batch}</OrgnlMsgId>\
         <OrgnlMsgNmId>pain.001.001.09</OrgnlMsgNmId></OrgnlGrpInfAndSts><OrgnlPmtInfAndSts><OrgnlPmtInfId>{batch}</OrgnlPmtInfId>{}\
         </OrgnlPmtInfAndSts></CstmrPmtStsRpt></Document>",
        statuses.iter().map(status).collect::<String>()
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_goes_out_as_a_message_and_its_answer_is_taken_whole_and_once() {
    let fund = Fund::new().await;
    fund.posts("GRANTED", "5.00", "2026-01-01").await;
    let supplier = Supplier::of(&fund, 1).await;
    fund.owes(&supplier, 3).await;
    let (batch, file) = fund.sends("2026-02-10").await;
    fund.message(&batch).await.refused("PAYING_ACCOUNT_MISSING");
    let account = json!({ "book": fund.book, "holder": "南京市医疗保险基金管理中心", "bankCode": "10230100001", "account": "4301000000001",
        "idempotencyKey": key() });
    fund.clerk.does("setPayingAccount", account.clone(), "version").await.refused("PAYEE_INVALID");
    let mut account = account;
    (account["bankCode"], account["idempotencyKey"]) = (json!("102301000019"), json!(key()));
    fund.clerk.does("setPayingAccount", account, "version").await.done();
    let message = fund.message(&batch).await.done().as_str().unwrap().to_owned();
    assert_eq!(fund.message(&batch).await.done(), message.as_str());
    assert_eq!(every(&message, "CtrlSum"), ["0.03", "0.03"]);
    assert_eq!(faults(&message), Vec::<String>::new());
    for (right, wrong) in [
        (
            "<NbOfTxs>3</NbOfTxs><CtrlSum>0.03</CtrlSum><InitgPty>",
            "<CtrlSum>0.03</CtrlSum><NbOfTxs>3</NbOfTxs><InitgPty>",
        ),
        ("<PmtMtd>TRF</PmtMtd>", ""),
        ("<Cd>CNAPS</Cd>", "<Cd>CHINA-CNAPS</Cd>"),
        ("<PmtMtd>TRF</PmtMtd>", "<PmtMtd>TRF</PmtMtd><Amount>1</Amount>"),
        (" Ccy=\"CNY\"", ""),
    ] {
        assert!(message.contains(right), "{right}");
        assert!(!faults(&message.replacen(right, wrong, 1)).is_empty(), "{wrong}");
    }
    assert_eq!(every(&message, "Nm")[0], "南京市医疗保险基金管理中心");
    assert_eq!(every(&message, "MsgId"), [batch.as_str().unwrap().trim_start_matches("bat_")]);
    let payments = every(&message, "EndToEndId");
    let [one, two, three] = [0, 1, 2].map(|at| payments[at].as_str());
    let table: Vec<&str> = file.lines().skip(1).take(3).map(|row| &row[4..36]).collect();
    assert_eq!(payments, table);
    let own = every(&message, "MsgId").remove(0);
    let refused = async |message: &str, expected: &str| {
        let answer = fund.bank_tells(&batch, message).await;
        answer.refused("BANK_ANSWER_INVALID");
        assert_eq!(answer.json["errors"][0]["extensions"]["allowed"], expected);
    };
    let before = fund.balances().await;
    let told = answer(&own, &[(one, "ACSC"), (two, "RJCT"), (three, "PDNG")]);
    refused(
        &told[..told.find("</OrgnlPmtInfAndSts>").unwrap()],
        "row 3: a whole pain.002: the file is cut off",
    )
    .await;
    refused(&answer(&"0".repeat(32), &[(one, "ACSC")]), &format!("row 0: OrgnlMsgId {own}")).await;
    refused(
        &answer(&own, &[(one, "ACSC"), (&"f".repeat(32), "ACSC")]),
        "row 2: a payment of this batch, once",
    )
    .await;
    refused(&answer(&own, &[(one, "ACSC"), (one, "ACSC")]), "row 2: a payment of this batch, once").await;
    assert_eq!(fund.balances().await, before);
    // The same answer twice at once, then another one that says it again.
    let (first, again) = tokio::join!(fund.bank_tells(&batch, &told), fund.bank_tells(&batch, &told));
    assert_eq!([first.code(), again.code()], ["ok", "ok"]);
    let expected = ["CASH 4.99", "FUNDING 5.00", "PAYABLE 0.01", "RECEIVABLE 0.03", "TRANSIT 0.01"];
    assert_eq!(fund.balances().await, expected);
    refused(&told.replace("<MsgId>X<", "<MsgId>Y<"), "row 1: a payment that is INSTRUCTED").await;
    fund.bank_tells(&batch, &answer(&own, &[(three, "ACCC")])).await.done();
    // What comes back later is told by the table.
    let back = all_said(&format!("x\npay_{one},\n"), "RETURNED", "2026-02-13");
    fund.bank_says(&batch, &back).await.done();
    let expected = ["CASH 4.99", "FUNDING 5.00", "PAYABLE 0.02", "RECEIVABLE 0.03"];
    assert_eq!(fund.balances().await, expected);
    let (next, _) = fund.sends("2026-02-14").await;
    assert_eq!(every(fund.message(&next).await.done().as_str().unwrap(), "EndToEndId").len(), 2);
}
