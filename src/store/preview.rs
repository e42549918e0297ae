//! What a recipient would see under an agreement that is not signed yet: for the agency that holds the records.

use super::agreements;
use super::cover::Scope;
use super::errors::Result;
use super::individuals::{Row, columns};
use super::snapshot::Snapshot;
use super::tables::{individuals, places};
use crate::domain::agreement::{Agreement, AgreementStatus, Level};
use crate::domain::country::CountryCode;
use crate::domain::individual::Individual;
use crate::policy::{Grant, Released, Viewer};
use diesel::dsl::{count_star, not};
use diesel::{BoolExpressionMethods, QueryDsl, RunQueryDsl};
use std::collections::BTreeSet;

/// How many people a preview shows as the recipient would get them.
const SAMPLE: i64 = 5;

/// What a recipient would see.
#[derive(Debug)]
pub struct Preview {
    /// How many people the agreement would cover today.
    pub people: i64,
    /// How many of them no agreement in force shares with the recipient for this purpose.
    pub newly_shared: i64,
    /// The people by nationality.
    pub by_nationality: Vec<(Option<CountryCode>, i64)>,
    /// The people by the P-code of their exact place.
    pub by_place: Vec<(Option<String>, i64)>,
    /// Some of them, as the recipient would get them from this agreement alone; none at level `STATISTICS`.
    pub sample: Vec<Released<Individual>>,
}

impl Snapshot {
    /// What the recipient of a draft would see, were it in force today. The viewer's agency must be its provider.
    pub fn preview(&mut self, draft: &Agreement) -> Result<Option<Preview>> {
        let viewer = self.viewer().clone();
        let today = viewer.today;
        let Some(recipient) = self.agencies(&[draft.recipient_id])?.remove(&draft.recipient_id) else {
            return Ok(None);
        };
        let recipient = Viewer { agency: (*recipient).clone(), purpose: draft.purpose, ..viewer.clone() };
        let mut in_force = agreements::counting(self.connection(), &recipient)?;
        in_force.retain(|agreement| agreement.provider_id == viewer.agency.id);
        let signed = Agreement {
            status: AgreementStatus::InForce,
            valid_from: draft.valid_from.min(today),
            valid_until: draft.valid_until.max(today),
            ..draft.clone()
        };
        let (now, then) = (Grant::new(&recipient, &in_force), Grant::new(&recipient, &[signed]));
        let (now, then) = (Scope::new(&now, today, None), Scope::new(&then, today, None));
        let covered = || match draft.level {
            Level::Statistics => then.counted(&BTreeSet::new()),
            _ => then.visible(),
        };

        let connection = self.connection();
        let people = individuals::table.filter(covered()).count().get_result(connection)?;
        let newly_shared = individuals::table
            .filter(covered().and(not(now.counted(&BTreeSet::new()))))
            .count()
            .get_result(connection)?;
        let by_nationality = individuals::table
            .filter(covered())
            .group_by(individuals::nationality)
            .order(individuals::nationality)
            .select((individuals::nationality, count_star()))
            .load(connection)?;
        let by_place: Vec<(Option<i64>, i64)> = individuals::table
            .filter(covered())
            .group_by(individuals::place_id)
            .select((individuals::place_id, count_star()))
            .load(connection)?;
        let codes: Vec<(i64, String)> = places::table.select((places::id, places::code)).load(connection)?;
        let code = |id: i64| codes.iter().find(|(known, _)| *known == id).map(|(_, code)| code.clone());
        let mut by_place: Vec<_> = by_place.into_iter().map(|(id, count)| (id.and_then(code), count)).collect();
        by_place.sort();
        let sample: Vec<Row> = individuals::table
            .filter(then.visible())
            .order((individuals::holder_id, individuals::id))
            .limit(SAMPLE)
            .select(columns!(then))
            .load(connection)?;
        let trace = self.trace();
        let sample = sample.into_iter().map(|row| row.release(today, trace)).collect();
        Ok(Some(Preview { people, newly_shared, by_nationality, by_place, sample }))
    }
}
