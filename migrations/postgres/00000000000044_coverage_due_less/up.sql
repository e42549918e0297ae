-- Whose record is corrected is found by `due_corrected` of the definitions; a mark of when it changed last decides nobody's coverage.
DROP TRIGGER due_update_old ON individuals;
DROP TRIGGER due_update_new ON individuals;

-- How far deciding has come is for whoever decides.
REVOKE SELECT ON coverage_undecided FROM panoh_server;
GRANT SELECT (agreement_id) ON coverage_undecided TO panoh_server;

-- A consent from a time when nothing was in force is to the agreement that comes into force first. The end of an agreement changes that
-- only for consents after it. An agreement that comes into force last changes it only for drafts, which were not told of yet.
CREATE OR REPLACE FUNCTION wall.due_terms() RETURNS TRIGGER
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    consents_from TIMESTAMP := '-infinity';
BEGIN
    IF TG_OP = 'INSERT' OR NEW.status <> 'REVOKED' AND (OLD.status = 'REVOKED'
        OR (OLD.status = 'DRAFT') <> (NEW.status = 'DRAFT') AND NOT EXISTS (SELECT FROM agreement_signatures
            WHERE agreement_id = NEW.id AND agency_id = NEW.provider_id)
        OR (NEW.provider_id, NEW.recipient_id, NEW.purpose, NEW.grants, NEW.dimensions, NEW.consent_required, NEW.emergency)
            IS DISTINCT FROM (OLD.provider_id, OLD.recipient_id, OLD.purpose, OLD.grants, OLD.dimensions, OLD.consent_required,
                OLD.emergency)) THEN
        PERFORM wall.due_agreements(ARRAY[NEW.id]);
    END IF;
    IF TG_OP = 'INSERT' AND NEW.in_force_since IS NULL OR TG_OP = 'UPDATE' AND (NEW.in_force_since IS NULL AND OLD.in_force_since IS NULL
        OR (NEW.in_force_since, NEW.revoked_at) IS NOT DISTINCT FROM (OLD.in_force_since, OLD.revoked_at)) THEN
        RETURN NULL;
    END IF;
    IF TG_OP = 'UPDATE' AND OLD.in_force_since IS NULL AND NEW.revoked_at IS NULL AND NOT EXISTS (SELECT FROM agreements
        WHERE (provider_id, recipient_id, purpose) = (NEW.provider_id, NEW.recipient_id, NEW.purpose)
            AND id <> NEW.id AND in_force_since >= NEW.in_force_since) THEN
        consents_from := NEW.in_force_since;
        PERFORM wall.due_agreements(ARRAY(SELECT id FROM agreements
            WHERE (provider_id, recipient_id, purpose) = (NEW.provider_id, NEW.recipient_id, NEW.purpose) AND id <> NEW.id
                AND (status = 'DRAFT' OR valid_until < NEW.in_force_since::date) AND id IN (SELECT id FROM kept_agreements)));
    ELSIF TG_OP = 'UPDATE' AND OLD.in_force_since = NEW.in_force_since AND (OLD.revoked_at > OLD.in_force_since) IS NOT FALSE
        AND (NEW.revoked_at > NEW.in_force_since) IS NOT FALSE THEN
        consents_from := least(OLD.revoked_at, NEW.revoked_at);
    END IF;
    PERFORM wall.due_people(ARRAY(SELECT individual_id FROM consents WHERE newest AND explained IS NULL AND decision = 'GIVEN'
        AND recipient_id = NEW.recipient_id AND purpose = NEW.purpose AND recorded_at >= consents_from));
    RETURN NULL;
END
$$;
