//! Consents, as they are stored.

use super::database::stored::stored;
use super::database::tables::consents;
use crate::domain::Id;
use crate::domain::agency::Agency;
use crate::domain::consent::{Consent, ConsentDecision};
use crate::domain::grants::Grants;
use crate::domain::individual::Individual;
use crate::domain::purpose::Purpose;
use chrono::{NaiveDate, NaiveDateTime};

stored!(Consent in consents {
    id: Id<Consent>,
    individual_id: Id<Individual>,
    recipient_id: Id<Agency>,
    purpose: Purpose,
    decision: ConsentDecision,
    recorded_at: NaiveDateTime,
    expires_on: Option<NaiveDate>,
    explained: Option<Grants>,
});
