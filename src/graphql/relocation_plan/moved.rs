//! Whom a relocation plan would move, and what is recorded of the places.

use crate::domain::agreement::Agreement;
use crate::domain::individual::AgeBand;
use crate::domain::place::{Place, REGION_LEVEL};
use crate::domain::place_service::{Geography, PlaceService, PlaceServiceKind, Reach};
use crate::domain::relocation_impact::{RelocationChange as Change, Residents};
use crate::domain::relocation_plan::RelocationPlan;
use crate::domain::statistics::StatisticsDimension;
use crate::domain::{Id, Vocabulary};
use crate::graphql::engine::request_context::RequestContext;
use crate::graphql::statistics::counted;
use crate::policy::Released;
use crate::policy::statistics::PublishedCell;
use crate::store::statistics::Answer;
use crate::store::statistics::releases::Release;
use async_graphql::{Context, Error};
use std::collections::{BTreeSet, HashMap};

/// The age bands that go to school, whether one is recorded for them or not.
const AT_SCHOOL: [AgeBand; 2] = [AgeBand::Age5To11, AgeBand::Age12To17];

/// What would change for people, as the viewer may have it.
pub(super) struct Figures {
    pub people: Option<(i64, bool)>,
    pub release: Option<Release>,
    pub unhcr: Option<Change>,
    pub schools: Option<Vec<(AgeBand, Change)>>,
    pub care: Option<Vec<(String, Change)>>,
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
pub(super) struct Moved {
    /// The places that are named.
    roots: Vec<Id<Place>>,
    /// These and all below them, by P-code, each with its level.
    from: HashMap<String, (Id<Place>, i32)>,
    to: Vec<Id<Place>>,
    services: Vec<PlaceService>,
    geography: Geography,
}

impl Moved {
    pub fn of(
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

    pub fn figures(&self, context: &Context<'_>, under: Option<Id<Agreement>>) -> Result<Figures, Error> {
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
    pub fn own(
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
