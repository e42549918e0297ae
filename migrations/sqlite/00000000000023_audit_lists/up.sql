-- The audit is in a file of its own: `audit.sql` beside this changed that.
SELECT 1;
