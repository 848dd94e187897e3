//! What everybody gets of the fields of distribution and listings.
use super::table::Row;

pub(super) const LISTING: &[Row] = &[
    ("distributionRelation", "(id: \"dst_00000000000000000000000000000000\")", "unnnnnfffnnf", ""),
    ("distributionRelations", "(first: 1)", "u.....fff..f", ""),
    ("distributorChoices", "(first: 1)", "ufff.fffffff", ""),
    (
        "proposeDistribution",
        "(input: {distributor: \"org_00000000000000000000000000000000\", region: \"320100\", idempotencyKey: $key})",
        "uxxfffffffff",
        "RELATION_INVALID",
    ),
    (
        "acceptDistribution",
        "(input: {id: \"dst_00000000000000000000000000000000\", version: 1, idempotencyKey: $key})",
        "uffnffffffff",
        "",
    ),
    (
        "refuseDistribution",
        "(input: {id: \"dst_00000000000000000000000000000000\", version: 1, reason: \"x\", idempotencyKey: $key})",
        "uffnffffffff",
        "",
    ),
    (
        "voidDistribution",
        "(input: {id: \"dst_00000000000000000000000000000000\", version: 1, reason: \"x\", idempotencyKey: $key})",
        "unnnffffffff",
        "",
    ),
    (
        "replaceDistributor",
        "(input: {id: \"dst_00000000000000000000000000000000\", version: 1, distributor: \"org_00000000000000000000000000000000\", reason: \"x\", idempotencyKey: $key})",
        "unnfffffffff",
        "",
    ),
    (
        "chooseDistributors",
        "(input: {manufacturer: \"org_00000000000000000000000000000000\", distributors: [], idempotencyKey: $key})",
        "ufffxfffffff",
        "DISTRIBUTOR_CHOICE_INVALID",
    ),
];
