//! The explorer: GraphiQL at `/`, every byte of it from this binary, under a policy that lets it load nothing else.

use std::sync::LazyLock;

use super::fixed::Fixed;
use actix_web::guard;
use actix_web::http::header;
use actix_web::web::{self, Bytes};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder};
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD, Engine};
use sha2::{Digest, Sha256};

macro_rules! built {
    ($name:literal) => {
        include_bytes!(concat!(env!("OUT_DIR"), "/explorer/", $name)).as_slice()
    };
}

static PAGE: &str = include_str!(concat!(env!("OUT_DIR"), "/explorer/index.html"));

/// Name, content type and content of each file beside the page.
static ASSETS: [(&str, &str, &[u8]); 9] = [
    ("examples.graphql", "text/plain; charset=utf-8", built!("examples.graphql")),
    ("explorer.css", CSS, built!("explorer.css")),
    ("explorer.js", JAVASCRIPT, built!("explorer.js")),
    ("graphiql.min.css", CSS, built!("graphiql.min.css")),
    ("graphiql.min.js", JAVASCRIPT, built!("graphiql.min.js")),
    ("icon.svg", "image/svg+xml", built!("icon.svg")),
    ("react-dom.production.min.js", JAVASCRIPT, built!("react-dom.production.min.js")),
    ("react.production.min.js", JAVASCRIPT, built!("react.production.min.js")),
    ("table.js", JAVASCRIPT, built!("table.js")),
];
const CSS: &str = "text/css; charset=utf-8";
const JAVASCRIPT: &str = "text/javascript; charset=utf-8";

/// A hash of the assets, part of their address, so that browsers may keep them for good.
static VERSION: LazyLock<String> = LazyLock::new(|| {
    let hash = ASSETS.iter().fold(Sha256::new(), |hash, (_, _, content)| hash.chain_update(content)).finalize();
    BASE64_URL_SAFE_NO_PAD.encode(&hash[..12])
});

/// Serves the page at `/` and its assets under `/explorer/`; none of it needs a key.
pub fn routes(config: &mut web::ServiceConfig) {
    let read = || web::route().guard(guard::Any(guard::Get()).or(guard::Head()));
    config.route("/", read().to(page)).route("/explorer/{version}/{name}", read().to(asset));
}

async fn page() -> HttpResponse {
    let nonce = BASE64_STANDARD.encode(rand::random::<[u8; 16]>());
    // GraphiQL adds style elements for its dialogs, and has its fonts and some images in data: addresses.
    let policy = format!(
        "default-src 'none'; script-src 'self'; style-src 'self' 'nonce-{nonce}'; connect-src 'self'; \
         img-src 'self' data:; font-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    );
    let assets = format!("explorer/{}", *VERSION);
    response("no-store", &policy)
        .content_type("text/html; charset=utf-8")
        .body(PAGE.replace("{nonce}", &nonce).replace("{assets}", &assets))
}

/// The contents of the assets, in their order.
static CONTENTS: LazyLock<Vec<Fixed>> =
    LazyLock::new(|| ASSETS.iter().map(|(.., content)| Fixed::of(Bytes::from_static(content))).collect());

async fn asset(request: HttpRequest, path: web::Path<(String, String)>) -> HttpResponse {
    let (version, name) = path.into_inner();
    let found = ASSETS.iter().zip(CONTENTS.iter()).find(|((known, ..), _)| *known == name && version == *VERSION);
    match found {
        Some(((_, content_type, _), content)) => {
            let mut response =
                response("public, max-age=31536000, immutable", "default-src 'none'; frame-ancestors 'none'");
            response.content_type(*content_type);
            content.answer(&request, response)
        }
        None => HttpResponse::NotFound().finish(),
    }
}

fn response(cache: &'static str, policy: &str) -> HttpResponseBuilder {
    let mut response = HttpResponse::Ok();
    response
        .insert_header((header::CACHE_CONTROL, cache))
        .insert_header((header::CONTENT_SECURITY_POLICY, policy))
        .insert_header((header::REFERRER_POLICY, "no-referrer"))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::{App, test};

    #[actix_web::test]
    async fn each_page_has_its_own_nonce_and_every_asset_that_it_names_is_served() {
        let app = test::init_service(App::new().configure(routes)).await;
        let mut nonces = Vec::new();
        for _ in 0..2 {
            let page = test::call_service(&app, test::TestRequest::get().uri("/").to_request()).await;
            let policy = page.headers().get(header::CONTENT_SECURITY_POLICY).unwrap().to_str().unwrap().to_owned();
            let nonce = policy.split("'nonce-").nth(1).unwrap().split('\'').next().unwrap().to_owned();
            let body = String::from_utf8(test::read_body(page).await.to_vec()).unwrap();
            assert!(body.contains(&format!("nonce=\"{nonce}\"")));
            for name in body.split("\"explorer/").skip(1).map(|rest| rest.split('"').next().unwrap()) {
                let request = test::TestRequest::get().uri(&format!("/explorer/{name}")).to_request();
                assert!(test::call_service(&app, request).await.status().is_success(), "{name}");
            }
            nonces.push(nonce);
        }
        assert_ne!(nonces[0], nonces[1]);
    }
}
