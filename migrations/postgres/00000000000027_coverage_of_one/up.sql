-- PostgreSQL's planner begins with the person by itself; the databases have the same migrations.
SELECT 1;
