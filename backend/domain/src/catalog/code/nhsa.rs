//! 医保编码: the national codes of the health-insurance authority. They carry no check digit, so only a loaded release tells whether
//! a well-formed code exists.
use super::finding::{Finding, FindingCode};
use super::layout::{Field, fitting, fixed_code, parts_of};
use super::number::is_region;
use super::{Clean, CodeKind, Faults, Parts, PublicCode, dictionary, part};

fixed_code! {
    /// 西药: 23 characters in six parts.
    WesternCode {
        /// 识别码: X.
        identifier 0..1 "X",
        /// 分类码: the pharmacological class, like ATC but localised.
        class 1..6 "lddll",
        /// 名称码: the chemical name; the letter is its pinyin initial.
        name 6..10 "lddd",
        /// 剂型码: the dosage form.
        form 10..14 "lddd",
        /// The declared spec, as a number.
        spec 14..16 "dd",
        /// The pack, as a number.
        pack 16..18 "dd",
        /// 企业码.
        company 18..23 "ddddd",
    }
}

fixed_code! {
    /// 中成药: 20 characters in five parts; the dosage form is part of the name.
    PatentCode {
        /// 识别码: Z.
        identifier 0..1 "Z",
        /// 分类码.
        class 1..6 "lddll",
        /// 名称码.
        name 6..11 "ldddd",
        /// The declared spec, as a number.
        spec 11..13 "dd",
        /// The pack, as a number.
        pack 13..15 "dd",
        /// 企业码.
        company 15..20 "ddddd",
    }
}

fixed_code! {
    /// 中药饮片: 10 characters. That the name has five digits follows from the length.
    PieceCode {
        /// 识别码: T.
        identifier 0..1 "T",
        /// 标准: 00 the national one, else the province's two digits.
        standard 1..3 "dd",
        /// 功效分类.
        function 3..5 "dd",
        /// 名称码.
        name 5..10 "ddddd",
    }
}

fixed_code! {
    /// 中药配方颗粒: 20 characters in seven parts; the lengths of the last three follow from the sum.
    GranuleCode {
        /// 识别码: T.
        identifier 0..1 "T",
        /// 标准: 00 the national one, else the province's two digits.
        standard 1..3 "dd",
        /// 功效分类.
        function 3..5 "dd",
        /// 名称码.
        name 5..10 "ddddd",
        /// 1 道地药材, 0 not or not known.
        genuine 10..11 "b",
        /// Spec and pack, as a number.
        pack 11..15 "dddd",
        /// 企业码.
        company 15..20 "ddddd",
    }
}

fixed_code! {
    /// 医疗机构制剂: 16 characters, whose fields no source tells.
    PreparationCode {
        /// 识别码: a letter.
        identifier 0..1 "l",
        /// The rest.
        number 1..16 "nnnnnnnnnnnnnnn",
    }
}

fixed_code! {
    /// 医疗服务项目: 15 digits.
    ServiceCode {
        /// 00 the national list, else the province's two digits.
        standard 0..2 "dd",
        /// The item.
        item 2..15 "ddddddddddddd",
    }
}

/// 医用耗材: 20 characters, or 27 with the number of the single product.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConsumableCode {
    payment: ConsumablePaymentCode,
    product: Option<String>,
}

fixed_code! {
    /// The first 20 characters, at which prices are compared and paid.
    ConsumablePaymentCode {
        /// 识别码: C.
        identifier 0..1 "C",
        /// 学科、品类.
        discipline 1..3 "dd",
        /// 用途.
        usage 3..5 "dd",
        /// 部位、功能.
        site 5..7 "dd",
        /// 通用名码: one national list, independent of the class.
        generic_name 7..10 "ddd",
        /// 产品特征码: material and spec.
        feature 10..15 "ddddd",
        /// 生产企业码, by registration certificate.
        company 15..20 "ddddd",
    }
}

/// What stands before the number of the single product.
const PAYMENT_CHARACTERS: usize = 20;

impl ConsumableCode {
    /// The 20 characters at which prices are compared and paid.
    pub const fn payment_code(&self) -> &ConsumablePaymentCode {
        &self.payment
    }

    /// The first 10 characters: class and generic name.
    pub fn head(&self) -> &str {
        self.payment.as_str().get(..10).unwrap_or_default()
    }

    /// The number of the single product, in a code of 27 characters.
    pub fn product(&self) -> Option<&str> {
        self.product.as_deref()
    }
}

impl std::fmt::Display for ConsumableCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}{}", self.payment, self.product.as_deref().unwrap_or_default())
    }
}

impl PublicCode for WesternCode {
    const KIND: CodeKind = CodeKind::NhsaWestern;

    fn read(clean: &Clean<'_>) -> Result<Self, Faults> {
        fitting(clean, Self::LAYOUT).map(Self)
    }

    fn parts(&self) -> Parts {
        let mut parts = parts_of(self.as_str(), Self::LAYOUT);
        named(&mut parts, "class_name", dictionary::drug_class(self.as_str()));
        named(&mut parts, "form_name", dictionary::form(self.form()));
        parts
    }

    fn remarks(&self, clean: &Clean<'_>) -> Vec<Finding> {
        let form = dictionary::form(self.form()).is_none().then(|| {
            let (english, chinese) = ("a dosage form of the shipped list", "已收录的剂型码");
            Finding::new(FindingCode::FormUnknown, clean.position(10), english, chinese)
        });
        drug_class(self.as_str(), clean).into_iter().chain(form).collect()
    }
}

impl PublicCode for PatentCode {
    const KIND: CodeKind = CodeKind::NhsaPatent;

    fn read(clean: &Clean<'_>) -> Result<Self, Faults> {
        fitting(clean, Self::LAYOUT).map(Self)
    }

    fn parts(&self) -> Parts {
        let mut parts = parts_of(self.as_str(), Self::LAYOUT);
        named(&mut parts, "class_name", dictionary::drug_class(self.as_str()));
        parts
    }

    fn remarks(&self, clean: &Clean<'_>) -> Vec<Finding> {
        drug_class(self.as_str(), clean).into_iter().collect()
    }
}

impl PublicCode for PieceCode {
    const KIND: CodeKind = CodeKind::NhsaPiece;

    fn read(clean: &Clean<'_>) -> Result<Self, Faults> {
        fitting(clean, Self::LAYOUT).map(Self)
    }

    fn parts(&self) -> Parts {
        let mut parts = parts_of(self.as_str(), Self::LAYOUT);
        named(&mut parts, "class_name", herb_class(self.as_str(), '0'));
        parts
    }

    fn remarks(&self, clean: &Clean<'_>) -> Vec<Finding> {
        standard(self.standard(), clean, 1).into_iter().collect()
    }
}

impl PublicCode for GranuleCode {
    const KIND: CodeKind = CodeKind::NhsaGranule;

    fn read(clean: &Clean<'_>) -> Result<Self, Faults> {
        fitting(clean, Self::LAYOUT).map(Self)
    }

    fn parts(&self) -> Parts {
        let mut parts = parts_of(self.as_str(), Self::LAYOUT);
        named(&mut parts, "class_name", herb_class(self.as_str(), '3'));
        parts
    }

    fn remarks(&self, clean: &Clean<'_>) -> Vec<Finding> {
        standard(self.standard(), clean, 1).into_iter().collect()
    }
}

impl PublicCode for PreparationCode {
    const KIND: CodeKind = CodeKind::NhsaPreparation;

    fn read(clean: &Clean<'_>) -> Result<Self, Faults> {
        fitting(clean, Self::LAYOUT).map(Self)
    }

    fn parts(&self) -> Parts {
        parts_of(self.as_str(), Self::LAYOUT)
    }

    fn remarks(&self, clean: &Clean<'_>) -> Vec<Finding> {
        vec![format_only(clean.position(0))]
    }
}

impl PublicCode for ServiceCode {
    const KIND: CodeKind = CodeKind::NhsaService;

    fn read(clean: &Clean<'_>) -> Result<Self, Faults> {
        fitting(clean, Self::LAYOUT).map(Self)
    }

    fn parts(&self) -> Parts {
        parts_of(self.as_str(), Self::LAYOUT)
    }

    fn remarks(&self, clean: &Clean<'_>) -> Vec<Finding> {
        standard(self.standard(), clean, 0).into_iter().collect()
    }
}

impl PublicCode for ConsumableCode {
    const KIND: CodeKind = CodeKind::NhsaConsumable;

    fn read(clean: &Clean<'_>) -> Result<Self, Faults> {
        let long = clean.text().chars().count() > PAYMENT_CHARACTERS;
        let product = Field { name: "product", shape: "ddddddd" };
        let layout: Vec<_> =
            ConsumablePaymentCode::LAYOUT.iter().copied().chain(long.then_some(product)).collect();
        let mut text = fitting(clean, &layout)?;
        let product = long.then(|| text.split_off(PAYMENT_CHARACTERS));
        Ok(Self { payment: ConsumablePaymentCode(text), product })
    }

    fn parts(&self) -> Parts {
        let mut parts = parts_of(self.payment.as_str(), ConsumablePaymentCode::LAYOUT);
        if let Some(product) = &self.product {
            part(&mut parts, "product", product.clone());
        }
        named(&mut parts, "class_name", dictionary::class(self.head()));
        parts
    }

    fn remarks(&self, clean: &Clean<'_>) -> Vec<Finding> {
        class_unknown(&self.to_string(), 10, clean).into_iter().collect()
    }
}

fn named(parts: &mut Parts, name: &'static str, value: Option<&'static str>) {
    if let Some(value) = value {
        part(parts, name, value);
    }
}

/// The class of pieces and granules: standard and function, then 0 for pieces and 3 for granules.
fn herb_class(code: &str, sort: char) -> Option<&'static str> {
    code.get(..5).and_then(|head| dictionary::class(&format!("{head}{sort}")))
}

/// That not even the main class of a drug is known.
fn drug_class(code: &str, clean: &Clean<'_>) -> Option<Finding> {
    class_unknown(code, 4, clean)
}

/// The dictionary is no full list, so an unknown class is worth a word and no error.
fn class_unknown(code: &str, length: usize, clean: &Clean<'_>) -> Option<Finding> {
    let (head, rest) = code.split_at_checked(length)?;
    if dictionary::class(head).is_some() {
        return None;
    }
    let near = dictionary::classes_near(head).map(|known| format!("{known}{rest}")).collect();
    let finding = Finding::new(
        FindingCode::ClassUnknown,
        clean.position(1),
        format!("a class of the shipped list instead of {head}"),
        format!("已收录的分类码（{head} 未收录）"),
    );
    Some(finding.suggesting(near))
}

fn standard(digits: &str, clean: &Clean<'_>, index: usize) -> Option<Finding> {
    let known = digits == "00" || is_region(digits);
    (!known).then(|| {
        let (english, chinese) =
            ("00 or the first two digits of a province's code", "00 或省级行政区划代码前两位");
        Finding::new(FindingCode::RegionUnknown, clean.position(index), english, chinese)
    })
}

/// For kinds whose check algorithm or fields no source tells.
pub(super) fn format_only(position: usize) -> Finding {
    let (english, chinese) =
        ("a code of a loaded release: the form alone tells little", "已载入版本中的编码（仅校验了格式）");
    Finding::new(FindingCode::FormatOnly, position, english, chinese)
}
