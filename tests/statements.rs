use crate::harness::{TestApp, each_engine};

const EMERGENCIES: &str = "{ individuals(first: ROWS) { nodes { incidents { kind emergency { status known { answer } steps { action } } } } } }";

const PAGE: &str = "{ individuals(first: ROWS) { nodes { id familyName place { name } case { number members { id } } \
    specificNeeds { code } solutions { stage } enrolments { programme { name } } assistance { amount } incidents { kind place { name } } } } }";

/// The number of SQL statements depends on the query's shape and on whether a page is full, never on the number of rows that it gives
/// or that there are.
#[test]
fn statements_follow_the_shape_of_a_query() {
    each_engine(|engine| {
        let small = TestApp::demo(engine, 600);
        let large = TestApp::demo(engine, 1_500);
        for agency in ["unhcr", "undp", "embassy-us", "embassy-ca"] {
            for page in [PAGE, EMERGENCIES] {
                let few = statements(&small, agency, page, 5);
                assert_eq!(few, statements(&small, agency, page, 50), "{agency}: rows of a page");
                assert_eq!(few, statements(&large, agency, page, 50), "{agency}: rows of the database");
                assert!(few < 25, "{agency}: {few} statements");
            }
        }
    });
}

/// The statements that a page costs. Who asks is known from the request before.
fn statements(app: &TestApp, agency: &str, page: &str, rows: u32) -> u64 {
    app.data(agency, "{ viewer { purpose } }");
    let before = app.statements_sent();
    app.data(agency, &page.replace("ROWS", &rows.to_string()));
    app.statements_sent() - before
}
