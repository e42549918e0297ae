//! Changes of people's records, outside policy: whoever calls has asked who may.

use super::{insert, lookup};
use crate::domain::activity::Activity;
use crate::domain::case::Case;
use crate::domain::circuit_ride::CircuitRideStatus;
use crate::domain::country::CountryCode;
use crate::domain::incident::Verification;
use crate::domain::individual::{Individual, RecordClosure};
use crate::domain::interview::Interview;
use crate::domain::nomination::{InterviewOutcome, Nomination};
use crate::domain::solution::{Solution, SolutionKind, SolutionStage};
use crate::domain::specific_need::{NeedCode, SpecificNeed};
use crate::domain::{Id, Vocabulary};
use crate::store::database::connection::AnyConnection;
use crate::store::database::errors::{Result, changed_one};
use crate::store::database::tables::*;
use chrono::{NaiveDate, NaiveDateTime, TimeDelta};
use diesel::dsl::{max, min};
use diesel::{BoolExpressionMethods, ExpressionMethods, NullableExpressionMethods, QueryDsl, RunQueryDsl};
use std::ops::Range;

/// Replaces a person's record; if a moment is given, only if nobody has changed it since. Says whether it was replaced.
///
/// # Errors
/// If the database fails.
pub fn individual(connection: &mut AnyConnection, record: &Individual, read_at: Option<NaiveDateTime>) -> Result<bool> {
    let at = individuals::updated_at.eq(after(connection, &[record.id])?);
    let changed = (record.changes(), insert::keys_and_years(record), at);
    let person = individuals::table.find(record.id);
    let replaced = match read_at {
        Some(read_at) => {
            let unchanged = person.filter(individuals::updated_at.eq(read_at));
            diesel::update(unchanged).set(changed).execute(connection)?
        }
        None => diesel::update(person).set(changed).execute(connection)?,
    };
    Ok(replaced > 0)
}

/// The moment of people's next change: now, and later than the last one of any.
fn after(connection: &mut AnyConnection, people: &[Id<Individual>]) -> Result<NaiveDateTime> {
    let changed = individuals::table.filter(individuals::id.eq_any(people.to_vec()));
    let last: Option<NaiveDateTime> = changed.select(max(individuals::updated_at)).first(connection)?;
    Ok(last.map_or_else(insert::now, |last| insert::now().max(last + TimeDelta::microseconds(1))))
}

/// Marks that something which hangs on a person has changed.
///
/// # Errors
/// If the database fails.
pub fn touch(connection: &mut AnyConnection, person: Id<Individual>) -> Result<()> {
    touch_all(connection, &[person])
}

/// The same of many people.
///
/// # Errors
/// If the database fails.
pub fn touch_all(connection: &mut AnyConnection, people: &[Id<Individual>]) -> Result<()> {
    let at = after(connection, people)?;
    let changed = individuals::table.filter(individuals::id.eq_any(people.to_vec()));
    diesel::update(changed).set(individuals::updated_at.eq(at)).execute(connection)?;
    Ok(())
}

/// Replaces the specific needs of a person.
///
/// # Errors
/// If the database fails.
pub fn needs(connection: &mut AnyConnection, person: Id<Individual>, codes: &[NeedCode]) -> Result<()> {
    diesel::delete(specific_needs::table.filter(specific_needs::individual_id.eq(person))).execute(connection)?;
    let need = |code: &NeedCode| SpecificNeed { individual_id: person, code: code.clone() };
    insert::specific_needs(connection, &codes.iter().map(need).collect::<Vec<_>>())
}

/// Deletes those of some cases that have no member.
///
/// # Errors
/// If the database fails.
pub fn delete_empty_cases(connection: &mut AnyConnection, left: Vec<Id<Case>>) -> Result<()> {
    let members = lookup::members(connection, &left)?;
    let empty: Vec<Id<Case>> = left.into_iter().filter(|case| !members.contains_key(case)).collect();
    diesel::delete(cases::table.filter(cases::id.eq_any(empty))).execute(connection)?;
    Ok(())
}

/// What a person does after a day: an enrolment that begins later, or a solution that is pursued, or has happened, and reached its
/// stage later.
///
/// # Errors
/// If the database fails.
pub fn active_after(
    connection: &mut AnyConnection,
    person: Id<Individual>,
    day: NaiveDate,
) -> Result<Option<Activity>> {
    let enrolled = enrolments::table.filter(enrolments::individual_id.eq(person)).select(max(enrolments::started_on));
    // Whoever records an enrolment by mistake ends it on its first day.
    let took_place = enrolments::ended_on.is_null().or(enrolments::ended_on.ne(enrolments::started_on));
    let enrolled: Option<NaiveDate> =
        enrolled.filter(enrolments::started_on.gt(day)).filter(took_place).first(connection)?;
    let standing = lookup::solutions(connection, &[person])?.into_values().flatten();
    let has_happened = |stage| [SolutionStage::Granted, SolutionStage::Departed].contains(&stage);
    let standing = standing.filter(|solution| !solution.stage.is_final() || has_happened(solution.stage));
    let later = standing.filter_map(|solution| Some((solution.stage_on?, solution)));
    let later = later.filter(|(reached, _)| *reached > day).max_by_key(|(reached, _)| *reached);
    let solution = later.map(|(on, solution)| Activity::Solution(solution.kind, solution.stage, on));
    Ok(enrolled.map(Activity::Enrolment).or(solution).or(served_after(connection, person, day)?))
}

/// What a record's correction to a later registration or birth would come after: the column, and the day of what is recorded since.
///
/// # Errors
/// If the database fails.
pub fn recorded_since(
    connection: &mut AnyConnection,
    before: &Individual,
    after: &Individual,
) -> Result<Option<(&'static str, NaiveDate)>> {
    // Most corrections leave the days as they are, or make them earlier: then nothing is asked.
    let time = |before: Option<NaiveDate>, after: Option<NaiveDate>| {
        let time = before.unwrap_or_default()..after?;
        (!time.is_empty()).then_some(time)
    };
    if let Some(time) = time(before.registered_on, after.registered_on)
        && let Some(day) = first_served(connection, before.id, &time)?
    {
        return Ok(Some(("registered_on", day)));
    }
    let Some(time) = time(before.date_of_birth, after.date_of_birth) else { return Ok(None) };
    let (served, suffered) =
        (first_served(connection, before.id, &time)?, first_suffered(connection, before.id, &time)?);
    Ok([served, suffered].into_iter().flatten().min().map(|day| ("date_of_birth", day)))
}

/// On which day a person gets something first in a time, under a programme; what was recorded by mistake ended on its first day.
fn first_served(
    connection: &mut AnyConnection,
    person: Id<Individual>,
    time: &Range<NaiveDate>,
) -> Result<Option<NaiveDate>> {
    macro_rules! first {
        ($table:ident on $day:ident, $took_place:expr) => {{
            let of_person = $table::table.filter($table::individual_id.eq(person)).filter($took_place);
            let in_time = of_person.filter($table::$day.ge(time.start)).filter($table::$day.lt(time.end));
            in_time.select(min($table::$day)).first::<Option<NaiveDate>>(connection)?
        }};
        ($table:ident from $day:ident until $end:ident) => {
            first!($table on $day, $table::$end.is_null().or($table::$end.assume_not_null().nullable().ne($table::$day.nullable())))
        };
        ($table:ident on $day:ident) => {
            first!($table on $day, $table::individual_id.is_not_null())
        };
    }
    let days = [
        first!(enrolments from started_on until ended_on),
        first!(housing from moved_in_on until moved_out_on),
        first!(school_years from started_on until ended_on),
        first!(loans on disbursed_on),
        first!(assistance on paid_on),
    ];
    Ok(days.into_iter().flatten().min())
}

/// On which day a person suffered the first incident in a time that is not unfounded.
///
/// # Errors
/// If the database fails.
pub fn first_suffered(
    connection: &mut AnyConnection,
    person: Id<Individual>,
    time: &Range<NaiveDate>,
) -> Result<Option<NaiveDate>> {
    let in_time = incidents::table
        .filter(incidents::individual_id.eq(person))
        .filter(incidents::verification.ne(Verification::Unfounded.code()))
        .filter(incidents::occurred_on.ge(time.start))
        .filter(incidents::occurred_on.lt(time.end));
    Ok(in_time.select(min(incidents::occurred_on)).first(connection)?)
}

/// What a person gets under a programme after a day.
fn served_after(connection: &mut AnyConnection, person: Id<Individual>, day: NaiveDate) -> Result<Option<Activity>> {
    // What was recorded by mistake ends on its first day.
    macro_rules! latest {
        ($table:ident from $begin:ident until $end:ident) => {{
            let took_place = $table::$end.is_null().or($table::$end.assume_not_null().ne($table::$begin));
            let of_person = $table::table.filter($table::individual_id.eq(person)).filter(took_place);
            let latest = of_person.select((max($table::$begin), max($table::$end)));
            let (began, ended): (Option<NaiveDate>, Option<NaiveDate>) = latest.first(connection)?;
            began.max(ended).filter(|latest| *latest > day)
        }};
    }
    let housed = latest!(housing from moved_in_on until moved_out_on);
    let schooled = latest!(school_years from started_on until ended_on);
    let lent = loans::table.filter(loans::individual_id.eq(person)).select(max(loans::disbursed_on));
    let lent: Option<NaiveDate> = lent.first(connection)?;
    let lent = lent.filter(|lent| *lent > day).map(Activity::Loan);
    Ok(lent.or(housed.map(Activity::Housing)).or(schooled.map(Activity::SchoolYear)))
}

/// Ends on a day what is open of a person after it: enrolments, housing and years at school end, and solutions that are pursued are
/// withdrawn.
///
/// # Errors
/// If the database fails, or an enrolment began later.
pub fn end_activities(connection: &mut AnyConnection, person: Id<Individual>, day: NaiveDate) -> Result<()> {
    let open = enrolments::table
        .filter(enrolments::individual_id.eq(person))
        .filter(enrolments::started_on.is_null().or(enrolments::started_on.le(day)))
        .filter(enrolments::ended_on.is_null().or(enrolments::ended_on.gt(day)));
    diesel::update(open).set(enrolments::ended_on.eq(Some(day))).execute(connection)?;
    let housed = housing::table.filter(housing::individual_id.eq(person)).filter(housing::moved_out_on.is_null());
    diesel::update(housed).set(housing::moved_out_on.eq(Some(day))).execute(connection)?;
    let schooled =
        school_years::table.filter(school_years::individual_id.eq(person)).filter(school_years::ended_on.is_null());
    let ended = (school_years::ended_on.eq(Some(day)), school_years::completed.eq(Some(false)));
    diesel::update(schooled).set(ended).execute(connection)?;
    withdraw(connection, person, day)
}

/// Withdraws on a day what a person pursues; if it has come to its stage later, on that day.
///
/// # Errors
/// If the database fails.
pub fn withdraw(connection: &mut AnyConnection, person: Id<Individual>, day: NaiveDate) -> Result<()> {
    withdraw_those(connection, person, day, |solution| !solution.stage.is_final())
}

/// Withdraws on a day the grants of a person which the legal status, as it is corrected, denies.
///
/// # Errors
/// If the database fails.
pub fn take_back_grants(
    connection: &mut AnyConnection,
    before: &Individual,
    after: &Individual,
    day: NaiveDate,
) -> Result<()> {
    match after.legal_status.filter(|_| after.legal_status != before.legal_status) {
        Some(status) => withdraw_those(connection, after.id, day, |solution| solution.is_denied_by(status)),
        None => Ok(()),
    }
}

fn withdraw_those(
    connection: &mut AnyConnection,
    person: Id<Individual>,
    day: NaiveDate,
    wanted: impl Fn(&Solution) -> bool,
) -> Result<()> {
    let solutions = lookup::solutions(connection, &[person])?.into_values().flatten();
    for solution in solutions.filter(|solution| wanted(solution)) {
        let stage_on = solution.stage_on.max(Some(day));
        self::solution(connection, &Solution { stage: SolutionStage::Withdrawn, stage_on, ..solution })?;
    }
    Ok(())
}

/// Closes a record on a day, and ends what is open of the person then; or opens it again, if there is no day.
///
/// # Errors
/// If the database fails, or an enrolment began later.
pub fn close(
    connection: &mut AnyConnection,
    record: Individual,
    closed: Option<(RecordClosure, NaiveDate)>,
) -> Result<()> {
    let (closed_as, closed_on) = closed.unzip();
    let record = Individual { closed_as, closed_on, ..record };
    individual(connection, &record, None)?;
    closed_on.map_or(Ok(()), |day| end_activities(connection, record.id, day))
}

/// Replaces a solution. Whoever withdraws from resettlement to a country, is accepted or rejected, or departs, is nominated for no circuit
/// ride there any more of which nothing has come.
///
/// # Errors
/// If the database fails.
pub fn solution(connection: &mut AnyConnection, solution: &Solution) -> Result<()> {
    changed_one(diesel::update(solutions::table.find(solution.id)).set(solution.changes()).execute(connection)?)?;
    match (solution.kind, solution.stage, solution.destination) {
        (SolutionKind::Resettlement, stage, Some(country)) if stage.is_final() || stage == SolutionStage::Accepted => {
            withdraw_nominations(connection, solution.individual_id, country, solution.stage_on)
        }
        _ => Ok(()),
    }
}

/// Has a person's nominations for circuit rides to a country fit a solution whose stage is corrected: an outcome that would lie after it is
/// INTERVIEWED, if that is the stage, or none; one that gives the stage is of its day; and whoever is not submitted is nominated no more for a
/// ride that goes on.
///
/// # Errors
/// If the database fails.
pub fn correct_nominations(connection: &mut AnyConnection, solution: &Solution, today: NaiveDate) -> Result<()> {
    let (SolutionKind::Resettlement, Some(country)) = (solution.kind, solution.destination) else { return Ok(()) };
    for (nomination, ride) in lookup::standing_nominations(connection, solution.individual_id, country)? {
        let goes_on = ride.status_on(today) == CircuitRideStatus::Requested;
        let is_withdrawn = goes_on && solution.stage == SolutionStage::Identified;
        let interview_id = nomination.interview_id.filter(|_| !is_withdrawn);
        let withdrawn_on = is_withdrawn.then(|| today.max(nomination.nominated_on));
        let interviewed = (solution.stage == SolutionStage::Interviewed).then_some(InterviewOutcome::Interviewed);
        let outcome = nomination
            .outcome
            .and_then(|outcome| if outcome.stage() <= Some(solution.stage) { Some(outcome) } else { interviewed });
        let gives_the_stage = outcome.is_some_and(|outcome| outcome.stage() == Some(solution.stage));
        let outcome_on = if gives_the_stage { solution.stage_on } else { nomination.outcome_on };
        let fitting = (
            nominations::withdrawn_on.eq(withdrawn_on),
            nominations::interview_id.eq(interview_id),
            nominations::outcome.eq(outcome.map(InterviewOutcome::code)),
            nominations::outcome_on.eq(outcome_on.filter(|_| outcome.is_some())),
        );
        changed_one(diesel::update(nominations::table.find(nomination.id)).set(fitting).execute(connection)?)?;
    }
    Ok(())
}

/// Withdraws a person's nominations for circuit rides to a country of which nothing has come.
fn withdraw_nominations(
    connection: &mut AnyConnection,
    person: Id<Individual>,
    country: CountryCode,
    on: Option<NaiveDate>,
) -> Result<()> {
    let standing = lookup::standing_nominations(connection, person, country)?.into_iter().map(|(standing, _)| standing);
    for nomination in standing.filter(Nomination::awaits_interview) {
        let withdrawn_on = on.max(Some(nomination.nominated_on));
        let withdrawn =
            (nominations::withdrawn_on.eq(withdrawn_on), nominations::interview_id.eq(None::<Id<Interview>>));
        changed_one(diesel::update(nominations::table.find(nomination.id)).set(withdrawn).execute(connection)?)?;
    }
    Ok(())
}
