//! Who a request comes from: the socket's other end, or whom a trusted proxy names.

use actix_web::HttpRequest;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

/// The proxies whose word is taken.
#[derive(Debug, Clone)]
pub struct Proxies(Arc<[IpAddr]>);

impl Proxies {
    /// These are trusted.
    pub fn trusted(addresses: &[IpAddr]) -> Self {
        Self(addresses.into())
    }

    /// Whether it is one.
    pub fn include(&self, address: IpAddr) -> bool {
        self.0.contains(&address)
    }

    /// The address of a request's client: the last that a trusted proxy did not write itself, in `X-Forwarded-For`.
    pub fn client(&self, request: &HttpRequest) -> IpAddr {
        let peer = request.peer_addr().map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| peer.ip());
        if !self.include(peer) {
            return peer;
        }
        let headers = request.headers().get_all("x-forwarded-for").filter_map(|value| value.to_str().ok());
        let named: Vec<IpAddr> =
            headers.flat_map(|value| value.split(',')).filter_map(|one| one.trim().parse().ok()).collect();
        named.into_iter().rev().find(|address| !self.include(*address)).unwrap_or(peer)
    }
}
