//! A round up to its bids: lots, demand, qualification.

diesel::table! {
    demand_forms (id) {
        id -> Uuid,
        round -> Uuid,
        institution -> Uuid,
        region -> Text,
        within -> Array<Text>,
        status -> Text,
        waits_in -> Nullable<Text>,
        reason -> Nullable<Text>,
        version -> Integer,
        created_at -> Timestamptz,
        status_since -> Timestamptz,
    }
}

diesel::table! {
    demand_leads (member, joined_at) {
        member -> Uuid,
        lead -> Uuid,
        joined_at -> Timestamptz,
        left_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    demand_lines (form, spec) {
        form -> Uuid,
        spec -> Uuid,
        product -> Nullable<Uuid>,
        volume -> BigInt,
        past_use -> BigInt,
        reason -> Nullable<Text>,
        import -> Nullable<Uuid>,
    }
}

diesel::table! {
    qualifications (id) {
        id -> Uuid,
        round -> Uuid,
        applicant -> Uuid,
        status -> Text,
        reason -> Nullable<Text>,
        controller -> Nullable<Text>,
        controller_code -> Nullable<Text>,
        control_reason -> Nullable<Text>,
        version -> Integer,
        created_at -> Timestamptz,
        status_since -> Timestamptz,
        submitted_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    round_documents (round, position) {
        round -> Uuid,
        position -> SmallInt,
        document -> Uuid,
        title -> Text,
        withdrawn_in -> Nullable<Integer>,
    }
}

diesel::table! {
    round_editions (round, edition) {
        round -> Uuid,
        edition -> Integer,
        canonical -> Text,
        sha256 -> Bytea,
        changes -> Text,
        reason -> Nullable<Text>,
        announced_by -> Uuid,
        announced_at -> Timestamptz,
    }
}

diesel::table! {
    round_lots (id) {
        id -> Uuid,
        round -> Uuid,
        number -> Integer,
        name -> Text,
        form -> Text,
        volume_class -> Nullable<Text>,
        cap -> Nullable<Integer>,
        unit -> Text,
        withdrawn_in -> Nullable<Integer>,
    }
}

diesel::table! {
    round_notices (round, edition) {
        round -> Uuid,
        edition -> Integer,
        lots -> Array<Uuid>,
        canonical -> Text,
        sha256 -> Bytea,
        objections_until -> Timestamptz,
        standstill_until -> Timestamptz,
        published_by -> Uuid,
        published_at -> Timestamptz,
    }
}

diesel::table! {
    round_product_documents (product, position) {
        product -> Uuid,
        position -> SmallInt,
        document -> Uuid,
    }
}

diesel::table! {
    round_products (id) {
        id -> Uuid,
        qualification -> Uuid,
        spec -> Uuid,
        position -> SmallInt,
        name -> Text,
        approval_number -> Text,
        maker -> Nullable<Text>,
        evidence -> Text,
        evaluated_on -> Nullable<Date>,
        capacity -> BigInt,
        fact_names -> Array<Text>,
        fact_values -> Array<Text>,
        status -> Text,
        reason -> Nullable<Text>,
        created_at -> Timestamptz,
        item -> Nullable<Uuid>,
        item_system -> Nullable<Text>,
        item_code -> Nullable<Text>,
        item_release -> Nullable<Integer>,
        item_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    round_regions (round, region) {
        round -> Uuid,
        region -> Text,
        within -> Array<Text>,
    }
}

diesel::table! {
    round_specs (id) {
        id -> Uuid,
        lot -> Uuid,
        code -> Text,
        name -> Text,
        content -> Nullable<Numeric>,
        ceiling -> Numeric,
        representative -> Bool,
        item -> Nullable<Uuid>,
        withdrawn_in -> Nullable<Integer>,
    }
}

diesel::table! {
    rounds (id) {
        id -> Uuid,
        office -> Uuid,
        status -> Text,
        reason -> Nullable<Text>,
        edition -> Integer,
        drafted_by -> Uuid,
        announced_by -> Nullable<Uuid>,
        name -> Text,
        product_kind -> Text,
        alliance -> Nullable<Uuid>,
        product_group -> Nullable<Text>,
        rules -> Text,
        disclosure -> Text,
        past_use_share -> Numeric,
        threshold -> SmallInt,
        demand_from -> Timestamptz,
        demand_until -> Timestamptz,
        qualification_until -> Timestamptz,
        bids_from -> Timestamptz,
        bids_until -> Timestamptz,
        opening_from -> Timestamptz,
        version -> Integer,
        created_at -> Timestamptz,
    }
}
