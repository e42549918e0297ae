CREATE TABLE population_figures (
    id BIGINT PRIMARY KEY,
    identity TEXT COLLATE "C" NOT NULL UNIQUE,
    year INTEGER,
    origin TEXT,
    asylum TEXT,
    population_type TEXT NOT NULL CHECK (population_type IN (
        'REF', 'ASY', 'OIP', 'IDP', 'STA', 'OOC', 'HST', 'RET', 'RDP', 'RST', 'NAT')),
    assisted BOOLEAN,
    place_id BIGINT REFERENCES places (id),
    location TEXT,
    sex TEXT CHECK (sex IN ('FEMALE', 'MALE')),
    age_band TEXT CHECK (age_band IN ('AGE_0_4', 'AGE_5_11', 'AGE_12_17', 'AGE_18_59', 'AGE_60_PLUS')),
    value BIGINT CHECK (value >= 0),
    source TEXT NOT NULL
);

CREATE TABLE population_figure_sources (
    figure_id BIGINT NOT NULL REFERENCES population_figures (id),
    source TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (figure_id, source)
);
