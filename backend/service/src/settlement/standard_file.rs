//! A table of payment standards as a province publishes them: prepared whole or not at all.
use std::collections::BTreeSet;

use jicai_domain::catalog::item::ItemNamed;
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::Scope;
use jicai_domain::ids::UserId;
use jicai_domain::imports::{Import, ImportedStandard};
use jicai_domain::settlement::standards::check;
use jicai_store::Tx;
use jicai_store::identity::regions;
use jicai_store::settlement::standards::{self as rows, StandardSet};

use super::invoice_file::FileTaken;
use super::standards::{ToldStandard, prepared, reckoned, told, within};
use crate::catalog::find_uses;
use crate::errors::Error;

/// Prepares the standards of a file, or says what is wrong with it. All of them are of one region.
pub(crate) async fn prepare_file(
    tx: &mut Tx,
    (scope, by): (&Scope, UserId),
    import: &Import,
    file: Vec<ImportedStandard>,
) -> Result<FileTaken, Error> {
    let none = |wrong| FileTaken { acts: Vec::new(), wrong };
    let Some(region) = file.first().map(|row| row.region) else { return Ok(none(Vec::new())) };
    let there: BTreeSet<_> = regions::named(tx, &[region]).await?.into_iter().map(|one| one.code).collect();
    if let Err(refusal) = within(scope, region) {
        return Ok(none(vec![(0, refusal)]));
    }
    if !there.contains(&region) {
        return Ok(none(vec![(0, Refusal::of(Code::RegionUnknown).at("region"))]));
    }
    let named: Vec<ItemNamed> = file.iter().map(|row| row.item.clone()).collect();
    let found = find_uses(tx, &named).await?;
    let (mut standards, mut wrong) = (Vec::with_capacity(file.len()), Vec::new());
    for (place, (row, found)) in file.into_iter().zip(found).enumerate() {
        let other = Refusal::of(Code::PaymentStandardInvalid).at("region").allowing(region.to_string());
        let item = found.used.item.ok_or_else(|| found.doubt.unwrap_or(Refusal::of(Code::ItemCodeUnknown)));
        let item = if row.region == region { item.map_err(|refusal| refusal.at("code")) } else { Err(other) };
        let ImportedStandard { item: named, pack_units, told, source, .. } = row;
        let one = ToldStandard { item: named, pack_units, told, source };
        match item.and_then(|item| reckoned(&one, (item, region))) {
            Ok(made) => standards.extend(made),
            Err(refusal) => wrong.push((place, refusal)),
        }
    }
    if wrong.is_empty() {
        wrong.extend(check(&standards).err());
    }
    if !wrong.is_empty() {
        return Ok(none(wrong));
    }
    let set =
        StandardSet { import: Some(import.id), ..prepared((region, import.organization), &standards, by)? };
    rows::add(tx, &set, &standards).await?;
    Ok(FileTaken { acts: vec![told("PaymentStandardsPrepared", &set, standards.len())], wrong: Vec::new() })
}
