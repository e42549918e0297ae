//! The tables, as both databases have them.

#![allow(missing_docs, reason = "the tables are named by their columns; migrations say what they hold")]

diesel::table! {
    agencies (id) {
        id -> BigInt,
        code -> Text,
        name -> Text,
        country -> Nullable<Text>,
    }
}

diesel::table! {
    clients (id) {
        id -> BigInt,
        agency_id -> BigInt,
        name -> Text,
        role -> Text,
        default_purpose -> Text,
        key_hash -> Text,
        disabled_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    client_purposes (client_id, purpose) {
        client_id -> BigInt,
        purpose -> Text,
    }
}

diesel::table! {
    agreements (id) {
        id -> BigInt,
        reference -> Text,
        provider_id -> BigInt,
        recipient_id -> BigInt,
        purpose -> Text,
        level -> Text,
        grants -> BigInt,
        dimensions -> BigInt,
        consent_required -> Bool,
        minimum_cell_size -> Integer,
        valid_from -> Date,
        valid_until -> Date,
        status -> Text,
        replaces_id -> Nullable<BigInt>,
        retention_months -> Nullable<Integer>,
        emergency -> Bool,
        proposed_by_id -> Nullable<BigInt>,
        in_force_since -> Nullable<Timestamp>,
        revoked_at -> Nullable<Timestamp>,
        release_months -> Nullable<Integer>,
    }
}

diesel::table! {
    statistics_tables (agreement_id, position) {
        agreement_id -> BigInt,
        position -> Integer,
        dimensions -> Text,
        values_per_person -> Integer,
    }
}

diesel::table! {
    statistics_releases (id) {
        id -> BigInt,
        agreement_id -> BigInt,
        number -> Integer,
        as_of -> Date,
        next_from -> Date,
        made_on -> Date,
    }
}

diesel::table! {
    statistics_waits (agreement_id) {
        agreement_id -> BigInt,
        until -> Date,
    }
}

diesel::table! {
    statistics_cells (release_id, table_position, part, cell_values) {
        release_id -> BigInt,
        table_position -> Integer,
        part -> Text,
        cell_values -> Text,
        people -> Nullable<BigInt>,
    }
}

diesel::table! {
    statistics_counted (agreement_id, individual_id) {
        agreement_id -> BigInt,
        individual_id -> BigInt,
        digest -> BigInt,
    }
}

diesel::table! {
    agreement_scopes (agreement_id, dimension, position) {
        agreement_id -> BigInt,
        dimension -> Text,
        position -> Integer,
        value -> Text,
        level -> Nullable<Integer>,
        least_stage -> Nullable<Text>,
        destination -> Nullable<Text>,
    }
}

diesel::table! {
    emergency_accesses (id) {
        id -> BigInt,
        agreement_id -> BigInt,
        client_id -> BigInt,
        reason -> Text,
        opened_at -> Timestamp,
        closes_at -> Timestamp,
        reviewed_at -> Nullable<Timestamp>,
        justified -> Nullable<Bool>,
    }
}

diesel::table! {
    places (id) {
        id -> BigInt,
        code -> Text,
        name -> Text,
        name_key -> Text,
        level -> Integer,
        parent_id -> Nullable<BigInt>,
        country -> Text,
    }
}

diesel::table! {
    place_ancestors (place_id, ancestor_id) {
        place_id -> BigInt,
        ancestor_id -> BigInt,
    }
}

diesel::table! {
    cases (id) {
        id -> BigInt,
        holder_id -> BigInt,
        number -> Text,
        number_key -> Text,
    }
}

diesel::table! {
    individuals (id) {
        id -> BigInt,
        holder_id -> BigInt,
        case_id -> Nullable<BigInt>,
        sex -> Nullable<Text>,
        nationality -> Nullable<Text>,
        region_id -> Nullable<BigInt>,
        registration_number -> Nullable<Text>,
        registration_number_key -> Nullable<Text>,
        given_name -> Nullable<Text>,
        given_name_key -> Nullable<Text>,
        family_name -> Nullable<Text>,
        family_name_key -> Nullable<Text>,
        date_of_birth -> Nullable<Date>,
        phone -> Nullable<Text>,
        place_id -> Nullable<BigInt>,
        legal_status -> Nullable<Text>,
        arrived_on -> Nullable<Date>,
        arrived_year_on -> Nullable<Date>,
        registered_on -> Nullable<Date>,
        closed_as -> Nullable<Text>,
        closed_on -> Nullable<Date>,
        merged_into_id -> Nullable<BigInt>,
        updated_at -> Timestamp,
        registered_year_on -> Nullable<Date>,
        audit_key -> BigInt,
        anonymised -> Bool,
        age_band -> Nullable<Text>,
        retained_from -> Nullable<Date>,
    }
}

diesel::table! {
    training_sessions (id) {
        id -> BigInt,
        programme_id -> BigInt,
        topic -> Text,
        held_on -> Date,
        place_id -> BigInt,
    }
}

diesel::table! {
    training_participants (training_session_id, institution, sex) {
        training_session_id -> BigInt,
        institution -> Text,
        sex -> Text,
        number -> Integer,
    }
}

diesel::table! {
    place_services (id) {
        id -> BigInt,
        agency_id -> BigInt,
        place_id -> BigInt,
        kind -> Text,
        age_band -> Nullable<Text>,
        specific_need -> Nullable<Text>,
        reach_kilometres -> Integer,
    }
}

diesel::table! {
    travel_distances (agency_id, place_id, other_id) {
        agency_id -> BigInt,
        place_id -> BigInt,
        other_id -> BigInt,
        kilometres -> Integer,
    }
}

diesel::table! {
    relocation_plans (id) {
        id -> BigInt,
        holder_id -> BigInt,
        announced_by -> Text,
        announced_on -> Date,
        effective_on -> Nullable<Date>,
        recorded_at -> Timestamp,
        outcome -> Nullable<Text>,
        closed_on -> Nullable<Date>,
    }
}

diesel::table! {
    relocation_plan_places (relocation_plan_id, place_id) {
        relocation_plan_id -> BigInt,
        place_id -> BigInt,
        side -> Text,
    }
}

diesel::table! {
    relocation_plan_shares (relocation_plan_id, agreement_id) {
        relocation_plan_id -> BigInt,
        agreement_id -> BigInt,
        shared_on -> Date,
    }
}

diesel::table! {
    circuit_rides (id) {
        id -> BigInt,
        requester_id -> BigInt,
        holder_id -> BigInt,
        country -> Text,
        opens_on -> Date,
        closes_on -> Date,
        capacity -> Integer,
        interviewers -> Integer,
        status -> Text,
        requested_at -> Timestamp,
    }
}

diesel::table! {
    circuit_ride_cities (circuit_ride_id, place_id) {
        circuit_ride_id -> BigInt,
        place_id -> BigInt,
    }
}

diesel::table! {
    interviews (id) {
        id -> BigInt,
        circuit_ride_id -> BigInt,
        place_id -> BigInt,
        starts_at -> Timestamp,
        ends_at -> Timestamp,
        interviewer -> Integer,
        room -> Text,
        interpreter_language -> Nullable<Text>,
    }
}

diesel::table! {
    nominations (id) {
        id -> BigInt,
        individual_id -> BigInt,
        circuit_ride_id -> BigInt,
        nominated_on -> Date,
        withdrawn_on -> Nullable<Date>,
        interview_id -> Nullable<BigInt>,
        outcome -> Nullable<Text>,
        outcome_on -> Nullable<Date>,
    }
}

diesel::table! {
    specific_needs (id) {
        id -> BigInt,
        individual_id -> BigInt,
        code -> Text,
    }
}

diesel::table! {
    consents (id) {
        id -> BigInt,
        individual_id -> BigInt,
        recipient_id -> BigInt,
        purpose -> Text,
        decision -> Text,
        recorded_at -> Timestamp,
        expires_on -> Nullable<Date>,
        newest -> Bool,
        explained -> Nullable<BigInt>,
    }
}

diesel::table! {
    coverages (individual_id, basis_id, since) {
        individual_id -> BigInt,
        basis_id -> BigInt,
        since -> BigInt,
        ended -> Nullable<BigInt>,
        until -> Nullable<Date>,
        row_key -> Nullable<BigInt>,
        case_key -> Nullable<BigInt>,
        registered_on -> Nullable<Date>,
        arrived_on -> Nullable<Date>,
        date_of_birth -> Nullable<Date>,
        given_name_key -> Nullable<Text>,
        family_name_key -> Nullable<Text>,
        registration_number_key -> Nullable<Text>,
        phone -> Nullable<Text>,
        case_number_key -> Nullable<Text>,
        audit_key -> BigInt,
    }
}

diesel::table! {
    row_keys (individual_id, recipient_id, purpose) {
        individual_id -> BigInt,
        recipient_id -> BigInt,
        purpose -> Text,
        row_key -> BigInt,
    }
}

diesel::table! {
    coverage_changes (id) {
        id -> BigInt,
        sequence -> Nullable<BigInt>,
        made_on -> Nullable<Date>,
    }
}

diesel::table! {
    coverage_undecided (agreement_id) {
        agreement_id -> BigInt,
        after_row_key -> BigInt,
    }
}

diesel::table! {
    coverage_due_people (individual_id) {
        individual_id -> BigInt,
    }
}

diesel::table! {
    coverage_due_agreements (agreement_id) {
        agreement_id -> BigInt,
    }
}

diesel::table! {
    solutions (id) {
        id -> BigInt,
        individual_id -> BigInt,
        kind -> Text,
        form -> Nullable<Text>,
        stage -> Text,
        destination -> Nullable<Text>,
        assisted -> Nullable<Bool>,
        stage_on -> Nullable<Date>,
        submission_category -> Nullable<Text>,
        priority -> Nullable<Text>,
        split_reason -> Nullable<Text>,
    }
}

diesel::table! {
    incidents (id) {
        id -> BigInt,
        individual_id -> BigInt,
        kind -> Text,
        occurred_on -> Nullable<Date>,
        place_id -> Nullable<BigInt>,
        event_id -> BigInt,
        actor -> Nullable<Text>,
        verification -> Text,
        pattern_id -> Nullable<BigInt>,
    }
}

diesel::table! {
    incident_patterns (id) {
        id -> BigInt,
        holder_id -> BigInt,
        name -> Text,
        kind -> Nullable<Text>,
        actor -> Nullable<Text>,
        recorded_at -> Timestamp,
    }
}

diesel::table! {
    incident_accounts (id) {
        id -> BigInt,
        individual_id -> BigInt,
        incident_id -> BigInt,
        account -> Nullable<Text>,
        recorded_on -> Date,
    }
}

diesel::table! {
    emergencies (id) {
        id -> BigInt,
        individual_id -> BigInt,
        incident_id -> BigInt,
        opened_on -> Date,
        closed_on -> Nullable<Date>,
        outcome -> Nullable<Text>,
    }
}

diesel::table! {
    emergency_facts (id) {
        id -> BigInt,
        individual_id -> BigInt,
        emergency_id -> BigInt,
        question -> Text,
        answer -> Nullable<Text>,
        known_on -> Date,
    }
}

diesel::table! {
    emergency_steps (id) {
        id -> BigInt,
        individual_id -> BigInt,
        emergency_id -> BigInt,
        action -> Text,
        due_on -> Date,
        done_on -> Nullable<Date>,
    }
}

diesel::table! {
    demarches (id) {
        id -> BigInt,
        drafter_id -> BigInt,
        subject -> Text,
        addressee -> Text,
        drafted_at -> Timestamp,
        withdrawn_on -> Nullable<Date>,
        delivered_on -> Nullable<Date>,
        response -> Nullable<Text>,
        responded_on -> Nullable<Date>,
    }
}

diesel::table! {
    demarche_parties (demarche_id, agency_id) {
        demarche_id -> BigInt,
        agency_id -> BigInt,
        decision -> Text,
    }
}

diesel::table! {
    demarche_asks (id) {
        id -> BigInt,
        demarche_id -> BigInt,
        kind -> Text,
        detail -> Nullable<Text>,
        follow_up_on -> Date,
        answer -> Nullable<Text>,
        answered_on -> Nullable<Date>,
    }
}

diesel::table! {
    demarche_follow_ups (id) {
        id -> BigInt,
        demarche_id -> BigInt,
        ask_id -> BigInt,
        agency_id -> BigInt,
        followed_up_on -> Date,
        note -> Text,
    }
}

diesel::table! {
    demarche_figures (id) {
        id -> BigInt,
        demarche_id -> BigInt,
        agreement_id -> BigInt,
        provider_id -> BigInt,
        citer_id -> BigInt,
        release_number -> Integer,
        as_of -> Date,
        dimensions -> Text,
        value -> Text,
        count -> BigInt,
    }
}

diesel::table! {
    demarche_patterns (demarche_id, pattern_id) {
        demarche_id -> BigInt,
        pattern_id -> BigInt,
        citer_id -> BigInt,
        name -> Text,
        kind -> Nullable<Text>,
        actor -> Nullable<Text>,
    }
}

diesel::table! {
    programmes (id) {
        id -> BigInt,
        identifier -> Text,
        name -> Text,
        kind -> Text,
        lead_id -> BigInt,
        implementer_id -> Nullable<BigInt>,
        status -> Text,
        sector -> Nullable<Text>,
        starts_on -> Nullable<Date>,
        ends_on -> Nullable<Date>,
        refugees_target -> Nullable<Integer>,
        refugees_reached -> Nullable<Integer>,
        host_community_target -> Nullable<Integer>,
        host_community_reached -> Nullable<Integer>,
        next_lead_id -> Nullable<BigInt>,
        next_lead_from -> Nullable<Date>,
    }
}

diesel::table! {
    programme_results (id) {
        id -> BigInt,
        programme_id -> BigInt,
        indicator -> Text,
        participants -> Text,
        measure -> Text,
        period_from -> Date,
        period_until -> Date,
        baseline -> Nullable<Text>,
        target -> Nullable<Text>,
        reached -> Nullable<Text>,
    }
}

diesel::table! {
    programme_budgets (id) {
        id -> BigInt,
        programme_id -> BigInt,
        kind -> Text,
        status -> Text,
        period_from -> Date,
        period_until -> Date,
        amount -> Text,
        currency -> Text,
    }
}

diesel::table! {
    programme_transactions (id) {
        id -> BigInt,
        programme_id -> BigInt,
        kind -> Text,
        made_on -> Date,
        amount -> Text,
        currency -> Text,
        provider -> Nullable<Text>,
        receiver -> Nullable<Text>,
    }
}

diesel::table! {
    programme_organisations (id) {
        id -> BigInt,
        programme_id -> BigInt,
        role -> Text,
        name -> Text,
        reference -> Nullable<Text>,
    }
}

diesel::table! {
    programme_locations (id) {
        id -> BigInt,
        programme_id -> BigInt,
        name -> Text,
        reference -> Nullable<Text>,
        latitude -> Nullable<Text>,
        longitude -> Nullable<Text>,
    }
}

diesel::table! {
    handovers (id) {
        id -> BigInt,
        proposer_id -> BigInt,
        receiver_id -> BigInt,
        cut_over_on -> Date,
        proposed_at -> Timestamp,
    }
}

diesel::table! {
    handover_programmes (handover_id, programme_id) {
        handover_id -> BigInt,
        programme_id -> BigInt,
        decision -> Text,
        decided_on -> Nullable<Date>,
    }
}

diesel::table! {
    programme_places (programme_id, place_id) {
        programme_id -> BigInt,
        place_id -> BigInt,
    }
}

diesel::table! {
    enrolments (id) {
        id -> BigInt,
        individual_id -> BigInt,
        programme_id -> BigInt,
        started_on -> Nullable<Date>,
        ended_on -> Nullable<Date>,
    }
}

diesel::table! {
    assistance (id) {
        id -> BigInt,
        individual_id -> BigInt,
        programme_id -> BigInt,
        amount_minor -> BigInt,
        currency -> Text,
        paid_on -> Date,
        period_from -> Nullable<Date>,
        period_until -> Nullable<Date>,
    }
}

diesel::table! {
    loans (id) {
        id -> BigInt,
        individual_id -> BigInt,
        programme_id -> BigInt,
        amount_minor -> BigInt,
        currency -> Text,
        disbursed_on -> Date,
        instalments -> Integer,
        first_due_on -> Date,
    }
}

diesel::table! {
    repayments (id) {
        id -> BigInt,
        individual_id -> BigInt,
        programme_id -> BigInt,
        loan_id -> BigInt,
        amount_minor -> BigInt,
        paid_on -> Date,
    }
}

diesel::table! {
    housing (id) {
        id -> BigInt,
        individual_id -> BigInt,
        programme_id -> BigInt,
        dwelling -> Text,
        moved_in_on -> Date,
        months -> Integer,
        moved_out_on -> Nullable<Date>,
    }
}

diesel::table! {
    school_years (id) {
        id -> BigInt,
        individual_id -> BigInt,
        programme_id -> BigInt,
        grade -> Integer,
        started_on -> Date,
        ended_on -> Nullable<Date>,
        completed -> Nullable<Bool>,
    }
}

diesel::table! {
    population_figures (id) {
        id -> BigInt,
        identity -> Text,
        year -> Nullable<Integer>,
        origin -> Nullable<Text>,
        asylum -> Nullable<Text>,
        population_type -> Text,
        assisted -> Nullable<Bool>,
        place_id -> Nullable<BigInt>,
        location -> Nullable<Text>,
        sex -> Nullable<Text>,
        age_band -> Nullable<Text>,
        value -> Nullable<BigInt>,
        source -> Text,
        certainty -> Text,
        departed_from -> Nullable<Text>,
    }
}

diesel::table! {
    population_figure_sources (figure_id, source) {
        figure_id -> BigInt,
        source -> Text,
    }
}

diesel::table! {
    agreement_signatures (agreement_id, agency_id) {
        agreement_id -> BigInt,
        agency_id -> BigInt,
        client_id -> BigInt,
        signed_at -> Timestamp,
    }
}

diesel::table! {
    idempotency_keys (client_id, idempotency_key) {
        client_id -> BigInt,
        idempotency_key -> Text,
        request -> Text,
        result_id -> BigInt,
    }
}

diesel::table! {
    audit_entries (sequence) {
        sequence -> BigInt,
        recorded_at -> Timestamp,
        event -> Text,
        agency_id -> Nullable<BigInt>,
        client_id -> Nullable<BigInt>,
        purpose -> Nullable<Text>,
        outcome -> Text,
        agreements -> Text,
        operation -> Nullable<Text>,
        document -> Nullable<Text>,
        disclosures -> Text,
        detail -> Nullable<Text>,
        hash -> Text,
        people -> Nullable<Text>,
        questions -> Nullable<Text>,
        number -> BigInt,
    }
}

diesel::table! {
    audit_numbers (agency_id) {
        agency_id -> BigInt,
        number -> BigInt,
    }
}

diesel::table! {
    audit_lists (sequence) {
        sequence -> BigInt,
        people -> Text,
    }
}

diesel::table! {
    audit_people (key_range, segment) {
        key_range -> BigInt,
        segment -> BigInt,
        people -> Text,
    }
}

diesel::table! {
    audit_segments (id) {
        id -> Integer,
        compacted -> BigInt,
    }
}

diesel::table! {
    audit_questions (basis_id, sequence) {
        basis_id -> BigInt,
        sequence -> BigInt,
        categories -> BigInt,
    }
}

diesel::table! {
    audit_head (id) {
        id -> Integer,
        sequence -> BigInt,
        hash -> Text,
    }
}

diesel::table! {
    policy_epochs (id) {
        id -> Integer,
        epoch -> BigInt,
    }
}

diesel::table! {
    retention_periods (holder_id, category) {
        holder_id -> BigInt,
        category -> Text,
        months -> Integer,
    }
}

diesel::table! {
    demos (people) {
        people -> BigInt,
    }
}

diesel::table! {
    rendered (part) {
        part -> Text,
        digest -> Text,
    }
}

diesel::allow_tables_to_appear_in_same_query!(
    agencies,
    clients,
    client_purposes,
    agreements,
    agreement_scopes,
    emergency_accesses,
    handover_programmes,
    handovers,
    places,
    place_ancestors,
    cases,
    individuals,
    specific_needs,
    consents,
    coverages,
    coverage_changes,
    coverage_undecided,
    solutions,
    circuit_rides,
    circuit_ride_cities,
    interviews,
    nominations,
    incidents,
    incident_accounts,
    incident_patterns,
    emergencies,
    emergency_facts,
    emergency_steps,
    programmes,
    programme_places,
    enrolments,
    assistance,
    loans,
    repayments,
    housing,
    school_years,
    population_figures,
    population_figure_sources,
    retention_periods,
);

diesel::allow_tables_to_appear_in_same_query!(idempotency_keys, row_keys);
diesel::allow_tables_to_appear_in_same_query!(agreements, statistics_releases);
diesel::joinable!(statistics_releases -> agreements (agreement_id));
diesel::joinable!(coverage_undecided -> agreements (agreement_id));
diesel::joinable!(audit_questions -> audit_entries (sequence));
diesel::allow_tables_to_appear_in_same_query!(audit_questions, audit_entries);
diesel::joinable!(coverages -> individuals (individual_id));
diesel::joinable!(individuals -> cases (case_id));
diesel::joinable!(enrolments -> programmes (programme_id));
diesel::joinable!(assistance -> programmes (programme_id));
diesel::joinable!(loans -> programmes (programme_id));
diesel::joinable!(housing -> programmes (programme_id));
diesel::joinable!(school_years -> programmes (programme_id));
diesel::joinable!(clients -> agencies (agency_id));
diesel::joinable!(retention_periods -> agencies (holder_id));
diesel::joinable!(handover_programmes -> programmes (programme_id));
diesel::joinable!(circuit_ride_cities -> places (place_id));
diesel::joinable!(nominations -> circuit_rides (circuit_ride_id));
diesel::joinable!(nominations -> interviews (interview_id));
diesel::allow_tables_to_appear_in_same_query!(training_sessions, places);
diesel::allow_tables_to_appear_in_same_query!(place_services, agencies);
diesel::allow_tables_to_appear_in_same_query!(travel_distances, agencies);
diesel::allow_tables_to_appear_in_same_query!(travel_distances, places);
diesel::allow_tables_to_appear_in_same_query!(relocation_plan_places, places);
diesel::allow_tables_to_appear_in_same_query!(relocation_plans, relocation_plan_shares);
diesel::allow_tables_to_appear_in_same_query!(relocation_plan_shares, agreements);
diesel::allow_tables_to_appear_in_same_query!(relocation_plan_shares, agencies);
diesel::allow_tables_to_appear_in_same_query!(
    demarches,
    demarche_parties,
    demarche_asks,
    demarche_follow_ups,
    demarche_figures,
    demarche_patterns,
    agencies
);
diesel::joinable!(demarche_parties -> agencies (agency_id));
diesel::joinable!(training_sessions -> places (place_id));
diesel::joinable!(programme_places -> places (place_id));
diesel::joinable!(client_purposes -> clients (client_id));
diesel::allow_columns_to_appear_in_same_group_by_clause!(
    individuals::nationality,
    individuals::closed_as,
    solutions::kind,
    solutions::form,
    solutions::assisted,
    solutions::destination,
);
