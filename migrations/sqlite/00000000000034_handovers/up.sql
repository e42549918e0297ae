-- An agency hands programmes that it leads over to another: proposed with a list of them, answered for each. An accepted one has the
-- next lead from the day of the cut-over on, without anybody's doing.
CREATE TABLE handovers (
    id INTEGER PRIMARY KEY,
    proposer_id BIGINT NOT NULL REFERENCES agencies (id),
    receiver_id BIGINT NOT NULL REFERENCES agencies (id),
    cut_over_on DATE NOT NULL,
    proposed_at TIMESTAMP NOT NULL,
    CHECK (proposer_id <> receiver_id)
);
CREATE INDEX handovers_proposed ON handovers (proposed_at, id);

CREATE TABLE handover_programmes (
    handover_id BIGINT NOT NULL REFERENCES handovers (id),
    programme_id BIGINT NOT NULL REFERENCES programmes (id),
    decision TEXT NOT NULL CHECK (decision IN ('PROPOSED', 'ACCEPTED', 'DECLINED', 'WITHDRAWN')),
    decided_on DATE,
    PRIMARY KEY (handover_id, programme_id),
    CHECK ((decided_on IS NULL) = (decision = 'PROPOSED'))
);
-- Nothing is proposed to two.
CREATE UNIQUE INDEX handover_programmes_proposed ON handover_programmes (programme_id) WHERE decision = 'PROPOSED';

ALTER TABLE programmes ADD COLUMN next_lead_id BIGINT REFERENCES agencies (id);
ALTER TABLE programmes ADD COLUMN next_lead_from DATE CHECK ((next_lead_from IS NULL) = (next_lead_id IS NULL));
