-- If more agencies are invited to a demarche, or it is corrected, whoever has joined decides anew.
CREATE TRIGGER invited_decide AFTER INSERT ON demarche_parties
BEGIN
    UPDATE demarche_parties SET decision = 'INVITED' WHERE demarche_id = NEW.demarche_id AND decision = 'JOINED'
        AND agency_id <> (SELECT drafter_id FROM demarches WHERE id = NEW.demarche_id AND delivered_on IS NULL);
END;
CREATE TRIGGER invited_again_decide AFTER UPDATE ON demarche_parties WHEN OLD.decision = 'DECLINED'
BEGIN
    UPDATE demarche_parties SET decision = 'INVITED' WHERE demarche_id = NEW.demarche_id AND decision = 'JOINED'
        AND agency_id <> (SELECT drafter_id FROM demarches WHERE id = NEW.demarche_id AND delivered_on IS NULL);
END;
CREATE TRIGGER corrected_decide AFTER UPDATE OF subject, addressee ON demarches
    WHEN (NEW.subject, NEW.addressee) IS NOT (OLD.subject, OLD.addressee)
BEGIN
    UPDATE demarche_parties SET decision = 'INVITED'
        WHERE demarche_id = NEW.id AND decision = 'JOINED' AND agency_id <> NEW.drafter_id;
END;
CREATE TRIGGER asked_decide AFTER INSERT ON demarche_asks
BEGIN
    UPDATE demarche_parties SET decision = 'INVITED' WHERE demarche_id = NEW.demarche_id AND decision = 'JOINED'
        AND agency_id <> (SELECT drafter_id FROM demarches WHERE id = NEW.demarche_id AND delivered_on IS NULL);
END;

-- With an invitation that is withdrawn goes what that agency cites, and what counts its people.
CREATE TRIGGER citations_withdrawn AFTER DELETE ON demarche_parties
BEGIN
    DELETE FROM demarche_figures WHERE demarche_id = OLD.demarche_id AND OLD.agency_id IN (provider_id, citer_id);
    DELETE FROM demarche_patterns WHERE demarche_id = OLD.demarche_id AND citer_id = OLD.agency_id;
END;
