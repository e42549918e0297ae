//! The `panoh` command.

use clap::Parser;
use std::env::VarError;
use std::io::IsTerminal;
use std::process::ExitCode;
use tracing_subscriber::EnvFilter;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    // Databases and keys are for their owner only.
    #[cfg(unix)]
    rustix::process::umask(rustix::fs::Mode::RWXG | rustix::fs::Mode::RWXO);
    // Memory is given back as small as it was taken: a huge page keeps what lies beside a few bytes in use.
    #[cfg(target_os = "linux")]
    let _ = rustix::thread::disable_transparent_huge_pages(true);
    let filter = match filter() {
        Ok(filter) => filter,
        Err(error) => {
            eprintln!("panoh: PANOH_LOG: {error}");
            return ExitCode::FAILURE;
        }
    };
    // Lines are written beside the work: one that cannot be written is lost, and stops nothing.
    let (writer, _written) = tracing_appender::non_blocking(std::io::stderr());
    let ansi = std::io::stderr().is_terminal();
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(ansi)
        .with_writer(writer)
        .log_internal_errors(false)
        .init();
    match panoh::cli::Cli::parse().run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("panoh: {error}");
            ExitCode::FAILURE
        }
    }
}

/// What is logged.
fn filter() -> Result<EnvFilter, String> {
    match std::env::var("PANOH_LOG") {
        Ok(text) => EnvFilter::try_new(&text).map_err(|error| error.to_string()),
        Err(VarError::NotPresent) => Ok(EnvFilter::new("info,actix_server=warn,actix_http=off")),
        Err(error) => Err(error.to_string()),
    }
}
