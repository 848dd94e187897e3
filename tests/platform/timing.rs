//! How long a refusal takes tells nothing about who exists.
//!
//! The kinds of refusal are tried in turn, so that whatever slows the machine down slows all of them. Two kinds are compared by their
//! ranks: how often one of the first took longer than one of the second (Mann and Whitney). Where there is no difference that is a half
//! but for chance, whose standard deviation depends on nothing but the number of tries; a kind that skips the hashing of the password is
//! always faster, and gives 0 or 1.
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::accounts::one_time_code;
use crate::support::actor::{Actor, key};
use crate::support::world::{PASSWORD, World, credit_code};

/// Standard deviations from a half: of ten thousand comparisons, less than one goes that far by chance.
const DEVIATIONS: f64 = 4.5;

/// How far the share of pairs goes from a half at most.
fn farthest(tries: usize) -> f64 {
    let tries = f64::from(u32::try_from(tries).unwrap());
    DEVIATIONS * ((2.0 * tries + 1.0) / 12.0).sqrt() / tries
}

/// The share of pairs in which the first took longer.
fn longer(first: &[Duration], second: &[Duration]) -> f64 {
    let pairs = first.iter().flat_map(|one| second.iter().map(move |other| (one, other)));
    let won: f64 =
        pairs.map(|(one, other)| if one > other { 1.0 } else { f64::from(one == other) / 2.0 }).sum();
    won / f64::from(u32::try_from(first.len() * second.len()).unwrap())
}

/// Tries every kind in every round, each round beginning with another; what each took.
async fn measured<T>(
    world: &World,
    rounds: usize,
    kinds: &[T],
    attempt: impl AsyncFn(&T),
) -> Vec<Vec<Duration>> {
    let mut took = vec![Vec::new(); kinds.len()];
    for round in 0..rounds {
        // Past the quarter of an hour that five failures close a name for.
        world.moves_clock_to(i64::try_from(round).unwrap() * 1_000).await;
        for number in 0..kinds.len() {
            let kind = (round + number) % kinds.len();
            let begun = Instant::now();
            attempt(&kinds[kind]).await;
            took[kind].push(begun.elapsed());
        }
    }
    took
}

fn assert_alike(names: &[&str], took: &[Vec<Duration>]) {
    for (at, first) in took.iter().enumerate() {
        for (other, second) in took.iter().enumerate().skip(at + 1) {
            let share = longer(first, second);
            let told = format!("{} took longer than {} in {share:.2} of pairs", names[at], names[other]);
            assert!((share - 0.5).abs() < farthest(first.len()), "{told}: {first:?} {second:?}");
        }
    }
}

/// A user whose one-time code is asked for.
async fn secured(world: &World) -> Actor {
    let user = world.manager("HOSPITAL", "320106").await;
    let enrolment = user.asks("mutation { beginSecondFactor { secret } }").await.done();
    let code = one_time_code(enrolment["secret"].as_str().unwrap(), 0);
    user.asks(&format!("mutation {{ confirmSecondFactor(code: {code:?}) }}")).await.done();
    user
}

#[test]
fn the_comparison_tells_apart_what_differs() {
    let of = |micros: std::ops::Range<u64>| micros.map(Duration::from_micros).collect::<Vec<_>>();
    assert!((longer(&of(0..40), &of(0..40)) - 0.5).abs() < 1e-9);
    assert!(longer(&of(0..40), &of(30..70)) < 0.5 - farthest(40));
    assert!(longer(&of(40..80), &of(0..40)) > 0.99);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_log_in_cannot_be_told_by_how_long_a_refusal_takes_nor_by_what_it_says() {
    let world = World::new().await;
    let lead = world.manager("HOSPITAL", "320106").await;
    let (_, code) = lead.login.split_once('@').unwrap();
    let disabled = world.clerk(&lead, "disabled", "HOSPITAL").await;
    lead.moves("disableUser", (&disabled.user, 2), None).await.done();
    let invite =
        serde_json::json!({ "clerk": "invited", "name": "x", "role": "HOSPITAL", "idempotencyKey": key() });
    lead.does("inviteUser", invite, "id").await.done();
    let names =
        ["an unknown name", "a wrong password", "a disabled user", "an invited user", "a missing code"];
    let kinds = [
        (format!("lead@{}", credit_code()), PASSWORD),
        (lead.login.clone(), "wrong wrong wrong"),
        (disabled.login, PASSWORD),
        (format!("invited@{code}"), PASSWORD),
        (secured(&world).await.login, PASSWORD),
    ];
    let nobody = world.nobody();
    let mut told = Vec::new();
    for (login, password) in &kinds {
        let mut refusal = nobody.tries_to_log_in(login, password, None).await.json;
        refusal["errors"][0]["extensions"]["requestId"] = Value::Null;
        told.push(refusal);
    }
    told.dedup();
    assert_eq!(told.len(), 1, "{told:?}");
    let took = measured(&world, 40, &kinds, async |(login, password)| {
        nobody.tries_to_log_in(login, password, None).await.refused("LOGIN_FAILED");
    });
    assert_alike(&names, &took.await);
}

#[tokio::test(flavor = "multi_thread")]
async fn which_clients_exist_cannot_be_told_by_how_long_a_refusal_takes() {
    let world = World::new().await;
    let lead = world.manager("HOSPITAL", "320106").await;
    let (known, _secret) = world.client(&lead, "HOSPITAL", &["OWN_ORGANIZATION"]).await;
    let (disabled, secret) = world.client(&lead, "HOSPITAL", &["OWN_ORGANIZATION"]).await;
    lead.moves("disableClient", (&disabled, 1), None).await.done();
    let unknown = known.replace(&known[known.len() - 6..], "000000");
    let wrong = "0".repeat(64);
    let names = ["an unknown client", "a wrong secret", "a disabled client"];
    let kinds = [(unknown, &wrong), (known, &wrong), (disabled, &secret)];
    let nobody = world.nobody();
    let took = measured(&world, 400, &kinds, async |(id, secret)| {
        assert_eq!(nobody.tries_to_get_token((id, secret)).await.status, 401);
    });
    assert_alike(&names, &took.await);
}
