//! The program as a process: one command to a running service, signals, death and return.
use std::net::SocketAddr;
use std::process::Command;

use serde_json::{Value, json};

use crate::demonstration::deliveries::{are_as_the_table_says, told_of};
use crate::demonstration::year::each_role_finds_its_part;
use crate::support::actor::Actor;
use crate::support::folder::Folder;
use crate::support::http::get;
use crate::support::program::{jicai, said};
use crate::support::readme::{block, shell};
use crate::support::serving::Serving;
use crate::support::world::{credit_code, registration};

#[tokio::test(flavor = "multi_thread")]
async fn one_command_gives_a_service_with_an_account_a_role_and_keeps_its_data() {
    let home = Folder::new();
    let serving = Serving::start(home.path(), &["serve", "--demo"]);
    assert_eq!(serving.accounts.len(), 14);
    for (role, login, password) in &serving.accounts {
        let actor = Actor::logged_in(serving.to, login, password).await;
        assert_eq!(actor.asks("{ me { role } }").await.done()["role"], role.as_str());
    }
    each_role_finds_its_part(serving.to).await;
    serving.signal("-INT");
    let (code, said) = serving.last_words();
    assert_eq!(code, Some(0));
    assert!(said.ends_with("Stopped.\n"), "{said}");
    assert!(!home.path().join("postgres/data/postmaster.pid").exists());

    let again = Serving::start(home.path(), &["serve", "--demo"]);
    let (_, login, password) = &again.accounts[0];
    let admin = Actor::logged_in(again.to, login, password).await;
    let found = admin.asks("{ organizations(first: 100) { nodes { id } } }").await.done();
    // The accounts', the operator's, and those who take part in the rounds.
    assert_eq!(found["nodes"].as_array().unwrap().len(), 9 + 42);
    let rounds = admin.asks("{ rounds(first: 9) { nodes { status } } }").await.done();
    assert_eq!(rounds["nodes"], serde_json::json!([{ "status": "BIDDING" }, { "status": "IN_FORCE" }]));
    // What the decided round selected is in the registry, and its contracts name it.
    let query = "{ officialResults(first: 1) { nodes { products(first: 50) { nodes { itemUse { itemId system code } item { id ownCode
        rounds(first: 5) { nodes { status } } selectedProducts(first: 5) { nodes { name } } comparable(group: SAME3, first: 20) { nodes { id } } } } } } } }";
    let found = admin.asks(query).await.done();
    let products = found["nodes"][0]["products"]["nodes"].as_array().unwrap();
    assert!(!products.is_empty());
    for product in products {
        let (used, item) = (&product["itemUse"], &product["item"]);
        assert_eq!((&used["itemId"], &used["code"]), (&item["id"], &item["ownCode"]), "{product}");
        assert_eq!(item["rounds"]["nodes"], serde_json::json!([{ "status": "IN_FORCE" }]));
        assert_eq!(item["selectedProducts"]["nodes"].as_array().unwrap().len(), 1);
        assert!(
            !item["comparable"]["nodes"].as_array().unwrap().is_empty(),
            "other firms make it too: {product}"
        );
    }
    again.signal("-TERM");
    assert_eq!(again.last_words().0, Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_asks_for_its_health_is_told() {
    let home = Folder::new();
    let serving = Serving::start(home.path(), &["serve"]);
    let ask = |listen: String| {
        let mut command = jicai(home.path(), &["health"]);
        command.env("JICAI_LISTEN", listen);
        said(command)
    };
    let everywhere = format!("0.0.0.0:{}", serving.to.port());
    for listen in [serving.to.to_string(), everywhere] {
        let healthy = ask(listen);
        assert_eq!((healthy.code, healthy.err.as_str()), (Some(0), ""), "{}", healthy.out);
    }
    let to = serving.to.to_string();
    serving.signal("-TERM");
    assert_eq!(serving.last_words().0, Some(0));
    let gone = ask(to);
    assert_eq!(gone.code, Some(1));
    assert!(gone.err.contains("does not answer"), "{}", gone.err);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_service_leaves_nothing_that_keeps_the_next_one_from_starting() {
    let home = Folder::new();
    let founded = said(jicai(home.path(), &found_arguments(&credit_code())));
    assert_eq!((founded.code, founded.err.as_str()), (Some(0), ""));
    let killed = Serving::start(home.path(), &["serve"]);
    killed.signal("-KILL");
    killed.last_words();
    let next = Serving::start(home.path(), &["serve"]);
    assert_eq!(get(next.to, "/readyz").await.status, 200);
    let login = founded.out.lines().next().unwrap().rsplit(' ').next().unwrap().to_owned();
    let token = founded.out.lines().nth(1).unwrap().rsplit(' ').next().unwrap().to_owned();
    Actor::nobody(next.to).sets_password(&token, "a long password").await.done();
    Actor::logged_in(next.to, &login, "a long password").await;
    next.signal("-TERM");
    assert_eq!(next.last_words().0, Some(0));
    let twice = said(jicai(home.path(), &found_arguments(&credit_code())));
    assert_eq!(twice.code, Some(1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_postgres_is_started_again_while_the_service_answers() {
    let home = Folder::new();
    let serving = Serving::start(home.path(), &["serve"]);
    let file = std::fs::read_to_string(home.path().join("postgres/data/postmaster.pid")).unwrap();
    Command::new("kill").args(["-KILL", file.lines().next().unwrap()]).status().unwrap();
    let killed = std::time::Instant::now();
    let mut status = 0;
    while status != 200 && killed.elapsed().as_secs() < 30 {
        status = get(serving.to, "/readyz").await.status;
    }
    assert_eq!(status, 200);
    Actor::nobody(serving.to).asks("{ region(code: \"320000\") { name } }").await.done();
    serving.signal("-TERM");
    assert_eq!(serving.last_words().0, Some(0));
}

/// Asks until there is an answer, as a client is told to: every worker has connections of its own that died.
async fn insists(to: SocketAddr, input: &Value) -> Value {
    let begun = std::time::Instant::now();
    loop {
        let outcome = Actor::nobody(to).does("registerOrganization", input.clone(), "id version").await;
        if outcome.code() != "UNAVAILABLE" || begun.elapsed().as_secs() > 30 {
            return outcome.done();
        }
    }
}

/// What is expected of each answer of the round by hand.
const BY_HAND: &[&str] = &[
    "registerCustodianKey",
    "registerCustodianKey",
    "registerCustodianKey",
    "\"publishRound\":{\"version\":2",
    "publishRoundKey",
    "\"submitQualification\":{\"version\":2",
    "\"decideProducts\":{\"version\":3",
    "\"approveQualification\":{\"version\":4",
    "\"submitDemand\":{\"version\":2",
    "\"approveDemand\":{\"version\":3",
    "\"approveDemand\":{\"version\":4",
    "registerBidKey",
    "\"size\":1",
    "\"given\":1,\"needed\":2",
    "\"given\":2,\"needed\":2",
    "PROVISIONAL",
    "\"finalPrice\":\"0.240000\",\"agreedVolume\":\"450000\"",
    "入围：第 1 名",
    "\"beginSupplySelection\":{\"version\"",
    "\"chooseSupplyRegion\":{\"edition\":1",
    "\"decidedAt\":\"",
    "\"publishNotice\":{\"version\"",
    "\"rejectObjection\":{\"version\":2",
    "\"announceOfficialResult\":{\"version\"",
    "\"generateContracts\":\"off_",
    "\"volume\":\"450000\",\"institutions\":\"1\",\"sealsMissing\":\"2\"",
    "\"registerContractKey\":\"cky_",
    "\"sealContracts\":\"cky_",
    "\"registerContractKey\":\"cky_",
    "\"sealContracts\":\"cky_",
    "\"moveContracts\":\"off_",
    "IN_FORCE",
    "\"remaining\":\"450000\"",
];

/// The tours of the README, as a reader would paste them: what everybody can do, and a round in every role.
#[tokio::test(flavor = "multi_thread")]
async fn the_tours_of_the_readme_work() {
    let (home, folder) = (Folder::new(), Folder::new());
    let serving = Serving::start(home.path(), &["serve", "--demo"]);
    let tours = format!("{}\necho by hand\n{}", block("tour"), block("round"));
    let mut shell = shell(&tours, &home, &folder);
    shell.env("API", format!("http://{}/graphql", serving.to));
    let toured = tokio::task::spawn_blocking(move || said(shell)).await.unwrap();
    assert_eq!((toured.code, toured.err.as_str()), (Some(0), ""), "{}", toured.out);
    let (tour, round) = toured.out.split_once("by hand\n").unwrap();
    let expected = [
        "南京市",
        "\"organizationVersion\":2",
        "金陵医院",
        "\"version\":3",
        "鼓楼区",
        "\"token\":\"",
        "李娜",
        "FORBIDDEN",
        "\"status\":\"BIDDING\"",
        "\"finalPrice\":\"0.182400\"",
        "OUTSIDE_CAP",
        "the same",
        "\"delivered\":\"",
        "\"status\":\"IN_FORCE\"",
    ];
    tells(tour, &expected);
    for told in [
        "signed as  custodian 3 of 3",
        "opened by  2 of 3 custodians",
        "published  under the root",
        "sealed     sub_",
    ] {
        assert!(round.contains(told), "{told} is not in {round}");
    }
    let answers: String =
        round.lines().filter(|line| line.starts_with('{')).map(|line| format!("{line}\n")).collect();
    tells(&answers, BY_HAND);
    serving.signal("-TERM");
    assert_eq!(serving.last_words().0, Some(0));
}

/// Each line holds what is expected of it, and none but the one that is refused tells of an error.
#[track_caller]
fn tells(said: &str, expected: &[&str]) {
    let answers: Vec<&str> = said.lines().collect();
    assert_eq!(answers.len(), expected.len(), "{said}");
    for (answer, expected) in answers.iter().zip(expected) {
        assert!(answer.contains(expected), "{expected} is not in {answer}");
        assert_eq!(answer.contains("errors"), *expected == "FORBIDDEN", "{answer}");
    }
}

/// The replay beside a running demonstration and again without one: what is printed, and the round that stands.
#[tokio::test(flavor = "multi_thread")]
async fn the_replay_is_a_round_of_the_demonstration_and_prints_what_the_readme_shows() {
    let (home, folder) = (Folder::new(), Folder::new());
    let serving = Serving::start(home.path(), &["serve", "--demo"]);
    let (command, printed) = block("replay").strip_prefix("$ ").unwrap().split_once('\n').unwrap();
    let shown = said(shell(command, &home, &folder));
    assert_eq!((shown.code, shown.out.as_str(), shown.err.as_str()), (Some(0), printed, ""));
    // Decided again from its files it is the same; 3 says that a lot is tied.
    let again =
        "cd replay; tail -n 1 README.txt > again.sh; { bash -o pipefail again.sh || echo \"ends with $?\"; }";
    assert_eq!(said(shell(again, &home, &folder)).out, "ends with 3\n");

    let nobody = Actor::nobody(serving.to);
    let rounds =
        nobody.asks("{ rounds(first: 9) { nodes { id name status documents { title } } } }").await.done();
    let replayed = &rounds["nodes"][0];
    assert_eq!((rounds["nodes"].as_array().unwrap().len(), &replayed["status"]), (3, &json!("PROVISIONAL")));
    let name = replayed["name"].as_str().unwrap();
    assert!(name.contains("并非真实招标") && name.contains("模拟数据"), "{name}");
    let query = format!(
        "{{ round(id: {}) {{ result {{ lots(first: 60) {{ nodes {{ name qualifiedBidders lowest
            bids(first: 8) {{ nodes {{ firm {{ name }} productName }} }} }} }} }} }} }}",
        replayed["id"]
    );
    let round = nobody.asks(&query).await.done();
    let lots = round["result"]["lots"]["nodes"].as_array().unwrap();
    let efavirenz = lots.iter().find(|lot| lot["name"] == "Efavirenz 600mg, Tablet").unwrap();
    // Six sites; the lowest paid pack in the purchases is 2.98 for 30 tablets.
    assert_eq!((&efavirenz["qualifiedBidders"], &efavirenz["lowest"]), (&json!(6), &json!("0.099333")));
    let bids: Vec<&Value> = lots.iter().flat_map(|lot| lot["bids"]["nodes"].as_array().unwrap()).collect();
    assert_eq!((lots.len(), bids.len()), (53, 128));
    for bid in bids {
        let (firm, product) = (bid["firm"]["name"].as_str().unwrap(), bid["productName"].as_str().unwrap());
        assert!(firm.starts_with("回放供应方") && firm.contains("模拟数据"), "{firm}");
        assert!(product.starts_with("历史成交价回放") && product.contains("模拟数据"), "{product}");
    }
    are_as_the_table_says(serving.to, "2015").await;
    serving.signal("-TERM");
    assert_eq!(serving.last_words().0, Some(0));

    let alone = said(jicai(home.path(), &["demo", "--replay", "--ordered", "2015", "--lang", "zh"]));
    assert!(alone.out.starts_with("历史成交价回放，并非真实招标"), "{}{}", alone.out, alone.err);
    for told in told_of("2015") {
        assert!(alone.out.contains(&told), "{told} is not in {}", alone.out);
    }
    assert!(alone.out.ends_with(&format!("{}\n", replayed["id"].as_str().unwrap())), "{}", alone.out);
}

/// Postgres dies while a registration is under way: before its commit, after it, or between commit and answer. Whatever the
/// client does not get told, sending the request again tells.
#[tokio::test(flavor = "multi_thread")]
async fn a_request_whose_answer_was_lost_is_repeated_safely() {
    let home = Folder::new();
    let serving = Serving::start(home.path(), &["serve", "--demo"]);
    let (_, login, password) = &serving.accounts[0];
    let mut registered = Vec::new();
    for round in 0..4 {
        let input = registration("HOSPITAL", "320106");
        let (nobody, first) = (Actor::nobody(serving.to), input.clone());
        let lost =
            tokio::spawn(
                async move { nobody.does("registerOrganization", first, "id version").await.code() },
            );
        let file = std::fs::read_to_string(home.path().join("postgres/data/postmaster.pid")).unwrap();
        Command::new("kill").args(["-KILL", file.lines().next().unwrap()]).status().unwrap();
        if round % 2 == 0 {
            lost.await.unwrap();
        }
        let answer = insists(serving.to, &input).await;
        assert_eq!(answer, insists(serving.to, &input).await);
        registered.push(answer["id"].clone());
    }
    let admin = Actor::logged_in(serving.to, login, password).await;
    let pending = admin.asks("{ organizations(filter: { status: PENDING }) { nodes { id } } }").await.done();
    let mut found: Vec<_> =
        pending["nodes"].as_array().unwrap().iter().map(|node| node["id"].clone()).collect();
    found.reverse();
    assert_eq!(found, registered);
    serving.signal("-TERM");
    assert_eq!(serving.last_words().0, Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_who_asks_too_much_waits_and_a_user_does_not() {
    let home = Folder::new();
    let mut command = jicai(home.path(), &["serve", "--demo"]);
    command.env("JICAI_ANONYMOUS_RATE", "1");
    let serving = Serving::from(command);
    let (_, login, password) = &serving.accounts[0];
    let user = Actor::logged_in(serving.to, login, password).await;
    let mut codes = Vec::new();
    for _ in 0..20 {
        user.asks("{ me { id } }").await.done();
        codes.push(Actor::nobody(serving.to).asks("{ region(code: \"320000\") { name } }").await.code());
    }
    assert!(codes.contains(&"ok".to_owned()) && codes.contains(&"RATE_LIMITED".to_owned()), "{codes:?}");
    serving.signal("-TERM");
    assert_eq!(serving.last_words().0, Some(0));
}

#[test]
fn a_founder_with_a_wrong_code_is_told_which_field_is_wrong() {
    let home = Folder::new();
    let refused = said(jicai(home.path(), &found_arguments("123")));
    assert_eq!(refused.code, Some(2));
    assert!(refused.err.contains("creditCode") && refused.err.contains("GB 32100"), "{}", refused.err);
    assert_eq!(std::fs::read_dir(home.path()).unwrap().count(), 0);
}

fn found_arguments(code: &str) -> [&str; 9] {
    ["found", "--name", "运营方", "--credit-code", code, "--clerk", "root", "--person", "管理员"]
}
