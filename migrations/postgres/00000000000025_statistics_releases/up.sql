-- Statistics for others are released: finished cells of the tables that an agreement names, as of one day.
ALTER TABLE agreements ADD COLUMN release_months INTEGER;

CREATE TABLE statistics_tables (
    agreement_id BIGINT NOT NULL REFERENCES agreements (id),
    position INTEGER NOT NULL,
    -- Their codes, in order, with commas between them.
    dimensions TEXT NOT NULL,
    values_per_person INTEGER NOT NULL,
    PRIMARY KEY (agreement_id, position)
);

-- `next_from` is the first day on which the next one may be made.
CREATE TABLE statistics_releases (
    id BIGINT NOT NULL PRIMARY KEY,
    agreement_id BIGINT NOT NULL REFERENCES agreements (id),
    number INTEGER NOT NULL,
    as_of DATE NOT NULL,
    next_from DATE NOT NULL,
    UNIQUE (agreement_id, number)
);

-- What of a table may leave, and nothing else: its shown cells by their values, a list in JSON; the rest that is withheld, and
-- those of whom values are left out, without a count if that is withheld too.
CREATE TABLE statistics_cells (
    release_id BIGINT NOT NULL REFERENCES statistics_releases (id),
    table_position INTEGER NOT NULL,
    part TEXT NOT NULL CHECK (part IN ('CELL', 'REST', 'LEFT_OUT')),
    cell_values TEXT COLLATE "C" NOT NULL,
    people BIGINT,
    PRIMARY KEY (release_id, table_position, part, cell_values)
);

-- Who was counted in an agreement's newest release, with a hash of the values: by these it is told how many have changed since.
-- For the owner alone.
CREATE TABLE statistics_counted (
    agreement_id BIGINT NOT NULL REFERENCES agreements (id),
    individual_id BIGINT NOT NULL REFERENCES individuals (id) ON DELETE CASCADE,
    digest BIGINT NOT NULL,
    PRIMARY KEY (agreement_id, individual_id)
);
CREATE INDEX statistics_counted_individual ON statistics_counted (individual_id);

-- The day of a change of coverage; unknown for those of before.
ALTER TABLE coverage_changes ADD COLUMN made_on DATE;
ALTER TABLE coverage_changes ALTER COLUMN made_on SET DEFAULT (statement_timestamp() AT TIME ZONE 'UTC')::date;

-- Nobody is counted for a client any more: it reads the finished cells of its own agreements that count today.
DROP FUNCTION wall.statistics(TEXT[], TEXT[], TEXT[]);
DROP FUNCTION wall.rounded(BIGINT, BIGINT, BIGINT);
DROP FUNCTION wall.may_show(BIGINT, BIGINT, BIGINT);
DROP TYPE wall.cell;
DROP TABLE wall.dimensions;
ALTER TABLE wall.keys DROP COLUMN noise;

ALTER TABLE statistics_tables ENABLE ROW LEVEL SECURITY;
CREATE POLICY outside_policy ON statistics_tables TO CURRENT_USER USING (true) WITH CHECK (true);
CREATE POLICY partys ON statistics_tables FOR SELECT TO panoh_server
    USING (EXISTS (SELECT FROM agreements WHERE agreements.id = agreement_id));
CREATE POLICY party_proposes ON statistics_tables FOR INSERT TO panoh_server WITH CHECK (wall.is_being_proposed(agreement_id));

ALTER TABLE statistics_releases ENABLE ROW LEVEL SECURITY;
ALTER TABLE statistics_releases FORCE ROW LEVEL SECURITY;
CREATE POLICY outside_policy ON statistics_releases TO CURRENT_USER USING (true) WITH CHECK (true);
CREATE POLICY recipient ON statistics_releases FOR SELECT TO panoh_server
    USING (agreement_id = ANY ((SELECT wall.bases('counting'))::bigint[]));
ALTER TABLE statistics_cells ENABLE ROW LEVEL SECURITY;
ALTER TABLE statistics_cells FORCE ROW LEVEL SECURITY;
CREATE POLICY outside_policy ON statistics_cells TO CURRENT_USER USING (true) WITH CHECK (true);
CREATE POLICY recipient ON statistics_cells FOR SELECT TO panoh_server
    USING (release_id IN (SELECT id FROM statistics_releases));
ALTER TABLE statistics_counted ENABLE ROW LEVEL SECURITY;
ALTER TABLE statistics_counted FORCE ROW LEVEL SECURITY;
CREATE POLICY outside_policy ON statistics_counted TO CURRENT_USER USING (true) WITH CHECK (true);

GRANT SELECT ON statistics_tables, statistics_releases, statistics_cells TO panoh_server;
GRANT INSERT ON statistics_tables TO panoh_server;

-- A release has noise of its own: nothing of a person need be kept for it, least of all of people who are anonymised.
ALTER TABLE individuals DROP COLUMN record_key;
