-- PostgreSQL alone has policies that say who removes a plan.
SELECT 1;
