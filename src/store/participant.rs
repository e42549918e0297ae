//! People who take part in programmes, and who records what they get there: the holder, and whoever leads the programme.

use super::agreement::rows::agreements_between;
use super::bulk::update;
use super::database::connection::AnyConnection;
use super::database::errors::Result;
use super::database::tables::{
    assistance, coverages, enrolments, housing, loans, programmes, repayments, school_years,
};
use super::individual::held::Held;
use super::session::read::ReadSession;
use super::session::write::WriteSession;
use crate::domain::Id;
use crate::domain::agency::Agency;
use crate::domain::agreement::Agreement;
use crate::domain::assistance::Assistance;
use crate::domain::category::DataCategory;
use crate::domain::coverage::CoverageBasis;
use crate::domain::enrolment::Enrolment;
use crate::domain::housing::Housing;
use crate::domain::individual::Individual;
use crate::domain::loan::{Loan, Repayment};
use crate::domain::programme::Programme;
use crate::domain::purpose::Purpose;
use crate::domain::school_year::SchoolYear;
use crate::policy::{ItemAccess, Reveal};
use diesel::sql_types::BigInt;
use diesel::{
    BoolExpressionMethods, ExpressionMethods, NullableExpressionMethods, QueryDsl, RunQueryDsl, SelectableHelper,
};

/// A person whose part in programmes the viewer's agency may record: one whom it holds, or who takes part in a programme that it leads
/// and whose assistance it sees. Only [`ReadSession::participant`] makes one of the latter.
#[derive(Debug, Clone, Copy)]
pub struct Participant(ItemAccess);

impl Held {
    /// The person as a participant: the holder may record all of it.
    pub fn participant(self) -> Participant {
        Participant(self.item())
    }
}

impl Participant {
    /// The person's key in the database.
    pub fn id(self) -> Id<Individual> {
        self.0.id()
    }

    /// The right to the person's items.
    pub(in crate::store) fn item(self) -> ItemAccess {
        self.0
    }
}

/// Reads what a participant has in a programme, the earliest first. The person is put on record as looked up.
macro_rules! recorded_in {
    ($($(#[doc = $doc:literal])+ $method:ident: $record:ident in $table:ident from $begin:ident;)+) => {
        impl ReadSession {$(
            $(#[doc = $doc])+
            ///
            /// # Errors
            /// If the database fails.
            pub fn $method(&mut self, person: Participant, programme: Id<Programme>) -> Result<Vec<$record>> {
                self.look_up_item(person.0, &[DataCategory::Assistance])?;
                let of_person = $table::table.filter($table::individual_id.eq(person.id()));
                let recorded = of_person.filter($table::programme_id.eq(programme)).order(($table::$begin, $table::id));
                Ok(recorded.select($record::as_select()).load(self.connection())?)
            }
        )+}
    };
}

recorded_in! {
    /// The enrolments of a person in a programme, the earliest first. The person is put on record as looked up.
    enrolments_in: Enrolment in enrolments from started_on;
    /// The loans of a person under a programme, the earliest first. The person is put on record as looked up.
    loans_in: Loan in loans from disbursed_on;
    /// The dwellings of a person under a programme, the earliest first. The person is put on record as looked up.
    housing_in: Housing in housing from moved_in_on;
    /// The years at school of a person under a programme, the earliest first. The person is put on record as looked up.
    school_years_in: SchoolYear in school_years from started_on;
}

/// Voids what was recorded of a participant by mistake: the row is removed, and the audit says who did so.
macro_rules! voids {
    ($($(#[doc = $doc:literal])+ $method:ident: $record:ident in $table:ident;)+) => {
        impl WriteSession {$(
            $(#[doc = $doc])+
            ///
            /// # Errors
            /// If the database fails.
            pub fn $method(&mut self, person: Participant, id: Id<$record>) -> Result<()> {
                let of_person = $table::table.find(id).filter($table::individual_id.eq(person.id()));
                diesel::delete(of_person).execute(self.connection())?;
                self.touch_participant(person)
            }
        )+}
    };
}

voids! {
    /// Voids what was paid to a person.
    void_payment: Assistance in assistance;
    /// Voids a loan to a person.
    void_loan: Loan in loans;
    /// Voids what a person paid back.
    void_repayment: Repayment in repayments;
}

impl ReadSession {
    /// A person whose part in programmes the viewer's agency may record, by the key by which it knows the person; with the record as it
    /// knows that. Whom it holds, in its own work. Under `PROGRAMME_DELIVERY` whoever takes part in a programme that it leads; nobody if
    /// the assistance is not revealed with its exact days: what the stored ones allow would tell them.
    ///
    /// # Errors
    /// If the database fails.
    pub fn participant(&mut self, person: Id<Individual>) -> Result<Option<(Participant, Individual)>> {
        match self.viewer().purpose {
            Purpose::CaseManagement => {
                let Some(held) = self.held(person)? else { return Ok(None) };
                Ok(Some((held.participant(), self.record(held)?)))
            }
            Purpose::ProgrammeDelivery => self.led_participant(person),
            _ => Ok(None),
        }
    }

    /// Whether an agreement in force shows categories of a person whom the viewer's agency holds to another agency, with exact days: then
    /// that one records what rests on them.
    ///
    /// # Errors
    /// If the database fails.
    pub fn is_shown_to(
        &mut self,
        person: Participant,
        agency: Id<Agency>,
        categories: &[DataCategory],
    ) -> Result<bool> {
        let shows_it = |agreement: &Agreement| {
            let shown = Reveal::by(agreement);
            categories.iter().all(|category| shown.reveals(*category)) && shown.is_identified()
        };
        let shared = self.sharing_with(agency, shows_it)?;
        let today = self.viewer().today;
        let seen = coverages::table
            .filter(coverages::individual_id.eq(person.id()))
            .filter(coverages::basis_id.eq_any(shared))
            .filter(coverages::ended.is_null())
            .filter(coverages::until.is_null().or(coverages::until.assume_not_null().gt(today)));
        Ok(seen.count().get_result::<i64>(self.connection())? > 0)
    }

    /// The agreements in force by which the viewer's agency shares people with another one for its programmes, of some kind.
    ///
    /// # Errors
    /// If the database fails.
    pub(in crate::store) fn sharing_with(
        &mut self,
        agency: Id<Agency>,
        wanted: impl Fn(&Agreement) -> bool,
    ) -> Result<Vec<Id<CoverageBasis>>> {
        let viewer = self.viewer().clone();
        let made = agreements_between(self.connection(), viewer.agency.id, agency, Purpose::ProgrammeDelivery)?;
        let in_force = made.iter().filter(|agreement| agreement.in_force(viewer.today) && wanted(agreement));
        Ok(in_force.map(|agreement| CoverageBasis::agreed(agreement.id)).collect())
    }

    fn led_participant(&mut self, person: Id<Individual>) -> Result<Option<(Participant, Individual)>> {
        let Some(found) = self.individuals(&[person])?.remove(&person) else { return Ok(None) };
        let reveal = found.access().reveal();
        if !reveal.reveals(DataCategory::Assistance) || !reveal.is_identified() {
            return Ok(None);
        }
        let today = self.viewer().today;
        let programmes: Vec<(Enrolment, Programme)> = enrolments::table
            .inner_join(programmes::table)
            .filter(enrolments::individual_id.eq(found.access().id()))
            .select((Enrolment::as_select(), Programme::as_select()))
            .load(self.connection())?;
        let agency = self.viewer().agency.id;
        let is_led = |(enrolment, programme): &(Enrolment, Programme)| {
            enrolment.is_open(today) && programme.lead_on(today) == agency
        };
        Ok(programmes.iter().any(is_led).then(|| (Participant(found.access()), (*found).clone())))
    }
}

impl WriteSession {
    /// Tells the holder that something of a person has changed. On PostgreSQL nobody but the holder changes the record itself.
    pub(in crate::store) fn touch_participant(&mut self, person: Participant) -> Result<()> {
        match self.connection() {
            AnyConnection::Postgresql(postgres) => {
                let touch = diesel::sql_query("SELECT wall.touch_participant($1)");
                touch.bind::<BigInt, _>(person.id()).execute(postgres)?;
                Ok(())
            }
            connection @ AnyConnection::Sqlite(_) => update::touch(connection, person.id()),
        }
    }
}
