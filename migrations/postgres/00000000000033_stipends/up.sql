-- Amounts are in the currency's minor unit, of which it may have another number of decimals than two; a stipend is for a period.
ALTER TABLE assistance RENAME COLUMN amount_hundredths TO amount_minor;
ALTER TABLE assistance ADD COLUMN period_from DATE;
ALTER TABLE assistance ADD COLUMN period_until DATE
    CHECK ((period_from IS NULL) = (period_until IS NULL) AND (period_until IS NULL OR period_from <= period_until));
