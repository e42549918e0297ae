//! Whom the wall binds, and that it stands.

use super::*;

/// What the server's role has no business with, it cannot do, whoever it speaks for.
#[test]
fn the_servers_role_can_do_no_more_than_it_must() {
    let (_, database) = world(2);
    let mut server = server(&database);
    let viewer = open("agency-0", Purpose::CaseManagement);
    for statement in [
        "SELECT key_hash FROM clients",
        "SELECT * FROM clients",
        "SELECT * FROM statistics_counted",
        "SELECT seal FROM wall.keys",
        "SELECT * FROM covered_by_terms",
        "SELECT * FROM row_keys",
        "SELECT * FROM case_keys",
        "INSERT INTO coverages (individual_id, basis_id, since) SELECT individual_id, 1, since FROM coverages LIMIT 1",
        "UPDATE coverages SET basis_id = 1",
        "DELETE FROM coverages",
        "INSERT INTO wall.due_people VALUES (pg_current_xact_id(), 1)",
        "ALTER TABLE consents DISABLE TRIGGER ALL",
        "SELECT wall.sealed('x', '')",
        "SELECT wall.rounded(7, 7, 5)",
        "UPDATE individuals SET audit_key = 1",
        "UPDATE consents SET id = id",
        "INSERT INTO individuals (id, holder_id) VALUES (1, 1)",
        "DELETE FROM individuals",
        "DELETE FROM consents",
        "DELETE FROM audit_entries",
        "UPDATE audit_entries SET detail = 'x'",
        "TRUNCATE audit_entries",
        "UPDATE clients SET disabled_at = NULL",
        "INSERT INTO client_purposes (client_id, purpose) VALUES (1, 'RESETTLEMENT')",
        "ALTER TABLE individuals DISABLE ROW LEVEL SECURITY",
        "ALTER TABLE individuals NO FORCE ROW LEVEL SECURITY",
        "DROP POLICY viewer ON individuals",
        "CREATE POLICY everything ON individuals USING (true)",
        "SET ROLE postgres",
        "SET SESSION AUTHORIZATION postgres",
        "COPY individuals TO PROGRAM 'cat'",
        "CREATE FUNCTION wall.granted() RETURNS JSONB LANGUAGE sql AS 'SELECT NULL::jsonb'",
        "CREATE TABLE wall.agreements (id BIGINT)",
        "SELECT pg_read_file('postgresql.conf')",
    ] {
        server.batch_execute(&format!("BEGIN; {viewer}")).unwrap();
        assert!(server.batch_execute(statement).is_err(), "{statement}");
        server.batch_execute("ROLLBACK").unwrap();
    }
    server.batch_execute("SET row_security = off").unwrap();
    assert!(server.batch_execute("SELECT id FROM individuals").is_err(), "switched off for the session");
}

/// Every protected table is walled, for its owner too; what else tells of people stays with the owner.
#[test]
fn every_protected_table_has_a_policy() {
    let database = Database::migrated(Engine::Postgres);
    let mut owner = postgres(&database.address);
    let walled = names(
        &mut owner,
        "SELECT relname::text AS name FROM pg_class WHERE relrowsecurity AND relforcerowsecurity \
         AND EXISTS (SELECT FROM pg_policy WHERE polrelid = pg_class.oid AND polcmd IN ('r', '*') \
             AND 'panoh_server'::regrole = ANY (polroles) AND pg_get_expr(polqual, polrelid) LIKE '%wall.%')",
    );
    let protected: BTreeSet<String> = protected().into_iter().map(str::to_owned).collect();
    let cells = "statistics_cells".to_owned();
    assert_eq!(walled, protected.iter().cloned().chain([cells]).collect());
    let of_people = names(
        &mut owner,
        "SELECT relname::text AS name FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid \
         WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'v', 'm') AND attname = 'individual_id' \
         AND has_any_column_privilege('panoh_server', pg_class.oid, 'SELECT')",
    );
    assert!(of_people.is_subset(&protected), "{of_people:?}");
    let open = names(
        &mut owner,
        "SELECT DISTINCT relname::text AS name FROM pg_policy JOIN pg_class ON pg_class.oid = polrelid \
         WHERE 0 = ANY (polroles) OR 'panoh_server'::regrole = ANY (polroles) \
             AND coalesce(pg_get_expr(polqual, polrelid), 'true') = 'true' AND polcmd IN ('r', '*')",
    );
    assert_eq!(open, BTreeSet::new(), "a policy that lets everybody pass");
}

/// What the server's role may read or write of a table without row level security is public, or of the machinery, and says nothing of people.
#[test]
fn what_the_server_reads_without_policies_is_known() {
    let database = Database::migrated(Engine::Postgres);
    let open = names(
        &mut postgres(&database.address),
        "SELECT relname::text AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v', 'm') \
         AND NOT relrowsecurity AND (has_table_privilege('panoh_server', oid, 'SELECT, INSERT, UPDATE, DELETE') \
             OR has_any_column_privilege('panoh_server', oid, 'SELECT, INSERT, UPDATE'))",
    );
    let public = ["agencies", "place_ancestors", "places", "population_figure_sources", "population_figures"];
    let machinery =
        ["__diesel_schema_migrations", "audit_head", "coverage_changes", "coverage_undecided", "policy_epochs"];
    // Which of these a request is shown, its session decides: of a client the name alone, of programmes those that it sees.
    let by_session = ["client_purposes", "clients", "programme_places", "programmes", "rendered"];
    let known = public.into_iter().chain(machinery).chain(by_session).map(str::to_owned).collect();
    assert_eq!(open, known, "a migration of PostgreSQL grants a table, and enables no row level security on it");
}

/// The server never works as a role that the wall does not bind.
#[test]
fn the_server_connects_as_a_role_that_the_wall_binds() {
    let database = Database::migrated(Engine::Postgres);
    let mut server = server(&database);
    let role = names(
        &mut server,
        "SELECT current_user::text AS name FROM pg_roles WHERE rolname = current_user AND NOT rolsuper \
         AND NOT rolbypassrls AND NOT rolcreaterole AND NOT rolcreatedb",
    );
    assert_eq!(role.len(), 1, "{role:?}");
    let owned = names(
        &mut server,
        "SELECT relname::text AS name FROM pg_class WHERE pg_has_role(relowner, 'MEMBER') \
         UNION SELECT proname::text FROM pg_proc WHERE pg_has_role(proowner, 'MEMBER')",
    );
    assert_eq!(owned, BTreeSet::new());
    // A role of the operator's own is taken as it is, if it is bound; one that may not make another is told what is needed.
    let mut owner = postgres(&database.address);
    owner.batch_execute("CREATE ROLE bound LOGIN IN ROLE panoh_server").unwrap();
    let address = as_role(&database, "bound");
    assert_eq!(rls::server_address(&address, &secret()).unwrap(), address);
    owner.batch_execute("CREATE ROLE lord LOGIN; GRANT lord TO bound; ALTER TABLE incidents OWNER TO lord").unwrap();
    let refused = rls::server_address(&address, &secret()).unwrap_err();
    assert!(matches!(refused, StoreError::WithoutRowLevelSecurity(..)), "{refused}");
    assert!(refused.to_string().contains("IN ROLE panoh_server"), "{refused}");
}

fn as_role(database: &Database, role: &str) -> Address {
    match &database.address {
        Address::Postgres(url) => Address::Postgres(url.replace("user=postgres", &format!("user={role}"))),
        other => other.clone(),
    }
}
