//! The root of what may be changed.

use super::agreement::changes::{
    self as agreement_changes, AgreementPayload, ChangeAgreementInput, ProposeAgreementInput, RenewAgreementInput, Step,
};
use super::consent::{self, ConsentPayload, RecordConsentInput, WithdrawConsentInput};
use super::emergency::changes::{
    self as emergency_changes, EmergencyAccessPayload, OpenEmergencyAccessInput, ReviewEmergencyAccessInput,
};
use async_graphql::{Context, Error, Object};

/// The root.
pub struct Mutation;

/// What may be changed. A field with userErrors changes nothing; the others of the request are kept together, with its
/// audit entry, and take effect on the next request. A request with an error keeps nothing.
#[Object]
impl Mutation {
    /// Proposes an agreement to which the viewer's agency is a party, as a draft. For DATA_OFFICER.
    async fn propose_agreement(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The terms.")] input: ProposeAgreementInput,
    ) -> Result<AgreementPayload, Error> {
        agreement_changes::propose(context, input)
    }

    /// Signs a draft for the viewer's agency. With the signatures of both parties it is in force, and what it replaces is
    /// revoked. For DATA_OFFICER.
    async fn sign_agreement(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The agreement.")] input: ChangeAgreementInput,
    ) -> Result<AgreementPayload, Error> {
        agreement_changes::step(context, Step::Sign, &input)
    }

    /// Pauses an agreement that is in force; either party may. A new version lifts it. For DATA_OFFICER.
    async fn suspend_agreement(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The agreement.")] input: ChangeAgreementInput,
    ) -> Result<AgreementPayload, Error> {
        agreement_changes::step(context, Step::Suspend, &input)
    }

    /// Ends an agreement for good; either party may. For DATA_OFFICER.
    async fn revoke_agreement(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The agreement.")] input: ChangeAgreementInput,
    ) -> Result<AgreementPayload, Error> {
        agreement_changes::step(context, Step::Revoke, &input)
    }

    /// Proposes a new version of an agreement, as a draft that replaces it once both parties have signed. For DATA_OFFICER.
    async fn renew_agreement(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The agreement, and the new terms.")] input: RenewAgreementInput,
    ) -> Result<AgreementPayload, Error> {
        agreement_changes::renew(context, input)
    }

    /// Opens an emergency agreement for at most three hours: from the next request on it shares what it says, never with the
    /// country of origin. The provider is shown it (emergencyAccesses), and must review it before it can be opened again. For the
    /// recipient's CASEWORKER and DATA_OFFICER.
    async fn open_emergency_access(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The agreement, and why.")] input: OpenEmergencyAccessInput,
    ) -> Result<EmergencyAccessPayload, Error> {
        emergency_changes::open(context, &input)
    }

    /// Reviews an opening of an emergency agreement, and closes it where it is open still. For the provider's DATA_OFFICER.
    async fn review_emergency_access(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The opening, and what was found.")] input: ReviewEmergencyAccessInput,
    ) -> Result<EmergencyAccessPayload, Error> {
        emergency_changes::review(context, &input)
    }

    /// Records that a person agreed to share with a recipient for a purpose, or refused. For the holder's CASEWORKER and
    /// DATA_OFFICER, under CASE_MANAGEMENT.
    async fn record_consent(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The answer.")] input: RecordConsentInput,
    ) -> Result<ConsentPayload, Error> {
        consent::record(context, &input)
    }

    /// Records that a person took a consent back. For the holder's CASEWORKER and DATA_OFFICER, under CASE_MANAGEMENT.
    async fn withdraw_consent(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Whose consent, to what.")] input: WithdrawConsentInput,
    ) -> Result<ConsentPayload, Error> {
        consent::withdraw(context, &input)
    }
}
