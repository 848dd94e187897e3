//! What the house itself keeps: documents, imports, jobs, notifications, webhooks.

diesel::table! {
    documents (id) {
        id -> Uuid,
        organization -> Uuid,
        stored_by -> Nullable<Uuid>,
        kind -> Text,
        name -> Text,
        media_type -> Text,
        size -> BigInt,
        sha256 -> Bytea,
        stored_at -> Timestamptz,
        stored_by_client -> Nullable<Uuid>,
    }
}

diesel::table! {
    event_cursor (singleton) {
        singleton -> Bool,
        position -> BigInt,
    }
}

diesel::table! {
    idempotency_keys (owner, key) {
        owner -> Text,
        key -> Text,
        operation -> Text,
        fingerprint -> Bytea,
        answer -> Nullable<Text>,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    import_rows (import, line) {
        import -> Uuid,
        line -> BigInt,
        fields -> Array<Nullable<Text>>,
    }
}

diesel::table! {
    import_rejects (import, line) {
        import -> Uuid,
        line -> BigInt,
        fields -> Array<Nullable<Text>>,
        code -> Text,
        field -> Text,
        expected -> Text,
    }
}

diesel::table! {
    imports (id) {
        id -> Uuid,
        organization -> Uuid,
        session -> Nullable<Uuid>,
        kind -> Text,
        document -> Uuid,
        status -> Text,
        fault -> Nullable<Text>,
        fault_detail -> Nullable<Text>,
        header -> Nullable<Array<Nullable<Text>>>,
        rows_read -> BigInt,
        rows_rejected -> BigInt,
        rejected_rows -> Nullable<Uuid>,
        created_at -> Timestamptz,
        round -> Nullable<Uuid>,
        whole -> Bool,
    }
}

diesel::table! {
    jobs (id) {
        id -> Uuid,
        kind -> Text,
        subject -> Text,
        turn -> Nullable<Text>,
        status -> Text,
        due_at -> Nullable<Timestamptz>,
        tries -> Integer,
        fault -> Nullable<Text>,
        created_at -> Timestamptz,
        ended_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    notifications (user_id, position) {
        user_id -> Uuid,
        position -> BigInt,
        kind -> Text,
        subject -> Text,
        at -> Timestamptz,
        read -> Bool,
    }
}

diesel::table! {
    webhook_deliveries (id) {
        id -> Uuid,
        webhook -> Uuid,
        position -> Nullable<BigInt>,
        kind -> Text,
        subject -> Text,
        organizations -> Array<Uuid>,
        at -> Timestamptz,
        job -> Uuid,
        tries -> Integer,
        http_status -> Nullable<SmallInt>,
        silence -> Nullable<Text>,
        delivered_at -> Nullable<Timestamptz>,
        dropped_at -> Nullable<Timestamptz>,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    webhooks (id) {
        id -> Uuid,
        organization -> Uuid,
        role -> Text,
        url -> Text,
        kinds -> Array<Text>,
        status -> Text,
        fault -> Nullable<Text>,
        generation -> Integer,
        overlap_until -> Nullable<Timestamptz>,
        failing_since -> Nullable<Timestamptz>,
        version -> Integer,
        created_at -> Timestamptz,
        status_since -> Timestamptz,
    }
}
