//! What handing programmes over takes, and what it gives.

use super::Handover;
use crate::graphql::schema::scalars::GivenDate;
use crate::graphql::schema::user_errors::payloads;
use async_graphql::{ID, InputObject};

/// What proposing a handover takes.
#[derive(Debug, InputObject)]
pub struct ProposeHandoverInput {
    /// The code of the agency that is to lead the programmes.
    pub(super) receiver_code: String,
    /// The IATI identifiers of the programmes, 1 to 100, which the agency leads.
    pub(super) programme_identifiers: Vec<String>,
    /// The day from which the receiver leads what it accepts: from today on, within two years.
    pub(super) cut_over_on: GivenDate,
    /// Makes a repeated request do nothing twice; 1 to 64 characters.
    pub(super) idempotency_key: Option<String>,
}

/// Declares what answering a handover takes.
macro_rules! answers {
    ($($(#[doc = $about:literal])+ $name:ident;)+) => {$(
        $(#[doc = $about])+
        #[derive(Debug, InputObject)]
        pub struct $name {
            /// The handover.
            pub(super) handover_id: ID,
            /// The IATI identifiers of programmes of it that are proposed; all of them are answered, or none.
            pub(super) programme_identifiers: Vec<String>,
            /// Makes a repeated request do nothing twice; 1 to 64 characters.
            pub(super) idempotency_key: Option<String>,
        }
    )+};
}

answers! {
    /// What accepting programmes of a handover takes.
    AcceptHandoverInput;
    /// What declining programmes of a handover takes.
    DeclineHandoverInput;
    /// What withdrawing programmes from a handover takes.
    WithdrawHandoverInput;
}

payloads! {
    handover: Handover = "The handover; null if nothing was changed.";
    /// The handover that was proposed, or why none was.
    ProposeHandoverPayload;
    /// The handover of which programmes were accepted, or why they were not.
    AcceptHandoverPayload;
    /// The handover of which programmes were declined, or why they were not.
    DeclineHandoverPayload;
    /// The handover from which programmes were withdrawn, or why they were not.
    WithdrawHandoverPayload;
}
