//! One request and its answer on a socket: both have deadlines, and a socket whose request was not read to its end is closed.

use super::connections::Connection;
use super::request_id;
use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::error::PayloadError;
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage, web};
use futures_util::Stream;
use std::cell::RefCell;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll};
use tracing::Instrument;

/// Goes around every route.
///
/// # Errors
/// If `next` fails.
pub async fn exchange(
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<Taken>, Error> {
    let unread = Unread(Rc::new(RefCell::new(request.take_payload())));
    request.set_payload(Payload::Stream { payload: Box::pin(unread.clone()) });
    let connection = request.conn_data::<Arc<Connection>>().cloned();
    if let Some(connection) = &connection {
        connection.is_asked();
    }
    let id = request_id::of(request.headers());
    let span = tracing::info_span!("request", id = id.to_str().unwrap_or_default());
    let mut response = next.call(request).instrument(span).await?;
    response.headers_mut().insert(request_id::HEADER, id);
    if let Some(connection) = &connection {
        connection.is_answered();
    }
    Ok(response.map_body(|_, body| Taken { body: body.boxed(), _unread: unread, connection }))
}

/// What comes of a request's body. As long as this is kept, the server knows whether it was read to its end.
#[derive(Clone)]
struct Unread(Rc<RefCell<Payload>>);

impl Stream for Unread {
    type Item = Result<web::Bytes, PayloadError>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Pin::new(&mut *self.0.borrow_mut()).poll_next(context)
    }
}

/// An answer's body until it is taken.
pub struct Taken {
    body: BoxBody,
    _unread: Unread,
    connection: Option<Arc<Connection>>,
}

impl MessageBody for Taken {
    type Error = <BoxBody as MessageBody>::Error;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<web::Bytes, Self::Error>>> {
        Pin::new(&mut self.body).poll_next(context)
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        if let Some(connection) = &self.connection {
            connection.is_free();
        }
    }
}
