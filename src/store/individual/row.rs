//! A person's row as a stream gives it, and its one way out.

use super::order::{IndividualOrder, IndividualOrderField};
use crate::domain::Id;
use crate::domain::agency::Agency;
use crate::domain::case::Case;
use crate::domain::country::CountryCode;
use crate::domain::individual::{AgeBand, Individual, LegalStatus, RecordClosure, Sex};
use crate::domain::place::Place;
use crate::policy::{Released, Reveal, Stored};
use crate::store::audit::disclosures::Disclosures;
use crate::store::database::page::{Position, SortValue};
use crate::store::database::stored::stored;
use crate::store::database::tables::individuals;
use chrono::NaiveDate;
use diesel::Queryable;
stored!(Individual in individuals keyed { id: Id<Individual>, holder_id: Id<Agency> } and {
    case_id: Option<Id<Case>>,
    sex: Option<Sex>,
    nationality: Option<CountryCode>,
    region_id: Option<Id<Place>>,
    registration_number: Option<String>,
    given_name: Option<String>,
    family_name: Option<String>,
    date_of_birth: Option<NaiveDate>,
    phone: Option<String>,
    place_id: Option<Id<Place>>,
    legal_status: Option<LegalStatus>,
    arrived_on: Option<NaiveDate>,
    registered_on: Option<NaiveDate>,
    closed_as: Option<RecordClosure>,
    closed_on: Option<NaiveDate>,
} derived {
    age_band: Option<AgeBand>,
});

#[derive(Queryable)]
pub(super) struct Row {
    pub(super) person: Individual,
    pub(super) row_key: Id<Individual>,
    pub(super) case_key: Option<Id<Case>>,
    family_name_key: Option<String>,
    registration_number_key: Option<String>,
    audit_key: i64,
    mask: i64,
}

/// The columns of a [`Row`] of a stream.
macro_rules! columns {
    ($stream:expr) => {
        (
            Individual::as_select(),
            coverages::row_key.assume_not_null(),
            $stream.case_key(),
            individuals::family_name_key,
            individuals::registration_number_key,
            individuals::audit_key,
            $stream.mask(),
        )
    };
}
pub(super) use columns;

impl Row {
    fn reveal(&self) -> Reveal {
        Reveal::from_mask(self.mask)
    }

    /// The row as another reveal shows it.
    pub(super) fn with(self, reveal: Reveal) -> Self {
        Self { mask: reveal.mask(), ..self }
    }

    /// The row's place in an order, by what it shows.
    pub(super) fn position(&self, order: IndividualOrder) -> Position {
        let reveal = self.reveal();
        let date = |date: Option<NaiveDate>| date.map(|date| SortValue::Date(reveal.date(date)));
        let text = |text: &Option<String>| text.clone().map(SortValue::Text);
        let value = match order.field {
            IndividualOrderField::RegisteredOn => date(self.person.registered_on),
            IndividualOrderField::ArrivedOn => date(self.person.arrived_on),
            IndividualOrderField::DateOfBirth => date(self.person.date_of_birth),
            IndividualOrderField::FamilyName => text(&self.family_name_key),
            IndividualOrderField::RegistrationNumber => text(&self.registration_number_key),
        };
        Position { value: value.filter(|_| reveal.reveals(order.field.category())), id: self.row_key.value() }
    }

    /// The person as it may leave; the only way there, which puts it on record.
    pub(super) fn release(self, today: NaiveDate, disclosures: &mut Disclosures) -> Released<Individual> {
        let reveal = self.reveal();
        disclosures.release(self.audit_key, reveal);
        let age_on = reveal.date(today);
        let Self { person, row_key, case_key, .. } = self;
        let stored = Stored { id: person.id, case_id: person.case_id, case_key };
        let age_band = person.date_of_birth.map(|born| AgeBand::on(age_on, born)).or(person.age_band);
        Released::individual(Individual { id: row_key, case_id: case_key, age_band, ..person }, reveal, stored)
    }
}
