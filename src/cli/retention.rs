//! `panoh retention`: how long holders keep what they hold of people, and erasing what is past that.

use super::administration::{administer, reading};
use super::output::say;
use super::{CliError, Database};
use crate::domain::audit::{AuditEvent, AuditRecord};
use crate::domain::category::DataCategory;
use crate::domain::retention::MAX_MONTHS;
use crate::store::StoreError;
use crate::store::outside_policy::outside_policy_with;
use crate::store::retention;
use crate::store::retention::due::{Due, past_period};
use chrono::Utc;
use clap::Subcommand;

#[derive(Debug, Subcommand)]
pub(super) enum Retention {
    /// Set for how many months after the last activity a holder keeps a category of a person
    Set {
        #[command(flatten)]
        database: Database,
        /// The code of the agency that holds the records
        #[arg(long, value_name = "CODE")]
        holder: String,
        /// IDENTITY (with it everything but sex, age band, nationality and region goes), CONTACT, LOCATION, LEGAL_STATUS,
        /// SPECIFIC_NEEDS, FAMILY, SOLUTIONS, ASSISTANCE or PROTECTION
        #[arg(long)]
        category: DataCategory,
        /// How many months, 1 to 1200
        #[arg(long, value_parser = clap::value_parser!(i32).range(1..=i64::from(MAX_MONTHS)))]
        months: i32,
    },
    /// Keep a category without limit again
    Unset {
        #[command(flatten)]
        database: Database,
        /// The code of the agency that holds the records
        #[arg(long, value_name = "CODE")]
        holder: String,
        /// The category
        #[arg(long)]
        category: DataCategory,
    },
    /// List all periods: holder, category, months
    List {
        #[command(flatten)]
        database: Database,
    },
    /// Erase what is past its period, all of it or nothing; who is past IDENTITY's is anonymised. There is no way back
    Run {
        #[command(flatten)]
        database: Database,
        /// Say what would be erased and erase nothing
        #[arg(long)]
        dry_run: bool,
    },
}

impl Retention {
    pub(super) fn run(self) -> Result<(), CliError> {
        match self {
            Self::Set { database, holder, category, months } => {
                set(&database, &holder, category, Some(months))?;
                eprintln!("{holder} keeps {category} for {months} months after a person's last activity");
            }
            Self::Unset { database, holder, category } => {
                set(&database, &holder, category, None)?;
                eprintln!("{holder} keeps {category} without limit");
            }
            Self::List { database } => {
                for (holder, category, months) in retention::periods(&mut reading(&database)?)? {
                    say!("{holder:<16} {:<15} {months}", category.to_string());
                }
            }
            Self::Run { database, dry_run: true } => {
                say("would be ", &past_period(&mut reading(&database)?, Utc::now().date_naive())?);
            }
            Self::Run { database, dry_run: false } => erase(&database)?,
        }
        Ok(())
    }
}

fn set(database: &Database, holder: &str, category: DataCategory, months: Option<i32>) -> Result<(), CliError> {
    administer(database, "retention period set", |connection| {
        retention::set_period(connection, holder, category, months)
    })
}

fn erase(database: &Database) -> Result<(), CliError> {
    let address = database.address()?;
    let tried = AuditRecord::of_change(AuditEvent::Administration, "retention");
    let today = Utc::now().date_naive();
    let erased = outside_policy_with::<_, StoreError>(&address, tried, |connection| retention::run(connection, today))?;
    address.vacuum();
    say("", &erased);
    if erased.is_empty() { Ok(()) } else { address.rewrite().map_err(CliError::NotRewritten) }
}

fn say(would: &str, found: &[Due]) {
    if found.is_empty() {
        say!("nothing is past its period");
    }
    for past in found {
        for (what, people) in past.counts() {
            let done = if what == "IDENTITY" { "anonymised" } else { "erased" };
            say!("{:<16} {what:<15} of {people} people {would}{done}", past.holder);
        }
    }
}
