//! Who is recorded: the holder's own people, counted live.

use crate::domain::category::DataCategory;
use crate::domain::country::CountryCode;
use crate::domain::coverage::CoverageBasis;
use crate::domain::individual::RecordClosure;
use crate::domain::situation::{Line, Part, RecordedPeople, SituationMovement};
use crate::domain::solution::{IntegrationForm, SolutionKind, SolutionStage};
use crate::domain::{Id, Vocabulary};
use crate::store::database::errors::Result;
use crate::store::database::tables::{coverages, individuals, places, solutions};
use crate::store::session::read::ReadSession;
use chrono::NaiveDate;
use diesel::alias;
use diesel::dsl::{exists, not, sql};
use diesel::sql_types::BigInt;
use diesel::{BoolExpressionMethods, ExpressionMethods, JoinOnDsl, NullableExpressionMethods, QueryDsl, RunQueryDsl};
use std::collections::BTreeMap;

/// Holds for the people of a basis; and if a country is given, for those whose region lies in it. Asked row by row: a list of all of
/// them would cost more than what is counted.
macro_rules! held {
    ($basis:expr) => {
        exists(
            coverages::table
                .filter(coverages::individual_id.eq(individuals::id))
                .filter(coverages::basis_id.eq($basis))
                .filter(coverages::ended.is_null()),
        )
    };
    ($basis:expr, in $country:expr) => {{
        let here = places::table.filter(places::id.nullable().eq(individuals::region_id));
        held!($basis).and(exists(here.filter(places::country.eq($country.as_str()))))
    }};
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
        for (form, nationality, people, undated) in self.integrated(basis, country, as_of)? {
            let movement = match form {
                Some(IntegrationForm::Citizenship) => SituationMovement::Naturalised,
                Some(IntegrationForm::LegalResidence) => SituationMovement::GrantedResidence,
                None => continue,
            };
            add(movement, nationality, people, undated);
        }
        for ((closed_as, way), nationality, people) in self.closed(basis, country, as_of)? {
            let (movement, of) = left(closed_as, way, nationality);
            add(movement, of, people, 0);
        }
        let found = recorded.iter().filter(|((_, part), _)| *part == Part::Whole).map(|(_, line)| line.people).sum();
        let unplaced = individuals::table
            .filter(held!(basis))
            .filter(individuals::region_id.is_null())
            .filter(individuals::registered_on.is_null().or(individuals::registered_on.assume_not_null().le(as_of)));
        let unplaced = unplaced.count().get_result(self.connection())?;
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
        let open = individuals::table
            .filter(held!(basis, in country))
            .filter(individuals::registered_on.is_null().or(individuals::registered_on.assume_not_null().le(as_of)))
            .filter(individuals::closed_on.is_null().or(individuals::closed_on.assume_not_null().gt(as_of)))
            .group_by(individuals::nationality);
        let undated = sql::<BigInt>("COUNT(*) - COUNT(individuals.registered_on)");
        Ok(open.select((individuals::nationality, sql::<BigInt>("COUNT(*)"), undated)).load(self.connection())?)
    }

    /// Whom citizenship or legal residence was granted until the day, by what was granted and by nationality; and those of whom nobody
    /// knows when.
    fn integrated(
        &mut self,
        basis: Id<CoverageBasis>,
        country: CountryCode,
        as_of: NaiveDate,
    ) -> Result<Vec<Integrated>> {
        let granted = solutions::table
            .inner_join(individuals::table.on(individuals::id.eq(solutions::individual_id)))
            .filter(held!(basis, in country))
            .filter(solutions::stage.eq(SolutionStage::Granted.code()))
            .filter(solutions::stage_on.is_null().or(solutions::stage_on.assume_not_null().le(as_of)))
            .group_by((solutions::form, individuals::nationality));
        let people = sql::<BigInt>("COUNT(DISTINCT solutions.individual_id)");
        let undated =
            sql::<BigInt>("COUNT(DISTINCT CASE WHEN solutions.stage_on IS NULL THEN solutions.individual_id END)");
        let counted = granted.select((solutions::form, individuals::nationality, people, undated));
        Ok(counted.load(self.connection())?)
    }

    /// Records that were closed until the day, by why, by the solution by which people left (of several of that day resettlement), and
    /// by nationality.
    fn closed(&mut self, basis: Id<CoverageBasis>, country: CountryCode, as_of: NaiveDate) -> Result<Vec<Closed>> {
        let other = alias!(solutions as other);
        let other_on = other.field(solutions::stage_on);
        let (other_kind, other_id) = (other.field(solutions::kind), other.field(solutions::id));
        let goes_first =
            other_kind.lt(solutions::kind).or(other_kind.eq(solutions::kind).and(other_id.lt(solutions::id)));
        let is_first = not(exists(
            other
                .filter(other.field(solutions::individual_id).eq(individuals::id))
                .filter(other.field(solutions::stage).eq(SolutionStage::Departed.code()))
                .filter(other_on.is_null().or(other_on.eq(individuals::closed_on)))
                .filter(goes_first),
        ));
        let that_day = solutions::stage_on.is_null().or(solutions::stage_on.eq(individuals::closed_on));
        let departed = solutions::individual_id
            .eq(individuals::id)
            .and(solutions::stage.eq(SolutionStage::Departed.code()))
            .and(individuals::closed_as.eq(RecordClosure::Departed.code()))
            .and(that_day)
            .and(is_first);
        let way = (solutions::kind.nullable(), solutions::assisted.nullable(), solutions::destination.nullable());
        let closed = individuals::table
            .filter(held!(basis, in country))
            .left_join(solutions::table.on(departed))
            .filter(individuals::closed_on.le(as_of))
            .group_by((
                individuals::closed_as,
                solutions::kind,
                solutions::assisted,
                solutions::destination,
                individuals::nationality,
            ));
        let people = sql::<BigInt>("COUNT(DISTINCT individuals.id)");
        let counted = closed.select(((individuals::closed_as, way), individuals::nationality, people));
        Ok(counted.load(self.connection())?)
    }
}

/// What was granted; the nationality; how many, and of how many nobody knows when.
type Integrated = (Option<IntegrationForm>, Option<CountryCode>, i64, i64);

/// Kind, help and destination of the solution by which somebody left; no kind if it was none.
type Way = (Option<SolutionKind>, Option<bool>, Option<CountryCode>);

/// Why records were closed, and by which way people left; the nationality; how many.
type Closed = ((Option<RecordClosure>, Way), Option<CountryCode>, i64);

/// In which line those are who left by a way.
fn left(
    closed_as: Option<RecordClosure>,
    (kind, assisted, destination): Way,
    nationality: Option<CountryCode>,
) -> (SituationMovement, Option<CountryCode>) {
    let home = destination.or(nationality.filter(|country| !country.is_pseudo()));
    match (kind, assisted) {
        _ if closed_as == Some(RecordClosure::Deceased) => (SituationMovement::Died, nationality),
        (Some(SolutionKind::Resettlement), _) => (SituationMovement::Resettled, destination),
        (Some(SolutionKind::VoluntaryRepatriation), Some(true)) => (SituationMovement::ReturnedAssisted, home),
        (Some(SolutionKind::VoluntaryRepatriation), Some(false)) => (SituationMovement::ReturnedSpontaneous, home),
        (Some(SolutionKind::VoluntaryRepatriation), None) => (SituationMovement::Returned, home),
        (Some(SolutionKind::LocalIntegration) | None, _) => (SituationMovement::DepartedOtherwise, nationality),
    }
}
