//! What a correction changes, field by field, for people to read.
use rust_decimal::Decimal;
use sha2::{Digest, Sha256};

use super::{AnnouncedLot, Announcement, Calendar, RoundDocument, Spec};
use crate::audit::hex;
use crate::time::Timestamp;

macro_rules! fields {
    ($($(#[$doc:meta])* $field:ident, $name:literal, $english:literal, $chinese:literal;)+) => {
        /// What of an announcement changed.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Field {
            $($(#[$doc])* $field,)+
        }

        impl Field {
            /// Every field.
            pub const ALL: &[Field] = &[$(Self::$field),+];

            /// Its name in editions and on the wire.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$field => $name,)+
                }
            }

            /// The same in English.
            pub const fn english(self) -> &'static str {
                match self {
                    $(Self::$field => $english,)+
                }
            }

            /// The same in Chinese.
            pub const fn chinese(self) -> &'static str {
                match self {
                    $(Self::$field => $chinese,)+
                }
            }
        }
    };
}

fields! {
    /// The round's name.
    Name, "NAME", "name of the round", "采购名称";
    /// The rule set.
    Rules, "RULES", "rule set", "规则集";
    /// Who may see what of the bids.
    Disclosure, "DISCLOSURE", "disclosure rule", "披露规则";
    /// The share of past use.
    PastUseShare, "PAST_USE_SHARE", "share of past use that needs no reason", "无需说明理由的历史用量比例";
    /// Who holds the shares.
    Custodians, "CUSTODIANS", "custodians", "密钥保管人";
    /// How many of them open the bids.
    Threshold, "THRESHOLD", "custodians who open the bids together", "共同开标的保管人数";
    /// From when demand is reported.
    DemandFrom, "DEMAND_FROM", "demand from", "报量开始时间";
    /// Until when demand is reported.
    DemandUntil, "DEMAND_UNTIL", "demand until", "报量截止时间";
    /// Until when manufacturers apply.
    QualificationUntil, "QUALIFICATION_UNTIL", "applications until", "资格申请截止时间";
    /// From when bids are sealed.
    BidsFrom, "BIDS_FROM", "bids from", "申报开始时间";
    /// Until when bids are sealed.
    BidsUntil, "BIDS_UNTIL", "bids until", "申报截止时间";
    /// From when shares are given.
    OpeningFrom, "OPENING_FROM", "opening from", "开标时间";
    /// A document.
    Document, "DOCUMENT", "document", "采购文件";
    /// A whole lot.
    Lot, "LOT", "lot", "竞价单元";
    /// A lot's name.
    LotName, "LOT_NAME", "name of the lot", "竞价单元名称";
    /// A lot's dosage form class.
    Form, "FORM", "dosage form class", "剂型";
    /// A lot's volume class.
    VolumeClass, "VOLUME_CLASS", "volume class", "采购量类别";
    /// A lot's own cap.
    Cap, "CAP", "most that are selected", "最多中选数";
    /// A lot's smallest unit.
    Unit, "UNIT", "smallest unit", "最小单位";
    /// A whole spec.
    Spec, "SPEC", "spec", "规格";
    /// A spec's name.
    SpecName, "SPEC_NAME", "name of the spec", "规格名称";
    /// A spec's content.
    Content, "CONTENT", "content", "含量";
    /// A spec's maximum valid bid.
    Ceiling, "CEILING", "maximum valid bid", "最高有效申报价";
    /// Whether a spec is the representative one.
    Representative, "REPRESENTATIVE", "representative spec", "代表品规";
    /// The item of the registry that a spec is drawn from.
    SpecItem, "SPEC_ITEM", "registry item of the spec", "规格对照品目";
}

impl Field {
    /// The field of that name.
    pub fn from_name(name: &str) -> Option<Field> {
        Self::ALL.iter().copied().find(|field| field.name() == name)
    }
}

/// One thing that a correction changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// What.
    pub field: Field,
    /// The number of the lot; none where it is of the whole round.
    pub lot: Option<i32>,
    /// The code of the spec, where it is of one.
    pub spec: Option<String>,
    /// What it said; none where it is new.
    pub before: Option<String>,
    /// What it says; none where it was taken out.
    pub after: Option<String>,
}

impl Change {
    /// The change as a sentence in English.
    pub fn english(&self) -> String {
        let place = self.place("lot ", ", spec ");
        match (&self.before, &self.after) {
            (Some(before), Some(after)) => format!("{place}{}: {before} -> {after}", self.field.english()),
            (None, Some(after)) => format!("{place}{} added: {after}", self.field.english()),
            (Some(before), None) => format!("{place}{} taken out: {before}", self.field.english()),
            (None, None) => format!("{place}{}", self.field.english()),
        }
    }

    /// The same in Chinese.
    pub fn chinese(&self) -> String {
        let place = self.place("竞价单元", "规格");
        match (&self.before, &self.after) {
            (Some(before), Some(after)) => {
                format!("{place}{}：由“{before}”变更为“{after}”", self.field.chinese())
            }
            (None, Some(after)) => format!("{place}新增{}：{after}", self.field.chinese()),
            (Some(before), None) => format!("{place}删除{}：{before}", self.field.chinese()),
            (None, None) => format!("{place}{}", self.field.chinese()),
        }
    }

    fn place(&self, lot: &str, spec: &str) -> String {
        let lot = self.lot.map(|number| format!("{lot}{number}")).unwrap_or_default();
        let spec = self.spec.as_ref().map(|code| format!("{spec}{code}")).unwrap_or_default();
        if lot.is_empty() { String::new() } else { format!("{lot}{spec} ") }
    }
}

/// What changed from one announcement to the next, the round's own fields first, then lot by lot. `instant` writes a time.
pub fn changes(
    before: &Announcement,
    after: &Announcement,
    instant: impl Fn(Timestamp) -> String,
) -> Vec<Change> {
    let mut found = Vec::new();
    let mut compare = |field, before: String, after: String| {
        found.extend(changed(field, (None, None), Some(before), Some(after)));
    };
    compare(Field::Name, before.name.as_str().to_owned(), after.name.as_str().to_owned());
    compare(Field::Rules, rules(before), rules(after));
    compare(Field::Disclosure, before.disclosure.label().to_owned(), after.disclosure.label().to_owned());
    compare(Field::PastUseShare, plain(before.past_use_share), plain(after.past_use_share));
    compare(Field::Custodians, custodians(before), custodians(after));
    compare(Field::Threshold, before.threshold.to_string(), after.threshold.to_string());
    for (field, date) in DATES {
        compare(*field, instant(date(&before.calendar)), instant(date(&after.calendar)));
    }
    documents(&before.documents, &after.documents, &mut found);
    for lot in &before.lots {
        match after.lots.iter().find(|other| other.id == lot.id) {
            Some(other) => lot_changes(lot, other, &mut found),
            None => found.extend(changed(Field::Lot, (Some(lot.number), None), Some(shown(lot)), None)),
        }
    }
    for lot in after.lots.iter().filter(|lot| !before.lots.iter().any(|other| other.id == lot.id)) {
        found.extend(changed(Field::Lot, (Some(lot.number), None), None, Some(shown(lot))));
    }
    found
}

fn custodians(announcement: &Announcement) -> String {
    let ids: Vec<String> = announcement.custodians.iter().map(ToString::to_string).collect();
    ids.join(", ")
}

type Date = fn(&Calendar) -> Timestamp;

const DATES: &[(Field, Date)] = &[
    (Field::DemandFrom, |calendar| calendar.demand_from),
    (Field::DemandUntil, |calendar| calendar.demand_until),
    (Field::QualificationUntil, |calendar| calendar.qualification_until),
    (Field::BidsFrom, |calendar| calendar.bids_from),
    (Field::BidsUntil, |calendar| calendar.bids_until),
    (Field::OpeningFrom, |calendar| calendar.opening_from),
];

fn lot_changes(before: &AnnouncedLot, after: &AnnouncedLot, found: &mut Vec<Change>) {
    let text = |name: &crate::identity::Name| name.as_str().to_owned();
    let place = (Some(before.number), None);
    let fields = [
        (Field::LotName, Some(text(&before.name)), Some(text(&after.name))),
        (Field::Form, Some(before.form.label().to_owned()), Some(after.form.label().to_owned())),
        (Field::VolumeClass, before.volume_class.as_ref().map(text), after.volume_class.as_ref().map(text)),
        (Field::Cap, before.cap.map(|cap| cap.to_string()), after.cap.map(|cap| cap.to_string())),
        (Field::Unit, Some(text(&before.unit)), Some(text(&after.unit))),
    ];
    for (field, before, after) in fields {
        found.extend(changed(field, place, before, after));
    }
    for spec in &before.specs {
        let place = (Some(before.number), Some(spec.code.as_str()));
        match after.specs.iter().find(|other| other.id == spec.id) {
            Some(other) => spec_changes(place, spec, other, found),
            None => found.extend(changed(Field::Spec, place, Some(spec.name.as_str().to_owned()), None)),
        }
    }
    for spec in after.specs.iter().filter(|spec| !before.specs.iter().any(|other| other.id == spec.id)) {
        let place = (Some(before.number), Some(spec.code.as_str()));
        found.extend(changed(Field::Spec, place, None, Some(priced(spec))));
    }
}

fn spec_changes(place: (Option<i32>, Option<&str>), before: &Spec, after: &Spec, found: &mut Vec<Change>) {
    let fields = [
        (Field::SpecName, Some(before.name.as_str().to_owned()), Some(after.name.as_str().to_owned())),
        (Field::Content, before.content.map(plain), after.content.map(plain)),
        (Field::Ceiling, Some(plain(before.ceiling)), Some(plain(after.ceiling))),
        (
            Field::Representative,
            Some(before.representative.to_string()),
            Some(after.representative.to_string()),
        ),
        (Field::SpecItem, before.item.map(|item| item.to_string()), after.item.map(|item| item.to_string())),
    ];
    for (field, before, after) in fields {
        found.extend(changed(field, place, before, after));
    }
}

fn documents(before: &[RoundDocument], after: &[RoundDocument], found: &mut Vec<Change>) {
    let shown = |one: &RoundDocument| format!("{} ({})", one.title.as_str(), one.document);
    for gone in before.iter().filter(|one| !after.contains(one)) {
        found.extend(changed(Field::Document, (None, None), Some(shown(gone)), None));
    }
    for new in after.iter().filter(|one| !before.contains(one)) {
        found.extend(changed(Field::Document, (None, None), None, Some(shown(new))));
    }
}

fn changed(
    field: Field,
    (lot, spec): (Option<i32>, Option<&str>),
    before: Option<String>,
    after: Option<String>,
) -> Option<Change> {
    (before != after).then(|| Change { field, lot, spec: spec.map(str::to_owned), before, after })
}

/// A rule set by its id, version and digest: two texts never look the same.
fn rules(announcement: &Announcement) -> String {
    let digest = hex(&Sha256::digest(announcement.rules.as_bytes()));
    match announcement.rule_set() {
        Ok(rules) => format!("{} {} (SHA-256 {digest})", rules.head.id, rules.head.version),
        Err(_faulty) => format!("(SHA-256 {digest})"),
    }
}

fn shown(lot: &AnnouncedLot) -> String {
    let specs: Vec<String> = lot.specs.iter().map(priced).collect();
    format!("{} ({})", lot.name.as_str(), specs.join("; "))
}

fn priced(spec: &Spec) -> String {
    format!("{}, {}", spec.name.as_str(), plain(spec.ceiling))
}

fn plain(value: Decimal) -> String {
    value.normalize().to_string()
}
