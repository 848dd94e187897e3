//! 停采: what stops new orders of a selected product, from the second on which it is set.
use crate::ids::{ProductBlockId, SelectedProductId};
use crate::listing::mark::Mark;

/// A block of a selected product: a mark that stops orders. Labels are of listings.
pub type Block = Mark<ProductBlockId, SelectedProductId>;

/// What is told of a product whose blocks are these: the gravest that nobody has lifted.
pub fn blocked(blocks: &[Block]) -> Option<String> {
    let standing = blocks.iter().filter(|block| block.lifted.is_none());
    let gravest = standing.max_by_key(|block| block.kind)?;
    Some(format!("{}: {}", gravest.kind.label(), gravest.reason.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::Reason;
    use crate::ids::{Id, UserId};
    use crate::listing::mark::{MarkKind, MarkSource};
    use crate::time::Timestamp;

    #[test]
    fn the_gravest_block_that_stands_is_told() {
        let block = |kind, reason: &str, lifted: bool| {
            let (by, at, reason) =
                (UserId::from_number(1), Timestamp::from_micros(1), Reason::parse(reason).unwrap());
            Block {
                id: ProductBlockId::from_number(1),
                of: SelectedProductId::from_number(2),
                kind,
                source: MarkSource::Office,
                reason: reason.clone(),
                set_by: by,
                set_at: at,
                lifted: lifted.then_some((by, at, reason)),
            }
        };
        let recall = block(MarkKind::Recall, "异物", false);
        let sanction = block(MarkKind::Sanction, "失信", true);
        let suspension = block(MarkKind::Suspension, "停产", false);
        assert_eq!(blocked(&[recall, sanction.clone(), suspension]).as_deref(), Some("SUSPENSION: 停产"));
        assert_eq!(blocked(&[sanction]), None);
    }
}
