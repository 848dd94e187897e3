//! Plays a decided round on: supply regions, notice, official result, contracts that every party seals, in force.
#![expect(clippy::indexing_slicing, reason = "a JSON value without that member is null")]
use std::collections::BTreeMap;

use jicai_domain::time::Timestamp;
use jicai_seal::{ContractKey, Sealable};
use serde_json::{Value, json};

use super::accounts::{CLERK, DEPUTY, DISTRIBUTOR, OFFICE};
use super::play::{Played, Stage, register};
use super::player::{Player, nodes, text};
use crate::serve::ServeError;

/// How long a turn lasts.
const TURN_MINUTES: i64 = 60;
const DAY: i64 = 86_400;
/// How long the result may be objected to.
const OBJECTIONS: i64 = 3 * DAY;
/// When the standstill ends.
const STANDSTILL: i64 = 5 * DAY;
/// Where the contracts name a distributor.
const DISTRIBUTED: &str = "320000";
/// Documents that one request reads and seals.
const PAGE: usize = 100;

impl Played<'_> {
    /// From the provisional selection to contracts in force; the id of the official result.
    pub(super) async fn comes_into_force(&self) -> Result<String, ServeError> {
        let mut firms = BTreeMap::new();
        for firm in &self.market.firms {
            let player = self.stage.player(CLERK, &firm.code).await?;
            firms.insert(player.organization(), player);
        }
        let lots = self.firms_choose(&firms).await?;
        self.result_lies_open(&firms, &lots).await?;
        let result = self.result_is_official().await?;
        self.contracts_are_divided(&result).await?;
        self.everybody_seals(&result, &firms).await?;
        let input = json!({ "result": result, "idempotencyKey": self.key("in-force", "all") });
        let office = self.stage.office().await?;
        office.does(("moveContracts", "MoveContractsInput"), input, "").await?;
        self.becomes("IN_FORCE").await?;
        Ok(result)
    }

    /// What is asked of the round, such as its version.
    async fn shown(&self, office: &Player<'_>, fields: &str) -> Result<Value, ServeError> {
        office.asks(&format!("{{ round(id: {:?}) {{ {fields} }} }}", self.round)).await
    }

    /// The firms choose in turns, each region by region, until the lots are decided with what they chose; the ids of the lots.
    async fn firms_choose(&self, firms: &BTreeMap<String, Player<'_>>) -> Result<Vec<String>, ServeError> {
        let office = self.stage.office().await?;
        let shown = self.shown(&office, "version lots(first: 100) { nodes { id } }").await?;
        let input = json!({ "id": self.round, "version": shown["version"], "minutes": TURN_MINUTES,
            "idempotencyKey": self.key("supply", "begin") });
        office.does(("beginSupplySelection", "BeginSupplySelectionInput"), input, "id").await?;
        let lots: Vec<String> = nodes(&shown["lots"]).iter().map(|lot| text(&lot["id"])).collect();
        for lot in &lots {
            let query = format!("{{ supplyBoard(lot: {lot:?}) {{ turn {{ number free firm {{ id }} }} }} }}");
            let mut turn = office.asks(&query).await?["turn"].take();
            while let Some(number) = turn["number"].as_u64() {
                let free = turn["free"].as_array().map(Vec::as_slice).unwrap_or_default();
                let place = usize::try_from(number.wrapping_mul(7))?.checked_rem(free.len()).unwrap_or(0);
                let firm = firms.get(turn["firm"]["id"].as_str().unwrap_or_default());
                let firm = firm.ok_or("it is nobody's turn")?;
                let region = free.get(place).ok_or("there is no region left")?;
                let step = format!("{}-{number}", lot.get(28..).unwrap_or_default());
                let input = json!({ "lot": lot, "turn": turn["number"], "region": region,
                    "idempotencyKey": self.key("choose", &step) });
                let fields = "turn { number free firm { id } }";
                let board = firm.does(("chooseSupplyRegion", "ChooseSupplyRegionInput"), input, fields);
                turn = board.await?["turn"].take();
            }
        }
        for lot in &lots {
            let query = format!("{{ supplyBoard(lot: {lot:?}) {{ decidedAt }} }}");
            self.stage
                .until(&office, &query, |board| board.is_null() || board["decidedAt"].is_string())
                .await?;
        }
        Ok(lots)
    }

    /// The result is published; a firm objects, the office answers, the time for objections and the standstill pass.
    async fn result_lies_open(
        &self,
        firms: &BTreeMap<String, Player<'_>>,
        lots: &[String],
    ) -> Result<(), ServeError> {
        let office = self.stage.office().await?;
        let version = self.shown(&office, "version").await?["version"].take();
        let now = self.stage.now().await?;
        let input = json!({ "id": self.round, "version": version, "objectionsUntil": instant(now, OBJECTIONS)?,
            "standstillUntil": instant(now, STANDSTILL)?, "idempotencyKey": self.key("notice", "first") });
        office.does(("publishNotice", "PublishNoticeInput"), input, "id").await?;
        let firm = firms.values().next_back().ok_or("no firm takes part")?;
        let input = json!({ "round": self.round, "lots": lots.get(..1), "documents": [],
            "grounds": "模拟数据：请复核本企业入围顺位", "idempotencyKey": self.key("object", "first") });
        let objection = firm.does(("objectToResult", "ObjectToResultInput"), input, "id version").await?;
        let input = json!({ "id": objection["id"], "version": objection["version"],
            "answer": "模拟数据：经复核，顺位按单位可比价由低到高排列，结果不变",
            "idempotencyKey": self.key("reject", "first") });
        office.does(("rejectObjection", "RejectObjectionInput"), input, "id").await?;
        self.stage.passes(STANDSTILL).await
    }

    /// Another person of the office announces the official result; its id.
    async fn result_is_official(&self) -> Result<String, ServeError> {
        let deputy = self.stage.player(DEPUTY, OFFICE).await?;
        let version = self.shown(&deputy, "version").await?["version"].take();
        let today = self.stage.now().await?.day_in_china().to_string();
        let input = json!({ "id": self.round, "version": version, "startsOn": today,
            "idempotencyKey": self.key("official", "result") });
        deputy.does(("announceOfficialResult", "AnnounceOfficialResultInput"), input, "id").await?;
        let shown = deputy.asks("{ officialResults(first: 20) { nodes { id roundId } } }").await?;
        let own = nodes(&shown).iter().find(|result| result["roundId"] == self.round.as_str());
        Ok(text(&own.ok_or("the official result is nowhere")?["id"]))
    }

    /// The office makes the contracts of the first year; they are divided by what institutions reported.
    async fn contracts_are_divided(&self, result: &str) -> Result<(), ServeError> {
        let office = self.stage.office().await?;
        let input = json!({ "result": result, "idempotencyKey": self.key("contracts", "first") });
        office.does(("generateContracts", "GenerateContractsInput"), input, "").await?;
        let undivided = format!(
            "{{ contracts(first: 100, filter: {{ result: {result:?}, status: DRAFT }}) {{ nodes {{ institutions }} }} }}"
        );
        let all = |shown: &Value| nodes(shown).iter().all(|one| one["institutions"].is_string());
        self.stage.until(&office, &undivided, all).await?;
        Ok(())
    }

    /// Each party makes a key, reads what it is a party of, and seals it. Away from a demonstration the private keys stay with the parties.
    async fn everybody_seals(
        &self,
        result: &str,
        firms: &BTreeMap<String, Player<'_>>,
    ) -> Result<(), ServeError> {
        let carrier = self.stage.player(CLERK, DISTRIBUTOR).await?;
        for firm in firms.values() {
            self.name_distributor(firm, result, &carrier.organization()).await?;
        }
        let of_result = format!(", filter: {{ result: {result:?} }}");
        for player in firms.values().chain([&carrier]) {
            self.stage.seals(player, ("contracts", &of_result, "id document")).await?;
        }
        for institution in &self.market.institutions {
            let player = self.stage.player(CLERK, &institution.code).await?;
            self.stage.seals(&player, ("subContracts", "", "id document sealedAt")).await?;
        }
        Ok(())
    }

    async fn name_distributor(
        &self,
        firm: &Player<'_>,
        result: &str,
        carrier: &str,
    ) -> Result<(), ServeError> {
        let query = format!(
            "{{ contracts(first: 100, filter: {{ result: {result:?}, regionCode: {DISTRIBUTED:?} }}) {{ nodes {{ id version }} }} }}"
        );
        for contract in nodes(&firm.asks(&query).await?) {
            let step = text(&contract["id"]).get(28..).unwrap_or_default().to_owned();
            let input = json!({ "id": contract["id"], "version": contract["version"], "distributor": carrier,
                "idempotencyKey": self.key("carry", &step) });
            firm.does(("nameDistributor", "NameDistributorInput"), input, "id").await?;
        }
        Ok(())
    }
}

impl Stage<'_> {
    /// Whoever has something to seal that it has not sealed yet makes a key and seals it, a page at a time.
    pub(super) async fn seals(
        &self,
        player: &Player<'_>,
        (list, filter, fields): (&str, &str, &str),
    ) -> Result<(), ServeError> {
        let mut key: Option<ContractKey> = None;
        let mut after = String::new();
        loop {
            let page = "pageInfo { hasNextPage endCursor }";
            let query =
                format!("{{ {list}(first: {PAGE}{after}{filter}) {{ nodes {{ {fields} }} {page} }} }}");
            let shown = player.asks(&query).await?;
            let open: Vec<&Value> = nodes(&shown).iter().filter(|one| !one["sealedAt"].is_string()).collect();
            if let Some(first) = open.first() {
                let key = match &mut key {
                    Some(key) => key,
                    none => none.insert(contract_key(self, player).await?),
                };
                let mut seals = Vec::with_capacity(open.len());
                for one in &open {
                    let document = Sealable::parse(&text(&one["document"]))?;
                    seals.push(key.seal(&document, &player.organization()).to_canonical());
                }
                let step = text(&first["id"]).get(28..).unwrap_or_default().to_owned();
                let input = json!({ "seals": seals, "idempotencyKey": self.key(&format!("seals-{step}")) });
                player.does(("sealContracts", "SealContractsInput"), input, "").await?;
            }
            if shown["pageInfo"]["hasNextPage"] != true {
                return Ok(());
            }
            after = format!(", after: {}", shown["pageInfo"]["endCursor"]);
        }
    }
}

/// A key that the player's organization seals contracts with from now on.
async fn contract_key(stage: &Stage<'_>, player: &Player<'_>) -> Result<ContractKey, ServeError> {
    let key = ContractKey::generate()?;
    let mutation = ("registerContractKey", "RegisterContractKeyInput");
    register(stage, player, mutation, (&key.public().to_string(), "")).await?;
    Ok(key)
}

/// The instant that many seconds after another, as the API reads it.
fn instant(now: Timestamp, seconds: i64) -> Result<String, ServeError> {
    Ok(jiff::Timestamp::from_second(now.plus_seconds(seconds).seconds())?.to_string())
}
