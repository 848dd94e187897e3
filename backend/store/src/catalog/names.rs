//! The names of items, in several languages.
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use jicai_domain::catalog::item::{NameGiven, NamePurpose};
use jicai_domain::ids::ItemId;
use uuid::Uuid;

use crate::door::Tx;
use crate::errors::StoreError;
use crate::ids::{column, id};
use crate::schema::item_names;

/// A name with how it sounds: 全拼 and 首字母, where it is Chinese.
pub type Named = (NameGiven, Option<(String, String)>);

/// Adds names; those that an item has already stay as they are.
pub async fn add(tx: &mut Tx, item: ItemId, names: &[Named]) -> Result<(), StoreError> {
    let row = |(name, sound): &Named| {
        let (pinyin, initials) = sound.clone().unzip();
        (
            item_names::item.eq(column(item)),
            item_names::lang.eq(name.lang.clone()),
            item_names::purpose.eq(name.purpose.label()),
            item_names::name.eq(name.name.clone()),
            item_names::pinyin.eq(pinyin),
            item_names::initials.eq(initials),
        )
    };
    let rows: Vec<_> = names.iter().map(row).collect();
    diesel::insert_into(item_names::table)
        .values(rows)
        .on_conflict_do_nothing()
        .execute(tx.connection())
        .await?;
    Ok(())
}

/// The names of items, each with its item.
pub async fn of_items(tx: &mut Tx, items: &[ItemId]) -> Result<Vec<(ItemId, Named)>, StoreError> {
    type Columns = (Uuid, String, String, String, Option<String>, Option<String>);
    let items: Vec<Uuid> = items.iter().copied().map(column).collect();
    let rows: Vec<Columns> = item_names::table
        .filter(item_names::item.eq_any(items))
        .order((item_names::item, item_names::lang, item_names::purpose, item_names::name))
        .select((
            item_names::item,
            item_names::lang,
            item_names::purpose,
            item_names::name,
            item_names::pinyin,
            item_names::initials,
        ))
        .load(tx.connection())
        .await?;
    let read = |(item, lang, purpose, name, pinyin, initials): Columns| {
        let purpose =
            NamePurpose::from_label(&purpose).ok_or_else(|| StoreError::row("purpose", &purpose))?;
        Ok((id(item), (NameGiven { lang, purpose, name }, pinyin.zip(initials))))
    };
    rows.into_iter().map(read).collect()
}
