-- What people get under a programme in which they are enrolled: loans and what they pay back of them, dwellings, years at school.
CREATE TABLE loans (
    id BIGINT PRIMARY KEY,
    individual_id BIGINT NOT NULL REFERENCES individuals (id),
    programme_id BIGINT NOT NULL REFERENCES programmes (id),
    amount_minor BIGINT NOT NULL CHECK (amount_minor > 0),
    currency TEXT NOT NULL,
    disbursed_on DATE NOT NULL,
    instalments INTEGER NOT NULL CHECK (instalments > 0),
    first_due_on DATE NOT NULL CHECK (first_due_on >= disbursed_on)
);
CREATE INDEX loans_individual ON loans (individual_id);

CREATE TABLE repayments (
    id BIGINT PRIMARY KEY,
    individual_id BIGINT NOT NULL REFERENCES individuals (id),
    programme_id BIGINT NOT NULL REFERENCES programmes (id),
    loan_id BIGINT NOT NULL REFERENCES loans (id) ON DELETE CASCADE,
    amount_minor BIGINT NOT NULL CHECK (amount_minor > 0),
    paid_on DATE NOT NULL
);
CREATE INDEX repayments_individual ON repayments (individual_id);
CREATE INDEX repayments_loan ON repayments (loan_id);

CREATE TABLE housing (
    id BIGINT PRIMARY KEY,
    individual_id BIGINT NOT NULL REFERENCES individuals (id),
    programme_id BIGINT NOT NULL REFERENCES programmes (id),
    dwelling TEXT NOT NULL CHECK (dwelling IN ('APARTMENT', 'HOUSE', 'ROOM', 'COLLECTIVE_CENTRE')),
    moved_in_on DATE NOT NULL,
    months INTEGER NOT NULL CHECK (months > 0),
    moved_out_on DATE CHECK (moved_out_on >= moved_in_on)
);
CREATE INDEX housing_individual ON housing (individual_id);

CREATE TABLE school_years (
    id BIGINT PRIMARY KEY,
    individual_id BIGINT NOT NULL REFERENCES individuals (id),
    programme_id BIGINT NOT NULL REFERENCES programmes (id),
    grade INTEGER NOT NULL CHECK (grade BETWEEN 1 AND 13),
    started_on DATE NOT NULL,
    ended_on DATE CHECK (ended_on >= started_on),
    completed BOOLEAN,
    CHECK ((ended_on IS NULL) = (completed IS NULL))
);
CREATE INDEX school_years_individual ON school_years (individual_id);
