//! Who may see what: pure functions from a viewer, the agreements in force and a purpose to what is released.

pub mod api_key;
pub mod consent;
pub mod filter;
pub mod fingerprint;
pub mod grant;
pub mod ledger;
pub mod released;
pub mod reveal;
pub mod seal;
pub mod statistics;
pub mod viewer;

pub use grant::{Basis, Grant};
pub use released::{ItemAccess, Protected, Reference, Released, Stored};
pub use reveal::{Redaction, RedactionReason, Reveal};
pub use viewer::Viewer;
