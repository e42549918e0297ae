//! Of whom entries of the audit are: the newest as they came, segments of entries in order by the person.

use super::connection::{AnyConnection, Use};
use super::errors::{Result, StoreError};
use super::tables::{audit_head, audit_people, audit_recent_people, audit_segments, individuals};
use super::transaction::in_transaction;
use crate::domain::Key;
use crate::domain::audit::Involved;
use crate::domain::grants::Grants;
use diesel::connection::SimpleConnection;
use diesel::sql_types::{BigInt, Bool};
use diesel::{BoolExpressionMethods, ExpressionMethods, QueryDsl, QueryableByName, RunQueryDsl};
use std::collections::HashMap;

/// How many entries a segment has.
const SEGMENT: i64 = 256;

/// Which of the segment's people a row holds: those whose keys are equal but for so many bits.
const RANGE_BITS: u32 = 8;

/// An entry about a person.
#[derive(Debug, Clone, Copy, QueryableByName)]
pub(super) struct Entry {
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

const COMPACT: &str = "\
    INSERT INTO audit_people \
        SELECT audit_key >> 8, compacted, group_concat((audit_key & 255) || '.' || (sequence - compacted * 256) || '.' || categories \
            || '.' || looked_up, ' ') \
        FROM audit_recent_people, audit_segments WHERE sequence > compacted * 256 AND sequence <= compacted * 256 + 256 \
        GROUP BY audit_key >> 8; \
    UPDATE audit_segments SET compacted = compacted + 1; \
    DELETE FROM audit_recent_people WHERE sequence <= (SELECT compacted * 256 FROM audit_segments)";

/// Puts whole segments in order.
pub(super) fn compact(connection: &mut AnyConnection) -> Result<()> {
    match connection {
        AnyConnection::Postgresql(postgres) => postgres.batch_execute("SELECT wall.compact_audit()")?,
        AnyConnection::Sqlite(_) => in_transaction::<_, StoreError>(connection, Use::Working, |connection| {
            let held = audit_segments::compacted.eq(audit_segments::compacted);
            diesel::update(audit_segments::table).set(held).execute(connection)?;
            let compacted: i64 = audit_segments::table.select(audit_segments::compacted).first(connection)?;
            let last: i64 = audit_head::table.select(audit_head::sequence).first(connection)?;
            (compacted..last / SEGMENT).try_for_each(|_| Ok(connection.batch_execute(COMPACT)?))
        })?,
    }
    Ok(())
}

/// How many segments entries up to one fill.
pub(super) fn segments(sequence: i64) -> i64 {
    sequence / SEGMENT
}

/// The entries about a person of the viewer's between two: the newest of them first, or the oldest.
pub(super) fn about(
    connection: &mut AnyConnection,
    person: Key,
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
    let recent: Vec<(i64, i64, bool)> = audit_recent_people::table
        .filter(audit_recent_people::audit_key.eq(key))
        .filter(audit_recent_people::sequence.gt(above).and(audit_recent_people::sequence.lt(below)))
        .select((audit_recent_people::sequence, audit_recent_people::categories, audit_recent_people::looked_up))
        .load(connection)?;
    let mut entries: Vec<Entry> =
        recent.into_iter().map(|(sequence, categories, looked_up)| Entry { sequence, categories, looked_up }).collect();
    let segments: Vec<(i64, String)> = audit_people::table
        .filter(audit_people::key_range.eq(key >> RANGE_BITS))
        .filter(audit_people::segment.ge(above / SEGMENT).and(audit_people::segment.le(below / SEGMENT)))
        .select((audit_people::segment, audit_people::people))
        .load(connection)?;
    for (segment, people) in segments {
        for (sequence, one) in words(key >> RANGE_BITS, segment, &people)? {
            if one.audit_key == key && sequence > above && sequence < below {
                entries.push(Entry { sequence, categories: one.categories.bits(), looked_up: one.looked_up });
            }
        }
    }
    entries.sort_by_key(|entry| if oldest_first { entry.sequence } else { -entry.sequence });
    entries.truncate(most.try_into().unwrap_or(usize::MAX));
    Ok(entries)
}

/// The people of entries after one, up to another, by entry.
pub(super) fn listed(connection: &mut AnyConnection, after: i64, until: i64) -> Result<HashMap<i64, Vec<Involved>>> {
    let mut listed: HashMap<i64, Vec<Involved>> = HashMap::new();
    let recent: Vec<(i64, i64, i64, bool)> = audit_recent_people::table
        .filter(audit_recent_people::sequence.gt(after).and(audit_recent_people::sequence.le(until)))
        .load(connection)?;
    for (sequence, audit_key, bits, looked_up) in recent {
        let categories = Grants::from_bits(bits);
        listed.entry(sequence).or_default().push(Involved { audit_key, categories, looked_up });
    }
    let segments: Vec<(i64, i64, String)> = audit_people::table
        .filter(audit_people::segment.ge(after / SEGMENT).and(audit_people::segment.le(until / SEGMENT)))
        .load(connection)?;
    for (range, segment, people) in segments {
        for (sequence, one) in words(range, segment, &people)? {
            if sequence > after && sequence <= until {
                listed.entry(sequence).or_default().push(one);
            }
        }
    }
    Ok(listed)
}

/// The people of a row, each with the entry.
fn words(range: i64, segment: i64, people: &str) -> Result<Vec<(i64, Involved)>> {
    let corrupt = || StoreError::Corrupt("the audit's list of people".to_owned());
    let word = |word: &str| {
        let mut numbers = word.split('.').map(|number| number.parse::<i64>().map_err(|_| corrupt()));
        let mut next = || numbers.next().ok_or_else(corrupt)?;
        let (key, entry, bits, looked_up) = (next()?, next()?, next()?, next()? == 1);
        let audit_key = range << RANGE_BITS | key;
        Ok((segment * SEGMENT + entry, Involved { audit_key, categories: Grants::from_bits(bits), looked_up }))
    };
    people.split(' ').map(word).collect()
}
