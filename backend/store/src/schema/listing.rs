//! Listings and distribution.

diesel::table! {
    distribution_relations (id) {
        id -> Uuid,
        manufacturer -> Uuid,
        distributor -> Uuid,
        region -> Text,
        within -> Array<Text>,
        listing -> Nullable<Uuid>,
        product -> Nullable<Uuid>,
        replaces -> Nullable<Uuid>,
        replaces_because -> Nullable<Text>,
        state -> Text,
        reason -> Nullable<Text>,
        valid_from -> Date,
        valid_to -> Nullable<Date>,
        proposed_by -> Uuid,
        proposed_at -> Timestamptz,
        accepted_by -> Nullable<Uuid>,
        accepted_at -> Nullable<Timestamptz>,
        ended_by -> Nullable<Uuid>,
        state_since -> Timestamptz,
        version -> Integer,
    }
}

diesel::table! {
    distributor_choices (hospital, manufacturer) {
        hospital -> Uuid,
        manufacturer -> Uuid,
        distributors -> Array<Uuid>,
        preferred -> Nullable<Uuid>,
        chosen_by -> Uuid,
        chosen_at -> Timestamptz,
        version -> Integer,
    }
}

diesel::table! {
    listing_marks (id) {
        id -> Uuid,
        listing -> Uuid,
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
    listing_prices (id) {
        id -> Uuid,
        listing -> Uuid,
        price -> Numeric,
        status -> Text,
        explanation -> Text,
        documents -> Array<Uuid>,
        verdict -> Text,
        proposed_by -> Uuid,
        proposed_at -> Timestamptz,
        decided_by -> Nullable<Uuid>,
        decided_at -> Nullable<Timestamptz>,
        decision -> Nullable<Text>,
        effective_at -> Nullable<Timestamptz>,
        ended_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    listings (id) {
        id -> Uuid,
        item -> Nullable<Uuid>,
        manufacturer -> Uuid,
        region -> Text,
        within -> Array<Text>,
        name -> Text,
        form -> Nullable<Text>,
        spec -> Nullable<Text>,
        holder_name -> Text,
        unit -> Text,
        same4 -> Nullable<Text>,
        same3 -> Nullable<Text>,
        price -> Numeric,
        pack_units -> BigInt,
        state -> Text,
        reason -> Nullable<Text>,
        suspended_by -> Nullable<Text>,
        applied_by -> Uuid,
        applied_at -> Timestamptz,
        listed_at -> Nullable<Timestamptz>,
        state_since -> Timestamptz,
        version -> Integer,
    }
}
