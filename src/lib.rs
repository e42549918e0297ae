//! Panoh: a GraphQL API through which agencies share refugee caseload and programme data, each seeing what its agreements allow.
//!
//! Layers import one way: `cli` → `http` → `service` → `graphql` → `import`, `demo` → `store` → `policy` → `domain`.

// The root of the schema is merged of as many parts as there are nouns.
#![recursion_limit = "256"]

pub mod cli;
pub mod demo;
pub mod domain;
pub mod graphql;
pub mod http;
pub mod import;
pub mod policy;
pub mod service;
pub mod store;
