-- Whose record is corrected is found by `due_corrected` of the definitions; a mark of when it changed last decides nobody's coverage.
DROP TRIGGER due_update_old ON individuals;
DROP TRIGGER due_update_new ON individuals;

-- How far deciding has come is for whoever decides.
REVOKE SELECT ON coverage_undecided FROM panoh_server;
GRANT SELECT (agreement_id) ON coverage_undecided TO panoh_server;
