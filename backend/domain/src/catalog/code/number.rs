//! What drugs and devices are approved under.
use super::{DeviceRegistration, DrugApproval, PublicCode};
use crate::errors::{Code, Refusal};
use crate::procurement::round::ProductKind;

/// What approval numbers begin with since 2002.
pub(super) const DOMESTIC: &str = "国药准字";

/// Two digits of the code of a province (GB/T 2260).
pub(super) fn is_region(digits: &str) -> bool {
    matches!(
        digits.as_bytes(),
        [b'1', b'1'..=b'5']
            | [b'2', b'1'..=b'3']
            | [b'3', b'1'..=b'7']
            | [b'4', b'1'..=b'6']
            | [b'5', b'0'..=b'4']
            | [b'6', b'1'..=b'5']
    )
}

/// What the letters of an approval number say.
pub(super) struct Letters {
    pub(super) category: &'static str,
    pub(super) origin: &'static str,
}

impl Letters {
    pub(super) const NONE: Self = Self { category: "", origin: "" };
}

/// Letters since 2002 and 2020, and those of the import licences before.
const LETTERS: &[(bool, &str, Letters)] = &[
    (true, "H", Letters { category: "化学药品", origin: "境内" }),
    (true, "Z", Letters { category: "中药", origin: "境内" }),
    (true, "S", Letters { category: "生物制品", origin: "境内" }),
    (true, "B", Letters { category: "保健药品", origin: "境内" }),
    (true, "T", Letters { category: "体外化学诊断试剂", origin: "境内" }),
    (true, "F", Letters { category: "药用辅料", origin: "境内" }),
    (true, "J", Letters { category: "进口分包装药品", origin: "境外" }),
    (true, "HJ", Letters { category: "化学药品", origin: "境外" }),
    (true, "ZJ", Letters { category: "中药", origin: "境外" }),
    (true, "SJ", Letters { category: "生物制品", origin: "境外" }),
    (true, "HC", Letters { category: "化学药品", origin: "港澳台" }),
    (true, "ZC", Letters { category: "中药", origin: "港澳台" }),
    (true, "SC", Letters { category: "生物制品", origin: "港澳台" }),
    (false, "H", Letters { category: "化学药品", origin: "进口" }),
    (false, "Z", Letters { category: "中药", origin: "进口" }),
    (false, "S", Letters { category: "生物制品", origin: "进口" }),
    (false, "HC", Letters { category: "化学药品", origin: "港澳台" }),
    (false, "ZC", Letters { category: "中药", origin: "港澳台" }),
    (false, "SC", Letters { category: "生物制品", origin: "港澳台" }),
    (false, "BH", Letters { category: "化学药品", origin: "进口分包装" }),
    (false, "BZ", Letters { category: "中药", origin: "进口分包装" }),
    (false, "BS", Letters { category: "生物制品", origin: "进口分包装" }),
    (false, "BHC", Letters { category: "化学药品", origin: "港澳台分包装" }),
    (false, "BZC", Letters { category: "中药", origin: "港澳台分包装" }),
    (false, "BSC", Letters { category: "生物制品", origin: "港澳台分包装" }),
];

/// What the letters say, behind 国药准字 or without it.
pub(super) fn letters_of(domestic: bool, letters: &str) -> Option<&'static Letters> {
    let row = LETTERS.iter().find(|(with, known, _)| *with == domestic && *known == letters);
    row.map(|(_, _, meaning)| meaning)
}

/// The number under which the authority approved a product: 批准文号 of a drug, 注册证号 or 备案号 of a device. It is no identity: one licence
/// covers several specs and packs, and a transfer of the holder changes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApprovalNumber {
    text: String,
    kind: ProductKind,
}

impl ApprovalNumber {
    /// Reads the number of a drug or of a device, as people write it. Errors: `APPROVAL_NUMBER_INVALID`.
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        if let Ok(drug) = DrugApproval::parse(text) {
            return Ok(Self { text: drug.to_string(), kind: ProductKind::Drug });
        }
        if let Ok(device) = DeviceRegistration::parse(text) {
            return Ok(Self { text: device.to_string(), kind: ProductKind::Consumable });
        }
        let allowed = "such as 国药准字H20123298 or 国械注准20163771234";
        Err(Refusal::of(Code::ApprovalNumberInvalid).at("approvalNumber").allowing(allowed))
    }

    /// What it approves.
    pub const fn kind(&self) -> ProductKind {
        self.kind
    }

    /// The number in its canonical form.
    pub fn as_str(&self) -> &str {
        &self.text
    }
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
            "国药准字H2012329x",
        ] {
            assert_eq!(ApprovalNumber::parse(bad).unwrap_err().code, Code::ApprovalNumberInvalid, "{bad}");
        }
    }

    #[test]
    fn a_number_has_one_form() {
        for (typed, one) in [
            ("国药准字 Ｈ２０１２３２９８", "国药准字H20123298"),
            ("苏宁械备20150012号", "苏宁械备20150012"),
            ("国食药监械（准）字2012第3151234号", "国食药监械(准)字2012第3151234号"),
        ] {
            assert_eq!(ApprovalNumber::parse(typed).unwrap().as_str(), one);
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
            "国食药监械(准)字2012第3151234号",
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
