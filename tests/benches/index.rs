//! GEKS-Törnqvist of 25 periods against numpy on the same prices, and how it grows with the products.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a benchmark stops at the first surprise and prints its figures"
)]

use std::path::Path;
use std::process::Command;
use std::time::Instant;

use jicai_domain::pricing::index::{Method, compute};
use jicai_domain::pricing::{Duplicates, Formula, Panel, Sale, parse_period};
use tempfile::TempDir;

const PERIODS: usize = 25;
const PRODUCTS: [usize; 3] = [1_000, 10_000, 100_000];
const RUNS: usize = 9;

fn main() {
    println!(
        "periods products  sort s  index s  numpy by pairs s  by matrices s  times faster  (medians of {RUNS})"
    );
    for products in PRODUCTS {
        let cells = cells(products);
        let sort = timed(|| panel(&cells));
        let panel = panel(&cells);
        let method = Method::Geks(Formula::Tornqvist);
        let index = timed(|| compute(&panel, method, None));
        let last = compute(&panel, method, None).points[PERIODS - 1].value.unwrap();
        let [(pairs, value), (matrices, other)] = numpy(&cells, products);
        assert!(
            (last / value - 1.0).abs() < 1e-10 && (last / other - 1.0).abs() < 1e-10,
            "{last} {value} {other}"
        );
        let faster = (pairs / index, matrices / index);
        println!(
            "{PERIODS:<7} {products:<8} {sort:>7.4} {index:>8.5} {pairs:>17.5} {matrices:>14.5}  {:.1} and {:.1}",
            faster.0, faster.1
        );
    }
}

/// A product in a period: price and quantity, or nothing, for one cell in ten.
type Cell = Option<(f64, f64)>;

/// Period by product. A plain generator of fixed seed: the same prices everywhere.
fn cells(products: usize) -> Vec<Vec<Cell>> {
    let mut state = 88_172_645_463_325_252u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        f64::from(u32::try_from(state >> 32).unwrap()) / f64::from(u32::MAX)
    };
    let mut cell = || (next() > 0.1).then(|| (1.0 + 100.0 * next(), 1.0 + 1_000.0 * next()));
    (0..PERIODS).map(|_| (0..products).map(|_| cell()).collect()).collect()
}

fn panel(cells: &[Vec<Cell>]) -> Panel {
    let mut sales = Vec::new();
    for (number, period) in cells.iter().enumerate() {
        let of = parse_period(&number.to_string()).unwrap();
        for (product, cell) in period.iter().enumerate() {
            sales.extend(cell.map(|(price, quantity)| Sale {
                row: 0,
                period: of,
                product: format!("{product:06}").into(),
                price,
                quantity: Some(quantity),
            }));
        }
    }
    Panel::new(sales, Duplicates::Refuse).unwrap()
}

fn timed<T>(work: impl Fn() -> T) -> f64 {
    let mut times: Vec<f64> = (0..RUNS)
        .map(|_| {
            let start = Instant::now();
            std::hint::black_box(work());
            start.elapsed().as_secs_f64()
        })
        .collect();
    times.sort_by(f64::total_cmp);
    times[RUNS / 2]
}

/// Seconds and last value of numpy's two ways.
fn numpy(cells: &[Vec<Cell>], products: usize) -> [(f64, f64); 2] {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("cells");
    let half = |of: fn((f64, f64)) -> f64| {
        cells.iter().flatten().flat_map(move |cell| cell.map_or(f64::NAN, of).to_ne_bytes())
    };
    let bytes: Vec<u8> = half(|(price, _)| price).chain(half(|(_, quantity)| quantity)).collect();
    assert_eq!(bytes.len(), 2 * 8 * PERIODS * products);
    std::fs::write(&path, bytes).unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/benches/geks.py");
    let run = |python: &str| {
        Command::new(python)
            .arg(&script)
            .arg(&path)
            .args([PERIODS, RUNS].map(|number| number.to_string()))
            .output()
    };
    let runs = ["python3", "/usr/bin/python3"].map(run);
    let output = runs
        .into_iter()
        .flatten()
        .find(|output| output.status.success())
        .expect("numpy; sh .ci/numpy installs it");
    let text = String::from_utf8(output.stdout).unwrap();
    let mut lines = text.lines().map(|line| {
        let (seconds, value) = line.split_once(' ').unwrap();
        (seconds.parse().unwrap(), value.parse().unwrap())
    });
    [lines.next().unwrap(), lines.next().unwrap()]
}
