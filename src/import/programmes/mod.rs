//! Programmes from IATI 2.0x activity XML.

mod reports;
mod results;

use super::{ImportError, Options, Report, RowError, RowErrors, agency_of};
use crate::domain::agency::Agency;
use crate::domain::iati_report::IatiReport;
use crate::domain::place::Place;
use crate::domain::programme::{Programme, ProgrammeKind};
use crate::domain::programme_result::ProgrammeResult;
use crate::domain::{Id, of_iati};
use crate::store::bulk::insert::{self, new_key};
use crate::store::bulk::reference;
use crate::store::database::connection::AnyConnection;
use crate::store::{iati_report, programme_result};
use chrono::NaiveDate;
use roxmltree::{Document, Node};
use std::collections::HashSet;

/// IATI code list ActivityDateType: planned and actual start, planned and actual end.
const START: [&str; 2] = ["2", "1"];
const END: [&str; 2] = ["4", "3"];

/// Imports activities as programmes of the agency of `--lead`. A newer report of a stored activity replaces what it says.
///
/// # Errors
/// If the file is no IATI 2.0x, no agency has the code of `--lead`, an activity is wrong, or the database fails.
pub fn import(connection: &mut AnyConnection, bytes: &[u8], options: &Options) -> Result<Report, ImportError> {
    let text = std::str::from_utf8(bytes).map_err(|_| ImportError::File("the file is not UTF-8 XML".to_owned()))?;
    let document =
        Document::parse(text).map_err(|error| ImportError::File(format!("the file is not whole XML: {error}")))?;
    let root = document.root_element();
    let version = root.attribute("version").unwrap_or_default();
    if root.tag_name().name() != "iati-activities" {
        return Err(ImportError::File("the file is not IATI: expected <iati-activities>".to_owned()));
    }
    if !version.starts_with("2.0") {
        return Err(ImportError::File("the file is of another version of IATI: expected version=\"2.0x\"".to_owned()));
    }
    let lead = agency_of(connection, "--lead", options.lead.as_ref())?;
    let places = reference::places(connection)?;
    let mut report = Report::default();
    let (mut added, mut seen) = (Vec::<(Programme, Vec<Id<Place>>)>::new(), HashSet::new());
    let (mut reported, mut said) = (Vec::new(), Vec::new());
    let mut errors = RowErrors::default();
    for activity in children(root, "iati-activity") {
        let Activity { programme, mut at, elsewhere } = match read(activity, lead, &places, &mut report.notes) {
            Ok(read) => read,
            Err(error) => {
                errors.push(error);
                continue;
            }
        };
        if !seen.insert(programme.identifier.clone()) {
            errors.push(fault(activity, "another activity has this iati-identifier"));
            continue;
        }
        let results = results::read(activity, &programme, &mut report.notes);
        let results = results.unwrap_or_else(|wrong| {
            errors.push(wrong);
            Vec::new()
        });
        let says = reports::read(activity, programme.id, &elsewhere, &mut report.notes);
        let says = says.unwrap_or_else(|wrong| {
            errors.push(wrong);
            IatiReport::default()
        });
        match reference::programme(connection, &programme.identifier)? {
            None => {
                said.push((programme.id, says));
                added.push((programme, at));
                reported.extend(results);
            }
            Some(stored) if stored.lead_on(options.today) != lead => {
                errors.push(fault(activity, "this activity is stored with another lead"));
            }
            Some(stored) if stored.kind != programme.kind && reference::has_participants(connection, stored.id)? => {
                let message = format!(
                    "its sector makes it a programme of {}; people take part in it as one of {}, by which agreements cover them; keep its sector",
                    programme.kind, stored.kind
                );
                errors.push(fault(activity, &message));
            }
            Some(stored) => {
                let described = Programme {
                    id: stored.id,
                    refugees_target: stored.refugees_target,
                    refugees_reached: stored.refugees_reached,
                    host_community_target: stored.host_community_target,
                    host_community_reached: stored.host_community_reached,
                    lead_id: stored.lead_id,
                    next_lead_id: stored.next_lead_id,
                    next_lead_from: stored.next_lead_from,
                    ..programme
                };
                at.sort_unstable();
                let moved = reference::places_of_programme(connection, stored.id)? != at;
                if moved && at.is_empty() {
                    report.notes.push(format!("{}: it names no place any more", stored.identifier));
                }
                let mut is_reported = iati_report::replace(connection, stored.id, &says)?;
                for result in results {
                    let result = ProgrammeResult { programme_id: stored.id, ..result };
                    is_reported |= programme_result::report(connection, result)?;
                }
                if described == stored && !moved && !is_reported {
                    report.unchanged += 1;
                    continue;
                }
                reference::update_programme(connection, &described)?;
                if moved {
                    reference::move_programme(connection, stored.id, &at)?;
                }
                report.updated += 1;
            }
        }
    }
    errors.finish()?;
    insert::programmes(connection, &added)?;
    for result in reported {
        programme_result::report(connection, result)?;
    }
    for (programme, says) in said {
        iati_report::replace(connection, programme, &says)?;
    }
    report.added = added.len();
    Ok(report)
}

/// An activity: the programme, where it works, and its locations that have no P-code here.
struct Activity<'a, 'd> {
    programme: Programme,
    at: Vec<Id<Place>>,
    elsewhere: Vec<Node<'a, 'd>>,
}

fn read<'a, 'd: 'a>(
    activity: Node<'a, 'd>,
    lead_id: Id<Agency>,
    places: &reference::Places,
    notes: &mut Vec<String>,
) -> Result<Activity<'a, 'd>, RowError> {
    let identifier = child(activity, "iati-identifier").and_then(|node| node.text()).map(str::trim).unwrap_or_default();
    if identifier.is_empty() {
        return Err(fault(activity, "it lacks an iati-identifier"));
    }
    let title = child(activity, "title").and_then(|title| child(title, "narrative"));
    let name = title.and_then(|narrative| narrative.text()).map(str::trim).unwrap_or_default();
    if name.is_empty() {
        return Err(fault(activity, "it lacks a title"));
    }
    let status = child(activity, "activity-status").and_then(|node| node.attribute("code"));
    let status = status.and_then(of_iati);
    let status = status.ok_or_else(|| fault(activity, "it lacks an activity-status with a code from 1 to 6"))?;
    let sector = sector(activity);
    let reporting = child(activity, "reporting-org").and_then(|node| node.attribute("ref"));
    let implementing = children(activity, "participating-org").find(|node| node.attribute("role") == Some("4"));
    let same = implementing.is_some_and(|node| node.attribute("ref").is_some() && node.attribute("ref") == reporting);
    if implementing.is_some() && !same {
        notes.push(format!(
            "{identifier}: the implementing organisation is not the reporting one; the implementer is left open"
        ));
    }
    let (mut at, mut elsewhere) = (Vec::new(), Vec::new());
    for location in children(activity, "location") {
        let codes = location.attribute("ref").into_iter();
        let codes = codes.chain(children(location, "administrative").filter_map(|node| node.attribute("code")));
        match codes.into_iter().find_map(|code| places.get(code)) {
            Some((place, _)) if !at.contains(&place.id) => at.push(place.id),
            Some(_) => {}
            None => elsewhere.push(location),
        }
    }
    let programme = Programme {
        id: new_key(),
        identifier: identifier.to_owned(),
        name: name.to_owned(),
        kind: sector.as_deref().map_or(ProgrammeKind::Other, ProgrammeKind::of_sector),
        lead_id,
        implementer_id: same.then_some(lead_id),
        status,
        sector,
        starts_on: date(activity, &START)?,
        ends_on: date(activity, &END)?,
        refugees_target: None,
        refugees_reached: None,
        host_community_target: None,
        host_community_reached: None,
        next_lead_id: None,
        next_lead_from: None,
    };
    Ok(Activity { programme, at, elsewhere })
}

/// The DAC five-digit sector with the greatest share: vocabulary 1, which is also the one that is meant if none is named.
fn sector(activity: Node<'_, '_>) -> Option<String> {
    let dac = children(activity, "sector").filter(|node| matches!(node.attribute("vocabulary"), None | Some("1")));
    let shares = dac.filter_map(|node| {
        let share: f64 = node.attribute("percentage").unwrap_or("100").parse().ok()?;
        Some((share, node.attribute("code")?.to_owned()))
    });
    shares.max_by(|left, right| left.0.total_cmp(&right.0)).map(|(_, code)| code)
}

fn date(activity: Node<'_, '_>, kinds: &[&str]) -> Result<Option<NaiveDate>, RowError> {
    let of = |kind: &&str| children(activity, "activity-date").find(|node| node.attribute("type") == Some(*kind));
    let Some(node) = kinds.iter().find_map(of) else { return Ok(None) };
    let date = node.attribute("iso-date").and_then(|date| NaiveDate::parse_from_str(date, "%Y-%m-%d").ok());
    date.map(Some).ok_or_else(|| fault(node, "its iso-date is no date: expected YYYY-MM-DD"))
}

fn day(node: Node<'_, '_>, name: &'static str) -> Result<NaiveDate, RowError> {
    let date = child(node, name).and_then(|node| node.attribute("iso-date"));
    let date = date.and_then(|date| NaiveDate::parse_from_str(date, "%Y-%m-%d").ok());
    date.ok_or_else(|| fault(node, &format!("it lacks a {name} with an iso-date: expected YYYY-MM-DD")))
}

/// What something is called in its first narrative, on one line.
fn narrative(node: Node<'_, '_>) -> Option<String> {
    let words: Vec<&str> = child(node, "narrative")?.text()?.split_whitespace().collect();
    Some(words.join(" ")).filter(|text| !text.is_empty())
}

fn children<'a, 'd: 'a>(node: Node<'a, 'd>, name: &'static str) -> impl Iterator<Item = Node<'a, 'd>> {
    node.children().filter(move |child| child.has_tag_name(name))
}

fn child<'a, 'd: 'a>(node: Node<'a, 'd>, name: &'static str) -> Option<Node<'a, 'd>> {
    children(node, name).next()
}

fn fault(node: Node<'_, '_>, reason: &str) -> RowError {
    let at = node.document().text_pos_at(node.range().start);
    RowError { line: at.row.into(), column: Some(format!("<{}>", node.tag_name().name())), reason: reason.to_owned() }
}
