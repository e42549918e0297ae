-- Agreements of whose coverage a part is still to be decided: of the people whom the provider holds, those after this row key of its own.
CREATE TABLE coverage_undecided (
    agreement_id BIGINT PRIMARY KEY REFERENCES agreements (id) ON DELETE CASCADE,
    after_row_key BIGINT NOT NULL
) WITHOUT ROWID;
