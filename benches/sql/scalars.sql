-- Up to 50 people without anything nested.
WITH page AS MATERIALIZED ({listing} LIMIT 50)
SELECT coalesce(json_agg(json_build_object(
    'id', id, 'sex', sex, 'nationality', nationality, 'registrationNumber', registration_number, 'givenName', given_name,
    'familyName', family_name, 'dateOfBirth', date_of_birth, 'phone', phone, 'legalStatus', legal_status,
    'arrivedOn', arrived_on, 'registeredOn', registered_on
)), '[]')
FROM page
