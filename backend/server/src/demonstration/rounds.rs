//! 模拟数据: two rounds of an alliance of all 31 regions. The first one goes its whole way to contracts, on which a year of orders is
//! placed; the second one takes bids.
#![expect(clippy::indexing_slicing, reason = "a JSON value without that member is null")]
use jicai_graphql::Api;
use jicai_service::procurement::rounds as announced_rounds;
use jicai_service::{App, Page};
use jicai_store::Store;
use serde_json::{Value, json};

use super::accounts::{CLERK, OFFICE, take_part};
use super::market::{DECIDED, FIRMS, INSTITUTIONS, OPEN, market, parties};
use super::play::{Plan, Stage};
use super::player::{Player, nodes, text};
use super::year::passes;
use crate::serve::ServeError;

const GROUP: &str = "化学药品第一批";
const ALLIANCE: &str = "模拟数据·三十一省药品采购联盟";
const DECIDED_NAME: &str = "模拟数据·第一批药品集中带量采购";
const OPEN_NAME: &str = "模拟数据·第二批药品集中带量采购（正在申报）";
/// Its contracts last for months, and not to a day that a demonstration may begin after.
const DECIDED_RULES: &str = "cn-r7-2022";
const OPEN_RULES: &str = "cn-r9-2023";
const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;
/// Where the clock of a new demonstration stands, in seconds from the machine's: the year of its orders ends today.
pub(crate) const BEGINS: i64 = -345 * DAY;
/// For how long the second round takes bids.
const OPEN_DAYS: i64 = 30;

const DECIDED_PLAN: Plan = Plan::in_steps_of(HOUR);
const OPEN_PLAN: Plan = Plan {
    qualification_ends: 20 * DAY,
    bids_end: OPEN_DAYS * DAY,
    opening: OPEN_DAYS * DAY + HOUR,
    ..DECIDED_PLAN
};

/// Makes both rounds, unless an earlier start did. `owner` may set the clock.
pub(crate) async fn rounds(app: &App, api: &Api, (url, owner): (&str, &str)) -> Result<(), ServeError> {
    // Asked without logging in, which takes long on purpose, because every start asks it.
    let there = announced_rounds(app, None, &Page { first: 50, after: None }).await?.rows;
    if there.iter().any(|shown| shown.round.name.as_str() == OPEN_NAME) {
        return Ok(());
    }
    take_part(app, &parties()).await?;
    let office = Player::of((app, api), (CLERK, OFFICE)).await?;
    let begun = office.asks("{ rounds(first: 50) { nodes { id } } }").await?;
    let attempt = nodes(&begun).len().to_string();
    let stage = Stage { with: (app, api), store: Store::new(url, 1), owner, attempt };
    let begun = stage.now().await?;
    let alliance = alliance(&stage, &office).await?;
    let decided = market(&DECIDED);
    let round = stage
        .announces("decided", terms((DECIDED_NAME, DECIDED_RULES), &alliance), (&decided, &DECIDED_PLAN))
        .await?;
    round.is_decided().await?;
    let result = round.comes_into_force().await?;
    passes(&stage, (&decided, &result), begun.plus_seconds(-BEGINS)).await?;
    let open = market(&OPEN);
    let round =
        stage.announces("open", terms((OPEN_NAME, OPEN_RULES), &alliance), (&open, &OPEN_PLAN)).await?;
    round.takes_bids(FIRMS.len() / 2).await
}

fn terms((name, rules): (&str, &str), alliance: &str) -> Value {
    json!({ "name": name, "kind": "DRUG", "alliance": alliance, "productGroup": GROUP, "ruleSet": rules,
        "disclosure": "SELECTED_WITH_PRICES", "pastUseShare": "0.8" })
}

/// All 31 regions, which buy together.
async fn alliance(stage: &Stage<'_>, office: &Player<'_>) -> Result<String, ServeError> {
    let input = json!({ "name": ALLIANCE, "idempotencyKey": stage.key("alliance") });
    let opened = office.does(("openAlliance", "OpenAllianceInput"), input, "id version").await?;
    let mut version = opened["version"].clone();
    for (region, ..) in INSTITUTIONS {
        let input = json!({ "alliance": opened["id"], "version": version, "region": region, "productGroup": GROUP,
            "day": "2020-01-01", "idempotencyKey": stage.key(&format!("join-{region}")) });
        version =
            office.does(("joinAlliance", "MembershipInput"), input, "version").await?["version"].clone();
    }
    Ok(text(&opened["id"]))
}
