//! Orders, deliveries and what came of them.

diesel::table! {
    acceptances (id) {
        id -> Uuid,
        order_line -> Uuid,
        delivery -> Uuid,
        hospital -> Uuid,
        seller -> Uuid,
        manufacturer -> Uuid,
        region -> Text,
        packs -> BigInt,
        price -> Numeric,
        amount_fen -> BigInt,
        difference_fen -> BigInt,
        accepted_at -> Timestamptz,
        accepted_on -> Date,
    }
}

diesel::table! {
    basis_months (basis, month, shard) {
        basis -> Uuid,
        month -> Date,
        shard -> SmallInt,
        ordered -> BigInt,
        confirmed -> BigInt,
        cancelled -> BigInt,
        shipped -> BigInt,
        arrived -> BigInt,
        accepted -> BigInt,
        rejected -> BigInt,
        returned -> BigInt,
        deliveries -> BigInt,
        on_time -> BigInt,
        amount_fen -> BigInt,
    }
}

diesel::table! {
    deliveries (id) {
        id -> Uuid,
        order_line -> Uuid,
        hospital -> Uuid,
        seller -> Uuid,
        note -> Text,
        batch -> Text,
        expires_on -> Date,
        codes -> Array<Text>,
        packs -> BigInt,
        accepted -> BigInt,
        rejected -> BigInt,
        reason -> Nullable<Text>,
        shipped_at -> Timestamptz,
        arrived_at -> Nullable<Timestamptz>,
        on_time -> Nullable<Bool>,
        version -> Integer,
    }
}

diesel::table! {
    emergencies (order_line) {
        order_line -> Uuid,
        hospital -> Uuid,
        because -> Text,
        report_by -> Timestamptz,
        report -> Nullable<Text>,
        reported_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    filings (id) {
        id -> Uuid,
        hospital -> Uuid,
        region -> Text,
        within -> Array<Text>,
        item -> Uuid,
        manufacturer -> Uuid,
        name -> Text,
        spec -> Nullable<Text>,
        unit -> Text,
        pack_units -> BigInt,
        price -> Numeric,
        asked -> BigInt,
        packs -> Nullable<BigInt>,
        taken -> BigInt,
        until -> Nullable<Date>,
        reason -> Text,
        status -> Text,
        decision -> Nullable<Text>,
        rules -> Text,
        applied_by -> Uuid,
        applied_at -> Timestamptz,
        decided_by -> Nullable<Uuid>,
        decided_at -> Nullable<Timestamptz>,
        status_since -> Timestamptz,
        version -> Integer,
    }
}

diesel::table! {
    goods_returns (id) {
        id -> Uuid,
        acceptance -> Uuid,
        packs -> BigInt,
        amount_fen -> BigInt,
        reason -> Text,
        returned_at -> Timestamptz,
    }
}

diesel::table! {
    negotiated_prices (id) {
        id -> Uuid,
        listing -> Uuid,
        hospital -> Uuid,
        manufacturer -> Uuid,
        price -> Numeric,
        listed -> Numeric,
        explanation -> Text,
        status -> Text,
        reason -> Nullable<Text>,
        proposed_by -> Uuid,
        proposed_at -> Timestamptz,
        answered_by -> Nullable<Uuid>,
        answered_at -> Nullable<Timestamptz>,
        status_since -> Timestamptz,
        version -> Integer,
    }
}

diesel::table! {
    order_lines (id) {
        id -> Uuid,
        order_id -> Uuid,
        place -> Integer,
        kind -> Text,
        contract -> Nullable<Uuid>,
        listing -> Nullable<Uuid>,
        rationing -> Nullable<Uuid>,
        hospital -> Uuid,
        seller -> Uuid,
        manufacturer -> Uuid,
        region -> Text,
        pack_units -> BigInt,
        price -> Numeric,
        ordered -> BigInt,
        confirmed -> BigInt,
        cancelled -> BigInt,
        shipped -> BigInt,
        accepted -> BigInt,
        rejected -> BigInt,
        returned -> BigInt,
        status -> Text,
        reason -> Nullable<Text>,
        rules -> Text,
        confirm_by -> Timestamptz,
        confirmed_at -> Nullable<Timestamptz>,
        deliver_by -> Nullable<Timestamptz>,
        status_since -> Timestamptz,
        version -> Integer,
        negotiated -> Nullable<Uuid>,
        filing -> Nullable<Uuid>,
        added_pack -> Nullable<Uuid>,
    }
}

diesel::table! {
    order_months (hospital, basis, month, kind) {
        hospital -> Uuid,
        basis -> Uuid,
        month -> Date,
        kind -> Text,
        region -> Text,
        province -> Text,
        ordered -> BigInt,
        confirmed -> BigInt,
        cancelled -> BigInt,
        shipped -> BigInt,
        arrived -> BigInt,
        accepted -> BigInt,
        rejected -> BigInt,
        returned -> BigInt,
        deliveries -> BigInt,
        on_time -> BigInt,
        amount_fen -> BigInt,
    }
}

diesel::table! {
    order_sheet_rows (hospital, number, row_number) {
        hospital -> Uuid,
        number -> Text,
        row_number -> Text,
        said -> Text,
        import -> Uuid,
        order_line -> Uuid,
    }
}

diesel::table! {
    orders (id) {
        id -> Uuid,
        hospital -> Uuid,
        region -> Text,
        number -> Nullable<Text>,
        lines -> Integer,
        placed_at -> Timestamptz,
    }
}

diesel::table! {
    product_blocks (id) {
        id -> Uuid,
        product -> Uuid,
        kind -> Text,
        source -> Text,
        reason -> Text,
        set_by -> Uuid,
        set_at -> Timestamptz,
        lifted_by -> Nullable<Uuid>,
        lifted_at -> Nullable<Timestamptz>,
        lift_reason -> Nullable<Text>,
    }
}

diesel::table! {
    product_packs (product, units) {
        product -> Uuid,
        units -> BigInt,
        declared_by -> Uuid,
        declared_at -> Timestamptz,
    }
}

diesel::table! {
    rationing_shares (rationing, hospital) {
        rationing -> Uuid,
        hospital -> Uuid,
        taken -> BigInt,
    }
}

diesel::table! {
    rationings (id) {
        id -> Uuid,
        office -> Uuid,
        product -> Uuid,
        region -> Text,
        units -> BigInt,
        cap -> BigInt,
        taken -> BigInt,
        reason -> Text,
        declared_by -> Uuid,
        declared_at -> Timestamptz,
        ended_at -> Nullable<Timestamptz>,
        version -> Integer,
    }
}
