//! Enrolments: who takes part in which programme, and who records that: the holder, and whoever leads the programme.

use super::agreement;
use super::bulk::insert::{self, new_key};
use super::bulk::update;
use super::database::connection::AnyConnection;
use super::database::errors::Result;
use super::database::tables::{enrolments, programmes};
use super::individual::held::Held;
use super::session::read::ReadSession;
use super::session::write::WriteSession;
use crate::domain::agency::Agency;
use crate::domain::agreement::{Agreement, AgreementStatus};
use crate::domain::category::DataCategory;
use crate::domain::enrolment::Enrolment;
use crate::domain::individual::Individual;
use crate::domain::programme::Programme;
use crate::domain::purpose::Purpose;
use crate::domain::{Id, Vocabulary};
use crate::policy::{ItemAccess, Released, Reveal};
use chrono::NaiveDate;
use diesel::dsl::sql;
use diesel::sql_types::{BigInt, Bool, Text};
use diesel::{ExpressionMethods, QueryDsl, RunQueryDsl, SelectableHelper};

/// A person whose enrolments the viewer's agency may change: one whom it holds, or who takes part in a programme that it leads and
/// whose assistance it sees. Only [`ReadSession::participant`] makes one of the latter.
#[derive(Debug, Clone, Copy)]
pub struct Participant(ItemAccess);

impl Held {
    /// The person as a participant: the holder may change all enrolments.
    pub fn participant(self) -> Participant {
        Participant(self.item())
    }
}

impl ReadSession {
    /// A person who takes part in a programme that the viewer's agency leads, under `PROGRAMME_DELIVERY`, by the key by which it knows the
    /// person; with what it sees of the record. Nobody for another purpose, or if the assistance is not revealed with its exact days:
    /// what the stored ones allow would tell them.
    ///
    /// # Errors
    /// If the database fails.
    pub fn participant(&mut self, person: Id<Individual>) -> Result<Option<(Participant, Released<Individual>)>> {
        if self.viewer().purpose != Purpose::ProgrammeDelivery {
            return Ok(None);
        }
        let Some(found) = self.individuals(&[person])?.remove(&person) else { return Ok(None) };
        let reveal = found.pass().reveal();
        if !reveal.reveals(DataCategory::Assistance) || !reveal.is_identified() {
            return Ok(None);
        }
        let today = self.viewer().today;
        let programmes: Vec<(Enrolment, Programme)> = enrolments::table
            .inner_join(programmes::table)
            .filter(enrolments::individual_id.eq(found.pass().id()))
            .select((Enrolment::as_select(), Programme::as_select()))
            .load(self.connection())?;
        let agency = self.viewer().agency.id;
        let is_led = |(enrolment, programme): &(Enrolment, Programme)| {
            enrolment.is_open(today) && programme.lead_on(today) == agency
        };
        Ok(programmes.iter().any(is_led).then(|| (Participant(found.pass()), found)))
    }

    /// The enrolments of a person in a programme. The person is put on record as looked up.
    ///
    /// # Errors
    /// If the database fails.
    pub fn enrolments_in(&mut self, person: Participant, programme: Id<Programme>) -> Result<Vec<Enrolment>> {
        self.look_up_item(person.0, &[DataCategory::Assistance])?;
        let enrolled = enrolments::table.filter(enrolments::individual_id.eq(person.0.id()));
        let enrolled = enrolled.filter(enrolments::programme_id.eq(programme));
        Ok(enrolled.select(Enrolment::as_select()).load(self.connection())?)
    }

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
        let shown = person.0.reveal();
        let shows_more = |one: &Agreement| {
            (one.recipient_id, one.purpose) != (viewer.agency.id, viewer.purpose) || shown.and(Reveal::by(one)) != shown
        };
        let given = agreement::all(self.connection())?;
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
            individual_id: person.0.id(),
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
        let of_person = enrolments::table.find(enrolment).filter(enrolments::individual_id.eq(person.0.id()));
        diesel::update(of_person).set(enrolments::ended_on.eq(Some(on))).execute(self.connection())?;
        self.touch_participant(person)
    }

    /// Tells the holder that something of a person has changed. On PostgreSQL nobody but the holder changes the record itself.
    fn touch_participant(&mut self, person: Participant) -> Result<()> {
        match self.connection() {
            AnyConnection::Postgresql(postgres) => {
                let touch = diesel::sql_query("SELECT wall.touch_participant($1)");
                touch.bind::<BigInt, _>(person.0.id()).execute(postgres)?;
                Ok(())
            }
            connection @ AnyConnection::Sqlite(_) => update::touch(connection, person.0.id()),
        }
    }
}
