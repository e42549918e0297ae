//! On whose behalf a request runs, and what for.

use crate::domain::agency::Agency;
use crate::domain::client::Client;
use crate::domain::purpose::Purpose;
use chrono::NaiveDate;

/// A client of an agency, at work for one purpose, on one day. Always an argument, never ambient.
#[derive(Debug, Clone)]
pub struct Viewer {
    /// The agency that looks.
    pub agency: Agency,
    /// The client that acts for it.
    pub client: Client,
    /// The request's one purpose.
    pub purpose: Purpose,
    /// The request's UTC date, on which agreements, consents and age bands are judged.
    pub today: NaiveDate,
}
