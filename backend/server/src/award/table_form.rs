//! Decisions as tables for people.
use std::io::{self, Write};

use comfy_table::{CellAlignment, ContentArrangement, Table, presets};
use jicai_domain::procurement::decision::{BidDecision, LotDecision, LotStatus, Period};
use jicai_domain::procurement::rules::{Consulted, Provision, RuleSet};
use jicai_service::procurement::form::{Change, Form, Standing};

use super::optional;
use crate::cli::Language;

/// Decimal places of a price in a table; trailing zeros are left out.
const TABLE_PLACES: usize = 6;
/// Columns of a table's width.
const TABLE_WIDTH: u16 = 132;

/// Tables in a language.
pub struct TableForm {
    /// The language.
    pub language: Language,
}

impl Form for TableForm {
    fn begin(&self, rules: &RuleSet, out: &mut dyn Write) -> io::Result<()> {
        let title = self.language.pick(&rules.head.title_en, &rules.head.title_zh);
        writeln!(out, "{} {} ({title})", self.language.pick("Rule set", "规则集"), rules.head.id)
    }

    fn lot(&self, _: &RuleSet, decision: &LotDecision, out: &mut Vec<u8>) -> io::Result<()> {
        writeln!(out, "\n{}", lot_line(decision, self.language))?;
        writeln!(out, "{}", bids_table(decision, self.language))?;
        supply_lines(decision, self.language).iter().try_for_each(|line| writeln!(out, "{line}"))
    }

    fn end(
        &self,
        rules: &RuleSet,
        consulted: Consulted,
        against: Option<(&RuleSet, &[Change])>,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        let uncertain: Vec<&Provision> = rules.uncertain(consulted).collect();
        if !uncertain.is_empty() {
            let title = "These numbers decided something and are not sourced";
            writeln!(out, "\n{}:", self.language.pick(title, "以下数值影响了结果但无公开依据"))?;
            writeln!(out, "{}", provisions_table(&uncertain, self.language))?;
        }
        if let Some((other, changes)) = against {
            let title = self.language.pick("Bids that differ under", "在另一规则集下结果不同的申报：");
            writeln!(out, "\n{title} {}: {}", other.head.id, changes.len())?;
            if !changes.is_empty() {
                writeln!(out, "{}", changes_table(changes, rules, other, self.language))?;
            }
        }
        out.flush()
    }
}

/// A table with a heading, and with those columns aligned to the right.
pub(crate) fn new_table(header: &[&str], right: &[usize]) -> Table {
    let mut table = Table::new();
    table
        .load_style(presets::UTF8_FULL_CONDENSED)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_width(TABLE_WIDTH);
    table.set_header(header.to_vec());
    for column in right {
        if let Some(column) = table.column_mut(*column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table
}
fn lot_line(decision: &LotDecision, language: Language) -> String {
    let mut parts = vec![
        decision.lot.to_string(),
        decision.status.as_str().to_owned(),
        format!("{} {}", language.pick("bidders", "企业"), decision.qualified_bidders),
    ];
    let price =
        |name: &str, price: &jicai_domain::exact::Exact| format!("{name} {}", price.to_short(TABLE_PLACES));
    parts.extend(decision.cap.map(|cap| format!("{} {cap}", language.pick("cap", "入围上限"))));
    parts.extend(decision.lowest.as_ref().map(|lowest| price(language.pick("lowest", "最低价"), lowest)));
    parts.extend(decision.anchor.as_ref().map(|anchor| price(language.pick("anchor", "锚点价"), anchor)));
    parts.extend(decision.period.as_ref().map(|period| period_text(period, language)));
    parts.join(" · ")
}

fn period_text(period: &Period, language: Language) -> String {
    match period {
        Period::Months(months) => format!("{months} {}", language.pick("months", "个月")),
        Period::Until(date) => format!("{} {date}", language.pick("until", "至")),
    }
}

fn bids_table(decision: &LotDecision, language: Language) -> Table {
    let header = match language {
        Language::En => {
            ["rank", "bidder", "unit price", "comparable", "selected", "price", "share", "volume", "why"]
        }
        Language::Zh => {
            ["顺位", "申报企业", "单位价格", "单位可比价", "中选", "中选价", "比例", "约定采购量", "理由"]
        }
    };
    let mut table = new_table(&header, &[0, 2, 3, 5, 6, 7]);
    for bid in &decision.bids {
        table.add_row(bid_row(bid, language));
    }
    table
}

fn bid_row(bid: &BidDecision, language: Language) -> Vec<String> {
    let name = [Some(bid.bidder.to_string()), bid.product.as_ref().map(ToString::to_string)];
    let reasons = bid.reasons.iter().map(|reason| match language {
        Language::En => reason.message_en(),
        Language::Zh => reason.message_zh(),
    });
    vec![
        bid.rank.map_or_else(|| "–".to_owned(), |rank| rank.to_string()),
        name.into_iter().flatten().collect::<Vec<String>>().join(" / "),
        bid.unit_price.to_short(TABLE_PLACES),
        bid.comparable_price.to_short(TABLE_PLACES),
        if bid.selected { language.pick("yes", "是") } else { "" }.to_owned(),
        optional(bid.final_price.as_ref().map(|price| price.to_short(TABLE_PLACES))),
        optional(bid.share.as_ref().map(|share| share.to_short(TABLE_PLACES))),
        optional(bid.agreed_volume),
        reasons.collect::<Vec<String>>().join("\n"),
    ]
}

/// One line per firm: its main and backup regions; then what follows brands.
fn supply_lines(decision: &LotDecision, language: Language) -> Vec<String> {
    let mut firms: Vec<&str> = Vec::new();
    for region in &decision.regions {
        for firm in std::iter::once(&region.main).chain(&region.backup) {
            if !firms.contains(&&**firm) {
                firms.push(firm);
            }
        }
    }
    let mut lines: Vec<String> = firms.iter().map(|firm| firm_line(decision, firm, language)).collect();
    let brands: u64 = decision.brand_volumes.iter().map(|brand| brand.volume).sum();
    if brands > 0 {
        lines.push(format!(
            "  {} {brands}",
            language.pick("volume that follows its brand:", "随品牌分配的量：")
        ));
    }
    lines
}

fn firm_line(decision: &LotDecision, firm: &str, language: Language) -> String {
    let list = |names: Vec<String>| if names.is_empty() { "–".to_owned() } else { names.join(", ") };
    let of_content = |content: Option<rust_decimal::Decimal>| {
        content.map(|content| format!(" ({})", content.normalize())).unwrap_or_default()
    };
    let main = decision.regions.iter().filter(|region| *region.main == *firm);
    let main = main
        .map(|region| format!("{}{} {}", region.region, of_content(region.content), region.volume))
        .collect();
    let mut backup: Vec<String> = decision
        .regions
        .iter()
        .filter(|region| region.backup.as_deref() == Some(firm))
        .map(|region| region.region.to_string())
        .collect();
    backup.dedup();
    format!(
        "  {firm}: {} {}; {} {}",
        language.pick("main", "主供"),
        list(main),
        language.pick("backup", "备供"),
        list(backup)
    )
}

fn provisions_table(provisions: &[&Provision], language: Language) -> Table {
    let header = match language {
        Language::En => ["key", "value", "confidence", "source"],
        Language::Zh => ["键", "值", "可信度", "来源"],
    };
    let mut table = new_table(&header, &[]);
    for provision in provisions {
        table.add_row([&provision.key, &provision.value, provision.confidence.as_str(), &provision.source]);
    }
    table
}

fn changes_table(changes: &[Change], rules: &RuleSet, other: &RuleSet, language: Language) -> Table {
    let header = [
        language.pick("lot", "竞价单元"),
        language.pick("bidder", "申报企业"),
        &rules.head.id,
        &other.head.id,
    ];
    let mut table = new_table(&header, &[]);
    for change in changes {
        let name = [Some(change.bidder.to_string()), change.product.as_ref().map(ToString::to_string)];
        let name = name.into_iter().flatten().collect::<Vec<String>>().join(" / ");
        table.add_row([
            change.lot.to_string(),
            name,
            standing_text(&change.here, language),
            standing_text(&change.there, language),
        ]);
    }
    table
}

fn standing_text(standing: &Standing, language: Language) -> String {
    if !standing.selected {
        let status = standing.status.as_str();
        return format!("{} ({status})", language.pick("not selected", "未中选"));
    }
    let price = standing.final_price.as_ref().map(|price| price.to_short(TABLE_PLACES));
    format!(
        "{} {} × {}",
        language.pick("selected", "中选"),
        optional(price),
        optional(standing.agreed_volume)
    )
}

/// A short table of all lots: one line each.
pub fn lots_table(decisions: &[LotDecision], language: Language) -> Table {
    let header = match language {
        Language::En => [
            "lot",
            "status",
            "bids",
            "bidders",
            "cap",
            "selected",
            "lowest",
            "highest selected",
            "volume",
            "regions",
        ],
        Language::Zh => [
            "竞价单元",
            "状态",
            "申报",
            "企业",
            "入围上限",
            "中选",
            "最低价",
            "最高中选价",
            "约定采购量",
            "地区",
        ],
    };
    let mut table = new_table(&header, &[2, 3, 4, 5, 6, 7, 8, 9]);
    for decision in decisions {
        table.add_row(lot_row(decision));
    }
    table
}

fn lot_row(decision: &LotDecision) -> [String; 10] {
    let selected = || decision.bids.iter().filter(|bid| bid.selected);
    let highest = selected().filter_map(|bid| bid.final_price.as_ref()).max();
    let mut regions: Vec<&str> = decision.regions.iter().map(|region| &*region.region).collect();
    regions.dedup();
    let decided = decision.status == LotStatus::Decided;
    [
        decision.lot.to_string(),
        decision.status.as_str().to_owned(),
        decision.bids.len().to_string(),
        decision.qualified_bidders.to_string(),
        optional(decision.cap),
        optional(decided.then(|| selected().count())),
        optional(decision.lowest.as_ref().map(|price| price.to_short(TABLE_PLACES))),
        optional(highest.map(|price| price.to_short(TABLE_PLACES))),
        optional(decided.then(|| selected().filter_map(|bid| bid.agreed_volume).sum::<u64>())),
        optional(decided.then_some(regions.len())),
    ]
}
