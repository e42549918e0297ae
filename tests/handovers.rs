//! Handovers: what is proposed, answered and handed over on its day, and whom the receiver does not see.

use crate::caseload_changes::{done, refused, register};
use crate::harness::app::today;
use crate::harness::races::one_of_two;
use crate::harness::{TestApp, each_engine};
use crate::solutions::change;
use chrono::Days;
use diesel::{ExpressionMethods, QueryDsl, RunQueryDsl, SelectableHelper};
use panoh::domain::audit::AuditEvent;
use panoh::domain::programme::Programme;
use panoh::store::bulk::insert;
use panoh::store::database::tables::programmes;
use panoh::store::outside_policy::outside_policy;
use serde_json::{Value, json};
use std::collections::BTreeMap;

const HANDOVER: &str = "id cutOverOn proposer { code } receiver { code } \
    programmes { programme { identifier lead { code } nextLead { code } nextLeadFrom } decision isHandedOver }";
const HOUSING: &str = "XM-DAC-41121-TJK-HOUSING";
const MICRO: &str = "XM-DAC-41121-TJK-MICRO";
const SCHOOL: &str = "XM-DAC-41121-TJK-SCHOOL";
const CASH: &str = "XM-DAC-41121-TJK-CASH";
const RIGHTS: &str = "XM-DAC-41121-TJK-RIGHTS";

fn step(app: &TestApp, agency: &str, mutation: &str, input: &str) -> Value {
    let document = format!(
        "mutation {{ {mutation}(input: {{ {input} }}) {{ handover {{ {HANDOVER} }} userErrors {{ field code message }} }} }}"
    );
    app.data(agency, &document)[mutation].clone()
}

pub fn propose(app: &TestApp, agency: &str, receiver: &str, programmes: &[&str], on: &str) -> Value {
    let programmes: Vec<String> = programmes.iter().map(|programme| format!("\"{programme}\"")).collect();
    let programmes = programmes.join(", ");
    let input = format!("receiverCode: \"{receiver}\", programmeIdentifiers: [{programmes}], cutOverOn: \"{on}\"");
    step(app, agency, "proposeHandover", &input)
}

pub fn answer(app: &TestApp, agency: &str, mutation: &str, handover: &Value, programmes: &[&str]) -> Value {
    let input = format!("handoverId: {}, programmeIdentifiers: {programmes:?}", handover["id"]);
    step(app, agency, mutation, &input)
}

pub fn made(payload: &Value) -> Value {
    assert_eq!(payload["userErrors"], json!([]), "{payload}");
    payload["handover"].clone()
}

fn wrong(payload: &Value) -> (&str, &str) {
    assert!(payload["handover"].is_null(), "{payload}");
    let text = |of: &str| payload["userErrors"][0][of].as_str().unwrap_or_default();
    (text("field"), text("code"))
}

/// The newest handover, as an agency sees it by its own ids.
pub fn newest(app: &TestApp, agency: &str) -> Value {
    let found = app.data(agency, &format!("{{ handovers(first: 1) {{ nodes {{ {HANDOVER} }} }} }}"));
    found["handovers"]["nodes"][0].clone()
}

fn lead(app: &TestApp, agency: &str, programme: &str) -> Value {
    let query = format!(
        "{{ programmes(first: 1, filter: {{ identifier: {{ eq: \"{programme}\" }} }}) \
        {{ nodes {{ lead {{ code }} implementer {{ code }} nextLead {{ code }} nextLeadFrom }} }} }}"
    );
    app.data(agency, &query)["programmes"]["nodes"][0].clone()
}

pub fn in_days(days: u64) -> String {
    (today() + Days::new(days)).to_string()
}

/// What is accepted passes on its day, to the lead and to nobody before; what is declined or withdrawn stays; nothing is handed over twice.
#[test]
fn what_is_accepted_passes_on_its_day() {
    each_engine(|engine| {
        let mut app = TestApp::demo(engine, 100);
        let proposed = made(&propose(&app, "unhcr", "undp", &[CASH, RIGHTS], &in_days(3)));
        assert_eq!(proposed["programmes"][0]["decision"], "PROPOSED");
        let mine = newest(&app, "undp");
        assert_ne!(mine["id"], proposed["id"], "each party has ids of its own");
        assert_eq!(mine["programmes"][1]["programme"]["identifier"], RIGHTS, "{mine}");
        let twice = propose(&app, "unhcr", "undp", &[CASH], &in_days(9));
        assert_eq!(wrong(&twice), ("programmeIdentifiers.0", "TAKEN"));
        let accepted = made(&answer(&app, "undp", "acceptHandover", &mine, &[CASH]));
        assert_eq!(accepted["programmes"][0]["decision"], "ACCEPTED");
        assert_eq!(accepted["programmes"][0]["isHandedOver"], false);
        assert_eq!(accepted["programmes"][1]["decision"], "PROPOSED");
        let ahead = json!({ "lead": { "code": "unhcr" }, "implementer": { "code": "unhcr" }, "nextLead": { "code": "undp" },
            "nextLeadFrom": in_days(3) });
        assert_eq!(lead(&app, "unhcr", CASH), ahead);
        assert_eq!(lead(&app, "undp", CASH), ahead);
        for (agency, mutation, of, programme, is) in [
            ("undp", "acceptHandover", &mine, CASH, ("programmeIdentifiers.0", "WRONG_STATUS")),
            ("undp", "declineHandover", &mine, CASH, ("programmeIdentifiers.0", "WRONG_STATUS")),
            ("unhcr", "withdrawHandover", &proposed, CASH, ("programmeIdentifiers.0", "WRONG_STATUS")),
            ("unhcr", "acceptHandover", &proposed, RIGHTS, ("handoverId", "NOT_ALLOWED")),
            ("undp", "withdrawHandover", &mine, RIGHTS, ("handoverId", "NOT_ALLOWED")),
            ("undp", "acceptHandover", &mine, MICRO, ("programmeIdentifiers.0", "NOT_FOUND")),
        ] {
            assert_eq!(wrong(&answer(&app, agency, mutation, of, &[programme])), is, "{agency} {mutation} {programme}");
        }
        let taken = propose(&app, "unhcr", "embassy-us", &[CASH], &in_days(9));
        assert_eq!(wrong(&taken), ("programmeIdentifiers.0", "TAKEN"), "what is accepted is not offered to others");
        made(&answer(&app, "undp", "declineHandover", &mine, &[RIGHTS]));
        assert_eq!(lead(&app, "unhcr", RIGHTS)["lead"]["code"], "unhcr");
        let again = made(&propose(&app, "unhcr", "undp", &[RIGHTS], &in_days(3)));
        made(&answer(&app, "unhcr", "withdrawHandover", &again, &[RIGHTS]));
        let withdrawn = newest(&app, "undp");
        assert_eq!(wrong(&answer(&app, "undp", "acceptHandover", &withdrawn, &[RIGHTS])).1, "WRONG_STATUS");

        app.set_today(today() + Days::new(2));
        assert_eq!(lead(&app, "undp", CASH)["lead"]["code"], "unhcr");
        app.set_today(today() + Days::new(3));
        let passed = json!({ "lead": { "code": "undp" }, "implementer": { "code": "undp" }, "nextLead": null, "nextLeadFrom": null });
        assert_eq!(lead(&app, "unhcr", CASH), passed, "who handed it over sees it still");
        assert_eq!(lead(&app, "undp", CASH), passed);
        let stopped = propose(&app, "unhcr", "embassy-us", &[CASH], &in_days(9));
        assert_eq!(wrong(&stopped), ("programmeIdentifiers.0", "NOT_ALLOWED"));
        // It is handed back the same way.
        let back = made(&propose(&app, "undp", "unhcr", &[CASH], &in_days(3)));
        assert_eq!(back["proposer"]["code"], "undp");
        made(&answer(&app, "unhcr", "acceptHandover", &newest(&app, "unhcr"), &[CASH]));
        assert_eq!(lead(&app, "undp", CASH)["lead"]["code"], "unhcr");
    });
}

/// Who no longer leads a programme ends no enrolment in it, but of whom the new lead does not see; and gives nobody anything new.
#[test]
fn the_right_to_write_passes() {
    each_engine(|engine| {
        let mut app = TestApp::demo(engine, 100);
        let person = done(&register(&app, "TJK-NEW-1", "", ""));
        let enrol =
            format!("individualId: {}, programmeIdentifier: \"{MICRO}\", startedOn: \"2025-12-01\"", person["id"]);
        done(&change(&app, "enrolIndividual", &enrol));
        let end = format!("individualId: {}, programmeIdentifier: \"{MICRO}\", endedOn: \"2026-01-10\"", person["id"]);
        let consent = |app: &TestApp, given: bool| {
            let document = format!(
                "mutation {{ recordConsent(input: {{ individualId: {}, recipientCode: \"undp\", purpose: PROGRAMME_DELIVERY, \
                 given: {given} }}) {{ userErrors {{ message }} }} }}",
                person["id"]
            );
            assert_eq!(app.data("unhcr", &document)["recordConsent"]["userErrors"], json!([]));
        };
        consent(&app, true);
        app.set_today(today() + Days::new(30));
        let lend = format!(
            "individualId: {}, programmeIdentifier: \"{MICRO}\", amount: \"600\", currency: \"USD\", disbursedOn: \"2026-01-10\", \
             instalments: 6, firstDueOn: \"2026-01-20\"",
            person["id"]
        );
        let passed = ("programmeIdentifier".to_owned(), "NOT_ALLOWED".to_owned());
        assert_eq!(refused(&change(&app, "endEnrolment", &end)), passed, "the lead sees the person");
        consent(&app, false);
        assert_eq!(refused(&change(&app, "grantLoan", &lend)), passed, "the lead alone gives something");
        done(&change(&app, "endEnrolment", &end));
    });
}

/// What cannot be proposed is refused with the field.
#[test]
fn what_cannot_be_proposed_is_refused() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 20);
        let yesterday = (today() - Days::new(1)).to_string();
        let tomorrow = in_days(1);
        let many: Vec<&str> = vec![CASH; 2];
        for (agency, receiver, programmes, on, is) in [
            ("unhcr", "undp", vec![CASH], yesterday.as_str(), ("cutOverOn", "INVALID")),
            ("unhcr", "undp", vec![CASH], "9999-12-31", ("cutOverOn", "INVALID")),
            ("unhcr", "undp", vec!["\\u0000"], tomorrow.as_str(), ("programmeIdentifiers.0", "NOT_FOUND")),
            ("unhcr", "unhcr", vec![CASH], tomorrow.as_str(), ("receiverCode", "INVALID")),
            ("unhcr", "nobody", vec![CASH], tomorrow.as_str(), ("receiverCode", "NOT_FOUND")),
            ("unhcr", "undp", vec![], tomorrow.as_str(), ("programmeIdentifiers", "INVALID")),
            ("unhcr", "undp", many, tomorrow.as_str(), ("programmeIdentifiers", "INVALID")),
            ("unhcr", "undp", vec![CASH, "none"], tomorrow.as_str(), ("programmeIdentifiers.1", "NOT_FOUND")),
            ("undp", "unhcr", vec![HOUSING], tomorrow.as_str(), ("programmeIdentifiers.0", "NOT_ALLOWED")),
            ("unhcr", "undp", vec![HOUSING], tomorrow.as_str(), ("programmeIdentifiers.0", "TAKEN")),
        ] {
            assert_eq!(
                wrong(&propose(&app, agency, receiver, &programmes, on)),
                is,
                "{agency} {receiver} {programmes:?}"
            );
        }
        let before = newest(&app, "unhcr");
        assert_eq!(before["programmes"].as_array().unwrap().len(), 3, "nothing was kept of what was refused");
        let others = app.data("embassy-us", "{ handovers(first: 5) { totalCount } }");
        assert_eq!(others["handovers"]["totalCount"], 0);
        let query = format!("{{ node(id: {}) {{ id }} }}", before["id"]);
        assert_eq!(app.ask("undp", &query)["errors"][0]["extensions"]["code"], "INVALID_ID");
    });
}

/// Whoever is offered a programme sees it until it declines, or the offer is withdrawn; then its identifier alone, and nothing that is new.
#[test]
fn what_was_offered_is_seen_no_more() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 20);
        let query = "{ programmes(first: 9) { totalCount } handovers(first: 1) { nodes { programmes { decision programmeIdentifier \
            programme { identifier trainingSessions { heldOn } results { reached } budgets { amount } } } } } }";
        let seen = || app.data("embassy-ca", query);
        let sees_before = seen()["programmes"]["totalCount"].clone();
        let offered = |mutation: &str, by: &str| {
            let proposed = made(&propose(&app, "unhcr", "embassy-ca", &[RIGHTS], &in_days(3)));
            let of = seen()["handovers"]["nodes"][0]["programmes"][0].clone();
            assert_eq!(of["programme"]["identifier"], RIGHTS, "{of}");
            let of = if by == "unhcr" { proposed } else { newest(&app, by) };
            made(&answer(&app, by, mutation, &of, &[RIGHTS]));
            let after = seen();
            assert_eq!(after["programmes"]["totalCount"], sees_before);
            let of = &after["handovers"]["nodes"][0]["programmes"][0];
            assert_eq!((&of["programmeIdentifier"], &of["programme"]), (&json!(RIGHTS), &Value::Null), "{mutation}");
        };
        offered("withdrawHandover", "unhcr");
        offered("declineHandover", "embassy-ca");
    });
}

/// Of a hundred pairs of clients that answer at once exactly one is heard.
#[test]
fn one_of_two_answers_counts() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 20);
        for _ in 0..100 {
            let proposed = made(&propose(&app, "unhcr", "undp", &[CASH], &in_days(3)));
            let mine = newest(&app, "undp");
            one_of_two(|nth| match nth {
                0 => answer(&app, "undp", "declineHandover", &mine, &[CASH]),
                _ => answer(&app, "unhcr", "withdrawHandover", &proposed, &[CASH]),
            });
        }
        println!("{engine:?}: of 100 pairs of answers one counted each time");
    });
}

/// The holder is told everybody who is enrolled and not seen by the receiver, once, and why; nobody else is told anything.
#[test]
fn the_holder_is_told_whom_the_receiver_does_not_see() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 300);
        let handover = newest(&app, "unhcr");
        let page = |after: &str| {
            let query = format!(
                "{{ handoverExceptions(handoverId: {}, first: 20{after}) {{ totalCount pageInfo {{ hasNextPage endCursor }} \
                 nodes {{ reason individual {{ registrationNumber enrolments {{ endedOn programme {{ identifier }} }} }} }} }} }}",
                handover["id"]
            );
            app.data("unhcr", &query)["handoverExceptions"].clone()
        };
        let (mut told, mut after, mut total) = (BTreeMap::new(), String::new(), 0);
        loop {
            let found = page(&after);
            total = found["totalCount"].as_i64().unwrap().max(total);
            for node in found["nodes"].as_array().unwrap() {
                let number = node["individual"]["registrationNumber"].as_str().unwrap().to_owned();
                assert!(told.insert(number, node["reason"].as_str().unwrap().to_owned()).is_none());
            }
            if found["pageInfo"]["hasNextPage"] == false {
                break;
            }
            after = format!(", after: {}", found["pageInfo"]["endCursor"]);
        }
        let everybody = |agency: &str| {
            let (mut people, mut after) = (Vec::new(), String::new());
            loop {
                let query = format!(
                    "{{ individuals(first: 100{after}) {{ pageInfo {{ hasNextPage endCursor }} nodes {{ registrationNumber \
                     enrolments {{ endedOn programme {{ identifier }} }} }} }} }}"
                );
                let found = app.data(agency, &query)["individuals"].clone();
                people.extend(found["nodes"].as_array().unwrap().clone());
                if found["pageInfo"]["hasNextPage"] == false {
                    return people;
                }
                after = format!(", after: {}", found["pageInfo"]["endCursor"]);
            }
        };
        let number = |person: &Value| person["registrationNumber"].as_str().unwrap().to_owned();
        let today = today().to_string();
        let is_enrolled = |person: &Value| {
            let open =
                |enrolment: &Value| enrolment["endedOn"].as_str().is_none_or(|ended_on| ended_on > today.as_str());
            let handed = |enrolment: &Value| {
                [MICRO, HOUSING, SCHOOL].map(Value::from).contains(&enrolment["programme"]["identifier"])
            };
            person["enrolments"].as_array().unwrap().iter().any(|enrolment| open(enrolment) && handed(enrolment))
        };
        let seen: Vec<String> = everybody("undp").iter().map(number).collect();
        let expected: Vec<String> =
            everybody("unhcr").iter().filter(|person| is_enrolled(person)).map(number).collect();
        let mut expected: Vec<&String> = expected.iter().filter(|number| !seen.contains(number)).collect();
        expected.sort();
        assert_eq!(told.keys().collect::<Vec<_>>(), expected);
        assert_eq!(total, told.len() as i64);
        let reasons: std::collections::BTreeSet<&String> = told.values().collect();
        assert!(reasons.len() > 1 && !told.is_empty(), "{reasons:?}");
        let theirs = newest(&app, "undp");
        for purpose in ["PROGRAMME_DELIVERY", "STATISTICS"] {
            let id = app.ask_for(
                "undp",
                Some(purpose),
                &format!("{{ handovers(first: 1) {{ nodes {{ {HANDOVER} }} }} }}"),
                json!({}),
            );
            let id = &id["data"]["handovers"]["nodes"][0]["id"];
            let query =
                format!("{{ handoverExceptions(handoverId: {id}, first: 5) {{ totalCount nodes {{ reason }} }} }}");
            let answer = app.ask_for("undp", Some(purpose), &query, json!({}));
            assert_eq!(answer["data"]["handoverExceptions"], json!({ "totalCount": 0, "nodes": [] }), "{theirs}");
        }
    });
}

pub fn participant(app: &TestApp, agency: &str, programme: &str) -> Value {
    let query = "{ individuals(first: 100) { nodes { id registrationNumber enrolments { startedOn endedOn programme { identifier } } } } }";
    let found = app.data(agency, query);
    let takes_part = |person: &&Value| {
        let enrolments = person["enrolments"].as_array().unwrap();
        enrolments.len() == 1
            && enrolments[0]["endedOn"].is_null()
            && enrolments[0]["startedOn"].as_str() < Some("2025-12-01")
            && enrolments[0]["programme"]["identifier"] == programme
    };
    found["individuals"]["nodes"].as_array().unwrap().iter().find(takes_part).unwrap().clone()
}

fn by(app: &TestApp, agency: &str, purpose: Option<&str>, mutation: &str, person: &Value, more: &str) -> Value {
    let document = format!(
        "mutation {{ {mutation}(input: {{ individualId: {}, {more} }}) {{ individual {{ id enrolments {{ endedOn \
         programme {{ identifier }} }} }} userErrors {{ field code message }} }} }}",
        person["id"]
    );
    app.ask_for(agency, purpose, &document, json!({}))["data"][mutation].clone()
}

const SECOND: &str = "XM-DAC-41121-TJK-MICRO-2";

/// Another programme of MICRO_CREDIT, which UNDP leads. UNHCR sees it since an agreement that it has given names the kind.
fn second_of_micro_credit(app: &TestApp) {
    let added = outside_policy(&app.database.address, AuditEvent::Administration, "programme", |connection| {
        let first = programmes::table.filter(programmes::identifier.eq(MICRO)).select(Programme::as_select());
        let first: Programme = first.first(connection)?;
        let lead_id = first.next_lead_id.expect("it is handed over");
        let (id, identifier) = (insert::new_key(), SECOND.to_owned());
        let second = Programme { id, identifier, lead_id, next_lead_id: None, next_lead_from: None, ..first };
        insert::programmes(connection, &[(second, vec![])])
    });
    added.unwrap();
}

/// From its day on the lead records who takes part, of those whom it sees; and by that it comes to see nothing more.
#[test]
fn the_lead_records_who_takes_part() {
    each_engine(|engine| {
        let mut app = TestApp::demo(engine, 400);
        let mine = newest(&app, "undp");
        made(&answer(&app, "undp", "acceptHandover", &mine, &[HOUSING]));
        second_of_micro_credit(&app);
        let (one, other) = (participant(&app, "undp", MICRO), participant(&app, "undp", SCHOOL));
        let end = format!("programmeIdentifier: \"{MICRO}\", endedOn: \"2026-01-10\"");
        let early = by(&app, "undp", None, "endEnrolment", &one, &end);
        assert_eq!(refused(&early), ("individualId".to_owned(), "NOT_FOUND".to_owned()), "before its day: {early}");
        app.set_today(today() + Days::new(30));
        let enrol = |programme: &str| format!("programmeIdentifier: \"{programme}\", startedOn: \"2026-01-05\"");
        for (purpose, person, mutation, more, field, code) in [
            (None, &one, "enrolIndividual", enrol(SCHOOL), "programmeIdentifier", "NOT_ALLOWED"),
            (None, &one, "enrolIndividual", enrol(HOUSING), "programmeIdentifier", "NOT_ALLOWED"),
            (None, &one, "enrolIndividual", enrol(MICRO), "programmeIdentifier", "TAKEN"),
            (None, &one, "endEnrolment", end.replace(MICRO, HOUSING), "programmeIdentifier", "NOT_FOUND"),
            (None, &other, "enrolIndividual", enrol(HOUSING), "individualId", "NOT_FOUND"),
            (None, &other, "endEnrolment", end.replace(MICRO, SCHOOL), "individualId", "NOT_FOUND"),
        ] {
            let answer = by(&app, "undp", purpose, mutation, person, &more);
            assert_eq!(refused(&answer), (field.to_owned(), code.to_owned()), "{mutation} {more}: {answer}");
        }
        let holders = |number: &Value| {
            let query = format!(
                "{{ individuals(first: 1, filter: {{ registrationNumber: {{ eq: {number} }} }}) {{ nodes {{ id updatedAt \
                 enrolments {{ endedOn programme {{ identifier }} }} }} }} }}"
            );
            app.data("unhcr", &query)["individuals"]["nodes"][0].clone()
        };
        let before = holders(&one["registrationNumber"]);
        let enrolled = by(&app, "undp", None, "enrolIndividual", &one, &enrol(SECOND));
        assert_eq!(done(&enrolled)["enrolments"].as_array().unwrap().len(), 2, "{enrolled}");
        let after = holders(&one["registrationNumber"]);
        assert_eq!(after["enrolments"].as_array().unwrap().len(), 2);
        assert_ne!(after["updatedAt"], before["updatedAt"], "the holder is told that something changed");
        done(&by(&app, "undp", None, "endEnrolment", &one, &end));
        let last = by(&app, "undp", None, "endEnrolment", &one, &end.replace(MICRO, SECOND));
        assert_eq!(last, json!({ "individual": null, "userErrors": [] }), "whoever takes part in nothing is not seen");
        let seen = format!("{{ node(id: {}) {{ id }} }}", one["id"]);
        assert_eq!(app.data("undp", &seen), json!({ "node": null }));
        assert!(
            holders(&one["registrationNumber"])["enrolments"]
                .as_array()
                .unwrap()
                .iter()
                .all(|one| !one["endedOn"].is_null())
        );
        crate::caseload_changes::coverage_is_kept(&app.database);

        // What the lead writes opens nothing, neither to itself nor to others, and depends on nobody's agreements.
        let two = participant(&app, "undp", MICRO);
        let told = || by(&app, "undp", None, "enrolIndividual", &two, &enrol(HOUSING));
        let before = told();
        let more = "purpose: RESETTLEMENT, level: IDENTIFIED, categories: [DEMOGRAPHICS, ASSISTANCE], scope: { programmes: [HOUSING] }";
        propose_agreement(&app, "embassy-us", more);
        assert_eq!(told(), before, "a draft with another agency changes no answer");
        let theirs = holders(&two["registrationNumber"]);
        done(&by(&app, "unhcr", None, "enrolIndividual", &theirs, &enrol(HOUSING)));

        // What was recorded by mistake ends on its first day, and is not in the way of what happened before.
        let close = "closedAs: DECEASED, closedOn: \"2026-01-02\"";
        assert_eq!(refused(&by(&app, "unhcr", None, "closeIndividual", &theirs, close)).0, "closedOn");
        let undone = format!("programmeIdentifier: \"{HOUSING}\", endedOn: \"2026-01-05\"");
        done(&by(&app, "undp", None, "endEnrolment", &two, &undone));
        done(&by(&app, "unhcr", None, "closeIndividual", &theirs, close));
        crate::caseload_changes::coverage_is_kept(&app.database);

        // Whom it sees by the year alone tells it no day.
        let by_year = "purpose: PROGRAMME_DELIVERY, level: PSEUDONYMISED, categories: [DEMOGRAPHICS, ASSISTANCE]";
        sign_agreement(&app, "undp", by_year);
        let query = format!(
            "{{ individuals(first: 100, filter: {{ programme: {{ identifier: {{ eq: \"{MICRO}\" }} }} }}) \
             {{ nodes {{ id givenName enrolments {{ endedOn programme {{ identifier }} }} }} }} }}"
        );
        let seen = app.data("undp", &query);
        let is_coarse = |person: &&Value| {
            let enrolments = person["enrolments"].as_array().unwrap().iter();
            let open = |one: &Value| one["endedOn"].is_null() && one["programme"]["identifier"] == MICRO;
            person["givenName"].is_null() && enrolments.clone().any(open)
        };
        let coarse = seen["individuals"]["nodes"].as_array().unwrap().iter().find(is_coarse).unwrap();
        let probe = format!("programmeIdentifier: \"{MICRO}\", endedOn: \"2000-01-01\"");
        let answer = by(&app, "undp", None, "endEnrolment", coarse, &probe);
        assert_eq!(refused(&answer), ("individualId".to_owned(), "NOT_FOUND".to_owned()), "{answer}");
    });
}

/// Has both parties sign an agreement of the holder's; gives its id as the holder knows it.
pub fn sign_agreement(app: &TestApp, recipient: &str, more: &str) -> Value {
    let agreement = propose_agreement(app, recipient, more);
    let theirs = app.data(recipient, "{ agreements(first: 50) { nodes { id reference } } }");
    let mut nodes = theirs["agreements"]["nodes"].as_array().unwrap().iter();
    let named = |node: &&Value| node["reference"] == format!("DSA-{recipient}-{}", more.len());
    for (agency, id) in [("unhcr", &agreement), (recipient, &nodes.find(named).unwrap()["id"])] {
        let sign =
            format!("mutation {{ signAgreement(input: {{ agreementId: {id} }}) {{ userErrors {{ message }} }} }}");
        assert_eq!(app.data(agency, &sign)["signAgreement"]["userErrors"], json!([]));
    }
    agreement
}

/// Proposes an agreement of the holder's; gives its id.
fn propose_agreement(app: &TestApp, recipient: &str, more: &str) -> Value {
    let document = format!(
        "mutation {{ proposeAgreement(input: {{ terms: {{ reference: \"DSA-{recipient}-{}\", providerCode: \"unhcr\", \
         recipientCode: \"{recipient}\", {more}, consentRequired: false, validFrom: \"2026-01-01\", validUntil: \"2027-01-01\" }} }}) \
         {{ agreement {{ id }} userErrors {{ message }} }} }}",
        more.len()
    );
    let proposed = app.data("unhcr", &document)["proposeAgreement"].clone();
    assert_eq!(proposed["userErrors"], json!([]), "{proposed}");
    app.wait_for_coverage();
    proposed["agreement"]["id"].clone()
}

/// Until the day of the next cut-over what was handed over stays so, and whoever receives its own people back is told nobody.
#[test]
fn what_is_handed_on_stays_until_the_day() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 200);
        made(&propose(&app, "unhcr", "undp", &[CASH], &in_days(0)));
        made(&answer(&app, "undp", "acceptHandover", &newest(&app, "undp"), &[CASH]));
        made(&propose(&app, "undp", "unhcr", &[CASH], &in_days(30)));
        let back = newest(&app, "unhcr");
        made(&answer(&app, "unhcr", "acceptHandover", &back, &[CASH]));
        let now = json!({ "lead": { "code": "undp" }, "implementer": { "code": "undp" }, "nextLead": { "code": "unhcr" },
            "nextLeadFrom": in_days(30) });
        assert_eq!(lead(&app, "unhcr", CASH), now);
        let query = format!("{{ handoverExceptions(handoverId: {}, first: 1) {{ totalCount }} }}", back["id"]);
        assert_eq!(app.data("unhcr", &query)["handoverExceptions"]["totalCount"], 0);
    });
}
