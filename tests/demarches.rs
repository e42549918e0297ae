//! Demarches: drafted by one agency and joined by others, resting on released figures and patterns, and followed up until answered.

use crate::caseload_changes::{done, register};
use crate::handovers::in_days;
use crate::harness::races::one_of_two;
use crate::harness::{TestApp, each_engine};
use serde_json::{Value, json};

const DEMARCHE: &str = "id digest status subject addressee drafter { code } deliveredOn withdrawnOn response respondedOn \
     parties { agency { code } decision } \
     asks { id kind detail followUpOn isOverdue answer answeredOn followUps { id agency { code } followedUpOn note } } \
     figures { provider { code } citedBy { code } releaseNumber dimensions value count } patterns { name kind actor }";

pub fn step(app: &TestApp, (agency, purpose): (&str, Option<&str>), mutation: &str, input: &str) -> Value {
    let document = format!(
        "mutation {{ {mutation}(input: {{ {input} }}) {{ demarche {{ {DEMARCHE} }} userErrors {{ field code message }} }} }}"
    );
    let answer = app.ask_for(agency, purpose, &document, json!({}));
    assert!(answer.get("errors").is_none(), "{answer}");
    answer["data"][mutation].clone()
}

pub fn made(payload: &Value) -> Value {
    assert_eq!(payload["userErrors"], json!([]), "{payload}");
    payload["demarche"].clone()
}

fn wrong(payload: &Value) -> (&str, &str) {
    assert!(payload["demarche"].is_null(), "{payload}");
    let text = |of: &str| payload["userErrors"][0][of].as_str().unwrap_or_default();
    (text("field"), text("code"))
}

pub const UNHCR: (&str, Option<&str>) = ("unhcr", None);
pub const US: (&str, Option<&str>) = ("embassy-us", Some("PROTECTION_ADVOCACY"));
const CANADA: (&str, Option<&str>) = ("embassy-ca", None);

/// The newest demarche that an agency sees, by its own ids.
pub fn newest(app: &TestApp, (agency, purpose): (&str, Option<&str>)) -> Value {
    let query = format!("{{ demarches(first: 1) {{ nodes {{ {DEMARCHE} }} }} }}");
    app.ask_for(agency, purpose, &query, json!({}))["data"]["demarches"]["nodes"][0].clone()
}

pub fn draft(app: &TestApp, who: (&str, Option<&str>), more: &str) -> Value {
    let usual = [
        ("subject", "\"Bribes\"".to_owned()),
        ("addressee", "\"Ministry\"".to_owned()),
        ("asks", format!("[{{ kind: CITIZENSHIP, followUpOn: \"{}\" }}]", in_days(30))),
    ];
    let usual = usual.iter().filter(|(field, _)| !more.contains(&format!("{field}:")));
    let usual: Vec<String> = usual.map(|(field, value)| format!("{field}: {value}")).collect();
    step(app, who, "draftDemarche", &format!("{} {more}", usual.join(" ")))
}

/// A demarche as it was read.
pub fn read(demarche: &Value) -> String {
    format!("{}, digest: {}", of(demarche), demarche["digest"])
}

/// Those of some agencies join the newest demarche that have to decide.
fn all_join(app: &TestApp, who: &[(&str, Option<&str>)]) {
    for who in who {
        let theirs = newest(app, *who);
        if decision(&theirs, who.0) == "INVITED" {
            made(&step(app, *who, "joinDemarche", &read(&theirs)));
        }
    }
}

/// An agency has not joined what is delivered, as of old.
fn has_not_joined(app: &TestApp, code: &str) {
    let of = format!("agency_id = (SELECT id FROM agencies WHERE code = '{code}')");
    crate::caseload_changes::run(app, &format!("UPDATE demarche_parties SET decision = 'INVITED' WHERE {of}"));
}

pub fn of(demarche: &Value) -> String {
    format!("demarcheId: {}", demarche["id"])
}

fn decision(demarche: &Value, code: &str) -> Value {
    let parties = demarche["parties"].as_array().unwrap();
    parties.iter().find(|party| party["agency"]["code"] == code).map_or(Value::Null, |party| party["decision"].clone())
}

/// A demarche is drafted, joined, delivered and followed up; whoever declines sees it no more.
#[test]
fn a_demarche_is_joined_delivered_and_followed_up_until_it_is_answered() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 20);
        let invited = "invitedCodes: [\"embassy-us\", \"embassy-ca\"], idempotencyKey: \"once\"";
        let drafted = made(&draft(&app, UNHCR, invited));
        assert_eq!(made(&draft(&app, UNHCR, invited))["id"], drafted["id"]);
        assert_eq!(
            (decision(&drafted, "unhcr"), decision(&drafted, "embassy-us")),
            (json!("JOINED"), json!("INVITED"))
        );
        let theirs = newest(&app, US);
        assert_ne!(theirs["id"], drafted["id"], "each has ids of its own");
        assert_ne!(
            newest(&app, ("undp", None))["subject"],
            drafted["subject"],
            "whoever is not invited does not see it"
        );
        for mutation in ["deliverDemarche", "withdrawDemarche"] {
            let day = if mutation == "deliverDemarche" { ", deliveredOn: \"2026-01-15\"" } else { "" };
            let tried = step(&app, US, mutation, &format!("{}{day}", of(&theirs)));
            assert_eq!(wrong(&tried), ("demarcheId", "NOT_ALLOWED"));
        }
        assert_eq!(decision(&made(&step(&app, US, "joinDemarche", &read(&theirs))), "embassy-us"), "JOINED");
        assert_eq!(wrong(&step(&app, US, "joinDemarche", &read(&theirs))), ("demarcheId", "WRONG_STATUS"));
        let canadas = newest(&app, CANADA);
        assert_eq!(step(&app, CANADA, "declineDemarche", &of(&canadas)), json!({ "demarche": null, "userErrors": [] }));
        assert_ne!(newest(&app, CANADA)["subject"], drafted["subject"]);
        assert_eq!(wrong(&step(&app, CANADA, "joinDemarche", &read(&canadas))), ("demarcheId", "NOT_FOUND"));
        assert_eq!(wrong(&step(&app, UNHCR, "declineDemarche", &of(&drafted))), ("demarcheId", "NOT_ALLOWED"));

        let ask = &theirs["asks"][0]["id"];
        let follow = |who, day: &str| {
            let ask = if who == UNHCR { &drafted["asks"][0]["id"] } else { ask };
            step(
                &app,
                who,
                "followUpDemarcheAsk",
                &format!("askId: {ask}, followedUpOn: \"{day}\", note: \"Asked again\", nextOn: \"2026-02-01\""),
            )
        };
        assert_eq!(wrong(&follow(US, "2026-01-15")), ("demarcheId", "WRONG_STATUS"), "it is not delivered");
        let deliver =
            |day: &str| step(&app, UNHCR, "deliverDemarche", &format!("{}, deliveredOn: \"{day}\"", of(&drafted)));
        assert_eq!(wrong(&deliver("2026-01-16")), ("deliveredOn", "INVALID"));
        assert_eq!(wrong(&deliver("2025-01-13")), ("deliveredOn", "INVALID"), "more than a year before");
        assert_eq!(made(&deliver("2026-01-15"))["status"], "DELIVERED");
        assert_eq!(wrong(&deliver("2026-01-15")), ("demarcheId", "WRONG_STATUS"));
        assert_eq!(wrong(&step(&app, US, "declineDemarche", &of(&theirs))), ("demarcheId", "WRONG_STATUS"));
        assert_eq!(wrong(&follow(US, "2026-01-14")), ("followedUpOn", "INVALID"), "before it was delivered");
        made(&follow(US, "2026-01-15"));
        let followed = newest(&app, UNHCR)["asks"][0].clone();
        assert_eq!(followed["followUpOn"], "2026-02-01");
        let follow_up = &followed["followUps"][0];
        assert_eq!(
            (&follow_up["agency"]["code"], &follow_up["followedUpOn"], &follow_up["note"]),
            (&json!("embassy-us"), &json!("2026-01-15"), &json!("Asked again"))
        );
        let respond = format!("{}, response: \"We will see.\", respondedOn: \"2026-01-15\"", of(&theirs));
        assert_eq!(made(&step(&app, US, "recordDemarcheResponse", &respond))["response"], "We will see.");
        let answer = format!("askId: {ask}, answer: PARTLY_GRANTED, answeredOn: \"2026-01-15\"");
        assert_eq!(made(&step(&app, US, "answerDemarcheAsk", &answer))["status"], "CONCLUDED");
        assert_eq!(wrong(&step(&app, US, "answerDemarcheAsk", &answer)), ("askId", "WRONG_STATUS"));
        assert_eq!(wrong(&step(&app, US, "recordDemarcheResponse", &respond)), ("demarcheId", "WRONG_STATUS"));
        assert_eq!(wrong(&follow(UNHCR, "2026-01-15")), ("askId", "WRONG_STATUS"));
        let concluded = newest(&app, UNHCR);
        assert_eq!(
            (&concluded["asks"][0]["followUpOn"], &concluded["asks"][0]["answer"]),
            (&Value::Null, &json!("PARTLY_GRANTED"))
        );
        let own = format!("askId: {}, answer: REFUSED, answeredOn: \"2026-01-15\"", drafted["asks"][0]["id"]);
        made(&step(&app, UNHCR, "answerDemarcheAsk", &own));
        let own = format!("{}, response: \"No.\", respondedOn: \"2026-01-15\"", of(&drafted));
        let corrected = made(&step(&app, UNHCR, "recordDemarcheResponse", &own));
        assert_eq!((&corrected["asks"][0]["answer"], &corrected["response"]), (&json!("REFUSED"), &json!("No.")));
    });
}

/// Long texts are read within bounds, however many lists ask for them; and not if they are not asked for: nobody makes another's lists fail
/// by them.
#[test]
fn a_request_holds_no_more_texts_than_it_may() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 20);
        let detail = "\u{1D11E}".repeat(4_000);
        let ask = format!("{{ kind: OTHER, detail: \"{detail}\", followUpOn: \"{}\" }}", in_days(30));
        for _ in 0..50 {
            made(&draft(&app, UNHCR, &format!("asks: [{}]", [ask.as_str(); 3].join(", "))));
        }
        let lists = |number: usize, shown: &str| {
            let list = |nth| format!("l{nth}: demarches(first: 100) {{ nodes {{ {shown} }} }}");
            app.ask("unhcr", &format!("{{ {} }}", (0..number).map(list).collect::<Vec<_>>().join(" ")))
        };
        let few = app.ask("unhcr", "{ demarches(first: 20) { nodes { asks { detail } } } }");
        assert_eq!(few["data"]["demarches"]["nodes"][0]["asks"][2]["detail"], json!(detail));
        assert_eq!(lists(20, "asks { detail }")["errors"][0]["extensions"]["code"], "LIMIT");
        assert!(lists(20, "asks { kind }").get("errors").is_none());
    });
}

/// A demarche of the longest texts is joined, delivered and followed up, by nobody more often than may be.
#[test]
fn the_longest_demarche_is_carried_through() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 20);
        let ask = json!({ "kind": "OTHER", "detail": "я".repeat(4_000), "followUpOn": in_days(30) });
        let document = "mutation ($asks: [DemarcheAskInput!]!) { draftDemarche(input: { subject: \"X\", addressee: \"X\", asks: $asks, \
            invitedCodes: [\"embassy-us\"] }) { demarche { id } userErrors { message } } }";
        let drafted = app.ask_for(UNHCR.0, UNHCR.1, document, json!({ "asks": vec![ask; 20] }));
        let drafted = made(&drafted["data"]["draftDemarche"]);
        made(&step(&app, US, "joinDemarche", &read(&newest(&app, US))));
        made(&step(&app, UNHCR, "deliverDemarche", &format!("{}, deliveredOn: \"2026-01-15\"", of(&drafted))));
        let ask = newest(&app, US)["asks"][0]["id"].clone();
        let follow = |who: (&str, Option<&str>), ask: &Value| {
            let input = format!("askId: {ask}, followedUpOn: \"2026-01-15\", note: \"Again\", nextOn: \"2026-02-01\"");
            step(&app, who, "followUpDemarcheAsk", &input)
        };
        for _ in 0..100 {
            made(&follow(US, &ask));
        }
        assert_eq!(wrong(&follow(US, &ask)), ("askId", "TAKEN"));
        made(&follow(UNHCR, &newest(&app, UNHCR)["asks"][0]["id"]));
    });
}

/// The drafter corrects the day of delivery, as far as nothing is recorded before it; nobody else does.
#[test]
fn the_day_of_delivery_is_corrected() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 20);
        let drafted = made(&draft(&app, UNHCR, "invitedCodes: [\"embassy-us\", \"embassy-ca\"]"));
        made(&step(&app, US, "joinDemarche", &read(&newest(&app, US))));
        let deliver = |who, day: &str| {
            step(&app, who, "deliverDemarche", &format!("{}, deliveredOn: \"{day}\"", of(&newest(&app, who))))
        };
        assert_eq!(drafted["id"], newest(&app, UNHCR)["id"]);
        assert_eq!(wrong(&deliver(UNHCR, "2026-01-05")), ("demarcheId", "WRONG_STATUS"), "Canada has not decided");
        all_join(&app, &[CANADA]);
        made(&deliver(UNHCR, "2026-01-05"));
        assert_eq!(wrong(&deliver(UNHCR, "2026-01-05")), ("demarcheId", "WRONG_STATUS"));
        assert_eq!(wrong(&deliver(US, "2026-01-10")), ("demarcheId", "NOT_ALLOWED"));
        assert_eq!(wrong(&deliver(UNHCR, "2026-01-16")), ("deliveredOn", "INVALID"));
        assert_eq!(made(&deliver(UNHCR, "2026-01-14"))["deliveredOn"], "2026-01-14");
        assert_eq!(newest(&app, US)["deliveredOn"], "2026-01-14");
        let ask = &newest(&app, US)["asks"][0]["id"];
        let input = format!("askId: {ask}, followedUpOn: \"2026-01-14\", note: \"Asked\", nextOn: \"2026-02-01\"");
        made(&step(&app, US, "followUpDemarcheAsk", &input));
        assert_eq!(wrong(&deliver(UNHCR, "2026-01-15")), ("deliveredOn", "INVALID"));
        made(&deliver(UNHCR, "2026-01-12"));

        // Whoever was invited and has not joined sees nothing that came after.
        let respond = format!("{}, response: \"Later.\", respondedOn: \"2026-01-14\"", of(&newest(&app, US)));
        made(&step(&app, US, "recordDemarcheResponse", &respond));
        let late = format!("askId: {ask}, followedUpOn: \"2026-01-12\", note: \"Asked\", nextOn: \"2026-01-14\"");
        let late = step(&app, US, "followUpDemarcheAsk", &late);
        assert_eq!(wrong(&late), ("nextOn", "INVALID"), "that has passed");
        let answer = format!("askId: {ask}, answer: REFUSED, answeredOn: \"2026-01-14\"");
        let early = step(&app, US, "answerDemarcheAsk", &answer.replace("01-14", "01-13"));
        assert_eq!(wrong(&early), ("answeredOn", "INVALID"), "it was followed up later");
        assert_eq!(made(&step(&app, US, "answerDemarcheAsk", &answer))["status"], "CONCLUDED");
        has_not_joined(&app, "embassy-ca");
        let canadas = newest(&app, CANADA);
        assert_eq!(canadas["subject"], drafted["subject"]);
        assert_eq!((&canadas["status"], &canadas["response"]), (&json!("DELIVERED"), &Value::Null));
        let theirs = &canadas["asks"][0];
        assert_eq!((&theirs["answer"], &theirs["followUps"]), (&Value::Null, &json!([])));
        assert_eq!(newest(&app, UNHCR)["response"], "Later.");
    });
}

/// Of a hundred pairs of parties that answer an ask at once exactly one does.
#[test]
fn of_two_answers_one_counts() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 20);
        for _ in 0..100 {
            let drafted = made(&draft(&app, UNHCR, "invitedCodes: [\"embassy-us\", \"embassy-ca\"]"));
            let theirs = [US, CANADA].map(|who| made(&step(&app, who, "joinDemarche", &read(&newest(&app, who)))));
            made(&step(&app, UNHCR, "deliverDemarche", &format!("{}, deliveredOn: \"2026-01-15\"", of(&drafted))));
            one_of_two(|of| {
                let ask = &theirs[of]["asks"][0]["id"];
                let input = format!("askId: {ask}, answer: REFUSED, answeredOn: \"2026-01-15\"");
                step(&app, [US, CANADA][of], "answerDemarcheAsk", &input)
            });
        }
        println!("{engine:?}: of 100 pairs of answers one counted each time");
    });
}

/// The drafter invites whom it had forgotten, each once, until it is delivered.
#[test]
fn more_are_invited_until_it_is_delivered() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 20);
        let demos = newest(&app, ("undp", None))["id"].clone();
        let drafted = made(&draft(&app, UNHCR, "invitedCodes: [\"embassy-us\", \"undp\"]"));
        made(&step(&app, US, "joinDemarche", &read(&newest(&app, US))));
        let invite = |who, demarche: &Value, codes: &str| {
            step(&app, who, "inviteToDemarche", &format!("{}, invitedCodes: [{codes}]", of(demarche)))
        };
        assert_eq!(wrong(&invite(US, &newest(&app, US), "\"embassy-ca\"")), ("demarcheId", "NOT_ALLOWED"));
        for (codes, field, code) in [
            ("\"embassy-ca\", \"embassy-us\"", "invitedCodes.1", "TAKEN"),
            ("\"nobody\"", "invitedCodes.0", "NOT_FOUND"),
            ("\"unhcr\"", "invitedCodes.0", "INVALID"),
        ] {
            assert_eq!(wrong(&invite(UNHCR, &drafted, codes)), (field, code), "{codes}");
        }
        step(&app, ("undp", None), "declineDemarche", &of(&newest(&app, ("undp", None))));
        assert_eq!(newest(&app, ("undp", None))["id"], demos);
        let again = made(&invite(UNHCR, &drafted, "\"undp\""));
        assert_eq!(
            (decision(&again, "undp"), decision(&again, "embassy-us")),
            ("INVITED".into(), "INVITED".into()),
            "all decide anew"
        );
        assert_eq!(wrong(&invite(UNHCR, &drafted, "\"undp\"")), ("invitedCodes.0", "TAKEN"), "it is invited");
        step(&app, ("undp", None), "declineDemarche", &of(&newest(&app, ("undp", None))));
        assert_eq!(decision(&made(&invite(UNHCR, &drafted, "\"embassy-ca\"")), "embassy-ca"), "INVITED");
        all_join(&app, &[US, CANADA]);
        made(&step(&app, UNHCR, "deliverDemarche", &format!("{}, deliveredOn: \"2026-01-15\"", of(&drafted))));
        assert_eq!(wrong(&invite(UNHCR, &drafted, "\"undp\"")), ("demarcheId", "WRONG_STATUS"));
    });
}

/// A figure is cited as it was released to whoever cites it; its provider must join again, and others see it when it is delivered.
#[test]
fn a_figure_is_its_providers_to_agree_to() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 1_500);
        app.release_anew();
        let table = "{ caseloadStatistics(groupBy: [LEGAL_STATUS]) { release { number } cells { key { value } cell { count } } } }";
        let released = app.ask_for(US.0, US.1, table, json!({}))["data"]["caseloadStatistics"].clone();
        let cells = released["cells"].as_array().unwrap();
        let shown = cells.iter().find(|cell| cell["cell"]["count"].is_number()).expect("a cell that is shown");
        let withheld = cells.iter().find(|cell| cell["cell"]["count"].is_null());
        let value = &shown["key"][0]["value"];
        let drafted = made(&draft(&app, UNHCR, "invitedCodes: [\"embassy-us\", \"embassy-ca\"]"));
        for who in [US, CANADA] {
            made(&step(&app, who, "joinDemarche", &read(&newest(&app, who))));
        }
        let theirs = newest(&app, US);
        let cite = |who, demarche: &Value, value: &Value| {
            step(
                &app,
                who,
                "citeDemarcheFigure",
                &format!("{}, groupBy: [LEGAL_STATUS], value: [{value}]", of(demarche)),
            )
        };
        assert_eq!(wrong(&cite(US, &theirs, &json!("NOTHING"))), ("value", "NOT_FOUND"));
        if let Some(withheld) = withheld {
            let value = &withheld["key"][0]["value"];
            assert_eq!(wrong(&cite(US, &theirs, value)), ("value", "NOT_FOUND"), "what is withheld stays so");
        }
        assert_eq!(wrong(&cite(UNHCR, &drafted, value)), ("groupBy", "NOT_ALLOWED"), "live counts are not cited");
        assert_eq!(
            wrong(&cite(CANADA, &newest(&app, CANADA), value)),
            ("groupBy", "NOT_FOUND"),
            "nothing is released to it"
        );
        let cited = made(&cite(US, &theirs, value));
        let figure = json!({ "provider": { "code": "unhcr" }, "citedBy": { "code": "embassy-us" }, "releaseNumber": released["release"]["number"],
            "dimensions": ["LEGAL_STATUS"], "value": [value], "count": shown["cell"]["count"] });
        assert_eq!(cited["figures"], json!([figure]));
        assert_eq!(wrong(&cite(US, &theirs, value)), ("value", "TAKEN"));
        let decisions = ["unhcr", "embassy-us", "embassy-ca"].map(|code| decision(&cited, code));
        assert_eq!(decisions, ["INVITED"; 3], "all decide anew, so that nobody learns who cites, and of whose people");
        assert_eq!(newest(&app, UNHCR)["figures"], json!([figure]), "which it sees");
        assert_eq!(newest(&app, CANADA)["figures"], json!([]), "others do not yet");
        let deliver =
            || step(&app, UNHCR, "deliverDemarche", &format!("{}, deliveredOn: \"2026-01-15\"", of(&drafted)));
        assert_eq!(wrong(&deliver()), ("demarcheId", "NOT_ALLOWED"), "its provider has not joined since");
        let join = |demarche: &Value| step(&app, UNHCR, "joinDemarche", &read(demarche));
        assert_eq!(wrong(&join(&drafted)), ("digest", "CONFLICT"), "it says what it has read");
        let with_figure = newest(&app, UNHCR);
        // Another figure takes the place of the one that was read.
        made(&step(&app, US, "withdrawDemarcheCitations", &of(&theirs)));
        assert_eq!(wrong(&deliver()), ("demarcheId", "NOT_ALLOWED"), "the drafter has not joined since");
        let other = cells.iter().filter(|cell| cell["cell"]["count"].is_number()).nth(1).expect("another shown cell");
        made(&cite(US, &theirs, &other["key"][0]["value"]));
        assert_eq!(wrong(&join(&with_figure)), ("digest", "CONFLICT"), "it is another one");
        made(&step(&app, US, "withdrawDemarcheCitations", &of(&theirs)));
        made(&cite(US, &theirs, value));
        made(&join(&with_figure));
        assert_eq!(wrong(&deliver()), ("demarcheId", "WRONG_STATUS"), "the others have not decided");
        all_join(&app, &[US, CANADA]);
        made(&deliver());
        assert_eq!(newest(&app, CANADA)["figures"], json!([figure]));
        assert_eq!(wrong(&cite(US, &theirs, value)), ("demarcheId", "WRONG_STATUS"));
    });
}

/// Whoever drafts sees no figure that another cites until it is delivered, and delivers it when its provider has agreed.
#[test]
fn a_drafter_waits_for_the_provider() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 1_500);
        app.release_anew();
        let drafted = made(&draft(&app, CANADA, "invitedCodes: [\"embassy-us\", \"unhcr\"]"));
        for who in [US, UNHCR] {
            made(&step(&app, who, "joinDemarche", &read(&newest(&app, who))));
        }
        let table = "{ caseloadStatistics(groupBy: [LEGAL_STATUS]) { cells { key { value } cell { count } } } }";
        let released = app.ask_for(US.0, US.1, table, json!({}))["data"]["caseloadStatistics"]["cells"].clone();
        let shown = released.as_array().unwrap().iter().find(|cell| cell["cell"]["count"].is_number()).unwrap().clone();
        let cite = format!("{}, groupBy: [LEGAL_STATUS], value: [{}]", of(&newest(&app, US)), shown["key"][0]["value"]);
        made(&step(&app, US, "citeDemarcheFigure", &cite));
        assert_eq!(newest(&app, CANADA)["figures"], json!([]));
        let deliver =
            || step(&app, CANADA, "deliverDemarche", &format!("{}, deliveredOn: \"2026-01-15\"", of(&drafted)));
        all_join(&app, &[CANADA, US]);
        assert_eq!(wrong(&deliver()), ("demarcheId", "WRONG_STATUS"));
        all_join(&app, &[UNHCR]);
        assert_eq!(made(&deliver())["figures"][0]["count"], shown["cell"]["count"]);
    });
}

/// Whoever declines takes back what it cites, and what counts its people; nobody is held up by it.
#[test]
fn whoever_declines_takes_back_what_it_cites() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 1_500);
        app.release_anew();
        let table = "{ caseloadStatistics(groupBy: [LEGAL_STATUS]) { cells { key { value } cell { count } } } }";
        let released = app.ask_for(US.0, US.1, table, json!({}))["data"]["caseloadStatistics"]["cells"].clone();
        let shown = released.as_array().unwrap().iter().find(|cell| cell["cell"]["count"].is_number()).unwrap().clone();
        for who in [US, UNHCR] {
            let drafted = made(&draft(&app, CANADA, "invitedCodes: [\"embassy-us\", \"unhcr\", \"undp\"]"));
            for party in [US, UNHCR] {
                made(&step(&app, party, "joinDemarche", &read(&newest(&app, party))));
            }
            let theirs = newest(&app, US);
            let cite = format!("{}, groupBy: [LEGAL_STATUS], value: [{}]", of(&theirs), shown["key"][0]["value"]);
            made(&step(&app, US, "citeDemarcheFigure", &cite));
            let pattern = app.data("unhcr", "{ incidentPatterns(first: 2) { nodes { id people } } }");
            let patterns = pattern["incidentPatterns"]["nodes"].as_array().unwrap().clone();
            let pattern = patterns.iter().find(|one| one["people"].as_i64() >= Some(5)).unwrap();
            let agreed = read(&newest(&app, UNHCR));
            made(&step(&app, UNHCR, "joinDemarche", &agreed));
            let cited = format!("{}, patternId: {}", of(&newest(&app, UNHCR)), pattern["id"]);
            assert_eq!(
                made(&step(&app, UNHCR, "citeDemarchePattern", &cited))["patterns"].as_array().unwrap().len(),
                1
            );
            let declined = step(&app, who, "declineDemarche", &of(&newest(&app, who)));
            assert_eq!(declined["userErrors"], json!([]));
            if who == UNHCR {
                assert_eq!(wrong(&step(&app, US, "citeDemarcheFigure", &cite)), ("demarcheId", "NOT_ALLOWED"));
            }
            let stay = if who == US { UNHCR } else { US };
            all_join(&app, &[CANADA, stay, ("undp", None)]);
            let delivered = format!("{}, deliveredOn: \"2026-01-15\"", of(&drafted));
            let delivered = made(&step(&app, CANADA, "deliverDemarche", &delivered));
            assert_eq!(delivered["figures"], json!([]));
            let left = if who == US { 1 } else { 0 };
            assert_eq!(delivered["patterns"].as_array().unwrap().len(), left, "what another cites stays");
            has_not_joined(&app, "undp");
            let undp = newest(&app, ("undp", None));
            assert_eq!(undp["status"], "DELIVERED");
            let late = step(&app, ("undp", None), "declineDemarche", &of(&undp));
            assert_eq!(late["userErrors"], json!([]), "whoever has not joined may decline still");
            assert_ne!(newest(&app, ("undp", None))["id"], undp["id"]);
        }
    });
}

/// A mutation of UNHCR, which is done.
fn run(app: &TestApp, change: &str) {
    let document = format!("mutation {{ {change} {{ userErrors {{ message }} }} }}");
    assert!(app.data("unhcr", &document).to_string().contains("[]"), "{change}");
}

/// A pattern of UNHCR.
fn pattern(app: &TestApp) -> Value {
    let document = "mutation { recordIncidentPattern(input: { name: \"Evictions\" }) { pattern { id } } }";
    app.data("unhcr", document)["recordIncidentPattern"]["pattern"]["id"].clone()
}

/// An incident of a person that belongs to a pattern.
fn suffer(app: &TestApp, person: &Value, pattern: &Value) -> Value {
    let document = format!(
        "mutation {{ recordIncident(input: {{ individualIds: [{}], kind: OTHER, actor: POLICE }}) {{ individual {{ incidents {{ id }} }} }} }}",
        person["id"]
    );
    let incident = app.data("unhcr", &document)["recordIncident"]["individual"]["incidents"][0]["id"].clone();
    run(app, &format!("assignIncident(input: {{ incidentId: {incident}, patternId: {pattern} }})"));
    incident
}

/// A demarche that is reopened, or delivered, rests on what its citers hold for true by then: not on a pattern in which few are left, nor on
/// an actor that was wrong. Its drafter learns nothing of that.
#[test]
fn a_demarche_rests_on_what_still_stands() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 20);
        let pattern = pattern(&app);
        let people: Vec<Value> = (0..5).map(|nth| done(&register(&app, &format!("NEW-{nth}"), "", ""))).collect();
        let incidents: Vec<Value> = people.iter().map(|person| suffer(&app, person, &pattern)).collect();
        let drafted = made(&draft(&app, US, "invitedCodes: [\"unhcr\"]"));
        let own = of(&newest(&app, UNHCR));
        let cite = || made(&step(&app, UNHCR, "citeDemarchePattern", &format!("{own}, patternId: {pattern}")));
        let cited = || newest(&app, UNHCR)["patterns"].clone();
        let deliver = || {
            all_join(&app, &[US, UNHCR]);
            made(&step(&app, US, "deliverDemarche", &format!("{}, deliveredOn: \"2026-01-15\"", of(&drafted))))
        };
        let reopen = || made(&step(&app, US, "reopenDemarche", &of(&drafted)));
        let verify = |verification: &str| {
            run(
                &app,
                &format!("verifyIncident(input: {{ incidentId: {}, verification: {verification} }})", incidents[0]),
            );
        };
        made(&step(&app, UNHCR, "joinDemarche", &read(&newest(&app, UNHCR))));
        let evictions = json!([{ "name": "Evictions", "kind": null, "actor": null }]);
        assert_eq!(cite()["patterns"], evictions);
        assert_eq!(deliver()["patterns"], evictions);
        verify("UNFOUNDED");
        assert_eq!(cited(), evictions, "it was delivered with that");
        assert_eq!(reopen()["patterns"], json!([]), "whoever drafts does not see what others cite");
        assert_eq!(cited(), json!([]), "four people are left");
        verify("REPORTED");
        cite();

        let correct =
            |more: &str| run(&app, &format!("correctIncidentPattern(input: {{ patternId: {pattern}, {more} }})"));
        correct("name: \"Raids\", kind: OTHER, actor: POLICE");
        let raids = json!([{ "name": "Raids", "kind": "OTHER", "actor": "POLICE" }]);
        assert_eq!(cited(), raids, "a draft accuses nobody wrongly");
        deliver();
        correct("name: \"Evictions\", clear: [KIND, ACTOR]");
        assert_eq!(cited(), raids, "it was delivered with that");
        reopen();
        assert_eq!(cited(), evictions);

        deliver();
        let merge = format!("individualId: {}, duplicateId: {}", people[0]["id"], people[1]["id"]);
        run(&app, &format!("mergeIndividuals(input: {{ {merge} }})"));
        assert_eq!(cited(), evictions, "it was delivered with that");
        assert_eq!(reopen()["status"], "DRAFT");
        assert_eq!(cited(), json!([]), "the records are of one person: four are left");
        suffer(&app, &done(&register(&app, "NEW-6", "", "")), &pattern);
        cite();
        let merge = format!("individualId: {}, duplicateId: {}", people[2]["id"], people[3]["id"]);
        run(&app, &format!("mergeIndividuals(input: {{ {merge} }})"));
        assert_eq!(cited(), json!([]), "four are left");
        // What erases people does not know of demarches; delivering does.
        suffer(&app, &done(&register(&app, "NEW-7", "", "")), &pattern);
        cite();
        crate::caseload_changes::run(&app, "UPDATE incidents SET verification = 'UNFOUNDED'");
        assert_eq!(deliver()["patterns"], json!([]), "nobody is left");
    });
}

/// What a drafter, or a party that cites nothing, asks tells nothing of what another cites: that it does, of whose people, or that too little
/// is left of it. Each is asked a number of times, with and without, and guessed by what differs.
#[test]
fn nobody_learns_what_another_cites() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 1_500);
        app.release_anew();
        let pattern = pattern(&app);
        let people: Vec<Value> = (0..5).map(|nth| done(&register(&app, &format!("NEW-{nth}"), "", ""))).collect();
        let incidents: Vec<Value> = people.iter().map(|person| suffer(&app, person, &pattern)).collect();
        let verify = |verification: &str| {
            run(
                &app,
                &format!("verifyIncident(input: {{ incidentId: {}, verification: {verification} }})", incidents[0]),
            );
        };
        let undp = ("undp", None);
        let table = "{ caseloadStatistics(groupBy: [LEGAL_STATUS]) { cells { key { value } cell { count } } } }";
        let released = app.ask_for(US.0, US.1, table, json!({}))["data"]["caseloadStatistics"]["cells"].clone();
        let shown = released.as_array().unwrap().iter().find(|cell| cell["cell"]["count"].is_number()).unwrap().clone();
        // What somebody sees that names nothing of its own: decisions, the digest, and what delivering answers.
        let seen = |who: (&str, Option<&str>)| {
            let of = newest(&app, who);
            json!([of["parties"], of["figures"], of["patterns"]])
        };
        let drafted = || {
            let drafted = made(&draft(&app, undp, "invitedCodes: [\"unhcr\", \"embassy-us\", \"embassy-ca\"]"));
            all_join(&app, &[UNHCR, US, CANADA]);
            drafted
        };
        let deliver = |drafted: &Value| {
            step(&app, undp, "deliverDemarche", &format!("{}, deliveredOn: \"2026-01-15\"", of(drafted)))
        };
        let cite_pattern = || {
            made(&step(
                &app,
                UNHCR,
                "citeDemarchePattern",
                &format!("{}, patternId: {pattern}", of(&newest(&app, UNHCR))),
            ))
        };
        let cite_figure = || {
            let cell = format!("groupBy: [LEGAL_STATUS], value: [{}]", shown["key"][0]["value"]);
            made(&step(&app, US, "citeDemarcheFigure", &format!("{}, {cell}", of(&newest(&app, US)))))
        };

        // A figure or a pattern, of one or of another: who looks on, or drafts, sees the same.
        let drafts = [drafted(), drafted()];
        cite_pattern();
        let with_pattern = [undp, CANADA].map(seen);
        made(&step(&app, undp, "withdrawDemarche", &of(&drafts[1])));
        drafted();
        cite_figure();
        assert_eq!([undp, CANADA].map(seen), with_pattern, "{engine:?}: who cites, or what");

        // A correction, and a delivery that waits for one agency, with and without what it cites.
        let mut told = Vec::new();
        for cites in [false, true, true, false] {
            let drafted = drafted();
            if cites {
                cite_pattern();
                all_join(&app, &[undp, UNHCR, US, CANADA]);
            }
            made(&step(&app, undp, "correctDemarche", &format!("{}, addressee: \"Another\"", of(&drafted))));
            all_join(&app, &[US, CANADA]);
            told.push(deliver(&drafted)["userErrors"].clone());
        }
        assert!(told.iter().all(|one| one == &told[0]), "{engine:?}: whether UNHCR cites: {told:?}");

        // Reopened and delivered at once, with and without an incident that was found unfounded since.
        let mut told = Vec::new();
        for falls_short in [true, false, false, true] {
            let drafted = drafted();
            cite_pattern();
            all_join(&app, &[undp, UNHCR, US, CANADA]);
            made(&deliver(&drafted));
            if falls_short {
                verify("UNFOUNDED");
            }
            made(&step(&app, undp, "reopenDemarche", &of(&drafted)));
            told.push(json!([seen(undp), deliver(&drafted)["userErrors"], seen(undp)]));
            if falls_short {
                verify("REPORTED");
            }
        }
        assert!(told.iter().all(|one| one == &told[0]), "{engine:?}: that a pattern fell short: {told:?}");
        println!("{engine:?}: of 10 questions what another cites none was told, as by guessing");
    });
}

/// A pattern is cited by its holder if five people are in it, by its name and nothing of them.
#[test]
fn a_pattern_gives_nobody_away() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 20);
        let pattern = pattern(&app);
        let drafted = made(&draft(&app, UNHCR, "invitedCodes: [\"embassy-us\"]"));
        let cite = || step(&app, UNHCR, "citeDemarchePattern", &format!("{}, patternId: {pattern}", of(&drafted)));
        let people: Vec<Value> = (0..5).map(|nth| done(&register(&app, &format!("NEW-{nth}"), "", ""))).collect();
        let mut last = Value::Null;
        for person in &people {
            assert_eq!(wrong(&cite()), ("patternId", "INVALID"), "too few are in it");
            last = suffer(&app, person, &pattern);
        }
        made(&cite());
        assert_eq!(wrong(&cite()), ("patternId", "TAKEN"));
        let withdraw = |who, demarche: &Value| step(&app, who, "withdrawDemarcheCitations", &of(demarche));
        made(&step(&app, US, "joinDemarche", &read(&newest(&app, US))));
        assert_eq!(made(&withdraw(US, &newest(&app, US)))["patterns"], json!([]), "it is its citer's to see");
        let cited = json!([{ "name": "Evictions", "kind": null, "actor": null }]);
        assert_eq!(newest(&app, UNHCR)["patterns"], cited, "another's stays");
        assert_eq!(made(&withdraw(UNHCR, &drafted))["patterns"], json!([]));
        made(&cite());
        made(&step(&app, UNHCR, "inviteToDemarche", &format!("{}, invitedCodes: [\"embassy-ca\"]", of(&drafted))));
        all_join(&app, &[UNHCR, US, CANADA]);
        let deliver = format!("{}, deliveredOn: \"2026-01-15\"", of(&drafted));
        made(&step(&app, UNHCR, "deliverDemarche", &deliver));
        has_not_joined(&app, "embassy-ca");
        assert_eq!(newest(&app, US)["patterns"], cited, "it has joined");
        assert_eq!(newest(&app, CANADA)["patterns"], json!([]), "it has not");
        let other = made(&draft(&app, UNHCR, "invitedCodes: [\"embassy-us\"]"));
        made(&step(&app, US, "joinDemarche", &read(&newest(&app, US))));
        let cite = || made(&step(&app, UNHCR, "citeDemarchePattern", &format!("{}, patternId: {pattern}", of(&other))));
        assert_eq!(cite()["patterns"], cited);
        // It falls below what is cited: there were four people, if one incident was none, or belongs elsewhere.
        for [change, back] in [
            ["verifyIncident(input: { verification: UNFOUNDED", "verifyIncident(input: { verification: REPORTED"],
            ["assignIncident(input: {", &format!("assignIncident(input: {{ patternId: {pattern}")],
        ] {
            run(&app, &format!("{change} incidentId: {last} }})"));
            assert_eq!(newest(&app, UNHCR)["patterns"], json!([]), "{change}");
            run(&app, &format!("{back} incidentId: {last} }})"));
            assert_eq!(cite()["patterns"], cited);
        }
        made(&step(&app, UNHCR, "withdrawDemarche", &of(&other)));
        assert_eq!(newest(&app, US)["patterns"], json!([]), "it was taken back");
    });
}

/// What its drafter recorded by mistake is undone: that a demarche was taken back, or delivered as long as nothing came of it, and an answer.
#[test]
fn a_drafters_mistakes_are_undone() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 20);
        let drafted = made(&draft(&app, UNHCR, "invitedCodes: [\"embassy-us\"]"));
        made(&step(&app, US, "joinDemarche", &read(&newest(&app, US))));
        let reopen = |who| step(&app, who, "reopenDemarche", &of(&newest(&app, who)));
        let deliver = || {
            all_join(&app, &[US]);
            step(&app, UNHCR, "deliverDemarche", &format!("{}, deliveredOn: \"2026-01-14\"", of(&drafted)))
        };
        let no_draft = ("demarcheId", "WRONG_STATUS");
        assert_eq!(wrong(&reopen(UNHCR)), no_draft, "it is a draft");
        made(&step(&app, UNHCR, "withdrawDemarche", &of(&drafted)));
        assert_eq!(wrong(&reopen(US)), ("demarcheId", "NOT_ALLOWED"));
        assert_eq!(made(&reopen(UNHCR))["status"], "DRAFT");
        made(&deliver());
        assert_eq!(wrong(&reopen(US)), ("demarcheId", "NOT_ALLOWED"));
        let again = made(&reopen(UNHCR));
        assert_eq!((&again["status"], &again["deliveredOn"]), (&json!("DRAFT"), &Value::Null));
        assert_eq!(decision(&again, "embassy-us"), "INVITED", "what was cited may have been taken back since");
        made(&deliver());
        let ask = |who| newest(&app, who)["asks"][0]["id"].clone();
        let answer = format!("askId: {}, answer: GRANTED, answeredOn: \"2026-01-15\"", ask(US));
        made(&step(&app, US, "answerDemarcheAsk", &answer));
        assert_eq!(wrong(&reopen(UNHCR)), no_draft, "something came of it");
        let take_back = |who| step(&app, who, "reopenDemarcheAsk", &format!("askId: {}", ask(who)));
        assert_eq!(wrong(&take_back(US)), ("askId", "NOT_ALLOWED"));
        let open = made(&take_back(UNHCR));
        assert_eq!((&open["status"], &open["asks"][0]["answer"]), (&json!("DELIVERED"), &Value::Null));
        assert_eq!(open["asks"][0]["followUpOn"], in_days(30), "it is followed up again");
        assert_eq!(wrong(&take_back(UNHCR)), ("askId", "WRONG_STATUS"), "it is not answered");
        made(&step(&app, US, "answerDemarcheAsk", &answer));
        made(&take_back(UNHCR));
        let more = "followedUpOn: \"2026-01-15\", note: \"Asked\", nextOn: \"2026-02-01\"";
        made(&step(&app, US, "followUpDemarcheAsk", &format!("askId: {}, {more}", ask(US))));
        assert_eq!(wrong(&reopen(UNHCR)), no_draft, "it was followed up");
        made(&step(&app, UNHCR, "followUpDemarcheAsk", &format!("askId: {}, {more}", ask(UNHCR))));
        let withdraw = |who, of: &str| {
            let nodes = newest(&app, who)["asks"][0]["followUps"].clone();
            let one = nodes.as_array().unwrap().iter().find(|one| one["agency"]["code"] == of).unwrap()["id"].clone();
            step(&app, who, "withdrawDemarcheFollowUp", &format!("followUpId: {one}, nextOn: \"2026-01-20\""))
        };
        assert_eq!(wrong(&withdraw(US, "unhcr")), ("followUpId", "NOT_ALLOWED"), "another recorded it");
        made(&withdraw(US, "embassy-us"));
        let past = newest(&app, UNHCR)["asks"][0]["followUps"][0]["id"].clone();
        let past =
            step(&app, UNHCR, "withdrawDemarcheFollowUp", &format!("followUpId: {past}, nextOn: \"2026-01-14\""));
        assert_eq!(wrong(&past), ("nextOn", "INVALID"));
        assert_eq!(made(&withdraw(UNHCR, "unhcr"))["asks"][0]["followUpOn"], "2026-01-20");
        let respond = format!("{}, response: \"We will see.\", respondedOn: \"2026-01-15\"", of(&newest(&app, US)));
        made(&step(&app, US, "recordDemarcheResponse", &respond));
        assert_eq!(wrong(&reopen(UNHCR)), no_draft, "there is a response");
        let withdraw = |who| step(&app, who, "withdrawDemarcheResponse", &of(&newest(&app, who)));
        assert_eq!(wrong(&withdraw(US)), ("demarcheId", "NOT_ALLOWED"));
        let silent = made(&withdraw(UNHCR));
        assert_eq!((&silent["response"], &silent["respondedOn"]), (&Value::Null, &Value::Null));
        assert_eq!(wrong(&withdraw(UNHCR)), no_draft, "there is none");
        made(&step(&app, US, "followUpDemarcheAsk", &format!("askId: {}, {more}", ask(US))));
        made(&withdraw_follow_up(&app, UNHCR));
        assert_eq!(made(&reopen(UNHCR))["status"], "DRAFT", "all of that was a mistake");
    });
}

/// Withdraws the first follow-up that an agency sees of the newest demarche.
fn withdraw_follow_up(app: &TestApp, who: (&str, Option<&str>)) -> Value {
    let one = newest(app, who)["asks"][0]["followUps"][0]["id"].clone();
    step(app, who, "withdrawDemarcheFollowUp", &format!("followUpId: {one}, nextOn: \"2026-01-20\""))
}

/// Whoever was invited by mistake sees a demarche no more, taken back or not; what it cites goes with it.
#[test]
fn an_invitation_is_withdrawn() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 20);
        let subject = "subject: \"A question of trust\"";
        let drafted = made(&draft(&app, US, &format!("{subject}, invitedCodes: [\"unhcr\", \"undp\"]")));
        let withdraw = |who, code: &str| {
            let input = format!("{}, agencyCode: \"{code}\"", of(&newest(&app, who)));
            step(&app, who, "withdrawDemarcheInvitation", &input)
        };
        assert_eq!(wrong(&withdraw(UNHCR, "undp")), ("demarcheId", "NOT_ALLOWED"));
        for code in ["embassy-ca", "nobody"] {
            assert_eq!(wrong(&withdraw(US, code)), ("agencyCode", "WRONG_STATUS"), "{code} is not invited");
        }
        made(&step(&app, UNHCR, "joinDemarche", &read(&newest(&app, UNHCR))));
        assert_eq!(wrong(&withdraw(US, "unhcr")), ("agencyCode", "WRONG_STATUS"), "it has joined");
        let pattern = pattern(&app);
        for nth in 0..5 {
            suffer(&app, &done(&register(&app, &format!("NEW-{nth}"), "", "")), &pattern);
        }
        made(&step(&app, UNHCR, "citeDemarchePattern", &format!("{}, patternId: {pattern}", of(&newest(&app, UNHCR)))));
        made(&step(&app, US, "inviteToDemarche", &format!("{}, invitedCodes: [\"embassy-ca\"]", of(&drafted))));
        let deliver = || step(&app, US, "deliverDemarche", &format!("{}, deliveredOn: \"2026-01-15\"", of(&drafted)));
        all_join(&app, &[US, ("undp", None), CANADA]);
        assert_eq!(wrong(&deliver()), ("demarcheId", "WRONG_STATUS"), "UNHCR has not decided");
        let left = made(&withdraw(US, "unhcr"));
        assert_eq!(["undp", "embassy-ca"].map(|code| decision(&left, code)), ["INVITED"; 2], "the others decide anew");
        assert_ne!(newest(&app, UNHCR)["subject"], drafted["subject"]);
        made(&step(&app, US, "withdrawDemarche", &of(&drafted)));
        assert_eq!(newest(&app, ("undp", None))["subject"], drafted["subject"], "it is invited still");
        let left = made(&withdraw(US, "undp"));
        assert_eq!(left["parties"].as_array().unwrap().len(), 2, "{left}");
        assert_ne!(newest(&app, ("undp", None))["subject"], drafted["subject"]);
        made(&step(&app, US, "reopenDemarche", &of(&drafted)));
        made(&step(&app, US, "inviteToDemarche", &format!("{}, invitedCodes: [\"unhcr\"]", of(&drafted))));
        assert_eq!(newest(&app, UNHCR)["patterns"], json!([]), "what it cited is gone");
        all_join(&app, &[US, UNHCR, CANADA]);
        assert_eq!(made(&deliver())["status"], "DELIVERED");
    });
}

/// Whoever cites in a demarche, or whose people a figure counts, agrees to its parties: if more are invited, it joins anew, or it is not
/// delivered.
#[test]
fn more_parties_are_agreed_to_anew() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 1_500);
        let drafted = made(&draft(&app, US, "invitedCodes: [\"unhcr\"]"));
        let figure = format!("{}, groupBy: [LEGAL_STATUS], value: [\"ASYLUM_SEEKER\"]", of(&drafted));
        made(&step(&app, US, "citeDemarcheFigure", &figure));
        let join = |demarche: &Value| step(&app, UNHCR, "joinDemarche", &read(demarche));
        all_join(&app, &[US]);
        let before = newest(&app, UNHCR);
        made(&join(&before));
        made(&step(&app, US, "inviteToDemarche", &format!("{}, invitedCodes: [\"embassy-ca\"]", of(&drafted))));
        let decided = |agency: &str| {
            let parties = newest(&app, US)["parties"].clone();
            let party = parties.as_array().unwrap().iter().find(|one| one["agency"]["code"] == agency).cloned();
            party.unwrap()["decision"].clone()
        };
        assert_eq!([decided("unhcr"), decided("embassy-us")], ["INVITED", "JOINED"].map(Value::from));
        let deliver = || step(&app, US, "deliverDemarche", &format!("{}, deliveredOn: \"2026-01-15\"", of(&drafted)));
        assert_eq!(wrong(&deliver()), ("demarcheId", "WRONG_STATUS"));
        assert_eq!(wrong(&join(&before)), ("digest", "CONFLICT"), "it was read with fewer parties");
        made(&join(&newest(&app, UNHCR)));
        // Whoever has declined is one party less, and one more if it is invited again.
        step(&app, CANADA, "declineDemarche", &of(&newest(&app, CANADA)));
        assert_eq!(decided("unhcr"), "JOINED");
        made(&step(&app, US, "inviteToDemarche", &format!("{}, invitedCodes: [\"embassy-ca\"]", of(&drafted))));
        assert_eq!([decided("unhcr"), decided("embassy-ca")], ["INVITED", "INVITED"].map(Value::from));
        assert_eq!(wrong(&deliver()), ("demarcheId", "WRONG_STATUS"));
        made(&join(&newest(&app, UNHCR)));
        all_join(&app, &[CANADA]);
        made(&deliver());
        assert_eq!(newest(&app, CANADA)["figures"].as_array().unwrap().len(), 1);
    });
}

/// A draft is corrected by its drafter. Whoever has joined it joins it anew as it stands then, and nobody joins what it has not read.
#[test]
fn a_draft_is_corrected() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 20);
        let drafted = made(&draft(&app, UNHCR, "invitedCodes: [\"embassy-us\", \"embassy-ca\"]"));
        let before = newest(&app, US);
        made(&step(&app, US, "joinDemarche", &read(&before)));
        let correct =
            |who, more: &str| step(&app, who, "correctDemarche", &format!("{}, {more}", of(&newest(&app, who))));
        assert_eq!(wrong(&correct(US, "subject: \"Ours\"")), ("demarcheId", "NOT_ALLOWED"));
        for (more, field) in [
            ("subject: \" \"", "subject"),
            ("addressee: \"\"", "addressee"),
            ("asks: []", "asks"),
            ("asks: [{ kind: OTHER, followUpOn: \"2026-02-01\" }]", "asks.0.detail"),
            ("subject: \"New\", asks: [{ kind: RELEASE, followUpOn: \"2026-01-14\" }]", "asks.0.followUpOn"),
        ] {
            assert_eq!(wrong(&correct(UNHCR, more)), (field, "INVALID"), "{more}");
        }
        let asks = "[{ kind: RELEASE, detail: \"All of them.\", followUpOn: \"2026-02-01\" }]";
        for (more, field, expected) in [
            ("subject: \" Detentions \"", "/subject", "Detentions"),
            ("addressee: \"Prosecutor\"", "/addressee", "Prosecutor"),
            (&format!("asks: {asks}"), "/asks/0/detail", "All of them."),
        ] {
            let read_before = newest(&app, US);
            assert_eq!(decision(&read_before, "embassy-us"), "JOINED");
            let corrected = made(&correct(UNHCR, more));
            assert_eq!(corrected.pointer(field), Some(&json!(expected)));
            assert_eq!((&corrected["asks"].as_array().unwrap().len(), &corrected["patterns"]), (&1, &json!([])));
            let anew = newest(&app, US);
            assert_eq!((decision(&anew, "embassy-us"), decision(&anew, "unhcr")), (json!("INVITED"), json!("JOINED")));
            assert_eq!(anew.pointer(field), Some(&json!(expected)));
            let join = |demarche: &Value| step(&app, US, "joinDemarche", &read(demarche));
            assert_eq!(wrong(&join(&read_before)), ("digest", "CONFLICT"), "{more}: it has read another");
            made(&join(&anew));
        }
        made(&correct(UNHCR, "subject: \"Detentions\""));
        assert_eq!(decision(&newest(&app, US), "embassy-us"), "JOINED", "nothing is another");
        all_join(&app, &[CANADA]);
        made(&step(&app, UNHCR, "deliverDemarche", &format!("{}, deliveredOn: \"2026-01-15\"", of(&drafted))));
        assert_eq!(wrong(&correct(UNHCR, "subject: \"Late\"")), ("demarcheId", "WRONG_STATUS"));
        let ask = newest(&app, US)["asks"][0]["id"].clone();
        let more = "followedUpOn: \"2026-01-15\", note: \"Asked\", nextOn: \"2026-02-01\"";
        made(&step(&app, US, "followUpDemarcheAsk", &format!("askId: {ask}, {more}")));
    });
}

/// What cannot be is refused with the field, and keeps nothing.
#[test]
fn what_makes_no_sense_is_refused() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 20);
        let before = newest(&app, UNHCR);
        let yesterday = "[{ kind: CITIZENSHIP, followUpOn: \"2026-01-14\" }]";
        for (more, field, code) in [
            ("subject: \"\"", "subject", "INVALID"),
            ("addressee: \"a\\nb\"", "addressee", "INVALID"),
            ("asks: []", "asks", "INVALID"),
            (&format!("asks: {yesterday}"), "asks.0.followUpOn", "INVALID"),
            ("asks: [{ kind: OTHER, followUpOn: \"2026-02-01\" }]", "asks.0.detail", "INVALID"),
            ("asks: [{ kind: RELEASE, detail: \" \", followUpOn: \"2026-02-01\" }]", "asks.0.detail", "INVALID"),
            ("invitedCodes: [\"nobody\"]", "invitedCodes.0", "NOT_FOUND"),
            ("invitedCodes: [\"unhcr\"]", "invitedCodes.0", "INVALID"),
            ("invitedCodes: [\"undp\", \"undp\"]", "invitedCodes.1", "INVALID"),
        ] {
            assert_eq!(wrong(&draft(&app, UNHCR, more)), (field, code), "{more}");
        }
        assert_eq!(newest(&app, UNHCR)["id"], before["id"], "nothing was drafted");
        let drafted = made(&draft(&app, UNHCR, ""));
        assert_eq!(made(&step(&app, UNHCR, "withdrawDemarche", &of(&drafted)))["status"], "WITHDRAWN");
        let deliver = step(&app, UNHCR, "deliverDemarche", &format!("{}, deliveredOn: \"2026-01-15\"", of(&drafted)));
        assert_eq!(wrong(&deliver), ("demarcheId", "WRONG_STATUS"));
    });
}
