//! The registry of items.

diesel::table! {
    catalog_revision (singleton) {
        singleton -> Bool,
        revision -> BigInt,
    }
}

diesel::table! {
    item_conflicts (id) {
        id -> Uuid,
        kind -> Text,
        status -> Text,
        item -> Uuid,
        other -> Nullable<Uuid>,
        system -> Text,
        value -> Text,
        valid_from -> Nullable<Date>,
        evidence -> Nullable<Text>,
        document -> Nullable<Uuid>,
        release -> Nullable<Integer>,
        found_at -> Timestamptz,
        resolution -> Nullable<Text>,
        reason -> Nullable<Text>,
        resolved_by -> Nullable<Uuid>,
        resolved_at -> Nullable<Timestamptz>,
        version -> Integer,
    }
}

diesel::table! {
    item_flags (id) {
        id -> Uuid,
        item -> Uuid,
        flag -> Text,
        valid_from -> Date,
        valid_to -> Nullable<Date>,
        price -> Nullable<Numeric>,
        source -> Text,
        recorded_at -> Timestamptz,
        superseded_at -> Nullable<Timestamptz>,
        release -> Nullable<Integer>,
    }
}

diesel::table! {
    item_identifiers (id) {
        id -> Uuid,
        item -> Uuid,
        system -> Text,
        value -> Text,
        exclusive -> Bool,
        valid_from -> Date,
        valid_to -> Nullable<Date>,
        status -> Text,
        recorded_at -> Timestamptz,
        superseded_at -> Nullable<Timestamptz>,
        release -> Nullable<Integer>,
        proposal -> Nullable<Uuid>,
        document -> Nullable<Uuid>,
        evidence -> Nullable<Text>,
    }
}

diesel::table! {
    item_identities (digest) {
        digest -> Bytea,
        item -> Nullable<Uuid>,
        proposal -> Nullable<Uuid>,
    }
}

diesel::table! {
    item_names (item, lang, purpose, name) {
        item -> Uuid,
        lang -> Text,
        purpose -> Text,
        name -> Text,
        pinyin -> Nullable<Text>,
        initials -> Nullable<Text>,
    }
}

diesel::table! {
    item_proposals (id) {
        id -> Uuid,
        kind -> Text,
        organization -> Uuid,
        items -> Array<Uuid>,
        payload -> Text,
        sha256 -> Bytea,
        reason -> Text,
        status -> Text,
        proposed_by -> Uuid,
        proposed_at -> Timestamptz,
        decided_by -> Nullable<Uuid>,
        decided_at -> Nullable<Timestamptz>,
        decision -> Nullable<Text>,
        item -> Nullable<Uuid>,
        version -> Integer,
    }
}

diesel::table! {
    item_relations (from_item, kind, to_item) {
        from_item -> Uuid,
        kind -> Text,
        to_item -> Uuid,
        valid_from -> Date,
        recorded_at -> Timestamptz,
        release -> Nullable<Integer>,
        proposal -> Nullable<Uuid>,
    }
}

diesel::table! {
    item_release_changes (release, item) {
        release -> Integer,
        item -> Uuid,
        change -> Text,
        before -> Nullable<Uuid>,
        after -> Nullable<Uuid>,
    }
}

diesel::table! {
    item_releases (number) {
        number -> Integer,
        source -> Text,
        label -> Text,
        status -> Text,
        import -> Nullable<Uuid>,
        cutoff_on -> Date,
        effective_on -> Nullable<Date>,
        source_url -> Nullable<Text>,
        licence -> Text,
        sha256 -> Bytea,
        created_by -> Nullable<Uuid>,
        created_at -> Timestamptz,
        recorded_at -> Nullable<Timestamptz>,
        published_by -> Nullable<Uuid>,
        published_at -> Nullable<Timestamptz>,
        rows_read -> BigInt,
        added -> BigInt,
        changed -> BigInt,
        retired -> BigInt,
        quarantined -> BigInt,
        unchanged -> BigInt,
        reached -> Integer,
        reached_item -> Nullable<Uuid>,
    }
}

diesel::table! {
    item_versions (id) {
        id -> Uuid,
        item -> Uuid,
        valid_from -> Date,
        valid_to -> Nullable<Date>,
        recorded_at -> Timestamptz,
        superseded_at -> Nullable<Timestamptz>,
        release -> Nullable<Integer>,
        proposal -> Nullable<Uuid>,
        status -> Text,
        generic_name -> Text,
        trade_name -> Nullable<Text>,
        form -> Nullable<Text>,
        declared_spec -> Nullable<Text>,
        normal_spec -> Nullable<Text>,
        holder_name -> Nullable<Text>,
        holder -> Nullable<Uuid>,
        maker_name -> Nullable<Text>,
        units_per_pack -> Nullable<Integer>,
        smallest_unit -> Nullable<Text>,
        smallest_pack_unit -> Nullable<Text>,
        material -> Nullable<Text>,
        class_code -> Nullable<Text>,
        generic_code -> Nullable<Text>,
        form_code -> Nullable<Text>,
        sha256 -> Bytea,
    }
}

diesel::table! {
    items (id) {
        id -> Uuid,
        kind -> Text,
        own_code -> Nullable<Text>,
        release -> Nullable<Integer>,
        created_at -> Timestamptz,
        version -> Integer,
    }
}
