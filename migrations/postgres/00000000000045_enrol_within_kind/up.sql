-- Whether agreements with others name a kind of programme is told to nobody: who enrols does not ask any more.
DROP FUNCTION wall.is_named_to_others(BIGINT, TEXT);

-- Whoever drafted a demarche corrects what was recorded of an answer.
CREATE POLICY drafter_corrects ON demarche_asks FOR UPDATE TO panoh_server
    USING (wall.is_delivered(demarche_id) AND wall.has_joined(demarche_id)
        AND EXISTS (SELECT FROM demarches WHERE demarches.id = demarche_id AND wall.is_party(drafter_id, drafter_id)))
    WITH CHECK (wall.is_delivered(demarche_id) AND wall.has_joined(demarche_id));
