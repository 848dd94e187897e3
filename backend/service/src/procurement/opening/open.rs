//! The opening itself: in memory up to one short commit, and the same whenever it is begun again.
use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use jicai_domain::audit::{Act, Actor};
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::RegionCode;
use jicai_domain::ids::{BidId, Id, OrganizationId, RoundId};
use jicai_domain::procurement::bid::Bid;
use jicai_domain::procurement::opening::{
    Case, Firm, OfferedLine, OpenedBid, Product, RegionDemand, put_together,
};
use jicai_domain::procurement::qualification::Entry;
use jicai_domain::procurement::round::{AnnouncedLot, Round, RoundCommand, RoundStatus};
use jicai_domain::procurement::rules::RuleSet;
use jicai_seal::{BidPlain, BidPublic, Ceremony, Expected, RoundIdentity, SealError, Share, VoidReason};
use jicai_store::audit::record;
use jicai_store::identity::regions;
use jicai_store::procurement::results::{self, NewResult};
use jicai_store::procurement::{bids, demand, lots, opening, qualification, rounds, shares};
use jicai_store::{Page, Part, Tx};

use super::share::ceremony_of;
use crate::app::App;
use crate::errors::Error;
use crate::jobs::Progress;
use crate::procurement::custody::opening_key;
use crate::procurement::result::{decide, owners, read_rules};

/// Envelopes that are in memory at a time.
const ENVELOPES: u16 = 500;

/// Opens and decides a round, unless that is done or the round was cancelled.
pub(crate) async fn open(app: &App, subject: &str) -> Result<Progress, Error> {
    let id = RoundId::parse(subject)?;
    let mut tx = app.store.read().await?;
    let round = rounds::announced(&mut tx, id).await?;
    if round.status != RoundStatus::Opening {
        return Ok(Progress::Done);
    }
    let mut watch = Watch::begin();
    let opened = open_bids(app, &mut tx, &round).await?;
    let (bids, decrypt_ms) = (opened.openings.len(), watch.lap());
    let evidence = Evidence::read(&mut tx, id).await?;
    drop(tx);
    let read_ms = watch.lap();
    let result = tokio::task::spawn_blocking(move || evidence.decide(id, opened));
    let result = result.await.map_err(|error| Error::Broken(error.into()))??;
    let decide_ms = watch.lap();
    match commit(app, &round, &result).await {
        // It was opened by somebody else, or cancelled, meanwhile.
        Err(Error::Refused(Refusal { code: Code::RoundState | Code::StaleVersion, .. })) => {
            Ok(Progress::Done)
        }
        outcome => {
            let (write_ms, ok) = (watch.lap(), outcome.is_ok());
            tracing::info!(round = %id, bids, decrypt_ms, read_ms, decide_ms, write_ms, ok, "a round is opened");
            outcome
        }
    }
}

/// How long the stages of an opening take, for the logs.
struct Watch(Instant);

impl Watch {
    fn begin() -> Watch {
        Watch(Instant::now())
    }

    /// Whole milliseconds since the stage before.
    fn lap(&mut self) -> u64 {
        let took = std::mem::replace(&mut self.0, Instant::now()).elapsed();
        u64::try_from(took.as_millis()).unwrap_or(u64::MAX)
    }
}

/// What became of the envelopes.
#[derive(Default)]
struct Opened {
    openings: Vec<(BidId, OrganizationId, Option<&'static str>)>,
    bids: Vec<OpenedBid>,
}

/// Puts the round's key together and opens every envelope with it. The key is wiped when this returns.
async fn open_bids(app: &App, tx: &mut Tx, round: &Round) -> Result<Opened, Error> {
    let (ceremony, length) = ceremony_of(tx, round.id).await?;
    let given = shares::of_round(tx, round.id).await?;
    let mut identity = identity(app, round.id, &ceremony, &given)?;
    let (mut opened, name) = (Opened::default(), round.id.to_string());
    loop {
        let after = opened.openings.last().map(|(bid, _bidder, _fault)| *bid);
        let page = Page { first: ENVELOPES, after };
        let Part { rows, more } = envelopes(app, round.id, &page).await?;
        let (name, before) = (name.clone(), opened);
        let work = tokio::task::spawn_blocking(move || {
            let opened = rows.iter().fold(before, |opened, sealed| {
                opened.with(&sealed.0, open_one(&identity, (&name, length), sealed))
            });
            (identity, opened)
        });
        (identity, opened) = work.await.map_err(|error| Error::Broken(error.into()))?;
        if !more {
            return Ok(opened);
        }
    }
}

/// A bid with the public line of its bidder's key and its ciphertext.
type Envelope = (Bid, String, Vec<u8>);

async fn envelopes(app: &App, round: RoundId, page: &Page<BidId>) -> Result<Part<Envelope>, Error> {
    app.store
        .keep("read_envelopes", async |tx| {
            bids::reach_round(tx, round).await?;
            Ok::<_, Error>(bids::envelopes(tx, round, page).await?)
        })
        .await
}

fn identity(
    app: &App,
    round: RoundId,
    ceremony: &Ceremony,
    given: &[(u8, Vec<u8>)],
) -> Result<RoundIdentity, Error> {
    let key = opening_key(app, round)?;
    let shares = given.iter().map(|(position, envelope)| key.open_share(ceremony, *position, envelope));
    let shares: Vec<Share> = shares.collect::<Result<_, SealError>>().map_err(sealed)?;
    RoundIdentity::combine(ceremony, &shares).map_err(sealed)
}

fn open_one(
    identity: &RoundIdentity,
    (round, length): (&str, usize),
    (bid, line, ciphertext): &Envelope,
) -> Result<BidPlain, VoidReason> {
    let bidder = bid.bidder.to_string();
    let key = BidPublic::parse(line).map_err(|_why| VoidReason::Signature)?;
    let version = u32::try_from(bid.version).map_err(|_range| VoidReason::OtherVersion)?;
    let commitment = &bid.commitment;
    identity.open(ciphertext, &Expected { round, bidder: &bidder, version, commitment, key: &key, length })
}

impl Opened {
    fn with(mut self, sealed: &Bid, plain: Result<BidPlain, VoidReason>) -> Self {
        let fault = plain.as_ref().err().map(|reason| reason.code());
        self.openings.push((sealed.id, sealed.bidder, fault));
        self.bids.extend(plain.ok().map(|plain| {
            OpenedBid {
                bid: sealed.id,
                bidder: sealed.bidder,
                lines: plain
                    .lines()
                    .iter()
                    .map(|line| OfferedLine {
                        product: line.product.clone(),
                        price: line.price,
                        units: line.units,
                    })
                    .collect(),
            }
        }));
        self
    }
}

/// What the round is decided on beside its bids.
struct Evidence {
    rules: RuleSet,
    lots: Vec<AnnouncedLot>,
    firms: Vec<Firm>,
    products: Vec<Product>,
    demand: Vec<RegionDemand>,
}

impl Evidence {
    async fn read(tx: &mut Tx, round: RoundId) -> Result<Evidence, Error> {
        let lots = lots::standing(tx, round).await?;
        let demand = locked_demand(tx, round).await?;
        let entries = qualification::entries(tx, round).await?;
        Ok(Evidence {
            rules: read_rules(&opening::rules_of(tx, round).await?)?,
            firms: entries.iter().map(firm).collect(),
            products: entries.iter().map(product).collect(),
            lots,
            demand,
        })
    }

    fn decide(&self, round: RoundId, opened: Opened) -> Result<NewResult, Error> {
        let Evidence { rules, lots, firms, products, demand } = self;
        let case = Case { rules, lots, firms, products, bids: &opened.bids, demand };
        let put = put_together(&case).map_err(|faults| {
            let fault = faults.first().map(|fault| fault.kind.code()).unwrap_or_default();
            Error::broken(format!("{} faults in what {round} is decided on: {fault}", faults.len()))
        })?;
        let counted = put.lines.iter().filter_map(|line| Some((line.outcome.as_ref().ok()?, line.bidder)));
        let owners = owners(counted.map(|(counted, bidder)| (&counted.bid.product, counted.product, bidder)));
        let decided = decide(rules, &put.lots, &owners)?;
        Ok(NewResult {
            round,
            head: decided.head,
            tail: decided.tail,
            lots: decided.lots,
            openings: opened.openings,
            lines: put.lines,
        })
    }
}

/// The demand that a round is decided on.
pub(crate) async fn locked_demand(tx: &mut Tx, round: RoundId) -> Result<Vec<RegionDemand>, Error> {
    let locked = demand::locked(tx, round).await?;
    let codes: BTreeSet<RegionCode> = locked.iter().map(|row| row.region).collect();
    let codes: Vec<RegionCode> = codes.into_iter().collect();
    let named = regions::named(tx, &codes).await?;
    let names: BTreeMap<RegionCode, String> =
        named.into_iter().map(|region| (region.code, region.name)).collect();
    let rows = locked.into_iter().map(|row| RegionDemand {
        lot: row.lot,
        region: row.region.to_string(),
        region_name: names.get(&row.region).cloned().unwrap_or_else(|| row.region.to_string()),
        spec: row.spec,
        product: row.product,
        volume: row.volume,
    });
    Ok(rows.collect())
}

fn firm(entry: &Entry) -> Firm {
    Firm {
        id: entry.applicant,
        name: entry.applicant_name.as_str().to_owned(),
        credit_code: entry.credit_code.as_str().to_owned(),
        group: entry.group.clone(),
    }
}

fn product(entry: &Entry) -> Product {
    Product {
        id: entry.product,
        applicant: entry.applicant,
        lot: entry.lot,
        spec: entry.spec,
        name: entry.name.as_str().to_owned(),
        qualified: entry.approved,
        facts: entry.facts.clone(),
    }
}

/// Keeps the result and forgets the shares, if the round still is what was opened.
async fn commit(app: &App, seen: &Round, result: &NewResult) -> Result<Progress, Error> {
    app.store
        .write("open_round", async |tx| {
            let round = rounds::lock_announced(tx, seen.id).await?;
            let decided = round.apply(RoundCommand::Conclude)?;
            rounds::save_state(tx, &decided, seen.version).await?;
            results::add(tx, result).await?;
            shares::forget(tx, seen.id).await?;
            bids::reach_round(tx, seen.id).await?;
            bids::drop_envelopes(tx, seen.id).await?;
            let void = result.openings.iter().filter(|(_bid, _bidder, fault)| fault.is_some()).count();
            let act = Act::new("RoundOpened", seen.id)
                .concerning(seen.office)
                .with("bids", result.openings.len())
                .with("void", void)
                .with("lots", result.lots.len());
            Ok::<_, Error>(record(tx, Actor::Platform, act, Progress::Done).await?)
        })
        .await
}

fn sealed(error: SealError) -> Error {
    Error::Broken(error.into())
}
