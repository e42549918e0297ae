use crate::harness::{TestApp, each_engine};
use serde_json::Value;

/// Members of whom only the key is selected are read from coverage alone: they are the same people, and whatever else is selected of
/// them, in whatever form, is there.
#[test]
fn members_are_the_same_however_much_of_them_is_selected() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 300);
        for agency in ["unhcr", "embassy-us"] {
            let cases = |selected: &str, fragments: &str| {
                let query = format!("{{ individuals(first: 50) {{ nodes {{ case {{ {selected} }} }} }} }} {fragments}");
                let rows = app.data(agency, &query)["individuals"]["nodes"].clone();
                let cases = rows.as_array().unwrap().iter().map(|row| row["case"].clone());
                cases.filter(|case| !case.is_null()).collect::<Vec<Value>>()
            };
            let members =
                |cases: &[Value], name: &str| cases.iter().map(|case| case[name].clone()).collect::<Vec<Value>>();
            let ids = |members: &[Value]| -> Vec<Vec<Value>> {
                let ids =
                    |of_case: &Value| of_case.as_array().unwrap().iter().map(|member| member["id"].clone()).collect();
                members.iter().map(ids).collect()
            };
            let whole = members(&cases("members { id sex }", ""), "members");
            let sexes =
                whole.iter().flat_map(|of_case| of_case.as_array().unwrap()).filter(|one| !one["sex"].is_null());
            assert!(sexes.count() > 20, "{agency}");
            assert_eq!(ids(&members(&cases("members { id }", ""), "members")), ids(&whole), "{agency}");
            for (selected, fragments) in [
                ("members { ... on Individual { id } ... { sex } }", ""),
                ("members { id sex @skip(if: false) }", ""),
                (
                    "...Used",
                    "fragment Used on Case { members { ...Other } } fragment Other on Individual { id ...Sex } fragment Sex on Individual { sex }",
                ),
            ] {
                assert_eq!(members(&cases(selected, fragments), "members"), whole, "{agency}: {selected}");
            }
            let both = cases("keys: members { id } members { id sex }", "");
            assert_eq!(members(&both, "members"), whole, "{agency}");
            assert_eq!(ids(&members(&both, "keys")), ids(&whole), "{agency}");
        }
    });
}
