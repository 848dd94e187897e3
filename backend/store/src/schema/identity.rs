//! Organizations, people, clients, sessions and keys.

diesel::table! {
    alliance_memberships (alliance, region, product_group, joined_on) {
        alliance -> Uuid,
        region -> Text,
        product_group -> Text,
        joined_on -> Date,
        left_on -> Nullable<Date>,
    }
}

diesel::table! {
    alliances (id) {
        id -> Uuid,
        name -> Text,
        office -> Uuid,
        version -> Integer,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    clients (id) {
        id -> Uuid,
        organization -> Uuid,
        name -> Text,
        role -> Text,
        permissions -> Array<Text>,
        status -> Text,
        generation -> Integer,
        secret_digest -> Bytea,
        previous_digest -> Nullable<Bytea>,
        previous_until -> Nullable<Timestamptz>,
        version -> Integer,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    grants (id) {
        id -> Uuid,
        user_id -> Uuid,
        token_digest -> Bytea,
        expires_at -> Timestamptz,
        ended_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    licences (id) {
        id -> Uuid,
        organization -> Uuid,
        kind -> Text,
        number -> Text,
        valid_until -> Nullable<Date>,
        document -> Uuid,
        added_at -> Timestamptz,
        removed_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    login_attempts (name_digest) {
        name_digest -> Bytea,
        failures -> Integer,
        closed_until -> Nullable<Timestamptz>,
        changed_at -> Timestamptz,
    }
}

diesel::table! {
    organization_regions (organization, region) {
        organization -> Uuid,
        region -> Text,
        within -> Array<Text>,
    }
}

diesel::table! {
    organizations (id) {
        id -> Uuid,
        kind -> Text,
        name -> Text,
        credit_code -> Text,
        status -> Text,
        reason -> Nullable<Text>,
        version -> Integer,
        created_at -> Timestamptz,
        status_since -> Timestamptz,
    }
}

diesel::table! {
    regions (code) {
        code -> Text,
        parent -> Nullable<Text>,
        name -> Text,
        english -> Text,
    }
}

diesel::table! {
    sessions (id) {
        id -> Uuid,
        user_id -> Uuid,
        refresh_digest -> Bytea,
        previous_digest -> Nullable<Bytea>,
        generation -> Integer,
        created_at -> Timestamptz,
        expires_at -> Timestamptz,
        ended_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    signing_keys (id) {
        id -> Uuid,
        algorithm -> Text,
        public_key -> Bytea,
        created_at -> Timestamptz,
        retired_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    users (id) {
        id -> Uuid,
        organization -> Uuid,
        login -> Text,
        name -> Text,
        role -> Text,
        manager -> Bool,
        status -> Text,
        password_hash -> Nullable<Text>,
        totp_salt -> Nullable<Bytea>,
        totp_confirmed -> Bool,
        totp_step -> BigInt,
        version -> Integer,
        created_at -> Timestamptz,
        status_since -> Timestamptz,
    }
}
