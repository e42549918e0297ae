//! Who a request comes from: the socket's other end, or whom a trusted proxy names.

use actix_web::HttpRequest;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

/// The proxies whose word is taken.
#[derive(Debug, Clone)]
pub struct Proxies(Arc<[IpAddr]>);

impl Proxies {
    /// These are trusted.
    pub fn trusted(addresses: &[IpAddr]) -> Self {
        Self(addresses.iter().map(IpAddr::to_canonical).collect())
    }

    /// Whether it is one.
    pub fn include(&self, address: IpAddr) -> bool {
        self.0.contains(&address.to_canonical())
    }

    /// The address of a request's client: the last in `X-Forwarded-For` that is no trusted proxy's. What comes before one that cannot be
    /// read, the client may have written itself.
    pub fn client(&self, request: &HttpRequest) -> IpAddr {
        let peer = request.peer_addr().map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| peer.ip().to_canonical());
        let headers = request.headers().get_all("x-forwarded-for").map(|value| value.to_str().unwrap_or_default());
        let named: Vec<&str> = headers.flat_map(|value| value.split(',')).collect();
        let mut nearest = peer;
        for named in named.into_iter().rev().map(address) {
            match named {
                Some(named) if self.include(nearest) => nearest = named,
                _ => break,
            }
        }
        nearest
    }
}

/// An address as proxies write it: with a port or without, of IPv6 in brackets or not.
fn address(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    let with_port = || text.parse::<SocketAddr>().ok().map(|address| address.ip());
    let in_brackets = || text.strip_prefix('[')?.strip_suffix(']')?.parse().ok();
    text.parse().ok().or_else(with_port).or_else(in_brackets).map(|address: IpAddr| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    #[test]
    fn a_client_is_whom_a_trusted_proxy_names() {
        let proxies = Proxies::trusted(&["10.0.0.1".parse().unwrap(), "10.0.0.2".parse().unwrap()]);
        for (peer, named, client) in [
            ("9.9.9.9:1", "1.1.1.1", "9.9.9.9"),
            ("10.0.0.1:1", "", "10.0.0.1"),
            ("10.0.0.1:1", "1.1.1.1, 2.2.2.2", "2.2.2.2"),
            ("10.0.0.1:1", "1.1.1.1, 2.2.2.2, 10.0.0.2", "2.2.2.2"),
            ("10.0.0.1:1", "1.1.1.1, 8.8.4.5:1234", "8.8.4.5"),
            ("10.0.0.1:1", "1.1.1.1, [2001:db8::1]", "2001:db8::1"),
            ("10.0.0.1:1", "1.1.1.1, [2001:db8::1]:80", "2001:db8::1"),
            ("10.0.0.1:1", "1.1.1.1, unknown", "10.0.0.1"),
            ("[::ffff:10.0.0.1]:1", "1.1.1.1", "1.1.1.1"),
        ] {
            let request = TestRequest::default().peer_addr(peer.parse().unwrap());
            let request = request.insert_header(("x-forwarded-for", named)).to_http_request();
            assert_eq!(proxies.client(&request), client.parse::<IpAddr>().unwrap(), "{peer} {named}");
        }
    }
}
