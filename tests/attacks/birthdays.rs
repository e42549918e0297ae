//! Watching the age bands of pseudonymised rows from day to day.

use crate::harness::app::{secret, today};
use crate::harness::soon;
use crate::harness::{TestApp, each_engine};
use chrono::{Datelike, Days, NaiveDate};
use panoh::domain::Id;
use panoh::domain::individual::{AgeBand, Individual};
use panoh::domain::purpose::Purpose;
use panoh::policy::api_key;
use panoh::policy::filter::{Condition, Filter};
use panoh::store::database::page::Window;
use panoh::store::individual::order::{IndividualOrder, IndividualOrderField};
use panoh::store::{Credentials, Store};
use std::collections::BTreeMap;

/// The age band of each person whom the US embassy sees, and whether dates are exact.
fn bands(store: &Store, key: &str, day: NaiveDate) -> BTreeMap<Id<Individual>, (Option<AgeBand>, bool)> {
    let credentials = Credentials { key_hash: api_key::hash(key), purpose: Some(Purpose::Resettlement) };
    let mut session = store.read(&credentials, day, &soon()).unwrap();
    let order = IndividualOrder { field: IndividualOrderField::RegisteredOn, descending: true };
    let mut found = BTreeMap::new();
    let mut after = None;
    loop {
        let window =
            Window { rows: 100, from_end: false, after, before: None, wants_previous: false, wants_next: true };
        let page = session.individuals_page(&Filter::everybody(), order, &window).unwrap();
        after = page.rows.last().map(|row| row.position.clone());
        for row in &page.rows {
            let access = row.individual.access();
            found.insert(access.id(), (row.individual.age_band, access.reveal().is_identified()));
        }
        if !page.has_next {
            return found;
        }
    }
}

/// On no day but 1 January does the band of a pseudonymised row change, so that none tells a birthday; nor do filters.
#[test]
fn the_band_of_a_pseudonymised_row_tells_no_birthday() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 3_000);
        let store = Store::open(app.database.address.clone(), secret(), 2).unwrap();
        let key = app.key("embassy-us");
        let (mut flips, mut known, mut watched) = (0, 0, 0);
        let mut before = bands(&store, &key, today());
        let credentials = Credentials { key_hash: api_key::hash(&key), purpose: Some(Purpose::Resettlement) };
        for offset in (5..300).step_by(5) {
            let day = today() + Days::new(offset);
            let after = bands(&store, &key, day);
            for (person, (band, identified)) in &after {
                let earlier = before.get(person).filter(|(_, exact)| exact == identified);
                let changed = earlier.is_some_and(|(earlier, _)| earlier != band);
                match identified {
                    true => known += usize::from(changed),
                    false => flips += usize::from(changed),
                }
                watched += usize::from(!identified);
            }
            for band in [AgeBand::Age0To4, AgeBand::Age18To59] {
                let filter = Filter::Condition(Condition::AgeBand(vec![band]));
                let count = store.read(&credentials, day, &soon()).unwrap().individuals_count(&filter).unwrap();
                let shown = after.values().filter(|(shown, _)| *shown == Some(band)).count();
                assert_eq!(count, shown as i64, "a filter passes what is shown on {day}");
            }
            before = after;
        }
        println!(
            "{engine:?}: in {watched} looks at pseudonymised rows over 295 days of {} {flips} bands changed; of identified rows {known}",
            today().year()
        );
        assert_eq!(flips, 0);
        assert!(known > 0 && watched > 1_000, "the attack works where birthdays are shared");
    });
}
