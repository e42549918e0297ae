-- What there is at places, for whom, and from how far people come for it, as an agency records it.
CREATE TABLE place_services (
    id BIGINT PRIMARY KEY,
    agency_id BIGINT NOT NULL REFERENCES agencies (id),
    place_id BIGINT NOT NULL REFERENCES places (id),
    kind TEXT NOT NULL CHECK (kind IN ('UNHCR_OFFICE', 'SCHOOL', 'MEDICAL_CARE')),
    age_band TEXT CHECK (age_band IN ('AGE_0_4', 'AGE_5_11', 'AGE_12_17', 'AGE_18_59', 'AGE_60_PLUS')),
    specific_need TEXT,
    reach_kilometres INTEGER NOT NULL CHECK (reach_kilometres >= 0),
    CHECK ((kind = 'SCHOOL') = (age_band IS NOT NULL)),
    CHECK (specific_need IS NULL OR kind = 'MEDICAL_CARE')
);
CREATE UNIQUE INDEX place_services_recorded
    ON place_services (place_id, agency_id, kind, coalesce(age_band, ''), coalesce(specific_need, ''));

-- How far it is between two places, either way, as an agency records it: the one with the lesser key comes first.
CREATE TABLE travel_distances (
    agency_id BIGINT NOT NULL REFERENCES agencies (id),
    place_id BIGINT NOT NULL REFERENCES places (id),
    other_id BIGINT NOT NULL REFERENCES places (id),
    kilometres INTEGER NOT NULL CHECK (kilometres >= 0),
    PRIMARY KEY (agency_id, place_id, other_id),
    CHECK (place_id < other_id)
);

-- That people are to be moved from places to others. Nothing in it is about a person.
CREATE TABLE relocation_plans (
    id BIGINT PRIMARY KEY,
    holder_id BIGINT NOT NULL REFERENCES agencies (id),
    announced_by TEXT NOT NULL CHECK (announced_by IN ('STATE_MIGRATION_SERVICE', 'POLICE', 'BORDER_GUARDS', 'LOCAL_AUTHORITY',
        'OTHER_AUTHORITY', 'SERVICE_PROVIDER', 'PRIVATE_PERSON')),
    announced_on DATE NOT NULL,
    effective_on DATE CHECK (effective_on >= announced_on),
    recorded_at TIMESTAMP NOT NULL,
    outcome TEXT CHECK (outcome IN ('AVERTED', 'CARRIED_OUT')),
    closed_on DATE CHECK (closed_on >= announced_on),
    CHECK ((outcome IS NULL) = (closed_on IS NULL))
);
CREATE INDEX relocation_plans_recorded ON relocation_plans (recorded_at, id);

CREATE TABLE relocation_plan_places (
    relocation_plan_id BIGINT NOT NULL REFERENCES relocation_plans (id),
    place_id BIGINT NOT NULL REFERENCES places (id),
    side TEXT NOT NULL CHECK (side IN ('FROM', 'TO')),
    PRIMARY KEY (relocation_plan_id, place_id)
);

-- Under which agreements a plan is shared: their recipients see it beside the releases that they have under them.
CREATE TABLE relocation_plan_shares (
    relocation_plan_id BIGINT NOT NULL REFERENCES relocation_plans (id),
    agreement_id BIGINT NOT NULL REFERENCES agreements (id),
    shared_on DATE NOT NULL,
    PRIMARY KEY (relocation_plan_id, agreement_id)
);

-- Every viewer reads what there is at places; distances are for whoever records them, and for those with whom it shares a plan. Whoever
-- records is a data officer.
ALTER TABLE place_services ENABLE ROW LEVEL SECURITY;
CREATE POLICY outside_policy ON place_services TO CURRENT_USER USING (true) WITH CHECK (true);
CREATE POLICY viewer ON place_services FOR SELECT TO panoh_server USING ((SELECT wall.granted()) IS NOT NULL);
CREATE POLICY agency_adds ON place_services FOR INSERT TO panoh_server WITH CHECK (wall.is_party(agency_id, agency_id));
CREATE POLICY agency_removes ON place_services FOR DELETE TO panoh_server USING (wall.is_party(agency_id, agency_id));
ALTER TABLE travel_distances ENABLE ROW LEVEL SECURITY;
CREATE POLICY outside_policy ON travel_distances TO CURRENT_USER USING (true) WITH CHECK (true);
CREATE POLICY agency_adds ON travel_distances FOR INSERT TO panoh_server WITH CHECK (wall.is_party(agency_id, agency_id));
CREATE POLICY agency_removes ON travel_distances FOR DELETE TO panoh_server USING (wall.is_party(agency_id, agency_id));

-- Whether a viewer works for the holder of a plan, as a data officer.
CREATE FUNCTION wall.plans(plan BIGINT) RETURNS BOOLEAN
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT EXISTS (SELECT FROM relocation_plans
        WHERE id = plan AND wall.works_for(holder_id) AND wall.is_party(holder_id, holder_id))
$$;
-- Whether the viewer's agency holds a plan, or it is shared under an agreement under which the viewer counts.
CREATE FUNCTION wall.sees_plan(plan BIGINT) RETURNS BOOLEAN
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT EXISTS (SELECT FROM relocation_plans WHERE id = plan AND holder_id = (wall.granted() ->> 'own')::bigint)
        OR EXISTS (SELECT FROM relocation_plan_shares
            WHERE relocation_plan_id = plan AND agreement_id = ANY ((SELECT wall.bases('counting'))::bigint[]))
$$;
CREATE FUNCTION wall.reckons_with(agency BIGINT) RETURNS BOOLEAN
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT agency = (wall.granted() ->> 'agency')::bigint
        OR EXISTS (SELECT FROM relocation_plans WHERE holder_id = agency AND wall.sees_plan(id))
$$;
CREATE POLICY viewer ON travel_distances FOR SELECT TO panoh_server USING (wall.reckons_with(agency_id));
ALTER TABLE relocation_plans ENABLE ROW LEVEL SECURITY;
CREATE POLICY outside_policy ON relocation_plans TO CURRENT_USER USING (true) WITH CHECK (true);
CREATE POLICY viewer ON relocation_plans FOR SELECT TO panoh_server
    USING (holder_id = (SELECT (wall.granted() ->> 'own')::bigint) OR wall.sees_plan(id));
CREATE POLICY holder_adds ON relocation_plans FOR INSERT TO panoh_server
    WITH CHECK (wall.works_for(holder_id) AND wall.is_party(holder_id, holder_id) AND outcome IS NULL);
CREATE POLICY holder_closes ON relocation_plans FOR UPDATE TO panoh_server
    USING (outcome IS NULL AND wall.plans(id)) WITH CHECK (outcome IS NOT NULL AND wall.plans(id));
ALTER TABLE relocation_plan_places ENABLE ROW LEVEL SECURITY;
CREATE POLICY outside_policy ON relocation_plan_places TO CURRENT_USER USING (true) WITH CHECK (true);
CREATE POLICY viewer ON relocation_plan_places FOR SELECT TO panoh_server USING (wall.sees_plan(relocation_plan_id));
CREATE POLICY holder_adds ON relocation_plan_places FOR INSERT TO panoh_server WITH CHECK (wall.plans(relocation_plan_id));
ALTER TABLE relocation_plan_shares ENABLE ROW LEVEL SECURITY;
CREATE POLICY outside_policy ON relocation_plan_shares TO CURRENT_USER USING (true) WITH CHECK (true);
CREATE POLICY partys ON relocation_plan_shares FOR SELECT TO panoh_server
    USING (wall.plans(relocation_plan_id) OR agreement_id = ANY ((SELECT wall.bases('counting'))::bigint[]));
CREATE POLICY holder_shares ON relocation_plan_shares FOR INSERT TO panoh_server WITH CHECK (wall.plans(relocation_plan_id)
    AND EXISTS (SELECT FROM agreements JOIN relocation_plans ON holder_id = provider_id
        WHERE agreements.id = agreement_id AND relocation_plans.id = relocation_plan_id));
CREATE POLICY holder_takes_back ON relocation_plan_shares FOR DELETE TO panoh_server USING (wall.plans(relocation_plan_id));

REVOKE EXECUTE ON FUNCTION wall.plans, wall.sees_plan, wall.reckons_with FROM PUBLIC;
GRANT EXECUTE ON FUNCTION wall.plans, wall.sees_plan, wall.reckons_with TO panoh_server;
GRANT SELECT, INSERT, DELETE ON place_services, travel_distances, relocation_plan_shares TO panoh_server;
GRANT SELECT, INSERT ON relocation_plans, relocation_plan_places TO panoh_server;
GRANT UPDATE (outcome, closed_on) ON relocation_plans TO panoh_server;
