//! `panoh statistics`, and the releases that a server makes by itself.

use super::{CliError, Database, output::say};
use crate::domain::agreement::Agreement;
use crate::policy::statistics::{Noise, Withheld};
use crate::store::agreement::rows::all_agreements;
use crate::store::database::connection::{Address, AnyConnection};
use crate::store::migrations;
use crate::store::statistics::counted::MIN_CHANGES;
use crate::store::statistics::making::release;
use crate::store::statistics::outcome::{Made, Outcome, Wanted};
use crate::store::statistics::schedule::coming;
use crate::store::{StoreError, rls};
use chrono::{NaiveDate, Utc};
use clap::Subcommand;
use indicatif::{ProgressBar, ProgressStyle};
use std::time::Duration;

/// When a server first looks whether a release is due: once it has begun to answer.
const FIRST_LOOK: Duration = Duration::from_secs(10);

/// How often it looks from then on.
const LOOK: Duration = Duration::from_secs(3_600);

#[derive(Debug, Subcommand)]
pub(super) enum Statistics {
    /// Make the releases that are due today; safe to run twice, and from two machines at once
    Release {
        #[command(flatten)]
        database: Database,
        /// Only under the agreement with this reference
        #[arg(long, env = "PANOH_AGREEMENT", value_name = "REFERENCE")]
        agreement: Option<String>,
        /// Count and tell what would be withheld, but release nothing
        #[arg(long, env = "PANOH_DRY_RUN")]
        dry_run: bool,
    },
}

impl Statistics {
    pub(super) fn run(self) -> Result<(), CliError> {
        let Self::Release { database, agreement, dry_run } = self;
        let address = database.address()?;
        let mut connection = address.connect(false)?;
        migrations::check(&mut connection)?;
        if let Some(reference) = &agreement {
            exists(&mut connection, reference, today())?;
        }
        let bar = ProgressBar::no_length().with_style(style());
        let made = release_with(&address, agreement.as_deref(), dry_run, |reference, read| {
            bar.set_message(reference.to_owned());
            bar.inc(read);
        })?;
        bar.finish_and_clear();
        if made.is_empty() {
            say!("no release is due");
            for (reference, from) in coming(&mut connection, today(), agreement.as_deref())? {
                say!("{reference}: the next release may be made from {from} on");
            }
        }
        for made in &made {
            tell(made, dry_run);
        }
        Ok(())
    }
}

/// Makes what is due now and then, for as long as the process runs, if the address is the tables' owner's.
pub(super) fn in_background(address: Address) {
    std::thread::spawn(move || {
        std::thread::sleep(FIRST_LOOK);
        loop {
            match rls::is_owners(&address) {
                Ok(false) => return,
                Ok(true) => look(&address),
                Err(error) => tracing::warn!(%error, "whether releases are due cannot be told"),
            }
            std::thread::sleep(LOOK);
        }
    });
}

/// A panic is on record in the log, and ends this attempt only.
fn look(address: &Address) {
    let attempt = std::panic::AssertUnwindSafe(|| report(release_with(address, None, false, |_, _| {})));
    if std::panic::catch_unwind(attempt).is_err() {
        tracing::error!("releasing statistics panicked; the next attempt is in an hour");
    }
}

fn report(made: Result<Vec<Made>, StoreError>) {
    match made {
        Ok(made) => {
            for Made { reference, number, outcome, .. } in made {
                tracing::info!(reference, number, ?outcome, "statistics");
            }
        }
        Err(error) => tracing::error!(%error, "no statistics were released; the next attempt is in an hour"),
    }
}

fn release_with(
    address: &Address,
    reference: Option<&str>,
    dry_run: bool,
    progress: impl FnMut(&str, u64),
) -> Result<Vec<Made>, StoreError> {
    release(address, &Wanted { today: today(), reference, dry_run, noise: &|_, _| Noise::random() }, progress)
}

fn today() -> NaiveDate {
    Utc::now().date_naive()
}

fn exists(connection: &mut AnyConnection, reference: &str, today: NaiveDate) -> Result<(), CliError> {
    let counts =
        |one: &Agreement| one.reference == reference && one.in_force(today) && !one.statistics_tables.is_empty();
    match all_agreements(connection)?.iter().any(counts) {
        true => Ok(()),
        false => Err(CliError::NoAgreement(reference.to_owned())),
    }
}

fn tell(made: &Made, dry_run: bool) {
    let Made { reference, number, as_of, next_from, people, changed, .. } = made;
    match &made.outcome {
        Outcome::Made => {
            let verb = if dry_run { "would be made" } else { "made" };
            say!("{reference}: release {number} as of {as_of} {verb}, of {people} people; the next from {next_from}");
            for (table, lost) in &made.tables {
                say!("  {table}: withheld {}", share(lost));
            }
        }
        Outcome::Stands if *number == 1 => say!(
            "{reference}: nothing is released before {next_from}: {changed} of {people} people have entered, left or changed since the \
             releases of others between the same parties, and {MIN_CHANGES} and one in a hundred must have"
        ),
        Outcome::Stands => say!(
            "{reference}: the last release stands until {next_from}: {changed} of {people} people have entered, left or changed, and \
             {MIN_CHANGES} and one in a hundred must have"
        ),
        Outcome::TakenOver(from) => {
            let verb = if dry_run { "would take" } else { "takes" };
            say!("{reference}: {verb} over release {number} as of {as_of} from {from}; the next from {next_from}");
        }
        Outcome::Overtaken => say!(
            "{reference}: no longer due: another machine was faster, the agreement has just ended, or it waits for the release of another \
             one between the same parties"
        ),
    }
}

fn share(lost: &Withheld) -> String {
    let percent = |part: f64, whole: f64| if whole > 0.0 { 100.0 * part / whole } else { 0.0 };
    format!(
        "{} of {} cells with people, {:.1} % of people; mean error of the others {:.1}",
        lost.withheld_cells,
        lost.cells,
        percent(lost.withheld_people as f64, lost.people as f64),
        lost.error as f64 / (lost.cells - lost.withheld_cells).max(1) as f64
    )
}

fn style() -> ProgressStyle {
    ProgressStyle::with_template("{spinner} {msg} {pos} people {elapsed}").expect("the template is well-formed")
}
