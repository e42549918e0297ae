//! Consents, as they are stored.

use super::database::stored::stored;
use super::database::tables::consents;
use crate::domain::Key;
use crate::domain::consent::{Consent, ConsentDecision};
use crate::domain::grants::Grants;
use crate::domain::purpose::Purpose;
use chrono::{NaiveDate, NaiveDateTime};

stored!(Consent in consents {
    id: Key,
    individual_id: Key,
    recipient_id: Key,
    purpose: Purpose,
    decision: ConsentDecision,
    recorded_at: NaiveDateTime,
    expires_on: Option<NaiveDate>,
    explained: Option<Grants>,
});
