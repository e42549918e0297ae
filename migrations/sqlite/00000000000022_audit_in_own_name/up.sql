-- SQLite has no roles: row level security is PostgreSQL's.
SELECT 1;
