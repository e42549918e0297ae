DROP TABLE place_ancestors;
DROP TABLE places;
