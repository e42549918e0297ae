-- What there is at places, for whom, and from how far people come for it, as an agency records it.
CREATE TABLE place_services (
    id BIGINT PRIMARY KEY,
    agency_id BIGINT NOT NULL REFERENCES agencies (id),
    place_id BIGINT NOT NULL REFERENCES places (id),
    kind TEXT NOT NULL CHECK (kind IN ('UNHCR_OFFICE', 'SCHOOL', 'MEDICAL_CARE')),
    age_band TEXT CHECK (age_band IN ('AGE_0_4', 'AGE_5_11', 'AGE_12_17', 'AGE_18_59', 'AGE_60_PLUS')),
    specific_need TEXT,
    reach_kilometres INTEGER NOT NULL CHECK (reach_kilometres >= 0),
    CHECK ((kind = 'SCHOOL') = (age_band IS NOT NULL)),
    CHECK (specific_need IS NULL OR kind = 'MEDICAL_CARE')
);
CREATE UNIQUE INDEX place_services_recorded
    ON place_services (place_id, agency_id, kind, coalesce(age_band, ''), coalesce(specific_need, ''));

-- How far it is between two places, either way, as an agency records it: the one with the lesser key comes first.
CREATE TABLE travel_distances (
    agency_id BIGINT NOT NULL REFERENCES agencies (id),
    place_id BIGINT NOT NULL REFERENCES places (id),
    other_id BIGINT NOT NULL REFERENCES places (id),
    kilometres INTEGER NOT NULL CHECK (kilometres >= 0),
    PRIMARY KEY (agency_id, place_id, other_id),
    CHECK (place_id < other_id)
);

-- That people are to be moved from places to others. Nothing in it is about a person.
CREATE TABLE relocation_plans (
    id BIGINT PRIMARY KEY,
    holder_id BIGINT NOT NULL REFERENCES agencies (id),
    announced_by TEXT NOT NULL CHECK (announced_by IN ('STATE_MIGRATION_SERVICE', 'POLICE', 'BORDER_GUARDS', 'LOCAL_AUTHORITY',
        'OTHER_AUTHORITY', 'SERVICE_PROVIDER', 'PRIVATE_PERSON')),
    announced_on DATE NOT NULL,
    effective_on DATE CHECK (effective_on >= announced_on),
    recorded_at TIMESTAMP NOT NULL,
    outcome TEXT CHECK (outcome IN ('AVERTED', 'CARRIED_OUT')),
    closed_on DATE CHECK (closed_on >= announced_on),
    CHECK ((outcome IS NULL) = (closed_on IS NULL))
);
CREATE INDEX relocation_plans_recorded ON relocation_plans (recorded_at, id);

CREATE TABLE relocation_plan_places (
    relocation_plan_id BIGINT NOT NULL REFERENCES relocation_plans (id),
    place_id BIGINT NOT NULL REFERENCES places (id),
    side TEXT NOT NULL CHECK (side IN ('FROM', 'TO')),
    PRIMARY KEY (relocation_plan_id, place_id)
);

-- Under which agreements a plan is shared: their recipients see it beside the releases that they have under them.
CREATE TABLE relocation_plan_shares (
    relocation_plan_id BIGINT NOT NULL REFERENCES relocation_plans (id),
    agreement_id BIGINT NOT NULL REFERENCES agreements (id),
    shared_on DATE NOT NULL,
    PRIMARY KEY (relocation_plan_id, agreement_id)
);
