//! From the keys of a rule file to a [`RuleSet`], section by section as `backend/domain/rules/README.md` lists them.
use super::reader::Reader;
use super::*;
use crate::procurement::values::{parse_date, parse_positive};

/// Reads a rule file. Numbers keep the unit and scale of their key; nothing is rounded.
/// Errors: every fault of the file at once (`RULE_FILE_INVALID`).
pub fn parse(text: &str) -> Result<RuleSet, Vec<RuleProblem>> {
    parse_with(text, &[])
}

/// Reads a rule file with values given in place of the file's; each becomes a provision with confidence `given`.
/// Errors: every fault of the file and of the given values at once (`RULE_FILE_INVALID`).
pub fn parse_with(text: &str, overrides: &[Override]) -> Result<RuleSet, Vec<RuleProblem>> {
    let mut reader = Reader::open(text)?;
    for (position, entry) in overrides.iter().enumerate() {
        if overrides.iter().take(position).any(|earlier| earlier.key == entry.key) {
            reader.problem(
                &entry.key,
                (0, 0),
                entry.value.clone(),
                ("each key set once", "每个键只设置一次"),
            );
        }
        reader.apply(entry);
    }
    let rules = rule_set(&mut reader);
    reader.report_unused();
    if reader.problems.is_empty() { Ok(rules) } else { Err(reader.problems) }
}

/// Reads a price relation file. Bases are pure numbers; `decimals` counts places of yuan.
/// Errors: every fault of the file at once (`RULE_FILE_INVALID`).
pub fn parse_relation(text: &str) -> Result<RelationRules, Vec<RuleProblem>> {
    let mut reader = Reader::open(text)?;
    let head = head(&mut reader);
    let mut base = |key: &str| reader.required(&format!("relation.{key}"), Reader::positive);
    let bases = (base("content_base"), base("pack_base"), base("volume_base"));
    let decimals = reader.required("relation.decimals", Reader::count);
    reader.report_unused();
    match (bases, decimals) {
        ((Some(content_base), Some(pack_base), Some(volume_base)), Some(decimals))
            if reader.problems.is_empty() =>
        {
            Ok(RelationRules {
                head,
                provisions: reader.provisions,
                content_base,
                pack_base,
                volume_base,
                decimals,
            })
        }
        _ => Err(reader.problems),
    }
}

/// Reads only who and when of a rule file of any kind. Errors: the faults of these keys (`RULE_FILE_INVALID`).
pub fn parse_head(text: &str) -> Result<Head, Vec<RuleProblem>> {
    let mut reader = Reader::open(text)?;
    let head = head(&mut reader);
    if reader.problems.is_empty() { Ok(head) } else { Err(reader.problems) }
}

fn rule_set(reader: &mut Reader) -> RuleSet {
    let mut rules = RuleSet {
        head: head(reader),
        disclosure: disclosure(reader),
        provisions: Vec::new(),
        columns: Vec::new(),
        comparable: comparable(reader),
        ties: ties(reader),
        competes: competes(reader),
        units: units(reader),
        zero_volume: section(reader, "zero_volume", |reader| {
            reader.required("zero_volume.deviations", Reader::number)
        }),
        cap: section(reader, "cap", cap),
        anchor: anchor(reader),
        tests: tests(reader),
        highest_excluded: section(reader, "highest_excluded", |reader| {
            reader.required("highest_excluded.exempt_ranks", Reader::count)
        }),
        revival: revival(reader),
        second_step: section(reader, "second_step", second_step),
        classes: section(reader, "classes", classes),
        shares: shares(reader),
        period: section(reader, "period", period),
        regions: section(reader, "regions", regions),
        volume: volume(reader),
        unknown: unknown(reader),
    };
    rules.provisions = std::mem::take(&mut reader.provisions);
    rules.columns = std::mem::take(&mut reader.columns);
    rules
}

fn section<T>(reader: &mut Reader, name: &str, read: impl FnOnce(&mut Reader) -> Option<T>) -> Option<T> {
    if reader.has(name) { read(reader) } else { None }
}

pub(crate) fn head(reader: &mut Reader) -> Head {
    reader.optional_text("document");
    reader.list("notes");
    for name in reader.children("sources") {
        reader.text(&format!("sources.{name}"));
    }
    let valid_from = reader.text("valid_from");
    let valid_to = reader.optional_text("valid_to");
    for (key, date) in [("valid_from", Some(&valid_from)), ("valid_to", valid_to.as_ref())] {
        if let Some(date) = date.filter(|date| parse_date(date).is_err()) {
            reader.problem(key, (0, 0), date.clone(), ("a date YYYY-MM-DD", "日期，格式 YYYY-MM-DD"));
        }
    }
    Head {
        id: reader.text("id"),
        version: reader.text("version"),
        title_en: reader.text("title_en"),
        title_zh: reader.text("title_zh"),
        jurisdiction: reader.text("jurisdiction"),
        valid_from,
        valid_to,
    }
}

fn disclosure(reader: &mut Reader) -> Disclosure {
    Disclosure {
        selected_prices: disclosed(reader, "disclosure.selected_prices"),
        losing_bids: disclosed(reader, "disclosure.losing_bids"),
    }
}

fn disclosed(reader: &mut Reader, path: &str) -> bool {
    let flag = reader.flag(path);
    reader.provision(path);
    flag
}

fn comparable(reader: &mut Reader) -> Comparable {
    if let Some(base) = reader.positive("comparable.content_base") {
        return Comparable::Power(base);
    }
    if !reader.has("comparable.ratios") {
        return Comparable::Same;
    }
    let contents = reader.children("comparable.ratios");
    Comparable::Ratios(contents.iter().filter_map(|content| ratio(reader, content)).collect())
}

fn ratio(reader: &mut Reader, content: &str) -> Option<(Decimal, Number)> {
    let path = format!("comparable.ratios.{content}");
    let number = reader.positive(&path)?;
    match parse_positive(content) {
        Ok(content) => Some((content, number)),
        Err(error) => {
            reader.problem(&path, (0, 0), content.to_owned(), error.expected());
            None
        }
    }
}

fn ties(reader: &mut Reader) -> Vec<TieKey> {
    let keys = reader.children("ties.keys");
    if keys.is_empty() {
        reader.list("ties.keys");
    }
    keys.iter().filter_map(|index| tie_key(reader, &format!("ties.keys.{index}"))).collect()
}

fn tie_key(reader: &mut Reader, path: &str) -> Option<TieKey> {
    let kinds = [("number", ColumnKind::Number), ("date", ColumnKind::Date)];
    let (kind, _) = reader.required(&format!("{path}.kind"), |reader, path| reader.choice(path, &kinds))?;
    let orders = [("highest_first", true), ("lowest_first", false)];
    let (highest_first, _) =
        reader.required(&format!("{path}.order"), |reader, path| reader.choice(path, &orders))?;
    let column_path = format!("{path}.column");
    let column = reader.required(&column_path, |reader, path| reader.column(path, kind, false))?;
    Some(TieKey { column, highest_first, provision: reader.provision(&column_path) })
}

fn competes(reader: &mut Reader) -> Competes {
    let words = [("bidder", Competes::Bidder), ("product", Competes::Product)];
    reader.choice("cap.competes", &words).map_or(Competes::Bidder, |(competes, _)| competes)
}

fn units(reader: &mut Reader) -> Option<Units> {
    if !reader.has("units") {
        return None;
    }
    let keys = reader.children("units.conditions");
    let conditions = keys.iter().filter_map(|index| {
        let column = reader.column(&format!("units.conditions.{index}.column"), ColumnKind::Flag, true)?;
        Some((column, reader.list(&format!("units.conditions.{index}.lots"))))
    });
    let conditions = conditions.collect();
    Some(Units {
        cumulative: reader.required("units.cumulative", Reader::share)?,
        fill_to: reader.required("units.fill_to", Reader::count)?,
        conditions,
    })
}

fn cap(reader: &mut Reader) -> Option<Cap> {
    let per_group = reader.count("cap.per_group");
    let by_bidders =
        section(reader, "cap.by_bidders", |reader| step_table(reader, "cap.by_bidders", Reader::count));
    Some(Cap { by_bidders, per_group })
}

fn step_table<T>(
    reader: &mut Reader,
    path: &str,
    read: impl Fn(&mut Reader, &str) -> Option<T>,
) -> Option<StepTable<T>> {
    let mut entries = Vec::new();
    for key in reader.children(path).into_iter().filter(|key| key != "lots") {
        let entry_path = format!("{path}.{key}");
        match key.parse::<u64>() {
            Ok(from) if from > 0 => entries.extend(read(reader, &entry_path).map(|entry| (from, entry))),
            Ok(_) | Err(_) => {
                reader.problem(&entry_path, (0, 0), key, ("a count from 1 as key", "以不小于 1 的整数为键"));
            }
        }
    }
    entries.sort_by_key(|(from, _)| *from);
    if entries.first().is_none_or(|(from, _)| *from != 1) {
        reader.problem(path, (0, 0), String::new(), ("a table with an entry for 1", "包含键 1 的表"));
        return None;
    }
    Some(StepTable(entries))
}

fn anchor(reader: &mut Reader) -> (Anchor, Option<ProvisionId>) {
    let words = [("lowest", 0u8), ("half_mean", 1), ("mean_less_deviation", 2)];
    let method = reader.choice("anchor.method", &words);
    let anchor = match method {
        Some((1, _)) => reader.required("anchor.factor", Reader::positive).map(Anchor::HalfMean),
        Some((2, _)) => reader.required("anchor.deviations", Reader::number).map(Anchor::MeanLessDeviation),
        Some(_) | None => None,
    };
    (anchor.unwrap_or(Anchor::Lowest), method.map(|(_, provision)| provision))
}

fn tests(reader: &mut Reader) -> Tests {
    let forms = [
        ("oral", Form::Oral),
        ("small_injection", Form::SmallInjection),
        ("large_injection", Form::LargeInjection),
        ("consumable", Form::Consumable),
    ];
    Tests {
        fuse: section(reader, "fuse", |reader| reader.required("fuse.multiple", Reader::positive)),
        cut: section(reader, "cut", |reader| reader.required("cut.threshold", Reader::number)),
        floor: forms
            .into_iter()
            .filter_map(|(name, form)| Some((form, reader.positive(&format!("floor.{name}"))?)))
            .collect(),
        reference: section(reader, "reference", |reader| {
            reader.required("reference.price", Reader::positive)
        }),
        printed: section(reader, "printed", |reader| {
            reader.required("printed.column", |reader, path| reader.column(path, ColumnKind::Price, false))
        }),
    }
}

fn revival(reader: &mut Reader) -> Revival {
    Revival {
        shortlisted: section(reader, "revival.shortlisted", |reader| {
            let words = [("price", SoleOf::Price), ("anchor", SoleOf::Anchor)];
            let sole_of =
                reader.required("revival.shortlisted.sole_of", |reader, path| reader.choice(path, &words));
            let multiple = reader.required("revival.shortlisted.sole_multiple", Reader::positive);
            Some((multiple?, sole_of?.0))
        }),
        brand: section(reader, "revival.brand", |reader| {
            reader.required("revival.brand.mean_multiple", Reader::number)
        }),
        reference: reader.column("revival.reference.column", ColumnKind::Flag, false),
        former: reader.column("revival.former.column", ColumnKind::Price, false),
    }
}

fn second_step(reader: &mut Reader) -> Option<SecondStep> {
    let column = reader.column("second_step.column", ColumnKind::Price, false);
    let at_once = reader.required("second_step.at_once", Reader::count);
    let minimum_from_bidders = reader.required("second_step.minimum_from_bidders", Reader::count);
    Some(SecondStep { at_once: at_once?, minimum_from_bidders: minimum_from_bidders?, column })
}

fn classes(reader: &mut Reader) -> Option<ClassShares> {
    let mut share = |class: &str| reader.required(&format!("classes.share.{class}"), Reader::share);
    let (a1, a, b, c) = (share("A1"), share("A"), share("B"), share("C"));
    Some(ClassShares { a1: a1?, a: a?, b: b?, c: c? })
}

fn shares(reader: &mut Reader) -> Vec<ShareClass> {
    let names = reader.children("share");
    names.into_iter().filter_map(|name| share_class(reader, name)).collect()
}

fn share_class(reader: &mut Reader, name: String) -> Option<ShareClass> {
    let path = format!("share.{name}");
    let table = step_table(reader, &path, Reader::share)?;
    Some(ShareClass { lots: reader.list(&format!("{path}.lots")), name, table })
}

fn period(reader: &mut Reader) -> Option<PeriodRule> {
    let months =
        section(reader, "period.months", |reader| step_table(reader, "period.months", Reader::count));
    let names = reader.children("period.classes");
    let classes = names.into_iter().filter_map(|name| {
        let table = step_table(reader, &format!("period.classes.{name}"), Reader::count)?;
        Some((name, table))
    });
    let classes = classes.collect();
    let until = reader.optional_text("period.until");
    if let Some(date) = until.as_ref().filter(|date| parse_date(date).is_err()) {
        reader.problem("period.until", (0, 0), date.clone(), ("a date YYYY-MM-DD", "日期，格式 YYYY-MM-DD"));
    }
    let until = until.map(|date| (date, reader.provision("period.until")));
    let keys = reader.children("period.listed");
    let listed = keys.iter().filter_map(|index| {
        let lots = reader.list(&format!("period.listed.{index}.lots"));
        Some((reader.required(&format!("period.listed.{index}.months"), Reader::count)?, lots))
    });
    let listed = listed.collect();
    Some(PeriodRule { months, classes, until, listed })
}

fn regions(reader: &mut Reader) -> Option<Regions> {
    let first_pick = reader.required("regions.first_pick", Reader::count);
    let backup = reader.flag("regions.backup");
    let backup_provision = reader.provision("regions.backup");
    Some(Regions { first_pick: first_pick?, backup, backup_provision })
}

fn volume(reader: &mut Reader) -> VolumeMethod {
    let methods = [("regions", true), ("own", false)];
    let method = reader.required("volume.method", |reader, path| reader.choice(path, &methods));
    match method {
        Some((true, provision)) => VolumeMethod::Regions(provision),
        Some((false, _)) => {
            let words = [("in_proportion", true), ("none", false)];
            let reassign = reader.required("volume.reassign", |reader, path| reader.choice(path, &words));
            let (reassign, provision) = reassign.unwrap_or((false, ProvisionId(0)));
            VolumeMethod::Own { reassign, provision }
        }
        None => VolumeMethod::Own { reassign: false, provision: ProvisionId(0) },
    }
}

fn unknown(reader: &mut Reader) -> Vec<UnknownRule> {
    let words =
        [("selection", Blocks::Selection), ("rejection", Blocks::Rejection), ("volume", Blocks::Volume)];
    let keys = reader.children("unknown");
    let rules = keys.iter().filter_map(|index| {
        let text = |reader: &mut Reader, key: &str| reader.text(&format!("unknown.{index}.{key}"));
        let (rule, text_en, text_zh) =
            (text(reader, "rule"), text(reader, "text_en"), text(reader, "text_zh"));
        let blocks = reader.optional_text(&format!("unknown.{index}.blocks"));
        let blocks =
            words.iter().find(|(word, _)| Some(*word) == blocks.as_deref()).map(|(_, blocks)| *blocks);
        if blocks.is_none() {
            let expected = ("selection, rejection or volume", "selection、rejection 或 volume");
            reader.problem(&format!("unknown.{index}.blocks"), (0, 0), String::new(), expected);
        }
        Some(UnknownRule { rule, blocks: blocks?, text_en, text_zh })
    });
    rules.collect()
}
