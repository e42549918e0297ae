use crate::changes::{agreement, change, client, done, refused, terms, total};
use crate::harness::{TestApp, each_engine};
use diesel::connection::SimpleConnection;
use panoh::domain::audit::AuditEvent;
use panoh::domain::client::Role;
use panoh::store::StoreError;
use panoh::store::outside_policy::outside_policy;
use serde_json::{Value, json};

const OPEN: &str = ", reason: NATURAL_DISASTER, minutes: 60";

/// Proposes an emergency agreement for refugees, whether they agreed or not, and signs it for both.
fn sign(app: &TestApp, reference: &str) -> (String, String) {
    let terms =
        terms(reference, "IDENTITY").replace("consentRequired: true", "consentRequired: false, emergency: true");
    done(&change(app, "unhcr", "proposeAgreement", &format!("terms: {{ {terms} }}")));
    let (own, theirs) = (agreement(app, "unhcr", reference), agreement(app, "embassy-ca", reference));
    done(&change(app, "unhcr", "signAgreement", &own));
    assert_eq!(done(&change(app, "embassy-ca", "signAgreement", &theirs)), "IN_FORCE");
    (own, theirs)
}

fn open(app: &TestApp, theirs: &str) -> Value {
    change(app, "embassy-ca", "openEmergencyAccess", &format!("{theirs}{OPEN}"))
}

/// The provider's review of the newest opening.
fn review(app: &TestApp, justified: bool) -> Value {
    let query = "{ emergencyAccesses(first: 1) { nodes { id } } }";
    let id = app.data("unhcr", query)["emergencyAccesses"]["nodes"][0]["id"].clone();
    change(app, "unhcr", "reviewEmergencyAccess", &format!("emergencyAccessId: {id}, justified: {justified}"))
}

/// As if the hours had passed for which an agreement was opened.
fn wait(app: &TestApp) {
    let past = "UPDATE emergency_accesses SET opened_at = '2026-01-01 00:00:00', closes_at = '2026-01-01 03:00:00' \
        WHERE reviewed_at IS NULL; UPDATE policy_epochs SET epoch = epoch + 1";
    app.database.address.connect(false).unwrap().batch_execute(past).unwrap();
}

/// A signed emergency agreement shares nothing, until its recipient opens it; then it does from the next
/// request on, for its time and not a second time before the provider has reviewed that; a review ends it at once.
#[test]
fn an_emergency_agreement_shares_while_it_is_open() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 300);
        let before = total(&app, "embassy-ca");
        let (_, theirs) = sign(&app, "E-1");
        assert_eq!(total(&app, "embassy-ca"), before, "dormant");
        assert_eq!(refused(&open(&app, &agreement(&app, "embassy-ca", "DSA-2003-06"))).1, "INVALID");

        let opened = open(&app, &theirs);
        assert_eq!(
            opened["emergencyAccess"],
            json!({ "id": opened["emergencyAccess"]["id"], "isOpen": true,
            "agreement": { "status": "IN_FORCE" } })
        );
        let refugees = "{ individuals(first: 1, filter: { legalStatus: { eq: REFUGEE } }) { totalCount } }";
        let shared = total(&app, "embassy-ca");
        assert!(shared > before + 20, "{shared} after {before}");
        assert!(shared - before <= app.data("unhcr", refugees)["individuals"]["totalCount"].as_i64().unwrap());
        let page = |after: &str| {
            let nodes = "nodes { familyName } pageInfo { endCursor }";
            app.data(
                "embassy-ca",
                &format!(
                    "{{ individuals(first: 20{after}, filter: {{ legalStatus: {{ eq: REFUGEE }} }}) {{ {nodes} }} }}"
                ),
            )
        };
        let cursor = page("")["individuals"]["pageInfo"]["endCursor"].clone();
        assert_eq!(page(&format!(", after: {cursor}"))["individuals"]["nodes"].as_array().unwrap().len(), 20);
        assert_eq!(refused(&open(&app, &theirs)), ("agreementId".into(), "WRONG_STATUS".into()), "open already");

        wait(&app);
        assert_eq!(total(&app, "embassy-ca"), before, "closed by time");
        assert!(page(&format!(", after: {cursor}"))["individuals"]["nodes"].as_array().unwrap().len() < 20);
        assert_eq!(refused(&open(&app, &theirs)), ("agreementId".into(), "WRONG_STATUS".into()), "unreviewed");
        assert_eq!(review(&app, true)["userErrors"], json!([]));
        assert_eq!(refused(&review(&app, false)).1, "WRONG_STATUS", "a review is final");

        assert_eq!(open(&app, &theirs)["userErrors"], json!([]));
        assert_eq!(total(&app, "embassy-ca"), shared);
        assert_eq!(review(&app, false)["emergencyAccess"]["isOpen"], false);
        assert_eq!(total(&app, "embassy-ca"), before, "the review closed it");

        assert_eq!(open(&app, &theirs)["userErrors"], json!([]));
        done(&change(&app, "embassy-ca", "suspendAgreement", &theirs));
        assert_eq!(total(&app, "embassy-ca"), before, "suspended");
        let listed = app.data("unhcr", "{ emergencyAccesses(first: 1) { nodes { isOpen } } }");
        assert_eq!(listed["emergencyAccesses"]["nodes"], json!([{ "isOpen": false }]));
        assert_eq!(review(&app, true)["userErrors"], json!([]));
        assert_eq!(refused(&open(&app, &theirs)), ("agreementId".into(), "WRONG_STATUS".into()), "suspended");
    });
}

/// Openings are loud: both parties' data officers list them, and the audit says them; nobody else hears of them.
#[test]
fn openings_are_on_record_and_listed() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 60);
        let (_, theirs) = sign(&app, "E-2");
        open(&app, &theirs);
        review(&app, false);
        open(&app, &theirs);
        let list = |agency: &str, arguments: &str| {
            let nodes = "totalCount nodes { reason justified agreement { reference } } pageInfo { endCursor hasNextPage hasPreviousPage }";
            app.data(agency, &format!("{{ emergencyAccesses({arguments}) {{ {nodes} }} }}"))["emergencyAccesses"]
                .clone()
        };
        let node = |justified: Value| json!({ "reason": "NATURAL_DISASTER", "justified": justified, "agreement": { "reference": "E-2" } });
        let first = list("unhcr", "first: 1");
        assert_eq!(first["nodes"], json!([node(Value::Null)]));
        assert_eq!((&first["totalCount"], &first["pageInfo"]["hasNextPage"]), (&json!(2), &json!(true)));
        let second = list("unhcr", &format!("first: 1, after: {}", first["pageInfo"]["endCursor"]));
        assert_eq!(second["nodes"], json!([node(json!(false))]));
        assert_eq!(second["pageInfo"]["hasPreviousPage"], true);
        assert_eq!(
            list("unhcr", &format!("last: 1, before: {}", second["pageInfo"]["endCursor"]))["nodes"],
            first["nodes"]
        );
        assert_eq!(list("embassy-ca", "first: 9")["totalCount"], 2);
        assert_eq!(list("embassy-us", "first: 9")["totalCount"], 0);
        let entries = |agency: &str| app.data(agency, "{ auditEntries(first: 20) { nodes { detail } } }").to_string();
        assert_eq!(entries("embassy-ca").matches("emergency access to E-2 opened until ").count(), 2);
        assert!(entries("embassy-ca").contains(": NATURAL_DISASTER"));
        assert_eq!(entries("unhcr").matches("emergency access to E-2 reviewed: not justified").count(), 1);
    });
}

/// Who may not open or review is refused, and input that cannot be is named.
#[test]
fn only_the_recipient_opens_and_only_the_provider_reviews() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 60);
        let (own, theirs) = sign(&app, "E-3");
        let attempt = |agency: &str, input: &str| refused(&change(&app, agency, "openEmergencyAccess", input));
        assert_eq!(attempt("unhcr", &format!("{own}{OPEN}")).1, "NOT_ALLOWED", "the provider");
        for minutes in [0, 181, -5] {
            let input = format!("{theirs}, reason: CHILD_AT_RISK, minutes: {minutes}");
            assert_eq!(attempt("embassy-ca", &input), ("minutes".into(), "INVALID".into()));
        }
        let foreign =
            format!("mutation {{ openEmergencyAccess(input: {{ {theirs}{OPEN} }}) {{ userErrors {{ code }} }} }}");
        assert_eq!(app.code("embassy-us", &foreign), "INVALID_ID");
        let reader = client(&app, "embassy-ca", Role::Reader);
        let ask = |key: &str, document: String| -> Value {
            let body = json!({ "query": document }).to_string();
            app.post().bearer_auth(key).body(body).send().unwrap().json().unwrap()
        };
        let list = "{ agreements(first: 1, filter: { reference: { eq: \"E-3\" } }) { nodes { id emergency } } }";
        let found = ask(&reader, list.to_owned())["data"]["agreements"]["nodes"][0].clone();
        assert_eq!(found["emergency"], true);
        let opening = format!("agreementId: {}{OPEN}", found["id"]);
        let answer = ask(
            &reader,
            format!("mutation {{ openEmergencyAccess(input: {{ {opening} }}) {{ userErrors {{ code }} }} }}"),
        );
        assert_eq!(answer["data"]["openEmergencyAccess"]["userErrors"][0]["code"], "NOT_ALLOWED");
        assert_eq!(
            ask(&reader, "{ emergencyAccesses(first: 1) { totalCount } }".to_owned())["errors"][0]["extensions"]["code"],
            "FORBIDDEN"
        );
        assert_eq!(
            app.data("unhcr", "{ emergencyAccesses(first: 1) { totalCount } }")["emergencyAccesses"]["totalCount"],
            0
        );

        let opened = open(&app, &theirs);
        let officer = client(&app, "embassy-ca", Role::DataOfficer);
        let listed = ask(&officer, "{ emergencyAccesses(first: 1) { nodes { id } } }".to_owned());
        let id = &listed["data"]["emergencyAccesses"]["nodes"][0]["id"];
        let node = format!("{{ node(id: {id}) {{ id }} }}");
        assert_eq!(ask(&officer, node.clone()), json!({ "data": { "node": { "id": id } } }));
        assert_eq!(ask(&reader, node), json!({ "data": { "node": null } }), "a reader, by id");
        let review = format!("emergencyAccessId: {}, justified: true", opened["emergencyAccess"]["id"]);
        assert_eq!(
            refused(&change(&app, "embassy-ca", "reviewEmergencyAccess", &review)).1,
            "NOT_ALLOWED",
            "the recipient"
        );
        let again = format!("{theirs}{OPEN}, idempotencyKey: \"k\"");
        assert_eq!(refused(&change(&app, "embassy-ca", "openEmergencyAccess", &again)).1, "WRONG_STATUS");
        super::emergency_access::review(&app, true);
        let first = change(&app, "embassy-ca", "openEmergencyAccess", &again);
        assert_eq!(first["userErrors"], json!([]));
        assert_eq!(change(&app, "embassy-ca", "openEmergencyAccess", &again), first, "done once");
    });
}

/// Not even a consent opens the way to the country of origin, or where that is unknown.
#[test]
fn nobody_is_shown_to_the_country_of_origin() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 200);
        outside_policy::<_, StoreError>(&app.database.address, AuditEvent::Administration, "test", |connection| {
            connection.batch_execute("UPDATE agencies SET country = 'AFG' WHERE code = 'embassy-ca'")?;
            Ok(connection.batch_execute("UPDATE agreements SET status = 'REVOKED' WHERE reference = 'DSA-2003-06'")?)
        })
        .unwrap();
        let (_, theirs) = sign(&app, "E-4");
        let people = "{ individuals(first: 5, filter: { nationality: { eq: \"AFG\" }, legalStatus: { eq: REFUGEE } }) { nodes { id } } }";
        for person in app.data("unhcr", people)["individuals"]["nodes"].as_array().unwrap() {
            let consent = format!(
                "individualId: {}, recipientCode: \"embassy-ca\", purpose: RESETTLEMENT, given: true",
                person["id"]
            );
            done(&change(&app, "unhcr", "recordConsent", &consent));
        }
        open(&app, &theirs);
        let seen =
            app.data("embassy-ca", "{ individuals(first: 100) { nodes { nationality } } }")["individuals"].to_string();
        assert!(!seen.contains("AFG") && !seen.contains("null") && !seen.contains("XXA"), "{seen}");
    });
}
