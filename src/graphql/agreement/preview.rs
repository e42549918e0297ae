//! What a recipient would see, before an agreement is signed.

use super::terms::{AgreementTerms, Known, field_of};
use crate::domain::category::DataCategory;
use crate::domain::client::Role;
use crate::domain::country::CountryCode;
use crate::domain::purpose::Purpose;
use crate::graphql::engine::errors::Code;
use crate::graphql::engine::request_context::RequestContext;
use crate::graphql::engine::selected::Selected;
use crate::graphql::individual::Individual;
use crate::graphql::schema::ids;
use crate::graphql::schema::user_errors::{UserError, UserErrorCode};
use crate::graphql::statistics::preview::{self, StatisticsPreview};
use crate::policy::Reveal;
use async_graphql::{Context, Error, ID, InputObject, SimpleObject};
use std::collections::BTreeSet;
use std::sync::Arc;

/// What a preview takes.
#[derive(Debug, InputObject)]
pub struct AgreementPreviewInput {
    /// The terms; the viewer's agency is their provider.
    terms: AgreementTerms,
    /// The agreement that it would replace, if it is a new version.
    agreement_id: Option<ID>,
}

/// What the recipient would see, were the agreement in force today; or what is wrong with the terms.
#[derive(SimpleObject, Default)]
pub struct AgreementPreviewPayload {
    /// What it would see; null if the terms are wrong.
    preview: Option<AgreementPreview>,
    /// What is wrong with the terms.
    user_errors: Vec<UserError>,
}

/// What a recipient would see of the viewer's own records.
#[derive(SimpleObject)]
pub struct AgreementPreview {
    /// How many people the agreement would cover.
    people: i64,
    /// How many of them no agreement in force covers for this recipient and purpose.
    newly_shared: i64,
    /// The people by nationality.
    by_nationality: Vec<NationalityCount>,
    /// The people by exact place.
    by_place: Vec<PlaceCount>,
    /// Names of the fields of an individual that it would reveal; none at level STATISTICS.
    fields: Vec<String>,
    /// Whether dates would be given as 1 January of their year.
    dates_by_year: bool,
    /// What the mere presence of a person would tell, whatever fields are revealed.
    presence_tells: Vec<String>,
    /// What would be released of its statistics tables; null without any.
    statistics: Option<StatisticsPreview>,
    /// Up to five of the viewer's own records with the fields that the recipient would get; cases and programmes below them
    /// as the viewer sees them. None at level STATISTICS.
    sample: Vec<Individual>,
}

/// How many people have a nationality.
#[derive(SimpleObject)]
pub struct NationalityCount {
    /// The nationality; null if it is unknown.
    nationality: Option<CountryCode>,
    /// How many people.
    people: i64,
}

/// How many people are at a place.
#[derive(SimpleObject)]
pub struct PlaceCount {
    /// P-code; null if the exact place is unknown.
    code: Option<String>,
    /// How many people.
    people: i64,
}

/// Previews an agreement for its provider.
pub(in crate::graphql) fn preview(
    context: &Context<'_>,
    input: &AgreementPreviewInput,
) -> Result<AgreementPreviewPayload, Error> {
    let request_context = RequestContext::of(context);
    let viewer = request_context.viewer();
    if viewer.client.role != Role::DataOfficer || viewer.purpose != Purpose::CaseManagement {
        let message = "previews are for the provider's clients with the role DATA_OFFICER, under CASE_MANAGEMENT";
        return Err(Code::Forbidden.error(message));
    }
    let known = request_context.read(|session| Known::of(session, &input.terms))?;
    let replaced =
        input.agreement_id.as_ref().map(|id| ids::open(request_context, "input.agreementId", id)).transpose()?;
    let draft = match input.terms.draft(&known, replaced) {
        Ok(draft) => draft,
        Err(user_errors) => return Ok(AgreementPreviewPayload { preview: None, user_errors }),
    };
    if draft.provider_id != viewer.agency.id {
        return Err(Code::Forbidden.at("input.terms.providerCode", "previews are of the agency's own records"));
    }
    if let Err(refused) = request_context.read(|session| session.check_beside(&draft))? {
        let refused = UserError::at(field_of(&refused), UserErrorCode::Invalid, refused.to_string());
        return Ok(AgreementPreviewPayload { preview: None, user_errors: vec![refused] });
    }
    let Some(found) = request_context.read(|session| session.preview(&draft))? else {
        return Err(Code::Internal.error("an agency is missing"));
    };
    let reveal = Reveal::by(&draft);
    let revealed: BTreeSet<DataCategory> =
        draft.categories.iter().copied().filter(|category| reveal.reveals(*category)).collect();
    let selected = context.data_unchecked::<Arc<Selected>>();
    let nationality = |(nationality, people)| NationalityCount { nationality, people };
    let preview = AgreementPreview {
        people: found.people,
        newly_shared: found.newly_shared,
        by_nationality: found.by_nationality.into_iter().map(nationality).collect(),
        by_place: found.by_place.into_iter().map(|(code, people)| PlaceCount { code, people }).collect(),
        fields: selected.fields_of("Individual", &revealed),
        dates_by_year: !reveal.is_identified(),
        presence_tells: draft.scope.presence_tells(),
        statistics: preview::of(&draft, found.tables, (found.other_figures, found.first_release_from))?,
        sample: found.sample.into_iter().map(Individual).collect(),
    };
    Ok(AgreementPreviewPayload { preview: Some(preview), user_errors: Vec::new() })
}
