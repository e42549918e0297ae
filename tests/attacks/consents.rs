//! Making old consents count for more than what was explained.

use crate::changes::{agreement, change, done, refused, terms, total};
use crate::harness::{TestApp, each_engine};
use crate::imports::{load, load_on};
use chrono::Utc;
use diesel::connection::SimpleConnection;
use panoh::domain::audit::AuditEvent;
use panoh::import::{Kind, template};
use panoh::store::StoreError;
use panoh::store::database::connection::AnyConnection;
use panoh::store::outside_policy::outside_policy;
use serde_json::{Value, json};

/// Terms for the Canadian embassy that need consent and cover everybody.
fn broad(reference: &str, more: &str) -> String {
    terms(reference, more).replace("scope: { legalStatuses: [REFUGEE] },", "")
}

fn sign(app: &TestApp, reference: &str) {
    for agency in ["unhcr", "embassy-ca"] {
        done(&change(app, agency, "signAgreement", &agreement(app, agency, reference)));
    }
}

/// How many people are shown with their needs, to the Canadian embassy.
fn shown_with_needs(app: &TestApp) -> usize {
    let page = "{ individuals(first: 100) { nodes { specificNeeds { code } } } }";
    let nodes = app.data("embassy-ca", page)["individuals"]["nodes"].clone();
    nodes.as_array().unwrap().iter().filter(|node| !node["specificNeeds"].is_null()).count()
}

/// A draft that a recipient proposes and revokes itself explains nothing, and what it would have granted counts for nothing.
#[test]
fn a_draft_that_is_withdrawn_broadens_no_consent() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 300);
        let before = total(&app, "embassy-ca");
        let more = "IDENTITY SPECIFIC_NEEDS PROTECTION";
        done(&change(&app, "embassy-ca", "proposeAgreement", &format!("terms: {{ {} }}", broad("BAIT", more))));
        done(&change(&app, "embassy-ca", "revokeAgreement", &agreement(&app, "embassy-ca", "BAIT")));
        done(&change(&app, "unhcr", "proposeAgreement", &format!("terms: {{ {} }}", broad("NEXT", more))));
        sign(&app, "NEXT");
        let (rows, needs) = (total(&app, "embassy-ca") - before, shown_with_needs(&app));
        println!(
            "{engine:?}: after a draft as bait {rows} more people and {needs} people's needs are shown; nobody agreed to either"
        );
        assert_eq!((rows, needs), (0, 0));
    });
}

/// Broad, then narrow, then broad again: who was asked under the narrow one is not shown under the broad one. The preview says so
/// before it is signed.
#[test]
fn narrow_consents_stay_narrow_and_the_preview_knows() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 300);
        done(&change(&app, "unhcr", "revokeAgreement", &agreement(&app, "unhcr", "DSA-2003-06")));
        done(&change(&app, "unhcr", "proposeAgreement", &format!("terms: {{ {} }}", broad("V-1", "CONTACT"))));
        sign(&app, "V-1");
        let people = "{ individuals(first: 20, filter: { legalStatus: { eq: REFUGEE } }) { nodes { id } } }";
        let people = app.data("unhcr", people)["individuals"]["nodes"].as_array().unwrap().clone();
        let says = |person: &Value| {
            let input = format!(
                "individualId: {}, recipientCode: \"embassy-ca\", purpose: RESETTLEMENT, given: true",
                person["id"]
            );
            done(&change(&app, "unhcr", "recordConsent", &input));
        };
        people[..10].iter().for_each(says);
        let renew = |old: &str, new: &str, more: &str| {
            let input = format!("{}, terms: {{ {} }}", agreement(&app, "unhcr", old), broad(new, more));
            done(&change(&app, "unhcr", "renewAgreement", &input));
        };
        renew("V-1", "V-2", "");
        sign(&app, "V-2");
        people[10..].iter().for_each(says);
        assert_eq!(total(&app, "embassy-ca"), 20, "each was told of the narrow version, or of more");
        let preview = format!(
            "{{ agreementPreview(input: {{ terms: {{ {} }} }}) {{ preview {{ people }} }} }}",
            broad("P", "CONTACT")
        );
        let previewed = app.data("unhcr", &preview)["agreementPreview"]["preview"]["people"].as_i64().unwrap();
        renew("V-2", "V-3", "CONTACT");
        sign(&app, "V-3");
        let shown = total(&app, "embassy-ca");
        println!(
            "{engine:?}: 10 agreed to CONTACT and 10 to less; a version with CONTACT shows {shown}, its preview said {previewed}"
        );
        assert_eq!((shown, previewed), (10, 10));
    });
}

const PURPOSE: &str = "VOLUNTARY_REPATRIATION";

/// Registers the Canadian embassy's client for the purpose.
fn register(app: &TestApp) {
    let client =
        "SELECT clients.id FROM clients JOIN agencies ON agencies.id = agency_id WHERE agencies.code = 'embassy-ca'";
    let registers =
        format!("INSERT INTO client_purposes (client_id, purpose) SELECT id, '{PURPOSE}' FROM ({client}) AS client");
    let register = |connection: &mut AnyConnection| Ok(connection.batch_execute(&registers)?);
    outside_policy::<_, StoreError>(&app.database.address, AuditEvent::Administration, "client", register).unwrap();
}

/// Five people of whom UNHCR recorded that they agree, to the Canadian embassy for a purpose for which nothing was ever in force.
fn five_who_were_told_of_nothing(app: &TestApp) -> Vec<Value> {
    register(app);
    let people =
        "{ individuals(first: 5, filter: { legalStatus: { eq: REFUGEE } }) { nodes { id registrationNumber } } }";
    let people = app.data("unhcr", people)["individuals"]["nodes"].as_array().unwrap().clone();
    people.iter().for_each(|person| done(&agrees(app, person, "")).clear());
    people
}

fn agrees(app: &TestApp, person: &Value, more: &str) -> Value {
    let input =
        format!("individualId: {}, recipientCode: \"embassy-ca\", purpose: {PURPOSE}, given: true{more}", person["id"]);
    change(app, "unhcr", "recordConsent", &input)
}

/// Both parties sign terms that grant needs besides.
fn share_broadly(app: &TestApp, reference: &str) {
    let terms = broad(reference, "IDENTITY SPECIFIC_NEEDS PROTECTION").replace("RESETTLEMENT", PURPOSE);
    done(&change(app, "unhcr", "proposeAgreement", &format!("terms: {{ {terms} }}")));
    sign(app, reference);
}

fn import_agreement(app: &TestApp, reference: &str, categories: &str, consent: &str, status: &str) {
    let (header, _) = template(Kind::Agreements).unwrap().split_once('\n').unwrap();
    let row = format!(
        "{reference},unhcr,embassy-ca,{PURPOSE},IDENTIFIED,{categories},,,,,,,{consent},5,2020-01-01,2030-01-01,{status},,"
    );
    load(&app.database, Kind::Agreements, "a.csv", format!("{header}\n{row}\n")).unwrap();
}

fn shown(app: &TestApp) -> i64 {
    let page = "{ individuals(first: 1) { totalCount } }";
    app.ask_for("embassy-ca", Some(PURPOSE), page, json!({}))["data"]["individuals"]["totalCount"].as_i64().unwrap()
}

/// After the narrow agreement a broad one shows nobody who agreed before, and whoever is asked now.
fn the_next_shows_only_who_is_asked_anew(app: &TestApp, person: &Value) {
    done(&change(app, "unhcr", "revokeAgreement", &agreement(app, "unhcr", "NARROW")));
    share_broadly(app, "BROAD");
    println!("the next one, which is broad, shows {} of them", shown(app));
    assert_eq!(shown(app), 0);
    done(&agrees(app, person, ""));
    assert_eq!(shown(app), 1, "who is asked now is told of the broad one");
}

/// Who agreed before anything was in force agreed to the first agreement that is, even if that is older than the answer; and never to
/// a broader one besides.
#[test]
fn an_agreement_dated_back_is_the_first_all_the_same() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 300);
        let people = five_who_were_told_of_nothing(&app);
        import_agreement(&app, "NARROW", "DEMOGRAPHICS", "yes", "IN_FORCE");
        assert_eq!(shown(&app), 5);
        println!("{engine:?}: 5 agreed before a narrow agreement that is dated back");
        the_next_shows_only_who_is_asked_anew(&app, &people[0]);
    });
}

/// What is imported as revoked explains nothing: nobody knows when it was.
#[test]
fn what_is_imported_as_revoked_explains_nothing() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 300);
        import_agreement(&app, "OLD", "DEMOGRAPHICS;IDENTITY;SPECIFIC_NEEDS;PROTECTION;LEGAL_STATUS", "yes", "REVOKED");
        import_agreement(&app, "NARROW", "DEMOGRAPHICS", "no", "IN_FORCE");
        let people = five_who_were_told_of_nothing(&app);
        println!("{engine:?}: 5 agreed after a broad agreement was revoked");
        the_next_shows_only_who_is_asked_anew(&app, &people[0]);
    });
}

/// A draft that its proposer withdrew cannot be named as what was explained.
#[test]
fn a_withdrawn_draft_cannot_be_named() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 300);
        let person = five_who_were_told_of_nothing(&app)[0].clone();
        let terms = broad("BAIT", "IDENTITY").replace("RESETTLEMENT", PURPOSE);
        done(&change(&app, "unhcr", "proposeAgreement", &format!("terms: {{ {terms} }}")));
        let bait = agreement(&app, "unhcr", "BAIT");
        let named = format!(", {bait}");
        done(&agrees(&app, &person, &named));
        done(&change(&app, "unhcr", "revokeAgreement", &bait));
        assert_eq!(refused(&agrees(&app, &person, &named)).0, "agreementId");
    });
}

/// A withdrawal that is dated by day stands against every consent of the day, and no consent is dated so late that a withdrawal
/// would be history already.
#[test]
fn a_withdrawal_of_the_day_is_not_talked_over() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 300);
        let people = five_who_were_told_of_nothing(&app);
        import_agreement(&app, "NARROW", "DEMOGRAPHICS", "yes", "IN_FORCE");
        let now = Utc::now();
        let (header, _) = template(Kind::Consents).unwrap().split_once('\n').unwrap();
        let number = people[0]["registrationNumber"].as_str().unwrap();
        let withdrawn = format!("{header}\nunhcr,{number},embassy-ca,{PURPOSE},WITHDRAWN,{},\n", now.date_naive());
        load_on(now.date_naive(), &app.database, Kind::Consents, "k.csv", withdrawn).unwrap();
        assert_eq!(shown(&app), 4);
        assert_eq!(refused(&agrees(&app, &people[0], "")).0, "given");
        assert_eq!(shown(&app), 4);
    });
}
