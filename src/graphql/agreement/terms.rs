//! The terms of an agreement as a client proposes them.

use crate::domain::Id;
use crate::domain::agency::Agency;
use crate::domain::agreement::{Agreement, AgreementStatus, InvalidTerms, PlaceScope, Scope, SolutionScope};
use crate::domain::category::DataCategory;
use crate::domain::country::CountryCode;
use crate::domain::grants::Level;
use crate::domain::individual::LegalStatus;
use crate::domain::place::Place;
use crate::domain::programme::ProgrammeKind;
use crate::domain::purpose::Purpose;
use crate::domain::solution::{SolutionKind, SolutionStage};
use crate::domain::specific_need::NeedCode;
use crate::domain::statistics::{InvalidTables, MIN_RELEASE_MONTHS, StatisticsDimension, StatisticsTable};
use crate::graphql::schema::scalars::{GivenCountry, GivenDate};
use crate::graphql::schema::user_errors::{UserError, UserErrorCode};
use crate::store::bulk::insert::new_key;
use crate::store::{ReadSession, Result};
use async_graphql::InputObject;
use std::collections::HashMap;

/// The most values of a dimension of a scope.
const MAX_VALUES: usize = 200;

/// The most errors that are told at once.
const MAX_ERRORS: usize = 20;

/// Terms of an agreement.
#[derive(Debug, InputObject, Clone)]
pub struct AgreementTerms {
    /// Reference, unique between the two: `DSA-2003-01`; 1 to 64 characters.
    reference: String,
    /// Code of the agency that shares what it holds.
    pub provider_code: String,
    /// Code of the agency that sees it.
    pub recipient_code: String,
    /// The one purpose it is for.
    purpose: Purpose,
    /// How much of a person it shows.
    level: Level,
    /// The data categories that it grants.
    categories: Vec<DataCategory>,
    /// The people it is about; everybody if it is left out.
    scope: Option<AgreementScopeInput>,
    /// Whether each person's consent is required. To the country of origin it always is.
    consent_required: bool,
    /// The smallest count that statistics may show, from 1; never below 5 in effect.
    #[graphql(default = 5)]
    minimum_cell_size: i32,
    /// First day in force.
    valid_from: GivenDate,
    /// Last day in force.
    valid_until: GivenDate,
    /// How many months after its end the recipient may keep what it got, from 1; without limit if it is left out.
    retention_months: Option<i32>,
    /// The tables of counts that are released under it, up to eight. One person may be in at most eight figures of a release.
    #[graphql(default)]
    statistics_tables: Vec<StatisticsTableInput>,
    /// How many months lie between two releases, from 3; 3 if it is left out and there are tables.
    release_months: Option<i32>,
    /// Whether it is for emergencies: once signed it shares nothing until the recipient opens it (openEmergencyAccess), and never
    /// with the country of origin, whatever the person said.
    #[graphql(default)]
    emergency: bool,
}

/// A table of counts: people by the values of its dimensions together.
#[derive(Debug, InputObject, Clone)]
pub struct StatisticsTableInput {
    /// One to three dimensions, whose categories the agreement grants.
    dimensions: Vec<StatisticsDimension>,
    /// How many values of a person are counted at most, if a dimension is a list (needs, solutions, programmes, incidents): 1 to 3,
    /// or 3 if it is left out.
    values_per_person: Option<i32>,
}

impl StatisticsTableInput {
    fn table(&self) -> StatisticsTable {
        let table = StatisticsTable::new(self.dimensions.clone());
        StatisticsTable { values_per_person: self.values_per_person.unwrap_or(table.values_per_person), ..table }
    }
}

/// The people that an agreement is about. A dimension that is left out restricts nothing; one that is given covers nobody whose attribute is unknown.
#[derive(Debug, InputObject, Clone, Default)]
pub struct AgreementScopeInput {
    /// Nationalities.
    nationalities: Option<Vec<GivenCountry>>,
    /// P-codes of places, with all below them.
    places: Option<Vec<String>>,
    /// Legal statuses.
    legal_statuses: Option<Vec<LegalStatus>>,
    /// Codes of specific needs; a category covers its sub-codes.
    specific_needs: Option<Vec<String>>,
    /// Kinds of programme in which the person is enrolled.
    programmes: Option<Vec<ProgrammeKind>>,
    /// Solutions, any of which must match.
    solutions: Option<Vec<SolutionScopeInput>>,
    /// Countries to whose circuit rides the person is nominated, until the ride closes.
    circuit_rides: Option<Vec<GivenCountry>>,
}

/// One way for a person's solutions to match a scope.
#[derive(Debug, InputObject, Clone)]
pub struct SolutionScopeInput {
    /// The kind of solution.
    kind: SolutionKind,
    /// The stage that must be reached; any if it is left out.
    least_stage: Option<SolutionStage>,
    /// The country that it must lead to; any if it is left out.
    destination: Option<GivenCountry>,
}

/// What the terms refer to.
pub struct Known {
    /// Key of the provider.
    pub provider_id: Option<Id<Agency>>,
    /// Key of the recipient.
    pub recipient_id: Option<Id<Agency>>,
    /// The country of the recipient, if it acts for one.
    pub recipient_country: Option<CountryCode>,
    /// Places by P-code.
    pub places: HashMap<String, Place>,
}

impl Known {
    /// What some terms refer to.
    ///
    /// # Errors
    /// If the database fails.
    pub fn of(session: &mut ReadSession, terms: &AgreementTerms) -> Result<Self> {
        let mut key_of =
            |code: &str| -> Result<Option<Id<Agency>>> { Ok(session.agencies_by_code(&[code.to_owned()])?.pop()) };
        let (provider_id, recipient_id) = (key_of(&terms.provider_code)?, key_of(&terms.recipient_code)?);
        let recipient = session.agencies(recipient_id.as_slice())?.into_values().next();
        let recipient_country = recipient.and_then(|recipient| recipient.country);
        Ok(Self { provider_id, recipient_id, recipient_country, places: session.places_by_code()? })
    }
}

impl AgreementTerms {
    /// A draft of these terms, or everything that is wrong with them.
    ///
    /// # Errors
    /// If the terms are wrong, with up to 20 errors, each at `terms` or a field below it.
    pub fn draft(&self, known: &Known, replaces_id: Option<Id<Agreement>>) -> Result<Agreement, Vec<UserError>> {
        let mut errors = Vec::new();
        let mut wrong = |field: &str, message: String| {
            if errors.len() == MAX_ERRORS {
                return;
            }
            errors.push(UserError::at(&format!("terms.{field}"), UserErrorCode::Invalid, message));
        };
        let reference = self.reference.trim();
        if !(1..=64).contains(&reference.chars().count()) || reference.contains('\0') {
            wrong("reference", "expected 1 to 64 characters".to_owned());
        }
        for (field, agency) in [("providerCode", known.provider_id), ("recipientCode", known.recipient_id)] {
            if agency.is_none() {
                wrong(field, "there is no agency with this code".to_owned());
            }
        }
        let mut read = |field: &str, given: &GivenDate| given.value().map_err(|message| wrong(field, message)).ok();
        let (valid_from, valid_until) = (read("validFrom", &self.valid_from), read("validUntil", &self.valid_until));
        let given = self.scope.clone().unwrap_or_default();
        let scope = given.scope(&known.places, &mut wrong);
        let is_own = |rides: &Vec<CountryCode>| known.recipient_country.is_some_and(|own| rides.contains(&own));
        if known.recipient_id.is_some() && scope.circuit_rides.as_ref().is_some_and(|rides| !is_own(rides)) {
            let message = match known.recipient_country {
                Some(own) => {
                    format!("it covers nobody: only rides that the recipient requested count, which go to {own}")
                }
                None => {
                    "it covers nobody: only rides that the recipient requested count, and it has no country".to_owned()
                }
            };
            wrong("scope.circuitRides", message);
        }
        let (Some(provider_id), Some(recipient_id)) = (known.provider_id, known.recipient_id) else {
            return Err(errors);
        };
        let (Some(valid_from), Some(valid_until), true) = (valid_from, valid_until, errors.is_empty()) else {
            return Err(errors);
        };
        let draft = Agreement {
            id: new_key(),
            reference: reference.to_owned(),
            provider_id,
            recipient_id,
            purpose: self.purpose,
            level: self.level,
            categories: self.categories.iter().copied().collect(),
            scope,
            consent_required: self.consent_required,
            minimum_cell_size: self.minimum_cell_size,
            valid_from,
            valid_until,
            status: AgreementStatus::Draft,
            replaces_id,
            proposed_by_id: None,
            in_force_since: None,
            retention_months: self.retention_months,
            revoked_at: None,
            statistics_tables: self.statistics_tables.iter().map(StatisticsTableInput::table).collect(),
            release_months: self.release_months.or((!self.statistics_tables.is_empty()).then_some(MIN_RELEASE_MONTHS)),
            emergency: self.emergency,
        };
        match draft.check() {
            Ok(()) => Ok(draft),
            Err(error) => {
                let field = match error {
                    InvalidTerms::Tables(ref refused) => field_of(refused),
                    InvalidTerms::NoMinimum => "terms.minimumCellSize",
                    _ => "terms",
                };
                Err(vec![UserError::at(field, UserErrorCode::Invalid, error.to_string())])
            }
        }
    }
}

impl AgreementScopeInput {
    fn scope(self, known: &HashMap<String, Place>, wrong: &mut impl FnMut(&str, String)) -> Scope {
        fn each<T, U: PartialEq>(
            given: Option<Vec<T>>,
            field: &str,
            wrong: &mut impl FnMut(&str, String),
            read: impl Fn(T) -> Result<U, String>,
        ) -> Option<Vec<U>> {
            let given = given?;
            if given.len() > MAX_VALUES {
                wrong(&format!("scope.{field}"), format!("expected at most {MAX_VALUES}"));
                return None;
            }
            let mut values = Vec::new();
            for (index, item) in given.into_iter().enumerate() {
                match read(item) {
                    Ok(value) if values.contains(&value) => {}
                    Ok(value) => values.push(value),
                    Err(message) => wrong(&format!("scope.{field}.{index}"), message),
                }
            }
            Some(values)
        }
        let country = |given: GivenCountry| given.value();
        let place = |code: String| match known.get(&code) {
            Some(place) => Ok(PlaceScope { level: place.level, code }),
            None => Err("there is no place with this P-code".to_owned()),
        };
        let solution = |given: SolutionScopeInput| {
            let destination: Option<CountryCode> = given.destination.map(country).transpose()?;
            Ok(SolutionScope { kind: given.kind, least_stage: given.least_stage, destination })
        };
        Scope {
            nationalities: each(self.nationalities, "nationalities", wrong, country),
            places: each(self.places, "places", wrong, place),
            legal_statuses: each(self.legal_statuses, "legalStatuses", wrong, Ok),
            specific_needs: each(self.specific_needs, "specificNeeds", wrong, |code: String| {
                code.parse::<NeedCode>().map_err(|error| error.to_string())
            }),
            programmes: each(self.programmes, "programmes", wrong, Ok),
            solutions: each(self.solutions, "solutions", wrong, solution),
            circuit_rides: each(self.circuit_rides, "circuitRides", wrong, country),
        }
    }
}

/// The field to which it belongs why tables cannot stand.
pub(in crate::graphql) fn field_of(refused: &InvalidTables) -> &'static str {
    match refused {
        InvalidTables::ReleaseMonths | InvalidTables::NothingToRelease | InvalidTables::OtherMonths(..) => {
            "terms.releaseMonths"
        }
        _ => "terms.statisticsTables",
    }
}
