-- Whose record is corrected is found by `due_corrected` of the definitions; a mark of when it changed last decides nobody's coverage.
DROP TRIGGER due_individuals_changed;
