//! `panoh serve`, and the serving half of `panoh demo`.

use super::{CliError, Serving, statistics};
use crate::http::{Addresses, Application, Settings};
use crate::policy::seal::Secret;
use crate::service::Clock;
use crate::store::database::connection::Address;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::net::SocketAddr;

/// Has as many files open as the system lets it: a socket of a client takes two.
fn open_more_files() {
    let limit = getrlimit(Resource::Nofile);
    if let Err(error) = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit }) {
        tracing::warn!(%error, "no more files may be open than by default");
    }
}

/// Serves until it is told to stop; `ready` is called with the address once it is bound.
///
/// # Errors
/// If the database does not open, an address cannot be listened on, or the server stops with an error.
pub fn run(
    database: Address,
    secret: Secret,
    serving: &Serving,
    ready: impl FnOnce(SocketAddr),
) -> Result<(), CliError> {
    open_more_files();
    statistics::in_background(database.clone());
    crate::http::block_on(async {
        let application = Application::build(Settings {
            listen: serving.listen.clone(),
            metrics: serving.metrics_listen.clone(),
            database,
            secret,
            clock: Clock::System,
            connections: serving.connections,
            trusted_proxies: serving.trusted_proxies.clone(),
        })?;
        let announce = |addresses: Addresses| {
            ready(addresses.api);
            tracing::info!(address = %addresses.api, metrics = ?addresses.metrics, "serving");
        };
        application.run(announce).await?;
        tracing::info!("stopped");
        Ok(())
    })
}
