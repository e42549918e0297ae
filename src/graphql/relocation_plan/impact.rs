//! What a relocation plan would change, by what its holder records of places, and by the figures that the viewer may have.

use super::RelocationPlan as Plan;
use crate::domain::agreement::Agreement;
use crate::domain::individual::AgeBand;
use crate::domain::place::{Place, REGION_LEVEL};
use crate::domain::place_service::{Geography, PlaceService, PlaceServiceKind, Reach};
use crate::domain::purpose::Purpose;
use crate::domain::relocation_impact::{RelocationChange as Change, Residents};
use crate::domain::relocation_plan::{RelocationPlan, RelocationSide};
use crate::domain::statistics::StatisticsDimension;
use crate::domain::{Id, Vocabulary};
use crate::graphql::engine::errors::Code;
use crate::graphql::engine::request_context::RequestContext;
use crate::graphql::schema::ids;
use crate::graphql::schema::scalars::Long;
use crate::graphql::statistics::{StatisticsRelease, counted};
use crate::policy::Released;
use crate::policy::statistics::PublishedCell;
use crate::store::statistics::Answer;
use crate::store::statistics::cells::Release;
use async_graphql::{Context, Error, ID, Object, SimpleObject};
use std::collections::{BTreeSet, HashMap};

/// The age bands that go to school, whether one is recorded for them or not.
const AT_SCHOOL: [AgeBand; 2] = [AgeBand::Age5To11, AgeBand::Age12To17];

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

struct Figures {
    people: Option<(i64, bool)>,
    release: Option<Release>,
    unhcr: Option<Change>,
    schools: Option<Vec<(AgeBand, Change)>>,
    care: Option<Vec<(String, Change)>>,
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

/// People by the place where they live, or by its region, as the viewer may have them.
struct Counts {
    answer: Answer,
    by_region: bool,
}

impl Counts {
    /// By place and another dimension, if that is given; by region if the agreement releases that only.
    fn by(
        context: &Context<'_>,
        second: Option<StatisticsDimension>,
        under: Option<Id<Agreement>>,
    ) -> Result<Option<Self>, Error> {
        for (first, by_region) in [(StatisticsDimension::Place, false), (StatisticsDimension::Region, true)] {
            let dimensions: Vec<StatisticsDimension> = std::iter::once(first).chain(second).collect();
            if let Some(answer) = counted(context, &dimensions, under)? {
                return Ok(Some(Self { answer, by_region }));
            }
        }
        Ok(None)
    }

    fn cells(&self) -> &[PublishedCell] {
        self.answer.published.cells()
    }
}

/// From where and to where people are to be moved, and what is recorded of places.
struct Moved {
    /// The places that are named.
    roots: Vec<Id<Place>>,
    /// These and all below them, by P-code, each with its level.
    from: HashMap<String, (Id<Place>, i32)>,
    to: Vec<Id<Place>>,
    services: Vec<PlaceService>,
    geography: Geography,
}

impl Moved {
    fn of(
        request_context: &RequestContext,
        plan: &Released<RelocationPlan>,
        from: Vec<Id<Place>>,
        to: Vec<Id<Place>>,
    ) -> Result<Self, Error> {
        request_context.read(|session| {
            let of: Vec<Id<Place>> = from.iter().chain(&to).copied().collect();
            let (services, geography) = session.geography(plan.holder_id, &of)?;
            Ok(Self { from: session.places_within(&from)?, roots: from, to, services, geography })
        })
    }

    fn figures(&self, context: &Context<'_>, under: Option<Id<Agreement>>) -> Result<Figures, Error> {
        use StatisticsDimension as Dimension;
        let people = Counts::by(context, None, under)?;
        let by_age = Counts::by(context, Some(Dimension::AgeBand), under)?;
        let by_need = Counts::by(context, Some(Dimension::SpecificNeed), under)?;
        let shows = |residents: &[Residents]| residents.is_empty() || residents.iter().any(|at| at.count.is_some());
        let residents = people.as_ref().map(|counts| self.residents(counts, None)).filter(|all| shows(all));
        let people_at = |residents: &Vec<Residents>| {
            let is_complete = residents.iter().all(|at| at.is_complete && at.count.is_some());
            (residents.iter().filter_map(|at| at.count).sum(), is_complete)
        };
        let schools = by_age.as_ref().map(|counts| {
            let school = |band: AgeBand| {
                let services = self.services(|one| one.age_band == Some(band));
                let residents = self.residents(counts, Some(band.code()));
                shows(&residents).then(|| (band, self.change(&residents, &services)))
            };
            let recorded = self.services.iter().filter_map(|service| service.age_band);
            let bands: BTreeSet<AgeBand> = AT_SCHOOL.into_iter().chain(recorded).collect();
            bands.into_iter().filter_map(school).collect()
        });
        let care = by_need.as_ref().map(|counts| {
            let needs = counts.cells().iter().filter_map(|cell| cell.key().get(1)?.clone());
            let needs: BTreeSet<String> = needs.collect();
            let care = |need: String| {
                let services = self.services(|one| {
                    one.kind == PlaceServiceKind::MedicalCare
                        && one.specific_need.as_ref().is_none_or(|of| of.as_str() == need)
                });
                let residents = self.residents(counts, Some(&need));
                shows(&residents).then(|| (need, self.change(&residents, &services)))
            };
            needs.into_iter().filter_map(care).collect()
        });
        let offices = self.services(|one| one.kind == PlaceServiceKind::UnhcrOffice);
        Ok(Figures {
            people: residents.as_ref().map(people_at),
            unhcr: residents.map(|residents| self.change(&residents, &offices)),
            release: people.or(by_age).or(by_need).and_then(|counts| counts.answer.release),
            schools,
            care,
        })
    }

    /// The cells of those who are moved, of one value of the second dimension if there is one; and in a release the places that are not in
    /// it: nobody learns that nobody lives there.
    fn residents(&self, counts: &Counts, second: Option<&str>) -> Vec<Residents> {
        let at = |cell: &PublishedCell| {
            let (place_id, _) = *self.from.get(cell.key().first()?.as_deref()?)?;
            let is_meant =
                second.is_none_or(|value| cell.key().get(1).is_some_and(|key| key.as_deref() == Some(value)));
            is_meant.then(|| Residents { place_id, count: cell.count(), is_complete: cell.is_complete() })
        };
        let mut residents: Vec<Residents> = counts.cells().iter().filter_map(at).collect();
        if counts.answer.release.is_some() {
            let listed: BTreeSet<Id<Place>> = residents.iter().map(|at| at.place_id).collect();
            let untold = self.places(counts.by_region).filter(|place| !listed.contains(place));
            residents.extend(untold.map(|place_id| Residents { place_id, count: None, is_complete: false }));
        }
        residents
    }

    /// The places of which a table by place tells; of one by region, the regions, and what is named of others.
    fn places(&self, by_region: bool) -> impl Iterator<Item = Id<Place>> {
        let is_in_another =
            |place: Id<Place>| self.roots.iter().any(|root| *root != place && self.geography.is_within(place, *root));
        let is_told_of = move |place: Id<Place>, level: i32| {
            !by_region || level == REGION_LEVEL || self.roots.contains(&place) && !is_in_another(place)
        };
        self.from.values().filter(move |(place, level)| is_told_of(*place, *level)).map(|(place, _)| *place)
    }

    fn services(&self, are: impl Fn(&PlaceService) -> bool) -> Vec<&PlaceService> {
        self.services.iter().filter(|service| are(service)).collect()
    }

    fn change(&self, residents: &[Residents], services: &[&PlaceService]) -> Change {
        let reach = |place| self.geography.reach(place, services.iter().copied());
        let afterwards = Reach::at_any(self.to.iter().map(|place| reach(*place)));
        Change::of(residents.iter().map(|at| (*at, reach(at.place_id))), afterwards)
    }

    /// Enrolments and interviews of the holder's people.
    fn own(
        &self,
        request_context: &RequestContext,
        plan: &Released<RelocationPlan>,
    ) -> Result<(Change, Change), Error> {
        let from: Vec<Id<Place>> = self.from.values().map(|(place, _)| *place).collect();
        let day = plan.effective_on.unwrap_or(request_context.viewer().today);
        let (by_programme, by_place) = request_context
            .read(|session| Ok((session.enrolments_at(&from, day)?, session.interviews_of(&from, day)?)))?;
        let (mut enrolments, mut interviews) = (Change::default(), Change::default());
        for (number, places) in by_programme {
            enrolments.add(number, Reach::Within, self.is_there(&places));
        }
        for (place, number) in by_place {
            interviews.add(number, Reach::Within, self.is_there(&[place]));
        }
        Ok((enrolments, interviews))
    }

    /// Whether something that is at some places is where people would be.
    fn is_there(&self, places: &[Id<Place>]) -> Reach {
        let is_at = |to: Id<Place>| match places {
            [] => Reach::Unknown,
            places
                if places.iter().any(|at| self.geography.is_within(to, *at) || self.geography.is_within(*at, to)) =>
            {
                Reach::Within
            }
            _ => Reach::Beyond,
        };
        Reach::at_any(self.to.iter().map(|to| is_at(*to)))
    }
}
