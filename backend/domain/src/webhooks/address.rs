//! Where a webhook may lead. The service sends requests there from inside its own network, so nothing inside may be named.
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use url::{Host, Url};

use crate::errors::{Code, Refusal};

const LENGTH_MAX: usize = 2_000;

/// Which addresses a webhook may lead to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reachable {
    /// The public internet, by https.
    Public,
    /// Any, and http too: for tests and demonstrations.
    Anything,
}

/// Where a webhook leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address(Url);

impl Reachable {
    /// Whether requests may go to that address.
    pub fn allows(self, address: IpAddr) -> bool {
        self == Self::Anything || is_public(address)
    }
}

impl Address {
    /// Reads an address. What its name resolves to is checked when something is sent there. Errors: `WEBHOOK_URL_INVALID`,
    /// `WEBHOOK_ADDRESS`.
    pub fn parse(text: &str, reachable: Reachable) -> Result<Address, Refusal> {
        let invalid = || Refusal::of(Code::WebhookUrlInvalid).at("url");
        let url = Url::parse(text).map_err(|_url| invalid())?;
        let scheme = url.scheme() == "https" || (url.scheme() == "http" && reachable == Reachable::Anything);
        let plain = url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
        if text.len() > LENGTH_MAX || !scheme || !plain {
            return Err(invalid());
        }
        let host = url.host().ok_or_else(invalid)?;
        if reachable == Reachable::Anything || leads_outside(&host) {
            return Ok(Address(url));
        }
        Err(Refusal::of(Code::WebhookAddress).at("url"))
    }

    /// Its text.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// The name or number of its host.
    pub fn host(&self) -> &str {
        self.0.host_str().unwrap_or_default()
    }

    /// The number that it has in place of a name.
    pub fn number(&self) -> Option<IpAddr> {
        match self.0.host()? {
            Host::Domain(_name) => None,
            Host::Ipv4(address) => Some(address.into()),
            Host::Ipv6(address) => Some(address.into()),
        }
    }
}

/// Names without a dot and those that are never public are refused at once, as are numbers.
fn leads_outside(host: &Host<&str>) -> bool {
    const INSIDE: [&str; 6] = ["localhost", "local", "internal", "lan", "home.arpa", "invalid"];
    match host {
        Host::Domain(name) => {
            let name = name.trim_end_matches('.');
            let within = |zone: &&str| name.strip_suffix(*zone).is_some_and(|rest| rest.ends_with('.'));
            name.contains('.') && !INSIDE.iter().any(within)
        }
        Host::Ipv4(address) => is_public((*address).into()),
        Host::Ipv6(address) => is_public((*address).into()),
    }
}

/// Whether an address belongs to the public internet (IANA's registries of special-purpose addresses).
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [first, second, third, _] = address.octets();
    let reserved = match (first, second, third) {
        // This network; the reserved end with broadcast; multicast.
        (0, _, _) | (224.., _, _) => true,
        // Shared by carriers; protocol assignments; the former relay of 6to4; benchmarks.
        (100, 64..=127, _) | (192, 0, 0) | (192, 88, 99) | (198, 18..=19, _) => true,
        (_, _, _) => false,
    };
    !(reserved
        || address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_documentation())
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let [first, second, ..] = address.segments();
    // Only global unicast: what maps to or embeds IPv4, local and multicast addresses lie outside of it.
    let global = (0x2000..=0x3fff).contains(&first);
    // Protocol assignments with Teredo, documentation twice, 6to4.
    let special = (first == 0x2001 && (second < 0x0200 || second == 0x0db8))
        || first == 0x2002
        || (first == 0x3fff && second < 0x1000);
    global && !special
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(text: &str) -> &'static str {
        Address::parse(text, Reachable::Public).map_or_else(|refusal| refusal.code.spec().name, |_| "ok")
    }

    #[test]
    fn an_address_leads_to_the_public_internet_by_https() {
        for good in [
            "https://hooks.example.com/jicai?tenant=7",
            "https://example.com:8443/",
            "https://93.184.216.34/",
            "https://[2606:4700::1111]/",
            "https://医院.example/回调",
        ] {
            assert_eq!(code(good), "ok", "{good}");
        }
        for bad in [
            "",
            "hooks.example.com",
            "http://hooks.example.com/",
            "ftp://hooks.example.com/",
            "https://user@hooks.example.com/",
            "https://:word@hooks.example.com/",
            "https://hooks.example.com/#part",
            &format!("https://example.com/{}", "x".repeat(2_000)),
        ] {
            assert_eq!(code(bad), "WEBHOOK_URL_INVALID", "{bad}");
        }
    }

    #[test]
    fn nothing_inside_may_be_named_in_any_spelling() {
        for bad in [
            "localhost",
            "LOCALHOST.",
            "db",
            "db.internal",
            "printer.local.",
            "127.0.0.1",
            "0x7f.1",
            "2130706433",
            "0177.0.0.1",
            "0.0.0.0",
            "10.0.0.1",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "192.0.0.8",
            "198.18.0.1",
            "203.0.113.7",
            "224.0.0.1",
            "255.255.255.255",
            "[::]",
            "[::1]",
            "[::ffff:10.0.0.1]",
            "[::ffff:93.184.216.34]",
            "[64:ff9b::10.0.0.1]",
            "[fd00::1]",
            "[fe80::1]",
            "[ff02::1]",
            "[2001::1]",
            "[2001:db8::1]",
            "[2002:0a00:1::]",
        ] {
            assert_eq!(code(&format!("https://{bad}/")), "WEBHOOK_ADDRESS", "{bad}");
        }
    }

    #[test]
    fn tests_and_demonstrations_may_name_anything() {
        let inside = Address::parse("http://127.0.0.1:8080/hook", Reachable::Anything).unwrap();
        assert_eq!(inside.number(), Some(IpAddr::from([127, 0, 0, 1])));
        assert!(Reachable::Anything.allows(inside.number().unwrap()));
        assert!(!Reachable::Public.allows(inside.number().unwrap()));
    }
}
