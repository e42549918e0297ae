-- If more agencies are invited to a demarche, whoever has joined decides anew, whether or not it cites: so that nobody learns who does.
CREATE OR REPLACE FUNCTION wall.ask_again() RETURNS TRIGGER
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    UPDATE demarche_parties AS party SET decision = 'INVITED' FROM demarches AS demarche
        WHERE demarche.id = NEW.demarche_id AND demarche.delivered_on IS NULL
            AND party.demarche_id = demarche.id AND party.decision = 'JOINED' AND party.agency_id <> demarche.drafter_id;
    RETURN NULL;
END
$$;

-- The drafter makes a demarche a draft again that was taken back, or recorded as delivered, by mistake.
CREATE POLICY drafter_reopens ON demarches FOR UPDATE TO panoh_server
    USING (wall.is_party(drafter_id, drafter_id))
    WITH CHECK (wall.is_party(drafter_id, drafter_id) AND delivered_on IS NULL AND withdrawn_on IS NULL);

-- What is delivered stays so if something was recorded since; its drafter corrects the day.
CREATE OR REPLACE FUNCTION wall.keep_delivered() RETURNS TRIGGER
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NEW.withdrawn_on IS DISTINCT FROM OLD.withdrawn_on
        OR NEW.delivered_on IS DISTINCT FROM OLD.delivered_on AND NOT wall.is_party(OLD.drafter_id, OLD.drafter_id)
        OR NEW.delivered_on IS NULL AND (OLD.response IS NOT NULL
            OR EXISTS (SELECT FROM demarche_asks WHERE demarche_id = OLD.id AND answer IS NOT NULL)
            OR EXISTS (SELECT FROM demarche_follow_ups WHERE demarche_id = OLD.id)) THEN
        RAISE EXCEPTION 'the demarche is delivered';
    END IF;
    RETURN NEW;
END
$$;
REVOKE EXECUTE ON FUNCTION wall.keep_delivered FROM PUBLIC;

-- The holder corrects what a pattern is called, and what is said of its incidents.
CREATE POLICY holder_corrects ON incident_patterns FOR UPDATE TO panoh_server
    USING (wall.works_for(holder_id)) WITH CHECK (wall.works_for(holder_id));
GRANT UPDATE (name, kind, actor) ON incident_patterns TO panoh_server;

-- Whoever finds that what a pattern rests on was none takes it back from drafts, whatever its role.
CREATE POLICY holder_finds_unfounded ON demarche_patterns FOR DELETE TO panoh_server
    USING (wall.works_for(citer_id) AND NOT wall.is_delivered(demarche_id));
