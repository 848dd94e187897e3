//! What everybody may read of a result, as one text whose digest is published with it.
use jicai_domain::errors::Refusal;
use jicai_domain::ids::LotId;
use jicai_domain::procurement::objection::Terms;
use jicai_domain::procurement::result::{Sight, public_sight};
use jicai_domain::procurement::round::Round;
use jicai_store::procurement::results::WholeLot;
use serde::{Deserialize, Serialize};

use crate::errors::Error;
use crate::procurement::edition::instant;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct NoticeText<'a> {
    kind: &'static str,
    round: String,
    name: &'a str,
    office: String,
    edition: i32,
    objections_until: String,
    standstill_until: String,
    lots: Vec<LotText>,
}

/// A lot of the result as a file, as far as it is told.
#[derive(Serialize, Deserialize)]
struct LotText {
    lot: String,
    status: String,
    bids: Vec<BidText>,
    regions: Vec<RegionText>,
}

#[derive(Serialize, Deserialize)]
struct BidText {
    bidder: String,
    product: Option<String>,
    #[serde(skip_serializing)]
    selected: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    final_price: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    agreed_volume: Option<u64>,
}

#[derive(Serialize, Deserialize)]
struct RegionText {
    region: String,
    content: Option<String>,
    main: String,
    backup: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    volume: Option<u64>,
}

/// The text of a notice, of those lots: who is selected and who supplies where, with prices and volumes if the disclosure rule lets
/// everybody see them.
pub(super) fn text(
    round: &Round,
    (terms, edition): (&Terms, i32),
    (lots, covered): (&[WholeLot], &[LotId]),
) -> Result<String, Error> {
    let priced = public_sight(round.disclosure) >= Sight::SelectedPrices;
    let told = lots.iter().filter(|lot| covered.contains(&lot.lot)).map(|lot| lot_text(&lot.json, priced));
    let text = NoticeText {
        kind: "NOTICE",
        round: round.id.to_string(),
        name: round.name.as_str(),
        office: round.office.to_string(),
        edition,
        objections_until: instant(terms.objections_until),
        standstill_until: instant(terms.standstill_until),
        lots: told.collect::<Result<_, Error>>()?,
    };
    serde_json::to_string(&text).map_err(|error| Error::Broken(error.into()))
}

fn lot_text(json: &str, priced: bool) -> Result<LotText, Error> {
    let mut lot: LotText = serde_json::from_str(json).map_err(|error| Error::Broken(error.into()))?;
    lot.bids.retain(|bid| bid.selected);
    if !priced {
        for bid in &mut lot.bids {
            (bid.final_price, bid.agreed_volume) = (None, None);
        }
        lot.regions.iter_mut().for_each(|region| region.volume = None);
    }
    Ok(lot)
}

/// A refusal that says what is missing.
pub(super) fn wants(code: jicai_domain::errors::Code, what: &str) -> Error {
    Refusal::of(code).allowing(what).into()
}
