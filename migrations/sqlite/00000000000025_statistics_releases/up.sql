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
    cell_values TEXT NOT NULL,
    people BIGINT,
    PRIMARY KEY (release_id, table_position, part, cell_values)
);

-- Who was counted in an agreement's newest release, with a hash of the values: by these it is told how many have changed since.
CREATE TABLE statistics_counted (
    agreement_id BIGINT NOT NULL REFERENCES agreements (id),
    individual_id BIGINT NOT NULL REFERENCES individuals (id) ON DELETE CASCADE,
    digest BIGINT NOT NULL,
    PRIMARY KEY (agreement_id, individual_id)
);
CREATE INDEX statistics_counted_individual ON statistics_counted (individual_id);

-- The day of a change of coverage; unknown for those of before.
ALTER TABLE coverage_changes ADD COLUMN made_on DATE;

-- A release has noise of its own: nothing of a person need be kept for it, least of all of people who are anonymised.
ALTER TABLE individuals DROP COLUMN record_key;
