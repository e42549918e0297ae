-- Break-glass: an emergency agreement shares nothing but while its recipient has opened it, for hours.
ALTER TABLE agreements ADD COLUMN emergency BOOLEAN NOT NULL DEFAULT FALSE;

CREATE TABLE emergency_accesses (
    id INTEGER PRIMARY KEY,
    agreement_id BIGINT NOT NULL REFERENCES agreements (id),
    client_id BIGINT NOT NULL REFERENCES clients (id),
    reason TEXT NOT NULL CHECK (reason IN (
        'DANGER_TO_LIFE', 'IMMINENT_REFOULEMENT', 'CHILD_AT_RISK', 'ARMED_VIOLENCE', 'NATURAL_DISASTER', 'DISEASE_OUTBREAK')),
    opened_at TIMESTAMP NOT NULL,
    closes_at TIMESTAMP NOT NULL,
    reviewed_at TIMESTAMP,
    justified BOOLEAN,
    CHECK (opened_at <= closes_at),
    CHECK ((reviewed_at IS NULL) = (justified IS NULL))
);
CREATE INDEX emergency_accesses_agreement ON emergency_accesses (agreement_id);
