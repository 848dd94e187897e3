//! What a line is ordered as.

/// The kinds of lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// 中选: on a contract, at the price of the contract.
    Selected,
    /// 挂网: at the listed price of the region.
    Listed,
    /// 议价: at a price that the institution and the firm agreed on, at or below the listed one.
    Negotiated,
    /// 备案: an item that is not listed, approved by the office.
    Filed,
    /// 应急: something that is listed somewhere, reported afterwards.
    Emergency,
}

impl Kind {
    /// Every kind.
    pub const ALL: &[Kind] = &[Self::Selected, Self::Listed, Self::Negotiated, Self::Filed, Self::Emergency];

    /// The stable label, in rows and on the wire.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Selected => "SELECTED",
            Self::Listed => "LISTED",
            Self::Negotiated => "NEGOTIATED",
            Self::Filed => "FILED",
            Self::Emergency => "EMERGENCY",
        }
    }

    /// The kind with that label.
    pub fn from_label(label: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.label() == label)
    }

    /// 线上采购: whether it is bought under a price of the platform. What is filed is approved there, and has none.
    pub const fn at_a_price_of_the_platform(self) -> bool {
        match self {
            Self::Selected | Self::Listed | Self::Negotiated => true,
            Self::Filed | Self::Emergency => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_read_back() {
        for kind in Kind::ALL {
            assert_eq!(Kind::from_label(kind.label()), Some(*kind));
        }
    }
}
