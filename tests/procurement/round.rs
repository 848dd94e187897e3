//! A round as a test writes it, and its decision as a test reads it.
use std::fmt::Write as _;

use jicai_domain::procurement::rules::preset;
use jicai_server::award::award_json;
use serde_json::Value;

/// A round under a rule set. Rows are written as in the files, without the header.
#[derive(Clone)]
pub(crate) struct Round {
    rules: String,
    bids: String,
    lots: Option<String>,
    demand: Option<String>,
    preferences: Option<String>,
}

/// A round under a shipped rule set. `columns` are the bids' columns after lot, bidder and price.
pub(crate) fn round(rules: &str, columns: &str, bids: &[&str]) -> Round {
    let comma = if columns.is_empty() { "" } else { "," };
    Round {
        rules: preset(rules).unwrap().text.to_owned(),
        bids: table(&format!("lot,bidder,price{comma}{columns}"), bids),
        lots: None,
        demand: None,
        preferences: None,
    }
}

fn table(header: &str, rows: &[&str]) -> String {
    rows.iter().fold(format!("{header}\n"), |mut text, row| {
        writeln!(text, "{row}").unwrap();
        text
    })
}

impl Round {
    pub(crate) fn lots(mut self, columns: &str, rows: &[&str]) -> Self {
        self.lots = Some(table(&format!("lot,{columns}"), rows));
        self
    }

    pub(crate) fn demand(mut self, columns: &str, rows: &[&str]) -> Self {
        let comma = if columns.is_empty() { "" } else { "," };
        self.demand = Some(table(&format!("lot,region,volume{comma}{columns}"), rows));
        self
    }

    pub(crate) fn preferences(mut self, rows: &[&str]) -> Self {
        self.preferences = Some(table("lot,bidder,region,order", rows));
        self
    }

    /// The rule file with one text in place of another.
    pub(crate) fn with_rule(mut self, from: &str, to: &str) -> Self {
        assert!(self.rules.contains(from), "the rule file has no {from}");
        self.rules = self.rules.replace(from, to);
        self
    }

    pub(crate) fn try_decide(&self) -> Result<Value, String> {
        let bytes = |text: &Option<String>| text.clone().map(String::into_bytes);
        let (lots, demand, preferences) = (bytes(&self.lots), bytes(&self.demand), bytes(&self.preferences));
        let json = award_json(
            &self.rules,
            self.bids.as_bytes(),
            lots.as_deref(),
            demand.as_deref(),
            preferences.as_deref(),
        )?;
        Ok(serde_json::from_str(&json).unwrap())
    }

    /// The decision on the first lot.
    #[track_caller]
    pub(crate) fn decide(&self) -> Lot {
        Lot(self.try_decide().unwrap()["lots"][0].clone())
    }
}

/// The decision on one lot.
pub(crate) struct Lot(pub(crate) Value);

impl Lot {
    pub(crate) fn status(&self) -> &str {
        self.0["status"].as_str().unwrap()
    }

    pub(crate) fn bid(&self, bidder: &str) -> &Value {
        let bids = self.0["bids"].as_array().unwrap();
        bids.iter().find(|bid| bid["bidder"] == bidder).unwrap_or_else(|| panic!("no bid of {bidder}"))
    }

    /// Every bid as `bidder` or `bidder=final price`, in the order given.
    pub(crate) fn standings(&self) -> Vec<String> {
        let standing = |bid: &Value| match bid["final_price"].as_str() {
            Some(price) => format!("{}={}", bid["bidder"].as_str().unwrap(), short(price)),
            None => bid["bidder"].as_str().unwrap().to_owned(),
        };
        self.0["bids"].as_array().unwrap().iter().map(standing).collect()
    }

    pub(crate) fn codes(&self, bidder: &str) -> Vec<&str> {
        self.bid(bidder)["reasons"]
            .as_array()
            .unwrap()
            .iter()
            .map(|reason| reason["code"].as_str().unwrap())
            .collect()
    }

    pub(crate) fn reason(&self, bidder: &str, code: &str) -> &Value {
        let reasons = self.bid(bidder)["reasons"].as_array().unwrap();
        reasons
            .iter()
            .find(|reason| reason["code"] == code)
            .unwrap_or_else(|| panic!("{bidder} has no {code}: {reasons:#?}"))
    }

    /// Every region row as `region main/backup volume`, with `(content)` where it has one.
    pub(crate) fn regions(&self) -> Vec<String> {
        let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
        let row = |row: &Value| {
            let content = row["content"].as_str().map(|content| format!("({content})")).unwrap_or_default();
            format!(
                "{}{content} {}/{} {}",
                text(&row["region"]),
                text(&row["main"]),
                text(&row["backup"]),
                row["volume"]
            )
        };
        self.0["regions"].as_array().unwrap().iter().map(row).collect()
    }
}

fn short(price: &str) -> &str {
    price.trim_end_matches('0').trim_end_matches('.')
}
