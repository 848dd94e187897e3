//! The pages that the program serves itself. What a browser makes of them is tested in `web/tests`.
use crate::support::http::{Reply, get, send};
use crate::support::world::World;

fn header<'r>(reply: &'r Reply, name: &str) -> &'r str {
    let lines = || reply.head.lines().filter_map(|line| line.split_once(": "));
    lines().find(|(found, _)| *found == name).map_or("", |(_, value)| value)
}

/// The program may have been built without its pages, and then says how to get them.
#[tokio::test(flavor = "multi_thread")]
async fn graphiql_and_its_assets_come_from_this_server() {
    let world = World::new().await;
    let page = get(world.address(), "/graphiql").await;
    if !std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../web/dist/graphiql.html").exists() {
        assert_eq!(page.status, 404);
        assert!(page.body.contains("make web"), "{}", page.body);
        return;
    }
    assert_eq!((page.status, header(&page, "cache-control")), (200, "no-cache"));
    let policy = header(&page, "content-security-policy");
    assert!(policy.starts_with("default-src 'self'; ") && !policy.contains("http"), "{policy}");
    let named = page.body.split(['"', '\'']).filter(|text| text.contains('/') && !text.contains('\n'));
    let named: Vec<&str> = named.filter(|text| !text.contains(' ')).collect();
    assert!(named.len() >= 3, "{}", page.body);
    for asset in named {
        assert!(asset.starts_with("/assets/"), "{asset} is not of this server");
        let found = get(world.address(), asset).await;
        assert_eq!(found.status, 200, "{asset}");
        assert!(header(&found, "cache-control").ends_with("immutable"), "{asset}: {}", found.head);
        let kind = header(&found, "content-type");
        let ending = asset.rsplit('.').next().unwrap().replace("js", "javascript");
        assert!(kind.contains(&ending), "{asset} is {kind}");
    }
    let tag = header(&page, "etag");
    let again = send(world.address(), "GET /graphiql", &[("if-none-match", tag)], b"").await;
    assert_eq!((again.status, again.body.as_str()), (304, ""));
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_but_an_asset_is_an_asset() {
    let world = World::new().await;
    for path in ["/assets/", "/assets/none.js", "/assets/..%2fgraphiql.html", "/assets/../graphiql.html"] {
        assert_eq!(get(world.address(), path).await.status, 404, "{path}");
    }
}
