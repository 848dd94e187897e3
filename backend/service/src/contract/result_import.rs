//! 中选结果导入: a result that was made elsewhere is brought in, held against the one that stands, and announced.
use std::collections::BTreeSet;

use jicai_domain::audit::{Act, IdempotencyKey};
use jicai_domain::catalog::item::ItemNamed;
use jicai_domain::contract::compare::{Difference, compare};
use jicai_domain::contract::official::{OfficialResult, ResultSource, SelectedProduct};
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::{Caller, Name, Permission};
use jicai_domain::ids::{ImportId, OfficialResultId, OrganizationId, SelectedProductId};
use jicai_domain::imports::{Import, ImportKind, ImportStatus};
use jicai_domain::procurement::round::Disclosure;
use jicai_domain::time::{Day, Timestamp};
use jicai_store::audit::record;
use jicai_store::contract::official;
use jicai_store::contract::staged::{self, Brought};
use jicai_store::{Tx, imports};

use super::official::{NewResult, announce};
use crate::app::App;
use crate::audit::{actor, keyed, once};
use crate::catalog::find_uses;
use crate::errors::Error;

/// The dry run of a result that was brought in.
#[derive(Clone, Debug)]
pub struct ImportedResult {
    /// The import.
    pub import: Import,
    /// The newest edition of the office's result of that name, which it would replace.
    pub standing: Option<OfficialResult>,
    /// How many products it has.
    pub products: usize,
    /// How many of them have a firm that is an approved manufacturer of the platform by its credit code.
    pub holders_known: usize,
    /// How many of them name an item of the registry.
    pub items_known: usize,
    /// What is odd about the codes that they have.
    pub warnings: Vec<CodeWarning>,
    /// What it changes.
    pub differences: Vec<Difference>,
}

/// A code that names nothing, several items, or one that is not used any more. It is kept as it is.
#[derive(Clone, Debug)]
pub struct CodeWarning {
    /// The number of the product's lot.
    pub lot_number: i32,
    /// Its name.
    pub name: String,
    /// The code.
    pub code: String,
    /// What is odd.
    pub what: Refusal,
}

/// A result that was brought in and is to be announced.
#[derive(Clone, Debug)]
pub struct AnnounceImported {
    /// The import.
    pub import: ImportId,
    /// The name; the same name replaces what stands under it.
    pub name: Name,
    /// The edition that the caller has seen standing; 0 where there was none.
    pub replaces: i32,
    /// The day its contracts begin.
    pub starts_on: Day,
    /// Who sees its prices.
    pub disclosure: Disclosure,
    /// No contract is sealed before.
    pub standstill_until: Option<Timestamp>,
    /// Whether it is announced although rows of the table were rejected.
    pub without_rejected_rows: bool,
    /// The key of the request.
    pub key: IdempotencyKey,
}

/// What a result that was brought in would change of the one of that name. Errors: `FORBIDDEN`, `NOT_FOUND`, `IMPORT_STATE` until every row
/// was read, and once it was announced.
pub async fn imported_result(
    app: &App,
    caller: &Caller,
    import: ImportId,
    name: &Name,
) -> Result<ImportedResult, Error> {
    caller.require(Permission::ImportResults)?;
    let own = caller.require(Permission::OwnOrganization)?;
    let mut tx = app.store.read().await?;
    let import = imports::find(&mut tx, &own, import).await?;
    let import = to_announce(&mut tx, import).await?;
    let standing = official::standing(&mut tx, caller.organization, name).await?;
    let brought = staged::whole(&mut tx, import.id).await?;
    let (mut next, warnings) = know_items(&mut tx, brought).await?;
    know_holders(&mut tx, &mut next).await?;
    let before: Vec<SelectedProduct> = match &standing {
        Some(standing) => {
            let placed = official::of_edition(&mut tx, standing).await?;
            placed.into_iter().map(|placed| placed.product).collect()
        }
        None => Vec::new(),
    };
    let holders_known = next.iter().filter(|product| product.holder.organization.is_some()).count();
    let differences = compare(&before, &next);
    let items_known =
        next.iter().filter(|product| product.item.as_ref().is_some_and(|used| used.item.is_some()));
    let items_known = items_known.count();
    let products = next.len();
    Ok(ImportedResult { import, standing, products, holders_known, items_known, warnings, differences })
}

/// Announces a result that was brought in as the next edition of its name. Errors: `FORBIDDEN`, `NOT_FOUND`, `IMPORT_STATE` until every row was
/// read, where rows were rejected, and once it was announced, `STALE_VERSION` where another edition stands, `RESULT_INVALID`.
pub async fn announce_imported_result(
    app: &App,
    caller: &Caller,
    command: AnnounceImported,
) -> Result<OfficialResultId, Error> {
    caller.require(Permission::ImportResults)?;
    let own = caller.require(Permission::OwnOrganization)?;
    let announced_by = caller.user()?;
    let said = format!("{command:?}");
    let keyed = keyed(app, Some(caller), &command.key, "announce_imported_result", &[&said]);
    once(app, &keyed, async |tx| {
        let wanted = &command;
        imports::find(tx, &own, wanted.import).await?;
        let import = imports::lock(tx, wanted.import).await?;
        let import = to_announce(tx, import).await?;
        if import.rows_rejected > 0 && !wanted.without_rejected_rows {
            let rejected = format!("withoutRejectedRows, {} rows", import.rows_rejected);
            return Err(Refusal::of(Code::ImportState).at("withoutRejectedRows").allowing(rejected).into());
        }
        let standing = official::standing(tx, caller.organization, &wanted.name).await?;
        let edition = standing.map_or(0, |standing| standing.edition);
        if edition != wanted.replaces {
            return Err(Refusal::of(Code::StaleVersion).at("replaces").allowing(edition.to_string()).into());
        }
        let brought = staged::whole(tx, import.id).await?;
        let (mut products, warnings) = know_items(tx, brought).await?;
        let known = know_holders(tx, &mut products).await?;
        let new = NewResult {
            office: caller.organization,
            name: wanted.name.clone(),
            source: ResultSource::Import(import.id),
            edition: edition.saturating_add(1),
            part: 1,
            lots: Vec::new(),
            disclosure: wanted.disclosure,
            starts_on: wanted.starts_on,
            standstill_until: wanted.standstill_until,
            announced_by,
        };
        let result = announce(tx, new, &products).await?;
        staged::clear(tx, import.id).await?;
        let act = Act::new("ResultImported", result.id)
            .concerning(result.office)
            .with("import", import.id)
            .with("edition", result.edition)
            .with("products", products.len())
            .with("holdersKnown", known)
            .with("codesInDoubt", warnings.len())
            .with("sha256", result.sha256);
        Ok(record(tx, actor(caller), act, result.id).await?)
    })
    .await
}

/// Says which organization the firm of a product is.
#[derive(Clone, Debug)]
pub struct NameHolder {
    /// The product.
    pub product: SelectedProductId,
    /// The manufacturer.
    pub organization: OrganizationId,
    /// The key of the request.
    pub key: IdempotencyKey,
}

/// Says which manufacturer of the platform the firm of a product of the caller's results is, once. Errors: `FORBIDDEN`, `NOT_FOUND`,
/// `RESULT_INVALID` where it is known already, or is no approved manufacturer.
pub async fn name_holder(
    app: &App,
    caller: &Caller,
    command: NameHolder,
) -> Result<SelectedProductId, Error> {
    let scope = caller.require(Permission::ManageContracts)?;
    let said = [command.product.to_string(), command.organization.to_string()];
    let keyed = keyed(app, Some(caller), &command.key, "name_holder", &said.each_ref().map(String::as_str));
    once(app, &keyed, async |tx| {
        let product = official::product(tx, command.product).await?;
        official::own(tx, &scope, product.result).await?;
        let known =
            || Refusal::of(Code::ResultInvalid).at("product").allowing("a firm that is not known yet");
        if official::lock_holder(tx, command.product).await?.is_some() {
            return Err(known().into());
        }
        if !official::is_manufacturer(tx, command.organization).await? {
            let wrong =
                Refusal::of(Code::ResultInvalid).at("organization").allowing("an approved manufacturer");
            return Err(wrong.into());
        }
        official::set_holder(tx, command.product, command.organization).await?;
        let act = Act::new("SelectedHolderNamed", command.product)
            .concerning(command.organization)
            .with("result", product.result)
            .with("as", &product.product.holder.name);
        Ok(record(tx, actor(caller), act, command.product).await?)
    })
    .await
}

/// An import of a result that was read whole and not announced. Errors: `NOT_FOUND`, `IMPORT_STATE`.
async fn to_announce(tx: &mut Tx, import: Import) -> Result<Import, Error> {
    if import.kind != ImportKind::Results {
        return Err(Refusal::of(Code::NotFound).into());
    }
    let wrong = |allowed: &str| Refusal::of(Code::ImportState).at("import").allowing(allowed.to_owned());
    if import.status != ImportStatus::Done {
        return Err(wrong(ImportStatus::Done.label()).into());
    }
    if official::is_announced(tx, import.id).await? {
        return Err(wrong("announced once").into());
    }
    Ok(import)
}

/// Fills in what the codes name today, and says what is odd about them.
async fn know_items(
    tx: &mut Tx,
    brought: Vec<Brought>,
) -> Result<(Vec<SelectedProduct>, Vec<CodeWarning>), Error> {
    let named = |one: &Brought| one.code.clone().map(|code| ItemNamed::Code(vec![code]));
    let asked: Vec<ItemNamed> = brought.iter().filter_map(named).collect();
    let mut found = find_uses(tx, &asked).await?.into_iter();
    let (mut products, mut warnings) = (Vec::with_capacity(brought.len()), Vec::new());
    for Brought { mut product, code } in brought {
        let found = code.and_then(|_code| found.next());
        if let Some(found) = found {
            warnings.extend(found.doubt.map(|what| CodeWarning {
                lot_number: product.lot_number,
                name: product.name.clone(),
                code: found.used.code.clone(),
                what,
            }));
            product.item = Some(found.used);
        }
        products.push(product);
    }
    Ok((products, warnings))
}

/// Fills in the organizations that the credit codes name; how many.
async fn know_holders(tx: &mut Tx, products: &mut [SelectedProduct]) -> Result<usize, Error> {
    let codes: BTreeSet<String> =
        products.iter().filter_map(|product| product.holder.credit_code.clone()).collect();
    let found = staged::manufacturers(tx, &codes.into_iter().collect::<Vec<_>>()).await?;
    for product in products.iter_mut() {
        product.holder.organization =
            product.holder.credit_code.as_ref().and_then(|code| found.get(code)).copied();
    }
    Ok(products.iter().filter(|product| product.holder.organization.is_some()).count())
}
