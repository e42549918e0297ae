//! What a row states of a person.

use crate::domain::Id;
use crate::domain::agency::Agency;
use crate::domain::country::CountryCode;
use crate::domain::individual::{Individual, LegalStatus, RecordClosure};
use crate::domain::place::{Place, REGION_LEVEL};
use crate::domain::solution::{IntegrationForm, Solution, SolutionKind, SolutionStage};
use crate::domain::specific_need::NeedCode;
use crate::import::table::{Row, Table};
use crate::import::{ImportError, RowError, RowErrors};
use crate::store::bulk::insert::new_key;
use chrono::NaiveDate;
use std::collections::{BTreeSet, HashMap};

/// The header, and two made-up people.
pub const TEMPLATE: &str = "\
case_number,registration_number,given_name,family_name,sex,date_of_birth,nationality,place,phone,legal_status,arrived_on,registered_on,specific_needs,solution_kind,solution_form,solution_stage,solution_destination,solution_on,closed_as,closed_on
DUS-000001,TJK-03C0000001,Zahra,Noori,FEMALE,1970-04-02,AFG,3501263,+992 00 000 0001,REFUGEE,1996-09-30,1996-10-12,SP;ER-NF,RESETTLEMENT,,SUBMITTED,USA,2003-05-31,,
DUS-000001,TJK-03C0000002,Omid,Noori,MALE,1995-01-01,AFG,3501263,,REFUGEE,1996-09-30,1996-10-12,,,,,,,DEPARTED,2003-01-20
";

/// Columns that files of before have not.
const OPTIONAL: [&str; 2] = ["closed_as", "closed_on"];

/// Reads a file of people.
///
/// # Errors
/// If the file is no CSV, or lacks a column.
pub fn table(bytes: &[u8]) -> Result<Table<'_>, ImportError> {
    let columns: Vec<&str> = TEMPLATE.lines().next().expect("the template has a header").split(',').collect();
    let needed: Vec<&str> = columns.into_iter().filter(|column| !OPTIONAL.contains(column)).collect();
    Table::read_with(bytes, &needed, &OPTIONAL)
}

/// A person as a row states it.
pub(super) struct Stated {
    pub line: u64,
    pub case_number: Option<String>,
    pub individual: Individual,
    pub needs: Vec<NeedCode>,
    pub solution: Option<Solution>,
}

impl Stated {
    /// The record of a person who is stored, with what the row states; what it leaves empty stays.
    pub fn individual_of(&self, stored: &Individual) -> Individual {
        Individual { id: stored.id, age_band: None, ..self.individual.clone().or(stored) }
    }

    /// What is wrong with a cell of the row.
    pub fn error(&self, column: &str, reason: String) -> RowError {
        RowError { line: self.line, column: Some(column.to_owned()), reason }
    }

    /// What cannot be of a person who is not stored yet.
    pub fn inconsistencies_added(&self, today: NaiveDate) -> Vec<RowError> {
        let mut found = self.inconsistencies(&self.individual, self.solution.iter(), today);
        let Some(solution) = &self.solution else { return found };
        let (person, on) = (&self.individual, solution.stage_on);
        let departed = solution.stage == SolutionStage::Departed;
        let granted = solution.stage == SolutionStage::Granted;
        let is_citizen = person.legal_status == Some(LegalStatus::Citizen);
        for (is_wrong, column, reason) in [
            (
                departed && person.closed_as != Some(RecordClosure::Departed),
                "closed_as",
                "who has departed has a record that is closed as DEPARTED, on that day",
            ),
            (
                departed && on.is_some() && on != person.closed_on,
                "solution_on",
                "who departs has a record that is closed on that day; leave it out if it is unknown",
            ),
            (
                solution.stage.is_final() && on.zip(person.closed_on).is_some_and(|(on, closed)| on > closed),
                "solution_on",
                "it lies after the day on which the record was closed",
            ),
            (
                granted && solution.form.is_none(),
                "solution_form",
                "state what was granted: CITIZENSHIP or LEGAL_RESIDENCE",
            ),
            (
                granted && solution.form == Some(IntegrationForm::Citizenship) && !is_citizen,
                "legal_status",
                "who was granted citizenship is a CITIZEN",
            ),
        ] {
            if is_wrong {
                found.push(self.error(column, reason.to_owned()));
            }
        }
        found
    }

    /// What of a record with what the row states cannot be, beside a person's solutions.
    pub fn inconsistencies<'s>(
        &self,
        record: &Individual,
        solutions: impl Iterator<Item = &'s Solution>,
        today: NaiveDate,
    ) -> Vec<RowError> {
        let solved_on = self.solution.as_ref().and_then(|solution| solution.stage_on);
        let future = solved_on.filter(|day| *day > today).map(|_| ("solution_on", "it lies in the future"));
        let of_solutions = solutions.flat_map(|solution| solution.inconsistencies(record)).map(|wrong| {
            let column = match wrong.field {
                "stage_on" if solved_on.is_some() => "solution_on",
                "stage_on" if record.registered_on == record.earliest() => "registered_on",
                "stage_on" if record.arrived_on == record.earliest() => "arrived_on",
                "stage_on" => "date_of_birth",
                "destination" => "solution_destination",
                "form" => "solution_form",
                _ => "solution_kind",
            };
            (column, wrong.reason)
        });
        let wrong = record.inconsistencies(today).into_iter().map(|wrong| (wrong.field, wrong.reason));
        let found: BTreeSet<(&str, &str)> = wrong.chain(future).chain(of_solutions).collect();
        found.into_iter().map(|(column, reason)| self.error(column, reason.to_owned())).collect()
    }
}

/// Reads a row; what cannot be read becomes an error.
pub(super) fn read(
    row: &Row,
    holder_id: Id<Agency>,
    places: &HashMap<String, (Place, Vec<Id<Place>>)>,
    errors: &mut RowErrors,
) -> Option<Stated> {
    let before = errors.count();
    let text = |column: &str| row.text(column).map(str::to_owned);
    let place = row.text("place").and_then(|code| {
        let found = places.get(code);
        if found.is_none() {
            errors.push(row.error("place", "no place has this P-code; import places first"));
        }
        found
    });
    let region =
        place.map(|(place, above)| above.iter().copied().find(|id| is_region(places, *id)).unwrap_or(place.id));
    let mut needs: Vec<NeedCode> = row.list("specific_needs", errors).unwrap_or_default();
    needs.sort();
    needs.dedup();
    let solution = solution(row, errors);
    let individual = Individual {
        id: new_key(),
        holder_id,
        case_id: None,
        sex: row.value("sex", errors),
        nationality: row.value::<CountryCode>("nationality", errors),
        region_id: region,
        registration_number: row.required::<String>("registration_number", errors),
        given_name: text("given_name"),
        family_name: text("family_name"),
        date_of_birth: row.date("date_of_birth", errors),
        phone: text("phone"),
        place_id: place.map(|(place, _)| place.id),
        legal_status: row.value("legal_status", errors),
        arrived_on: row.date("arrived_on", errors),
        registered_on: row.date("registered_on", errors),
        closed_as: row.value("closed_as", errors),
        closed_on: row.date("closed_on", errors),
        age_band: None,
    };
    if individual.closed_as.is_some() && solution.as_ref().is_some_and(|solution| !solution.stage.is_final()) {
        let message = "the record is closed: a solution ends with DEPARTED, GRANTED, REJECTED or WITHDRAWN then";
        errors.push(row.error("solution_stage", message));
    }
    let (line, case_number) = (row.line, text("case_number"));
    (errors.count() == before).then_some(Stated { line, case_number, individual, needs, solution })
}

fn is_region(places: &HashMap<String, (Place, Vec<Id<Place>>)>, id: Id<Place>) -> bool {
    places.values().any(|(place, _)| place.id == id && place.level == REGION_LEVEL)
}

fn solution(row: &Row, errors: &mut RowErrors) -> Option<Solution> {
    let rest = ["solution_form", "solution_stage", "solution_destination", "solution_on"];
    let Some(kind) = row.value::<SolutionKind>("solution_kind", errors) else {
        if row.text("solution_kind").is_none() && rest.iter().any(|column| row.text(column).is_some()) {
            errors
                .push(row.error("solution_kind", "it must not be empty if the solution has a stage, form or country"));
        }
        return None;
    };
    let stage = row.required::<SolutionStage>("solution_stage", errors);
    if stage.is_some_and(|stage| !stage.fits(kind)) {
        errors.push(row.error("solution_stage", "LOCAL_INTEGRATION ends with GRANTED, the others with DEPARTED"));
    }
    let form = row.value::<IntegrationForm>("solution_form", errors);
    if form.is_some() && kind != SolutionKind::LocalIntegration {
        errors.push(row.error("solution_form", "only LOCAL_INTEGRATION has a form"));
    }
    let stage_on = row.date("solution_on", errors);
    let destination = row.value::<CountryCode>("solution_destination", errors);
    if destination.is_some_and(|country| country.is_pseudo()) {
        errors.push(row.error("solution_destination", "nobody can go there; state a country, or leave it out"));
    }
    if destination.is_some() && kind == SolutionKind::LocalIntegration {
        errors.push(row.error("solution_destination", "LOCAL_INTEGRATION has none"));
    }
    Some(Solution { form, stage: stage?, destination, stage_on, ..Solution::identified(new_key(), Id::new(0), kind) })
}
