//! Relocation plans: what they would change, live for their holder, and by its releases for those with whom it shares them.

use crate::caseload_changes::run;
use crate::harness::app::{secret, today};
use crate::harness::{TestApp, each_engine, soon};
use panoh::domain::audit::AuditEvent;
use panoh::domain::client::Role;
use panoh::domain::place::Place;
use panoh::domain::purpose::Purpose;
use panoh::domain::{Id, Vocabulary};
use panoh::policy::api_key;
use panoh::store::agency::administration::add_client;
use panoh::store::outside_policy::outside_policy;
use panoh::store::{Credentials, Store};
use serde_json::{Value, json};

pub const UNHCR: (&str, Option<&str>) = ("unhcr", None);
const US: (&str, Option<&str>) = ("embassy-us", Some("PROTECTION_ADVOCACY"));
const PLAN: &str = "id holder { code } from { code } to { code } announcedBy announcedOn effectiveOn recordedAt outcome closedOn \
     shares { agreementId recipient { code } sharedOn }";
const CHANGE: &str = "{ before after lost unknown complete }";

pub fn step(app: &TestApp, (agency, purpose): (&str, Option<&str>), mutation: &str, input: &str) -> Value {
    let shown = if mutation.contains("Place") || mutation.contains("Distance") {
        "place { code services { kind ageBand specificNeed reachKilometres recordedBy { code } } \
         distances { to { code } kilometres } }"
            .to_owned()
    } else {
        format!("relocationPlan {{ {PLAN} }}")
    };
    let document =
        format!("mutation {{ {mutation}(input: {{ {input} }}) {{ {shown} userErrors {{ field code message }} }} }}");
    let answer = app.ask_for(agency, purpose, &document, json!({}));
    assert!(answer.get("errors").is_none(), "{answer}");
    answer["data"][mutation].clone()
}

pub fn made(payload: &Value) -> Value {
    assert_eq!(payload["userErrors"], json!([]), "{payload}");
    payload.get("place").or(payload.get("relocationPlan")).cloned().unwrap()
}

fn wrong(payload: &Value) -> (&str, &str) {
    let text = |of: &str| payload["userErrors"][0][of].as_str().unwrap_or_default();
    (text("field"), text("code"))
}

pub fn plans(app: &TestApp, (agency, purpose): (&str, Option<&str>)) -> Vec<Value> {
    let query = format!("{{ relocationPlans(first: 10) {{ totalCount nodes {{ {PLAN} }} }} }}");
    let answer = app.ask_for(agency, purpose, &query, json!({}));
    answer["data"]["relocationPlans"]["nodes"].as_array().unwrap_or_else(|| panic!("{answer}")).clone()
}

pub fn impact(app: &TestApp, (agency, purpose): (&str, Option<&str>), plan: &Value) -> Value {
    let query = format!(
        "{{ relocationImpact(relocationPlanId: {}) {{ release {{ number }} people isComplete unhcr {CHANGE} \
         schools {{ ageBand change {CHANGE} }} medicalCare {{ specificNeed change {CHANGE} }} enrolments {CHANGE} interviews {CHANGE} }} }}",
        plan["id"]
    );
    let answer = app.ask_for(agency, purpose, &query, json!({}));
    assert!(answer.get("errors").is_none(), "{answer}");
    answer["data"]["relocationImpact"].clone()
}

const USUAL: [(&str, &str); 4] = [
    ("fromPlaceCodes", "[\"3501000\"]"),
    ("toPlaceCodes", "[\"3507217\"]"),
    ("announcedBy", "STATE_MIGRATION_SERVICE"),
    ("announcedOn", "\"2026-01-10\""),
];

pub fn record(app: &TestApp, who: (&str, Option<&str>), more: &str) -> Value {
    let usual = USUAL.iter().filter(|(field, _)| !more.contains(&format!("{field}:")));
    let usual: Vec<String> = usual.map(|(field, value)| format!("{field}: {value}")).collect();
    step(app, who, "recordRelocationPlan", &format!("{} {more}", usual.join(", ")))
}

/// How many of the holder's people live at a place or below, by its own count.
fn living_at(app: &TestApp, code: &str, more: &str) -> i64 {
    let count = |alias: &str, closed: &str| {
        format!(
            "{alias}: individuals(first: 1, filter: {{ place: {{ withinCode: \"{code}\" }} {closed} {more} }}) {{ totalCount }}"
        )
    };
    let closed = "closedAs: { in: [DEPARTED, DECEASED] }";
    let query = format!("{{ {} {} }}", count("all", ""), count("closed", closed));
    let answer = app.ask_for(UNHCR.0, UNHCR.1, &query, json!({}));
    let number = |of: &str| answer["data"][of]["totalCount"].as_i64().unwrap_or_else(|| panic!("{answer}"));
    number("all") - number("closed")
}

/// The holder's figures follow from who lives where, and from what it records of places: with each record they change as they should.
#[test]
fn an_impact_follows_from_services_and_distances() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 300);
        let plan = made(&record(&app, UNHCR, "idempotencyKey: \"once\""));
        assert_eq!(made(&record(&app, UNHCR, "idempotencyKey: \"once\""))["id"], plan["id"]);
        let children = living_at(&app, "3501000", ", ageBand: { eq: AGE_5_11 }");
        let people = living_at(&app, "3501000", "");
        assert!(children > 5 && people > 100);
        let change = |before, after, lost, unknown| json!({ "before": before, "after": after, "lost": lost, "unknown": unknown, "complete": true });
        let found = impact(&app, UNHCR, &plan);
        assert_eq!(
            (&found["people"], &found["isComplete"], &found["release"]),
            (&json!(people), &json!(true), &Value::Null)
        );
        assert_eq!(found["unhcr"], change(people, 0, people, 0), "the nearest office is 110 km away");
        let school = |found: &Value, band: &str| {
            let schools = found["schools"].as_array().unwrap();
            schools.iter().find(|line| line["ageBand"] == band).unwrap()["change"].clone()
        };
        assert_eq!(school(&found, "AGE_5_11"), change(children, children, 0, 0), "there is a school too");
        let older = living_at(&app, "3501000", ", ageBand: { eq: AGE_12_17 }");
        assert_eq!(school(&found, "AGE_12_17"), change(older, 0, older, 0));
        let care = |found: &Value, need: &str| {
            let lines = found["medicalCare"].as_array().unwrap();
            lines.iter().find(|line| line["specificNeed"] == need).unwrap()["change"].clone()
        };
        let elderly = living_at(&app, "3501000", ", specificNeed: { eq: \"ER\" }");
        assert_eq!(care(&found, "ER"), change(elderly, 0, elderly, 0));

        let removed = "placeCode: \"3507217\", kind: SCHOOL, ageBand: AGE_5_11";
        made(&step(&app, UNHCR, "removePlaceService", removed));
        assert_eq!(wrong(&step(&app, UNHCR, "removePlaceService", removed)), ("kind", "NOT_FOUND"));
        let found = impact(&app, UNHCR, &plan);
        assert_eq!(
            school(&found, "AGE_5_11"),
            change(children, 0, 0, children),
            "how far it is to the others is not recorded"
        );
        let care_there = "placeCode: \"3507217\", kind: MEDICAL_CARE, specificNeed: \"ER\", reachKilometres: 0";
        let place = made(&step(&app, UNHCR, "recordPlaceService", care_there));
        assert_eq!(place["services"][0]["recordedBy"]["code"], "unhcr");
        let found = impact(&app, UNHCR, &plan);
        assert_eq!(care(&found, "ER"), change(elderly, elderly, 0, 0));
        let near = "fromPlaceCode: \"3507217\", toPlaceCode: \"3501000\", kilometres: 30";
        let place = made(&step(&app, UNHCR, "recordTravelDistance", near));
        assert!(
            place["distances"].as_array().unwrap().contains(&json!({ "to": { "code": "3501000" }, "kilometres": 30 }))
        );
        assert_eq!(impact(&app, UNHCR, &plan)["unhcr"], change(people, people, 0, 0), "an office reaches 30 km");
        let between = "fromPlaceCode: \"3501000\", toPlaceCode: \"3507217\"";
        let place = made(&step(&app, UNHCR, "removeTravelDistance", between));
        assert_eq!(
            place["distances"].as_array().unwrap().iter().filter(|one| one["to"]["code"] == "3507217").count(),
            0
        );
        assert_eq!(wrong(&step(&app, UNHCR, "removeTravelDistance", between)), ("toPlaceCode", "NOT_FOUND"));
        assert_ne!(impact(&app, UNHCR, &plan)["unhcr"], change(people, people, 0, 0));
        made(&step(&app, UNHCR, "recordTravelDistance", near));
        let theirs = "placeCode: \"3507217\", kind: SCHOOL, ageBand: AGE_5_11, reachKilometres: 5";
        made(&step(&app, ("undp", Some("STATISTICS")), "recordPlaceService", theirs));
        let found = impact(&app, UNHCR, &plan);
        assert_eq!(school(&found, "AGE_5_11"), change(children, 0, 0, children), "it rests on nobody else's word");

        let far = made(&record(&app, UNHCR, "toPlaceCodes: [\"3507217\", \"3505242\"], effectiveOn: \"2026-03-01\""));
        let depends = impact(&app, UNHCR, &far);
        assert_eq!(
            depends["unhcr"],
            change(people, 0, 0, people),
            "one of them is in reach, of the other it is not known"
        );
        let enrolments = &depends["enrolments"];
        let number = |of: &str| enrolments[of].as_i64().unwrap();
        assert!(number("before") > 10, "{enrolments}");
        assert_eq!(number("before"), number("after") + number("lost") + number("unknown"), "{enrolments}");
    });
}

/// Whoever a plan is shared with reads it beside the releases of that agreement, and nobody else sees it.
#[test]
fn a_plan_is_seen_by_those_with_whom_it_is_shared_and_by_its_releases() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 1_500);
        app.release_anew();
        let [own] = <[Value; 1]>::try_from(plans(&app, UNHCR)).unwrap();
        let [theirs] = <[Value; 1]>::try_from(plans(&app, US)).unwrap();
        assert_ne!(own["id"], theirs["id"], "each has ids of its own");
        assert_eq!((&theirs["recordedAt"], theirs["shares"].as_array().unwrap().len()), (&Value::Null, 1));
        for who in [("embassy-us", None), ("embassy-ca", None), ("undp", None), ("undp", Some("STATISTICS"))] {
            assert_eq!(plans(&app, who), Vec::<Value>::new(), "{who:?}");
            let foreign = format!("{{ relocationImpact(relocationPlanId: {}) {{ people }} }}", theirs["id"]);
            let answer = app.ask_for(who.0, who.1, &foreign, json!({}));
            assert_eq!(answer["errors"][0]["extensions"]["code"], "INVALID_ID", "{who:?}");
        }
        let found = impact(&app, US, &theirs);
        let table = "{ caseloadStatistics(groupBy: [REGION]) { cells { key { value } cell { count } } } }";
        let table = app.ask_for(US.0, US.1, table, json!({}));
        let cells = table["data"]["caseloadStatistics"]["cells"].as_array().unwrap();
        let dushanbe = &cells.iter().find(|cell| cell["key"][0]["value"] == "3501000").unwrap()["cell"]["count"];
        assert!(dushanbe.is_i64(), "{table}");
        assert_eq!(&found["people"], dushanbe, "the released figure, and no other");
        assert_eq!(found["isComplete"], false, "Khujand lies in a region, by which its release counts");
        assert_eq!((&found["unhcr"]["before"], &found["unhcr"]["complete"]), (dushanbe, &json!(false)));
        assert_eq!(found["release"]["number"], 1);
        for nothing in ["schools", "medicalCare", "enrolments", "interviews"] {
            assert!(found[nothing].is_null(), "{nothing}");
        }
        let nobody = made(&record(&app, UNHCR, "fromPlaceCodes: [\"3590000\"]"));
        let agreement = &own["shares"][0]["agreementId"];
        let shared = format!("relocationPlanId: {}, agreementId: {agreement}", nobody["id"]);
        made(&step(&app, UNHCR, "shareRelocationPlan", &shared));
        let empty = impact(&app, US, &plans(&app, US)[0]);
        assert_eq!(
            (&empty["people"], &empty["isComplete"], &empty["unhcr"]),
            (&Value::Null, &json!(false), &Value::Null)
        );
        assert_eq!(impact(&app, UNHCR, &nobody)["people"], 0, "the holder knows that nobody lives there");
        made(&step(&app, UNHCR, "unshareRelocationPlan", &shared));
        let distances = "{ places(first: 100) { nodes { distances { kilometres } } } }";
        let known = |who: (&str, Option<&str>)| app.ask_for(who.0, who.1, distances, json!({})).to_string();
        assert!(
            known(UNHCR).contains("kilometres\":110") && !known(US).contains("kilometres\":"),
            "they tell of plans"
        );
        let live = format!("{{ relocationImpact(agreementId: {agreement}) {{ people }} }}");
        assert_eq!(app.ask_for(UNHCR.0, UNHCR.1, &live, json!({}))["errors"][0]["extensions"]["code"], "BAD_INPUT");
        let before = impact(&app, US, &theirs);
        crate::caseload_changes::register(&app, "RP-1", "", "");
        assert_eq!(impact(&app, US, &theirs), before, "a release stands");
        assert_ne!(impact(&app, UNHCR, &own)["people"], found["people"]);

        let plan = format!("relocationPlanId: {}", own["id"]);
        let share = format!("{plan}, agreementId: {}", own["shares"][0]["agreementId"]);
        assert_eq!(wrong(&step(&app, UNHCR, "shareRelocationPlan", &share)), ("agreementId", "TAKEN"));
        let mine = format!("relocationPlanId: {}, agreementId: {}", theirs["id"], theirs["shares"][0]["agreementId"]);
        for mutation in ["shareRelocationPlan", "unshareRelocationPlan"] {
            let tried = step(&app, US, mutation, &mine);
            assert_eq!(tried["userErrors"][0]["code"], "NOT_ALLOWED", "{mutation}");
        }
        made(&step(&app, UNHCR, "unshareRelocationPlan", &share));
        assert_eq!(wrong(&step(&app, UNHCR, "unshareRelocationPlan", &share)), ("agreementId", "NOT_FOUND"));
        assert_eq!(plans(&app, US), Vec::<Value>::new());
        let again = format!("{{ relocationImpact(relocationPlanId: {}) {{ people }} }}", theirs["id"]);
        assert_eq!(app.ask_for(US.0, US.1, &again, json!({}))["data"]["relocationImpact"], Value::Null);
        made(&step(&app, UNHCR, "shareRelocationPlan", &share));
        let close = |outcome: &str, day: &str| format!("{plan}, outcome: {outcome}, closedOn: \"{day}\"");
        assert_eq!(
            wrong(&step(&app, UNHCR, "closeRelocationPlan", &close("AVERTED", "2026-01-16"))),
            ("closedOn", "INVALID")
        );
        made(&step(&app, UNHCR, "closeRelocationPlan", &close("AVERTED", "2026-01-15")));
        let twice = step(&app, UNHCR, "closeRelocationPlan", &close("CARRIED_OUT", "2026-01-15"));
        assert_eq!(wrong(&twice), ("relocationPlanId", "WRONG_STATUS"));
        assert_eq!(plans(&app, US)[0]["outcome"], "AVERTED");
        assert_eq!(
            wrong(&step(&app, US, "reopenRelocationPlan", &format!("relocationPlanId: {}", theirs["id"]))).1,
            "NOT_ALLOWED"
        );
        made(&step(&app, UNHCR, "reopenRelocationPlan", &plan));
        assert_eq!(plans(&app, US)[0]["outcome"], Value::Null);
        assert_eq!(wrong(&step(&app, UNHCR, "reopenRelocationPlan", &plan)), ("relocationPlanId", "WRONG_STATUS"));
        made(&step(&app, UNHCR, "closeRelocationPlan", &close("CARRIED_OUT", "2026-01-15")));
        assert_eq!(plans(&app, US)[0]["outcome"], "CARRIED_OUT");
    });
}

/// A plan that was recorded by mistake is voided by its holder, while it is neither shared nor closed.
#[test]
fn a_mistaken_plan_is_voided() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 20);
        let demos = plans(&app, UNHCR)[0].clone();
        let void =
            |who, plan: &Value| step(&app, who, "voidRelocationPlan", &format!("relocationPlanId: {}", plan["id"]));
        assert_eq!(wrong(&void(UNHCR, &demos)), ("relocationPlanId", "WRONG_STATUS"), "it is shared");
        assert_eq!(wrong(&void(US, &plans(&app, US)[0])).1, "NOT_ALLOWED");
        let recorded = made(&record(&app, UNHCR, ""));
        assert_eq!(void(UNHCR, &recorded), json!({ "relocationPlan": null, "userErrors": [] }));
        assert_eq!(plans(&app, UNHCR), [demos]);
        assert_eq!(wrong(&void(UNHCR, &recorded)), ("relocationPlanId", "NOT_FOUND"));
        let closed = made(&record(&app, UNHCR, ""));
        let outcome = format!("relocationPlanId: {}, outcome: AVERTED, closedOn: \"2026-01-15\"", closed["id"]);
        made(&step(&app, UNHCR, "closeRelocationPlan", &outcome));
        assert_eq!(wrong(&void(UNHCR, &closed)), ("relocationPlanId", "WRONG_STATUS"), "it is closed");
    });
}

/// What makes no sense is refused where it stands, and nothing is kept.
#[test]
fn a_plan_that_makes_no_sense_is_refused() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 20);
        for (more, field, code) in [
            ("announcedOn: \"2026-01-16\"", "announcedOn", "INVALID"),
            ("announcedOn: \"2016-01-14\"", "announcedOn", "INVALID"),
            ("effectiveOn: \"2026-01-09\"", "effectiveOn", "INVALID"),
            ("effectiveOn: \"2036-01-11\"", "effectiveOn", "INVALID"),
            ("fromPlaceCodes: []", "fromPlaceCodes", "INVALID"),
            ("fromPlaceCodes: [\"3501000\", \"1\"]", "fromPlaceCodes.1", "INVALID"),
            ("fromPlaceCodes: [\"3501000\", \"3501000\"]", "fromPlaceCodes.1", "INVALID"),
            ("toPlaceCodes: [\"3501000\"]", "toPlaceCodes.0", "INVALID"),
            ("toPlaceCodes: [\"3507217\", \"3501263\"]", "toPlaceCodes.1", "INVALID"),
            ("fromPlaceCodes: [\"3501263\"], toPlaceCodes: [\"3501000\"]", "toPlaceCodes.0", "INVALID"),
        ] {
            assert_eq!(wrong(&record(&app, UNHCR, more)), (field, code), "{more}");
        }
        let service = |more: &str| step(&app, UNHCR, "recordPlaceService", &format!("placeCode: \"3507217\", {more}"));
        for (more, field) in [
            ("kind: SCHOOL, reachKilometres: 5", "ageBand"),
            ("kind: UNHCR_OFFICE, ageBand: AGE_5_11, reachKilometres: 5", "ageBand"),
            ("kind: UNHCR_OFFICE, specificNeed: \"SM\", reachKilometres: 5", "specificNeed"),
            ("kind: MEDICAL_CARE, specificNeed: \"SM-AA\", reachKilometres: 5", "specificNeed"),
            ("kind: MEDICAL_CARE, specificNeed: \"sick\", reachKilometres: 5", "specificNeed"),
            ("kind: MEDICAL_CARE, reachKilometres: -1", "reachKilometres"),
            ("kind: MEDICAL_CARE, reachKilometres: 5001", "reachKilometres"),
        ] {
            assert_eq!(wrong(&service(more)), (field, "INVALID"), "{more}");
        }
        for (from, to) in [("3507217", "3507217"), ("3507217", "3507000"), ("3507000", "3507217")] {
            let near = format!("fromPlaceCode: \"{from}\", toPlaceCode: \"{to}\", kilometres: 0");
            assert_eq!(wrong(&step(&app, UNHCR, "recordTravelDistance", &near)), ("toPlaceCode", "INVALID"));
        }
        assert_eq!(plans(&app, UNHCR).len(), 1, "the demo's");
    });
}

/// Enrolments and interviews of the holder's people are counted for its own work alone, whoever in the server asks for them.
#[test]
fn the_holders_own_figures_are_for_its_own_work() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 400);
        let store = Store::open(app.database.address.clone(), secret(), 1).unwrap();
        let key = outside_policy(&app.database.address, AuditEvent::Administration, "client", |connection| {
            add_client(connection, "unhcr", Role::DataOfficer, "all purposes", Purpose::ALL)
        });
        let key_hash = api_key::hash(&key.unwrap());
        for purpose in Purpose::ALL {
            let credentials = Credentials { key_hash: key_hash.clone(), purpose: Some(*purpose) };
            let mut session = store.write(&credentials, today(), &soon()).unwrap();
            let places: Vec<Id<Place>> = session.places_by_code().unwrap().values().map(|place| place.id).collect();
            let enrolments: i64 =
                session.enrolments_at(&places, today()).unwrap().iter().map(|(number, _)| number).sum();
            let interviews: i64 =
                session.interviews_of(&places, today()).unwrap().iter().map(|(_, number)| number).sum();
            let is_own = *purpose == Purpose::CaseManagement;
            assert_eq!((enrolments > 0, interviews > 0), (is_own, is_own), "{purpose}: {enrolments} {interviews}");
        }
        run(&app, "UPDATE circuit_rides SET status = 'CLOSED'");
        let credentials = Credentials { key_hash, purpose: Some(Purpose::CaseManagement) };
        let mut session = store.write(&credentials, today(), &soon()).unwrap();
        let places: Vec<Id<Place>> = session.places_by_code().unwrap().values().map(|place| place.id).collect();
        assert_eq!(session.interviews_of(&places, today()).unwrap(), [], "no ride goes on");
    });
}
