//! Clients: the programs and people that call the API with a key, on behalf of an agency.

use super::{Id, Noun, vocabulary};

vocabulary! {
    /// What a client may do on behalf of its agency.
    Role {
        /// Reads.
        Reader = "READER",
        /// Reads, and changes the caseload that its agency holds.
        Caseworker = "CASEWORKER",
        /// Reads, signs agreements, imports, exports and reads the audit of its agency's records.
        DataOfficer = "DATA_OFFICER",
    }
}

/// A client of an agency, identified by its key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Client {
    /// Row key.
    pub id: Id<Client>,
    /// Name, for people to tell clients apart.
    pub name: String,
    /// What it may do.
    pub role: Role,
}

impl Noun for Client {
    const NAME: &'static str = "Client";
}
