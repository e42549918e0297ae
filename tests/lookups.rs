use crate::harness::{TestApp, each_engine};
use serde_json::json;

/// A place and a programme are found by code as by id; a code that nothing has is refused, or finds nobody.
#[test]
fn codes_find_what_ids_find() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 200);
        let found = app.data(
            "unhcr",
            "{ places(first: 1, filter: { level: { eq: 1 } }) { nodes { id code } }
               programmes(first: 1, filter: { kind: { eq: SCHOOL } }) { nodes { id identifier } } }",
        );
        let (place, programme) = (&found["places"]["nodes"][0], &found["programmes"]["nodes"][0]);
        let count = |filter: String| {
            let asked = format!("{{ individuals(filter: {{ {filter} }}) {{ totalCount }} }}");
            app.data("unhcr", &asked.replace("individuals(", "individuals(first: 1, "))["individuals"]["totalCount"]
                .clone()
        };
        for field in ["region", "place"] {
            let by_id = count(format!("{field}: {{ within: {} }}", place["id"]));
            assert_eq!(by_id, count(format!("{field}: {{ withinCode: {} }}", place["code"])), "{field}");
            assert!(by_id.as_i64() > Some(0), "{field}");
        }
        let by_id = count(format!("programme: {{ eq: {} }}", programme["id"]));
        assert_eq!(by_id, count(format!("programme: {{ identifier: {{ eq: {} }} }}", programme["identifier"])));
        assert!(by_id.as_i64() > Some(0));
        assert_eq!(count("programme: { identifier: { eq: \"none\" } }".to_owned()), 0);
        let both = format!("programme: {{ eq: {}, identifier: {{ eq: \"none\" }} }}", programme["id"]);
        assert_eq!(count(both), 0, "all that is given must hold");
        for wrong in ["place: {}", "place: { withinCode: \"0\" }", "programme: {}"] {
            let asked = format!("{{ individuals(first: 1, filter: {{ {wrong} }}) {{ totalCount }} }}");
            assert_eq!(app.code("unhcr", &asked), "BAD_INPUT", "{wrong}");
        }
        let places = format!(
            "{{ places(first: 100, filter: {{ place: {{ withinCode: {} }} }}) {{ totalCount }} }}",
            place["code"]
        );
        assert!(app.data("undp", &places)["places"]["totalCount"].as_i64() > Some(1));
    });
}

/// Agencies are listed by code, the client has an id that opens, and a client knows its purposes and limits.
#[test]
fn a_client_knows_itself() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 20);
        let agencies = "{ agencies(first: 2) { totalCount nodes { code } pageInfo { hasNextPage endCursor } } }";
        let page = &app.data("undp", agencies)["agencies"];
        assert_eq!(page["totalCount"], 4);
        assert_eq!(page["nodes"], json!([{ "code": "embassy-ca" }, { "code": "embassy-us" }]));
        let rest = format!("{{ agencies(first: 9, after: {}) {{ nodes {{ code }} }} }}", page["pageInfo"]["endCursor"]);
        assert_eq!(app.data("undp", &rest)["agencies"]["nodes"], json!([{ "code": "undp" }, { "code": "unhcr" }]));
        let one = "{ agencies(first: 9, filter: { code: { eq: \"unhcr\" } }) { nodes { name country } } }";
        assert_eq!(app.data("undp", one)["agencies"]["nodes"].as_array().unwrap().len(), 1);
        let viewer = app.data("undp", "{ viewer { purposes limits { pageRows cells } client { id name } } }");
        assert_eq!(viewer["viewer"]["purposes"], json!(["PROGRAMME_DELIVERY", "STATISTICS"]));
        assert_eq!(viewer["viewer"]["limits"], json!({ "pageRows": 100, "cells": 100_000 }));
        let id = &viewer["viewer"]["client"]["id"];
        let node = format!("{{ node(id: {id}) {{ __typename ... on Client {{ name }} }} }}");
        assert_eq!(app.data("undp", &node)["node"]["name"], viewer["viewer"]["client"]["name"]);
        assert_eq!(app.code("unhcr", &node), "INVALID_ID", "another agency's client");
    });
}
