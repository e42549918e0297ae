-- SQLite has no roles: a field office's file is walled by the operating system alone.
SELECT 1;
