//! How a series goes on when its window moves. What was published is never revised.
#![expect(clippy::float_arithmetic, reason = "an index is a statistic; no money is computed here")]

use super::multilateral::float;

/// Which overlap carries the new window's movement onto the series.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Splice {
    /// The last period of the old window.
    Movement,
    /// The first period of the new window, by the old window's values.
    Window,
    /// The middle of the new window, by the old window's values; the window's length is odd.
    Half,
    /// The geometric mean over every overlap, by the old window's values.
    Mean,
    /// The first period of the new window, by the published value.
    Wisp,
    /// The middle of the new window, by the published value; the window's length is odd.
    Hasp,
    /// The geometric mean over every overlap, by the published values.
    #[default]
    MeanPublished,
}

impl Splice {
    /// Every splice.
    pub const ALL: &[Self] =
        &[Self::Movement, Self::Window, Self::Half, Self::Mean, Self::Wisp, Self::Hasp, Self::MeanPublished];

    /// As written on the command line and in results.
    pub fn name(self) -> &'static str {
        match self {
            Self::Movement => "movement",
            Self::Window => "window",
            Self::Half => "half",
            Self::Mean => "mean",
            Self::Wisp => "wisp",
            Self::Hasp => "hasp",
            Self::MeanPublished => "mean-published",
        }
    }

    /// Whether it needs a window with a middle.
    pub fn needs_odd_window(self) -> bool {
        matches!(self, Self::Half | Self::Hasp)
    }

    /// Where the new window meets the series, as places in the new window.
    fn overlaps(self, length: usize) -> std::ops::Range<usize> {
        let last = length.saturating_sub(1);
        let one = |place: usize| place..place.saturating_add(1);
        match self {
            Self::Movement => one(last.saturating_sub(1)),
            Self::Window | Self::Wisp => one(0),
            Self::Half | Self::Hasp => one(last / 2),
            Self::Mean | Self::MeanPublished => 0..last,
        }
    }

    /// The next value of a series. `old` are the values of the window that ended with the last published period, `new` those of the
    /// window one period later, both from their own first period. `None` where a period that it needs has no value.
    pub(super) fn next(
        self,
        published: &[Option<f64>],
        old: &[Option<f64>],
        new: &[Option<f64>],
    ) -> Option<f64> {
        let value = |values: &[Option<f64>], place: usize| values.get(place).copied().flatten();
        let last = new.len().checked_sub(1)?;
        // The published values of the periods that both windows have; the new window's place l is the old one's l + 1.
        let shared = published.get(published.len().checked_sub(last)?..)?;
        let latest = value(published, published.len().checked_sub(1)?)?;
        let through = |place: usize| {
            let moved = value(new, last)? / value(new, place)?;
            let from = match self {
                Self::Movement => latest,
                Self::Window | Self::Half | Self::Mean => {
                    latest * value(old, place.checked_add(1)?)? / value(old, last)?
                }
                Self::Wisp | Self::Hasp | Self::MeanPublished => value(shared, place)?,
            };
            Some(from * moved)
        };
        let overlaps = self.overlaps(new.len());
        if overlaps.len() == 1 {
            return through(overlaps.start);
        }
        let count = float(overlaps.len());
        let logarithms: Option<f64> = overlaps.map(|place| through(place).map(f64::ln)).sum();
        Some((logarithms? / count).exp())
    }
}
