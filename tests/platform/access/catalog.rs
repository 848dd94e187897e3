//! What everybody gets of the fields of the registry.
use super::table::Row;

pub(super) const CATALOG: &[Row] = &[
    ("item", "(id: \"itm_00000000000000000000000000000000\")", "unnnnnnnnnnn", ""),
    ("items", "(first: 1)", "u...........", ""),
    ("itemHistory", "(id: \"itm_00000000000000000000000000000000\", first: 1)", "unnnnnnnnnnn", ""),
    ("resolveCode", "(code: \"6901234567892\")", "unnnnnnnnnnn", ""),
    ("itemProposal", "(id: \"prp_00000000000000000000000000000000\")", "unnffnfffffn", ""),
    ("itemProposals", "(first: 1)", "u..ff.fffff.", ""),
    ("itemConflicts", "(first: 1)", "uffff.fffff.", ""),
    (
        "proposeItem",
        "(input: {act: {retire: {item: \"itm_00000000000000000000000000000000\", status: WITHDRAWN, validFrom: \"2026-01-01\"}}, reason: \"x\", idempotencyKey: $key})",
        "unnffnffffff",
        "",
    ),
    (
        "approveItemProposal",
        "(input: {id: \"prp_00000000000000000000000000000000\", version: 1, idempotencyKey: $key})",
        "uffffnfffffn",
        "",
    ),
    (
        "rejectItemProposal",
        "(input: {id: \"prp_00000000000000000000000000000000\", version: 1, reason: \"x\", idempotencyKey: $key})",
        "uffffnfffffn",
        "",
    ),
    (
        "withdrawItemProposal",
        "(input: {id: \"prp_00000000000000000000000000000000\", version: 1, idempotencyKey: $key})",
        "unnffnffffff",
        "",
    ),
    (
        "resolveItemConflict",
        "(input: {id: \"icf_00000000000000000000000000000000\", version: 1, resolution: KEPT, reason: \"x\", idempotencyKey: $key})",
        "uffffnfffffn",
        "",
    ),
    (
        "flagItem",
        "(input: {item: \"itm_00000000000000000000000000000000\", flag: ESSENTIAL, validFrom: \"2026-01-01\", source: \"x\", idempotencyKey: $key})",
        "uffffnfffffn",
        "",
    ),
    ("lookup", "(text: \"阿莫西林\")", "............", ""),
    ("itemRelease", "(number: 1)", "unnnnnnnnnnn", ""),
    ("itemReleases", "(first: 1)", "u...........", ""),
    ("publishItemRelease", "(input: {number: 1, idempotencyKey: $key})", "uffffnfffffn", ""),
    ("discardItemRelease", "(input: {number: 1, idempotencyKey: $key})", "uffffnfffffn", ""),
];
