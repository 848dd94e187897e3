//! Rows of a result that was made elsewhere: they wait beside the import until the office announces them.
use std::collections::{BTreeMap, BTreeSet};

use jicai_domain::audit::Act;
use jicai_domain::contract::compare::ProductKey;
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::{RegionCode, Scope};
use jicai_domain::imports::{Import, ImportedSelection, read_selection};
use jicai_store::contract::staged::{self, Brought};
use jicai_store::identity::regions;
use jicai_store::{Tx, fresh};

use super::pieces::Line;
use super::taken::{Taken, fields, rejected};
use crate::errors::Error;

/// Takes those of the rows that are right and agree with what was taken before.
pub(super) async fn take(
    tx: &mut Tx,
    (scope, import): (&Scope, &Import),
    (lines, positions, width): (&[Line], &[usize], usize),
) -> Result<Taken, Error> {
    let mut rejects = Vec::new();
    let mut read = Vec::with_capacity(lines.len());
    for row in lines {
        let selection =
            fields(row, positions, width).and_then(|fields| read_selection(&fields, scope, fresh()));
        match selection {
            Ok(selection) => read.push((row, selection)),
            Err(refusal) => rejects.push(rejected(row, refusal)),
        }
    }
    let there = there(tx, &read).await?;
    let lots: BTreeSet<i32> = read.iter().map(|(_, selection)| selection.product.lot_number).collect();
    let mut known = staged::known(tx, import.id, &lots.into_iter().collect::<Vec<_>>()).await?;
    let mut right = Vec::with_capacity(read.len());
    for (row, selection) in read {
        match fits(&mut known, &there, selection) {
            Ok(selection) => right.push((row, selection)),
            Err(refusal) => rejects.push(rejected(row, refusal)),
        }
    }
    let rows: Vec<(u64, ImportedSelection)> =
        right.iter().map(|(row, selection)| (row.number, selection.clone())).collect();
    let added = if rows.is_empty() { BTreeSet::new() } else { staged::add(tx, import.id, &rows).await? };
    let again = || Refusal::of(Code::ResultInvalid).at("region").allowing("each once");
    let twice = right.iter().filter(|(row, _)| !added.contains(&row.number));
    rejects.extend(twice.map(|(row, _)| rejected(row, again())));
    let act =
        Act::new("ResultRowsStaged", import.id).concerning(import.organization).with("rows", added.len());
    Ok(Taken { acts: if added.is_empty() { Vec::new() } else { vec![act] }, rejects })
}

async fn there(tx: &mut Tx, read: &[(&Line, ImportedSelection)]) -> Result<BTreeSet<RegionCode>, Error> {
    let named = read.iter().filter_map(|(_, selection)| selection.supply).map(|supply| supply.region);
    let named: BTreeSet<RegionCode> = named.collect();
    let found = regions::named(tx, &named.into_iter().collect::<Vec<_>>()).await?;
    Ok(found.into_iter().map(|region| region.code).collect())
}

/// The row as one of its product, which says the same in every row but for the supply.
fn fits(
    known: &mut BTreeMap<ProductKey, Brought>,
    there: &BTreeSet<RegionCode>,
    selection: ImportedSelection,
) -> Result<ImportedSelection, Refusal> {
    if selection.supply.is_some_and(|supply| !there.contains(&supply.region)) {
        return Err(Refusal::of(Code::RegionUnknown).at("region"));
    }
    let ImportedSelection { product, supply, code } = selection;
    let mut brought = Brought { product, code };
    let first = known.entry(ProductKey::of(&brought.product)).or_insert_with(|| brought.clone());
    brought.product.id = first.product.id;
    if *first == brought {
        Ok(ImportedSelection { product: brought.product, supply, code: brought.code })
    } else {
        Err(Refusal::of(Code::ResultInvalid).at("productName").allowing("the same as in the rows before"))
    }
}
