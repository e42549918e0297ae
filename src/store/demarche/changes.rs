//! How parties change demarches: drafted, cited, joined, delivered, and followed up until they are answered.

use crate::domain::agency::Agency;
use crate::domain::demarche::{
    Demarche, DemarcheAsk, DemarcheDecision, DemarcheFigure, DemarcheParty, DemarchePattern,
};
use crate::domain::incident_pattern::IncidentPattern;
use crate::domain::{Id, Vocabulary};
use crate::store::bulk::insert;
use crate::store::database::errors::{Result, changed_one};
use crate::store::database::tables::{demarche_asks, demarche_figures, demarche_parties, demarche_patterns, demarches};
use crate::store::session::write::WriteSession;
use chrono::NaiveDate;
use diesel::{ExpressionMethods, QueryDsl, RunQueryDsl};

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

    /// Invites agencies to a draft, some for the first time and some again. The database has whoever has joined decide anew.
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
        Ok(())
    }

    /// Corrects what a draft is about, and to whom it is delivered. The database has whoever has joined decide anew.
    ///
    /// # Errors
    /// If the database fails.
    pub fn correct_demarche(&mut self, demarche: Id<Demarche>, subject: &str, addressee: &str) -> Result<()> {
        let corrected = (demarches::subject.eq(subject), demarches::addressee.eq(addressee));
        changed_one(diesel::update(demarches::table.find(demarche)).set(corrected).execute(self.connection())?)?;
        Ok(())
    }

    /// Has a draft ask for other things.
    ///
    /// # Errors
    /// If the database fails.
    pub fn replace_asks(&mut self, demarche: Id<Demarche>, asks: &[DemarcheAsk]) -> Result<()> {
        let before = demarche_asks::table.filter(demarche_asks::demarche_id.eq(demarche));
        diesel::delete(before).execute(self.connection())?;
        insert::demarche_asks(self.connection(), asks)
    }

    /// Withdraws an invitation. The database takes back what the agency cites, and what counts its people.
    ///
    /// # Errors
    /// If the database fails.
    pub fn withdraw_invitation(&mut self, demarche: Id<Demarche>, agency: Id<Agency>) -> Result<()> {
        changed_one(diesel::delete(demarche_parties::table.find((demarche, agency))).execute(self.connection())?)?;
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
        changed_one(
            diesel::update(own).set(demarche_parties::decision.eq(decision.code())).execute(self.connection())?,
        )?;
        Ok(())
    }

    /// Cites a released figure. The database has everybody decide anew, so that nobody learns who cites, and of whose people.
    ///
    /// # Errors
    /// If the database fails.
    pub fn cite_figure(&mut self, figure: &DemarcheFigure) -> Result<()> {
        insert::demarche_figures(self.connection(), std::slice::from_ref(figure))
    }

    /// Cites a pattern. The database has everybody decide anew.
    ///
    /// # Errors
    /// If the database fails.
    pub fn cite_pattern(&mut self, pattern: &DemarchePattern) -> Result<()> {
        insert::demarche_patterns(self.connection(), std::slice::from_ref(pattern))
    }

    /// The drafts in which the viewer's agency cites a pattern.
    ///
    /// # Errors
    /// If the database fails.
    pub fn drafts_citing(&mut self, pattern: Id<IncidentPattern>) -> Result<Vec<Id<Demarche>>> {
        let citing = demarche_patterns::table
            .filter(demarche_patterns::pattern_id.eq(pattern))
            .filter(demarche_patterns::citer_id.eq(self.viewer().agency.id))
            .select(demarche_patterns::demarche_id);
        let drafts = demarches::table.filter(demarches::id.eq_any(citing)).filter(demarches::delivered_on.is_null());
        Ok(drafts.select(demarches::id).load(self.connection())?)
    }

    /// Takes a pattern of the viewer's agency back from demarches.
    ///
    /// # Errors
    /// If the database fails.
    pub fn withdraw_pattern(&mut self, pattern: Id<IncidentPattern>, of: &[Id<Demarche>]) -> Result<()> {
        let cited = demarche_patterns::table
            .filter(demarche_patterns::pattern_id.eq(pattern))
            .filter(demarche_patterns::demarche_id.eq_any(of.to_vec()));
        diesel::delete(cited).execute(self.connection())?;
        Ok(())
    }

    /// Records that a demarche was delivered.
    ///
    /// # Errors
    /// If the database fails.
    pub fn deliver_demarche(&mut self, demarche: Id<Demarche>, on: NaiveDate) -> Result<()> {
        let delivered = demarches::delivered_on.eq(Some(on));
        changed_one(diesel::update(demarches::table.find(demarche)).set(delivered).execute(self.connection())?)?;
        Ok(())
    }

    /// Takes a demarche back.
    ///
    /// # Errors
    /// If the database fails.
    pub fn withdraw_demarche(&mut self, demarche: Id<Demarche>) -> Result<()> {
        let withdrawn = demarches::withdrawn_on.eq(Some(self.viewer().today));
        changed_one(diesel::update(demarches::table.find(demarche)).set(withdrawn).execute(self.connection())?)?;
        Ok(())
    }

    /// Makes a demarche a draft again that was delivered, or taken back, by mistake.
    ///
    /// # Errors
    /// If the database fails.
    pub fn reopen_demarche(&mut self, demarche: Id<Demarche>) -> Result<()> {
        let drafted = (demarches::delivered_on.eq(None::<NaiveDate>), demarches::withdrawn_on.eq(None::<NaiveDate>));
        changed_one(diesel::update(demarches::table.find(demarche)).set(drafted).execute(self.connection())?)?;
        Ok(())
    }

    /// Records what the government said, and when; nothing if it did not after all.
    ///
    /// # Errors
    /// If the database fails.
    pub fn record_response(&mut self, demarche: Id<Demarche>, said: Option<(&str, NaiveDate)>) -> Result<()> {
        let (response, on) = said.unzip();
        let said = (demarches::response.eq(response), demarches::responded_on.eq(on));
        changed_one(diesel::update(demarches::table.find(demarche)).set(said).execute(self.connection())?)?;
        Ok(())
    }
}

fn invitations(demarche_id: Id<Demarche>, invited: &[Id<Agency>]) -> Vec<DemarcheParty> {
    let decision = DemarcheDecision::Invited;
    invited.iter().map(|agency| DemarcheParty { demarche_id, agency_id: *agency, decision }).collect()
}
