//! Which emergency agreements are open, and until when.

use crate::domain::Vocabulary;
use crate::policy::Viewer;
use crate::store::database::connection::AnyConnection;
use crate::store::database::errors::Result;
use crate::store::database::tables::{agreements, emergency_accesses};
use chrono::{NaiveDateTime, Utc};
use diesel::{ExpressionMethods, QueryDsl, RunQueryDsl};

/// Holds for an agreement that is open at a moment.
macro_rules! is_open {
    ($now:expr) => {{
        use crate::store::database::tables::emergency_accesses as accesses;
        let now = $now;
        diesel::dsl::exists(
            accesses::table
                .filter(accesses::agreement_id.eq(agreements::id))
                .filter(accesses::opened_at.le(now))
                .filter(accesses::closes_at.gt(now)),
        )
    }};
}
pub(in crate::store) use is_open;

/// When the next opening of an agreement for a viewer begins or ends, if there is one.
pub(in crate::store) fn next_change(connection: &mut AnyConnection, viewer: &Viewer) -> Result<Option<NaiveDateTime>> {
    let now = Utc::now().naive_utc();
    let received = agreements::table
        .filter(agreements::recipient_id.eq(viewer.agency.id))
        .filter(agreements::purpose.eq(viewer.purpose.code()))
        .select(agreements::id);
    let openings: Vec<(NaiveDateTime, NaiveDateTime)> = emergency_accesses::table
        .filter(emergency_accesses::agreement_id.eq_any(received))
        .filter(emergency_accesses::closes_at.gt(now))
        .select((emergency_accesses::opened_at, emergency_accesses::closes_at))
        .load(connection)?;
    Ok(openings.into_iter().map(|(opens, closes)| if opens > now { opens } else { closes }).min())
}
