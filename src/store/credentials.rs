//! What a client presents, and why it is refused.

use crate::domain::Id;
use crate::domain::agency::Agency;
use crate::domain::client::Client;
use crate::domain::purpose::Purpose;
use crate::store::database::errors::StoreError;

/// What a client presents: the hash of its key, and the purpose that it states.
#[derive(Debug, Clone)]
pub struct Credentials {
    /// SHA-256 of the API key, in hexadecimal.
    pub key_hash: String,
    /// The stated purpose; the client's default if there is none.
    pub purpose: Option<Purpose>,
}

/// Why credentials are refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// No client has such a key.
    #[error("no client has this key")]
    UnknownKey,
    /// The client is not registered for the purpose.
    #[error("the client is not registered for {purpose}")]
    PurposeNotRegistered {
        /// The purpose that it stated.
        purpose: Purpose,
        /// The client's agency.
        agency_id: Id<Agency>,
        /// The client.
        client_id: Id<Client>,
    },
}

/// Why no snapshot was opened.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The credentials are refused.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<diesel::result::Error> for ReadError {
    fn from(error: diesel::result::Error) -> Self {
        Self::Store(error.into())
    }
}
