-- What a programme reports of an indicator for a period, as IATI has results: numbers that its lead states, of refugees, of the host
-- community, or of both.
CREATE TABLE programme_results (
    id BIGINT PRIMARY KEY,
    programme_id BIGINT NOT NULL REFERENCES programmes (id),
    indicator TEXT NOT NULL,
    participants TEXT NOT NULL CHECK (participants IN ('REFUGEES', 'HOST_COMMUNITY', 'ALL')),
    measure TEXT NOT NULL CHECK (measure IN ('UNIT', 'PERCENTAGE')),
    period_from DATE NOT NULL,
    period_until DATE NOT NULL CHECK (period_until >= period_from),
    baseline TEXT,
    target TEXT,
    reached TEXT
);
CREATE UNIQUE INDEX programme_results_reported
    ON programme_results (programme_id, indicator, participants, period_from, period_until);

-- Whether the viewer's agency leads a programme, has handed it over, is to lead or implements it, or is party to an agreement that names its kind.
CREATE FUNCTION wall.sees_programme(programme BIGINT) RETURNS BOOLEAN
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT EXISTS (SELECT FROM programmes, wall.granted() AS granted
        WHERE programmes.id = programme
            AND ((granted ->> 'agency')::bigint IN (lead_id, implementer_id, next_lead_id)
                OR EXISTS (SELECT FROM agreements JOIN agreement_scopes ON agreement_id = agreements.id
                    WHERE dimension = 'PROGRAMME' AND value = kind
                        AND (granted ->> 'agency')::bigint IN (provider_id, recipient_id))))
$$;

-- Whoever sees a programme sees its results, which name nobody; its lead reports them.
ALTER TABLE programme_results ENABLE ROW LEVEL SECURITY;
CREATE POLICY outside_policy ON programme_results TO CURRENT_USER USING (true) WITH CHECK (true);
CREATE POLICY viewer ON programme_results FOR SELECT TO panoh_server USING (wall.sees_programme(programme_id));
CREATE POLICY lead_adds ON programme_results FOR INSERT TO panoh_server WITH CHECK (wall.leads(programme_id));
CREATE POLICY lead_changes ON programme_results FOR UPDATE TO panoh_server
    USING (wall.leads(programme_id)) WITH CHECK (wall.leads(programme_id));
REVOKE EXECUTE ON FUNCTION wall.sees_programme FROM PUBLIC;
GRANT EXECUTE ON FUNCTION wall.sees_programme TO panoh_server;
GRANT SELECT, INSERT, UPDATE (measure, baseline, target, reached) ON programme_results TO panoh_server;
