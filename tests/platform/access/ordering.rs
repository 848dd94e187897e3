//! What everybody gets of the fields of orders and fulfilment.
use super::table::Row;

pub(super) const ORDERING: &[Row] = &[
    ("order", "(id: \"ord_00000000000000000000000000000000\")", "unnnnnfffnnf", ""),
    ("orders", "(first: 1)", "u.....fff..f", ""),
    ("orderLine", "(id: \"oln_00000000000000000000000000000000\")", "unnnnnfffnnf", ""),
    ("orderLines", "(first: 1)", "u.....fff..f", ""),
    ("goodsDeliveries", "(first: 1)", "u.....fff..f", ""),
    ("acceptances", "(first: 1)", "u.....fff..f", ""),
    ("rationings", "(first: 1)", "u.....fff..f", ""),
    ("orderMonths", "(first: 1)", "u.....fff..f", ""),
    ("contractFulfilment", "(contract: \"con_00000000000000000000000000000000\")", "unnnfnfffnnf", ""),
    ("orderable", "(first: 1)", "ufff.fffffff", ""),
    (
        "placeOrder",
        "(input: {lines: [{contract: \"con_00000000000000000000000000000000\", packUnits: \"1\", packs: \"1\"}], idempotencyKey: $key})",
        "ufffnfffffff",
        "",
    ),
    (
        "cancelOrderLines",
        "(input: {lines: [\"oln_00000000000000000000000000000000\"], reason: \"x\", idempotencyKey: $key})",
        "ufffnfffffff",
        "",
    ),
    (
        "acceptDeliveries",
        "(input: {lines: [{delivery: \"shp_00000000000000000000000000000000\"}], idempotencyKey: $key})",
        "ufffnfffffff",
        "",
    ),
    (
        "returnGoods",
        "(input: {lines: [{acceptance: \"acc_00000000000000000000000000000000\", packs: \"1\", reason: \"x\"}], idempotencyKey: $key})",
        "ufffnfffffff",
        "",
    ),
    (
        "declarePack",
        "(input: {product: \"sel_00000000000000000000000000000000\", units: \"1\", idempotencyKey: $key})",
        "unnnffffffff",
        "",
    ),
    (
        "confirmOrderLines",
        "(input: {lines: [{line: \"oln_00000000000000000000000000000000\"}], idempotencyKey: $key})",
        "unnnffffffff",
        "",
    ),
    (
        "refuseOrderLines",
        "(input: {lines: [\"oln_00000000000000000000000000000000\"], reason: \"x\", idempotencyKey: $key})",
        "unnnffffffff",
        "",
    ),
    (
        "shipOrderLines",
        "(input: {hospital: $organization, note: \"x\", lines: [{line: \"oln_00000000000000000000000000000000\", packs: \"1\", batch: \"x\", expiresOn: \"2099-01-01\"}], idempotencyKey: $key})",
        "unnnffffffff",
        "",
    ),
    (
        "reportArrival",
        "(input: {deliveries: [\"shp_00000000000000000000000000000000\"], idempotencyKey: $key})",
        "unnnffffffff",
        "",
    ),
    (
        "closeOrderLines",
        "(input: {lines: [\"oln_00000000000000000000000000000000\"], reason: \"x\", idempotencyKey: $key})",
        "unnnffffffff",
        "",
    ),
    (
        "declareRationing",
        "(input: {product: \"sel_00000000000000000000000000000000\", regionCode: \"320000\", units: \"1\", cap: \"1\", reason: \"x\", idempotencyKey: $key})",
        "uffffnffffff",
        "",
    ),
    (
        "endRationing",
        "(input: {id: \"rat_00000000000000000000000000000000\", version: 1, idempotencyKey: $key})",
        "uffffnffffff",
        "",
    ),
];
