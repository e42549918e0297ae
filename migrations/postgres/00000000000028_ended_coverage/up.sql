-- Coverage that has ended tells who was covered, by what and when: it keeps none of the values by which people are found and ordered.
CREATE FUNCTION wall.end_coverage() RETURNS TRIGGER
LANGUAGE plpgsql AS $$
BEGIN
    NEW.case_key := NULL;
    NEW.registered_on := NULL;
    NEW.arrived_on := NULL;
    NEW.date_of_birth := NULL;
    NEW.given_name_key := NULL;
    NEW.family_name_key := NULL;
    NEW.registration_number_key := NULL;
    NEW.phone := NULL;
    NEW.case_number_key := NULL;
    RETURN NEW;
END
$$;
REVOKE EXECUTE ON FUNCTION wall.end_coverage FROM PUBLIC;
CREATE TRIGGER coverages_ended BEFORE UPDATE OF ended ON coverages FOR EACH ROW
    WHEN (NEW.ended IS NOT NULL) EXECUTE FUNCTION wall.end_coverage();

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
