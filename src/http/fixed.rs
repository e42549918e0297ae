//! Bodies that are the same for everybody: there is one of each, and one compressed, however many ask.

use super::bodies::in_pieces;
use actix_web::http::header::{AcceptEncoding, ContentEncoding, Encoding, Header, VARY};
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder};
use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::Write;

/// A body, and the same compressed.
pub struct Fixed {
    plain: Bytes,
    gzip: Bytes,
}

impl Fixed {
    /// A body of these bytes.
    pub fn of(plain: Bytes) -> Self {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        let gzip = encoder.write_all(&plain).and_then(|()| encoder.finish());
        let gzip = Bytes::from(gzip.expect("a vector takes what is written"));
        Self { plain, gzip }
    }

    /// The response that has this body, as the client accepts it.
    pub fn answer(&self, request: &HttpRequest, mut response: HttpResponseBuilder) -> HttpResponse {
        let supported = [Encoding::identity(), Encoding::gzip()];
        let accepted = AcceptEncoding::parse(request).ok().and_then(|accepted| accepted.negotiate(supported.iter()));
        let (coding, body) = match accepted == Some(Encoding::gzip()) {
            true => (ContentEncoding::Gzip, &self.gzip),
            false => (ContentEncoding::Identity, &self.plain),
        };
        response.insert_header(coding).insert_header((VARY, "accept-encoding")).body(in_pieces(body.clone(), None))
    }
}
