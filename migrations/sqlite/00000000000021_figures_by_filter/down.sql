DROP INDEX population_figures_origin;
DROP INDEX population_figures_pair;
DROP INDEX population_figures_asylum;
DROP INDEX population_figures_type;
