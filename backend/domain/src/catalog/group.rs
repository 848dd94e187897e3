//! 可比组: what is compared with what. Two items are in one group where their keys of that kind are equal.
use super::code::{Atc, ConsumableCode};
use super::spec::{NormalSpec, normal_name};

/// What is known of an item for comparing it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Traits {
    /// 通用名, with the salt.
    pub generic: Option<String>,
    /// 剂型.
    pub form: Option<String>,
    /// 规格.
    pub spec: Option<String>,
    /// 上市许可持有人 or 厂牌.
    pub holder: Option<String>,
    /// The WHO's class.
    pub atc: Option<Atc>,
    /// The code of a consumable.
    pub consumable: Option<ConsumableCode>,
    /// The system that a consumable is a component of (such as a hip), as registered.
    pub system: Option<String>,
}

/// A way of comparing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Grouping {
    /// 四同: generic name, holder, form and spec.
    Same4,
    /// 三同: generic name, form and spec.
    Same3,
    /// 同厂牌不同规格或包装: generic name, holder and form.
    SameHolder,
    /// 同通用名不同规格或包装: generic name and form.
    SameGeneric,
    /// 同类: the chemical subgroup of ATC (level 4).
    TherapeuticClass,
    /// Consumables of one class and generic name (first 10 characters).
    ConsumableClass,
    /// Components of one system of one holder.
    ConsumableSystem,
}

/// What two items of one group have in common.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GroupKey {
    /// The way of comparing.
    pub grouping: Grouping,
    /// The values in their one form, in the order of the grouping.
    pub values: Vec<String>,
}

/// Characters of an ATC code of level 4.
const ATC_SUBGROUP: usize = 5;

impl Grouping {
    /// Every way.
    pub const ALL: &[Grouping] = &[
        Self::Same4,
        Self::Same3,
        Self::SameHolder,
        Self::SameGeneric,
        Self::TherapeuticClass,
        Self::ConsumableClass,
        Self::ConsumableSystem,
    ];

    /// The stable label, in rows and on the wire.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Same4 => "SAME4",
            Self::Same3 => "SAME3",
            Self::SameHolder => "SAME_HOLDER",
            Self::SameGeneric => "SAME_GENERIC",
            Self::TherapeuticClass => "THERAPEUTIC_CLASS",
            Self::ConsumableClass => "CONSUMABLE_CLASS",
            Self::ConsumableSystem => "CONSUMABLE_SYSTEM",
        }
    }

    /// The group of an item. `None` where something is not known that the comparison needs: nothing is comparable by what is missing.
    pub fn of(self, traits: &Traits) -> Option<GroupKey> {
        let generic = || name(traits.generic.as_deref());
        let form = || name(traits.form.as_deref());
        let holder = || name(traits.holder.as_deref());
        let values = match self {
            Self::Same4 => vec![generic()?, holder()?, form()?, strength(traits)?],
            Self::Same3 => vec![generic()?, form()?, strength(traits)?],
            Self::SameHolder => vec![generic()?, holder()?, form()?],
            Self::SameGeneric => vec![generic()?, form()?],
            Self::TherapeuticClass => vec![traits.atc.as_ref()?.as_str().get(..ATC_SUBGROUP)?.to_owned()],
            Self::ConsumableClass => vec![traits.consumable.as_ref()?.head().to_owned()],
            Self::ConsumableSystem => vec![name(traits.system.as_deref())?, holder()?],
        };
        Some(GroupKey { grouping: self, values })
    }
}

/// The ways in which two are compared with each other: those in which their groups are known and one.
pub fn in_common(one: &Traits, other: &Traits) -> Vec<Grouping> {
    let same = |grouping: &Grouping| grouping.of(one).is_some_and(|key| grouping.of(other) == Some(key));
    Grouping::ALL.iter().copied().filter(same).collect()
}

/// The key under which two records are held to be one drug until somebody has looked: generic name, form, declared spec and holder. What the
/// amount refers to does not count, because half of the records leave it out; two that differ in nothing else are shown.
pub fn duplicate_key(traits: &Traits) -> Option<GroupKey> {
    let spec = NormalSpec::parse(traits.spec.as_deref()?)?;
    let key = Grouping::Same4.of(traits)?;
    let mut values = key.values;
    values.last_mut().into_iter().for_each(|last| spec.strength().clone_into(last));
    Some(GroupKey { values, ..key })
}

fn name(text: Option<&str>) -> Option<String> {
    text.map(normal_name).filter(|name| !name.is_empty())
}

/// Strength and basis: 0.1g of a salt is another spec than 0.1g of its base. The pack is not part of it.
fn strength(traits: &Traits) -> Option<String> {
    let spec = NormalSpec::parse(traits.spec.as_deref()?)?;
    let basis: String = spec.basis().iter().map(|basis| format!("({basis})")).collect();
    Some(format!("{}{basis}", spec.strength())).filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::super::code::PublicCode;
    use super::*;

    fn drug(generic: &str, form: &str, spec: &str, holder: &str) -> Traits {
        let text = |text: &str| Some(text.to_owned());
        Traits {
            generic: text(generic),
            form: text(form),
            spec: text(spec),
            holder: text(holder),
            ..Traits::default()
        }
    }

    #[test]
    fn one_drug_is_found_however_it_is_written() {
        let key = |spec: &str, holder: &str| {
            duplicate_key(&drug("枸橼酸芬太尼注射液", "注射剂", spec, holder)).unwrap()
        };
        let one = key("10ml:0.5mg(以芬太尼计)", "国药集团工业有限公司（廊坊）");
        assert_eq!(key("１０ｍｌ：５００μg", "国药集团工业有限公司(廊坊)"), one);
        assert_eq!(key("0.5mg:10ml×5支", "国药集团工业有限公司 (廊坊)"), one);
        assert_ne!(key("2ml:0.1mg", "国药集团工业有限公司(廊坊)"), one);
        assert_ne!(key("10ml:0.5mg", "另一公司"), one);
        assert_ne!(
            duplicate_key(&drug("盐酸芬太尼注射液", "注射剂", "10ml:0.5mg", "国药集团工业有限公司(廊坊)"))
                .unwrap(),
            one
        );
    }

    #[test]
    fn groups_leave_out_what_they_do_not_compare() {
        let one = drug("硝苯地平片", "片剂", "10mg×100片", "甲");
        let other_holder = drug("硝苯地平片", "片剂", "0.01g×30片", "乙");
        let other_spec = drug("硝苯地平片", "片剂", "5mg×100片", "甲");
        let same = |one: &Traits, other: &Traits| -> Vec<&str> {
            in_common(one, other).into_iter().map(Grouping::label).collect()
        };
        assert_eq!(same(&one, &one), ["SAME4", "SAME3", "SAME_HOLDER", "SAME_GENERIC"]);
        assert_eq!(same(&one, &other_holder), ["SAME3", "SAME_GENERIC"]);
        assert_eq!(same(&one, &other_spec), ["SAME_HOLDER", "SAME_GENERIC"]);
        let base = drug("硝苯地平片", "片剂", "10mg(以硝苯地平计)", "甲");
        assert_eq!(same(&one, &base), ["SAME_HOLDER", "SAME_GENERIC"], "the basis makes another spec");
    }

    #[test]
    fn classes_and_systems() {
        let of = |atc: &str| Traits { atc: Atc::parse(atc).ok(), ..Traits::default() };
        let class = |atc: &str| Grouping::TherapeuticClass.of(&of(atc)).map(|key| key.values);
        assert_eq!(class("C08CA05"), class("C08CA01"));
        assert_eq!(class("C08"), None);
        let component = |code: &str| Traits {
            consumable: ConsumableCode::parse(code).ok(),
            system: Some("全髋关节系统 A".to_owned()),
            holder: Some("甲".to_owned()),
            ..Traits::default()
        };
        let (one, other) = (component("C0201010520000101234"), component("C02010105200002012340000001"));
        assert_eq!(
            Grouping::ConsumableClass.of(&one).map(|key| key.values),
            Some(vec!["C020101052".to_owned()])
        );
        assert_eq!(Grouping::ConsumableClass.of(&one), Grouping::ConsumableClass.of(&other));
        assert_eq!(Grouping::ConsumableSystem.of(&one), Grouping::ConsumableSystem.of(&other));
        assert_eq!(Grouping::ConsumableSystem.of(&Traits { holder: None, ..one }), None);
    }
}
