use crate::harness::app::today;
use crate::harness::{Database, Engine, TestApp, each_engine};
use chrono::NaiveDate;
use panoh::domain::Id;
use panoh::domain::agency::Agency;
use panoh::domain::audit::AuditEvent;
use panoh::domain::client::Role;
use panoh::domain::purpose::Purpose;
use panoh::import::{ImportError, Kind, Options, Report, read, template};
use panoh::store::StoreError;
use panoh::store::agency::administration::{AdministrationError, add_agency, add_client};
use panoh::store::bulk::insert;
use panoh::store::database::connection::AnyConnection;
use panoh::store::outside_policy::{outside_policy, outside_policy_beside};
use panoh::store::visibility::deviations;

const PLACES: &str = "Location,Admin Level,P-Code,Name,Parent P-Code,Valid from date\n\
    TJK,2,3509999,Upper Test,3509900,2017-01-01\nTJK,1,3509900,Test Region,TJK,2017-01-01\n";
const POPULATION: &str = "year,coo_name,coo,coo_iso,coa_name,coa,coa_iso,refugees,asylum_seekers,returned_refugees,idps,returned_idps,stateless,ooc,oip,hst\n\
    1999,Austria,AUS,AUT,Tajikistan,TJK,TJK,12,0,7,,0,0,0,,0\n";
const SOLUTIONS: &str = "year,coo_name,coo,coo_iso,coa_name,coa,coa_iso,returned_refugees,resettlement,naturalisation,returned_idps\n\
    1999,Austria,AUS,AUT,Tajikistan,TJK,TJK,7,,5,9\n";
const IATI: &str = "<iati-activities version=\"2.03\"><iati-activity><iati-identifier>XX-1</iati-identifier>\
    <reporting-org ref=\"XX\"/><title><narrative>Loans</narrative></title><participating-org role=\"4\" ref=\"XX\"/>\
    <activity-status code=\"2\"/><activity-date type=\"1\" iso-date=\"2003-01-01\"/><activity-date type=\"2\" iso-date=\"2003-02-01\"/>\
    <location ref=\"3501000\"/><sector code=\"24040\"/></iati-activity></iati-activities>";

enum Undone {
    Import(ImportError),
}

impl From<StoreError> for Undone {
    fn from(error: StoreError) -> Self {
        Self::Import(error.into())
    }
}

pub fn load(database: &Database, kind: Kind, file: &str, text: impl AsRef<[u8]>) -> Result<Report, ImportError> {
    load_on(today(), database, kind, file, text)
}

pub fn load_on(
    today: NaiveDate,
    database: &Database,
    kind: Kind,
    file: &str,
    text: impl AsRef<[u8]>,
) -> Result<Report, ImportError> {
    let agency = || Some("unhcr".to_owned());
    let options = Options { holder: agency(), lead: agency(), today };
    let (name, beside) = (kind.to_string(), kind.beside());
    let prepare = || read(kind, file, text.as_ref()).map_err(Undone::Import);
    outside_policy_beside(&database.address, beside, AuditEvent::Import, &name, prepare, |connection, content| {
        content.import(connection, &options).map_err(Undone::Import)
    })
    .map_err(|Undone::Import(error)| error)
}

/// A database with agencies and the places that the templates name.
pub fn prepared(engine: Engine) -> Database {
    let database = Database::migrated(engine);
    let agency =
        |(id, code): (i64, &str)| Agency { id: Id::new(id), code: code.into(), name: code.into(), country: None };
    let agencies = [(1, "unhcr"), (2, "undp"), (3, "embassy-us")].map(agency);
    let added = |connection: &mut AnyConnection| insert::agencies(connection, &agencies);
    outside_policy::<_, StoreError>(&database.address, AuditEvent::Administration, "agencies", added).unwrap();
    let places = "Location,Admin Level,P-Code,Name,Parent P-Code,Valid from date\n\
        TJK,1,3501000,Dushanbe,TJK,2017-01-01\nTJK,2,3501263,Shah Mansur,3501000,2017-01-01\n";
    load(&database, Kind::Places, "places.csv", places).unwrap();
    database
}

/// Each kind imports, and the same file again changes nothing.
#[test]
fn the_same_file_twice_changes_nothing() {
    each_engine(|engine| {
        let database = prepared(engine);
        let files = [
            (Kind::Places, "p.csv", PLACES, 2),
            (Kind::Population, "population.csv", POPULATION, 9),
            (Kind::Programmes, "iati.xml", IATI, 1),
            (Kind::Caseload, "c.csv", template(Kind::Caseload).unwrap(), 2),
            (Kind::Agreements, "a.csv", template(Kind::Agreements).unwrap(), 2),
            (Kind::Consents, "k.csv", template(Kind::Consents).unwrap(), 2),
        ];
        for (kind, name, text, rows) in files {
            let first = load(&database, kind, name, text).unwrap_or_else(|error| panic!("{kind}: {error}"));
            assert_eq!((first.added, first.updated, first.unchanged), (rows, 0, 0), "{kind}");
            let second = load(&database, kind, name, text).unwrap();
            assert_eq!((second.added, second.updated, second.unchanged), (0, 0, rows), "{kind}");
        }
    });
}

/// The same figure from another file adds a source, an unknown one is filled in, and another value is a conflict that changes nothing.
#[test]
fn figures_of_two_files_are_merged() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 10);
        let figures = |kind: &str| {
            let query = format!(
                "{{ populationFigures(first: 5, filter: {{ year: {{ eq: 1999 }}, origin: {{ eq: \"AUT\" }}, \
                 populationType: {{ eq: {kind} }} }}) {{ nodes {{ value sources }} }} }}"
            );
            app.data("unhcr", &query)["populationFigures"]["nodes"].clone()
        };
        load(&app.database, Kind::Population, "population.csv", POPULATION).unwrap();
        assert_eq!(figures("OIP"), serde_json::json!([{ "value": null, "sources": ["population.csv"] }]));
        assert_eq!(figures("ASY"), serde_json::json!([{ "value": 0, "sources": ["population.csv"] }]));
        let conflict = SOLUTIONS.replace(",7,", ",8,");
        let error = load(&app.database, Kind::Population, "solutions.csv", conflict).unwrap_err().to_string();
        assert!(error.contains("line 2, returned_refugees: 8 conflicts with 7"), "{error}");
        assert_eq!(figures("NAT"), serde_json::json!([]), "nothing of the file is kept");
        let conflict = load(&app.database, Kind::Population, "solutions.csv", SOLUTIONS).unwrap_err().to_string();
        assert!(conflict.contains("returned_idps: 9 conflicts with 0"), "{conflict}");
        load(&app.database, Kind::Population, "solutions.csv", SOLUTIONS.replace(",9\n", ",0\n")).unwrap();
        let both = serde_json::json!([{ "value": 7, "sources": ["population.csv", "solutions.csv"] }]);
        assert_eq!(figures("RET"), both);
        assert_eq!(figures("RST"), serde_json::json!([{ "value": null, "sources": ["solutions.csv"] }]));
        let filled = POPULATION.replace(",0,,0\n", ",0,6,0\n");
        let report = load(&app.database, Kind::Population, "newer.csv", filled).unwrap();
        assert_eq!((report.added, report.updated, report.unchanged), (0, 9, 0));
        assert_eq!(figures("OIP"), serde_json::json!([{ "value": 6, "sources": ["newer.csv", "population.csv"] }]));
        let report = load(&app.database, Kind::Population, "older.csv", POPULATION).unwrap();
        assert_eq!((report.added, report.updated, report.unchanged), (0, 8, 1), "an empty cell says nothing");
    });
}

/// Whatever is wrong with a file is said with line and column, without quoting a person's data, and nothing is kept.
#[test]
fn bad_files_are_refused_whole() {
    each_engine(|engine| {
        let database = prepared(engine);
        let caseload = template(Kind::Caseload).unwrap();
        let consents = template(Kind::Consents).unwrap();
        let agreements = template(Kind::Agreements).unwrap();
        let tables = "REGION*SEX;REGION*AGE_BAND;NATIONALITY*SEX;NATIONALITY*REGION;NATIONALITY*AGE_BAND;SEX*AGE_BAND";
        let three = "NATIONALITY*SEX*AGE_BAND;NATIONALITY*REGION*SEX;REGION*SEX*AGE_BAND";
        let more = agreements
            .lines()
            .last()
            .unwrap()
            .replace("03-92", "03-93")
            .replace("NATIONALITY*SEX*AGE_BAND;REGION", tables);
        let together = format!(
            "{}{more}\n",
            agreements
                .replace("2033-12-31,DRAFT", "2033-12-31,IN_FORCE")
                .replace("NATIONALITY*SEX*AGE_BAND;REGION", three)
        );
        let cases: Vec<(Kind, Vec<u8>, &str)> = vec![
            (Kind::Places, b"".to_vec(), "empty"),
            (
                Kind::Places,
                PLACES.replace("P-Code,Name", "Code,Name").into(),
                "it lacks P-Code; it has the unknown Code",
            ),
            (
                Kind::Places,
                PLACES.replace("3509900,2017", "1234567,2017").into(),
                "line 2, Parent P-Code: no place has this",
            ),
            (Kind::Places, PLACES.replace("TJK,2,", "XXX,2,").into(), "line 2, Location: not a country"),
            (Kind::Places, [PLACES, "TJK,2,3501"].concat().into(), "line 4: it has 3 fields, the header has 6"),
            (Kind::Places, [PLACES.as_bytes(), b"TJK,2,\xFF\xFE,x,y,z\n"].concat(), "not UTF-8 (line 4)"),
            (Kind::Places, [PLACES, "TJK,2,1,\0,y,z\n"].concat().into(), "a NUL character (line 4)"),
            (Kind::Population, POPULATION.replace(",AUT,", ",AUL,").into(), "line 2, coo_iso: not a country"),
            (Kind::Population, POPULATION.replace(",12,", ",twelve,").into(), "line 2, refugees: not a whole number"),
            (Kind::Caseload, caseload.replace("1970-04-02", "1970-02-30").into(), "line 2, date_of_birth: not a date"),
            (
                Kind::Caseload,
                caseload.replace("MALE,1995", "MAN,1995").into(),
                "line 3, sex: not a Sex: expected one of FEMALE, MALE",
            ),
            (
                Kind::Caseload,
                caseload.replace("C0000002", "C0000001").into(),
                "line 3, registration_number: line 2 has this",
            ),
            (
                Kind::Caseload,
                caseload.replace("1996-09-30", "2096-09-30").into(),
                "line 2, arrived_on: it lies in the future",
            ),
            (
                Kind::Caseload,
                caseload.replace("1970-04-02", "1800-04-02").into(),
                "line 2, date_of_birth: it lies before 1900",
            ),
            (
                Kind::Caseload,
                caseload.replace("SUBMITTED", "GRANTED").into(),
                "line 2, solution_stage: LOCAL_INTEGRATION ends",
            ),
            (
                Kind::Caseload,
                caseload.replace("+992 00 000 0001", "9.92E+11").into(),
                "line 2, phone: a spreadsheet has rounded this number",
            ),
            (
                Kind::Caseload,
                caseload.replace("AFG,3501263", "AFG,\"3,50E+06\"").into(),
                "line 2, place: a spreadsheet has rounded this number",
            ),
            (Kind::Caseload, caseload.replace("AFG,3501263", "AFG,3599999").into(), "place: no place has this P-code"),
            (Kind::Caseload, caseload.replace("\"", "").replace("Omid", "\"Omid").into(), "a quoted field has no end"),
            (
                Kind::Agreements,
                agreements.replace("DEMOGRAPHICS;IDENTITY;SOLUTIONS", "IDENTITY;SOLUTIONS").into(),
                "the scope names nationalities, which belongs to DEMOGRAPHICS",
            ),
            (
                Kind::Agreements,
                agreements.replace("2033-12-31,DRAFT", "2001-12-31,DRAFT").into(),
                "line 3: it ends before it begins",
            ),
            (
                Kind::Agreements,
                agreements.replace("AGE_BAND;REGION", "AGE_BAND;REGION*PLACE").into(),
                "line 3: the statistics table REGION × PLACE counts by PLACE, which belongs to LOCATION",
            ),
            (
                Kind::Agreements,
                agreements.replace("AGE_BAND;REGION", "AGE_BAND;AREA").into(),
                "line 3, statistics_tables: expected dimensions joined by *",
            ),
            (
                Kind::Agreements,
                agreements.replace("REGION,3", "REGION,2").into(),
                "line 3: releases are 3 to 60 months apart",
            ),
            (
                Kind::Agreements,
                agreements.replace("REGION,3", "REGION,3.5").into(),
                "release_months: not a whole number",
            ),
            (
                Kind::Agreements,
                together.clone().into(),
                "line 4, statistics_tables: one person could be in 9 figures of releases to this recipient for this purpose",
            ),
            (
                Kind::Agreements,
                agreements.replace("unhcr,undp", "unhcr,unhcr").into(),
                "line 3: provider and recipient are the same",
            ),
            (Kind::Consents, consents.into(), "line 2, registration_number: the holder has nobody with this number"),
            (Kind::Programmes, b"hello".to_vec(), "not whole XML"),
            (Kind::Programmes, IATI[..300].into(), "not whole XML"),
            (Kind::Programmes, b"<feed version=\"2.03\"/>".to_vec(), "not IATI"),
            (Kind::Programmes, IATI.replace("2.03", "1.05").into(), "another version of IATI"),
            (
                Kind::Programmes,
                IATI.replace("<activity-status code=\"2\"/>", "").into(),
                "line 1, <iati-activity>: it lacks an activity-status",
            ),
        ];
        for (kind, bytes, expected) in cases {
            let error = load(&database, kind, "file", &bytes).unwrap_err().to_string();
            assert!(error.contains(expected), "{kind}: expected {expected:?} in {error}");
            assert!(!error.contains("Zahra") && !error.contains("Noori"), "{error}");
        }
        assert_eq!(load(&database, Kind::Places, "p.csv", PLACES).unwrap().added, 2);
        assert_eq!(load(&database, Kind::Caseload, "c.csv", caseload).unwrap().added, 2);
    });
}

/// Files are taken as spreadsheets write them: with other separators, empty columns and rows, and codes in any case. Lines are
/// counted as an editor counts them.
#[test]
fn files_of_spreadsheets_are_taken() {
    each_engine(|engine| {
        let database = prepared(engine);
        assert_eq!(load(&database, Kind::Places, "p.csv", PLACES).unwrap().added, 2);
        let semicolons = PLACES.replace(',', ";");
        for text in [
            semicolons.clone(),
            format!("sep=;\r\n{semicolons}"),
            PLACES.replace(',', "\t"),
            PLACES.replace('\n', "\r\n"),
            PLACES.replace('\n', ",,\n") + ",,,,,,,\n\n",
        ] {
            let report =
                load(&database, Kind::Places, "p.csv", &text).unwrap_or_else(|error| panic!("{text}: {error}"));
            assert_eq!((report.added, report.unchanged), (0, 2), "{text}");
            let line = 1 + text
                .lines()
                .take_while(|line| {
                    !line.starts_with("TJK;1") && !line.starts_with("TJK,1") && !line.starts_with("TJK\t1")
                })
                .count();
            let wrong = text.replace("Test Region", "");
            let error = load(&database, Kind::Places, "p.csv", &wrong).unwrap_err().to_string();
            assert!(error.contains(&format!("line {line}, Name: it must not be empty")), "{text}: {error}");
        }
        let caseload = template(Kind::Caseload).unwrap().replace("FEMALE", "female").replace("REFUGEE", "Refugee");
        let caseload = caseload.replace("AFG", "afg").replace("SP;ER-NF", "sp;er-nf");
        assert_eq!(load(&database, Kind::Caseload, "c.csv", caseload).unwrap().added, 2);
        let caseload = template(Kind::Caseload).unwrap();
        assert_eq!(load(&database, Kind::Caseload, "c.csv", caseload).unwrap().unchanged, 2);
    });
}

/// A newer file renames places and moves programmes.
#[test]
fn newer_files_change_what_they_state() {
    each_engine(|engine| {
        let database = prepared(engine);
        load(&database, Kind::Places, "p.csv", PLACES).unwrap();
        let renamed = PLACES.replace("Upper Test", "Lower Test");
        assert_eq!(load(&database, Kind::Places, "p.csv", &renamed).unwrap().updated, 1);
        assert_eq!(load(&database, Kind::Places, "p.csv", &renamed).unwrap().unchanged, 2);
        load(&database, Kind::Programmes, "i.xml", IATI).unwrap();
        let moved = IATI.replace("3501000", "3509900");
        assert_eq!(load(&database, Kind::Programmes, "i.xml", &moved).unwrap().updated, 1);
        assert_eq!(load(&database, Kind::Programmes, "i.xml", &moved).unwrap().unchanged, 1);
        assert_eq!(load(&database, Kind::Programmes, "i.xml", IATI).unwrap().updated, 1);
        let activity = &IATI[IATI.find("<iati-activity>").unwrap()..IATI.find("</iati-activities>").unwrap()];
        let bad = activity.replace("XX-1", "XX-2").replace("2003-01-01", "soon").replace("2003-02-01", "later");
        let worse = activity.replace("XX-1", "XX-3").replace("Loans", "");
        let error = load(
            &database,
            Kind::Programmes,
            "i.xml",
            IATI.replace("</iati-activities>", &format!("\n{bad}\n{worse}</iati-activities>")),
        );
        let error = error.unwrap_err().to_string();
        assert!(
            error.contains("line 2, <activity-date>") && error.contains("line 3, <iati-activity>: it lacks a title"),
            "{error}"
        );
    });
}

/// A bad row in the middle leaves nothing of the rows around it; every bad row is listed.
#[test]
fn every_bad_row_is_listed() {
    each_engine(|engine| {
        let database = prepared(engine);
        let template = template(Kind::Caseload).unwrap();
        let text = template.replace("AFG,3501263", "AUL,3501263");
        let Err(ImportError::Rows(rows)) = load(&database, Kind::Caseload, "c.csv", text) else {
            panic!("it is refused")
        };
        assert_eq!(rows.listed().iter().map(|row| row.line).collect::<Vec<_>>(), [2, 3]);
        assert_eq!(load(&database, Kind::Caseload, "c.csv", template).unwrap().added, 2);
    });
}

/// An embassy of the country of origin sees nobody without consent, whatever its agreement says.
#[test]
fn the_country_of_origin_sees_nobody_without_consent() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 200);
        let key = outside_policy::<_, AdministrationError>(
            &app.database.address,
            AuditEvent::Administration,
            "client",
            |connection| {
                add_agency(connection, "embassy-af", "Embassy of Afghanistan", Some("AFG".parse().unwrap()))?;
                add_client(connection, "embassy-af", Role::Reader, "consul", &[Purpose::VoluntaryRepatriation])
            },
        );
        let key = key.unwrap();
        let people = || {
            let query = serde_json::json!({ "query": "{ individuals(first: 100) { totalCount nodes { nationality registrationNumber } } }" });
            let answer = app.post().bearer_auth(&key).body(query.to_string()).send().unwrap().text().unwrap();
            serde_json::from_str::<serde_json::Value>(&answer).unwrap()["data"]["individuals"].clone()
        };
        let (header, _) = template(Kind::Agreements).unwrap().split_once('\n').unwrap();
        let terms = "DSA-2026-02,unhcr,embassy-af,VOLUNTARY_REPATRIATION,IDENTIFIED,DEMOGRAPHICS;IDENTITY,,,,,,,no,5,2025-01-01,2027-01-01,IN_FORCE,,";
        load(&app.database, Kind::Agreements, "a.csv", format!("{header}\n{terms}\n")).unwrap();
        let elsewhere = people();
        assert_eq!(elsewhere["totalCount"], 4, "those of other nationalities need no consent");
        assert!(elsewhere["nodes"].as_array().unwrap().iter().all(|node| node["nationality"] != "AFG"));
        let afghan =
            "{ individuals(first: 1, filter: { nationality: { eq: \"AFG\" } }) { nodes { registrationNumber } } }";
        let data = app.data("unhcr", afghan);
        let number = data["individuals"]["nodes"][0]["registrationNumber"].as_str().unwrap();
        let (header, _) = template(Kind::Consents).unwrap().split_once('\n').unwrap();
        let consent = format!("{header}\nunhcr,{number},embassy-af,VOLUNTARY_REPATRIATION,GIVEN,2026-01-10,\n");
        load(&app.database, Kind::Consents, "k.csv", consent).unwrap();
        let with_one = people();
        assert_eq!(with_one["totalCount"], 5);
        assert!(with_one["nodes"].as_array().unwrap().iter().any(|node| node["registrationNumber"] == number));
    });
}

/// An agreement and consents that are imported take effect, and so do withdrawal and the end of a consent.
#[test]
fn imported_agreements_and_consents_take_effect() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 200);
        let total = || {
            app.data("embassy-ca", "{ individuals(first: 1) { totalCount } }")["individuals"]["totalCount"]
                .as_i64()
                .unwrap()
        };
        let people = "{ individuals(first: 3, filter: { not: [{ solution: { destination: { eq: \"CAN\" } } }], \
             legalStatus: { eq: REFUGEE } }) { nodes { registrationNumber } } }";
        let data = app.data("unhcr", people);
        let numbers: Vec<&str> = data["individuals"]["nodes"]
            .as_array()
            .unwrap()
            .iter()
            .map(|node| node["registrationNumber"].as_str().unwrap())
            .collect();
        let before = total();
        let (header, _) = template(Kind::Agreements).unwrap().split_once('\n').unwrap();
        // A file need not have the columns for statistics.
        let header = header.strip_suffix(",statistics_tables,release_months").unwrap();
        let terms = "DSA-2026-01,unhcr,embassy-ca,RESETTLEMENT,IDENTIFIED,DEMOGRAPHICS;IDENTITY;LEGAL_STATUS,,,REFUGEE,,,,yes,5,2025-01-01,2027-01-01";
        load(&app.database, Kind::Agreements, "a.csv", format!("{header}\n{terms},IN_FORCE\n")).unwrap();
        let shared = total();
        let consents = |rows: &[(&str, &str, &str)]| {
            let (header, _) = template(Kind::Consents).unwrap().split_once('\n').unwrap();
            // Another agreement for the recipient and purpose is in force: the one that was explained is named.
            let line = |(decision, at, until): &(&str, &str, &str)| {
                numbers
                    .iter()
                    .map(|number| {
                        format!("unhcr,{number},embassy-ca,RESETTLEMENT,{decision},{at},{until},DSA-2026-01\n")
                    })
                    .collect::<String>()
            };
            let text = format!("{header},agreement\n{}", rows.iter().map(line).collect::<String>());
            load(&app.database, Kind::Consents, "k.csv", text).unwrap();
        };
        assert!(shared >= before);
        consents(&[("GIVEN", "2026-01-10", "")]);
        let given = total();
        assert!(given > shared, "{given} after {shared}");
        consents(&[("WITHDRAWN", "2026-01-11T10:00:00Z", "")]);
        assert_eq!(total(), given - 3);
        consents(&[("REFUSED", "2026-01-09", "")]);
        assert_eq!(total(), given - 3, "an older answer is history");
        consents(&[("GIVEN", "2026-01-12", "2026-01-15")]);
        assert_eq!(total(), given, "it counts on its last day");
        consents(&[("GIVEN", "2026-01-13", "2026-01-14")]);
        assert_eq!(total(), given - 3, "it ended yesterday");
        consents(&[("WITHDRAWN", "2026-01-13", ""), ("GIVEN", "2026-01-14", "")]);
        assert_eq!(total(), given);
        consents(&[("WITHDRAWN", "2026-01-14", "")]);
        assert_eq!(total(), given - 3, "a withdrawal stands against a consent of the same day");
        consents(&[("GIVEN", "2026-01-15", "")]);
        load(&app.database, Kind::Agreements, "a.csv", format!("{header}\n{terms},REVOKED\n")).unwrap();
        assert_eq!(total(), before);
        let again = load(&app.database, Kind::Agreements, "a.csv", format!("{header}\n{terms},IN_FORCE\n"));
        assert!(again.unwrap_err().to_string().contains("revoked, which is final"));
        let terms = terms.replace("DSA-2026-01", "DSA-2026-02");
        load(&app.database, Kind::Agreements, "a.csv", format!("{header}\n{terms},SUSPENDED\n")).unwrap();
        assert_eq!(total(), before);
        let with = |months: &str, status: &str| {
            let text = format!("{header},retention_months\n{terms},{status},{months}\n").replace("-02,", "-03,");
            load(&app.database, Kind::Agreements, "a.csv", text)
        };
        assert_eq!(with("24", "SUSPENDED").unwrap().added, 1);
        assert_eq!(with("24", "IN_FORCE").unwrap().updated, 1);
        assert!(with("12", "IN_FORCE").unwrap_err().to_string().contains("stored with other terms"));
        assert!(with("0", "IN_FORCE").unwrap_err().to_string().contains("1 to 1200 months"));
        let without = format!("{header}\n{terms},IN_FORCE\n").replace("-02,", "-03,");
        assert_eq!(load(&app.database, Kind::Agreements, "a.csv", without).unwrap().unchanged, 1, "it states none");
        let edited = format!("{header}\n{},IN_FORCE\n", terms.replace("LEGAL_STATUS,,", "LEGAL_STATUS;CONTACT,,"));
        let error = load(&app.database, Kind::Agreements, "a.csv", edited).unwrap_err().to_string();
        assert!(error.contains("stored with other terms"), "{error}");
    });
}

/// A stored person is updated by what a file states otherwise, and the columns are named; an empty cell empties nothing.
#[test]
fn a_stored_person_is_updated_and_never_emptied() {
    each_engine(|engine| {
        let database = prepared(engine);
        let text = template(Kind::Caseload).unwrap();
        load(&database, Kind::Caseload, "c.csv", text).unwrap();
        let import = |changed: &str| {
            assert_ne!(changed, text);
            load(&database, Kind::Caseload, "c.csv", changed)
        };
        for emptied in [",+992 00 000 0001,", ",SP;ER-NF,", ",3501263,", "DUS-000001,", ",DEPARTED,2003-01-20"] {
            let commas: String = emptied.chars().filter(|character| *character == ',').collect();
            let report = import(&text.replacen(emptied, &commas, 1)).unwrap();
            assert_eq!((report.updated, report.unchanged), (0, 2), "{emptied}");
        }
        for (from, to, line, columns) in [
            ("Zahra", "Sara", 2, ["given_name"].as_slice()),
            (
                "Zahra,Noori,FEMALE,1970-04-02",
                "Sara,Nuri,FEMALE,1970-04-03",
                2,
                &["given_name", "family_name", "date_of_birth"],
            ),
            ("SP;ER-NF", "SP;DS", 2, &["specific_needs"]),
            ("DUS-000001,TJK-03C0000002", "DUS-000002,TJK-03C0000002", 3, &["case_number"]),
        ] {
            load(&database, Kind::Caseload, "c.csv", text).unwrap();
            let report = import(&text.replacen(from, to, 1)).unwrap();
            let of_line =
                report.changes.iter().find(|(changed, _)| *changed == line).map(|(_, columns)| columns.as_slice());
            assert_eq!(of_line, Some(columns), "{from}: {report}");
            assert!(report.to_string().contains(&format!("line {line} changes {}", columns.join(", "))), "{report}");
        }
        load(&database, Kind::Caseload, "c.csv", text).unwrap();
        for (from, to, expected) in [
            ("SUBMITTED,USA", "ACCEPTED,USA", "line 2, solution_kind: imports add solutions with new people only"),
            ("1996-10-12,SP", "1996-09-29,SP", "line 2, registered_on: it lies before what comes first"),
            ("1996-10-12,SP", "2003-06-01,SP", "line 2, solution_on: its day lies before"),
            (
                "1996-10-12,SP;ER-NF,RESETTLEMENT,,SUBMITTED,USA,2003-05-31",
                "2003-06-01,SP;ER-NF,,,,,",
                "line 2, registered_on: its day lies before",
            ),
            ("02,AFG", "02,USA", "line 2, solution_destination: this is the country of origin"),
            ("DEPARTED,2003-01-20", "DECEASED,2003-01-21", "line 3, closed_as: the record is closed otherwise"),
        ] {
            let error = import(&text.replacen(from, to, 1)).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        }
        let mut connection = database.address.connect(false).unwrap();
        assert_eq!(deviations(&mut connection).unwrap(), Vec::new());
        let head = || panoh::store::audit::chain::head(&mut database.address.connect(false).unwrap()).unwrap().sequence;
        let before = head();
        load(&database, Kind::Caseload, "c.csv", text).unwrap();
        assert_eq!(load(&database, Kind::Caseload, "c.csv", text).unwrap().unchanged, 2);
        load(&database, Kind::Caseload, "c.csv", "nonsense").unwrap_err();
        assert_eq!(head(), before + 3, "an import that is not kept is on record too");
    });
}
