//! The rows of a price index: period, product, price, quantity.
use std::collections::BTreeSet;

use jicai_domain::pricing::{Duplicates, PERIODS_MAX, Panel, PanelFault, Sale, parse_figure, parse_period};
use jicai_domain::procurement::values::parse_name;

use super::sheet::Names;
use super::{InputFile, Problem, Problems, Sheet};

/// Reads the rows of an index. Columns that nothing reads are named to `unused`. Faults: every one of the file at once.
pub fn read_panel(
    file: &InputFile<'_>,
    needs_quantity: bool,
    duplicates: Duplicates,
    unused: &mut BTreeSet<String>,
) -> Result<Panel, Problems> {
    let wanted = [("period", true), ("product", true), ("price", true), ("quantity", needs_quantity)];
    let (mut sales, mut problems, mut names) = (Vec::new(), Problems::default(), Names::default());
    let mut quantities = 0usize;
    Sheet::open(file)?.read(&wanted, &mut problems, unused, |row| {
        row.check_width();
        let period = row.required(0, parse_period);
        let product = row.required(1, |text| parse_name(text).map(|name| names.share(name)));
        let price = row.required(2, parse_figure);
        let quantity =
            if needs_quantity { row.required(3, parse_figure) } else { row.optional(3, parse_figure) };
        quantities += usize::from(quantity.is_some());
        if let (Some(period), Some(product), Some(price)) = (period, product, price) {
            sales.push(Sale { row: row.line, period, product, price, quantity });
        }
    });
    if quantities > 0 && !needs_quantity {
        let without = sales.iter().filter(|sale| sale.quantity.is_none());
        problems.extend(without.map(|sale| {
            let expected = ("a quantity in every row or in none", "每一行都有数量，或者都没有");
            Problem::of_file("VALUE_MISSING", &file.name, "", expected).at(sale.row, 0, "quantity")
        }));
    }
    match Panel::new(sales, duplicates) {
        Ok(panel) => problems.none().map(|()| panel),
        Err(faults) => {
            problems.extend(faults.into_iter().map(|fault| told(&file.name, fault)));
            Err(problems)
        }
    }
}

fn told(file: &str, fault: PanelFault) -> Problem {
    match fault {
        PanelFault::Duplicate { row, first, product } => {
            let expected = (
                format!(
                    "one row a period and product; line {first} is the same. --duplicates unit-value adds them up"
                ),
                format!("每个期间、每个产品只有一行；与第 {first} 行重复。--duplicates unit-value 可合并"),
            );
            Problem::of_file("SALE_DUPLICATE", file, &*product, (&expected.0, &expected.1))
                .at(row, 0, "product")
        }
        PanelFault::MixedPeriods { row, period } => {
            let expected = ("a period of the same kind as in the first row", "与第一行同一种写法的期间");
            Problem::of_file("PERIOD_MIXED", file, period.to_string(), expected).at(row, 0, "period")
        }
        PanelFault::TooManyPeriods(found) => {
            let expected = (format!("at most {PERIODS_MAX} periods"), format!("最多 {PERIODS_MAX} 个期间"));
            Problem::of_file("PERIODS_TOO_MANY", file, found.to_string(), (&expected.0, &expected.1))
        }
    }
}
