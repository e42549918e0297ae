-- An agreement is never edited once signed: a new version replaces it. Consents recorded before `consents_from` were to less.
ALTER TABLE agreements ADD COLUMN replaces_id BIGINT REFERENCES agreements (id);
ALTER TABLE agreements ADD COLUMN consents_from TIMESTAMP;

CREATE TABLE agreement_signatures (
    agreement_id BIGINT NOT NULL REFERENCES agreements (id),
    agency_id BIGINT NOT NULL REFERENCES agencies (id),
    client_id BIGINT NOT NULL REFERENCES clients (id),
    signed_at TIMESTAMP NOT NULL,
    PRIMARY KEY (agreement_id, agency_id)
);

-- What a client has asked for under a key of its own: asked again, it is not done again.
CREATE TABLE idempotency_keys (
    client_id BIGINT NOT NULL REFERENCES clients (id),
    idempotency_key TEXT NOT NULL,
    request TEXT NOT NULL,
    result_id BIGINT NOT NULL,
    PRIMARY KEY (client_id, idempotency_key)
);
