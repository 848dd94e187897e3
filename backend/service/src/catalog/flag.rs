//! What lists say of items: essential medicines, evaluation, reimbursement, selections.
use jicai_domain::audit::{Act, IdempotencyKey};
use jicai_domain::catalog::item::{Flag, Spell, revise};
use jicai_domain::identity::{Caller, Permission};
use jicai_domain::ids::ItemId;
use jicai_store::audit::record;
use jicai_store::catalog::flags::{self, Flagged};
use jicai_store::catalog::{self, items};
use jicai_store::{Tx, fresh};

use super::apply::Writing;
use super::propose::standing;
use crate::app::App;
use crate::audit::{actor, keyed, once};
use crate::errors::Error;

/// What a list says of an item.
#[derive(Clone, Debug)]
pub struct FlagItem {
    /// Of which.
    pub item: ItemId,
    /// What, from when to when, by which list.
    pub flag: Flag,
    /// Whether it says so, or says so no longer.
    pub holds: bool,
    /// The key of the request.
    pub key: IdempotencyKey,
}

/// Records what a list says of an item for some days, or that it says so no longer; what was known of these days is superseded. Errors: `FORBIDDEN`,
/// `NOT_FOUND`, `ITEM_INVALID`, `ITEM_STATE`, `ITEM_RELEASE_RUNS`.
pub async fn flag_item(app: &App, caller: &Caller, command: FlagItem) -> Result<ItemId, Error> {
    caller.require(Permission::ReviewItems)?;
    caller.user()?;
    let flag = command.flag.clone().checked()?;
    let said = format!("{command:?}");
    let keyed = keyed(app, Some(caller), &command.key, "flag_item", &[&said]);
    once(app, &keyed, async |tx| {
        catalog::hold(tx).await?;
        catalog::no_release_runs(tx).await?;
        standing(tx, &[command.item]).await?;
        let writing = Writing { proposal: None, now: tx.now().await? };
        say(tx, writing, (command.item, &flag), command.holds).await?;
        items::count_change(tx, &[command.item]).await?;
        let act = Act::new("ItemFlagged", command.item)
            .with("flag", flag.kind.label())
            .with("holds", command.holds)
            .with("from", flag.span.from)
            .with("to", flag.span.to.map(|to| to.to_string()).unwrap_or_default())
            .with("source", &flag.source);
        Ok(record(tx, actor(caller), act, command.item).await?)
    })
    .await
}

async fn say(tx: &mut Tx, writing: Writing, (item, flag): (ItemId, &Flag), holds: bool) -> Result<(), Error> {
    let there = flags::of_items(tx, &[item], writing.now).await?;
    let other = |flagged: &Flagged| flag.kind.excludes(flagged.flag.kind);
    let known: Vec<Flagged> = there.into_iter().filter(other).collect();
    let spells: Vec<Spell<Flag>> =
        known.iter().map(|one| Spell { span: one.flag.span, fact: one.flag.clone() }).collect();
    // A flag says its own days; as a fact it is the same whichever they are.
    let revision = revise(&spells, flag.span, |_| holds.then(|| flag.clone()));
    let gone: Vec<_> =
        revision.superseded.iter().filter_map(|place| known.get(*place)).map(|one| one.id).collect();
    flags::supersede(tx, &gone, writing.now).await?;
    let recorded = revision.recorded.into_iter().map(|spell| Flagged {
        id: fresh(),
        item,
        flag: Flag { span: spell.span, ..spell.fact },
    });
    let recorded: Vec<Flagged> = recorded.collect();
    Ok(flags::record(tx, &recorded, writing.now).await?)
}
