//! What IATI activities say beside their results: budgets, transactions, participating organisations, and locations without a P-code.

use super::{RowError, child, children, day, fault, narrative};
use crate::domain::iati_report::{
    IatiReport, MAX_ENTRIES, MAX_NAME, OrganisationRole, ProgrammeBudget, ProgrammeLocation, ProgrammeOrganisation,
    ProgrammeTransaction, TransactionKind,
};
use crate::domain::money;
use crate::domain::programme::Programme;
use crate::domain::programme_result::number;
use crate::domain::text::is_line;
use crate::domain::{Id, Vocabulary, of_iati};
use crate::store::bulk::insert::new_key;
use roxmltree::Node;

/// What an activity says of a programme. `elsewhere` are its locations that have no P-code here.
pub(super) fn read(
    activity: Node<'_, '_>,
    programme: Id<Programme>,
    elsewhere: &[Node<'_, '_>],
    notes: &mut Vec<String>,
) -> Result<IatiReport, RowError> {
    let budgets: Result<_, _> = children(activity, "budget").map(|node| budget(node, activity, programme)).collect();
    let transactions: Result<_, _> =
        children(activity, "transaction").map(|node| transaction(node, activity, programme)).collect();
    let mut report =
        IatiReport { budgets: budgets?, transactions: transactions?, organisations: Vec::new(), locations: Vec::new() };
    for node in children(activity, "participating-org") {
        match organisation(node, programme)? {
            Some(organisation) => report.organisations.push(organisation),
            None => notes.push(nameless(node)),
        }
    }
    for node in elsewhere {
        match location(*node, programme)? {
            Some(location) => report.locations.push(location),
            None => notes.push(nameless(*node)),
        }
    }
    let most = [report.budgets.len(), report.transactions.len(), report.organisations.len(), report.locations.len()];
    match most.into_iter().any(|entries| entries > MAX_ENTRIES) {
        true => Err(fault(
            activity,
            &format!(
                "it has over {MAX_ENTRIES} budgets, transactions, organisations or locations: report them by activity"
            ),
        )),
        false => Ok(report),
    }
}

/// What is noted of something that has neither a name nor a code.
fn nameless(node: Node<'_, '_>) -> String {
    let line = node.document().text_pos_at(node.range().start).row;
    format!("line {line}, <{}>: it has neither a name nor a ref; it is left out", node.tag_name().name())
}

fn budget(
    node: Node<'_, '_>,
    activity: Node<'_, '_>,
    programme_id: Id<Programme>,
) -> Result<ProgrammeBudget, RowError> {
    let (amount, currency) = value(node, activity)?;
    let budget = ProgrammeBudget {
        id: new_key(),
        programme_id,
        // IATI's defaults.
        kind: coded(node, node.attribute("type").unwrap_or("1"), "type", 2)?,
        status: coded(node, node.attribute("status").unwrap_or("1"), "status", 2)?,
        period_from: day(node, "period-start")?,
        period_until: day(node, "period-end")?,
        amount,
        currency,
    };
    match budget.period_until < budget.period_from {
        true => Err(fault(node, "it ends before it begins")),
        false => Ok(budget),
    }
}

fn transaction(
    node: Node<'_, '_>,
    activity: Node<'_, '_>,
    programme_id: Id<Programme>,
) -> Result<ProgrammeTransaction, RowError> {
    let code = child(node, "transaction-type").and_then(|kind| kind.attribute("code")).unwrap_or_default();
    let kind: TransactionKind = coded(node, code, "transaction-type", 13)?;
    let (amount, currency) = value(node, activity)?;
    let party = |name| child(node, name).map(name_of).transpose().map(Option::flatten);
    Ok(ProgrammeTransaction {
        id: new_key(),
        programme_id,
        kind,
        made_on: day(node, "transaction-date")?,
        amount,
        currency,
        provider: party("provider-org")?,
        receiver: party("receiver-org")?,
    })
}

fn organisation(node: Node<'_, '_>, programme_id: Id<Programme>) -> Result<Option<ProgrammeOrganisation>, RowError> {
    let role: OrganisationRole = coded(node, node.attribute("role").unwrap_or_default(), "role", 4)?;
    let Some(name) = name_of(node)? else { return Ok(None) };
    Ok(Some(ProgrammeOrganisation { id: new_key(), programme_id, role, name, reference: reference(node)? }))
}

fn location(node: Node<'_, '_>, programme_id: Id<Programme>) -> Result<Option<ProgrammeLocation>, RowError> {
    let named = child(node, "name").map(name_of).transpose()?.flatten();
    let Some(name) = named.map_or_else(|| reference(node), |name| Ok(Some(name)))? else { return Ok(None) };
    let position = child(node, "point").and_then(|point| child(point, "pos")).and_then(|pos| pos.text());
    let position =
        position.map(|text| degrees(text).ok_or_else(|| fault(node, "its pos is no latitude and longitude")));
    let (latitude, longitude) = position.transpose()?.unzip();
    Ok(Some(ProgrammeLocation { id: new_key(), programme_id, name, reference: reference(node)?, latitude, longitude }))
}

/// The entry of a code list that a code means.
fn coded<V: Vocabulary>(node: Node<'_, '_>, code: &str, what: &str, most: usize) -> Result<V, RowError> {
    of_iati(code).ok_or_else(|| fault(node, &format!("its {what} is no code from 1 to {most}")))
}

/// An amount and its currency, which is the activity's if none is stated.
fn value(node: Node<'_, '_>, activity: Node<'_, '_>) -> Result<(String, String), RowError> {
    let value = child(node, "value").ok_or_else(|| fault(node, "it lacks a value"))?;
    let amount = number(value.text().unwrap_or_default()).map_err(|wrong| fault(value, wrong))?;
    let currency = value.attribute("currency").or(activity.attribute("default-currency"));
    let currency = currency.ok_or_else(|| fault(value, "it has no currency, and the activity no default-currency"))?;
    let known = money::currency(currency).map_err(|wrong| fault(value, wrong))?;
    Ok((amount, known.code().to_owned()))
}

/// What an organisation is called; its ref if it has no narrative.
fn name_of(node: Node<'_, '_>) -> Result<Option<String>, RowError> {
    match narrative(node) {
        Some(name) => line(node, name).map(Some),
        None => reference(node),
    }
}

fn reference(node: Node<'_, '_>) -> Result<Option<String>, RowError> {
    let given = node.attribute("ref").map(str::trim).filter(|given| !given.is_empty());
    given.map(|given| line(node, given.to_owned())).transpose()
}

fn line(node: Node<'_, '_>, text: String) -> Result<String, RowError> {
    match is_line(&text, MAX_NAME) {
        true => Ok(text),
        false => Err(fault(node, &format!("its name has over {MAX_NAME} characters, or control characters"))),
    }
}

/// Latitude and longitude, to four decimals.
fn degrees(text: &str) -> Option<(String, String)> {
    let mut numbers = text.split_whitespace().map(|number| number.parse::<f64>().ok());
    let (latitude, longitude) = (numbers.next()??, numbers.next()??);
    let short = |degrees: f64| number(&format!("{degrees:.4}")).ok();
    match numbers.next().is_none() && latitude.abs() <= 90.0 && longitude.abs() <= 180.0 {
        true => short(latitude).zip(short(longitude)),
        false => None,
    }
}

#[cfg(test)]
mod tests {
    use super::degrees;

    #[test]
    fn positions_are_short() {
        let short = |text: &str| degrees(text).map(|(north, east)| format!("{north} {east}"));
        assert_eq!(short(" 38.57 68.779\n").as_deref(), Some("38.57 68.779"));
        assert_eq!(short("-0.00001 180").as_deref(), Some("0 180"));
        for wrong in ["", "38.57", "91 0", "0 181", "1 2 3", "north east", "NaN 0", "inf 0"] {
            assert_eq!(short(wrong), None, "{wrong}");
        }
    }
}
