//! Users: invitation, reset, disablement, passwords, second factor.
use hmac::{Hmac, KeyInit, Mac};
use serde_json::json;
use sha1::Sha1;

use crate::support::actor::{Actor, key};
use crate::support::live::Live;
use crate::support::postgres::texts;
use crate::support::world::{PASSWORD, World};

fn clerk(name: &str) -> serde_json::Value {
    json!({ "clerk": name, "name": name, "role": "HOSPITAL", "idempotencyKey": key() })
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invitation_is_good_once_and_for_three_days() {
    let world = World::new().await;
    let lead = world.manager("HOSPITAL", "320106").await;
    let invited = lead.does("inviteUser", clerk("first"), "id token").await.done();
    let token = invited["token"].as_str().unwrap();
    world.nobody().sets_password(token, "short").await.refused("PASSWORD_WEAK");
    world.nobody().sets_password(token, PASSWORD).await.done();
    world.nobody().sets_password(token, PASSWORD).await.refused("GRANT_INVALID");
    world.nobody().sets_password("unknown", PASSWORD).await.refused("GRANT_INVALID");

    let late = lead.does("inviteUser", clerk("late"), "id token").await.done();
    world.moves_clock_to(72 * 3600 + 60).await;
    world.nobody().sets_password(late["token"].as_str().unwrap(), PASSWORD).await.refused("GRANT_INVALID");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clerk_acts_but_manages_nobody() {
    let world = World::new().await;
    let lead = world.manager("PROCUREMENT_OFFICE", "320000").await;
    let custodian = world.clerk(&lead, "custodian", "KEY_CUSTODIAN").await;
    let me = custodian.asks("{ me { role manager } }").await.done();
    assert_eq!(me, json!({ "role": "KEY_CUSTODIAN", "manager": false }));
    custodian.does("inviteUser", clerk("other"), "id").await.refused("FORBIDDEN");
    lead.does("inviteUser", clerk("other"), "id").await.refused("ROLE_INVALID");
    let input =
        json!({ "clerk": "custodian", "name": "x", "role": "KEY_CUSTODIAN", "idempotencyKey": key() });
    lead.does("inviteUser", input, "id").await.refused("LOGIN_NAME_TAKEN");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reset_ends_logins_and_password_until_a_new_one_is_set() {
    let world = World::new().await;
    let lead = world.manager("HOSPITAL", "320106").await;
    let user = world.clerk(&lead, "clerk", "HOSPITAL").await;
    let reset = lead.moves("resetUser", (&user.user, 2), None).await.done();
    user.asks("{ me { id } }").await.refused("TOKEN_INVALID");
    world.nobody().tries_to_log_in(&user.login, PASSWORD, None).await.refused("LOGIN_FAILED");
    world.nobody().sets_password(reset["token"].as_str().unwrap(), "another long password").await.done();
    Actor::logged_in(world.address(), &user.login, "another long password").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disabled_user_is_out_at_once_and_an_enabled_one_sets_a_new_password() {
    let world = World::new().await;
    let lead = world.manager("HOSPITAL", "320106").await;
    let user = world.clerk(&lead, "clerk", "HOSPITAL").await;
    lead.moves("disableUser", (&user.user, 1), None).await.refused("STALE_VERSION");
    lead.moves("disableUser", (&user.user, 2), None).await.done();
    user.asks("{ me { id } }").await.refused("TOKEN_INVALID");
    world.nobody().tries_to_log_in(&user.login, PASSWORD, None).await.refused("LOGIN_FAILED");
    lead.moves("resetUser", (&user.user, 3), None).await.refused("USER_STATE");
    let enabled = lead.moves("enableUser", (&user.user, 3), None).await.done();
    world.nobody().sets_password(enabled["token"].as_str().unwrap(), PASSWORD).await.done();
    world.logs_in(&user.login).await;
    user.asks("{ me { id } }").await.refused("TOKEN_INVALID");
    lead.moves("disableUser", (&lead.user, 1), None).await.refused("FORBIDDEN");
    let told =
        ["UserInvited", "PasswordSet", "LoggedIn", "UserDisabled", "UserEnabled", "PasswordSet", "LoggedIn"];
    assert_eq!(world.entries(&user.user).await, told);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_neighbours_user_is_not_found() {
    let world = World::new().await;
    let [lead, neighbour] =
        [world.manager("HOSPITAL", "320106").await, world.manager("HOSPITAL", "320106").await];
    let user = world.clerk(&lead, "clerk", "HOSPITAL").await;
    for name in ["disableUser", "resetUser", "enableUser"] {
        neighbour.moves(name, (&user.user, 2), None).await.refused("NOT_FOUND");
    }
    neighbour.asks(&format!("{{ user(id: {:?}) {{ name }} }}", user.user)).await.refused("NOT_FOUND");
    user.asks("{ me { id } }").await.done();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_password_needs_the_old_one_and_ends_every_login() {
    let world = World::new().await;
    let user = world.manager("HOSPITAL", "320106").await;
    let other = world.logs_in(&user.login).await;
    let change = "mutation($c: String!, $n: String!) { changePassword(current: $c, new: $n) }";
    let new = "another long password";
    user.asks_with(change, json!({ "c": "wrong wrong wrong", "n": new })).await.refused("LOGIN_FAILED");
    user.asks_with(change, json!({ "c": PASSWORD, "n": "short" })).await.refused("PASSWORD_WEAK");
    user.asks_with(change, json!({ "c": PASSWORD, "n": new })).await.done();
    for ended in [&user, &other] {
        ended.asks("{ me { id } }").await.refused("TOKEN_INVALID");
    }
    Actor::logged_in(world.address(), &user.login, new).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_factor_is_asked_for_once_it_is_confirmed_and_each_code_is_good_once() {
    let world = World::new().await;
    let user = world.manager("HOSPITAL", "320106").await;
    let enrolment = user.asks("mutation { beginSecondFactor { secret uri } }").await.done();
    let secret = enrolment["secret"].as_str().unwrap().to_owned();
    assert!(enrolment["uri"].as_str().unwrap().starts_with("otpauth://totp/Jicai:lead@"));
    world.logs_in(&user.login).await;

    let with = |name: &str, code: &str| format!("mutation {{ {name}(code: {code:?}) }}");
    let now = one_time_code(&secret, 0);
    let wrong = if now == "000000" { "000001" } else { "000000" };
    user.asks(&with("confirmSecondFactor", wrong)).await.refused("TOTP_WRONG");
    user.asks(&with("confirmSecondFactor", &now)).await.done();
    user.asks("mutation { beginSecondFactor { secret } }").await.refused("TOTP_STATE");

    let nobody = world.nobody();
    nobody.tries_to_log_in(&user.login, PASSWORD, None).await.refused("LOGIN_FAILED");
    nobody.tries_to_log_in(&user.login, PASSWORD, Some(&now)).await.refused("LOGIN_FAILED");
    let next = one_time_code(&secret, 1);
    nobody.tries_to_log_in(&user.login, PASSWORD, Some(&next)).await.done();
    nobody.tries_to_log_in(&user.login, PASSWORD, Some(&next)).await.refused("LOGIN_FAILED");

    world.moves_clock_to(300).await;
    user.asks(&with("dropSecondFactor", &one_time_code(&secret, 10))).await.done();
    world.logs_in(&user.login).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_organization_that_lost_its_manager_gets_another_one_from_the_administrator() {
    let world = World::new().await;
    let lost = world.manager("HOSPITAL", "320106").await;
    let invite = |reason: &str, key: &str| {
        json!({ "organization": lost.organization, "clerk": "second", "name": "王芳", "reason": reason,
            "idempotencyKey": key })
    };
    world.admin().does("inviteManager", invite(" ", &key()), "id").await.refused("REASON_MISSING");
    let mut live = Live::of(&lost).await;
    live.follows(&["ManagerInvited"], None).await;
    let input = invite("原管理员离职", &key());
    let invited = world.admin().does("inviteManager", input.clone(), "id version token").await.done();
    assert_eq!(world.admin().does("inviteManager", input, "id version token").await.done(), invited);
    let token = invited["token"].as_str().unwrap();
    assert_eq!(live.event().await["subject"], invited["id"]);
    world.nobody().sets_password(token, PASSWORD).await.done();
    let (_, code) = lost.login.split_once('@').unwrap();
    let second = world.logs_in(&format!("second@{code}")).await;
    let me = second.asks("{ me { role manager organization { id } } }").await.done();
    let same = json!({ "id": lost.organization });
    assert_eq!(me, json!({ "role": "HOSPITAL", "manager": true, "organization": same }));

    second.moves("disableUser", (&lost.user, 2), None).await.done();
    lost.asks("{ me { id } }").await.refused("TOKEN_INVALID");
    let taken = invite("再来一次", &key());
    world.admin().does("inviteManager", taken, "id").await.refused("LOGIN_NAME_TAKEN");
    assert_eq!(world.entries(&second.user).await, ["ManagerInvited", "PasswordSet", "LoggedIn"]);
    let query = "SELECT canonical AS line FROM audit_entries WHERE kind = 'ManagerInvited'";
    let told = texts(&world.database.app, query).await.join("\n");
    for part in ["原管理员离职", &lost.organization, &world.admin().user] {
        assert!(told.contains(part), "{told}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_administrator_appoints_nobody_in_the_own_organization_and_nobody_else_appoints() {
    let world = World::new().await;
    let hospital = world.manager("HOSPITAL", "320106").await;
    let regulator = world.manager("REGULATOR", "320000").await;
    let invite = |organization: &str| {
        json!({ "organization": organization, "clerk": "second", "name": "王芳", "reason": "离职",
            "idempotencyKey": key() })
    };
    let own = invite(&world.admin().organization);
    world.admin().does("inviteManager", own, "id").await.refused("SELF_REVIEW");
    let nobodys = invite("org_00000000000000000000000000000000");
    world.admin().does("inviteManager", nobodys, "id").await.refused("NOT_FOUND");
    for other in [&regulator, &hospital] {
        other.does("inviteManager", invite(&hospital.organization), "id").await.refused("FORBIDDEN");
    }
    world
        .nobody()
        .does("inviteManager", invite(&hospital.organization), "id")
        .await
        .refused("UNAUTHENTICATED");
}

/// What an authenticator program shows that many half minutes from now.
pub(crate) fn one_time_code(secret: &str, steps: u64) -> String {
    let bits: String = secret
        .bytes()
        .map(|letter| match letter {
            b'A'..=b'Z' => letter - b'A',
            digit => digit - b'2' + 26,
        })
        .map(|value| format!("{value:05b}"))
        .collect();
    let bytes: Vec<u8> =
        (0..bits.len() / 8).map(|at| u8::from_str_radix(&bits[at * 8..at * 8 + 8], 2).unwrap()).collect();
    let now = std::time::UNIX_EPOCH.elapsed().unwrap().as_secs();
    let mut mac = Hmac::<Sha1>::new_from_slice(&bytes).unwrap();
    mac.update(&(now / 30 + steps).to_be_bytes());
    let tag: [u8; 20] = mac.finalize().into_bytes().into();
    let at = usize::from(tag[19] & 15);
    let word = u32::from_be_bytes(tag[at..at + 4].try_into().unwrap()) & 0x7fff_ffff;
    format!("{:06}", word % 1_000_000)
}
