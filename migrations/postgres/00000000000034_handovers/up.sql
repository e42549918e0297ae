-- An agency hands programmes that it leads over to another: proposed with a list of them, answered for each. An accepted one has the
-- next lead from the day of the cut-over on, without anybody's doing.
CREATE TABLE handovers (
    id BIGINT PRIMARY KEY,
    proposer_id BIGINT NOT NULL REFERENCES agencies (id),
    receiver_id BIGINT NOT NULL REFERENCES agencies (id),
    cut_over_on DATE NOT NULL,
    proposed_at TIMESTAMP NOT NULL,
    CHECK (proposer_id <> receiver_id)
);
CREATE INDEX handovers_proposed ON handovers (proposed_at, id);

CREATE TABLE handover_programmes (
    handover_id BIGINT NOT NULL REFERENCES handovers (id),
    programme_id BIGINT NOT NULL REFERENCES programmes (id),
    decision TEXT NOT NULL CHECK (decision IN ('PROPOSED', 'ACCEPTED', 'DECLINED', 'WITHDRAWN')),
    decided_on DATE,
    PRIMARY KEY (handover_id, programme_id),
    CHECK ((decided_on IS NULL) = (decision = 'PROPOSED'))
);
-- Nothing is proposed to two.
CREATE UNIQUE INDEX handover_programmes_proposed ON handover_programmes (programme_id) WHERE decision = 'PROPOSED';

ALTER TABLE programmes
    ADD COLUMN next_lead_id BIGINT REFERENCES agencies (id),
    ADD COLUMN next_lead_from DATE,
    ADD CHECK ((next_lead_from IS NULL) = (next_lead_id IS NULL));

-- Whether the viewer's agency leads a programme.
CREATE FUNCTION wall.leads(programme BIGINT) RETURNS BOOLEAN
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT coalesce((SELECT CASE WHEN next_lead_from <= wall.day() THEN next_lead_id ELSE lead_id END
        FROM programmes WHERE id = programme) = (wall.granted() ->> 'agency')::bigint, FALSE)
$$;

-- Whether the viewer works in the delivery of programmes, and sees a person's assistance.
CREATE FUNCTION wall.serves(person BIGINT) RETURNS BOOLEAN
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT coalesce(granted ->> 'purpose' = 'PROGRAMME_DELIVERY' AND granted ->> 'role' IN ('CASEWORKER', 'DATA_OFFICER')
        AND EXISTS (SELECT FROM coverages WHERE individual_id = person AND basis_id = ANY (wall.bases('ASSISTANCE'))
            AND ended IS NULL AND (until IS NULL OR until > wall.day())), FALSE)
    FROM wall.granted() AS granted
$$;

-- Whether an agreement of a holder with another agency, or for another purpose than the viewer's, names a kind of programme: whoever is
-- enrolled in one could be covered by it.
CREATE FUNCTION wall.is_named_to_others(holder BIGINT, kind TEXT) RETURNS BOOLEAN
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT EXISTS (SELECT FROM agreements JOIN agreement_scopes ON agreement_id = agreements.id, wall.granted() AS granted
        WHERE provider_id = holder AND dimension = 'PROGRAMME' AND value = kind AND status <> 'REVOKED' AND valid_until >= wall.day()
            AND (recipient_id, purpose) IS DISTINCT FROM ((granted ->> 'agency')::bigint, granted ->> 'purpose'))
$$;

-- Tells the holder that something of a person has changed, who takes part in a programme.
CREATE FUNCTION wall.touch_participant(person BIGINT) RETURNS VOID
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NOT wall.works_on(person) AND NOT wall.serves(person) THEN
        RAISE EXCEPTION 'not somebody whose part in a programme the viewer records';
    END IF;
    UPDATE individuals SET updated_at = greatest(clock_timestamp() AT TIME ZONE 'UTC', updated_at + interval '1 microsecond')
        WHERE id = person;
END
$$;

-- Handovers are their parties', and their data officers' to write: the lead proposes and withdraws, the receiver declines. It accepts by
-- the function below alone, with which the programme gets its next lead.
ALTER TABLE handovers ENABLE ROW LEVEL SECURITY;
CREATE POLICY outside_policy ON handovers TO CURRENT_USER USING (true) WITH CHECK (true);
CREATE POLICY partys ON handovers FOR SELECT TO panoh_server
    USING ((SELECT (wall.granted() ->> 'agency')::bigint) IN (proposer_id, receiver_id));
CREATE POLICY lead_proposes ON handovers FOR INSERT TO panoh_server
    WITH CHECK (wall.is_party(proposer_id, proposer_id) AND cut_over_on >= wall.day());
ALTER TABLE handover_programmes ENABLE ROW LEVEL SECURITY;
CREATE POLICY outside_policy ON handover_programmes TO CURRENT_USER USING (true) WITH CHECK (true);
CREATE POLICY partys ON handover_programmes FOR SELECT TO panoh_server
    USING (EXISTS (SELECT FROM handovers WHERE handovers.id = handover_id));
CREATE POLICY lead_proposes ON handover_programmes FOR INSERT TO panoh_server WITH CHECK (
    decision = 'PROPOSED' AND wall.leads(programme_id)
    AND EXISTS (SELECT FROM handovers WHERE handovers.id = handover_id AND wall.is_party(proposer_id, proposer_id)));
CREATE POLICY party_settles ON handover_programmes FOR UPDATE TO panoh_server
    USING (decision = 'PROPOSED')
    WITH CHECK (EXISTS (SELECT FROM handovers WHERE handovers.id = handover_id AND CASE decision
        WHEN 'WITHDRAWN' THEN wall.is_party(proposer_id, proposer_id)
        WHEN 'DECLINED' THEN wall.is_party(receiver_id, receiver_id)
        ELSE FALSE END));

CREATE FUNCTION wall.accept_handover(handover BIGINT, programme BIGINT) RETURNS VOID
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    accepted handovers;
BEGIN
    SELECT * INTO accepted FROM handovers
        WHERE id = handover AND cut_over_on >= wall.day() AND wall.is_party(receiver_id, receiver_id);
    UPDATE handover_programmes SET decision = 'ACCEPTED', decided_on = wall.day()
        WHERE handover_id = accepted.id AND programme_id = programme AND decision = 'PROPOSED';
    IF NOT FOUND THEN
        RAISE EXCEPTION 'nothing that the viewer''s agency could accept';
    END IF;
    UPDATE programmes SET lead_id = accepted.proposer_id,
            implementer_id = CASE WHEN next_lead_from <= wall.day() AND implementer_id = lead_id THEN next_lead_id ELSE implementer_id END,
            next_lead_id = accepted.receiver_id, next_lead_from = accepted.cut_over_on
        WHERE id = programme AND CASE WHEN next_lead_from <= wall.day() THEN next_lead_id ELSE lead_id END = accepted.proposer_id;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'another agency leads the programme';
    END IF;
END
$$;
REVOKE EXECUTE ON FUNCTION wall.leads, wall.serves, wall.is_named_to_others, wall.touch_participant, wall.accept_handover FROM PUBLIC;
GRANT EXECUTE ON FUNCTION wall.leads, wall.serves, wall.is_named_to_others, wall.touch_participant, wall.accept_handover TO panoh_server;
GRANT SELECT, INSERT ON handovers, handover_programmes TO panoh_server;
GRANT UPDATE (decision, decided_on) ON handover_programmes TO panoh_server;
