//! Section 8: ways back for bids that failed (复活).
use super::judgement::{Entry, How, Judgement, Place};
use super::units::brand_volumes;
use crate::exact::Exact;
use crate::procurement::reason::Reason;
use crate::procurement::rules::{Blocks, Number, RuleSet, SoleOf};

/// Applies each revival that the rule set has, in its order.
pub(super) fn revive(rules: &RuleSet, judgement: &mut Judgement<'_>) {
    revive_shortlisted(rules, judgement);
    if let Some(level) = selected_level(judgement) {
        revive_by_brand(rules, judgement, &level);
        revive_reference(rules, judgement, &level);
    }
    revive_former(rules, judgement);
    judgement.tell_unknown(rules, Blocks::Rejection, |entry| entry.stands && entry.selected.is_none());
}

fn revive_shortlisted(rules: &RuleSet, judgement: &mut Judgement<'_>) {
    let Some((multiple, sole_of)) = &rules.revival.shortlisted else { return };
    let failed = judgement.shortlisted().any(|entry| entry.failed_tests);
    let Some(price) = failed.then(|| revival_price(judgement, multiple, *sole_of)).flatten() else { return };
    for entry in judgement.entries.iter_mut().filter(|entry| entry.failed_tests) {
        select_at(entry, How::Revived, &price, |price| Reason::Revived { price });
    }
}

/// The highest price that passed; if one unit alone passed, the multiple of its lowest passing price or of the anchor.
fn revival_price(judgement: &mut Judgement<'_>, multiple: &Number, sole_of: SoleOf) -> Option<Exact> {
    let passing = || judgement.shortlisted().filter(|entry| entry.selected.is_some());
    let (lowest, highest) = (passing().next()?, passing().last()?);
    if passing().any(|entry| entry.unit != lowest.unit) {
        return Some(highest.comparable.clone());
    }
    let base = match sole_of {
        SoleOf::Price => lowest.comparable.clone(),
        SoleOf::Anchor => judgement.anchor.clone()?,
    };
    Some(judgement.number(multiple) * &base)
}

/// Selects at a price, or at the bid's own if smaller.
fn select_at(entry: &mut Entry<'_>, how: How, price: &Exact, reason: impl Fn(Exact) -> Reason) {
    let price = Exact::min_of(&entry.comparable, price);
    entry.select(how, price.clone(), reason(price));
}

/// The highest final comparable price of the shortlisted selected bids.
fn selected_level(judgement: &Judgement<'_>) -> Option<Exact> {
    judgement
        .shortlisted()
        .filter_map(|entry| entry.selected.as_ref())
        .map(|selected| selected.comparable.clone())
        .max()
}

fn revive_by_brand(rules: &RuleSet, judgement: &mut Judgement<'_>, level: &Exact) {
    let (Some(multiple), Some(highest)) = (&rules.revival.brand, judgement.highest()) else { return };
    if !judgement.standing().any(|entry| entry.place == Place::OutsideCap) {
        return;
    }
    let volumes = brand_volumes(judgement);
    let total = volumes.values().fold(Exact::zero(), |sum, volume| &sum + volume);
    let volumes: Vec<Exact> = judgement
        .entries
        .iter()
        .map(|entry| volumes.get(&entry.bid.bidder).cloned().unwrap_or_else(Exact::zero))
        .collect();
    let Some(mean) = total.checked_div(&Exact::from(judgement.qualified)) else { return };
    let required = judgement.number(multiple) * &mean;
    let outside =
        judgement.entries.iter_mut().zip(volumes).filter(|(entry, _)| entry.place == Place::OutsideCap);
    for (entry, volume) in outside {
        if volume.is_zero() || volume < required {
            entry.reasons.push(Reason::BrandVolumeBelowMean { volume, mean: required.clone() });
        } else if entry.comparable == highest {
            entry.reasons.push(Reason::HighestNotRevived { price: entry.comparable.clone() });
        } else {
            let mean = required.clone();
            select_at(entry, How::RevivedByBrand, level, |price| Reason::RevivedByBrand {
                price,
                volume: volume.clone(),
                mean: mean.clone(),
            });
        }
    }
}

fn revive_reference(rules: &RuleSet, judgement: &mut Judgement<'_>, level: &Exact) {
    let Some(column) = rules.revival.reference else { return };
    let revived = |entry: &Entry<'_>| {
        entry.place == Place::OutsideCap && entry.selected.is_none() && entry.bid.says_yes(column)
    };
    for entry in judgement.entries.iter_mut().filter(|entry| revived(entry)) {
        select_at(entry, How::RevivedReference, level, |price| Reason::RevivedReference { price });
    }
}

fn revive_former(rules: &RuleSet, judgement: &mut Judgement<'_>) {
    let Some(column) = rules.revival.former else { return };
    for entry in judgement.standing_mut().filter(|entry| entry.selected.is_none()) {
        let Some(former) = entry.bid.extra(column).map(Exact::from) else { continue };
        let price = entry.unit_price.clone();
        if price <= former {
            entry.select(
                How::RevivedFormer,
                entry.comparable.clone(),
                Reason::RevivedFormer { price, former },
            );
        } else {
            entry.reasons.push(Reason::AboveFormer { price, former });
        }
    }
}
