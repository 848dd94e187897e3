//! The whole offline path: any bytes as the four files of a round, under any shipped rule set.
#![no_main]

use jicai_domain::procurement::rules::PRESETS;
use jicai_server::award::award_json;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Some((&choice, rest)) = data.split_first() else { return };
    let rules = PRESETS[usize::from(choice) % PRESETS.len()].text;
    let mut files = rest.split(|byte| *byte == 0).map(Some);
    let bids = files.next().flatten().unwrap_or_default();
    let mut optional = || files.next().flatten().filter(|file| !file.is_empty());
    let (lots, demand, preferences) = (optional(), optional(), optional());
    let _either_way = award_json(rules, bids, lots, demand, preferences);
});
