//! Making old consents count for more than what was explained.

use crate::changes::{agreement, change, done, terms, total};
use crate::harness::{TestApp, each_engine};
use serde_json::Value;

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
            let input =
                format!("individual: {}, recipient: \"embassy-ca\", purpose: RESETTLEMENT, given: true", person["id"]);
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
