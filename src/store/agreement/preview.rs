//! What a recipient would see under an agreement that is not signed yet: for the agency that holds the records.

use crate::domain::Id;
use crate::domain::agreement::{Agreement, AgreementStatus};
use crate::domain::country::CountryCode;
use crate::domain::coverage::CoverageBasis;
use crate::domain::grants::Level;
use crate::domain::individual::Individual;
use crate::domain::place::Place;
use crate::domain::statistics::{InvalidTables, figures_per_person};
use crate::policy::statistics::{Noise, ReleasedTable, Withheld};
use crate::policy::{Released, Reveal, Viewer};
use crate::store::agreement::rows::{agreements_between, agreements_in_force, all_agreements};
use crate::store::bulk::insert;
use crate::store::database::connection::AnyConnection;
use crate::store::database::errors::Result;
use crate::store::database::tables::{coverages, individuals, places};
use crate::store::session::read::ReadSession;
use crate::store::statistics::microdata::{self, Of};
use crate::store::statistics::schedule;
use chrono::NaiveDate;
use diesel::connection::SimpleConnection;
use diesel::sql_types::{BigInt, Date, Text};
use diesel::{
    BoolExpressionMethods, ExpressionMethods, NullableExpressionMethods, QueryDsl, QueryableByName, RunQueryDsl,
};
use std::collections::{BTreeMap, HashMap, HashSet};

/// What SQLite tries terms in: tables of this transaction alone, which stand before those of the same name. So a preview waits for no
/// change, and no change for a preview; PostgreSQL locks rows only.
const TABLES: [&str; 3] = ["agreements", "agreement_scopes", "statistics_tables"];

/// Has terms be tried apart from those that are kept.
fn apart(connection: &mut AnyConnection) -> Result<()> {
    let AnyConnection::Sqlite(sqlite) = connection else { return Ok(()) };
    for table in TABLES {
        sqlite.batch_execute(&format!("CREATE TEMP TABLE {table} AS SELECT * FROM main.{table} WHERE false"))?;
    }
    let view: View =
        diesel::sql_query("SELECT sql FROM main.sqlite_schema WHERE name = 'covered_by_terms'").get_result(sqlite)?;
    Ok(sqlite.batch_execute(&view.sql.replacen("CREATE VIEW", "CREATE TEMP VIEW", 1))?)
}

#[derive(QueryableByName)]
struct View {
    #[diesel(sql_type = Text)]
    sql: String,
}

/// How many people a preview shows as the recipient would get them.
const SAMPLE: usize = 5;

/// What a recipient would see.
#[derive(Debug)]
pub struct Preview {
    /// How many people the agreement would cover today.
    pub people: i64,
    /// How many of them no agreement in force shares with the recipient for this purpose.
    pub newly_shared: i64,
    /// The people by nationality.
    pub by_nationality: Vec<(Option<CountryCode>, i64)>,
    /// The people by the P-code of their exact place.
    pub by_place: Vec<(Option<String>, i64)>,
    /// Some of them, as the recipient would get them from this agreement alone; none at level `STATISTICS`.
    pub sample: Vec<Released<Individual>>,
    /// What would be released of each of its statistics tables, were it today, and what would be withheld.
    pub tables: Vec<(ReleasedTable, Withheld)>,
    /// In how many figures of releases under other agreements in force one person may be for the same recipient.
    pub other_figures: i32,
    /// The first day on which something may be released.
    pub first_release_from: NaiveDate,
}

impl ReadSession {
    /// What the recipient of a draft would see, were it in force today. The viewer's agency must be its provider.
    ///
    /// # Errors
    /// If the draft's terms do not stand, access changes meanwhile, or the database fails.
    pub fn preview(&mut self, draft: &Agreement) -> Result<Option<Preview>> {
        let viewer = self.viewer().clone();
        let Some(recipient) = self.agencies(&[draft.recipient_id])?.remove(&draft.recipient_id) else {
            return Ok(None);
        };
        let covered = self.would_cover(draft)?;
        let recipient = Viewer { agency: (*recipient).clone(), purpose: draft.purpose, ..viewer.clone() };
        let shared = self.shared_with(&recipient)?;
        let mut people: Vec<Person> = coverages::table
            .inner_join(individuals::table)
            .filter(coverages::basis_id.eq(CoverageBasis::held(viewer.agency.id)))
            .filter(coverages::ended.is_null())
            .select((
                individuals::id,
                coverages::row_key.assume_not_null(),
                individuals::nationality,
                individuals::place_id,
            ))
            .load(self.connection())?;
        people.retain(|person| covered.contains(&person.0));
        people.sort_by_key(|person| person.1);

        let codes: HashMap<Id<Place>, String> =
            places::table.select((places::id, places::code)).load(self.connection())?.into_iter().collect();
        let mut by_nationality: BTreeMap<Option<CountryCode>, i64> = BTreeMap::new();
        let mut by_place: BTreeMap<Option<String>, i64> = BTreeMap::new();
        for (_, _, nationality, place) in &people {
            *by_nationality.entry(*nationality).or_default() += 1;
            *by_place.entry(place.and_then(|id| codes.get(&id).cloned())).or_default() += 1;
        }
        let sample = match draft.level {
            Level::Statistics => Vec::new(),
            _ => people.iter().take(SAMPLE).map(|person| person.1).collect(),
        };
        Ok(Some(Preview {
            people: people.len() as i64,
            newly_shared: people.iter().filter(|person| !shared.contains(&person.0)).count() as i64,
            by_nationality: by_nationality.into_iter().collect(),
            by_place: by_place.into_iter().collect(),
            sample: self.individuals_as(&sample, Reveal::by(draft))?,
            tables: self.would_release(draft, &covered)?,
            other_figures: self.other_figures(draft)?,
            first_release_from: schedule::first_from(self.connection(), draft, viewer.today)?,
        }))
    }

    /// The people whom a draft would cover today: it is tried in a transaction of its own, of which nothing is kept.
    fn would_cover(&mut self, draft: &Agreement) -> Result<HashSet<Id<Individual>>> {
        let today = self.viewer().today;
        let tried = Agreement {
            reference: format!("preview {}", draft.id),
            status: AgreementStatus::Draft,
            proposed_by_id: Some(draft.provider_id),
            ..draft.clone()
        };
        let mut attempt = self.attempt()?;
        apart(attempt.connection())?;
        insert::agreements(attempt.connection(), &[tried])?;
        let statement = match attempt.connection() {
            AnyConnection::Sqlite(_) => {
                "SELECT individual_id AS id FROM covered_by_terms WHERE basis_id = $1 AND (until IS NULL OR until > $2)"
            }
            AnyConnection::Postgresql(_) => "SELECT id FROM wall.preview($1, $2) AS id",
        };
        let query = diesel::sql_query(statement).bind::<BigInt, _>(draft.id).bind::<Date, _>(today);
        let covered: Vec<Covered> = match attempt.connection() {
            AnyConnection::Sqlite(sqlite) => query.load(sqlite)?,
            AnyConnection::Postgresql(postgres) => query.load(postgres)?,
        };
        Ok(covered.into_iter().map(|row| row.id).collect())
    }

    /// The tables that would be released of people, by noise that serves this once.
    fn would_release(
        &mut self,
        draft: &Agreement,
        covered: &HashSet<Id<Individual>>,
    ) -> Result<Vec<(ReleasedTable, Withheld)>> {
        if draft.statistics_tables.is_empty() {
            return Ok(Vec::new());
        }
        let today = self.viewer().today;
        let of = Of { basis: CoverageBasis::held(draft.provider_id), as_of: today, today };
        let counts = |id| covered.contains(&id);
        self.disclosures().ask(draft.statistics_categories(), vec![of.basis], covered.len() as i64);
        Ok(microdata::finish(self.connection(), draft, &[], of, &Noise::random(), counts, |_| {})?.tables)
    }

    fn other_figures(&mut self, draft: &Agreement) -> Result<i32> {
        let today = self.viewer().today;
        let others = all_agreements(self.connection())?.into_iter().filter(|other| {
            (other.provider_id, other.recipient_id) == (draft.provider_id, draft.recipient_id)
                && other.in_force(today)
                && draft.replaces_id != Some(other.id)
        });
        Ok(others.map(|other| figures_per_person(&other.statistics_tables)).sum())
    }

    /// Whether a draft's statistics tables can stand beside those of the agreements beside which it would be in force.
    ///
    /// # Errors
    /// If the database fails.
    pub fn check_beside(&mut self, draft: &Agreement) -> Result<Result<(), InvalidTables>> {
        let others = agreements_between(self.connection(), draft.provider_id, draft.recipient_id, draft.purpose)?;
        Ok(draft.check_beside(&others))
    }

    /// The people whom agreements in force share with a recipient for its purpose.
    fn shared_with(&mut self, recipient: &Viewer) -> Result<HashSet<Id<Individual>>> {
        let (provider, today) = (self.viewer().agency.id, self.viewer().today);
        let in_force = agreements_in_force(self.connection(), recipient)?;
        let shared =
            in_force.iter().filter(|one| one.provider_id == provider && one.recipient_id == recipient.agency.id);
        let people: Vec<Id<Individual>> = coverages::table
            .filter(coverages::basis_id.eq_any(shared.map(|agreement| CoverageBasis::agreed(agreement.id))))
            .filter(coverages::ended.is_null())
            .filter(coverages::until.is_null().or(coverages::until.assume_not_null().gt(today)))
            .select(coverages::individual_id)
            .load(self.connection())?;
        Ok(people.into_iter().collect())
    }
}

/// A person of the viewer's agency: key, row key, nationality, exact place.
type Person = (Id<Individual>, Id<Individual>, Option<CountryCode>, Option<Id<Place>>);

#[derive(QueryableByName)]
struct Covered {
    #[diesel(sql_type = BigInt)]
    id: Id<Individual>,
}
