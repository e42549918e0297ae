//! Keeping coverage, which `rendered/definitions` define, before a transaction is committed. PostgreSQL does so itself at the latest then.

use crate::domain::Id;
use crate::domain::coverage::CoverageBasis;
use crate::domain::grants::Grants;
use crate::domain::individual::Individual;
use crate::domain::purpose::Purpose;
use crate::store::database::connection::AnyConnection;
use crate::store::database::errors::Result;
use crate::store::database::tables::{coverage_changes, coverage_due_agreements, coverage_due_people};
use chrono::Utc;
use diesel::connection::SimpleConnection;
use diesel::sql_types::BigInt;
use diesel::{Connection as _, ExpressionMethods, QueryDsl, QueryableByName, RunQueryDsl};

/// Has the database decide anew whose coverage has become due in this transaction.
///
/// # Errors
/// If the database fails.
pub fn keep(connection: &mut AnyConnection) -> Result<()> {
    match connection {
        AnyConnection::Sqlite(sqlite) => {
            let people: i64 = coverage_due_people::table.count().get_result(sqlite)?;
            let agreements: i64 = coverage_due_agreements::table.count().get_result(sqlite)?;
            if people + agreements > 0 {
                diesel::insert_into(coverage_changes::table)
                    .values((
                        coverage_changes::sequence.eq(None::<i64>),
                        coverage_changes::made_on.eq(Some(Utc::now().date_naive())),
                    ))
                    .execute(sqlite)?;
            }
        }
        AnyConnection::Postgresql(postgres) => postgres.batch_execute("SELECT wall.keep_due()")?,
    }
    Ok(())
}

/// Marks everybody's coverage as due, and agreements' too: it is decided anew when the transaction ends.
///
/// # Errors
/// If the database fails.
pub fn keep_anew(connection: &mut AnyConnection) -> Result<()> {
    let everything = match connection {
        AnyConnection::Sqlite(_) => {
            "DELETE FROM coverage_undecided WHERE agreement_id IN (SELECT id FROM kept_agreements); \
             INSERT OR IGNORE INTO coverage_due_people (individual_id) SELECT id FROM individuals; \
             INSERT OR IGNORE INTO coverage_due_agreements (agreement_id) SELECT id FROM agreements"
        }
        AnyConnection::Postgresql(_) => {
            "DELETE FROM coverage_undecided WHERE agreement_id IN (SELECT id FROM kept_agreements); SELECT wall.due_people(ARRAY(SELECT id FROM individuals)); \
             SELECT wall.due_agreements(ARRAY(SELECT id FROM agreements))"
        }
    };
    Ok(connection.batch_execute(everything)?)
}

/// Notes by which audit entry the changes of coverage of this transaction are on record. PostgreSQL does so itself, when it commits.
///
/// # Errors
/// If the database fails.
pub fn record(connection: &mut AnyConnection, sequence: i64) -> Result<()> {
    if let AnyConnection::Sqlite(sqlite) = connection {
        diesel::update(coverage_changes::table.filter(coverage_changes::sequence.is_null()))
            .set(coverage_changes::sequence.eq(Some(sequence)))
            .execute(sqlite)?;
    }
    Ok(())
}

/// A coverage that is not what it should be.
#[derive(Debug, Clone, PartialEq, Eq, QueryableByName)]
pub struct Deviation {
    /// Whose it is.
    #[diesel(sql_type = BigInt)]
    pub individual_id: Id<Individual>,
    /// On which basis.
    #[diesel(sql_type = BigInt)]
    pub basis_id: Id<CoverageBasis>,
}

/// Computes all coverage anew, and gives what deviates from it: added, removed or altered by other hands. Nothing is changed.
///
/// # Errors
/// If the database fails.
pub fn deviations(connection: &mut AnyConnection) -> Result<Vec<Deviation>> {
    let found = |connection: &mut AnyConnection| -> Result<Vec<Deviation>> {
        Ok(match connection {
            AnyConnection::Sqlite(sqlite) => {
                sqlite.batch_execute(&find("coverage_found", ""))?;
                diesel::sql_query(compared("coverages_found")).load(sqlite)?
            }
            AnyConnection::Postgresql(postgres) => {
                postgres.batch_execute(&find("wall.found", "0,"))?;
                diesel::sql_query(compared("wall.coverages_found(0)")).load(postgres)?
            }
        })
    };
    let mut result = None;
    let undone = connection.transaction::<(), diesel::result::Error, _>(|connection| {
        result = Some(found(connection));
        Err(diesel::result::Error::RollbackTransaction)
    });
    match (undone, result) {
        (Err(diesel::result::Error::RollbackTransaction), Some(found)) => found,
        (Err(error), _) => Err(error.into()),
        _ => Ok(Vec::new()),
    }
}

/// The statements that find whom bases cover: own records, and what terms say. `batch` is a first value that `into` takes, if any.
fn find(into: &str, batch: &str) -> String {
    let (everything, own) = (Grants::everything().bits(), Purpose::CaseManagement);
    format!(
        "INSERT INTO {into} SELECT {batch} id, -holder_id, holder_id, '{own}', {everything}, NULL FROM individuals \
         WHERE merged_into_id IS NULL; \
         INSERT INTO {into} SELECT {batch} individual_id, basis_id, recipient_id, purpose, grants, until FROM covered_by_terms \
         WHERE basis_id IN (SELECT id FROM kept_agreements)"
    )
}

/// The statement that compares what is kept with what is found. An agreement that has ended is no longer kept.
fn compared(found: &str) -> String {
    let columns = "individual_id, basis_id, until, row_key, case_key, registered_on, arrived_on, date_of_birth, \
        given_name_key, family_name_key, registration_number_key, phone, case_number_key";
    let kept = format!(
        "SELECT {columns}, audit_key FROM coverages WHERE ended IS NULL \
         AND basis_id NOT IN (SELECT id FROM agreements WHERE status = 'REVOKED')"
    );
    let found = format!(
        "SELECT {columns}, (SELECT audit_key FROM individuals WHERE id = found.individual_id) AS audit_key FROM {found} AS found"
    );
    format!(
        "SELECT DISTINCT individual_id, basis_id FROM (SELECT * FROM ({kept} EXCEPT {found}) AS superfluous \
         UNION ALL SELECT * FROM ({found} EXCEPT {kept}) AS missing) AS deviating ORDER BY individual_id, basis_id"
    )
}
