//! One reference price from several (参考价): baskets of foreign prices, and the price by which regions are compared.
use crate::exact::Exact;

/// How one price is made of several.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Statistic {
    /// The arithmetic mean.
    Mean,
    /// The middle one; of an even number the mean of the middle two.
    Median,
    /// The price that occurs most often; among several the lowest of them.
    Mode,
    /// The lowest.
    Minimum,
    /// The price a quarter of the way up, between two prices by proportion (type 7).
    LowerQuartile,
    /// The third from below.
    ThirdLowest,
    /// The mean of the three lowest.
    MeanOfThreeLowest,
    /// The highest, as the PMPRB screens since 2026.
    Highest,
}

impl Statistic {
    /// Every statistic by its name in rule files.
    pub const NAMES: &[(&str, Self)] = &[
        ("mean", Self::Mean),
        ("median", Self::Median),
        ("mode", Self::Mode),
        ("minimum", Self::Minimum),
        ("lower_quartile", Self::LowerQuartile),
        ("third_lowest", Self::ThirdLowest),
        ("mean_of_three_lowest", Self::MeanOfThreeLowest),
        ("highest", Self::Highest),
    ];

    /// The reference price; `None` of fewer prices than `at_least`, or than the statistic needs. A missing price is left out by the
    /// caller and never counts as zero.
    pub fn of(self, prices: &[Exact], at_least: usize) -> Option<Exact> {
        let mut sorted = prices.to_vec();
        sorted.sort_unstable();
        let count = sorted.len();
        if count < at_least.max(1) {
            return None;
        }
        match self {
            Self::Mean => Exact::mean(&sorted),
            Self::Median => Exact::mean(sorted.get(count.saturating_sub(1) / 2..=count / 2)?),
            Self::Mode => mode(&sorted),
            Self::Minimum => sorted.first().cloned(),
            Self::LowerQuartile => lower_quartile(&sorted),
            Self::ThirdLowest => sorted.get(2).cloned(),
            Self::MeanOfThreeLowest => Exact::mean(sorted.get(..3)?),
            Self::Highest => sorted.last().cloned(),
        }
    }
}

fn mode(sorted: &[Exact]) -> Option<Exact> {
    let mut best: Option<&[Exact]> = None;
    for run in sorted.chunk_by(|a, b| a == b) {
        if best.is_none_or(|best| run.len() > best.len()) {
            best = Some(run);
        }
    }
    best?.first().cloned()
}

fn lower_quartile(sorted: &[Exact]) -> Option<Exact> {
    let steps = sorted.len().saturating_sub(1);
    let (low, quarters) = (sorted.get(steps / 4)?, steps % 4);
    let high = sorted.get((steps / 4).saturating_add(1)).unwrap_or(low);
    let part = Exact::from(u64::try_from(quarters).unwrap_or(0)).checked_div(&Exact::from(4u64))?;
    Some(low + &(&(high - low) * &part))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pricing::label::exceeds;

    fn exact(text: &str) -> Exact {
        text.parse().unwrap()
    }

    #[test]
    fn the_eleven_countries_of_the_pmprb() {
        let prices = ["41.2", "48.5", "39.9", "55.0", "44.1", "36.7", "47.0", "43.3", "40.4", "45.6", "42.0"]
            .map(exact);
        for (statistic, expected) in [
            (Statistic::Highest, "55.000000"),
            (Statistic::Median, "43.300000"),
            (Statistic::Mean, "43.972727"),
            (Statistic::Minimum, "36.700000"),
            (Statistic::MeanOfThreeLowest, "39.000000"),
            (Statistic::ThirdLowest, "40.400000"),
        ] {
            assert_eq!(statistic.of(&prices, 11).unwrap().to_places(6), expected, "{statistic:?}");
            assert_eq!(statistic.of(&prices, 12), None);
        }
        let highest = Statistic::Highest.of(&prices, 1).unwrap();
        let above = ["54.99", "55.00", "55.01"].map(|price| exceeds(&exact(price), &highest, &Exact::one()));
        assert_eq!(above, [false, false, true]);
    }

    #[test]
    fn few_prices_and_equal_ones() {
        let two = ["3", "1"].map(exact);
        assert_eq!(Statistic::Median.of(&two, 2), Some(exact("2")));
        assert_eq!(Statistic::ThirdLowest.of(&two, 1), None);
        assert_eq!(Statistic::LowerQuartile.of(&two, 1), Some(exact("1.5")));
        assert_eq!(Statistic::Mode.of(&["2", "3", "1", "3", "2"].map(exact), 1), Some(exact("2")));
        assert_eq!(Statistic::Mean.of(&[], 0), None);
    }
}
