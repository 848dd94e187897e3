//! What everybody gets of the fields of alerts.
use super::table::Row;

pub(super) const ALERT: &[Row] = &[
    ("alert", "(id: \"alt_00000000000000000000000000000000\")", "unnffnfffnnf", ""),
    ("alerts", "(first: 1)", "u..ff.fff..f", ""),
    ("alertFeed", "(first: 1)", "u..ff.fff..f", ""),
    ("alertChanges", "(id: \"alt_00000000000000000000000000000000\", first: 1)", "uffffnfffnnf", ""),
    ("alertDigests", "(first: 1)", "u..ff.fff..f", ""),
    ("monitorRuns", "(first: 1)", "uffff.fff..f", ""),
    (
        "priceVerdict",
        "(input: {item: \"itm_00000000000000000000000000000000\", region: \"320000\", price: \"1\"})",
        "uxxfffffffff",
        "LISTING_INVALID",
    ),
    (
        "acknowledgeAlert",
        "(input: {id: \"alt_00000000000000000000000000000000\", version: 1, idempotencyKey: $key})",
        "uffffnfffnff",
        "",
    ),
    (
        "dismissAlert",
        "(input: {id: \"alt_00000000000000000000000000000000\", version: 1, reason: \"x\", idempotencyKey: $key})",
        "uffffnfffnff",
        "",
    ),
    (
        "assignAlert",
        "(input: {id: \"alt_00000000000000000000000000000000\", version: 1, assignee: \"usr_00000000000000000000000000000000\", idempotencyKey: $key})",
        "uffffnfffnff",
        "",
    ),
];
