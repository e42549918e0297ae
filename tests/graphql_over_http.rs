use crate::harness::{Engine, TestApp, each_engine};
use serde_json::{Value, json};
use std::process::Command;

/// What a script of Node prints about a server, which must satisfy it.
fn satisfies(app: &TestApp, script: &str) -> String {
    let script = format!("{}/tests/{script}", env!("CARGO_MANIFEST_DIR"));
    let output = Command::new("node").args([&script, &app.url(""), &app.key("unhcr")]).output().expect("node");
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{printed}{}", String::from_utf8_lossy(&output.stderr));
    printed
}

/// All audits of the GraphQL-over-HTTP specification pass.
#[test]
fn all_audits_of_graphql_over_http_pass() {
    let printed = satisfies(&TestApp::demo(Engine::Sqlite, 10), "graphql-over-http.mjs");
    assert!(printed.contains("61 of 61"), "{printed}");
}

/// The server takes the documents that graphql-js takes, and refuses the others for the same kind of reason, at their place.
#[test]
fn documents_are_judged_as_by_graphql_js() {
    let printed = satisfies(&TestApp::demo(Engine::Sqlite, 10), "documents.mjs");
    println!("{printed}");
}

fn code(body: &str) -> String {
    let answer: Value = serde_json::from_str(body).unwrap_or_else(|_| panic!("not JSON: {body}"));
    assert!(answer.get("data").is_none_or(Value::is_null), "{answer}");
    answer["errors"][0]["extensions"]["code"].as_str().unwrap().to_owned()
}

/// A missing or unknown key is 401 with a clear body; introspection is no exception.
#[test]
fn nothing_is_answered_without_a_key() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 10);
        for query in ["{ viewer { purpose } }", "{ __schema { types { name } } }", "{ nonsense", "{ nope }"] {
            let body = json!({ "query": query }).to_string();
            for request in
                [app.post(), app.post().bearer_auth("panoh_wrong"), app.post().header("authorization", "Basic eA==")]
            {
                let response = request.body(body.clone()).send().unwrap();
                assert_eq!(response.status(), 401);
                assert!(response.headers().contains_key("www-authenticate"));
                assert_eq!(code(&response.text().unwrap()), "UNAUTHENTICATED");
            }
        }
        // Metrics tell of other agencies' activity: they have an address of their own.
        assert_eq!(app.get("/metrics").bearer_auth(app.key("unhcr")).send().unwrap().status(), 404);
        assert!(app.metrics().contains("panoh_graphql_requests_total{status=\"401\"}"));
        for path in ["/health/live", "/health/ready", "/schema.graphql"] {
            assert_eq!(app.get(path).send().unwrap().status(), 200, "{path}");
        }
    });
}

/// Types of bodies that a page can make a browser send unasked are refused.
#[test]
fn only_json_bodies_are_read() {
    let app = TestApp::demo(Engine::Sqlite, 10);
    let body = json!({ "query": "{ viewer { purpose } }" }).to_string();
    for kind in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/json; charset=latin1",
    ] {
        let request = app.post().header("content-type", kind).bearer_auth(app.key("unhcr"));
        let request = request.body(body.clone()).build().unwrap();
        let mut request = request;
        request.headers_mut().insert("content-type", kind.parse().unwrap());
        let response = reqwest::blocking::Client::new().execute(request).unwrap();
        assert_eq!(response.status(), 415, "{kind}");
    }
}

/// Malformed, oversized, too deep and doubling requests are refused quickly, and the server goes on.
#[test]
fn hostile_documents_are_refused() {
    let app = TestApp::demo(Engine::Sqlite, 10);
    let send = |body: String| {
        let response = app.post().bearer_auth(app.key("unhcr")).body(body).send().unwrap();
        (response.status().as_u16(), code(&response.text().unwrap()))
    };
    let query = |query: &str| send(json!({ "query": query }).to_string());
    let deep = format!("{{ node(id: {}1{}) {{ id }} }}", "[".repeat(5_000), "]".repeat(5_000));
    let mut doubling = "{ ...f0 } ".to_owned();
    for fragment in 0..30 {
        doubling += &format!("fragment f{fragment} on Query {{ viewer {{ purpose }} ...f{0} ...f{0} }} ", fragment + 1);
    }
    doubling += "fragment f30 on Query { viewer { purpose } }";
    let wide: String = (0..300).map(|number| format!("a{number}: individuals(first: 100) {{ totalCount }} ")).collect();
    assert_eq!(query(&deep).1, "LIMIT");
    assert_eq!(query(&format!("#\r{deep}")).1, "LIMIT");
    assert_eq!(query(&format!("{{ node(id: \"\"\" , {deep}) }}")).1, "PARSE");
    let tripling: String =
        (0..22).map(|f| format!("fragment f{f} on Query {{ {} }} ", format!("...f{} ", f + 1).repeat(3))).collect();
    for leaf in ["__typename", "...nowhere"] {
        let document = format!("{{ ...f0 }} {tripling} fragment f22 on Query {{ {leaf} }}");
        assert!(["LIMIT", "VALIDATION"].contains(&query(&document).1.as_str()), "{leaf}");
    }
    let members = "case { members { ".repeat(8) + "id" + &" } }".repeat(8);
    assert_eq!(query(&format!("{{ individuals(first: 1) {{ nodes {{ {members} }} }} }}")).1, "LIMIT");
    assert_eq!(query(&doubling).1, "LIMIT");
    assert_eq!(query(&format!("{{ {wide} }}")).1, "LIMIT");
    assert_eq!(query(&"{ viewer { purpose } } ".repeat(20_000)).1, "LIMIT");
    assert_eq!(query("{ viewer { purpose }").1, "PARSE");
    assert_eq!(query("{ viewer { nothing } }").1, "VALIDATION");
    assert_eq!(query("mutation { nothing }").1, "VALIDATION");
    assert_eq!(send("{".to_owned()), (400, "BAD_INPUT".to_owned()));
    assert_eq!(send("[]".to_owned()), (400, "BAD_INPUT".to_owned()));
    assert_eq!(send(json!({ "query": 5 }).to_string()), (400, "BAD_INPUT".to_owned()));
    let nested = format!(
        "{{\"query\":\"{{ viewer {{ purpose }} }}\",\"variables\":{{\"a\":{}{}}}}}",
        "[".repeat(9_000),
        "]".repeat(9_000)
    );
    assert_eq!(send(nested), (400, "BAD_INPUT".to_owned()));
    assert_eq!(send(format!("{{\"query\":\"{}\"}}", "x".repeat(600_000))), (413, "LIMIT".to_owned()));
    assert_eq!(app.data("unhcr", "{ viewer { purpose } }")["viewer"]["purpose"], "CASE_MANAGEMENT");
}

/// Paging arguments, ids, cursors and values that are wrong are told apart, with the argument's name.
#[test]
fn bad_arguments_have_clear_errors() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 30);
        for arguments in ["", "(first: 0)", "(first: -1)", "(first: 101)", "(first: 1, last: 1)", "(last: 101)"] {
            assert_eq!(
                app.code("unhcr", &format!("{{ individuals{arguments} {{ totalCount }} }}")),
                "BAD_INPUT",
                "{arguments}"
            );
        }
        let own = app.data("unhcr", "{ individuals(first: 1) { nodes { id } pageInfo { endCursor } } }");
        let id = own["individuals"]["nodes"][0]["id"].as_str().unwrap();
        let cursor = own["individuals"]["pageInfo"]["endCursor"].as_str().unwrap();
        let node = |agency: &str, id: &str| app.ask(agency, &format!("{{ node(id: \"{id}\") {{ id }} }}"));
        assert_eq!(node("unhcr", id)["data"]["node"]["id"], id);
        let tampered = format!("{}{}", &id[..id.len() - 2], if id.ends_with("AA") { "BB" } else { "AA" });
        for (agency, id) in [("undp", id), ("unhcr", &id[..20]), ("unhcr", &tampered), ("unhcr", ""), ("unhcr", cursor)]
        {
            let answer = node(agency, id);
            assert_eq!(answer["errors"][0]["extensions"]["code"], "INVALID_ID", "{answer}");
            assert_eq!(answer["errors"][0]["extensions"]["argument"], "id");
        }
        let after = |agency: &str, order: &str, cursor: &str| {
            app.code(agency, &format!("{{ individuals(first: 1, after: \"{cursor}\"{order}) {{ nodes {{ id }} }} }}"))
        };
        let by_name = ", orderBy: { field: FAMILY_NAME, direction: ASC }";
        for (agency, order, cursor) in
            [("undp", "", cursor), ("unhcr", by_name, cursor), ("unhcr", "", &cursor[..9]), ("unhcr", "", id)]
        {
            assert_eq!(after(agency, order, cursor), "INVALID_CURSOR");
        }
        for filter in [
            "nationality: { eq: \"AUL\" }",
            "registeredOn: { from: \"2003-02-30\" }",
            "registeredOn: { from: \"+12003-1-1\" }",
            "registeredOn: {}",
            "solution: {}",
            "specificNeed: { eq: \"ZZ\" }",
            "familyName: { eq: \"a\", startsWith: \"b\" }",
            "familyName: { startsWith: \"\\u0000\" }",
            "holder: { in: [\"unhcr\", \"\\u0000\"] }",
        ] {
            let query = format!("{{ individuals(first: 1, filter: {{ {filter} }}) {{ totalCount }} }}");
            assert_eq!(app.code("unhcr", &query), "BAD_INPUT", "{filter}");
        }
        let within =
            format!("{{ individuals(first: 1, filter: {{ place: {{ within: \"{id}\" }} }}) {{ totalCount }} }}");
        assert_eq!(app.code("unhcr", &within), "INVALID_ID");
    });
}

/// An error says at which argument, as deep as it lies; a variable without a value is named too.
#[test]
fn errors_name_the_argument() {
    let app = TestApp::demo(Engine::Sqlite, 10);
    for (filter, argument) in [
        ("{ registeredOn: { until: \"31.5.2003\" } }", "filter.registeredOn.until"),
        ("{ and: [{ nationality: { in: [\"AFG\", \"ZZZ\"] } }] }", "filter.and.0.nationality.in.1"),
        ("{ solution: { destination: { eq: \"usa\" } } }", "filter.solution.destination.eq"),
    ] {
        let answer = app.ask("unhcr", &format!("{{ individuals(first: 1, filter: {filter}) {{ totalCount }} }}"));
        assert_eq!(answer["errors"][0]["extensions"]["argument"], argument, "{answer}");
    }
    let answer = app.ask("unhcr", "query($id: ID!) { node(id: $id) { id } }");
    assert_eq!(answer["errors"][0]["extensions"]["argument"], "variables.id", "{answer}");
    assert!(answer.get("data").is_none());
}

/// If a root field fails that may not be null, there is no data; one that may be is null.
#[test]
fn a_failed_root_field_is_null_or_all_data_is() {
    let app = TestApp::demo(Engine::Sqlite, 10);
    let answer = app.ask("unhcr", "{ viewer { purpose } bad: individuals(first: 0) { totalCount } }");
    assert_eq!(answer["data"], Value::Null);
    let answer = app.ask("unhcr", "{ viewer { purpose } bad: node(id: \"x\") { id } }");
    assert_eq!(answer["data"], json!({ "viewer": { "purpose": "CASE_MANAGEMENT" }, "bad": null }));
    assert_eq!(answer["errors"][0]["path"], json!(["bad"]));
}

/// A purpose or a key that cannot be read, or is given twice, is refused instead of being guessed.
#[test]
fn a_variables_default_counts_in_directives_too() {
    let app = TestApp::demo(Engine::Sqlite, 20);
    let shown = |directive: &str, default: bool, variables: Value| {
        let query =
            format!("query ($it: Boolean = {default}) {{ viewer {{ purpose role: purpose @{directive}(if: $it) }} }}");
        let answer = app.ask_for("unhcr", None, &query, variables);
        assert!(answer.get("errors").is_none(), "{answer}");
        answer["data"]["viewer"].get("role").is_some()
    };
    for default in [true, false] {
        assert_eq!(shown("include", default, json!({})), default);
        assert_eq!(shown("skip", default, json!({})), !default);
        assert_eq!(shown("include", default, json!({ "it": !default })), !default);
    }
}

#[test]
fn ambiguous_headers_are_refused() {
    let app = TestApp::demo(Engine::Sqlite, 10);
    let body = json!({ "query": "{ viewer { purpose } }" }).to_string();
    let purpose = |value: &[u8]| reqwest::header::HeaderValue::from_bytes(value).unwrap();
    let keyed = || app.post().bearer_auth(app.key("embassy-us")).body(body.clone());
    for request in [
        keyed().header("Panoh-Purpose", purpose(b"PROTECTION_ADVOCACY\xff")),
        keyed().header("Panoh-Purpose", ""),
        keyed().header("Panoh-Purpose", "RESETTLEMENT").header("Panoh-Purpose", "PROTECTION_ADVOCACY"),
        keyed().bearer_auth(app.key("unhcr")),
    ] {
        let answer = request.send().unwrap().text().unwrap();
        assert_eq!(code(&answer), "BAD_INPUT", "{answer}");
    }
}

/// A selection that comes out empty is an object without fields: null means that there is nothing, or nothing to be seen.
#[test]
fn selections_that_come_out_empty_are_objects() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 30);
        let data = |query: &str| app.data("unhcr", query).to_string();
        assert_eq!(data("{ viewer { purpose @include(if: false) } }"), r#"{"viewer":{}}"#);
        assert_eq!(data("{ viewer @skip(if: true) { purpose } }"), "{}");
        assert_eq!(
            data("query ($a: Boolean = false) { viewer { ...f @include(if: $a) } } fragment f on Viewer { purpose }"),
            r#"{"viewer":{}}"#
        );
        let ids = app.data("unhcr", "{ individuals(first: 1) { nodes { id } } programmes(first: 1) { nodes { id } } }");
        let id = |noun: &str| ids[noun]["nodes"][0]["id"].as_str().unwrap().to_owned();
        let (person, programme) = (id("individuals"), id("programmes"));
        let nodes = |fields: &str| {
            app.data("unhcr", &format!("{{ nodes(ids: [\"{person}\", \"{programme}\"]) {{ {fields} }} }}"))
        };
        let told = nodes("... on Individual { sex }");
        assert!(told["nodes"][0]["sex"].is_string() && told["nodes"][1] == json!({}), "{told}");
        assert_eq!(nodes("... on Agency { code }"), json!({ "nodes": [{}, {}] }));
        let lists = data(
            "{ individuals(first: 2) { nodes { case { number @skip(if: true) } specificNeeds { code @skip(if: true) } } } }",
        );
        assert!(!lists.contains("null") && !lists.contains("_"), "{lists}");
        let foreign = app.data("undp", "{ individuals(first: 1) { nodes { case { number @skip(if: true) } } } }");
        assert_eq!(foreign["individuals"]["nodes"][0]["case"], Value::Null, "it is hidden");
    });
}

/// A document that is asked again is held against the same limits, and costs the same.
#[test]
fn a_document_asked_again_is_judged_alike() {
    let app = TestApp::demo(Engine::Sqlite, 10);
    let parts: String = (0..190).map(|nth| format!("a{nth}: agency {{ ... {{ code }} }} ")).collect();
    let query = format!("{{ viewer {{ {parts} }} rateLimit {{ cost }} }}");
    let first = app.data("unhcr", &query);
    assert_eq!(app.data("unhcr", &query), first);
}

/// The purpose for which an answer was given is said; a header whose name is nearly that of the purpose is refused.
#[test]
fn the_purpose_is_echoed_and_near_misses_are_refused() {
    let app = TestApp::demo(Engine::Sqlite, 10);
    let ask = |agency: &str, header: Option<(&str, &str)>| {
        let request = app.post().bearer_auth(app.key(agency)).body(json!({ "query": "{ __typename }" }).to_string());
        header.into_iter().fold(request, |request, (name, value)| request.header(name, value)).send().unwrap()
    };
    assert_eq!(ask("undp", None).headers()["panoh-purpose"], "PROGRAMME_DELIVERY");
    assert_eq!(ask("undp", Some(("panoh-purpose", "STATISTICS"))).headers()["panoh-purpose"], "STATISTICS");
    assert_eq!(ask("undp", Some(("sec-purpose", "prefetch"))).status(), 200);
    for name in ["x-panoh-purpose", "panohpurpose", "panoh_purpose", "panoh-purposes", "pano-purpose", "x-purposes"] {
        let answer = ask("undp", Some((name, "STATISTICS")));
        assert_eq!((answer.status().as_u16(), code(&answer.text().unwrap())), (400, "BAD_INPUT".to_owned()), "{name}");
    }
}

/// What is not served is refused by its name: compressed bodies, persisted documents.
#[test]
fn what_is_not_served_is_named() {
    let app = TestApp::demo(Engine::Sqlite, 10);
    let request = || app.post().bearer_auth(app.key("undp"));
    let compressed = request().header("content-encoding", "gzip").body("{}").send().unwrap();
    assert_eq!(compressed.status(), 415);
    assert!(compressed.text().unwrap().contains("Content-Encoding"));
    let persisted = json!({ "extensions": { "persistedQuery": { "version": 1, "sha256Hash": "0" } } });
    let answer: Value = request().body(persisted.to_string()).send().unwrap().json().unwrap();
    assert_eq!(answer["errors"][0]["message"], "PersistedQueryNotSupported");
}

/// A value that does not fit its variable is refused without being quoted, as by the specification.
#[test]
fn values_of_variables_fit_or_are_refused() {
    let app = TestApp::demo(Engine::Sqlite, 10);
    let query = "query ($f: IndividualFilter, $n: Int!) { individuals(first: $n, filter: $f) { totalCount } }";
    let ask = |variables: Value| app.ask_for("unhcr", None, query, variables);
    assert!(ask(json!({ "n": 1, "f": { "sex": { "eq": "MALE" } } }))["errors"].is_null());
    for wrong in [
        json!({}),
        json!({ "n": null }),
        json!({ "n": "Zahra" }),
        json!({ "n": 1, "f": "Zahra" }),
        json!({ "n": 1, "f": { "sex": { "eq": "Zahra" } } }),
        json!({ "n": 1, "f": { "familyName": { "eq": ["Zahra"] } } }),
        json!({ "n": 1.5 }),
        json!({ "n": 1, "f": { "familyName": { "is": "Zahra" } } }),
        json!({ "n": 1, "f": { "Zahra": null } }),
        json!({ "n": 1, "f": { "nationality": { "eq": ["Zahra"] } } }),
        json!({ "n": 1, "f": { "nationality": { "eq": { "Zahra": 1 } } } }),
        json!({ "n": 1, "f": { "dateOfBirth": { "from": ["Zahra, found"] } } }),
        json!({ "n": 1, "f": { "dateOfBirth": { "from": "Zahra" } } }),
    ] {
        let answer = ask(wrong);
        assert_eq!(answer["errors"][0]["extensions"]["code"], "BAD_INPUT", "{answer}");
        assert!(answer["data"].is_null() && !answer.to_string().contains("Zahra"), "{answer}");
        println!("{}", answer["errors"][0]["message"]);
    }
    let sex = ask(json!({ "n": 1, "f": { "sex": { "in": ["Zahra"] } } }))["errors"][0]["message"].to_string();
    assert!(sex.contains("is no Sex; give one of FEMALE, MALE"), "{sex}");
    for literal in [
        "nationality: { eq: [\"Zahra\"] }",
        "nationality: { eq: { a: \"Zahra\" } }",
        "nationality: { eq: Zahra }",
        "sex: { eq: Zahra }",
        "dateOfBirth: { from: {Zahra: 1} }",
    ] {
        let answer =
            app.ask("unhcr", &format!("{{ individuals(first: 1, filter: {{ {literal} }}) {{ totalCount }} }}"));
        assert!(answer["errors"].is_array() && !answer.to_string().contains("Zahra"), "{answer}");
    }
}

/// Every answer carries the id of its request: of the trace that the client names, or a new one.
#[test]
fn answers_carry_the_requests_id() {
    let app = TestApp::demo(Engine::Sqlite, 10);
    let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
    let id = |request: reqwest::blocking::RequestBuilder| {
        request.send().unwrap().headers()["x-request-id"].to_str().unwrap().to_owned()
    };
    for path in ["/graphql", "/health/live", "/nowhere"] {
        let (one, other) = (id(app.get(path)), id(app.get(path)));
        assert_ne!(one, other, "{path}");
        assert!(one.len() == 32 && one.bytes().all(|byte| byte.is_ascii_hexdigit()), "{path}: {one}");
        let traced = app.get(path).header("traceparent", format!("00-{trace}-00f067aa0ba902b7-01"));
        assert_eq!(id(traced), trace, "{path}");
    }
    let named = app.get("/graphql").header("X-Request-Id", "Zahra").header("traceparent", "00-Zahra-1-1");
    assert!(id(named).bytes().all(|byte| byte.is_ascii_hexdigit()), "nothing of a client's choice is logged");
}
