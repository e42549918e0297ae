//! A body as it arrives: in time, not too long, and only as much of all that its client sends as is kept at once.

use super::bodies::MAX_BYTES;
use crate::service::allowance::Held;
use actix_web::web::{BytesMut, Payload};
use futures_util::StreamExt;
use std::time::Duration;

/// How long a body may take to arrive.
const MAX_TIME: Duration = Duration::from_secs(15);

/// Why there is no body.
pub enum Cut {
    /// It has too many bytes, or its sender has gone.
    TooLong,
    /// It did not arrive in time.
    Late,
    /// It was not kept.
    TooMany,
}

/// A body, and what counts it. Whatever may not be kept is read all the same, so that its sender hears why.
///
/// # Errors
/// If it is cut, with why.
pub async fn receive(payload: Payload, held: Option<Held>) -> Result<(BytesMut, Held), Cut> {
    tokio::time::timeout(MAX_TIME, read(payload, held)).await.map_err(|_| Cut::Late)?
}

async fn read(mut payload: Payload, held: Option<Held>) -> Result<(BytesMut, Held), Cut> {
    let mut kept = held.map(|held| (BytesMut::new(), held));
    let mut bytes = 0;
    while let Some(piece) = payload.next().await {
        let piece = piece.map_err(|_| Cut::TooLong)?;
        bytes += piece.len();
        if bytes > MAX_BYTES {
            return Err(Cut::TooLong);
        }
        kept = kept.and_then(|(mut body, mut held)| {
            let may_be_kept = held.grow(piece.len());
            body.extend_from_slice(&piece);
            may_be_kept.then_some((body, held))
        });
    }
    kept.ok_or(Cut::TooMany)
}
