//! The year of the situation, played through HTTP with four keys: from the registration of a family to its departure, a handover, stipends, a
//! deportation, a joint demarche and a relocation plan that is averted. After each step the four agencies see what the oracle says, and
//! coverage computed anew is coverage kept.

use crate::caseload_changes::{coverage_is_kept, done, register};
use crate::circuit_rides::{decide, newest as newest_ride, nominate, request, ride, schedule, submitted};
use crate::demarches::{self, US};
use crate::handovers::{answer, made, newest as newest_handover, propose};
use crate::harness::app::today;
use crate::harness::world::World;
use crate::harness::{TestApp, each_engine};
use crate::policy_oracle::views_agree;
use crate::protection::{DEPORTED, incident, record};
use crate::relocation_plans::{self, impact, plans};
use crate::situation::{Counted, by_hand, key, recorded, situation};
use crate::solutions::{change, first, move_on, of_person};
use crate::stipends::pay;
use chrono::{Days, NaiveDate};
use panoh::policy::api_key;
use serde_json::{Value, json};

const CASH: &str = "XM-DAC-41121-TJK-CASH";

/// A server whose day goes on, with what is true after each step.
struct Year {
    app: TestApp,
    today: NaiveDate,
}

impl Year {
    fn goes_on(&mut self, days: u64) -> String {
        self.today = self.today + Days::new(days);
        self.app.set_today(self.today);
        self.today.to_string()
    }

    /// All agencies see what the oracle says, coverage is kept, and who is recorded adds up person by person.
    fn holds(&self, step: &str) -> Counted {
        println!("{step}");
        let world = World::recorded(&self.app.database, self.today);
        views_agree(&world, &self.app.database, |agency| api_key::hash(&self.app.key(&agency.code)));
        coverage_is_kept(&self.app.database);
        let day = self.today.to_string();
        let mut counted = by_hand(&self.app, &day);
        let unplaced = counted.remove("unplaced").unwrap_or_default();
        counted.remove("registered");
        let live = situation(&self.app, "unhcr", "TJK", "");
        assert_eq!(live["unplaced"], unplaced, "{step}");
        assert_eq!(recorded(&live), counted, "{step}");
        counted
    }
}

fn how_many(counted: &Counted, movement: &str) -> i64 {
    counted.get(&key(movement, "whole")).copied().unwrap_or_default()
}

#[test]
fn the_year_of_the_situation() {
    each_engine(|engine| {
        let mut year = Year { app: TestApp::demo(engine, 60), today: today() };
        let before = year.holds("the year begins");

        // A family is registered and submitted to the United States, whose embassy asks for a circuit ride.
        let family = submitted(&year.app, "YEAR-1", 3, ("USA", "embassy-us"));
        let registered = year.holds("a family is registered and submitted");
        assert_eq!(how_many(&registered, "REMAINING"), how_many(&before, "REMAINING") + 3);
        ride(&request(&year.app, "embassy-us", ""));
        let (theirs, own) = (newest_ride(&year.app, "embassy-us"), newest_ride(&year.app, "unhcr"));
        done(&nominate(&year.app, &own, &family[0]));
        done(&schedule(&year.app, &own, &family[0], "interpreterLanguage: \"prs\""));
        year.holds("it is nominated and scheduled");
        let day = year.goes_on(3);
        let query = format!(
            "{{ individuals(first: 1, filter: {{ circuitRide: {{ eq: {} }} }}) {{ nodes {{ id }} }} }}",
            theirs["id"]
        );
        let seen = year.app.data("embassy-us", &query)["individuals"]["nodes"][0].clone();
        done(&decide(&year.app, "embassy-us", &theirs, &seen, &format!("outcome: INTERVIEWED, on: \"{day}\"")));
        done(&decide(&year.app, "embassy-us", &theirs, &seen, &format!("outcome: ACCEPTED, on: \"{day}\"")));
        year.holds("the embassy accepts it");

        // UNHCR hands the stipends over to UNDP, which pays from the day of the cut-over on.
        let cut_over = (year.today + Days::new(5)).to_string();
        made(&propose(&year.app, "unhcr", "undp", &[CASH], &cut_over));
        made(&answer(&year.app, "undp", "acceptHandover", &newest_handover(&year.app, "undp"), &[CASH]));
        let older = done(&register(&year.app, "YEAR-2", "", ""));
        done(&change(&year.app, "addSpecificNeed", &format!("individualId: {}, code: \"ER\"", older["id"])));
        let december = "period: { from: \"2025-12-01\", until: \"2025-12-31\" }";
        let paid = done(&pay(&year.app, &older, december));
        assert_eq!(paid["assistance"].as_array().unwrap().len(), 1);
        let twice = pay(&year.app, &older, december);
        assert_eq!(twice["userErrors"][0]["code"], "TAKEN", "{twice}");
        year.holds("a stipend is paid, and the programme is handed over");
        year.goes_on(5);
        let late = pay(&year.app, &older, "period: { from: \"2026-01-01\", until: \"2026-01-31\" }");
        assert_eq!(late["userErrors"][0]["code"], "INVALID", "the right to pay has passed: {late}");
        let programmes = format!(
            "{{ programmes(first: 1, filter: {{ identifier: {{ eq: \"{CASH}\" }} }}) {{ nodes {{ lead {{ code }} }} }} }}"
        );
        assert_eq!(year.app.data("undp", &programmes)["programmes"]["nodes"][0]["lead"]["code"], "undp");
        year.holds("the cut-over has come");

        // Somebody is deported, which is an emergency; it is followed up.
        let deported = done(&register(&year.app, "YEAR-3", "", ""));
        let suffered = incident(&done(&record(&year.app, &[&deported], DEPORTED)));
        let emergency = &suffered["emergency"];
        assert_eq!(emergency["status"], "OPEN");
        let with_emergency = |app: &TestApp| {
            let query = "{ individuals(first: 1, filter: { emergency: { eq: OPEN } }) { totalCount } }";
            app.data("unhcr", query)["individuals"]["totalCount"].as_i64().unwrap()
        };
        let open = with_emergency(&year.app);
        let day = year.today.to_string();
        let input = format!("emergencyId: {}, outcome: SAFE, closedOn: \"{day}\"", emergency["id"]);
        done(&crate::protection::change(&year.app, "closeEmergency", &input));
        assert_eq!(with_emergency(&year.app), open - 1);
        year.holds("somebody is deported, and comes back");

        // UNHCR and the embassy deliver a demarche together.
        let drafted = demarches::made(&demarches::draft(&year.app, demarches::UNHCR, "invitedCodes: [\"embassy-us\"]"));
        let joined = demarches::newest(&year.app, US);
        demarches::made(&demarches::step(&year.app, US, "joinDemarche", &demarches::read(&joined)));
        // A demarche is drafted at a moment of the clock, whatever day the server lives in.
        let delivered = format!("{}, deliveredOn: \"{day}\"", demarches::of(&drafted));
        demarches::made(&demarches::step(&year.app, demarches::UNHCR, "deliverDemarche", &delivered));
        let ask = &demarches::newest(&year.app, US)["asks"][0]["id"];
        let answered = format!("askId: {ask}, answer: GRANTED, answeredOn: \"{day}\"");
        let concluded = demarches::made(&demarches::step(&year.app, US, "answerDemarcheAsk", &answered));
        assert_eq!(concluded["status"], "CONCLUDED");
        year.holds("a demarche is delivered and answered");

        // The State Migration Service means to relocate; the plan is averted.
        let recorded_plan = relocation_plans::record(&year.app, relocation_plans::UNHCR, "");
        let plan = relocation_plans::made(&recorded_plan);
        let lost = impact(&year.app, relocation_plans::UNHCR, &plan)["unhcr"]["lost"].as_i64().unwrap();
        assert!(lost > 0, "people would lose UNHCR");
        let demos = plans(&year.app, relocation_plans::UNHCR).pop().unwrap();
        let agreement = &demos["shares"][0]["agreementId"];
        let share = format!("relocationPlanId: {}, agreementId: {agreement}", plan["id"]);
        relocation_plans::made(&relocation_plans::step(
            &year.app,
            relocation_plans::UNHCR,
            "shareRelocationPlan",
            &share,
        ));
        assert_eq!(plans(&year.app, US).len(), 2);
        let averted = format!("relocationPlanId: {}, outcome: AVERTED, closedOn: \"{day}\"", plan["id"]);
        relocation_plans::made(&relocation_plans::step(
            &year.app,
            relocation_plans::UNHCR,
            "closeRelocationPlan",
            &averted,
        ));
        assert_eq!(plans(&year.app, US)[0]["outcome"], "AVERTED");
        year.holds("a relocation plan is shared, and averted");

        // The family departs.
        let day = year.goes_on(40);
        let solution = first(&of_person(&year.app, &family[0]));
        assert_eq!(solution["stage"], "ACCEPTED");
        let departed = done(&move_on(&year.app, &solution, &format!("stage: DEPARTED, on: \"{day}\"")));
        assert_eq!(departed["closedAs"], "DEPARTED");
        let after = year.holds("the family has departed");
        let moved = |movement: &str| how_many(&after, movement) - how_many(&before, movement);
        assert_eq!((moved("REMAINING"), moved("RESETTLED")), (2, 3), "two more remain, and three were resettled");
        let others = ["DIED", "RETURNED", "RETURNED_ASSISTED", "RETURNED_SPONTANEOUS", "DEPARTED_OTHERWISE"];
        assert_eq!(others.map(moved), [0; 5]);
        let gone: Vec<Value> = family.iter().map(|person| of_person(&year.app, person)["closedAs"].clone()).collect();
        assert_eq!(gone, vec![json!("DEPARTED"); 3]);
    });
}
