//! The lines, written as `lines.rs` says.

use super::lines::ledger;
use super::{Activity, Column, Erased, Filtered, Readers, Right, Seen, Table, Treatment, reduce};
use crate::domain::assistance::Assistance;
use crate::domain::case::Case;
use crate::domain::category::DataCategory;
use crate::domain::consent::Consent;
use crate::domain::emergency::{Emergency, EmergencyFact, EmergencyStep};
use crate::domain::enrolment::Enrolment;
use crate::domain::housing::Housing;
use crate::domain::incident::Incident;
use crate::domain::incident_account::IncidentAccount;
use crate::domain::individual::Individual;
use crate::domain::loan::{Loan, Repayment};
use crate::domain::nomination::Nomination;
use crate::domain::school_year::SchoolYear;
use crate::domain::solution::Solution;
use crate::domain::specific_need::SpecificNeed;
use crate::policy::{Protected, Reveal};

const fn part_of(seen: Seen) -> Treatment {
    match seen {
        Seen::With(category) => Treatment::Category(category),
        Seen::WithPerson | Seen::ByOwnRule => Treatment::Row,
    }
}

const INDIVIDUAL: Option<&str> = Some("individual_id");

ledger! {
    individuals {
        person Some("id"), seen Seen::WithPerson, erased Erased::With(DataCategory::Identity),
        server [Right::Select, Right::Insert, Right::Correct, Right::Update("updated_at")],
        shown by Individual {
            id: row;
            holder_id: row;
            case_id: field Family;
            sex: field Demographics, filter Codes;
            nationality: field Demographics, filter Codes;
            region_id: field Demographics, filter Within;
            age_band: field Demographics, filter Rule;
            registration_number: field Identity, filter Text;
            given_name: field Identity, filter Text;
            family_name: field Identity, filter Text;
            date_of_birth: field Identity, filter Dates;
            phone: field Contact, filter Text;
            place_id: field Location, filter Within;
            legal_status: field LegalStatus, filter Codes;
            arrived_on: date LegalStatus, filter Dates;
            registered_on: date LegalStatus, filter Dates, counts On;
            closed_as: field LegalStatus, filter Codes, erased WithRow;
            closed_on: date LegalStatus, counts On, erased WithRow;
        }
        internal {
            registration_number_key of Identity;
            given_name_key of Identity, for Owner;
            family_name_key of Identity;
            arrived_year_on of LegalStatus;
            registered_year_on of LegalStatus;
            audit_key;
            anonymised;
            retained_from, for Owner;
            updated_at;
            merged_into_id;
        }
    }

    cases {
        person None, seen Seen::With(DataCategory::Family), erased Erased::With(DataCategory::Family),
        server [Right::Select, Right::Insert, Right::Delete],
        shown by Case { id: row; holder_id: row; number: part; }
        internal { number_key; }
    }

    specific_needs {
        person INDIVIDUAL, seen Seen::With(DataCategory::SpecificNeeds), erased Erased::With(DataCategory::SpecificNeeds),
        server [Right::Select, Right::Insert, Right::Update("individual_id"), Right::Delete],
        shown by SpecificNeed { individual_id: row; code: part; }
        internal { id; }
    }

    solutions {
        person INDIVIDUAL, seen Seen::With(DataCategory::Solutions), erased Erased::With(DataCategory::Solutions),
        server [Right::Select, Right::Insert, Right::Correct, Right::Update("individual_id"), Right::Delete],
        shown by Solution {
            id: row;
            individual_id: row;
            kind: part;
            form: part;
            stage: part;
            destination: part;
            assisted: part;
            stage_on: day, counts On;
            submission_category: part;
            priority: part;
            split_reason: field Family;
        }
        internal {}
    }

    nominations {
        person INDIVIDUAL, seen Seen::With(DataCategory::Solutions), erased Erased::With(DataCategory::Solutions),
        server [
            Right::Select,
            Right::Insert,
            Right::Update("individual_id"),
            Right::Update("withdrawn_on"),
            Right::Update("interview_id"),
            Right::Update("outcome"),
            Right::Update("outcome_on"),
            Right::Delete
        ],
        shown by Nomination {
            id: row;
            individual_id: row;
            circuit_ride_id: part;
            nominated_on: day, counts On;
            withdrawn_on: day;
            interview_id: exact;
            outcome: part;
            outcome_on: day, counts On;
        }
        internal {}
    }

    enrolments {
        person INDIVIDUAL, seen Seen::With(DataCategory::Assistance), erased Erased::With(DataCategory::Assistance),
        server [Right::Select, Right::Insert, Right::Update("individual_id"), Right::Update("ended_on"), Right::Delete, Right::Lead],
        shown by Enrolment { id: row; individual_id: row; programme_id: part; started_on: day, counts On; ended_on: day, counts Until; }
        internal {}
    }

    assistance {
        person INDIVIDUAL, seen Seen::With(DataCategory::Assistance), erased Erased::With(DataCategory::Assistance),
        server [Right::Select, Right::Insert, Right::Update("individual_id"), Right::Lead, Right::Void],
        shown by Assistance {
            id: row;
            individual_id: row;
            programme_id: part;
            amount_minor: part;
            currency: part;
            paid_on: day, counts On;
            period_from: day;
            period_until: day;
        }
        internal {}
    }

    loans {
        person INDIVIDUAL, seen Seen::With(DataCategory::Assistance), erased Erased::With(DataCategory::Assistance),
        server [Right::Select, Right::Insert, Right::Update("individual_id"), Right::Lead, Right::Void],
        shown by Loan {
            id: row;
            individual_id: row;
            programme_id: part;
            amount_minor: part;
            currency: part;
            disbursed_on: day, counts On;
            instalments: part;
            first_due_on: day;
        }
        internal {}
    }

    repayments {
        person INDIVIDUAL, seen Seen::With(DataCategory::Assistance), erased Erased::With(DataCategory::Assistance),
        server [Right::Select, Right::Insert, Right::Update("individual_id"), Right::Lead, Right::Void],
        shown by Repayment {
            id: row;
            individual_id: row;
            programme_id: row;
            loan_id: row;
            amount_minor: part;
            paid_on: day, counts On;
        }
        internal {}
    }

    housing {
        person INDIVIDUAL, seen Seen::With(DataCategory::Assistance), erased Erased::With(DataCategory::Assistance),
        server [Right::Select, Right::Insert, Right::Update("individual_id"), Right::Update("moved_out_on"), Right::Lead],
        shown by Housing {
            id: row;
            individual_id: row;
            programme_id: part;
            dwelling: part;
            moved_in_on: day, counts On;
            months: part;
            moved_out_on: day, counts Until;
        }
        internal {}
    }

    school_years {
        person INDIVIDUAL, seen Seen::With(DataCategory::Assistance), erased Erased::With(DataCategory::Assistance),
        server [
            Right::Select,
            Right::Insert,
            Right::Update("individual_id"),
            Right::Update("ended_on"),
            Right::Update("completed"),
            Right::Lead
        ],
        shown by SchoolYear {
            id: row;
            individual_id: row;
            programme_id: part;
            grade: part;
            started_on: day, counts On;
            ended_on: day, counts Until;
            completed: part;
        }
        internal {}
    }

    incidents {
        person INDIVIDUAL, seen Seen::With(DataCategory::Protection), erased Erased::With(DataCategory::Protection),
        server [
            Right::Select,
            Right::Insert,
            Right::Update("individual_id"),
            Right::Update("kind"),
            Right::Update("actor"),
            Right::Update("occurred_on"),
            Right::Update("place_id"),
            Right::Update("verification"),
            Right::Update("pattern_id"),
            Right::Delete
        ],
        shown by Incident {
            id: row;
            individual_id: row;
            event_id: row;
            kind: part;
            actor: part;
            occurred_on: day, counts On;
            place_id: field Location;
            verification: part;
            pattern_id: row;
        }
        internal {}
    }

    incident_accounts {
        person INDIVIDUAL, seen Seen::With(DataCategory::Protection), erased Erased::With(DataCategory::Protection),
        server [Right::Select, Right::Insert, Right::Update("individual_id"), Right::Update("incident_id")],
        shown by IncidentAccount {
            id: row;
            individual_id: row;
            incident_id: row;
            account: exact;
            recorded_on: day, counts On;
        }
        internal {}
    }

    emergencies {
        person INDIVIDUAL, seen Seen::With(DataCategory::Protection), erased Erased::With(DataCategory::Protection),
        server [
            Right::Select,
            Right::Insert,
            Right::Update("individual_id"),
            Right::Update("incident_id"),
            Right::Update("opened_on"),
            Right::Update("closed_on"),
            Right::Update("outcome"),
            Right::Delete
        ],
        shown by Emergency {
            id: row;
            individual_id: row;
            incident_id: row;
            opened_on: day, counts On;
            closed_on: day, counts Until;
            outcome: part;
        }
        internal {}
    }

    emergency_facts {
        person INDIVIDUAL, seen Seen::With(DataCategory::Protection), erased Erased::With(DataCategory::Protection),
        server [
            Right::Select,
            Right::Insert,
            Right::Update("individual_id"),
            Right::Update("emergency_id"),
            Right::Update("answer"),
            Right::Update("known_on"),
            Right::Delete
        ],
        shown by EmergencyFact {
            id: row;
            individual_id: row;
            emergency_id: row;
            question: part;
            answer: exact;
            known_on: day, counts On;
        }
        internal {}
    }

    emergency_steps {
        person INDIVIDUAL, seen Seen::With(DataCategory::Protection), erased Erased::With(DataCategory::Protection),
        server [
            Right::Select,
            Right::Insert,
            Right::Update("individual_id"),
            Right::Update("emergency_id"),
            Right::Update("done_on"),
            Right::Delete
        ],
        shown by EmergencyStep {
            id: row;
            individual_id: row;
            emergency_id: row;
            action: part;
            due_on: day;
            done_on: day, counts On;
        }
        internal {}
    }

    consents {
        person INDIVIDUAL, seen Seen::ByOwnRule, erased Erased::With(DataCategory::Identity),
        server [Right::Select, Right::Insert, Right::Update("individual_id"), Right::Update("recorded_at"), Right::Update("newest")],
        shown by Consent {
            id: row;
            individual_id: row;
            recipient_id: row;
            purpose: row;
            decision: row;
            recorded_at: row, counts On;
            expires_on: row;
            explained: row;
        }
        internal { newest; }
    }

    coverages {
        person INDIVIDUAL, seen Seen::ByOwnRule, erased Erased::WithParent, server [Right::Select],
        internal {
            individual_id;
            basis_id;
            since;
            ended;
            until;
            row_key;
            case_key of Family;
            registered_on of LegalStatus;
            arrived_on of LegalStatus;
            date_of_birth of Identity;
            given_name_key of Identity;
            family_name_key of Identity;
            registration_number_key of Identity;
            phone of Contact;
            case_number_key of Family;
            audit_key;
        }
    }

    row_keys {
        person INDIVIDUAL, seen Seen::ByOwnRule, erased Erased::WithParent, server [],
        internal { individual_id; recipient_id; purpose; row_key; }
    }

    case_keys {
        person None, seen Seen::ByOwnRule, erased Erased::WithParent, server [],
        internal { case_id; recipient_id; purpose; row_key; }
    }

    statistics_counted {
        person INDIVIDUAL, seen Seen::ByOwnRule, erased Erased::WithParent, server [],
        internal { agreement_id; individual_id; digest; }
    }
}
