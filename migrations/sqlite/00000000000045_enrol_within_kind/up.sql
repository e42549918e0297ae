-- PostgreSQL alone had a function that told of agreements with others.
SELECT 1;
