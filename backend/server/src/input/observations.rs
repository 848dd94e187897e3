//! The rows of the monitors: period, region, maker, product, group, price, quantity.
use std::collections::{BTreeMap, BTreeSet};

use jicai_domain::alert::Observation;
use jicai_domain::pricing::{PeriodKind, parse_period};
use jicai_domain::procurement::values::{Name, parse_name, parse_positive};

use super::sheet::Names;
use super::{InputFile, Problem, Problems, Row, Sheet};

/// Reads the rows of the monitors. Columns that nothing reads are named to `unused`. Faults: every one of the file at once.
pub fn read_observations(
    file: &InputFile<'_>,
    unused: &mut BTreeSet<String>,
) -> Result<Vec<Observation>, Problems> {
    let wanted = [
        ("period", true),
        ("region", true),
        ("maker", true),
        ("product", true),
        ("group", true),
        ("price", true),
        ("quantity", false),
    ];
    let (mut rows, mut problems, mut names) = (Vec::new(), Problems::default(), Names::default());
    Sheet::open(file)?.read(&wanted, &mut problems, unused, |row| {
        row.check_width();
        rows.extend(observation(row, &mut names));
    });
    problems.extend(mixed_periods(&file.name, &rows));
    problems.extend(two_groups(&file.name, &rows));
    problems.none().map(|()| rows)
}

fn observation(row: &mut Row<'_>, names: &mut Names) -> Option<Observation> {
    let period = row.required(0, parse_period);
    let mut name = |column| row.required(column, |text| parse_name(text).map(|name| names.share(name)));
    let [region, maker, product, group] = [name(1), name(2), name(3), name(4)];
    let price = row.required(5, parse_positive);
    let quantity = row.optional(6, parse_positive);
    Some(Observation {
        row: row.line,
        period: period?,
        region: region?,
        maker: maker?,
        product: product?,
        group: group?,
        price: price?,
        quantity,
    })
}

fn mixed_periods(file: &str, rows: &[Observation]) -> Vec<Problem> {
    let kind: Option<PeriodKind> = rows.first().map(|row| row.period.kind());
    let others = rows.iter().filter(|row| Some(row.period.kind()) != kind);
    let told = others.map(|row| {
        let expected = ("a period of the same kind as in the first row", "与第一行同一种写法的期间");
        Problem::of_file("PERIOD_MIXED", file, row.period.to_string(), expected).at(row.row, 0, "period")
    });
    told.collect()
}

/// A maker's product is in one group, or it would be watched twice.
fn two_groups(file: &str, rows: &[Observation]) -> Vec<Problem> {
    let mut groups: BTreeMap<(&Name, &Name), (&Name, u64)> = BTreeMap::new();
    let mut told = Vec::new();
    for row in rows {
        let (group, line) = groups.entry((&row.product, &row.maker)).or_insert((&row.group, row.row));
        if **group != row.group {
            let expected = (
                format!("one group a product and maker; line {line} says {group}"),
                format!("同一企业的同一产品只属于一个组；第 {line} 行为 {group}"),
            );
            let problem = Problem::of_file("PRODUCT_GROUPS", file, &*row.group, (&expected.0, &expected.1));
            told.push(problem.at(row.row, 0, "group"));
        }
    }
    told
}
