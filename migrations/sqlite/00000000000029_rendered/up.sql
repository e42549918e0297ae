-- What this program's own definitions were when they were last applied: `migrate` applies them anew if they have changed.
CREATE TABLE rendered (
    part TEXT NOT NULL PRIMARY KEY,
    digest TEXT NOT NULL
);
