//! The price relation of one product in other contents, packs and fill volumes (差比价规则, 发改价格〔2011〕2452号).
use crate::exact::Exact;
use crate::procurement::rules::RelationRules;

/// A product's content, units in the pack and fill volume.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Presentation {
    /// Content 含量, in any unit that both presentations share.
    pub content: Exact,
    /// Smallest units in the pack 包装数量.
    pub units: Exact,
    /// Fill volume 装量 at the same content, where it differs.
    pub volume: Option<Exact>,
}

/// A related price with the factors it was multiplied by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Related {
    /// The price, yuan per pack, exact but for the powers' 28 digits.
    pub exact: Exact,
    /// Factor for the content.
    pub content_factor: Exact,
    /// Factor for the pack.
    pub pack_factor: Exact,
    /// Factor for the fill volume.
    pub volume_factor: Exact,
}

impl Related {
    /// The price rounded half-up, once, to the rule's decimals.
    pub fn price(&self, rules: &RelationRules) -> String {
        self.exact.to_places(usize::try_from(rules.decimals.value).unwrap_or(0))
    }
}

/// The price of a pack in another presentation: price × content_base^log2(content ratio) × pack_base^log2(unit count ratio) ×
/// volume_base^log2(fill volume ratio). Yuan per pack; rounding is the caller's, by [`Related::price`].
/// `None` where a content, count or volume is zero.
pub fn relate(
    rules: &RelationRules,
    price: &Exact,
    from: &Presentation,
    to: &Presentation,
) -> Option<Related> {
    let content_factor = rules.content_base.value.power_of_log2(&to.content.checked_div(&from.content)?)?;
    let pack_factor = rules.pack_base.value.power_of_log2(&to.units.checked_div(&from.units)?)?;
    let volume_factor = match (&from.volume, &to.volume) {
        (Some(from), Some(to)) => rules.volume_base.value.power_of_log2(&to.checked_div(from)?)?,
        (Some(_) | None, Some(_) | None) => Exact::one(),
    };
    let exact = &(&(price * &content_factor) * &pack_factor) * &volume_factor;
    Some(Related { exact, content_factor, pack_factor, volume_factor })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::procurement::rules::relation_preset;

    fn presentation(content: &str, units: &str) -> Presentation {
        Presentation { content: content.parse().unwrap(), units: units.parse().unwrap(), volume: None }
    }

    fn related(price: &str, from: Presentation, to: Presentation) -> String {
        let rules = relation_preset();
        relate(&rules, &price.parse().unwrap(), &from, &to).unwrap().price(&rules)
    }

    #[test]
    fn published_clopidogrel_prices_agree_to_the_cent() {
        // One list prints both: 75 mg x 7 at 22.26 and 25 mg x 20 at 26.40.
        assert_eq!(related("22.26", presentation("75", "7"), presentation("25", "20")), "26.40");
        assert_eq!(related("22.26", presentation("75", "7"), presentation("75", "7")), "22.26");
    }

    #[test]
    fn doubling_the_content_the_pack_and_the_volume_multiplies_by_the_bases() {
        assert_eq!(related("100", presentation("1", "1"), presentation("2", "2")), "331.50");
        let filled =
            |volume: &str| Presentation { volume: Some(volume.parse().unwrap()), ..presentation("1", "1") };
        assert_eq!(related("100", filled("1"), filled("2")), "190.00");
    }
}
