//! Circuit rides: an embassy asks, the holder nominates and schedules, the embassy decides; who is nominated is seen until the ride closes.

use crate::caseload_changes::{coverage_is_kept, done, refused, register, run};
use crate::handovers::{in_days, sign_agreement};
use crate::harness::app::today;
use crate::harness::races::one_of_two;
use crate::harness::{Engine, TestApp, each_engine};
use crate::imports::load;
use crate::solutions::{change, first, of_person};
use chrono::Days;
use panoh::import::{Kind, template};
use serde_json::{Value, json};

const RIDE: &str =
    "id status country opensOn closesOn capacity interviewers cities { code } requester { code } holder { code }";
const NOMINATIONS: &str = "nominations { nominatedOn withdrawnOn outcome outcomeOn circuitRide { id country } \
     interview { city { code } startsAt endsAt interviewer room interpreterLanguage } }";

fn step(app: &TestApp, agency: &str, mutation: &str, input: &str) -> Value {
    let document = format!(
        "mutation {{ {mutation}(input: {{ {input} }}) {{ circuitRide {{ {RIDE} }} userErrors {{ field code message }} }} }}"
    );
    app.data(agency, &document)[mutation].clone()
}

pub fn request(app: &TestApp, agency: &str, more: &str) -> Value {
    let usual = [
        ("holderCode", "\"unhcr\"".to_owned()),
        ("cityCodes", "[\"3501000\", \"3505401\"]".to_owned()),
        ("opensOn", format!("\"{}\"", in_days(0))),
        ("closesOn", format!("\"{}\"", in_days(10))),
        ("capacity", "6".to_owned()),
        ("interviewers", "2".to_owned()),
    ];
    let usual = usual.iter().filter(|(field, _)| !more.contains(&format!("{field}:")));
    let usual: Vec<String> = usual.map(|(field, value)| format!("{field}: {value}")).collect();
    step(app, agency, "requestCircuitRide", &format!("{} {more}", usual.join(" ")))
}

pub fn ride(payload: &Value) -> Value {
    assert_eq!(payload["userErrors"], json!([]), "{payload}");
    payload["circuitRide"].clone()
}

fn wrong(payload: &Value) -> (&str, &str) {
    assert!(payload["circuitRide"].is_null(), "{payload}");
    let text = |of: &str| payload["userErrors"][0][of].as_str().unwrap_or_default();
    (text("field"), text("code"))
}

/// The newest circuit ride, as an agency sees it by its own ids.
pub fn newest(app: &TestApp, agency: &str) -> Value {
    app.data(agency, &format!("{{ circuitRides(first: 1) {{ nodes {{ {RIDE} }} }} }}"))["circuitRides"]["nodes"][0]
        .clone()
}

/// Members of a case who are submitted to a country, each with consent to an embassy.
pub fn submitted(app: &TestApp, case: &str, members: usize, (country, embassy): (&str, &str)) -> Vec<Value> {
    let person = |nth: usize| done(&register(app, &format!("{case}-{nth}"), case, ""));
    let people: Vec<Value> = (0..members).map(person).collect();
    for person in &people {
        consent(app, person, embassy, true);
    }
    let head = &people[0]["id"];
    let details = format!("details: {{ destination: \"{country}\", submissionCategory: LPN }}");
    let identified = change(
        app,
        "identifySolution",
        &format!(
            "individualId: {head}, kind: RESETTLEMENT, on: \"2026-01-10\", details: {{ destination: \"{country}\" }}"
        ),
    );
    let solution = first(&done(&identified));
    done(&change(
        app,
        "moveSolution",
        &format!("solutionId: {}, stage: SUBMITTED, on: \"2026-01-12\", {details}", solution["id"]),
    ));
    people
}

fn consent(app: &TestApp, person: &Value, embassy: &str, given: bool) {
    let document = format!(
        "mutation {{ recordConsent(input: {{ individualId: {}, recipientCode: \"{embassy}\", purpose: RESETTLEMENT, given: {given} }}) \
         {{ userErrors {{ message }} }} }}",
        person["id"]
    );
    assert_eq!(app.data("unhcr", &document)["recordConsent"]["userErrors"], json!([]));
}

pub fn nominate(app: &TestApp, ride: &Value, person: &Value) -> Value {
    change(app, "nominateCase", &format!("circuitRideId: {}, individualId: {}", ride["id"], person["id"]))
}

fn interview(ride: &Value, person: &Value, more: &str) -> String {
    let usual = [
        ("cityCode", "\"3501000\"".to_owned()),
        ("startsAt", format!("\"{}T08:00:00Z\"", in_days(1))),
        ("minutes", "60".to_owned()),
        ("interviewer", "1".to_owned()),
        ("room", "\"A\"".to_owned()),
    ];
    let usual = usual.iter().filter(|(field, _)| !more.contains(&format!("{field}:")));
    let usual: Vec<String> = usual.map(|(field, value)| format!("{field}: {value}")).collect();
    format!("circuitRideId: {}, individualId: {}, {} {more}", ride["id"], person["id"], usual.join(" "))
}

pub fn schedule(app: &TestApp, ride: &Value, person: &Value, more: &str) -> Value {
    change(app, "scheduleInterview", &interview(ride, person, more))
}

fn schedule_raw(app: &TestApp, ride: &Value, person: &Value, more: &str) -> Value {
    let input = interview(ride, person, more);
    app.ask("unhcr", &format!("mutation {{ scheduleInterview(input: {{ {input} }}) {{ userErrors {{ message }} }} }}"))
}

pub fn decide(app: &TestApp, agency: &str, ride: &Value, person: &Value, outcome: &str) -> Value {
    let document = format!(
        "mutation {{ recordInterviewOutcome(input: {{ circuitRideId: {}, individualId: {}, {outcome} }}) \
         {{ individual {{ id solutions {{ kind stage stageOn splitReason destination }} {NOMINATIONS} }} userErrors {{ field code message }} }} }}",
        ride["id"], person["id"]
    );
    app.data(agency, &document)["recordInterviewOutcome"].clone()
}

/// Those whom an agency sees on a circuit ride, by family name, each with the nominations.
fn seen(app: &TestApp, agency: &str, ride: &Value) -> Vec<Value> {
    let query = format!(
        "{{ individuals(first: 50, filter: {{ circuitRide: {{ eq: {} }} }}, orderBy: {{ field: REGISTRATION_NUMBER, direction: ASC }}) \
         {{ totalCount nodes {{ id registrationNumber {NOMINATIONS} solutions {{ stage destination }} }} }} }}",
        ride["id"]
    );
    let found = app.data(agency, &query)["individuals"].clone();
    let nodes = found["nodes"].as_array().unwrap().clone();
    assert_eq!(found["totalCount"], nodes.len(), "{found}");
    nodes
}

fn nominations(app: &TestApp, person: &Value) -> Value {
    let query = format!("{{ node(id: {}) {{ ... on Individual {{ {NOMINATIONS} }} }} }}", person["id"]);
    app.data("unhcr", &query)["node"]["nominations"].clone()
}

/// A ride as it is done: requested, nominated, scheduled, interviewed, decided; the outcomes move the solutions.
#[test]
fn a_circuit_ride_from_the_request_to_the_decision() {
    each_engine(|engine| {
        let mut app = TestApp::demo(engine, 100);
        // It shows whom the embassy rejects, until the ride closes.
        let terms = "purpose: RESETTLEMENT, level: IDENTIFIED, categories: [DEMOGRAPHICS, IDENTITY, SOLUTIONS], \
             scope: { circuitRides: [\"USA\"] }";
        sign_agreement(&app, "embassy-us", terms);
        let asked = ride(&request(&app, "embassy-us", "idempotencyKey: \"once\""));
        ride(&request(&app, "embassy-us", "idempotencyKey: \"once\""));
        let own = newest(&app, "unhcr");
        assert_ne!(own["id"], asked["id"], "each party has ids of its own");
        let rides = app.data("embassy-us", "{ circuitRides(first: 9) { totalCount } }");
        assert_eq!(rides["circuitRides"]["totalCount"], 2, "the demo's and this one: a repeated request asks once");
        assert_eq!(
            own,
            json!({ "id": own["id"], "status": "REQUESTED", "country": "USA", "opensOn": in_days(0), "closesOn": in_days(10),
                "capacity": 6, "interviewers": 2, "cities": [{ "code": "3501000" }, { "code": "3505401" }],
                "requester": { "code": "embassy-us" }, "holder": { "code": "unhcr" } })
        );
        for agency in ["undp", "embassy-ca"] {
            let count = app.data(agency, "{ circuitRides(first: 9) { totalCount } }");
            assert_eq!(count["circuitRides"]["totalCount"], 0, "{agency} is no party");
        }
        let family = submitted(&app, "RIDE-1", 3, ("USA", "embassy-us"));
        let single = submitted(&app, "RIDE-2", 1, ("USA", "embassy-us"));
        assert_eq!(seen(&app, "embassy-us", &asked), [] as [Value; 0]);
        done(&nominate(&app, &own, &family[1]));
        done(&nominate(&app, &own, &single[0]));
        let nominated = seen(&app, "embassy-us", &asked);
        assert_eq!(nominated.len(), 4, "the case goes together");
        let since = json!([{ "nominatedOn": today().to_string(), "withdrawnOn": null, "outcome": null, "outcomeOn": null,
            "circuitRide": { "id": asked["id"], "country": "USA" }, "interview": null }]);
        assert_eq!(nominated[0]["nominations"], since);
        assert_eq!(refused(&nominate(&app, &own, &family[0])), ("individualId".to_owned(), "TAKEN".to_owned()));

        done(&schedule(&app, &own, &family[0], "interpreterLanguage: \"prs\""));
        done(&schedule(&app, &own, &single[0], "interviewer: 2, room: \"B\""));
        let interview = seen(&app, "embassy-us", &asked)[2]["nominations"][0]["interview"].clone();
        let day = in_days(1);
        assert_eq!(
            interview,
            json!({ "city": { "code": "3501000" }, "startsAt": format!("{day}T08:00:00Z"), "endsAt": format!("{day}T09:00:00Z"),
                "interviewer": 1, "room": "A", "interpreterLanguage": "prs" })
        );
        let who = |nth: usize| seen(&app, "embassy-us", &asked)[nth].clone();
        let early = decide(&app, "embassy-us", &asked, &who(0), &format!("outcome: INTERVIEWED, on: \"{}\"", today()));
        assert_eq!(refused(&early), ("outcome".to_owned(), "WRONG_STATUS".to_owned()), "{early}");
        app.set_today(today() + Days::new(3));
        let who = |nth: usize| seen(&app, "embassy-us", &asked)[nth].clone();
        let done_on = |outcome: &str, days| format!("outcome: {outcome}, on: \"{}\"", in_days(days));
        let before = decide(&app, "embassy-us", &asked, &who(0), &done_on("INTERVIEWED", 0));
        assert_eq!(refused(&before), ("on".to_owned(), "INVALID".to_owned()), "{before}");
        done(&decide(&app, "embassy-us", &asked, &who(0), &done_on("INTERVIEWED", 1)));
        let stages: Vec<Value> = family.iter().map(|person| first(&of_person(&app, person))["stage"].clone()).collect();
        assert_eq!(stages, ["INTERVIEWED"; 3], "whoever was interviewed together");
        let split = format!("{}, splitReason: INELIGIBLE", done_on("REJECTED", 3));
        let rejected = done(&decide(&app, "embassy-us", &asked, &who(2), &split));
        assert_eq!(rejected["nominations"][0]["outcome"], "REJECTED");
        assert_eq!(rejected["nominations"][0]["outcomeOn"], in_days(3));
        done(&decide(&app, "embassy-us", &asked, &who(0), &done_on("ACCEPTED", 2)));
        let solutions: Vec<Value> = family.iter().map(|person| first(&of_person(&app, person))).collect();
        let stages: Vec<&Value> = solutions.iter().map(|solution| &solution["stage"]).collect();
        assert_eq!(stages, ["ACCEPTED", "ACCEPTED", "REJECTED"], "whoever is split stays where it is");
        assert_eq!(solutions[2]["splitReason"], "INELIGIBLE");
        for (nth, outcome) in [(0, "REJECTED"), (2, "ACCEPTED"), (0, "NOT_HELD")] {
            let again = decide(&app, "embassy-us", &asked, &who(nth), &done_on(outcome, 3));
            assert_eq!(refused(&again), ("outcome".to_owned(), "WRONG_STATUS".to_owned()), "{again}");
        }
        let late = schedule(&app, &own, &family[0], &format!("startsAt: \"{}T08:00:00Z\"", in_days(5)));
        assert_eq!(refused(&late), ("individualId".to_owned(), "WRONG_STATUS".to_owned()), "{late}");
        coverage_is_kept(&app.database);
    });
}

/// Under an agreement whose scope names circuit rides somebody is seen from the nomination on until the ride closes, and no longer; whoever
/// is no party to the ride is shown nothing of it.
#[test]
fn who_is_nominated_is_seen_until_the_ride_closes() {
    each_engine(|engine| {
        let mut app = TestApp::demo(engine, 60);
        let terms = "purpose: RESETTLEMENT, level: IDENTIFIED, categories: [DEMOGRAPHICS, IDENTITY, SOLUTIONS], \
             scope: { circuitRides: [\"USA\", \"CAN\"] }";
        run(&app, "UPDATE circuit_rides SET status = 'CLOSED'");
        run(&app, "UPDATE agreements SET status = 'SUSPENDED'");
        sign_agreement(&app, "embassy-ca", terms);
        let americans = submitted(&app, "RIDE-2", 1, ("USA", "embassy-us")).remove(0);
        consent(&app, &americans, "embassy-ca", true);
        ride(&request(&app, "embassy-us", ""));
        done(&nominate(&app, &newest(&app, "unhcr"), &americans));
        let person = submitted(&app, "RIDE-1", 1, ("CAN", "embassy-ca")).remove(0);
        let shown = |app: &TestApp| {
            let query = format!(
                "{{ individuals(first: 9, filter: {{ registrationNumber: {{ startsWith: \"RIDE-\" }} }}) {{ nodes {{ registrationNumber {NOMINATIONS} }} }} }}"
            );
            coverage_is_kept(&app.database);
            let nodes = app.data("embassy-ca", &query)["individuals"]["nodes"].clone();
            let nodes = nodes.as_array().unwrap().iter().map(|node| node["registrationNumber"].clone());
            nodes.collect::<Vec<Value>>()
        };
        let nobody = Vec::<Value>::new();
        let nominated = vec![json!("RIDE-1-0")];
        let asked = ride(&request(&app, "embassy-ca", ""));
        let own = newest(&app, "unhcr");
        assert_eq!(shown(&app), nobody, "whoever is nominated for another embassy is not seen");
        done(&nominate(&app, &own, &person));
        assert_eq!(shown(&app), nominated);
        let withdraw = format!("circuitRideId: {}, individualId: {}", own["id"], person["id"]);
        done(&change(&app, "withdrawNomination", &withdraw));
        assert_eq!(shown(&app), nobody);
        done(&nominate(&app, &own, &person));
        assert_eq!(nominations(&app, &person).as_array().unwrap().len(), 2, "the holder sees both");
        assert_eq!(shown(&app), nominated);
        app.set_today(today() + Days::new(10));
        assert_eq!(shown(&app), nominated, "on the last day");
        app.set_today(today() + Days::new(11));
        assert_eq!(shown(&app), nobody, "after it");
        assert_eq!(newest(&app, "embassy-ca")["status"], "CLOSED");
        app.set_today(today());
        for agency in ["embassy-ca", "unhcr"] {
            let (mutation, ride_id) = match agency {
                "unhcr" => ("declineCircuitRide", &own["id"]),
                _ => ("closeCircuitRide", &asked["id"]),
            };
            assert_eq!(shown(&app), nominated);
            ride(&step(&app, agency, mutation, &format!("circuitRideId: {ride_id}")));
            assert_eq!(shown(&app), nobody, "{mutation}");
            ride(&step(&app, "unhcr", "reopenCircuitRide", &format!("circuitRideId: {}", own["id"])));
        }
        consent(&app, &person, "embassy-ca", false);
        assert_eq!(shown(&app), nobody, "whoever refuses is not seen by a ride either");
        consent(&app, &person, "embassy-ca", true);
        assert_eq!(shown(&app), nominated);
        let solution = first(&of_person(&app, &person));
        done(&change(
            &app,
            "moveSolution",
            &format!("solutionId: {}, stage: WITHDRAWN, on: \"{}\"", solution["id"], today()),
        ));
        assert_eq!(shown(&app), nobody, "whoever withdraws is not nominated any more");
    });
}

/// A ride that was declined or closed by mistake is reopened by its holder; nobody awaits an interview on two then. Once people were
/// interviewed, the embassy decides of them: the holder declines no more, and whoever is accepted stays nominated.
#[test]
fn a_ride_is_reopened() {
    each_engine(|engine| {
        let mut app = TestApp::demo(engine, 20);
        run(&app, "UPDATE circuit_rides SET status = 'CLOSED'");
        let person = submitted(&app, "RIDE-1", 1, ("USA", "embassy-us")).remove(0);
        let theirs = ride(&request(&app, "embassy-us", ""));
        let own = newest(&app, "unhcr");
        let as_holder =
            |app: &TestApp, mutation: &str| step(app, "unhcr", mutation, &format!("circuitRideId: {}", own["id"]));
        let refused_now = ("circuitRideId", "WRONG_STATUS");
        assert_eq!(wrong(&as_holder(&app, "reopenCircuitRide")), refused_now, "it is open");
        done(&nominate(&app, &own, &person));
        done(&schedule(&app, &own, &person, ""));
        assert_eq!(ride(&as_holder(&app, "declineCircuitRide"))["status"], "DECLINED");
        assert!(nominations(&app, &person)[0]["interview"].is_null(), "it is called off");
        let foreign = format!("circuitRideId: {}", theirs["id"]);
        assert_eq!(wrong(&step(&app, "embassy-us", "reopenCircuitRide", &foreign)), ("circuitRideId", "NOT_ALLOWED"));
        let second = ride(&request(&app, "embassy-us", ""));
        done(&nominate(&app, &newest(&app, "unhcr"), &person));
        assert_eq!(wrong(&as_holder(&app, "reopenCircuitRide")), refused_now, "the person awaits another interview");
        ride(&step(&app, "embassy-us", "closeCircuitRide", &format!("circuitRideId: {}", second["id"])));
        assert_eq!(ride(&as_holder(&app, "reopenCircuitRide"))["status"], "REQUESTED");
        done(&schedule(&app, &own, &person, ""));
        ride(&step(&app, "embassy-us", "closeCircuitRide", &foreign));
        ride(&as_holder(&app, "reopenCircuitRide"));
        assert!(
            nominations(&app, &person)[0]["interview"].is_null(),
            "another may have the officer and the room by now"
        );
        done(&schedule(&app, &own, &person, ""));

        app.set_today(today() + Days::new(1));
        assert_eq!(wrong(&as_holder(&app, "declineCircuitRide")), refused_now, "it is interviewed on this day");
        let seen = seen(&app, "embassy-us", &theirs).remove(0);
        let outcome = |outcome: &str| {
            let on = format!("outcome: {outcome}, on: \"{}\"", in_days(1));
            assert_eq!(decide(&app, "embassy-us", &theirs, &seen, &on)["userErrors"], json!([]));
        };
        outcome("INTERVIEWED");
        assert_eq!(wrong(&as_holder(&app, "declineCircuitRide")), refused_now);
        outcome("ACCEPTED");
        let withdraw = format!("circuitRideId: {}, individualId: {}", own["id"], person["id"]);
        let withdraw = change(&app, "withdrawNomination", &withdraw);
        assert_eq!(refused(&withdraw), ("individualId".to_owned(), "WRONG_STATUS".to_owned()));
        ride(&step(&app, "embassy-us", "closeCircuitRide", &foreign));
        ride(&as_holder(&app, "reopenCircuitRide"));
        assert_eq!(nominations(&app, &person)[0]["outcome"], "ACCEPTED", "what was held stays");
        app.set_today(today() + Days::new(11));
        assert_eq!(wrong(&as_holder(&app, "reopenCircuitRide")), refused_now, "its last day has passed");
        coverage_is_kept(&app.database);
    });
}

/// If the row shows dates by the year, an interview is not shown: its day and hour would be.
#[test]
fn an_interview_shows_where_days_do() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 60);
        run(&app, "UPDATE agreements SET status = 'SUSPENDED'");
        let terms = |level: &str| {
            format!(
                "purpose: RESETTLEMENT, level: {level}, categories: [SOLUTIONS], scope: {{ circuitRides: [\"USA\"] }}"
            )
        };
        sign_agreement(&app, "embassy-us", &terms("PSEUDONYMISED"));
        let asked = ride(&request(&app, "embassy-us", ""));
        let own = newest(&app, "unhcr");
        let person = submitted(&app, "RIDE-1", 1, ("USA", "embassy-us")).remove(0);
        done(&nominate(&app, &own, &person));
        done(&schedule(&app, &own, &person, &format!("startsAt: \"{}T08:00:00Z\"", today())));
        let shown = |app: &TestApp| {
            let query = format!(
                "{{ individuals(first: 9, filter: {{ circuitRide: {{ eq: {} }} }}) {{ nodes {{ id {NOMINATIONS} }} }} }}",
                asked["id"]
            );
            app.data("embassy-us", &query)["individuals"]["nodes"][0].clone()
        };
        let by_year = shown(&app);
        assert_eq!(by_year["nominations"][0]["interview"], json!(null));
        assert_eq!(by_year["nominations"][0]["nominatedOn"], "2026-01-01");
        let outcome = format!("outcome: ACCEPTED, on: \"{}\"", today());
        let hidden = decide(&app, "embassy-us", &asked, &by_year, &outcome);
        assert_eq!(refused(&hidden), ("individualId".to_owned(), "NOT_FOUND".to_owned()), "nothing is decided of it");
        sign_agreement(&app, "embassy-us", &terms("IDENTIFIED"));
        let by_day = shown(&app);
        assert_eq!(by_day["nominations"][0]["interview"]["startsAt"], format!("{}T08:00:00Z", today()));
        assert_eq!(by_day["nominations"][0]["nominatedOn"], today().to_string());
        done(&decide(&app, "embassy-us", &asked, &by_day, &outcome));
    });
}

/// What cannot be asked for, nominated or scheduled is refused with the field, and changes nothing.
#[test]
fn what_makes_no_sense_is_refused() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 60);
        for (more, field, code) in [
            ("opensOn: \"2026-01-14\"", "opensOn", "INVALID"),
            ("opensOn: \"2029-01-14\"", "opensOn", "INVALID"),
            ("closesOn: \"2026-01-14\"", "closesOn", "INVALID"),
            ("closesOn: \"2026-12-14\"", "closesOn", "INVALID"),
            ("capacity: 0", "capacity", "INVALID"),
            ("interviewers: 51", "interviewers", "INVALID"),
            ("cityCodes: []", "cityCodes", "INVALID"),
            ("cityCodes: [\"3501000\", \"3501000\"]", "cityCodes", "INVALID"),
            ("cityCodes: [\"3501000\", \"nowhere\"]", "cityCodes.1", "INVALID"),
            ("holderCode: \"embassy-us\"", "holderCode", "INVALID"),
            ("holderCode: \"nobody\"", "holderCode", "NOT_FOUND"),
        ] {
            assert_eq!(wrong(&request(&app, "embassy-us", more)), (field, code), "{more}");
        }
        assert_eq!(wrong(&request(&app, "undp", "")), ("", "NOT_ALLOWED"), "it has no country");
        let theirs = ride(&request(&app, "embassy-us", ""));
        let own = newest(&app, "unhcr");
        let foreign = format!("circuitRideId: {}", own["id"]);
        assert_eq!(wrong(&step(&app, "unhcr", "closeCircuitRide", &foreign)), ("circuitRideId", "NOT_ALLOWED"));
        let foreign = format!("circuitRideId: {}", theirs["id"]);
        assert_eq!(wrong(&step(&app, "embassy-us", "declineCircuitRide", &foreign)), ("circuitRideId", "NOT_ALLOWED"));

        let is = |payload: &Value, field: &str, code: &str| {
            assert_eq!(refused(payload), (field.to_owned(), code.to_owned()), "{payload}");
        };
        let blank = done(&register(&app, "TJK-NEW-1", "", ""));
        is(&nominate(&app, &own, &blank), "individualId", "WRONG_STATUS");
        let elsewhere = submitted(&app, "TO-CANADA", 1, ("CAN", "embassy-us"));
        is(&nominate(&app, &own, &elsewhere[0]), "individualId", "WRONG_STATUS");
        let family = submitted(&app, "RIDE-1", 3, ("USA", "embassy-us"));
        consent(&app, &family[2], "embassy-us", false);
        is(&nominate(&app, &own, &family[0]), "individualId", "WRONG_STATUS");
        assert_eq!(nominations(&app, &family[0]), json!([]), "nobody of the case is nominated");
        consent(&app, &family[2], "embassy-us", true);
        done(&nominate(&app, &own, &family[0]));
        let many = submitted(&app, "RIDE-2", 4, ("USA", "embassy-us"));
        is(&nominate(&app, &own, &many[0]), "circuitRideId", "TAKEN");
        let two = submitted(&app, "RIDE-3", 2, ("USA", "embassy-us"));
        is(&schedule(&app, &own, &two[0], ""), "individualId", "NOT_FOUND");
        done(&nominate(&app, &own, &two[0]));
        let withdraw = format!("circuitRideId: {}, individualId: {}", own["id"], many[0]["id"]);
        is(&change(&app, "withdrawNomination", &withdraw), "individualId", "NOT_FOUND");

        let at = |day: u64, time: &str| format!("startsAt: \"{}T{time}:00Z\"", in_days(day));
        for (more, field) in [
            (at(11, "08:00"), "startsAt"),
            (at(10, "23:30"), "startsAt"),
            (format!("startsAt: \"{}T23:59:60Z\"", in_days(1)), "startsAt"),
            (format!("startsAt: \"{}T08:00:00.0000005Z\"", in_days(1)), "startsAt"),
            ("minutes: 14".to_owned(), "minutes"),
            ("minutes: 481".to_owned(), "minutes"),
            ("interviewer: 3".to_owned(), "interviewer"),
            ("interviewer: 0".to_owned(), "interviewer"),
            ("room: \"\"".to_owned(), "room"),
            ("cityCode: \"3509058\"".to_owned(), "cityCode"),
        ] {
            is(&schedule(&app, &own, &family[0], &more), field, "INVALID");
        }
        done(&schedule(&app, &own, &family[0], "interpreterLanguage: \"prs\""));
        for (more, clashes) in [
            ("room: \"B\"".to_owned(), true),
            ("interviewer: 2, room: \"a\"".to_owned(), true),
            ("interviewer: 2, room: \"B\", interpreterLanguage: \"prs\"".to_owned(), true),
            (format!("{}, room: \"B\"", at(1, "08:59")), true),
            (format!("{}, room: \"B\"", at(1, "07:01")), true),
            (format!("interviewer: 2, room: \"A\", cityCode: \"3505401\" {}", at(1, "08:00")), false),
            (at(1, "09:00"), false),
            (at(1, "07:00"), false),
        ] {
            let scheduled = schedule(&app, &own, &two[0], &more);
            match clashes {
                true => is(&scheduled, "startsAt", "TAKEN"),
                false => assert_eq!(scheduled["userErrors"], json!([]), "{more}: {scheduled}"),
            }
        }
        let interview = nominations(&app, &two[1])[0]["interview"].clone();
        assert_eq!(interview["startsAt"], format!("{}T07:00:00Z", in_days(1)), "the case goes together, and moves");
        let unknown = schedule_raw(&app, &own, &two[0], "interpreterLanguage: \"dari\"");
        assert_eq!(unknown["errors"][0]["extensions"]["code"], "BAD_INPUT", "{unknown}");
        let second = ride(&request(&app, "embassy-us", ""));
        is(&nominate(&app, &newest(&app, "unhcr"), &two[0]), "individualId", "TAKEN");
        ride(&step(&app, "embassy-us", "closeCircuitRide", &format!("circuitRideId: {}", second["id"])));
        ride(&step(&app, "embassy-us", "closeCircuitRide", &format!("circuitRideId: {}", theirs["id"])));
        is(&nominate(&app, &own, &many[0]), "circuitRideId", "WRONG_STATUS");
        is(&schedule(&app, &own, &two[0], &at(1, "10:00")), "circuitRideId", "WRONG_STATUS");
        let again = step(&app, "embassy-us", "closeCircuitRide", &format!("circuitRideId: {}", theirs["id"]));
        assert_eq!(wrong(&again), ("circuitRideId", "WRONG_STATUS"));
        coverage_is_kept(&app.database);
    });
}

/// Whoever dies or withdraws leaves the place on the ride, and the officer's hour, to others.
#[test]
fn whoever_leaves_the_way_leaves_its_place() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 40);
        ride(&request(&app, "embassy-us", "capacity: 2"));
        let own = newest(&app, "unhcr");
        let people = ["RIDE-1", "RIDE-2", "RIDE-3", "RIDE-4"];
        let people = people.map(|case| submitted(&app, case, 1, ("USA", "embassy-us")).remove(0));
        for (nth, person) in people[..2].iter().enumerate() {
            done(&nominate(&app, &own, person));
            done(&schedule(&app, &own, person, &format!("interviewer: {}, room: \"{nth}\"", nth + 1)));
        }
        assert_eq!(refused(&nominate(&app, &own, &people[2])).0, "circuitRideId");
        let close = format!("individualId: {}, closedAs: DECEASED, closedOn: \"{}\"", people[0]["id"], today());
        done(&change(&app, "closeIndividual", &close));
        let solution = first(&of_person(&app, &people[1]));
        let withdraw = format!("solutionId: {}, stage: WITHDRAWN, on: \"{}\"", solution["id"], today());
        done(&change(&app, "moveSolution", &withdraw));
        for person in &people[..2] {
            let left = nominations(&app, person);
            assert_eq!((&left[0]["withdrawnOn"], &left[0]["interview"]), (&json!(today().to_string()), &json!(null)));
        }
        assert_eq!(seen(&app, "unhcr", &own), [] as [Value; 0]);
        for (nth, person) in people[2..].iter().enumerate() {
            done(&nominate(&app, &own, person));
            done(&schedule(&app, &own, person, &format!("interviewer: {}, room: \"{nth}\"", nth + 1)));
        }
        coverage_is_kept(&app.database);
    });
}

/// An hour is taken by those who can be interviewed then: not by whoever is rejected, has withdrawn consent, or was to be interviewed on a
/// ride that is over.
#[test]
fn an_hour_is_taken_by_whoever_can_be_interviewed() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 40);
        ride(&request(&app, "embassy-us", ""));
        let first_ride = newest(&app, "embassy-us");
        let own = newest(&app, "unhcr");
        let people = ["RIDE-1", "RIDE-2"].map(|case| submitted(&app, case, 1, ("USA", "embassy-us")).remove(0));
        people.iter().for_each(|person| drop(done(&nominate(&app, &own, person))));
        done(&schedule(&app, &own, &people[0], ""));
        let solution = first(&of_person(&app, &people[0]));
        let reject = format!("solutionId: {}, stage: REJECTED, on: \"{}\"", solution["id"], today());
        done(&change(&app, "moveSolution", &reject));
        assert_eq!(nominations(&app, &people[0])[0]["withdrawnOn"], json!(today().to_string()));
        consent(&app, &people[1], "embassy-us", false);
        assert_eq!(
            refused(&schedule(&app, &own, &people[1], "")),
            ("individualId".to_owned(), "WRONG_STATUS".to_owned())
        );
        consent(&app, &people[1], "embassy-us", true);
        done(&schedule(&app, &own, &people[1], ""));
        ride(&step(&app, "embassy-us", "closeCircuitRide", &format!("circuitRideId: {}", first_ride["id"])));
        ride(&request(&app, "embassy-us", ""));
        let next = newest(&app, "unhcr");
        done(&nominate(&app, &next, &people[1]));
        done(&schedule(&app, &next, &people[1], ""));
        coverage_is_kept(&app.database);
    });
}

/// Two records of one person that await interviews on two rides to one country are merged once one nomination is withdrawn.
#[test]
fn a_merge_books_nobody_twice() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 40);
        let [one, other] = ["RIDE-1", "RIDE-2"].map(|case| submitted(&app, case, 1, ("USA", "embassy-us")).remove(0));
        let mut rides = Vec::new();
        for person in [&one, &other] {
            ride(&request(&app, "embassy-us", ""));
            rides.push(newest(&app, "unhcr"));
            done(&nominate(&app, &rides[rides.len() - 1], person));
        }
        let merge =
            || change(&app, "mergeIndividuals", &format!("individualId: {}, duplicateId: {}", one["id"], other["id"]));
        assert_eq!(refused(&merge()), ("duplicateId".to_owned(), "WRONG_STATUS".to_owned()));
        let withdraw = format!("circuitRideId: {}, individualId: {}", rides[1]["id"], other["id"]);
        done(&change(&app, "withdrawNomination", &withdraw));
        done(&merge());
        coverage_is_kept(&app.database);
    });
}

/// Of two records that were interviewed on one ride, the outcome stays that has come further, whichever record is kept.
#[test]
fn a_merge_keeps_the_outcome_that_has_come_further() {
    each_engine(|engine| {
        for (kept, duplicate) in [(0, 1), (1, 0)] {
            let mut app = TestApp::demo(engine, 40);
            let asked = ride(&request(&app, "embassy-us", ""));
            let own = newest(&app, "unhcr");
            let people = ["RIDE-1", "RIDE-2"].map(|case| submitted(&app, case, 1, ("USA", "embassy-us")).remove(0));
            for (nth, person) in people.iter().enumerate() {
                done(&nominate(&app, &own, person));
                done(&schedule(&app, &own, person, &format!("interviewer: {}, room: \"{nth}\"", nth + 1)));
            }
            app.set_today(today() + Days::new(2));
            let on = format!("on: \"{}\"", in_days(2));
            let theirs = seen(&app, "embassy-us", &asked);
            done(&decide(&app, "embassy-us", &asked, &theirs[0], &format!("outcome: INTERVIEWED, {on}")));
            done(&decide(&app, "embassy-us", &asked, &theirs[1], &format!("outcome: ACCEPTED, {on}")));
            let input = format!("individualId: {}, duplicateId: {}", people[kept]["id"], people[duplicate]["id"]);
            // Whom the embassy accepted, and rejected, it decides of once.
            done(&decide(&app, "embassy-us", &asked, &theirs[0], &format!("outcome: REJECTED, {on}")));
            let contradicts = ("duplicateId".to_owned(), "WRONG_STATUS".to_owned());
            assert_eq!(refused(&change(&app, "mergeIndividuals", &input)), contradicts);
            let rejected = first(&of_person(&app, &people[0]));
            let correct = format!("solutionId: {}, stage: INTERVIEWED, {on}", rejected["id"]);
            done(&change(&app, "correctSolution", &correct));
            let merged = done(&change(&app, "mergeIndividuals", &input));
            assert_eq!(first(&merged)["stage"], "ACCEPTED");
            let outcomes: Vec<Value> = nominations(&app, &people[kept])
                .as_array()
                .unwrap()
                .iter()
                .map(|nomination| nomination["outcome"].clone())
                .collect();
            assert_eq!(outcomes, ["ACCEPTED"], "{kept} is kept");
            coverage_is_kept(&app.database);
        }
    });
}

/// Whoever moves to another case gets an interview of its own; the officer stays with the members who keep the old one. Nobody has two
/// interviews at once, on whatever rides.
#[test]
fn an_officer_stays_with_those_who_keep_their_interview() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 40);
        ride(&request(&app, "embassy-us", ""));
        let own = newest(&app, "unhcr");
        let family = submitted(&app, "RIDE-1", 2, ("USA", "embassy-us"));
        done(&nominate(&app, &own, &family[0]));
        done(&schedule(&app, &own, &family[0], ""));
        done(&change(&app, "moveIndividual", &format!("individualId: {}, caseNumber: \"RIDE-2\"", family[1]["id"])));
        let taken = ("startsAt".to_owned(), "TAKEN".to_owned());
        assert_eq!(refused(&schedule(&app, &own, &family[1], "")), taken, "the other one keeps it");
        done(&schedule(&app, &own, &family[1], "interviewer: 2, room: \"B\""));
        done(&schedule(&app, &own, &family[0], ""));

        ride(&request(&app, "embassy-ca", ""));
        let canadian = newest(&app, "unhcr");
        let head = &family[0]["id"];
        let details = "details: { destination: \"CAN\", submissionCategory: LPN }";
        let input = format!("individualId: {head}, kind: RESETTLEMENT, on: \"2026-01-12\", {details}");
        let identified = done(&change(&app, "identifySolution", &input))["solutions"].clone();
        let solution = identified.as_array().unwrap().iter().find(|of| of["destination"] == "CAN").unwrap().clone();
        let input = format!("solutionId: {}, stage: SUBMITTED, on: \"2026-01-13\"", solution["id"]);
        done(&change(&app, "moveSolution", &input));
        consent(&app, &family[0], "embassy-ca", true);
        done(&nominate(&app, &canadian, &family[0]));
        assert_eq!(refused(&schedule(&app, &canadian, &family[0], "room: \"C\"")), taken, "she is at the other one");
        let later = format!("startsAt: \"{}T09:00:00Z\"", in_days(1));
        done(&schedule(&app, &canadian, &family[0], &later));
    });
}

/// Somebody whose interview with the American embassy was yesterday, as both parties know it.
struct Interviewed {
    app: TestApp,
    asked: Value,
    person: Value,
    theirs: Value,
}

impl Interviewed {
    fn new(engine: Engine) -> Self {
        let mut app = TestApp::demo(engine, 40);
        let asked = ride(&request(&app, "embassy-us", ""));
        let own = newest(&app, "unhcr");
        let person = submitted(&app, "RIDE-1", 1, ("USA", "embassy-us")).remove(0);
        done(&nominate(&app, &own, &person));
        done(&schedule(&app, &own, &person, ""));
        app.set_today(today() + Days::new(2));
        let theirs = seen(&app, "embassy-us", &asked)[0].clone();
        Self { app, asked, person, theirs }
    }

    /// What the embassy records of it, today.
    fn outcome(&self, outcome: &str) -> Value {
        let said = format!("outcome: {outcome}, on: \"{}\"", in_days(2));
        decide(&self.app, "embassy-us", &self.asked, &self.theirs, &said)
    }

    /// How far the holder says that the solution has come.
    fn correct(&self, stage: &str, on: &str) -> Value {
        let solution = first(&of_person(&self.app, &self.person));
        let input = format!("solutionId: {}, stage: {stage}, on: \"{on}\"", solution["id"]);
        change(&self.app, "correctSolution", &input)
    }

    /// The person's first nomination, as the holder sees it.
    fn nomination(&self) -> Value {
        nominations(&self.app, &self.person)[0].clone()
    }
}

/// A stage that is corrected takes the outcome back that gave it, so that the embassy can decide again; whoever is not submitted after all is
/// nominated no more.
#[test]
fn a_corrected_solution_is_decided_anew() {
    each_engine(|engine| {
        let at = Interviewed::new(engine);
        done(&at.outcome("REJECTED"));
        done(&at.correct("SUBMITTED", "2026-01-12"));
        assert_eq!(at.nomination()["outcome"], json!(null));
        assert!(at.nomination()["interview"].is_object(), "it took place");
        done(&at.outcome("ACCEPTED"));
        assert_eq!(first(&of_person(&at.app, &at.person))["stage"], "ACCEPTED");
        // The interview was held, whatever was decided, and nothing is decided before it.
        let early = ("on".to_owned(), "INVALID".to_owned());
        assert_eq!(refused(&at.correct("ACCEPTED", &in_days(0))), early, "the interview was later");
        done(&at.correct("INTERVIEWED", &in_days(1)));
        let nomination = at.nomination();
        assert_eq!((&nomination["outcome"], &nomination["outcomeOn"]), (&json!("INTERVIEWED"), &json!(in_days(1))));
        assert_eq!(refused(&at.outcome("NOT_HELD")).1, "WRONG_STATUS");
        let withdraw = format!("circuitRideId: {}, individualId: {}", newest(&at.app, "unhcr")["id"], at.person["id"]);
        done(&change(&at.app, "withdrawNomination", &withdraw));
        done(&nominate(&at.app, &newest(&at.app, "unhcr"), &at.person));
        let again = nominations(&at.app, &at.person);
        assert_eq!(again.as_array().unwrap().len(), 1, "it was interviewed: {again}");
        assert_eq!((&again[0]["outcome"], &again[0]["withdrawnOn"]), (&json!("INTERVIEWED"), &Value::Null));
        done(&at.outcome("ACCEPTED"));
        done(&at.correct("IDENTIFIED", "2026-01-10"));
        assert_eq!(at.nomination()["withdrawnOn"], in_days(2));
        assert_eq!(seen(&at.app, "embassy-us", &at.asked), [] as [Value; 0]);
        coverage_is_kept(&at.app.database);
    });
}

/// On a ride that is closed, too, a wrong outcome is taken back and recorded anew; and what was withdrawn by closing a record by mistake is
/// as far again as the embassy had decided.
#[test]
fn an_outcome_outlasts_mistakes() {
    each_engine(|engine| {
        let at = Interviewed::new(engine);
        let (app, person) = (&at.app, &at.person);
        done(&at.outcome("INTERVIEWED"));
        let days = format!("opensOn: \"{}\", closesOn: \"{}\"", in_days(2), in_days(9));
        ride(&request(app, "embassy-us", &days));
        let next = newest(app, "unhcr");
        done(&nominate(app, &next, person));
        let apart = ("solutionId".to_owned(), "WRONG_STATUS".to_owned());
        assert_eq!(refused(&at.correct("SUBMITTED", "2026-01-12")), apart, "it would await two interviews");
        assert_eq!(at.nomination()["outcome"], "INTERVIEWED", "nothing is half done");
        let later = format!("circuitRideId: {}, individualId: {}", next["id"], person["id"]);
        done(&change(app, "withdrawNomination", &later));

        done(&at.outcome("REJECTED"));
        ride(&step(app, "embassy-us", "closeCircuitRide", &format!("circuitRideId: {}", at.asked["id"])));
        done(&at.correct("SUBMITTED", "2026-01-12"));
        assert_eq!(at.nomination()["outcome"], Value::Null);
        assert_eq!(at.nomination()["withdrawnOn"], Value::Null, "it took place");
        done(&at.outcome("ACCEPTED"));

        let died = format!("individualId: {}, closedAs: DECEASED, closedOn: \"{}\"", person["id"], in_days(2));
        done(&change(app, "closeIndividual", &died));
        let back = done(&change(app, "reopenIndividual", &format!("individualId: {}", person["id"])));
        assert_eq!(first(&back)["stage"], "WITHDRAWN");
        assert_eq!(first(&done(&at.correct("ACCEPTED", &in_days(2))))["stage"], "ACCEPTED");
        assert_eq!(at.nomination()["outcome"], "ACCEPTED");
        coverage_is_kept(&app.database);
    });
}

/// Whoever the holder records as accepted or departed is nominated no more, and leaves the place to others.
#[test]
fn whoever_needs_no_interview_leaves_the_place() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 40);
        ride(&request(&app, "embassy-us", "capacity: 1"));
        let own = newest(&app, "unhcr");
        let people =
            ["RIDE-1", "RIDE-2", "RIDE-3"].map(|case| submitted(&app, case, 1, ("USA", "embassy-us")).remove(0));
        let full = ("circuitRideId".to_owned(), "TAKEN".to_owned());
        for (nth, stages) in [["ACCEPTED"].as_slice(), &["ACCEPTED", "DEPARTED"]].into_iter().enumerate() {
            let solution = first(&of_person(&app, &people[nth]));
            let move_to = |stage: &str| {
                let input = format!("solutionId: {}, stage: {stage}, on: \"{}\"", solution["id"], today());
                done(&change(&app, "moveSolution", &input))
            };
            done(&nominate(&app, &own, &people[nth]));
            done(&schedule(&app, &own, &people[nth], ""));
            assert_eq!(refused(&nominate(&app, &own, &people[nth + 1])), full);
            stages.iter().for_each(|stage| drop(move_to(stage)));
            let nomination = nominations(&app, &people[nth])[0].clone();
            assert_eq!(nomination["withdrawnOn"], json!(today().to_string()));
            assert_eq!(nomination["interview"], Value::Null);
            assert_eq!(refused(&schedule(&app, &own, &people[nth], "")).1, "NOT_FOUND");
        }
        done(&nominate(&app, &own, &people[2]));
        coverage_is_kept(&app.database);
    });
}

/// The embassy decides of those whom it sees, on rides of its own, and learns nothing of others.
#[test]
fn an_embassy_decides_of_those_whom_it_sees() {
    each_engine(|engine| {
        let mut app = TestApp::demo(engine, 600);
        let asked = ride(&request(&app, "embassy-us", ""));
        let own = newest(&app, "unhcr");
        let family = submitted(&app, "RIDE-1", 2, ("USA", "embassy-us"));
        done(&nominate(&app, &own, &family[0]));
        done(&schedule(&app, &own, &family[0], ""));
        let ids: Vec<Value> = seen(&app, "embassy-us", &asked);
        app.set_today(today() + Days::new(2));
        consent(&app, &family[1], "embassy-us", false);
        assert_eq!(seen(&app, "embassy-us", &asked).len(), 1, "whoever takes consent back is not seen");
        let outcome = format!("outcome: ACCEPTED, on: \"{}\"", in_days(2));
        let hidden = decide(&app, "embassy-us", &asked, &ids[1], &outcome);
        assert_eq!(refused(&hidden), ("individualId".to_owned(), "NOT_FOUND".to_owned()));
        done(&decide(&app, "embassy-us", &asked, &ids[0], &outcome));
        let stages: Vec<Value> = family.iter().map(|person| first(&of_person(&app, person))["stage"].clone()).collect();
        assert_eq!(stages, ["ACCEPTED", "SUBMITTED"], "nothing becomes of whom it does not see");
        // The demo's ride is the same embassy's: its people are not interviewed on the other one.
        let rides = app.data("embassy-us", "{ circuitRides(first: 2) { nodes { id } } }");
        let people = seen(&app, "embassy-us", &rides["circuitRides"]["nodes"][1]);
        let elsewhere: Vec<&Value> =
            people.iter().filter(|person| person["nominations"][0]["interview"].is_object()).collect();
        assert!(!elsewhere.is_empty());
        for person in elsewhere {
            let refused = refused(&decide(&app, "embassy-us", &asked, person, &outcome));
            assert_eq!(refused, ("individualId".to_owned(), "NOT_FOUND".to_owned()));
        }
        coverage_is_kept(&app.database);
    });
}

/// Of a hundred pairs of clients that want one officer at once exactly one gets it.
#[test]
fn of_two_who_want_one_officer_one_gets_it() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 20);
        ride(&request(&app, "embassy-us", ""));
        let own = newest(&app, "unhcr");
        let people = ["RIDE-1", "RIDE-2"].map(|case| submitted(&app, case, 1, ("USA", "embassy-us")).remove(0));
        people.iter().for_each(|person| drop(done(&nominate(&app, &own, person))));
        for nth in 0..100 {
            let at = format!(
                "startsAt: \"{}T{:02}:{:02}:00Z\" minutes: 15",
                in_days(1 + nth / 50),
                nth % 50 / 3,
                nth % 3 * 20
            );
            one_of_two(|of| schedule(&app, &own, &people[of], &at));
        }
        println!("{engine:?}: of 100 pairs one got the officer each time");
    });
}

/// A room is one in its city for all circuit rides; whoever was interviewed keeps the place; a merge keeps the decision.
#[test]
fn rooms_places_and_decisions_are_kept() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 20);
        ride(&request(&app, "embassy-ca", ""));
        let canadas = newest(&app, "unhcr");
        ride(&request(&app, "embassy-us", "capacity: 2"));
        let own = newest(&app, "unhcr");
        assert_ne!(canadas["id"], own["id"]);
        let to_canada = submitted(&app, "RIDE-C", 1, ("CAN", "embassy-ca")).remove(0);
        done(&nominate(&app, &canadas, &to_canada));
        let at = format!("startsAt: \"{}T00:00:00Z\", minutes: 15", in_days(0));
        done(&schedule(&app, &canadas, &to_canada, &at));
        let [one, other, third] =
            ["RIDE-1", "RIDE-2", "RIDE-3"].map(|case| submitted(&app, case, 1, ("USA", "embassy-us")).remove(0));
        done(&nominate(&app, &own, &one));
        done(&nominate(&app, &own, &other));
        assert_eq!(refused(&schedule(&app, &own, &other, &at)), ("startsAt".to_owned(), "TAKEN".to_owned()));
        done(&schedule(&app, &own, &other, &format!("{at}, room: \"B\"")));
        let theirs = seen(&app, "embassy-us", &newest(&app, "embassy-us"));
        let theirs =
            theirs.iter().find(|person| person["registrationNumber"] == "RIDE-2-0").expect("it is seen").clone();
        done(&decide(
            &app,
            "embassy-us",
            &newest(&app, "embassy-us"),
            &theirs,
            &format!("outcome: INTERVIEWED, on: \"{}\"", in_days(0)),
        ));

        let merge = format!("individualId: {}, duplicateId: {}", one["id"], other["id"]);
        done(&change(&app, "mergeIndividuals", &merge));
        let kept = nominations(&app, &one);
        assert_eq!(kept.as_array().unwrap().len(), 1, "{kept}");
        assert_eq!(
            (&kept[0]["outcome"], &kept[0]["interview"]["room"]),
            (&json!("INTERVIEWED"), &json!("B")),
            "{kept}"
        );

        let fourth = submitted(&app, "RIDE-4", 1, ("USA", "embassy-us")).remove(0);
        done(&nominate(&app, &own, &third));
        let withdraw = format!("circuitRideId: {}, individualId: {}", own["id"], one["id"]);
        done(&change(&app, "withdrawNomination", &withdraw));
        assert_eq!(refused(&nominate(&app, &own, &fourth)), ("circuitRideId".to_owned(), "TAKEN".to_owned()));
    });
}

/// Of a hundred pairs of clients that want the last place at once exactly one gets it.
#[test]
fn of_two_who_want_the_last_place_one_gets_it() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 20);
        ride(&request(&app, "embassy-us", "capacity: 1"));
        let own = newest(&app, "unhcr");
        let people = ["RIDE-1", "RIDE-2"].map(|case| submitted(&app, case, 1, ("USA", "embassy-us")).remove(0));
        for _ in 0..100 {
            let (of, _, _) = one_of_two(|of| nominate(&app, &own, &people[of]));
            let input = format!("circuitRideId: {}, individualId: {}", own["id"], people[of]["id"]);
            done(&change(&app, "withdrawNomination", &input));
        }
        println!("{engine:?}: of 100 pairs one got the place each time");
    });
}

/// A file of agreements may name circuit rides; one that has no such column says nothing of them.
#[test]
fn an_imported_scope_names_circuit_rides() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 20);
        let header = template(Kind::Agreements).unwrap().lines().next().unwrap();
        let terms = "DSA-R,unhcr,embassy-ca,RESETTLEMENT,IDENTIFIED,IDENTITY;SOLUTIONS,,,,,,,no,5,2025-01-01,2027-01-01,IN_FORCE,,";
        let scope = || {
            let query = "{ agreements(first: 9, filter: { reference: { eq: \"DSA-R\" } }) { nodes { scope { circuitRides } } } }";
            app.data("unhcr", query)["agreements"]["nodes"][0]["scope"]["circuitRides"].clone()
        };
        let with = |rides: &str| format!("{header},circuit_rides\n{terms},{rides}\n");
        load(&app.database, Kind::Agreements, "a.csv", with("CAN;USA")).unwrap();
        assert_eq!(scope(), json!(["CAN", "USA"]));
        load(&app.database, Kind::Agreements, "a.csv", format!("{header}\n{terms}\n")).unwrap();
        assert_eq!(scope(), json!(["CAN", "USA"]));
        for (rides, why) in [("CAN", "a new version needs a new reference"), ("Canada", "circuit_rides")] {
            let refused = load(&app.database, Kind::Agreements, "a.csv", with(rides)).unwrap_err().to_string();
            assert!(refused.contains(why), "{refused}");
        }
    });
}
