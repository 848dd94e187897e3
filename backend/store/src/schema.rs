//! The tables of `migrations/` as diesel sees them. A test compares their columns with the database.

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
    catalog_revision (singleton) {
        singleton -> Bool,
        revision -> BigInt,
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
    documents (id) {
        id -> Uuid,
        organization -> Uuid,
        stored_by -> Uuid,
        kind -> Text,
        name -> Text,
        media_type -> Text,
        size -> BigInt,
        sha256 -> Bytea,
        stored_at -> Timestamptz,
    }
}

diesel::table! {
    event_cursor (singleton) {
        singleton -> Bool,
        position -> BigInt,
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
        session -> Uuid,
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
    log_keys (id) {
        id -> Uuid,
        algorithm -> Text,
        public_key -> Bytea,
        created_at -> Timestamptz,
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
    regions (code) {
        code -> Text,
        parent -> Nullable<Text>,
        name -> Text,
        english -> Text,
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
    round_specs (id) {
        id -> Uuid,
        lot -> Uuid,
        code -> Text,
        name -> Text,
        content -> Nullable<Numeric>,
        ceiling -> Numeric,
        representative -> Bool,
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
    sub_contracts (id) {
        id -> Uuid,
        contract -> Uuid,
        institution -> Uuid,
        volume -> BigInt,
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
    supply_changes (withdrawal, region, product, role) {
        withdrawal -> Uuid,
        region -> Text,
        product -> Uuid,
        role -> Text,
        gained -> Bool,
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

diesel::define_sql_function! {
    /// The clock that every rule reads.
    fn app_clock() -> Timestamptz;
}

diesel::joinable!(alliance_memberships -> alliances (alliance));
diesel::joinable!(audit_positions -> audit_entries (entry));
diesel::joinable!(added_packs -> selected_products (product));
diesel::joinable!(bids -> bid_keys (key));
diesel::joinable!(clients -> organizations (organization));
diesel::joinable!(demand_forms -> organizations (institution));
diesel::joinable!(demand_forms -> rounds (round));
diesel::joinable!(demand_lines -> demand_forms (form));
diesel::joinable!(demand_lines -> round_specs (spec));
diesel::joinable!(grants -> users (user_id));
diesel::joinable!(item_flags -> items (item));
diesel::joinable!(item_identifiers -> items (item));
diesel::joinable!(item_names -> items (item));
diesel::joinable!(item_release_changes -> items (item));
diesel::joinable!(item_versions -> items (item));
diesel::joinable!(licences -> documents (document));
diesel::joinable!(organization_regions -> organizations (organization));
diesel::joinable!(qualifications -> organizations (applicant));
diesel::joinable!(qualifications -> rounds (round));
diesel::joinable!(round_custodians -> rounds (round));
diesel::joinable!(round_documents -> rounds (round));
diesel::joinable!(round_editions -> rounds (round));
diesel::joinable!(round_key_holders -> custodian_keys (key));
diesel::joinable!(round_lots -> rounds (round));
diesel::joinable!(round_product_documents -> documents (document));
diesel::joinable!(round_product_documents -> round_products (product));
diesel::joinable!(round_products -> qualifications (qualification));
diesel::joinable!(round_products -> round_specs (spec));
diesel::joinable!(round_regions -> rounds (round));
diesel::joinable!(round_specs -> round_lots (lot));
diesel::joinable!(rounds -> organizations (office));
diesel::joinable!(selected_products -> official_results (result));
diesel::joinable!(selected_supplies -> selected_products (product));
diesel::joinable!(sessions -> users (user_id));
diesel::joinable!(supply_boards -> organizations (firm));
diesel::joinable!(supply_boards -> rounds (round));
diesel::joinable!(supply_changes -> withdrawals (withdrawal));
diesel::joinable!(users -> organizations (organization));
diesel::joinable!(volume_entries -> withdrawals (withdrawal));
diesel::joinable!(webhook_deliveries -> webhooks (webhook));
diesel::joinable!(webhooks -> organizations (organization));
diesel::joinable!(withdrawals -> selected_products (product));

diesel::allow_tables_to_appear_in_same_query!(imports, import_rejects);
diesel::allow_tables_to_appear_in_same_query!(alliances, alliance_memberships);
diesel::allow_tables_to_appear_in_same_query!(
    item_conflicts,
    item_flags,
    item_identifiers,
    item_identities,
    item_names,
    item_proposals,
    item_relations,
    item_release_changes,
    item_releases,
    item_versions,
    items,
);
diesel::allow_tables_to_appear_in_same_query!(
    audit_entries,
    audit_positions,
    bid_keys,
    bid_lines,
    bid_openings,
    bid_results,
    bids,
    clients,
    contract_keys,
    contract_seals,
    contracts,
    custodian_keys,
    demand_forms,
    demand_leads,
    demand_lines,
    documents,
    grants,
    jobs,
    licences,
    log_keys,
    lot_result_editions,
    lot_results,
    notifications,
    objections,
    official_results,
    added_packs,
    organization_regions,
    organizations,
    qualifications,
    round_custodians,
    round_documents,
    round_editions,
    round_key_holders,
    round_lots,
    round_notices,
    round_product_documents,
    round_products,
    round_regions,
    round_results,
    round_shares,
    round_specs,
    rounds,
    selected_products,
    selected_supplies,
    sessions,
    sub_contracts,
    supply_boards,
    supply_changes,
    supply_choices,
    supply_preferences,
    supply_selections,
    tie_resolutions,
    users,
    volume_changes,
    volume_entries,
    webhook_deliveries,
    webhooks,
    withdrawals,
);

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

diesel::joinable!(listing_marks -> listings (listing));
diesel::joinable!(listing_prices -> listings (listing));
diesel::joinable!(listings -> organizations (manufacturer));

diesel::allow_tables_to_appear_in_same_query!(
    distribution_relations,
    distributor_choices,
    listing_marks,
    listing_prices,
    listings,
);
diesel::allow_tables_to_appear_in_same_query!(listings, organizations);

diesel::table! {
    product_packs (product, units) {
        product -> Uuid,
        units -> BigInt,
        declared_by -> Uuid,
        declared_at -> Timestamptz,
    }
}

diesel::table! {
    rationings (id) {
        id -> Uuid,
        office -> Uuid,
        product -> Uuid,
        region -> Text,
        units -> BigInt,
        cap -> BigInt,
        taken -> BigInt,
        reason -> Text,
        declared_by -> Uuid,
        declared_at -> Timestamptz,
        ended_at -> Nullable<Timestamptz>,
        version -> Integer,
    }
}

diesel::table! {
    rationing_shares (rationing, hospital) {
        rationing -> Uuid,
        hospital -> Uuid,
        taken -> BigInt,
    }
}

diesel::table! {
    orders (id) {
        id -> Uuid,
        hospital -> Uuid,
        region -> Text,
        number -> Nullable<Text>,
        lines -> Integer,
        placed_at -> Timestamptz,
    }
}

diesel::table! {
    order_lines (id) {
        id -> Uuid,
        order_id -> Uuid,
        place -> Integer,
        kind -> Text,
        contract -> Nullable<Uuid>,
        listing -> Nullable<Uuid>,
        rationing -> Nullable<Uuid>,
        hospital -> Uuid,
        seller -> Uuid,
        manufacturer -> Uuid,
        region -> Text,
        pack_units -> BigInt,
        price -> Numeric,
        ordered -> BigInt,
        confirmed -> BigInt,
        cancelled -> BigInt,
        shipped -> BigInt,
        accepted -> BigInt,
        rejected -> BigInt,
        returned -> BigInt,
        status -> Text,
        reason -> Nullable<Text>,
        rules -> Text,
        confirm_by -> Timestamptz,
        confirmed_at -> Nullable<Timestamptz>,
        deliver_by -> Nullable<Timestamptz>,
        status_since -> Timestamptz,
        version -> Integer,
    }
}

diesel::table! {
    deliveries (id) {
        id -> Uuid,
        order_line -> Uuid,
        hospital -> Uuid,
        seller -> Uuid,
        note -> Text,
        batch -> Text,
        expires_on -> Date,
        codes -> Array<Text>,
        packs -> BigInt,
        accepted -> BigInt,
        rejected -> BigInt,
        reason -> Nullable<Text>,
        shipped_at -> Timestamptz,
        arrived_at -> Nullable<Timestamptz>,
        on_time -> Nullable<Bool>,
        version -> Integer,
    }
}

diesel::table! {
    acceptances (id) {
        id -> Uuid,
        order_line -> Uuid,
        delivery -> Uuid,
        hospital -> Uuid,
        seller -> Uuid,
        manufacturer -> Uuid,
        region -> Text,
        packs -> BigInt,
        price -> Numeric,
        amount_fen -> BigInt,
        difference_fen -> BigInt,
        accepted_at -> Timestamptz,
        accepted_on -> Date,
    }
}

diesel::table! {
    goods_returns (id) {
        id -> Uuid,
        acceptance -> Uuid,
        packs -> BigInt,
        amount_fen -> BigInt,
        reason -> Text,
        returned_at -> Timestamptz,
    }
}

diesel::table! {
    order_months (hospital, basis, month) {
        hospital -> Uuid,
        basis -> Uuid,
        month -> Date,
        kind -> Text,
        region -> Text,
        province -> Text,
        ordered -> BigInt,
        confirmed -> BigInt,
        cancelled -> BigInt,
        shipped -> BigInt,
        arrived -> BigInt,
        accepted -> BigInt,
        rejected -> BigInt,
        returned -> BigInt,
        deliveries -> BigInt,
        on_time -> BigInt,
        amount_fen -> BigInt,
    }
}

diesel::table! {
    basis_months (basis, month, shard) {
        basis -> Uuid,
        month -> Date,
        shard -> SmallInt,
        ordered -> BigInt,
        confirmed -> BigInt,
        cancelled -> BigInt,
        shipped -> BigInt,
        arrived -> BigInt,
        accepted -> BigInt,
        rejected -> BigInt,
        returned -> BigInt,
        deliveries -> BigInt,
        on_time -> BigInt,
        amount_fen -> BigInt,
    }
}

diesel::allow_tables_to_appear_in_same_query!(
    acceptances,
    basis_months,
    deliveries,
    goods_returns,
    order_lines,
    order_months,
    orders,
    product_packs,
    rationing_shares,
    rationings,
);
