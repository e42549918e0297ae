//! The caseload, from a CSV of our own: a row an individual, with at most one solution.

use super::table::{Row, Table};
use super::{ImportError, Options, Report, RowError, RowErrors, agency_of};
use crate::domain::Id;
use crate::domain::agency::Agency;
use crate::domain::case::Case;
use crate::domain::country::CountryCode;
use crate::domain::individual::Individual;
use crate::domain::place::{Place, REGION_LEVEL};
use crate::domain::solution::{IntegrationForm, Solution, SolutionKind, SolutionStage};
use crate::domain::specific_need::{NeedCode, SpecificNeed};
use crate::domain::text::fold;
use crate::store::bulk::insert::{self, new_key};
use crate::store::bulk::lookup;
use crate::store::database::connection::AnyConnection;
use chrono::NaiveDate;
use std::collections::HashMap;

/// The header, and two made-up people.
pub const TEMPLATE: &str = "\
case_number,registration_number,given_name,family_name,sex,date_of_birth,nationality,place,phone,legal_status,arrived_on,registered_on,specific_needs,solution_kind,solution_form,solution_stage,solution_destination,solution_on
DUS-000001,TJK-03C0000001,Zahra,Noori,FEMALE,1970-04-02,AFG,3501263,+992 00 000 0001,REFUGEE,1996-09-30,1996-10-12,SP;ER-NF,RESETTLEMENT,,SUBMITTED,USA,2003-05-31
DUS-000001,TJK-03C0000002,Omid,Noori,MALE,1995-01-01,AFG,3501263,,REFUGEE,1996-09-30,1996-10-12,,,,,,
";

/// The most members of a case.
const MAX_MEMBERS: i64 = 100;

/// How many people are held against the stored ones, and added, at a time.
const AT_ONCE: usize = 10_000;

struct Stated {
    line: u64,
    case_number: Option<String>,
    individual: Individual,
    needs: Vec<NeedCode>,
    solution: Option<Solution>,
}

/// Reads a file of people.
///
/// # Errors
/// If the file is no whole CSV in UTF-8, its header is not right, or it has over a million rows.
pub fn table(bytes: &[u8]) -> Result<Table<'_>, ImportError> {
    let columns: Vec<&str> = TEMPLATE.lines().next().expect("the template has a header").split(',').collect();
    Table::read(bytes, &columns)
}

/// Imports people that the agency of `--holder` holds. Who is stored already must be stored with the same values.
///
/// # Errors
/// If no agency has the code of `--holder`, a row is wrong, or the database fails.
pub fn import(connection: &mut AnyConnection, mut table: Table<'_>, options: &Options) -> Result<Report, ImportError> {
    let mut errors = std::mem::take(&mut table.errors);
    let holder = agency_of(connection, "--holder", options.holder.as_ref())?;
    let places = lookup::places(connection)?;
    let mut import = Import { holder, seen: HashMap::new(), report: Report::default() };
    let mut rows = table.rows().peekable();
    while rows.peek().is_some() {
        let read = |row| read(&row, holder, &places, options.today, &mut errors);
        let stated = rows.by_ref().take(AT_ONCE).filter_map(read).collect();
        import.take(connection, stated, &mut errors)?;
    }
    errors.finish()?;
    Ok(import.report)
}

/// What is kept from one part of the file to the next.
struct Import {
    holder: Id<Agency>,
    /// The lines of the registration numbers so far.
    seen: HashMap<String, u64>,
    report: Report,
}

impl Import {
    /// Adds a part of the people. Rows that are wrong are left out: the caller undoes all if there are any.
    fn take(
        &mut self,
        connection: &mut AnyConnection,
        stated: Vec<Stated>,
        errors: &mut RowErrors,
    ) -> Result<(), ImportError> {
        let holder = self.holder;
        let numbers: Vec<String> = stated.iter().filter_map(|one| one.individual.registration_number.clone()).collect();
        let known = lookup::people(connection, holder, &numbers)?;
        let case_numbers: Vec<String> = stated.iter().filter_map(|one| one.case_number.clone()).collect();
        let stored_needs = lookup::needs(connection, &known.values().copied().collect::<Vec<_>>())?;
        let stored_solutions = lookup::solutions(connection, &known.values().copied().collect::<Vec<_>>())?;
        let mut cases = lookup::cases(connection, holder, &case_numbers)?;
        let mut members = lookup::members(connection, &cases.values().copied().collect::<Vec<_>>())?;
        let mut added = Added::default();
        for mut one in stated {
            let number = fold(one.individual.registration_number.as_deref().unwrap_or_default());
            let error =
                |column: &str, reason: String| RowError { line: one.line, column: Some(column.to_owned()), reason };
            if let Some(line) = self.seen.insert(number.clone(), one.line) {
                errors.push(error("registration_number", format!("line {line} has this number already")));
                continue;
            }
            one.individual.case_id = one.case_number.as_ref().map(|number| {
                *cases.entry(fold(number)).or_insert_with(|| {
                    let id = new_key();
                    added.cases.push(Case { id, holder_id: holder, number: number.clone() });
                    id
                })
            });
            if let Some(id) = known.get(&number) {
                let stored = lookup::person(connection, *id)?;
                let mut differs = differences(&stored, &one.individual);
                if stored_needs.get(id).map_or(&[][..], Vec::as_slice) != one.needs {
                    differs.push("specific_needs");
                }
                if !is_among(one.solution.as_ref(), stored_solutions.get(id).map_or(&[], Vec::as_slice)) {
                    differs.push("solution_kind to solution_on");
                }
                match differs.is_empty() {
                    true => self.report.unchanged += 1,
                    false => errors.push(error(
                        "registration_number",
                        format!(
                            "this person is stored with another {}; imports add people and change none",
                            differs.join(", ")
                        ),
                    )),
                }
                continue;
            }
            if let Some(case) = one.individual.case_id {
                let count = members.entry(case).or_default();
                *count += 1;
                if *count > MAX_MEMBERS {
                    errors.push(error("case_number", format!("a case has at most {MAX_MEMBERS} members")));
                }
            }
            added.take(one);
        }
        self.report.added += added.individuals.len();
        added.insert(connection)
    }
}

/// The columns in which a person is stored with other values. Every field is named, so that a new one does not compile until it is
/// compared.
fn differences(stored: &Individual, stated: &Individual) -> Vec<&'static str> {
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
    } = stated;
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
    ]
    .into_iter()
    .filter_map(|(column, differs)| differs.then_some(column))
    .collect()
}

/// Whether the solution that a row states is stored; none is where none is stated.
fn is_among(stated: Option<&Solution>, stored: &[Solution]) -> bool {
    let same = |known: &Solution, stated: &Solution| {
        *known
            == Solution { id: known.id, individual_id: known.individual_id, assisted: known.assisted, ..stated.clone() }
    };
    match stated {
        None => stored.is_empty(),
        Some(stated) => stored.iter().any(|known| same(known, stated)),
    }
}

#[derive(Default)]
struct Added {
    cases: Vec<Case>,
    individuals: Vec<Individual>,
    needs: Vec<SpecificNeed>,
    solutions: Vec<Solution>,
}

impl Added {
    fn take(&mut self, one: Stated) {
        let individual_id = one.individual.id;
        self.needs.extend(one.needs.into_iter().map(|code| SpecificNeed { individual_id, code }));
        self.solutions.extend(one.solution.map(|solution| Solution { individual_id, ..solution }));
        self.individuals.push(one.individual);
    }

    fn insert(&self, connection: &mut AnyConnection) -> Result<(), ImportError> {
        insert::cases(connection, &self.cases)?;
        insert::individuals(connection, &self.individuals)?;
        insert::specific_needs(connection, &self.needs)?;
        Ok(insert::solutions(connection, &self.solutions)?)
    }
}

fn read(
    row: &Row,
    holder_id: Id<Agency>,
    places: &lookup::Places,
    today: NaiveDate,
    errors: &mut RowErrors,
) -> Option<Stated> {
    let before = errors.count();
    let text = |column: &str| row.text(column).map(str::to_owned);
    let registration_number = row.required::<String>("registration_number", errors);
    let nationality = row.value::<CountryCode>("nationality", errors);
    if nationality.is_some_and(|country| country.as_str() == "UNK") {
        errors.push(row.error("nationality", "leave an unknown nationality empty"));
    }
    let place = row.text("place").and_then(|code| {
        let found = places.get(code);
        if found.is_none() {
            errors.push(row.error("place", "no place has this P-code; import places first"));
        }
        found
    });
    let region =
        place.map(|(place, above)| above.iter().copied().find(|id| is_region(places, *id)).unwrap_or(place.id));
    let mut date = |column: &str| {
        let date = row.date(column, errors);
        if date.is_some_and(|date| date > today) {
            errors.push(row.error(column, "it lies in the future"));
        }
        date
    };
    let (born, arrived, registered) = (date("date_of_birth"), date("arrived_on"), date("registered_on"));
    if born.zip(NaiveDate::from_ymd_opt(1900, 1, 1)).is_some_and(|(born, first)| born < first) {
        errors.push(row.error("date_of_birth", "it lies before 1900"));
    }
    for (earlier, later, column) in
        [(born, arrived, "arrived_on"), (arrived, registered, "registered_on"), (born, registered, "registered_on")]
    {
        if earlier.zip(later).is_some_and(|(earlier, later)| earlier > later) {
            errors.push(row.error(column, "it lies before what comes first: birth, arrival, registration"));
        }
    }
    let mut needs: Vec<NeedCode> = row.list("specific_needs", errors).unwrap_or_default();
    needs.sort();
    needs.dedup();
    let solution = solution(row, today, errors);
    let individual = Individual {
        id: new_key(),
        holder_id,
        case_id: None,
        sex: row.value("sex", errors),
        nationality,
        region_id: region,
        registration_number,
        given_name: text("given_name"),
        family_name: text("family_name"),
        date_of_birth: born,
        phone: text("phone"),
        place_id: place.map(|(place, _)| place.id),
        legal_status: row.value("legal_status", errors),
        arrived_on: arrived,
        registered_on: registered,
        age_band: None,
    };
    (errors.count() == before).then(|| Stated {
        line: row.line,
        case_number: text("case_number"),
        individual,
        needs,
        solution,
    })
}

fn is_region(places: &lookup::Places, id: Id<Place>) -> bool {
    places.values().any(|(place, _)| place.id == id && place.level == REGION_LEVEL)
}

fn solution(row: &Row, today: NaiveDate, errors: &mut RowErrors) -> Option<Solution> {
    let rest = ["solution_form", "solution_stage", "solution_destination", "solution_on"];
    let Some(kind) = row.value::<SolutionKind>("solution_kind", errors) else {
        if row.text("solution_kind").is_none() && rest.iter().any(|column| row.text(column).is_some()) {
            errors.push(
                row.error("solution_kind", "it must not be empty where the solution has a stage, form or country"),
            );
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
    if stage_on.is_some_and(|date| date > today) {
        errors.push(row.error("solution_on", "it lies in the future"));
    }
    let destination = row.value("solution_destination", errors);
    Some(Solution {
        id: new_key(),
        individual_id: Id::new(0),
        kind,
        form,
        stage: stage?,
        destination,
        assisted: None,
        stage_on,
    })
}
