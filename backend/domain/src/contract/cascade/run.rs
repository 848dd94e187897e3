//! Makes the plan of a cascade.
use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;

use super::{Answer, Leaving, Lot, Plan, Share, Situation, Succession, Supplier};
use crate::contract::explanation::Explanation;
use crate::contract::ledger::Holding;
use crate::division::in_proportion;
use crate::exact::Exact;
use crate::identity::RegionCode;
use crate::ids::SelectedProductId;
use crate::procurement::rules::{Consulted, PriceRule, Step, Take};
use crate::procurement::values::Name;

/// Region, content and product that leaves.
type Key = (RegionCode, Option<Decimal>, SelectedProductId);

/// A succession in the making.
struct Open<'a> {
    left: &'a Supplier,
    /// What nobody has taken yet.
    parts: Vec<(Holding, u64)>,
    succession: Succession,
}

/// A plan in the making.
pub(super) struct Run<'a> {
    situation: Situation<'a>,
    leaving: &'a Leaving,
    /// Who has answered, with what it still takes.
    answers: BTreeMap<SelectedProductId, Answer>,
    plan: Plan,
}

impl<'a> Run<'a> {
    pub(super) fn new(
        situation: Situation<'a>,
        leaving: &'a Leaving,
        answers: &BTreeMap<SelectedProductId, Answer>,
    ) -> Self {
        let plan = Plan {
            successions: Vec::new(),
            unanswered: BTreeSet::new(),
            sanction: leaving.ground.sanction(situation.rules),
            after: situation.lot.clone(),
            roles: Vec::new(),
            consulted: Consulted::default(),
        };
        Self { situation, leaving, answers: answers.clone(), plan }
    }

    pub(super) fn plan(mut self) -> Plan {
        for (key, parts) in self.leaving_parts() {
            let succession = self.succeed(key, parts);
            self.plan.successions.push(succession);
        }
        self.settle_roles();
        let sanction = self.plan.sanction;
        sanction.provisions.iter().for_each(|provision| self.plan.consulted.add(*provision));
        self.plan
    }

    fn leaves(&self, region: RegionCode, product: SelectedProductId) -> bool {
        self.leaving.products.contains(&product)
            && self.leaving.regions.as_ref().is_none_or(|regions| regions.contains(&region))
    }

    /// What has to move; a region that a main supplier leaves is there even without volume, for its role passes on.
    fn leaving_parts(&self) -> BTreeMap<Key, Vec<(Holding, u64)>> {
        let Situation { lot, ledger, delivered, .. } = self.situation;
        let mut parts: BTreeMap<Key, Vec<(Holding, u64)>> = BTreeMap::new();
        for (holding, _) in ledger.holdings() {
            let Holding { place, supplier } = *holding;
            let volume = ledger.movable(holding, delivered);
            if volume > 0 && self.leaves(place.region, supplier) {
                parts.entry((place.region, place.content, supplier)).or_default().push((*holding, volume));
            }
        }
        for (region, product) in lot.mains.iter().filter(|(region, product)| self.leaves(*region, *product)) {
            let supplies = parts.keys().any(|(known, _, supplier)| (known, supplier) == (region, product));
            if !supplies {
                let content = self.supplier(*product).and_then(|supplier| supplier.content);
                parts.insert((*region, content, *product), Vec::new());
            }
        }
        parts
    }

    fn supplier(&self, product: SelectedProductId) -> Option<&'a Supplier> {
        self.situation.lot.suppliers.iter().find(|supplier| supplier.id == product)
    }

    fn succeed(&mut self, (region, content, product): Key, parts: Vec<(Holding, u64)>) -> Succession {
        let volume = sum(&parts);
        let succession =
            Succession { product, region, content, volume, shares: Vec::new(), explanations: Vec::new() };
        let Some(left) = self.supplier(product) else { return succession };
        let mut open = Open { left, parts, succession };
        self.explain_leaving(&mut open);
        for step in &self.situation.rules.steps {
            step.provisions.iter().for_each(|provision| self.plan.consulted.add(*provision));
            let candidates = self.candidates(step.take, region, content, left);
            if candidates.is_empty() && step.take == Take::Backup {
                open.explain(Explanation::NoBackup { region: shown(region) });
            }
            for candidate in candidates {
                self.offer(step, candidate, &mut open);
                if open.is_settled() {
                    return open.succession;
                }
            }
        }
        open.leave_over();
        open.succession
    }

    fn explain_leaving(&self, open: &mut Open<'_>) {
        let Succession { region, content, volume, product, .. } = open.succession;
        let firm = open.left.firm.clone();
        open.explain(Explanation::Leaves { firm: firm.clone(), region: shown(region), volume });
        let Situation { ledger, delivered, .. } = self.situation;
        let at = |holding: &Holding| {
            (holding.supplier, holding.place.region, holding.place.content) == (product, region, content)
        };
        let there = ledger.holdings().filter(|(holding, _)| at(holding));
        let stays = there.map(|(holding, held)| held.saturating_sub(ledger.movable(holding, delivered)));
        let stays = stays.fold(0u64, u64::saturating_add);
        if stays > 0 {
            open.explain(Explanation::DeliveredStays { firm, volume: stays });
        }
    }

    /// Those that may take over in a step: of another firm, staying in the region, and supplying the content if anybody who could take
    /// over does.
    fn candidates(
        &self,
        take: Take,
        region: RegionCode,
        content: Option<Decimal>,
        left: &Supplier,
    ) -> Vec<&'a Supplier> {
        let lot = self.situation.lot;
        let stays = |other: &&Supplier| {
            other.firm != left.firm && !other.brand_only && !self.leaves(region, other.id)
        };
        let mut able: Vec<&'a Supplier> = lot.suppliers.iter().filter(stays).collect();
        if able.iter().any(|other| other.content == content) {
            able.retain(|other| other.content == content);
        }
        let in_step = |other: &&Supplier| match take {
            Take::Main => lot.mains.contains(&(region, other.id)),
            Take::Backup => self.backs_up(region, other),
            Take::Rank => true,
        };
        able.retain(in_step);
        able.sort_by_key(|other| (other.rank.unwrap_or(u64::MAX), other.id));
        able
    }

    /// A firm backs a region up with whichever of its products fits.
    fn backs_up(&self, region: RegionCode, other: &Supplier) -> bool {
        let mut of_region = self.situation.lot.backups.iter().filter(|(backed, _)| *backed == region);
        of_region.any(|(_, product)| self.supplier(*product).is_some_and(|backup| backup.firm == other.firm))
    }

    /// Offers what is left to one candidate.
    fn offer(&mut self, step: &Step, candidate: &Supplier, open: &mut Open<'_>) {
        let (price, lowered) = price(step.price, candidate, open.left);
        let Some(bound) = self.bound(step.asked || lowered, candidate, open) else { return };
        let whole = sum(&open.parts);
        if bound == Some(0) && whole > 0 || open.succession.shares.iter().any(|share| share.by(candidate.id))
        {
            return;
        }
        let parts = match bound.filter(|bound| *bound < whole) {
            Some(at_most) => {
                open.explain(Explanation::Limited { firm: candidate.firm.clone(), at_most });
                take_part(&mut open.parts, at_most)
            }
            None => std::mem::take(&mut open.parts),
        };
        let volume = sum(&parts);
        if let Some(Answer::Accepts { at_most: Some(at_most) }) = self.answers.get_mut(&candidate.id) {
            *at_most = at_most.saturating_sub(volume);
        }
        open.explain(taken(step.take, candidate, open.succession.region, volume));
        open.explain(price_told(price.as_ref(), lowered, candidate));
        open.succession.shares.push(Share { taker: Some((candidate.id, step.take)), price, volume, parts });
    }

    /// How much a candidate takes: all (`Some(None)`), up to a bound, or nothing (`None`).
    fn bound(&mut self, asked: bool, candidate: &Supplier, open: &mut Open<'_>) -> Option<Option<u64>> {
        if !asked {
            return Some(None);
        }
        let firm = candidate.firm.clone();
        match self.answers.get(&candidate.id) {
            Some(Answer::Accepts { at_most }) => Some(*at_most),
            Some(Answer::Declines) => {
                open.explain(Explanation::Declined { firm });
                None
            }
            None => {
                self.plan.unanswered.insert(candidate.id);
                open.explain(Explanation::Unanswered { firm });
                Some(None)
            }
        }
    }

    /// Who leaves has no role any more; who took over a main supplier's region is a main supplier there, and no backup.
    fn settle_roles(&mut self) {
        let lot = self.situation.lot;
        let gone = |region: RegionCode, product: SelectedProductId| self.leaves(region, product);
        let mut after = lot.clone();
        after.mains.retain(|(region, product)| !gone(*region, *product));
        after.backups.retain(|(region, product)| !gone(*region, *product));
        if self.leaving.regions.is_none() {
            after.suppliers.retain(|supplier| !self.leaving.products.contains(&supplier.id));
        }
        let mut roles = Vec::new();
        for succession in &self.plan.successions {
            if !lot.mains.contains(&(succession.region, succession.product)) {
                continue;
            }
            for (taker, _) in succession.shares.iter().filter_map(|share| share.taker) {
                self.becomes_main(&mut after, succession.region, taker, &mut roles);
            }
        }
        let backed = |backups: &BTreeSet<(RegionCode, SelectedProductId)>| {
            backups.iter().map(|(region, _)| *region).collect::<BTreeSet<RegionCode>>()
        };
        let vacant: Vec<RegionCode> =
            backed(&lot.backups).difference(&backed(&after.backups)).copied().collect();
        roles.extend(vacant.into_iter().map(|region| Explanation::BackupVacant { region: shown(region) }));
        self.plan.after = after;
        self.plan.roles = roles;
    }

    fn becomes_main(
        &self,
        after: &mut Lot,
        region: RegionCode,
        taker: SelectedProductId,
        roles: &mut Vec<Explanation>,
    ) {
        let Some(supplier) = self.supplier(taker) else { return };
        let same_firm = |product: SelectedProductId| {
            self.supplier(product).is_some_and(|other| other.firm == supplier.firm)
        };
        after.backups.retain(|(backed, product)| *backed != region || !same_firm(*product));
        if after.mains.insert((region, taker)) {
            roles.push(Explanation::MainNow { firm: supplier.firm.clone(), region: shown(region) });
        }
    }
}

impl Open<'_> {
    fn explain(&mut self, explanation: Explanation) {
        self.succession.explanations.push(explanation);
    }

    /// Nothing is left; and where there was nothing, somebody has the role.
    fn is_settled(&self) -> bool {
        self.parts.is_empty() && !self.succession.shares.is_empty()
    }

    fn leave_over(&mut self) {
        let volume = sum(&self.parts);
        if volume > 0 {
            self.explain(Explanation::NobodyLeft { volume });
            let parts = std::mem::take(&mut self.parts);
            self.succession.shares.push(Share { taker: None, price: None, volume, parts });
        }
    }
}

fn sum(parts: &[(Holding, u64)]) -> u64 {
    parts.iter().fold(0, |sum, (_, volume)| sum.saturating_add(*volume))
}

fn shown(region: RegionCode) -> Name {
    region.to_string().into()
}

/// Takes so many units out of the parts, of each in proportion to it; what remains stays.
fn take_part(parts: &mut Vec<(Holding, u64)>, at_most: u64) -> Vec<(Holding, u64)> {
    let volumes: Vec<u64> = parts.iter().map(|(_, volume)| *volume).collect();
    let taken = in_proportion(at_most, &volumes).unwrap_or_default();
    for ((_, rest), taken) in parts.iter_mut().zip(&taken) {
        *rest = rest.saturating_sub(*taken);
    }
    let given = parts.iter().zip(taken).map(|((holding, _), taken)| (*holding, taken));
    let given = given.filter(|(_, taken)| *taken > 0).collect();
    parts.retain(|(_, rest)| *rest > 0);
    given
}

/// The price of the one that takes over, and whether it is below its own. The price of the one that left counts at the representative
/// content, and is brought to the content of the one that takes over by the ratio of its own two prices.
fn price(rule: PriceRule, candidate: &Supplier, left: &Supplier) -> (Option<Exact>, bool) {
    let Some(own) = &candidate.price else { return (None, false) };
    let bound =
        left.price.as_ref().filter(|left| rule == PriceRule::AtMostLeft && left.comparable < own.comparable);
    let lowered = bound.and_then(|left| (&left.comparable * &own.own).checked_div(&own.comparable));
    match lowered {
        Some(lowered) => (Some(lowered), true),
        None => (Some(own.own.clone()), false),
    }
}

fn price_told(price: Option<&Exact>, lowered: bool, candidate: &Supplier) -> Explanation {
    let firm = candidate.firm.clone();
    match (price, &candidate.price) {
        (Some(price), Some(own)) if lowered => {
            Explanation::LoweredPrice { firm, price: price.clone(), own: own.own.clone() }
        }
        (Some(price), _) => Explanation::OwnPrice { firm, price: price.clone() },
        (None, _) => Explanation::PriceUnknown { firm },
    }
}

fn taken(take: Take, candidate: &Supplier, region: RegionCode, volume: u64) -> Explanation {
    let (firm, region) = (candidate.firm.clone(), shown(region));
    match take {
        Take::Main => Explanation::MainTakes { firm, region, volume },
        Take::Backup => Explanation::BackupTakes { firm, region, volume },
        Take::Rank => Explanation::RankTakes { firm, rank: candidate.rank.unwrap_or(0), volume },
    }
}
