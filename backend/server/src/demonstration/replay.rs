//! Real purchases replayed as a round of the demonstration, through the same use cases as every round.
use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use jicai_domain::ids::{Id, RoundId};
use jicai_domain::procurement::rules::preset;
use jicai_service::Error;
use jicai_service::procurement::result::{Bundle, export};
use jicai_store::Store;
use serde_json::{Value, json};

use super::accounts::{CLERK, OFFICE, accounts, take_part};
use super::deliveries::Deliveries;
use super::dispatch::{Arrived, arrived, dispatch};
use super::play::{Plan, Stage};
use super::player::{Player, nodes, text};
use super::purchases::Purchases;
use crate::config::Config;
use crate::database::{OpenError, Running};
use crate::embedded::ClusterError;
use crate::serve::{ServeError, app_of, bring_up_to_date};

/// The rule set of the replay.
pub(crate) const RULES: &str = "cn-r9-2023";
const NAME: &str =
    "历史成交价回放，并非真实招标（模拟数据，价格为美元）：2014 年抗逆转录病毒药物和 HIV 快速检测试剂";
/// What the round's document says.
const PAPER: [&str; 7] = [
    "历史成交价回放，并非真实招标",
    "USAID SCMS 2014 年采购记录",
    "申报价为历史最低成交价（美元）",
    "供应方、收货方均为模拟数据",
    "记录中的企业未参加本轮申报",
    "批准文号为模拟数据",
    "Replay of paid prices, not a tender",
];
const PLAN: Plan = Plan::in_steps_of(10 * 60);

/// A replayed round.
pub(crate) struct Replay {
    pub(crate) purchases: Purchases,
    /// Its id.
    pub(crate) round: String,
    /// What it was decided on, and how.
    pub(crate) bundle: Bundle,
    pub(crate) deliveries: Deliveries,
    /// What arrived of them, by the year of the order, as the platform tells it.
    pub(crate) arrived: BTreeMap<u16, Arrived>,
}

/// Replays the purchases in the demonstration that the settings name, beside a running service or without one: as a round, then as orders those that
/// were ordered in these years. The demonstration is made when there is none. What was played already is shown again.
pub(crate) async fn replay(config: &Config, years: &RangeInclusive<u16>) -> Result<Replay, ServeError> {
    let running = match Running::open(config).await {
        Err(OpenError::Cluster(ClusterError::Owned { .. })) => Running::open_beside(config).await?,
        opened => opened?,
    };
    let replayed = on(config, &running, years).await;
    running.close()?;
    replayed
}

async fn on(config: &Config, running: &Running, years: &RangeInclusive<u16>) -> Result<Replay, ServeError> {
    bring_up_to_date(config, running, true).await?;
    let owner = running.owner.as_deref().ok_or("DATABASE_MIGRATION_URL is needed to set the clock")?;
    let (app, api) = (app_of(config, running, 4).await?, jicai_graphql::api());
    accounts(&app).await?;
    let office = Player::of((&app, &api), (CLERK, OFFICE)).await?;
    let (purchases, deliveries) = (Purchases::read()?, Deliveries::read(years)?);
    let store = Store::new(&running.app, 1);
    let mut stage = Stage { with: (&app, &api), store, owner, attempt: String::new() };
    stage.attempt = format!("{:x}", stage.now().await?.seconds());
    let round = match played(&office).await? {
        Some(round) => round,
        None => play(&stage, &purchases).await?,
    };
    dispatch(&stage, &deliveries).await?;
    let arrived = arrived(&stage, &deliveries).await?;
    let id = RoundId::parse(&round).map_err(Error::from)?;
    let bundle = export(&app, Some(office.caller()), id).await?;
    Ok(Replay { purchases, round, bundle, deliveries, arrived })
}

/// The replay that was decided; one that was interrupted is cancelled.
async fn played(office: &Player<'_>) -> Result<Option<String>, ServeError> {
    let there = office.asks("{ rounds(first: 100) { nodes { id version name status } } }").await?;
    for round in nodes(&there).iter().filter(|round| round["name"] == NAME && round["status"] != "CANCELLED")
    {
        if round["status"] == "PROVISIONAL" {
            return Ok(Some(text(&round["id"])));
        }
        let input = json!({ "id": round["id"], "version": round["version"], "reason": "回放中断",
            "idempotencyKey": format!("demonstration-interrupted-{}", text(&round["id"])) });
        office.does(("cancelRound", "ReasonedChangeInput"), input, "id").await?;
    }
    Ok(None)
}

async fn play(stage: &Stage<'_>, purchases: &Purchases) -> Result<String, ServeError> {
    take_part(stage.with.0, &purchases.parties()).await?;
    let paper = stage.office().await?.uploads("回放说明.pdf", &PAPER, &stage.key("paper")).await?;
    let market = purchases.market();
    let round = stage.announces("replay", terms(&paper)?, (&market, &PLAN)).await?;
    round.is_decided().await?;
    Ok(round.round)
}

fn terms(paper: &str) -> Result<Value, ServeError> {
    let rules = preset(RULES).ok_or("the rule set of the replay does not ship")?;
    Ok(
        json!({ "name": NAME, "kind": "DRUG", "ruleFile": without_yuan(rules.text), "disclosure": "EVERYTHING",
        "pastUseShare": "0", "documents": [{ "document": paper, "title": "回放说明" }] }),
    )
}

/// The rule set under an id of its own, without the sections that the records know nothing of: the floor is in yuan, and a cut counts
/// from a maximum valid bid that an office has set.
fn without_yuan(rules: &str) -> String {
    let gone = |section: &&str| section.starts_with("[floor]") || section.starts_with("[cut]");
    let kept: Vec<&str> = rules.split("\n\n").filter(|section| !gone(section)).collect();
    kept.join("\n\n").replacen(RULES, &format!("{RULES}-replay"), 1)
}
