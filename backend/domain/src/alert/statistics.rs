//! The statistics of the monitors. Quartiles are of type 7 (as numpy's default) or Tukey's hinges, and each use says which.
#![expect(clippy::float_arithmetic, reason = "these are statistics; no money is computed here")]

/// Scales the median absolute deviation to a standard deviation (Iglewicz and Hoaglin).
const MAD_SCALE: f64 = 0.6745;
/// Scales the mean absolute deviation, where the median one is zero.
const MEAN_DEVIATION_SCALE: f64 = 1.253_314;

fn sorted(values: &[f64]) -> Vec<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    sorted
}

fn float(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / float(values.len())
}

/// The median; `None` of nothing.
pub fn median(values: &[f64]) -> Option<f64> {
    middle(&sorted(values))
}

fn middle(sorted: &[f64]) -> Option<f64> {
    let count = sorted.len();
    Some(f64::midpoint(*sorted.get(count.checked_sub(1)? / 2)?, *sorted.get(count / 2)?))
}

/// The median absolute deviation from the median.
pub fn median_deviation(values: &[f64]) -> Option<f64> {
    let centre = median(values)?;
    median(&values.iter().map(|value| (value - centre).abs()).collect::<Vec<_>>())
}

/// The modified z of each value. Where more than half of the values are equal the mean absolute deviation stands in; where all are,
/// `None`.
pub fn modified_z(values: &[f64]) -> Option<Vec<f64>> {
    let centre = median(values)?;
    let deviation = median_deviation(values)?;
    let unit = if deviation > 0.0 {
        deviation / MAD_SCALE
    } else {
        let deviations: Vec<f64> = values.iter().map(|value| (value - centre).abs()).collect();
        MEAN_DEVIATION_SCALE * mean(&deviations)
    };
    (unit > 0.0).then(|| values.iter().map(|value| (value - centre) / unit).collect())
}

/// The quantile of type 7: between two values by proportion. `share` is from 0 to 1.
pub fn quantile(values: &[f64], share: f64) -> Option<f64> {
    let sorted = sorted(values);
    let place = share * float(sorted.len().checked_sub(1)?);
    let whole = place.floor();
    let mut from =
        sorted.iter().enumerate().skip_while(|(index, _)| float(*index) < whole).map(|(_, value)| *value);
    let low = from.next()?;
    let high = from.next().unwrap_or(low);
    Some(low + (place - whole) * (high - low))
}

/// The first and third quartile of type 7.
pub fn quartiles(values: &[f64]) -> Option<(f64, f64)> {
    Some((quantile(values, 0.25)?, quantile(values, 0.75)?))
}

/// Tukey's hinges: the medians of the lower and the upper half, the middle value in both.
pub fn hinges(values: &[f64]) -> Option<(f64, f64)> {
    let sorted = sorted(values);
    let half = sorted.len().div_ceil(2);
    Some((middle(sorted.get(..half)?)?, middle(sorted.get(sorted.len().checked_sub(half)?..)?)?))
}

/// Tukey's fences: `k` interquartile ranges outside the quartiles.
pub fn fences((first, third): (f64, f64), k: f64) -> (f64, f64) {
    let range = k * (third - first);
    (first - range, third + range)
}

/// What a series is watched against: its level and spread while nothing was wrong.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Baseline {
    /// The mean.
    pub mean: f64,
    /// The standard deviation.
    pub deviation: f64,
}

impl Baseline {
    /// Of the first values; a deviation below `floor` × mean counts as that much, so that a price that never moved may move a little.
    pub fn of(values: &[f64], floor: f64) -> Option<Self> {
        let freedom = values.len().checked_sub(1).filter(|freedom| *freedom > 0)?;
        let mean = mean(values);
        let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
        let deviation = (squares / float(freedom)).sqrt().max(floor * mean);
        Some(Self { mean, deviation })
    }
}

/// The exponentially weighted moving average, begun at the baseline's mean, with its upper limit at each point.
pub fn ewma(values: &[f64], baseline: Baseline, weight: f64, width: f64) -> Vec<(f64, f64)> {
    let mut average = baseline.mean;
    let mut left = 1.0;
    let one = |value: &f64| {
        average = weight * value + (1.0 - weight) * average;
        left *= (1.0 - weight).powi(2);
        let spread = (weight / (2.0 - weight) * (1.0 - left)).sqrt();
        (average, baseline.mean + width * baseline.deviation * spread)
    };
    values.iter().map(one).collect()
}

/// The upper cumulative sum of what exceeds the baseline by more than `slack` deviations.
pub fn cusum(values: &[f64], baseline: Baseline, slack: f64) -> Vec<f64> {
    let mut sum = 0.0f64;
    let one = |value: &f64| {
        sum = (sum + (value - baseline.mean) / baseline.deviation - slack).max(0.0);
        sum
    };
    values.iter().map(one).collect()
}

/// Where a series is best cut in two.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ChangePoint {
    /// How many values are before the cut.
    pub after: usize,
    /// Mean before.
    pub before: f64,
    /// Mean from the cut on.
    pub since: f64,
    /// Squared deviations without and with the cut.
    pub squares: (f64, f64),
}

/// The cut that leaves the least squared deviation, if it saves more than two parameters are worth:
/// n·ln(SSE₀/n) − n·ln(SSE₁/n) > 2·ln n.
pub fn change_point(values: &[f64]) -> Option<ChangePoint> {
    let squares = |part: &[f64]| {
        let mean = mean(part);
        part.iter().map(|value| (value - mean).powi(2)).sum::<f64>()
    };
    let whole = squares(values);
    let cuts = (1..values.len()).map(|cut| {
        let (before, since) = values.split_at(cut);
        ChangePoint {
            after: cut,
            before: mean(before),
            since: mean(since),
            squares: (whole, squares(before) + squares(since)),
        }
    });
    let best = cuts.min_by(|a, b| a.squares.1.total_cmp(&b.squares.1))?;
    let count = float(values.len());
    // ln 0 is minus infinity: a cut that leaves nothing is worth any price, unless there was nothing to begin with.
    let gain = count * (best.squares.0.ln() - best.squares.1.ln());
    (gain > 2.0 * count.ln()).then_some(best)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PROVINCES: [f64; 12] = [12.5, 12.5, 12.6, 12.8, 12.9, 13.0, 13.0, 13.2, 13.5, 13.8, 19.9, 31.0];

    #[track_caller]
    fn close(found: &[f64], expected: &[f64]) {
        assert_eq!(found.len(), expected.len());
        for (found, expected) in found.iter().zip(expected) {
            assert!((found - expected).abs() <= 1e-7, "{found} is not {expected}");
        }
    }

    #[test]
    fn modified_z_of_twelve_provinces() {
        close(&[median(&PROVINCES).unwrap(), median_deviation(&PROVINCES).unwrap()], &[13.0, 0.45]);
        let expected = [
            -0.749_444_44,
            -0.749_444_44,
            -0.599_555_55,
            -0.299_777_77,
            -0.149_888_88,
            0.0,
            0.0,
            0.299_777_77,
            0.749_444_44,
            1.199_111_11,
            10.342_333_33,
            26.98,
        ];
        close(&modified_z(&PROVINCES).unwrap(), &expected);
        let logarithms = PROVINCES.map(f64::ln);
        close(&[median_deviation(&logarithms).unwrap()], &[0.034_496_435_7]);
        close(&modified_z(&logarithms).unwrap()[10..], &[8.324_979_4, 16.992_075_1]);
    }

    #[test]
    fn where_most_are_equal_the_mean_deviation_stands_in() {
        let mut values = [10.0; 8];
        values[7] = 16.0;
        close(&modified_z(&values).unwrap()[7..], &[6.383_077_2]);
        assert_eq!(modified_z(&[10.0; 8]), None);
        assert_eq!(modified_z(&[]), None);
    }

    #[test]
    fn quartiles_hinges_and_fences() {
        let of = |pair: (f64, f64)| [pair.0, pair.1];
        let type_7 = quartiles(&PROVINCES).unwrap();
        close(&of(type_7), &[12.75, 13.575]);
        close(&of(fences(type_7, 1.5)), &[11.5125, 14.8125]);
        close(&of(fences(type_7, 3.0)), &[10.275, 16.05]);
        let hinges = hinges(&PROVINCES).unwrap();
        close(&of(hinges), &[12.7, 13.65]);
        close(&of(fences(hinges, 1.5)), &[11.275, 15.075]);
        close(&of(fences(hinges, 3.0)), &[9.85, 16.5]);
    }

    #[test]
    fn a_slow_rise_is_seen_by_both_charts_at_the_seventh_price() {
        let values = [10.0, 10.1, 9.9, 10.05, 10.0, 10.3, 10.4, 10.5, 10.45, 10.6];
        let baseline = Baseline { mean: 10.0, deviation: 0.1 };
        let (averages, limits): (Vec<f64>, Vec<f64>) = ewma(&values, baseline, 0.2, 3.0).into_iter().unzip();
        // Printed to six digits.
        let printed =
            [10.0, 10.02, 9.996, 10.0068, 10.00544, 10.064352, 10.131482, 10.205185, 10.254148, 10.323319];
        for (average, printed) in averages.iter().zip(printed) {
            assert!((average - printed).abs() < 5.1e-7, "{average} is not {printed}");
        }
        for (limit, printed) in
            limits.iter().zip([10.06, 10.076837, 10.085899, 10.091227, 10.094479, 10.096503, 10.097776])
        {
            assert!((limit - printed).abs() < 5.1e-7, "{limit} is not {printed}");
        }
        assert_eq!(averages.iter().zip(&limits).position(|(average, limit)| average > limit), Some(6));
        let sums = cusum(&values, baseline, 0.5);
        close(&sums, &[0.0, 0.5, 0.0, 0.0, 0.0, 2.5, 6.0, 10.5, 14.5, 20.0]);
        assert_eq!(sums.iter().position(|sum| *sum > 5.0), Some(6));
    }

    #[test]
    fn a_step_is_found_where_it_is() {
        let found = change_point(&[10.0, 10.1, 9.9, 10.05, 10.0, 12.0, 12.1, 11.9, 12.05, 12.0]).unwrap();
        assert_eq!(found.after, 5);
        close(&[found.squares.0, found.squares.1], &[10.044, 0.044]);
        assert_eq!(change_point(&[10.0, 10.1, 9.9, 10.05, 10.0, 10.1]), None);
        assert_eq!(change_point(&[1.0, 1.0, 1.0, 2.0, 2.0]).unwrap().after, 3);
        assert_eq!((change_point(&[1.0; 5]), change_point(&[1.0]), change_point(&[])), (None, None, None));
    }

    #[test]
    fn a_price_that_never_moved_has_a_spread_all_the_same() {
        assert_eq!(Baseline::of(&[10.0; 6], 0.01).unwrap(), Baseline { mean: 10.0, deviation: 0.1 });
        assert_eq!(Baseline::of(&[10.0], 0.01), None);
    }
}
