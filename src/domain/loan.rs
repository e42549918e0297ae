//! Micro-credit: loans to individuals, and what they pay back.

use super::Id;
use super::individual::Individual;
use super::programme::Programme;
use chrono::{Months, NaiveDate};

/// The most instalments of a loan.
pub const MAX_INSTALMENTS: i32 = 120;

/// A loan to an individual under a programme, paid back in equal instalments, one each month.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loan {
    /// Row key, random.
    pub id: Id<Loan>,
    /// Who got it.
    pub individual_id: Id<Individual>,
    /// Under which programme.
    pub programme_id: Id<Programme>,
    /// Amount in the currency's minor unit, with whatever is charged for the loan.
    pub amount_minor: i64,
    /// ISO 4217 code.
    pub currency: String,
    /// When it was paid out.
    pub disbursed_on: NaiveDate,
    /// In how many instalments it is paid back.
    pub instalments: i32,
    /// When the first instalment is due.
    pub first_due_on: NaiveDate,
}

/// What was paid back of a loan at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repayment {
    /// Row key, random.
    pub id: Id<Repayment>,
    /// Who got the loan.
    pub individual_id: Id<Individual>,
    /// Under which programme.
    pub programme_id: Id<Programme>,
    /// Of which loan.
    pub loan_id: Id<Loan>,
    /// Amount in the minor unit of the loan's currency.
    pub amount_minor: i64,
    /// When it was paid.
    pub paid_on: NaiveDate,
}

impl Loan {
    /// How much of it is overdue on a day, if so much was repaid: what was due before that day and is not paid.
    pub fn overdue(&self, repaid_minor: i64, day: NaiveDate) -> i64 {
        let is_past = |nth: &i32| {
            let due_on = self.first_due_on.checked_add_months(Months::new(nth.unsigned_abs()));
            due_on.is_some_and(|due_on| due_on < day)
        };
        let past = (0..self.instalments).take_while(is_past).count() as i64;
        // What cannot be divided is due with the last.
        let due = match past == i64::from(self.instalments) {
            true => self.amount_minor,
            false => self.amount_minor / i64::from(self.instalments) * past,
        };
        (due - repaid_minor).max(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_due_before_a_day_and_is_not_paid_is_overdue() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        let loan = Loan {
            id: Id::new(1),
            individual_id: Id::new(1),
            programme_id: Id::new(1),
            amount_minor: 1_000,
            currency: "TJS".to_owned(),
            disbursed_on: day("2026-01-01"),
            instalments: 3,
            first_due_on: day("2026-01-31"),
        };
        for (repaid, on, overdue) in [
            (0, "2026-01-31", 0),
            (0, "2026-02-01", 333),
            (300, "2026-02-01", 33),
            (333, "2026-02-28", 0),
            (333, "2026-03-01", 333),
            (0, "2026-04-01", 1_000),
            (1_000, "2030-01-01", 0),
        ] {
            assert_eq!(loan.overdue(repaid, day(on)), overdue, "{repaid} on {on}");
        }
    }
}
