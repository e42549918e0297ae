-- PostgreSQL alone has policies that say who invites again, sees follow-ups and reopens plans.
SELECT 1;
