//! Ids between the registry and the columns, and the one place where new ones are made.
use jicai_domain::ids::Id;
use jicai_domain::time::Timestamp;
use uuid::Uuid;

/// A new id. Later ids are greater.
#[expect(clippy::disallowed_methods, reason = "the one place where ids are made")]
pub fn fresh<T: Id>() -> T {
    T::from_number(Uuid::now_v7().as_u128())
}

/// The first id that could be made at an instant.
pub fn first_at<T: Id>(instant: Timestamp) -> T {
    let millis = u128::try_from(instant.micros().div_euclid(1_000)).unwrap_or(0);
    T::from_number(millis.wrapping_shl(80))
}

pub(crate) fn column(id: impl Id) -> Uuid {
    Uuid::from_u128(id.number())
}

pub(crate) fn id<T: Id>(column: Uuid) -> T {
    T::from_number(column.as_u128())
}
