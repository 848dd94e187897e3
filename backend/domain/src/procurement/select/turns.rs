//! Orders of firms of equal standing (section 12).

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

    #[test]
    fn orders_are_permuted_within_classes_only() {
        let mut orders = orders_within(&[vec![0, 1], vec![2], vec![3, 4]], 10).unwrap();
        orders.sort();
        assert_eq!(orders, [[0, 1, 2, 3, 4], [0, 1, 2, 4, 3], [1, 0, 2, 3, 4], [1, 0, 2, 4, 3]]);
        assert_eq!(orders_within(&[vec![0, 1, 2, 3, 4, 5]], 120), None);
    }
}
