//! Enrolments: who takes part in which programme.

use super::bulk::insert::{self, new_key};
use super::database::errors::{Result, changed_one};
use super::database::tables::{enrolments, programmes};
use super::participant::Participant;
use super::programme::visible_programmes;
use super::session::read::ReadSession;
use super::session::write::WriteSession;
use crate::domain::enrolment::Enrolment;
use crate::domain::programme::{Programme, ProgrammeKind};
use crate::domain::{Id, Vocabulary};
use chrono::NaiveDate;
use diesel::{
    BoolExpressionMethods, ExpressionMethods, NullableExpressionMethods, QueryDsl, RunQueryDsl, SelectableHelper,
};

impl ReadSession {
    /// Whether a person takes part in a programme of a kind today, as the viewer sees it. If so, another enrolment in one shows nobody more
    /// of the person: scopes name kinds.
    ///
    /// # Errors
    /// If the database fails.
    pub fn takes_part_in(&mut self, person: Participant, kind: ProgrammeKind) -> Result<bool> {
        let today = self.viewer().today;
        let of_kind: Vec<Enrolment> = enrolments::table
            .inner_join(programmes::table)
            .filter(enrolments::individual_id.eq(person.id()))
            .filter(programmes::kind.eq(kind.code()))
            .filter(visible_programmes!(self))
            .select(Enrolment::as_select())
            .load(self.connection())?;
        Ok(of_kind.iter().any(|enrolment| enrolment.is_open(today)))
    }
}

impl WriteSession {
    /// Enrols a person in a programme from a day on.
    ///
    /// # Errors
    /// If the database fails.
    pub fn enrol(&mut self, person: Participant, programme: Id<Programme>, on: NaiveDate) -> Result<()> {
        self.change_access();
        let enrolment = Enrolment {
            id: new_key(),
            individual_id: person.id(),
            programme_id: programme,
            started_on: Some(on),
            ended_on: None,
        };
        insert::enrolments(self.connection(), &[enrolment])?;
        self.touch_participant(person)
    }

    /// Ends an enrolment of a person on a day.
    ///
    /// # Errors
    /// If the database fails.
    pub fn end_enrolment(&mut self, person: Participant, enrolment: Id<Enrolment>, on: NaiveDate) -> Result<()> {
        self.change_access();
        let of_person = enrolments::table.find(enrolment).filter(enrolments::individual_id.eq(person.id()));
        changed_one(diesel::update(of_person).set(enrolments::ended_on.eq(Some(on))).execute(self.connection())?)?;
        self.touch_participant(person)
    }
}
