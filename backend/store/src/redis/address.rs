//! Where Redis is, as a setting says it.
use std::fmt::{Debug, Formatter};

use redis::IntoConnectionInfo;

const CLUSTERS: [(&str, &str); 2] = [("redis-cluster://", "redis://"), ("rediss-cluster://", "rediss://")];

/// One server or the nodes of a cluster; may hold a password, so it shows nothing of itself.
#[derive(Clone)]
pub struct RedisAddress {
    pub(super) nodes: Vec<String>,
    pub(super) cluster: bool,
}

impl Debug for RedisAddress {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        f.write_str("RedisAddress(…)")
    }
}

impl RedisAddress {
    /// What a readable address is, for people.
    pub const EXPECTED: &str = "redis://, rediss:// (TLS), unix:// or redis-cluster://, rediss-cluster:// \
         with host:port,host:port";

    /// Reads an address. None when it is not [`RedisAddress::EXPECTED`].
    pub fn parse(text: &str) -> Option<RedisAddress> {
        let cluster = CLUSTERS.iter().find_map(|(cluster, one)| Some((text.strip_prefix(cluster)?, *one)));
        let nodes = match cluster {
            Some((rest, scheme)) => nodes(rest, scheme),
            None => vec![text.to_owned()],
        };
        let readable = nodes.iter().all(|node| node.as_str().into_connection_info().is_ok());
        readable.then_some(RedisAddress { nodes, cluster: cluster.is_some() })
    }
}

/// Each node with the user and password that stand before the first.
fn nodes(rest: &str, scheme: &str) -> Vec<String> {
    let (user, hosts) = match rest.rsplit_once('@') {
        Some((user, hosts)) => (format!("{user}@"), hosts),
        None => (String::new(), rest),
    };
    hosts.trim_end_matches('/').split(',').map(|host| format!("{scheme}{user}{host}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_one_server_or_a_cluster() {
        let nodes = |text| RedisAddress::parse(text).map(|address| (address.nodes, address.cluster));
        let one = |text: &str| Some((vec![text.to_owned()], false));
        assert_eq!(nodes("redis://db/3"), one("redis://db/3"));
        assert_eq!(nodes("rediss://app:pw@db:6380"), one("rediss://app:pw@db:6380"));
        assert_eq!(nodes("unix:///run/redis.sock"), one("unix:///run/redis.sock"));
        assert_eq!(
            nodes("rediss-cluster://app:pw@a:1,b:2/"),
            Some((vec!["rediss://app:pw@a:1".to_owned(), "rediss://app:pw@b:2".to_owned()], true))
        );
        for wrong in [
            "",
            "db:6379",
            "http://db",
            "redis://",
            "redis://db/x",
            "redis-cluster://",
            "redis-cluster://a,,b",
        ] {
            assert!(nodes(wrong).is_none(), "{wrong}");
        }
        assert!(!format!("{:?}", RedisAddress::parse("redis://a:hunter2@b")).contains("hunter2"));
    }
}
