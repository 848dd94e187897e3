//! A round from its keys to its supply regions.

diesel::table! {
    bid_keys (id) {
        id -> Uuid,
        organization -> Uuid,
        public_line -> Text,
        created_at -> Timestamptz,
        retired_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    bid_lines (bid, position) {
        bid -> Uuid,
        position -> Integer,
        round -> Uuid,
        bidder -> Uuid,
        product_named -> Text,
        price -> Numeric,
        units -> BigInt,
        fault -> Nullable<Text>,
        lot -> Nullable<Uuid>,
        product -> Nullable<Uuid>,
        bidder_label -> Nullable<Text>,
        group_label -> Nullable<Text>,
        product_label -> Nullable<Text>,
        content -> Nullable<Numeric>,
        ceiling -> Nullable<Numeric>,
        extra -> Nullable<Array<Nullable<Numeric>>>,
        tie_order -> Nullable<Integer>,
        excluded_by -> Nullable<Uuid>,
    }
}

diesel::table! {
    bid_openings (bid) {
        bid -> Uuid,
        round -> Uuid,
        bidder -> Uuid,
        fault -> Nullable<Text>,
    }
}

diesel::table! {
    bid_results (product) {
        product -> Uuid,
        lot -> Uuid,
        bidder -> Uuid,
        place -> Integer,
        rank -> Nullable<BigInt>,
        valid -> Bool,
        shortlisted -> Bool,
        selected -> Bool,
        tied -> Bool,
        unit_price -> Text,
        comparable_price -> Text,
        final_price -> Nullable<Text>,
        share -> Nullable<Text>,
        agreed_volume -> Nullable<BigInt>,
        reasons -> Text,
    }
}

diesel::table! {
    bid_submissions (bid, version, kind) {
        bid -> Uuid,
        version -> Integer,
        kind -> Text,
        round -> Uuid,
        bidder -> Uuid,
        commitment -> Bytea,
        digest -> Bytea,
        submitted_by -> Uuid,
        at -> Timestamptz,
    }
}

diesel::table! {
    bids (id) {
        id -> Uuid,
        round -> Uuid,
        bidder -> Uuid,
        status -> Text,
        version -> Integer,
        key -> Uuid,
        commitment -> Bytea,
        digest -> Bytea,
        ciphertext -> Nullable<Bytea>,
        received_at -> Timestamptz,
    }
}

diesel::table! {
    custodian_keys (id) {
        id -> Uuid,
        custodian -> Uuid,
        public_line -> Text,
        created_at -> Timestamptz,
        retired_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    lot_result_editions (lot, edition) {
        lot -> Uuid,
        edition -> Integer,
        status -> Text,
        json -> Text,
        decided_at -> Timestamptz,
        replaced_at -> Timestamptz,
        cause -> Text,
    }
}

diesel::table! {
    lot_results (lot) {
        lot -> Uuid,
        round -> Uuid,
        place -> Integer,
        status -> Text,
        qualified_bidders -> BigInt,
        cap -> Nullable<BigInt>,
        lowest -> Nullable<Text>,
        anchor -> Nullable<Text>,
        months -> Nullable<BigInt>,
        until -> Nullable<Text>,
        demand -> Text,
        json -> Text,
        decided_at -> Timestamptz,
    }
}

diesel::table! {
    objections (id) {
        id -> Uuid,
        round -> Uuid,
        objector -> Uuid,
        lots -> Array<Uuid>,
        grounds -> Text,
        documents -> Array<Uuid>,
        status -> Text,
        submitted_by -> Uuid,
        submitted_at -> Timestamptz,
        decided_by -> Nullable<Uuid>,
        decided_at -> Nullable<Timestamptz>,
        answer -> Nullable<Text>,
        excluded -> Array<Uuid>,
        version -> Integer,
    }
}

diesel::table! {
    round_commitments (round, position) {
        round -> Uuid,
        position -> Integer,
        commitment -> Bytea,
    }
}

diesel::table! {
    round_custodians (round, custodian) {
        round -> Uuid,
        custodian -> Uuid,
        position -> SmallInt,
    }
}

diesel::table! {
    round_key_holders (round, position) {
        round -> Uuid,
        position -> SmallInt,
        custodian -> Uuid,
        key -> Uuid,
    }
}

diesel::table! {
    round_keys (round) {
        round -> Uuid,
        ceremony -> Text,
        signatures -> Array<Text>,
        sealed_length -> Integer,
        published_by -> Uuid,
        published_at -> Timestamptz,
    }
}

diesel::table! {
    round_results (round) {
        round -> Uuid,
        head -> Text,
        tail -> Text,
        opened_at -> Timestamptz,
        decided_at -> Timestamptz,
    }
}

diesel::table! {
    round_sealings (round) {
        round -> Uuid,
        root -> Bytea,
        size -> Integer,
        sealed_at -> Timestamptz,
    }
}

diesel::table! {
    round_shares (round, position) {
        round -> Uuid,
        position -> SmallInt,
        custodian -> Uuid,
        envelope -> Bytea,
        given_at -> Timestamptz,
    }
}

diesel::table! {
    supply_boards (lot) {
        lot -> Uuid,
        round -> Uuid,
        edition -> Integer,
        status -> Text,
        market -> Text,
        turn -> Integer,
        firm -> Nullable<Uuid>,
        purpose -> Nullable<Text>,
        turn_since -> Nullable<Timestamptz>,
        turn_until -> Nullable<Timestamptz>,
        decided_at -> Nullable<Timestamptz>,
        version -> Integer,
    }
}

diesel::table! {
    supply_choices (lot, edition, number) {
        lot -> Uuid,
        edition -> Integer,
        number -> Integer,
        firm -> Uuid,
        purpose -> Text,
        region -> Text,
        how -> Text,
        chosen_by -> Nullable<Uuid>,
        at -> Timestamptz,
        digest -> Bytea,
    }
}

diesel::table! {
    supply_preferences (lot, firm) {
        lot -> Uuid,
        firm -> Uuid,
        regions -> Array<Text>,
        set_at -> Timestamptz,
    }
}

diesel::table! {
    supply_selections (round) {
        round -> Uuid,
        minutes -> Integer,
        begun_by -> Uuid,
        begun_at -> Timestamptz,
    }
}

diesel::table! {
    tie_resolutions (id) {
        id -> Uuid,
        round -> Uuid,
        status -> Text,
        products -> Array<Uuid>,
        evidence -> Uuid,
        explanation -> Text,
        proposed_by -> Uuid,
        proposed_at -> Timestamptz,
        decided_by -> Nullable<Uuid>,
        decided_at -> Nullable<Timestamptz>,
        reason -> Nullable<Text>,
    }
}
