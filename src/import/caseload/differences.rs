//! What a file states otherwise than it is stored.

use crate::domain::individual::Individual;
use crate::domain::solution::Solution;

/// A stored record with what a file states of it: what the file leaves empty stays.
pub(super) fn filled(stored: &Individual, stated: Individual) -> Individual {
    let place = stated.place_id.is_some();
    Individual {
        id: stored.id,
        holder_id: stored.holder_id,
        case_id: stated.case_id.or(stored.case_id),
        sex: stated.sex.or(stored.sex),
        nationality: stated.nationality.or(stored.nationality),
        region_id: if place { stated.region_id } else { stored.region_id },
        registration_number: stated.registration_number.or(stored.registration_number.clone()),
        given_name: stated.given_name.or(stored.given_name.clone()),
        family_name: stated.family_name.or(stored.family_name.clone()),
        date_of_birth: stated.date_of_birth.or(stored.date_of_birth),
        phone: stated.phone.or(stored.phone.clone()),
        place_id: stated.place_id.or(stored.place_id),
        legal_status: stated.legal_status.or(stored.legal_status),
        arrived_on: stated.arrived_on.or(stored.arrived_on),
        registered_on: stated.registered_on.or(stored.registered_on),
        closed_as: stated.closed_as.or(stored.closed_as),
        closed_on: stated.closed_on.or(stored.closed_on),
        age_band: None,
    }
}

/// The columns in which a record is stored with other values. Every field is named, so that a new one does not compile until it is
/// compared.
pub(super) fn differences(stored: &Individual, record: &Individual) -> Vec<&'static str> {
    let Individual {
        id: _,
        holder_id: _,
        region_id: _,
        age_band: _,
        case_id,
        sex,
        nationality,
        registration_number,
        given_name,
        family_name,
        date_of_birth,
        phone,
        place_id,
        legal_status,
        arrived_on,
        registered_on,
        closed_as,
        closed_on,
    } = record;
    [
        ("case_number", stored.case_id != *case_id),
        ("given_name", stored.given_name != *given_name),
        ("family_name", stored.family_name != *family_name),
        ("registration_number", stored.registration_number != *registration_number),
        ("sex", stored.sex != *sex),
        ("date_of_birth", stored.date_of_birth != *date_of_birth),
        ("nationality", stored.nationality != *nationality),
        ("place", stored.place_id != *place_id),
        ("phone", stored.phone != *phone),
        ("legal_status", stored.legal_status != *legal_status),
        ("arrived_on", stored.arrived_on != *arrived_on),
        ("registered_on", stored.registered_on != *registered_on),
        ("closed_as", stored.closed_as != *closed_as),
        ("closed_on", stored.closed_on != *closed_on),
    ]
    .into_iter()
    .filter_map(|(column, differs)| differs.then_some(column))
    .collect()
}

/// Whether the solution that a row states is stored, if it states one.
pub(super) fn is_among(stated: Option<&Solution>, stored: &[Solution]) -> bool {
    let same = |known: &Solution, stated: &Solution| {
        *known
            == Solution { id: known.id, individual_id: known.individual_id, assisted: known.assisted, ..stated.clone() }
    };
    stated.is_none_or(|stated| stored.iter().any(|known| same(known, stated)))
}
