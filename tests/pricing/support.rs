//! Files, the program, and the real prices in the form that the commands read.
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

const KOREA: &str = include_str!("../data/kr_hira_prices.csv");
const USAID: &str = include_str!("../data/usaid_scms_prices.csv");

/// A folder with one file.
pub(super) fn file(text: &str) -> (TempDir, PathBuf) {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("input.csv");
    fs::write(&path, text).unwrap();
    (folder, path)
}

pub(super) fn jicai(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_jicai")).args(args).stdin(Stdio::null()).output().unwrap()
}

/// Runs a command on a text; the exit code, the output, and what was said.
pub(super) fn run_on(text: &str, command: &str, args: &[&str]) -> (Option<i32>, String, String) {
    let (_folder, path) = file(text);
    let mut all = vec![command, "--input", path.to_str().unwrap()];
    all.extend(args);
    let output = jicai(&all);
    let said = String::from_utf8(output.stderr).unwrap();
    let shown = path.display().to_string();
    (output.status.code(), String::from_utf8(output.stdout).unwrap(), said.replace(&shown, "input.csv"))
}

pub(super) fn json_lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn records(text: &'static str) -> (Vec<&'static str>, Vec<csv::StringRecord>) {
    let (_source, table) = text.split_once('\n').unwrap();
    let header = table.lines().next().unwrap().split(',').collect();
    let mut reader = csv::Reader::from_reader(table.as_bytes());
    (header, reader.records().map(Result::unwrap).collect())
}

/// What stands in Korea's list for a product that is reimbursed without a price of its own.
const NO_PRICE: &str = "산정불가";

/// Products of Korea's list that had no price in a month and were gone in the next: delisted, and nothing that a price monitor can see.
pub(super) fn korean_delistings_without_a_price() -> usize {
    let (_, rows) = records(KOREA);
    let months = rows.iter().map(|row| row.iter().skip(2).collect::<Vec<_>>());
    months.map(|months| months.windows(2).filter(|pair| *pair == [NO_PRICE, ""]).count()).sum()
}

/// Every ceiling price of Korea, a row a product and month.
fn korea() -> impl Iterator<Item = (String, String, &'static str, String)> {
    let (header, rows) = records(KOREA);
    rows.into_iter().flat_map(move |row| {
        let months = header.clone().into_iter().enumerate().skip(2);
        let prices = months
            .map(|(column, month)| (row[0].to_owned(), row[1].to_owned(), month, row[column].to_owned()));
        prices.filter(|(.., price)| !price.is_empty() && price != NO_PRICE).collect::<Vec<_>>()
    })
}

/// The rows of an index. Korea's list has no quantities: 1 + the product's code modulo 97 stands for them, so that weights differ.
pub(super) fn korean_sales() -> String {
    let mut text = "period,product,price,quantity\n".to_owned();
    for (product, _, month, price) in korea() {
        let quantity = 1 + product.parse::<u64>().unwrap() % 97;
        writeln!(text, "{month},{product},{price},{quantity}").unwrap();
    }
    text
}

/// The rows of the monitors: one region, the maker's four digits, the ingredient with strength and form as the group.
pub(super) fn korean_prices() -> String {
    let mut text = "period,region,maker,product,group,price\n".to_owned();
    for (product, ingredient, month, price) in korea() {
        writeln!(text, "{month},Korea,{},{product},{ingredient},{price}", &product[..4]).unwrap();
    }
    text
}

/// Product and month of every price above the one of the month before.
pub(super) fn korean_rises() -> BTreeSet<[String; 2]> {
    let prices: BTreeMap<(String, &str), f64> =
        korea().map(|(product, _, month, price)| ((product, month), price.parse().unwrap())).collect();
    let months: BTreeSet<&str> = prices.keys().map(|(_, month)| *month).collect();
    let before: BTreeMap<&str, &str> = months.iter().skip(1).copied().zip(months.iter().copied()).collect();
    let rose = prices.iter().filter(|((product, month), price)| {
        let before = before.get(month).and_then(|before| prices.get(&(product.clone(), *before)));
        before.is_some_and(|before| *price > before)
    });
    rose.map(|((product, month), _)| [product.clone(), (*month).to_owned()]).collect()
}

/// A purchase: line id, country, molecule, item, packs, price of a pack in US dollars, day of delivery. Gifts, of price zero, are left out.
pub(super) struct Purchase {
    pub(super) id: String,
    pub(super) country: String,
    pub(super) molecule: String,
    pub(super) item: String,
    pub(super) packs: String,
    pub(super) price: String,
    pub(super) delivered: String,
}

pub(super) fn purchases() -> Vec<Purchase> {
    let (_, rows) = records(USAID);
    let one = |row: &csv::StringRecord| Purchase {
        id: row[0].to_owned(),
        country: row[1].to_owned(),
        molecule: row[2].to_owned(),
        item: row[3].to_owned(),
        packs: row[4].to_owned(),
        price: row[5].to_owned(),
        delivered: row[6].to_owned(),
    };
    rows.iter().map(one).filter(|purchase| purchase.price.parse::<f64>().unwrap() > 0.0).collect()
}

/// The rows of an index: an item's purchases in a year.
pub(super) fn purchases_by_year() -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(["period", "product", "price", "quantity"]).unwrap();
    for purchase in purchases() {
        writer
            .write_record([&purchase.delivered[..4], &purchase.item, &purchase.price, &purchase.packs])
            .unwrap();
    }
    String::from_utf8(writer.into_inner().unwrap()).unwrap()
}

/// The rows of the monitors: an item is watched over all countries, whoever made it.
pub(super) fn purchases_watched() -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(["period", "region", "maker", "product", "group", "price", "quantity"]).unwrap();
    for purchase in purchases() {
        let Purchase { country, molecule, item, packs, price, delivered, .. } = &purchase;
        writer.write_record([&delivered[..7], country, "any", item, molecule, price, packs]).unwrap();
    }
    String::from_utf8(writer.into_inner().unwrap()).unwrap()
}

/// A Python that has numpy; `.ci/numpy` installs one.
pub(super) fn python() -> Command {
    let has_numpy = |python: &&str| {
        Command::new(python).args(["-c", "import numpy"]).output().is_ok_and(|output| output.status.success())
    };
    let found = ["python3", "/usr/bin/python3"].into_iter().find(has_numpy);
    Command::new(found.expect("a Python with numpy; sh .ci/numpy installs it"))
}

pub(super) fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/pricing").join(name)
}
