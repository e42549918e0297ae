-- How many people there are.
SELECT count(*) {rows}
