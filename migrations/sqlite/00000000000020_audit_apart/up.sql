-- One row: how often what decides access has changed. Whoever changes that holds it.
CREATE TABLE policy_epochs (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    epoch BIGINT NOT NULL
);
INSERT INTO policy_epochs (id, epoch) SELECT id, policy_epoch FROM audit_head;

-- The audit is in a file of its own by now: `audit.sql` beside this made it. Two files are not made durable at once, so the
-- record of a change is kept with the change first, and goes to the chain from here.
CREATE TABLE audit_outbox (
    id INTEGER PRIMARY KEY,
    recorded_at TIMESTAMP NOT NULL,
    record TEXT NOT NULL
);
DROP TABLE audit_entries;
DROP TABLE audit_head;
DROP TABLE audit_people;
DROP TABLE audit_recent_people;
DROP TABLE audit_segments;
DROP TABLE audit_questions;
DROP TABLE audit_numbers;
