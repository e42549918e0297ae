-- What an IATI report says of a programme beside its results: budgets, transactions, participating organisations, and locations that have
-- no P-code here.
CREATE TABLE programme_budgets (
    id BIGINT PRIMARY KEY,
    programme_id BIGINT NOT NULL REFERENCES programmes (id),
    kind TEXT NOT NULL CHECK (kind IN ('ORIGINAL', 'REVISED')),
    status TEXT NOT NULL CHECK (status IN ('INDICATIVE', 'COMMITTED')),
    period_from DATE NOT NULL,
    period_until DATE NOT NULL CHECK (period_until >= period_from),
    amount TEXT NOT NULL,
    currency TEXT NOT NULL
);
CREATE INDEX programme_budgets_programme ON programme_budgets (programme_id);

CREATE TABLE programme_transactions (
    id BIGINT PRIMARY KEY,
    programme_id BIGINT NOT NULL REFERENCES programmes (id),
    kind TEXT NOT NULL CHECK (kind IN ('INCOMING_FUNDS', 'OUTGOING_COMMITMENT', 'DISBURSEMENT', 'EXPENDITURE', 'INTEREST_PAYMENT',
        'LOAN_REPAYMENT', 'REIMBURSEMENT', 'PURCHASE_OF_EQUITY', 'SALE_OF_EQUITY', 'CREDIT_GUARANTEE', 'INCOMING_COMMITMENT',
        'OUTGOING_PLEDGE', 'INCOMING_PLEDGE')),
    made_on DATE NOT NULL,
    amount TEXT NOT NULL,
    currency TEXT NOT NULL,
    provider TEXT,
    receiver TEXT
);
CREATE INDEX programme_transactions_programme ON programme_transactions (programme_id);

CREATE TABLE programme_organisations (
    id BIGINT PRIMARY KEY,
    programme_id BIGINT NOT NULL REFERENCES programmes (id),
    role TEXT NOT NULL CHECK (role IN ('FUNDING', 'ACCOUNTABLE', 'EXTENDING', 'IMPLEMENTING')),
    name TEXT NOT NULL,
    reference TEXT
);
CREATE INDEX programme_organisations_programme ON programme_organisations (programme_id);

CREATE TABLE programme_locations (
    id BIGINT PRIMARY KEY,
    programme_id BIGINT NOT NULL REFERENCES programmes (id),
    name TEXT NOT NULL,
    reference TEXT,
    latitude TEXT,
    longitude TEXT
);
CREATE INDEX programme_locations_programme ON programme_locations (programme_id);
