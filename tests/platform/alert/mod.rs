//! 价格预警: what the monitors find, who is told what of it, and what becomes of it.
mod feed;
mod life;
mod monitors;
mod noise;
mod secrecy;
mod support;
mod verdict;
