//! The words that the registry uses on the wire.
use async_graphql::Enum;

/// What kind of thing an item is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "jicai_domain::catalog::item::ItemKind")]
pub(crate) enum ItemKind {
    /// 西药.
    Western,
    /// 中成药.
    Patent,
    /// 中药饮片.
    Pieces,
    /// 中药配方颗粒.
    Granules,
    /// 医疗机构制剂.
    InHouse,
    /// 医用耗材.
    Consumable,
    /// 体外诊断试剂.
    Reagent,
}

/// How an item stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "jicai_domain::catalog::item::ItemStatus")]
pub(crate) enum ItemStatus {
    /// 有效.
    Active,
    /// 暂停.
    Suspended,
    /// Still readable, for no new use. 停用
    Deprecated,
    /// Another item, or several, stand for it. 已替代
    Replaced,
    /// 已撤市.
    Withdrawn,
    /// There never was such an item. 误录
    EnteredInError,
}

/// How the tie between a code and an item stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "jicai_domain::catalog::item::IdentifierStatus")]
pub(crate) enum ItemCodeStatus {
    /// It holds, for its days.
    Active,
    /// It held, and ended.
    Retired,
    /// It never held.
    EnteredInError,
}

/// How an item is related to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "jicai_domain::catalog::item::RelationKind")]
pub(crate) enum ItemRelationKind {
    /// Another stands for it. 被替代
    ReplacedBy,
    /// It was one with another all the time. 并入
    MergedInto,
    /// It was several all the time, or became several. 拆分为
    SplitInto,
    /// It is the generic of a reference product. 仿制
    GenericOf,
    /// It is a pack of the other.
    PackOf,
    /// It holds the other, as a kit does. 包含
    Contains,
}

/// What a list says of an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "jicai_domain::catalog::item::FlagKind")]
pub(crate) enum ItemFlagKind {
    /// 国家基本药物.
    Essential,
    /// 通过一致性评价.
    Evaluated,
    /// 参比制剂.
    Reference,
    /// 鼓励仿制.
    EncouragedGeneric,
    /// 医保甲类.
    ReimbursedA,
    /// 医保乙类.
    ReimbursedB,
    /// 集采中选.
    Vbp,
    /// 疫苗.
    Vaccine,
    /// 麻醉药品 and 精神药品.
    Narcotic,
    /// 体外诊断.
    Ivd,
}

/// What a name is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "jicai_domain::catalog::item::NamePurpose")]
pub(crate) enum ItemNamePurpose {
    /// 通用名.
    Generic,
    /// 商品名.
    Trade,
    /// 别名.
    Alias,
}

/// What is proposed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "jicai_domain::catalog::item::ProposalKind")]
pub(crate) enum ItemProposalKind {
    /// 新增.
    New,
    /// 变更.
    Change,
    /// 合并.
    Merge,
    /// 拆分.
    Split,
    /// 替代.
    Supersede,
    /// 停用.
    Retire,
    /// 编码关联.
    Link,
}

/// How far a proposal is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "jicai_domain::catalog::item::ProposalStatus")]
pub(crate) enum ItemProposalStatus {
    /// 待审.
    Proposed,
    /// 通过.
    Approved,
    /// 不予通过.
    Rejected,
    /// Taken back by who proposed it. 撤回
    Withdrawn,
}

/// What contradicts what.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "jicai_domain::catalog::item::ConflictKind")]
pub(crate) enum ItemConflictKind {
    /// Two items claim one code.
    CodeOnTwoItems,
    /// An item claims a code that was another's, and is not what became of that.
    CodeReused,
    /// One approval stands on items whose names have nothing to do with each other.
    ApprovalOnUnrelatedNames,
    /// The code is of another kind or class than the item.
    ClassMismatch,
    /// The registration ends while the item is selected.
    RegistrationExpired,
}

/// What is decided about a conflict.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "jicai_domain::catalog::item::Resolution")]
pub(crate) enum ItemConflictResolution {
    /// The code stays where it is.
    Kept,
    /// The code goes to the item that claims it.
    Moved,
    /// There is nothing to do.
    Dismissed,
}

/// A way of comparing items. 可比组
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub(crate) enum ComparisonGroup {
    /// 四同: generic name, holder, form and spec.
    #[graphql(name = "SAME4")]
    Same4,
    /// 三同: generic name, form and spec.
    #[graphql(name = "SAME3")]
    Same3,
    /// 同厂牌不同规格或包装: generic name, holder and form.
    SameHolder,
    /// 同通用名不同规格或包装: generic name and form.
    SameGeneric,
    /// 同类: the chemical subgroup of ATC (level 4).
    TherapeuticClass,
    /// Consumables of one class and generic name (first 10 characters).
    ConsumableClass,
}

impl ComparisonGroup {
    /// None for a way that the API does not offer: the registry does not hold what it compares.
    pub(crate) fn of(grouping: jicai_domain::catalog::group::Grouping) -> Option<Self> {
        use jicai_domain::catalog::group::Grouping;
        match grouping {
            Grouping::Same4 => Some(Self::Same4),
            Grouping::Same3 => Some(Self::Same3),
            Grouping::SameHolder => Some(Self::SameHolder),
            Grouping::SameGeneric => Some(Self::SameGeneric),
            Grouping::TherapeuticClass => Some(Self::TherapeuticClass),
            Grouping::ConsumableClass => Some(Self::ConsumableClass),
            Grouping::ConsumableSystem => None,
        }
    }
}

impl From<ComparisonGroup> for jicai_domain::catalog::group::Grouping {
    fn from(group: ComparisonGroup) -> Self {
        match group {
            ComparisonGroup::Same4 => Self::Same4,
            ComparisonGroup::Same3 => Self::Same3,
            ComparisonGroup::SameHolder => Self::SameHolder,
            ComparisonGroup::SameGeneric => Self::SameGeneric,
            ComparisonGroup::TherapeuticClass => Self::TherapeuticClass,
            ComparisonGroup::ConsumableClass => Self::ConsumableClass,
        }
    }
}
