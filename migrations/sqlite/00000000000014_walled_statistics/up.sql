-- SQLite has no second wall: what it counts is protected by the server.
SELECT 1;
