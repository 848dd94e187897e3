//! What changes of lines add to the months in which they happen, in smallest units. Sums of these rows stand for sums of lines.
use rust_decimal::Decimal;

use super::line::{Line, Quantities};
use crate::contract::progress::percent;
use crate::exact::Exact;

/// What happened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Units that were ordered.
    pub ordered: i64,
    /// Units that sellers promised.
    pub confirmed: i64,
    /// Units that will not come.
    pub cancelled: i64,
    /// Units that were sent.
    pub shipped: i64,
    /// Units that arrived.
    pub arrived: i64,
    /// Units that were taken.
    pub accepted: i64,
    /// Units that were rejected.
    pub rejected: i64,
    /// Units that went back later.
    pub returned: i64,
    /// Deliveries that arrived.
    pub deliveries: i64,
    /// Those of them that arrived in time.
    pub on_time: i64,
    /// What was taken less what went back, in fen.
    pub amount_fen: i64,
}

impl Counts {
    /// What a change of a line adds.
    pub fn between(before: &Line, after: &Line) -> Counts {
        let units = |of: fn(&Quantities) -> u64| {
            let more = after.units(of(&after.packs)).saturating_sub(before.units(of(&before.packs)));
            i64::try_from(more).unwrap_or(i64::MAX)
        };
        Counts {
            confirmed: units(|packs| packs.confirmed),
            cancelled: units(|packs| packs.cancelled),
            shipped: units(|packs| packs.shipped),
            accepted: units(|packs| packs.accepted),
            rejected: units(|packs| packs.rejected),
            returned: units(|packs| packs.returned),
            ..Counts::default()
        }
    }

    /// What a line that is placed adds.
    pub fn placed(line: &Line) -> Counts {
        let units = line.units(line.packs.ordered);
        Counts { ordered: i64::try_from(units).unwrap_or(i64::MAX), ..Counts::default() }
    }

    /// What a delivery of so many units that arrives adds.
    pub fn arrived(units: u64, on_time: bool) -> Counts {
        let arrived = i64::try_from(units).unwrap_or(i64::MAX);
        Counts { arrived, deliveries: 1, on_time: i64::from(on_time), ..Counts::default() }
    }

    /// Both together.
    #[must_use]
    pub const fn and(self, other: Counts) -> Counts {
        Counts {
            ordered: self.ordered.saturating_add(other.ordered),
            confirmed: self.confirmed.saturating_add(other.confirmed),
            cancelled: self.cancelled.saturating_add(other.cancelled),
            shipped: self.shipped.saturating_add(other.shipped),
            arrived: self.arrived.saturating_add(other.arrived),
            accepted: self.accepted.saturating_add(other.accepted),
            rejected: self.rejected.saturating_add(other.rejected),
            returned: self.returned.saturating_add(other.returned),
            deliveries: self.deliveries.saturating_add(other.deliveries),
            on_time: self.on_time.saturating_add(other.on_time),
            amount_fen: self.amount_fen.saturating_add(other.amount_fen),
        }
    }

    /// What was taken and kept.
    pub fn bought(&self) -> u64 {
        u64::try_from(self.accepted.saturating_sub(self.returned)).unwrap_or(0)
    }
}

/// The share of one in another as a percentage with two decimals, halves up; `None` of nothing. For print only.
pub fn share(part: i64, whole: i64) -> Option<String> {
    let of = |number: i64| Exact::from(u64::try_from(number).unwrap_or(0));
    let share = of(part).checked_div(&of(whole))?;
    Some(percent(&share))
}

/// Smallest units of a product as units of the lot's representative, of which volumes are told: whole ones, so that none is counted before it
/// is there.
pub fn in_representative(units: u64, content: Option<(Decimal, Decimal)>) -> u64 {
    let Some((content, representative)) = content else { return units };
    let scaled = &Exact::from(units) * &Exact::from(content);
    scaled.checked_div(&Exact::from(representative)).map_or(units, |volume| volume.floor())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_count_by_their_content_and_shares_are_exact() {
        let of = |content: &str| Some((content.parse().unwrap(), "75".parse().unwrap()));
        assert_eq!(in_representative(100, None), 100);
        assert_eq!(in_representative(100, of("150")), 200);
        assert_eq!(in_representative(100, of("50")), 66);
        assert_eq!(share(10_800, 12_000).as_deref(), Some("90.00"));
        assert_eq!(share(1, 0), None);
    }
}
