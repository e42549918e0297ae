DROP TABLE assistance;
DROP TABLE enrolments;
DROP TABLE programme_places;
DROP TABLE programmes;
