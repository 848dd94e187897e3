//! Lines that a transaction moves: held, moved by the state machine, then saved with what follows, all in a few statements.
use std::collections::BTreeMap;

use jicai_domain::audit::Act;
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::Caller;
use jicai_domain::ids::{OrderId, OrderLineId, OrganizationId, RationingId};
use jicai_domain::ordering::counts::Counts;
use jicai_domain::ordering::line::{Command, Line};
use jicai_domain::time::Timestamp;
use jicai_store::Tx;
use jicai_store::ordering::filings::{self, Packs};
use jicai_store::ordering::lines::{self, Held};
use jicai_store::ordering::months::{self, Moved};
use jicai_store::ordering::rationings;

use crate::errors::Error;

/// Who moves them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    /// Whoever ordered.
    Hospital,
    /// Whoever delivers.
    Seller,
}

/// Held lines.
pub(super) struct Work {
    held: BTreeMap<OrderLineId, Held>,
    before: BTreeMap<OrderLineId, Line>,
    more: BTreeMap<OrderLineId, Counts>,
    /// When they move.
    pub(super) now: Timestamp,
}

impl Work {
    /// Holds lines of the caller's. Errors: `NOT_FOUND` with the line.
    pub(super) async fn begin(
        tx: &mut Tx,
        caller: &Caller,
        side: Side,
        wanted: &[OrderLineId],
    ) -> Result<Work, Error> {
        let own = caller.organization;
        let mut held = lines::lock(tx, own, wanted).await?;
        held.retain(|_id, one| (one.seller == own) == (side == Side::Seller));
        if let Some(place) = wanted.iter().position(|one| !held.contains_key(one)) {
            return Err(Refusal::of(Code::NotFound).on_line(place).at("line").into());
        }
        let before = held.iter().map(|(id, one)| (*id, one.line.clone())).collect();
        Ok(Work { held, before, more: BTreeMap::new(), now: tx.now().await? })
    }

    /// A line as it is by now. Errors: `NOT_FOUND`.
    pub(super) fn line(&mut self, id: OrderLineId) -> Result<&mut Held, Refusal> {
        self.held.get_mut(&id).ok_or(Refusal::of(Code::NotFound).at("line"))
    }

    /// Moves a line. Errors: those of `Line::next`, with the line.
    pub(super) fn moves(&mut self, place: usize, id: OrderLineId, command: Command) -> Result<(), Refusal> {
        let held = self.line(id).map_err(|refusal| refusal.on_line(place))?;
        held.line = held.line.next(command).map_err(|refusal| refusal.on_line(place))?;
        Ok(())
    }

    /// What else happened to a line.
    pub(super) fn happens(&mut self, id: OrderLineId, counts: Counts) {
        let sum = self.more.entry(id).or_default();
        *sum = sum.and(counts);
    }

    /// Saves what moved, gives back what was approved or rationed, and adds to the months.
    pub(super) async fn end(self, tx: &mut Tx) -> Result<Vec<Held>, Error> {
        lines::save(tx, &self.held.values().collect::<Vec<_>>()).await?;
        let mut back: BTreeMap<(RationingId, OrganizationId), u64> = BTreeMap::new();
        let mut drawn = Packs::new();
        let mut moved = Vec::new();
        for (id, held) in &self.held {
            let Some(before) = self.before.get(id) else { continue };
            let more = self.more.get(id).copied().unwrap_or_default();
            moved.extend(Moved::of(held, Counts::between(before, &held.line).and(more)));
            let (wanted, wants) = (before.packs.wanted(), held.line.packs.wanted());
            let fewer = wanted.saturating_sub(wants);
            if let Some(rationing) = held.rationing.filter(|_| fewer > 0) {
                let sum = back.entry((rationing, held.hospital)).or_default();
                let units = before.units(wanted).saturating_sub(held.line.units(wants));
                *sum = sum.saturating_add(units);
            }
            if let Some(filing) = held.filing.filter(|_| fewer > 0) {
                let sum = drawn.entry(filing).or_default();
                *sum = sum.saturating_add(fewer);
            }
        }
        filings::give_back(tx, &drawn).await?;
        rationings::give_back(tx, &back).await?;
        months::add(tx, self.now.day_in_china(), &moved).await?;
        Ok(self.held.into_values().collect())
    }
}

/// An entry for each order, told to whoever has lines in it.
pub(super) fn acts(kind: &'static str, held: &[Held], with: &[(&'static str, String)]) -> Vec<Act> {
    let mut orders: BTreeMap<OrderId, Vec<&Held>> = BTreeMap::new();
    for one in held {
        orders.entry(one.order).or_default().push(one);
    }
    let act = |(order, lines): (OrderId, Vec<&Held>)| {
        let mut told: Vec<OrganizationId> =
            lines.iter().flat_map(|one| [one.hospital, one.seller, one.manufacturer]).collect();
        told.sort_unstable();
        told.dedup();
        let ids: Vec<String> = lines.iter().map(|one| one.id.to_string()).collect();
        let act = told.into_iter().fold(Act::new(kind, order), Act::concerning).with("lines", ids.join(" "));
        with.iter().fold(act, |act, (name, value)| act.with(name, value.as_str()))
    };
    orders.into_iter().map(act).collect()
}
