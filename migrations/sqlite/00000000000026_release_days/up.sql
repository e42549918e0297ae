-- The day on which a release was made: the next one is made months after it, however late it was.
ALTER TABLE statistics_releases ADD COLUMN made_on DATE NOT NULL DEFAULT '1970-01-01';
UPDATE statistics_releases SET made_on = as_of;
