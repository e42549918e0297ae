//! Building the server, apart from running it.

use super::bodies::PIECE;
use super::connections::{Connections, HEAD, MAX_SOCKETS};
use super::exchange::exchange;
use super::gate::Gated;
use super::metrics::Metrics;
use super::probes::Readiness;
use super::proxies::Proxies;
use super::{graphql, metrics, probes};
use crate::policy::seal::Secret;
use crate::service::{Clock, Service};
use crate::store::database::connection::Address;
use crate::store::{Store, StoreError};
use actix_http::HttpService;
use actix_server::{Server, ServerBuilder};
use actix_service::{IntoServiceFactory, ServiceFactoryExt, fn_service, map_config};
use actix_web::dev::AppConfig;
use actix_web::middleware::{Compress, DefaultHeaders, from_fn};
use actix_web::rt::net::TcpStream;
use actix_web::{App, HttpResponse, HttpServer, web};
use std::net::{IpAddr, SocketAddr, TcpListener};
use tokio::signal::unix::{Signal, SignalKind, signal};

/// What a server needs.
pub struct Settings {
    /// The address to listen on; port 0 takes any free one.
    pub listen: String,
    /// The address for metrics, if they are wanted. Whoever reaches it reads them.
    pub metrics: Option<String>,
    /// The database.
    pub database: Address,
    /// The deployment's secret.
    pub secret: Secret,
    /// Which day it is.
    pub clock: Clock,
    /// The most database connections.
    pub connections: u32,
    /// Proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpAddr>,
}

/// Why a server does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The address is in use, or not one of this machine's.
    #[error("cannot listen on {address}: {cause}")]
    Listen {
        /// The address.
        address: String,
        /// The system's reason.
        cause: std::io::Error,
    },
    /// The database does not serve.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A server that is bound to its address and not yet running.
pub struct Application {
    server: Server,
    metrics: Option<Server>,
    addresses: Addresses,
}

/// At which addresses a server listens.
#[derive(Debug, Clone, Copy)]
pub struct Addresses {
    /// The API's.
    pub api: SocketAddr,
    /// That of metrics.
    pub metrics: Option<SocketAddr>,
}

impl Application {
    /// Opens the database and binds the address.
    ///
    /// # Errors
    /// If the database does not open, or an address cannot be listened on.
    pub fn build(settings: Settings) -> Result<Self, StartError> {
        let store = Store::open(settings.database, settings.secret, settings.connections)?;
        let (listener, api_address) = bind(&settings.listen)?;
        let metrics_listener = settings.metrics.as_deref().map(bind).transpose()?;
        let addresses = Addresses { api: api_address, metrics: metrics_listener.as_ref().map(|(_, address)| *address) };
        let metrics = web::Data::new(Metrics::default());
        let readiness = web::Data::<Readiness>::default();
        let proxies = Proxies::trusted(&settings.trusted_proxies);
        let connections = Connections::watched(proxies.clone());
        let watched = web::Data::new(connections.clone());
        let proxies = web::Data::new(proxies);
        let service = web::Data::new(Service::new(store, settings.clock, settings.connections));
        let cannot_serve = |cause| StartError::Listen { address: settings.listen.clone(), cause };
        let metrics_server = match metrics_listener {
            Some((listener, _)) => {
                Some(serve_metrics(listener, &service, &metrics, &readiness, &watched).map_err(cannot_serve)?)
            }
            None => None,
        };
        let shared = Shared { service, metrics, readiness, proxies, connections };
        let server = shared.listen(listener).map_err(cannot_serve)?.run();
        Ok(Self { server, metrics: metrics_server, addresses })
    }

    /// Runs until SIGTERM or SIGINT; requests that have begun are answered. `ready` hears the addresses once it serves.
    ///
    /// # Errors
    /// If the server stops with an error or a panic.
    pub async fn run(self, ready: impl FnOnce(Addresses)) -> std::io::Result<()> {
        let server = actix_web::rt::spawn(self.server);
        // The server listens to signals from its first turn on: whoever is told that it is ready may stop it.
        tokio::task::yield_now().await;
        // Metrics are served until the API has ended.
        if let Some(metrics) = self.metrics {
            actix_web::rt::spawn(metrics);
        }
        ready(self.addresses);
        server.await.map_err(std::io::Error::other)?
    }
}

/// What all sockets share.
#[derive(Clone)]
struct Shared {
    service: web::Data<Service>,
    metrics: web::Data<Metrics>,
    readiness: web::Data<Readiness>,
    proxies: web::Data<Proxies>,
    connections: Connections,
}

impl Shared {
    fn listen(self, listener: TcpListener) -> std::io::Result<ServerBuilder> {
        let builder = Server::build().shutdown_timeout(30).shutdown_signal(stopped());
        let stops = builder.graceful_shutdown_signal();
        builder.listen("api", listener, move || {
            let (shared, stops) = (self.clone(), stops.clone());
            let connections = shared.connections.clone();
            let app = App::new()
                .app_data(shared.service)
                .app_data(shared.metrics)
                .app_data(shared.readiness)
                .app_data(shared.proxies)
                .wrap(Compress::default())
                .wrap(DefaultHeaders::new().add(("X-Content-Type-Options", "nosniff")))
                .wrap(from_fn(exchange))
                .configure(routes);
            let app = app.into_factory().map_err(|error: actix_web::Error| error.error_response());
            let http = HttpService::build()
                .client_request_timeout(HEAD)
                // Whoever closes a socket has gone: its request is ended.
                .h1_allow_half_closed(false)
                .h1_write_buffer_size(PIECE)
                .graceful_shutdown_signal(move || {
                    let stops = stops.clone();
                    async move { stops.notified().await }
                })
                .on_connect_ext(move |socket: &Gated, data| connections.accept(socket, data))
                .h1(map_config(app, |()| AppConfig::default()));
            let accept = fn_service(|stream: TcpStream| async move {
                let _ = stream.set_nodelay(true);
                let peer = stream.peer_addr().ok();
                Ok((Gated::open(stream), peer))
            });
            accept.and_then(http)
        })
    }
}

/// Until SIGTERM or SIGINT. SIGHUP changes nothing: a terminal that closes stops no server.
async fn stopped() {
    let listen = |kind| signal(kind).map_err(|error| tracing::warn!(%error, "a signal cannot be heard")).ok();
    let (mut terminate, mut interrupt) = (listen(SignalKind::terminate()), listen(SignalKind::interrupt()));
    let mut hang_up = listen(SignalKind::hangup());
    loop {
        tokio::select! {
            () = heard(&mut terminate) => return,
            () = heard(&mut interrupt) => return,
            () = heard(&mut hang_up) => {}
        }
    }
}

async fn heard(signal: &mut Option<Signal>) {
    match signal {
        Some(signal) => drop(signal.recv().await),
        None => std::future::pending().await,
    }
}

fn bind(address: &str) -> Result<(TcpListener, SocketAddr), StartError> {
    let listening = TcpListener::bind(address).and_then(|listener| {
        // As many may ask for a socket at once as there may be.
        rustix::net::listen(&listener, MAX_SOCKETS as i32)?;
        Ok(listener)
    });
    let bound = listening.and_then(|listener| listener.local_addr().map(|local| (listener, local)));
    bound.map_err(|cause| StartError::Listen { address: address.to_owned(), cause })
}

fn serve_metrics(
    listener: TcpListener,
    service: &web::Data<Service>,
    counted: &web::Data<Metrics>,
    readiness: &web::Data<Readiness>,
    watched: &web::Data<Connections>,
) -> std::io::Result<Server> {
    let (service, counted) = (service.clone(), counted.clone());
    let (readiness, watched) = (readiness.clone(), watched.clone());
    let app = move || {
        let app = App::new().app_data(service.clone()).app_data(counted.clone());
        let app = app.app_data(readiness.clone()).app_data(watched.clone());
        app.route("/metrics", web::get().to(metrics::show))
    };
    Ok(HttpServer::new(app).workers(1).disable_signals().listen(listener)?.run())
}

fn routes(config: &mut web::ServiceConfig) {
    config
        .service(
            web::resource("/graphql")
                .route(web::post().to(graphql::post))
                .route(web::get().to(graphql::get))
                .default_service(web::to(|| async {
                    HttpResponse::MethodNotAllowed().insert_header(("Allow", "GET, POST")).finish()
                })),
        )
        .route("/schema.graphql", web::get().to(graphql::schema))
        .route("/schema.graphql", web::head().to(graphql::schema))
        .route("/health/live", web::get().to(probes::live))
        .route("/health/live", web::head().to(probes::live))
        .route("/health/ready", web::get().to(probes::ready))
        .route("/health/ready", web::head().to(probes::ready));
    #[cfg(feature = "explorer")]
    config.configure(super::explorer::routes);
}

/// Runs a server's future on a runtime of its own.
pub fn block_on<F: Future>(future: F) -> F::Output {
    actix_web::rt::System::new().block_on(future)
}
