//! What a lot's firms choose from, with the organizations and the regions that the names stand for; and as the board keeps it.
use std::collections::BTreeMap;

use jicai_domain::identity::RegionCode;
use jicai_domain::ids::{Id, OrganizationId};
use jicai_domain::procurement::supply::{Board, Choice, ContentField, Field, Market};
use jicai_domain::procurement::tables::Preference;
use jicai_store::procurement::supply::ChoiceRow;
use serde::{Deserialize, Serialize};

use crate::errors::Error;
use crate::procurement::result::Owners;

/// A firm that chooses.
#[derive(Clone, Debug)]
pub struct MarketFirm {
    /// Its organization.
    pub id: OrganizationId,
    /// Its name in the result.
    pub name: String,
}

/// A region that is chosen.
#[derive(Clone, Debug)]
pub struct MarketRegion {
    /// Its code.
    pub code: RegionCode,
    /// Its name in the result.
    pub name: String,
    /// What was reported there without the brands' own, in units of the representative content.
    pub volume: String,
}

/// A market as the board has it. The numbers of its field are places in its lists.
#[derive(Clone, Debug)]
pub(crate) struct OpenMarket {
    pub(crate) firms: Vec<MarketFirm>,
    pub(crate) regions: Vec<MarketRegion>,
    pub(crate) field: Field,
}

#[derive(Serialize, Deserialize)]
struct Kept {
    firms: Vec<(String, String)>,
    regions: Vec<(String, String, String)>,
    first_pick: u64,
    backup: bool,
    by_volume: Vec<usize>,
    contents: Vec<(String, Vec<usize>, Vec<usize>)>,
}

impl OpenMarket {
    /// The market with the organizations behind its names. Errors: `INTERNAL` where a name is nobody's.
    pub(crate) fn of(
        market: Market,
        owners: &Owners,
        bidders: &BTreeMap<String, OrganizationId>,
        codes: &BTreeMap<String, RegionCode>,
    ) -> Result<OpenMarket, Error> {
        let nobody =
            |name: &str| Error::broken(format!("{name:?} is nobody's, of {} products", owners.len()));
        let firms = market.firms.iter().map(|name| {
            let id = *bidders.get(&**name).ok_or_else(|| nobody(name))?;
            Ok(MarketFirm { id, name: name.to_string() })
        });
        let regions = market.regions.iter().map(|region| {
            let code = *codes.get(&*region.name).ok_or_else(|| nobody(&region.name))?;
            Ok(MarketRegion { code, name: region.name.to_string(), volume: region.volume.clone() })
        });
        Ok(OpenMarket {
            firms: firms.collect::<Result<_, Error>>()?,
            regions: regions.collect::<Result<_, Error>>()?,
            field: market.field,
        })
    }

    /// As the board keeps it.
    pub(crate) fn to_text(&self) -> Result<String, Error> {
        let Field { first_pick, backup, by_volume, contents, .. } = &self.field;
        let firm = |firm: &MarketFirm| (firm.id.to_string(), firm.name.clone());
        let region =
            |region: &MarketRegion| (region.code.to_string(), region.name.clone(), region.volume.clone());
        let content = |content: &ContentField| {
            (content.content.to_string(), content.quoting.clone(), content.by_volume.clone())
        };
        let kept = Kept {
            firms: self.firms.iter().map(firm).collect(),
            regions: self.regions.iter().map(region).collect(),
            first_pick: *first_pick,
            backup: *backup,
            by_volume: by_volume.clone(),
            contents: contents.iter().map(content).collect(),
        };
        serde_json::to_string(&kept).map_err(|error| Error::Broken(error.into()))
    }

    /// What the board keeps.
    pub(crate) fn from_text(text: &str) -> Result<OpenMarket, Error> {
        let kept: Kept = serde_json::from_str(text).map_err(|error| Error::Broken(error.into()))?;
        let firms =
            kept.firms.into_iter().map(|(id, name)| Ok(MarketFirm { id: OrganizationId::parse(&id)?, name }));
        let regions = kept
            .regions
            .into_iter()
            .map(|(code, name, volume)| Ok(MarketRegion { code: RegionCode::parse(&code)?, name, volume }));
        let contents = kept.contents.into_iter().map(|(content, quoting, by_volume)| {
            let content =
                content.parse().map_err(|error: rust_decimal::Error| Error::Broken(error.into()))?;
            Ok(ContentField { content, quoting, by_volume })
        });
        let (firms, regions) = (
            firms.collect::<Result<Vec<MarketFirm>, Error>>()?,
            regions.collect::<Result<Vec<MarketRegion>, Error>>()?,
        );
        let field = Field {
            regions: regions.len(),
            firms: firms.len(),
            first_pick: kept.first_pick,
            backup: kept.backup,
            by_volume: kept.by_volume,
            contents: contents.collect::<Result<_, Error>>()?,
        };
        Ok(OpenMarket { firms, regions, field })
    }

    /// The number of a firm.
    pub(crate) fn firm(&self, id: OrganizationId) -> Option<usize> {
        self.firms.iter().position(|firm| firm.id == id)
    }

    /// The number of a region.
    pub(crate) fn region(&self, code: RegionCode) -> Option<usize> {
        self.regions.iter().position(|region| region.code == code)
    }

    /// The board after those choices. Errors: `INTERNAL` where they are none of this market.
    pub(crate) fn after(&self, choices: &[ChoiceRow]) -> Result<Board<'_>, Error> {
        let choice = |row: &ChoiceRow| {
            let record = &row.record;
            let (firm, region) = (self.firm(record.firm)?, self.region(record.region)?);
            Some(Choice { firm, phase: record.phase, region })
        };
        let known: Option<Vec<Choice>> = choices.iter().map(choice).collect();
        let board = known.and_then(|choices| Board::after(&self.field, &choices));
        board.ok_or_else(|| Error::broken("choices that are none of their board"))
    }

    /// The choices as rows of the engine's preferences.
    pub(crate) fn preferences(&self, choices: &[ChoiceRow]) -> Vec<Preference> {
        let row = |(row, choice): (u64, &ChoiceRow)| {
            let record = &choice.record;
            let firm = self.firms.get(self.firm(record.firm)?)?;
            let region = self.regions.get(self.region(record.region)?)?;
            Some(Preference {
                row,
                bidder: firm.name.as_str().into(),
                region: region.name.as_str().into(),
                order: row,
                phase: Some(record.phase),
            })
        };
        let mut rows: Vec<Preference> = (1..).zip(choices).filter_map(row).collect();
        rows.sort_by(|a, b| (&a.bidder, a.phase, a.order).cmp(&(&b.bidder, b.phase, b.order)));
        rows
    }
}
