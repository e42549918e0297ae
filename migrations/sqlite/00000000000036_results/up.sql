-- What a programme reports of an indicator for a period, as IATI has results: numbers that its lead states, of refugees, of the host
-- community, or of both.
CREATE TABLE programme_results (
    id BIGINT PRIMARY KEY,
    programme_id BIGINT NOT NULL REFERENCES programmes (id),
    indicator TEXT NOT NULL,
    participants TEXT NOT NULL CHECK (participants IN ('REFUGEES', 'HOST_COMMUNITY', 'ALL')),
    measure TEXT NOT NULL CHECK (measure IN ('UNIT', 'PERCENTAGE')),
    period_from DATE NOT NULL,
    period_until DATE NOT NULL CHECK (period_until >= period_from),
    baseline TEXT,
    target TEXT,
    reached TEXT
);
CREATE UNIQUE INDEX programme_results_reported
    ON programme_results (programme_id, indicator, participants, period_from, period_until);
