//! Prices that were seen, what is in doubt of them, and who shares them.

diesel::table! {
    price_lines (source, source_key) {
        source -> Uuid,
        source_key -> Text,
        digest -> Bytea,
        observation -> Nullable<Uuid>,
        observed_on -> Nullable<Date>,
        ticket -> Nullable<Uuid>,
        previous -> Nullable<Uuid>,
        previous_on -> Nullable<Date>,
        previous_ticket -> Nullable<Uuid>,
    }
}

diesel::table! {
    price_observations (id, observed_on) {
        id -> Uuid,
        kind -> Text,
        region -> Text,
        observed_on -> Date,
        item -> Nullable<Uuid>,
        code -> Nullable<Text>,
        group_key -> Nullable<Text>,
        loose_group -> Nullable<Text>,
        maker -> Nullable<Text>,
        manufacturer -> Nullable<Uuid>,
        hospital -> Nullable<Uuid>,
        price -> Numeric,
        pack_units -> BigInt,
        currency -> Text,
        country -> Nullable<Text>,
        exchange_rate -> Nullable<Numeric>,
        exchange_basis -> Nullable<Text>,
        exchange_on -> Nullable<Date>,
        unit_price -> Numeric,
        packs -> Nullable<BigInt>,
        disclosed -> Bool,
        source -> Uuid,
        source_key -> Text,
        batch -> Uuid,
        acceptance -> Nullable<Uuid>,
        listing -> Nullable<Uuid>,
        supersedes -> Nullable<Uuid>,
        recorded_at -> Timestamptz,
        superseded_by -> Nullable<Uuid>,
        superseded_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    price_shares (id) {
        id -> Uuid,
        region -> Text,
        reader -> Text,
        granted_by -> Uuid,
        granted_at -> Timestamptz,
        ended_by -> Nullable<Uuid>,
        ended_at -> Nullable<Timestamptz>,
        version -> Integer,
    }
}

diesel::table! {
    price_tickets (id) {
        id -> Uuid,
        doubt -> Text,
        state -> Text,
        kind -> Text,
        region -> Text,
        observed_on -> Date,
        item -> Nullable<Uuid>,
        code -> Nullable<Text>,
        group_key -> Nullable<Text>,
        loose_group -> Nullable<Text>,
        maker -> Nullable<Text>,
        manufacturer -> Nullable<Uuid>,
        hospital -> Nullable<Uuid>,
        price -> Numeric,
        pack_units -> BigInt,
        packs -> Nullable<BigInt>,
        disclosed -> Bool,
        source -> Uuid,
        source_key -> Text,
        batch -> Uuid,
        value -> Numeric,
        expected -> Numeric,
        factor -> Numeric,
        sample -> Integer,
        rules -> Text,
        opened_at -> Timestamptz,
        resolved_by -> Nullable<Uuid>,
        resolved_at -> Nullable<Timestamptz>,
        reason -> Nullable<Text>,
        observation -> Nullable<Uuid>,
        version -> Integer,
    }
}

diesel::table! {
    price_index_points (index, month) {
        index -> Uuid,
        month -> Date,
        published_with -> Date,
        value -> Nullable<Double>,
        coverage -> Double,
        warned -> Bool,
        linked -> Bool,
    }
}

diesel::table! {
    price_index_publications (index, month) {
        index -> Uuid,
        month -> Date,
        input_sha256 -> Bytea,
        input_rows -> BigInt,
        products -> BigInt,
        published_by -> Uuid,
        published_at -> Timestamptz,
    }
}

diesel::table! {
    price_indices (id) {
        id -> Uuid,
        name -> Text,
        version -> Integer,
        replaces -> Nullable<Uuid>,
        method -> Text,
        fixed_base -> Bool,
        window_months -> Nullable<Integer>,
        splice -> Nullable<Text>,
        base_month -> Date,
        scope -> Text,
        subject -> Nullable<Text>,
        region -> Text,
        kind -> Text,
        threshold -> Double,
        defined_by -> Uuid,
        defined_at -> Timestamptz,
    }
}
