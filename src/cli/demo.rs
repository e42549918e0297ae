//! `panoh demo`.

use super::{CliError, Serving, output::say, secret, serve};
use crate::demo::{DemoError, Keys, Plan, load, release};
use crate::domain::audit::AuditEvent;
use crate::store::database::connection::Address;
use crate::store::migrations;
use crate::store::outside_policy::outside_policy;
use chrono::{NaiveDate, Utc};
use indicatif::{ProgressBar, ProgressStyle};
use std::path::{Path, PathBuf};

/// Makes the demo if it is not there yet, prints and writes its keys, and serves it.
pub(super) fn run(
    address: &Address,
    serving: &Serving,
    keys_file: Option<PathBuf>,
    people: u32,
    as_of: Option<NaiveDate>,
) -> Result<(), CliError> {
    let secret_path = secret::path(&serving.secret_key_file, address);
    let secret = secret::read_or_make(&secret_path)?;
    migrations::migrate(address)?;
    let plan = Plan { people, as_of: as_of.unwrap_or_else(|| Utc::now().date_naive()) };
    let bar = ProgressBar::new(people.into()).with_style(style()).with_message("people");
    let keys = outside_policy::<_, DemoError>(address, AuditEvent::Demo, "demo", |connection| {
        load(connection, &secret, &plan, |made| bar.set_position(made))
    })?;
    if bar.position() > 0 {
        address.vacuum();
        release(address, &secret, &plan)?;
    }
    bar.finish_and_clear();
    if let Some(path) = keys_file {
        write(&path, &keys)?;
    }
    serve::run(address.clone(), secret, serving, |listening| {
        say!("Keys of the demo's clients:");
        for (agency, key) in keys.by_agency() {
            say!("  {agency:<11} {key}");
        }
        say!("GraphQL:   http://{listening}/graphql");
        say!("Explorer:  http://{listening}/");
    })
}

fn style() -> ProgressStyle {
    ProgressStyle::with_template("{bar:40} {pos}/{len} {msg} {eta}").expect("the template is well-formed")
}

fn write(path: &Path, keys: &Keys) -> Result<(), CliError> {
    let text = serde_json::to_string_pretty(keys).expect("keys are text");
    std::fs::write(path, text + "\n").map_err(|cause| CliError::File { path: path.to_owned(), cause })
}
