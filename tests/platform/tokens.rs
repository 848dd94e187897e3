//! Access tokens that are not what they should be, made by hand.
use ed25519_dalek::{Signer, SigningKey};
use hmac::{Hmac, KeyInit, Mac};
use jicai_domain::ids::{Id, SigningKeyId};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::support::actor::Actor;
use crate::support::http::{get, send};
use crate::support::live::{Heard, Live};
use crate::support::program::{jicai_on, said};
use crate::support::world::{SECRET, World, config};

/// The parts of a good token, to be spoiled.
struct Parts {
    header: Value,
    claims: Value,
    key: SigningKey,
}

impl Parts {
    fn of(token: &str) -> Parts {
        let mut parts =
            token.split('.').map(|part| serde_json::from_slice(&decoded(part)).unwrap_or_default());
        let (header, claims): (Value, Value) = (parts.next().unwrap(), parts.next().unwrap());
        let id = SigningKeyId::parse(header["kid"].as_str().unwrap()).unwrap();
        let mut mac = Hmac::<Sha256>::new_from_slice(&SECRET).unwrap();
        mac.update(b"jicai/1 signing key\n16:");
        mac.update(&id.number().to_be_bytes());
        let seed: [u8; 32] = mac.finalize().into_bytes().into();
        Parts { header, claims, key: SigningKey::from_bytes(&seed) }
    }

    fn signed(&self) -> String {
        let message = self.message();
        format!("{message}.{}", encoded(&self.key.sign(message.as_bytes()).to_bytes()))
    }

    fn message(&self) -> String {
        format!(
            "{}.{}",
            encoded(self.header.to_string().as_bytes()),
            encoded(self.claims.to_string().as_bytes())
        )
    }

    fn with(&self, name: &str, value: Value) -> Parts {
        let mut claims = self.claims.clone();
        claims[name] = value;
        Parts { header: self.header.clone(), claims, key: self.key.clone() }
    }

    fn without(&self, name: &str) -> Parts {
        let mut parts = self.with(name, Value::Null);
        parts.claims.as_object_mut().unwrap().remove(name);
        parts
    }

    fn headed(&self, name: &str, value: Value) -> Parts {
        let mut header = self.header.clone();
        header[name] = value;
        Parts { header, claims: self.claims.clone(), key: self.key.clone() }
    }
}

/// The key that signed an actor's token.
pub(crate) fn key_of(actor: &Actor) -> Value {
    Parts::of(actor.token.as_ref().unwrap()).header["kid"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_subscription_ends_with_its_token() {
    let world = World::new().await;
    let now = std::time::UNIX_EPOCH.elapsed().unwrap().as_secs();
    let short = Parts::of(world.admin().token.as_ref().unwrap()).with("exp", json!(now + 2)).signed();
    let mut live = Live::of(&Actor { token: Some(short), ..world.admin().clone() }).await;
    live.follows(&["OrganizationSuspended"], None).await;
    assert_eq!(live.hears().await, Heard::Closed(4403, "TOKEN_EXPIRED".to_owned()));
    assert!(std::time::UNIX_EPOCH.elapsed().unwrap().as_secs() >= now + 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_is_not_exactly_right_proves_nobody() {
    let world = World::new().await;
    let good = Parts::of(world.admin().token.as_ref().unwrap());
    let now = std::time::UNIX_EPOCH.elapsed().unwrap().as_secs();
    let keyed_hash = {
        let forged = good.headed("alg", json!("HS256"));
        let mut mac = Hmac::<Sha256>::new_from_slice(good.key.verifying_key().as_bytes()).unwrap();
        mac.update(forged.message().as_bytes());
        let tag: [u8; 32] = mac.finalize().into_bytes().into();
        format!("{}.{}", forged.message(), encoded(&tag))
    };
    let stranger = Parts { key: SigningKey::from_bytes(&[9; 32]), ..Parts::of(&good.signed()) };
    let table = [
        ("as it was", good.signed(), "ok"),
        ("expired within the leeway", good.with("exp", json!(now - 1)).signed(), "ok"),
        ("expired before the leeway", good.with("exp", json!(now - 7)).signed(), "TOKEN_EXPIRED"),
        ("not yet valid", good.with("nbf", json!(now + 60)).signed(), "TOKEN_INVALID"),
        ("made in the future", good.with("iat", json!(now + 60)).signed(), "TOKEN_INVALID"),
        ("of another issuer", good.with("iss", json!("other")).signed(), "TOKEN_INVALID"),
        ("for another audience", good.with("aud", json!("other")).signed(), "TOKEN_INVALID"),
        (
            "of a login that is none",
            good.with("sid", json!("ses_00000000000000000000000000000000")).signed(),
            "TOKEN_INVALID",
        ),
        ("of an id of another kind", good.with("sid", good.claims["sub"].clone()).signed(), "TOKEN_INVALID"),
        ("by another's key", stranger.signed(), "TOKEN_INVALID"),
        (
            "by an unknown key",
            good.headed("kid", json!("key_00000000000000000000000000000000")).signed(),
            "TOKEN_INVALID",
        ),
        ("by no key", good.headed("kid", Value::Null).signed(), "TOKEN_INVALID"),
        (
            "without an algorithm",
            format!("{}.", good.headed("alg", json!("none")).message()),
            "TOKEN_INVALID",
        ),
        ("by a hash keyed with the public key", keyed_hash, "TOKEN_INVALID"),
        ("without its signature", format!("{}.", good.message()), "TOKEN_INVALID"),
        ("with a claim changed after signing", changed_after_signing(&good), "TOKEN_INVALID"),
        ("nothing", String::new(), "TOKEN_INVALID"),
        ("no token", "a.b.c".to_owned(), "TOKEN_INVALID"),
    ];
    for (what, token, expected) in table {
        let actor = Actor { token: Some(token), ..world.nobody() };
        assert_eq!(actor.asks("{ me { id } }").await.code(), expected, "{what}");
    }
    for claim in ["iss", "aud", "sub", "sid", "jti", "iat", "nbf", "exp"] {
        let actor = Actor { token: Some(good.without(claim).signed()), ..world.nobody() };
        assert_eq!(actor.asks("{ me { id } }").await.code(), "TOKEN_INVALID", "without {claim}");
    }
}

fn changed_after_signing(good: &Parts) -> String {
    let signed = good.signed();
    let (_, signature) = signed.rsplit_once('.').unwrap();
    format!("{}.{signature}", good.with("jti", json!("other")).message())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_header_that_is_no_bearer_token_is_refused_even_for_what_is_public() {
    let world = World::new().await;
    let body = json!({ "query": "{ region(code: \"320000\") { name } }" }).to_string();
    let headers = [("content-type", "application/json"), ("authorization", "Basic cm9vdDpyb290")];
    let reply = send(world.address(), "POST /graphql", &headers, body.as_bytes()).await;
    assert_eq!(
        (reply.status, reply.json()["errors"][0]["extensions"]["code"].as_str()),
        (401, Some("TOKEN_INVALID"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rotated_key_is_honoured_by_every_server_of_the_database() {
    let world = World::new().await;
    let second = jicai_server::serve::Service::start(&config(&world.database), false).await.unwrap();
    let elsewhere = |actor: &Actor| Actor { to: second.address(), ..actor.clone() };
    elsewhere(world.admin()).asks("{ me { id } }").await.done();

    let home = std::path::Path::new("/nonexistent");
    let rotate = jicai_on(&world.database, home, &["keys", "rotate"]);
    let rotated = tokio::task::spawn_blocking(move || said(rotate)).await.unwrap();
    assert_eq!((rotated.code, rotated.err.as_str()), (Some(0), ""));

    let third = jicai_server::serve::Service::start(&config(&world.database), false).await.unwrap();
    let login = &world.admin().login;
    let renewed = Actor::logged_in(third.address(), login, crate::support::world::PASSWORD).await;
    let key = |actor: &Actor| Parts::of(actor.token.as_ref().unwrap()).header["kid"].clone();
    assert_ne!(key(&renewed), key(world.admin()));
    elsewhere(&renewed).asks("{ me { id } }").await.done();
    elsewhere(world.admin()).asks("{ me { id } }").await.done();

    let published = get(second.address(), "/.well-known/jwks.json").await.json();
    let ids: Vec<&Value> = published["keys"].as_array().unwrap().iter().map(|key| &key["kid"]).collect();
    assert_eq!(ids, [&key(&renewed), &key(world.admin())]);
    let public = published["keys"][0]["x"].as_str().unwrap();
    assert_eq!(decoded(public), Parts::of(renewed.token.as_ref().unwrap()).key.verifying_key().as_bytes());
}

const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

fn encoded(bytes: &[u8]) -> String {
    let groups = bytes.chunks(3).map(|group| {
        let word = group.iter().fold(0_usize, |word, byte| word << 8 | usize::from(*byte))
            << (8 * (3 - group.len()));
        let letters = [18, 12, 6, 0].map(|shift| char::from(LETTERS[word >> shift & 63]));
        letters.iter().take(group.len() + 1).collect::<String>()
    });
    groups.collect()
}

/// The standard alphabet, padded, as HTTP Basic has it.
pub(crate) fn encoded_with_padding(bytes: &[u8]) -> String {
    let mut text = encoded(bytes).replace('-', "+").replace('_', "/");
    while !text.len().is_multiple_of(4) {
        text.push('=');
    }
    text
}

fn decoded(text: &str) -> Vec<u8> {
    let bits: String = text
        .bytes()
        .filter_map(|letter| LETTERS.iter().position(|known| *known == letter))
        .map(|value| format!("{value:06b}"))
        .collect();
    (0..bits.len() / 8).map(|at| u8::from_str_radix(&bits[at * 8..at * 8 + 8], 2).unwrap()).collect()
}
