//! What somebody gets under a programme: a loan of which something is paid back, a dwelling, and a year at school.

use chrono::NaiveDate;
use panoh::domain::Id;
use panoh::domain::housing::{Dwelling, Housing};
use panoh::domain::individual::Individual;
use panoh::domain::loan::{Loan, Repayment};
use panoh::domain::programme::Programme;
use panoh::domain::school_year::SchoolYear;
use panoh::store::bulk::insert;
use panoh::store::database::connection::AnyConnection;
use panoh::store::database::errors::Result;

pub struct Services {
    pub loan: Loan,
    pub repayment: Repayment,
    pub housing: Housing,
    pub school_year: SchoolYear,
}

impl Services {
    /// On days: a loan is paid out, first due, and paid back in part; somebody moves in and out; a year at school begins and ends. A number
    /// keys the rows and is in the amounts.
    pub fn of(
        individual_id: Id<Individual>,
        programme_id: Id<Programme>,
        number: i64,
        [disbursed_on, first_due_on, paid_on, moved_in_on, moved_out_on, started_on, ended_on]: [NaiveDate; 7],
    ) -> Self {
        let currency = "USD".to_owned();
        let amount_minor = (8_000 + number % 100) * 100 + 29;
        let loan = Loan {
            id: Id::new(number),
            individual_id,
            programme_id,
            amount_minor,
            currency,
            disbursed_on,
            instalments: 12,
            first_due_on,
        };
        let (id, loan_id, amount_minor) = (Id::new(number), loan.id, (6_000 + number % 100) * 100 + 31);
        let repayment = Repayment { id, individual_id, programme_id, loan_id, amount_minor, paid_on };
        let housing = Housing {
            id: Id::new(number),
            individual_id,
            programme_id,
            dwelling: Dwelling::House,
            moved_in_on,
            months: 12,
            moved_out_on: Some(moved_out_on),
        };
        let school_year = SchoolYear {
            id: Id::new(number),
            individual_id,
            programme_id,
            grade: 7,
            started_on,
            ended_on: Some(ended_on),
            completed: Some(true),
        };
        Self { loan, repayment, housing, school_year }
    }

    pub fn insert(&self, connection: &mut AnyConnection) -> Result<()> {
        insert::loans(connection, std::slice::from_ref(&self.loan))?;
        insert::repayments(connection, std::slice::from_ref(&self.repayment))?;
        insert::housing(connection, std::slice::from_ref(&self.housing))?;
        insert::school_years(connection, std::slice::from_ref(&self.school_year))
    }
}
