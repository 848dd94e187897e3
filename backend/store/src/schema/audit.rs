//! The log and its tree.

diesel::table! {
    audit_checkpoints (size) {
        size -> BigInt,
        root -> Bytea,
        at -> Timestamptz,
        signature -> Bytea,
        peaks -> Array<Bytea>,
        key -> Nullable<Uuid>,
    }
}

diesel::table! {
    audit_entries (id) {
        id -> Uuid,
        at -> Timestamptz,
        actor_user -> Nullable<Uuid>,
        actor_client -> Nullable<Uuid>,
        actor_organization -> Nullable<Uuid>,
        kind -> Text,
        version -> SmallInt,
        subject -> Text,
        canonical -> Text,
        concerns -> Array<Uuid>,
    }
}

diesel::table! {
    audit_nodes (level, index) {
        level -> SmallInt,
        index -> BigInt,
        hash -> Bytea,
    }
}

diesel::table! {
    audit_positions (position) {
        position -> BigInt,
        entry -> Uuid,
        leaf -> Bytea,
    }
}

diesel::table! {
    log_keys (id) {
        id -> Uuid,
        algorithm -> Text,
        public_key -> Bytea,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    withheld_entries (id) {
        id -> Uuid,
        round -> Uuid,
        bidder -> Uuid,
        at -> Timestamptz,
        actor_user -> Uuid,
        kind -> Text,
        version -> SmallInt,
        subject -> Text,
        canonical -> Text,
    }
}
