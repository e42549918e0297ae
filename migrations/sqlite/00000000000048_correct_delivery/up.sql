-- Which agency corrects the day of a delivery is checked by the server.
SELECT 1;
