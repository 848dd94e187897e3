//! Licences (证照) of organizations, and which an organization needs before it is approved.
use crate::errors::{Code, Refusal};
use crate::identity::{OrganizationKind, OrganizationStatus};
use crate::ids::{DocumentId, LicenceId, OrganizationId};
use crate::time::Day;

/// What a licence permits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LicenceKind {
    /// 营业执照.
    Business,
    /// 药品经营许可证.
    DrugDistribution,
    /// 药品生产许可证.
    DrugManufacturing,
    /// 药品注册证书, which proves the marketing-authorization holder.
    MarketingAuthorization,
    /// 医疗机构执业许可证.
    MedicalInstitution,
}

impl LicenceKind {
    /// Every kind.
    pub const ALL: &[LicenceKind] = &[
        Self::Business,
        Self::DrugDistribution,
        Self::DrugManufacturing,
        Self::MarketingAuthorization,
        Self::MedicalInstitution,
    ];

    /// The stable label, in rows and on the wire.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Business => "BUSINESS",
            Self::DrugDistribution => "DRUG_DISTRIBUTION",
            Self::DrugManufacturing => "DRUG_MANUFACTURING",
            Self::MarketingAuthorization => "MARKETING_AUTHORIZATION",
            Self::MedicalInstitution => "MEDICAL_INSTITUTION",
        }
    }

    /// The kind with that label.
    pub fn from_label(label: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.label() == label)
    }

    /// Whether a licence of this kind may have no last day (长期).
    pub const fn may_be_endless(self) -> bool {
        match self {
            Self::Business | Self::MedicalInstitution => true,
            Self::DrugDistribution | Self::DrugManufacturing | Self::MarketingAuthorization => false,
        }
    }
}

/// What is printed on a licence as its number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LicenceNumber(String);

impl LicenceNumber {
    /// 1 to 60 characters, none a control character, blanks trimmed. Errors: `LICENCE_NUMBER_INVALID`.
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        let text = text.trim();
        let fits = (1..=60).contains(&text.chars().count()) && !text.chars().any(char::is_control);
        if fits {
            Ok(Self(text.to_owned()))
        } else {
            Err(Refusal::of(Code::LicenceNumberInvalid).at("number"))
        }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A licence of an organization, with the document that shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Licence {
    /// Its id.
    pub id: LicenceId,
    /// Whose it is.
    pub organization: OrganizationId,
    /// What it permits.
    pub kind: LicenceKind,
    /// Its number.
    pub number: LicenceNumber,
    /// Its last day; none when it has none.
    pub valid_until: Option<Day>,
    /// The document that shows it.
    pub document: DocumentId,
}

impl Licence {
    /// Whether it holds on a day.
    pub fn holds_on(&self, day: Day) -> bool {
        self.valid_until.is_none_or(|last| day <= last)
    }

    /// Refuses what is over already, or has no last day although its kind needs one. Errors: `LICENCE_EXPIRED`.
    pub fn check(&self, today: Day) -> Result<(), Refusal> {
        let dated = self.valid_until.is_some() || self.kind.may_be_endless();
        if dated && self.holds_on(today) {
            Ok(())
        } else {
            Err(Refusal::of(Code::LicenceExpired).at("validUntil"))
        }
    }
}

/// How many licences an organization may have at once. `LICENCE_LIMIT`.
pub const LICENCES_MAX: usize = 50;

/// Which licences organizations need from a day on. A change of policy is a new version with its first day; the one in force
/// decides, and the log of an approval names it.
#[derive(Debug)]
pub struct LicenceRules {
    /// Its id.
    pub id: &'static str,
    /// Counts its changes.
    pub version: u16,
    /// The first day that it decides.
    pub from: Day,
    /// Where it comes from.
    pub source: &'static str,
    /// How sure that is.
    pub confidence: &'static str,
    /// What each type needs: of every group one licence.
    needs: &'static [(OrganizationKind, &'static [&'static [LicenceKind]])],
}

/// Every version, the newest first.
const VERSIONS: &[LicenceRules] = &[LicenceRules {
    id: "cn-licences",
    version: 1,
    from: Day::from_epoch_days(18_231), // 2019-12-01, when the revised law came into force
    source: "药品管理法 (2019), art. 30 and 32 (上市许可持有人), 41 (药品生产许可证), 51 (药品经营许可证); \
             医疗机构管理条例 (医疗机构执业许可证); 市场主体登记管理条例 (2022; 营业执照). Other types: none known.",
    confidence: "recalled: the articles were not read again",
    needs: &[
        (
            OrganizationKind::Manufacturer,
            &[
                &[LicenceKind::DrugManufacturing, LicenceKind::MarketingAuthorization],
                &[LicenceKind::Business],
            ],
        ),
        (OrganizationKind::Distributor, &[&[LicenceKind::DrugDistribution], &[LicenceKind::Business]]),
        (OrganizationKind::Hospital, &[&[LicenceKind::MedicalInstitution]]),
    ],
}];

impl LicenceRules {
    /// The version that decides on a day; the oldest for days before all.
    pub fn on(day: Day) -> &'static LicenceRules {
        const NONE: LicenceRules = LicenceRules {
            id: "none",
            version: 0,
            from: Day::from_epoch_days(0),
            source: "",
            confidence: "",
            needs: &[],
        };
        VERSIONS.iter().find(|rules| rules.from <= day).or(VERSIONS.last()).unwrap_or(&NONE)
    }

    /// Refuses an organization of that type whose licences leave something missing. Errors: `LICENCE_MISSING`, naming it.
    pub fn check(&self, kind: OrganizationKind, held: &[Licence], today: Day) -> Result<(), Refusal> {
        let groups =
            self.needs.iter().find(|(needing, _)| *needing == kind).map_or(&[][..], |(_, groups)| groups);
        let shown = |group: &[LicenceKind]| {
            held.iter().any(|licence| group.contains(&licence.kind) && licence.holds_on(today))
        };
        let missing: Vec<String> =
            groups.iter().filter(|group| !shown(group)).map(|group| one_of(group)).collect();
        if missing.is_empty() {
            Ok(())
        } else {
            Err(Refusal::of(Code::LicenceMissing).at("licences").allowing(missing.join(", ")))
        }
    }

    /// Whether an organization of that type needs any.
    pub fn concerns(&self, kind: OrganizationKind) -> bool {
        self.needs.iter().any(|(needing, _)| *needing == kind)
    }
}

impl OrganizationStatus {
    /// Whether a licence may go without another in its place. Once approved, what the approval stood on stays.
    pub const fn awaits_approval(&self) -> bool {
        match self {
            Self::Pending | Self::Returned { .. } => true,
            Self::Approved | Self::Suspended { .. } => false,
        }
    }
}

fn one_of(group: &[LicenceKind]) -> String {
    group.iter().map(|kind| kind.label()).collect::<Vec<_>>().join(" or ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::Id;

    const TODAY: Day = Day::from_epoch_days(20_779);

    fn licence(kind: LicenceKind, valid_until: Option<i32>) -> Licence {
        Licence {
            id: LicenceId::from_number(1),
            organization: OrganizationId::from_number(2),
            kind,
            number: LicenceNumber::parse("苏20160001").unwrap(),
            valid_until: valid_until.map(Day::from_epoch_days),
            document: DocumentId::from_number(3),
        }
    }

    fn missing(kind: OrganizationKind, held: &[Licence]) -> String {
        let checked = LicenceRules::on(TODAY).check(kind, held, TODAY);
        checked.map_or_else(|refusal| refusal.allowed.unwrap_or_default(), |()| "nothing".to_owned())
    }

    #[test]
    fn each_type_needs_what_the_table_says() {
        use LicenceKind as L;
        use OrganizationKind as O;
        let held = |kinds: &[L]| kinds.iter().map(|kind| licence(*kind, None)).collect::<Vec<_>>();
        let table: &[(O, &[L], &str)] = &[
            (O::Manufacturer, &[], "DRUG_MANUFACTURING or MARKETING_AUTHORIZATION, BUSINESS"),
            (O::Manufacturer, &[L::Business], "DRUG_MANUFACTURING or MARKETING_AUTHORIZATION"),
            (O::Manufacturer, &[L::Business, L::MarketingAuthorization], "nothing"),
            (O::Manufacturer, &[L::DrugManufacturing, L::Business], "nothing"),
            (O::Distributor, &[L::DrugManufacturing, L::Business], "DRUG_DISTRIBUTION"),
            (O::Hospital, &[L::Business], "MEDICAL_INSTITUTION"),
            (O::Hospital, &[L::MedicalInstitution], "nothing"),
            (O::Regulator, &[], "nothing"),
        ];
        for (kind, kinds, expected) in table {
            assert_eq!(missing(*kind, &held(kinds)), *expected, "{kind:?} {kinds:?}");
        }
        let concerned = O::ALL.iter().filter(|kind| LicenceRules::on(TODAY).concerns(**kind));
        assert!(concerned.eq(&[O::Manufacturer, O::Distributor, O::Hospital]));
    }

    #[test]
    fn a_licence_holds_on_its_last_day_and_not_after() {
        for (last, expected) in [(20_778, "MEDICAL_INSTITUTION"), (20_779, "nothing")] {
            let held = [licence(LicenceKind::MedicalInstitution, Some(last))];
            assert_eq!(missing(OrganizationKind::Hospital, &held), expected);
        }
    }

    #[test]
    fn what_is_over_or_undated_is_not_taken() {
        assert!(licence(LicenceKind::Business, None).check(TODAY).is_ok());
        assert!(licence(LicenceKind::DrugDistribution, Some(20_779)).check(TODAY).is_ok());
        for bad in
            [licence(LicenceKind::DrugDistribution, None), licence(LicenceKind::Business, Some(20_778))]
        {
            assert_eq!(bad.check(TODAY).unwrap_err().code, Code::LicenceExpired);
        }
    }

    #[test]
    fn versions_are_in_order_and_the_oldest_decides_what_was_before() {
        assert!(VERSIONS.is_sorted_by(|newer, older| newer.from > older.from));
        let before = LicenceRules::on(Day::from_epoch_days(0));
        assert_eq!(before.version, VERSIONS.last().unwrap().version);
    }
}
