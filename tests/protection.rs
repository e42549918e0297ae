//! Protection: incidents with all whom they affected, what was told of them, patterns, and emergencies that are followed up.

use crate::caseload_changes::{coverage_is_kept, done, refused, register};
use crate::handovers::sign_agreement;
use crate::harness::races::one_of_two;
use crate::harness::{TestApp, each_engine};
use serde_json::{Value, json};

const INCIDENTS: &str = "incidents { id kind actor occurredOn place { code } verification pattern { name } affected { id } \
     emergency { id status openedOn closedOn outcome known { question answer knownOn } unknown \
     steps { id action dueOn doneOn } overdue } }";

pub fn change(app: &TestApp, mutation: &str, input: &str) -> Value {
    let document = format!(
        "mutation {{ {mutation}(input: {{ {input} }}) {{ individual {{ id {INCIDENTS} }} userErrors {{ field code message }} }} }}"
    );
    app.data("unhcr", &document)[mutation].clone()
}

pub fn record(app: &TestApp, people: &[&Value], more: &str) -> Value {
    let ids: Vec<String> = people.iter().map(|person| person["id"].to_string()).collect();
    change(app, "recordIncident", &format!("individualIds: [{}], {more}", ids.join(", ")))
}

/// The first incident of a person.
pub fn incident(person: &Value) -> Value {
    person["incidents"][0].clone()
}

fn accounts(app: &TestApp, agency: &str, purpose: Option<&str>, person: &Value) -> Value {
    let query =
        format!("{{ incidentAccounts(individualId: {}) {{ incident {{ kind }} account recordedOn }} }}", person["id"]);
    app.ask_for(agency, purpose, &query, json!({}))["data"]["incidentAccounts"].clone()
}

fn pattern(app: &TestApp, more: &str) -> Value {
    let document = format!(
        "mutation {{ recordIncidentPattern(input: {{ {more} }}) {{ pattern {{ id name events people firstOn lastOn }} userErrors {{ field code }} }} }}"
    );
    app.data("unhcr", &document)["recordIncidentPattern"].clone()
}

/// How many people an agency finds with an emergency that stands so.
fn found(app: &TestApp, agency: &str, purpose: Option<&str>, status: &str) -> Value {
    let query = format!(
        "{{ individuals(first: 1, filter: {{ emergency: {{ eq: {status} }}, registrationNumber: {{ startsWith: \"NEW\" }} }}) {{ totalCount }} }}"
    );
    app.ask_for(agency, purpose, &query, json!({}))["data"]["individuals"]["totalCount"].clone()
}

fn two(app: &TestApp) -> [Value; 2] {
    ["NEW-1", "NEW-2"].map(|number| done(&register(app, number, "", "")))
}

pub const DEPORTED: &str =
    "kind: ARBITRARY_DEPORTATION, actor: STATE_MIGRATION_SERVICE, occurredOn: \"2026-01-13\", placeCode: \"3501000\"";

/// An event is recorded with each whom it affected, and checked and grouped for all of them.
#[test]
fn what_happened_is_recorded_with_all_whom_it_affected() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 20);
        let [one, other] = two(&app);
        let told = "account: \"They came at night.\\nThey took the papers.\", idempotencyKey: \"once\"";
        let recorded = done(&record(&app, &[&one, &other], &format!("{DEPORTED}, {told}")));
        assert_eq!(recorded["id"], one["id"]);
        let again = done(&record(&app, &[&one, &other], &format!("{DEPORTED}, {told}")));
        assert_eq!(again["incidents"].as_array().unwrap().len(), 1, "a repeated request records once");
        let suffered = incident(&recorded);
        assert_eq!(suffered["kind"], "ARBITRARY_DEPORTATION");
        assert_eq!(suffered["place"], json!({ "code": "3501000" }));
        assert_eq!(suffered["verification"], "REPORTED");
        let mut affected: Vec<&Value> = suffered["affected"].as_array().unwrap().iter().map(|one| &one["id"]).collect();
        affected.sort_by_key(|id| *id != &one["id"]);
        assert_eq!(affected, [&one["id"], &other["id"]]);
        assert_eq!(suffered["emergency"]["status"], "OPEN", "a deportation opens an emergency");
        for person in [&one, &other] {
            let told = json!([{ "incident": { "kind": "ARBITRARY_DEPORTATION" }, "account": "They came at night.\nThey took the papers.",
                "recordedOn": "2026-01-15" }]);
            assert_eq!(accounts(&app, "unhcr", None, person), told);
        }
        done(&change(&app, "addIncidentAccount", &format!("incidentId: {}, account: \" Later. \"", suffered["id"])));
        assert_eq!(accounts(&app, "unhcr", None, &one).as_array().unwrap().len(), 2);
        assert_eq!(accounts(&app, "unhcr", None, &other).as_array().unwrap().len(), 1, "what one told is that one's");

        let verify = |stage: &str| {
            change(&app, "verifyIncident", &format!("incidentId: {}, verification: {stage}", suffered["id"]))
        };
        assert_eq!(incident(&done(&verify("VERIFIED")))["verification"], "VERIFIED");
        done(&verify("CORROBORATED"));
        assert_eq!(refused(&verify("CORROBORATED")), ("verification".to_owned(), "WRONG_STATUS".to_owned()));
        done(&verify("REPORTED"));
        done(&verify("VERIFIED"));
        let of_other = format!("{{ node(id: {}) {{ ... on Individual {{ {INCIDENTS} }} }} }}", other["id"]);
        assert_eq!(app.data("unhcr", &of_other)["node"]["incidents"][0]["verification"], "VERIFIED");

        let made = pattern(&app, "name: \"Deportations\", kind: ARBITRARY_DEPORTATION, actor: STATE_MIGRATION_SERVICE");
        assert_eq!(made["userErrors"], json!([]));
        let nothing = json!({ "id": made["pattern"]["id"], "name": "Deportations", "events": 0, "people": 0, "firstOn": null,
            "lastOn": null });
        assert_eq!(made["pattern"], nothing);
        let assign = |more: &str| change(&app, "assignIncident", &format!("incidentId: {} {more}", suffered["id"]));
        let to = format!(", patternId: {}", made["pattern"]["id"]);
        assert_eq!(incident(&done(&assign(&to)))["pattern"]["name"], "Deportations");
        assert_eq!(refused(&assign(&to)).1, "WRONG_STATUS");
        let newest = "{ incidentPatterns(first: 1) { totalCount nodes { name events people firstOn lastOn } } }";
        let extent = json!({ "name": "Deportations", "events": 1, "people": 2, "firstOn": "2026-01-13", "lastOn": "2026-01-13" });
        assert_eq!(app.data("unhcr", newest)["incidentPatterns"]["nodes"], json!([extent]));
        assert_eq!(app.data("unhcr", newest)["incidentPatterns"]["totalCount"], 3, "the demo has two");
        assert!(incident(&done(&assign("")))["pattern"].is_null());
        for agency in ["undp", "embassy-us"] {
            let none = json!({ "totalCount": 0, "nodes": [] });
            assert_eq!(app.data(agency, newest)["incidentPatterns"], none, "{agency}");
        }
        coverage_is_kept(&app.database);
    });
}

/// What is unfounded is no emergency any more, and counts in no pattern.
#[test]
fn what_is_unfounded_counts_no_more() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 20);
        let [one, other] = two(&app);
        let suffered = incident(&done(&record(&app, &[&one, &other], DEPORTED)));
        let made = pattern(&app, "name: \"Deportations\"")["pattern"]["id"].clone();
        done(&change(&app, "assignIncident", &format!("incidentId: {}, patternId: {made}", suffered["id"])));
        assert_eq!(found(&app, "unhcr", None, "OPEN"), 2);
        let step = format!("emergencyId: {}, action: TRACING, dueOn: \"2026-01-14\"", suffered["emergency"]["id"]);
        assert_eq!(incident(&done(&change(&app, "planEmergencyStep", &step)))["emergency"]["overdue"], 1);
        let unfounded = format!("incidentId: {}, verification: UNFOUNDED", suffered["id"]);
        let now = incident(&done(&change(&app, "verifyIncident", &unfounded)));
        assert_eq!(
            (&now["emergency"]["status"], &now["emergency"]["outcome"]),
            (&json!("CLOSED"), &json!("UNFOUNDED"))
        );
        assert_eq!(now["emergency"]["overdue"], 0, "nothing is to be done any more");
        assert_eq!((found(&app, "unhcr", None, "OPEN"), found(&app, "unhcr", None, "CLOSED")), (json!(0), json!(2)));
        let newest = "{ incidentPatterns(first: 1) { nodes { events people } } }";
        let nothing = json!([{ "events": 0, "people": 0 }]);
        assert_eq!(app.data("unhcr", newest)["incidentPatterns"]["nodes"], nothing);
        let reopen = || change(&app, "reopenEmergency", &format!("emergencyId: {}", suffered["emergency"]["id"]));
        assert_eq!(refused(&reopen()), ("emergencyId".to_owned(), "WRONG_STATUS".to_owned()), "it is unfounded");

        // That was a mistake: the report is checked from the beginning, and nobody falls out of what is followed up.
        let further = change(&app, "verifyIncident", &unfounded.replace("UNFOUNDED", "VERIFIED"));
        assert_eq!(refused(&further), ("verification".to_owned(), "WRONG_STATUS".to_owned()));
        done(&change(&app, "verifyIncident", &unfounded.replace("UNFOUNDED", "REPORTED")));
        let again = json!([{ "events": 1, "people": 2 }]);
        assert_eq!(app.data("unhcr", newest)["incidentPatterns"]["nodes"], again);
        assert_eq!((found(&app, "unhcr", None, "OPEN"), found(&app, "unhcr", None, "CLOSED")), (json!(2), json!(0)));
        assert_eq!(refused(&reopen()), ("emergencyId".to_owned(), "WRONG_STATUS".to_owned()), "it is open");
    });
}

/// Who did something, when and where is stated once it is known, for all whom it affected; nothing happens to the dead, and nothing that is
/// unfounded is an emergency.
#[test]
fn what_was_not_known_is_stated_later() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 20);
        let [one, other] = two(&app);
        let suffered = incident(&done(&record(&app, &[&one, &other], "kind: DETENTION")));
        let of = format!("incidentId: {}", suffered["id"]);
        let correct = |more: &str| change(&app, "correctIncident", &format!("{of}, {more}"));
        for (more, field, code) in [
            ("occurredOn: \"2026-01-16\"", "occurredOn", "INVALID"),
            ("occurredOn: \"1980-01-01\"", "occurredOn", "INVALID"),
            ("placeCode: \"1\"", "placeCode", "NOT_FOUND"),
        ] {
            assert_eq!(refused(&correct(more)), (field.to_owned(), code.to_owned()), "{more}");
        }
        done(&correct("occurredOn: \"2026-01-10\", placeCode: \"3501000\""));
        done(&correct("actor: POLICE"));
        for person in [&one, &other] {
            let query = format!("{{ node(id: {}) {{ ... on Individual {{ {INCIDENTS} }} }} }}", person["id"]);
            let now = app.data("unhcr", &query)["node"]["incidents"][0].clone();
            assert_eq!(
                (&now["actor"], &now["occurredOn"], &now["place"]["code"]),
                (&json!("POLICE"), &json!("2026-01-10"), &json!("3501000"))
            );
        }
        let both = correct("actor: POLICE, clear: [ACTOR]");
        assert_eq!(refused(&both), ("clear".to_owned(), "INVALID".to_owned()));
        let cleared = incident(&done(&correct("clear: [PLACE, OCCURRED_ON]")));
        assert_eq!(
            (&cleared["actor"], &cleared["occurredOn"], &cleared["place"]),
            (&json!("POLICE"), &Value::Null, &Value::Null)
        );
        let made = pattern(&app, "name: \"Detentions\", actor: POLICE")["pattern"]["id"].clone();
        done(&change(&app, "assignIncident", &format!("{of}, patternId: {made}")));
        for other in ["actor: BORDER_GUARDS", "clear: [ACTOR]"] {
            assert_eq!(refused(&correct(other)), ("actor".to_owned(), "INVALID".to_owned()), "{other}");
        }
        let rename = |more: &str| {
            let document = format!(
                "mutation {{ correctIncidentPattern(input: {{ patternId: {made}, {more} }}) {{ pattern {{ name kind actor }} userErrors {{ field code }} }} }}"
            );
            app.data("unhcr", &document)["correctIncidentPattern"].clone()
        };
        for (more, field, code) in [
            ("actor: BORDER_GUARDS", "patternId", "WRONG_STATUS"),
            ("kind: OTHER", "patternId", "WRONG_STATUS"),
            ("actor: POLICE, clear: [ACTOR]", "clear", "INVALID"),
            ("name: \"\"", "name", "INVALID"),
            ("name: \"Bribes demanded when permits to stay are renewed\"", "name", "TAKEN"),
        ] {
            assert_eq!(rename(more)["userErrors"], json!([{ "field": field, "code": code }]), "{more}");
        }
        let renamed = json!({ "name": "Police detentions", "kind": "DETENTION", "actor": null });
        let more = "name: \" Police detentions \", kind: DETENTION, clear: [ACTOR]";
        assert_eq!(rename(more), json!({ "pattern": renamed, "userErrors": [] }));
        assert_eq!(rename("name: \"Police detentions\"")["userErrors"], json!([]), "it has this name itself");
        done(&correct("actor: BORDER_GUARDS"));
        done(&change(&app, "verifyIncident", &format!("{of}, verification: UNFOUNDED")));
        assert_eq!(refused(&correct("occurredOn: \"2026-01-11\"")).1, "WRONG_STATUS");
        assert_eq!(refused(&change(&app, "openEmergency", &of)), ("incidentId".to_owned(), "WRONG_STATUS".to_owned()));

        let died = format!("individualId: {}, closedAs: DECEASED, closedOn: \"2026-01-12\"", other["id"]);
        done(&change(&app, "closeIndividual", &died));
        let after = record(&app, &[&one, &other], "kind: DETENTION, occurredOn: \"2026-01-13\"");
        assert_eq!(refused(&after), ("occurredOn".to_owned(), "INVALID".to_owned()));
        done(&record(&app, &[&one, &other], "kind: DETENTION, occurredOn: \"2026-01-12\""));
        coverage_is_kept(&app.database);
    });
}

/// Whoever was affected too is added once that is known, with what is known of the incident; whoever was not is taken out.
#[test]
fn who_was_affected_is_known_later() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 20);
        let [one, other] = two(&app);
        let suffered = incident(&done(&record(&app, &[&one], &format!("{DEPORTED}, account: \"Told.\""))));
        let of = format!("incidentId: {}", suffered["id"]);
        done(&change(&app, "verifyIncident", &format!("{of}, verification: VERIFIED")));
        let add = |person: &Value, more: &str| {
            change(&app, "addAffectedIndividuals", &format!("{of}, individualIds: [{}] {more}", person["id"]))
        };
        let young = change(
            &app,
            "registerIndividual",
            "record: { registrationNumber: \"NEW-3\", dateOfBirth: \"2026-01-14\" }",
        );
        let young = done(&young);
        for (person, more, field, code) in [
            (&one, "", "individualIds.0", "TAKEN"),
            (&young, "", "individualIds", "INVALID"),
            (&other, ", emergency: false", "emergency", "INVALID"),
            (&other, ", account: \"\"", "account", "INVALID"),
        ] {
            assert_eq!(refused(&add(person, more)), (field.to_owned(), code.to_owned()), "{more}");
        }
        let now = incident(&done(&add(&other, ", idempotencyKey: \"once\"")));
        done(&add(&other, ", idempotencyKey: \"once\""));
        assert_eq!(now["affected"].as_array().unwrap().len(), 2);
        let of_other = || {
            let query = format!("{{ node(id: {}) {{ ... on Individual {{ {INCIDENTS} }} }} }}", other["id"]);
            app.data("unhcr", &query)["node"]["incidents"].clone()
        };
        let theirs = of_other()[0].clone();
        for field in ["kind", "actor", "occurredOn", "place", "verification"] {
            assert_eq!(theirs[field], now[field], "{field}");
        }
        assert_eq!(
            (&theirs["emergency"]["status"], &theirs["emergency"]["openedOn"]),
            (&json!("OPEN"), &json!("2026-01-15"))
        );
        assert_eq!(accounts(&app, "unhcr", None, &other), json!([]), "what one told is that one's");

        let remove =
            |incident: &Value| change(&app, "removeAffectedIndividual", &format!("incidentId: {}", incident["id"]));
        assert_eq!(done(&remove(&theirs))["incidents"], json!([]));
        assert_eq!((of_other(), found(&app, "unhcr", None, "OPEN")), (json!([]), json!(1)));
        assert_eq!(
            refused(&remove(&suffered)),
            ("incidentId".to_owned(), "WRONG_STATUS".to_owned()),
            "it affected nobody else"
        );
        done(&change(&app, "verifyIncident", &format!("{of}, verification: UNFOUNDED")));
        assert_eq!(refused(&add(&other, "")), ("incidentId".to_owned(), "WRONG_STATUS".to_owned()), "there was none");
        coverage_is_kept(&app.database);
    });
}

/// What both of two merged records suffered together is recorded once, with all that was told, is known, and is to be done.
#[test]
fn merged_records_suffered_an_event_once() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 20);
        let [one, other] = two(&app);
        let suffered = incident(&done(&record(&app, &[&one], &format!("{DEPORTED}, account: \"One told.\""))));
        let add = format!("incidentId: {}, individualIds: [{}], account: \"Other told.\"", suffered["id"], other["id"]);
        done(&change(&app, "addAffectedIndividuals", &add));
        let of = |person: &Value| {
            let query = format!("{{ node(id: {}) {{ ... on Individual {{ {INCIDENTS} }} }} }}", person["id"]);
            app.data("unhcr", &query)["node"]["incidents"].clone()
        };
        let emergency = |person: &Value| of(person)[0]["emergency"]["id"].clone();
        let know = |person: &Value, question: &str, answer: &str, on: &str| {
            let fact = format!("question: {question}, answer: \"{answer}\", knownOn: \"{on}\"");
            done(&change(&app, "recordEmergencyFact", &format!("emergencyId: {}, {fact}", emergency(person))));
        };
        know(&one, "FAMILY", "here", "2026-01-15");
        know(&other, "FAMILY", "there", "2026-01-15");
        know(&other, "CUSTODY", "nobody", "2026-01-15");
        let step = format!("emergencyId: {}, action: TRACING, dueOn: \"2026-01-16\"", emergency(&other));
        done(&change(&app, "planEmergencyStep", &step));
        let closed = format!("emergencyId: {}, outcome: SAFE, closedOn: \"2026-01-15\"", emergency(&one));
        done(&change(&app, "closeEmergency", &closed));
        let merge =
            || change(&app, "mergeIndividuals", &format!("individualId: {}, duplicateId: {}", one["id"], other["id"]));
        let contradicts = |what: &str| {
            let tried = merge();
            assert_eq!(refused(&tried), ("duplicateId".to_owned(), "WRONG_STATUS".to_owned()));
            assert!(tried["userErrors"][0]["message"].as_str().unwrap().contains(what), "{tried}");
        };
        contradicts("SAFE by the record that is kept and OPEN by the duplicate");
        done(&change(&app, "reopenEmergency", &format!("emergencyId: {}", emergency(&one))));
        contradicts("FAMILY");
        know(&other, "FAMILY", "there", "2026-01-14");
        done(&merge());
        let merged = of(&one);
        assert_eq!(merged.as_array().unwrap().len(), 1, "{merged}");
        assert_eq!(merged[0]["affected"].as_array().unwrap().len(), 1);
        let emergency = &merged[0]["emergency"];
        assert_eq!(
            (&emergency["status"], &emergency["outcome"]),
            (&json!("OPEN"), &Value::Null),
            "something is to be done"
        );
        let known: Vec<(&Value, &Value)> =
            emergency["known"].as_array().unwrap().iter().map(|fact| (&fact["question"], &fact["answer"])).collect();
        assert_eq!(known, [(&json!("CUSTODY"), &json!("nobody")), (&json!("FAMILY"), &json!("here"))]);
        assert_eq!(emergency["steps"][0]["action"], "TRACING");
        let told = accounts(&app, "unhcr", None, &one);
        let told: Vec<&Value> = told.as_array().unwrap().iter().map(|one| &one["account"]).collect();
        assert_eq!(told, [&json!("One told."), &json!("Other told.")]);
        coverage_is_kept(&app.database);
    });
}

/// What is known takes the place of what was known; an emergency is closed when all is done.
#[test]
fn an_emergency_is_followed_up_until_it_is_closed() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 20);
        let [one, _] = two(&app);
        let detained = incident(&done(&record(&app, &[&one], "kind: DETENTION, occurredOn: \"2026-01-10\"")));
        assert!(detained["emergency"].is_null() && detained["actor"].is_null() && detained["place"].is_null());
        assert_eq!(found(&app, "unhcr", None, "OPEN"), 0);
        let open = || change(&app, "openEmergency", &format!("incidentId: {}", detained["id"]));
        let emergency = incident(&done(&open()))["emergency"].clone();
        assert_eq!(emergency["unknown"].as_array().unwrap().len(), 8);
        assert_eq!(
            (&emergency["known"], &emergency["steps"], &emergency["overdue"]),
            (&json!([]), &json!([]), &json!(0))
        );
        assert_eq!(refused(&open()), ("incidentId".to_owned(), "WRONG_STATUS".to_owned()));
        assert_eq!((found(&app, "unhcr", None, "OPEN"), found(&app, "unhcr", None, "CLOSED")), (json!(1), json!(0)));

        let of =
            |mutation: &str, more: &str| change(&app, mutation, &format!("emergencyId: {}, {more}", emergency["id"]));
        let fact = |answer: &str| {
            of("recordEmergencyFact", &format!("question: CUSTODY, answer: \"{answer}\", knownOn: \"2026-01-15\""))
        };
        done(&fact("The police of Rudaki"));
        let since = |day: &str| {
            of("recordEmergencyFact", &format!("question: CUSTODY, answer: \"Rudaki\", knownOn: \"{day}\""))
        };
        done(&since("2026-01-10"));
        assert_eq!(refused(&since("2026-01-09")).0, "knownOn", "before it happened");
        let happened = |day: &str| {
            change(&app, "correctIncident", &format!("incidentId: {}, occurredOn: \"{day}\"", detained["id"]))
        };
        assert_eq!(
            refused(&happened("2026-01-11")),
            ("occurredOn".to_owned(), "INVALID".to_owned()),
            "it was known before"
        );
        done(&happened("2026-01-09"));
        let known = incident(&done(&fact("The State Migration Service")))["emergency"].clone();
        let answer =
            json!([{ "question": "CUSTODY", "answer": "The State Migration Service", "knownOn": "2026-01-15" }]);
        assert_eq!(known["known"], answer, "the latest answer");
        assert!(!known["unknown"].as_array().unwrap().contains(&json!("CUSTODY")));

        let plan = |action: &str, due: &str| of("planEmergencyStep", &format!("action: {action}, dueOn: \"{due}\""));
        done(&plan("LEGAL_AID", "2026-01-20"));
        let mistaken = incident(&done(&plan("TRACING", "2026-01-16")))["emergency"]["steps"][0].clone();
        let cancel = || change(&app, "cancelEmergencyStep", &format!("stepId: {}", mistaken["id"]));
        done(&cancel());
        assert_eq!(refused(&cancel()), ("stepId".to_owned(), "NOT_FOUND".to_owned()), "it is gone");
        let planned = incident(&done(&plan("INTERVENTION", "2026-01-15")))["emergency"].clone();
        let actions: Vec<&Value> = planned["steps"].as_array().unwrap().iter().map(|step| &step["action"]).collect();
        assert_eq!(actions, [&json!("INTERVENTION"), &json!("LEGAL_AID")], "by when");
        let close = || of("closeEmergency", "outcome: SAFE, closedOn: \"2026-01-15\"");
        assert_eq!(
            refused(&close()),
            ("emergencyId".to_owned(), "WRONG_STATUS".to_owned()),
            "something is to be done still"
        );
        for step in planned["steps"].as_array().unwrap() {
            let complete =
                || change(&app, "completeEmergencyStep", &format!("stepId: {}, doneOn: \"2026-01-15\"", step["id"]));
            done(&complete());
            let cancel = change(&app, "cancelEmergencyStep", &format!("stepId: {}", step["id"]));
            for again in [complete(), cancel] {
                assert_eq!(refused(&again), ("stepId".to_owned(), "WRONG_STATUS".to_owned()), "it is done");
            }
            let reopen = || change(&app, "reopenEmergencyStep", &format!("stepId: {}", step["id"]));
            done(&reopen());
            assert_eq!(refused(&close()), ("emergencyId".to_owned(), "WRONG_STATUS".to_owned()), "it was not done");
            assert_eq!(refused(&reopen()), ("stepId".to_owned(), "WRONG_STATUS".to_owned()), "it is not done");
            done(&change(&app, "completeEmergencyStep", &format!("stepId: {}, doneOn: \"2026-01-14\"", step["id"])));
            done(&complete());
        }
        let forget = || of("withdrawEmergencyFact", "question: CUSTODY");
        assert_eq!(incident(&done(&forget()))["emergency"]["known"], json!([]));
        assert_eq!(refused(&forget()), ("question".to_owned(), "NOT_FOUND".to_owned()));
        done(&fact("The State Migration Service"));
        let closed = incident(&done(&close()))["emergency"].clone();
        assert_eq!(closed["outcome"], "SAFE");
        assert!(closed["steps"].as_array().unwrap().iter().all(|step| step["doneOn"] == "2026-01-15"), "{closed}");
        assert_eq!((found(&app, "unhcr", None, "OPEN"), found(&app, "unhcr", None, "CLOSED")), (json!(0), json!(1)));
        for refused_now in [close(), fact("x"), plan("TRACING", "2026-01-20")] {
            assert_eq!(refused(&refused_now), ("emergencyId".to_owned(), "WRONG_STATUS".to_owned()));
        }
        done(&change(&app, "reopenEmergency", &format!("emergencyId: {}", emergency["id"])));
        done(&fact("Nobody"));
        let died = format!("individualId: {}, closedAs: DECEASED, closedOn: \"2026-01-14\"", one["id"]);
        done(&change(&app, "closeIndividual", &died));
        assert_eq!(refused(&close()), ("outcome".to_owned(), "INVALID".to_owned()), "the dead are not safe");
        done(&change(&app, "reopenIndividual", &format!("individualId: {}", one["id"])));
        let closed = of("closeEmergency", "outcome: SAFE_ELSEWHERE, closedOn: \"2026-01-15\"");
        assert_eq!(incident(&done(&closed))["emergency"]["outcome"], "SAFE_ELSEWHERE");
    });
}

/// What happened is corrected: what turns out to be a deportation is followed up for everybody whom it affected, and nothing is due before it
/// happened.
#[test]
fn what_happened_is_corrected() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 20);
        let [one, other] = two(&app);
        let detained = incident(&done(&record(&app, &[&one, &other], "kind: DETENTION, occurredOn: \"2026-01-10\"")));
        let correct = |more: &str| change(&app, "correctIncident", &format!("incidentId: {}, {more}", detained["id"]));
        let made = pattern(&app, "name: \"Detentions\", kind: DETENTION")["pattern"]["id"].clone();
        let assign = |more: &str| change(&app, "assignIncident", &format!("incidentId: {} {more}", detained["id"]));
        done(&assign(&format!(", patternId: {made}")));
        let deported = "kind: ARBITRARY_DEPORTATION";
        assert_eq!(refused(&correct(deported)), ("kind".to_owned(), "INVALID".to_owned()), "its pattern is of another");
        done(&assign(""));
        assert_eq!(found(&app, "unhcr", None, "OPEN"), 0);
        let now = incident(&done(&correct(deported)));
        assert_eq!((&now["kind"], &now["emergency"]["status"]), (&json!("ARBITRARY_DEPORTATION"), &json!("OPEN")));
        assert_eq!(found(&app, "unhcr", None, "OPEN"), 2, "of each whom it affected");
        done(&correct(deported));
        assert_eq!(incident(&done(&correct("kind: DETENTION")))["emergency"]["status"], "OPEN", "it stays one");
        let step = format!("emergencyId: {}, action: TRACING, dueOn: \"2026-01-12\"", now["emergency"]["id"]);
        done(&change(&app, "planEmergencyStep", &step));
        assert_eq!(refused(&correct("occurredOn: \"2026-01-13\"")).0, "occurredOn", "it is due before");
        done(&correct("occurredOn: \"2026-01-12\""));
        coverage_is_kept(&app.database);
    });
}

/// Of a hundred pairs of clients that complete a step at once exactly one does.
#[test]
fn of_two_who_complete_a_step_one_does() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 20);
        // An emergency has at most fifty steps.
        let emergencies = two(&app).map(|person| {
            let detained = incident(&done(&record(&app, &[&person], "kind: DETENTION, emergency: true")));
            detained["emergency"]["id"].clone()
        });
        for nth in 0..100 {
            let emergency = &emergencies[nth / 50];
            let plan = format!("emergencyId: {emergency}, action: TRACING, dueOn: \"2026-02-01\"");
            let planned = incident(&done(&change(&app, "planEmergencyStep", &plan)))["emergency"]["steps"].clone();
            let step = planned.as_array().unwrap().iter().find(|step| step["doneOn"].is_null()).unwrap()["id"].clone();
            let complete = || change(&app, "completeEmergencyStep", &format!("stepId: {step}, doneOn: \"2026-01-15\""));
            one_of_two(|_| complete());
        }
        println!("{engine:?}: of 100 pairs one completed the step each time");
    });
}

/// Others wait for a mutation, so the people whom its incidents affect are a hundred at most.
#[test]
fn a_mutation_records_incidents_of_at_most_a_hundred_people() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 200);
        let data = app.data("unhcr", "{ individuals(first: 100) { nodes { id } } }");
        let ids: Vec<String> =
            data["individuals"]["nodes"].as_array().unwrap().iter().map(|node| node["id"].to_string()).collect();
        let record = |ids: &[String]| {
            let ids = ids.join(", ");
            format!(
                "recordIncident(input: {{ individualIds: [{ids}], kind: OTHER }}) {{ individual {{ id }} userErrors {{ field code }} }}"
            )
        };
        let both = format!("mutation {{ one: {} other: {} }}", record(&ids[..60]), record(&ids[59..]));
        let changed = app.data("unhcr", &both);
        assert_eq!(changed["one"]["userErrors"], json!([]));
        assert_eq!(changed["other"]["userErrors"], json!([{ "field": "individualIds", "code": "INVALID" }]));
        let all = app.data("unhcr", &format!("mutation {{ {} }}", record(&ids)));
        assert_eq!(all["recordIncident"]["userErrors"], json!([]));
        let last = app.data(
            "unhcr",
            &format!("{{ node(id: {}) {{ ... on Individual {{ incidents {{ affected {{ id }} }} }} }} }}", ids[99]),
        );
        let incidents = last["node"]["incidents"].as_array().unwrap();
        let affected = incidents.iter().map(|incident| incident["affected"].as_array().unwrap().len());
        // The demo may have one of its own for the person.
        let of_many: Vec<usize> = affected.filter(|people| *people > 20).collect();
        assert_eq!(of_many, [100]);
        coverage_is_kept(&app.database);
    });
}

/// What cannot be is refused with the field, and keeps nothing.
#[test]
fn what_makes_no_sense_is_refused() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 20);
        let [one, other] = two(&app);
        let is = |payload: &Value, field: &str, code: &str| {
            assert_eq!(refused(payload), (field.to_owned(), code.to_owned()), "{payload}");
        };
        for (more, field, code) in [
            ("kind: OTHER, occurredOn: \"2026-01-16\"", "occurredOn", "INVALID"),
            ("kind: OTHER, occurredOn: \"1980-01-01\"", "occurredOn", "INVALID"),
            ("kind: OTHER, placeCode: \"nowhere\"", "placeCode", "NOT_FOUND"),
            ("kind: OTHER, account: \" \"", "account", "INVALID"),
            ("kind: OTHER, account: \"a\\u0000b\"", "account", "INVALID"),
            ("kind: OTHER, account: \"a\\u202Eb\"", "account", "INVALID"),
            ("kind: ARBITRARY_DEPORTATION, emergency: false", "emergency", "INVALID"),
        ] {
            is(&record(&app, &[&one, &other], more), field, code);
        }
        is(&record(&app, &[&one], &format!("kind: OTHER, account: \"{}\"", "a".repeat(4_001))), "account", "INVALID");
        is(&record(&app, &[], "kind: OTHER"), "individualIds", "INVALID");
        is(&record(&app, &[&one, &one], "kind: OTHER"), "individualIds", "INVALID");
        let none = format!("{{ node(id: {}) {{ ... on Individual {{ incidents {{ kind }} }} }} }}", one["id"]);
        assert_eq!(app.data("unhcr", &none)["node"]["incidents"], json!([]), "nothing was kept");

        let bribe = incident(&done(&record(&app, &[&one], "kind: BRIBE_DEMAND, emergency: true")));
        let emergency = &bribe["emergency"]["id"];
        let made = pattern(&app, "name: \"Detentions\", kind: DETENTION")["pattern"]["id"].clone();
        let assign = format!("incidentId: {}, patternId: {made}", bribe["id"]);
        is(&change(&app, "assignIncident", &assign), "patternId", "INVALID");
        is(&change(&app, "assignIncident", &format!("incidentId: {}", bribe["id"])), "patternId", "WRONG_STATUS");
        let taken = pattern(&app, "name: \" Detentions \"");
        assert_eq!(taken["userErrors"], json!([{ "field": "name", "code": "TAKEN" }]));
        assert_eq!(pattern(&app, "name: \"a\\nb\"")["userErrors"], json!([{ "field": "name", "code": "INVALID" }]));
        for (mutation, more, field) in [
            ("recordEmergencyFact", "question: FAMILY, answer: \"\", knownOn: \"2026-01-15\"", "answer"),
            ("recordEmergencyFact", "question: FAMILY, answer: \"x\", knownOn: \"2026-01-14\"", "knownOn"),
            ("recordEmergencyFact", "question: FAMILY, answer: \"x\", knownOn: \"2026-01-16\"", "knownOn"),
            ("planEmergencyStep", "action: TRACING, dueOn: \"2026-01-14\"", "dueOn"),
            ("planEmergencyStep", "action: TRACING, dueOn: \"2027-01-17\"", "dueOn"),
            ("closeEmergency", "outcome: SAFE, closedOn: \"2026-01-16\"", "closedOn"),
            ("closeEmergency", "outcome: SAFE, closedOn: \"2026-01-14\"", "closedOn"),
        ] {
            is(&change(&app, mutation, &format!("emergencyId: {emergency}, {more}")), field, "INVALID");
        }
    });
}

/// Under an agreement others see what happened, and what was told of it one person at a time; under a pseudonymised one nothing that may
/// name anybody. Ids, patterns and who else was affected are the holder's.
#[test]
fn others_see_what_their_agreement_reveals() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 20);
        let [one, other] = two(&app);
        let emergency = incident(&done(&record(&app, &[&one, &other], &format!("{DEPORTED}, account: \"Told.\""))))
            ["emergency"]["id"]
            .clone();
        let fact = "question: CUSTODY, answer: \"Sardor\", knownOn: \"2026-01-15\"";
        done(&change(&app, "recordEmergencyFact", &format!("emergencyId: {emergency}, {fact}")));
        let advocacy = Some("PROTECTION_ADVOCACY");
        let people = format!(
            "{{ individuals(first: 50, filter: {{ emergency: {{ eq: OPEN }} }}) {{ nodes {{ id {INCIDENTS} }} }} }}"
        );
        let seen = || app.ask_for("embassy-us", advocacy, &people, json!({}))["data"]["individuals"]["nodes"].clone();
        assert_eq!(seen(), json!([]), "nobody is shared");

        let scope = "purpose: PROTECTION_ADVOCACY, categories: [PROTECTION], level:";
        sign_agreement(&app, "embassy-us", &format!("{scope} PSEUDONYMISED"));
        let (mine, all) = (seen()[0].clone(), seen());
        assert_eq!(all.as_array().unwrap().len(), 2);
        let suffered = incident(&mine);
        assert_eq!(suffered["kind"], "ARBITRARY_DEPORTATION");
        assert_eq!(suffered["occurredOn"], "2026-01-01");
        assert_eq!(suffered["place"], Value::Null, "a place is LOCATION too");
        for hidden in ["id", "affected", "pattern"] {
            assert!(suffered[hidden].is_null(), "{hidden}");
        }
        let is_open = |of: &Value| (of["status"].clone(), of["id"].clone(), of["overdue"].clone());
        assert_eq!(is_open(&suffered["emergency"]), (json!("OPEN"), Value::Null, Value::Null));
        let known = all
            .as_array()
            .unwrap()
            .iter()
            .flat_map(|of| incident(of)["emergency"]["known"].as_array().unwrap().clone());
        let known: Vec<Value> = known.collect();
        assert_eq!(known, [json!({ "question": "CUSTODY", "answer": null, "knownOn": "2026-01-01" })]);
        assert_eq!(accounts(&app, "embassy-us", advocacy, &mine), Value::Null);

        sign_agreement(&app, "embassy-us", &format!("{scope} IDENTIFIED"));
        let mine = seen()[0].clone();
        let told = json!([{ "incident": { "kind": "ARBITRARY_DEPORTATION" }, "account": "Told.", "recordedOn": "2026-01-15" }]);
        assert_eq!(accounts(&app, "embassy-us", advocacy, &mine), told);
        let log = |person: &Value| {
            let entries = "nodes { agency { code } categories }";
            let query = format!("{{ accessLog(individualId: {}, first: 50) {{ {entries} }} }}", person["id"]);
            app.data("unhcr", &query)["accessLog"]["nodes"].as_array().unwrap().clone()
        };
        let read = [log(&one), log(&other)].concat();
        let mut by_embassy = read.iter().filter(|entry| entry["agency"]["code"] == "embassy-us");
        assert!(
            by_embassy.any(|entry| entry["categories"] == json!(["PROTECTION"])),
            "who read it is on record: {read:?}"
        );
        let query = format!("a: incidentAccounts(individualId: {0}) {{ account }} ", mine["id"]);
        let both =
            app.ask_for("embassy-us", advocacy, &format!("{{ {query} {} }}", query.replacen('a', "b", 1)), json!({}));
        assert_eq!(both["errors"][0]["extensions"]["code"], "LIMIT", "a request asks for one person's");
        assert_eq!(
            accounts(&app, "embassy-ca", None, &json!({ "id": mine["id"] })),
            Value::Null,
            "an id of another agency"
        );
    });
}

/// People who were affected together are not asked for within such people, or within members of a case.
#[test]
fn people_are_not_nested_in_people() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 20);
        let [one, _] = two(&app);
        for within in [
            "incidents { affected { incidents { affected { id } } } }",
            "incidents { affected { case { members { id } } } }",
            "case { members { incidents { affected { id } } } }",
        ] {
            let query = format!("{{ node(id: {}) {{ ... on Individual {{ {within} }} }} }}", one["id"]);
            assert_eq!(app.code("unhcr", &query), "LIMIT", "{within}");
        }
    });
}

/// Of two who open the same emergency at once, one does.
#[test]
fn two_at_once_open_one_emergency() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 20);
        let [one, _] = two(&app);
        for _ in 0..50 {
            let recorded = done(&record(&app, &[&one], "kind: DETENTION"));
            let all = recorded["incidents"].as_array().unwrap();
            let new = all.iter().find(|incident| incident["emergency"].is_null()).unwrap();
            one_of_two(|_| change(&app, "openEmergency", &format!("incidentId: {}", new["id"])));
        }
    });
}
