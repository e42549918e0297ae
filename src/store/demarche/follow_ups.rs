//! How what demarches ask for is followed up, until it is answered.

use crate::domain::agency::Agency;
use crate::domain::demarche::{Demarche, DemarcheAnswer, DemarcheAsk, DemarcheDecision, DemarcheFollowUp};
use crate::domain::{Id, Vocabulary};
use crate::policy::Released;
use crate::store::bulk::insert;
use crate::store::database::errors::{Result, changed_one};
use crate::store::database::stored::stored;
use crate::store::database::tables::{demarche_asks, demarche_follow_ups, demarche_parties};
use crate::store::session::read::ReadSession;
use crate::store::session::write::WriteSession;
use chrono::NaiveDate;
use diesel::dsl::{max, min, sql};
use diesel::sql_types::BigInt;
use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl, SelectableHelper};
use std::collections::HashMap;

stored!(DemarcheFollowUp in demarche_follow_ups {
    id: Id<DemarcheFollowUp>,
    demarche_id: Id<Demarche>,
    ask_id: Id<DemarcheAsk>,
    agency_id: Id<Agency>,
    followed_up_on: NaiveDate,
    note: String,
});

impl ReadSession {
    /// How asks were followed up, by date; nothing of demarches that the viewer's agency has not joined.
    ///
    /// # Errors
    /// If the database fails.
    pub fn follow_ups_of(
        &mut self,
        asks: &[Id<DemarcheAsk>],
    ) -> Result<HashMap<Id<DemarcheAsk>, Vec<Released<DemarcheFollowUp>>>> {
        let agency = self.viewer().agency.id;
        let of_joined = || {
            let joined = demarche_parties::table
                .filter(demarche_parties::agency_id.eq(agency))
                .filter(demarche_parties::decision.eq(DemarcheDecision::Joined.code()))
                .select(demarche_parties::demarche_id);
            demarche_follow_ups::table
                .filter(demarche_follow_ups::ask_id.eq_any(asks.to_vec()))
                .filter(demarche_follow_ups::demarche_id.eq_any(joined))
        };
        let length = of_joined().select(sql::<BigInt>("coalesce(sum(octet_length(note) + 100), 0)"));
        let length: i64 = length.first(self.connection())?;
        self.hold_text(length)?;
        let mut rows: Vec<DemarcheFollowUp> =
            of_joined().select(DemarcheFollowUp::as_select()).load(self.connection())?;
        rows.sort_by(|one, other| (one.followed_up_on, &one.note).cmp(&(other.followed_up_on, &other.note)));
        let mut by_ask: HashMap<Id<DemarcheAsk>, Vec<Released<DemarcheFollowUp>>> = HashMap::new();
        for row in rows {
            by_ask.entry(row.ask_id).or_default().push(Released::reference(row));
        }
        Ok(by_ask)
    }
}

impl WriteSession {
    /// How often the viewer's agency has followed up in a demarche.
    ///
    /// # Errors
    /// If the database fails.
    pub fn follow_ups_count(&mut self, demarche: Id<Demarche>) -> Result<i64> {
        let own = demarche_follow_ups::table
            .filter(demarche_follow_ups::demarche_id.eq(demarche))
            .filter(demarche_follow_ups::agency_id.eq(self.viewer().agency.id));
        Ok(own.count().get_result(self.connection())?)
    }

    /// When something that a demarche asks for was followed up first.
    ///
    /// # Errors
    /// If the database fails.
    pub fn first_follow_up(&mut self, demarche: Id<Demarche>) -> Result<Option<NaiveDate>> {
        let of_demarche = demarche_follow_ups::table.filter(demarche_follow_ups::demarche_id.eq(demarche));
        Ok(of_demarche.select(min(demarche_follow_ups::followed_up_on)).first(self.connection())?)
    }

    /// When an ask was followed up last.
    ///
    /// # Errors
    /// If the database fails.
    pub fn last_follow_up(&mut self, ask: Id<DemarcheAsk>) -> Result<Option<NaiveDate>> {
        let of_ask = demarche_follow_ups::table.filter(demarche_follow_ups::ask_id.eq(ask));
        Ok(of_ask.select(max(demarche_follow_ups::followed_up_on)).first(self.connection())?)
    }

    /// Which demarche an ask belongs to.
    ///
    /// # Errors
    /// If the database fails.
    pub fn demarche_of_ask(&mut self, ask: Id<DemarcheAsk>) -> Result<Option<Id<Demarche>>> {
        let of = demarche_asks::table.find(ask).select(demarche_asks::demarche_id);
        Ok(of.first(self.connection()).optional()?)
    }

    /// Records that an ask was followed up, and when it is next.
    ///
    /// # Errors
    /// If the database fails.
    pub fn follow_up_ask(&mut self, follow_up: &DemarcheFollowUp, next_on: NaiveDate) -> Result<()> {
        insert::demarche_follow_ups(self.connection(), std::slice::from_ref(follow_up))?;
        let next = demarche_asks::follow_up_on.eq(next_on);
        changed_one(diesel::update(demarche_asks::table.find(follow_up.ask_id)).set(next).execute(self.connection())?)?;
        Ok(())
    }

    /// A follow-up.
    ///
    /// # Errors
    /// If the database fails.
    pub fn follow_up(&mut self, id: Id<DemarcheFollowUp>) -> Result<Option<DemarcheFollowUp>> {
        let found = demarche_follow_ups::table.find(id).select(DemarcheFollowUp::as_select());
        Ok(found.first(self.connection()).optional()?)
    }

    /// Withdraws a follow-up, and says when its ask is followed up next.
    ///
    /// # Errors
    /// If the database fails.
    pub fn withdraw_follow_up(&mut self, follow_up: &DemarcheFollowUp, next_on: NaiveDate) -> Result<()> {
        changed_one(diesel::delete(demarche_follow_ups::table.find(follow_up.id)).execute(self.connection())?)?;
        let unanswered = demarche_asks::table.find(follow_up.ask_id).filter(demarche_asks::answer.is_null());
        diesel::update(unanswered).set(demarche_asks::follow_up_on.eq(next_on)).execute(self.connection())?;
        Ok(())
    }

    /// Records how an ask was answered, and when; nothing if it was not after all.
    ///
    /// # Errors
    /// If the database fails.
    pub fn answer_ask(&mut self, ask: Id<DemarcheAsk>, answered: Option<(DemarcheAnswer, NaiveDate)>) -> Result<()> {
        let (answer, on) = answered.unzip();
        let answered = (demarche_asks::answer.eq(answer.map(DemarcheAnswer::code)), demarche_asks::answered_on.eq(on));
        changed_one(diesel::update(demarche_asks::table.find(ask)).set(answered).execute(self.connection())?)?;
        Ok(())
    }
}
