-- What this program's own definitions were when they were last applied: `migrate` applies them anew if they have changed.
CREATE TABLE rendered (
    part TEXT COLLATE "C" PRIMARY KEY,
    digest TEXT NOT NULL
);
GRANT SELECT ON rendered TO panoh_server;
COMMENT ON SCHEMA wall IS NULL;
