//! What everybody gets of the fields of prices.
use super::table::Row;

pub(super) const PRICING: &[Row] = &[
    ("priceHistory", "(filter: {same3: \"x\"}, first: 1)", "u..f..fff..f", ""),
    ("priceIndex", "(id: \"idx_00000000000000000000000000000000\")", "nnnnnnnnnnnn", ""),
    ("priceIndices", "(first: 1)", "............", ""),
    (
        "defineIndex",
        "(input: {name: \"x\", method: \"mean\", baseMonth: \"2026-01\", scope: ALL, region: \"320000\", kind: TRANSACTION, idempotencyKey: $key})",
        "uffffvfffvff",
        "INDEX_INVALID",
    ),
    (
        "publishIndex",
        "(input: {id: \"idx_00000000000000000000000000000000\", month: \"2026-01\", idempotencyKey: $key})",
        "uffffnfffnff",
        "",
    ),
    ("priceShares", "(first: 1)", "uffff.fff..f", ""),
    ("priceTickets", "(first: 1)", "u..f..fff.ff", ""),
    ("reportPrices", "(input: {prices: [], idempotencyKey: $key})", "uvvfvvfffvff", "PRICE_REPORT_INVALID"),
    (
        "settlePriceTicket",
        "(input: {id: \"ptk_00000000000000000000000000000000\", version: 1, real: true, reason: \"x\", idempotencyKey: $key})",
        "unnfnnfffnff",
        "",
    ),
    (
        "sharePrices",
        "(input: {region: \"320000\", reader: \"320000\", idempotencyKey: $key})",
        "uffffvfffvff",
        "PRICE_SHARE_STATE",
    ),
    (
        "endPriceSharing",
        "(input: {id: \"psh_00000000000000000000000000000000\", version: 1, idempotencyKey: $key})",
        "uffffnfffnff",
        "",
    ),
];
