DROP TABLE population_figure_sources;
DROP TABLE population_figures;
