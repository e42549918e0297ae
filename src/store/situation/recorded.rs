//! Who is recorded: the holder's own people, counted live.

use super::Line;
use crate::domain::category::DataCategory;
use crate::domain::country::CountryCode;
use crate::domain::coverage::CoverageBasis;
use crate::domain::individual::RecordClosure;
use crate::domain::situation::{Part, RecordedPeople, SituationMovement};
use crate::domain::solution::{IntegrationForm, SolutionKind, SolutionStage};
use crate::domain::{Id, Vocabulary};
use crate::store::database::codes::codes;
use crate::store::database::errors::Result;
use crate::store::database::tables::{coverages, individuals, places, solutions};
use crate::store::session::read::ReadSession;
use chrono::NaiveDate;
use diesel::dsl::{exists, not, sql};
use diesel::sql_types::BigInt;
use diesel::{BoolExpressionMethods, ExpressionMethods, JoinOnDsl, NullableExpressionMethods, QueryDsl, RunQueryDsl};
use std::collections::BTreeMap;

/// The people of a basis, with the places where their regions are.
macro_rules! held {
    ($basis:expr) => {
        coverages::table
            .inner_join(individuals::table)
            .filter(coverages::basis_id.eq($basis))
            .filter(coverages::ended.is_null())
    };
    ($basis:expr, in $country:expr) => {
        held!($basis)
            .inner_join(places::table.on(individuals::region_id.eq(places::id.nullable())))
            .filter(places::country.eq($country.as_str()))
    };
}

/// Who is in each line.
pub(super) type Recorded = BTreeMap<Line, RecordedPeople>;

impl ReadSession {
    /// Those whom the viewer's agency holds and whose region lies in the country, by line; and how many have no region.
    ///
    /// # Errors
    /// If the database fails.
    pub(super) fn recorded(&mut self, country: CountryCode, as_of: NaiveDate) -> Result<(Recorded, i64)> {
        let basis = CoverageBasis::held(self.viewer().agency.id);
        let mut recorded = Recorded::new();
        let mut add = |movement: SituationMovement, of: Option<CountryCode>, people: i64, undated: i64| {
            for part in [Part::Whole, Part::Country(of)] {
                let line = recorded.entry((movement, part)).or_default();
                line.people += people;
                line.undated += undated;
            }
        };
        for (nationality, people, undated) in self.remaining(basis, country, as_of)? {
            add(SituationMovement::Remaining, nationality, people, undated);
        }
        for (solution, nationality, people, undated) in self.solved(basis, country, as_of)? {
            let Some((movement, leaves)) = movement(solution.0, solution.1, solution.2) else { continue };
            let of = if leaves { solution.3.or(nationality) } else { nationality };
            add(movement, of, people, undated);
        }
        for (closed_as, nationality, people) in self.closed(basis, country, as_of)? {
            let movement = match closed_as {
                Some(RecordClosure::Deceased) => SituationMovement::Died,
                _ => SituationMovement::DepartedOtherwise,
            };
            add(movement, nationality, people, 0);
        }
        let found = recorded.iter().filter(|((_, part), _)| *part == Part::Whole).map(|(_, line)| line.people).sum();
        let unplaced = held!(basis).filter(individuals::region_id.is_null()).count().get_result(self.connection())?;
        let categories = [DataCategory::Demographics, DataCategory::LegalStatus, DataCategory::Solutions];
        self.disclosures().ask(categories, [basis], found);
        Ok((recorded, unplaced))
    }

    /// Open records on the day, by nationality; and those of which nobody knows when they were registered.
    fn remaining(
        &mut self,
        basis: Id<CoverageBasis>,
        country: CountryCode,
        as_of: NaiveDate,
    ) -> Result<Vec<(Option<CountryCode>, i64, i64)>> {
        let open = held!(basis, in country)
            .filter(individuals::registered_on.is_null().or(individuals::registered_on.assume_not_null().le(as_of)))
            .filter(individuals::closed_on.is_null().or(individuals::closed_on.assume_not_null().gt(as_of)))
            .group_by(individuals::nationality);
        let undated = sql::<BigInt>("COUNT(*) - COUNT(individuals.registered_on)");
        Ok(open.select((individuals::nationality, sql::<BigInt>("COUNT(*)"), undated)).load(self.connection())?)
    }

    /// Solutions that were reached until the day: departures and grants.
    fn solved(&mut self, basis: Id<CoverageBasis>, country: CountryCode, as_of: NaiveDate) -> Result<Vec<Solved>> {
        let way = (solutions::kind, solutions::form, solutions::assisted, solutions::destination);
        let reached = held!(basis, in country)
            .inner_join(solutions::table.on(solutions::individual_id.eq(individuals::id)))
            .filter(solutions::stage.eq_any(codes(&[SolutionStage::Departed, SolutionStage::Granted])))
            .filter(solutions::stage_on.is_null().or(solutions::stage_on.assume_not_null().le(as_of)))
            .group_by((
                solutions::kind,
                solutions::form,
                solutions::assisted,
                solutions::destination,
                individuals::nationality,
            ));
        let undated = sql::<BigInt>("COUNT(*) - COUNT(solutions.stage_on)");
        let solved = reached.select((way, individuals::nationality, sql::<BigInt>("COUNT(*)"), undated));
        Ok(solved.load(self.connection())?)
    }

    /// Records that were closed until the day for another reason than a solution.
    fn closed(
        &mut self,
        basis: Id<CoverageBasis>,
        country: CountryCode,
        as_of: NaiveDate,
    ) -> Result<Vec<(Option<RecordClosure>, Option<CountryCode>, i64)>> {
        let departed = solutions::table
            .filter(solutions::individual_id.eq(individuals::id))
            .filter(solutions::stage.eq(SolutionStage::Departed.code()));
        let closed = held!(basis, in country)
            .filter(individuals::closed_on.le(as_of))
            .filter(individuals::closed_as.eq(RecordClosure::Deceased.code()).or(not(exists(departed))))
            .group_by((individuals::closed_as, individuals::nationality));
        let counted = closed.select((individuals::closed_as, individuals::nationality, sql::<BigInt>("COUNT(*)")));
        Ok(counted.load(self.connection())?)
    }
}

/// Kind, form, help and destination of a solution; the nationality; how many, and of how many the day is unknown.
type Solved =
    ((SolutionKind, Option<IntegrationForm>, Option<bool>, Option<CountryCode>), Option<CountryCode>, i64, i64);

/// Which movement a solution is that was reached, and whether people leave by it; none if nobody said what was granted.
fn movement(
    kind: SolutionKind,
    form: Option<IntegrationForm>,
    assisted: Option<bool>,
) -> Option<(SituationMovement, bool)> {
    match (kind, form, assisted) {
        (SolutionKind::Resettlement, ..) => Some((SituationMovement::Resettled, true)),
        (SolutionKind::VoluntaryRepatriation, _, Some(true)) => Some((SituationMovement::ReturnedAssisted, true)),
        (SolutionKind::VoluntaryRepatriation, _, Some(false)) => Some((SituationMovement::ReturnedSpontaneous, true)),
        (SolutionKind::VoluntaryRepatriation, _, None) => Some((SituationMovement::Returned, true)),
        (SolutionKind::LocalIntegration, Some(IntegrationForm::Citizenship), _) => {
            Some((SituationMovement::Naturalised, false))
        }
        (SolutionKind::LocalIntegration, Some(IntegrationForm::LegalResidence), _) => {
            Some((SituationMovement::GrantedResidence, false))
        }
        (SolutionKind::LocalIntegration, None, _) => None,
    }
}
