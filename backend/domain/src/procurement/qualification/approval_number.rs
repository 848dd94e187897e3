//! 批准文号 of drugs and 注册证号 of devices.
use crate::errors::{Code, Refusal};
use crate::procurement::round::ProductKind;

/// Provinces by the character that registrations of theirs begin with.
const PROVINCES: &str = "京津冀晋蒙辽吉黑沪苏浙皖闽赣鲁豫鄂湘粤桂琼渝川贵云藏陕甘青宁新";

/// The number under which the authority approved a product. It is no identity: one licence covers several specs and packs, and a
/// transfer of the holder changes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApprovalNumber {
    text: String,
    kind: ProductKind,
}

impl ApprovalNumber {
    /// Reads 国药准字 with one or two letters and 8 digits, an older import licence, a device's registration (械注) or filing (械备).
    /// Blanks at the ends go, letters become capitals. Errors: `APPROVAL_NUMBER_INVALID`.
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        let text = text.trim().to_ascii_uppercase();
        if is_drug(&text) {
            return Ok(Self { text, kind: ProductKind::Drug });
        }
        if is_registered_device(&text).is_some() || is_filed_device(&text).is_some() {
            return Ok(Self { text, kind: ProductKind::Consumable });
        }
        let allowed = "such as 国药准字H20123298 or 国械注准20163771234";
        Err(Refusal::of(Code::ApprovalNumberInvalid).at("approvalNumber").allowing(allowed))
    }

    /// What it approves.
    pub const fn kind(&self) -> ProductKind {
        self.kind
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

/// Letters: H chemical, Z TCM, S biological, B health, T diagnostic, F excipient, J repacked import; second J overseas, C Hong Kong,
/// Macau and Taiwan. Before 2020 imports had no 国药准字, and B before the letter for repacking.
fn is_drug(text: &str) -> bool {
    let domestic = text.strip_prefix("国药准字");
    let rest = domestic.unwrap_or(text);
    let Some((letters, digits)) =
        rest.find(|one: char| one.is_ascii_digit()).and_then(|at| rest.split_at_checked(at))
    else {
        return false;
    };
    let kind = |one: &str| matches!(one, "H" | "Z" | "S");
    let known = if domestic.is_some() {
        kind(letters)
            || matches!(letters, "B" | "T" | "F" | "J")
            || letters.strip_suffix(['J', 'C']).is_some_and(kind)
    } else {
        let unpacked = letters.strip_prefix('B').unwrap_or(letters);
        kind(unpacked.strip_suffix('C').unwrap_or(unpacked))
    };
    known && digits.len() == 8 && all_digits(digits)
}

/// Place, 械注, how, year, class, two digits of the catalogue, serial. Class III and what comes from outside is registered by the
/// nation, class II at home by the province.
fn is_registered_device(text: &str) -> Option<()> {
    let (place, rest) = text.split_once("械注")?;
    let how = rest.chars().next()?;
    let digits = rest.get(how.len_utf8()..)?;
    let class = digits.get(4..5)?;
    let by_nation =
        place == "国" && matches!(how, '准' | '进' | '许') && (class == "3" || (class == "2" && how != '准'));
    let by_province = is_province(place) && how == '准' && class == "2";
    let fits = (by_nation || by_province) && matches!(digits.len(), 11 | 12) && all_digits(digits);
    fits.then_some(())
}

/// Class I is filed, not registered: place, for home makers with the city's character, 械备, year, serial.
fn is_filed_device(text: &str) -> Option<()> {
    let (place, rest) = text.split_once("械备")?;
    let digits = rest.strip_suffix('号').unwrap_or(rest);
    let province = place.chars().next().is_some_and(|first| PROVINCES.contains(first));
    let fits = place == "国" || (province && place.chars().count() <= 2);
    (fits && matches!(digits.len(), 8 | 9) && all_digits(digits)).then_some(())
}

fn is_province(place: &str) -> bool {
    place.chars().count() == 1 && PROVINCES.contains(place)
}

fn all_digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_drugs() {
        for good in [
            "国药准字H20123298",
            "国药准字H21021039",
            "国药准字HJ20171237",
            "国药准字SC20180001",
            "国药准字J20130001",
            "H20140001",
            "BH20140001",
            "HC20140001",
            "BZC20140001",
            " 国药准字h20123298 ",
        ] {
            let number = ApprovalNumber::parse(good).unwrap();
            assert_eq!(
                (number.kind(), number.as_str()),
                (ProductKind::Drug, good.trim().to_ascii_uppercase().as_str())
            );
        }
        for bad in [
            "",
            "国药准字",
            "国药准字20123298",
            "国药准字H2012329",
            "国药准字H201232980",
            "国药准字X20123298",
            "国药准字TJ20123298",
            "国药准字BH20140001",
            "B20140001",
            "J20140001",
            "国药准字H２０１２３２９８",
            "国药准字H2012329x",
        ] {
            assert_eq!(ApprovalNumber::parse(bad).unwrap_err().code, Code::ApprovalNumberInvalid, "{bad}");
        }
    }

    #[test]
    fn numbers_of_devices() {
        for good in [
            "国械注准20163771234",
            "国械注进20162131234",
            "国械注许20163131234",
            "苏械注准20162140001",
            "国械注准202331312345",
            "国械备20150001",
            "苏宁械备20150012号",
        ] {
            assert_eq!(ApprovalNumber::parse(good).unwrap().kind(), ProductKind::Consumable, "{good}");
        }
        for bad in [
            "国械注准20162771234",
            "苏械注准20163140001",
            "苏械注进20162140001",
            "某械注准20162140001",
            "国械注准2016377123",
            "国械注20163771234",
            "械注准20163771234",
            "苏宁扬械备20150012",
            "械备20150012",
        ] {
            assert_eq!(ApprovalNumber::parse(bad).unwrap_err().code, Code::ApprovalNumberInvalid, "{bad}");
        }
    }
}
