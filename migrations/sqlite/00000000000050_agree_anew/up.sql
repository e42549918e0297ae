-- PostgreSQL alone has policies that say who sees what a demarche cites, and who agrees anew.
SELECT 1;
