-- A random fixed number of 40 bits for each person, by whose sum a set of people is known to the statistics' noise.
ALTER TABLE individuals ADD COLUMN record_key BIGINT NOT NULL DEFAULT 0;
UPDATE individuals SET record_key = (random() & 1099511627775);
