-- Coverage that has ended tells who was covered, by what and when: it keeps none of the values by which people are found and ordered.
CREATE TRIGGER coverages_ended AFTER UPDATE OF ended ON coverages WHEN NEW.ended IS NOT NULL
BEGIN
    UPDATE coverages SET
        case_key = NULL,
        registered_on = NULL,
        arrived_on = NULL,
        date_of_birth = NULL,
        given_name_key = NULL,
        family_name_key = NULL,
        registration_number_key = NULL,
        phone = NULL,
        case_number_key = NULL
    WHERE individual_id = NEW.individual_id AND basis_id = NEW.basis_id AND since = NEW.since;
END;

UPDATE coverages SET
        case_key = NULL,
        registered_on = NULL,
        arrived_on = NULL,
        date_of_birth = NULL,
        given_name_key = NULL,
        family_name_key = NULL,
        registration_number_key = NULL,
        phone = NULL,
        case_number_key = NULL
    WHERE ended IS NOT NULL;
