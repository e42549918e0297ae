//! What Panoh promises, held on both databases.

mod harness;

mod attacks;
mod audit;
mod beside_imports;
mod budgets;
mod caseload_statistics;
mod changes;
mod commands;
mod coverage;
mod deadlines;
mod demo;
mod disclosure;
mod emergency;
mod explorer;
mod figures;
mod graphql_over_http;
mod imports;
mod layering;
mod leak;
mod leak_elsewhere;
mod ledger;
mod lookups;
mod members;
mod metrics;
mod migrations;
mod policy_oracle;
mod readiness;
mod release_agreements;
mod releases;
mod retention;
mod same_answers;
mod schema;
mod second_wall;
mod sockets;
mod statements;
