-- How long a holder keeps each category of a person, from the month after the last activity. No row: without limit.
CREATE TABLE retention_periods (
    holder_id BIGINT NOT NULL REFERENCES agencies (id),
    category TEXT NOT NULL CHECK (category IN (
        'IDENTITY', 'CONTACT', 'LOCATION', 'LEGAL_STATUS', 'SPECIFIC_NEEDS', 'FAMILY', 'SOLUTIONS', 'ASSISTANCE', 'PROTECTION')),
    months INTEGER NOT NULL CHECK (months > 0),
    PRIMARY KEY (holder_id, category)
);

-- An anonymised person keeps the age band of that day, having no date of birth any more. `retained_from` stands for the last
-- activity where the dates that told it are erased.
ALTER TABLE individuals ADD COLUMN anonymised BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE individuals ADD COLUMN age_band TEXT CHECK (age_band IN (
    'AGE_0_4', 'AGE_5_11', 'AGE_12_17', 'AGE_18_59', 'AGE_60_PLUS'));
ALTER TABLE individuals ADD COLUMN retained_from DATE;
-- Whether a case has members left is asked of many at once.
CREATE INDEX individuals_members ON individuals (case_id);

-- How long the recipient may keep what it got, from the agreement's end.
ALTER TABLE agreements ADD COLUMN retention_months INTEGER CHECK (retention_months > 0);
ALTER TABLE agreements ADD COLUMN revoked_on DATE;
