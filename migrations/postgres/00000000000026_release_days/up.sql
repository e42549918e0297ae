-- The day on which a release was made: the next one is made months after it, however late it was.
ALTER TABLE statistics_releases ADD COLUMN made_on DATE NOT NULL DEFAULT '1970-01-01';
UPDATE statistics_releases SET made_on = as_of;

-- Both parties know when releases are made, those of ended agreements too. Their cells are for the recipient of an agreement that counts.
DROP POLICY recipient ON statistics_cells;
CREATE POLICY recipient ON statistics_cells FOR SELECT TO panoh_server USING (release_id IN (
    SELECT id FROM statistics_releases WHERE agreement_id = ANY ((SELECT wall.bases('counting'))::bigint[])));
DROP POLICY recipient ON statistics_releases;
CREATE POLICY partys ON statistics_releases FOR SELECT TO panoh_server
    USING (EXISTS (SELECT FROM agreements WHERE agreements.id = agreement_id));

-- An agreement without a release waits until this day: on the last one too few people had changed.
CREATE TABLE statistics_waits (
    agreement_id BIGINT NOT NULL PRIMARY KEY REFERENCES agreements (id),
    until DATE NOT NULL
);
ALTER TABLE statistics_waits ENABLE ROW LEVEL SECURITY;
CREATE POLICY outside_policy ON statistics_waits TO CURRENT_USER USING (true) WITH CHECK (true);
CREATE POLICY partys ON statistics_waits FOR SELECT TO panoh_server
    USING (EXISTS (SELECT FROM agreements WHERE agreements.id = agreement_id));
GRANT SELECT ON statistics_waits TO panoh_server;
