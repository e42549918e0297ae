//! How parties change demarches: drafted, cited, joined, delivered, and followed up until they are answered.

use crate::domain::agency::Agency;
use crate::domain::demarche::{
    Demarche, DemarcheAnswer, DemarcheAsk, DemarcheDecision, DemarcheFigure, DemarcheFollowUp, DemarcheParty,
    DemarchePattern,
};
use crate::domain::{Id, Vocabulary};
use crate::store::bulk::insert;
use crate::store::database::connection::AnyConnection;
use crate::store::database::errors::Result;
use crate::store::database::tables::{demarche_asks, demarche_figures, demarche_parties, demarche_patterns, demarches};
use crate::store::session::write::WriteSession;
use chrono::NaiveDate;
use diesel::dsl::{exists, sql};
use diesel::sql_types::{BigInt, Bool};
use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl, SqliteConnection};

impl WriteSession {
    /// Drafts a demarche, with what it asks for and whom its drafter invites.
    ///
    /// # Errors
    /// If the database fails.
    pub fn draft_demarche(&mut self, demarche: &Demarche, asks: &[DemarcheAsk], invited: &[Id<Agency>]) -> Result<()> {
        insert::demarches(self.connection(), std::slice::from_ref(demarche))?;
        let mut parties = invitations(demarche.id, invited);
        let decision = DemarcheDecision::Joined;
        parties.push(DemarcheParty { demarche_id: demarche.id, agency_id: demarche.drafter_id, decision });
        insert::demarche_parties(self.connection(), &parties)?;
        insert::demarche_asks(self.connection(), asks)
    }

    /// Records that the viewer's agency declines: it takes back what it cites, and figures that count its people.
    ///
    /// # Errors
    /// If the database fails.
    pub fn decline_demarche(&mut self, demarche: Id<Demarche>) -> Result<()> {
        let of_its_people = demarche_figures::table
            .filter(demarche_figures::demarche_id.eq(demarche))
            .filter(demarche_figures::provider_id.eq(self.viewer().agency.id));
        diesel::delete(of_its_people).execute(self.connection())?;
        self.withdraw_citations(demarche)?;
        self.decide(demarche, DemarcheDecision::Declined)
    }

    /// Takes back what the viewer's agency cites.
    ///
    /// # Errors
    /// If the database fails.
    pub fn withdraw_citations(&mut self, demarche: Id<Demarche>) -> Result<()> {
        let agency = self.viewer().agency.id;
        let figures = demarche_figures::table
            .filter(demarche_figures::demarche_id.eq(demarche))
            .filter(demarche_figures::citer_id.eq(agency));
        diesel::delete(figures).execute(self.connection())?;
        let patterns = demarche_patterns::table
            .filter(demarche_patterns::demarche_id.eq(demarche))
            .filter(demarche_patterns::citer_id.eq(agency));
        diesel::delete(patterns).execute(self.connection())?;
        Ok(())
    }

    /// Invites agencies to a draft, some for the first time and some again: whoever cites in it, or whose people a figure counts, decides
    /// anew whether it joins.
    ///
    /// # Errors
    /// If the database fails.
    pub fn invite_to_demarche(
        &mut self,
        demarche: Id<Demarche>,
        first: &[Id<Agency>],
        again: &[Id<Agency>],
    ) -> Result<()> {
        insert::demarche_parties(self.connection(), &invitations(demarche, first))?;
        let declined = demarche_parties::table
            .filter(demarche_parties::demarche_id.eq(demarche))
            .filter(demarche_parties::agency_id.eq_any(again.to_vec()));
        diesel::update(declined)
            .set(demarche_parties::decision.eq(DemarcheDecision::Invited.code()))
            .execute(self.connection())?;
        // On PostgreSQL nobody writes another's decision; the database does.
        if let AnyConnection::Sqlite(sqlite) = self.connection() {
            let drafter: Id<Agency> = demarches::table.find(demarche).select(demarches::drafter_id).first(sqlite)?;
            let concerned = concerned(sqlite, demarche)?;
            let others = demarche_parties::table
                .filter(demarche_parties::demarche_id.eq(demarche))
                .filter(demarche_parties::agency_id.eq_any(concerned))
                .filter(demarche_parties::agency_id.ne(drafter));
            diesel::update(others)
                .set(demarche_parties::decision.eq(DemarcheDecision::Invited.code()))
                .execute(sqlite)?;
        }
        Ok(())
    }

    /// Records that the viewer's agency joins.
    ///
    /// # Errors
    /// If the database fails.
    pub fn join_demarche(&mut self, demarche: Id<Demarche>) -> Result<()> {
        self.decide(demarche, DemarcheDecision::Joined)
    }

    fn decide(&mut self, demarche: Id<Demarche>, decision: DemarcheDecision) -> Result<()> {
        let own = demarche_parties::table.find((demarche, self.viewer().agency.id));
        diesel::update(own).set(demarche_parties::decision.eq(decision.code())).execute(self.connection())?;
        Ok(())
    }

    /// Cites a released figure: its provider decides anew whether it joins.
    ///
    /// # Errors
    /// If the database fails.
    pub fn cite_figure(&mut self, figure: &DemarcheFigure) -> Result<()> {
        insert::demarche_figures(self.connection(), std::slice::from_ref(figure))?;
        // On PostgreSQL nobody but the provider writes its decision; the database does.
        if let AnyConnection::Sqlite(sqlite) = self.connection() {
            let provider = demarche_parties::table.find((figure.demarche_id, figure.provider_id));
            let anew = demarche_parties::decision.eq(DemarcheDecision::Invited.code());
            diesel::update(provider).set(anew).execute(sqlite)?;
        }
        Ok(())
    }

    /// Cites a pattern.
    ///
    /// # Errors
    /// If the database fails.
    pub fn cite_pattern(&mut self, pattern: &DemarchePattern) -> Result<()> {
        insert::demarche_patterns(self.connection(), std::slice::from_ref(pattern))
    }

    /// Whether a demarche rests on what somebody cites, or on a figure of somebody's people, who has not joined since. On PostgreSQL that is
    /// asked of the database: the drafter does not see what another cites.
    ///
    /// # Errors
    /// If the database fails.
    pub fn rests_on_unagreed(&mut self, demarche: Id<Demarche>) -> Result<bool> {
        match self.connection() {
            AnyConnection::Postgresql(postgres) => {
                let unagreed = sql::<Bool>("wall.rests_on_unagreed(").bind::<BigInt, _>(demarche).sql(")");
                Ok(diesel::select(unagreed).get_result(postgres)?)
            }
            AnyConnection::Sqlite(sqlite) => {
                let concerned = concerned(sqlite, demarche)?;
                let unagreed = demarche_parties::table
                    .filter(demarche_parties::demarche_id.eq(demarche))
                    .filter(demarche_parties::agency_id.eq_any(concerned))
                    .filter(demarche_parties::decision.ne(DemarcheDecision::Joined.code()));
                Ok(diesel::select(exists(unagreed)).get_result(sqlite)?)
            }
        }
    }

    /// Records that a demarche was delivered.
    ///
    /// # Errors
    /// If the database fails.
    pub fn deliver_demarche(&mut self, demarche: Id<Demarche>, on: NaiveDate) -> Result<()> {
        let delivered = demarches::delivered_on.eq(Some(on));
        diesel::update(demarches::table.find(demarche)).set(delivered).execute(self.connection())?;
        Ok(())
    }

    /// Takes a demarche back.
    ///
    /// # Errors
    /// If the database fails.
    pub fn withdraw_demarche(&mut self, demarche: Id<Demarche>) -> Result<()> {
        let withdrawn = demarches::withdrawn_on.eq(Some(self.viewer().today));
        diesel::update(demarches::table.find(demarche)).set(withdrawn).execute(self.connection())?;
        Ok(())
    }

    /// Records what the government said.
    ///
    /// # Errors
    /// If the database fails.
    pub fn record_response(&mut self, demarche: Id<Demarche>, response: &str, on: NaiveDate) -> Result<()> {
        let said = (demarches::response.eq(Some(response)), demarches::responded_on.eq(Some(on)));
        diesel::update(demarches::table.find(demarche)).set(said).execute(self.connection())?;
        Ok(())
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
        diesel::update(demarche_asks::table.find(follow_up.ask_id)).set(next).execute(self.connection())?;
        Ok(())
    }

    /// Records how an ask was answered.
    ///
    /// # Errors
    /// If the database fails.
    pub fn answer_ask(&mut self, ask: Id<DemarcheAsk>, answer: DemarcheAnswer, on: NaiveDate) -> Result<()> {
        let answered = (demarche_asks::answer.eq(Some(answer.code())), demarche_asks::answered_on.eq(Some(on)));
        diesel::update(demarche_asks::table.find(ask)).set(answered).execute(self.connection())?;
        Ok(())
    }
}

/// Who cites in a demarche, and whose people a figure counts.
fn concerned(sqlite: &mut SqliteConnection, demarche: Id<Demarche>) -> Result<Vec<Id<Agency>>> {
    let figures = demarche_figures::table.filter(demarche_figures::demarche_id.eq(demarche));
    let of_figures: Vec<(Id<Agency>, Id<Agency>)> =
        figures.select((demarche_figures::provider_id, demarche_figures::citer_id)).load(sqlite)?;
    let patterns = demarche_patterns::table.filter(demarche_patterns::demarche_id.eq(demarche));
    let mut all: Vec<Id<Agency>> = patterns.select(demarche_patterns::citer_id).load(sqlite)?;
    all.extend(of_figures.into_iter().flat_map(|(provider, citer)| [provider, citer]));
    Ok(all)
}

fn invitations(demarche_id: Id<Demarche>, invited: &[Id<Agency>]) -> Vec<DemarcheParty> {
    let decision = DemarcheDecision::Invited;
    invited.iter().map(|agency| DemarcheParty { demarche_id, agency_id: *agency, decision }).collect()
}
