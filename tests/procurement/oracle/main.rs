//! The award against a second, naive implementation written from the description of the rule files alone: worked examples and
//! 10,000 random rounds of each rule family.
#[cfg(test)]
mod compare;
#[cfg(test)]
mod coverage;
#[cfg(test)]
mod csv_text;
#[cfg(test)]
mod naive;
#[cfg(test)]
mod random;
#[cfg(test)]
mod worked;
