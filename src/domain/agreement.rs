//! Data-sharing agreements.

use super::agency::Agency;
use super::category::DataCategory;
use super::country::CountryCode;
use super::grants::{Grants, Level};
use super::individual::LegalStatus;
use super::programme::ProgrammeKind;
use super::purpose::Purpose;
use super::retention::MAX_MONTHS;
use super::solution::{SolutionKind, SolutionStage};
use super::specific_need::NeedCode;
use super::statistics::{
    InvalidTables, MAX_RELEASE_MONTHS, MIN_RELEASE_MONTHS, Named, StatisticsTable, check_tables, check_tables_beside,
};
use super::{Id, Noun, vocabulary};
use chrono::{NaiveDate, NaiveDateTime};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

vocabulary! {
    /// Where an agreement stands.
    AgreementStatus {
        /// Being negotiated; shares nothing.
        Draft = "DRAFT",
        /// Signed by both; shares between its dates, an emergency agreement only while it is open.
        InForce = "IN_FORCE",
        /// Paused; shares nothing.
        Suspended = "SUSPENDED",
        /// Ended; shares nothing.
        Revoked = "REVOKED",
    }
}

impl AgreementStatus {
    /// Whether both parties have signed and neither has revoked it.
    pub fn is_signed(self) -> bool {
        matches!(self, Self::InForce | Self::Suspended)
    }
}

/// One way of matching a person's solutions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SolutionScope {
    /// The kind of solution.
    pub kind: SolutionKind,
    /// The stage that must be reached, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub least_stage: Option<SolutionStage>,
    /// The country that it must lead to, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub destination: Option<CountryCode>,
}

/// A place of a scope, with the level that decides which category it belongs to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlaceScope {
    /// OCHA P-code.
    pub code: String,
    /// Administrative level; 1 is a region.
    pub level: i32,
}

/// Which people an agreement is about. An absent dimension (`None`) restricts nothing; a present one covers nobody whose attribute is unknown.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Scope {
    /// Nationalities.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nationalities: Option<Vec<CountryCode>>,
    /// Places, with all below them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub places: Option<Vec<PlaceScope>>,
    /// Legal statuses.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub legal_statuses: Option<Vec<LegalStatus>>,
    /// Specific needs; a category covers its sub-codes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub specific_needs: Option<Vec<NeedCode>>,
    /// Kinds of programme in which the person is enrolled.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub programmes: Option<Vec<ProgrammeKind>>,
    /// Solutions, any of which must match.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub solutions: Option<Vec<SolutionScope>>,
    /// Countries to whose circuit rides the person is nominated; until the ride closes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub circuit_rides: Option<Vec<CountryCode>>,
}

impl Scope {
    /// What everybody who is covered has in common, in words: a person's mere presence tells it.
    pub fn presence_tells(&self) -> Vec<String> {
        fn listed<T: ToString>(values: &Option<Vec<T>>, what: &str) -> Option<String> {
            let values: Vec<String> = values.as_ref()?.iter().map(ToString::to_string).collect();
            Some(format!("{what} {}", values.join(" or ")))
        }
        let solution = |scope: &SolutionScope| {
            let stage = scope.least_stage.map(|stage| format!(", at {stage} or later")).unwrap_or_default();
            let country = scope.destination.map(|country| format!(", to {country}")).unwrap_or_default();
            format!("{}{country}{stage}", scope.kind)
        };
        let solutions = self.solutions.as_ref().map(|scopes| scopes.iter().map(solution).collect::<Vec<_>>());
        let places =
            self.places.as_ref().map(|places| places.iter().map(|place| place.code.clone()).collect::<Vec<_>>());
        [
            listed(&self.nationalities, "is of nationality"),
            listed(&places, "is in or below the place"),
            listed(&self.legal_statuses, "is of legal status"),
            listed(&self.specific_needs, "has the specific need"),
            listed(&self.programmes, "is enrolled in a programme of kind"),
            listed(&solutions, "has a solution"),
            listed(&self.circuit_rides, "is nominated for a circuit ride to"),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    /// The categories that the scope's dimensions speak of, each with the dimension's name.
    pub fn categories(&self) -> Vec<(&'static str, DataCategory)> {
        let mut named = Vec::new();
        let mut name = |present: bool, dimension, category| {
            if present {
                named.push((dimension, category));
            }
        };
        let places = self.places.as_deref().unwrap_or_default();
        name(self.nationalities.is_some(), "nationalities", DataCategory::Demographics);
        name(places.iter().any(|place| place.level <= 1), "places", DataCategory::Demographics);
        name(places.iter().any(|place| place.level > 1), "places", DataCategory::Location);
        name(self.legal_statuses.is_some(), "legal statuses", DataCategory::LegalStatus);
        name(self.specific_needs.is_some(), "specific needs", DataCategory::SpecificNeeds);
        name(self.programmes.is_some(), "programmes", DataCategory::Assistance);
        name(self.solutions.is_some(), "solutions", DataCategory::Solutions);
        name(self.circuit_rides.is_some(), "circuit rides", DataCategory::Solutions);
        named
    }
}

/// A data-sharing agreement between a provider and a recipient.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Agreement {
    /// Row key.
    pub id: Id<Agreement>,
    /// Reference, unique between its two parties: `DSA-2003-01`.
    pub reference: String,
    /// The agency that shares what it holds.
    pub provider_id: Id<Agency>,
    /// The agency that sees it.
    pub recipient_id: Id<Agency>,
    /// The one purpose it is for.
    pub purpose: Purpose,
    /// How much of a person it shows.
    pub level: Level,
    /// The categories it grants.
    pub categories: BTreeSet<DataCategory>,
    /// The people it is about.
    pub scope: Scope,
    /// Whether each person's consent is required.
    pub consent_required: bool,
    /// The smallest count that statistics may show.
    pub minimum_cell_size: i32,
    /// Whether it shares only while its recipient has opened it, and to no country of origin whatever people said.
    pub emergency: bool,
    /// First day in force.
    pub valid_from: NaiveDate,
    /// Last day in force.
    pub valid_until: NaiveDate,
    /// Where it stands.
    pub status: AgreementStatus,
    /// The version that it replaces once both parties have signed it.
    pub replaces_id: Option<Id<Agreement>>,
    /// Who proposed it; nobody did if it was imported.
    pub proposed_by_id: Option<Id<Agency>>,
    /// Since when it is in force, or was; never if it has been a draft only.
    pub in_force_since: Option<NaiveDateTime>,
    /// How many months after its end the recipient may keep what it got; without limit if none are agreed.
    pub retention_months: Option<i32>,
    /// When it was revoked, if that is known.
    pub revoked_at: Option<NaiveDateTime>,
    /// The tables of counts that are released under it.
    pub statistics_tables: Vec<StatisticsTable>,
    /// How many months lie between two releases; none if nothing is released.
    pub release_months: Option<i32>,
}

impl Noun for Agreement {
    const NAME: &'static str = "Agreement";
}

/// Why an agreement's terms cannot stand.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidTerms {
    /// A scope dimension speaks of a category that is not granted.
    #[error("the scope names {0}, which belongs to {1}, a category that the agreement does not grant")]
    ScopeBeyondCategories(&'static str, DataCategory),
    /// The dates are the wrong way round.
    #[error("it ends before it begins")]
    EndsBeforeItBegins,
    /// Provider and recipient are one agency.
    #[error("provider and recipient are the same agency")]
    SameAgency,
    /// `CASE_MANAGEMENT` is not a purpose of agreements.
    #[error("CASE_MANAGEMENT is the holder's own work; agreements are made for the other purposes")]
    OwnWork,
    /// No category is granted.
    #[error("it grants no data category")]
    NoCategory,
    /// The minimum cell size is not positive.
    #[error("the minimum cell size is less than 1")]
    NoMinimum,
    /// The retention period is not a period.
    #[error("the retention period is not 1 to {MAX_MONTHS} months")]
    NoRetention,
    /// The statistics tables cannot stand.
    #[error(transparent)]
    Tables(#[from] InvalidTables),
}

impl Agreement {
    /// Holds the terms against the rules for them.
    ///
    /// # Errors
    /// If the terms break a rule, with the first that they break.
    pub fn check(&self) -> Result<(), InvalidTerms> {
        if self.provider_id == self.recipient_id {
            return Err(InvalidTerms::SameAgency);
        }
        if self.purpose == Purpose::CaseManagement {
            return Err(InvalidTerms::OwnWork);
        }
        if self.valid_until < self.valid_from {
            return Err(InvalidTerms::EndsBeforeItBegins);
        }
        if self.categories.is_empty() {
            return Err(InvalidTerms::NoCategory);
        }
        if self.minimum_cell_size < 1 {
            return Err(InvalidTerms::NoMinimum);
        }
        if self.retention_months.is_some_and(|months| !(1..=MAX_MONTHS).contains(&months)) {
            return Err(InvalidTerms::NoRetention);
        }
        self.check_releases()?;
        let beyond = self.scope.categories().into_iter().find(|(_, category)| !self.categories.contains(category));
        beyond.map_or(Ok(()), |(dimension, category)| Err(InvalidTerms::ScopeBeyondCategories(dimension, category)))
    }

    fn check_releases(&self) -> Result<(), InvalidTables> {
        check_tables(&self.statistics_tables, &self.categories)?;
        match (self.release_months, self.statistics_tables.is_empty()) {
            (None, true) => Ok(()),
            (Some(_), true) => Err(InvalidTables::NothingToRelease),
            (_, false) if self.emergency => Err(InvalidTables::Emergency),
            (Some(MIN_RELEASE_MONTHS..=MAX_RELEASE_MONTHS), false) => Ok(()),
            (_, false) => Err(InvalidTables::ReleaseMonths),
        }
    }

    /// Whether another is between the same parties, for the same purpose.
    pub fn shares_like(&self, other: &Self) -> bool {
        let sharing = |one: &Self| (one.provider_id, one.recipient_id, one.purpose);
        sharing(self) == sharing(other)
    }

    /// Whether another shares like it and may be in force on the same day: then what is told of a person under both is counted together.
    /// One that a draft replaces ends when that is signed.
    pub fn is_counted_with(&self, other: &Self) -> bool {
        let ends = self.replaces_id == Some(other.id) && !self.status.is_signed();
        self.shares_like(other)
            && other.status.is_signed()
            && !ends
            && self.valid_from <= other.valid_until
            && other.valid_from <= self.valid_until
    }

    /// Holds its releases against those of the agreements beside which it would be in force.
    ///
    /// # Errors
    /// If its tables, or its months between releases, do not go with those of the agreements beside it.
    pub fn check_beside(&self, others: &[Self]) -> Result<(), InvalidTables> {
        let beside =
            |other: &&Self| self.id != other.id && !other.statistics_tables.is_empty() && self.is_counted_with(other);
        let others: Vec<&Self> = others.iter().filter(beside).collect();
        if self.statistics_tables.is_empty() {
            return Ok(());
        }
        if let Some(other) = others.iter().find(|other| other.release_months != self.release_months) {
            let months = other.release_months.unwrap_or_default();
            return Err(InvalidTables::OtherMonths(other.reference.clone(), months));
        }
        let others: Vec<Named<'_>> = others.into_iter().map(Self::named_tables).collect();
        check_tables_beside(self.named_tables(), &others)
    }

    /// The categories by which people are counted under it.
    pub fn statistics_categories(&self) -> BTreeSet<DataCategory> {
        self.statistics_tables.iter().flat_map(StatisticsTable::categories).collect()
    }

    fn named_tables(&self) -> Named<'_> {
        (&self.reference, &self.statistics_tables)
    }

    /// Whether it covers the same people as another between the same parties for the same purpose: whose consent counts depends on what is
    /// granted.
    pub fn covers_like(&self, other: &Self) -> bool {
        let terms = |one: &Self| (one.level, one.consent_required);
        self.shares_like(other)
            && terms(self) == terms(other)
            && (&self.scope, &self.categories) == (&other.scope, &other.categories)
    }

    /// Whether its releases would be of the same people in the same tables as another's between the same parties.
    pub fn releases_like(&self, other: &Self) -> bool {
        self.covers_like(other)
            && self.statistics_tables == other.statistics_tables
            && self.minimum_cell_size == other.minimum_cell_size
    }

    /// What it grants, to compare with what somebody was told.
    pub fn grants(&self) -> Grants {
        Grants::new(&self.categories, self.level)
    }

    /// Whether it was in force at a moment.
    pub fn was_in_force(&self, moment: NaiveDateTime) -> bool {
        self.in_force_since.is_some_and(|since| since <= moment)
            && self.revoked_at.is_none_or(|revoked| moment < revoked)
            && moment.date() <= self.valid_until
    }

    /// Whether it is in force on the day `today`.
    pub fn in_force(&self, today: NaiveDate) -> bool {
        self.status == AgreementStatus::InForce && self.valid_from <= today && today <= self.valid_until
    }
}
