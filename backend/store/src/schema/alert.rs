//! Monitors and alerts.

diesel::table! {
    alert_changes (id) {
        id -> Uuid,
        alert -> Uuid,
        change -> Text,
        state -> Text,
        severity -> Text,
        value -> Text,
        made_by -> Nullable<Uuid>,
        assignee -> Nullable<Uuid>,
        reason -> Nullable<Text>,
        at -> Timestamptz,
        version -> Integer,
    }
}

diesel::table! {
    alert_digests (id) {
        id -> Uuid,
        organization -> Uuid,
        day -> Date,
        red -> BigInt,
        yellow -> BigInt,
        tickets -> BigInt,
        waiting -> BigInt,
    }
}

diesel::table! {
    alerts (id) {
        id -> Uuid,
        basis -> Text,
        kind -> Text,
        product -> Text,
        maker -> Text,
        region -> Text,
        within -> Array<Text>,
        grp -> Text,
        item -> Nullable<Uuid>,
        manufacturer -> Nullable<Uuid>,
        rules -> Array<Text>,
        severity -> Text,
        tests -> Array<Text>,
        figures -> Array<Text>,
        sample -> Integer,
        highest -> Numeric,
        periods -> Array<Text>,
        findings -> Integer,
        words -> Array<Text>,
        evidence -> Text,
        state -> Text,
        state_by -> Nullable<Uuid>,
        state_reason -> Nullable<Text>,
        state_since -> Timestamptz,
        assignee -> Nullable<Uuid>,
        follows -> Nullable<Uuid>,
        opened_at -> Nullable<Timestamptz>,
        run -> Uuid,
        version -> Integer,
    }
}

diesel::table! {
    monitor_runs (id) {
        id -> Uuid,
        rules -> Text,
        state -> Text,
        started_at -> Timestamptz,
        ended_at -> Nullable<Timestamptz>,
        groups -> BigInt,
        observations -> BigInt,
        raised -> BigInt,
        changed -> BigInt,
        cleared -> BigInt,
        opened -> BigInt,
        held -> BigInt,
        monitors -> Nullable<Text>,
    }
}
