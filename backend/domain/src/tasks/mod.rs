//! What waits for somebody now. A task is never stored: it is there as long as the state that asks for it, so it cannot be stale.
use crate::errors::{Code, Refusal};
use crate::identity::Permission;
use crate::time::Timestamp;

/// How long before contracts end their office is reminded: a reminder, which no rule prescribes.
pub const RENEWED_AHEAD_DAYS: i32 = 90;

macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident, $name:literal, $permission:ident, $english:literal, $chinese:literal;)+) => {
        /// What is to be done. Its place in the table is its place in the list.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum TaskKind {
            $($(#[$doc])* $kind,)+
        }

        impl TaskKind {
            /// Every kind, in the order of the list.
            pub const ALL: &[TaskKind] = &[$(Self::$kind),+];

            /// Its name, in cursors and on the wire.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$kind => $name,)+
                }
            }

            /// Whose task it is: whoever may do it.
            pub const fn permission(self) -> Permission {
                match self {
                    $(Self::$kind => Permission::$permission,)+
                }
            }

            /// What to do, in English.
            pub const fn english(self) -> &'static str {
                match self {
                    $(Self::$kind => $english,)+
                }
            }

            /// What to do, in Chinese.
            pub const fn chinese(self) -> &'static str {
                match self {
                    $(Self::$kind => $chinese,)+
                }
            }
        }
    };
}

kinds! {
    /// The own registration was returned; the detail is the reason.
    CorrectRegistration, "CORRECT_REGISTRATION", OwnRegistration, "Correct your registration and submit it again", "更正注册申请并重新提交";
    /// The own demand for a round, or that of a member, was returned; the detail is the reason.
    CorrectDemand, "CORRECT_DEMAND", ReportDemand, "Correct your demand and submit it again", "更正报量并重新提交";
    /// A round accepts demand of the own region and none was submitted; the detail is its name.
    ReportDemand, "REPORT_DEMAND", ReportDemand, "Report demand for a round", "填报采购需求量";
    /// A demand form waits for the reviewers of the own region; the detail is the institution's name.
    ReviewDemand, "REVIEW_DEMAND", ReviewDemand, "Review a demand form", "审核报量";
    /// A round may be applied to and nothing was handed in; the detail is its name.
    ApplyForRound, "APPLY_FOR_ROUND", ApplyForRounds, "Apply to a round with your products", "申报参加集采并提交产品资料";
    /// The own application to a round was returned; the detail is the reason.
    CorrectQualification, "CORRECT_QUALIFICATION", ApplyForRounds, "Correct your application to a round and submit it again", "更正资格申报并重新提交";
    /// An application to a round waits for review; the detail is the applicant's name.
    DecideQualification, "DECIDE_QUALIFICATION", ReviewQualifications, "Decide about an application to a round", "审核资格申报";
    /// A round waits to be published; the detail is its name.
    PublishRound, "PUBLISH_ROUND", PublishRounds, "Publish a round or cancel its draft", "发布采购公告或取消草案";
    /// It is the own turn to choose a supply region of a lot; the detail is the lot's name.
    ChooseRegion, "CHOOSE_REGION", ChooseRegions, "Choose a supply region", "选择供应地区";
    /// An objection waits to be decided; the detail is the objector's name.
    DecideObjection, "DECIDE_OBJECTION", DecideObjections, "Decide an objection", "处理异议";
    /// A round waits for the own share of its key; the detail is its name.
    GiveShare, "GIVE_SHARE", HoldShares, "Give your share of a round's key", "提交密钥份额";
    /// A firm has filed that it withdraws a product; the detail is the firm and the product.
    DecideWithdrawal, "DECIDE_WITHDRAWAL", ManageContracts, "Decide what follows when a product leaves", "决定退出产品的接替供应";
    /// Contracts of a result of the own office end within [`RENEWED_AHEAD_DAYS`] and nothing follows them; the detail is the result and how many.
    RenewContracts, "RENEW_CONTRACTS", ManageContracts, "Renew, extend or replace contracts that end soon", "办理即将到期合同的续签、延期或接续";
    /// A contract waits for the own seal; the detail is its product and region.
    SealContract, "SEAL_CONTRACT", SealContracts, "Seal a contract", "签章购销合同";
    /// A change of agreed volume waits until the own organization agrees that it comes to it; the detail is the institution's name.
    AnswerVolumeChange, "ANSWER_VOLUME_CHANGE", ChangeVolumes, "Answer whether you take agreed volume over", "答复是否接收划转的约定采购量";
    /// A change of agreed volume waits to be decided; the detail is the institution's name.
    DecideVolumeChange, "DECIDE_VOLUME_CHANGE", ManageContracts, "Decide a change of agreed volume", "审批约定采购量变更";
    /// A manufacturer asks the own organization to deliver; the detail is the manufacturer's name.
    AnswerDistribution, "ANSWER_DISTRIBUTION", AnswerDistribution, "Answer whether you deliver for a manufacturer", "答复配送委托";
    /// The own application for a listing was returned; the detail is the reason.
    CorrectListing, "CORRECT_LISTING", ApplyForListing, "Correct your application for a listing", "更正挂网申请并重新提交";
    /// An application for a listing, or a price, waits to be decided; the detail is the product's name.
    DecideListing, "DECIDE_LISTING", ReviewListings, "Decide about a listing or its price", "审核挂网申请或价格变更";
    /// A purchase without a listing waits to be decided; the detail is the product's name.
    DecideFiling, "DECIDE_FILING", ReviewListings, "Decide about a purchase without a listing", "审批备案采购";
    /// An institution asks for a price; the detail is its name.
    AnswerPrice, "ANSWER_PRICE", ApplyForListing, "Answer an institution that asks for a price", "答复议价";
    /// A price alert of the jurisdiction waits for somebody, or was given to the own person; the detail is the product.
    HandleAlert, "HANDLE_ALERT", HandleAlerts, "Look at a price alert", "处理价格预警";
    /// Lines of an order wait for the seller's answer; the detail is the institution's name.
    ConfirmOrder, "CONFIRM_ORDER", FulfilOrders, "Confirm or refuse an order", "确认或拒绝采购订单";
    /// A delivery was sent and waits to be taken or rejected; the detail is the number of its note.
    AcceptDelivery, "ACCEPT_DELIVERY", PlaceOrders, "Accept or reject a delivery", "验收到货";
    /// An emergency was ordered and not reported; the detail is the product's name.
    ReportEmergency, "REPORT_EMERGENCY", PlaceOrders, "Report an emergency purchase", "补报应急采购";
    /// An organization waits for review; the detail is its name.
    ReviewOrganization, "REVIEW_ORGANIZATION", ReviewOrganizations, "Review an organization", "审核机构";
    /// An invited user has not set a password; the detail is the login name.
    RemindUser, "REMIND_USER", ManageUsers, "Remind a user to set a password", "提醒用户设置密码";
    /// A webhook was disabled because its receiver accepts nothing; the detail is its address.
    RepairWebhook, "REPAIR_WEBHOOK", ManageWebhooks, "Repair a webhook's receiver and enable it", "修复网络回调接收方并重新启用";
    /// Work was given up; the detail is what went wrong.
    SettleJob, "SETTLE_JOB", KeepJobs, "Retry or discard work that was given up", "重试或放弃已终止的作业";
}

/// Something that waits for somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Task {
    /// What is to be done, since when, and its place in the list.
    pub place: TaskPlace,
    /// The id of what waits.
    pub subject: String,
    /// What helps to do it; see the kind.
    pub detail: String,
    /// Until when it can be done, where it has a deadline.
    pub until: Option<Timestamp>,
}

/// A place in the list: by kind, then what waits longest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TaskPlace {
    /// The kind.
    pub kind: TaskKind,
    /// Since when it waits.
    pub since: Timestamp,
    /// The number of what waits, which decides among equals.
    pub subject: u128,
}

impl TaskPlace {
    /// Reads a place as it is shown. Errors: `CURSOR_INVALID`.
    pub fn parse(text: &str) -> Result<TaskPlace, Refusal> {
        let mut parts = text.split('.');
        let place = (|| {
            let (kind, since, subject) = (parts.next()?, parts.next()?, parts.next()?);
            let kind = TaskKind::ALL.iter().copied().find(|known| known.name() == kind)?;
            let since = Timestamp::from_micros(since.parse().ok()?);
            Some(TaskPlace { kind, since, subject: u128::from_str_radix(subject, 16).ok()? })
        })();
        place.filter(|_| parts.next().is_none()).ok_or(Refusal::of(Code::CursorInvalid))
    }
}

impl std::fmt::Display for TaskPlace {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}.{:032x}", self.kind.name(), self.since.micros(), self.subject)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_a_name_of_its_own_and_speaks_both_languages() {
        let names: std::collections::BTreeSet<_> = TaskKind::ALL.iter().map(|kind| kind.name()).collect();
        assert_eq!(names.len(), TaskKind::ALL.len());
        assert!(TaskKind::ALL.iter().all(|kind| kind.english().is_ascii() && !kind.chinese().is_ascii()));
    }

    #[test]
    fn a_place_is_read_back_and_nothing_else_is() {
        let since = Timestamp::from_micros(1_795_000_000_123_456);
        let place = TaskPlace { kind: TaskKind::RemindUser, since, subject: 7 };
        assert_eq!(TaskPlace::parse(&place.to_string()).unwrap(), place);
        for bad in ["", "REMIND_USER", "REMIND_USER.1", "X.1.7", "REMIND_USER.x.7", "REMIND_USER.1.7.7"] {
            assert_eq!(TaskPlace::parse(bad).unwrap_err().code, Code::CursorInvalid, "{bad}");
        }
    }
}
