//! A round as the CSV texts of the command line's contract.
use crate::naive::{Bid, Demand, Lot};
use std::collections::BTreeSet;

pub(crate) struct Texts {
    pub(crate) bids: String,
    pub(crate) lots: String,
    pub(crate) demand: Option<String>,
    pub(crate) preferences: Option<String>,
}

pub(crate) fn texts(lots: &[Lot]) -> Texts {
    let demand = lots.iter().any(|lot| !lot.demand.is_empty());
    let preferences = lots.iter().any(|lot| !lot.preferences.is_empty());
    Texts {
        bids: bids(lots),
        lots: lot_lines(lots),
        demand: demand.then(|| demand_lines(lots)),
        preferences: preferences.then(|| preference_lines(lots)),
    }
}

fn text(value: Option<&String>) -> String {
    value.cloned().unwrap_or_default()
}

fn digits(value: Option<u64>) -> String {
    value.map(|v| v.to_string()).unwrap_or_default()
}

fn join(lines: Vec<Vec<String>>) -> String {
    lines.into_iter().map(|cells| cells.join(",") + "\n").collect()
}

fn heading(names: &str) -> Vec<String> {
    names.split(',').map(String::from).collect()
}

/// Optional columns are there when some bid has a value.
fn bids(lots: &[Lot]) -> String {
    let all: Vec<(&Lot, &Bid)> =
        lots.iter().flat_map(|lot| lot.bids.iter().map(move |bid| (lot, bid))).collect();
    let extra: BTreeSet<&String> = all.iter().flat_map(|(_, bid)| bid.columns.keys()).collect();
    let mut head = heading("lot,bidder,price,units,group,product,content,ceiling,brand_volume");
    head.extend(extra.iter().map(|name| name.to_string()));
    let mut lines = vec![head];
    for (lot, bid) in all {
        let mut cells = vec![
            lot.name.clone(),
            bid.bidder.clone(),
            bid.price.clone(),
            bid.units.to_string(),
            text(bid.group.as_ref()),
            text(bid.product.as_ref()),
            text(bid.content.as_ref()),
            text(bid.ceiling.as_ref()),
            digits(bid.brand_volume),
        ];
        cells.extend(extra.iter().map(|name| text(bid.columns.get(*name))));
        lines.push(cells);
    }
    drop_empty_columns(&mut lines);
    join(lines)
}

/// A column that holds nothing is left out, as a user would.
fn drop_empty_columns(lines: &mut [Vec<String>]) {
    let filled: Vec<bool> =
        (0..lines[0].len()).map(|column| lines[1..].iter().any(|line| !line[column].is_empty())).collect();
    for line in lines.iter_mut() {
        let mut column = 0;
        line.retain(|_| {
            column += 1;
            filled[column - 1]
        });
    }
}

fn lot_lines(lots: &[Lot]) -> String {
    let mut lines = vec![heading("lot,representative_content,form,volume_class,cap")];
    for lot in lots {
        lines.push(vec![
            lot.name.clone(),
            text(lot.representative_content.as_ref()),
            text(lot.form.as_ref()),
            text(lot.volume_class.as_ref()),
            digits(lot.cap),
        ]);
    }
    drop_empty_columns(&mut lines);
    join(lines)
}

fn demand_lines(lots: &[Lot]) -> String {
    let mut lines = vec![heading("lot,region,volume,bidder,product,content")];
    let all: Vec<(&Lot, &Demand)> =
        lots.iter().flat_map(|lot| lot.demand.iter().map(move |d| (lot, d))).collect();
    for (lot, demand) in all {
        lines.push(vec![
            lot.name.clone(),
            demand.region.clone(),
            demand.volume.to_string(),
            text(demand.bidder.as_ref()),
            text(demand.product.as_ref()),
            text(demand.content.as_ref()),
        ]);
    }
    drop_empty_columns(&mut lines);
    join(lines)
}

fn preference_lines(lots: &[Lot]) -> String {
    let mut lines = vec![heading("lot,bidder,region,order")];
    for lot in lots {
        for p in &lot.preferences {
            lines.push(vec![lot.name.clone(), p.bidder.clone(), p.region.clone(), p.order.to_string()]);
        }
    }
    join(lines)
}
