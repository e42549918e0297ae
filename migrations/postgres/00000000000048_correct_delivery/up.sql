-- What is delivered stays so: its drafter corrects the day; whoever records what was said of it changes nothing else.
CREATE OR REPLACE FUNCTION wall.keep_delivered() RETURNS TRIGGER
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NEW.delivered_on IS NULL OR NEW.withdrawn_on IS DISTINCT FROM OLD.withdrawn_on
        OR NEW.delivered_on <> OLD.delivered_on AND NOT wall.is_party(OLD.drafter_id, OLD.drafter_id) THEN
        RAISE EXCEPTION 'the demarche is delivered';
    END IF;
    RETURN NEW;
END
$$;
