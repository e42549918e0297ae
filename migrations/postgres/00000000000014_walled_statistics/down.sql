DROP FUNCTION wall.statistics;
DROP FUNCTION wall.rounded;
DROP FUNCTION wall.may_show;
DROP TYPE wall.cell;
DROP TABLE wall.dimensions;
