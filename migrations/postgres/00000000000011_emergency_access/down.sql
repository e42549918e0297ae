DROP TABLE emergency_accesses;
ALTER TABLE agreements DROP COLUMN emergency;
