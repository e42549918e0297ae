-- Whose record is corrected is found by `due_corrected` of the definitions; a mark of when it changed last decides nobody's coverage.
DROP TRIGGER due_individuals_changed;

-- A consent from a time when nothing was in force is to the agreement that comes into force first. The end of an agreement changes that
-- only for consents after it. An agreement that comes into force last changes it only for drafts, which were not told of yet.
DROP TRIGGER due_agreements_in_force;
CREATE TRIGGER due_agreements_in_force AFTER UPDATE OF in_force_since, revoked_at ON agreements
WHEN (NEW.in_force_since, NEW.revoked_at) IS NOT (OLD.in_force_since, OLD.revoked_at)
    AND coalesce(NEW.in_force_since, OLD.in_force_since) IS NOT NULL
BEGIN
    INSERT OR IGNORE INTO coverage_due_people (individual_id) SELECT individual_id FROM consents
        WHERE newest AND explained IS NULL AND decision = 'GIVEN' AND recipient_id = NEW.recipient_id AND purpose = NEW.purpose
            AND recorded_at >= CASE
                WHEN OLD.in_force_since IS NULL AND NEW.revoked_at IS NULL AND NOT EXISTS (SELECT 1 FROM agreements
                    WHERE (provider_id, recipient_id, purpose) = (NEW.provider_id, NEW.recipient_id, NEW.purpose)
                        AND id <> NEW.id AND in_force_since >= NEW.in_force_since) THEN NEW.in_force_since
                WHEN OLD.in_force_since = NEW.in_force_since AND (OLD.revoked_at > OLD.in_force_since) IS NOT FALSE
                    AND (NEW.revoked_at > NEW.in_force_since) IS NOT FALSE
                    THEN min(coalesce(OLD.revoked_at, NEW.revoked_at), coalesce(NEW.revoked_at, OLD.revoked_at))
                ELSE '' END;
    INSERT OR IGNORE INTO coverage_due_agreements (agreement_id) SELECT id FROM agreements
        WHERE OLD.in_force_since IS NULL
            AND (provider_id, recipient_id, purpose) = (NEW.provider_id, NEW.recipient_id, NEW.purpose) AND id <> NEW.id
            AND (status = 'DRAFT' OR valid_until < date(NEW.in_force_since)) AND id IN (SELECT id FROM kept_agreements);
END;
