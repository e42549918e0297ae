//! What changes of demarches take, and what they give.

use super::Demarche;
use crate::domain::demarche::{DemarcheAnswer, DemarcheAskKind};
use crate::domain::statistics::StatisticsDimension;
use crate::graphql::schema::scalars::GivenDate;
use crate::graphql::schema::user_errors::payloads;
use async_graphql::{ID, InputObject};

/// What drafting a demarche takes.
#[derive(Debug, InputObject)]
pub struct DraftDemarcheInput {
    /// What it is about: 1 to 200 characters on one line, which name nobody.
    pub(super) subject: String,
    /// To whom it is delivered: 1 to 200 characters on one line.
    pub(super) addressee: String,
    /// What it asks for: 1 to 20 things.
    pub(super) asks: Vec<DemarcheAskInput>,
    /// The codes of the agencies that are invited to join, up to 20.
    pub(super) invited_codes: Option<Vec<String>>,
    /// Makes a repeated request do nothing twice; 1 to 64 characters.
    pub(super) idempotency_key: Option<String>,
}

/// One thing that a demarche asks for.
#[derive(Debug, InputObject)]
pub struct DemarcheAskInput {
    /// What.
    pub(super) kind: DemarcheAskKind,
    /// The same in words: up to 4,000 characters, which name nobody. Needed if the kind is OTHER.
    pub(super) detail: Option<String>,
    /// When it is followed up: today or later, within two years.
    pub(super) follow_up_on: GivenDate,
}

/// What correcting a demarche takes.
#[derive(Debug, InputObject)]
pub struct CorrectDemarcheInput {
    /// The demarche, which the agency drafts, and which is not delivered.
    pub(super) demarche_id: ID,
    /// What it is about, as in drafting it; as it was if it is left out.
    pub(super) subject: Option<String>,
    /// To whom it is delivered, as in drafting it; as it was if it is left out.
    pub(super) addressee: Option<String>,
    /// What it asks for, in place of all that it asked for: 1 to 20 things; as it was if it is left out.
    pub(super) asks: Option<Vec<DemarcheAskInput>>,
    /// Makes a repeated request do nothing twice; 1 to 64 characters.
    pub(super) idempotency_key: Option<String>,
}

/// What citing a released figure takes.
#[derive(Debug, InputObject)]
pub struct CiteDemarcheFigureInput {
    /// The demarche, of which the agency is a party, and which is not delivered.
    pub(super) demarche_id: ID,
    /// The agreement under which it was released to the agency. Left out: the only one that has such a table.
    pub(super) agreement_id: Option<ID>,
    /// The dimensions of the table, or of a margin of it.
    pub(super) group_by: Vec<StatisticsDimension>,
    /// The value of each, as caseloadStatistics gives them: null for those of whom it is not known.
    pub(super) value: Vec<Option<String>>,
    /// Makes a repeated request do nothing twice; 1 to 64 characters.
    pub(super) idempotency_key: Option<String>,
}

/// What citing a pattern takes.
#[derive(Debug, InputObject)]
pub struct CiteDemarchePatternInput {
    /// The demarche, of which the agency is a party, and which is not delivered.
    pub(super) demarche_id: ID,
    /// The agency's pattern: with two events at least that are not unfounded, which affected five people.
    pub(super) pattern_id: ID,
    /// Makes a repeated request do nothing twice; 1 to 64 characters.
    pub(super) idempotency_key: Option<String>,
}

/// What joining a demarche takes.
#[derive(Debug, InputObject)]
pub struct JoinDemarcheInput {
    /// The demarche.
    pub(super) demarche_id: ID,
    /// `digest` as the agency has read it with the demarche. If that is another one by now, the agency does not join.
    pub(super) digest: String,
    /// Makes a repeated request do nothing twice; 1 to 64 characters.
    pub(super) idempotency_key: Option<String>,
}

/// What declining a demarche takes.
#[derive(Debug, InputObject)]
pub struct DeclineDemarcheInput {
    /// The demarche.
    pub(super) demarche_id: ID,
    /// Makes a repeated request do nothing twice; 1 to 64 characters.
    pub(super) idempotency_key: Option<String>,
}

/// What inviting agencies takes.
#[derive(Debug, InputObject)]
pub struct InviteToDemarcheInput {
    /// The demarche, which the agency drafts.
    pub(super) demarche_id: ID,
    /// The codes of the agencies: up to 20 are invited in all.
    pub(super) invited_codes: Vec<String>,
    /// Makes a repeated request do nothing twice; 1 to 64 characters.
    pub(super) idempotency_key: Option<String>,
}

/// What withdrawing an invitation takes.
#[derive(Debug, InputObject)]
pub struct WithdrawDemarcheInvitationInput {
    /// The demarche, which the agency drafts.
    pub(super) demarche_id: ID,
    /// The code of the agency that was invited by mistake, and has not joined.
    pub(super) agency_code: String,
    /// Makes a repeated request do nothing twice; 1 to 64 characters.
    pub(super) idempotency_key: Option<String>,
}

/// What taking back what an agency cites takes.
#[derive(Debug, InputObject)]
pub struct WithdrawDemarcheCitationsInput {
    /// The demarche, of which the agency is a party, and which is not delivered.
    pub(super) demarche_id: ID,
    /// Makes a repeated request do nothing twice; 1 to 64 characters.
    pub(super) idempotency_key: Option<String>,
}

/// What taking a demarche back takes.
#[derive(Debug, InputObject)]
pub struct WithdrawDemarcheInput {
    /// The demarche, which the agency drafts.
    pub(super) demarche_id: ID,
    /// Makes a repeated request do nothing twice; 1 to 64 characters.
    pub(super) idempotency_key: Option<String>,
}

/// What making a demarche a draft again takes.
#[derive(Debug, InputObject)]
pub struct ReopenDemarcheInput {
    /// The demarche, which the agency drafts.
    pub(super) demarche_id: ID,
    /// Makes a repeated request do nothing twice; 1 to 64 characters.
    pub(super) idempotency_key: Option<String>,
}

/// What recording that a demarche was delivered takes.
#[derive(Debug, InputObject)]
pub struct DeliverDemarcheInput {
    /// The demarche, which the agency drafts.
    pub(super) demarche_id: ID,
    /// When: at most 366 days before it was drafted, and not in the future.
    pub(super) delivered_on: GivenDate,
    /// Makes a repeated request do nothing twice; 1 to 64 characters.
    pub(super) idempotency_key: Option<String>,
}

/// What recording a response takes.
#[derive(Debug, InputObject)]
pub struct RecordDemarcheResponseInput {
    /// The demarche, of which the agency is a party.
    pub(super) demarche_id: ID,
    /// What the government said: 1 to 4,000 characters, which name nobody. Of the drafter it takes the place of what was
    /// recorded before.
    pub(super) response: String,
    /// When: not before it was delivered, and not in the future.
    pub(super) responded_on: GivenDate,
    /// Makes a repeated request do nothing twice; 1 to 64 characters.
    pub(super) idempotency_key: Option<String>,
}

/// What withdrawing a response takes.
#[derive(Debug, InputObject)]
pub struct WithdrawDemarcheResponseInput {
    /// The demarche, which the agency drafts.
    pub(super) demarche_id: ID,
    /// Makes a repeated request do nothing twice; 1 to 64 characters.
    pub(super) idempotency_key: Option<String>,
}

/// What withdrawing a follow-up takes.
#[derive(Debug, InputObject)]
pub struct WithdrawDemarcheFollowUpInput {
    /// The follow-up, which the agency recorded, or in a demarche that it drafts.
    pub(super) follow_up_id: ID,
    /// When the ask is followed up next instead: not in the past, and within two years. If it is answered, that says nothing.
    pub(super) next_on: GivenDate,
    /// Makes a repeated request do nothing twice; 1 to 64 characters.
    pub(super) idempotency_key: Option<String>,
}

/// What recording that an ask was followed up takes.
#[derive(Debug, InputObject)]
pub struct FollowUpDemarcheAskInput {
    /// What was asked, in a demarche of which the agency is a party.
    pub(super) ask_id: ID,
    /// When it was followed up: not before the demarche was delivered, and not in the future.
    pub(super) followed_up_on: GivenDate,
    /// What came of it: 1 to 200 characters on one line, which name nobody.
    pub(super) note: String,
    /// When it is followed up next: after that day, not in the past, and within two years.
    pub(super) next_on: GivenDate,
    /// Makes a repeated request do nothing twice; 1 to 64 characters.
    pub(super) idempotency_key: Option<String>,
}

/// What recording an answer takes.
#[derive(Debug, InputObject)]
pub struct AnswerDemarcheAskInput {
    /// What was asked, in a demarche of which the agency is a party.
    pub(super) ask_id: ID,
    /// How it was answered. Of the drafter it takes the place of the answer before.
    pub(super) answer: DemarcheAnswer,
    /// When: not before the demarche was delivered, and not in the future.
    pub(super) answered_on: GivenDate,
    /// Makes a repeated request do nothing twice; 1 to 64 characters.
    pub(super) idempotency_key: Option<String>,
}

/// What taking an answer back takes.
#[derive(Debug, InputObject)]
pub struct ReopenDemarcheAskInput {
    /// What was asked, in a demarche that the agency drafts.
    pub(super) ask_id: ID,
    /// Makes a repeated request do nothing twice; 1 to 64 characters.
    pub(super) idempotency_key: Option<String>,
}

payloads! {
    demarche: Demarche = "The demarche; null if nothing was changed, or the agency has declined it.";
    /// The demarche, or why there is none.
    DraftDemarchePayload;
    /// The demarche as corrected, or why nothing was changed.
    CorrectDemarchePayload;
    /// The demarche with the figure, or why it is not cited.
    CiteDemarcheFigurePayload;
    /// The demarche with the pattern, or why it is not cited.
    CiteDemarchePatternPayload;
    /// The demarche, or why the agency has not joined.
    JoinDemarchePayload;
    /// Nothing, or why the agency has not declined.
    DeclineDemarchePayload;
    /// The demarche, or why nobody was invited.
    InviteToDemarchePayload;
    /// The demarche, or why the invitation stands.
    WithdrawDemarcheInvitationPayload;
    /// The demarche, or why nothing was taken back.
    WithdrawDemarcheCitationsPayload;
    /// The demarche, or why it was not taken back.
    WithdrawDemarchePayload;
    /// The demarche, or why it is no draft again.
    ReopenDemarchePayload;
    /// The demarche, or why nothing was recorded.
    DeliverDemarchePayload;
    /// The demarche, or why nothing was recorded.
    RecordDemarcheResponsePayload;
    /// The demarche, or why the response was not withdrawn.
    WithdrawDemarcheResponsePayload;
    /// The demarche, or why nothing was recorded.
    FollowUpDemarcheAskPayload;
    /// The demarche, or why the follow-up was not withdrawn.
    WithdrawDemarcheFollowUpPayload;
    /// The demarche, or why nothing was recorded.
    AnswerDemarcheAskPayload;
    /// The demarche, or why the answer was not taken back.
    ReopenDemarcheAskPayload;
}
