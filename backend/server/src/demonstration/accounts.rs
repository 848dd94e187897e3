//! One account a role.
use jicai_domain::audit::IdempotencyKey;
use jicai_domain::documents::{DocumentKind, FileName};
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::{
    Caller, CreditCode, LicenceKind, LicenceNumber, LoginName, Name, OrganizationKind, OrganizationStatus,
    Password, RegionCode, Role, Version,
};
use jicai_domain::ids::{DocumentId, OrganizationId};
use jicai_domain::time::Day;
use jicai_service::documents::{StoreDocument, begin_upload};
use jicai_service::identity::{
    AddLicence, FoundOperator, InviteUser, LogIn, RegisterOrganization, Verdict, add_licence, authenticate,
    found_operator, invite_user, log_in, organization as find_organization, register_organization,
    review_organization, set_password,
};
use jicai_service::{App, Error};

use super::market::{INSTITUTIONS, Party};
use crate::paper::pages;

/// The password of every account of a demonstration.
const PASSWORD: &str = "Jicai-showcase-2026";
const OPERATOR: (&str, &str) = ("11100000MB0DEM0099", "集采平台运营方");
pub(super) const CLERK: &str = "demo";
/// Who hold shares, in an office of their own clerks.
pub(super) const CUSTODIANS: [&str; 3] = ["custodian", "custodian2", "custodian3"];
/// Who announces what the first clerk of the office has published, and approves what the first clerk of the agency has prepared.
pub(super) const DEPUTY: &str = "deputy";
/// The manufacturer.
pub(super) const MANUFACTURER: &str = "91320100MA0DEM0011";
/// The hospital.
pub(super) const HOSPITAL: &str = "12320000MB0DEM0039";
/// The insurance agency, which has two persons.
pub(super) const AGENCY: &str = "12320000MB0DEM006J";
/// The distributor.
pub(super) const DISTRIBUTOR: &str = "91320100MA0DEM0024";
/// The procurement office.
pub(super) const OFFICE: &str = "11320000MB0DEM004F";
/// Reviewers of all regions that buy in the rounds.
pub(super) const REVIEWERS: &str = "11100000MB0DEM201U";

const ORGANIZATIONS: [(OrganizationKind, &str, &str, &str); 8] = [
    (OrganizationKind::Manufacturer, MANUFACTURER, "示范制药有限公司", "000000"),
    (OrganizationKind::Distributor, DISTRIBUTOR, "示范医药配送有限公司", "320000"),
    (OrganizationKind::Hospital, HOSPITAL, "示范人民医院", "320106"),
    (OrganizationKind::ProcurementOffice, OFFICE, "示范省药品采购中心", "320000"),
    (OrganizationKind::ReviewBody, "11320100MB0DEM005P", "示范市医保审核处", "320100"),
    (OrganizationKind::InsuranceAgency, AGENCY, "示范省医保经办机构", "320000"),
    (OrganizationKind::Regulator, "11320000MB0DEM007Q", "示范省医疗保障局", "320000"),
    (OrganizationKind::AuditBody, "11320000MB0DEM008U", "示范省审计机关", "320000"),
];

/// The licences that they show; their papers say that they are none.
const LICENCES: [(OrganizationKind, LicenceKind, &str); 5] = [
    (OrganizationKind::Manufacturer, LicenceKind::DrugManufacturing, "药品生产许可证"),
    (OrganizationKind::Manufacturer, LicenceKind::Business, "营业执照"),
    (OrganizationKind::Distributor, LicenceKind::DrugDistribution, "药品经营许可证"),
    (OrganizationKind::Distributor, LicenceKind::Business, "营业执照"),
    (OrganizationKind::Hospital, LicenceKind::MedicalInstitution, "医疗机构执业许可证"),
];
/// 2099-12-31.
const LAST_DAY: Day = Day::from_epoch_days(47_481);

/// The accounts by role: role, login name and password. Makes those that are missing.
pub(crate) async fn accounts(app: &App) -> Result<Vec<(String, String)>, Error> {
    let (code, name) = OPERATOR;
    let admin = login(CLERK, code)?;
    match found_operator(app, operator(code, name)?).await {
        Ok(founded) => set_password(app, &founded.token, PASSWORD).await?,
        Err(error) if error.refusal().code == Code::OrganizationState => {}
        Err(error) => return Err(error),
    }
    let reviewer = caller(app, &admin).await?;
    let mut accounts = vec![(Role::Admin.label().to_owned(), shown(&admin))];
    for (kind, code, name, region) in ORGANIZATIONS {
        organization(app, &reviewer, (kind, code, name), &[region]).await?;
        accounts.push((kind.first_role().label().to_owned(), shown(&login(CLERK, code)?)));
        if [OrganizationKind::ProcurementOffice, OrganizationKind::InsuranceAgency].contains(&kind) {
            let role = kind.first_role();
            invited(app, code, (DEPUTY, "示范复核人员", role)).await?;
            accounts.push((role.label().to_owned(), shown(&login(DEPUTY, code)?)));
        }
        if kind == OrganizationKind::ProcurementOffice {
            for clerk in CUSTODIANS {
                invited(app, code, (clerk, "密钥保管人", Role::KeyCustodian)).await?;
                accounts.push((Role::KeyCustodian.label().to_owned(), shown(&login(clerk, code)?)));
            }
        }
    }
    Ok(accounts)
}

/// Registers whoever takes part in a round beside the accounts, and reviewers of all regions.
pub(super) async fn take_part(app: &App, parties: &[Party]) -> Result<(), Error> {
    let reviewer = caller(app, &login(CLERK, OPERATOR.0)?).await?;
    for Party { kind, region, code, name } in parties {
        organization(app, &reviewer, (*kind, code, name), &[region]).await?;
    }
    let regions: Vec<&str> = INSTITUTIONS.iter().map(|(region, ..)| *region).collect();
    let reviewers = (OrganizationKind::ReviewBody, REVIEWERS, "模拟三十一省报量审核处");
    organization(app, &reviewer, reviewers, &regions).await
}

fn operator(code: &str, name: &str) -> Result<FoundOperator, Refusal> {
    Ok(FoundOperator {
        name: Name::parse(name)?,
        credit_code: CreditCode::parse(code)?,
        regions: vec![RegionCode::NATION],
        clerk: CLERK.to_owned(),
        person: Name::parse("管理员")?,
    })
}

/// Registers and approves an organization, unless an earlier start did. The keys bring a start to its end that was interrupted.
async fn organization(
    app: &App,
    reviewer: &Caller,
    (kind, code, name): (OrganizationKind, &str, &str),
    regions: &[&str],
) -> Result<(), Error> {
    let login = login(CLERK, code)?;
    let registration = register_organization(
        app,
        RegisterOrganization {
            kind,
            name: Name::parse(name)?,
            credit_code: CreditCode::parse(code)?,
            regions: regions.iter().map(|region| RegionCode::parse(region)).collect::<Result<_, _>>()?,
            person: Name::parse("示范用户")?,
            password: Password::choose(PASSWORD, &login)?,
            login,
            key: key("register", code)?,
        },
    )
    .await;
    let registered = match registration {
        Err(error) if error.refusal().code == Code::CreditCodeTaken => return Ok(()),
        registration => registration?,
    };
    let status = find_organization(app, reviewer, registered.id).await?.status;
    if status != OrganizationStatus::Pending {
        return Ok(());
    }
    let version = licences(app, (kind, code, name), registered.version).await?;
    approve(app, reviewer, (registered.id, version), code).await
}

async fn approve(
    app: &App,
    reviewer: &Caller,
    seen: (OrganizationId, Version),
    code: &str,
) -> Result<(), Error> {
    review_organization(app, reviewer, seen, Verdict::Approve, &key("approve", code)?).await?;
    Ok(())
}

/// Shows the licences that such an organization needs; the version that it has after that.
async fn licences(
    app: &App,
    (kind, code, name): (OrganizationKind, &str, &str),
    version: Version,
) -> Result<Version, Error> {
    let needed: Vec<_> = LICENCES.iter().filter(|(holder, ..)| *holder == kind).collect();
    if needed.is_empty() {
        return Ok(version);
    }
    let manager = caller(app, &login(CLERK, code)?).await?;
    let mut version = version;
    for (_, licence, title) in needed {
        let paper = (DocumentKind::Licence, format!("{title}.pdf"));
        let step = key(&format!("paper-{}", licence.label()), code)?;
        let document = upload((app, &manager), paper, &["模拟数据，非真实证照", title, name], step).await?;
        let command = AddLicence {
            kind: *licence,
            number: LicenceNumber::parse(&format!("模拟-{code}"))?,
            valid_until: Some(LAST_DAY),
            document,
            key: key(&format!("licence-{}", licence.label()), code)?,
        };
        version = add_licence(app, &manager, command).await?.organization_version;
    }
    Ok(version)
}

/// Stores a page with those lines.
pub(super) async fn upload(
    (app, caller): (&App, &Caller),
    (kind, name): (DocumentKind, String),
    lines: &[&str],
    key: IdempotencyKey,
) -> Result<DocumentId, Error> {
    let lines: Vec<String> = lines.iter().copied().map(str::to_owned).collect();
    let mut upload =
        begin_upload(app, caller, StoreDocument { kind, name: FileName::parse(&name)?, key }).await?;
    upload.put(pages(24.0, &lines).into()).await?;
    Ok(upload.finish().await?.id)
}

/// Invites a clerk of an organization, unless an earlier start did.
async fn invited(app: &App, code: &str, (clerk, name, role): (&str, &str, Role)) -> Result<(), Error> {
    let manager = caller(app, &login(CLERK, code)?).await?;
    let invite =
        InviteUser { clerk: clerk.to_owned(), name: Name::parse(name)?, role, key: key(clerk, code)? };
    let invited = match invite_user(app, &manager, invite).await {
        Err(error) if error.refusal().code == Code::LoginNameTaken => return Ok(()),
        invited => invited?,
    };
    match set_password(app, &invited.token(app), PASSWORD).await {
        Err(error) if error.refusal().code != Code::GrantInvalid => Err(error),
        Ok(()) | Err(_) => Ok(()),
    }
}

pub(super) async fn caller(app: &App, login: &LoginName) -> Result<Caller, Error> {
    let command = LogIn { login: login.clone(), password: PASSWORD.to_owned(), code: None };
    let tokens = log_in(app, command).await?;
    authenticate(app, &tokens.access).await
}

pub(super) fn login(clerk: &str, code: &str) -> Result<LoginName, Refusal> {
    LoginName::of(clerk, &CreditCode::parse(code)?)
}

fn key(step: &str, code: &str) -> Result<IdempotencyKey, Refusal> {
    IdempotencyKey::parse(&format!("demonstration-{step}-{code}"))
}

fn shown(login: &LoginName) -> String {
    format!("{} / {PASSWORD}", login.as_str())
}
