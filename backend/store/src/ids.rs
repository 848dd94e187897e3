//! Ids between the registry and the columns, and the one place where new ones are made.
use jicai_domain::ids::Id;
use uuid::Uuid;

/// A new id. Later ids are greater.
#[expect(clippy::disallowed_methods, reason = "the one place where ids are made")]
pub fn fresh<T: Id>() -> T {
    T::from_number(Uuid::now_v7().as_u128())
}

pub(crate) fn column(id: impl Id) -> Uuid {
    Uuid::from_u128(id.number())
}

pub(crate) fn id<T: Id>(column: Uuid) -> T {
    T::from_number(column.as_u128())
}
