-- Figures by each filter in their order, which begins with the year; the other filters' columns let an index alone decide.
CREATE INDEX population_figures_origin ON population_figures (origin, identity, asylum, population_type);
CREATE INDEX population_figures_pair ON population_figures (origin, asylum, identity, population_type);
CREATE INDEX population_figures_asylum ON population_figures (asylum, identity, origin, population_type);
CREATE INDEX population_figures_type ON population_figures (population_type, identity, origin, asylum);
