-- Whoever cites in a demarche, or whose people a figure counts, has agreed to its parties: if more are invited, it decides anew.
CREATE FUNCTION wall.ask_again() RETURNS TRIGGER
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    UPDATE demarche_parties AS party SET decision = 'INVITED'
        WHERE party.demarche_id = NEW.demarche_id AND party.decision = 'JOINED'
            AND party.agency_id <> (SELECT drafter_id FROM demarches WHERE id = NEW.demarche_id)
            AND party.agency_id IN (
                SELECT provider_id FROM demarche_figures WHERE demarche_id = NEW.demarche_id
                UNION ALL SELECT citer_id FROM demarche_figures WHERE demarche_id = NEW.demarche_id
                UNION ALL SELECT citer_id FROM demarche_patterns WHERE demarche_id = NEW.demarche_id);
    RETURN NULL;
END
$$;
CREATE TRIGGER citers_decide AFTER INSERT ON demarche_parties FOR EACH ROW EXECUTE FUNCTION wall.ask_again();
REVOKE EXECUTE ON FUNCTION wall.ask_again FROM PUBLIC;

-- Whether a demarche rests on what somebody cites, or on a figure of somebody's people, who has not joined since.
CREATE OR REPLACE FUNCTION wall.rests_on_unagreed(demarche BIGINT) RETURNS BOOLEAN
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT EXISTS (SELECT FROM demarche_parties WHERE demarche_id = demarche AND decision <> 'JOINED' AND agency_id IN (
            SELECT provider_id FROM demarche_figures WHERE demarche_id = demarche
            UNION ALL SELECT citer_id FROM demarche_figures WHERE demarche_id = demarche
            UNION ALL SELECT citer_id FROM demarche_patterns WHERE demarche_id = demarche))
        AND wall.in_demarche(demarche)
$$;

-- A pattern is its citer's to see until the demarche is delivered, as a figure is; then everybody's who has joined.
DROP POLICY partys ON demarche_patterns;
CREATE POLICY partys ON demarche_patterns FOR SELECT TO panoh_server USING (wall.in_demarche(demarche_id)
    AND ((SELECT (wall.granted() ->> 'agency')::bigint) = citer_id OR wall.is_delivered(demarche_id)
        AND EXISTS (SELECT FROM demarche_parties AS own WHERE own.demarche_id = demarche_patterns.demarche_id
            AND own.agency_id = (SELECT (wall.granted() ->> 'agency')::bigint) AND own.decision = 'JOINED')));
