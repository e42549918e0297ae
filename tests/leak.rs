use crate::harness::app::today;
use crate::harness::incidents::Suffered;
use crate::harness::rides::{Interviewed, insert_ride, ride};
use crate::harness::services::Services;
use crate::harness::soon;
use crate::harness::{Engine, TestApp, each_engine};
use crate::ledger::camel;
use chrono::Days;
use diesel::{ExpressionMethods, QueryDsl, RunQueryDsl};
use panoh::domain::agency::Agency;
use panoh::domain::agreement::{Agreement, AgreementStatus, Scope};
use panoh::domain::assistance::Assistance;
use panoh::domain::audit::AuditEvent;
use panoh::domain::case::Case;
use panoh::domain::category::DataCategory;
use panoh::domain::consent::{Consent, ConsentDecision};
use panoh::domain::enrolment::Enrolment;
use panoh::domain::grants::Grants;
use panoh::domain::grants::Level;
use panoh::domain::incident::IncidentKind;
use panoh::domain::individual::{Individual, LegalStatus, RecordClosure, Sex};
use panoh::domain::place::Place;
use panoh::domain::programme::{Programme, ProgrammeKind, ProgrammeStatus};
use panoh::domain::purpose::Purpose;
use panoh::domain::solution::{
    Solution, SolutionKind, SolutionStage, SplitReason, SubmissionCategory, SubmissionPriority,
};
use panoh::domain::specific_need::SpecificNeed;
use panoh::domain::{Id, Vocabulary};
use panoh::policy::ledger::table;
use panoh::store::StoreError;
use panoh::store::bulk::insert;
use panoh::store::database::tables::{places, row_keys};
use panoh::store::outside_policy::outside_policy;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// The person that no agreement covers, and the one whom an agreement for one category covers: by numbers, of which the keys are made of
/// all that is planted of them.
pub const HIDDEN: i64 = 1;
pub const SHARED: i64 = 2;

/// The canary of a person's column: a text, code or date that occurs nowhere else, with the category that reveals it.
pub fn canaries(person: i64) -> BTreeMap<&'static str, (String, DataCategory)> {
    use DataCategory::*;
    let text = |name: &str| format!("canary-{name}-{person}");
    let day = |offset: u64| (today() - Days::new(1_000 + 100 * person as u64 + offset)).to_string();
    [
        ("registration_number", text("registration"), Identity),
        ("given_name", text("given"), Identity),
        ("family_name", text("family"), Identity),
        ("date_of_birth", (today() - Days::new(9_000 + person as u64)).to_string(), Identity),
        ("phone", text("phone"), Contact),
        ("place", format!("canaryplace{person}"), Location),
        ("region", format!("canaryregion{person}"), Demographics),
        ("nationality", ["PNG", "VUT"][person as usize - 1].to_owned(), Demographics),
        ("arrived_on", day(1), LegalStatus),
        ("registered_on", day(2), LegalStatus),
        ("legal_status", ["LEGAL_RESIDENT", "CITIZEN"][person as usize - 1].to_owned(), LegalStatus),
        ("closed_on", day(7), LegalStatus),
        ("closed_as", ["DEPARTED", "DECEASED"][person as usize - 1].to_owned(), LegalStatus),
        ("need", ["TR-PI", "SV-GM"][person as usize - 1].to_owned(), SpecificNeeds),
        ("case", text("case"), Family),
        ("destination", ["TUV", "KIR"][person as usize - 1].to_owned(), Solutions),
        ("stage_on", day(3), Solutions),
        ("submission", ["FAM", "CHL"][person as usize - 1].to_owned(), Solutions),
        ("priority", ["EM", "UG"][person as usize - 1].to_owned(), Solutions),
        ("split", ["DECLINED", "INELIGIBLE"][person as usize - 1].to_owned(), Family),
        ("nominated_on", day(21), Solutions),
        ("interviewed_at", format!("{}T08:00:00Z", day(22)), Solutions),
        ("room", text("room"), Solutions),
        ("decided_on", day(20), Solutions),
        ("enrolled_on", day(4), Assistance),
        ("amount", format!("{}.{}", 7_000 + person, 17), Assistance),
        ("paid_on", day(5), Assistance),
        ("period_from", day(9), Assistance),
        ("period_until", day(8), Assistance),
        ("lent", format!("{}.{}", 8_000 + person, 29), Assistance),
        ("lent_on", day(15), Assistance),
        ("due_on", day(14), Assistance),
        ("repaid", format!("{}.{}", 6_000 + person, 31), Assistance),
        ("repaid_on", day(13), Assistance),
        ("moved_in_on", day(12), Assistance),
        ("moved_out_on", day(11), Assistance),
        ("school_from", day(18), Assistance),
        ("school_until", day(17), Assistance),
        ("incident", ["DETENTION", "FORCED_RELOCATION"][person as usize - 1].to_owned(), Protection),
        ("occurred_on", day(6), Protection),
        ("actor", ["SERVICE_PROVIDER", "BORDER_GUARDS"][person as usize - 1].to_owned(), Protection),
        ("account", text("account"), Protection),
        ("told_on", day(23), Protection),
        ("opened_on", day(25), Protection),
        ("closed_emergency_on", day(24), Protection),
        ("emergency_outcome", ["SAFE_ELSEWHERE", "NOT_FOUND"][person as usize - 1].to_owned(), Protection),
        ("answer", text("answer"), Protection),
        ("known_on", day(26), Protection),
        ("step_due_on", day(27), Protection),
        ("step_done_on", day(28), Protection),
    ]
    .into_iter()
    .map(|(name, value, category)| (name, (value, category)))
    .collect()
}

/// Adds two people full of canaries to the demo, held by `planter`, and an agreement that lets the Canadian embassy see one category of the second.
pub fn plant(app: &TestApp, category: DataCategory) {
    let planter = Id::new(900);
    let date = |person: i64, offset: u64| today() - Days::new(1_000 + 100 * person as u64 + offset);
    outside_policy::<_, StoreError>(&app.database.address, AuditEvent::Demo, "canaries", |connection| {
        let agency = |id, code: &str| Agency { id, code: code.into(), name: code.into(), country: None };
        insert::agencies(connection, &[agency(planter, "planter")])?;
        let canada = panoh::store::agency::by_code(connection)?["embassy-ca"].id;
        for person in [HIDDEN, SHARED] {
            let planted = canaries(person);
            let text = |name: &str| Some(planted[name].0.clone());
            let place = |id, name: &str, level, parent_id: Option<Id<Place>>| Place {
                id,
                code: planted[name].0.clone(),
                name: planted[name].0.clone(),
                level,
                parent_id,
                country: "TJK".parse().unwrap(),
            };
            let (region, place_id) = (Id::new(910 + person), Id::new(920 + person));
            let places =
                [(place(region, "region", 1, None), vec![]), (place(place_id, "place", 2, Some(region)), vec![region])];
            insert::places(connection, &places)?;
            let case_id = Id::new(930 + person);
            insert::cases(connection, &[Case { id: case_id, holder_id: planter, number: planted["case"].0.clone() }])?;
            insert::individuals(
                connection,
                &[Individual {
                    id: Id::new(person),
                    holder_id: planter,
                    case_id: Some(case_id),
                    sex: Some(Sex::Female),
                    nationality: Some(planted["nationality"].0.parse().unwrap()),
                    region_id: Some(region),
                    registration_number: text("registration_number"),
                    given_name: text("given_name"),
                    family_name: text("family_name"),
                    date_of_birth: Some(planted["date_of_birth"].0.parse().unwrap()),
                    phone: text("phone"),
                    place_id: Some(place_id),
                    legal_status: Some(LegalStatus::parse(&planted["legal_status"].0).unwrap()),
                    arrived_on: Some(date(person, 1)),
                    registered_on: Some(date(person, 2)),
                    closed_as: Some(RecordClosure::parse(&planted["closed_as"].0).unwrap()),
                    closed_on: Some(date(person, 7)),
                    age_band: None,
                }],
            )?;
            insert::specific_needs(
                connection,
                &[SpecificNeed { individual_id: Id::new(person), code: planted["need"].0.parse().unwrap() }],
            )?;
            insert::solutions(
                connection,
                &[Solution {
                    stage: SolutionStage::Submitted,
                    destination: Some(planted["destination"].0.parse().unwrap()),
                    stage_on: Some(date(person, 3)),
                    submission_category: Some(SubmissionCategory::parse(&planted["submission"].0).unwrap()),
                    priority: Some(SubmissionPriority::parse(&planted["priority"].0).unwrap()),
                    split_reason: Some(SplitReason::parse(&planted["split"].0).unwrap()),
                    ..Solution::identified(Id::new(person), Id::new(person), SolutionKind::Resettlement)
                }],
            )?;
            let kind = IncidentKind::parse(&planted["incident"].0).unwrap();
            let days = [6, 23, 25, 24, 26, 27, 28].map(|offset| date(person, offset));
            Suffered::of(Id::new(person), (kind, place_id, planter), person, days).insert(connection)?;
        }
        let city: Id<Place> = places::table.select(places::id).filter(places::code.eq("3501000")).first(connection)?;
        let to_canada = ride(960, [canada, planter], "CAN", [today(), today()]);
        insert_ride(connection, &to_canada, city)?;
        for person in [HIDDEN, SHARED] {
            let days = [21, 22, 20].map(|offset| date(person, offset));
            Interviewed::of(Id::new(person), (to_canada.id, city), person, days).insert(connection)?;
        }
        let programme = Programme {
            id: Id::new(940),
            identifier: "planted".into(),
            name: "planted".into(),
            kind: ProgrammeKind::Other,
            lead_id: planter,
            implementer_id: Some(canada),
            status: ProgrammeStatus::Implementation,
            sector: None,
            starts_on: None,
            ends_on: None,
            refugees_target: None,
            refugees_reached: None,
            host_community_target: None,
            host_community_reached: None,
            next_lead_id: None,
            next_lead_from: None,
        };
        insert::programmes(connection, &[(programme, vec![])])?;
        for person in [HIDDEN, SHARED] {
            let (individual_id, programme_id) = (Id::new(person), Id::new(940));
            let started_on = Some(date(person, 4));
            insert::enrolments(
                connection,
                &[Enrolment { id: Id::new(person), individual_id, programme_id, started_on, ended_on: None }],
            )?;
            let days = [15, 14, 13, 12, 11, 18, 17].map(|offset| date(person, offset));
            Services::of(individual_id, programme_id, person, days).insert(connection)?;
            let (amount_minor, currency) = ((7_000 + person) * 100 + 17, "USD".to_owned());
            let paid_on = date(person, 5);
            insert::assistance(
                connection,
                &[Assistance {
                    id: Id::new(person),
                    individual_id,
                    programme_id,
                    amount_minor,
                    currency,
                    paid_on,
                    period_from: Some(date(person, 9)),
                    period_until: Some(date(person, 8)),
                }],
            )?;
        }
        let recorded_at = today().and_hms_opt(0, 0, 0).unwrap();
        let consent = Consent {
            id: Id::new(1),
            individual_id: Id::new(SHARED),
            recipient_id: canada,
            purpose: Purpose::Resettlement,
            decision: ConsentDecision::Given,
            recorded_at,
            expires_on: Some(today()),
            explained: Some(Grants::new(&BTreeSet::from([category]), Level::Identified)),
        };
        insert::consents(connection, &[(consent, true)])?;
        insert::agreements(
            connection,
            &[Agreement {
                id: Id::new(950),
                reference: "planted".into(),
                provider_id: planter,
                recipient_id: canada,
                purpose: Purpose::Resettlement,
                level: Level::Identified,
                categories: BTreeSet::from([category]),
                scope: Scope::default(),
                consent_required: true,
                minimum_cell_size: 5,
                valid_from: today(),
                valid_until: today(),
                status: AgreementStatus::InForce,
                replaces_id: None,
                proposed_by_id: None,
                in_force_since: Some(today().into()),
                retention_months: None,
                revoked_at: None,
                statistics_tables: Vec::new(),
                release_months: None,
                emergency: false,
            }],
        )
    })
    .unwrap();
}

/// Whether a canary shows only with another category beside its own: why somebody goes apart from its case is in the person's solutions.
fn needs_another(name: &str) -> bool {
    name == "split"
}

/// The canaries that an answer may not hold: all of the hidden person's, and the shared one's outside the granted category.
fn forbidden(agency: &str, granted: DataCategory) -> Vec<String> {
    // Whoever knows the exact place knows its region from the tree of places, which is reference data.
    let implied = |name: &str| granted == DataCategory::Location && name == "region";
    let shown = |name: &str, category| category == granted && !needs_another(name);
    let allowed = |name: &str, category| agency == "embassy-ca" && (shown(name, category) || implied(name));
    let shared = canaries(SHARED).into_iter().filter(|(name, (_, category))| !allowed(name, *category));
    canaries(HIDDEN).into_iter().chain(shared).map(|(_, (value, _))| value).collect()
}

/// Lists of people within which no such list is asked for.
const TOGETHER: [&str; 2] = ["members", "affected"];

/// A selection of every field that the schema offers, to a depth; found by introspection.
pub struct Walker {
    types: BTreeMap<String, Value>,
}

impl Walker {
    pub fn new(app: &TestApp) -> Self {
        let query = "{ __schema { types { name kind fields { name args { name } type { ...t } } inputFields { name type { ...t } } \
            enumValues { name } } } } fragment t on __Type { kind name ofType { kind name ofType { kind name ofType { kind name } } } }";
        let data = app.data("unhcr", query);
        let types = data["__schema"]["types"].as_array().unwrap().iter();
        Self { types: types.map(|kind| (kind["name"].as_str().unwrap().to_owned(), kind.clone())).collect() }
    }

    fn named(kind: &Value) -> String {
        if kind["ofType"].is_null() { kind["name"].as_str().unwrap().to_owned() } else { Self::named(&kind["ofType"]) }
    }

    pub fn select(&self, kind: &str, depth: u32, within: Option<&str>) -> String {
        let mut selection = String::new();
        for field in self.types[kind]["fields"].as_array().into_iter().flatten() {
            let of = Self::named(&field["type"]);
            let name = field["name"].as_str().unwrap();
            match self.types[&of]["kind"].as_str().unwrap() {
                // Members of members are the same people, and refused.
                "OBJECT" if TOGETHER.contains(&name) && within.is_some() => {}
                "OBJECT" if depth > 0 => {
                    let within = within.or(Some(name).filter(|name| TOGETHER.contains(name)));
                    selection += &format!("{name} {{ {} }} ", self.select(&of, depth - 1, within));
                }
                "OBJECT" | "INTERFACE" => {}
                _ => selection += &format!("{name} "),
            }
        }
        selection + "__typename"
    }

    /// What everybody whom an agency sees has told of incidents.
    fn accounts(&self, app: &TestApp, agency: &str, kind: &str) -> String {
        let people = app.data(agency, "{ individuals(first: 40) { nodes { id } } }");
        let people = people["individuals"]["nodes"].as_array().unwrap().clone();
        let selection = self.select(kind, 3, None);
        let told = |person: &Value| {
            let query = format!("{{ incidentAccounts(individualId: {}) {{ {selection} }} }}", person["id"]);
            app.ask(agency, &query).to_string()
        };
        people.iter().map(told).collect()
    }

    /// All that an agency sees. Places are reference data: planted ones are there for everybody.
    pub fn everything(&self, app: &TestApp, agency: &str) -> String {
        let mut seen = String::new();
        let handovers = app.data(agency, "{ handovers(first: 1) { nodes { id } } }");
        let handover = &handovers["handovers"]["nodes"][0]["id"];
        for root in self.types["Query"]["fields"].as_array().unwrap() {
            let name = root["name"].as_str().unwrap();
            if name == "incidentAccounts" {
                seen += &self.accounts(app, agency, &Self::named(&root["type"]));
            } else if ![
                "node",
                "nodes",
                "places",
                "caseloadStatistics",
                "accessLog",
                "agreementPreview",
                "stipendEligibility",
            ]
            .contains(&name)
            {
                let arguments = match name {
                    "viewer" | "rateLimit" | "relocationImpact" => String::new(),
                    "situation" => "(country: \"TJK\")".to_owned(),
                    "handoverExceptions" if handover.is_null() => continue,
                    "handoverExceptions" => format!("(handoverId: {handover}, first: 40)"),
                    _ => "(first: 40)".to_owned(),
                };
                let selection = self.select(&Self::named(&root["type"]), 4, None);
                seen += &app.ask(agency, &format!("{{ {name}{arguments} {{ {selection} }} }}")).to_string();
            }
        }
        assert!(!seen.contains("\"errors\""), "{seen}");
        for dimension in self.types["StatisticsDimension"]["enumValues"].as_array().unwrap() {
            let by = dimension["name"].as_str().unwrap();
            let query =
                format!("{{ caseloadStatistics(groupBy: [{by}]) {{ cells {{ key {{ value }} cell {{ count }} }} }} }}");
            let answer = app.ask(agency, &query);
            let refused = answer["errors"][0]["extensions"]["code"] == "FORBIDDEN";
            assert!(refused || answer.get("errors").is_none(), "{answer}");
            // Every code of a closed vocabulary has a cell, whether anybody has it or not.
            let is_closed =
                ["SEX", "AGE_BAND", "LEGAL_STATUS", "SOLUTION_KIND", "SOLUTION_STAGE", "INCIDENT_KIND"].contains(&by);
            let least = if is_closed { 1 } else { 0 };
            let cells = answer["data"]["caseloadStatistics"]["cells"].as_array().into_iter().flatten();
            seen.extend(
                cells
                    .filter(|cell| cell["cell"]["count"].as_i64().map_or(!is_closed, |count| count >= least))
                    .map(|cell| cell["key"].to_string()),
            );
        }
        seen
    }
}

/// As every viewer, every field of every root to a depth of five shows no canary outside the grant; the granted category's all show.
#[test]
fn no_field_shows_what_is_not_granted() {
    each_engine(|engine| {
        for granted in DataCategory::ALL {
            let app = TestApp::demo(engine, 30);
            let walker = Walker::new(&app);
            let agencies = ["unhcr", "undp", "embassy-us", "embassy-ca"];
            // Codes such as a kind of incident may occur in what a viewer sees anyway.
            let before = agencies.map(|agency| walker.everything(&app, agency));
            plant(&app, *granted);
            app.release_anew();
            for (agency, before) in agencies.into_iter().zip(before) {
                let seen = walker.everything(&app, agency);
                for canary in forbidden(agency, *granted).iter().filter(|canary| !holds(&before, canary)) {
                    assert!(!holds(&seen, canary), "{agency} with {granted} sees {canary}");
                }
                if agency == "embassy-ca" {
                    let shown = canaries(SHARED).into_iter().filter(|(name, _)| !needs_another(name));
                    for (_, (value, category)) in shown.filter(|(_, (_, category))| category == granted) {
                        assert!(holds(&seen, &value), "{agency} does not see {value} of {category}");
                    }
                }
            }
        }
    });
}

/// Whether an answer holds a canary as a whole value.
pub fn holds(answer: &str, canary: &str) -> bool {
    answer.contains(&format!("\"{canary}\""))
}

/// No condition on a hidden value, and no negation of one, tells the people apart; nor does the order of a list.
#[test]
fn no_filter_or_order_tells_what_is_not_granted() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 30);
        plant(&app, DataCategory::Assistance);
        let text = |name: &str| canaries(SHARED)[name].0.clone();
        let place = |code: &str| {
            let query =
                format!("{{ places(first: 1, filter: {{ code: {{ eq: \"{code}\" }} }}) {{ nodes {{ id }} }} }}");
            app.data("embassy-ca", &query)["places"]["nodes"][0]["id"].as_str().unwrap().to_owned()
        };
        let (region, exact) = (place(&text("region")), place(&text("place")));
        let conditions = [
            "sex: { eq: FEMALE }".to_owned(),
            "ageBand: { eq: AGE_18_59 }".to_owned(),
            format!("nationality: {{ eq: \"{}\" }}", text("nationality")),
            format!("region: {{ within: \"{region}\" }}"),
            format!("place: {{ within: \"{exact}\" }}"),
            format!("registrationNumber: {{ eq: \"{}\" }}", text("registration_number")),
            "givenName: { startsWith: \"canary\" }".to_owned(),
            "familyName: { startsWith: \"\" }".to_owned(),
            format!("dateOfBirth: {{ from: \"{}\" }}", text("date_of_birth")),
            format!("phone: {{ eq: \"{}\" }}", text("phone")),
            format!("legalStatus: {{ eq: {} }}", text("legal_status")),
            format!("arrivedOn: {{ until: \"{}\" }}", text("arrived_on")),
            format!("closedAs: {{ eq: {} }}", text("closed_as")),
            format!("registeredOn: {{ from: \"{}\" }}", text("registered_on")),
            "specificNeed: { eq: \"SV\" }".to_owned(),
            format!("caseNumber: {{ eq: \"{}\" }}", text("case")),
            format!("solution: {{ destination: {{ eq: \"{}\" }} }}", text("destination")),
            format!("incident: {{ eq: {} }}", text("incident")),
            "emergency: { eq: CLOSED }".to_owned(),
        ];
        for column in table("individuals").columns.iter().filter(|column| column.filtered.is_some()) {
            let input = camel(column.name.trim_end_matches("_id"));
            let has = conditions.iter().any(|condition| condition.starts_with(&format!("{input}: ")));
            assert!(has, "tests/leak.rs has no condition on {input}, by which clients filter");
        }
        let count = |filter: &str| {
            let query = format!(
                "{{ individuals(first: 40, filter: {{ holder: {{ eq: \"planter\" }}, {filter} }}) {{ totalCount nodes {{ id }} }} }}"
            );
            let found = app.data("embassy-ca", &query)["individuals"].clone();
            (found["totalCount"].as_i64().unwrap(), found["nodes"].as_array().unwrap().len())
        };
        assert_eq!(count(""), (1, 1), "the shared person is seen");
        for condition in conditions {
            for filter in [
                condition.clone(),
                format!("not: [{{ {condition} }}]"),
                format!("not: [{{ not: [{{ {condition} }}] }}]"),
                format!("or: [{{ {condition} }}, {{ not: [{{ {condition} }}] }}]"),
            ] {
                assert_eq!(count(&filter), (0, 0), "{filter}");
            }
        }
        let first = |order: &str| {
            let query = format!("{{ individuals(first: 40, orderBy: {{ {order} }}) {{ nodes {{ id }} }} }}");
            let nodes = app.data("embassy-ca", &query)["individuals"]["nodes"].as_array().unwrap().clone();
            let shared = app.data(
                "embassy-ca",
                "{ individuals(first: 1, filter: { holder: { eq: \"planter\" } }) { nodes { id } } }",
            );
            let at = nodes.iter().position(|node| node["id"] == shared["individuals"]["nodes"][0]["id"]);
            at.unwrap()
        };
        for field in ["REGISTERED_ON", "ARRIVED_ON", "DATE_OF_BIRTH", "FAMILY_NAME", "REGISTRATION_NUMBER"] {
            let (up, down) =
                (first(&format!("field: {field}, direction: ASC")), first(&format!("field: {field}, direction: DESC")));
            assert_eq!(up, down, "{field}: a hidden value stands at the same place in both directions");
        }
    });
}

/// An id of something that one may not see, and of something that is not there, give the same answer through every route.
#[test]
fn what_is_not_visible_is_not_there() {
    let app = TestApp::demo(Engine::Sqlite, 30);
    plant(&app, DataCategory::Assistance);
    let seal = |noun: &str, key: i64| {
        let credentials =
            panoh::store::Credentials { key_hash: panoh::policy::api_key::hash(&app.key("embassy-ca")), purpose: None };
        let store = panoh::store::Store::open(app.database.address.clone(), crate::harness::app::secret(), 1).unwrap();
        store.read(&credentials, today(), &soon()).unwrap().seal().seal_key(noun, key)
    };
    let answer = |id: &str| {
        app.ask_for(
            "embassy-ca",
            None,
            "query($id: ID!) { node(id: $id) { __typename } nodes(ids: [$id]) { id } }",
            json!({ "id": id }),
        )
    };
    // By what a recipient knows a person, for a purpose; the database's own key is nobody's.
    let known_as = |person: i64, code: &str, purpose: &str| -> i64 {
        let agencies = panoh::store::agency::by_code(&mut app.database.address.connect(false).unwrap()).unwrap();
        row_keys::table
            .find((person, agencies[code].id, purpose))
            .select(row_keys::row_key)
            .first(&mut app.database.address.connect(false).unwrap())
            .unwrap()
    };
    let held = known_as(HIDDEN, "planter", "CASE_MANAGEMENT");
    let people = [("Individual", HIDDEN), ("Individual", SHARED), ("Individual", held)];
    for (noun, key) in people.into_iter().chain([("Case", 930 + HIDDEN), ("Case", 930 + SHARED), ("Agreement", 1)]) {
        let hidden = answer(&seal(noun, key));
        assert_eq!(hidden, json!({ "data": { "node": null, "nodes": [null] } }), "{noun} {key}");
        assert_eq!(hidden, answer(&seal(noun, 4_242)));
    }
    let shared = known_as(SHARED, "embassy-ca", "RESETTLEMENT");
    assert_eq!(answer(&seal("Individual", shared))["data"]["node"]["__typename"], "Individual");
}
