//! Any text as a rule file; where it is one, it decides a small round.
#![no_main]

use jicai_server::award::award_json;
use libfuzzer_sys::fuzz_target;

const BIDS: &[u8] = b"lot,bidder,price,units,group,content,ceiling,brand_volume\n\
    L,A,1,3,,10,9,5\nL,B,1.5,1,G,20,9,\nL,C,9,7,G,10,,7\nM,A,2,1,,,,\nM,B,2,1,,,,1\n";
const LOTS: &[u8] = b"lot,representative_content,form\nL,10,oral\nM,,consumable\n";
const DEMAND: &[u8] = b"lot,region,volume,bidder,content\nL,R1,10,,20\nL,R2,7,A,10\nM,R1,9,,\n";

fuzz_target!(|rules: &str| {
    let _either_way = award_json(rules, BIDS, Some(LOTS), Some(DEMAND), None);
});
