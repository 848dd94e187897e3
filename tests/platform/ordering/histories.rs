//! Random histories of orders, deliveries, returns and backup supplies, beside a list that knows nothing of ledgers and months.
use serde_json::{Value, json};

use super::backup::Standby;
use crate::contract::deal::orders;
use crate::support::actor::Actor;
use crate::support::postgres::texts;

const PACK: u64 = 24;

/// A line of the list: packs, and whose they are.
struct Line {
    id: String,
    who: usize,
    contract: usize,
    ordered: u64,
    confirmed: u64,
    cancelled: u64,
    shipped: u64,
    accepted: u64,
    rejected: u64,
    returned: u64,
    over: bool,
    deliveries: Vec<(Value, u64)>,
    acceptances: Vec<(Value, u64)>,
}

/// A contract of the list: of the product or its backup, with what each institution agreed.
struct Paper {
    backup: bool,
    agreed: [u64; 2],
}

struct History {
    standby: Standby,
    seed: u64,
    lines: Vec<Line>,
    papers: Vec<Paper>,
    /// Where new orders go.
    target: usize,
    supply: Option<Value>,
}

impl History {
    fn random(&mut self, below: u64) -> u64 {
        self.seed = self.seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.seed >> 33) % below.max(1)
    }

    fn hospital(&self, who: usize) -> &Actor {
        [&self.standby.shop.one.actor, &self.standby.shop.two.actor][who]
    }

    fn seller(&self, line: usize) -> &Actor {
        let backup = self.papers[self.lines[line].contract].backup;
        if backup { &self.standby.backup } else { &self.standby.shop.distributor.actor }
    }

    /// One of the lines for which that holds.
    fn some(&mut self, fits: impl Fn(&Line) -> bool) -> Option<usize> {
        let those: Vec<usize> = (0..self.lines.len()).filter(|at| fits(&self.lines[*at])).collect();
        let count = u64::try_from(those.len()).unwrap();
        (count > 0).then(|| those[usize::try_from(self.random(count)).unwrap()])
    }

    async fn places(&mut self) {
        let (who, packs) = (usize::try_from(self.random(2)).unwrap(), 1 + self.random(200));
        let placed = self.standby.shop.orders(self.hospital(who), &[(0, &packs.to_string())]).await;
        let (id, contract) = (placed[0].clone(), self.target);
        let line = Line {
            id,
            who,
            contract,
            ordered: packs,
            confirmed: 0,
            cancelled: 0,
            shipped: 0,
            accepted: 0,
            rejected: 0,
            returned: 0,
            over: false,
            deliveries: Vec::new(),
            acceptances: Vec::new(),
        };
        self.lines.push(line);
    }

    async fn answers(&mut self) {
        let Some(at) = self.some(|line| line.confirmed == 0 && !line.over) else { return };
        let id = self.lines[at].id.clone();
        match self.random(4) {
            0 => self.standby.shop.ends(self.seller(at), "refuseOrderLines", &[&id]).await.done(),
            1 => {
                let who = self.lines[at].who;
                self.standby.shop.ends(self.hospital(who), "cancelOrderLines", &[&id]).await.done()
            }
            _confirms => {
                self.standby.shop.confirms(self.seller(at), &[&id]).await.done();
                self.lines[at].confirmed = self.lines[at].ordered;
                return;
            }
        };
        let line = &mut self.lines[at];
        (line.cancelled, line.over) = (line.ordered, true);
    }

    async fn ships(&mut self) {
        let Some(at) = self.some(|line| line.confirmed > line.shipped && !line.over) else { return };
        let packs = 1 + self.random(self.lines[at].confirmed - self.lines[at].shipped);
        let mut input = self.standby.shop.shipping(&[(&self.lines[at].id, &packs.to_string())]);
        input["hospital"] = json!(self.hospital(self.lines[at].who).organization);
        let sent = orders(self.seller(at), "shipOrderLines", input).await.done();
        let line = &mut self.lines[at];
        line.shipped += packs;
        line.deliveries.push((sent[0].clone(), packs));
    }

    /// The seller sends no more.
    async fn closes(&mut self) {
        let Some(at) = self.some(|line| line.confirmed > line.shipped && line.shipped > 0 && !line.over)
        else {
            return;
        };
        let id = self.lines[at].id.clone();
        self.standby.shop.ends(self.seller(at), "closeOrderLines", &[&id]).await.done();
        let line = &mut self.lines[at];
        (line.cancelled, line.over) = (line.confirmed - line.shipped, true);
    }

    async fn accepts(&mut self) {
        let Some(at) = self.some(|line| !line.deliveries.is_empty()) else { return };
        let (delivery, packs) = self.lines[at].deliveries.pop().unwrap();
        let rejected = self.random(packs);
        let accepted = packs - rejected;
        let mut one = json!({ "delivery": delivery, "accepted": accepted.to_string(), "rejected": rejected.to_string() });
        if rejected > 0 {
            one["reason"] = json!("破损");
        }
        let who = self.lines[at].who;
        let taken = self.standby.shop.accepts(self.hospital(who), json!([one])).await.done();
        let line = &mut self.lines[at];
        line.accepted += accepted;
        line.rejected += rejected;
        line.acceptances.push((taken[0].clone(), accepted));
    }

    async fn returns(&mut self) {
        let Some(at) = self.some(|line| !line.acceptances.is_empty()) else { return };
        let (acceptance, packs) = self.lines[at].acceptances.pop().unwrap();
        let back = 1 + self.random(packs);
        let who = self.lines[at].who;
        self.standby.shop.returns(self.hospital(who), &acceptance, &back.to_string()).await.done();
        self.lines[at].returned += back;
    }

    /// What came or is on its way, and stays.
    fn stays(&self, contract: usize, who: usize) -> u64 {
        let of = self.lines.iter().filter(|line| line.contract == contract && line.who == who);
        of.map(|line| (line.shipped - line.rejected - line.returned) * PACK).sum()
    }

    fn leaves(&mut self, contracts: &[usize]) -> [u64; 2] {
        let mut moved = [0; 2];
        for at in contracts {
            for (who, sum) in moved.iter_mut().enumerate() {
                let rest = self.papers[*at].agreed[who].saturating_sub(self.stays(*at, who));
                self.papers[*at].agreed[who] -= rest;
                *sum += rest;
            }
        }
        moved
    }

    async fn switches(&mut self) {
        if let Some(begun) = self.supply.take() {
            self.standby.decides(&self.standby.shop.office, &begun, "END").await.done();
            let moved = self.leaves(&[self.target]);
            self.target = 0;
            if moved != [0; 2] {
                self.papers.push(Paper { backup: false, agreed: moved });
                self.target = self.papers.len() - 1;
            }
            return;
        }
        self.supply = Some(self.standby.begins().await);
        let own: Vec<usize> = (0..self.papers.len()).filter(|at| !self.papers[*at].backup).collect();
        let moved = self.leaves(&own);
        self.papers.push(Paper { backup: true, agreed: moved });
        self.target = self.papers.len() - 1;
    }

    /// The contracts with what institutions agreed, and what months count of them, as the list and the platform have it.
    async fn agrees(&self) {
        let app = &self.standby.shop.world.database.app;
        let uuid = |who: usize| self.hospital(who).organization.split_once('_').unwrap().1.to_owned();
        let part = |who: usize| {
            format!(
                "coalesce((SELECT s.volume - coalesce((SELECT sum(e.volume) FROM volume_entries e WHERE e.from_part = s.id), 0)
                    FROM sub_contracts s WHERE s.contract = c.id AND s.institution = '{}'), 0)",
                uuid(who)
            )
        };
        let query = format!(
            "SELECT concat_ws(' ', {}, {}, sum(m.ordered), sum(m.confirmed), sum(m.cancelled), sum(m.shipped), sum(m.accepted), sum(m.rejected),
                sum(m.returned)) AS line FROM contracts c JOIN selected_products p ON p.id = c.product LEFT JOIN basis_months m ON m.basis = c.id
             WHERE p.lot_number = 1 GROUP BY c.id ORDER BY c.created_at, c.id",
            part(0),
            part(1)
        );
        let expected = self.papers.iter().enumerate().map(|(at, paper)| {
            let mut told = vec![paper.agreed[0], paper.agreed[1]];
            let lines: Vec<&Line> = self.lines.iter().filter(|line| line.contract == at).collect();
            let sum = |of: fn(&Line) -> u64| lines.iter().map(|line| of(line) * PACK).sum::<u64>();
            if !lines.is_empty() {
                let counted: [fn(&Line) -> u64; 7] = [
                    |line| line.ordered,
                    |line| line.confirmed,
                    |line| line.cancelled,
                    |line| line.shipped,
                    |line| line.accepted,
                    |line| line.rejected,
                    |line| line.returned,
                ];
                told.extend(counted.map(sum));
            }
            told.iter().map(u64::to_string).collect::<Vec<_>>().join(" ")
        });
        assert_eq!(texts(app, &query).await, expected.collect::<Vec<_>>(), "seed {}", self.seed);
        let all: u64 = self.papers.iter().flat_map(|paper| paper.agreed).sum();
        assert_eq!(all, 36_500, "a unit of agreed volume is always in one contract");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_random_history_keeps_every_unit_in_one_contract_and_every_pack_in_one_count() {
    let standby = Standby::opens().await;
    let papers = vec![Paper { backup: false, agreed: [18_250; 2] }];
    let mut history =
        History { standby, seed: 20_261_123, lines: Vec::new(), papers, target: 0, supply: None };
    for step in 0..90 {
        match history.random(10) {
            0 | 1 => history.places().await,
            2 | 3 => history.answers().await,
            4 | 5 => history.ships().await,
            6 => history.accepts().await,
            7 => history.returns().await,
            8 => history.closes().await,
            _nine => history.switches().await,
        }
        if step % 3 == 0 {
            history.agrees().await;
        }
    }
    history.agrees().await;
    let switched = history.papers.len();
    assert!(switched >= 5 && history.lines.len() > 10, "{switched} contracts, {} lines", history.lines.len());
}
