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

-- Whatever a party cites, everybody does, its drafter and whoever cites it, too: so that nobody learns who cites, and of whose people.
CREATE TRIGGER figure_decide AFTER INSERT ON demarche_figures
BEGIN
    UPDATE demarche_parties SET decision = 'INVITED' WHERE demarche_id = NEW.demarche_id AND decision = 'JOINED'
        AND EXISTS (SELECT 1 FROM demarches WHERE id = NEW.demarche_id AND delivered_on IS NULL);
END;
CREATE TRIGGER pattern_decide AFTER INSERT ON demarche_patterns
BEGIN
    UPDATE demarche_parties SET decision = 'INVITED' WHERE demarche_id = NEW.demarche_id AND decision = 'JOINED'
        AND EXISTS (SELECT 1 FROM demarches WHERE id = NEW.demarche_id AND delivered_on IS NULL);
END;
-- So it is if one is reopened: if what was cited has gone since, it may have been taken back.
CREATE TRIGGER reopened_decide AFTER UPDATE OF delivered_on, withdrawn_on ON demarches
    WHEN NEW.delivered_on IS NULL AND NEW.withdrawn_on IS NULL AND (OLD.delivered_on IS NOT NULL OR OLD.withdrawn_on IS NOT NULL)
BEGIN
    UPDATE demarche_parties SET decision = 'INVITED'
        WHERE demarche_id = NEW.id AND decision = 'JOINED' AND agency_id <> NEW.drafter_id;
END;

-- With an invitation that is withdrawn goes what that agency cites, and what counts its people; the others decide anew.
CREATE TRIGGER citations_withdrawn AFTER DELETE ON demarche_parties
BEGIN
    DELETE FROM demarche_figures WHERE demarche_id = OLD.demarche_id AND OLD.agency_id IN (provider_id, citer_id);
    DELETE FROM demarche_patterns WHERE demarche_id = OLD.demarche_id AND citer_id = OLD.agency_id;
    UPDATE demarche_parties SET decision = 'INVITED' WHERE demarche_id = OLD.demarche_id AND decision = 'JOINED'
        AND agency_id <> (SELECT drafter_id FROM demarches WHERE id = OLD.demarche_id AND delivered_on IS NULL);
END;
