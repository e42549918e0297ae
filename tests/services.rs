//! Loans, housing and years at school: what people get under programmes, and who records it.

use crate::caseload_changes::{coverage_is_kept, done, refused, register};
use crate::handovers::{answer, in_days, made, newest, participant, propose, sign_agreement};
use crate::harness::app::today;
use crate::harness::races::one_of_two;
use crate::harness::{TestApp, each_engine};
use crate::solutions::change;
use chrono::{Days, Months};
use serde_json::{Value, json};

const MICRO: &str = "XM-DAC-41121-TJK-MICRO";
const HOUSING: &str = "XM-DAC-41121-TJK-HOUSING";
const SCHOOL: &str = "XM-DAC-41121-TJK-SCHOOL";
const SERVICES: &str = "loans { amount currency disbursedOn instalments firstDueOn repayments { amount paidOn } repaid overdue programme { identifier } } \
     housing { dwelling movedInOn months movedOutOn programme { identifier } } \
     schoolYears { grade startedOn endedOn completed programme { identifier } } updatedAt";

fn services(app: &TestApp, agency: &str, person: &Value) -> Value {
    let query = format!("{{ node(id: {}) {{ ... on Individual {{ {SERVICES} }} }} }}", person["id"]);
    app.data(agency, &query)["node"].clone()
}

/// A person who is enrolled in a programme since the first of December.
fn enrolled(app: &TestApp, number: &str, programme: &str) -> Value {
    let person = done(&register(app, number, "", ""));
    done(&act(app, "enrolIndividual", &person, programme, "startedOn: \"2025-12-01\""));
    person
}

fn act(app: &TestApp, mutation: &str, person: &Value, programme: &str, more: &str) -> Value {
    change(app, mutation, &format!("individualId: {}, programmeIdentifier: \"{programme}\", {more}", person["id"]))
}

fn lend(app: &TestApp, person: &Value, more: &str) -> Value {
    let rest = [
        ("amount", "\"1200.00\""),
        ("currency", "\"TJS\""),
        ("disbursedOn", "\"2025-12-01\""),
        ("instalments", "12"),
        ("firstDueOn", "\"2026-01-01\""),
    ];
    let rest = rest.iter().filter(|(field, _)| !more.contains(&format!("{field}:")));
    let rest: Vec<String> = rest.map(|(field, value)| format!("{field}: {value}")).collect();
    act(app, "grantLoan", person, MICRO, &format!("{} {more}", rest.join(" ")))
}

fn repay(app: &TestApp, person: &Value, amount: &str, on: &str) -> Value {
    act(app, "recordRepayment", person, MICRO, &format!("amount: \"{amount}\", paidOn: \"{on}\""))
}

/// A loan is paid back until nothing is left; what was due and is not paid is overdue; only then there is another.
#[test]
fn a_loan_is_paid_back() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 100);
        let person = enrolled(&app, "TJK-NEW-1", MICRO);
        done(&lend(&app, &person, "idempotencyKey: \"once\""));
        done(&lend(&app, &person, "idempotencyKey: \"once\""));
        let lent = services(&app, "unhcr", &person);
        let loan = json!({ "amount": "1200.00", "currency": "TJS", "disbursedOn": "2025-12-01", "instalments": 12,
            "firstDueOn": "2026-01-01", "repayments": [], "repaid": "0.00", "overdue": "100.00", "programme": { "identifier": MICRO } });
        assert_eq!(lent["loans"], json!([loan]), "a repeated request lends once");
        done(&repay(&app, &person, "60.5", "2025-12-20"));
        let after = services(&app, "unhcr", &person);
        assert_eq!(
            (&after["loans"][0]["repaid"], &after["loans"][0]["overdue"]),
            (&json!("60.50"), &json!("39.50")),
            "{after}"
        );
        assert_ne!(after["updatedAt"], lent["updatedAt"]);
        for (more, field, code) in
            [("disbursedOn: \"2025-11-30\"", "disbursedOn", "INVALID"), ("", "individualId", "WRONG_STATUS")]
        {
            assert_eq!(refused(&lend(&app, &person, more)), (field.to_owned(), code.to_owned()), "{more}");
        }
        done(&repay(&app, &person, "1139.5", "2026-01-02"));
        let paid = services(&app, "unhcr", &person);
        assert_eq!(paid["loans"][0]["overdue"], "0.00");
        assert_eq!(paid["loans"][0]["repayments"][1], json!({ "amount": "1139.50", "paidOn": "2026-01-02" }));
        let nothing = ("individualId".to_owned(), "NOT_FOUND".to_owned());
        assert_eq!(refused(&repay(&app, &person, "1", "2026-01-02")), nothing);
        done(&lend(&app, &person, "disbursedOn: \"2026-01-03\", firstDueOn: \"2026-02-03\""));
        assert_eq!(services(&app, "unhcr", &person)["loans"].as_array().unwrap().len(), 2);
        coverage_is_kept(&app.database);
    });
}

/// What cannot be is refused with the field and why, and nothing changes.
#[test]
fn what_cannot_be_lent_is_refused() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 100);
        let person = enrolled(&app, "TJK-NEW-1", MICRO);
        let tomorrow = format!("disbursedOn: \"{0}\", firstDueOn: \"{0}\"", today() + Days::new(1));
        let late = format!("firstDueOn: \"{}\"", "2025-12-02".parse::<chrono::NaiveDate>().unwrap() + Months::new(24));
        for (more, field, message) in [
            (tomorrow.as_str(), "disbursedOn", "future"),
            ("disbursedOn: \"2025-11-30\"", "disbursedOn", "not enrolled"),
            ("firstDueOn: \"2025-11-30\"", "firstDueOn", "within two years"),
            (late.as_str(), "firstDueOn", "within two years"),
            ("instalments: 0", "instalments", "1 to 120"),
            ("instalments: 121", "instalments", "1 to 120"),
            ("instalments: 3, amount: \"0.02\"", "instalments", "smallest unit"),
            ("amount: \"25.005\"", "amount", "TJS has 2 decimals"),
            ("amount: \"0\"", "amount", "above zero"),
        ] {
            let answer = lend(&app, &person, more);
            assert_eq!(refused(&answer), (field.to_owned(), "INVALID".to_owned()), "{more}: {answer}");
            assert!(answer["userErrors"][0]["message"].as_str().unwrap().contains(message), "{answer}");
        }
        let other = done(&register(&app, "TJK-NEW-2", "", ""));
        assert_eq!(refused(&lend(&app, &other, "")), ("disbursedOn".to_owned(), "INVALID".to_owned()), "not enrolled");
        let elsewhere = act(&app, "recordRepayment", &person, SCHOOL, "amount: \"1\", paidOn: \"2026-01-01\"");
        assert_eq!(refused(&elsewhere), ("programmeIdentifier".to_owned(), "INVALID".to_owned()));
        assert_eq!(services(&app, "unhcr", &person)["loans"], json!([]));
        done(&lend(&app, &person, ""));
        for (amount, on, field) in
            [("1200.01", "2026-01-01", "amount"), ("1", "2025-11-30", "paidOn"), ("1.001", "2026-01-01", "amount")]
        {
            let answer = repay(&app, &person, amount, on);
            assert_eq!(refused(&answer), (field.to_owned(), "INVALID".to_owned()), "{answer}");
        }
        assert_eq!(services(&app, "unhcr", &person)["loans"][0]["repayments"], json!([]));
    });
}

/// What was recorded by mistake is voided, once: a repayment is owed again, and a loan goes if nothing of it is paid back.
#[test]
fn what_was_recorded_by_mistake_is_voided() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 40);
        let person = enrolled(&app, "TJK-NEW-1", MICRO);
        let void = |what: &str, more: &str| act(&app, what, &person, MICRO, more);
        let refusal = |field: &str, code: &str| (field.to_owned(), code.to_owned());
        let loan = "disbursedOn: \"2025-12-01\"";
        assert_eq!(refused(&void("voidLoan", loan)), refusal("disbursedOn", "NOT_FOUND"));
        done(&lend(&app, &person, ""));
        done(&repay(&app, &person, "1000", "2026-01-02"));
        done(&repay(&app, &person, "200", "2026-01-02"));
        for (more, field, code) in [
            ("amount: \"100.00\", paidOn: \"2026-01-02\"", "paidOn", "NOT_FOUND"),
            ("amount: \"1000\", paidOn: \"2026-01-03\"", "paidOn", "NOT_FOUND"),
            ("amount: \"1000.001\", paidOn: \"2026-01-02\"", "amount", "INVALID"),
        ] {
            assert_eq!(refused(&void("voidRepayment", more)), refusal(field, code), "{more}");
        }
        let meant = "amount: \"1000.00\", paidOn: \"2026-01-02\"";
        for _ in 0..2 {
            done(&void("voidRepayment", &format!("{meant}, idempotencyKey: \"once\"")));
        }
        let owed = services(&app, "unhcr", &person)["loans"].clone();
        assert_eq!((&owed[0]["repaid"], &owed[0]["overdue"]), (&json!("200.00"), &json!("0.00")), "{owed}");
        assert_eq!(refused(&void("voidRepayment", meant)), refusal("paidOn", "NOT_FOUND"), "it is voided");
        let stands = void("voidLoan", loan);
        assert_eq!(refused(&stands), refusal("disbursedOn", "WRONG_STATUS"));
        let message = stands["userErrors"][0]["message"].as_str().unwrap();
        assert!(message.starts_with("200.00 of 1200.00 TJS are paid back"), "{message}");
        done(&void("voidRepayment", &meant.replace("1000", "200")));
        done(&void("voidLoan", loan));
        assert_eq!(services(&app, "unhcr", &person)["loans"], json!([]));
        assert_eq!(refused(&void("voidLoan", loan)), refusal("disbursedOn", "NOT_FOUND"), "it is voided");

        // Whoever has a loan since then owes nothing of the one before.
        done(&lend(&app, &person, ""));
        done(&repay(&app, &person, "1200", "2026-01-02"));
        done(&lend(&app, &person, "disbursedOn: \"2026-01-03\", firstDueOn: \"2026-02-03\""));
        let whole = meant.replace("1000", "1200");
        assert_eq!(refused(&void("voidRepayment", &whole)), refusal("paidOn", "WRONG_STATUS"));
        done(&void("voidLoan", "disbursedOn: \"2026-01-03\""));
        done(&void("voidRepayment", &whole));
        coverage_is_kept(&app.database);
    });
}

/// A repayment is voided whatever the currency of a loan before; a start that was recorded too late is recorded anew, and how a year ended.
#[test]
fn what_was_recorded_wrongly_is_recorded_anew() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 40);
        let person = enrolled(&app, "TJK-NEW-1", MICRO);
        let yens = "amount: \"1200\", currency: \"JPY\", disbursedOn: \"2025-12-01\"";
        done(&lend(&app, &person, yens));
        let in_dollars = "amount: \"1200\", paidOn: \"2025-12-20\", currency: \"USD\"";
        let paid = |more: &str| act(&app, "recordRepayment", &person, MICRO, more);
        assert_eq!(refused(&paid(in_dollars)), ("currency".to_owned(), "INVALID".to_owned()));
        done(&paid(&in_dollars.replace("USD", "JPY")));
        done(&lend(&app, &person, "disbursedOn: \"2025-12-21\", amount: \"100.50\", firstDueOn: \"2026-01-21\""));
        done(&repay(&app, &person, "25.50", "2026-01-02"));
        done(&act(&app, "voidRepayment", &person, MICRO, "amount: \"25.50\", paidOn: \"2026-01-02\""));

        let begins = [
            (HOUSING, "provideHousing", "dwelling: ROOM, months: 6, movedInOn", "endHousing", "movedOutOn"),
            (SCHOOL, "startSchoolYear", "grade: 3, startedOn", "endSchoolYear", "completed: false, endedOn"),
        ];
        for (programme, begin, begin_on, end, end_on) in begins {
            let enrol = |on: &str| act(&app, "enrolIndividual", &person, programme, &format!("startedOn: \"{on}\""));
            done(&enrol("2025-12-20"));
            done(&act(&app, "endEnrolment", &person, programme, "endedOn: \"2025-12-20\""));
            done(&enrol("2025-12-01"));
            done(&act(&app, begin, &person, programme, &format!("{begin_on}: \"2026-01-10\"")));
            done(&act(&app, end, &person, programme, &format!("{end_on}: \"2026-01-10\"")));
            done(&act(&app, begin, &person, programme, &format!("{begin_on}: \"2025-12-02\"")));
        }
        let end = |on: &str, completed: bool| {
            act(&app, "endSchoolYear", &person, SCHOOL, &format!("endedOn: \"{on}\", completed: {completed}"))
        };
        assert_eq!(refused(&end("2025-12-02", true)), ("completed".to_owned(), "INVALID".to_owned()));
        done(&end("2026-01-02", true));
        done(&end("2026-01-03", false));
        let years = services(&app, "unhcr", &person)["schoolYears"].clone();
        let last = years.as_array().unwrap().iter().find(|year| year["startedOn"] == "2025-12-02").unwrap().clone();
        assert_eq!((&last["endedOn"], &last["completed"]), (&json!("2026-01-03"), &json!(false)), "{years}");
        coverage_is_kept(&app.database);
    });
}

/// A hundred times two clients pay back the rest at once: one of them is told that nothing is left.
#[test]
fn of_two_repayments_of_the_rest_one_counts() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 40);
        let person = enrolled(&app, "TJK-NEW-1", MICRO);
        for round in 0..100 {
            done(&lend(&app, &person, ""));
            let (_, _, told) = one_of_two(|_| repay(&app, &person, "1200", "2026-01-01"));
            assert_eq!(refused(&told).1, "NOT_FOUND", "{round}");
        }
        assert_eq!(services(&app, "unhcr", &person)["loans"].as_array().unwrap().len(), 100);
    });
}

/// Somebody has one dwelling and one year at school at a time; an enrolment ends after them, and closing a record ends all.
#[test]
fn dwellings_and_years_at_school_follow_one_another() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 100);
        let person = enrolled(&app, "TJK-NEW-1", HOUSING);
        done(&act(&app, "enrolIndividual", &person, SCHOOL, "startedOn: \"2025-12-01\""));
        let house = |more: &str| act(&app, "provideHousing", &person, HOUSING, &format!("dwelling: ROOM, {more}"));
        let out = |on: &str| act(&app, "endHousing", &person, HOUSING, &format!("movedOutOn: \"{on}\""));
        let start = |more: &str| act(&app, "startSchoolYear", &person, SCHOOL, more);
        let end = |on: &str, completed: bool| {
            act(&app, "endSchoolYear", &person, SCHOOL, &format!("endedOn: \"{on}\", completed: {completed}"))
        };
        let none = ("individualId".to_owned(), "NOT_FOUND".to_owned());
        assert_eq!((refused(&out("2025-12-10")), refused(&end("2025-12-10", true))), (none.clone(), none));
        done(&house("movedInOn: \"2025-12-02\", months: 6"));
        done(&start("grade: 3, startedOn: \"2025-12-02\""));
        let open = ("individualId".to_owned(), "WRONG_STATUS".to_owned());
        assert_eq!(refused(&house("movedInOn: \"2025-12-20\", months: 6")), open);
        assert_eq!(refused(&start("grade: 4, startedOn: \"2025-12-20\"")), open);
        for programme in [HOUSING, SCHOOL] {
            let ended = act(&app, "endEnrolment", &person, programme, "endedOn: \"2026-01-02\"");
            assert_eq!(refused(&ended), ("programmeIdentifier".to_owned(), "WRONG_STATUS".to_owned()));
        }
        let invalid = |field: &str| (field.to_owned(), "INVALID".to_owned());
        assert_eq!(refused(&out("2025-12-01")), invalid("movedOutOn"));
        assert_eq!(refused(&end("2025-12-01", true)), invalid("endedOn"));
        done(&out("2025-12-20"));
        done(&end("2025-12-20", true));
        assert_eq!(refused(&house("movedInOn: \"2025-12-19\", months: 6")), invalid("movedInOn"));
        let before = act(&app, "endEnrolment", &person, HOUSING, "endedOn: \"2025-12-19\"");
        assert_eq!(refused(&before), invalid("endedOn"), "somebody moved out later");
        assert_eq!(refused(&house("movedInOn: \"2025-12-20\", months: 61")), invalid("months"));
        assert_eq!(refused(&start("grade: 4, startedOn: \"2025-12-19\"")), invalid("startedOn"));
        assert_eq!(refused(&start("grade: 3, startedOn: \"2025-12-20\"")), invalid("grade"), "it is completed");
        assert_eq!(refused(&start("grade: 14, startedOn: \"2025-12-20\"")), invalid("grade"));
        assert_eq!(refused(&out("2025-12-20")).1, "NOT_FOUND", "that is recorded");
        done(&out("2025-12-21"));
        assert_eq!(refused(&house("movedInOn: \"2025-12-20\", months: 1")), invalid("movedInOn"));
        done(&out("2025-12-20"));
        done(&house("movedInOn: \"2025-12-20\", months: 1"));
        done(&start("grade: 4, startedOn: \"2025-12-20\""));
        let close = |on: &str| {
            change(
                &app,
                "closeIndividual",
                &format!("individualId: {}, closedAs: DEPARTED, closedOn: \"{on}\"", person["id"]),
            )
        };
        assert_eq!(refused(&close("2025-12-19")), invalid("closedOn"), "somebody moves in later");
        done(&close("2026-01-05"));
        let all = services(&app, "unhcr", &person);
        let ends = |list: &str, field: &str| {
            let rows = all[list].as_array().unwrap().iter();
            rows.map(|row| row[field].clone()).collect::<Vec<_>>()
        };
        assert_eq!(ends("housing", "movedOutOn"), ["2025-12-20", "2026-01-05"]);
        assert_eq!(ends("schoolYears", "endedOn"), ["2025-12-20", "2026-01-05"]);
        assert_eq!(ends("schoolYears", "completed"), [json!(true), json!(false)]);
        for (again, field) in [
            (house("movedInOn: \"2026-01-02\", months: 6"), "movedInOn"),
            (start("grade: 5, startedOn: \"2026-01-02\""), "startedOn"),
        ] {
            assert_eq!(
                refused(&again),
                invalid(field),
                "whoever is enrolled no longer gets nothing, for earlier days too"
            );
        }
        coverage_is_kept(&app.database);
    });
}

/// What was recorded by mistake ends on its first day, and is not in the way of closing the record before.
#[test]
fn mistakes_are_in_the_way_of_nothing() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 40);
        let person = enrolled(&app, "TJK-NEW-1", HOUSING);
        let housing = "dwelling: HOUSE, movedInOn: \"2026-01-05\", months: 6";
        done(&act(&app, "provideHousing", &person, HOUSING, housing));
        done(&act(&app, "endHousing", &person, HOUSING, "movedOutOn: \"2026-01-05\""));
        let close = format!("individualId: {}, closedAs: DECEASED, closedOn: \"2026-01-02\"", person["id"]);
        assert_eq!(done(&change(&app, "closeIndividual", &close))["closedAs"], "DECEASED");
    });
}

/// What both of two merged records got is the one's that is kept.
#[test]
fn merging_keeps_what_both_got() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 40);
        let [kept, other] = ["TJK-NEW-1", "TJK-NEW-2"].map(|number| enrolled(&app, number, MICRO));
        done(&lend(&app, &kept, ""));
        done(&lend(&app, &other, "amount: \"2400\""));
        let input = format!("individualId: {}, duplicateId: {}", kept["id"], other["id"]);
        let same_day = ("duplicateId".to_owned(), "WRONG_STATUS".to_owned());
        assert_eq!(
            refused(&change(&app, "mergeIndividuals", &input)),
            same_day,
            "nobody could say which loan is meant"
        );
        done(&act(&app, "voidLoan", &other, MICRO, "disbursedOn: \"2025-12-01\""));
        done(&lend(&app, &other, "amount: \"2400\", disbursedOn: \"2025-12-02\""));
        done(&repay(&app, &other, "200", "2026-01-02"));
        done(&change(&app, "mergeIndividuals", &input));
        done(&repay(&app, &kept, "100", "2026-01-03"));
        let loans = services(&app, "unhcr", &kept)["loans"].clone();
        assert_eq!([&loans[0]["repaid"], &loans[1]["repaid"]], ["100.00", "200.00"], "{loans}");

        // Of two years at school that are open the earlier is meant, and the earlier enrolment stays, in which it lies.
        let [kept, other] = ["TJK-NEW-3", "TJK-NEW-4"].map(|number| done(&register(&app, number, "", "")));
        for (person, on, grade) in [(&kept, "2025-12-10", 9), (&other, "2025-12-02", 4)] {
            done(&act(&app, "enrolIndividual", person, SCHOOL, &format!("startedOn: \"{on}\"")));
            done(&act(&app, "startSchoolYear", person, SCHOOL, &format!("grade: {grade}, startedOn: \"{on}\"")));
        }
        let input = format!("individualId: {}, duplicateId: {}", kept["id"], other["id"]);
        done(&change(&app, "mergeIndividuals", &input));
        done(&act(&app, "endSchoolYear", &kept, SCHOOL, "endedOn: \"2025-12-05\", completed: true"));
        let years = services(&app, "unhcr", &kept)["schoolYears"].clone();
        assert_eq!([&years[0]["endedOn"], &years[1]["endedOn"]], [&json!("2025-12-05"), &json!(null)], "{years}");
        let query = format!("{{ node(id: {}) {{ ... on Individual {{ enrolments {{ startedOn }} }} }} }}", kept["id"]);
        assert_eq!(app.data("unhcr", &query)["node"]["enrolments"], json!([{ "startedOn": "2025-12-02" }]));
    });
}

/// What an agency records for a person; gives the payload.
fn by(app: &TestApp, agency: &str, mutation: &str, person: &Value, more: &str) -> Value {
    let document = format!(
        "mutation {{ {mutation}(input: {{ individualId: {}, {more} }}) {{ individual {{ id {SERVICES} }} \
         userErrors {{ field code message }} }} }}",
        person["id"]
    );
    app.data(agency, &document)[mutation].clone()
}

/// From the day of the handover on, the lead records what people get, and whoever handed it over no longer does.
#[test]
fn the_lead_records_what_people_get() {
    each_engine(|engine| {
        let mut app = TestApp::demo(engine, 400);
        let person = participant(&app, "undp", MICRO);
        let query = format!(
            "{{ individuals(first: 1, filter: {{ registrationNumber: {{ eq: {} }} }}) {{ nodes {{ id }} }} }}",
            person["registrationNumber"]
        );
        let holders = app.data("unhcr", &query)["individuals"]["nodes"][0].clone();
        let [rest, housing] = [MICRO, HOUSING]
            .map(|programme| format!("programmeIdentifier: \"{programme}\", amount: \"1.00\", paidOn: \"2026-01-10\""));
        let missing = ("individualId".to_owned(), "NOT_FOUND".to_owned());
        let lend = format!(
            "programmeIdentifier: \"{MICRO}\", amount: \"600\", currency: \"USD\", disbursedOn: \"2026-01-10\", instalments: 6, \
             firstDueOn: \"2026-01-20\""
        );
        assert_eq!(refused(&by(&app, "undp", "recordRepayment", &person, &rest)), missing, "before its day");
        let owed = services(&app, "unhcr", &holders)["loans"][0].clone();
        let left = owed["amount"].as_str().unwrap().parse::<f64>().unwrap()
            - owed["repaid"].as_str().unwrap().parse::<f64>().unwrap();
        if left > 0.0 {
            let all = rest.replace("1.00", &format!("{left:.2}"));
            done(&by(&app, "unhcr", "recordRepayment", &holders, &all));
        }
        app.set_today(today() + Days::new(30));
        let theirs = done(&by(&app, "undp", "grantLoan", &person, &lend));
        assert_eq!(theirs["loans"][1]["overdue"], "100.00", "{theirs}");
        assert_eq!(theirs["updatedAt"], json!(null));
        let paid = done(&by(&app, "undp", "recordRepayment", &person, &rest));
        assert_eq!(paid["loans"][1]["overdue"], "99.00", "{paid}");
        assert_eq!(services(&app, "unhcr", &holders)["loans"], paid["loans"]);
        let again = done(&by(&app, "undp", "voidRepayment", &person, &rest));
        assert_eq!(again["loans"], theirs["loans"]);
        let loan = format!("programmeIdentifier: \"{MICRO}\", disbursedOn: \"2026-01-10\"");
        let passed = ("programmeIdentifier".to_owned(), "NOT_ALLOWED".to_owned());
        for (mutation, input) in [("recordRepayment", &rest), ("voidRepayment", &rest), ("voidLoan", &loan)] {
            assert_eq!(refused(&by(&app, "unhcr", mutation, &holders, input)), passed, "{mutation}");
        }
        let left = done(&by(&app, "undp", "voidLoan", &person, &loan));
        assert_eq!(left["loans"].as_array().unwrap().len(), 1, "{left}");
        assert_eq!(refused(&by(&app, "undp", "recordRepayment", &person, &housing)), passed, "it is not handed over");
        let other = participant(&app, "undp", HOUSING);
        assert_eq!(refused(&by(&app, "undp", "recordRepayment", &other, &rest)), missing, "in no programme of its own");
        coverage_is_kept(&app.database);
    });
}

/// After CASH_ASSISTANCE is handed over, its lead pays stipends to those of whom it sees on what they rest, and to nobody else.
#[test]
fn the_lead_pays_stipends() {
    const CASH: &str = "XM-DAC-41121-TJK-CASH";
    each_engine(|engine| {
        let mut app = TestApp::demo(engine, 400);
        let handed = made(&propose(&app, "unhcr", "undp", &[CASH], &in_days(30)));
        made(&answer(&app, "undp", "acceptHandover", &newest(&app, "undp"), &[CASH]));
        assert_eq!(handed["programmes"][0]["decision"], "PROPOSED");
        app.set_today(today() + Days::new(30));
        let person = participant(&app, "undp", MICRO);
        let query = format!(
            "{{ individuals(first: 1, filter: {{ registrationNumber: {{ eq: {} }} }}) {{ nodes {{ id specificNeeds {{ code }} }} }} }}",
            person["registrationNumber"]
        );
        let holders = app.data("unhcr", &query)["individuals"]["nodes"][0].clone();
        if !holders["specificNeeds"].to_string().contains("\"ER") {
            let need = format!("individualId: {}, code: \"ER-NF\"", holders["id"]);
            done(&change(&app, "addSpecificNeed", &need));
        }
        let pay = |agency: &str, person: &Value, until: &str| {
            let stated = format!(
                "programmeIdentifier: \"{CASH}\", period: {{ from: \"2026-01-16\", until: \"{until}\" }}, amount: \"25\", \
                 currency: \"USD\", paidOn: \"2026-01-16\""
            );
            by(&app, agency, "payStipend", person, &stated)
        };
        let asked = |person: &Value| {
            let query = format!(
                "{{ stipendEligibility(individualId: {}, programmeIdentifier: \"{CASH}\", \
                 period: {{ from: \"2026-01-16\", until: \"2026-02-15\" }}) {{ isEligible }} }}",
                person["id"]
            );
            app.data("undp", &query)["stipendEligibility"].clone()
        };
        let unseen = ("individualId".to_owned(), "NOT_ALLOWED".to_owned());
        assert_eq!(refused(&pay("undp", &person, "2026-02-15")), unseen, "its needs are not shown");
        assert_eq!(asked(&person), json!(null));
        assert_eq!(refused(&pay("unhcr", &holders, "2026-02-15")).0, "programmeIdentifier", "another agency leads it");
        let shown = "purpose: PROGRAMME_DELIVERY, level: IDENTIFIED, \
            categories: [DEMOGRAPHICS, ASSISTANCE, SPECIFIC_NEEDS, LEGAL_STATUS], scope: { programmes: [MICRO_CREDIT] }";
        let agreement = sign_agreement(&app, "undp", shown);
        assert_eq!(asked(&person), json!({ "isEligible": true }));
        done(&pay("undp", &person, "2026-02-15"));
        assert_eq!(asked(&person), json!({ "isEligible": false }));
        let twice = pay("undp", &person, "2026-01-20");
        assert_eq!(refused(&twice), ("period".to_owned(), "TAKEN".to_owned()), "{twice}");
        let period =
            format!("programmeIdentifier: \"{CASH}\", period: {{ from: \"2026-01-16\", until: \"2026-02-15\" }}");
        let not_theirs = ("programmeIdentifier".to_owned(), "NOT_ALLOWED".to_owned());
        assert_eq!(refused(&by(&app, "unhcr", "voidStipend", &holders, &period)), not_theirs);
        done(&by(&app, "undp", "voidStipend", &person, &period));
        assert_eq!(asked(&person), json!({ "isEligible": true }));
        // Of whom the lead is no longer shown the needs, the holder voids it.
        done(&pay("undp", &person, "2026-02-15"));
        let revoke = format!(
            "mutation {{ revokeAgreement(input: {{ agreementId: {agreement} }}) {{ userErrors {{ message }} }} }}"
        );
        assert_eq!(app.data("unhcr", &revoke)["revokeAgreement"]["userErrors"], json!([]));
        assert_eq!(refused(&by(&app, "undp", "voidStipend", &person, &period)), unseen);
        done(&by(&app, "unhcr", "voidStipend", &holders, &period));
        coverage_is_kept(&app.database);
    });
}

/// Whoever sees people by the year is told no day, nor what follows from one: what is overdue changes on the day of an instalment.
#[test]
fn who_sees_by_the_year_is_told_nothing_overdue() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 200);
        let by_year = "purpose: RESETTLEMENT, level: PSEUDONYMISED, categories: [DEMOGRAPHICS, ASSISTANCE], \
            scope: { programmes: [MICRO_CREDIT, HOUSING, SCHOOL] }";
        sign_agreement(&app, "embassy-ca", by_year);
        let query = format!("{{ individuals(first: 100) {{ nodes {{ {SERVICES} }} }} }}");
        let seen = app.data("embassy-ca", &query);
        let rows = |list: &str| {
            let people = seen["individuals"]["nodes"].as_array().unwrap().iter();
            people.flat_map(|person| person[list].as_array().into_iter().flatten()).collect::<Vec<_>>()
        };
        let (loans, housing, years) = (rows("loans"), rows("housing"), rows("schoolYears"));
        assert!(!loans.is_empty() && !housing.is_empty() && !years.is_empty());
        assert!(loans.iter().all(|loan| loan["overdue"].is_null() && !loan["repaid"].is_null()));
        let days = [(&loans, "disbursedOn"), (&loans, "firstDueOn"), (&housing, "movedInOn"), (&housing, "movedOutOn")];
        let days = days.into_iter().chain([(&years, "startedOn"), (&years, "endedOn")]);
        let days = days.flat_map(|(rows, field)| rows.iter().map(move |row| row[field].clone()));
        let repaid = loans.iter().flat_map(|loan| loan["repayments"].as_array().unwrap());
        let days: Vec<Value> = days.chain(repaid.map(|repayment| repayment["paidOn"].clone())).collect();
        assert!(days.iter().all(|day| day.as_str().is_none_or(|day| day.ends_with("-01-01"))), "{days:?}");
    });
}
