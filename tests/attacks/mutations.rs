//! Learning of somebody hidden by asking for changes: which error, of which field, in which words, after how many statements.

use super::two_worlds::alter;
use crate::harness::world::pick;
use crate::harness::{TestApp, each_engine};
use crate::permissions::{ids, mutations, requires, schema, value};
use apollo_compiler::Schema;
use apollo_compiler::schema::{ExtendedType, FieldDefinition};
use panoh::domain::Vocabulary;
use panoh::domain::audit::AuditEvent;
use panoh::domain::client::Role;
use panoh::domain::purpose::Purpose;
use panoh::store::agency::administration::add_client;
use panoh::store::outside_policy::outside_policy;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};
use std::collections::BTreeMap;

const ATTACKERS: [&str; 3] = ["undp", "embassy-us", "embassy-ca"];

/// An id that a client was shown, or was while it saw what it is of.
struct KnownId {
    /// Of which agency, for which purpose.
    of: (&'static str, Purpose),
    /// For which of an input's fields.
    field: &'static str,
    id: String,
}

/// What an attacker has to put into an input.
struct Known {
    ids: Vec<KnownId>,
    /// Registration numbers, names, phones and case numbers of whoever the holder has.
    texts: Vec<String>,
    codes: Vec<String>,
}

impl Known {
    /// An id for a field, more often than not the agency's own for the purpose.
    fn id(&self, rng: &mut ChaCha8Rng, of: (&str, Purpose), field: &str) -> Value {
        let own_only = rng.random_bool(0.85);
        let fits = |id: &&KnownId| id.field == field && (!own_only || id.of == of);
        let fitting: Vec<_> = self.ids.iter().filter(fits).collect();
        match fitting.is_empty() {
            true => json!("AAAA"),
            false => json!(fitting[rng.random_range(0..fitting.len())].id),
        }
    }

    /// A random input of an agency.
    fn input(&self, rng: &mut ChaCha8Rng, schema: &Schema, of: (&str, Purpose), mutation: &FieldDefinition) -> Value {
        let mut optional = ChaCha8Rng::seed_from_u64(rng.random());
        let any = |rng: &mut ChaCha8Rng, of: &[String]| json!(of[rng.random_range(0..of.len())]);
        let mut leaf = |field: &str, type_name: &str| match (&schema.types[type_name], type_name) {
            (ExtendedType::Enum(named), _) => {
                let values: Vec<&str> = named.values.keys().map(|name| name.as_str()).collect();
                json!(pick(rng, &values))
            }
            (_, "ID") => self.id(rng, of, field),
            (_, "Date") => json!(pick(rng, &["2005-01-10", "2025-12-31", "2026-01-10", "2026-01-15", "2026-02-01"])),
            (_, "DateTime") => json!("2026-01-10T00:00:00Z"),
            (_, "Boolean") => json!(rng.random_bool(0.5)),
            (_, "Int") => json!(rng.random_range(0..12)),
            (_, "Decimal") => json!(pick(rng, &["25.00", "120"])),
            (_, "CurrencyCode") => json!(pick(rng, &["USD", "TJS"])),
            (_, "CountryCode") => json!(pick(rng, &["USA", "CAN", "AFG"])),
            (_, "LanguageCode") => json!(pick(rng, &["prs", "tgk"])),
            _ if field.to_lowercase().contains("code") || field.contains("dentifier") => any(rng, &self.codes),
            _ => any(rng, &self.texts),
        };
        let mut takes = |field: &apollo_compiler::ast::InputValueDefinition| {
            field.is_required() || (field.name != "idempotencyKey" && optional.random_bool(0.3))
        };
        value(schema, ("input", mutation.arguments[0].ty.inner_named_type()), &mut takes, &mut leaf)
    }
}

/// The texts and codes of a caseload, and no ids.
fn held(app: &TestApp) -> Known {
    let all = "{ individuals(first: 100, orderBy: { field: ARRIVED_ON, direction: ASC }) { nodes { registrationNumber familyName phone \
        case { number } } } programmes(first: 20) { nodes { identifier } } }";
    let data = app.data("unhcr", all);
    let people = data["individuals"]["nodes"].as_array().unwrap();
    let of_person = |person: &Value| {
        let texts =
            ["/registrationNumber", "/familyName", "/phone", "/case/number"].map(|path| person.pointer(path).cloned());
        texts.into_iter().flatten().filter_map(|text| text.as_str().map(str::to_owned)).collect::<Vec<_>>()
    };
    let mut codes: Vec<String> =
        ["unhcr", "undp", "embassy-us", "embassy-ca", "3507217", "ER", "SP"].map(str::to_owned).into();
    let programmes = data["programmes"]["nodes"].as_array().unwrap();
    codes.extend(programmes.iter().filter_map(|programme| programme["identifier"].as_str().map(str::to_owned)));
    Known { ids: Vec::new(), texts: people.iter().flat_map(of_person).collect(), codes }
}

fn client(app: &TestApp, agency: &str, role: Role, name: &str) -> String {
    outside_policy(&app.database.address, AuditEvent::Administration, "client", |connection| {
        add_client(connection, agency, role, name, Purpose::ALL)
    })
    .unwrap()
}

/// The ids that a client is shown for a purpose.
fn shown(app: &TestApp, key: &str, of: (&'static str, Purpose)) -> Vec<KnownId> {
    let known = |(field, id)| KnownId { of, field, id };
    let mut shown: Vec<KnownId> = ids(app, key, of.1).into_iter().map(known).collect();
    let query = "{ individuals(first: 30) { nodes { id } } }";
    let body = json!({ "query": query }).to_string();
    let answer = app.post().bearer_auth(key).header("Panoh-Purpose", of.1.code()).body(body).send().unwrap();
    let answer: Value = serde_json::from_str(&answer.text().unwrap()).unwrap();
    for node in answer["data"]["individuals"]["nodes"].as_array().into_iter().flatten() {
        let id = || node["id"].as_str().unwrap().to_owned();
        shown.extend(["individualId", "individualIds", "duplicateId"].map(|field| known((field, id()))));
    }
    shown
}

/// Ends what is shared with an agency: whom it saw by that is hidden from now on.
fn share_no_more(app: &TestApp, recipient: &str) {
    let agreements = app.data("unhcr", "{ agreements(first: 100) { nodes { id status recipient { code } } } }");
    for agreement in agreements["agreements"]["nodes"].as_array().unwrap() {
        if agreement["recipient"]["code"] == recipient && agreement["status"] == "IN_FORCE" {
            let revoke = format!(
                "mutation {{ revokeAgreement(input: {{ agreementId: {} }}) {{ userErrors {{ message }} }} }}",
                agreement["id"]
            );
            assert_eq!(app.data("unhcr", &revoke)["revokeAgreement"]["userErrors"], json!([]));
        }
    }
}

/// Two worlds differ only in people whom no attacker sees, of whom some were seen once: whatever changes an attacker asks for, it is told
/// the same, after as many statements. `PANOH_CHANGES` says how often it asks for each.
#[test]
fn no_refusal_tells_of_whoever_is_hidden() {
    let times: usize = std::env::var("PANOH_CHANGES").map_or(2, |text| text.parse().unwrap());
    let schema = schema();
    each_engine(|engine| {
        let (one, other) = TestApp::demo_and_altered(engine, 400, |_| {});
        let mut known = held(&one);
        for agency in ATTACKERS.into_iter().chain(["unhcr"]) {
            let officer = client(&one, agency, Role::DataOfficer, "officer");
            known.ids.extend(Purpose::ALL.iter().flat_map(|purpose| shown(&one, &officer, (agency, *purpose))));
        }
        let seen = |app: &TestApp| {
            app.data("embassy-ca", "{ individuals(first: 1) { totalCount } }")["individuals"]["totalCount"].as_i64()
        };
        assert!(seen(&one) > Some(0));
        for app in [&one, &other] {
            share_no_more(app, "embassy-ca");
            assert_eq!(seen(app), Some(0), "it sees nobody any more");
        }
        alter(&other.database);
        let rng = &mut ChaCha8Rng::seed_from_u64(13);
        let (mut asked, mut codes) = (0, BTreeMap::<String, usize>::new());
        for agency in ATTACKERS {
            for role in [Role::Caseworker, Role::DataOfficer] {
                let keys = [&one, &other].map(|app| (app, client(app, agency, role, role.code())));
                for mutation in mutations(&schema) {
                    let (roles, purpose) = requires(mutation);
                    if !roles.iter().any(|may| *may == role.to_string()) {
                        continue;
                    }
                    for _ in 0..times {
                        let required = purpose.as_ref().map(|purpose| Purpose::parse(purpose).unwrap());
                        let stated = required.unwrap_or_else(|| pick(rng, Purpose::ALL));
                        let input = known.input(rng, &schema, (agency, stated), mutation);
                        let document = format!(
                            "mutation Change($input: {}) {{ {}(input: $input) {{ userErrors {{ field code message }} }} }}",
                            mutation.arguments[0].ty, mutation.name
                        );
                        let body = json!({ "query": document, "variables": { "input": input } }).to_string();
                        let told = keys.each_ref().map(|(app, key)| {
                            let before = app.statements_sent();
                            let request = app.post().bearer_auth(key).header("Panoh-Purpose", stated.code());
                            let text = request.body(body.clone()).send().unwrap().text().unwrap();
                            (text, app.statements_sent() - before)
                        });
                        assert_eq!(told[0], told[1], "{engine:?} {agency} {stated} {} {input}", mutation.name);
                        let answer: Value = serde_json::from_str(&told[0].0).unwrap();
                        let code = answer["data"][mutation.name.as_str()]["userErrors"][0]["code"].as_str();
                        let code = code.or(answer["errors"][0]["extensions"]["code"].as_str()).unwrap_or("made");
                        *codes.entry(code.to_owned()).or_default() += 1;
                        asked += 1;
                    }
                }
            }
        }
        println!(
            "{engine:?}: {asked} changes asked for, told the same in both worlds: {codes:?}; guesses right: chance"
        );
    });
}
