//! Cash stipends: who gets one, for which days, and never twice.

use crate::caseload_changes::{coverage_is_kept, done, refused, register};
use crate::harness::app::today;
use crate::harness::races::one_of_two;
use crate::harness::{TestApp, each_engine};
use crate::solutions::change;
use chrono::Days;
use serde_json::{Value, json};

const CASH: &str = "XM-DAC-41121-TJK-CASH";
const PAYMENTS: &str = "assistance { amount currency paidOn periodFrom periodUntil programme { identifier } }";

fn need(app: &TestApp, number: &str, code: &str) -> Value {
    let person = done(&register(app, number, "", ""));
    done(&change(app, "addSpecificNeed", &format!("individualId: {}, code: \"{code}\"", person["id"])))
}

pub fn pay(app: &TestApp, person: &Value, more: &str) -> Value {
    let stated = format!("individualId: {}, {more}", person["id"]);
    let rest = [
        ("programmeIdentifier", format!("\"{CASH}\"")),
        ("period", "{ from: \"2025-12-01\", until: \"2025-12-31\" }".to_owned()),
        ("amount", "\"25.00\"".to_owned()),
        ("currency", "\"USD\"".to_owned()),
        ("paidOn", "\"2025-12-03\"".to_owned()),
    ];
    let rest = rest.iter().filter(|(field, _)| !more.contains(&format!("{field}:")));
    let rest: Vec<String> = rest.map(|(field, value)| format!("{field}: {value}")).collect();
    let document = format!(
        "mutation {{ payStipend(input: {{ {stated}, {} }}) {{ individual {{ id {PAYMENTS} }} userErrors {{ field code message }} }} }}",
        rest.join(", ")
    );
    let answer = app.ask("unhcr", &document);
    if answer["data"].is_null() { answer } else { answer["data"]["payStipend"].clone() }
}

fn eligibility(app: &TestApp, agency: &str, person: &Value, from: &str, until: &str) -> Value {
    let query = format!(
        "{{ stipendEligibility(individualId: {}, programmeIdentifier: \"{CASH}\", period: {{ from: \"{from}\", until: \"{until}\" }}) \
         {{ isEligible checks {{ condition isMet reason }} }} }}",
        person["id"]
    );
    app.ask(agency, &query)
}

fn payments(app: &TestApp, person: &Value) -> Value {
    let query = format!("{{ node(id: {}) {{ ... on Individual {{ {PAYMENTS} }} }} }}", person["id"]);
    app.data("unhcr", &query)["node"]["assistance"].clone()
}

/// Whoever has a need for which stipends are paid gets one for each period, to the decimals of its currency; a repeated request pays once.
#[test]
fn a_stipend_is_paid_for_each_period() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 200);
        for (number, code) in [("1", "ER"), ("2", "DS"), ("3", "SP-PT")] {
            let person = need(&app, &format!("TJK-NEW-{number}"), code);
            let once = format!("idempotencyKey: \"december {number}\"");
            let paid = done(&pay(&app, &person, &once));
            let december = json!({ "amount": "25.00", "currency": "USD", "paidOn": "2025-12-03", "periodFrom": "2025-12-01",
                "periodUntil": "2025-12-31", "programme": { "identifier": CASH } });
            assert_eq!(paid["assistance"], json!([december]));
            let again = done(&pay(&app, &person, &once));
            assert_eq!(again["assistance"], json!([december]), "a repeated request pays nothing twice");
            let january = "period: { from: \"2026-01-01\", until: \"2026-01-31\" }, paidOn: \"2025-12-31\", amount: \"1000.5\", currency: \"TJS\"";
            let paid = done(&pay(&app, &person, january));
            assert_eq!(paid["assistance"][1]["amount"], "1000.50");
            let yen = "period: { from: \"2025-11-01\", until: \"2025-11-30\" }, amount: \"3000\", currency: \"JPY\"";
            assert_eq!(done(&pay(&app, &person, yen))["assistance"][0]["amount"], "3000");
        }
        coverage_is_kept(&app.database);
    });
}

/// What cannot be paid is refused with the field and why, and nothing is paid.
#[test]
fn what_cannot_be_paid_is_refused() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 200);
        let person = need(&app, "TJK-NEW-1", "ER-NF");
        done(&pay(&app, &person, "idempotencyKey: \"once\""));
        let before = payments(&app, &person);
        let tomorrow = today() + Days::new(1);
        let period = |from: &str, until: &str| format!("period: {{ from: \"{from}\", until: \"{until}\" }}");
        let november = period("2025-11-01", "2025-11-30");
        for (more, field, code, message) in [
            (period("2025-12-31", "2026-01-30"), "period", "TAKEN", "2025-12-01 to 2025-12-31, on 2025-12-03"),
            (period("2025-11-01", "2025-12-01"), "period", "TAKEN", "a stipend was paid"),
            (period("2025-11-15", "2026-02-01"), "period", "TAKEN", "a stipend was paid"),
            (format!("{november}, amount: \"25.005\""), "amount", "INVALID", "USD has 2 decimals"),
            (format!("{november}, amount: \"25.5\", currency: \"JPY\""), "amount", "INVALID", "JPY has 0 decimals"),
            (format!("{november}, amount: \"0.00\""), "amount", "INVALID", "above zero"),
            (format!("{november}, amount: \"-25\""), "amount", "INVALID", "above zero"),
            (format!("{november}, amount: \"1e9\""), "amount", "INVALID", "above zero"),
            (format!("{november}, amount: \"99999999999999999999\""), "amount", "INVALID", "too large"),
            (format!("{november}, paidOn: \"{tomorrow}\""), "paidOn", "INVALID", "future"),
            (format!("{november}, paidOn: \"2025-09-30\""), "paidOn", "INVALID", "from 2025-10-01 on"),
            (format!("{november}, programmeIdentifier: \"none\""), "programmeIdentifier", "NOT_FOUND", "no programme"),
            (
                format!("{november}, programmeIdentifier: \"XM-DAC-41121-TJK-HOUSING\""),
                "programmeIdentifier",
                "INVALID",
                "HOUSING; stipends are paid under CASH_ASSISTANCE",
            ),
            (
                format!("{}, paidOn: \"2020-01-01\"", period("2020-01-01", "2020-01-31")),
                "programmeIdentifier",
                "INVALID",
                "starts later",
            ),
        ] {
            let answer = pay(&app, &person, &more);
            assert_eq!(refused(&answer), (field.to_owned(), code.to_owned()), "{more}: {answer}");
            assert!(answer["userErrors"][0]["message"].as_str().unwrap().contains(message), "{answer}");
        }
        for (more, at) in [
            (format!("{november}, currency: \"XYZ\""), "input.currency"),
            (format!("{november}, currency: \"XAU\""), "input.currency"),
            (period("2025-11-30", "2025-11-01"), "input.period.until"),
            (period("2025-01-01", "2026-06-30"), "input.period.until"),
            (period("2025-02-30", "2025-03-30"), "input.period.from"),
        ] {
            let answer = pay(&app, &person, &more);
            assert_eq!(answer["errors"][0]["extensions"]["code"], "BAD_INPUT", "{more}: {answer}");
            assert!(answer["errors"][0]["message"].as_str().unwrap().contains(at), "{more}: {answer}");
        }
        let registered = "record: { registeredOn: \"2025-11-20\" }";
        let late = need(&app, "TJK-NEW-4", "ER");
        let read = format!("{{ node(id: {}) {{ ... on Individual {{ updatedAt }} }} }}", late["id"]);
        let updated_at = app.data("unhcr", &read)["node"]["updatedAt"].clone();
        let input = format!("individualId: {}, updatedAt: {updated_at}, {registered}", late["id"]);
        done(&change(&app, "correctIndividual", &input));
        let early = format!("{november}, paidOn: \"2025-11-19\"");
        assert_eq!(refused(&pay(&app, &late, &early)), ("paidOn".to_owned(), "INVALID".to_owned()));
        done(&pay(&app, &late, &format!("{november}, paidOn: \"2025-11-20\", amount: 25")));
        let needless = done(&register(&app, "TJK-NEW-2", "", ""));
        assert_eq!(refused(&pay(&app, &needless, "")), ("individualId".to_owned(), "INVALID".to_owned()));
        let other = need(&app, "TJK-NEW-3", "DS");
        let close = format!("individualId: {}, closedAs: DECEASED, closedOn: \"2025-12-15\"", other["id"]);
        done(&change(&app, "closeIndividual", &close));
        assert_eq!(refused(&pay(&app, &other, "")), ("individualId".to_owned(), "WRONG_STATUS".to_owned()));
        done(&pay(&app, &other, &period("2025-12-01", "2025-12-15")));
        assert_eq!(payments(&app, &person), before);
    });
}

/// Eligibility says the same as a payment would, condition by condition, to the holder alone.
#[test]
fn eligibility_explains_itself() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 200);
        let person = done(&register(&app, "TJK-NEW-1", "", ""));
        let asked =
            || eligibility(&app, "unhcr", &person, "2025-12-01", "2025-12-31")["data"]["stipendEligibility"].clone();
        let unmet = |eligibility: &Value| -> Vec<String> {
            let checks = eligibility["checks"].as_array().unwrap().iter();
            checks
                .filter(|check| check["isMet"] == false)
                .map(|check| check["condition"].as_str().unwrap().to_owned())
                .collect()
        };
        let before = asked();
        assert_eq!((&before["isEligible"], unmet(&before)), (&json!(false), vec!["SPECIFIC_NEED".to_owned()]));
        done(&change(&app, "addSpecificNeed", &format!("individualId: {}, code: \"SP\"", person["id"])));
        let eligible = asked();
        assert_eq!((&eligible["isEligible"], unmet(&eligible)), (&json!(true), vec![]));
        assert!(eligible["checks"].to_string().contains("the person has SP"), "{eligible}");
        done(&pay(&app, &person, ""));
        let paid = asked();
        assert_eq!((&paid["isEligible"], unmet(&paid)), (&json!(false), vec!["NOT_PAID".to_owned()]));
        let told = pay(&app, &person, "");
        let reason =
            paid["checks"].as_array().unwrap().iter().find(|check| check["isMet"] == false).unwrap()["reason"].clone();
        assert_eq!(told["userErrors"][0]["message"], reason);
        let early =
            eligibility(&app, "unhcr", &person, "2010-01-01", "2010-01-31")["data"]["stipendEligibility"].clone();
        assert_eq!(unmet(&early), ["PROGRAMME", "OPEN_RECORD"]);

        // The same id under another agency, and one's own id of somebody else's person.
        for agency in ["undp", "embassy-us"] {
            let foreign = eligibility(&app, agency, &person, "2025-12-01", "2025-12-31");
            assert_eq!(foreign["errors"][0]["extensions"]["code"], "INVALID_ID");
            let seen =
                app.data(agency, "{ individuals(first: 1) { nodes { id } } }")["individuals"]["nodes"][0].clone();
            let own = eligibility(&app, agency, &seen, "2025-12-01", "2025-12-31");
            assert_eq!(own, json!({ "data": { "stipendEligibility": null } }), "{agency}");
        }
        asked();
        let log = format!(
            "{{ accessLog(individualId: {}, first: 1) {{ nodes {{ lookedUp shown categories }} }} }}",
            person["id"]
        );
        let categories = ["LEGAL_STATUS", "SPECIFIC_NEEDS", "ASSISTANCE"];
        let newest = json!({ "lookedUp": true, "shown": true, "categories": categories });
        assert_eq!(app.data("unhcr", &log)["accessLog"]["nodes"][0], newest);
    });
}

/// Who was paid by each of two records that are merged was paid by both, and is not paid again for either period.
#[test]
fn merged_records_were_paid_for_both() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 200);
        let [kept, duplicate] = ["1", "2"].map(|number| need(&app, &format!("TJK-NEW-{number}"), "ER"));
        done(&pay(&app, &kept, ""));
        done(&pay(&app, &duplicate, "period: { from: \"2025-11-15\", until: \"2025-12-14\" }"));
        let input = format!("individualId: {}, duplicateId: {}", kept["id"], duplicate["id"]);
        done(&change(&app, "mergeIndividuals", &input));
        assert_eq!(payments(&app, &kept).as_array().unwrap().len(), 2);
        let again = pay(&app, &kept, "period: { from: \"2025-11-01\", until: \"2025-11-15\" }");
        assert_eq!(refused(&again), ("period".to_owned(), "TAKEN".to_owned()));
    });
}

/// A stipend that is voided is gone, and its days are paid again; none is voided but for the days for which it was paid.
#[test]
fn a_stipend_that_is_voided_can_be_paid_again() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 200);
        let person = need(&app, "TJK-NEW-1", "ER");
        done(&pay(&app, &person, ""));
        let void = |programme: &str, from: &str| {
            let period = format!("period: {{ from: \"{from}\", until: \"2025-12-31\" }}");
            let input = format!("individualId: {}, programmeIdentifier: \"{programme}\", {period}", person["id"]);
            change(&app, "voidStipend", &input)
        };
        let missing = |field: &str| (field.to_owned(), "NOT_FOUND".to_owned());
        assert_eq!(refused(&void(CASH, "2025-12-02")), missing("period"));
        assert_eq!(refused(&void("XM-DAC-41121-TJK-MICRO", "2025-12-01")), missing("period"));
        assert_eq!(refused(&void("none", "2025-12-01")), missing("programmeIdentifier"));
        done(&void(CASH, "2025-12-01"));
        assert_eq!(payments(&app, &person), json!([]));
        assert_eq!(refused(&void(CASH, "2025-12-01")), missing("period"), "it is voided");
        done(&pay(&app, &person, "amount: \"30\""));
        assert_eq!(payments(&app, &person)[0]["amount"], "30.00");
        coverage_is_kept(&app.database);
    });
}

/// A hundred times two clients pay the same days at once: one of them is told.
#[test]
fn of_two_payments_at_once_one_is_made() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 200);
        let person = need(&app, "TJK-NEW-1", "DS");
        for round in 0..100_u64 {
            let from = today() - Days::new(400 - 3 * round);
            let pay = |nth: usize| {
                let from = from + Days::new(nth as u64);
                let until = from + Days::new(1);
                pay(&app, &person, &format!("period: {{ from: \"{from}\", until: \"{until}\" }}, paidOn: \"{from}\""))
            };
            let (_, _, told) = one_of_two(pay);
            assert_eq!(refused(&told), ("period".to_owned(), "TAKEN".to_owned()));
        }
    });
}
