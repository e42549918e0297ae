//! Of whom entries of the audit are: the newest as they came, segments of entries in order by the person.

use crate::domain::Id;
use crate::domain::audit::{AuditEntry, Involved};
use crate::domain::grants::Grants;
use crate::domain::individual::Individual;
use crate::store::database::connection::AnyConnection;
use crate::store::database::errors::{Result, StoreError};
use crate::store::database::insert::{ROWS, insert};
use crate::store::database::pool::Use;
use crate::store::database::queue::Queue;
use crate::store::database::tables::{audit_head, audit_lists, audit_people, audit_segments, individuals};
use crate::store::database::transaction::in_transaction;
use diesel::connection::SimpleConnection;
use diesel::sql_types::{BigInt, Bool};
use diesel::{BoolExpressionMethods, ExpressionMethods, QueryDsl, QueryableByName, RunQueryDsl};
use std::collections::{BTreeMap, HashMap};

/// How many entries a segment has.
const SEGMENT: i64 = 256;

/// Which of the segment's people a row holds: those whose keys are equal but for so many bits.
const RANGE_BITS: u32 = 8;

/// An entry about a person.
#[derive(Debug, Clone, Copy, QueryableByName)]
pub(in crate::store) struct Entry {
    /// Its number in the chain.
    #[diesel(sql_type = BigInt)]
    pub sequence: i64,
    /// The bits of the categories that were shown, or looked up by.
    #[diesel(sql_type = BigInt)]
    pub categories: i64,
    /// Whether the person was looked up instead of shown.
    #[diesel(sql_type = Bool)]
    pub looked_up: bool,
}

/// Lists beside new entries whom they are about.
pub(in crate::store) fn list(connection: &mut AnyConnection, entries: &[AuditEntry]) -> Result<()> {
    let word = |one: &Involved| format!("{}.{}.{}", one.audit_key, one.categories.bits(), i64::from(one.looked_up));
    let row = |entry: &AuditEntry| {
        let people: Vec<String> = entry.record.people.as_ref()?.listed.iter().map(word).collect();
        Some((entry.sequence, people.join(" ")))
    };
    let rows: Vec<(i64, String)> = entries.iter().filter_map(row).collect();
    insert!(connection, audit_lists::table, rows, |row| (
        audit_lists::sequence.eq(row.0),
        audit_lists::people.eq(&row.1),
    ))
}

/// Puts whole segments in order.
pub(super) fn compact(connection: &mut AnyConnection, queue: &Queue) -> Result<()> {
    if let AnyConnection::Postgresql(postgres) = connection {
        return Ok(postgres.batch_execute("SELECT wall.compact_audit()")?);
    }
    let compacted: i64 = audit_segments::table.select(audit_segments::compacted).first(connection)?;
    let newest: i64 = audit_head::table.select(audit_head::sequence).first(connection)?;
    for segment in compacted..segments(newest) {
        let ordered = ordered(connection, segment)?;
        let _turn = queue.turn()?;
        in_transaction(connection, Use::Working, |connection| replace(connection, segment, &ordered))?;
    }
    Ok(())
}

/// Whom a segment lists, by range of their keys and by entry.
fn ordered(connection: &mut AnyConnection, segment: i64) -> Result<Vec<(i64, String)>> {
    let mut ranges: BTreeMap<i64, Vec<String>> = BTreeMap::new();
    for (sequence, people) in lists(connection, segment * SEGMENT, (segment + 1) * SEGMENT)? {
        for [audit_key, bits, looked_up] in people {
            let (range, key) = (audit_key >> RANGE_BITS, audit_key & ((1 << RANGE_BITS) - 1));
            let entry = sequence - segment * SEGMENT;
            ranges.entry(range).or_default().push(format!("{key}.{entry}.{bits}.{looked_up}"));
        }
    }
    Ok(ranges.into_iter().map(|(range, people)| (range, people.join(" "))).collect())
}

/// Keeps a segment in order instead of its lists, unless another process has done so.
fn replace(connection: &mut AnyConnection, segment: i64, ordered: &[(i64, String)]) -> Result<()> {
    let next = audit_segments::table.filter(audit_segments::compacted.eq(segment));
    if diesel::update(next).set(audit_segments::compacted.eq(segment + 1)).execute(connection)? == 0 {
        return Ok(());
    }
    let inserted: Result<()> = insert!(connection, audit_people::table, ordered, |row| (
        audit_people::key_range.eq(row.0),
        audit_people::segment.eq(segment),
        audit_people::people.eq(&row.1),
    ));
    inserted?;
    let listed = audit_lists::table.filter(audit_lists::sequence.le((segment + 1) * SEGMENT));
    diesel::delete(listed).execute(connection)?;
    Ok(())
}

/// How many segments entries up to one fill.
pub(in crate::store) fn segments(sequence: i64) -> i64 {
    sequence / SEGMENT
}

/// The entries about a person of the viewer's between two: the newest of them first, or the oldest.
pub(in crate::store) fn about(
    connection: &mut AnyConnection,
    person: Id<Individual>,
    (above, below): (i64, i64),
    oldest_first: bool,
    most: i64,
) -> Result<Vec<Entry>> {
    if let AnyConnection::Postgresql(postgres) = connection {
        return Ok(diesel::sql_query("SELECT * FROM wall.entries_about($1, $2, $3, $4, $5)")
            .bind::<BigInt, _>(person)
            .bind::<BigInt, _>(above)
            .bind::<BigInt, _>(below)
            .bind::<Bool, _>(oldest_first)
            .bind::<BigInt, _>(most)
            .load(postgres)?);
    }
    let key: i64 = individuals::table.find(person).select(individuals::audit_key).first(connection)?;
    let mut entries = Vec::new();
    let mut add = |sequence: i64, one: Involved| {
        if one.audit_key == key && sequence > above && sequence < below {
            entries.push(Entry { sequence, categories: one.categories.bits(), looked_up: one.looked_up });
        }
    };
    for (sequence, people) in recent(connection, above, below - 1)? {
        people.into_iter().for_each(|one| add(sequence, one));
    }
    let segments: Vec<(i64, String)> = audit_people::table
        .filter(audit_people::key_range.eq(key >> RANGE_BITS))
        .filter(audit_people::segment.ge(above / SEGMENT).and(audit_people::segment.le(below / SEGMENT)))
        .select((audit_people::segment, audit_people::people))
        .load(connection)?;
    for (segment, people) in segments {
        for (sequence, one) in of_segment(key >> RANGE_BITS, segment, &people)? {
            add(sequence, one);
        }
    }
    entries.sort_by_key(|entry| if oldest_first { entry.sequence } else { -entry.sequence });
    entries.truncate(most.try_into().unwrap_or(usize::MAX));
    Ok(entries)
}

/// The people of entries after one, up to another, by entry.
pub(in crate::store) fn listed(
    connection: &mut AnyConnection,
    after: i64,
    until: i64,
) -> Result<HashMap<i64, Vec<Involved>>> {
    let mut listed: HashMap<i64, Vec<Involved>> = recent(connection, after, until)?.into_iter().collect();
    let segments: Vec<(i64, i64, String)> = audit_people::table
        .filter(audit_people::segment.ge(after / SEGMENT).and(audit_people::segment.le(until / SEGMENT)))
        .load(connection)?;
    for (range, segment, people) in segments {
        for (sequence, one) in of_segment(range, segment, &people)? {
            if sequence > after && sequence <= until {
                listed.entry(sequence).or_default().push(one);
            }
        }
    }
    Ok(listed)
}

/// The people of the newest entries after one, up to another.
fn recent(connection: &mut AnyConnection, after: i64, until: i64) -> Result<Vec<(i64, Vec<Involved>)>> {
    let person = |[audit_key, bits, looked_up]: [i64; 3]| involved(audit_key, bits, looked_up);
    let entry =
        |(sequence, people): (i64, Vec<_>)| Ok((sequence, people.into_iter().map(person).collect::<Result<_>>()?));
    lists(connection, after, until)?.into_iter().map(entry).collect()
}

/// The lists of the newest entries after one, up to another.
fn lists(connection: &mut AnyConnection, after: i64, until: i64) -> Result<Vec<(i64, Vec<[i64; 3]>)>> {
    let rows: Vec<(i64, String)> = audit_lists::table
        .filter(audit_lists::sequence.gt(after).and(audit_lists::sequence.le(until)))
        .order(audit_lists::sequence)
        .load(connection)?;
    rows.into_iter().map(|(sequence, people)| Ok((sequence, words(&people)?))).collect()
}

/// The people of a row of a segment, each with the entry.
fn of_segment(range: i64, segment: i64, people: &str) -> Result<Vec<(i64, Involved)>> {
    let person = |[key, entry, bits, looked_up]: [i64; 4]| {
        // Elsewhere nobody would look for it.
        if !(0..1 << RANGE_BITS).contains(&key) || !(1..=SEGMENT).contains(&entry) {
            return Err(corrupt());
        }
        Ok((segment * SEGMENT + entry, involved(range << RANGE_BITS | key, bits, looked_up)?))
    };
    words(people)?.into_iter().map(person).collect()
}

fn involved(audit_key: i64, bits: i64, looked_up: i64) -> Result<Involved> {
    match looked_up {
        0 | 1 => Ok(Involved { audit_key, categories: Grants::from_bits(bits), looked_up: looked_up == 1 }),
        _ => Err(corrupt()),
    }
}

/// Words of as many numbers each, each number as it is written here: the databases compare texts.
fn words<const N: usize>(people: &str) -> Result<Vec<[i64; N]>> {
    let number = |text: &str| text.parse().ok().filter(|number: &i64| number.to_string() == text);
    let word = |word: &str| -> Option<[i64; N]> {
        let numbers: Option<Vec<i64>> = word.split('.').map(number).collect();
        numbers?.try_into().ok()
    };
    people.split(' ').map(|text| word(text).ok_or_else(corrupt)).collect()
}

fn corrupt() -> StoreError {
    StoreError::Corrupt("the audit's list of people".to_owned())
}
