//! The observations that an alert rests on, kept beside it as text.
use jicai_domain::ids::{Id, PriceObservationId};
use serde::{Deserialize, Serialize};

use crate::errors::Error;

/// Observations that an alert shows at most of those at fault and of those left out; it counts all.
pub(super) const ROWS_MAX: usize = 100;

/// The observations of an alert.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// Those at fault.
    pub rows: Vec<SeenRow>,
    /// How many are at fault.
    pub at_fault: usize,
    /// Some of those that they were compared with, the lowest first.
    pub compared: Vec<SeenRow>,
    /// Those of the product that were left out, because their unit is in doubt.
    pub excluded: Vec<SeenRow>,
}

/// An observation as an alert keeps it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SeenRow {
    /// The observation.
    pub observation: String,
    /// When.
    pub period: String,
    /// The code of the region.
    pub region: String,
    /// Whose.
    pub maker: String,
    /// What.
    pub product: String,
    /// Of a smallest unit; none where whoever looks may not know it.
    pub price: Option<String>,
    /// Whether everybody may know it.
    pub disclosed: bool,
}

impl Evidence {
    pub(super) fn to_text(&self) -> Result<String, Error> {
        serde_json::to_string(self).map_err(|error| Error::Broken(error.into()))
    }

    pub(super) fn from_text(text: &str) -> Result<Self, Error> {
        serde_json::from_str(text).map_err(|error| Error::Broken(error.into()))
    }
}

/// The id of an observation on the wire.
pub(super) fn observation(number: u128) -> String {
    PriceObservationId::from_number(number).to_string()
}
