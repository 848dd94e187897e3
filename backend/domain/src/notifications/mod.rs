//! What users are told of without asking: one row a user and event, with its words made when it is read.
use crate::events::EventKind;
use crate::identity::Permission;
use crate::time::Timestamp;

/// For how long a notification is kept.
pub const KEPT_SECONDS: i64 = 180 * 86_400;

/// Who is told of an event. Whoever did it is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whom {
    /// Nobody: it happens too often, and whoever follows it listens.
    Nobody,
    /// Every user of the organizations that it concerns or that take part in the round, and the round's custodians.
    Everybody,
    /// Their managers.
    Managers,
    /// Those of their users who have the permission.
    Holding(Permission),
    /// The users of others who have the permission over all regions of such an organization.
    Over(Permission),
}

/// Who is told of a kind of event, and in which words. `{subject}` stands for the id of what it happened to.
#[derive(Clone, Copy, Debug)]
pub struct Notice {
    /// Who is told.
    pub whom: Whom,
    english: &'static str,
    chinese: &'static str,
}

/// The notice of a kind.
pub const fn notice(kind: EventKind) -> Notice {
    let (english, chinese) = words(kind);
    Notice { whom: whom(kind), english, chinese }
}

#[expect(clippy::too_many_lines, reason = "a table: a line for each kind")]
const fn whom(kind: EventKind) -> Whom {
    match kind {
        EventKind::ImportFailed
        | EventKind::ImportFinished
        | EventKind::HospitalDesignated
        | EventKind::LicenceAdded
        | EventKind::LicenceRemoved
        | EventKind::ManagerInvited
        | EventKind::OrganizationReturned
        | EventKind::UserDisabled
        | EventKind::UserEnabled
        | EventKind::UserInvited
        | EventKind::WebhookGivenUp => Whom::Managers,
        EventKind::ContractSuperseded
        | EventKind::ContractTermExtended
        | EventKind::ContractTerminated
        | EventKind::DemandLocked
        | EventKind::DemandReturned
        | EventKind::DesignationEnded
        | EventKind::DistributionAccepted
        | EventKind::DistributionProposed
        | EventKind::DistributionRefused
        | EventKind::DistributionReplaced
        | EventKind::DistributionVoided
        | EventKind::ListingDecided
        | EventKind::ListingMarked
        | EventKind::ListingMarkLifted
        | EventKind::ListingMoved
        | EventKind::OrganizationApproved
        | EventKind::PriceAlertDigest
        | EventKind::OrganizationReinstated
        | EventKind::OrganizationSuspended
        | EventKind::QualificationApproved
        | EventKind::GoodsReturned
        | EventKind::OrderCancelled
        | EventKind::OrderClosed
        | EventKind::OrderRefused
        | EventKind::FilingDecided
        | EventKind::PriceAnswered
        | EventKind::PriceProposed
        | EventKind::ProductBlocked
        | EventKind::ProductUnblocked
        | EventKind::BackupSupplyDecided
        | EventKind::RationingDeclared
        | EventKind::RationingEnded
        | EventKind::QualificationGrouped
        | EventKind::QualificationRejected
        | EventKind::QualificationReopened
        | EventKind::QualificationReturned
        | EventKind::RoundAnnounced
        | EventKind::RoundBiddingOpened
        | EventKind::RoundCancelled
        | EventKind::RoundClosed
        | EventKind::RoundCorrected
        | EventKind::RoundDemandOpened
        | EventKind::RoundInForce
        | EventKind::RoundKeyPublished
        | EventKind::RoundNoticePublished
        | EventKind::RoundObjectionDecided
        | EventKind::RoundOpened
        | EventKind::RoundOpeningBegun
        | EventKind::RoundResultAnnounced
        | EventKind::RoundSealed
        | EventKind::RoundShareAccepted
        | EventKind::RoundShareRefused
        | EventKind::RoundSupplyBegun
        | EventKind::RoundSupplyDecided
        | EventKind::RoundTieProposed
        | EventKind::RoundTieRejected
        | EventKind::RoundTieResolved
        | EventKind::SelectionCascadeDecided
        | EventKind::VolumeChangeAgreed
        | EventKind::VolumeChangeDecided
        | EventKind::VolumeChangeRequested => Whom::Everybody,
        EventKind::ReceivableAskedBack | EventKind::StatementConfirmsItself => {
            Whom::Holding(Permission::ConfirmStatements)
        }
        EventKind::SelectionWithdrawalFiled => Whom::Holding(Permission::ManageContracts),
        EventKind::ContractDivided | EventKind::ContractSupplemented => {
            Whom::Holding(Permission::SealContracts)
        }
        EventKind::RoundRegionChosen
        | EventKind::GoodsAccepted
        | EventKind::OrderArrived
        | EventKind::OrderConfirmed
        | EventKind::OrderPlaced
        | EventKind::OrderShipped
        | EventKind::PriceAlertAcknowledged
        | EventKind::PriceAlertAssigned
        | EventKind::PriceAlertChanged
        | EventKind::PriceAlertClosed
        | EventKind::PriceAlertDismissed
        | EventKind::PriceAlertHeld
        | EventKind::PriceAlertOpened => Whom::Nobody,
        EventKind::RoundObjectionSubmitted => Whom::Holding(Permission::DecideObjections),
        EventKind::SupplyTurnBegan => Whom::Holding(Permission::ChooseRegions),
        EventKind::QualificationSubmitted => Whom::Holding(Permission::ReviewQualifications),
        EventKind::OrganizationRegistered | EventKind::OrganizationResubmitted => {
            Whom::Over(Permission::ReviewOrganizations)
        }
    }
}

macro_rules! words {
    ($($kind:ident, $english:literal, $chinese:literal;)+) => {
        const fn words(kind: EventKind) -> (&'static str, &'static str) {
            match kind {
                $(EventKind::$kind => ($english, $chinese),)+
            }
        }
    };
}

words! {
    BackupSupplyDecided, "It was decided whether a backup supplies in the place of a product: {subject}.", "备选供应已作出决定：{subject}。";
    ContractDivided, "A contract of your organization was divided over institutions and waits for seals: {subject}.", "本机构的购销合同已分解到医疗机构，待签章：{subject}。";
    ContractSuperseded, "A newer edition of its result ends a contract of your organization, or takes its place. Read from which day: {subject}.", "新版中选结果将终止或替换本机构的购销合同，请查看起始日期：{subject}。";
    ContractSupplemented, "Agreed volume came to a contract of your organization, which waits for seals: {subject}.", "本机构有约定采购量转入，补充协议待签章：{subject}。";
    ContractTermExtended, "Contracts of a selected product may go on after their term: {subject}.", "中选产品的协议期已延长：{subject}。";
    ContractTerminated, "A contract of your organization was ended before its time. Read the reason: {subject}.", "本机构的购销合同已提前终止，请查看理由：{subject}。";
    DemandLocked, "The demand that your institution reported is locked: {subject}.", "本机构报量已锁定：{subject}。";
    DemandReturned, "The demand that your institution reported was returned: {subject}. Read the reason, correct it and submit it again.", "本机构报量被退回：{subject}。请查看理由，更正后重新提交。";
    DesignationEnded, "The fund settles for your hospital no longer after a day. Read the reason: {subject}.", "本机构的定点资格将终止，请查看终止日期和理由：{subject}。";
    DistributionAccepted, "A distributor accepted to deliver for a manufacturer: {subject}.", "配送关系已被配送企业接受：{subject}。";
    DistributionProposed, "A manufacturer asks for a distribution relation: {subject}.", "生产企业已提出建立配送关系：{subject}。";
    DistributionRefused, "A distributor refused a distribution relation. Read the reason: {subject}.", "配送关系被配送企业拒绝，请查看理由：{subject}。";
    DistributionReplaced, "Another distributor takes the place of one: {subject}.", "配送企业已更换：{subject}。";
    DistributionVoided, "A distribution relation was ended. New orders need another one. Read the reason: {subject}.", "配送关系已作废，新订单须另建配送关系，请查看理由：{subject}。";
    FilingDecided, "A purchase without a listing was decided. Read the reason: {subject}.", "备案采购已作出决定，请查看理由：{subject}。";
    GoodsAccepted, "A delivery of an order was accepted or rejected: {subject}.", "采购订单到货已验收：{subject}。";
    GoodsReturned, "Goods of an order were returned: {subject}.", "采购订单发生退货：{subject}。";
    HospitalDesignated, "The fund settles for your hospital from a day on: {subject}.", "本机构已被确定为定点医疗机构：{subject}。";
    ImportFailed, "An import of your organization failed: {subject}.", "本机构的导入失败：{subject}。";
    ImportFinished, "An import of your organization is done: {subject}.", "本机构的导入已完成：{subject}。";
    LicenceAdded, "A licence of your organization was added: {subject}.", "本机构已添加证照：{subject}。";
    LicenceRemoved, "A licence of your organization was removed: {subject}.", "本机构已移除证照：{subject}。";
    ListingDecided, "An application for a listing, or a price of one, was decided: {subject}.", "挂网申请或价格已作出决定：{subject}。";
    ListingMarked, "A listing was labelled, or its new orders are stopped. Read the reason: {subject}.", "挂网产品已被标识或暂停下单，请查看理由：{subject}。";
    ListingMarkLifted, "A label of a listing, or what stopped its orders, was lifted: {subject}.", "挂网产品的标识或停采措施已解除：{subject}。";
    ListingMoved, "A listing was suspended, listed again or delisted: {subject}.", "挂网产品已暂停、恢复或撤网：{subject}。";
    ManagerInvited, "An administrator invited another manager into your organization: {subject}.", "管理员已邀请新的管理人员加入本机构：{subject}。";
    OrderArrived, "A delivery of an order arrived: {subject}.", "采购订单已送达：{subject}。";
    OrderCancelled, "Lines of an order were cancelled: {subject}.", "采购订单明细已撤销：{subject}。";
    OrderClosed, "Less of an order comes than was confirmed. Read the reason: {subject}.", "采购订单不再继续配送，请查看理由：{subject}。";
    OrderConfirmed, "An order was confirmed: {subject}.", "采购订单已确认：{subject}。";
    OrderPlaced, "An order was placed: {subject}.", "已提交采购订单：{subject}。";
    OrderRefused, "Lines of an order were refused. Read the reason: {subject}.", "采购订单明细被拒绝，请查看理由：{subject}。";
    OrderShipped, "Goods of an order were shipped: {subject}.", "采购订单已发货：{subject}。";
    OrganizationApproved, "Your organization was approved and may act.", "贵机构已审核通过，可以办理业务。";
    OrganizationRegistered, "An organization waits for review: {subject}.", "有机构待审核：{subject}。";
    OrganizationReinstated, "Your organization was reinstated and may act again.", "贵机构已恢复，可以继续办理业务。";
    OrganizationResubmitted, "A returned organization was submitted again and waits for review: {subject}.", "退回的机构已重新提交，待审核：{subject}。";
    OrganizationReturned, "Your registration was returned. Read the reason, correct it and submit it again.", "注册申请被退回，请查看理由，更正后重新提交。";
    OrganizationSuspended, "Your organization was suspended: it may look on and not act.", "贵机构已被暂停，可以查看，不能办理业务。";
    PriceAnswered, "A negotiated price was agreed, refused or ended: {subject}.", "议价已达成、被拒绝或终止：{subject}。";
    PriceProposed, "An institution asks for a price: {subject}.", "医疗机构提出议价：{subject}。";
    ProductBlocked, "New orders of a selected product are stopped. Read the reason, and orderAlternatives for what can be ordered instead: {subject}.", "中选产品已暂停下单，请查看理由，并通过替代产品查询可采购的品种：{subject}。";
    ProductUnblocked, "A selected product may be ordered again, unless something else stops it: {subject}.", "中选产品的停采措施已解除：{subject}。";
    PriceAlertAcknowledged, "Somebody works on a price alert: {subject}.", "价格预警已受理：{subject}。";
    PriceAlertAssigned, "A price alert was given to somebody: {subject}.", "价格预警已指派：{subject}。";
    PriceAlertChanged, "What a price alert found has changed: {subject}.", "价格预警内容已变化：{subject}。";
    PriceAlertClosed, "A price is in line again: {subject}.", "价格已恢复正常，预警关闭：{subject}。";
    PriceAlertDigest, "The price alerts of yesterday, counted: {subject}.", "昨日价格预警汇总：{subject}。";
    PriceAlertDismissed, "A price alert was dismissed: {subject}.", "价格预警已排除：{subject}。";
    PriceAlertHeld, "A price alert is held, because its monitor finds too much: {subject}.", "因监测规则触发比例过高，价格预警暂缓：{subject}。";
    PriceAlertOpened, "A price is out of line: {subject}.", "价格异常预警：{subject}。";
    QualificationApproved, "Your application to a round was approved: {subject}.", "贵机构的资格申报已审核通过：{subject}。";
    QualificationGrouped, "The office of a round set who controls your firm: {subject}.", "集采机构已认定贵机构的控制关系：{subject}。";
    QualificationRejected, "Your application to a round was rejected. Read the reason: {subject}.", "贵机构的资格申报未通过审核，请查看理由：{subject}。";
    QualificationReopened, "The decision about your application to a round was taken back; it is decided again: {subject}.", "贵机构资格申报的审核结论已撤回，将重新审核：{subject}。";
    QualificationReturned, "Your application to a round was returned. Read the reason, correct it and submit it again: {subject}.", "贵机构的资格申报被退回，请查看理由，更正后重新提交：{subject}。";
    QualificationSubmitted, "An application to a round waits for review: {subject}.", "有资格申报待审核：{subject}。";
    RationingDeclared, "A product is rationed in a region: {subject}.", "产品在部分地区实行限量供应：{subject}。";
    RationingEnded, "A product is rationed no longer: {subject}.", "产品限量供应已结束：{subject}。";
    ReceivableAskedBack, "Your hospital owes the fund what was paid on its commission long ago. Read the letter and answer it: {subject}.", "本机构代付款逾期未抵扣，请查看催缴函并按期答复：{subject}。";
    RoundAnnounced, "A procurement round was published: {subject}.", "采购公告已发布：{subject}。";
    RoundBiddingOpened, "Bids of a round may be sealed from now on: {subject}.", "本轮采购开始申报：{subject}。";
    RoundCancelled, "A round was cancelled. Read the reason: {subject}.", "本轮采购已取消，请查看理由：{subject}。";
    RoundClosed, "The last contract of a round is over: {subject}.", "本轮采购的合同已全部到期：{subject}。";
    RoundCorrected, "A round was corrected. Read what changed: {subject}.", "本轮采购已发布更正公告，请查看变更内容：{subject}。";
    RoundDemandOpened, "Demand for a round may be reported from now on: {subject}.", "本轮采购开始报量：{subject}。";
    RoundInForce, "The first contract of a round is in force: {subject}.", "本轮采购中选结果开始执行：{subject}。";
    RoundKeyPublished, "The public key of a round was published: {subject}.", "本轮采购的公钥已公布：{subject}。";
    RoundNoticePublished, "The results of a round were published for objections: {subject}.", "本轮采购结果已公示：{subject}。";
    RoundObjectionDecided, "An objection against a result of a round was decided: {subject}.", "对本轮采购结果的异议已作出处理决定：{subject}。";
    RoundObjectionSubmitted, "An objection against a result of a round waits for a decision: {subject}.", "有对本轮采购结果的异议待处理：{subject}。";
    RoundOpened, "The bids of a round were opened and decided: {subject}.", "本轮采购已开标并产生拟中选结果：{subject}。";
    RoundOpeningBegun, "The bids of a round are being opened: {subject}.", "本轮采购正在开标：{subject}。";
    RoundRegionChosen, "A supply region of a round was chosen: {subject}.", "本轮采购有供应地区已选定：{subject}。";
    RoundResultAnnounced, "The official result of a round was announced: {subject}.", "本轮采购中选结果已公布：{subject}。";
    RoundSealed, "The bids of a round are closed: {subject}.", "本轮采购申报已截止：{subject}。";
    RoundShareAccepted, "A custodian gave a share of a round's key: {subject}.", "密钥保管人已提交本轮采购的密钥份额：{subject}。";
    RoundShareRefused, "A custodian gave something else than the published share of a round's key: {subject}.", "密钥保管人提交的内容与本轮已公布的份额不一致：{subject}。";
    RoundSupplyBegun, "The selected firms of a round choose their supply regions from now on: {subject}.", "本轮采购开始供应地区确认：{subject}。";
    RoundSupplyDecided, "All supply regions of a round are chosen: {subject}.", "本轮采购供应地区确认已完成：{subject}。";
    RoundTieProposed, "An order of the tied bidders of a round waits for a second person: {subject}.", "本轮采购并列报价的排序待第二人确认：{subject}。";
    RoundTieRejected, "An order of the tied bidders of a round was rejected: {subject}.", "本轮采购并列报价的排序已被驳回：{subject}。";
    RoundTieResolved, "Tied bidders of a round were put in order: {subject}.", "本轮采购的并列报价已确定顺序：{subject}。";
    SelectionCascadeDecided, "It was decided who supplies instead of a selected product that leaves. Read the decision: {subject}.", "中选产品退出后的接替供应已作出决定，请查看：{subject}。";
    SelectionWithdrawalFiled, "A firm withdraws a selected product. Decide what follows: {subject}.", "有企业申请退出中选产品，待决定接替供应：{subject}。";
    StatementConfirmsItself, "A settlement statement waits for your hospital. Without an answer in time it is confirmed by itself: {subject}.", "结算单待本机构确认，逾期未答复将自动确认：{subject}。";
    SupplyTurnBegan, "It is your turn to choose a supply region of a lot: {subject}.", "轮到贵企业选择供应地区：{subject}。";
    UserDisabled, "A user of your organization was disabled: {subject}.", "本机构用户已停用：{subject}。";
    UserEnabled, "A user of your organization was enabled again: {subject}.", "本机构用户已重新启用：{subject}。";
    UserInvited, "A user was invited into your organization: {subject}.", "已邀请用户加入本机构：{subject}。";
    VolumeChangeAgreed, "The receiving side agrees to a change of agreed volume, which waits for a decision: {subject}.", "约定采购量变更已获接收方同意，待审批：{subject}。";
    VolumeChangeDecided, "A change of agreed volume was decided. Read the decision: {subject}.", "约定采购量变更已作出决定，请查看：{subject}。";
    VolumeChangeRequested, "A change of agreed volume was asked for: {subject}.", "已提出约定采购量变更申请：{subject}。";
    WebhookGivenUp, "A webhook was disabled because its receiver does not accept events: {subject}.", "网络回调因接收方不接收事件已被停用：{subject}。";
}

/// Something that a user is told of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notification {
    /// The event's place in the audit log.
    pub position: u64,
    /// What happened.
    pub kind: EventKind,
    /// What it happened to.
    pub subject: String,
    /// When.
    pub at: Timestamp,
    /// Whether the user has read it.
    pub read: bool,
}

impl Notification {
    /// Its words in English; plain text.
    pub fn english(&self) -> String {
        notice(self.kind).english.replace("{subject}", &self.subject)
    }

    /// Its words in Chinese; plain text.
    pub fn chinese(&self) -> String {
        notice(self.kind).chinese.replace("{subject}", &self.subject)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(kind: EventKind) -> Notification {
        let (subject, at) = ("org_7".to_owned(), Timestamp::from_micros(0));
        Notification { position: 0, kind, subject, at, read: false }
    }

    #[test]
    fn every_event_is_told_in_both_languages_and_names_the_same() {
        for kind in EventKind::ALL {
            let (english, chinese) = (of(*kind).english(), of(*kind).chinese());
            assert!(english.ends_with('.') && chinese.ends_with('。'), "{kind:?}");
            assert!(!english.contains(['{', '<']) && !chinese.contains(['{', '<']), "{kind:?}");
            assert_eq!(english.contains("org_7"), chinese.contains("org_7"), "{kind:?}");
        }
    }

    #[test]
    fn what_waits_for_review_is_told_to_reviewers() {
        let waiting =
            EventKind::ALL.iter().filter(|kind| matches!(notice(**kind).whom, Whom::Over(_permission)));
        let names: Vec<&str> = waiting.map(|kind| kind.name()).collect();
        assert_eq!(names, ["OrganizationRegistered", "OrganizationResubmitted"]);
    }
}
