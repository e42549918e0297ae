//! The filter on individuals: from the client's input to the policy's form.

use crate::domain::Id;
use crate::domain::circuit_ride::CircuitRide;
use crate::domain::programme::Programme;
use crate::domain::specific_need::NeedCode;
use crate::graphql::engine::errors::Code;
use crate::graphql::engine::request_context::RequestContext;
use crate::graphql::place::place_key;
use crate::graphql::schema::filters::{
    AgeBandFilter, CircuitRideTest, CodeFilter, CountryCodeFilter, DateFilter, EmergencyStatusFilter,
    IncidentKindFilter, LegalStatusFilter, PlaceTest, ProgrammeTest, RecordClosureFilter, SexFilter,
    SolutionKindFilter, SolutionStageFilter, TextFilter, one_of,
};
use crate::graphql::schema::ids;
use crate::policy::filter::{Condition, Filter, SolutionTest};
use async_graphql::{Error, ID, InputObject};

/// The most conditions that the filters of one request may have together.
const MAX_CONDITIONS: usize = 100;

/// Which individuals to list. All that is given must hold.
///
/// A hidden or unknown value is neither: no condition on it holds, and neither does its negation.
#[derive(InputObject, Clone, Default)]
pub struct IndividualFilter {
    /// Code of the agency that holds the record.
    holder: Option<CodeFilter>,
    /// Sex (DEMOGRAPHICS).
    sex: Option<SexFilter>,
    /// Age band (DEMOGRAPHICS).
    age_band: Option<AgeBandFilter>,
    /// Nationality (DEMOGRAPHICS).
    nationality: Option<CountryCodeFilter>,
    /// Region, here or below (DEMOGRAPHICS).
    region: Option<PlaceTest>,
    /// Registration number (IDENTITY).
    registration_number: Option<TextFilter>,
    /// Given name (IDENTITY).
    given_name: Option<TextFilter>,
    /// Family name (IDENTITY).
    family_name: Option<TextFilter>,
    /// Date of birth (IDENTITY).
    date_of_birth: Option<DateFilter>,
    /// Telephone number (CONTACT).
    phone: Option<TextFilter>,
    /// Exact place, here or below (LOCATION).
    place: Option<PlaceTest>,
    /// Legal status (LEGAL_STATUS).
    legal_status: Option<LegalStatusFilter>,
    /// Arrival (LEGAL_STATUS).
    arrived_on: Option<DateFilter>,
    /// Registration (LEGAL_STATUS).
    registered_on: Option<DateFilter>,
    /// Why the record is closed (LEGAL_STATUS).
    closed_as: Option<RecordClosureFilter>,
    /// Some specific need; a category such as ER includes its sub-codes (SPECIFIC_NEEDS).
    specific_need: Option<CodeFilter>,
    /// Number of the case (FAMILY).
    case_number: Option<TextFilter>,
    /// Some solution (SOLUTIONS).
    solution: Option<SolutionFilter>,
    /// Nominated for such a circuit ride, and not withdrawn from it (SOLUTIONS).
    circuit_ride: Option<CircuitRideTest>,
    /// Some enrolment, now or before, in such a programme (ASSISTANCE).
    programme: Option<ProgrammeTest>,
    /// Some incident of such a kind (PROTECTION).
    incident: Option<IncidentKindFilter>,
    /// Some emergency that stands so (PROTECTION).
    emergency: Option<EmergencyStatusFilter>,
    /// All of these hold.
    and: Option<Vec<IndividualFilter>>,
    /// Any of these holds.
    or: Option<Vec<IndividualFilter>>,
    /// None of these holds.
    not: Option<Vec<IndividualFilter>>,
}

/// A test of a solution; all that is given must hold for one and the same.
#[derive(InputObject, Clone, Default)]
pub struct SolutionFilter {
    /// The kind.
    kind: Option<SolutionKindFilter>,
    /// The stage.
    stage: Option<SolutionStageFilter>,
    /// The country that it leads to.
    destination: Option<CountryCodeFilter>,
    /// With help, or spontaneous.
    assisted: Option<bool>,
}

impl IndividualFilter {
    /// The filter in the policy's form, with ids opened and codes known.
    ///
    /// # Errors
    /// If a condition is not valid, the request has over 100 of them, or the database fails.
    pub fn parse(self, request_context: &RequestContext) -> Result<Filter, Error> {
        Parser { request_context }.all(self, "filter")
    }
}

struct Parser<'d> {
    request_context: &'d RequestContext,
}

impl Parser<'_> {
    fn all(&self, given: IndividualFilter, at: &str) -> Result<Filter, Error> {
        let mut parts = Vec::new();
        macro_rules! condition {
            ($field:expr, $name:literal, |$value:ident, $path:ident| $condition:expr) => {
                if let Some($value) = $field {
                    let path = format!("{at}.{}", $name);
                    let $path = path.as_str();
                    self.count($path)?;
                    parts.push(Filter::Condition($condition));
                }
            };
        }
        let request_context = self.request_context;
        condition!(given.holder, "holder", |codes, path| {
            let codes = codes.one_of(path)?;
            Condition::Holder(request_context.read(|session| session.agencies_by_code(&codes))?)
        });
        condition!(given.sex, "sex", |test, path| Condition::code("sex", &test.one_of(path)?));
        condition!(given.age_band, "ageBand", |test, path| Condition::AgeBand(test.one_of(path)?));
        condition!(given.nationality, "nationality", |test, path| Condition::code("nationality", &test.one_of(path)?));
        condition!(given.region, "region", |test, path| Condition::Region(place_key(request_context, &test, path)?));
        condition!(given.registration_number, "registrationNumber", |test, path| {
            Condition::RegistrationNumber(test.one(path)?)
        });
        condition!(given.given_name, "givenName", |test, path| Condition::GivenName(test.one(path)?));
        condition!(given.family_name, "familyName", |test, path| Condition::FamilyName(test.one(path)?));
        condition!(given.date_of_birth, "dateOfBirth", |test, path| Condition::DateOfBirth(test.range(path)?));
        condition!(given.phone, "phone", |test, path| Condition::Phone(test.one(path)?));
        condition!(given.place, "place", |test, path| Condition::Place(place_key(request_context, &test, path)?));
        condition!(given.legal_status, "legalStatus", |test, path| Condition::code(
            "legal_status",
            &test.one_of(path)?
        ));
        condition!(given.arrived_on, "arrivedOn", |test, path| Condition::ArrivedOn(test.range(path)?));
        condition!(given.registered_on, "registeredOn", |test, path| Condition::RegisteredOn(test.range(path)?));
        condition!(given.closed_as, "closedAs", |test, path| Condition::code("closed_as", &test.one_of(path)?));
        condition!(given.specific_need, "specificNeed", |test, path| Condition::SpecificNeed(needs(test, path)?));
        condition!(given.case_number, "caseNumber", |test, path| Condition::CaseNumber(test.one(path)?));
        condition!(given.solution, "solution", |test, path| Condition::Solution(solution(test, path)?));
        condition!(given.circuit_ride, "circuitRide", |test, path| Condition::Nomination(circuit_rides(
            request_context,
            test,
            path
        )?));
        condition!(given.programme, "programme", |test, path| Condition::Enrolment(programmes(
            request_context,
            test,
            path
        )?));
        condition!(given.incident, "incident", |test, path| Condition::Incident(test.one_of(path)?));
        condition!(given.emergency, "emergency", |test, path| Condition::Emergency(test.one_of(path)?));
        if let Some(filters) = given.and {
            parts.push(Filter::All(self.each(filters, at, "and")?));
        }
        if let Some(filters) = given.or {
            parts.push(Filter::Any(self.each(filters, at, "or")?));
        }
        if let Some(filters) = given.not {
            parts.push(Filter::Neither(self.each(filters, at, "not")?));
        }
        Ok(Filter::All(parts))
    }

    fn each(&self, filters: Vec<IndividualFilter>, at: &str, name: &str) -> Result<Vec<Filter>, Error> {
        let path = |index| format!("{at}.{name}.{index}");
        filters
            .into_iter()
            .enumerate()
            .map(|(index, filter)| {
                self.count(&path(index))?;
                self.all(filter, &path(index))
            })
            .collect()
    }

    fn count(&self, path: &str) -> Result<(), Error> {
        match self.request_context.count_condition() > MAX_CONDITIONS {
            true => Err(Code::Limit.at(path, format!("a request has at most {MAX_CONDITIONS} conditions"))),
            false => Ok(()),
        }
    }
}

fn needs(test: CodeFilter, path: &str) -> Result<Vec<NeedCode>, Error> {
    let parse = |code: String| {
        code.parse()
            .map_err(|error: crate::domain::specific_need::UnknownNeed| Code::BadInput.at(path, error.to_string()))
    };
    test.one_of(path)?.into_iter().map(parse).collect()
}

fn solution(test: SolutionFilter, path: &str) -> Result<SolutionTest, Error> {
    let at = |name: &str| format!("{path}.{name}");
    if matches!(test, SolutionFilter { kind: None, stage: None, destination: None, assisted: None }) {
        return Err(Code::BadInput.at(path, "give kind, stage, destination or assisted"));
    }
    Ok(SolutionTest {
        kinds: test.kind.map(|kind| kind.one_of(&at("kind"))).transpose()?,
        stages: test.stage.map(|stage| stage.one_of(&at("stage"))).transpose()?,
        destinations: test.destination.map(|destination| destination.one_of(&at("destination"))).transpose()?,
        assisted: test.assisted,
    })
}

/// Nobody is nominated for circuit rides to which the viewer's agency is no party.
fn circuit_rides(
    request_context: &RequestContext,
    test: CircuitRideTest,
    path: &str,
) -> Result<Vec<Id<CircuitRide>>, Error> {
    let open = |(index, id): (usize, &ID)| ids::open(request_context, &format!("{path}.{index}"), id);
    let keys = one_of(test.eq, test.any, path)?;
    let keys = keys.iter().enumerate().map(open).collect::<Result<Vec<_>, _>>()?;
    request_context.read(|session| Ok(session.circuit_rides(&keys)?.into_keys().collect()))
}

/// Programmes that the viewer does not see are not there: nobody is enrolled in them.
fn programmes(request_context: &RequestContext, test: ProgrammeTest, path: &str) -> Result<Vec<Id<Programme>>, Error> {
    let open = |(index, id): (usize, &ID)| ids::open(request_context, &format!("{path}.{index}"), id);
    let ids = match (&test.eq, &test.any) {
        (None, None) => None,
        (eq, any) => Some(one_of(eq.clone(), any.clone(), path)?),
    };
    let keys = ids.map(|ids| ids.iter().enumerate().map(open).collect::<Result<Vec<_>, _>>()).transpose()?;
    let at = format!("{path}.identifier");
    let identifiers = test.identifier.map(|identifier| identifier.one_of(&at)).transpose()?;
    if keys.is_none() && identifiers.is_none() {
        return Err(Code::BadInput.at(path, "give eq, in or identifier"));
    }
    request_context.read(|session| session.programmes_named(keys.as_deref(), identifiers.as_deref()))
}
