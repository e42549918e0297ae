-- PostgreSQL alone has policies that say who decides anew, and what is undone.
SELECT 1;
