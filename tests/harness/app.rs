//! A server on a free port, and clients that speak HTTP to it.

use super::{Database, Engine};
use chrono::NaiveDate;
use diesel::connection::SimpleConnection;
use panoh::demo::{DemoError, Keys, Plan};
use panoh::domain::audit::AuditEvent;
use panoh::http::{Addresses, Application, Settings, block_on};
use panoh::policy::seal::Secret;
use panoh::service::Clock;
use panoh::store::outside_policy::outside_policy;
use panoh::store::visibility::undecided;
use reqwest::blocking::{Client, RequestBuilder};
use serde_json::{Value, json};
use std::sync::mpsc;
use std::time::{Duration, Instant};
use tokio::sync::oneshot;

/// The day on which the tests' servers live.
pub fn today() -> NaiveDate {
    "2026-01-15".parse().expect("a date")
}

/// How many connections a server has if a test does not ask for more.
const CONNECTIONS: u32 = 4;

/// The secret of the tests' servers.
pub fn secret() -> Secret {
    Secret::new(vec![42; 32]).expect("long enough")
}

/// A running server with a database of its own, until it is dropped.
pub struct TestApp {
    _running: oneshot::Sender<()>,
    addresses: Addresses,
    pub keys: Keys,
    client: Client,
    pub database: Database,
}

impl TestApp {
    /// A server with the demo of so many people.
    pub fn demo(engine: Engine, people: u32) -> Self {
        Self::over(Self::loaded(engine, people))
    }

    /// Two servers with the same demo, to the last key, of which one was altered.
    pub fn demo_and_altered(engine: Engine, people: u32, alter: impl FnOnce(&Database)) -> (Self, Self) {
        let altered = Self::loaded(engine, people);
        alter(&altered);
        (Self::over(Self::loaded(engine, people)), Self::over(altered))
    }

    fn loaded(engine: Engine, people: u32) -> Database {
        Database::made_once(engine, &format!("demo of {people}"), |database| {
            database.migrate();
            let plan = Plan { people, as_of: today() };
            let load = |connection: &mut _| panoh::demo::load(connection, &secret(), &plan, |_| {});
            outside_policy::<_, DemoError>(&database.address, AuditEvent::Demo, "demo", load).expect("the demo loads");
            panoh::demo::release(&database.address, &secret(), &plan).expect("its statistics are released");
        })
    }

    /// Makes the first releases of statistics again, of whoever is there now.
    pub fn release_anew(&self) {
        let gone = "DELETE FROM statistics_cells; DELETE FROM statistics_releases; DELETE FROM statistics_counted";
        self.database.address.connect(false).expect("a connection").batch_execute(gone).expect("they are gone");
        let plan = Plan { people: 0, as_of: today() };
        panoh::demo::release(&self.database.address, &secret(), &plan).expect("statistics are released");
    }

    fn over(database: Database) -> Self {
        let (addresses, running) = serve(&database, today(), CONNECTIONS);
        let client = Client::builder().timeout(Duration::from_secs(60)).build().expect("a client");
        Self { _running: running, addresses, keys: Keys::new(&secret()), client, database }
    }

    /// Goes on with another server over the same database, on another day.
    pub fn set_today(&mut self, today: NaiveDate) {
        (self.addresses, self._running) = serve(&self.database, today, CONNECTIONS);
    }

    /// Goes on with another server over the same database, with so many connections.
    pub fn set_connections(&mut self, connections: u32) {
        (self.addresses, self._running) = serve(&self.database, today(), connections);
    }

    /// The address of a path.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.addresses.api)
    }

    /// The key of a demo agency.
    pub fn key(&self, agency: &str) -> String {
        let keys = self.keys.by_agency();
        keys.iter().find(|(code, _)| *code == agency).expect("a demo agency").1.to_owned()
    }

    /// A POST to `/graphql` without credentials or body.
    pub fn post(&self) -> RequestBuilder {
        self.client.post(self.url("/graphql")).header("content-type", "application/json")
    }

    /// A GET of a path.
    pub fn get(&self, path: &str) -> RequestBuilder {
        self.client.get(self.url(path))
    }

    /// How many SQL statements requests have sent.
    pub fn statements_sent(&self) -> u64 {
        let metrics = self.metrics();
        let line = metrics.lines().find(|line| line.starts_with("panoh_sql_statements ")).expect("it is counted");
        line.rsplit(' ').next().expect("a number").parse().expect("a number")
    }

    /// The text of the metrics.
    pub fn metrics(&self) -> String {
        let address = self.addresses.metrics.expect("the tests ask for metrics");
        self.client.get(format!("http://{address}/metrics")).send().expect("an answer").text().expect("a text")
    }

    /// The answer to a query of an agency, under its default purpose.
    pub fn ask(&self, agency: &str, query: &str) -> Value {
        self.ask_for(agency, None, query, json!({}))
    }

    /// The answer to a query of an agency, under a purpose, with variables.
    pub fn ask_for(&self, agency: &str, purpose: Option<&str>, query: &str, variables: Value) -> Value {
        let body = json!({ "query": query, "variables": variables }).to_string();
        let mut request = self.post().bearer_auth(self.key(agency)).body(body);
        if let Some(purpose) = purpose {
            request = request.header("Panoh-Purpose", purpose);
        }
        let text = request.send().expect("an answer").text().expect("a text");
        serde_json::from_str(&text).expect("JSON")
    }

    /// Waits until it is decided whom all agreements cover.
    pub fn wait_for_coverage(&self) {
        let mut connection = self.database.address.connect(false).unwrap();
        let until = Instant::now() + Duration::from_secs(30);
        while !undecided(&mut connection).unwrap().is_empty() {
            assert!(Instant::now() < until, "whom some agreements cover is not decided");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// The data of an answer that has no errors.
    pub fn data(&self, agency: &str, query: &str) -> Value {
        let answer = self.ask(agency, query);
        assert!(answer.get("errors").is_none(), "{answer}");
        answer["data"].clone()
    }

    /// The code of the first error of an answer.
    pub fn code(&self, agency: &str, query: &str) -> String {
        let answer = self.ask(agency, query);
        answer["errors"][0]["extensions"]["code"].as_str().unwrap_or_else(|| panic!("no error: {answer}")).to_owned()
    }
}

/// Serves a database until what it gives is dropped.
fn serve(database: &Database, today: NaiveDate, connections: u32) -> (Addresses, oneshot::Sender<()>) {
    let settings = Settings {
        listen: "127.0.0.1:0".to_owned(),
        metrics: Some("127.0.0.1:0".to_owned()),
        database: database.address.clone(),
        secret: secret(),
        clock: Clock::Fixed(today),
        connections,
        trusted_proxies: Vec::new(),
    };
    let (sender, receiver) = mpsc::channel();
    let (running, dropped) = oneshot::channel();
    std::thread::spawn(move || {
        block_on(async {
            let application = Application::build(settings).expect("the server starts");
            tokio::select! {
                ended = application.run(|addresses| sender.send(addresses).expect("the test waits")) => ended,
                _ = dropped => Ok(()),
            }
        })
    });
    (receiver.recv().expect("the server's addresses"), running)
}
