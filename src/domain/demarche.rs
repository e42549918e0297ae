//! Demarches: what agencies ask of a government together, and what becomes of it.

use super::agency::Agency;
use super::agreement::Agreement;
use super::incident::{IncidentActor, IncidentKind};
use super::incident_pattern::IncidentPattern;
use super::{Id, Noun, vocabulary};
use chrono::{NaiveDate, NaiveDateTime};
use sha2::{Digest, Sha256};

/// The most characters of a subject or an addressee.
pub const MAX_LINE: usize = 200;

/// The most characters of a response, and of what is asked in words.
pub const MAX_TEXT: usize = 4_000;

/// The most things that a demarche asks for.
pub const MAX_ASKS: usize = 20;

/// The most agencies that are invited to join.
pub const MAX_PARTIES: usize = 20;

/// The most figures and patterns on which it rests.
pub const MAX_CITED: usize = 50;

/// The most follow-ups of an agency in one demarche.
pub const MAX_FOLLOW_UPS: usize = 100;

/// The most days ahead on which an ask is followed up next.
pub const MAX_DAYS_AHEAD: u64 = 731;

/// A pattern is cited if it has at least so many events.
pub const MIN_EVENTS: i64 = 2;

/// And if they affected at least so many people.
pub const MIN_AFFECTED: i64 = 5;

vocabulary! {
    /// Where a demarche stands.
    DemarcheStatus {
        /// It is drafted: agencies join it.
        Draft = "DRAFT",
        /// It was delivered; some of what it asks is not answered.
        Delivered = "DELIVERED",
        /// All of what it asks is answered.
        Concluded = "CONCLUDED",
        /// Its drafter took it back before it was delivered.
        Withdrawn = "WITHDRAWN",
    }
}

vocabulary! {
    /// Whether an agency joins a demarche.
    DemarcheDecision {
        /// It is asked to.
        Invited = "INVITED",
        /// It joins as the demarche stands.
        Joined = "JOINED",
        /// It does not.
        Declined = "DECLINED",
    }
}

vocabulary! {
    /// What a demarche asks for.
    DemarcheAskKind {
        /// Citizenship for those who have been there for years.
        Citizenship = "CITIZENSHIP",
        /// Legal residence.
        LegalResidence = "LEGAL_RESIDENCE",
        /// That nobody is relocated against their will.
        StopRelocation = "STOP_RELOCATION",
        /// That nobody is deported without due process.
        StopDeportation = "STOP_DEPORTATION",
        /// That bribes are investigated and stopped.
        StopBribes = "STOP_BRIBES",
        /// That people are let free, or may come back.
        Release = "RELEASE",
        /// Anything else, in words.
        Other = "OTHER",
    }
}

vocabulary! {
    /// How what was asked was answered.
    DemarcheAnswer {
        /// It is granted.
        Granted = "GRANTED",
        /// Some of it is.
        PartlyGranted = "PARTLY_GRANTED",
        /// It is refused.
        Refused = "REFUSED",
    }
}

/// What agencies ask of a government.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Demarche {
    /// Row key.
    pub id: Id<Demarche>,
    /// The agency that drafts and delivers it.
    pub drafter_id: Id<Agency>,
    /// What it is about.
    pub subject: String,
    /// To whom it is delivered.
    pub addressee: String,
    /// When it was drafted, in UTC.
    pub drafted_at: NaiveDateTime,
    /// When it was taken back.
    pub withdrawn_on: Option<NaiveDate>,
    /// When it was delivered.
    pub delivered_on: Option<NaiveDate>,
    /// What the government said.
    pub response: Option<String>,
    /// When it did.
    pub responded_on: Option<NaiveDate>,
}

impl Noun for Demarche {
    const NAME: &'static str = "Demarche";
}

impl Demarche {
    /// Where it stands, by whether all of what it asks is answered.
    pub fn status(&self, all_answered: bool) -> DemarcheStatus {
        match (self.withdrawn_on, self.delivered_on) {
            (Some(_), _) => DemarcheStatus::Withdrawn,
            (None, None) => DemarcheStatus::Draft,
            (None, Some(_)) if all_answered => DemarcheStatus::Concluded,
            (None, Some(_)) => DemarcheStatus::Delivered,
        }
    }
}

/// An agency's part in a demarche. Its drafter has joined.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DemarcheParty {
    /// Which demarche.
    pub demarche_id: Id<Demarche>,
    /// Which agency.
    pub agency_id: Id<Agency>,
    /// Whether it joins.
    pub decision: DemarcheDecision,
}

/// One thing that a demarche asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DemarcheAsk {
    /// Row key, random.
    pub id: Id<DemarcheAsk>,
    /// Which demarche.
    pub demarche_id: Id<Demarche>,
    /// What.
    pub kind: DemarcheAskKind,
    /// The same in words; none in a list, which is read without them.
    pub detail: Option<String>,
    /// When it is followed up next, until it is answered.
    pub follow_up_on: NaiveDate,
    /// How it was answered.
    pub answer: Option<DemarcheAnswer>,
    /// When.
    pub answered_on: Option<NaiveDate>,
}

impl Noun for DemarcheAsk {
    const NAME: &'static str = "DemarcheAsk";
}

/// That an ask was followed up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DemarcheFollowUp {
    /// Row key, random.
    pub id: Id<DemarcheFollowUp>,
    /// Which demarche.
    pub demarche_id: Id<Demarche>,
    /// Which ask.
    pub ask_id: Id<DemarcheAsk>,
    /// By which agency.
    pub agency_id: Id<Agency>,
    /// When.
    pub followed_up_on: NaiveDate,
    /// What came of it.
    pub note: String,
}

impl Noun for DemarcheFollowUp {
    const NAME: &'static str = "DemarcheFollowUp";
}

/// A released figure on which a demarche rests, as it stood in its release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DemarcheFigure {
    /// Row key, random.
    pub id: Id<DemarcheFigure>,
    /// Which demarche.
    pub demarche_id: Id<Demarche>,
    /// Under which agreement it was released.
    pub agreement_id: Id<Agreement>,
    /// Whose people it counts.
    pub provider_id: Id<Agency>,
    /// To whom it was released, and who cites it.
    pub citer_id: Id<Agency>,
    /// The number of the release.
    pub release_number: i32,
    /// As of which day it counts.
    pub as_of: NaiveDate,
    /// The dimensions of the table, joined by `*`.
    pub dimensions: String,
    /// A value of each, joined by `*`; empty if it is not known.
    pub value: String,
    /// How many people, as released.
    pub count: i64,
}

/// A digest of a demarche with its asks, figures and parties in their order, by which whoever joins says what it has read: 32 digits, in
/// hexadecimal. An ask that is corrected is another one.
pub fn digest(
    demarche: &Demarche,
    asks: &[Id<DemarcheAsk>],
    figures: &[&DemarcheFigure],
    parties: &[Id<Agency>],
) -> String {
    let line = |one: &&DemarcheFigure| {
        let cell = (&one.dimensions, &one.value);
        format!("{} {} {} {cell:?} {}", one.agreement_id, one.release_number, one.as_of, one.count)
    };
    let words = [&demarche.subject, &demarche.addressee].map(|text| format!("{text:?}"));
    let asks = asks.iter().map(ToString::to_string);
    let parties = parties.iter().map(ToString::to_string);
    let lines: Vec<String> = words.into_iter().chain(asks).chain(figures.iter().map(line)).chain(parties).collect();
    Sha256::digest(lines.join("\n")).iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

/// A pattern on which a demarche rests, with nothing of anybody in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DemarchePattern {
    /// Which demarche.
    pub demarche_id: Id<Demarche>,
    /// Which pattern.
    pub pattern_id: Id<IncidentPattern>,
    /// Whose it is, and who cites it.
    pub citer_id: Id<Agency>,
    /// What it was called.
    pub name: String,
    /// Of which kind its incidents were; none if of several.
    pub kind: Option<IncidentKind>,
    /// Who did them; none if several did.
    pub actor: Option<IncidentActor>,
}
