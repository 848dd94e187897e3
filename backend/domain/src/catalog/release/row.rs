//! A row of a national release as it is published: read once, with what is wrong or unusual about it.
use std::collections::BTreeMap;

use sha2::{Digest as _, Sha256};
use unicode_normalization::UnicodeNormalization;

use super::letter::names_letter;
use crate::catalog::code::{
    AnyCode, ApprovalNumber, Checked, CodeKind, FindingCode, PublicCode, StandardCode, check,
};
use crate::catalog::item::{Content, ItemKind};
use crate::documents::Digest;
use crate::errors::{Code, Refusal};

/// The columns, each with the headers that name it.
pub(crate) const COLUMNS: &[&[&str]] = &[
    &["药品代码", "code", "医保编码", "耗材代码", "产品代码", "代码"],
    &["注册名称", "registered name", "通用名", "通用名称"],
    &["注册剂型", "registered form"],
    &["注册规格", "registered spec"],
    &["商品名称", "trade name", "商品名"],
    &["实际剂型", "actual form"],
    &["实际规格", "actual spec"],
    &["包装材质", "material"],
    &["最小包装数量", "units per pack"],
    &["最小制剂单位", "smallest unit"],
    &["最小包装单位", "pack unit"],
    &["追溯码标识", "trace code", "是否有追溯码"],
    &["药品企业", "company", "生产企业", "企业名称"],
    &["批准文号", "approval number", "注册证号"],
    &["药品本位码", "standard code", "本位码"],
];

/// Characters that a field may have.
const FIELD_CHARACTERS_MAX: usize = 500;
/// What stands for nothing.
const BLANKS: &[&str] = &["-", "--", "/", "无", "—"];

/// What a release says of one code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReleaseRow {
    /// 医保编码.
    pub code: AnyCode,
    /// 注册名称.
    pub generic: String,
    /// 注册剂型.
    pub form: Option<String>,
    /// 注册规格.
    pub spec: Option<String>,
    /// 商品名称.
    pub trade: Option<String>,
    /// 实际剂型.
    pub actual_form: Option<String>,
    /// 实际规格.
    pub actual_spec: Option<String>,
    /// 包装材质.
    pub material: Option<String>,
    /// 最小包装数量: smallest units in a pack.
    pub units_per_pack: Option<i32>,
    /// 最小制剂单位.
    pub unit: Option<String>,
    /// 最小包装单位.
    pub pack_unit: Option<String>,
    /// Whether its packs have trace codes.
    pub traced: Option<bool>,
    /// 药品企业.
    pub company: Option<String>,
    /// 批准文号 or 注册证号, if it is one.
    pub approval: Option<ApprovalNumber>,
    /// 药品本位码, if it is one.
    pub standard_code: Option<StandardCode>,
    /// What is unusual.
    pub warnings: Vec<RowWarning>,
}

/// A row as it waits for its release to be published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StagedRow {
    /// It can be read.
    Right(Box<ReleaseRow>),
    /// It cannot.
    Faulty {
        /// Kind and canonical form of its code, if that can be read.
        code: Option<(CodeKind, String)>,
        /// What stands for the code.
        typed: String,
        /// What stands for the name.
        name: String,
        /// Why.
        refusal: Refusal,
    },
}

/// What is unusual about a row that is taken all the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RowWarning {
    /// The letter of the name in the code is no initial of the name.
    NameLetter,
    /// What stands for an approval number is none, so nothing is tied to it.
    ApprovalNumber,
    /// What stands for a standard code is none, so nothing is tied to it.
    StandardCode,
    /// The class or the form of the code is not in the shipped dictionary.
    Dictionary,
    /// The code was not written in its one form.
    Rewritten,
}

impl RowWarning {
    /// Every warning.
    pub const ALL: &[RowWarning] =
        &[Self::NameLetter, Self::ApprovalNumber, Self::StandardCode, Self::Dictionary, Self::Rewritten];

    /// The stable label.
    pub const fn label(self) -> &'static str {
        match self {
            Self::NameLetter => "NAME_LETTER",
            Self::ApprovalNumber => "APPROVAL_NUMBER",
            Self::StandardCode => "STANDARD_CODE",
            Self::Dictionary => "DICTIONARY",
            Self::Rewritten => "REWRITTEN",
        }
    }

    /// The warning with that label.
    pub fn from_label(label: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|warning| warning.label() == label)
    }
}

/// Reads the fields in the order of the columns. Errors: `RELEASE_CODE_INVALID` with the first place that is wrong, `RELEASE_CODE_KIND`,
/// `RELEASE_ROW_INVALID`.
pub fn read_row(fields: &[&str]) -> Result<ReleaseRow, Refusal> {
    let text = |at: usize, name: &'static str| given(fields.get(at).copied().unwrap_or_default(), name);
    let checked = check(fields.first().copied().unwrap_or_default());
    let code = item_code(&checked)?;
    let generic = text(1, "registeredName")?.ok_or_else(|| wrong("registeredName", "a name"))?;
    let mut warnings = Vec::new();
    let unknown = [FindingCode::ClassUnknown, FindingCode::FormUnknown, FindingCode::RegionUnknown];
    if checked.warnings.iter().any(|warning| unknown.contains(&warning.code)) {
        warnings.push(RowWarning::Dictionary);
    }
    let rewritten = [FindingCode::BlankRemoved, FindingCode::CaseChanged, FindingCode::WidthChanged];
    if checked.warnings.iter().any(|warning| rewritten.contains(&warning.code)) {
        warnings.push(RowWarning::Rewritten);
    }
    if names_letter(&code).is_some_and(|letter| !super::letter::fits(&generic, letter)) {
        warnings.push(RowWarning::NameLetter);
    }
    let approval = text(13, "approvalNumber")?;
    let approval =
        tied(approval, RowWarning::ApprovalNumber, &mut warnings, |text| ApprovalNumber::parse(text).ok());
    let standard_code = text(14, "standardCode")?;
    let standard_code =
        tied(standard_code, RowWarning::StandardCode, &mut warnings, |text| StandardCode::parse(text).ok());
    Ok(ReleaseRow {
        code,
        generic,
        form: text(2, "registeredForm")?,
        spec: text(3, "registeredSpec")?,
        trade: text(4, "tradeName")?,
        actual_form: text(5, "actualForm")?,
        actual_spec: text(6, "actualSpec")?,
        material: text(7, "material")?,
        units_per_pack: text(8, "unitsPerPack")?.map(|text| units(&text)).transpose()?,
        unit: text(9, "smallestUnit")?,
        pack_unit: text(10, "packUnit")?,
        traced: text(11, "traceCode")?.map(|text| flag(&text)).transpose()?,
        company: text(12, "company")?,
        approval,
        standard_code,
        warnings,
    })
}

impl StagedRow {
    /// Reads the fields in the order of the columns.
    pub fn read(fields: &[&str]) -> Self {
        let field = |at: usize| -> String {
            let text = fields.get(at).copied().unwrap_or_default();
            text.chars().filter(|one| !one.is_control()).take(FIELD_CHARACTERS_MAX).collect()
        };
        match read_row(fields) {
            Ok(row) => Self::Right(Box::new(row)),
            Err(refusal) => Self::Faulty {
                code: item_code(&check(&field(0))).ok().map(|code| (code.kind(), code.to_string())),
                typed: field(0),
                name: field(1),
                refusal,
            },
        }
    }
}

/// The code, if it is one that names an item.
fn item_code(checked: &Checked) -> Result<AnyCode, Refusal> {
    let Some(code) = &checked.code else {
        let first = checked.errors.first();
        let told = first.map(|one| {
            format!(
                "{} {}: {} ({})",
                one.code.name(),
                one.position,
                one.expected.english,
                one.expected.chinese
            )
        });
        return Err(Refusal::of(Code::ReleaseCodeInvalid).at("code").allowing(told.unwrap_or_default()));
    };
    let kinds = [
        CodeKind::NhsaWestern,
        CodeKind::NhsaPatent,
        CodeKind::NhsaPiece,
        CodeKind::NhsaGranule,
        CodeKind::NhsaPreparation,
        CodeKind::NhsaConsumable,
    ];
    if kinds.contains(&code.kind()) {
        return Ok(code.clone());
    }
    let names: Vec<&str> = kinds.iter().map(|kind| kind.name()).collect();
    let told = format!("{}, not {}", names.join(", "), code.kind().name());
    Err(Refusal::of(Code::ReleaseCodeKind).at("code").allowing(told))
}

/// A field without blanks around it and in plain width; none where it says nothing.
fn given(field: &str, name: &'static str) -> Result<Option<String>, Refusal> {
    let text: String = field.trim().nfkc().collect();
    let text = text.trim();
    if text.is_empty() || BLANKS.contains(&text) {
        return Ok(None);
    }
    if text.chars().any(char::is_control) || text.chars().count() > FIELD_CHARACTERS_MAX {
        return Err(wrong(name, "at most 500 characters on one line"));
    }
    Ok(Some(text.to_owned()))
}

fn tied<T>(
    text: Option<String>,
    warning: RowWarning,
    warnings: &mut Vec<RowWarning>,
    read: impl Fn(&str) -> Option<T>,
) -> Option<T> {
    let text = text?;
    let read = read(&text);
    if read.is_none() {
        warnings.push(warning);
    }
    read
}

fn units(text: &str) -> Result<i32, Refusal> {
    let number = text.parse::<i32>().ok().filter(|number| *number > 0);
    number.ok_or_else(|| wrong("unitsPerPack", "1 to 2147483647"))
}

fn flag(text: &str) -> Result<bool, Refusal> {
    match text.to_lowercase().as_str() {
        "是" | "有" | "1" | "y" | "yes" | "true" => Ok(true),
        "否" | "0" | "n" | "no" | "false" => Ok(false),
        _other => Err(wrong("traceCode", "是, 否, yes, no")),
    }
}

fn wrong(field: &'static str, allowed: &'static str) -> Refusal {
    Refusal::of(Code::ReleaseRowInvalid).at(field).allowing(allowed)
}

impl ReleaseRow {
    /// Its fields by name, as text, in the order of the columns.
    pub fn fields(&self) -> Vec<(&'static str, Option<String>)> {
        let units = self.units_per_pack.map(|units| units.to_string());
        let traced = self.traced.map(|traced| traced.to_string());
        let standard = self.standard_code.as_ref().map(ToString::to_string);
        vec![
            ("code", Some(self.code.to_string())),
            ("registeredName", Some(self.generic.clone())),
            ("registeredForm", self.form.clone()),
            ("registeredSpec", self.spec.clone()),
            ("tradeName", self.trade.clone()),
            ("actualForm", self.actual_form.clone()),
            ("actualSpec", self.actual_spec.clone()),
            ("material", self.material.clone()),
            ("unitsPerPack", units),
            ("smallestUnit", self.unit.clone()),
            ("packUnit", self.pack_unit.clone()),
            ("traceCode", traced),
            ("company", self.company.clone()),
            ("approvalNumber", self.approval.as_ref().map(|number| number.as_str().to_owned())),
            ("standardCode", standard),
        ]
    }

    /// What it says, in one form: a line `name=value` for each field that is given, in the order of the columns.
    pub fn canonical(&self) -> String {
        let line = |(name, value): (&str, Option<String>)| value.map(|value| format!("{name}={value}\n"));
        self.fields().into_iter().filter_map(line).collect()
    }

    /// What decides whether a record is the same item, without and with the pack: the same digests that a proposal takes.
    pub fn identities(&self) -> [Option<Digest>; 2] {
        let content = Content {
            generic_name: self.generic.clone(),
            trade_name: self.trade.clone(),
            form: self.form.clone().or_else(|| self.actual_form.clone()),
            declared_spec: self.spec.clone().or_else(|| self.actual_spec.clone()),
            holder_name: self.company.clone(),
            units_per_pack: self.units_per_pack.and_then(|units| u32::try_from(units).ok()),
            smallest_pack_unit: self.pack_unit.clone(),
            material: self.material.clone(),
            ..Content::default()
        };
        let kind = ItemKind::of_national(self.code.kind());
        [content.identity(kind), content.exact_identity(kind)]
    }

    /// SHA-256 of the canonical form.
    pub fn digest(&self) -> Digest {
        Digest::new(Sha256::digest(self.canonical()).into())
    }
}

/// The fields of a canonical form, by name.
pub fn stated_fields(canonical: &str) -> BTreeMap<String, Option<String>> {
    let fields = canonical.lines().filter_map(|line| line.split_once('='));
    fields.map(|(name, value)| (name.to_owned(), Some(value.to_owned()))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const RIGHT: [&str; 15] = [
        "xl02bba326a001010102180",
        "阿帕他胺片",
        "片剂",
        "60mg",
        "-",
        "薄膜衣片",
        "６０ｍｇ",
        "口服固体药用高密度聚乙烯瓶",
        "120",
        "片",
        "瓶",
        "是",
        "模拟药业有限公司",
        "国药准字HJ20190059",
        "86901110000020",
    ];

    #[test]
    fn a_row_is_read_into_one_form() {
        let row = read_row(&RIGHT).unwrap();
        assert_eq!(
            row.canonical(),
            "code=XL02BBA326A001010102180\nregisteredName=阿帕他胺片\nregisteredForm=片剂\nregisteredSpec=60mg\nactualForm=薄膜衣片\n\
             actualSpec=60mg\nmaterial=口服固体药用高密度聚乙烯瓶\nunitsPerPack=120\nsmallestUnit=片\npackUnit=瓶\ntraceCode=true\n\
             company=模拟药业有限公司\napprovalNumber=国药准字HJ20190059\nstandardCode=86901110000020\n"
        );
        assert_eq!(row.warnings, [RowWarning::Rewritten]);
        let fields: BTreeMap<String, Option<String>> =
            row.fields().into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        let given: BTreeMap<_, _> = fields.into_iter().filter(|(_, value)| value.is_some()).collect();
        assert_eq!(stated_fields(&row.canonical()), given);
    }

    #[test]
    fn what_is_unusual_is_said_and_what_is_wrong_is_refused() {
        let with = |at: usize, text: &'static str| {
            let mut fields = RIGHT;
            fields[0] = "XL02BBA326A001010102180";
            fields[at] = text;
            read_row(&fields).map(|row| row.warnings).map_err(|refusal| (refusal.code, refusal.field))
        };
        assert_eq!(with(13, "国药准字X1"), Ok(vec![RowWarning::ApprovalNumber]));
        assert_eq!(with(14, "86901110000021"), Ok(vec![RowWarning::StandardCode]));
        assert_eq!(with(1, "头孢呋辛酯片"), Ok(vec![RowWarning::NameLetter]));
        assert_eq!(with(1, "注射用盐酸阿霉素"), Ok(vec![]));
        assert_eq!(with(0, "XQ99BBA326A001010102180"), Ok(vec![RowWarning::Dictionary]));
        assert_eq!(with(11, "-"), Ok(vec![]));
        for (at, text, code, field) in [
            (0, "XL02BBA326A00101010218", Code::ReleaseCodeInvalid, "code"),
            (0, "", Code::ReleaseCodeInvalid, "code"),
            (0, "86901110000020", Code::ReleaseCodeKind, "code"),
            (1, "/", Code::ReleaseRowInvalid, "registeredName"),
            (8, "0", Code::ReleaseRowInvalid, "unitsPerPack"),
            (8, "若干", Code::ReleaseRowInvalid, "unitsPerPack"),
            (11, "也许", Code::ReleaseRowInvalid, "traceCode"),
            (12, "甲\n乙", Code::ReleaseRowInvalid, "company"),
        ] {
            assert_eq!(with(at, text), Err((code, Some(field))), "{text}");
        }
        let mut fields = RIGHT;
        fields[8] = "x";
        let StagedRow::Faulty { code, name, .. } = StagedRow::read(&fields) else { panic!("it can be read") };
        assert_eq!(code, Some((CodeKind::NhsaWestern, "XL02BBA326A001010102180".to_owned())));
        assert_eq!(name, "阿帕他胺片");
    }
}
