//! `panoh import`.

use super::{
    CliError, Database, bounded,
    output::{self, say},
};
use crate::domain::audit::AuditEvent;
use crate::import::{ImportError, Kind, Options, Report, read, template};
use crate::store::outside_policy::outside_policy_beside;
use chrono::Utc;
use clap::Args;
use indicatif::ProgressBar;
use std::path::PathBuf;
use std::time::Duration;

#[derive(Debug, Args)]
pub(super) struct Import {
    /// places, population, caseload, programmes, agreements or consents
    kind: Kind,
    /// The file
    #[arg(required_unless_present = "template")]
    file: Option<PathBuf>,
    #[command(flatten)]
    database: Database,
    /// For a caseload: the code of the agency that holds it
    #[arg(long, value_name = "CODE")]
    holder: Option<String>,
    /// For programmes: the code of the agency that leads them
    #[arg(long, value_name = "CODE")]
    lead: Option<String>,
    /// Check everything and keep nothing
    #[arg(long)]
    dry_run: bool,
    /// Print the format: a header and two made-up rows
    #[arg(long)]
    template: bool,
}

/// Why an import was undone.
enum Undone {
    DryRun(Report),
    Failed(ImportError),
}

impl From<crate::store::StoreError> for Undone {
    fn from(error: crate::store::StoreError) -> Self {
        Self::Failed(error.into())
    }
}

impl Import {
    pub(super) fn run(self) -> Result<(), CliError> {
        if self.template {
            let known = template(self.kind);
            let none = || ImportError::Option(format!("{} is a published format; it has no template", self.kind));
            output::print(format_args!("{}", known.ok_or_else(none)?));
            return Ok(());
        }
        let path = self.file.unwrap_or_default();
        let bytes = bounded::read(&path, self.kind.max_bytes())
            .map_err(|cause| CliError::File { path: path.clone(), cause })?;
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let options = Options { holder: self.holder, lead: self.lead, today: Utc::now().date_naive() };
        let bar = ProgressBar::new_spinner().with_message(format!("importing {name}"));
        bar.enable_steady_tick(Duration::from_millis(100));
        let address = self.database.address()?;
        let done = outside_policy_beside(
            &address,
            self.kind.beside(),
            AuditEvent::Import,
            &self.kind.to_string(),
            || read(self.kind, &name, &bytes).map_err(Undone::Failed),
            |connection, content| {
                let report = content.import(connection, &options).map_err(Undone::Failed)?;
                if self.dry_run {
                    return Err(Undone::DryRun(report));
                }
                connection.analyse().map_err(ImportError::from).map_err(Undone::Failed)?;
                Ok(report)
            },
        );
        if done.is_ok() {
            address.vacuum();
        }
        bar.finish_and_clear();
        match done {
            Ok(report) => say!("{report}"),
            Err(Undone::DryRun(report)) => say!("dry run, nothing kept: {report}"),
            Err(Undone::Failed(error)) => return Err(error.into()),
        }
        Ok(())
    }
}
