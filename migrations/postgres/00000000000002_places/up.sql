CREATE TABLE places (
    id BIGINT PRIMARY KEY,
    code TEXT COLLATE "C" NOT NULL UNIQUE,
    name TEXT NOT NULL,
    name_key TEXT COLLATE "C" NOT NULL,
    level INTEGER NOT NULL CHECK (level > 0),
    parent_id BIGINT REFERENCES places (id),
    country TEXT NOT NULL
);

-- Every place is among its own ancestors: "here or below" is one lookup.
CREATE TABLE place_ancestors (
    place_id BIGINT NOT NULL REFERENCES places (id),
    ancestor_id BIGINT NOT NULL REFERENCES places (id),
    PRIMARY KEY (place_id, ancestor_id)
);
CREATE INDEX place_ancestors_ancestor ON place_ancestors (ancestor_id, place_id);
