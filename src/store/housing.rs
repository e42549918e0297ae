//! Housing that people get under programmes.

use super::bulk::insert;
use super::database::errors::{Result, changed_one};
use super::database::stored::stored;
use super::database::tables::{housing, programmes as programmes_table};
use super::individual::items::{WithProgrammes, ordered, people, read_with_programmes, with_programmes};
use super::participant::Participant;
use super::programme::visible_programmes;
use super::session::read::ReadSession;
use super::session::write::WriteSession;
use crate::domain::Id;
use crate::domain::category::DataCategory;
use crate::domain::housing::{Dwelling, Housing};
use crate::domain::individual::Individual;
use crate::domain::programme::Programme;
use crate::policy::ItemAccess;
use chrono::NaiveDate;
use diesel::{
    BoolExpressionMethods, ExpressionMethods, NullableExpressionMethods, QueryDsl, RunQueryDsl, SelectableHelper,
};

stored!(Housing in housing {
    id: Id<Housing>,
    individual_id: Id<Individual>,
    programme_id: Id<Programme>,
    dwelling: Dwelling,
    moved_in_on: NaiveDate,
    months: i32,
    moved_out_on: Option<NaiveDate>,
});

impl ReadSession {
    /// Housing under programmes that the viewer sees, by date.
    ///
    /// # Errors
    /// If the database fails.
    pub fn housing_of(&mut self, accesses: &[ItemAccess]) -> Result<WithProgrammes<Housing>> {
        let people = people(accesses, DataCategory::Assistance);
        let provided = read_with_programmes!(self, Housing in housing, people);
        let found = with_programmes(&people, provided, |housing| housing.individual_id);
        Ok(ordered(found, |(of, programme)| {
            (of.moved_in_on, of.moved_out_on, programme.identifier.clone(), of.dwelling, of.months)
        }))
    }
}

impl WriteSession {
    /// Records a dwelling that a person got.
    ///
    /// # Errors
    /// If the database fails.
    pub fn house(&mut self, person: Participant, housing: Housing) -> Result<()> {
        insert::housing(self.connection(), &[Housing { individual_id: person.id(), ..housing }])?;
        self.touch_participant(person)
    }

    /// Records that a person moved out of a dwelling on a day.
    ///
    /// # Errors
    /// If the database fails.
    pub fn move_out(&mut self, person: Participant, id: Id<Housing>, on: NaiveDate) -> Result<()> {
        let of_person = housing::table.find(id).filter(housing::individual_id.eq(person.id()));
        changed_one(diesel::update(of_person).set(housing::moved_out_on.eq(Some(on))).execute(self.connection())?)?;
        self.touch_participant(person)
    }
}
