//! One request and its answer on a socket: both have deadlines, and a socket whose request was not read to its end is closed.

use super::connections::Connection;
use super::request_id;
use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::error::PayloadError;
use actix_web::http::ConnectionType;
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage, HttpResponse, web};
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
    let connection = Asked::over(request.conn_data::<Arc<Connection>>());
    let payload = Rc::new(RefCell::new(request.take_payload()));
    let unread = Unread { payload, connection: connection.0.clone() };
    request.set_payload(Payload::Stream { payload: Box::pin(unread.clone()) });
    let id = request_id::of(request.headers());
    let span = tracing::info_span!("request", id = id.to_str().unwrap_or_default());
    let mut response = match connection.0.as_ref().is_some_and(|connection| connection.ends()) {
        true => request.into_response(HttpResponse::ServiceUnavailable().force_close().finish()).map_into_boxed_body(),
        false => next.call(request).instrument(span).await?.map_into_boxed_body(),
    };
    response.headers_mut().insert(request_id::HEADER, id);
    if let Some(connection) = &connection.0 {
        if !connection.is_of_client() {
            response.response_mut().head_mut().set_connection_type(ConnectionType::Close);
        }
        connection.is_answered(response.response().head().connection_type() == ConnectionType::Close);
    }
    Ok(response.map_body(|_, body| Taken { body: body.boxed(), _unread: unread, _connection: connection }))
}

/// What comes of a request's body. As long as this is kept, the server knows whether it was read to its end.
#[derive(Clone)]
struct Unread {
    payload: Rc<RefCell<Payload>>,
    connection: Option<Arc<Connection>>,
}

impl Stream for Unread {
    type Item = Result<web::Bytes, PayloadError>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let next = Pin::new(&mut *self.payload.borrow_mut()).poll_next(context);
        if let Some(connection) = &self.connection {
            match next {
                Poll::Ready(None | Some(Err(_))) => connection.has_arrived(),
                Poll::Ready(Some(Ok(_))) | Poll::Pending => connection.is_received(),
            }
        }
        next
    }
}

/// An answer's body until it is taken.
pub struct Taken {
    body: BoxBody,
    _unread: Unread,
    _connection: Asked,
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

/// A socket over which something is asked, until its answer is taken.
struct Asked(Option<Arc<Connection>>);

impl Asked {
    fn over(connection: Option<&Arc<Connection>>) -> Self {
        connection.inspect(|connection| connection.is_asked());
        Self(connection.cloned())
    }
}

impl Drop for Asked {
    fn drop(&mut self) {
        if let Some(connection) = &self.0 {
            connection.is_free();
        }
    }
}
