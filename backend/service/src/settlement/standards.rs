//! Payment standards (医保支付标准): made of results, told by people or brought in as tables; prepared by one person and published by another.
use std::collections::{BTreeMap, BTreeSet};

use jicai_domain::audit::{Act, IdempotencyKey};
use jicai_domain::catalog::item::{Content, FlagKind, ItemNamed};
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::{Caller, Permission, Reason, RegionCode, Scope, Version};
use jicai_domain::ids::{
    ItemId, OfficialResultId, OrganizationId, PaymentStandardId, PaymentStandardSetId, UserId,
};
use jicai_domain::settlement::standard::{Beside, Split, amount, split, standard_preset, steps};
use jicai_domain::settlement::standards::{
    PaymentStandard, STANDARDS_MAX, SetCommand, SetState, StandardBasis, Told, check, of_steps,
};
use jicai_domain::time::Day;
use jicai_store::audit::record;
use jicai_store::catalog::{self, flags, versions};
use jicai_store::settlement::standards::{self as rows, ShownStandard, StandardSet};
use jicai_store::settlement::standards_of::{self, BesideItem, SelectedItem};
use jicai_store::{Page, Part, Tx, fresh};
use rust_decimal::Decimal;

use super::read::observed;
use crate::app::App;
use crate::audit::{Changed, actor, keyed, once};
use crate::catalog::find_to_use;
use crate::errors::Error;
use crate::pricing::leave_standards;

/// Packs of one split at most.
const PACKS_MAX: u64 = 1_000_000_000;

/// A standard as somebody tells of it.
#[derive(Clone, Debug)]
pub struct ToldStandard {
    /// The item, by its id or a code.
    pub item: ItemNamed,
    /// Smallest units of the one pack that it is of.
    pub pack_units: Option<u64>,
    /// What is told.
    pub told: Told,
    /// The document that it rests on.
    pub source: String,
}

/// Standards that somebody writes down.
#[derive(Clone, Debug)]
pub struct PrepareStandards {
    /// Where they hold.
    pub region: RegionCode,
    /// The standards.
    pub standards: Vec<ToldStandard>,
    /// The key of the request.
    pub key: IdempotencyKey,
}

/// Prepares standards. Errors: `FORBIDDEN`, `NOT_FOUND`, `BATCH_TOO_LARGE`, `PAYMENT_STANDARD_INVALID`, `PRICE_INVALID`, `REGION_UNKNOWN`, and those of
/// looking up an item.
pub async fn prepare_standards(
    app: &App,
    caller: &Caller,
    command: PrepareStandards,
) -> Result<Changed<PaymentStandardSetId>, Error> {
    let scope = caller.require(Permission::KeepPaymentStandards)?;
    let by = caller.user()?;
    within(&scope, command.region)?;
    if !(1..=STANDARDS_MAX).contains(&command.standards.len()) {
        let range = format!("1 to {STANDARDS_MAX}");
        return Err(Refusal::of(Code::BatchTooLarge).at("standards").allowing(range).into());
    }
    let said = format!("{command:?}");
    let keyed = keyed(app, Some(caller), &command.key, "prepare_standards", &[&said]);
    once(app, &keyed, async |tx| {
        let named: Vec<ItemNamed> = command.standards.iter().map(|one| one.item.clone()).collect();
        let items = known(tx, &named).await?;
        let mut standards = Vec::with_capacity(items.len());
        for (told, item) in command.standards.iter().zip(items) {
            standards.extend(reckoned(told, (item, command.region))?);
        }
        check(&standards).map_err(|(_, refusal)| refusal)?;
        let set = prepared((command.region, caller.organization), &standards, by)?;
        rows::add(tx, &set, &standards).await?;
        let answer = Changed { id: set.id, version: set.version };
        Ok(record(tx, actor(caller), told("PaymentStandardsPrepared", &set, standards.len()), answer).await?)
    })
    .await
}

/// The items of the registry that are named. Errors: those of looking up an item, `ITEM_CODE_UNKNOWN`.
async fn known(tx: &mut Tx, named: &[ItemNamed]) -> Result<Vec<ItemId>, Error> {
    let found = find_to_use(tx, named).await?;
    let unknown = || Refusal::of(Code::ItemCodeUnknown).at("item");
    Ok(found.into_iter().map(|one| one.used.item.ok_or_else(unknown)).collect::<Result<_, _>>()?)
}

/// What is told of an item, as standards by date.
pub(super) fn reckoned(
    told: &ToldStandard,
    (item, region): (ItemId, RegionCode),
) -> Result<Vec<PaymentStandard>, Refusal> {
    let first = |basis, span, amount| PaymentStandard {
        id: fresh(),
        region,
        item,
        pack_units: told.pack_units,
        basis,
        span,
        amount,
        source: told.source.clone(),
        beside: None,
    };
    match &told.told {
        Told::Amount { basis, amount, span } => Ok(vec![first(*basis, *span, *amount)]),
        Told::Beside { .. } if told.pack_units.is_some() => {
            let invalid = Refusal::of(Code::PaymentStandardInvalid).at("packUnits");
            Err(invalid.allowing("none: what is reckoned is of a smallest unit"))
        }
        Told::Beside { beside, begins } => {
            let first = first(StandardBasis::NotSelected, (*begins, None), None);
            let first = PaymentStandard { beside: Some(beside.clone()), ..first };
            Ok(of_steps(&first, &steps(&standard_preset()?, beside, *begins)?, fresh))
        }
    }
}

/// A set of those standards. The rules are named where anything was reckoned.
pub(super) fn prepared(
    (region, organization): (RegionCode, OrganizationId),
    standards: &[PaymentStandard],
    prepared_by: UserId,
) -> Result<StandardSet, Refusal> {
    let head = standard_preset()?.head;
    let by_rules = standards.iter().any(|one| one.beside.is_some());
    Ok(StandardSet {
        id: fresh(),
        organization,
        region,
        result: None,
        import: None,
        rules: by_rules.then(|| format!("{} {}", head.id, head.version)),
        state: SetState::Prepared,
        prepared_by,
        decided_at: None,
        version: Version::FIRST,
    })
}

pub(super) fn told(kind: &'static str, set: &StandardSet, standards: usize) -> Act {
    let act = Act::new(kind, set.id).concerning(set.organization).with("region", set.region);
    let act = if standards > 0 { act.with("standards", standards) } else { act };
    let act = set.rules.iter().fold(act, |act, rules| act.with("rules", rules));
    set.result.into_iter().fold(act, |act, result| act.with("result", result))
}

pub(super) fn within(scope: &Scope, region: RegionCode) -> Result<(), Refusal> {
    if scope.covers(region) { Ok(()) } else { Err(Refusal::of(Code::NotFound).at("region")) }
}

/// What a result that takes effect makes.
#[derive(Clone, Debug)]
pub struct PrepareOfResult {
    /// The result.
    pub result: OfficialResultId,
    /// Where.
    pub region: RegionCode,
    /// The day on which it takes effect.
    pub begins: Day,
    /// The document that says so.
    pub source: String,
    /// The key of the request.
    pub key: IdempotencyKey,
}

/// Prepares what a result makes: the selected price for what is selected and, by the rules, for what is listed beside it under the same generic name and
/// spec. Errors: `FORBIDDEN`, `NOT_FOUND`, `PAYMENT_STANDARD_INVALID` where it holds for no item there at a disclosed price.
pub async fn prepare_result_standards(
    app: &App,
    caller: &Caller,
    command: PrepareOfResult,
) -> Result<Changed<PaymentStandardSetId>, Error> {
    let scope = caller.require(Permission::KeepPaymentStandards)?;
    let by = caller.user()?;
    within(&scope, command.region)?;
    let said = format!("{command:?}");
    let keyed = keyed(app, Some(caller), &command.key, "prepare_result_standards", &[&said]);
    once(app, &keyed, async |tx| {
        let PrepareOfResult { result, region, begins, .. } = command;
        let selected = standards_of::selected(tx, result, region).await?;
        let names: BTreeSet<&str> = selected.iter().map(|one| one.name.as_str()).collect();
        let names: Vec<&str> = names.into_iter().collect();
        let listed = standards_of::listed(tx, &names, (result, region)).await?;
        let passed = passed(tx, &listed, begins).await?;
        let told = of_result((&selected, &listed), &passed, &command)?;
        let mut standards = Vec::new();
        for (item, one) in &told {
            standards.extend(reckoned(one, (*item, region))?);
        }
        if standards.is_empty() {
            let invalid = Refusal::of(Code::PaymentStandardInvalid).at("result");
            return Err(invalid
                .allowing("a result that selects items in the region at disclosed prices")
                .into());
        }
        let set = prepared((region, caller.organization), &standards, by)?;
        let set = StandardSet { result: Some(result), ..set };
        rows::add(tx, &set, &standards).await?;
        let answer = Changed { id: set.id, version: set.version };
        let act = self::told("PaymentStandardsPrepared", &set, standards.len());
        Ok(record(tx, actor(caller), act, answer).await?)
    })
    .await
}

/// What has passed the evaluation, or is a reference product, on a day.
async fn passed(tx: &mut Tx, listed: &[BesideItem], today: Day) -> Result<BTreeSet<ItemId>, Error> {
    let items: Vec<ItemId> = listed.iter().map(|one| one.item).collect();
    let known_at = catalog::horizon(tx).await?;
    let flags = flags::of_items(tx, &items, known_at).await?;
    let holds = flags.into_iter().filter(|one| {
        one.flag.span.holds(today) && matches!(one.flag.kind, FlagKind::Evaluated | FlagKind::Reference)
    });
    Ok(holds.map(|one| one.item).collect())
}

/// Selected items at their price, and what is listed beside them. What a region is supplied with goes before what is selected elsewhere; of several the
/// highest price is the one that others are held beside.
fn of_result(
    (selected, listed): (&[SelectedItem], &[BesideItem]),
    passed: &BTreeSet<ItemId>,
    command: &PrepareOfResult,
) -> Result<BTreeMap<ItemId, ToldStandard>, Refusal> {
    let told = |item, told| ToldStandard {
        item: ItemNamed::Item(item),
        pack_units: None,
        told,
        source: command.source.clone(),
    };
    let mut all = BTreeMap::new();
    let mut beside: BTreeMap<(&str, String), (bool, Decimal)> = BTreeMap::new();
    for one in selected {
        if let Some(item) = one.item {
            let amount = amount(&one.price.into())?;
            let amount = Told::amount(StandardBasis::Selected, Some(amount), (command.begins, None))?;
            all.insert(item, told(item, amount));
        }
        if let Some(spec) = strength(&one.spec) {
            let best = beside.entry((one.name.as_str(), spec)).or_insert((one.supplies, one.price));
            *best = (*best).max((one.supplies, one.price));
        }
    }
    for one in listed.iter().filter(|one| !selected.iter().any(|other| other.item == Some(one.item))) {
        let found = strength(&one.spec).and_then(|spec| beside.get(&(one.name.as_str(), spec)));
        let Some((_, price)) = found else { continue };
        let beside = Beside {
            before: one.before.clone(),
            today: one.today.clone(),
            selected: (*price).into(),
            passed: passed.contains(&one.item),
        };
        all.insert(one.item, told(one.item, Told::Beside { beside, begins: command.begins }));
    }
    Ok(all)
}

/// A spec in its one form.
fn strength(spec: &str) -> Option<String> {
    Content { declared_spec: Some(spec.to_owned()), ..Content::default() }.normal_spec()
}

/// Publishes a prepared set, or gives it up. Nobody publishes what they prepared. Errors: `FORBIDDEN`, `NOT_FOUND`, `STALE_VERSION`,
/// `PAYMENT_STANDARD_STATE`, `SECOND_PERSON_NEEDED`.
pub async fn decide_standards(
    app: &App,
    caller: &Caller,
    (id, version): (PaymentStandardSetId, Version),
    void: Option<Reason>,
    key: &IdempotencyKey,
) -> Result<Changed<PaymentStandardSetId>, Error> {
    let scope = caller.require(Permission::KeepPaymentStandards)?;
    let by = caller.user()?;
    let said = [id.to_string(), version.number().to_string(), format!("{void:?}")];
    let keyed = keyed(app, Some(caller), key, "decide_standards", &said.each_ref().map(String::as_str));
    once(app, &keyed, async |tx| {
        let set = rows::lock(tx, &scope, id).await?;
        if set.version != version {
            return Err(Refusal::of(Code::StaleVersion).at("version").into());
        }
        let (command, kind) = match &void {
            None => (SetCommand::Publish, "PaymentStandardsPublished"),
            Some(reason) => (SetCommand::Void(reason.clone()), "PaymentStandardsVoided"),
        };
        let state = set.state.clone().next(set.prepared_by, command, by)?;
        rows::decide(tx, &set, &state).await?;
        let mut count = 0;
        if matches!(state, SetState::Published { .. }) {
            count = rows::count(tx, id).await?;
            leave_standards(tx, id, count).await?;
        }
        let answer = Changed { id, version: version.next() };
        Ok(record(tx, actor(caller), told(kind, &set, count), answer).await?)
    })
    .await
}

/// What is asked about: an item, and of which pack where it is said.
#[derive(Clone, Debug)]
pub struct OfItem {
    /// The item.
    pub item: ItemId,
    /// Smallest units of a pack; the registry's where it is not said.
    pub pack_units: Option<u64>,
    /// Where.
    pub region: RegionCode,
    /// When.
    pub day: Day,
}

/// The standard that holds; none where there is none. Errors: `FORBIDDEN`, `NOT_FOUND`.
pub async fn payment_standard(
    app: &App,
    caller: &Caller,
    of: OfItem,
) -> Result<Option<ShownStandard>, Error> {
    caller.require(Permission::ViewItems)?;
    let mut tx = app.store.read().await?;
    let pack = pack(&mut tx, &of).await?;
    Ok(rows::holding(&mut tx, (of.item, pack), (of.region, of.day)).await?)
}

/// The pack that is asked about, as far as it is known. Errors: `NOT_FOUND` for an item that is not there on that day.
async fn pack(tx: &mut Tx, of: &OfItem) -> Result<Option<u64>, Error> {
    let known_at = catalog::horizon(tx).await?;
    let version = versions::as_of(tx, &[of.item], of.day, known_at).await?.pop();
    let version = version.ok_or_else(|| Refusal::of(Code::NotFound).at("item"))?;
    Ok(of.pack_units.or_else(|| version.said.content.units_per_pack.map(u64::from)))
}

/// A part of all that holds in a region on a day. Errors: `FORBIDDEN`.
pub async fn payment_standards(
    app: &App,
    caller: &Caller,
    of: (RegionCode, Day),
    page: &Page<PaymentStandardId>,
) -> Result<Part<ShownStandard>, Error> {
    caller.require(Permission::ViewItems)?;
    let mut tx = app.store.read().await?;
    Ok(rows::all_holding(&mut tx, of, page).await?)
}

/// A part of the sets of the jurisdiction, the newest first, those too that nobody has decided. Errors: `FORBIDDEN`.
pub async fn standard_sets(
    app: &App,
    caller: &Caller,
    page: &Page<PaymentStandardSetId>,
) -> Result<Part<StandardSet>, Error> {
    let scope = observed(caller)?;
    let mut tx = app.store.read().await?;
    Ok(rows::sets(&mut tx, &scope, page).await?)
}

/// A part of the standards of a set of the jurisdiction. Errors: `FORBIDDEN`, `NOT_FOUND`.
pub async fn standards_of_set(
    app: &App,
    caller: &Caller,
    set: PaymentStandardSetId,
    page: &Page<PaymentStandardId>,
) -> Result<Part<ShownStandard>, Error> {
    let scope = observed(caller)?;
    let mut tx = app.store.read().await?;
    rows::find(&mut tx, &scope, set).await?;
    Ok(rows::of_set(&mut tx, set, page).await?)
}

/// What is bought, and at which rate the fund pays.
#[derive(Clone, Debug)]
pub struct AskSplit {
    /// What, where and when.
    pub of: OfItem,
    /// The price of a pack.
    pub price: Decimal,
    /// Packs.
    pub packs: u64,
    /// The fund's rate, from 0 to 1.
    pub rate: Decimal,
}

/// Who pays how much, and by which standard.
#[derive(Clone, Debug)]
pub struct ShownSplit {
    /// The amounts.
    pub split: Split,
    /// The standard of that pack, yuan.
    pub of_pack: Decimal,
    /// The standard.
    pub by: ShownStandard,
}

/// Splits what packs cost between fund and patient, by the standard that holds. Errors: `FORBIDDEN`, `NOT_FOUND`, `PAYMENT_STANDARD_UNKNOWN`,
/// `PAYMENT_STANDARD_INVALID` for a pack that nobody tells, `AMOUNT_INVALID`.
pub async fn payment_split(app: &App, caller: &Caller, ask: AskSplit) -> Result<ShownSplit, Error> {
    caller.require(Permission::ViewItems)?;
    if !(1..=PACKS_MAX).contains(&ask.packs) {
        return Err(Refusal::of(Code::AmountInvalid)
            .at("packs")
            .allowing(format!("1 to {PACKS_MAX}"))
            .into());
    }
    let mut tx = app.store.read().await?;
    let pack = pack(&mut tx, &ask.of).await?;
    let by = rows::holding(&mut tx, (ask.of.item, pack), (ask.of.region, ask.of.day)).await?;
    let by = by.ok_or_else(|| Refusal::of(Code::PaymentStandardUnknown).at("item"))?;
    let unknown =
        || Refusal::of(Code::PaymentStandardInvalid).at("packUnits").allowing("smallest units in a pack");
    let of_one = by.standard.amount.ok_or_else(|| Refusal::of(Code::PaymentStandardUnknown))?;
    let of_pack = match by.standard.pack_units {
        Some(_) => Some(of_one),
        None => of_one.checked_mul(Decimal::from(pack.ok_or_else(unknown)?)),
    };
    let of_pack = of_pack.ok_or_else(|| Refusal::of(Code::AmountInvalid))?.normalize();
    Ok(ShownSplit { split: split(ask.price, of_pack, ask.packs, ask.rate)?, of_pack, by })
}
