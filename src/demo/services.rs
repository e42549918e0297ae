//! What the demo's people get under the programmes in which they are enrolled: loans, dwellings, years at school.

use super::batch::Batch;
use super::programmes::Programmes;
use super::random::DemoRng;
use crate::domain::Vocabulary;
use crate::domain::enrolment::Enrolment;
use crate::domain::housing::{Dwelling, Housing};
use crate::domain::loan::{Loan, Repayment};
use crate::domain::programme::ProgrammeKind;
use crate::domain::school_year::SchoolYear;
use chrono::{Months, NaiveDate};
use rand::RngExt;
use rand::seq::IndexedRandom;

/// In how many instalments loans are paid back.
const INSTALMENTS: u32 = 12;

/// How many years at school the demo has of a child at most.
const MAX_YEARS: u32 = 3;

/// Adds to a batch what follows from its enrolments, as of a day.
pub(super) fn add(batch: &mut Batch, programmes: &Programmes, as_of: NaiveDate, rng: &mut DemoRng) {
    let enrolments = std::mem::take(&mut batch.enrolments);
    let [credit, housing, school] =
        [ProgrammeKind::MicroCredit, ProgrammeKind::Housing, ProgrammeKind::School].map(|kind| programmes.key(kind));
    for enrolment in &enrolments {
        let Some(since) = enrolment.started_on else { continue };
        let ended_on = enrolment.ended_on.filter(|ended_on| *ended_on <= as_of);
        let during = (since, ended_on.unwrap_or(as_of));
        if enrolment.programme_id == credit {
            loan(batch, enrolment, during, rng);
        } else if enrolment.programme_id == housing {
            batch.housing.push(Housing {
                id: rng.key(),
                individual_id: enrolment.individual_id,
                programme_id: enrolment.programme_id,
                dwelling: *Dwelling::ALL.choose(&mut rng.0).expect("there are dwellings"),
                moved_in_on: since,
                months: rng.0.random_range(6..36),
                moved_out_on: ended_on,
            });
        } else if enrolment.programme_id == school {
            school_years(batch, enrolment, (since, ended_on, as_of), rng);
        }
    }
    batch.enrolments = enrolments;
}

/// A loan that is paid back each month; some pay for half of the time only.
fn loan(batch: &mut Batch, enrolment: &Enrolment, (since, until): (NaiveDate, NaiveDate), rng: &mut DemoRng) {
    let instalment = rng.0.random_range(8..50) * 100;
    let (individual_id, programme_id) = (enrolment.individual_id, enrolment.programme_id);
    let loan = Loan {
        id: rng.key(),
        individual_id,
        programme_id,
        amount_minor: instalment * i64::from(INSTALMENTS),
        currency: "USD".to_owned(),
        disbursed_on: since,
        instalments: INSTALMENTS as i32,
        first_due_on: since + Months::new(1),
    };
    let due = (1..=INSTALMENTS).map(|nth| since + Months::new(nth)).filter(|due_on| *due_on <= until);
    let due: Vec<NaiveDate> = due.collect();
    let paid = if rng.chance(15.0) { due.len() / 2 } else { due.len() };
    for paid_on in due.into_iter().take(paid) {
        let (id, loan_id) = (rng.key(), loan.id);
        batch.repayments.push(Repayment {
            id,
            individual_id,
            programme_id,
            loan_id,
            amount_minor: instalment,
            paid_on,
        });
    }
    batch.loans.push(loan);
}

/// The last years at school until an enrolment ended, or the last of which is under way.
fn school_years(
    batch: &mut Batch,
    enrolment: &Enrolment,
    (since, ended_on, as_of): (NaiveDate, Option<NaiveDate>, NaiveDate),
    rng: &mut DemoRng,
) {
    let first_grade = rng.0.random_range(1..=9);
    let first = since.max(as_of - Months::new(12 * MAX_YEARS - 1));
    for nth in 0..MAX_YEARS {
        let started_on = first + Months::new(12 * nth);
        let ends_on = started_on + Months::new(9);
        if started_on >= ended_on.unwrap_or(as_of) {
            break;
        }
        let has_ended = Some(ends_on).filter(|ends_on| *ends_on <= as_of);
        let left = ended_on.filter(|ended_on| *ended_on < ends_on);
        let completed = left.is_none() && rng.chance(90.0);
        let ended_on = left.or(has_ended);
        batch.school_years.push(SchoolYear {
            id: rng.key(),
            individual_id: enrolment.individual_id,
            programme_id: enrolment.programme_id,
            grade: first_grade + nth as i32,
            started_on,
            ended_on,
            completed: ended_on.map(|_| completed),
        });
    }
}
