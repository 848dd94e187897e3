//! A price on the wire.
use async_graphql::{Enum, ID, SimpleObject};
use jicai_domain::pricing::observation::{self as domain, Said};

use crate::dates::{Date, DateTime};

/// Decimal places of the price of a smallest unit in print.
const PLACES: usize = 8;

/// What a price is. Kinds are never mixed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "jicai_domain::pricing::observation::PriceKind")]
pub(super) enum PriceKind {
    /// 挂网价.
    Listed,
    /// 中选价.
    Selected,
    /// 成交价.
    Transaction,
    /// 谈判价.
    Negotiated,
    /// 自主申报价.
    Declared,
    /// 医保支付标准.
    Standard,
    /// 境外参考价.
    Foreign,
}

/// What a currency was in yuan.
#[derive(SimpleObject)]
pub(super) struct PriceExchange {
    /// Yuan for one.
    rate: String,
    /// How that was found, and by whom.
    basis: String,
    /// The day that it is for.
    on: Date,
}

/// What somebody said of a price.
#[derive(SimpleObject)]
pub(super) struct SaidPrice {
    /// What it is.
    kind: PriceKind,
    /// The code of the region.
    region: String,
    /// The day.
    observed_on: Date,
    /// The id of the item, where the registry knows it.
    item_id: Option<ID>,
    /// The code as it was sent.
    code: Option<String>,
    /// 四同: one product, wherever it is sold.
    same4: Option<String>,
    /// 三同: the same of every maker.
    same3: Option<String>,
    /// 厂牌.
    maker: Option<String>,
    /// The id of the maker, where it is on the platform.
    manufacturer_id: Option<ID>,
    /// The id of the hospital that bought.
    hospital_id: Option<ID>,
    /// Of a pack, tax included, in the currency.
    price: String,
    /// Smallest units in a pack.
    pack_units: String,
    /// Of a smallest unit, in yuan.
    unit_price: String,
    /// ISO 4217.
    currency: String,
    /// Of a foreign price: the country.
    country: Option<String>,
    /// Of a foreign price in another currency: what that was in yuan.
    exchange: Option<PriceExchange>,
    /// How many packs were bought; 0 where all of them went back.
    packs: Option<String>,
    /// Whether everybody who sees prices may see it.
    disclosed: bool,
    /// The id of whoever said so.
    source_id: ID,
    /// Their own id of the line.
    key: String,
}

impl SaidPrice {
    pub(super) fn of(said: Said) -> Self {
        let unit_price = said.unit_price().map(|price| price.to_short(PLACES)).unwrap_or_default();
        let id = |id: String| ID(id);
        let (country, exchange) = match said.abroad {
            Some(domain::Abroad { country, exchange }) => (Some(country), exchange),
            None => (None, None),
        };
        let exchange = exchange.map(|exchange| PriceExchange {
            rate: exchange.rate.normalize().to_string(),
            basis: exchange.basis,
            on: Date(exchange.on),
        });
        Self {
            kind: said.kind.into(),
            region: said.region.to_string(),
            observed_on: Date(said.observed_on),
            item_id: said.item.map(|item| id(item.to_string())),
            code: said.code,
            same4: said.group_key,
            same3: said.loose_group,
            maker: said.maker,
            manufacturer_id: said.manufacturer.map(|one| id(one.to_string())),
            hospital_id: said.hospital.map(|one| id(one.to_string())),
            price: said.price.normalize().to_string(),
            pack_units: said.pack_units.to_string(),
            unit_price,
            currency: said.currency,
            country,
            exchange,
            packs: said.packs.map(|packs| packs.to_string()),
            disclosed: said.disclosed,
            source_id: id(said.source.to_string()),
            key: said.source_key,
        }
    }
}

/// A price that counts, or counted.
#[derive(SimpleObject)]
pub(super) struct PriceObservation {
    /// Its id.
    id: ID,
    /// What was said.
    price: SaidPrice,
    /// The id of what it was taken with.
    batch_id: ID,
    /// The id of what it stands in the place of.
    supersedes_id: Option<ID>,
    /// The id of what stands in its place: it counts no more.
    superseded_by_id: Option<ID>,
    /// Since when it counts.
    recorded_at: DateTime,
}

impl PriceObservation {
    pub(super) fn of(one: domain::PriceObservation) -> Self {
        Self {
            id: ID(one.id.to_string()),
            price: SaidPrice::of(one.said),
            batch_id: ID(one.batch.to_string()),
            supersedes_id: one.supersedes.map(|id| ID(id.to_string())),
            superseded_by_id: one.superseded.map(|(id, _)| ID(id.to_string())),
            recorded_at: DateTime(one.recorded_at),
        }
    }
}
