//! The audit as clients read it: their own agency's entries, and who was told something of a person.

use super::chain::{self, ends};
use super::people;
use crate::domain::Id;
use crate::domain::audit::AuditEntry;
use crate::domain::category::DataCategory;
use crate::domain::client::Client;
use crate::domain::coverage::CoverageBasis;
use crate::domain::grants::Grants;
use crate::domain::individual::Individual;
use crate::policy::{ItemAccess, Released};
use crate::store::database::connection::AnyConnection;
use crate::store::database::errors::Result;
use crate::store::database::page::{Page, Position, Slice, Window, page};
use crate::store::database::tables::{
    audit_entries, audit_questions, clients, coverage_changes, coverages, individuals,
};
use crate::store::session::read::ReadSession;
use chrono::{NaiveDate, NaiveTime};
use diesel::sql_types::BigInt;
use diesel::{
    ExpressionMethods, OptionalExtension, QueryDsl, Queryable, QueryableByName, RunQueryDsl, Selectable,
    SelectableHelper,
};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// How many entries are looked through at a time for those about a person.
const PIECE: i64 = 64 * 256;

/// Which entries are read.
#[derive(Debug, Clone)]
pub enum AuditFilter {
    /// Those of the viewer's agency.
    OwnAgency,
    /// Those that are about a person that the viewer's agency holds.
    Person(Subject),
}

/// A person whose access log is read, and by what it was covered.
#[derive(Debug, Clone)]
pub struct Subject {
    people: BTreeSet<Id<Individual>>,
    covered: Vec<Covered>,
}

/// A basis that covered the person: after one entry, before another, until a day.
#[derive(Debug, Clone)]
struct Covered {
    basis_id: Id<CoverageBasis>,
    after: i64,
    before: i64,
    until: Option<NaiveDate>,
}

/// In what way an entry is about a person.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct About {
    /// The person was shown.
    pub shown: bool,
    /// The person was looked up.
    pub looked_up: bool,
    /// Something was asked about everybody whom a basis covered, and it covered the person.
    pub asked: bool,
    categories: i64,
}

impl About {
    /// What was shown, looked up by or asked about.
    pub fn categories(&self) -> BTreeSet<DataCategory> {
        Grants::from_bits(self.categories).categories()
    }
}

/// An entry, with its client's name if that is of the viewer's agency.
#[derive(Debug, Clone)]
pub struct AuditLine {
    /// The entry.
    pub entry: Released<AuditEntry>,
    /// The client's name.
    pub client: Option<String>,
    /// In what way it is about the person whose log is read.
    pub about: About,
}

impl AuditLine {
    /// Its place: newest first.
    pub fn position(&self) -> Position {
        position(self.entry.sequence)
    }
}

fn position(sequence: i64) -> Position {
    Position { value: None, id: -sequence }
}

/// A coverage of a person, with when it was.
#[derive(Debug, Queryable, QueryableByName, Selectable)]
#[diesel(table_name = coverages)]
struct CoverageRow {
    individual_id: Id<Individual>,
    basis_id: Id<CoverageBasis>,
    since: i64,
    ended: Option<i64>,
    until: Option<NaiveDate>,
}

/// What covered the records that were merged into a person's.
fn merged_coverages(connection: &mut AnyConnection, person: Id<Individual>) -> Result<Vec<CoverageRow>> {
    match connection {
        AnyConnection::Sqlite(sqlite) => {
            let merged = individuals::table.filter(individuals::merged_into_id.eq(person)).select(individuals::id);
            let rows = coverages::table.filter(coverages::individual_id.eq_any(merged));
            Ok(rows.select(CoverageRow::as_select()).load(sqlite)?)
        }
        AnyConnection::Postgresql(postgres) => {
            let merged = diesel::sql_query("SELECT * FROM wall.merged_coverages($1)");
            Ok(merged.bind::<BigInt, _>(person).load(postgres)?)
        }
    }
}

impl ReadSession {
    /// The subject of an access log: a released person, and whoever was merged into it.
    ///
    /// # Errors
    /// If the database fails.
    pub fn subject(&mut self, individual: ItemAccess) -> Result<Subject> {
        let connection = self.connection();
        let mut rows: Vec<CoverageRow> = coverages::table
            .filter(coverages::individual_id.eq(individual.id()))
            .select(CoverageRow::as_select())
            .load(connection)?;
        rows.extend(merged_coverages(connection, individual.id())?);
        let changes: BTreeSet<i64> = rows.iter().flat_map(|row| [Some(row.since), row.ended]).flatten().collect();
        let numbers: HashMap<i64, Option<i64>> = coverage_changes::table
            .filter(coverage_changes::id.eq_any(changes))
            .select((coverage_changes::id, coverage_changes::sequence))
            .load(connection)?
            .into_iter()
            .collect();
        let number = |change: i64| numbers.get(&change).copied().flatten();
        let covered = |row: &CoverageRow| Covered {
            basis_id: row.basis_id,
            after: number(row.since).unwrap_or_default(),
            before: row.ended.and_then(number).unwrap_or(i64::MAX),
            until: row.until,
        };
        let people = rows.iter().map(|row| row.individual_id).chain([individual.id()]);
        Ok(Subject { people: people.collect(), covered: rows.iter().map(covered).collect() })
    }

    /// A page of entries, newest first.
    ///
    /// # Errors
    /// If the request's time is over, its client has gone, or the database fails.
    pub fn audit_page(&mut self, filter: &AuditFilter, window: &Window) -> Result<Page<AuditLine>> {
        let at = |(entry, _): &(AuditEntry, About)| position(entry.sequence);
        let found = page(window, at, |slice| self.audit_slice(filter, slice))?;
        let ids: Vec<Id<Client>> = found.rows.iter().filter_map(|(entry, _)| entry.record.client_id).collect();
        let own = clients::agency_id.eq(self.viewer().agency.id);
        let query = clients::table.filter(clients::id.eq_any(ids)).filter(own).select((clients::id, clients::name));
        let names: HashMap<Id<Client>, String> = query.load(self.connection())?.into_iter().collect();
        let line = |(entry, about): (AuditEntry, About)| AuditLine {
            client: entry.record.client_id.and_then(|id| names.get(&id).cloned()),
            entry: Released::reference(entry),
            about,
        };
        Ok(Page {
            rows: found.rows.into_iter().map(line).collect(),
            has_previous: found.has_previous,
            has_next: found.has_next,
        })
    }

    /// How many entries there are.
    ///
    /// # Errors
    /// If the request's time is over, its client has gone, or the database fails.
    pub fn audit_count(&mut self, filter: &AuditFilter) -> Result<i64> {
        match filter {
            AuditFilter::OwnAgency => {
                let own = audit_entries::agency_id.eq(self.viewer().agency.id);
                let numbers = audit_entries::table.filter(own).order(audit_entries::sequence.desc());
                let newest = numbers.select(audit_entries::number).first(self.connection()).optional()?;
                Ok(newest.unwrap_or_default())
            }
            AuditFilter::Person(subject) => {
                let all = Slice { after: None, before: None, reversed: false, limit: i64::MAX };
                let mut count = 0;
                for piece in self.pieces(&all)? {
                    count += self.entries_between(subject, &all, piece)?.len() as i64;
                }
                Ok(count)
            }
        }
    }

    fn audit_slice(&mut self, filter: &AuditFilter, slice: &Slice) -> Result<Vec<(AuditEntry, About)>> {
        let AuditFilter::Person(subject) = filter else {
            let agency = self.viewer().agency.id;
            let entries = chain::slice_of(self.connection(), agency, slice)?;
            return Ok(entries.into_iter().map(|entry| (entry, About::default())).collect());
        };
        let about = self.entries_about(subject, slice)?;
        let mut sequences: Vec<i64> = about.keys().copied().collect();
        if !slice.reversed {
            sequences.reverse();
        }
        sequences.truncate(slice.limit.try_into().unwrap_or(usize::MAX));
        let entries = chain::entries(self.connection(), &sequences)?;
        let mut found: HashMap<i64, AuditEntry> = entries.into_iter().map(|entry| (entry.sequence, entry)).collect();
        Ok(sequences.iter().filter_map(|sequence| Some((found.remove(sequence)?, about[sequence]))).collect())
    }

    /// The numbers of entries about a person in a slice, and some beyond it: piece by piece, until there are enough.
    fn entries_about(&mut self, subject: &Subject, slice: &Slice) -> Result<BTreeMap<i64, About>> {
        let mut found = BTreeMap::new();
        for piece in self.pieces(slice)? {
            found.extend(self.entries_between(subject, slice, piece)?);
            if found.len() as i64 >= slice.limit {
                break;
            }
        }
        Ok(found)
    }

    /// The pieces in which a slice is read, each as the numbers between which it lies, in the slice's direction.
    fn pieces(&mut self, slice: &Slice) -> Result<Vec<(i64, i64)>> {
        let (above, below) = ends(slice);
        let below = below.min(chain::head(self.connection())?.sequence + 1);
        let begins = (above..below.max(above + 1) - 1).step_by(PIECE as usize);
        let mut pieces: Vec<(i64, i64)> = begins.map(|begin| (begin, below.min(begin + PIECE + 1))).collect();
        if !slice.reversed {
            pieces.reverse();
        }
        Ok(pieces)
    }

    /// The numbers of entries about a person in a piece: each way to be about a person has its own index.
    fn entries_between(
        &mut self,
        subject: &Subject,
        slice: &Slice,
        (above, below): (i64, i64),
    ) -> Result<BTreeMap<i64, About>> {
        self.deadline().check()?;
        let connection = self.connection();
        let mut found: BTreeMap<i64, About> = BTreeMap::new();
        macro_rules! read {
            ($query:expr, $sequence:expr) => {{
                let query = $query.limit(slice.limit);
                match slice.reversed {
                    false => query.order($sequence.desc()).load(connection)?,
                    true => query.order($sequence.asc()).load(connection)?,
                }
            }};
        }
        for person in &subject.people {
            for entry in people::about(connection, *person, (above, below), slice.reversed, slice.limit)? {
                let about = found.entry(entry.sequence).or_default();
                about.categories |= entry.categories;
                about.shown |= !entry.looked_up;
                about.looked_up |= entry.looked_up;
            }
        }
        for covered in &subject.covered {
            let until = covered.until.map_or(chrono::NaiveDateTime::MAX, |until| until.and_time(NaiveTime::MIN));
            // A time that both databases know, later than any entry.
            let until = until.min(NaiveDate::from_ymd_opt(9999, 12, 31).unwrap_or_default().and_time(NaiveTime::MIN));
            let asked: Vec<(i64, i64)> = read!(
                audit_questions::table
                    .inner_join(audit_entries::table)
                    .filter(audit_questions::basis_id.eq(covered.basis_id))
                    .filter(audit_questions::sequence.gt(above.max(covered.after)))
                    .filter(audit_questions::sequence.lt(below.min(covered.before)))
                    .filter(audit_entries::recorded_at.lt(until))
                    .select((audit_questions::sequence, audit_questions::categories)),
                audit_questions::sequence
            );
            for (sequence, categories) in asked {
                let about = found.entry(sequence).or_default();
                about.categories |= categories;
                about.asked = true;
            }
        }
        Ok(found)
    }
}
