//! The role as which the server connects.

use crate::policy::ledger;
use crate::policy::seal::Secret;
use crate::store::database::connection::{Address, AnyConnection};
use crate::store::database::errors::{Result, StoreError};
use diesel::connection::SimpleConnection;
use diesel::dsl::sql;
use diesel::sql_types::{BigInt, Bool, Text};
use diesel::{Connection as _, PgConnection, RunQueryDsl};
use std::fmt::Display;

/// The key of the advisory lock under which the server's role is made: "wall" in ASCII.
const LOCK: i64 = 0x77_61_6c_6c;

/// The address at which the server connects: with PostgreSQL, as a role that row level security binds. If the operator's role
/// is not such a one, it makes another, whose password follows from the deployment's secret.
///
/// # Errors
/// If the database cannot be reached or fails, or no role that row level security binds can be made or used.
pub fn server_address(address: &Address, secret: &Secret) -> Result<Address> {
    let Address::Postgres(url) = address else {
        return Ok(address.clone());
    };
    let AnyConnection::Postgresql(mut owner) = address.connect(false)? else {
        return Ok(address.clone());
    };
    if is_under_rls(&mut owner)? {
        return Ok(address.clone());
    }
    let number: String = diesel::select(sql::<Text>("oid::text FROM pg_database WHERE datname = current_database()"))
        .get_result(&mut owner)?;
    // A server with another secret has another role: neither changes the password of the other's.
    let [one, two] = secret.derive::<2>(&["wall", "role", &number]);
    let role = format!("panoh_server_{number}_{one:02x}{two:02x}");
    let password: String = secret.derive::<32>(&["wall", &role]).iter().map(|byte| format!("{byte:02x}")).collect();
    let refused = |cause: &dyn Display| StoreError::WithoutRowLevelSecurity(role.clone(), cause.to_string());
    let made = owner.transaction(|owner| {
        diesel::sql_query(format!("SELECT pg_advisory_xact_lock({LOCK})")).execute(owner)?;
        let exists = sql::<Bool>(&format!("EXISTS (SELECT FROM pg_roles WHERE rolname = '{role}')"));
        let verb = match diesel::select(exists).get_result(owner)? {
            true => "ALTER",
            false => "CREATE",
        };
        owner.batch_execute(&format!("{verb} ROLE {role} LOGIN PASSWORD '{password}'; GRANT panoh_server TO {role}"))
    });
    made.map_err(|error: diesel::result::Error| refused(&error))?;
    let separator = if url.contains('?') { '&' } else { '?' };
    let bound = Address::Postgres(format!("{url}{separator}user={role}&password={password}"));
    if let AnyConnection::Postgresql(mut server) = bound.connect(false).map_err(|error| refused(&error))?
        && is_under_rls(&mut server)?
    {
        return Ok(bound);
    }
    Err(refused(&"row level security does not bind it"))
}

/// Whether an address is that of the tables' owner, as which releases of statistics are made; SQLite knows no other.
///
/// # Errors
/// If the database cannot be reached or fails.
pub fn is_owners(address: &Address) -> Result<bool> {
    match address.connect(false)? {
        AnyConnection::Postgresql(mut postgres) => Ok(!is_under_rls(&mut postgres)?),
        AnyConnection::Sqlite(_) => Ok(true),
    }
}

/// How many rows of protected tables a server's role sees that speaks for nobody.
///
/// # Errors
/// If the database cannot be reached or fails.
pub fn rows_seen_unopened(server: &Address) -> Result<i64> {
    let AnyConnection::Postgresql(mut server) = server.connect(false)? else { return Ok(0) };
    let mut seen = 0;
    for table in ledger::TABLES.iter().filter(|table| !table.server.is_empty()) {
        let count = format!("count(*) FROM {}", table.name);
        let rows: i64 = diesel::select(sql::<BigInt>(&count)).get_result(&mut server)?;
        seen += rows;
    }
    Ok(seen)
}

/// Whether row level security binds the connection's role.
fn is_under_rls(connection: &mut PgConnection) -> Result<bool> {
    Ok(diesel::select(sql::<Bool>(
        "NOT EXISTS (SELECT FROM pg_roles WHERE rolname = current_user AND (rolsuper OR rolbypassrls)) \
         AND NOT EXISTS (SELECT FROM pg_class WHERE (relrowsecurity OR relnamespace = 'wall'::regnamespace) \
             AND pg_has_role(relowner, 'MEMBER'))",
    ))
    .get_result(connection)?)
}
