//! What was true when, and what was known of that when. A correction supersedes what it changes and records it anew; nothing is edited, so what was known
//! before stays as it was.
use crate::time::Day;

/// Days from one on to the day before another; for good where there is no other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// The first day.
    pub from: Day,
    /// The day after the last.
    pub to: Option<Day>,
}

impl Span {
    /// `None` where it holds no day.
    pub fn new(from: Day, to: Option<Day>) -> Option<Self> {
        to.is_none_or(|to| from < to).then_some(Self { from, to })
    }

    /// Whether the day is one of them.
    pub fn holds(self, day: Day) -> bool {
        self.from <= day && self.to.is_none_or(|to| day < to)
    }

    /// What both have.
    pub fn within(self, other: Span) -> Option<Span> {
        let to = match (self.to, other.to) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        };
        Span::new(self.from.max(other.from), to)
    }

    /// What this has before the other begins.
    fn before(self, other: Span) -> Option<Span> {
        self.within(Span { from: self.from, to: Some(other.from) })
    }

    /// What this has after the other ends.
    fn after(self, other: Span) -> Option<Span> {
        self.within(Span { from: other.to?, to: None })
    }
}

/// A fact for a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spell<F> {
    /// When it is true.
    pub span: Span,
    /// What is true.
    pub fact: F,
}

/// What a correction does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revision<F> {
    /// What is superseded, by its place in what was known.
    pub superseded: Vec<usize>,
    /// What is recorded instead, in the order of the days.
    pub recorded: Vec<Spell<F>>,
}

/// Says something of a span: of each part that is known, what `say` makes of it; of each gap, what `say` makes of nothing. What is known outside the
/// span stays true. What is not changed is not superseded. `known` does not overlap; so neither does what is known after this.
pub fn revise<F: Clone + PartialEq>(
    known: &[Spell<F>],
    span: Span,
    say: impl Fn(Option<&F>) -> Option<F>,
) -> Revision<F> {
    let mut revision = Revision { superseded: Vec::new(), recorded: Vec::new() };
    let mut open = vec![span];
    for (place, spell) in known.iter().enumerate() {
        let Some(part) = spell.span.within(span) else { continue };
        open = open.into_iter().flat_map(|gap| [gap.before(part), gap.after(part)]).flatten().collect();
        let fact = say(Some(&spell.fact));
        if fact.as_ref() == Some(&spell.fact) {
            continue;
        }
        revision.superseded.push(place);
        let kept = [spell.span.before(part), spell.span.after(part)].into_iter().flatten();
        revision.recorded.extend(kept.map(|span| Spell { span, fact: spell.fact.clone() }));
        revision.recorded.extend(fact.map(|fact| Spell { span: part, fact }));
    }
    let filled = open.into_iter().filter_map(|span| Some(Spell { span, fact: say(None)? }));
    revision.recorded.extend(filled);
    revision.recorded.sort_by_key(|spell| spell.span);
    revision
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const DAYS: i32 = 40;

    fn span(from: i32, to: Option<i32>) -> Span {
        Span::new(Day::from_epoch_days(from), to.map(Day::from_epoch_days)).unwrap()
    }

    /// What is known of a day.
    fn on<F: Clone>(known: &[Spell<F>], day: i32) -> Vec<F> {
        let day = Day::from_epoch_days(day);
        known.iter().filter(|spell| spell.span.holds(day)).map(|spell| spell.fact.clone()).collect()
    }

    fn apply(known: &[Spell<u8>], revision: &Revision<u8>) -> Vec<Spell<u8>> {
        let kept = known.iter().enumerate().filter(|(place, _)| !revision.superseded.contains(place));
        kept.map(|(_, spell)| spell.clone()).chain(revision.recorded.clone()).collect()
    }

    /// A correction: whether it fills gaps, its span, what it says.
    fn corrections() -> impl Strategy<Value = Vec<(bool, Span, u8)>> {
        let one = (any::<bool>(), 0..DAYS, proptest::option::of(1..12), 0..4_u8);
        proptest::collection::vec(
            one.prop_map(|(fills, from, length, fact)| {
                (fills, span(from, length.map(|length: i32| from.saturating_add(length))), fact)
            }),
            1..12,
        )
    }

    proptest! {
        #[test]
        fn nothing_overlaps_no_gap_is_lost_and_what_was_known_stays_known(corrections in corrections()) {
            let mut known: Vec<Spell<u8>> = Vec::new();
            let mut naive: Vec<Option<u8>> = vec![None; 60];
            // Every spell ever recorded, with the corrections that it was known between.
            let mut kept: Vec<(usize, Option<usize>, Spell<u8>)> = Vec::new();
            let mut seen: Vec<Vec<Option<u8>>> = Vec::new();
            for (turn, (fills, span, fact)) in corrections.into_iter().enumerate() {
                let revision = revise(&known, span, |old| (fills || old.is_some()).then_some(fact));
                for place in &revision.superseded {
                    let gone = &known[*place];
                    let row = kept.iter_mut().find(|row| row.1.is_none() && row.2 == *gone).unwrap();
                    row.1 = Some(turn);
                }
                kept.extend(revision.recorded.iter().map(|spell| (turn, None, spell.clone())));
                known = apply(&known, &revision);
                for (day, value) in naive.iter_mut().enumerate() {
                    let inside = span.holds(Day::from_epoch_days(i32::try_from(day).unwrap()));
                    if inside && (fills || value.is_some()) {
                        *value = Some(fact);
                    }
                }
                seen.push(naive.clone());
                for (turn, then) in seen.iter().enumerate() {
                    let as_known: Vec<Spell<u8>> = kept
                        .iter()
                        .filter(|row| row.0 <= turn && row.1.is_none_or(|until| until > turn))
                        .map(|row| row.2.clone())
                        .collect();
                    for (day, value) in then.iter().enumerate() {
                        let found = on(&as_known, i32::try_from(day).unwrap());
                        prop_assert_eq!(found, value.iter().copied().collect::<Vec<_>>(), "day {} as of {}", day, turn);
                    }
                }
            }
        }

        #[test]
        fn what_says_nothing_new_changes_nothing(corrections in corrections(), again in 0..DAYS) {
            let mut known: Vec<Spell<u8>> = Vec::new();
            for (_, span, fact) in corrections {
                known = apply(&known, &revise(&known, span, |_| Some(fact)));
            }
            let revision = revise(&known, span(again, None), |old| old.copied());
            prop_assert_eq!(revision, Revision { superseded: Vec::new(), recorded: Vec::new() });
        }
    }
}
