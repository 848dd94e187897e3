//! One identity for each drug, consumable and reagent, and the public codes that are tied to it.
pub mod code;
pub mod conversion;
pub mod group;
pub mod item;
pub mod pinyin;
pub mod release;
pub mod search;
pub mod spec;
