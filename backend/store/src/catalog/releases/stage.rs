//! Rows of a release as they were read, thousands in one statement.
use std::collections::BTreeMap;

use diesel::sql_types::{Array, Binary, Integer, Nullable, Text, Uuid as SqlUuid};
use diesel::{OptionalExtension, QueryableByName};
use diesel_async::RunQueryDsl;
use jicai_domain::catalog::code::{AnyCode, CodeKind};
use jicai_domain::catalog::item::ItemKind;
use jicai_domain::catalog::pinyin::Sound;
use jicai_domain::catalog::release::{ReleaseRow, RowWarning, StagedRow};
use jicai_domain::catalog::spec::NormalSpec;
use jicai_domain::ids::ItemId;
use uuid::Uuid;

use crate::door::Tx;
use crate::errors::StoreError;
use crate::ids::column;

/// Codes of the national list are typed once; what stands in the file for one that cannot be read may be long.
const TYPED_MAX: usize = 100;

/// A row with its line of the file, and an id that all it becomes comes from.
#[derive(Clone, Debug)]
pub struct Staged {
    /// Its line of the file.
    pub line: i32,
    /// The id of its item, if that is new.
    pub base: ItemId,
    /// What it says.
    pub row: StagedRow,
}

/// The columns of many rows.
#[derive(Default)]
struct Columns {
    line: Vec<i32>,
    base: Vec<Uuid>,
    kind: Vec<&'static str>,
    system: Vec<&'static str>,
    value: Vec<String>,
    generic: Vec<String>,
    texts: [Vec<Option<String>>; 13],
    units: Vec<Option<i32>>,
    sha256: Vec<Vec<u8>>,
    identity: [Vec<Option<Vec<u8>>>; 2],
    stated: Vec<String>,
    warnings: Vec<String>,
    fault: [Vec<Option<String>>; 3],
}

const STAGE: &str = "INSERT INTO release_rows (release, line, base, kind, system, value, generic_name, trade_name, form, declared_spec, \
    normal_spec, holder_name, smallest_unit, smallest_pack_unit, material, class_code, generic_code, form_code, approval, standard_code, \
    units_per_pack, sha256, stated, warnings, fault, fault_field, fault_expected, identity, exact_identity) \
    SELECT $1, line, base, kind, system, value, generic, trade, form, spec, normal, holder, unit, pack, material, class, name, form_code, \
        approval, standard, units, sha256, stated, string_to_array(warnings, ','), fault, fault_field, fault_expected, \
        identity, exact_identity \
    FROM unnest($2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29) \
        AS row (line, base, kind, system, value, generic, trade, form, spec, normal, holder, unit, pack, material, class, name, form_code, \
        approval, standard, units, sha256, stated, warnings, fault, fault_field, fault_expected, identity, exact_identity)";

/// Of rows that say the same under one code the first is taken; of rows that do not, none.
const REPEATED: &str = "WITH twice AS ( \
        SELECT system, value, min(line) AS first, count(DISTINCT sha256) AS said FROM release_rows \
        WHERE release = $1 AND system <> '' AND value = ANY ($2) \
        GROUP BY system, value HAVING count(*) > 1) \
    UPDATE release_rows r SET fault = 'RELEASE_CODE_REPEATED', fault_field = 'code', fault_expected = 'line ' || t.first \
    FROM twice t WHERE r.release = $1 AND r.value = t.value AND r.system = t.system AND r.fault IS NULL AND (t.said > 1 OR r.line > t.first)";

/// Adds rows whose lines follow those that are there.
pub async fn stage(tx: &mut Tx, release: i32, rows: &[Staged]) -> Result<(), StoreError> {
    let mut all = Columns::default();
    rows.iter().for_each(|row| all.add(row));
    let values = all.value.clone();
    add_terms(tx, rows).await?;
    insert(tx, release, all).await?;
    diesel::sql_query(REPEATED)
        .bind::<Integer, _>(release)
        .bind::<Array<Text>, _>(values)
        .execute(tx.connection())
        .await?;
    Ok(())
}

async fn insert(tx: &mut Tx, release: i32, all: Columns) -> Result<(), StoreError> {
    let [trade, form, spec, normal, holder, unit, pack, material, class, name, form_code, approval, standard] =
        all.texts;
    let [fault, field, expected] = all.fault;
    let [identity, exact] = all.identity;
    diesel::sql_query(STAGE)
        .bind::<Integer, _>(release)
        .bind::<Array<Integer>, _>(all.line)
        .bind::<Array<SqlUuid>, _>(all.base)
        .bind::<Array<Text>, _>(all.kind)
        .bind::<Array<Text>, _>(all.system)
        .bind::<Array<Text>, _>(all.value)
        .bind::<Array<Text>, _>(all.generic)
        .bind::<Array<Nullable<Text>>, _>(trade)
        .bind::<Array<Nullable<Text>>, _>(form)
        .bind::<Array<Nullable<Text>>, _>(spec)
        .bind::<Array<Nullable<Text>>, _>(normal)
        .bind::<Array<Nullable<Text>>, _>(holder)
        .bind::<Array<Nullable<Text>>, _>(unit)
        .bind::<Array<Nullable<Text>>, _>(pack)
        .bind::<Array<Nullable<Text>>, _>(material)
        .bind::<Array<Nullable<Text>>, _>(class)
        .bind::<Array<Nullable<Text>>, _>(name)
        .bind::<Array<Nullable<Text>>, _>(form_code)
        .bind::<Array<Nullable<Text>>, _>(approval)
        .bind::<Array<Nullable<Text>>, _>(standard)
        .bind::<Array<Nullable<Integer>>, _>(all.units)
        .bind::<Array<Binary>, _>(all.sha256)
        .bind::<Array<Text>, _>(all.stated)
        .bind::<Array<Text>, _>(all.warnings)
        .bind::<Array<Nullable<Text>>, _>(fault)
        .bind::<Array<Nullable<Text>>, _>(field)
        .bind::<Array<Nullable<Text>>, _>(expected)
        .bind::<Array<Nullable<Binary>>, _>(identity)
        .bind::<Array<Nullable<Binary>>, _>(exact)
        .execute(tx.connection())
        .await?;
    Ok(())
}

impl Columns {
    fn add(&mut self, staged: &Staged) {
        self.line.push(staged.line);
        self.base.push(column(staged.base));
        match &staged.row {
            StagedRow::Right(row) => self.add_right(row),
            StagedRow::Faulty { code, typed, name, refusal } => {
                let kind = code.as_ref().map(|(kind, _)| *kind);
                let typed: String = typed.chars().take(TYPED_MAX).collect();
                self.kind.push(kind.map(|kind| ItemKind::of_national(kind).label()).unwrap_or_default());
                self.system.push(kind.map(CodeKind::name).unwrap_or_default());
                self.value.push(code.as_ref().map_or(typed, |(_, value)| value.clone()));
                self.generic.push(name.clone());
                self.texts.iter_mut().for_each(|texts| texts.push(None));
                self.units.push(None);
                self.sha256.push(Vec::new());
                self.identity.iter_mut().for_each(|column| column.push(None));
                self.stated.push(String::new());
                self.warnings.push(String::new());
                let spec = refusal.code.spec();
                let told =
                    [Some(spec.name.to_owned()), refusal.field.map(str::to_owned), refusal.allowed.clone()];
                self.fault.iter_mut().zip(told).for_each(|(column, value)| column.push(value));
            }
        }
    }

    fn add_right(&mut self, row: &ReleaseRow) {
        self.kind.push(ItemKind::of_national(row.code.kind()).label());
        self.system.push(row.code.kind().name());
        self.value.push(row.code.to_string());
        self.generic.push(row.generic.clone());
        let spec = row.spec.clone().or_else(|| row.actual_spec.clone());
        let normal = spec.as_deref().and_then(NormalSpec::parse).map(|spec| {
            let basis: String = spec.basis().iter().map(|basis| format!("({basis})")).collect();
            format!("{}{basis}", spec.strength())
        });
        let [class, name, form_code] = parts(&row.code);
        let texts = [
            row.trade.clone(),
            row.form.clone().or_else(|| row.actual_form.clone()),
            spec,
            normal.filter(|text| !text.is_empty()),
            row.company.clone(),
            row.unit.clone(),
            row.pack_unit.clone(),
            row.material.clone(),
            class,
            name,
            form_code,
            row.approval.as_ref().map(|number| number.as_str().to_owned()),
            row.standard_code.as_ref().map(ToString::to_string),
        ];
        self.texts.iter_mut().zip(texts).for_each(|(column, value)| column.push(value));
        self.units.push(row.units_per_pack);
        self.sha256.push(row.digest().bytes().to_vec());
        let identities = row.identities().map(|one| one.map(|digest| digest.bytes().to_vec()));
        self.identity.iter_mut().zip(identities).for_each(|(column, digest)| column.push(digest));
        self.stated.push(row.canonical());
        let warnings: Vec<&str> = row.warnings.iter().copied().map(RowWarning::label).collect();
        self.warnings.push(warnings.join(","));
        self.fault.iter_mut().for_each(|column| column.push(None));
    }
}

/// The parts of the code that say what the item is: class, name and form.
fn parts(code: &AnyCode) -> [Option<String>; 3] {
    let mut class = Vec::new();
    let (mut name, mut form) = (None, None);
    for (part, value) in code.parts() {
        let text = value.text(0).into_owned();
        match part.as_ref() {
            "class" | "function" | "discipline" | "usage" | "site" => class.push(text),
            "name" | "generic_name" => name = Some(text),
            "form" => form = Some(text),
            _other => {}
        }
    }
    [Some(class.concat()).filter(|text| !text.is_empty()), name, form]
}

/// Every name with how it sounds, before anything bears it.
async fn add_terms(tx: &mut Tx, rows: &[Staged]) -> Result<(), StoreError> {
    let mut terms: BTreeMap<&str, Sound> = BTreeMap::new();
    for staged in rows {
        let StagedRow::Right(row) = &staged.row else { continue };
        for name in [Some(row.generic.as_str()), row.trade.as_deref()].into_iter().flatten() {
            terms.entry(name).or_insert_with(|| Sound::of(name));
        }
    }
    let lang = |name: &str| if name.is_ascii() { "en" } else { "zh-CN" };
    diesel::sql_query(
        "INSERT INTO item_terms (name, lang, sound, initials) SELECT * FROM unnest($1, $2, $3, $4) ON CONFLICT DO NOTHING",
    )
    .bind::<Array<Text>, _>(terms.keys().copied().collect::<Vec<_>>())
    .bind::<Array<Text>, _>(terms.keys().map(|name| lang(name)).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(terms.values().map(|sound| sound.full.as_str()).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(terms.values().map(|sound| sound.initials.as_str()).collect::<Vec<_>>())
    .execute(tx.connection())
    .await?;
    Ok(())
}

#[derive(QueryableByName)]
struct Last {
    #[diesel(sql_type = Integer)]
    line: i32,
}

/// The first line after that one at which a part of at most so many rows ends; none after the last.
pub async fn last_line(
    tx: &mut Tx,
    (release, after): (i32, i32),
    most: i32,
) -> Result<Option<i32>, StoreError> {
    let last: Option<Last> = diesel::sql_query(
        "SELECT line FROM (SELECT line FROM release_rows WHERE release = $1 AND line > $2 ORDER BY line LIMIT $3) part \
         ORDER BY line DESC LIMIT 1",
    )
    .bind::<Integer, _>(release)
    .bind::<Integer, _>(after)
    .bind::<Integer, _>(most)
    .get_result(tx.connection())
    .await
    .optional()?;
    Ok(last.map(|last| last.line))
}
