//! Results of IATI activities: indicators, with a target and what was reached for each period.

use super::{RowError, child, children, day, fault, narrative};
use crate::domain::programme::Programme;
use crate::domain::programme_result::{MAX_INDICATOR, Participants, ProgrammeResult, ResultMeasure, number};
use crate::domain::text::is_line;
use crate::store::bulk::insert::new_key;
use roxmltree::Node;

/// The results of an activity. Those that are no numbers are left out, with a note.
pub(super) fn read(
    activity: Node<'_, '_>,
    programme: &Programme,
    notes: &mut Vec<String>,
) -> Result<Vec<ProgrammeResult>, RowError> {
    let mut read: Vec<ProgrammeResult> = Vec::new();
    for indicator in children(activity, "result").flat_map(|result| children(result, "indicator")) {
        let title =
            child(indicator, "title").and_then(narrative).ok_or_else(|| fault(indicator, "it lacks a title"))?;
        if !is_line(&title, MAX_INDICATOR) {
            return Err(fault(
                indicator,
                &format!("its title has over {MAX_INDICATOR} characters, or control characters"),
            ));
        }
        // IATI code list IndicatorMeasure; the others are no numbers.
        let measure = match indicator.attribute("measure") {
            Some("1") => ResultMeasure::Unit,
            Some("2") => ResultMeasure::Percentage,
            _ => {
                notes.push(format!("{}: the indicator {title} is no number; it is left out", programme.identifier));
                continue;
            }
        };
        let baseline = child(indicator, "baseline").map(value).transpose()?.flatten();
        for period in children(indicator, "period") {
            let result = ProgrammeResult {
                id: new_key(),
                programme_id: programme.id,
                indicator: title.clone(),
                participants: Participants::All,
                measure,
                period_from: day(period, "period-start")?,
                period_until: day(period, "period-end")?,
                baseline: baseline.clone(),
                target: whole(period, "target")?,
                reached: whole(period, "actual")?,
            };
            if result.period_until < result.period_from {
                return Err(fault(period, "it ends before it begins"));
            }
            if read.iter().any(|other| other.is_of_same(&result)) {
                notes.push(format!(
                    "{}: the indicator {title} is reported twice for {} to {}; the first counts",
                    programme.identifier, result.period_from, result.period_until
                ));
                continue;
            }
            read.push(result);
        }
    }
    Ok(read)
}

/// The number of all people: those that are broken down by a dimension are parts of it.
fn whole(period: Node<'_, '_>, name: &'static str) -> Result<Option<String>, RowError> {
    let whole = children(period, name).find(|node| child(*node, "dimension").is_none());
    Ok(whole.map(value).transpose()?.flatten())
}

fn value(node: Node<'_, '_>) -> Result<Option<String>, RowError> {
    let given = node.attribute("value").map(str::trim).filter(|value| !value.is_empty());
    given.map(|value| number(value).map_err(|wrong| fault(node, wrong))).transpose()
}
