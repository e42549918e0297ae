//! Enrolments: who takes part in which programme.

use super::agreement::rows::all_agreements;
use super::bulk::insert::{self, new_key};
use super::database::connection::AnyConnection;
use super::database::errors::Result;
use super::database::tables::enrolments;
use super::participant::Participant;
use super::session::read::ReadSession;
use super::session::write::WriteSession;
use crate::domain::agency::Agency;
use crate::domain::agreement::{Agreement, AgreementStatus};
use crate::domain::enrolment::Enrolment;
use crate::domain::programme::Programme;
use crate::domain::{Id, Vocabulary};
use crate::policy::Reveal;
use chrono::NaiveDate;
use diesel::dsl::sql;
use diesel::sql_types::{BigInt, Bool, Text};
use diesel::{ExpressionMethods, QueryDsl, RunQueryDsl};

impl ReadSession {
    /// Whether being enrolled in a programme could show a person of a holder to whom the request does not, or more of it: if an agreement
    /// with another agency or for another purpose names its kind, or one that grants what is not revealed. It does not depend on
    /// anything of the person that is hidden.
    ///
    /// # Errors
    /// If the database fails.
    pub fn could_show_more(&mut self, person: Participant, holder: Id<Agency>, programme: &Programme) -> Result<bool> {
        let viewer = self.viewer().clone();
        let names_it =
            |one: &Agreement| one.scope.programmes.as_ref().is_some_and(|kinds| kinds.contains(&programme.kind));
        let lasts = |one: &Agreement| one.status != AgreementStatus::Revoked && one.valid_until >= viewer.today;
        let shown = person.item().reveal();
        let shows_more = |one: &Agreement| {
            (one.recipient_id, one.purpose) != (viewer.agency.id, viewer.purpose) || shown.and(Reveal::by(one)) != shown
        };
        let given = all_agreements(self.connection())?;
        let mut given = given.iter().filter(|one| one.provider_id == holder);
        if given.any(|one| names_it(one) && lasts(one) && shows_more(one)) {
            return Ok(true);
        }
        // On PostgreSQL only those are read to which the agency is a party.
        let AnyConnection::Postgresql(postgres) = self.connection() else { return Ok(false) };
        let named = sql::<Bool>("wall.is_named_to_others(").bind::<BigInt, _>(holder).sql(", ");
        Ok(diesel::select(named.bind::<Text, _>(programme.kind.code()).sql(")")).get_result(postgres)?)
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
        diesel::update(of_person).set(enrolments::ended_on.eq(Some(on))).execute(self.connection())?;
        self.touch_participant(person)
    }
}
