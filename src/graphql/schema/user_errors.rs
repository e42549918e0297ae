//! What a mutation answers if it changes nothing, and how it is done once only.

use crate::domain::Id;
use crate::domain::client::Role;
use crate::domain::purpose::Purpose;
use crate::graphql::engine::request_context::RequestContext;
use crate::policy::api_key;
use crate::store::agreement::changes::Earlier;
use crate::store::{ReadSession, Result, StoreError, WriteSession};
use async_graphql::{Enum, Error, SimpleObject};
use chrono::NaiveDate;
use std::fmt::Debug;

/// Why nothing was changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub enum UserErrorCode {
    /// There is no such thing, or it is not to be seen.
    NotFound,
    /// The client's role or agency does not allow it.
    NotAllowed,
    /// The value cannot be.
    Invalid,
    /// The value is another's already.
    Taken,
    /// It was changed since it was read.
    Conflict,
    /// It cannot be done to what stands where this does.
    WrongStatus,
    /// The idempotency key was used for another request.
    IdempotencyKeyReused,
}

/// What is wrong with a mutation's input; nothing was changed.
#[derive(Debug, Clone, SimpleObject)]
pub struct UserError {
    /// The input's field, by its path; null if no single one is to blame.
    field: Option<String>,
    /// What is wrong.
    code: UserErrorCode,
    /// The same in words, with what would be right.
    message: String,
}

impl UserError {
    /// What is wrong with a field.
    pub fn at(field: &str, code: UserErrorCode, message: impl Into<String>) -> Self {
        Self { field: Some(field.to_owned()), code, message: message.into() }
    }

    /// What is wrong with a field that cannot be read.
    pub fn invalid(field: &str, error: &impl ToString) -> Self {
        Self::at(field, UserErrorCode::Invalid, error.to_string())
    }

    /// What is wrong as a whole.
    pub fn of(code: UserErrorCode, message: impl Into<String>) -> Self {
        Self { field: None, code, message: message.into() }
    }
}

/// A day on which something was so: not in the future, and not before what came first.
///
/// # Errors
/// If it lies elsewhere, with the days that it may be.
pub fn check_day(session: &WriteSession, field: &str, on: NaiveDate, earliest: NaiveDate) -> Attempt<()> {
    let today = session.viewer().today;
    match (earliest.min(today)..=today).contains(&on) {
        true => Ok(()),
        false => {
            let message = format!("give a day from {earliest} to {today}");
            Err(UserError::at(field, UserErrorCode::Invalid, message).into())
        }
    }
}

/// Declares the payloads of mutations that change one kind of thing: it, or why nothing was changed.
macro_rules! payloads {
    ($field:ident: $type:ty = $what:literal; $($(#[doc = $about:literal])+ $name:ident;)+) => {$(
        $(#[doc = $about])+
        #[derive(async_graphql::SimpleObject)]
        pub struct $name {
            #[doc = $what]
            $field: Option<$type>,
            /// What is wrong with the input; none if the change was made.
            user_errors: Vec<$crate::graphql::schema::user_errors::UserError>,
        }

        impl From<Result<Option<$type>, Vec<$crate::graphql::schema::user_errors::UserError>>> for $name {
            fn from(changed: Result<Option<$type>, Vec<$crate::graphql::schema::user_errors::UserError>>) -> Self {
                match changed {
                    Ok($field) => Self { $field, user_errors: Vec::new() },
                    Err(user_errors) => Self { $field: None, user_errors },
                }
            }
        }
    )+};
}
pub(in crate::graphql) use payloads;

/// What a change comes to: the key of what it made or changed, or why there is none.
pub type Changed<T> = Result<Id<T>, Vec<UserError>>;

/// Why a change is not made.
#[derive(Debug)]
pub enum NotChanged {
    /// The input is wrong.
    Wrong(Vec<UserError>),
    /// The database failed.
    Failed(StoreError),
}

impl NotChanged {
    /// The same, said to be about somebody else than the one who was named.
    pub fn about(self, whom: &str) -> Self {
        match self {
            Self::Wrong(errors) => {
                let about = |error: UserError| UserError { message: format!("{whom}: {}", error.message), ..error };
                Self::Wrong(errors.into_iter().map(about).collect())
            }
            Self::Failed(error) => Self::Failed(error),
        }
    }
}

impl From<UserError> for NotChanged {
    fn from(error: UserError) -> Self {
        Self::Wrong(vec![error])
    }
}

impl From<Vec<UserError>> for NotChanged {
    fn from(errors: Vec<UserError>) -> Self {
        Self::Wrong(errors)
    }
}

impl From<StoreError> for NotChanged {
    fn from(error: StoreError) -> Self {
        Self::Failed(error)
    }
}

/// What a step of a change comes to.
pub type Attempt<T> = std::result::Result<T, NotChanged>;

/// A change as [`once`] takes it.
///
/// # Errors
/// If the database failed.
pub fn settled<T>(attempt: Attempt<T>) -> Result<std::result::Result<T, Vec<UserError>>> {
    match attempt {
        Ok(done) => Ok(Ok(done)),
        Err(NotChanged::Wrong(errors)) => Ok(Err(errors)),
        Err(NotChanged::Failed(error)) => Err(error),
    }
}

/// A change of what the agency itself keeps, made once and whole by those who may; then what it became is read, as the viewer sees it.
///
/// # Errors
/// As [`once`].
pub fn changed<T: 'static, N>(
    request_context: &RequestContext,
    (idempotency_key, request): (Option<&str>, &impl Debug),
    who: &Allowed<'_>,
    work: impl FnOnce(&mut WriteSession) -> Attempt<Id<T>>,
    read: impl FnOnce(&mut ReadSession, Id<T>) -> Result<Option<N>>,
) -> Result<std::result::Result<Option<N>, Vec<UserError>>, Error> {
    let viewer = request_context.viewer();
    if !who.roles.contains(&viewer.client.role) || who.purpose.is_some_and(|purpose| purpose != viewer.purpose) {
        return Ok(Err(vec![UserError::of(UserErrorCode::NotAllowed, who.otherwise)]));
    }
    let work = |session: &mut WriteSession| session.attempt(|session| settled(work(session)));
    match once(request_context, idempotency_key, request, work)? {
        Ok(key) => Ok(Ok(request_context.read(|session| read(session, key))?)),
        Err(errors) => Ok(Err(errors)),
    }
}

/// Who may make a change.
pub struct Allowed<'a> {
    /// The roles of clients.
    pub roles: &'a [Role],
    /// The purpose, if one is needed.
    pub purpose: Option<Purpose>,
    /// What others are told.
    pub otherwise: &'a str,
}

/// The most characters of an idempotency key.
const MAX_KEY: usize = 64;

/// Changes something once: the same request under the same idempotency key gives what the first one gave.
///
/// # Errors
/// If the request's time is over, its client has gone, the session only reads, or the database fails.
pub fn once<T: 'static>(
    request_context: &RequestContext,
    idempotency_key: Option<&str>,
    request: &impl Debug,
    change: impl FnOnce(&mut WriteSession) -> Result<Changed<T>>,
) -> Result<Changed<T>, Error> {
    let Some(key) = idempotency_key else { return request_context.change(change) };
    if key.is_empty() || key.chars().count() > MAX_KEY || key.contains('\0') {
        let message = format!("expected 1 to {MAX_KEY} characters");
        return Ok(Err(vec![UserError::at("idempotencyKey", UserErrorCode::Invalid, message)]));
    }
    let request = api_key::hash(&format!("{request:?}"));
    request_context.change(|session| {
        match session.earlier(key, &request)? {
            Some(Earlier::Same(result)) => return Ok(Ok(result)),
            Some(Earlier::Other) => {
                let message = "this key was used for another request; use a new one";
                return Ok(Err(vec![UserError::at("idempotencyKey", UserErrorCode::IdempotencyKeyReused, message)]));
            }
            None => {}
        }
        let changed = change(session)?;
        if let Ok(result) = changed {
            session.remember(key, &request, result)?;
        }
        Ok(changed)
    })
}
