DROP TABLE agreements;
DROP TABLE client_purposes;
DROP TABLE clients;
DROP TABLE agencies;
