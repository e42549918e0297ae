-- SQLite has no roles: there are no policies to bind them.
SELECT 1;
