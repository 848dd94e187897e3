//! Administrative divisions, coded by GB/T 2260: two digits each for province, prefecture and county.
use crate::errors::{Code, Refusal};

/// A code of GB/T 2260, or `000000` for the whole nation (ours: the standard has no code for it).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RegionCode(u32);

/// How far down the tree a region is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RegionLevel {
    /// The whole nation.
    Nation,
    /// 省, 自治区, 直辖市.
    Province,
    /// 地级市, 州, 盟.
    Prefecture,
    /// 区, 县, 县级市, 旗.
    County,
}

impl RegionLevel {
    /// The stable label.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Nation => "NATION",
            Self::Province => "PROVINCE",
            Self::Prefecture => "PREFECTURE",
            Self::County => "COUNTY",
        }
    }
}

/// A region of the tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Region {
    /// Its code.
    pub code: RegionCode,
    /// Its Chinese name.
    pub name: String,
    /// Its English name.
    pub english: String,
}

impl RegionCode {
    /// The whole nation.
    pub const NATION: RegionCode = RegionCode(0);

    /// Reads six digits. A county needs its prefecture, a prefecture its province. Errors: `REGION_INVALID`.
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        let invalid = || Refusal::of(Code::RegionInvalid);
        if text.len() != 6 || !text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(invalid());
        }
        let code = Self(text.parse().map_err(|_number| invalid())?);
        let (province, prefecture, county) = code.parts();
        let gap = (province == 0 && code != Self::NATION) || (prefecture == 0 && county != 0);
        if gap { Err(invalid()) } else { Ok(code) }
    }

    /// How far down the tree the region is.
    pub const fn level(self) -> RegionLevel {
        match self.parts() {
            (0, _, _) => RegionLevel::Nation,
            (_, 0, _) => RegionLevel::Province,
            (_, _, 0) => RegionLevel::Prefecture,
            (_, _, _) => RegionLevel::County,
        }
    }

    /// The region that it is part of; none for the nation.
    pub const fn parent(self) -> Option<RegionCode> {
        match self.level() {
            RegionLevel::Nation => None,
            RegionLevel::Province => Some(Self::NATION),
            RegionLevel::Prefecture => Some(Self(self.0.saturating_sub(self.0 % 10_000))),
            RegionLevel::County => Some(Self(self.0.saturating_sub(self.0 % 100))),
        }
    }

    /// The regions that it is part of, itself first, the nation last.
    pub fn ancestors(self) -> impl Iterator<Item = RegionCode> {
        std::iter::successors(Some(self), |region| region.parent())
    }

    /// Whether `other` is this region or a part of it.
    pub fn covers(self, other: RegionCode) -> bool {
        other.ancestors().any(|region| region == self)
    }

    /// The digits that this region's code shares with all its parts: none, two, four or six.
    pub fn prefix(self) -> String {
        let digits = match self.level() {
            RegionLevel::Nation => 0,
            RegionLevel::Province => 2,
            RegionLevel::Prefecture => 4,
            RegionLevel::County => 6,
        };
        self.to_string().chars().take(digits).collect()
    }

    const fn parts(self) -> (u32, u32, u32) {
        (self.0 / 10_000, self.0 / 100 % 100, self.0 % 100)
    }
}

impl std::fmt::Display for RegionCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:06}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(text: &str) -> RegionCode {
        RegionCode::parse(text).unwrap()
    }

    #[test]
    fn a_code_knows_its_level_its_parent_and_its_parts() {
        let table = [
            ("000000", RegionLevel::Nation, None, ""),
            ("320000", RegionLevel::Province, Some("000000"), "32"),
            ("320100", RegionLevel::Prefecture, Some("320000"), "3201"),
            ("320106", RegionLevel::County, Some("320100"), "320106"),
        ];
        for (text, level, parent, prefix) in table {
            assert_eq!(code(text).level(), level, "{text}");
            assert_eq!(code(text).parent(), parent.map(code), "{text}");
            assert_eq!(code(text).prefix(), prefix, "{text}");
            assert_eq!(code(text).to_string(), text);
        }
    }

    #[test]
    fn a_region_covers_itself_and_what_is_below_it_and_nothing_else() {
        assert!(RegionCode::NATION.covers(code("320106")));
        assert!(code("320000").covers(code("320106")));
        assert!(code("320106").covers(code("320106")));
        assert!(!code("320100").covers(code("320000")));
        assert!(!code("320100").covers(code("320206")));
        assert!(!code("310000").covers(RegionCode::NATION));
    }

    #[test]
    fn a_code_with_a_gap_or_a_stranger_is_refused() {
        for bad in ["", "32", "3200000", "32000a", "000001", "000100", "320001", "３２００００"] {
            assert_eq!(RegionCode::parse(bad).unwrap_err().code, Code::RegionInvalid, "{bad}");
        }
    }
}
