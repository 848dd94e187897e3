//! Official results, contracts and their volume.

diesel::table! {
    added_packs (id) {
        id -> Uuid,
        product -> Uuid,
        spec -> Text,
        selected_content -> Numeric,
        selected_units -> Integer,
        content -> Numeric,
        units -> Integer,
        price -> Numeric,
        most -> Numeric,
        rules -> Text,
        evidence -> Text,
        applied_by -> Uuid,
        status -> Text,
        decided_by -> Nullable<Uuid>,
        decision -> Nullable<Text>,
        version -> Integer,
        status_since -> Timestamptz,
    }
}

diesel::table! {
    backup_supplies (id) {
        id -> Uuid,
        office -> Uuid,
        product -> Uuid,
        backup -> Uuid,
        region -> Text,
        from_on -> Date,
        reason -> Text,
        evidence -> Text,
        status -> Text,
        proposed_by -> Uuid,
        proposed_at -> Timestamptz,
        decided_by -> Nullable<Uuid>,
        decided_at -> Nullable<Timestamptz>,
        decision -> Nullable<Text>,
        ended_by -> Nullable<Uuid>,
        ended_at -> Nullable<Timestamptz>,
        moved -> BigInt,
        returned -> BigInt,
        version -> Integer,
    }
}

diesel::table! {
    contract_keys (id) {
        id -> Uuid,
        organization -> Uuid,
        public_line -> Text,
        created_at -> Timestamptz,
        retired_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    contract_seals (contract, party) {
        contract -> Uuid,
        party -> Uuid,
        sub_contract -> Nullable<Uuid>,
        key -> Uuid,
        seal -> Text,
        sealed_at -> Timestamptz,
    }
}

diesel::table! {
    contracts (id) {
        id -> Uuid,
        result -> Uuid,
        product -> Uuid,
        region -> Text,
        year -> SmallInt,
        starts_on -> Date,
        until -> Date,
        holder -> Uuid,
        distributor -> Nullable<Uuid>,
        volume -> BigInt,
        brand_volume -> BigInt,
        lowered_price -> Nullable<Numeric>,
        status -> Text,
        reason -> Nullable<Text>,
        institutions -> Nullable<BigInt>,
        seals_missing -> BigInt,
        parts_sha256 -> Nullable<Bytea>,
        version -> Integer,
        created_at -> Timestamptz,
        status_since -> Timestamptz,
        supplement -> SmallInt,
        content -> Nullable<Numeric>,
        agreed_price -> Nullable<Numeric>,
        renews -> Nullable<Uuid>,
        replaces -> Nullable<Uuid>,
        ends_on -> Nullable<Date>,
        orders_go_to -> Nullable<Uuid>,
    }
}

diesel::table! {
    official_results (id) {
        id -> Uuid,
        office -> Uuid,
        name -> Text,
        round -> Nullable<Uuid>,
        import -> Nullable<Uuid>,
        edition -> Integer,
        part -> Integer,
        lots -> Array<Uuid>,
        disclosure -> Text,
        starts_on -> Date,
        standstill_until -> Nullable<Timestamptz>,
        announced_by -> Uuid,
        announced_at -> Timestamptz,
        canonical -> Text,
        sha256 -> Bytea,
    }
}

diesel::table! {
    result_rows (import, line) {
        import -> Uuid,
        line -> BigInt,
        product -> Uuid,
        lot_number -> Integer,
        lot_name -> Text,
        name -> Text,
        spec -> Text,
        unit -> Text,
        content -> Nullable<Numeric>,
        representative_content -> Nullable<Numeric>,
        holder_name -> Text,
        holder_code -> Nullable<Text>,
        price -> Nullable<Numeric>,
        price_basis -> Nullable<Text>,
        rank -> Nullable<Integer>,
        until -> Date,
        region -> Nullable<Text>,
        role -> Nullable<Text>,
        volume -> Nullable<BigInt>,
        item_system -> Nullable<Text>,
        item_code -> Nullable<Text>,
    }
}

diesel::table! {
    selected_products (id) {
        id -> Uuid,
        result -> Uuid,
        place -> Integer,
        lot_number -> Integer,
        lot_name -> Text,
        name -> Text,
        spec -> Text,
        unit -> Text,
        content -> Nullable<Numeric>,
        representative_content -> Nullable<Numeric>,
        holder_name -> Text,
        holder_code -> Nullable<Text>,
        holder -> Nullable<Uuid>,
        round_product -> Nullable<Uuid>,
        price -> Nullable<Numeric>,
        price_basis -> Nullable<Text>,
        rank -> Nullable<Integer>,
        until -> Date,
        blocked -> Nullable<Text>,
        item -> Nullable<Uuid>,
        item_system -> Nullable<Text>,
        item_code -> Nullable<Text>,
        item_release -> Nullable<Integer>,
        item_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    selected_supplies (product, region, role) {
        product -> Uuid,
        region -> Text,
        role -> Text,
        volume -> BigInt,
    }
}

diesel::table! {
    sub_contracts (id) {
        id -> Uuid,
        contract -> Uuid,
        institution -> Uuid,
        volume -> BigInt,
    }
}

diesel::table! {
    supply_changes (withdrawal, region, product, role) {
        withdrawal -> Uuid,
        region -> Text,
        product -> Uuid,
        role -> Text,
        gained -> Bool,
    }
}

diesel::table! {
    term_extensions (product, number) {
        product -> Uuid,
        number -> SmallInt,
        until -> Nullable<Date>,
        reason -> Text,
        decided_by -> Uuid,
        decided_at -> Timestamptz,
    }
}

diesel::table! {
    volume_changes (id) {
        id -> Uuid,
        part -> Uuid,
        wish -> Text,
        to_institution -> Nullable<Uuid>,
        to_product -> Nullable<Uuid>,
        volume -> BigInt,
        receiver -> Nullable<Uuid>,
        reason -> Text,
        applied_by -> Uuid,
        applied_at -> Timestamptz,
        status -> Text,
        decided_by -> Nullable<Uuid>,
        decision -> Nullable<Text>,
        version -> Integer,
        status_since -> Timestamptz,
    }
}

diesel::table! {
    volume_entries (id) {
        id -> Uuid,
        result -> Uuid,
        lot_number -> Integer,
        year -> SmallInt,
        region -> Text,
        content -> Nullable<Numeric>,
        cause -> Text,
        volume -> BigInt,
        from_account -> Text,
        from_product -> Nullable<Uuid>,
        from_institution -> Nullable<Uuid>,
        from_contract -> Nullable<Uuid>,
        from_part -> Nullable<Uuid>,
        to_account -> Text,
        to_product -> Nullable<Uuid>,
        to_institution -> Nullable<Uuid>,
        to_contract -> Nullable<Uuid>,
        to_part -> Nullable<Uuid>,
        withdrawal -> Nullable<Uuid>,
        change -> Nullable<Uuid>,
        at -> Timestamptz,
        backup_supply -> Nullable<Uuid>,
    }
}

diesel::table! {
    withdrawals (id) {
        id -> Uuid,
        product -> Uuid,
        ground -> Text,
        reason -> Text,
        filed_by -> Uuid,
        filed_at -> Timestamptz,
        decided_by -> Nullable<Uuid>,
        decided_at -> Nullable<Timestamptz>,
        plan -> Nullable<Text>,
        answer -> Nullable<Text>,
        canonical -> Nullable<Text>,
        sha256 -> Nullable<Bytea>,
    }
}
