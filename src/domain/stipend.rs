//! Cash stipends: for whom they are, and that none is paid twice for a period.

use super::agency::Agency;
use super::assistance::Assistance;
use super::individual::Individual;
use super::programme::{Programme, ProgrammeKind, ProgrammeStatus};
use super::specific_need::NeedCode;
use super::{Id, vocabulary};
use chrono::{Days, NaiveDate};

/// The categories of specific needs for which stipends are paid: older people, people with a disability, single parents.
const NEEDS: [&str; 3] = ["ER", "DS", "SP"];

/// The most days of a period.
const MAX_DAYS: u64 = 366;

/// How many days before its period a stipend is paid at the earliest.
const MAX_DAYS_AHEAD: u64 = 31;

vocabulary! {
    /// What must hold for a stipend to be paid.
    StipendCondition {
        /// The programme pays stipends, is the agency's to lead or implement, and is under way in the period.
        Programme = "PROGRAMME",
        /// The record is open in the period.
        OpenRecord = "OPEN_RECORD",
        /// The person is an older person at risk, has a disability, or is a single parent.
        SpecificNeed = "SPECIFIC_NEED",
        /// No stipend was paid for a day of the period.
        NotPaid = "NOT_PAID",
    }
}

/// The days for which a stipend is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StipendPeriod {
    from: NaiveDate,
    until: NaiveDate,
}

impl StipendPeriod {
    /// A period from one day until another, both within it.
    ///
    /// # Errors
    /// If it ends before it begins, or lasts for more than a year.
    pub fn new(from: NaiveDate, until: NaiveDate) -> Result<Self, &'static str> {
        if until < from {
            return Err("it lies before the first day of the period");
        }
        match until < from.checked_add_days(Days::new(MAX_DAYS)).unwrap_or(NaiveDate::MAX) {
            true => Ok(Self { from, until }),
            false => Err("a period is a year at most"),
        }
    }

    /// The first day.
    pub fn from(self) -> NaiveDate {
        self.from
    }

    /// The last day.
    pub fn until(self) -> NaiveDate {
        self.until
    }

    /// The first day on which a stipend for it is paid.
    pub fn payable_from(self) -> NaiveDate {
        self.from.checked_sub_days(Days::new(MAX_DAYS_AHEAD)).unwrap_or(NaiveDate::MIN)
    }

    /// The period of a payment, if it has one.
    pub fn of(payment: &Assistance) -> Option<Self> {
        payment.period_from.zip(payment.period_until).map(|(from, until)| Self { from, until })
    }

    fn overlaps(self, other: Self) -> bool {
        self.from <= other.until && other.from <= self.until
    }
}

/// What is known of somebody who may get a stipend.
#[derive(Debug)]
pub struct StipendCase {
    /// The record.
    pub person: Individual,
    /// The person's specific needs.
    pub needs: Vec<NeedCode>,
    /// What was paid to the person.
    pub payments: Vec<Assistance>,
}

impl StipendCase {
    /// For each condition of a stipend of an agency whether it holds, and why or why not.
    pub fn conditions(
        &self,
        programme: &Programme,
        agency: Id<Agency>,
        period: StipendPeriod,
        today: NaiveDate,
    ) -> Vec<(StipendCondition, bool, String)> {
        let condition = |condition: StipendCondition| {
            let (holds, reason) = match condition {
                StipendCondition::Programme => programme_condition(programme, agency, period, today),
                StipendCondition::OpenRecord => self.open_record(period),
                StipendCondition::SpecificNeed => self.specific_need(),
                StipendCondition::NotPaid => self.not_paid(period),
            };
            (condition, holds, reason)
        };
        <StipendCondition as super::Vocabulary>::ALL.iter().copied().map(condition).collect()
    }

    fn open_record(&self, period: StipendPeriod) -> (bool, String) {
        if let Some(closed_on) = self.person.closed_on.filter(|closed_on| *closed_on < period.until) {
            return (false, format!("the record was closed on {closed_on}; end the period by then"));
        }
        match self.person.registered_on.filter(|registered_on| *registered_on > period.until) {
            Some(registered_on) => (false, format!("the person was registered after the period, on {registered_on}")),
            None => (true, "the record is open in the period".to_owned()),
        }
    }

    fn specific_need(&self) -> (bool, String) {
        let eligible: Vec<String> =
            self.needs.iter().filter(|need| NEEDS.contains(&need.category())).map(ToString::to_string).collect();
        match eligible.is_empty() {
            true => (false, "none of the needs is recorded for which stipends are paid: ER, DS or SP".to_owned()),
            false => (true, format!("the person has {}", eligible.join(", "))),
        }
    }

    fn not_paid(&self, period: StipendPeriod) -> (bool, String) {
        let paid = self.payments.iter().find_map(|payment| {
            StipendPeriod::of(payment).filter(|paid| paid.overlaps(period)).map(|paid| (paid, payment.paid_on))
        });
        match paid {
            Some((paid, on)) => {
                (false, format!("a stipend was paid for {} to {}, on {on}; give other days", paid.from, paid.until))
            }
            None => (true, "no stipend was paid for a day of the period".to_owned()),
        }
    }
}

fn programme_condition(
    programme: &Programme,
    agency: Id<Agency>,
    period: StipendPeriod,
    today: NaiveDate,
) -> (bool, String) {
    let wrong = if programme.kind != ProgrammeKind::CashAssistance {
        Some(format!("the programme is {}; stipends are paid under CASH_ASSISTANCE", programme.kind))
    } else if programme.lead_on(today) != agency && programme.implementer_on(today) != Some(agency) {
        Some("another agency leads and implements the programme".to_owned())
    } else if programme.status != ProgrammeStatus::Implementation {
        Some(format!("the programme is {}; stipends are paid while it is in IMPLEMENTATION", programme.status))
    } else if let Some(starts_on) = programme.starts_on.filter(|starts_on| *starts_on > period.from) {
        Some(format!("the programme starts later, on {starts_on}"))
    } else {
        let ended = programme.ends_on.filter(|ends_on| *ends_on < period.until);
        ended.map(|ends_on| format!("the programme ends within the period or before, on {ends_on}"))
    };
    match wrong {
        Some(reason) => (false, reason),
        None => (true, "the programme pays stipends and is under way".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn periods_are_whole_and_short() {
        let period = |from: &str, until: &str| StipendPeriod::new(day(from), day(until));
        assert!(period("2026-01-01", "2026-01-01").is_ok());
        assert!(period("2026-01-01", "2026-12-31").is_ok());
        assert!(period("2024-01-01", "2024-12-31").is_ok(), "a leap year is a year");
        assert!(period("2026-01-02", "2026-01-01").is_err());
        assert!(period("2026-01-01", "2027-01-02").is_err());
        let january = period("2026-01-01", "2026-01-31").unwrap();
        for (from, until, overlaps) in [
            ("2025-12-01", "2025-12-31", false),
            ("2025-12-01", "2026-01-01", true),
            ("2026-01-31", "2026-02-28", true),
            ("2026-02-01", "2026-02-28", false),
            ("2025-12-01", "2026-03-01", true),
        ] {
            let other = period(from, until).unwrap();
            assert_eq!((january.overlaps(other), other.overlaps(january)), (overlaps, overlaps), "{from} {until}");
        }
    }
}
