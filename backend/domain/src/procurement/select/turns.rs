//! Supply-region selection in turns (section 12): who takes which region, independent of what is in it.

/// What firms take in turns.
pub(super) struct Slots<'s> {
    /// Slots of each firm in the order in which it wants them; a slot it may not take is absent.
    pub(super) wishes: &'s [Vec<usize>],
    /// How many slots there are.
    pub(super) count: usize,
}

/// Gives the slots out: the first firm takes `first_pick` before the turns begin, then each firm in turn takes the first free
/// slot of its wishes, until nobody can. The result is each slot's firm.
pub(super) fn take_turns(slots: &Slots<'_>, order: &[usize], first_pick: u64) -> Vec<Option<usize>> {
    let mut taken: Vec<Option<usize>> = vec![None; slots.count];
    let mut wishes: Vec<_> = slots.wishes.iter().map(|wishes| wishes.iter()).collect();
    let mut take = |firm: usize| -> bool {
        let Some(wishes) = wishes.get_mut(firm) else { return false };
        for &slot in wishes {
            if let Some(free @ None) = taken.get_mut(slot) {
                *free = Some(firm);
                return true;
            }
        }
        false
    };
    if let Some(&first) = order.first() {
        (0..first_pick).take_while(|_| take(first)).for_each(drop);
    }
    while order.iter().filter(|firm| take(**firm)).count() > 0 {}
    taken
}

/// Every order that differs from the given one within classes of equal standing; `None` if there are more than `most`.
pub(super) fn orders_within(classes: &[Vec<usize>], most: usize) -> Option<Vec<Vec<usize>>> {
    let mut orders = vec![Vec::new()];
    for class in classes {
        let permutations = permutations(class, most)?;
        if orders.len().saturating_mul(permutations.len()) > most {
            return None;
        }
        orders = orders
            .iter()
            .flat_map(|order: &Vec<usize>| {
                permutations.iter().map(move |tail| [order.as_slice(), tail].concat())
            })
            .collect();
    }
    Some(orders)
}

fn permutations(items: &[usize], most: usize) -> Option<Vec<Vec<usize>>> {
    let Some((first, rest)) = items.split_first() else { return Some(vec![Vec::new()]) };
    let mut found = Vec::new();
    for tail in permutations(rest, most)? {
        for position in 0..=tail.len() {
            let mut permutation = tail.clone();
            permutation.insert(position, *first);
            found.push(permutation);
        }
        if found.len() > most {
            return None;
        }
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn turns(wishes: &[Vec<usize>], count: usize, first_pick: u64) -> Vec<Option<usize>> {
        let order: Vec<usize> = (0..wishes.len()).collect();
        take_turns(&Slots { wishes, count }, &order, first_pick)
    }

    #[test]
    fn the_first_takes_its_extra_region_and_the_rest_go_in_turns() {
        let wishes = vec![(0..7).collect::<Vec<usize>>(); 3];
        let taken = turns(&wishes, 7, 1);
        assert_eq!(taken, [Some(0), Some(0), Some(1), Some(2), Some(0), Some(1), Some(2)]);
    }

    #[test]
    fn a_firm_that_can_take_nothing_is_passed_over() {
        let taken = turns(&[vec![2], vec![0, 1]], 3, 0);
        assert_eq!(taken, [Some(1), Some(1), Some(0)]);
        assert_eq!(turns(&[vec![], vec![]], 1, 1), [None]);
    }

    #[test]
    fn orders_are_permuted_within_classes_only() {
        let mut orders = orders_within(&[vec![0, 1], vec![2], vec![3, 4]], 10).unwrap();
        orders.sort();
        assert_eq!(orders, [[0, 1, 2, 3, 4], [0, 1, 2, 4, 3], [1, 0, 2, 3, 4], [1, 0, 2, 4, 3]]);
        assert_eq!(orders_within(&[vec![0, 1, 2, 3, 4, 5]], 120), None);
    }
}
