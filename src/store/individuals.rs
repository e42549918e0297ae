//! Individuals that a viewer sees: pages in every order, counts, and rows by key.

use super::errors::Result;
use super::individual_order::{IndividualOrder, IndividualOrderField, slice_of};
use super::page::{Page, Position, SortValue, Window, page};
use super::snapshot::Snapshot;
use super::tables::individuals;
use super::trace::Trace;
use crate::domain::Key;
use crate::domain::category::DataCategory;
use crate::domain::country::CountryCode;
use crate::domain::individual::{AgeBand, Individual, LegalStatus, Sex};
use crate::policy::filter::Filter;
use crate::policy::{Released, Reveal};
use chrono::NaiveDate;
use diesel::{ExpressionMethods, QueryDsl, Queryable, RunQueryDsl};
use std::collections::HashMap;

#[derive(Queryable)]
pub(super) struct Row {
    pub(super) id: Key,
    holder_id: Key,
    case_id: Option<Key>,
    sex: Option<Sex>,
    nationality: Option<CountryCode>,
    region_id: Option<Key>,
    registration_number: Option<String>,
    given_name: Option<String>,
    family_name: Option<String>,
    family_name_key: Option<String>,
    registration_number_key: Option<String>,
    date_of_birth: Option<NaiveDate>,
    phone: Option<String>,
    place_id: Option<Key>,
    legal_status: Option<LegalStatus>,
    arrived_on: Option<NaiveDate>,
    registered_on: Option<NaiveDate>,
    age_band: Option<AgeBand>,
    audit_key: i64,
    mask: i64,
}

/// The columns of a [`Row`].
macro_rules! columns {
    ($scope:expr) => {
        (
            individuals::id,
            individuals::holder_id,
            individuals::case_id,
            individuals::sex,
            individuals::nationality,
            individuals::region_id,
            individuals::registration_number,
            individuals::given_name,
            individuals::family_name,
            individuals::family_name_key,
            individuals::registration_number_key,
            individuals::date_of_birth,
            individuals::phone,
            individuals::place_id,
            individuals::legal_status,
            individuals::arrived_on,
            individuals::registered_on,
            individuals::age_band,
            individuals::audit_key,
            $scope.mask(),
        )
    };
}
pub(super) use columns;

impl Row {
    fn reveal(&self) -> Reveal {
        Reveal::from_mask(self.mask)
    }

    /// The row's place in an order, by what it shows.
    pub(super) fn position(&self, order: IndividualOrder) -> Position {
        let reveal = self.reveal();
        let date = |date: Option<NaiveDate>| date.map(|date| SortValue::Date(reveal.date(date)));
        let text = |text: &Option<String>| text.clone().map(SortValue::Text);
        let value = match order.field {
            IndividualOrderField::RegisteredOn => date(self.registered_on),
            IndividualOrderField::ArrivedOn => date(self.arrived_on),
            IndividualOrderField::DateOfBirth => date(self.date_of_birth),
            IndividualOrderField::FamilyName => text(&self.family_name_key),
            IndividualOrderField::RegistrationNumber => text(&self.registration_number_key),
        };
        Position { value: value.filter(|_| reveal.reveals(order.field.category())), id: self.id }
    }

    /// The person as it may leave; the only way there, which puts it on record.
    pub(super) fn release(self, today: NaiveDate, trace: &mut Trace) -> Released<Individual> {
        let reveal = self.reveal();
        trace.release(self.audit_key, reveal);
        let individual = Individual {
            id: self.id,
            holder_id: self.holder_id,
            case_id: self.case_id,
            sex: self.sex,
            nationality: self.nationality,
            region_id: self.region_id,
            registration_number: self.registration_number,
            given_name: self.given_name,
            family_name: self.family_name,
            age_band: self.date_of_birth.map(|born| AgeBand::on(today, born)).or(self.age_band),
            date_of_birth: self.date_of_birth,
            phone: self.phone,
            place_id: self.place_id,
            legal_status: self.legal_status,
            arrived_on: self.arrived_on,
            registered_on: self.registered_on,
        };
        Released::reduced(individual, reveal).expect("an individual is reduced field by field")
    }
}

/// An individual on a page, with its position for a cursor.
#[derive(Debug, Clone)]
pub struct Listed {
    /// What is released of it.
    pub individual: Released<Individual>,
    /// Where it stands in the page's order.
    pub position: Position,
}

impl Snapshot {
    /// A page of the individuals that the viewer sees and for which the filter is known to hold.
    pub fn individuals_page(
        &mut self,
        filter: &Filter,
        order: IndividualOrder,
        window: &Window,
    ) -> Result<Page<Listed>> {
        let today = self.viewer().today;
        let (connection, scope) = self.scoped()?;
        let found =
            page(window, |row: &Row| row.position(order), |slice| slice_of(connection, &scope, filter, order, slice))?;
        let trace = self.trace();
        trace.test(filter.categories().into_iter().chain([order.field.category()]));
        let listed = |row: Row| Listed { position: row.position(order), individual: row.release(today, trace) };
        Ok(Page {
            rows: found.rows.into_iter().map(listed).collect(),
            has_previous: found.has_previous,
            has_next: found.has_next,
        })
    }

    /// How many individuals the viewer sees for which the filter is known to hold.
    pub fn individuals_count(&mut self, filter: &Filter) -> Result<i64> {
        let (connection, scope) = self.scoped()?;
        let counted = individuals::table.filter(scope.visible()).filter(scope.filter(&filter.holds()));
        let keys: Vec<i64> = counted.select(individuals::audit_key).load(connection)?;
        self.trace().test(filter.categories());
        self.trace().count(filter.categories(), &keys);
        Ok(keys.len() as i64)
    }

    /// Individuals by key, of those that the viewer sees.
    pub fn individuals(&mut self, ids: &[Key]) -> Result<HashMap<Key, Released<Individual>>> {
        let today = self.viewer().today;
        let (connection, scope) = self.scoped()?;
        let query =
            individuals::table.filter(individuals::id.eq_any(ids)).filter(scope.visible()).select(columns!(scope));
        let rows: Vec<Row> = query.load(connection)?;
        let trace = self.trace();
        Ok(rows.into_iter().map(|row| (row.id, row.release(today, trace))).collect())
    }

    /// The members of cases that the viewer sees as such, by row key.
    pub fn members_of_cases(&mut self, cases: &[Key]) -> Result<HashMap<Key, Vec<Released<Individual>>>> {
        let today = self.viewer().today;
        let (connection, scope) = self.scoped()?;
        let query = individuals::table
            .filter(individuals::case_id.eq_any(cases.to_vec()))
            .filter(scope.visible())
            .filter(scope.revealed(DataCategory::Family))
            .select(columns!(scope));
        let mut rows: Vec<Row> = query.load(connection)?;
        // Ordered here: SQLite would read all of the holder's rows for the order's sake.
        rows.sort_by_key(|row| row.id);
        let trace = self.trace();
        let mut members: HashMap<Key, Vec<_>> = HashMap::new();
        for row in rows {
            if let Some(case) = row.case_id {
                members.entry(case).or_default().push(row.release(today, trace));
            }
        }
        Ok(members)
    }
}
