-- On what a resettlement submission rests and how urgent it is, and why a member of a case goes apart from the others.
ALTER TABLE solutions ADD COLUMN submission_category TEXT
    CHECK (submission_category IS NULL
        OR kind = 'RESETTLEMENT' AND submission_category IN ('LPN', 'SVT', 'MED', 'AWR', 'FAM', 'CHL', 'LAS'));
ALTER TABLE solutions ADD COLUMN priority TEXT
    CHECK (priority IS NULL OR kind = 'RESETTLEMENT' AND priority IN ('EM', 'UG', 'NR'));
ALTER TABLE solutions ADD COLUMN split_reason TEXT
    CHECK (split_reason IN ('SEPARATED', 'URGENT', 'DECLINED', 'INELIGIBLE', 'OTHER'));
