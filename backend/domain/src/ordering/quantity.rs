//! Whole packs, and the conversion to smallest units that is stored with a line.
use crate::errors::{Code, Refusal};

/// The most packs of a line.
pub const PACKS_MAX: u64 = 1_000_000_000;
/// The most smallest units in a pack.
pub const PACK_UNITS_MAX: u64 = 1_000_000;

/// Reads a whole number of packs above zero; nothing is rounded. Errors: `QUANTITY_INVALID`.
pub fn parse_packs(text: &str) -> Result<u64, Refusal> {
    whole(text, 1, PACKS_MAX)
}

/// The same, or none. Errors: `QUANTITY_INVALID`.
pub fn parse_packs_or_none(text: &str) -> Result<u64, Refusal> {
    whole(text, 0, PACKS_MAX)
}

/// Reads how many smallest units a pack holds. Errors: `QUANTITY_INVALID`.
pub fn parse_pack_units(text: &str) -> Result<u64, Refusal> {
    whole(text, 1, PACK_UNITS_MAX)
}

/// Reads a whole number of smallest units above zero. Errors: `QUANTITY_INVALID`.
pub fn parse_units(text: &str) -> Result<u64, Refusal> {
    whole(text, 1, PACKS_MAX.saturating_mul(PACK_UNITS_MAX))
}

fn whole(text: &str, least: u64, most: u64) -> Result<u64, Refusal> {
    let digits = text.len() <= 20 && text.bytes().all(|byte| byte.is_ascii_digit());
    let number = digits.then(|| text.parse().ok()).flatten();
    let number = number.filter(|number| (least..=most).contains(number));
    number.ok_or_else(|| {
        Refusal::of(Code::QuantityInvalid).allowing(format!("a whole number, {least} to {most}"))
    })
}

/// Refuses units that are not those of the packs. Errors: `PACK_UNIT_SLIP` where the one was written for the other, `QUANTITY_INVALID`.
pub fn same(packs: u64, pack_units: u64, units: u64) -> Result<(), Refusal> {
    let expected = packs.saturating_mul(pack_units);
    if units == expected {
        return Ok(());
    }
    let code = if units == packs { Code::PackUnitSlip } else { Code::QuantityInvalid };
    Err(Refusal::of(code).at("units").allowing(format!("{packs} packs of {pack_units} are {expected} units")))
}

/// Refuses more packs than there are, with that code; a number that is exactly the units of those packs is told as what it is.
/// Errors: `PACK_UNIT_SLIP`, the code.
pub fn within(packs: u64, there: u64, pack_units: u64, code: Code) -> Result<(), Refusal> {
    if packs <= there {
        return Ok(());
    }
    let slip = pack_units > 1 && there > 0 && packs == there.saturating_mul(pack_units);
    let code = if slip { Code::PackUnitSlip } else { code };
    Err(Refusal::of(code).at("packs").allowing(format!("at most {there} packs of {pack_units} units")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_are_whole_packs() {
        assert_eq!(parse_packs("100"), Ok(100));
        for bad in [
            "",
            "0",
            "100.002",
            "100.0",
            "-1",
            "+1",
            "1e3",
            "１",
            " 1",
            "1000000001",
            "99999999999999999999999",
        ] {
            assert_eq!(parse_packs(bad).unwrap_err().code, Code::QuantityInvalid, "{bad}");
        }
        assert_eq!(parse_packs_or_none("0"), Ok(0));
    }

    #[test]
    fn a_number_of_units_where_packs_are_asked_for_is_told() {
        let code =
            |packs, there, pack| within(packs, there, pack, Code::ShipmentExceeds).err().map(|no| no.code);
        assert_eq!(code(10, 10, 24), None);
        assert_eq!(code(240, 10, 24), Some(Code::PackUnitSlip));
        assert_eq!(code(241, 10, 24), Some(Code::ShipmentExceeds));
        assert_eq!(code(11, 10, 1), Some(Code::ShipmentExceeds));
        assert_eq!(code(24, 0, 24), Some(Code::ShipmentExceeds));
        assert_eq!(same(10, 24, 240), Ok(()));
        assert_eq!(same(10, 24, 10).unwrap_err().code, Code::PackUnitSlip);
        assert_eq!(same(10, 24, 239).unwrap_err().code, Code::QuantityInvalid);
        assert_eq!(same(10, 1, 10), Ok(()));
    }
}
