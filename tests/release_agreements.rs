//! Releases under several agreements between the same parties for the same purpose: what is told of a person is counted together, and
//! no new version draws noise early.

use crate::changes::{agreement, change, done, refused};
use crate::harness::app::today;
use crate::harness::{TestApp, each_engine};
use crate::imports::load;
use crate::releases::{change_people, edit, make_all, quarter, stand_still};
use chrono::{Days, NaiveDate};
use panoh::import::{Kind, template};
use panoh::store::statistics::outcome::{Made, Outcome};
use serde_json::{Value, json};

fn terms(reference: &str, tables: &str) -> String {
    terms_with(reference, "[DEMOGRAPHICS SPECIFIC_NEEDS]", tables)
}

fn terms_with(reference: &str, categories: &str, tables: &str) -> String {
    format!(
        "reference: \"{reference}\", providerCode: \"unhcr\", recipientCode: \"undp\", purpose: STATISTICS, level: STATISTICS, \
         categories: {categories}, consentRequired: false, validFrom: \"2025-01-01\", validUntil: \"2030-01-01\", \
         statisticsTables: [{tables}]"
    )
}

/// The terms of DSA-2003-02 under another reference.
fn the_demos(reference: &str) -> String {
    let tables = "{ dimensions: [NATIONALITY SEX AGE_BAND] }, { dimensions: [REGION LEGAL_STATUS] }, \
        { dimensions: [SPECIFIC_NEED SEX] }, { dimensions: [REGION PROGRAMME], valuesPerPerson: 2 }, { dimensions: [ARRIVAL_YEAR] }";
    terms_with(reference, "[DEMOGRAPHICS LEGAL_STATUS SPECIFIC_NEEDS ASSISTANCE]", tables)
}

fn sign(app: &TestApp, reference: &str) {
    done(&change(app, "unhcr", "signAgreement", &agreement(app, "unhcr", reference)));
    done(&change(app, "undp", "signAgreement", &agreement(app, "undp", reference)));
}

fn propose_and_sign(app: &TestApp, terms: &str, reference: &str) {
    done(&change(app, "unhcr", "proposeAgreement", &format!("terms: {{ {terms} }}")));
    sign(app, reference);
}

fn renew(app: &TestApp, replaced: &str, terms: &str, reference: &str) {
    let renewal = format!("{}, terms: {{ {terms} }}", agreement(app, "unhcr", replaced));
    done(&change(app, "unhcr", "renewAgreement", &renewal));
    sign(app, reference);
}

fn revoke(app: &TestApp, reference: &str) {
    done(&change(app, "unhcr", "revokeAgreement", &agreement(app, "unhcr", reference)));
}

/// What became of the releases to UNDP that were due.
fn outcomes(app: &TestApp, day: NaiveDate) -> Vec<(String, Outcome)> {
    let one = |made: Made| (made.reference, made.outcome);
    make_all(app, day, None).into_iter().map(one).filter(|(reference, _)| reference != "DSA-2003-05").collect()
}

fn made(reference: &str) -> (String, Outcome) {
    (reference.to_owned(), Outcome::Made)
}

fn stands(reference: &str) -> (String, Outcome) {
    (reference.to_owned(), Outcome::Stands)
}

fn ask(app: &TestApp, group_by: &str) -> Value {
    let query = format!(
        "{{ caseloadStatistics(groupBy: [{group_by}]) {{ release {{ number asOf nextFrom }} agreement {{ reference }} \
         cells {{ key {{ value }} cell {{ count }} }} }} }}"
    );
    app.ask_for("undp", Some("STATISTICS"), &query, json!({}))
}

/// A new version whose tables and people are the same goes on with the release that stands: nothing is drawn anew, and enough people must
/// have changed since.
#[test]
fn a_new_version_takes_over_the_release_that_stands() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 200);
        stand_still(&app);
        let before = ask(&app, "REGION LEGAL_STATUS")["data"]["caseloadStatistics"].clone();
        renew(&app, "DSA-2003-02", &the_demos("NEW"), "NEW");
        let day = today() + Days::new(30);
        assert_eq!(outcomes(&app, day), [("NEW".to_owned(), Outcome::TakenOver("DSA-2003-02".to_owned()))]);
        assert_eq!(outcomes(&app, day), []);
        let after = ask(&app, "REGION LEGAL_STATUS")["data"]["caseloadStatistics"].clone();
        assert_eq!((&after["release"], &after["cells"]), (&before["release"], &before["cells"]));
        assert_eq!(after["agreement"]["reference"], "NEW");

        assert_eq!(outcomes(&app, quarter(1)), [made("NEW")], "all stand still since the first release");
        for (nth, reference) in [(2, "NEWER"), (3, "NEWEST")] {
            let last = if nth == 2 { "NEW" } else { "NEWER" };
            edit(&app, 19, "OTHER");
            renew(&app, last, &the_demos(reference), reference);
            let taken_over = (reference.to_owned(), Outcome::TakenOver(last.to_owned()));
            assert_eq!(outcomes(&app, quarter(nth)), [taken_over, stands(reference)]);
        }
        edit(&app, 20, "OTHER");
        assert_eq!(outcomes(&app, quarter(4)), [made("NEWEST")]);
        assert_eq!(ask(&app, "REGION")["data"]["caseloadStatistics"]["release"]["number"], 3);
    });
}

/// A new version with other tables waits for the day of what it replaces, and for enough changes since, by the tables of that.
#[test]
fn other_tables_wait_for_the_day_and_for_changes() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 200);
        stand_still(&app);
        renew(&app, "DSA-2003-02", &terms("OTHER", "{ dimensions: [SEX AGE_BAND] }"), "OTHER");
        assert_eq!(outcomes(&app, today()), [], "not on the day of the one that it replaced");
        assert_eq!(outcomes(&app, quarter(1) - Days::new(1)), []);
        let error = ask(&app, "SEX")["errors"][0].clone();
        assert_eq!(error["extensions"]["code"], "UNAVAILABLE");
        let message = error["message"].as_str().unwrap();
        assert!(message.contains("OTHER") && message.contains("from 2026-04-15 on"), "{message}");
        change_people(
            &app,
            "DELETE FROM statistics_counted WHERE individual_id IN (SELECT id FROM individuals LIMIT 0)",
        );
        assert_eq!(outcomes(&app, quarter(1)), [made("OTHER")], "everybody has stood still since the demo's release");

        revoke(&app, "OTHER");
        edit(&app, 30, "OTHER");
        propose_and_sign(&app, &terms("AGAIN", "{ dimensions: [SEX] }"), "AGAIN");
        assert_eq!(outcomes(&app, quarter(2)), [stands("AGAIN")], "nobody's sex or age is another");
        assert_eq!(outcomes(&app, quarter(2) + Days::new(1)), [], "it waits for the next period");
        let message = ask(&app, "SEX")["errors"][0]["message"].as_str().unwrap().to_owned();
        assert!(message.contains("from 2026-10-15 on"), "{message}");
        change_people(
            &app,
            "UPDATE individuals SET date_of_birth = '2020-01-01' WHERE id IN (SELECT id FROM individuals ORDER BY id LIMIT 20)",
        );
        assert_eq!(outcomes(&app, quarter(3)), [made("AGAIN")]);
    });
}

/// What is told of a person is drawn anew by no change of terms: not by another order of tables, another scope, other categories, nor by a
/// programme that the recipient comes to know.
#[test]
fn other_terms_are_no_changes_of_people() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 200);
        stand_still(&app);
        edit(&app, 40, "OTHER");
        change_people(&app, "UPDATE programmes SET implementer_id = NULL WHERE kind = 'SCHOOL'");
        assert_eq!(outcomes(&app, quarter(1)), [made("DSA-2003-02")]);
        change_people(
            &app,
            "UPDATE programmes SET implementer_id = (SELECT id FROM agencies WHERE code = 'undp') WHERE kind = 'SCHOOL'",
        );
        assert_eq!(outcomes(&app, quarter(2)), [stands("DSA-2003-02")], "nobody is enrolled elsewhere");

        let scoped = format!("{}, scope: {{ legalStatuses: [REFUGEE] }}", the_demos("SCOPED"));
        renew(&app, "DSA-2003-02", &scoped, "SCOPED");
        assert_eq!(outcomes(&app, quarter(3)), [stands("SCOPED")], "that 40 are not covered any more is no change");
        edit(&app, 60, "OTHER");
        edit(&app, 40, "REFUGEE");
        assert_eq!(outcomes(&app, quarter(4)), [made("SCOPED")]);

        let reordered = the_demos("BACK").replace("[REGION LEGAL_STATUS]", "[LEGAL_STATUS REGION]");
        renew(&app, "SCOPED", &reordered, "BACK");
        renew(&app, "BACK", &the_demos("LAST"), "LAST");
        assert_eq!(outcomes(&app, quarter(4)), [], "the demo's release is not the newest any more");
        let more = the_demos("MORE").replace("ASSISTANCE]", "ASSISTANCE PROTECTION]");
        renew(&app, "LAST", &more, "MORE");
        assert_eq!(outcomes(&app, quarter(4)), [], "whose consent counts may be other people's");
        assert_eq!(outcomes(&app, quarter(5)), [stands("MORE")]);
    });
}

/// An agreement that waits, or that is about few people, holds up no other; and what stands beside a newer release is taken over too.
#[test]
fn one_agreement_holds_up_no_other() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 200);
        stand_still(&app);
        assert_eq!(outcomes(&app, quarter(1)), [made("DSA-2003-02")]);
        let slow = format!("{}, releaseMonths: 60", terms("SLOW", "{ dimensions: [REGION] }"));
        renew(&app, "DSA-2003-02", &slow, "SLOW");
        assert_eq!(outcomes(&app, quarter(2)), [stands("SLOW")]);
        renew(&app, "SLOW", &terms("LARGE", "{ dimensions: [REGION] }"), "LARGE");
        let few = format!("{}, scope: {{ nationalities: [\"IRN\"] }}", terms("FEW", "{ dimensions: [SEX] }"));
        propose_and_sign(&app, &few, "FEW");
        edit(&app, 30, "OTHER");
        assert_eq!(
            outcomes(&app, quarter(2)),
            [stands("FEW"), made("LARGE")],
            "few people are not counted anew either"
        );

        change_people(
            &app,
            "UPDATE individuals SET region_id = NULL WHERE id IN (SELECT id FROM individuals ORDER BY id LIMIT 30)",
        );
        let beside = terms("BESIDE", "{ dimensions: [AGE_BAND] }");
        propose_and_sign(&app, &beside, "BESIDE");
        assert_eq!(outcomes(&app, quarter(3)), [made("LARGE"), made("BESIDE"), stands("FEW")]);
        change_people(&app, "UPDATE individuals SET region_id = NULL");
        assert_eq!(outcomes(&app, quarter(4)), [stands("BESIDE"), made("LARGE"), stands("FEW")]);
        renew(&app, "BESIDE", &beside.replace("BESIDE", "NEW"), "NEW");
        let taken_over = ("NEW".to_owned(), Outcome::TakenOver("BESIDE".to_owned()));
        assert_eq!(outcomes(&app, quarter(4) + Days::new(3)), [taken_over]);

        revoke(&app, "FEW");
        revoke(&app, "LARGE");
        revoke(&app, "NEW");
        propose_and_sign(&app, &terms("LAST", "{ dimensions: [SPECIFIC_NEED] }"), "LAST");
        assert_eq!(outcomes(&app, quarter(5)), [stands("LAST")]);
        assert_eq!(outcomes(&app, quarter(8)), [made("LAST")], "nobody has changed for a year");
    });
}

/// A draft that is put in force by an import ends nothing that it would replace: both are counted.
#[test]
fn an_import_ends_nothing_that_is_replaced() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 60);
        let draft = terms("REN", "{ dimensions: [SEX REGION] }");
        let renewal = format!("{}, terms: {{ {draft} }}", agreement(&app, "unhcr", "DSA-2003-02"));
        done(&change(&app, "unhcr", "renewAgreement", &renewal));
        let header = template(Kind::Agreements).unwrap().lines().next().unwrap();
        let row = "REN,unhcr,undp,STATISTICS,STATISTICS,DEMOGRAPHICS;SPECIFIC_NEEDS,,,,,,,no,5,2025-01-01,2030-01-01,IN_FORCE,SEX*REGION,3";
        let error =
            load(&app.database, Kind::Agreements, "file", format!("{header}\n{row}\n")).unwrap_err().to_string();
        assert!(error.contains("line 2, statistics_tables: one person could be in 9 figures"), "{error}");
    });
}

/// Two agreements of which one was to replace the other, both in force by an import, each have their releases.
#[test]
fn both_are_released_if_an_import_puts_a_renewal_in_force() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 60);
        revoke(&app, "DSA-2003-02");
        propose_and_sign(&app, &terms("A", "{ dimensions: [SEX] }"), "A");
        let draft = terms_with("REN", "[DEMOGRAPHICS]", "{ dimensions: [REGION] }");
        let renewal = format!("{}, terms: {{ {draft} }}", agreement(&app, "unhcr", "A"));
        done(&change(&app, "unhcr", "renewAgreement", &renewal));
        let import = |status: &str| {
            let header = template(Kind::Agreements).unwrap().lines().next().unwrap();
            let terms = "REN,unhcr,undp,STATISTICS,STATISTICS,DEMOGRAPHICS,,,,,,,no,5,2025-01-01,2030-01-01";
            load(&app.database, Kind::Agreements, "file", format!("{header}\n{terms},{status},REGION,3\n"))
        };
        import("IN_FORCE").unwrap();
        stand_still(&app);
        assert_eq!(outcomes(&app, quarter(1)), [made("A"), made("REN")]);
        change_people(&app, "UPDATE individuals SET sex = 'MALE', region_id = NULL");
        assert_eq!(outcomes(&app, quarter(2)), [made("A"), made("REN")]);
        let error = import("DRAFT").unwrap_err().to_string();
        assert!(error.contains("it was in force and is no draft any more"), "{error}");
    });
}

/// A version that is signed after the day of release counts whom it covered then: nobody is missing, so that nobody seems to be new
/// next time.
#[test]
fn a_version_that_is_signed_late_counts_everybody() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 200);
        stand_still(&app);
        assert_eq!(outcomes(&app, quarter(1)), [made("DSA-2003-02")]);
        renew(&app, "DSA-2003-02", &the_demos("NEW"), "NEW");
        let signed = quarter(2) + Days::new(2);
        change_people(
            &app,
            &format!(
                "UPDATE coverage_changes SET made_on = '{signed}' WHERE id IN (SELECT since FROM coverages WHERE basis_id = \
                 (SELECT id FROM agreements WHERE reference = 'NEW'))"
            ),
        );
        let taken_over = ("NEW".to_owned(), Outcome::TakenOver("DSA-2003-02".to_owned()));
        assert_eq!(outcomes(&app, signed), [taken_over, stands("NEW")]);
        let made = make_all(&app, quarter(3) + Days::new(10), Some("NEW"));
        assert_eq!((made[0].people, made[0].changed), (200, 0), "{made:?}");
    });
}

/// What an agreement of many months has released holds up another for a year at most, and few people are not counted anew by other terms.
#[test]
fn a_slow_calendar_ends_and_few_people_wait_too() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 200);
        stand_still(&app);
        revoke(&app, "DSA-2003-02");
        let named = |reference: &str, category: &str| {
            terms_with(reference, &format!("[DEMOGRAPHICS {category}]"), "{ dimensions: [SEX] }")
        };
        propose_and_sign(&app, &format!("{}, releaseMonths: 60", named("SLOW", "LOCATION")), "SLOW");
        assert_eq!(outcomes(&app, quarter(1)), [made("SLOW")]);
        revoke(&app, "SLOW");
        propose_and_sign(&app, &named("AGAIN", "PROTECTION"), "AGAIN");
        for nth in 2..5 {
            assert_eq!(outcomes(&app, quarter(nth)), []);
        }
        assert_eq!(outcomes(&app, quarter(5)), [made("AGAIN")], "a year after SLOW's");
        revoke(&app, "AGAIN");
        let few = format!("{}, scope: {{ nationalities: [\"IRN\"] }}", named("FEW", "ASSISTANCE"));
        propose_and_sign(&app, &few, "FEW");
        assert_eq!(outcomes(&app, quarter(6)), [stands("FEW")], "they were counted already");
    });
}

/// Agreements that are in force together have one calendar, and their figures are counted together: of more than eight no more can be
/// agreed, by proposal, by signature or by import.
#[test]
fn agreements_are_counted_together() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 200);
        let propose = |terms: &str| change(&app, "unhcr", "proposeAgreement", &format!("terms: {{ {terms} }}"));
        let payload = propose(&terms("T-1", "{ dimensions: [SEX] }"));
        assert_eq!(refused(&payload), ("terms.statisticsTables".to_owned(), "INVALID".to_owned()));
        let message = payload["userErrors"][0]["message"].as_str().unwrap();
        assert!(message.contains("in 9 figures") && message.contains("DSA-2003-02 (8), T-1 (1)"), "{message}");
        revoke(&app, "DSA-2003-02");

        let months = format!("{}, releaseMonths: 6", terms("SLOW", "{ dimensions: [SEX] }"));
        let five = "{ dimensions: [SEX] }, { dimensions: [REGION] }, { dimensions: [SPECIFIC_NEED] }";
        for reference in ["A", "B"] {
            done(&propose(&terms(reference, five)));
        }
        sign(&app, "A");
        let payload = change(&app, "unhcr", "signAgreement", &agreement(&app, "unhcr", "B"));
        assert_eq!(refused(&payload), ("agreementId".to_owned(), "WRONG_STATUS".to_owned()));
        assert!(payload.to_string().contains("A (5), B (5)"), "{payload}");
        let payload = propose(&months);
        assert_eq!(refused(&payload).0, "terms.releaseMonths");
        assert!(payload.to_string().contains("state 3 months, as A does"), "{payload}");
        propose_and_sign(&app, &terms("C", "{ dimensions: [AGE_BAND] }"), "C");
        let payload = propose(&terms_with("D", "[DEMOGRAPHICS LOCATION]", "{ dimensions: [PLACE] }"));
        assert_eq!(refused(&payload).0, "terms.statisticsTables");
        assert!(payload.to_string().contains("places tell the regions that are withheld"), "{payload}");

        stand_still(&app);
        assert_eq!(outcomes(&app, quarter(1)), [made("A"), made("C")], "all that is in force, on one day");
        propose_and_sign(&app, &terms("E", "{ dimensions: [NATIONALITY] }"), "E");
        assert_eq!(outcomes(&app, quarter(1)), [made("E")]);
        revoke(&app, "E");
        let other = format!("{}, minimumCellSize: 10", terms("F", "{ dimensions: [NATIONALITY] }"));
        propose_and_sign(&app, &other, "F");
        assert_eq!(outcomes(&app, quarter(1)), [], "what E told counts until the next day");
    });
}

/// Proposals whose releases would tell too much are refused with the number and the tables; a preview tells the provider what a
/// release would, before it signs.
#[test]
fn tables_are_agreed_within_bounds_and_previewed() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 300);
        let of_renewal = format!(
            "{{ agreementPreview(input: {{ {}, terms: {{ {} }} }}) {{ preview {{ statistics {{ firstReleaseFrom }} }} userErrors {{ field }} }} }}",
            agreement(&app, "unhcr", "DSA-2003-02"),
            terms("T-0", "{ dimensions: [SEX] }")
        );
        let preview = app.data("unhcr", &of_renewal)["agreementPreview"].clone();
        assert_eq!(preview["preview"]["statistics"]["firstReleaseFrom"], "2026-04-15", "{preview}");
        revoke(&app, "DSA-2003-02");
        let propose = |tables: &str, more: &str| {
            change(&app, "unhcr", "proposeAgreement", &format!("terms: {{ {} {more} }}", terms("T-1", tables)))
        };
        let lists = "{ dimensions: [SPECIFIC_NEED] }, { dimensions: [SPECIFIC_NEED SEX] }, { dimensions: [SPECIFIC_NEED REGION] }";
        let payload = propose(lists, "");
        assert_eq!(refused(&payload), ("terms.statisticsTables".to_owned(), "INVALID".to_owned()));
        let message = payload["userErrors"][0]["message"].as_str().unwrap();
        assert!(message.contains("in 9 figures") && message.contains("SPECIFIC_NEED × SEX (3)"), "{message}");
        assert_eq!(refused(&propose("{ dimensions: [PLACE] }", "")).0, "terms.statisticsTables");
        assert_eq!(refused(&propose("{ dimensions: [SEX] }", "releaseMonths: 2")).0, "terms.releaseMonths");
        assert_eq!(refused(&propose("", "releaseMonths: 3")).0, "terms.releaseMonths");
        assert_eq!(refused(&propose("{ dimensions: [SEX] }", "emergency: true")).0, "terms.statisticsTables");

        let tables = "{ dimensions: [SEX AGE_BAND] }, { dimensions: [SPECIFIC_NEED], valuesPerPerson: 2 }";
        let query = format!(
            "{{ agreementPreview(input: {{ terms: {{ {} }} }}) {{ preview {{ statistics {{ figuresPerPerson figuresPerPersonInAll firstReleaseFrom says \
             inferences {{ dimension guessedIn100 atMostIn100 says }} \
             tables {{ table {{ dimensions valuesPerPerson }} withheldCellsIn100 withheldPeopleIn100 total {{ count }} \
             cells {{ key {{ value }} cell {{ count }} }} }} }} }} }} }}",
            terms("T-2", tables)
        );
        let preview = app.data("unhcr", &query)["agreementPreview"]["preview"]["statistics"].clone();
        assert_eq!((&preview["figuresPerPerson"], &preview["figuresPerPersonInAll"]), (&json!(3), &json!(3)));
        assert_eq!(preview["firstReleaseFrom"], "2026-04-15", "what was revoked told enough for this period");
        let sex = preview["inferences"].as_array().unwrap().iter().find(|one| one["dimension"] == "SEX").unwrap();
        let (guessed, most) = (sex["guessedIn100"].as_i64().unwrap(), sex["atMostIn100"].as_i64().unwrap());
        assert!((50..60).contains(&guessed) && most > guessed && most < 70, "{sex}");
        assert_eq!(preview["tables"][0]["cells"].as_array().unwrap().len(), 10);
        assert!((preview["tables"][0]["total"]["count"].as_i64().unwrap() - 300).abs() < 60, "{preview}");

        let payload = propose(tables, "");
        done(&payload);
        let query = "{ agreements(first: 1, filter: { reference: { eq: \"T-1\" } }) { nodes { releaseMonths statisticsTables { dimensions \
            valuesPerPerson } } } }";
        assert_eq!(
            app.data("undp", query)["agreements"]["nodes"][0],
            json!({ "releaseMonths": 3, "statisticsTables": [
                { "dimensions": ["SEX", "AGE_BAND"], "valuesPerPerson": 1 },
                { "dimensions": ["SPECIFIC_NEED"], "valuesPerPerson": 2 }] })
        );
    });
}
