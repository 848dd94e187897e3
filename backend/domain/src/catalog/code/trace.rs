//! 药品追溯码: the identity of one pack. Its first seven digits stand for the drug and the level of packaging. Its check position is not
//! published, so none is asked for.
use super::finding::{Finding, FindingCode};
use super::layout::{fitting, fixed_code, parts_of};
use super::{Clean, CodeKind, Faults, Parts, PublicCode};

fixed_code! {
    /// The national code of 20 digits.
    TraceCode {
        /// 药品标识码: the drug at a level of packaging.
        prefix 0..7 "ddddddd",
        /// What tells the pack from others.
        serial 7..20 "ddddddddddddd",
    }
}

fixed_code! {
    /// 药品标识码: the first seven digits of a trace code.
    TracePrefix {
        /// The seven digits.
        prefix 0..7 "ddddddd",
    }
}

impl TraceCode {
    /// The key that is tied to a national code.
    pub fn identifier(&self) -> TracePrefix {
        TracePrefix(self.prefix().to_owned())
    }
}

macro_rules! of_a_pack {
    ($($code:ident)+) => {$(
        impl PublicCode for $code {
            const KIND: CodeKind = CodeKind::$code;

            fn read(clean: &Clean<'_>) -> Result<Self, Faults> {
                fitting(clean, Self::LAYOUT).map(Self)
            }

            fn parts(&self) -> Parts {
                parts_of(self.as_str(), Self::LAYOUT)
            }

            fn remarks(&self, clean: &Clean<'_>) -> Vec<Finding> {
                first_digit(self.as_str(), clean)
            }
        }
    )+};
}

of_a_pack! { TraceCode TracePrefix }

fn first_digit(text: &str, clean: &Clean<'_>) -> Vec<Finding> {
    let told = || {
        Finding::new(
            FindingCode::FirstDigit,
            clean.position(0),
            "8, as the national codes have",
            "8（国家码通常以 8 开头）",
        )
    };
    (!text.starts_with('8')).then(told).into_iter().collect()
}
