//! The published vectors, and the properties that an index has.
#![expect(
    clippy::float_arithmetic,
    clippy::arithmetic_side_effects,
    reason = "indices are compared as the numbers that they are"
)]

use proptest::prelude::*;

use super::index::{Base, Method, Series, Window, compute};
use super::{Duplicates, Formula, Panel, PanelFault, Sale, Splice, parse_period};

/// Prices and quantities of the CES data that IndexNumR calls `CESData(2)`.
fn ces_data() -> Vec<Sale> {
    const SHARES: [f64; 4] = [0.2, 0.2, 0.2, 0.4];
    const SPENT: [f64; 12] = [10., 13., 11., 12., 15., 13., 14., 17., 15., 18., 16., 17.];
    const PRICES: [[f64; 12]; 4] = [
        [2., 1.75, 1.6, 1.5, 1.45, 1.4, 1.35, 1.3, 1.25, 1.2, 1.15, 1.1],
        [1., 0.5, 1.05, 1.1, 1.12, 1.15, 1.18, 0.6, 1.2, 1.25, 1.28, 1.3],
        [1., 0.95, 0.9, 0.85, 0.4, 0.8, 0.75, 0.72, 0.7, 0.4, 0.7, 0.65],
        [0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.7, 0.65, 0.7, 0.75, 0.75, 0.8],
    ];
    let mut sales = Vec::new();
    for period in 0..12 {
        let weights: Vec<f64> = (0..4).map(|product| SHARES[product] / PRICES[product][period]).collect();
        let whole: f64 = weights.iter().sum();
        for product in 0..4 {
            let price = PRICES[product][period];
            sales.push(sale(period + 1, product, price, SPENT[period] * weights[product] / whole / price));
        }
    }
    sales
}

fn sale(period: usize, product: usize, price: f64, quantity: f64) -> Sale {
    Sale {
        row: 0,
        period: parse_period(&period.to_string()).unwrap(),
        product: format!("product {product}").into(),
        price,
        quantity: Some(quantity),
    }
}

fn panel(sales: Vec<Sale>) -> Panel {
    Panel::new(sales, Duplicates::Refuse).unwrap()
}

fn values(series: &Series) -> Vec<f64> {
    series.points.iter().map(|point| point.value.unwrap()).collect()
}

fn index(sales: &[Sale], method: Method) -> Vec<f64> {
    values(&compute(&panel(sales.to_vec()), method, None))
}

fn chained(formula: Formula) -> Method {
    Method::Bilateral(formula, Base::Chained)
}

fn fixed(formula: Formula) -> Method {
    Method::Bilateral(formula, Base::Fixed)
}

#[track_caller]
fn close(found: f64, expected: f64, tolerance: f64) {
    assert!((found - expected).abs() <= tolerance, "{found} is not {expected}");
}

/// Laspeyres, Paasche, Fisher and Törnqvist chained, GEKS on Törnqvist and on Fisher, WTPD, GK.
const CES_INDICES: &str = "
1 1 1 1 1 1 1 1
0.967307692308 0.800763230074 0.880104784766 0.892571497899 0.892669488156 0.880888879569 0.880339868502 0.877639814511
1.29055043132 0.898714595919 1.076957060145 1.078961211247 1.077466194869 1.069607587041 1.113105610702 1.14963977224
1.338200245645 0.924790195968 1.112454254077 1.114607957219 1.112571169791 1.102287953402 1.158790063352 1.209483880656
1.248244421007 0.671597417636 0.915596925359 0.932786085015 0.931208084234 0.908561172932 0.944228876424 0.97735333262
1.734655164206 0.785891239264 1.167583100551 1.179071007364 1.178338296034 1.164324614937 1.234134228196 1.30228206929
1.653061928894 0.747245415509 1.111414840606 1.122321962516 1.12174583167 1.108984474478 1.173818649771 1.236439867259
1.452418632888 0.583602156903 0.920670759218 0.937971089045 0.937800254151 0.92048603279 0.964662534103 1.001313762703
1.838621478466 0.643138071267 1.087422397898 1.096129528628 1.094980023224 1.08179352994 1.144733610534 1.206753813244
1.71268016864 0.514513819849 0.938721266269 0.952730872365 0.950242185294 0.927004658563 0.955804858341 0.984193005471
2.18101703835 0.573694708461 1.118587472648 1.128841850784 1.127607200272 1.112520660587 1.17418844896 1.234761041188
2.200047358722 0.574540804913 1.12428509744 1.134616566237 1.132820452667 1.115273136035 1.173771932258 1.232453145238";

#[test]
fn the_ces_data_have_their_published_indices() {
    let methods = [
        chained(Formula::Laspeyres),
        chained(Formula::Paasche),
        chained(Formula::Fisher),
        chained(Formula::Tornqvist),
        Method::Geks(Formula::Tornqvist),
        Method::Geks(Formula::Fisher),
        Method::TimeProductDummy,
        Method::GearyKhamis,
    ];
    let found: Vec<Vec<f64>> = methods.iter().map(|method| index(&ces_data(), *method)).collect();
    for (period, line) in CES_INDICES.trim().lines().enumerate() {
        for (found, expected) in found.iter().zip(line.split(' ')) {
            close(found[period], expected.parse().unwrap(), 1e-12);
        }
    }
}

#[test]
fn against_the_first_period_the_ces_data_do_not_drift() {
    for (formula, expected) in [
        (Formula::Laspeyres, 1.326923076923),
        (Formula::Paasche, 0.925948936276),
        (Formula::Fisher, 1.108450725832),
        (Formula::Tornqvist, 1.131549770601),
        (Formula::Walsh, 1.137003058104),
    ] {
        close(index(&ces_data(), fixed(formula))[11], expected, 1e-12);
    }
}

#[test]
fn each_splice_of_the_ces_data_is_the_published_one() {
    for (splice, expected) in [
        (Splice::Movement, 1.1330594782301762),
        (Splice::Window, 1.1330033087178082),
        (Splice::Wisp, 1.1330033087178082),
        (Splice::Half, 1.1332467890941529),
        (Splice::Hasp, 1.1332467890941529),
        (Splice::Mean, 1.1330747602593423),
        (Splice::MeanPublished, 1.1330747602593423),
    ] {
        let window = Some(Window { length: 11, splice });
        let series = compute(&panel(ces_data()), Method::Geks(Formula::Tornqvist), window);
        close(values(&series)[11], expected, 1e-12);
    }
}

#[test]
fn a_bounce_leaves_chains_adrift_and_brings_geks_home() {
    let prices = [[1., 1.], [0.5, 1.], [1., 1.], [1., 1.]];
    let quantities = [[10., 10.], [100., 10.], [1., 10.], [10., 10.]];
    let places = (0..4).flat_map(|period| (0..2).map(move |product| (period, product)));
    let sales: Vec<Sale> = places
        .map(|(period, product)| sale(period, product, prices[period][product], quantities[period][product]))
        .collect();
    for (method, expected) in [
        (chained(Formula::Laspeyres), vec![(3, 1.375)]),
        (chained(Formula::Paasche), vec![(3, 0.5714285714)]),
        (chained(Formula::Fisher), vec![(3, 0.8864052604)]),
        (chained(Formula::Tornqvist), vec![(3, 0.8678120629)]),
        (Method::Geks(Formula::Tornqvist), vec![(0, 1.), (1, 0.652689935), (2, 0.9651757921), (3, 1.)]),
        (Method::Geks(Formula::Fisher), vec![(0, 1.), (1, 0.6591766776), (2, 0.9703045797), (3, 1.)]),
    ] {
        let found = index(&sales, method);
        for (period, expected) in expected {
            // Ten digits are printed; a value of exactly one has all of them.
            close(found[period], expected, if expected == 1.0 { 1e-12 } else { 1e-10 });
        }
    }
}

const SALES: &str = include_str!("../../../../tests/data/price_index_calc/sales.csv");
const EXPECTED: &str = include_str!("../../../../tests/data/price_index_calc/expected.csv");

fn records(text: &str) -> Vec<Vec<&str>> {
    text.lines().skip(2).map(|line| line.split(',').collect()).collect()
}

fn group_of_sales(group: &str) -> Vec<Sale> {
    let rows = records(SALES).into_iter().filter(|row| row[3] == group);
    rows.map(|row| Sale {
        row: 0,
        period: parse_period(row[0].get(..7).unwrap()).unwrap(),
        product: row[4].into(),
        price: row[1].parse().unwrap(),
        quantity: Some(row[2].parse().unwrap()),
    })
    .collect()
}

#[test]
fn the_indices_that_priceindexcalc_keeps_are_found_again() {
    let mut compared = 0;
    for (name, method, tolerance) in [
        ("geks-tornqvist", Method::Geks(Formula::Tornqvist), 1e-12),
        ("geks-fisher", Method::Geks(Formula::Fisher), 1e-12),
        ("geks-jevons", Method::Geks(Formula::Jevons), 1e-12),
        ("gk", Method::GearyKhamis, 1e-12),
        // Its own solver stops there.
        ("wtpd", Method::TimeProductDummy, 1e-9),
    ] {
        for group in ["abc", "bcd", "cde"] {
            let sales = panel(group_of_sales(group));
            let splices = [
                None,
                Some(Splice::Movement),
                Some(Splice::Wisp),
                Some(Splice::Hasp),
                Some(Splice::MeanPublished),
            ];
            for splice in splices {
                let found =
                    values(&compute(&sales, method, splice.map(|splice| Window { length: 13, splice })));
                let wanted = [name, splice.map_or("", Splice::name), group];
                let expected = records(EXPECTED).into_iter().filter(|row| row[..3] == wanted);
                for (found, row) in found.iter().zip(expected) {
                    close(*found, row[4].parse().unwrap(), tolerance);
                    compared += 1;
                }
            }
        }
    }
    assert_eq!(compared, 5 * 3 * 5 * 19);
}

#[test]
fn unit_values_follow_what_is_bought() {
    let sales = [sale(1, 0, 10., 9.), sale(1, 1, 1., 1.), sale(2, 0, 10., 1.), sale(2, 1, 1., 9.)];
    let found = index(&sales, Method::UnitValue);
    close(found[1], 1.9 / 9.1, 1e-12);
    close(index(&sales, fixed(Formula::Fisher))[1], 1.0, 1e-12);
}

#[test]
fn a_period_without_a_shared_product_has_no_value_and_says_how_little_is_shared() {
    let sales = vec![
        sale(1, 0, 1., 3.),
        sale(1, 1, 1., 1.),
        sale(2, 1, 2., 1.),
        sale(2, 2, 2., 1.),
        sale(3, 3, 1., 1.),
    ];
    let series = compute(&panel(sales.clone()), chained(Formula::Fisher), None);
    let [first, second, third] = &series.points[..] else { panic!() };
    assert_eq!((first.value, first.coverage), (Some(1.0), 1.0));
    assert_eq!((second.value, second.coverage), (Some(2.0), 0.25));
    assert_eq!((third.value, third.coverage), (None, 0.0));
    assert_eq!(series.weakest.unwrap().later, third.period);
    for method in [Method::Geks(Formula::Tornqvist), Method::GearyKhamis, Method::TimeProductDummy] {
        let series = compute(&panel(sales.clone()), method, None);
        assert_eq!(series.points[2].value, None, "{method:?}");
    }
    close(compute(&panel(sales), Method::GearyKhamis, None).points[1].value.unwrap(), 2.0, 1e-12);
}

#[test]
fn two_rows_of_one_product_are_refused_or_become_their_unit_value() {
    let mut rows = vec![sale(1, 0, 1., 1.), sale(2, 0, 2., 3.), sale(2, 0, 4., 1.)];
    for (line, row) in (2..).zip(&mut rows) {
        row.row = line;
    }
    let duplicate = PanelFault::Duplicate { row: 4, first: 3, product: "product 0".into() };
    assert_eq!(Panel::new(rows.clone(), Duplicates::Refuse), Err(vec![duplicate]));
    let panel = Panel::new(rows.clone(), Duplicates::UnitValue).unwrap();
    assert_eq!(values(&compute(&panel, fixed(Formula::Jevons), None)), [1.0, 2.5]);
    rows[0].period = parse_period("2024-01").unwrap();
    assert!(matches!(Panel::new(rows, Duplicates::UnitValue), Err(faults) if faults.len() == 2));
}

/// Some products in some periods; the first is always there.
fn sales_of(periods: usize) -> impl Strategy<Value = Vec<Sale>> {
    let cell = prop::option::weighted(0.7, (0.01f64..1000.0, 0.1f64..10_000.0));
    prop::collection::vec(prop::collection::vec(cell, periods), 1..12).prop_map(|products| {
        let mut sales = Vec::new();
        for (product, cells) in products.iter().enumerate() {
            for (period, cell) in cells.iter().enumerate() {
                let cell = if product == 0 { cell.or(Some((3.0, 7.0))) } else { *cell };
                sales.extend(cell.map(|(price, quantity)| sale(period + 1, product, price, quantity)));
            }
        }
        sales
    })
}

const FORMULAS: [Formula; 6] = [
    Formula::Laspeyres,
    Formula::Paasche,
    Formula::Fisher,
    Formula::Tornqvist,
    Formula::Jevons,
    Formula::Walsh,
];

fn methods() -> Vec<Method> {
    let geks = [Formula::Fisher, Formula::Tornqvist, Formula::Jevons].map(Method::Geks);
    let others = [Method::GearyKhamis, Method::TimeProductDummy];
    FORMULAS
        .into_iter()
        .flat_map(|formula| [chained(formula), fixed(formula)])
        .chain(geks)
        .chain(others)
        .collect()
}

fn all_close(found: &[f64], expected: &[f64]) -> Result<(), TestCaseError> {
    for (found, expected) in found.iter().zip(expected) {
        prop_assert!((found / expected - 1.0).abs() < 1e-9, "{found} is not {expected}");
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn equal_periods_are_one(sales in sales_of(1)) {
        let mut both = sales.clone();
        both.extend(sales.into_iter().map(|sale| Sale { period: parse_period("2").unwrap(), ..sale }));
        for method in methods() {
            all_close(&index(&both, method), &[1.0, 1.0])?;
        }
    }

    #[test]
    fn turned_around_an_index_is_its_inverse(sales in sales_of(2)) {
        let turned: Vec<Sale> = sales.iter().cloned().map(|mut sale| {
            sale.period = parse_period(if sale.period.to_string() == "1" { "2" } else { "1" }).unwrap();
            sale
        }).collect();
        let reversible = [Formula::Fisher, Formula::Tornqvist, Formula::Jevons, Formula::Walsh];
        for method in reversible.map(fixed).into_iter().chain([Method::Geks(Formula::Fisher), Method::Geks(Formula::Tornqvist)]) {
            all_close(&[index(&sales, method)[1] * index(&turned, method)[1]], &[1.0])?;
        }
    }

    #[test]
    fn fisher_lies_between_laspeyres_and_paasche(sales in sales_of(2)) {
        let [l, p, f] = [Formula::Laspeyres, Formula::Paasche, Formula::Fisher].map(|formula| index(&sales, fixed(formula))[1]);
        prop_assert!(f >= l.min(p) * (1.0 - 1e-12) && f <= l.max(p) * (1.0 + 1e-12));
    }

    #[test]
    fn prices_times_k_are_the_index_times_k(sales in sales_of(4), k in 0.01f64..100.0) {
        let last = parse_period("4").unwrap();
        let raised: Vec<Sale> = sales.iter().cloned().map(|mut sale| {
            if sale.period == last { sale.price *= k; }
            sale
        }).collect();
        // A multilateral index of more than two periods weighs the raised period anew; pairs of periods do not.
        let pairs = |sales: &[Sale]| sales.iter().filter(|sale| sale.period == last || sale.period.to_string() == "1").cloned().collect::<Vec<_>>();
        for method in methods() {
            let (before, after) = (index(&pairs(&sales), method), index(&pairs(&raised), method));
            all_close(&[after[1]], &[before[1] * k])?;
        }
    }

    #[test]
    fn another_unit_of_a_product_changes_nothing_but_the_unit_value(sales in sales_of(4), k in 0.01f64..100.0) {
        let other: Vec<Sale> = sales.iter().cloned().map(|mut sale| {
            if sale.product.ends_with('0') { sale.price *= k; sale.quantity = sale.quantity.map(|quantity| quantity / k); }
            sale
        }).collect();
        for method in methods() {
            all_close(&index(&other, method), &index(&sales, method))?;
        }
    }

    #[test]
    fn the_order_of_rows_changes_no_bit((sales, shuffled) in sales_of(4).prop_flat_map(|sales| (Just(sales.clone()), Just(sales).prop_shuffle()))) {
        let window = |splice| Some(Window { length: 3, splice });
        for method in methods().into_iter().chain([Method::UnitValue]) {
            for window in [None, window(Splice::Mean), window(Splice::Hasp)] {
                let [one, other] = [&sales, &shuffled].map(|sales| compute(&panel(sales.clone()), method, window));
                prop_assert_eq!(one, other);
            }
        }
    }

    #[test]
    fn geks_takes_any_period_of_its_window_as_base(sales in sales_of(4)) {
        let renamed: Vec<Sale> = sales.iter().cloned().map(|mut sale| {
            let number: u32 = sale.period.to_string().parse().unwrap();
            sale.period = parse_period(&((number + 1) % 4).to_string()).unwrap();
            sale
        }).collect();
        for formula in [Formula::Fisher, Formula::Tornqvist, Formula::Jevons] {
            let (one, other) = (index(&sales, Method::Geks(formula)), index(&renamed, Method::Geks(formula)));
            // Period 3 became the first, 4 the second, 1 the third and 2 the fourth.
            all_close(&other, &[1.0, one[3] / one[2], one[0] / one[2], one[1] / one[2]])?;
        }
    }

    #[test]
    fn a_product_of_one_period_moves_only_the_time_product_dummy(sales in sales_of(4), price in 0.01f64..1000.0) {
        let mut more = sales.clone();
        more.push(sale(2, 99, price, 1e4));
        for method in methods().into_iter().filter(|method| *method != Method::TimeProductDummy) {
            all_close(&index(&more, method), &index(&sales, method))?;
        }
    }

    #[test]
    fn what_was_published_is_never_revised(sales in sales_of(7), length in 1usize..3) {
        let until = |last: u32| sales.iter().filter(|sale| sale.period.to_string().parse::<u32>().unwrap() <= last).cloned().collect::<Vec<_>>();
        for splice in Splice::ALL {
            let window = Some(Window { length: 2 * length + 1, splice: *splice });
            let [short, long] = [6, 7].map(|last| compute(&panel(until(last)), Method::Geks(Formula::Tornqvist), window));
            prop_assert_eq!(&short.points[..], &long.points[..6]);
        }
    }
}

#[test]
fn the_time_product_dummy_gives_weight_to_a_product_of_one_period() {
    let mut sales = ces_data();
    let before = index(&sales, Method::TimeProductDummy);
    sales.push(sale(2, 9, 3.0, 2.0));
    let after = index(&sales, Method::TimeProductDummy);
    assert!(before.iter().zip(&after).any(|(before, after)| (before - after).abs() > 1e-4));
}
