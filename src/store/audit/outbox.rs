//! SQLite's outbox of the audit. Its two files are not made durable at once: the database comes first, and with a change the
//! record of it. Whoever has the chain next takes there what a crash left behind. PostgreSQL has one database and needs none.

use crate::domain::audit::{AuditRecord, Involved};
use crate::store::database::connection::AnyConnection;
use crate::store::database::errors::{Result, StoreError};
use chrono::NaiveDateTime;
use diesel::{ExpressionMethods, QueryDsl, RunQueryDsl, SqliteConnection};
use serde::{Deserialize, Serialize};

diesel::table! {
    audit_outbox (id) {
        id -> BigInt,
        recorded_at -> Timestamp,
        record -> Text,
    }
}

diesel::table! {
    audit_outbox_moved (id) {
        id -> Integer,
        outbox_id -> BigInt,
    }
}

type Row = (i64, NaiveDateTime, String);

/// A record with the people who are listed beside it.
#[derive(Serialize, Deserialize)]
struct Kept {
    record: AuditRecord,
    listed: Vec<Involved>,
}

impl Kept {
    fn of(record: &AuditRecord) -> String {
        let listed = record.people.iter().flat_map(|people| people.listed.iter().copied()).collect();
        serde_json::to_string(&Self { record: record.clone(), listed }).expect("a record is plain data")
    }
}

/// How far the outbox is in the chain that a transaction has locked.
#[derive(Debug, Clone, Copy, Default)]
pub(in crate::store) struct Outbox {
    /// Up to which one its records were durable in the chain when the transaction locked it.
    durable: i64,
    /// Up to which one they will be when it ends.
    moved: i64,
}

impl Outbox {
    /// The outbox, and its records that are not in the chain, which the transaction is to append.
    ///
    /// # Errors
    /// If the database fails, or a record in the outbox cannot be read.
    pub fn open(connection: &mut AnyConnection) -> Result<(Self, Vec<(NaiveDateTime, AuditRecord)>)> {
        let AnyConnection::Sqlite(sqlite) = connection else {
            return Ok(Default::default());
        };
        let durable = moved(sqlite)?;
        let left: Vec<Row> =
            audit_outbox::table.filter(audit_outbox::id.gt(durable)).order(audit_outbox::id).load(sqlite)?;
        let outbox = Self { durable, moved: left.last().map_or(durable, |row| row.0) };
        if outbox.moved > durable {
            outbox.remember(sqlite)?;
        }
        let corrupt = |id| StoreError::Corrupt(format!("record {id} of the audit's outbox"));
        let record = |(id, at, text): Row| {
            let Kept { mut record, listed } = serde_json::from_str(&text).map_err(|_| corrupt(id))?;
            if let Some(people) = &mut record.people {
                people.listed = listed;
            }
            Ok((at, record))
        };
        Ok((outbox, left.into_iter().map(record).collect::<Result<_>>()?))
    }

    /// Keeps records with the transaction's change. What was in the chain before it is kept no longer.
    ///
    /// # Errors
    /// If the database fails.
    pub fn put(&mut self, connection: &mut AnyConnection, at: NaiveDateTime, records: &[AuditRecord]) -> Result<()> {
        let AnyConnection::Sqlite(sqlite) = connection else {
            return Ok(());
        };
        diesel::delete(audit_outbox::table.filter(audit_outbox::id.le(self.durable))).execute(sqlite)?;
        for record in records {
            self.moved += 1;
            let row = (
                audit_outbox::id.eq(self.moved),
                audit_outbox::recorded_at.eq(at),
                audit_outbox::record.eq(Kept::of(record)),
            );
            diesel::insert_into(audit_outbox::table).values(row).execute(sqlite)?;
        }
        self.remember(sqlite)
    }

    fn remember(&self, sqlite: &mut SqliteConnection) -> Result<()> {
        diesel::update(audit_outbox_moved::table).set(audit_outbox_moved::outbox_id.eq(self.moved)).execute(sqlite)?;
        Ok(())
    }
}

/// Whether some record may not be in the chain.
pub(in crate::store) fn is_waiting(connection: &mut AnyConnection) -> Result<bool> {
    let AnyConnection::Sqlite(sqlite) = connection else {
        return Ok(false);
    };
    let newest: Option<i64> = audit_outbox::table.select(diesel::dsl::max(audit_outbox::id)).first(sqlite)?;
    Ok(newest.unwrap_or_default() > moved(sqlite)?)
}

fn moved(sqlite: &mut SqliteConnection) -> Result<i64> {
    Ok(audit_outbox_moved::table.select(audit_outbox_moved::outbox_id).first(sqlite)?)
}
