//! Years at school of people in programmes.

use super::bulk::insert;
use super::database::errors::{Result, changed_one};
use super::database::stored::stored;
use super::database::tables::{programmes as programmes_table, school_years};
use super::individual::items::{WithProgrammes, ordered, people, read_with_programmes, with_programmes};
use super::participant::Participant;
use super::programme::visible_programmes;
use super::session::read::ReadSession;
use super::session::write::WriteSession;
use crate::domain::Id;
use crate::domain::category::DataCategory;
use crate::domain::individual::Individual;
use crate::domain::programme::Programme;
use crate::domain::school_year::SchoolYear;
use crate::policy::ItemAccess;
use chrono::NaiveDate;
use diesel::{
    BoolExpressionMethods, ExpressionMethods, NullableExpressionMethods, QueryDsl, RunQueryDsl, SelectableHelper,
};

stored!(SchoolYear in school_years {
    id: Id<SchoolYear>,
    individual_id: Id<Individual>,
    programme_id: Id<Programme>,
    grade: i32,
    started_on: NaiveDate,
    ended_on: Option<NaiveDate>,
    completed: Option<bool>,
});

impl ReadSession {
    /// Years at school under programmes that the viewer sees, by date.
    ///
    /// # Errors
    /// If the database fails.
    pub fn school_years_of(&mut self, accesses: &[ItemAccess]) -> Result<WithProgrammes<SchoolYear>> {
        let people = people(accesses, DataCategory::Assistance);
        let years = read_with_programmes!(self, SchoolYear in school_years, people);
        let found = with_programmes(&people, years, |year| year.individual_id);
        Ok(ordered(found, |(of, programme)| {
            (of.started_on, of.ended_on, programme.identifier.clone(), of.grade, of.completed)
        }))
    }
}

impl WriteSession {
    /// Records that a person began a year at school.
    ///
    /// # Errors
    /// If the database fails.
    pub fn start_school_year(&mut self, person: Participant, year: SchoolYear) -> Result<()> {
        insert::school_years(self.connection(), &[SchoolYear { individual_id: person.id(), ..year }])?;
        self.touch_participant(person)
    }

    /// Records that a year at school of a person ended on a day, and whether the grade was completed.
    ///
    /// # Errors
    /// If the database fails.
    pub fn end_school_year(
        &mut self,
        person: Participant,
        id: Id<SchoolYear>,
        (on, completed): (NaiveDate, bool),
    ) -> Result<()> {
        let of_person = school_years::table.find(id).filter(school_years::individual_id.eq(person.id()));
        let ended = (school_years::ended_on.eq(Some(on)), school_years::completed.eq(Some(completed)));
        changed_one(diesel::update(of_person).set(ended).execute(self.connection())?)?;
        self.touch_participant(person)
    }
}
