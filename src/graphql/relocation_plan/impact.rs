//! What a relocation plan would change, by what its holder records of places, and by the figures that the viewer may have.

use super::RelocationPlan as Plan;
use super::moved::{Figures, Moved};
use crate::domain::Id;
use crate::domain::agreement::Agreement;
use crate::domain::individual::AgeBand;
use crate::domain::purpose::Purpose;
use crate::domain::relocation_impact::RelocationChange as Change;
use crate::domain::relocation_plan::{RelocationPlan, RelocationSide};
use crate::graphql::engine::errors::Code;
use crate::graphql::engine::request_context::RequestContext;
use crate::graphql::schema::ids;
use crate::graphql::schema::scalars::Long;
use crate::graphql::statistics::StatisticsRelease;
use crate::policy::Released;
use async_graphql::{Context, Error, ID, Object, SimpleObject};

/// Of how many something would change.
#[derive(SimpleObject, Clone)]
pub struct RelocationChange {
    /// How many there are now.
    before: Long,
    /// How many there would be afterwards.
    after: Long,
    /// How many have it now and would not: not the difference of the two, if of some it is not known.
    lost: Long,
    /// Of how many it is not known, among those before or not: nothing of the kind is recorded, or not how far it is, or it depends on where they are moved.
    unknown: Long,
    /// Whether these numbers have everybody in them: false if some of a release are withheld.
    complete: bool,
}

impl From<Change> for RelocationChange {
    fn from(change: Change) -> Self {
        Self {
            before: Long(change.before),
            after: Long(change.after),
            lost: Long(change.lost),
            unknown: Long(change.unknown),
            complete: change.is_complete,
        }
    }
}

/// How many people of an age band have a school in reach.
#[derive(SimpleObject, Clone)]
pub struct RelocationSchoolChange {
    /// The age band.
    age_band: AgeBand,
    /// What would change for it.
    change: RelocationChange,
}

/// How many people with a specific need have medical care in reach.
#[derive(SimpleObject, Clone)]
pub struct RelocationCareChange {
    /// The category of the need.
    specific_need: String,
    /// What would change for those who have it.
    change: RelocationChange,
}

/// What a plan would change.
pub struct RelocationImpact {
    plan: Released<RelocationPlan>,
    figures: Figures,
    own: Option<(Change, Change)>,
}

/// What a relocation plan would change for those who live where people are to be moved from. The holder's figures leave out closed records
/// and people whose place is not recorded; a release counts whom it counts, closed records too.
#[Object]
impl RelocationImpact {
    /// The plan.
    async fn plan(&self) -> Plan {
        Plan(self.plan.clone())
    }

    /// The release whose people are counted; null for the holder, whose figures are live.
    async fn release(&self) -> Option<StatisticsRelease> {
        self.figures.release.map(StatisticsRelease::from)
    }

    /// How many people live there; of a release the sum of what it shows, null if it shows nothing by place or by region.
    async fn people(&self) -> Option<Long> {
        self.figures.people.map(|(people, _)| Long(people))
    }

    /// Whether these are all: false if some of a release are withheld, or a place is not in it.
    async fn is_complete(&self) -> bool {
        self.figures.people.is_some_and(|(_, is_complete)| is_complete)
    }

    /// How many have an office or outreach of UNHCR in reach.
    async fn unhcr(&self) -> Option<RelocationChange> {
        self.figures.unhcr.map(RelocationChange::from)
    }

    /// How many have a school in reach, by age band, of which a release shows something; null if it does not count by place or region and
    /// age band.
    async fn schools(&self) -> Option<Vec<RelocationSchoolChange>> {
        let school = |(age_band, change): &(AgeBand, Change)| RelocationSchoolChange {
            age_band: *age_band,
            change: RelocationChange::from(*change),
        };
        Some(self.figures.schools.as_ref()?.iter().map(school).collect())
    }

    /// How many have medical care in reach, by specific need; null if the release does not count by place or region and specific need. Whoever has
    /// several needs counts for each.
    async fn medical_care(&self) -> Option<Vec<RelocationCareChange>> {
        let care = |(need, change): &(String, Change)| RelocationCareChange {
            specific_need: need.clone(),
            change: RelocationChange::from(*change),
        };
        Some(self.figures.care.as_ref()?.iter().map(care).collect())
    }

    /// Enrolments that stand on the day of the plan, or today if that is not known: those in programmes that are at no destination would be
    /// lost. For the holder.
    async fn enrolments(&self) -> Option<RelocationChange> {
        self.own.map(|(enrolments, _)| enrolments.into())
    }

    /// Interviews that are scheduled from that day on: those that are held at no destination would be lost. For the holder.
    async fn interviews(&self) -> Option<RelocationChange> {
        self.own.map(|(_, interviews)| interviews.into())
    }
}

/// What a plan would change, if the viewer sees it.
///
/// # Errors
/// If the id is no plan's, the agreement is none under which it is shared, or the database fails.
pub(super) fn impact(
    context: &Context<'_>,
    plan: Option<&ID>,
    agreement: Option<&ID>,
) -> Result<Option<RelocationImpact>, Error> {
    let request_context = RequestContext::of(context);
    let named: Option<Id<RelocationPlan>> =
        plan.map(|id| ids::open(request_context, "relocationPlanId", id)).transpose()?;
    let agreement: Option<Id<Agreement>> =
        agreement.map(|id| ids::open(request_context, "agreementId", id)).transpose()?;
    let found = request_context.read(|session| {
        let plan = match named {
            Some(key) => session.relocation_plans(&[key])?.remove(&key),
            None => session.newest_relocation_plan()?,
        };
        let Some(plan) = plan else { return Ok(None) };
        let key = plan.id;
        let at = session.places_of_relocation_plans(&[key])?.remove(&key).unwrap_or_default();
        let shares = session.shares_of_relocation_plans(&[key])?.remove(&key).unwrap_or_default();
        Ok(Some((plan, at, shares)))
    })?;
    let Some((plan, at, shares)) = found else { return Ok(None) };
    let is_own = request_context.viewer().purpose == Purpose::CaseManagement;
    let mut shared = shares.iter().map(|(share, _)| share.agreement_id);
    let under = match agreement {
        Some(_) if is_own => {
            return Err(Code::BadInput.at("agreementId", "the holder's figures are live; leave it out"));
        }
        None if is_own => None,
        Some(named) if shared.any(|one| one == named) => Some(named),
        Some(_) => return Err(Code::BadInput.at("agreementId", "the plan is not shared under this agreement")),
        None => match (shared.next(), shared.next()) {
            (only, None) => only,
            (_, Some(_)) => {
                let message =
                    "the plan is shared under several agreements; name one, which `shares { agreementId }` gives";
                return Err(Code::BadInput.at("agreementId", message));
            }
        },
    };
    let on_side = |side| at.iter().filter(|place| place.side == side).map(|place| place.place_id).collect();
    let moved = Moved::of(request_context, &plan, on_side(RelocationSide::From), on_side(RelocationSide::To))?;
    let figures = moved.figures(context, under)?;
    let own = is_own.then(|| moved.own(request_context, &plan)).transpose()?;
    Ok(Some(RelocationImpact { plan, figures, own }))
}

/// What may be asked of what relocation plans would change.
#[derive(Default)]
pub struct RelocationImpactQueries;

/// What may be asked of what relocation plans would change.
#[Object]
impl RelocationImpactQueries {
    /// What a relocation plan would change for those who live where people are to be moved from, by the services and distances that its
    /// holder records. The holder's figures are live and exact. Whoever the plan is shared with has those of the releases under that
    /// agreement, as far as its tables count by place. Null if the viewer sees no such plan.
    async fn relocation_impact(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The plan; left out: that which was recorded last of those that the viewer sees.")]
        relocation_plan_id: Option<ID>,
        #[graphql(
            desc = "The agreement whose releases count; left out: the only one under which the plan is shared. Not for the holder."
        )]
        agreement_id: Option<ID>,
    ) -> Result<Option<RelocationImpact>, Error> {
        impact(context, relocation_plan_id.as_ref(), agreement_id.as_ref())
    }
}
