-- What agencies ask of a government together, on what it rests, and what becomes of it. Nothing in it is about a person.
CREATE TABLE demarches (
    id BIGINT PRIMARY KEY,
    drafter_id BIGINT NOT NULL REFERENCES agencies (id),
    subject TEXT NOT NULL,
    addressee TEXT NOT NULL,
    drafted_at TIMESTAMP NOT NULL,
    withdrawn_on DATE,
    delivered_on DATE,
    response TEXT,
    responded_on DATE CHECK (responded_on >= delivered_on),
    CHECK (withdrawn_on IS NULL OR delivered_on IS NULL),
    CHECK ((response IS NULL) = (responded_on IS NULL))
);
CREATE INDEX demarches_drafted ON demarches (drafted_at, id);

CREATE TABLE demarche_parties (
    demarche_id BIGINT NOT NULL REFERENCES demarches (id),
    agency_id BIGINT NOT NULL REFERENCES agencies (id),
    decision TEXT NOT NULL CHECK (decision IN ('INVITED', 'JOINED', 'DECLINED')),
    PRIMARY KEY (demarche_id, agency_id)
);

CREATE TABLE demarche_asks (
    id BIGINT PRIMARY KEY,
    demarche_id BIGINT NOT NULL REFERENCES demarches (id),
    kind TEXT NOT NULL CHECK (kind IN (
        'CITIZENSHIP', 'LEGAL_RESIDENCE', 'STOP_RELOCATION', 'STOP_DEPORTATION', 'STOP_BRIBES', 'RELEASE', 'OTHER')),
    detail TEXT,
    follow_up_on DATE NOT NULL,
    answer TEXT CHECK (answer IN ('GRANTED', 'PARTLY_GRANTED', 'REFUSED')),
    answered_on DATE,
    CHECK ((answer IS NULL) = (answered_on IS NULL))
);
CREATE INDEX demarche_asks_demarche ON demarche_asks (demarche_id);

CREATE TABLE demarche_follow_ups (
    id BIGINT PRIMARY KEY,
    demarche_id BIGINT NOT NULL REFERENCES demarches (id),
    ask_id BIGINT NOT NULL REFERENCES demarche_asks (id),
    agency_id BIGINT NOT NULL REFERENCES agencies (id),
    followed_up_on DATE NOT NULL,
    note TEXT NOT NULL
);
CREATE INDEX demarche_follow_ups_ask ON demarche_follow_ups (ask_id, followed_up_on);

-- A figure is its provider's and its citer's to see until the demarche is delivered; then everybody's who has joined.
CREATE TABLE demarche_figures (
    id BIGINT PRIMARY KEY,
    demarche_id BIGINT NOT NULL REFERENCES demarches (id),
    agreement_id BIGINT NOT NULL REFERENCES agreements (id),
    provider_id BIGINT NOT NULL REFERENCES agencies (id),
    citer_id BIGINT NOT NULL REFERENCES agencies (id),
    release_number INTEGER NOT NULL,
    as_of DATE NOT NULL,
    dimensions TEXT NOT NULL,
    value TEXT NOT NULL,
    count BIGINT NOT NULL
);
CREATE UNIQUE INDEX demarche_figures_cited
    ON demarche_figures (demarche_id, agreement_id, release_number, dimensions, value);

CREATE TABLE demarche_patterns (
    demarche_id BIGINT NOT NULL REFERENCES demarches (id),
    pattern_id BIGINT NOT NULL REFERENCES incident_patterns (id),
    citer_id BIGINT NOT NULL REFERENCES agencies (id),
    name TEXT NOT NULL,
    kind TEXT,
    actor TEXT,
    PRIMARY KEY (demarche_id, pattern_id)
);

-- Whether the viewer's agency is a party to a demarche that has not declined; and whether it has joined, and a data officer asks.
CREATE FUNCTION wall.in_demarche(demarche BIGINT) RETURNS BOOLEAN
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT EXISTS (SELECT FROM demarche_parties WHERE demarche_id = demarche AND decision <> 'DECLINED'
        AND agency_id = (wall.granted() ->> 'agency')::bigint)
$$;
CREATE FUNCTION wall.has_joined(demarche BIGINT) RETURNS BOOLEAN
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT EXISTS (SELECT FROM demarche_parties WHERE demarche_id = demarche AND decision = 'JOINED'
        AND wall.is_party(agency_id, agency_id))
$$;
-- Whether the viewer's agency drafts a demarche, which is not delivered.
CREATE FUNCTION wall.drafts(demarche BIGINT) RETURNS BOOLEAN
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT EXISTS (SELECT FROM demarches WHERE id = demarche AND delivered_on IS NULL AND withdrawn_on IS NULL
        AND wall.is_party(drafter_id, drafter_id))
$$;
CREATE FUNCTION wall.is_delivered(demarche BIGINT) RETURNS BOOLEAN
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT EXISTS (SELECT FROM demarches WHERE id = demarche AND delivered_on IS NOT NULL)
$$;
-- Whether a demarche rests on a figure whose provider has not joined since it was cited.
CREATE FUNCTION wall.rests_on_unagreed(demarche BIGINT) RETURNS BOOLEAN
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT EXISTS (SELECT FROM demarche_figures JOIN demarche_parties USING (demarche_id)
        WHERE demarche_id = demarche AND agency_id = provider_id AND decision <> 'JOINED')
        AND wall.in_demarche(demarche)
$$;
-- A figure that is cited has its provider decide anew, and counts as agreed when it joins.
CREATE FUNCTION wall.ask_provider() RETURNS TRIGGER
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    UPDATE demarche_parties SET decision = 'INVITED'
        WHERE demarche_id = NEW.demarche_id AND agency_id = NEW.provider_id;
    RETURN NULL;
END
$$;
CREATE TRIGGER provider_decides AFTER INSERT ON demarche_figures FOR EACH ROW EXECUTE FUNCTION wall.ask_provider();
-- What is delivered stays so: whoever records what was said of it changes nothing else.
CREATE FUNCTION wall.keep_delivered() RETURNS TRIGGER
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF (NEW.delivered_on, NEW.withdrawn_on) IS DISTINCT FROM (OLD.delivered_on, OLD.withdrawn_on) THEN
        RAISE EXCEPTION 'the demarche is delivered';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER delivered_stays BEFORE UPDATE ON demarches FOR EACH ROW WHEN (OLD.delivered_on IS NOT NULL)
    EXECUTE FUNCTION wall.keep_delivered();

ALTER TABLE demarches ENABLE ROW LEVEL SECURITY;
CREATE POLICY outside_policy ON demarches TO CURRENT_USER USING (true) WITH CHECK (true);
CREATE POLICY partys ON demarches FOR SELECT TO panoh_server
    USING (drafter_id = (SELECT (wall.granted() ->> 'agency')::bigint) OR wall.in_demarche(id));
CREATE POLICY drafter_drafts ON demarches FOR INSERT TO panoh_server
    WITH CHECK (wall.is_party(drafter_id, drafter_id) AND delivered_on IS NULL AND withdrawn_on IS NULL AND response IS NULL);
CREATE POLICY drafter_delivers ON demarches FOR UPDATE TO panoh_server
    USING (wall.drafts(id))
    WITH CHECK (wall.is_party(drafter_id, drafter_id) AND (delivered_on IS NULL OR NOT wall.rests_on_unagreed(id)));
CREATE POLICY party_records ON demarches FOR UPDATE TO panoh_server
    USING (delivered_on IS NOT NULL AND wall.has_joined(id))
    WITH CHECK (delivered_on IS NOT NULL AND wall.has_joined(id) AND NOT wall.rests_on_unagreed(id));

ALTER TABLE demarche_parties ENABLE ROW LEVEL SECURITY;
CREATE POLICY outside_policy ON demarche_parties TO CURRENT_USER USING (true) WITH CHECK (true);
CREATE POLICY partys ON demarche_parties FOR SELECT TO panoh_server USING (wall.in_demarche(demarche_id));
CREATE POLICY drafter_invites ON demarche_parties FOR INSERT TO panoh_server WITH CHECK (
    wall.drafts(demarche_id) AND decision = CASE WHEN wall.is_party(agency_id, agency_id) THEN 'JOINED' ELSE 'INVITED' END);
CREATE POLICY party_decides ON demarche_parties FOR UPDATE TO panoh_server
    USING (wall.is_party(agency_id, agency_id) AND (decision = 'INVITED' OR NOT wall.is_delivered(demarche_id)))
    WITH CHECK (wall.is_party(agency_id, agency_id)
        AND (decision = 'DECLINED' OR decision = 'JOINED' AND NOT wall.is_delivered(demarche_id)));

ALTER TABLE demarche_asks ENABLE ROW LEVEL SECURITY;
CREATE POLICY outside_policy ON demarche_asks TO CURRENT_USER USING (true) WITH CHECK (true);
CREATE POLICY partys ON demarche_asks FOR SELECT TO panoh_server USING (wall.in_demarche(demarche_id));
CREATE POLICY drafter_asks ON demarche_asks FOR INSERT TO panoh_server WITH CHECK (wall.drafts(demarche_id) AND answer IS NULL);
CREATE POLICY party_follows ON demarche_asks FOR UPDATE TO panoh_server
    USING (answer IS NULL AND wall.is_delivered(demarche_id) AND wall.has_joined(demarche_id))
    WITH CHECK (wall.is_delivered(demarche_id) AND wall.has_joined(demarche_id));

ALTER TABLE demarche_follow_ups ENABLE ROW LEVEL SECURITY;
CREATE POLICY outside_policy ON demarche_follow_ups TO CURRENT_USER USING (true) WITH CHECK (true);
CREATE POLICY partys ON demarche_follow_ups FOR SELECT TO panoh_server USING (wall.in_demarche(demarche_id));
CREATE POLICY party_follows ON demarche_follow_ups FOR INSERT TO panoh_server WITH CHECK (
    wall.is_party(agency_id, agency_id) AND wall.is_delivered(demarche_id) AND wall.has_joined(demarche_id));

ALTER TABLE demarche_figures ENABLE ROW LEVEL SECURITY;
CREATE POLICY outside_policy ON demarche_figures TO CURRENT_USER USING (true) WITH CHECK (true);
CREATE POLICY partys ON demarche_figures FOR SELECT TO panoh_server USING (wall.in_demarche(demarche_id)
    AND ((SELECT (wall.granted() ->> 'agency')::bigint) IN (provider_id, citer_id) OR wall.is_delivered(demarche_id)
        AND EXISTS (SELECT FROM demarche_parties AS own WHERE own.demarche_id = demarche_figures.demarche_id
            AND own.agency_id = (SELECT (wall.granted() ->> 'agency')::bigint) AND own.decision = 'JOINED')));
CREATE POLICY citer_cites ON demarche_figures FOR INSERT TO panoh_server WITH CHECK (
    wall.is_party(citer_id, citer_id) AND wall.has_joined(demarche_id) AND NOT wall.is_delivered(demarche_id)
    AND EXISTS (SELECT FROM agreements WHERE agreements.id = agreement_id
        AND agreements.provider_id = demarche_figures.provider_id AND recipient_id = citer_id));
-- Whoever declines takes back what it cites, and what counts its people.
CREATE POLICY party_takes_back ON demarche_figures FOR DELETE TO panoh_server
    USING (wall.is_party(provider_id, citer_id) AND NOT wall.is_delivered(demarche_id));

ALTER TABLE demarche_patterns ENABLE ROW LEVEL SECURITY;
CREATE POLICY outside_policy ON demarche_patterns TO CURRENT_USER USING (true) WITH CHECK (true);
CREATE POLICY partys ON demarche_patterns FOR SELECT TO panoh_server USING (wall.in_demarche(demarche_id));
CREATE POLICY holder_cites ON demarche_patterns FOR INSERT TO panoh_server WITH CHECK (
    wall.is_party(citer_id, citer_id) AND wall.has_joined(demarche_id) AND NOT wall.is_delivered(demarche_id)
    AND EXISTS (SELECT FROM incident_patterns WHERE incident_patterns.id = pattern_id AND wall.works_for(holder_id)));
CREATE POLICY holder_takes_back ON demarche_patterns FOR DELETE TO panoh_server
    USING (wall.is_party(citer_id, citer_id) AND NOT wall.is_delivered(demarche_id));

REVOKE EXECUTE ON FUNCTION wall.in_demarche, wall.has_joined, wall.drafts, wall.is_delivered, wall.rests_on_unagreed, wall.ask_provider, wall.keep_delivered
    FROM PUBLIC;
GRANT EXECUTE ON FUNCTION wall.in_demarche, wall.has_joined, wall.drafts, wall.is_delivered, wall.rests_on_unagreed TO panoh_server;
GRANT SELECT, INSERT ON demarches, demarche_parties, demarche_asks, demarche_follow_ups, demarche_figures, demarche_patterns
    TO panoh_server;
GRANT UPDATE (withdrawn_on, delivered_on, response, responded_on) ON demarches TO panoh_server;
GRANT DELETE ON demarche_figures, demarche_patterns TO panoh_server;
GRANT UPDATE (decision) ON demarche_parties TO panoh_server;
GRANT UPDATE (follow_up_on, answer, answered_on) ON demarche_asks TO panoh_server;
