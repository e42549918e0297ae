use crate::harness::soon;
use crate::harness::{TestApp, each_engine};
use crate::releases::change_people;
use diesel::{QueryDsl, RunQueryDsl};
use panoh::domain::Vocabulary;
use panoh::domain::audit::AuditEvent;
use panoh::domain::client::Role;
use panoh::domain::purpose::Purpose;
use panoh::policy::api_key;
use panoh::store::agency::administration::{AdministrationError, add_client};
use panoh::store::audit::chain;
use panoh::store::database::tables::{coverage_changes, coverages};
use panoh::store::outside_policy::outside_policy;
use panoh::store::visibility::{deviations, undecided};
use panoh::store::{Credentials, Store};
use serde_json::{Value, json};

const TERMS: &str = "reference: \"REF\", providerCode: \"unhcr\", recipientCode: \"embassy-ca\", purpose: RESETTLEMENT, level: IDENTIFIED, \
    categories: [DEMOGRAPHICS LEGAL_STATUS MORE], scope: { legalStatuses: [REFUGEE] }, consentRequired: true, \
    validFrom: \"2025-01-01\", validUntil: \"2027-01-01\"";

pub fn terms(reference: &str, more: &str) -> String {
    TERMS.replace("REF\"", &format!("{reference}\"")).replace("MORE", more)
}

/// The payload of a mutation.
pub fn change(app: &TestApp, agency: &str, mutation: &str, input: &str) -> Value {
    let node = match mutation {
        "recordConsent" | "withdrawConsent" => "individual { id }",
        "openEmergencyAccess" | "reviewEmergencyAccess" => "emergencyAccess { id isOpen agreement { status } }",
        _ => "agreement { id status }",
    };
    let document =
        format!("mutation {{ {mutation}(input: {{ {input} }}) {{ {node} userErrors {{ field code message }} }} }}");
    let changed = app.data(agency, &document)[mutation].clone();
    app.wait_for_coverage();
    changed
}

/// Asserts that nothing is wrong, and gives the agreement's status.
pub fn done(payload: &Value) -> String {
    assert_eq!(payload["userErrors"], json!([]), "{payload}");
    payload["agreement"]["status"].as_str().unwrap_or_default().to_owned()
}

pub fn refused(payload: &Value) -> (String, String) {
    let error = &payload["userErrors"][0];
    let changed = ["agreement", "individual", "emergencyAccess"];
    assert!(changed.iter().all(|node| payload[node].is_null()), "{payload}");
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    (text(&error["field"]), text(&error["code"]))
}

/// Whoever signs last, ends an agreement or takes back a draft has nobody's coverage decided anew: that would hold up all other changes, and
/// could take longer than a request may.
#[test]
fn signing_last_and_ending_decide_nobodys_coverage() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 400);
        let mut connection = app.database.address.connect(false).unwrap();
        change_people(&app, "UPDATE consents SET explained = NULL");
        let mut unchanged = |what: &str, agency: &str, mutation: &str, input: &str| {
            let before: i64 = coverage_changes::table.count().get_result(&mut connection).unwrap();
            done(&change(&app, agency, mutation, input));
            let after: i64 = coverage_changes::table.count().get_result(&mut connection).unwrap();
            assert_eq!(after, before, "{engine:?}: {what}");
        };
        let propose = |reference: &str| {
            done(&change(&app, "unhcr", "proposeAgreement", &format!("terms: {{ {} }}", terms(reference, ""))));
        };
        propose("X-1");
        unchanged("a draft is taken back", "unhcr", "revokeAgreement", &agreement(&app, "unhcr", "X-1"));
        propose("X-2");
        unchanged("the last signature", "embassy-ca", "signAgreement", &agreement(&app, "embassy-ca", "X-2"));
        unchanged("an end", "unhcr", "revokeAgreement", &agreement(&app, "unhcr", "X-2"));
        assert_eq!(deviations(&mut app.database.address.connect(false).unwrap()).unwrap(), []);
    });
}

/// A draft that is revoked leaves no coverage: whoever proposes and revokes in turn fills nobody's disk.
#[test]
fn a_revoked_draft_leaves_no_coverage() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 400);
        let mut connection = app.database.address.connect(false).unwrap();
        let mut kept = || -> i64 { coverages::table.count().get_result(&mut connection).unwrap() };
        let before = kept();
        let over_everybody = terms("X-1", "").replace("consentRequired: true", "consentRequired: false");
        done(&change(&app, "unhcr", "proposeAgreement", &format!("terms: {{ {over_everybody} }}")));
        let drafted = kept();
        assert!(drafted > before + 100, "{drafted} {before}");
        done(&change(&app, "unhcr", "revokeAgreement", &agreement(&app, "unhcr", "X-1")));
        assert_eq!(kept(), before);
        assert_eq!(deviations(&mut app.database.address.connect(false).unwrap()).unwrap(), []);
        assert_eq!(total(&app, "unhcr"), 400);
    });
}

pub fn total(app: &TestApp, agency: &str) -> i64 {
    app.data(agency, "{ individuals(first: 1) { totalCount } }")["individuals"]["totalCount"].as_i64().unwrap()
}

/// The agreement's id, sealed for an agency.
pub fn agreement(app: &TestApp, agency: &str, reference: &str) -> String {
    let query =
        format!("{{ agreements(first: 1, filter: {{ reference: {{ eq: \"{reference}\" }} }}) {{ nodes {{ id }} }} }}");
    let data = app.data(agency, &query);
    format!("agreementId: {}", data["agreements"]["nodes"][0]["id"])
}

/// Refugees whom no resettlement concerns.
fn refugees(app: &TestApp, most: usize) -> Vec<String> {
    let query = format!(
        "{{ individuals(first: {most}, filter: {{ not: [{{ solution: {{ destination: {{ eq: \"CAN\" }} }} }}], \
         legalStatus: {{ eq: REFUGEE }} }}) {{ nodes {{ id }} }} }}"
    );
    let data = app.data("unhcr", &query);
    data["individuals"]["nodes"].as_array().unwrap().iter().map(|node| node["id"].to_string()).collect()
}

fn consent(person: &str, more: &str) -> String {
    format!("individualId: {person}, recipientCode: \"embassy-ca\", purpose: RESETTLEMENT {more}")
}

/// An agreement shares nothing until both parties have signed, and nothing any more from the request after its suspension or
/// revocation on, on connections that stay open too.
#[test]
fn agreements_take_effect_with_both_signatures_and_end_at_once() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 300);
        let before = total(&app, "embassy-ca");
        assert_eq!(
            done(&change(&app, "unhcr", "proposeAgreement", &format!("terms: {{ {} }}", terms("DSA-9", "")))),
            "DRAFT"
        );
        let (own, theirs) = (agreement(&app, "unhcr", "DSA-9"), agreement(&app, "embassy-ca", "DSA-9"));
        let people = refugees(&app, 4);
        let says = |person: &str, given: bool| {
            done(&change(&app, "unhcr", "recordConsent", &consent(person, &format!(", given: {given}, {own}"))));
        };
        let all_say = |given: bool| people.iter().for_each(|person| says(person, given));
        all_say(false);
        assert_eq!(done(&change(&app, "unhcr", "signAgreement", &own)), "DRAFT");
        assert_eq!(total(&app, "embassy-ca"), before);
        assert_eq!(refused(&change(&app, "unhcr", "signAgreement", &own)).1, "WRONG_STATUS");
        assert_eq!(done(&change(&app, "embassy-ca", "signAgreement", &theirs)), "IN_FORCE");
        let others = total(&app, "embassy-ca");
        assert_eq!(others, before, "nobody was told of it");
        all_say(true);
        assert_eq!(total(&app, "embassy-ca"), others + 4);
        done(&change(&app, "unhcr", "withdrawConsent", &consent(&people[0], "")));
        assert_eq!(total(&app, "embassy-ca"), others + 3);
        says(&people[0], true);
        says(&people[1], false);
        assert_eq!(total(&app, "embassy-ca"), others + 3);
        assert_eq!(done(&change(&app, "embassy-ca", "suspendAgreement", &theirs)), "SUSPENDED");
        assert_eq!(total(&app, "embassy-ca"), before);
        assert_eq!(done(&change(&app, "unhcr", "revokeAgreement", &own)), "REVOKED");
        assert_eq!(refused(&change(&app, "unhcr", "revokeAgreement", &own)).1, "WRONG_STATUS");
        assert_eq!(refused(&change(&app, "unhcr", "signAgreement", &own)).1, "WRONG_STATUS");
    });
}

/// Whoever proposes an agreement over many people does not decide about all of them at once; in the end everybody is shared whom it covers.
#[test]
fn an_agreement_over_many_people_covers_all_of_them_in_the_end() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 1_500);
        let everybody = terms("DSA-9", "")
            .replace("scope: { legalStatuses: [REFUGEE] }, consentRequired: true", "consentRequired: false");
        let before = total(&app, "embassy-ca");
        app.data(
            "unhcr",
            &format!(
                "mutation {{ proposeAgreement(input: {{ terms: {{ {everybody} }} }}) {{ userErrors {{ code }} }} }}"
            ),
        );
        let mut connection = app.database.address.connect(false).unwrap();
        assert_eq!(undecided(&mut connection).unwrap().len(), 1);
        let theirs = agreement(&app, "embassy-ca", "DSA-9");
        let sign = |agency: &str, own: &str| {
            let sign = format!("mutation {{ signAgreement(input: {{ {own} }}) {{ userErrors {{ code }} }} }}");
            app.data(agency, &sign)["signAgreement"]["userErrors"][0]["code"].as_str().unwrap_or_default().to_owned()
        };
        assert_eq!(sign("unhcr", &agreement(&app, "unhcr", "DSA-9")), "");
        let early = sign("embassy-ca", &theirs);
        assert!(early == "WRONG_STATUS" || undecided(&mut connection).unwrap().is_empty(), "in force too early");
        app.wait_for_coverage();
        assert!(early.is_empty() || sign("embassy-ca", &theirs).is_empty());
        let (held, seen) = (total(&app, "unhcr"), total(&app, "embassy-ca"));
        assert!(before < 500 && seen > held - 100, "{before}, then {seen} of {held}");
        assert_eq!(deviations(&mut connection).unwrap(), []);
    });
}

/// A cursor that was taken before a revocation shows nothing after it.
#[test]
fn cursors_taken_before_a_revocation_show_nothing_after_it() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 1_500);
        let page = |after: &str| {
            app.data(
                "embassy-ca",
                &format!("{{ individuals(first: 5{after}) {{ nodes {{ id }} pageInfo {{ endCursor }} }} }}"),
            )
        };
        let first = page("");
        let (id, cursor) = (&first["individuals"]["nodes"][0]["id"], &first["individuals"]["pageInfo"]["endCursor"]);
        assert_eq!(page(&format!(", after: {cursor}"))["individuals"]["nodes"].as_array().unwrap().len(), 5);
        done(&change(&app, "unhcr", "revokeAgreement", &agreement(&app, "unhcr", "DSA-2003-06")));
        assert_eq!(page(&format!(", after: {cursor}"))["individuals"]["nodes"], json!([]));
        assert_eq!(app.data("embassy-ca", &format!("{{ node(id: {id}) {{ id }} }}"))["node"], Value::Null);
    });
}

/// A new version replaces the old one when both have signed it; if it shares more, consents to the old one do not count.
#[test]
fn a_broader_version_inherits_no_consent() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 300);
        let before = total(&app, "embassy-ca");
        let sign = |reference: &str| {
            done(&change(&app, "unhcr", "signAgreement", &agreement(&app, "unhcr", reference)));
            done(&change(&app, "embassy-ca", "signAgreement", &agreement(&app, "embassy-ca", reference)))
        };
        done(&change(&app, "embassy-ca", "proposeAgreement", &format!("terms: {{ {} }}", terms("V-1", "CONTACT"))));
        assert_eq!(sign("V-1"), "IN_FORCE");
        let people = refugees(&app, 3);
        let says = |person: &str, given: bool, version: &str| {
            let named = agreement(&app, "unhcr", version);
            done(&change(&app, "unhcr", "recordConsent", &consent(person, &format!(", given: {given}, {named}"))));
        };
        let all_say = |given: bool| people.iter().for_each(|person| says(person, given, "V-1"));
        all_say(false);
        let others = total(&app, "embassy-ca");
        all_say(true);
        assert_eq!(total(&app, "embassy-ca"), others + 3);
        let renew = |old: &str, new: &str, more: &str| {
            let input = format!("{}, terms: {{ {} }}", agreement(&app, "unhcr", old), terms(new, more));
            assert_eq!(done(&change(&app, "unhcr", "renewAgreement", &input)), "DRAFT");
            assert_eq!(sign(new), "IN_FORCE");
        };
        renew("V-1", "V-2", "");
        assert_eq!(total(&app, "embassy-ca"), others + 3, "a narrower version inherits consents");
        renew("V-2", "V-3", "IDENTITY");
        assert_eq!(total(&app, "embassy-ca"), before, "a broader one does not");
        says(&people[0], true, "V-3");
        assert_eq!(total(&app, "embassy-ca"), before + 1);
        renew("V-3", "V-4", "IDENTITY");
        assert_eq!(total(&app, "embassy-ca"), before + 1, "nor does the version after that go back");
        let old = app.data(
            "unhcr",
            "{ agreements(first: 9, filter: { reference: { in: [\"V-1\", \"V-2\", \"V-3\"] } }) { nodes { status } } }",
        );
        assert_eq!(
            old["agreements"]["nodes"],
            json!([{ "status": "REVOKED" }, { "status": "REVOKED" }, { "status": "REVOKED" }])
        );
    });
}

/// What is wrong with an input is said field by field, and nothing is changed; ids of others and other roles are refused.
#[test]
fn wrong_changes_are_refused_by_field() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 60);
        let propose = |agency: &str, terms: &str| {
            refused(&change(&app, agency, "proposeAgreement", &format!("terms: {{ {terms} }}")))
        };
        let invalid = |terms: String| {
            let (field, code) = propose("unhcr", &terms);
            assert_eq!(code, "INVALID");
            field
        };
        assert_eq!(invalid(terms("X", "").replace("unhcr", "unchr")), "terms.providerCode");
        assert_eq!(invalid(terms("X", "").replace("2025-01-01", "2025-02-30")), "terms.validFrom");
        assert_eq!(
            invalid(terms("X", "").replace("legalStatuses: [REFUGEE]", "places: [\"3505000\", \"nowhere\"]")),
            "terms.scope.places.1"
        );
        assert_eq!(invalid(terms("X", "").replace("legalStatuses: [REFUGEE]", "specificNeeds: [\"ER\"]")), "terms");
        assert_eq!(invalid(terms(" ", "")), "terms.reference");
        for rides in ["\"DEU\"", ""] {
            let rides = terms("X", "").replace("legalStatuses: [REFUGEE]", &format!("circuitRides: [{rides}]"));
            assert_eq!(invalid(rides), "terms.scope.circuitRides", "it would cover nobody");
        }
        assert_eq!(propose("unhcr", &terms("DSA-2003-06", "")), ("terms.reference".into(), "TAKEN".into()));
        assert_eq!(propose("undp", &terms("X", "")), ("terms.providerCode".into(), "NOT_ALLOWED".into()));
        let others = agreement(&app, "embassy-us", "DSA-2003-03");
        let foreign = format!("mutation {{ revokeAgreement(input: {{ {others} }}) {{ userErrors {{ code }} }} }}");
        assert_eq!(app.code("embassy-ca", &foreign), "INVALID_ID");
        let person = &refugees(&app, 1)[0];
        let consents = |agency: &str, input: &str| refused(&change(&app, agency, "recordConsent", input));
        let of = |recipient: &str, more: &str| consent(person, more).replace("embassy-ca", recipient);
        assert_eq!(consents("unhcr", &of("nobody", ", given: true")), ("recipientCode".into(), "NOT_FOUND".into()));
        assert_eq!(consents("unhcr", &of("unhcr", ", given: true")), ("recipientCode".into(), "INVALID".into()));
        assert_eq!(
            consents("unhcr", &of("undp", ", given: false, expiresOn: \"2030-01-01\"")),
            ("expiresOn".into(), "INVALID".into())
        );
        let reader = client(&app, "unhcr", Role::Reader);
        let document = format!(
            "mutation {{ recordConsent(input: {{ {} }}) {{ userErrors {{ code }} }} }}",
            of("undp", ", given: true")
        );
        let body = json!({ "query": document }).to_string();
        let answer: Value = app.post().bearer_auth(reader).body(body).send().unwrap().json().unwrap();
        assert_eq!(answer["data"]["recordConsent"]["userErrors"][0]["code"], "NOT_ALLOWED");
        let all = "{ agreements(first: 1) { totalCount } }";
        assert_eq!(app.data("unhcr", all)["agreements"]["totalCount"], 6, "nothing was added");
        let others = terms("DSA-2003-06", "").replace("embassy-ca", "embassy-us");
        done(&change(&app, "unhcr", "proposeAgreement", &format!("terms: {{ {others} }}")));
    });
}

pub fn client(app: &TestApp, agency: &str, role: Role) -> String {
    let add = |connection: &mut _| add_client(connection, agency, role, role.code(), &[Purpose::CaseManagement]);
    outside_policy::<_, AdministrationError>(&app.database.address, AuditEvent::Administration, "client", add).unwrap()
}

/// The same request under the same idempotency key is done once; another one under it is refused.
#[test]
fn a_repeated_request_is_done_once() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 20);
        let propose = |reference: &str| {
            let input = format!("terms: {{ {} }}, idempotencyKey: \"k-1\"", terms(reference, ""));
            change(&app, "unhcr", "proposeAgreement", &input)
        };
        let first = propose("ONE");
        done(&first);
        assert_eq!(propose("ONE"), first);
        assert_eq!(refused(&propose("TWO")), ("idempotencyKey".into(), "IDEMPOTENCY_KEY_REUSED".into()));
        let all = "{ agreements(first: 1) { totalCount } }";
        assert_eq!(app.data("unhcr", all)["agreements"]["totalCount"], 7);
    });
}

/// A request that fails keeps nothing of what it changed, and is on record nevertheless; one that succeeds has one entry.
#[test]
fn a_change_is_kept_with_its_record_or_not_at_all() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 20);
        let head = || chain::head(&mut app.database.address.connect(false).unwrap()).unwrap().sequence;
        let before = head();
        let input = format!("{{ terms: {{ {} }} }}", terms("ONE", ""));
        let document = format!(
            "mutation {{ proposeAgreement(input: {input}) {{ agreement {{ id }} }} \
             signAgreement(input: {{ agreementId: \"x\" }}) {{ agreement {{ id }} }} }}"
        );
        assert_eq!(app.code("unhcr", &document), "INVALID_ID");
        assert_eq!(head(), before + 1);
        assert_eq!(app.data("unhcr", "{ agreements(first: 1) { totalCount } }")["agreements"]["totalCount"], 6);
        done(&change(&app, "unhcr", "proposeAgreement", &format!("terms: {{ {} }}", terms("ONE", ""))));
        assert_eq!(head(), before + 3);
        assert!(chain::verify(&mut app.database.address.connect(false).unwrap(), None).unwrap().is_ok());
    });
}

/// Previews try terms apart: they hold up no change, and leave nothing. They are large: a client has one at a time, and comes back.
#[test]
fn previews_hold_nothing_up() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 400);
        let before = app.data("unhcr", "{ agreements(first: 100) { totalCount } }");
        let query = format!(
            "{{ agreementPreview(input: {{ terms: {{ {} }} }}) {{ preview {{ people }} }} }}",
            terms("P-1", "IDENTITY")
        );
        let expected = app.data("unhcr", &query);
        let preview = || {
            let mut answer = app.ask("unhcr", &query);
            while answer["errors"][0]["extensions"]["code"] == "LIMIT" {
                std::thread::sleep(std::time::Duration::from_millis(20));
                answer = app.ask("unhcr", &query);
            }
            assert_eq!(answer["data"], expected, "{answer}");
        };
        std::thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| (0..5).for_each(|_| preview()));
            }
            for nth in 0..5 {
                let terms = terms(&format!("P-{nth}"), "IDENTITY");
                done(&change(&app, "unhcr", "proposeAgreement", &format!("terms: {{ {terms} }}")));
            }
        });
        let after = app.data("unhcr", "{ agreements(first: 100) { totalCount } }");
        let count = |data: &Value| data["agreements"]["totalCount"].as_i64().unwrap();
        assert_eq!(count(&after), count(&before) + 5);
    });
}

/// Before signing, the provider sees what the recipient sees after it: how many, who, which fields, and what is new.
#[test]
fn a_preview_is_what_the_recipient_gets() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 400);
        let before = total(&app, "embassy-ca");
        let terms = terms("P-1", "IDENTITY").replace("consentRequired: true", "consentRequired: false");
        let preview = |agency: &str, terms: &str| {
            let query = format!(
                "{{ agreementPreview(input: {{ terms: {{ {terms} }} }}) {{ userErrors {{ field }} preview {{ people newlyShared \
                 byNationality {{ nationality people }} byPlace {{ code people }} fields datesByYear presenceTells \
                 sample {{ registrationNumber phone familyName redactions {{ category }} }} }} }} }}"
            );
            app.ask(agency, &query)
        };
        let answer = preview("unhcr", &terms);
        let seen = &answer["data"]["agreementPreview"]["preview"];
        done(&change(&app, "unhcr", "proposeAgreement", &format!("terms: {{ {terms} }}")));
        done(&change(&app, "unhcr", "signAgreement", &agreement(&app, "unhcr", "P-1")));
        done(&change(&app, "embassy-ca", "signAgreement", &agreement(&app, "embassy-ca", "P-1")));
        let filtered = "{ individuals(first: 1, filter: { legalStatus: { eq: REFUGEE } }) { totalCount } \
            afghan: individuals(first: 1, filter: { legalStatus: { eq: REFUGEE }, nationality: { eq: \"AFG\" } }) { totalCount } \
            all: individuals(first: 1) { totalCount } }";
        let after = app.data("embassy-ca", filtered);
        let people = seen["people"].as_i64().unwrap();
        assert!(people > 50);
        assert_eq!(after["individuals"]["totalCount"], people);
        assert_eq!(after["all"]["totalCount"].as_i64().unwrap(), before + seen["newlyShared"].as_i64().unwrap());
        let of = |list: &str| {
            seen[list].as_array().unwrap().iter().map(|count| count["people"].as_i64().unwrap()).sum::<i64>()
        };
        assert_eq!((of("byNationality"), of("byPlace")), (people, people));
        let afghan =
            seen["byNationality"].as_array().unwrap().iter().find(|count| count["nationality"] == "AFG").unwrap();
        assert_eq!(after["afghan"]["totalCount"], afghan["people"]);
        assert!(seen["fields"].as_array().unwrap().contains(&json!("familyName")));
        assert!(!seen["fields"].as_array().unwrap().contains(&json!("phone")));
        assert_eq!(seen["presenceTells"], json!(["is of legal status REFUGEE"]));
        let sample = seen["sample"].as_array().unwrap();
        assert!(sample.len() == 5 && sample.iter().all(|row| row["phone"].is_null() && row["familyName"].is_string()));
        let statistics = preview("unhcr", &terms.replace("IDENTIFIED", "STATISTICS"));
        let statistics = &statistics["data"]["agreementPreview"]["preview"];
        assert_eq!(
            (&statistics["people"], &statistics["fields"], &statistics["sample"]),
            (&json!(people), &json!([]), &json!([]))
        );
        for agency in ["embassy-ca", "undp"] {
            assert_eq!(preview(agency, &terms)["errors"][0]["extensions"]["code"], "FORBIDDEN");
        }
        let wrong = preview("unhcr", &terms.replace("embassy-ca", "nobody"));
        assert_eq!(wrong["data"]["agreementPreview"]["userErrors"][0]["field"], "terms.recipientCode");
    });
}

/// What was revoked or suspended does not come back on one party's signature, through no version that was waiting.
#[test]
fn one_party_alone_brings_nothing_back() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 300);
        let before = total(&app, "embassy-ca");
        let sign =
            |agency: &str, reference: &str| change(&app, agency, "signAgreement", &agreement(&app, agency, reference));
        let open = |reference: &str| terms(reference, "").replace("consentRequired: true", "consentRequired: false");
        done(&change(&app, "unhcr", "proposeAgreement", &format!("terms: {{ {} }}", open("B-1"))));
        done(&sign("unhcr", "B-1"));
        done(&sign("embassy-ca", "B-1"));
        for waiting in ["B-2", "B-3", "B-4"] {
            let input = format!("{}, terms: {{ {} }}", agreement(&app, "embassy-ca", "B-1"), open(waiting));
            done(&change(&app, "embassy-ca", "renewAgreement", &input));
            done(&sign("unhcr", waiting));
        }
        assert!(total(&app, "embassy-ca") > before);
        done(&change(&app, "unhcr", "suspendAgreement", &agreement(&app, "unhcr", "B-1")));
        assert_eq!(done(&sign("embassy-ca", "B-2")), "DRAFT", "UNHCR's signature is from before the suspension");
        assert_eq!(total(&app, "embassy-ca"), before);
        assert_eq!(done(&sign("unhcr", "B-2")), "IN_FORCE");
        assert_eq!(refused(&sign("embassy-ca", "B-3")).1, "WRONG_STATUS", "one version replaces another");
        done(&change(&app, "unhcr", "revokeAgreement", &agreement(&app, "unhcr", "B-2")));
        for waiting in ["B-3", "B-4"] {
            assert_eq!(refused(&sign("embassy-ca", waiting)).1, "WRONG_STATUS");
        }
        assert_eq!(total(&app, "embassy-ca"), before);
    });
}

/// A new agreement inherits no consent that was given when less was shared for the purpose, whether it is called a new version
/// or not, and whatever date the consent bears.
#[test]
fn a_broader_agreement_inherits_no_consent_either() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 400);
        let before = total(&app, "embassy-us");
        let broad = terms("W-1", "IDENTITY CONTACT")
            .replace("embassy-ca", "embassy-us")
            .replace("scope: { legalStatuses: [REFUGEE] },", "");
        done(&change(&app, "unhcr", "proposeAgreement", &format!("terms: {{ {broad} }}")));
        for agency in ["unhcr", "embassy-us"] {
            done(&change(&app, agency, "signAgreement", &agreement(&app, agency, "W-1")));
        }
        assert_eq!(total(&app, "embassy-us"), before);
        let person = &refugees(&app, 1)[0];
        let asked = format!("individualId: {person}, recipientCode: \"embassy-us\", purpose: RESETTLEMENT");
        done(&change(&app, "unhcr", "recordConsent", &format!("{asked}, given: false")));
        let refused = total(&app, "embassy-us");
        let named = agreement(&app, "unhcr", "W-1");
        done(&change(&app, "unhcr", "recordConsent", &format!("{asked}, given: true, {named}")));
        assert_eq!(total(&app, "embassy-us"), refused + 1);
    });
}

/// A mutation that changes nothing makes no answer stale; texts that PostgreSQL cannot hold name no agency.
#[test]
fn a_change_of_nothing_disturbs_nobody() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 20);
        let epoch = || {
            let store = Store::open(app.database.address.clone(), crate::harness::app::secret(), 1).unwrap();
            let credentials = Credentials { key_hash: api_key::hash(&app.key("unhcr")), purpose: None };
            store.read(&credentials, crate::harness::app::today(), &soon()).unwrap().close().epoch()
        };
        let before = epoch();
        app.data("undp", "mutation { __typename }");
        let nul = terms("N-1", "").replace("unhcr", "unhcr\\u0000");
        let payload = change(&app, "unhcr", "proposeAgreement", &format!("terms: {{ {nul} }}"));
        assert_eq!(refused(&payload), ("terms.providerCode".into(), "INVALID".into()));
        done(&change(&app, "unhcr", "proposeAgreement", &format!("terms: {{ {} }}", terms("N-2", ""))));
        assert_eq!(epoch(), before);
        done(&change(&app, "unhcr", "revokeAgreement", &agreement(&app, "unhcr", "DSA-2003-01")));
        assert_eq!(epoch(), before + 1);
    });
}
