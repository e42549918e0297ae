//! Filters of population figures: each combination gives what a plain program does, and reads no whole table.

use crate::harness::app::{secret, today};
use crate::harness::soon;
use crate::harness::{Engine, TestApp, each_engine};
use diesel::RunQueryDsl;
use diesel::sql_types::BigInt;
use panoh::domain::Id;
use panoh::domain::audit::AuditEvent;
use panoh::domain::country::CountryCode;
use panoh::domain::population_figure::{Certainty, FigureIdentity, PopulationFigure, PopulationType};
use panoh::policy::api_key;
use panoh::store::bulk::insert;
use panoh::store::database::connection::AnyConnection;
use panoh::store::database::page::{Position, Window};
use panoh::store::outside_policy::outside_policy;
use panoh::store::population_figure::PopulationFigureFilter;
use panoh::store::{Credentials, Store, StoreError};
use std::time::{Duration, Instant};

const ORIGINS: [&str; 12] = ["AFG", "IRN", "IRQ", "SYR", "SOM", "SDN", "ERI", "ETH", "COD", "RWA", "BDI", "TIB"];
const ASYLUMS: [&str; 8] = ["TJK", "PAK", "IRN", "USA", "CAN", "DEU", "UZB", "RUS"];

fn countries(codes: &[&str]) -> Vec<CountryCode> {
    codes.iter().map(|code| code.parse().unwrap()).collect()
}

/// Figures of fifty years, in order; resettlement is rare, and one year is unknown.
fn figures() -> Vec<PopulationFigure> {
    let years = (1951..2001).map(Some).chain([None]);
    let places = countries(&ORIGINS)
        .into_iter()
        .flat_map(|origin| countries(&ASYLUMS).into_iter().map(move |asylum| (origin, asylum)));
    let places: Vec<_> = places.collect();
    let mut figures = Vec::new();
    for year in years {
        for (origin, asylum) in &places {
            for population_type in
                [PopulationType::Refugees, PopulationType::AsylumSeekers, PopulationType::Resettlement]
            {
                if population_type == PopulationType::Resettlement && (year != Some(1999) || asylum.as_str() != "CAN") {
                    continue;
                }
                let identity = FigureIdentity {
                    year,
                    origin: Some(*origin),
                    asylum: Some(*asylum),
                    population_type,
                    assisted: None,
                    place_id: None,
                    location: Some("Khujand".to_owned()),
                    sex: None,
                    age_band: None,
                    departed_from: None,
                };
                let key = identity.as_key(None);
                let number = figures.len() as i64 + 1;
                let (id, value) = (Id::new(number), Some(number));
                figures.push(PopulationFigure {
                    id,
                    key,
                    identity,
                    value,
                    certainty: Certainty::Exact,
                    source: "world.csv".to_owned(),
                });
            }
        }
    }
    figures.sort_by(|one, other| one.key.cmp(&other.key));
    figures
}

fn filters() -> Vec<PopulationFigureFilter> {
    let countries = |codes: &[&[&str]]| -> Vec<Option<Vec<CountryCode>>> {
        [None].into_iter().chain(codes.iter().map(|codes| Some(countries(codes)))).collect()
    };
    let types = [
        None,
        Some(vec![PopulationType::Resettlement]),
        Some(vec![PopulationType::Refugees, PopulationType::Resettlement]),
        Some(vec![]),
    ];
    let mut filters = Vec::new();
    for years in [(None, None), (Some(1960), None), (None, Some(1960)), (Some(1999), Some(1999))] {
        for origins in countries(&[&["AFG"], &["TIB", "IRQ", "USA"]]) {
            for asylums in countries(&[&["CAN"], &["USA", "TJK"]]) {
                for types in &types {
                    let (origins, types) = (origins.clone(), types.clone());
                    filters.push(PopulationFigureFilter { years, origins, asylums: asylums.clone(), types });
                }
            }
        }
    }
    filters
}

fn passes(filter: &PopulationFigureFilter, identity: &FigureIdentity) -> bool {
    let (from, until) = filter.years;
    let within = |year: i32| from.is_none_or(|from| from <= year) && until.is_none_or(|until| year <= until);
    let among = |codes: &Option<Vec<CountryCode>>, code: &Option<CountryCode>| {
        codes.as_ref().is_none_or(|codes| codes.contains(&code.unwrap()))
    };
    (filter.years == (None, None) || identity.year.is_some_and(within))
        && among(&filter.origins, &identity.origin)
        && among(&filter.asylums, &identity.asylum)
        && filter.types.as_ref().is_none_or(|types| types.contains(&identity.population_type))
}

#[derive(diesel::QueryableByName)]
struct Number {
    #[diesel(sql_type = BigInt)]
    number: i64,
}

/// How often PostgreSQL has read all figures one after the other, and how often by an index.
fn scans(app: &TestApp) -> [i64; 2] {
    let AnyConnection::Postgresql(mut postgres) = app.database.address.connect(false).unwrap() else {
        panic!("no PostgreSQL")
    };
    ["seq_scan", "idx_scan"].map(|kind| {
        let statement =
            format!("SELECT {kind} AS number FROM pg_stat_user_tables WHERE relname = 'population_figures'");
        diesel::sql_query(statement).get_result::<Number>(&mut postgres).unwrap().number
    })
}

#[test]
fn every_filter_gives_its_figures_by_an_index() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 5);
        let figures = figures();
        outside_policy::<_, StoreError>(&app.database.address, AuditEvent::Import, "figures", |connection| {
            insert::population_figures(connection, &figures)?;
            connection.analyse()
        })
        .unwrap();
        assert!(figures.len() > 9_000, "only {}", figures.len());
        let store = Store::open(app.database.address.clone(), secret(), 1).unwrap();
        let credentials = Credentials { key_hash: api_key::hash(&app.key("unhcr")), purpose: None };
        let before = (engine == Engine::Postgres).then(|| scans(&app));
        for filter in filters() {
            let expected: Vec<&PopulationFigure> =
                figures.iter().filter(|figure| passes(&filter, &figure.identity)).collect();
            let mut session = store.read(&credentials, today(), &soon()).unwrap();
            let middle = expected.get(expected.len() / 2).map(|figure| Position::of_text(&figure.key, figure.id));
            let window = Window {
                rows: 7,
                from_end: false,
                after: middle.clone(),
                before: None,
                wants_previous: true,
                wants_next: true,
            };
            let ids = |window: &Window, session: &mut panoh::store::ReadSession| -> Vec<Id<PopulationFigure>> {
                let page = session.population_figures_page(&filter, window).unwrap();
                page.rows.iter().filter(|row| row.source == "world.csv").map(|row| row.id).collect()
            };
            let rest: Vec<Id<PopulationFigure>> =
                expected.iter().skip(expected.len() / 2 + 1).take(7).map(|figure| figure.id).collect();
            assert_eq!(ids(&window, &mut session), rest, "{filter:?}");
            let window = Window { from_end: true, after: None, before: middle, ..window };
            let last = expected.len() / 2;
            let earlier: Vec<Id<PopulationFigure>> =
                expected[last.saturating_sub(7)..last].iter().map(|figure| figure.id).collect();
            // Without a year the demo's figures come first.
            if filter.years != (None, None) {
                assert_eq!(ids(&window, &mut session), earlier, "{filter:?}");
            }
        }
        drop(store);
        if let Some([whole, by_index]) = before {
            let started = Instant::now();
            while scans(&app)[1] == by_index {
                assert!(started.elapsed() < Duration::from_secs(20), "nothing is counted");
                std::thread::sleep(Duration::from_millis(100));
            }
            assert_eq!(scans(&app)[0], whole, "PostgreSQL has read the whole table");
        }
        let store = Store::open(app.database.address.clone(), secret(), 1).unwrap();
        let mut session = store.read(&credentials, today(), &soon()).unwrap();
        for filter in filters().into_iter().filter(|filter| filter.years != (None, None)) {
            let expected = figures.iter().filter(|figure| passes(&filter, &figure.identity)).count() as i64;
            assert_eq!(session.population_figures_count(&filter).unwrap(), expected, "{filter:?}");
        }
    });
}
