-- PostgreSQL alone has policies that say who removes what a programme reported.
SELECT 1;
