//! Whose address a request came from. What a header says counts only as far as trusted proxies wrote it: each appends the
//! address that it was asked from, so the right-most one that is not a trusted proxy is the client's, and whatever stands left of
//! it the client may have made up.
use std::net::{IpAddr, SocketAddr};

use actix_web::http::header::{FORWARDED, HeaderMap, HeaderName, X_FORWARDED_FOR};
use ipnet::IpNet;

/// The address of the client, given the peer and the proxies that are trusted.
pub(super) fn client(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> IpAddr {
    let peer = peer.to_canonical();
    let told = |name, read| right_most(peer, values(headers, name, read), trusted);
    match (headers.contains_key(X_FORWARDED_FOR), headers.contains_key(FORWARDED)) {
        (false, false) => peer,
        (true, false) => told(X_FORWARDED_FOR, listed),
        (false, true) => told(FORWARDED, forwarded),
        // A proxy writes one of the two and may let the other pass as the client sent it: believed only when they agree.
        (true, true) => {
            let client = told(X_FORWARDED_FOR, listed);
            if told(FORWARDED, forwarded) == client { client } else { peer }
        }
    }
}

/// From the peer leftwards as long as the hop is a trusted proxy. A hop that does not name an address ends the way.
fn right_most(peer: IpAddr, hops: Vec<Option<IpAddr>>, trusted: &[IpNet]) -> IpAddr {
    let is_trusted = |address: IpAddr| trusted.iter().any(|network| network.contains(&address));
    let mut client = peer;
    for hop in hops.into_iter().rev() {
        match hop {
            Some(address) if is_trusted(client) => client = address.to_canonical(),
            Some(_) | None => return client,
        }
    }
    client
}

type Read = fn(&str) -> Option<IpAddr>;

fn values(headers: &HeaderMap, name: HeaderName, read: Read) -> Vec<Option<IpAddr>> {
    let texts = headers.get_all(name).map(|value| value.to_str().unwrap_or_default());
    texts.flat_map(|text| text.split(',')).map(|hop| read(hop.trim())).collect()
}

/// An element of `X-Forwarded-For`; some proxies write the port, too.
fn listed(hop: &str) -> Option<IpAddr> {
    let bare = hop.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(hop);
    bare.parse().ok().or_else(|| hop.parse().ok().map(|address: SocketAddr| address.ip()))
}

/// An element of `Forwarded` (RFC 7239), such as `for="[2001:db8::7]:4711";proto=https`.
fn forwarded(hop: &str) -> Option<IpAddr> {
    let pairs = hop.split(';').filter_map(|pair| pair.trim().split_once('='));
    let (_, node) = pairs.into_iter().find(|(name, _)| name.eq_ignore_ascii_case("for"))?;
    listed(node.trim_matches('"'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::http::header::HeaderValue;

    fn seen(peer: &str, sent: &[(HeaderName, &str)]) -> String {
        let mut headers = HeaderMap::new();
        for (name, value) in sent {
            headers.append(name.clone(), HeaderValue::from_str(value).unwrap());
        }
        let trusted: Vec<IpNet> = ["10.0.0.0/8", "fd00::/8"].map(|text| text.parse().unwrap()).into();
        client(peer.parse().unwrap(), &headers, &trusted).to_string()
    }

    #[test]
    fn a_list_is_believed_as_far_as_trusted_proxies_wrote_it() {
        let table = [
            ("10.0.0.1", "192.0.2.7", "192.0.2.7"),
            ("::ffff:10.0.0.1", "192.0.2.7", "192.0.2.7"),
            ("192.0.2.1", "192.0.2.7", "192.0.2.1"),
            ("10.0.0.1", "198.51.100.1, 192.0.2.7", "192.0.2.7"),
            ("10.0.0.1", "198.51.100.1, 192.0.2.7, 10.0.0.2", "192.0.2.7"),
            ("10.0.0.1", "10.0.0.3,10.0.0.2", "10.0.0.3"),
            ("10.0.0.1", "192.0.2.7:4711", "192.0.2.7"),
            ("fd00::1", "[2001:db8::7]:4711", "2001:db8::7"),
            ("fd00::1", "2001:db8::7", "2001:db8::7"),
            ("10.0.0.1", "192.0.2.7, unknown", "10.0.0.1"),
            ("10.0.0.1", "192.0.2.7, unknown, 10.0.0.2", "10.0.0.2"),
            ("10.0.0.1", "", "10.0.0.1"),
        ];
        for (peer, header, expected) in table {
            assert_eq!(seen(peer, &[(X_FORWARDED_FOR, header)]), expected, "{peer} {header}");
        }
        let lines = [(X_FORWARDED_FOR, "192.0.2.9, 192.0.2.7"), (X_FORWARDED_FOR, "10.0.0.2")];
        assert_eq!(seen("10.0.0.1", &lines), "192.0.2.7");
    }

    #[test]
    fn the_standard_header_is_read_too() {
        let table = [
            ("for=192.0.2.7", "192.0.2.7"),
            ("For=\"192.0.2.7:80\";proto=https;by=10.0.0.1", "192.0.2.7"),
            ("proto=http;for=\"[2001:db8::7]:4711\"", "2001:db8::7"),
            ("for=198.51.100.1, for=192.0.2.7, for=10.0.0.2", "192.0.2.7"),
            ("for=198.51.100.1, for=_hidden, for=10.0.0.2", "10.0.0.2"),
            ("by=10.0.0.2", "10.0.0.1"),
        ];
        for (header, expected) in table {
            assert_eq!(seen("10.0.0.1", &[(FORWARDED, header)]), expected, "{header}");
        }
    }

    #[test]
    fn a_second_header_that_says_otherwise_makes_nobody_else_of_the_client() {
        let both = |told: &str| {
            seen("10.0.0.1", &[(X_FORWARDED_FOR, "192.0.2.7"), (FORWARDED, &format!("for={told}"))])
        };
        assert_eq!(both("192.0.2.7"), "192.0.2.7");
        assert_eq!(both("198.51.100.1"), "10.0.0.1");
    }
}
