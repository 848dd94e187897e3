//! The working state of one lot while the rules are applied to it.
use std::collections::BTreeSet;

use rust_decimal::Decimal;

use crate::exact::Exact;
use crate::procurement::reason::Reason;
use crate::procurement::rules::{Blocks, Consulted, Count, Number, ProvisionId, RuleSet};
use crate::procurement::tables::{Bid, Lot};
use crate::procurement::values::Name;

/// Names listed in a tie before the rest is counted.
const TIED_NAMES_MAX: usize = 20;

/// Where a valid bid stands relative to the cap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// Not placed: another firm of its group stands, or nothing is decided.
    None,
    Shortlisted,
    OutsideCap,
    OverGroupLimit,
    ZeroVolume,
}

/// How a bid came to be selected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum How {
    Fuse,
    Printed,
    /// By rank or any other test.
    Other,
    Revived,
    RevivedByBrand,
    RevivedReference,
    RevivedFormer,
    ZeroVolume,
}

impl How {
    /// Whether volume comes with it.
    pub(super) fn has_volume(self) -> bool {
        match self {
            Self::ZeroVolume | Self::RevivedReference => false,
            Self::Fuse
            | Self::Printed
            | Self::Other
            | Self::Revived
            | Self::RevivedByBrand
            | Self::RevivedFormer => true,
        }
    }
}

/// A selected bid's way and its comparable price at the end.
#[derive(Clone, Debug)]
pub(super) struct Selected {
    pub(super) how: How,
    pub(super) comparable: Exact,
}

/// One bid under judgement.
#[derive(Clone, Debug)]
pub(super) struct Entry<'a> {
    pub(super) bid: &'a Bid,
    /// The content it quotes: its own, else the representative one.
    pub(super) content: Option<Decimal>,
    pub(super) unit_price: Exact,
    /// K of the comparable price; `None` is 1.
    pub(super) factor: Option<Exact>,
    pub(super) comparable: Exact,
    /// The competing unit, numbered in the order of first bids.
    pub(super) unit: usize,
    /// Bids equal in price and keys share a class, numbered in order.
    pub(super) class: usize,
    pub(super) rank: u64,
    /// Whether it, or another bid of its bidder, stands for its competing unit.
    pub(super) stands: bool,
    /// Whether it ties with the firm that stands for its group.
    pub(super) contests: bool,
    pub(super) place: Place,
    pub(super) failed_tests: bool,
    pub(super) selected: Option<Selected>,
    pub(super) reasons: Vec<Reason>,
}

impl Entry<'_> {
    /// Bidder and product, as named in ties.
    pub(super) fn label(&self) -> Name {
        match &self.bid.product {
            Some(product) => format!("{} / {product}", self.bid.bidder).into(),
            None => self.bid.bidder.clone(),
        }
    }

    pub(super) fn select(&mut self, how: How, comparable: Exact, reason: Reason) {
        self.selected = Some(Selected { how, comparable });
        self.reasons.push(reason);
    }

    pub(super) fn has_volume(&self) -> bool {
        self.selected.as_ref().is_some_and(|selected| selected.how.has_volume())
    }
}

/// A lot on its way to a decision.
#[derive(Clone, Debug)]
pub(super) struct Judgement<'a> {
    pub(super) lot: &'a Lot,
    /// Valid bids in order.
    pub(super) entries: Vec<Entry<'a>>,
    /// Void bids by bidder.
    pub(super) void: Vec<Entry<'a>>,
    pub(super) qualified: u64,
    pub(super) cap: Option<u64>,
    /// The first price that competes for a place.
    pub(super) lowest: Option<Exact>,
    pub(super) anchor: Option<Exact>,
    pub(super) tied: bool,
    pub(super) consulted: Consulted,
}

impl<'a> Judgement<'a> {
    pub(super) fn number<'r>(&mut self, number: &'r Number) -> &'r Exact {
        self.consulted.add(number.provision);
        &number.value
    }

    pub(super) fn count(&mut self, count: &Count) -> u64 {
        self.consulted.add(count.provision);
        count.value
    }

    pub(super) fn consult(&mut self, provision: ProvisionId) {
        self.consulted.add(provision);
    }

    pub(super) fn standing(&self) -> impl Iterator<Item = &Entry<'a>> {
        self.entries.iter().filter(|entry| entry.stands)
    }

    pub(super) fn standing_mut(&mut self) -> impl Iterator<Item = &mut Entry<'a>> {
        self.entries.iter_mut().filter(|entry| entry.stands)
    }

    pub(super) fn shortlisted(&self) -> impl Iterator<Item = &Entry<'a>> {
        self.entries.iter().filter(|entry| entry.place == Place::Shortlisted)
    }

    pub(super) fn selected(&self) -> impl Iterator<Item = &Entry<'a>> {
        self.entries.iter().filter(|entry| entry.selected.is_some())
    }

    /// The first bid of each shortlisted competing unit, in order.
    pub(super) fn shortlisted_first(&self) -> Vec<&Entry<'a>> {
        let mut firsts: Vec<&Entry<'a>> = Vec::new();
        let mut next_unit = 0;
        for entry in self.shortlisted().filter(|entry| entry.stands) {
            if entry.unit >= next_unit {
                next_unit = entry.unit.saturating_add(1);
                firsts.push(entry);
            }
        }
        firsts
    }

    /// The highest comparable price of the valid bids.
    pub(super) fn highest(&self) -> Option<Exact> {
        self.entries.last().map(|entry| entry.comparable.clone())
    }

    /// Tells the entries picked out which unknown rules keep them undecided; whether there is any.
    pub(super) fn tell_unknown(
        &mut self,
        rules: &RuleSet,
        blocks: Blocks,
        open: impl Fn(&Entry<'_>) -> bool,
    ) -> bool {
        let reasons = rules
            .unknown_for(blocks)
            .map(|unknown| Reason::RuleUnknown { rule: unknown.rule.as_str().into() });
        let reasons: Vec<Reason> = reasons.collect();
        for entry in self.entries.iter_mut().filter(|entry| open(entry)) {
            entry.reasons.extend(reasons.iter().cloned());
        }
        !reasons.is_empty()
    }

    /// Declares a tie that matters between the entries that `tied` picks out.
    pub(super) fn declare_tie(&mut self, tied: impl Fn(&Entry<'_>) -> bool) {
        let labelled = self.entries.iter().enumerate().filter(|(_, entry)| tied(entry));
        let positions: Vec<usize> = labelled.map(|(position, _)| position).collect();
        self.declare_tie_at(&positions);
    }

    /// Declares a tie that matters between the entries at these positions.
    pub(super) fn declare_tie_at(&mut self, positions: &[usize]) {
        let labelled =
            positions.iter().filter_map(|position| Some((*position, self.entries.get(*position)?.label())));
        let labels: Vec<(usize, Name)> = labelled.collect();
        for position in positions {
            self.tied = true;
            if let Some(entry) = self.entries.get_mut(*position) {
                entry.reasons.push(Reason::Tied { with: others(&labels, *position) });
            }
        }
    }

    /// Declares a tie of the entries at the positions picked out with what `with` names.
    pub(super) fn tie_with(&mut self, with: &[Name], tied: impl Fn(usize) -> bool) {
        self.tied = true;
        for (_, entry) in self.entries.iter_mut().enumerate().filter(|(position, _)| tied(*position)) {
            entry.reasons.push(Reason::Tied { with: with.to_vec() });
        }
    }
}

/// Whether an order that was drawn or set on site tells tied ones apart: every one has a place in it, and the places differ.
pub(super) fn drawn_apart(orders: impl Iterator<Item = Option<u64>>) -> bool {
    let drawn: Option<BTreeSet<u64>> = orders.collect();
    drawn.is_some_and(|orders| orders.len() > 1)
}

/// The other names of a tie; past [`TIED_NAMES_MAX`] the rest is counted.
pub(super) fn others(labels: &[(usize, Name)], own: usize) -> Vec<Name> {
    let others = labels.iter().filter(|(index, _)| *index != own).map(|(_, name)| name.clone());
    let mut with: Vec<Name> = others.take(TIED_NAMES_MAX).collect();
    let named = with.len().saturating_add(1);
    if labels.len() > named {
        with.push(format!("+{}", labels.len().saturating_sub(named)).into());
    }
    with
}
