//! What IATI files say of programmes beside their results: money, partners, and locations without a P-code.

use crate::caseload_changes::{done, register};
use crate::harness::{TestApp, each_engine};
use crate::imports::load;
use crate::solutions::change;
use panoh::import::Kind;
use serde_json::{Value, json};

const ACTIVITY: &str = "<budget type=\"2\" status=\"2\"><period-start iso-date=\"2023-01-01\"/><period-end iso-date=\"2023-12-31\"/>\
      <value value-date=\"2023-01-01\">3612776.50</value></budget>\
    <transaction><transaction-type code=\"11\"/><transaction-date iso-date=\"2021-12-22\"/><value currency=\"EUR\">259085</value>\
      <provider-org><narrative>European\n Union</narrative></provider-org></transaction>\
    <transaction><transaction-type code=\"4\"/><transaction-date iso-date=\"2021-12-22\"/><value>-600</value>\
      <receiver-org ref=\"XX-9\"/></transaction>\
    <participating-org role=\"1\" type=\"22\"><narrative>Japan for UNHCR</narrative></participating-org>\
    <participating-org role=\"2\" ref=\"XM-DAC-41121\"/><participating-org role=\"3\"/>\
    <location ref=\"3501000\"/><location ref=\"TJKp000335\"><name><narrative>Dushanbe</narrative></name>\
      <point><pos>38.57 68.77900001</pos></point></location>";

fn file(activity: &str) -> String {
    format!(
        "<iati-activities version=\"2.03\"><iati-activity default-currency=\"USD\"><iati-identifier>XX-1</iati-identifier>\
         <title><narrative>Homes</narrative></title><activity-status code=\"2\"/><sector code=\"16040\"/>{activity}</iati-activity>\
         </iati-activities>"
    )
}

fn report(app: &TestApp, agency: &str, programme: &str) -> Value {
    let query = format!(
        "{{ programmes(first: 1, filter: {{ identifier: {{ eq: \"{programme}\" }} }}) {{ nodes {{ places {{ code }} \
         budgets {{ kind status periodFrom periodUntil amount currency }} transactions {{ kind madeOn amount currency provider receiver }} \
         organisations {{ role name reference }} locations {{ name reference latitude longitude }} }} }} }}"
    );
    app.data(agency, &query)["programmes"]["nodes"][0].clone()
}

/// It is kept, read again without a change, and replaced as a whole by a newer file; whoever sees the programme sees it.
#[test]
fn reports_are_imported_and_replaced() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 40);
        let read = |activity: &str| load(&app.database, Kind::Programmes, "i.xml", file(activity));
        let first = read(ACTIVITY).unwrap();
        assert_eq!((first.added, first.notes.len()), (1, 1), "{:?}", first.notes);
        assert_eq!(first.notes[0], "line 2, <participating-org>: it has neither a name nor a ref; it is left out");
        let said = json!({
            "places": [{ "code": "3501000" }],
            "budgets": [{ "kind": "REVISED", "status": "COMMITTED", "periodFrom": "2023-01-01", "periodUntil": "2023-12-31",
                "amount": "3612776.5", "currency": "USD" }],
            "transactions": [
                { "kind": "EXPENDITURE", "madeOn": "2021-12-22", "amount": "-600", "currency": "USD", "provider": null, "receiver": "XX-9" },
                { "kind": "INCOMING_COMMITMENT", "madeOn": "2021-12-22", "amount": "259085", "currency": "EUR",
                    "provider": "European Union", "receiver": null },
            ],
            "organisations": [
                { "role": "FUNDING", "name": "Japan for UNHCR", "reference": null },
                { "role": "ACCOUNTABLE", "name": "XM-DAC-41121", "reference": "XM-DAC-41121" },
            ],
            "locations": [{ "name": "Dushanbe", "reference": "TJKp000335", "latitude": "38.57", "longitude": "68.779" }],
        });
        assert_eq!(report(&app, "unhcr", "XX-1"), said);
        assert_eq!(report(&app, "undp", "XX-1"), said, "an agreement names programmes of housing");
        assert_eq!(report(&app, "embassy-us", "XX-1"), Value::Null);
        assert_eq!(read(ACTIVITY).unwrap().unchanged, 1);
        let less = ACTIVITY.replace("259085", "259086").replace("Japan for UNHCR", "Sweden for UNHCR");
        let less = &less[..less.find("<location ref=\"TJKp").unwrap()];
        assert_eq!(read(less).unwrap().updated, 1);
        let mut newer = said;
        newer["transactions"][1]["amount"] = json!("259086");
        newer["organisations"][0]["name"] = json!("Sweden for UNHCR");
        newer["locations"] = json!([]);
        assert_eq!(report(&app, "unhcr", "XX-1"), newer);
    });
}

/// The kind of a programme decides whom agreements cover: a file does not change it if somebody is or was enrolled.
#[test]
fn a_programme_in_which_people_take_part_keeps_its_kind() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 40);
        let read = |sector: &str| load(&app.database, Kind::Programmes, "i.xml", file("").replace("16040", sector));
        read("16040").unwrap();
        assert_eq!(read("11220").unwrap().updated, 1, "nobody takes part");
        read("16040").unwrap();
        let person = done(&register(&app, "TJK-NEW-1", "", ""));
        let input = format!("individualId: {}, programmeIdentifier: \"XX-1\", startedOn: \"2026-01-02\"", person["id"]);
        done(&change(&app, "enrolIndividual", &input));
        done(&change(&app, "endEnrolment", &input.replace("startedOn", "endedOn").replace("01-02", "01-03")));
        let refused = read("11220").unwrap_err().to_string();
        let expected =
            "<iati-activity>: its sector makes it a programme of SCHOOL; people take part in it as one of HOUSING";
        assert!(refused.contains(expected), "{refused}");
        assert_eq!(read("16040").unwrap().unchanged, 1);
    });
}

/// What is wrong is refused by its line, and nothing of the file is kept.
#[test]
fn wrong_reports_are_refused() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 40);
        let read = |activity: &str| load(&app.database, Kind::Programmes, "i.xml", file(activity));
        read(ACTIVITY).unwrap();
        let before = report(&app, "unhcr", "XX-1");
        let many = "<participating-org role=\"1\" ref=\"X\"/>".repeat(1_000);
        for (from, to, told) in [
            ("type=\"2\" status=\"2\"", "type=\"3\"", "line 1, <budget>: its type is no code from 1 to 2"),
            ("type=\"2\" status=\"2\"", "status=\"firm\"", "<budget>: its status is no code from 1 to 2"),
            ("2023-12-31", "2022-12-31", "<budget>: it ends before it begins"),
            ("<period-start iso-date=\"2023-01-01\"/>", "", "<budget>: it lacks a period-start"),
            ("3612776.50", "3.6 million", "<value>: not a number"),
            ("currency=\"EUR\"", "currency=\"EURO\"", "<value>: not a currency"),
            ("<value currency=\"EUR\">259085</value>", "", "<transaction>: it lacks a value"),
            ("<transaction-type code=\"4\"/>", "", "<transaction>: its transaction-type is no code from 1 to 13"),
            ("<transaction-date iso-date=\"2021-12-22\"/>", "", "<transaction>: it lacks a transaction-date"),
            ("role=\"1\"", "role=\"5\"", "<participating-org>: its role is no code from 1 to 4"),
            ("38.57", "138.57", "<location>: its pos is no latitude and longitude"),
            ("<location ref=\"3501000\"/>", &many, "<iati-activity>: it has over 1000"),
        ] {
            assert!(ACTIVITY.contains(from), "{from}");
            let error = read(&ACTIVITY.replace(from, to)).unwrap_err().to_string();
            assert!(error.contains(told), "{told}: {error}");
        }
        assert_eq!(report(&app, "unhcr", "XX-1"), before, "nothing of a wrong file is kept");
    });
}
