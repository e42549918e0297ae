//! Places, programmes, agreements and figures as imports look them up and change them, outside policy.

use super::{KEYS, insert};
use crate::domain::agency::Agency;
use crate::domain::agreement::{Agreement, AgreementStatus};
use crate::domain::place::Place;
use crate::domain::population_figure::PopulationFigure;
use crate::domain::programme::Programme;
use crate::domain::text::fold;
use crate::domain::{Id, Vocabulary};
use crate::store::agreement::rows::all_agreements;
use crate::store::database::connection::AnyConnection;
use crate::store::database::errors::Result;
use crate::store::database::tables::*;
use chrono::{NaiveDate, NaiveDateTime, NaiveTime};
use diesel::dsl::exists;
use diesel::sql_types::{Array, BigInt};
use diesel::{
    BoolExpressionMethods, ExpressionMethods, JoinOnDsl, NullableExpressionMethods, QueryDsl, RunQueryDsl,
    SelectableHelper,
};
use std::collections::HashMap;

/// Places by P-code, each with its ancestors' keys (itself left out).
pub type Places = HashMap<String, (Place, Vec<Id<Place>>)>;

/// Every place.
///
/// # Errors
/// If the database fails.
pub fn places(connection: &mut AnyConnection) -> Result<Places> {
    let rows: Vec<Place> = places::table.select(Place::as_select()).load(connection)?;
    let mut above: HashMap<Id<Place>, Vec<Id<Place>>> = HashMap::new();
    let pairs: Vec<(Id<Place>, Id<Place>)> = place_ancestors::table.load(connection)?;
    for (place, ancestor) in pairs.into_iter().filter(|(place, ancestor)| place != ancestor) {
        above.entry(place).or_default().push(ancestor);
    }
    let place = |place: Place| {
        let above = above.remove(&place.id).unwrap_or_default();
        (place.code.clone(), (place, above))
    };
    Ok(rows.into_iter().map(place).collect())
}

/// A stored figure.
#[derive(Debug, Clone)]
pub struct StoredFigure {
    /// Its key.
    pub id: Id<PopulationFigure>,
    /// Its value; unknown if no source states it.
    pub value: Option<i64>,
    /// Whether the source in question gives it.
    pub has_source: bool,
}

/// Stored figures by identity, and whether a source gives them.
///
/// # Errors
/// If the database fails.
pub fn figures(
    connection: &mut AnyConnection,
    identities: &[&str],
    source: &str,
) -> Result<HashMap<String, StoredFigure>> {
    use {population_figure_sources as s, population_figures as f};
    let by_source = s::table.on(s::figure_id.eq(f::id).and(s::source.eq(source)));
    type Row = (String, Id<PopulationFigure>, Option<i64>, Option<String>);
    let rows: Vec<Row> = f::table
        .left_join(by_source)
        .filter(f::identity.eq_any(identities))
        .select((f::identity, f::id, f::value, s::source.nullable()))
        .load(connection)?;
    let figure =
        |(identity, id, value, source): Row| (identity, StoredFigure { id, value, has_source: source.is_some() });
    Ok(rows.into_iter().map(figure).collect())
}

/// The sources of figures, in order.
///
/// # Errors
/// If the database fails.
pub fn sources_of_figures(
    connection: &mut AnyConnection,
    ids: &[Id<PopulationFigure>],
) -> Result<HashMap<Id<PopulationFigure>, Vec<String>>> {
    let mut found: HashMap<Id<PopulationFigure>, Vec<String>> = HashMap::new();
    for chunk in ids.chunks(KEYS) {
        let rows: Vec<(Id<PopulationFigure>, String)> = population_figure_sources::table
            .filter(population_figure_sources::figure_id.eq_any(chunk))
            .order(population_figure_sources::source)
            .load(connection)?;
        for (figure, source) in rows {
            found.entry(figure).or_default().push(source);
        }
    }
    Ok(found)
}

/// Gives figures the values that were unknown.
///
/// # Errors
/// If the database fails.
pub fn fill_figures(connection: &mut AnyConnection, values: &[(Id<PopulationFigure>, i64)]) -> Result<()> {
    match connection {
        AnyConnection::Sqlite(sqlite) => {
            for (id, value) in values {
                let figure = population_figures::table.filter(population_figures::id.eq(id));
                diesel::update(figure).set(population_figures::value.eq(Some(value))).execute(sqlite)?;
            }
        }
        AnyConnection::Postgresql(postgres) => {
            let (ids, values): (Vec<Id<PopulationFigure>>, Vec<i64>) = values.iter().copied().unzip();
            diesel::sql_query(
                "UPDATE population_figures SET value = filled.value FROM unnest($1, $2) AS filled (id, value) \
                 WHERE population_figures.id = filled.id",
            )
            .bind::<Array<BigInt>, _>(ids)
            .bind::<Array<BigInt>, _>(values)
            .execute(postgres)?;
        }
    }
    Ok(())
}

/// Agreements by their reference and their parties in whichever order.
pub type Agreements = HashMap<(String, [Id<Agency>; 2]), Agreement>;

/// Every agreement.
///
/// # Errors
/// If the database fails.
pub fn agreements(connection: &mut AnyConnection) -> Result<Agreements> {
    let found = all_agreements(connection)?;
    Ok(found.into_iter().map(|agreement| ((agreement.reference.clone(), parties(&agreement)), agreement)).collect())
}

/// The parties of an agreement, in whichever order.
pub fn parties(agreement: &Agreement) -> [Id<Agency>; 2] {
    let (provider, recipient) = (agreement.provider_id, agreement.recipient_id);
    [provider.min(recipient), provider.max(recipient)]
}

/// Changes where an agreement stands, at a moment. It is in force from then on, or from its first day, if it never was before.
///
/// # Errors
/// If there is no such agreement, or the database fails.
pub fn set_agreement_status(
    connection: &mut AnyConnection,
    id: Id<Agreement>,
    status: AgreementStatus,
    now: NaiveDateTime,
) -> Result<()> {
    let agreement = agreements::table.find(id);
    let moments = (agreements::valid_from, agreements::in_force_since, agreements::revoked_at);
    let (from, since, revoked): (NaiveDate, Option<NaiveDateTime>, Option<NaiveDateTime>) =
        agreement.select(moments).first(connection)?;
    let begins = status.is_signed();
    let since = since.or(begins.then(|| now.max(from.and_time(NaiveTime::MIN))));
    let revoked = revoked.or((status == AgreementStatus::Revoked).then_some(now));
    let stands = (
        agreements::status.eq(status.code()),
        agreements::in_force_since.eq(since),
        agreements::revoked_at.eq(revoked),
    );
    diesel::update(agreement).set(stands).execute(connection)?;
    Ok(())
}

/// The programme with an identifier, if there is one.
///
/// # Errors
/// If the database fails.
pub fn programme(connection: &mut AnyConnection, identifier: &str) -> Result<Option<Programme>> {
    crate::store::programme::by_identifier(connection, identifier)
}

/// Gives places other names.
///
/// # Errors
/// If the database fails.
pub fn rename_places(connection: &mut AnyConnection, names: &[(Id<Place>, String)]) -> Result<()> {
    for (id, name) in names {
        diesel::update(places::table.filter(places::id.eq(id)))
            .set((places::name.eq(name), places::name_key.eq(fold(name))))
            .execute(connection)?;
    }
    Ok(())
}

/// Whether anybody is, or was, enrolled in a programme.
///
/// # Errors
/// If the database fails.
pub fn has_participants(connection: &mut AnyConnection, programme: Id<Programme>) -> Result<bool> {
    let enrolled = enrolments::table.filter(enrolments::programme_id.eq(programme));
    Ok(diesel::select(exists(enrolled)).get_result(connection)?)
}

/// The places of a programme, in order.
///
/// # Errors
/// If the database fails.
pub fn places_of_programme(connection: &mut AnyConnection, programme: Id<Programme>) -> Result<Vec<Id<Place>>> {
    use programme_places as p;
    Ok(p::table.filter(p::programme_id.eq(programme)).select(p::place_id).order(p::place_id).load(connection)?)
}

/// Replaces the places of a programme.
///
/// # Errors
/// If the database fails.
pub fn move_programme(connection: &mut AnyConnection, programme: Id<Programme>, places: &[Id<Place>]) -> Result<()> {
    use programme_places as p;
    diesel::delete(p::table.filter(p::programme_id.eq(programme))).execute(connection)?;
    insert::programme_places(connection, places.iter().map(|place| (programme, *place)).collect())
}

/// Replaces what a report says of a programme.
///
/// # Errors
/// If the database fails.
pub fn update_programme(connection: &mut AnyConnection, programme: &Programme) -> Result<()> {
    use programmes as p;
    diesel::update(p::table.filter(p::id.eq(programme.id)))
        .set((
            p::name.eq(&programme.name),
            p::kind.eq(programme.kind.code()),
            p::implementer_id.eq(programme.implementer_id),
            p::status.eq(programme.status.code()),
            p::sector.eq(&programme.sector),
            p::starts_on.eq(programme.starts_on),
            p::ends_on.eq(programme.ends_on),
        ))
        .execute(connection)?;
    Ok(())
}
