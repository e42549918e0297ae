-- The day on which a release was made: the next one is made months after it, however late it was.
ALTER TABLE statistics_releases ADD COLUMN made_on DATE NOT NULL DEFAULT '1970-01-01';
UPDATE statistics_releases SET made_on = as_of;

-- An agreement without a release waits until this day: on the last one too few people had changed.
CREATE TABLE statistics_waits (
    agreement_id BIGINT NOT NULL PRIMARY KEY REFERENCES agreements (id),
    until DATE NOT NULL
);
