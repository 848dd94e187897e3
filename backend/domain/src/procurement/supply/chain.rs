//! The digests by which everybody follows a selection: each one covers its choice and the digest before.
use sha2::{Digest, Sha256};

use super::Phase;
use crate::audit::merkle::Hash;
use crate::identity::RegionCode;
use crate::ids::{LotId, OrganizationId};
use crate::time::Timestamp;

/// A choice as it is published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChoiceRecord {
    /// The lot.
    pub lot: LotId,
    /// Its number in the lot, from 1.
    pub number: i32,
    /// The firm that takes the region.
    pub firm: OrganizationId,
    /// For what.
    pub phase: Phase,
    /// The region.
    pub region: RegionCode,
    /// Whether the firm chose it; else it let its time pass.
    pub chosen: bool,
    /// When.
    pub at: Timestamp,
}

/// SHA-256 of the digest before (nothing before the first choice) and the choice in one line: lot, number, firm, purpose, region, how and
/// the microseconds since 1970, with one blank between them.
pub fn digest(before: Option<&Hash>, choice: &ChoiceRecord) -> Hash {
    let ChoiceRecord { lot, number, firm, phase, region, chosen, at } = choice;
    let how = if *chosen { "CHOSEN" } else { "FALLBACK" };
    let line = format!("{lot} {number} {firm} {phase} {region} {how} {}", at.micros());
    let mut hasher = Sha256::new();
    if let Some(before) = before {
        hasher.update(before);
    }
    hasher.update(line);
    hasher.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::Id;

    #[test]
    fn a_digest_covers_its_choice_and_all_before_it() {
        let choice = ChoiceRecord {
            lot: LotId::from_number(1),
            number: 1,
            firm: OrganizationId::from_number(2),
            phase: Phase::Main,
            region: RegionCode::parse("320000").unwrap(),
            chosen: true,
            at: Timestamp::from_micros(7),
        };
        let line = "lot_00000000000000000000000000000001 1 org_00000000000000000000000000000002 main 320000 CHOSEN 7";
        let first: Hash = Sha256::digest(line).into();
        assert_eq!(digest(None, &choice), first);
        let others = [
            ChoiceRecord { chosen: false, ..choice.clone() },
            ChoiceRecord { number: 2, ..choice.clone() },
            ChoiceRecord { phase: Phase::Backup, ..choice.clone() },
        ];
        assert!(others.iter().all(|other| digest(None, other) != first));
        assert_ne!(digest(Some(&first), &choice), first);
    }
}
