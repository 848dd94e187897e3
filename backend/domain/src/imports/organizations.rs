//! A row of a table of institutions.
use crate::errors::{Code, Refusal};
use crate::identity::{CreditCode, LoginName, Name, OrganizationKind, RegionCode, Scope};

/// The columns, each with the headers that name it.
pub(super) const COLUMNS: &[&[&str]] = &[
    &["类型", "kind"],
    &["名称", "name"],
    &["统一社会信用代码", "credit code"],
    &["地区代码", "regions"],
    &["管理员登录名", "clerk"],
    &["管理员姓名", "person"],
];

/// An institution that an authority vouches for, with its manager to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportedOrganization {
    /// Its type.
    pub kind: OrganizationKind,
    /// Its name.
    pub name: Name,
    /// Its unified social credit code.
    pub credit_code: CreditCode,
    /// The regions that it acts in.
    pub regions: Vec<RegionCode>,
    /// What its manager logs in as.
    pub login: LoginName,
    /// Its manager's name.
    pub person: Name,
}

/// Reads the fields in the order of the columns. Regions are separated by blanks, commas or semicolons. Errors: the first
/// field's that is wrong; `FORBIDDEN` for a region that the scope does not cover.
pub fn read_organization(fields: &[&str], scope: &Scope) -> Result<ImportedOrganization, Refusal> {
    let field = |at: usize| fields.get(at).copied().unwrap_or_default().trim();
    let credit_code = CreditCode::parse(field(2))?;
    Ok(ImportedOrganization {
        kind: kind(field(0))?,
        name: Name::parse(field(1)).map_err(|refusal| refusal.at("name"))?,
        regions: regions(field(3), scope)?,
        login: LoginName::of(field(4), &credit_code).map_err(|refusal| refusal.at("clerk"))?,
        person: Name::parse(field(5)).map_err(|refusal| refusal.at("person"))?,
        credit_code,
    })
}

fn kind(text: &str) -> Result<OrganizationKind, Refusal> {
    let known =
        |kind: &&OrganizationKind| kind.label() == text.to_uppercase() || chinese(**kind).contains(&text);
    let importable = OrganizationKind::ALL.iter().filter(|kind| **kind != OrganizationKind::Operator);
    importable.clone().find(known).copied().ok_or_else(|| {
        let names: Vec<&str> = importable.filter_map(|kind| chinese(*kind).first().copied()).collect();
        Refusal::of(Code::OrganizationKind).at("kind").allowing(names.join(", "))
    })
}

/// What a type is called in Chinese.
const fn chinese(kind: OrganizationKind) -> &'static [&'static str] {
    match kind {
        OrganizationKind::Manufacturer => &["申报企业", "生产企业"],
        OrganizationKind::Distributor => &["配送企业", "经营企业"],
        OrganizationKind::Hospital => &["医疗机构", "医院"],
        OrganizationKind::ProcurementOffice => &["采购中心", "联采办"],
        OrganizationKind::ReviewBody => &["审核机构"],
        OrganizationKind::InsuranceAgency => &["经办机构"],
        OrganizationKind::Regulator => &["医保局", "医疗保障局"],
        OrganizationKind::AuditBody => &["审计机关"],
        OrganizationKind::Operator => &["运营方"],
    }
}

fn regions(text: &str, scope: &Scope) -> Result<Vec<RegionCode>, Refusal> {
    let parts = text.split([' ', ',', ';', '，', '；', '、']).filter(|part| !part.is_empty());
    let regions: Vec<RegionCode> =
        parts.map(RegionCode::parse).collect::<Result<_, _>>().map_err(|refusal| refusal.at("regions"))?;
    if regions.iter().all(|region| scope.covers(*region)) {
        Ok(regions)
    } else {
        let own: Vec<String> = scope.regions().iter().map(ToString::to_string).collect();
        Err(Refusal::of(Code::Forbidden).at("regions").allowing(own.join(", ")))
    }
}
