-- How sure a source is of a figure, and from which country of asylum people left, if it says so.
ALTER TABLE population_figures
    ADD COLUMN certainty TEXT NOT NULL DEFAULT 'EXACT' CHECK (certainty IN ('EXACT', 'AT_LEAST', 'ABOUT')),
    ADD COLUMN departed_from TEXT;
CREATE INDEX population_figures_departed_from ON population_figures (departed_from) WHERE departed_from IS NOT NULL;
