//! Rules of ordering by jurisdiction: by when a seller answers and delivers, which day's price holds, what patients are charged.
use std::sync::LazyLock;

use rust_decimal::Decimal;

use crate::identity::RegionCode;
use crate::procurement::rules::file::head;
use crate::procurement::rules::reader::Reader;
use crate::procurement::rules::{Head, Preset, Provision, RuleProblem};

/// The rules of ordering that ship.
pub const ORDERING_PRESETS: &[Preset] = &[
    Preset { id: "cn-ordering-2021", text: include_str!("../../rules/cn-ordering-2021.toml") },
    Preset { id: "cn-ordering-js-2025", text: include_str!("../../rules/cn-ordering-js-2025.toml") },
];

/// Which day's price holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PriceDate {
    /// That of the order.
    Order,
    /// That of the acceptance.
    Acceptance,
}

/// The rules of a jurisdiction.
#[derive(Clone, Debug, PartialEq)]
pub struct OrderingRules {
    /// Who and when.
    pub head: Head,
    /// Every number with its origin.
    pub provisions: Vec<Provision>,
    /// Hours in which a seller confirms or refuses.
    pub confirm_hours: u32,
    /// Hours after the confirmation in which it delivers.
    pub deliver_hours: u32,
    /// Which day's price holds.
    pub price_date: PriceDate,
    /// What an institution may add to what it paid, as a share.
    pub markup: Decimal,
    /// 备案采购: the share of what an institution buys in twelve months that may be filed.
    pub filed_share: Decimal,
    /// What it may file in twelve months in any case, in yuan.
    pub filed_free_yuan: u32,
    /// Days that an approval lasts at most.
    pub filed_days: u32,
    /// 应急采购: hours in which an emergency is reported.
    pub report_hours: u32,
}

impl OrderingRules {
    /// Id and version, as rows keep them.
    pub fn name(&self) -> String {
        format!("{}/{}", self.head.id, self.head.version)
    }
}

/// Reads rules of ordering. Errors: every fault of the file at once (`RULE_FILE_INVALID`).
pub fn parse_ordering(text: &str) -> Result<OrderingRules, Vec<RuleProblem>> {
    let mut reader = Reader::open(text)?;
    let head = head(&mut reader);
    let confirm = hours(&mut reader, "confirm.hours");
    let deliver = hours(&mut reader, "deliver.hours");
    let dates = [("order", PriceDate::Order), ("acceptance", PriceDate::Acceptance)];
    let date = reader.required("price.date", |reader, path| reader.choice(path, &dates));
    let [markup, filed_share] = ["charge.markup", "filed.share"].map(|key| share(&mut reader, key));
    let filed_free_yuan = hours(&mut reader, "filed.free_yuan");
    let filed_days = hours(&mut reader, "filed.days");
    let report_hours = hours(&mut reader, "emergency.report_hours");
    reader.report_unused();
    if !reader.problems.is_empty() {
        return Err(reader.problems);
    }
    let (Some((price_date, _)), Some(markup), Some(filed_share)) = (date, markup, filed_share) else {
        return Err(reader.problems);
    };
    let [confirm_hours, deliver_hours, filed_free_yuan, filed_days, report_hours] =
        [confirm, deliver, filed_free_yuan, filed_days, report_hours].map(Option::unwrap_or_default);
    let provisions = reader.provisions;
    Ok(OrderingRules {
        head,
        provisions,
        confirm_hours,
        deliver_hours,
        price_date,
        markup,
        filed_share,
        filed_free_yuan,
        filed_days,
        report_hours,
    })
}

fn share(reader: &mut Reader, path: &str) -> Option<Decimal> {
    let share = reader.required(path, Reader::share)?;
    share.value.to_places(4).parse().ok()
}

fn hours(reader: &mut Reader, path: &str) -> Option<u32> {
    u32::try_from(reader.required(path, Reader::count)?.value).ok()
}

#[expect(clippy::expect_used, reason = "the files are part of the program and a test reads them")]
static SHIPPED: LazyLock<Vec<OrderingRules>> = LazyLock::new(|| {
    let read =
        |preset: &Preset| parse_ordering(preset.text).expect("the shipped rules of ordering are valid");
    ORDERING_PRESETS.iter().map(read).collect()
});

/// The rules of the smallest jurisdiction that covers a region; those of the nation where no other does.
pub fn ordering_rules(region: RegionCode) -> Option<&'static OrderingRules> {
    let covering = SHIPPED.iter().filter_map(|rules| {
        let of = jurisdiction(&rules.head)?;
        of.covers(region).then_some((of, rules))
    });
    covering.max_by_key(|(of, _rules)| *of).map(|(_of, rules)| rules)
}

fn jurisdiction(head: &Head) -> Option<RegionCode> {
    if head.jurisdiction == "CN" {
        Some(RegionCode::NATION)
    } else {
        RegionCode::parse(&head.jurisdiction).ok()
    }
}

/// The rules that a line was ordered under, by id and version; today's where they do not ship any more.
pub fn rules_of(name: &str, region: RegionCode) -> Option<&'static OrderingRules> {
    SHIPPED.iter().find(|rules| rules.name() == name).or_else(|| ordering_rules(region))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shipped_file_is_read_and_each_place_has_its_own() {
        for preset in ORDERING_PRESETS {
            let rules = parse_ordering(preset.text).unwrap();
            assert_eq!((rules.head.id.as_str(), rules.provisions.len()), (preset.id, 8));
            assert!(jurisdiction(&rules.head).is_some());
        }
        let of = |region| ordering_rules(RegionCode::parse(region).unwrap()).unwrap();
        assert_eq!(of("310000").name(), "cn-ordering-2021/1");
        assert_eq!(of("320106").name(), "cn-ordering-js-2025/1");
        assert_eq!(
            (of("310000").price_date, of("320106").price_date),
            (PriceDate::Order, PriceDate::Acceptance)
        );
        assert_eq!((of("310000").confirm_hours, of("310000").markup), (24, Decimal::ZERO));
        assert_eq!(
            rules_of("cn-ordering-2021/1", RegionCode::parse("320106").unwrap()).unwrap().name(),
            "cn-ordering-2021/1"
        );
    }

    #[test]
    fn a_file_with_a_fault_says_where() {
        let text = ORDERING_PRESETS.first().unwrap().text.replace("\"order\"", "\"invoice\"");
        assert!(format!("{:?}", parse_ordering(&text).unwrap_err()).contains("price.date"));
    }
}
