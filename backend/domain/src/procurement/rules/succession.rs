//! Succession files: who takes over the agreed volume of a firm that leaves, what it faces, and what a renewal keeps to. The meaning of
//! each key is in `backend/domain/rules/README.md`.
use super::reader::Reader;
use super::{Consulted, Count, Head, Number, Provision, ProvisionId, RuleProblem, uncertain};
use crate::procurement::rules::file::head;

/// The rules of succession.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SuccessionRules {
    /// Who and when.
    pub head: Head,
    /// Every number and choice with its origin; [`ProvisionId`] is the position.
    pub provisions: Vec<Provision>,
    /// Who is next, in order.
    pub steps: Vec<Step>,
    /// For a firm that withdraws after it was selected.
    pub withdrawn: SanctionRule,
    /// For a product whose selection the authority takes away.
    pub disqualified: SanctionRule,
    /// For a firm that does not supply.
    pub supply_failed: SanctionRule,
    /// The fraction of last year's agreed volume that a renewal has at least.
    pub renewal_at_least: Number,
}

/// One step of the cascade.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// Who is next.
    pub take: Take,
    /// At what price.
    pub price: PriceRule,
    /// Whether the firm may decline.
    pub asked: bool,
    pub(crate) provisions: [ProvisionId; 3],
}

/// Who takes over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Take {
    /// The region's main supplier, of what had followed another firm's brand.
    Main,
    /// The region's backup supplier.
    Backup,
    /// The next firm by rank, in any region.
    Rank,
}

impl Take {
    /// Every step there can be.
    pub const ALL: &[Take] = &[Self::Main, Self::Backup, Self::Rank];

    /// The stable label, in rows and on the wire.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Main => "MAIN",
            Self::Backup => "BACKUP",
            Self::Rank => "RANK",
        }
    }
}

/// At what price somebody takes over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PriceRule {
    /// Its own selected price.
    Own,
    /// Its own, but not above the price of the one that left: then it has to accept that one.
    AtMostLeft,
}

/// What a firm that leaves faces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SanctionRule {
    /// Whether it goes on the list of violations 违规名单.
    pub violation_list: bool,
    /// The longest ban.
    pub ban_months_most: Count,
    /// The credit rating that it is to be judged for.
    pub rating: Rating,
    pub(crate) provisions: [ProvisionId; 3],
}

/// Credit ratings of 医保发〔2020〕34号.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rating {
    /// 一般.
    Ordinary,
    /// 中等.
    Medium,
    /// 严重.
    Serious,
    /// 特别严重.
    EspeciallySerious,
}

impl Rating {
    /// The stable label, in rows and on the wire.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Ordinary => "ORDINARY",
            Self::Medium => "MEDIUM",
            Self::Serious => "SERIOUS",
            Self::EspeciallySerious => "ESPECIALLY_SERIOUS",
        }
    }
}

impl SuccessionRules {
    /// The consulted provisions that are not sourced.
    pub fn uncertain(&self, consulted: Consulted) -> impl Iterator<Item = &Provision> {
        uncertain(&self.provisions, consulted)
    }
}

/// Reads a succession file. Volumes are fractions, bans months.
/// Errors: every fault of the file at once (`RULE_FILE_INVALID`).
pub fn parse_succession(text: &str) -> Result<SuccessionRules, Vec<RuleProblem>> {
    let mut reader = Reader::open(text)?;
    let head = head(&mut reader);
    let steps = steps(&mut reader);
    let sanctions = (
        sanction(&mut reader, "sanction.withdrawn"),
        sanction(&mut reader, "sanction.disqualified"),
        sanction(&mut reader, "sanction.supply_failed"),
    );
    let renewal = reader.required("renewal.volume_at_least", Reader::number);
    reader.report_unused();
    match (sanctions, renewal) {
        ((Some(withdrawn), Some(disqualified), Some(supply_failed)), Some(renewal_at_least))
            if reader.problems.is_empty() =>
        {
            let provisions = reader.provisions;
            Ok(SuccessionRules {
                head,
                provisions,
                steps,
                withdrawn,
                disqualified,
                supply_failed,
                renewal_at_least,
            })
        }
        _ => Err(reader.problems),
    }
}

fn steps(reader: &mut Reader) -> Vec<Step> {
    let keys = reader.children("cascade.steps");
    if keys.is_empty() {
        let expected = ("at least one step", "至少一个步骤");
        reader.problem("cascade.steps", (0, 0), String::new(), expected);
    }
    keys.iter().filter_map(|index| step(reader, &format!("cascade.steps.{index}"))).collect()
}

fn step(reader: &mut Reader, path: &str) -> Option<Step> {
    let takes = [("main", Take::Main), ("backup", Take::Backup), ("rank", Take::Rank)];
    let prices = [("own", PriceRule::Own), ("at_most_left", PriceRule::AtMostLeft)];
    let take = reader.required(&format!("{path}.take"), |reader, path| reader.choice(path, &takes));
    let price = reader.required(&format!("{path}.price"), |reader, path| reader.choice(path, &prices));
    let asked_path = format!("{path}.asked");
    let asked = reader.flag(&asked_path);
    let asked_provision = reader.provision(&asked_path);
    let ((take, take_provision), (price, price_provision)) = (take?, price?);
    Some(Step { take, price, asked, provisions: [take_provision, price_provision, asked_provision] })
}

fn sanction(reader: &mut Reader, path: &str) -> Option<SanctionRule> {
    let ratings = [
        ("ordinary", Rating::Ordinary),
        ("medium", Rating::Medium),
        ("serious", Rating::Serious),
        ("especially_serious", Rating::EspeciallySerious),
    ];
    let list_path = format!("{path}.violation_list");
    let violation_list = reader.flag(&list_path);
    let list_provision = reader.provision(&list_path);
    let ban_months_most = reader.required(&format!("{path}.ban_months_most"), Reader::count);
    let rating = reader.required(&format!("{path}.rating"), |reader, path| reader.choice(path, &ratings));
    let (ban_months_most, (rating, rating_provision)) = (ban_months_most?, rating?);
    let provisions = [list_provision, ban_months_most.provision, rating_provision];
    Some(SanctionRule { violation_list, ban_months_most, rating, provisions })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::procurement::rules::{SUCCESSION, succession_preset};

    #[test]
    fn the_shipped_rules_name_three_steps_and_what_is_not_sourced() {
        let rules = succession_preset();
        assert_eq!(rules.head.id, SUCCESSION.id);
        let steps: Vec<_> = rules.steps.iter().map(|step| (step.take, step.price, step.asked)).collect();
        assert_eq!(
            steps,
            [
                (Take::Main, PriceRule::Own, false),
                (Take::Backup, PriceRule::Own, false),
                (Take::Rank, PriceRule::AtMostLeft, true),
            ]
        );
        let mut consulted = Consulted::default();
        consulted.add(rules.renewal_at_least.provision);
        assert_eq!(rules.uncertain(consulted).count(), 0);
        rules.supply_failed.provisions.iter().for_each(|provision| consulted.add(*provision));
        let keys: Vec<&str> = rules.uncertain(consulted).map(|provision| provision.key.as_str()).collect();
        assert_eq!(
            keys,
            [
                "sanction.supply_failed.violation_list",
                "sanction.supply_failed.ban_months_most",
                "sanction.supply_failed.rating"
            ]
        );
    }

    #[test]
    fn every_fault_of_a_file_is_told_at_once() {
        let text = SUCCESSION.text.replace("\"backup\"", "\"nobody\"").replace("\"serious\"", "\"bad\"");
        let keys: Vec<String> =
            parse_succession(&text).unwrap_err().into_iter().map(|problem| problem.key).collect();
        assert_eq!(
            keys,
            ["cascade.steps.1.take", "sanction.withdrawn.rating", "sanction.supply_failed.rating"]
        );
        assert!(parse_succession("id = \"x\"").unwrap_err().len() > 5);
    }
}
