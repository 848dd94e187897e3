//! 药品编码本位码: the drug standard code, one for each combination of licence and spec.
use super::digits::gs1_valid;
use super::layout::{fitting, fixed_code, parts_of};
use super::{Clean, CodeKind, Faults, Parts, PublicCode, keys};

fixed_code! {
    /// 14 digits; the last one checks the others as a GS1 key does.
    StandardCode {
        /// 国别码: 86.
        country 0..2 "86",
        /// 类别码: 9, drugs.
        category 2..3 "9",
        /// The holder's number, one a licence.
        company 3..8 "ddddd",
        /// The product's number, by approval, name, form and spec.
        product 8..13 "ddddd",
        /// 校验码.
        check_digit 13..14 "d",
    }
}

impl PublicCode for StandardCode {
    const KIND: CodeKind = CodeKind::StandardCode;

    fn read(clean: &Clean<'_>) -> Result<Self, Faults> {
        let text = fitting(clean, Self::LAYOUT)?;
        if gs1_valid(&text) {
            return Ok(Self(text));
        }
        let mut fault = keys::check_digit(&text, |index| clean.position(index));
        fault.candidates.retain(|candidate| candidate.starts_with("869"));
        Err(vec![fault])
    }

    fn parts(&self) -> Parts {
        parts_of(self.as_str(), Self::LAYOUT)
    }
}
