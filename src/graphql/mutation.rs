//! The root of what may be changed.

use super::agreement_changes::{
    self, AgreementPayload, ChangeAgreementInput, ProposeAgreementInput, RenewAgreementInput, Step,
};
use super::consent_changes::{self, ConsentPayload, RecordConsentInput, WithdrawConsentInput};
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

    /// Records that a person agreed to share with a recipient for a purpose, or refused. For the holder's CASEWORKER and
    /// DATA_OFFICER, under CASE_MANAGEMENT.
    async fn record_consent(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The answer.")] input: RecordConsentInput,
    ) -> Result<ConsentPayload, Error> {
        consent_changes::record(context, &input)
    }

    /// Records that a person took a consent back. For the holder's CASEWORKER and DATA_OFFICER, under CASE_MANAGEMENT.
    async fn withdraw_consent(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Whose consent, to what.")] input: WithdrawConsentInput,
    ) -> Result<ConsentPayload, Error> {
        consent_changes::withdraw(context, &input)
    }
}
