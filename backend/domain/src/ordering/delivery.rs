//! What comes with goods: the note, the batch, the last day, the codes.
use crate::errors::{Code, Refusal};
use crate::time::Day;

/// Codes of a delivery at most.
pub const CODES_MAX: usize = 1_000;

/// Reads a number of a note or batch, or a code: 1 to 100 characters, blanks around them taken away. Errors: `DELIVERY_INVALID`.
pub fn parse_label(text: &str, field: &'static str) -> Result<String, Refusal> {
    let text = text.trim();
    let fits = (1..=100).contains(&text.chars().count()) && !text.chars().any(char::is_control);
    fits.then(|| text.to_owned()).ok_or_else(|| Refusal::of(Code::DeliveryInvalid).at(field))
}

/// Refuses goods whose last day has passed. Errors: `EXPIRY_PAST`.
pub fn still_good(expires_on: Day, today: Day) -> Result<(), Refusal> {
    if expires_on >= today {
        return Ok(());
    }
    Err(Refusal::of(Code::ExpiryPast).at("expiresOn").allowing(format!("not before {today}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn goods_are_good_on_their_last_day() {
        let day = |text| Day::parse(text).unwrap();
        assert!(still_good(day("2026-11-22"), day("2026-11-22")).is_ok());
        assert_eq!(still_good(day("2026-11-21"), day("2026-11-22")).unwrap_err().code, Code::ExpiryPast);
        assert_eq!(parse_label(" A1 ", "batch").unwrap(), "A1");
        assert!(parse_label(" ", "batch").is_err() && parse_label("a\u{7}", "batch").is_err());
    }
}
