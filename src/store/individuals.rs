//! Individuals that a viewer sees: pages in every order, counts, and rows by key.

use super::connection::AnyConnection;
use super::cover::{Predicate, Scope, all};
use super::errors::Result;
use super::page::{Bound, Page, Position, Slice, SortValue, Window, page};
use super::snapshot::Snapshot;
use super::tables::individuals;
use crate::domain::Key;
use crate::domain::category::DataCategory;
use crate::domain::country::CountryCode;
use crate::domain::individual::{AgeBand, Individual, LegalStatus, Sex};
use crate::policy::filter::Filter;
use crate::policy::{Released, Reveal};
use chrono::NaiveDate;
use diesel::dsl::not;
use diesel::{BoolExpressionMethods, ExpressionMethods, NullableExpressionMethods, QueryDsl, Queryable, RunQueryDsl};
use std::collections::HashMap;

/// What individuals may be ordered by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum IndividualOrderField {
    /// Registration.
    RegisteredOn,
    /// Arrival.
    ArrivedOn,
    /// Date of birth.
    DateOfBirth,
    /// Family name, by folded key.
    FamilyName,
    /// Registration number, by folded key.
    RegistrationNumber,
}

impl IndividualOrderField {
    /// The category that must be revealed for a row to be ordered by its value.
    pub fn category(self) -> DataCategory {
        match self {
            Self::RegisteredOn | Self::ArrivedOn => DataCategory::LegalStatus,
            Self::DateOfBirth | Self::FamilyName | Self::RegistrationNumber => DataCategory::Identity,
        }
    }
}

/// An order of individuals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct IndividualOrder {
    /// By what.
    pub field: IndividualOrderField,
    /// From the greatest value down.
    pub descending: bool,
}

#[derive(Queryable)]
struct Row {
    id: Key,
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
    mask: i64,
}

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
            $scope.mask(),
        )
    };
}

impl Row {
    fn reveal(&self) -> Reveal {
        Reveal::from_mask(self.mask)
    }

    /// The row's place in an order, by what it shows.
    fn position(&self, order: IndividualOrder) -> Position {
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

    fn release(self, today: NaiveDate) -> Released<Individual> {
        let reveal = self.reveal();
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
            age_band: self.date_of_birth.map(|born| AgeBand::on(today, born)),
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
        let (connection, scope) = self.scoped();
        let found =
            page(window, |row: &Row| row.position(order), |slice| slice_of(connection, &scope, filter, order, slice))?;
        let listed = |row: Row| Listed { position: row.position(order), individual: row.release(today) };
        Ok(Page {
            rows: found.rows.into_iter().map(listed).collect(),
            has_previous: found.has_previous,
            has_next: found.has_next,
        })
    }

    /// How many individuals the viewer sees for which the filter is known to hold.
    pub fn individuals_count(&mut self, filter: &Filter) -> Result<i64> {
        let (connection, scope) = self.scoped();
        let counted = individuals::table.filter(scope.visible()).filter(scope.filter(&filter.holds())).count();
        Ok(counted.get_result(connection)?)
    }

    /// Individuals by key, of those that the viewer sees.
    pub fn individuals(&mut self, ids: &[Key]) -> Result<HashMap<Key, Released<Individual>>> {
        let today = self.viewer().today;
        let (connection, scope) = self.scoped();
        let query =
            individuals::table.filter(individuals::id.eq_any(ids)).filter(scope.visible()).select(columns!(scope));
        let rows: Vec<Row> = query.load(connection)?;
        Ok(rows.into_iter().map(|row| (row.id, row.release(today))).collect())
    }

    /// The members of cases that the viewer sees as such, by row key.
    pub fn members_of_cases(&mut self, cases: &[Key]) -> Result<HashMap<Key, Vec<Released<Individual>>>> {
        let today = self.viewer().today;
        let (connection, scope) = self.scoped();
        let query = individuals::table
            .filter(individuals::case_id.eq_any(cases.to_vec()))
            .filter(scope.visible())
            .filter(scope.revealed(DataCategory::Family))
            .select(columns!(scope));
        let mut rows: Vec<Row> = query.load(connection)?;
        // Ordered here: SQLite would read all of the holder's rows for the order's sake.
        rows.sort_by_key(|row| row.id);
        let mut members: HashMap<Key, Vec<_>> = HashMap::new();
        for row in rows {
            if let Some(case) = row.case_id {
                members.entry(case).or_default().push(row.release(today));
            }
        }
        Ok(members)
    }
}

/// How rows of an order are told apart: by the exact value, by 1 January of its year, or without a value that they show.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Segment {
    Exact,
    ByYear,
    Without,
}

/// Reads a slice: the rows with a value, merged in order, then those without. Each segment is one statement that an index serves.
fn slice_of(
    connection: &mut AnyConnection,
    scope: &Scope<'_>,
    filter: &Filter,
    order: IndividualOrder,
    slice: &Slice,
) -> Result<Vec<Row>> {
    let category = order.field.category();
    let mut segment = |which, may_exist: bool| match may_exist {
        true => segment_of(connection, scope, filter, order, slice, which),
        false => Ok(Vec::new()),
    };
    let may_have_value = scope.grant().may_reveal(category);
    let exact = segment(Segment::Exact, may_have_value)?;
    let by_year =
        segment(Segment::ByYear, may_have_value && !category.identifies() && !scope.grant().always_identified())?;
    let without = segment(Segment::Without, true)?;

    let mut valued = [exact, by_year].concat_rows();
    let ascending = order.descending == slice.reversed;
    valued.sort_by(|left, right| {
        let key = |row: &Row| (row.position(order).value, row.id);
        if ascending { key(left).cmp(&key(right)) } else { key(right).cmp(&key(left)) }
    });
    let mut rows = if slice.reversed { [without, valued] } else { [valued, without] }.concat_rows();
    rows.truncate(slice.limit as usize);
    Ok(rows)
}

trait ConcatRows {
    fn concat_rows(self) -> Vec<Row>;
}

impl ConcatRows for [Vec<Row>; 2] {
    fn concat_rows(self) -> Vec<Row> {
        self.into_iter().flatten().collect()
    }
}

fn segment_of(
    connection: &mut AnyConnection,
    scope: &Scope<'_>,
    filter: &Filter,
    order: IndividualOrder,
    slice: &Slice,
    segment: Segment,
) -> Result<Vec<Row>> {
    let ascending = order.descending == slice.reversed;
    let revealed = scope.revealed(order.field.category());
    let base = all([scope.visible(), scope.filter(&filter.holds())]);

    macro_rules! read {
        ($condition:expr, $ascending:expr, $by:expr) => {{
            let condition: Predicate = $condition;
            let query = individuals::table.filter(condition).limit(slice.limit).select(columns!(scope));
            if $ascending { query.order($by.0).load(connection)? } else { query.order($by.1).load(connection)? }
        }};
    }
    macro_rules! valued {
        ($column:expr, $within:expr, $kind:path) => {{
            let value = $column.assume_not_null();
            let mut condition: Predicate = Box::new(base.and(revealed).and($within).and($column.is_not_null()));
            let ends = [(&slice.after, !order.descending), (&slice.before, order.descending)];
            for (bound, upwards) in ends {
                let Some(Bound { position, inclusive }) = bound else { continue };
                let end =
                    position.value.clone().and_then(|value| if let $kind(value) = value { Some(value) } else { None });
                condition = match (end, *inclusive, upwards) {
                    // The end lies among the rows without a value, which come after all of these.
                    (None, _, _) if std::ptr::eq(bound, &slice.before) => condition,
                    (None, _, _) => super::cover::never(),
                    (Some(end), true, true) => Box::new(
                        condition.and(value.ge(end.clone())).and(value.gt(end).or(individuals::id.ge(position.id))),
                    ),
                    (Some(end), false, true) => Box::new(
                        condition.and(value.ge(end.clone())).and(value.gt(end).or(individuals::id.gt(position.id))),
                    ),
                    (Some(end), true, false) => Box::new(
                        condition.and(value.le(end.clone())).and(value.lt(end).or(individuals::id.le(position.id))),
                    ),
                    (Some(end), false, false) => Box::new(
                        condition.and(value.le(end.clone())).and(value.lt(end).or(individuals::id.lt(position.id))),
                    ),
                };
            }
            let up = ($column.asc(), individuals::id.asc());
            let down = ($column.desc(), individuals::id.desc());
            read!(condition, ascending, (up, down))
        }};
    }
    macro_rules! without {
        ($column:expr) => {{
            let hidden = scope.hidden(order.field.category());
            // Said without an `or` where it can be, so that an index serves it.
            let mut condition: Predicate = match scope.grant().always_reveals(order.field.category()) {
                true => Box::new(base.and($column.is_null())),
                false => Box::new(base.and(hidden.or($column.is_null()))),
            };
            if let Some(Bound { position: Position { value: None, id }, inclusive }) = slice.after {
                condition = match inclusive {
                    true => Box::new(condition.and(individuals::id.ge(id))),
                    false => Box::new(condition.and(individuals::id.gt(id))),
                };
            }
            match slice.before {
                Some(Bound { position: Position { value: None, id }, inclusive: true }) => {
                    condition = Box::new(condition.and(individuals::id.le(id)));
                }
                Some(Bound { position: Position { value: None, id }, inclusive: false }) => {
                    condition = Box::new(condition.and(individuals::id.lt(id)));
                }
                Some(_) => condition = super::cover::never(),
                None => {}
            }
            read!(condition, !slice.reversed, (individuals::id.asc(), individuals::id.desc()))
        }};
    }
    macro_rules! segments {
        ($exact:expr, $by_year:expr, $kind:path) => {
            match segment {
                Segment::Exact if order.field.category().identifies() => valued!($exact, super::cover::always(), $kind),
                Segment::Exact => valued!($exact, scope.identified(), $kind),
                Segment::ByYear => valued!($by_year, not(scope.identified()), $kind),
                Segment::Without => without!($exact),
            }
        };
    }
    Ok(match order.field {
        IndividualOrderField::RegisteredOn => {
            segments!(individuals::registered_on, individuals::registered_year_on, SortValue::Date)
        }
        IndividualOrderField::ArrivedOn => {
            segments!(individuals::arrived_on, individuals::arrived_year_on, SortValue::Date)
        }
        IndividualOrderField::DateOfBirth => {
            segments!(individuals::date_of_birth, individuals::date_of_birth, SortValue::Date)
        }
        IndividualOrderField::FamilyName => {
            segments!(individuals::family_name_key, individuals::family_name_key, SortValue::Text)
        }
        IndividualOrderField::RegistrationNumber => {
            segments!(individuals::registration_number_key, individuals::registration_number_key, SortValue::Text)
        }
    })
}
