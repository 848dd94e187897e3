//! The table of stable codes. A code is never renamed and never given a second meaning.
use std::time::Duration;

/// What kind of refusal a code is; decides the HTTP status and whether the client is at fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// The request itself is wrong.
    Invalid,
    /// The caller is not known.
    Unauthenticated,
    /// The caller is known and may not.
    Forbidden,
    /// There is no such thing, or it is not the caller's.
    NotFound,
    /// The state of things does not allow it.
    Conflict,
    /// Too much at once.
    Limited,
    /// Try again later.
    Unavailable,
    /// Our fault.
    Internal,
}

impl Class {
    /// The class as clients see it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Invalid => "INVALID",
            Self::Unauthenticated => "UNAUTHENTICATED",
            Self::Forbidden => "FORBIDDEN",
            Self::NotFound => "NOT_FOUND",
            Self::Conflict => "CONFLICT",
            Self::Limited => "LIMITED",
            Self::Unavailable => "UNAVAILABLE",
            Self::Internal => "INTERNAL",
        }
    }
}

/// A row of the table.
#[derive(Clone, Copy, Debug)]
pub struct Spec {
    /// The stable code.
    pub name: &'static str,
    /// Its class.
    pub class: Class,
    /// Whether the same request may succeed later.
    pub retryable: bool,
    /// The message in English.
    pub english: &'static str,
    /// The message in Chinese.
    pub chinese: &'static str,
}

macro_rules! codes {
    ($($variant:ident, $name:literal, $class:ident, $retry:literal, $english:literal, $chinese:literal;)+) => {
        /// A stable error code.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Code {
            $(#[doc = $english] $variant,)+
        }

        impl Code {
            /// Every code, in the order of the table.
            pub const ALL: &[Code] = &[$(Code::$variant),+];

            /// The code of that name.
            pub fn from_name(name: &str) -> Option<Code> {
                Self::ALL.iter().copied().find(|code| code.spec().name == name)
            }

            /// The row of the table.
            pub const fn spec(self) -> Spec {
                match self {
                    $(Code::$variant => Spec {
                        name: $name,
                        class: Class::$class,
                        retryable: $retry,
                        english: $english,
                        chinese: $chinese,
                    },)+
                }
            }
        }
    };
}

codes! {
    AcceptanceExceeds, "ACCEPTANCE_EXCEEDS", Invalid, false, "More packs than the delivery brought.", "验收数量超过到货数量。";
    AlertAssignee, "ALERT_ASSIGNEE", Invalid, false, "Whoever is to work on an alert is an active user of the own organization who may.", "处理人须为本机构有权处理预警的在用用户。";
    AlertState, "ALERT_STATE", Conflict, false, "The state of the alert does not allow this.", "预警当前状态不允许此操作。";
    AllianceEmpty, "ALLIANCE_EMPTY", Conflict, false, "The alliance has no member for this product group today.", "该联盟今日在此产品组没有成员地区。";
    AllianceMember, "ALLIANCE_MEMBER", Conflict, false, "The region already belongs to the alliance for this product group.", "该地区已加入该联盟的此产品组。";
    AllianceNotMember, "ALLIANCE_NOT_MEMBER", Conflict, false, "The region does not belong to the alliance for this product group.", "该地区未加入该联盟的此产品组。";
    AmountInvalid, "AMOUNT_INVALID", Invalid, false, "An amount is a plain number of yuan with at most two decimal places and 16 digits before them.", "金额须为元，整数部分不超过16位，小数不超过两位。";
    ApprovalNumberInvalid, "APPROVAL_NUMBER_INVALID", Invalid, false, "Not an approval number of a drug or a registration number of a device that fits the round.", "药品批准文号或医疗器械注册证号不正确，或与本轮采购品类不符。";
    AuditSize, "AUDIT_SIZE", Invalid, false, "The audit log has no such size or position.", "审计日志没有该长度或位置。";
    BackupSupplyInvalid, "BACKUP_SUPPLY_INVALID", Invalid, false, "A backup supplies where it is the region's backup of the same lot, in the place of a product under contract there.", "备选供应须由该地区同一竞价单元的备供产品，接替当地履约中的中选产品。";
    BackupSupplyState, "BACKUP_SUPPLY_STATE", Conflict, false, "The state of the backup supply does not allow this.", "备选供应当前状态不允许此操作。";
    BalanceInsufficient, "BALANCE_INSUFFICIENT", Conflict, false, "The account does not hold that much.", "账户余额不足。";
    BankAnswerInvalid, "BANK_ANSWER_INVALID", Invalid, false, "The bank's answer cannot be taken in: a row is wrong, unknown or missing. Nothing was changed.", "银行回盘文件无法受理：有记录错误、不属于本批次或缺失；未作任何变更。";
    BatchTooLarge, "BATCH_TOO_LARGE", Limited, false, "Too many operations in one request.", "单次请求中的操作过多。";
    BidKeyMissing, "BID_KEY_MISSING", Conflict, false, "The organization has registered no bid key.", "本企业尚未登记报价签名公钥。";
    BidState, "BID_STATE", Conflict, false, "There is no sealed bid that could be withdrawn.", "没有可撤回的密封报价。";
    BidVersion, "BID_VERSION", Conflict, false, "The envelope is not the next one of this bidder in this round.", "密封报价的版本不是本企业在本轮的下一版本。";
    BodyTooLarge, "BODY_TOO_LARGE", Limited, false, "The request body is too large.", "请求体过大。";
    CascadeUnanswered, "CASCADE_UNANSWERED", Conflict, false, "A firm that would take over has not said whether it does.", "拟接替供应的企业尚未答复是否接受。";
    CalendarInvalid, "CALENDAR_INVALID", Invalid, false, "The dates of the round are not in order, or lie in the past.", "本轮日程的先后顺序不正确，或早于当前时间。";
    CalendarUnknown, "CALENDAR_UNKNOWN", Conflict, false, "No calendar of holidays is known for this day.", "该日期尚无节假日安排。";
    CeremonyInvalid, "CEREMONY_INVALID", Invalid, false, "The ceremony or a signature of it is not what the round's custodians made.", "密钥仪式文件或其签名与本轮保管人不符。";
    ChargeMarkedUp, "CHARGE_MARKED_UP", Invalid, false, "Patients are charged no more than what was paid and the mark-up that the region allows.", "收费价格超过采购价及本地区允许的加成（零差率）。";
    ClientState, "CLIENT_STATE", Conflict, false, "The client is disabled.", "该客户端已停用。";
    ColumnDuplicate, "COLUMN_DUPLICATE", Invalid, false, "A column of the table is there more than once.", "表中的列重复出现。";
    ColumnMissing, "COLUMN_MISSING", Invalid, false, "A column of the table is missing.", "表中缺少必需的列。";
    ConfirmationExceeds, "CONFIRMATION_EXCEEDS", Invalid, false, "More packs than were ordered.", "确认数量超过采购数量。";
    ContractBlocked, "CONTRACT_BLOCKED", Conflict, true, "While something blocks a product, none of its contracts is sealed and no new order goes in.", "该产品存在停采措施或未决事项，暂不得签章或下新订单。";
    ContractKeyMissing, "CONTRACT_KEY_MISSING", Conflict, false, "The organization has registered no contract key.", "本机构尚未登记合同签章公钥。";
    ContractStandstill, "CONTRACT_STANDSTILL", Conflict, true, "No contract of this result is sealed before its standstill ends.", "静默期届满前不得签章。";
    ContractState, "CONTRACT_STATE", Conflict, false, "The state of the contract does not allow this.", "合同当前状态不允许此操作。";
    CorrectionInvalid, "CORRECTION_INVALID", Invalid, false, "A correction changes neither who buys, nor the kind of products, nor, once the round's key is published, the custodians; and it changes something.", "更正公告不得变更采购主体和产品类别，轮次公钥公布后不得变更密钥保管人，且须有实际变更。";
    CreditCodeInvalid, "CREDIT_CODE_INVALID", Invalid, false, "Not a unified social credit code (GB 32100).", "统一社会信用代码不正确（GB 32100）。";
    CreditCodeTaken, "CREDIT_CODE_TAKEN", Conflict, false, "An organization with this unified social credit code is already registered.", "该统一社会信用代码已注册。";
    CursorInvalid, "CURSOR_INVALID", Invalid, false, "Not a cursor of this list.", "游标无效。";
    CustodiansInvalid, "CUSTODIANS_INVALID", Invalid, false, "A round has 2 to 15 custodians, at least 2 of whom open it, and nobody of those who publish it.", "每轮须有2至15名密钥保管人，至少2人共同开标，且发布人不得担任保管人。";
    DateInvalid, "DATE_INVALID", Invalid, false, "The dates are not in order.", "日期顺序不正确。";
    DecimalInvalid, "DECIMAL_INVALID", Invalid, false, "Not a plain decimal with at most 12 digits before and 8 after the point.", "须为十进制数，整数部分不超过12位，小数不超过8位。";
    DeliveryElsewhere, "DELIVERY_ELSEWHERE", Invalid, false, "The line was ordered by another institution than the one that the delivery note names.", "该明细的采购机构与随货同行单的收货机构不一致。";
    DeliveryInvalid, "DELIVERY_INVALID", Invalid, false, "A delivery has a note, a batch and codes of 1 to 100 characters without control characters, at most 1,000 codes a line.", "随货同行单号、批号和追溯码须为1至100个字符且不含控制字符，每行追溯码不超过1000个。";
    DeliveryState, "DELIVERY_STATE", Conflict, false, "The delivery still waits and will be tried by itself.", "该投递仍在等待，系统将自动重试。";
    DemandInvalid, "DEMAND_INVALID", Invalid, false, "A line of demand names a spec and a product of the round, once, in whole smallest units.", "报量行须填写本轮的规格和产品，每项一次，数量为最小计量单位的整数。";
    DemandRegion, "DEMAND_REGION", Conflict, false, "The institution lies in none of the regions that buy in the round.", "该机构不在本轮采购地区之内。";
    DemandStage, "DEMAND_STAGE", Conflict, false, "The demand waits for the reviewers of another region.", "该报量正待其他地区的审核机构审核。";
    DemandState, "DEMAND_STATE", Conflict, false, "The state of the demand form does not allow this.", "报量表当前状态不允许此操作。";
    DesignationState, "DESIGNATION_STATE", Conflict, false, "The institution is designated already, or was never, or its designation has ended.", "该机构已是定点、尚未定点或定点已终止。";
    DistributorChoiceInvalid, "DISTRIBUTOR_CHOICE_INVALID", Invalid, false, "A hospital ticks up to 20 distributors of a manufacturer, each once, and prefers one of them.", "每家生产企业最多勾选20家配送企业，每家一次，并从中指定一家首选。";
    DistributorNotAppointed, "DISTRIBUTOR_NOT_APPOINTED", Conflict, false, "The manufacturer has not appointed this distributor here, or no longer.", "该生产企业未在此地区委托该配送企业，或委托已终止。";
    DocumentKind, "DOCUMENT_KIND", Invalid, false, "There is no such kind of document.", "没有该类文件。";
    DocumentLimit, "DOCUMENT_LIMIT", Limited, false, "An organization that is not approved yet may store no more documents.", "机构审核通过前可上传的文件数量已达上限。";
    DocumentType, "DOCUMENT_TYPE", Invalid, false, "The content of the file is not of a type that is allowed here.", "文件内容的类型不符合要求。";
    EvidenceInvalid, "EVIDENCE_INVALID", Invalid, false, "A drug has passed the evaluation, on a day that is not ahead, or is a reference product; a consumable needs neither.", "药品须已通过一致性评价（通过日期不得晚于当日）或为参比制剂；耗材无需提供。";
    EnvelopeInvalid, "ENVELOPE_INVALID", Invalid, false, "Not a sealed envelope for this round and this bidder.", "不是本轮、本企业的密封报价文件。";
    EventUnknown, "EVENT_UNKNOWN", Invalid, false, "There is no event of this kind.", "没有该类事件。";
    ExpiryPast, "EXPIRY_PAST", Invalid, false, "The goods have expired.", "有效期已过。";
    ExposureExceeded, "EXPOSURE_EXCEEDED", Conflict, false, "The hospital owes the fund as much as the rules allow.", "医疗机构代付款余额已达规定的垫付上限。";
    FileEmpty, "FILE_EMPTY", Invalid, false, "The table has no rows.", "表中没有数据行。";
    FileNameInvalid, "FILE_NAME_INVALID", Invalid, false, "A file name has 1 to 200 characters without slashes or control characters.", "文件名须为1至200个字符，且不含斜杠和控制字符。";
    FileUnreadable, "FILE_UNREADABLE", Invalid, false, "The file cannot be read as a table.", "文件无法作为表格读取。";
    Forbidden, "FORBIDDEN", Forbidden, false, "Your role does not permit this.", "您的角色无权执行此操作。";
    FilingLimit, "FILING_LIMIT", Conflict, false, "More than the rules, or what the office approved, let be bought without a listing.", "超过备案采购规则或批准的数量。";
    FilingState, "FILING_STATE", Conflict, false, "The state of the filing does not allow this.", "备案采购当前状态不允许此操作。";
    GrantInvalid, "GRANT_INVALID", Invalid, false, "The invitation or reset is unknown, used or expired.", "邀请或重置链接无效、已使用或已过期。";
    HolderChangeInvalid, "HOLDER_CHANGE_INVALID", Invalid, false, "A change of the holder or its name changes something, later than the change before and while the contracts run.", "上市许可持有人或名称的变更须有实际变化，晚于上一次变更，且在协议期内。";
    HospitalNotDesignated, "HOSPITAL_NOT_DESIGNATED", Conflict, false, "The fund of this area settles nothing for an institution that is not designated in the month.", "该医疗机构当月不是本统筹区定点医疗机构，医保基金不予结算。";
    IdempotencyConflict, "IDEMPOTENCY_CONFLICT", Conflict, false, "This idempotency key was used for a different request.", "该幂等键已用于不同的请求。";
    IdempotencyKeyInvalid, "IDEMPOTENCY_KEY_INVALID", Invalid, false, "An idempotency key has 16 to 64 letters, digits, hyphens or underscores.", "幂等键须为16至64位字母、数字、连字符或下划线。";
    IdMalformed, "ID_MALFORMED", Invalid, false, "Not an id of this kind.", "标识符格式不正确。";
    ImportGivenUp, "IMPORT_GIVEN_UP", Conflict, false, "The platform gave up reading this table after several tries. What was read before stays. Start the import again; if it stops again, tell the operator.", "平台多次尝试后停止读取该表，此前已读取的行保留。请重新启动导入；如再次停止，请联系运营方。";
    ImportKind, "IMPORT_KIND", Invalid, false, "There is no such kind of import.", "没有该类导入。";
    ImportState, "IMPORT_STATE", Conflict, false, "The import's state does not allow this.", "导入当前状态不允许此操作。";
    IndexInvalid, "INDEX_INVALID", Invalid, false, "Parts of the definition of the index do not go together.", "指数定义的各项不正确或互不相容。";
    IndexMonth, "INDEX_MONTH", Conflict, false, "The index is published for months that are over, one after the other, each once, and only where there are prices.", "指数按月依次发布，每月一次，仅限已结束且有价格数据的月份。";
    IndexState, "INDEX_STATE", Conflict, false, "The index has a newer version already.", "该指数已有更新的版本。";
    Internal, "INTERNAL", Internal, true, "Internal error. The request id names the entry in the log.", "内部错误，请凭请求编号查询日志。";
    InvoiceChain, "INVOICE_CHAIN", Conflict, false, "The distributor's invoice needs the maker's invoice of the same batch, or an exemption that the rules allow.", "配送企业发票须附同批号的生产企业发票（两票制），或注明规则允许的豁免情形。";
    InvoiceInvalid, "INVOICE_INVALID", Invalid, false, "Not a number of an electronic invoice: 20 digits.", "电子发票号码须为20位数字。";
    InvoiceRowsDiffer, "INVOICE_ROWS_DIFFER", Invalid, false, "Rows of one invoice say different things of it, or belong to different hospitals.", "同一发票各行的发票信息不一致，或分属不同医疗机构。";
    InvoiceState, "INVOICE_STATE", Conflict, false, "The invoice is void already, or a line of it is in a settlement statement.", "该发票已作废，或已列入结算单。";
    InvoiceTaken, "INVOICE_TAKEN", Conflict, false, "An invoice with this number is registered already.", "该发票号码已登记。";
    ItemCodeAmbiguous, "ITEM_CODE_AMBIGUOUS", Conflict, false, "The code names several items. Name the item, or a code that it has alone.", "该编码对应多个项目，请指明项目或使用其专有编码。";
    ItemCodeInvalid, "ITEM_CODE_INVALID", Invalid, false, "Not a well-formed code of this kind, or a kind that is not tied to items.", "编码格式不正确，或该类编码不与项目关联。";
    ItemCodeUnknown, "ITEM_CODE_UNKNOWN", Invalid, false, "The registry does not know this code; it is kept as it is.", "编码库中无此编码，已按原样保留。";
    ItemConflictState, "ITEM_CONFLICT_STATE", Conflict, false, "The conflict was resolved already, or cannot be resolved like this.", "该冲突已处理，或不能以此方式处理。";
    ItemDuplicate, "ITEM_DUPLICATE", Conflict, false, "The same item is in the registry or proposed: same generic name, form, declared spec and holder.", "相同通用名、剂型、规格和持有人的项目已登记或正在申报。";
    ItemEvidenceMissing, "ITEM_EVIDENCE_MISSING", Invalid, false, "A code is tied to an item with evidence: a document or words.", "编码关联须提供依据文件或说明。";
    ItemInvalid, "ITEM_INVALID", Invalid, false, "What is said of the item does not fit.", "项目信息不正确。";
    ItemRelationCycle, "ITEM_RELATION_CYCLE", Conflict, false, "The relation would lead an item back to itself.", "该关系将使项目循环指向自身。";
    ItemReleaseRuns, "ITEM_RELEASE_RUNS", Conflict, true, "A release is being written. Decide when it is published.", "正在写入新的编码版本，请在发布后再办理。";
    ItemReplaced, "ITEM_REPLACED", Conflict, false, "Something else stands for what this names. Use the code that is given.", "该编码或项目已被替代，请使用所示的现行编码。";
    ItemRetired, "ITEM_RETIRED", Conflict, false, "The item is suspended or retired, so nothing new names it.", "该项目已暂停或停用，新业务不得使用。";
    ItemState, "ITEM_STATE", Conflict, false, "The item no longer stands, so nothing is decided about it.", "该项目已不再有效，不能办理此事项。";
    JobState, "JOB_STATE", Conflict, false, "The job's state does not allow this.", "作业当前状态不允许此操作。";
    LeadState, "LEAD_STATE", Conflict, false, "The institution already has a lead, is one, or has not this one.", "该机构已有牵头机构、本身为牵头机构，或不属于该牵头机构。";
    LedgerEventConflict, "LEDGER_EVENT_CONFLICT", Conflict, false, "An event with this id was posted with another content.", "该编号的记账事项已以不同内容入账。";
    LicenceExpired, "LICENCE_EXPIRED", Invalid, false, "The licence is over, or has no last day although it needs one.", "证照已过期，或须填写有效期而未填写。";
    LicenceLimit, "LICENCE_LIMIT", Limited, false, "The organization has too many licences. Remove old ones.", "机构的证照数量已达上限，请先删除旧证照。";
    LicenceMissing, "LICENCE_MISSING", Conflict, false, "A licence that the organization needs is missing or over.", "缺少必需的证照，或证照已过期。";
    LicenceNumberInvalid, "LICENCE_NUMBER_INVALID", Invalid, false, "The number of a licence has 1 to 60 characters.", "证照编号须为1至60个字符。";
    ListingAboveCeiling, "LISTING_ABOVE_CEILING", Conflict, false, "The price is above a ceiling: it is listed only with a reason.", "价格高于限价，须说明理由方可挂网。";
    ListingExists, "LISTING_EXISTS", Conflict, false, "The item is listed in this region, or applied for.", "该产品已在该地区挂网或正在申请。";
    ListingInvalid, "LISTING_INVALID", Invalid, false, "A listing is of an active item of the own organization, in a province, by the pack of the registry.", "挂网须为本企业有效产品，按省级地区申请，包装与编码库一致。";
    ListingMarkState, "LISTING_MARK_STATE", Conflict, false, "The listing has such a mark already, or the mark is not there to be lifted by this side.", "该标识已存在，或不能由本方解除。";
    ListingNotOrderable, "LISTING_NOT_ORDERABLE", Conflict, false, "No new order may go in for this listing.", "该挂网产品当前不可下新订单。";
    ListingPriceState, "LISTING_PRICE_STATE", Conflict, false, "No price waits to be decided, or another one does.", "没有待审核的价格，或已有其他价格待审核。";
    ListingState, "LISTING_STATE", Conflict, false, "The state of the listing does not allow this.", "挂网产品当前状态不允许此操作。";
    LoginFailed, "LOGIN_FAILED", Unauthenticated, false, "Login name, password or one-time code is wrong.", "登录名、密码或动态口令不正确。";
    LoginNameInvalid, "LOGIN_NAME_INVALID", Invalid, false, "A login name is 2 to 40 lowercase letters, digits, dots, hyphens or underscores, @, and the organization's credit code.", "登录名须为2至40位小写字母、数字、点、连字符或下划线，后接@和机构的统一社会信用代码。";
    LoginNameTaken, "LOGIN_NAME_TAKEN", Conflict, false, "This login name is taken.", "该登录名已被使用。";
    LoginThrottled, "LOGIN_THROTTLED", Limited, true, "Too many failed logins. Wait before the next try.", "登录失败次数过多，请稍后再试。";
    LotsInvalid, "LOTS_INVALID", Invalid, false, "The lots of the round contradict each other, the rule set or what was announced.", "本轮的竞价单元之间、与规则集或已公布内容相矛盾。";
    LotTooLate, "LOT_TOO_LATE", Conflict, false, "Demand is no longer reported, so a lot can be added only together with a later demandUntil.", "报量已截止，新增竞价单元须同时延长报量截止时间。";
    MonthClosed, "MONTH_CLOSED", Conflict, false, "The book is closed for this day.", "该日期所在账期已结账。";
    NameInvalid, "NAME_INVALID", Invalid, false, "A name has 1 to 200 characters without control characters.", "名称须为1至200个字符且不含控制字符。";
    NotFound, "NOT_FOUND", NotFound, false, "No such thing, or not yours.", "不存在或无权查看。";
    NothingToSettle, "NOTHING_TO_SETTLE", Conflict, false, "There is nothing that could be settled or paid.", "没有可结算或可支付的款项。";
    NoticeRuns, "NOTICE_RUNS", Conflict, false, "The public notice has not ended, or a lot that was decided again has none.", "公示期尚未结束，或重新评审的竞价单元尚未公示。";
    ObjectionInvalid, "OBJECTION_INVALID", Invalid, false, "An objection names lots of the notice and documents of the own organization; upholding it names selected products of these lots, each once.", "异议须列明公示的竞价单元和本机构文件；异议成立的，须列明相关竞价单元的中选产品，每项一次。";
    NegotiationState, "NEGOTIATION_STATE", Conflict, false, "The negotiated price does not stand like this, or another one waits for an answer.", "议价当前状态不允许此操作，或已有其他议价待答复。";
    ObjectionLate, "OBJECTION_LATE", Conflict, false, "The time for objections against these lots is over.", "上述竞价单元的异议期已结束。";
    ObjectionsOpen, "OBJECTIONS_OPEN", Conflict, false, "An objection is not decided yet.", "尚有异议未作出处理决定。";
    ObjectionState, "OBJECTION_STATE", Conflict, false, "The objection was withdrawn or decided already.", "该异议已撤回或已作出决定。";
    OrderBasis, "ORDER_BASIS", Invalid, false, "A line is on one thing: a contract, a listing, a negotiated price or a filing. An added pack is of a contract, an emergency of a listing.", "每行须且仅须依据一项：合同、挂网产品、议价或备案；增补规格须依据合同，应急采购须依据挂网产品。";
    OrderInvalid, "ORDER_INVALID", Invalid, false, "A request names 1 to 2,000 lines, each once.", "一次请求须包含1至2000行，且每行不重复。";
    OrderLineState, "ORDER_LINE_STATE", Conflict, false, "The state of the line does not allow this.", "采购明细当前状态不允许此操作。";
    OrderRowTaken, "ORDER_ROW_TAKEN", Conflict, false, "A line with this number was ordered already, with other words. What is ordered anew has a number of its own.", "该明细序号已以不同内容下单；新增采购须使用新的序号。";
    OrganizationKind, "ORGANIZATION_KIND", Invalid, false, "There is no such type of organization.", "没有该类机构。";
    OrganizationState, "ORGANIZATION_STATE", Conflict, false, "The organization's state does not allow this.", "机构当前状态不允许此操作。";
    OverlapInvalid, "OVERLAP_INVALID", Invalid, false, "The old secret stays good for 0 to 604800 seconds.", "旧密钥的保留时间须为0至604800秒。";
    OutsidePaymentKnown, "OUTSIDE_PAYMENT_KNOWN", Conflict, false, "A payment with this reference is reported already.", "该付款流水号已报送。";
    OutsidePaymentState, "OUTSIDE_PAYMENT_STATE", Conflict, false, "The state of the payment outside direct settlement does not allow this.", "该笔自行支付当前状态不允许此操作。";
    PackUnitSlip, "PACK_UNIT_SLIP", Invalid, false, "The number is that of smallest units where packs are asked for, or the other way round.", "数量疑似将最小计量单位与包装单位混淆。";
    PackUnknown, "PACK_UNKNOWN", Invalid, false, "The product is not delivered in packs of that size.", "该产品没有此包装规格。";
    PageSize, "PAGE_SIZE", Invalid, false, "The page size is out of bounds.", "分页大小超出范围。";
    PasswordWeak, "PASSWORD_WEAK", Invalid, false, "A password has 12 to 128 characters, and does not hold the clerk's name.", "密码须为12至128个字符且不得包含登录名。";
    PackExists, "PACK_EXISTS", Conflict, false, "This pack of the product is asked for or added already.", "该产品的此规格包装已申请或已增补。";
    PackState, "PACK_STATE", Conflict, false, "The office has decided about this pack already.", "该规格包装的增补申请已作出决定。";
    PayeeInvalid, "PAYEE_INVALID", Invalid, false, "A payee account has a bank code of 12 digits and an account number of 6 to 32 digits.", "收款账户须填写12位开户行行号和6至32位账号。";
    PayeeMissing, "PAYEE_MISSING", Conflict, false, "An enterprise to be paid has named no account.", "待付款企业尚未登记收款账户。";
    PayingAccountMissing, "PAYING_ACCOUNT_MISSING", Conflict, false, "The book has no account to pay from.", "该账套尚未登记支出户。";
    PaymentBatchState, "PAYMENT_BATCH_STATE", Conflict, false, "The state of the payment batch does not allow this.", "付款批次当前状态不允许此操作。";
    PaymentStandardInvalid, "PAYMENT_STANDARD_INVALID", Invalid, false, "A field of the payment standard is missing or not what it should be.", "医保支付标准有字段缺失或不符合要求。";
    PaymentStandardState, "PAYMENT_STANDARD_STATE", Conflict, false, "The state of the payment standards does not allow this.", "该批医保支付标准当前状态不允许此操作。";
    PaymentStandardUnknown, "PAYMENT_STANDARD_UNKNOWN", Conflict, false, "No payment standard of this item holds in this region on this day.", "该产品在该地区当日没有医保支付标准。";
    PaymentState, "PAYMENT_STATE", Conflict, false, "The state of the payment does not allow this.", "付款单当前状态不允许此操作。";
    PermissionInvalid, "PERMISSION_INVALID", Invalid, false, "A client of this role needs at least one permission and may not have this one.", "该角色的客户端须至少有一项权限，且不得拥有此项权限。";
    PrepaymentTooLow, "PREPAYMENT_TOO_LOW", Conflict, false, "A prepayment is no less than its share of the year's contracted amount.", "预付金额不得低于年度合同采购金额的规定比例。";
    PriceInvalid, "PRICE_INVALID", Invalid, false, "A price is a number of yuan above zero.", "价格须为大于零的元数。";
    PriceReportInvalid, "PRICE_REPORT_INVALID", Invalid, false, "A field of the reported price is missing or not what it should be.", "所报价格有字段缺失或不符合要求。";
    PriceScopeMissing, "PRICE_SCOPE_MISSING", Invalid, false, "Prices are asked for by an item or by a group that the registry tells of it.", "须按品种或编码库可确定的可比组查询价格。";
    PriceShareState, "PRICE_SHARE_STATE", Conflict, false, "The region shares its prices with this one already, or does not.", "该地区已向对方共享价格，或未共享价格。";
    PriceTicketState, "PRICE_TICKET_STATE", Conflict, false, "The doubt about this price is settled already.", "该价格核对事项已处理。";
    PriceUnknown, "PRICE_UNKNOWN", Conflict, false, "No price of the product is known, so that it cannot be ordered.", "该产品价格未公布，无法下单。";
    ProductsInvalid, "PRODUCTS_INVALID", Invalid, false, "The products of the application contradict each other, the round or its rule set.", "申报产品之间、与本轮公告或规则集相矛盾。";
    PriceAboveListed, "PRICE_ABOVE_LISTED", Conflict, false, "A negotiated price is at or below the listed one.", "议价不得高于挂网价。";
    ProductBlockState, "PRODUCT_BLOCK_STATE", Conflict, false, "The product is blocked like this already, or the block is not there to be lifted by this side.", "该产品已有同类停采措施，或该措施不能由本方解除。";
    PriceAboveRelation, "PRICE_ABOVE_RELATION", Conflict, false, "The price of an added pack is not above what the price relation gives it.", "增补规格包装的价格不得高于按差比价规则计算的价格。";
    PriceAboveSelected, "PRICE_ABOVE_SELECTED", Conflict, false, "No price rises above the selected price.", "价格不得高于中选价格。";
    QualificationExists, "QUALIFICATION_EXISTS", Conflict, false, "Your organization already has an application to this round. Read it and change that one.", "贵机构已有本轮申报，请读取后在原申报上修改。";
    QualificationState, "QUALIFICATION_STATE", Conflict, false, "The application's state does not allow this.", "该申报当前状态不允许此操作。";
    QualificationUndecided, "QUALIFICATION_UNDECIDED", Conflict, false, "An applicant is approved with at least one approved product, and with every product approved or rejected.", "须至少有一个产品审核通过，且其余产品均已通过或不予通过，方可通过申报企业。";
    ProposalState, "PROPOSAL_STATE", Conflict, false, "The proposal was decided or withdrawn already.", "该申请已作出决定或已撤回。";
    PublicKeyInvalid, "PUBLIC_KEY_INVALID", Invalid, false, "Not a public line as jicai keygen prints it.", "不是 jicai keygen 输出的公钥行。";
    PublicKeyTaken, "PUBLIC_KEY_TAKEN", Conflict, false, "This key was registered before. Make a new one.", "该公钥已登记过，请生成新的密钥。";
    QuantityInvalid, "QUANTITY_INVALID", Invalid, false, "Quantities are whole packs; nothing is rounded.", "数量须为整包装，不作四舍五入。";
    QueryInvalid, "QUERY_INVALID", Invalid, false, "The query does not fit the schema.", "查询与接口定义不符。";
    QueryTooDeep, "QUERY_TOO_DEEP", Limited, false, "The query is nested too deeply.", "查询嵌套过深。";
    QueryTooComplex, "QUERY_TOO_COMPLEX", Limited, false, "The query asks for too much at once.", "查询过于复杂。";
    RateLimited, "RATE_LIMITED", Limited, true, "Too many requests. Wait as many seconds as retryAfter says.", "请求过于频繁，请等待 retryAfter 所示秒数后重试。";
    RatioTooHigh, "RATIO_TOO_HIGH", Invalid, false, "The ratio is above what the rules allow.", "比例高于规则允许的上限。";
    RationExceeded, "RATION_EXCEEDED", Conflict, false, "The product is rationed, and no more is left for this institution.", "该产品限量供应，本机构可采购数量不足。";
    RationingState, "RATIONING_STATE", Conflict, false, "The product is rationed in this region already, or not any more.", "该产品在本地区已实行限量供应，或限量供应已结束。";
    ReasonMissing, "REASON_MISSING", Invalid, false, "A reason of 1 to 1000 characters is required.", "须填写1至1000个字符的理由。";
    RegionInvalid, "REGION_INVALID", Invalid, false, "Not a region code (GB/T 2260).", "行政区划代码不正确（GB/T 2260）。";
    RegionUnknown, "REGION_UNKNOWN", Invalid, false, "The region code is not in the region tree.", "行政区划代码不在区划表中。";
    RelationExists, "RELATION_EXISTS", Conflict, false, "Such a distribution relation is proposed or accepted already.", "相同的配送关系已提出或已建立。";
    RelationInvalid, "RELATION_INVALID", Invalid, false, "A distribution relation is for an approved distributor, a city or a county, goods of the own organization and days from today on.", "配送关系须指向已审核的配送企业、地市或县区、本企业产品，生效日期不得早于当日。";
    RelationState, "RELATION_STATE", Conflict, false, "The state of the distribution relation does not allow this.", "配送关系当前状态不允许此操作。";
    ReleaseCodeConflict, "RELEASE_CODE_CONFLICT", Conflict, false, "The code names an item that was replaced or withdrawn, or that another row of the release names too.", "该编码对应的品种已被替代或撤销，或本版本另有一行指向同一品种。";
    ReleaseCodeInvalid, "RELEASE_CODE_INVALID", Invalid, false, "The code of the row is not well formed.", "该行编码格式不正确。";
    ReleaseCodeKind, "RELEASE_CODE_KIND", Invalid, false, "The code is of a kind that names no item of a release.", "该行编码的种类不属于目录品种编码。";
    ReleaseCodeRepeated, "RELEASE_CODE_REPEATED", Conflict, false, "The code stands in more than one row; of rows that say the same one is taken.", "同一编码出现在多行；内容相同的只取一行。";
    ReleaseCodeReused, "RELEASE_CODE_REUSED", Conflict, false, "The code named something else before, and codes are never given again.", "该编码曾用于其他品种，编码不得重复使用。";
    ReleaseInvalid, "RELEASE_INVALID", Invalid, false, "A release needs a source, a label that the source has not used, a cut-off day and a note on its licence.", "目录版本须注明来源、该来源未用过的版本号、数据截止日和许可说明。";
    ReleaseRowInvalid, "RELEASE_ROW_INVALID", Invalid, false, "A field of the row is missing or not what it should be.", "该行有字段缺失或不符合要求。";
    ReleaseState, "RELEASE_STATE", Conflict, false, "The state of the release does not allow this, or another one is being published.", "目录版本当前状态不允许此操作，或另有版本正在发布。";
    RenewalTooLow, "RENEWAL_TOO_LOW", Conflict, false, "The renewed volume is below what the rules require of it.", "续签的约定采购量低于规则要求。";
    RequestInvalid, "REQUEST_INVALID", Invalid, false, "The request is not a GraphQL request in JSON.", "请求不是JSON格式的GraphQL请求。";
    ResultInvalid, "RESULT_INVALID", Invalid, false, "These products cannot be an official result.", "这些产品不能作为中选结果。";
    ReturnExceeds, "RETURN_EXCEEDS", Invalid, false, "More packs than were taken and not returned.", "退货数量超过已验收未退数量。";
    RoleInvalid, "ROLE_INVALID", Invalid, false, "An organization of this type has no such role.", "该类机构没有此角色。";
    RoundClosed, "ROUND_CLOSED", Conflict, false, "The round does not accept this at this time.", "本轮此时不受理该事项。";
    RoundKeyMissing, "ROUND_KEY_MISSING", Conflict, false, "The round's key is not published yet.", "本轮公钥尚未公布。";
    RoundKeyPublished, "ROUND_KEY_PUBLISHED", Conflict, false, "The round's key is published, and bids may have been sealed to it.", "本轮公钥已公布，可能已有企业据此密封报价。";
    RoundNeeded, "ROUND_NEEDED", Invalid, false, "This table is brought in for a round; name it in the query.", "导入该表须在查询参数中指明轮次。";
    RoundDocuments, "ROUND_DOCUMENTS", Limited, false, "A round has at most 50 documents.", "每轮采购最多50份文件。";
    RoundState, "ROUND_STATE", Conflict, false, "The round's state does not allow this.", "本轮当前状态不允许此操作。";
    RowTooWide, "ROW_TOO_WIDE", Invalid, false, "The row has more fields than the header.", "该行的字段多于表头。";
    RulesInvalid, "RULES_INVALID", Invalid, false, "The rule set is unknown or has faults.", "规则集不存在或有错误。";
    SavingsCounted, "SAVINGS_COUNTED", Conflict, false, "Retained savings of this contract and hospital are prepared or posted already.", "该医疗机构本合同的结余留用已提请或已入账。";
    SealInvalid, "SEAL_INVALID", Invalid, false, "Not a seal of this organization over this document.", "不是本机构对该文件的有效签章。";
    SecondPersonNeeded, "SECOND_PERSON_NEEDED", Forbidden, false, "Another person than the one who proposed it has to decide this.", "须由提出人以外的另一人决定。";
    SelfReview, "SELF_REVIEW", Forbidden, false, "Nobody reviews their own organization.", "不得审核本机构。";
    SettledDirectly, "SETTLED_DIRECTLY", Conflict, false, "A statement asks the fund for these goods: they are not paid outside direct settlement.", "该批货款已纳入直接结算单，不得再自行支付。";
    ShareInvalid, "SHARE_INVALID", Invalid, false, "This cannot be read as a share for this round, under the key that the platform opens shares with.", "无法读取为本轮以平台开标公钥加密的密钥份额。";
    ShareWrong, "SHARE_WRONG", Invalid, false, "This is not the share that was published for the named custodian.", "与所列密钥保管人已公布的份额摘要不一致。";
    ShipmentExceeds, "SHIPMENT_EXCEEDS", Invalid, false, "More packs than were confirmed and not sent.", "配送数量超过已确认未配送数量。";
    SplitInvalid, "SPLIT_INVALID", Invalid, false, "The parts name each institution once and add up to the main contract.", "各机构须各列一次，且合计等于总合同约定量。";
    StaleVersion, "STALE_VERSION", Conflict, false, "Someone changed it since you read it. Read it again.", "数据已被他人修改，请重新读取。";
    StatementExists, "STATEMENT_EXISTS", Conflict, false, "There is a settlement statement for this month, hospital, area and scheme already.", "该月份、医疗机构、统筹区和险种的结算单已存在。";
    StatementState, "STATEMENT_STATE", Conflict, false, "The state of the settlement statement does not allow this.", "结算单当前状态不允许此操作。";
    SubscriptionLimit, "SUBSCRIPTION_LIMIT", Limited, false, "Too many subscriptions on one connection.", "单个连接上的订阅过多。";
    SupplierNotSelected, "SUPPLIER_NOT_SELECTED", Conflict, false, "This supplier is not selected here, or no longer.", "该企业未在此中选，或已不再具有中选资格。";
    SupplyMinutesInvalid, "SUPPLY_MINUTES_INVALID", Invalid, false, "A turn lasts 1 to 1440 minutes.", "每次选择限时须为1至1440分钟。";
    SupplyNotYourTurn, "SUPPLY_NOT_YOUR_TURN", Conflict, false, "This turn is not yours, or it is over.", "当前未轮到贵企业选择，或该次选择已结束。";
    SupplyRegionInvalid, "SUPPLY_REGION_INVALID", Invalid, false, "The region cannot be chosen in this turn.", "本次不可选择该地区。";
    SupplyRegionTaken, "SUPPLY_REGION_TAKEN", Conflict, false, "The region was chosen already.", "该地区已被选定。";
    TermInvalid, "TERM_INVALID", Invalid, false, "The term of the contracts has no such days.", "协议期的起止日期不正确。";
    TieOrderInvalid, "TIE_ORDER_INVALID", Invalid, false, "An order of tied bids names each tied product of its lots once, and no other.", "排序须逐一列出相关竞价单元内的全部并列产品，且不得列入其他产品。";
    TieState, "TIE_STATE", Conflict, false, "The settlement of the tie was decided already.", "该并列处理已作出决定。";
    TokenExpired, "TOKEN_EXPIRED", Unauthenticated, false, "The access token has expired.", "访问令牌已过期。";
    TokenInvalid, "TOKEN_INVALID", Unauthenticated, false, "The token is not valid.", "令牌无效。";
    TotpState, "TOTP_STATE", Conflict, false, "The second factor is not in a state that allows this.", "双因素认证当前状态不允许此操作。";
    TotpWrong, "TOTP_WRONG", Invalid, false, "The one-time code is wrong.", "动态口令不正确。";
    Unauthenticated, "UNAUTHENTICATED", Unauthenticated, false, "Log in first.", "请先登录。";
    Unavailable, "UNAVAILABLE", Unavailable, true, "The service cannot answer now. Try again.", "服务暂不可用，请稍后重试。";
    UploadInvalid, "UPLOAD_INVALID", Invalid, false, "An upload is a whole file as the body, with its kind and name in the query.", "上传须以完整文件作为请求体，并在查询参数中给出文件种类和名称。";
    UserState, "USER_STATE", Conflict, false, "The user's state does not allow this.", "用户当前状态不允许此操作。";
    VolumeChangeInvalid, "VOLUME_CHANGE_INVALID", Invalid, false, "This moves no volume, or not from one place to another.", "该变更未在不同对象之间转移任何采购量。";
    VolumeChangeState, "VOLUME_CHANGE_STATE", Conflict, false, "The state of the application does not allow this.", "该申请当前状态不允许此操作。";
    VolumeShort, "VOLUME_SHORT", Conflict, false, "There is less volume than this that could move.", "可变更的采购量不足。";
    WebhookAddress, "WEBHOOK_ADDRESS", Invalid, false, "A webhook's address leads to the public internet, not to a private, local or reserved address.", "网络回调地址须为公网地址，不得为私有、本地或保留地址。";
    WebhookLimit, "WEBHOOK_LIMIT", Limited, false, "The organization has as many webhooks as it may have.", "本机构的网络回调数量已达上限。";
    WebhookState, "WEBHOOK_STATE", Conflict, false, "The webhook's state does not allow this.", "网络回调当前状态不允许此操作。";
    WebhookUndelivered, "WEBHOOK_UNDELIVERED", Unavailable, true, "The receiver did not accept the event.", "接收方未接收该事件。";
    WithdrawalState, "WITHDRAWAL_STATE", Conflict, false, "The withdrawal of this product is filed, or decided, or not filed yet.", "该产品的退出已提交、已决定，或尚未提交。";
    WebhookUrlInvalid, "WEBHOOK_URL_INVALID", Invalid, false, "A webhook's address begins with https:// and has at most 2000 characters, no user name and no fragment.", "网络回调地址须以https://开头，不超过2000个字符，且不含用户名和片段。";
}

/// A refusal that a client may see: a code, and where it helps the field and what would be allowed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The stable code.
    pub code: Code,
    /// The input field at fault.
    pub field: Option<&'static str>,
    /// Which of several lines of the input is at fault, from 1.
    pub line: Option<u32>,
    /// What would have been allowed.
    pub allowed: Option<String>,
    /// After how many seconds the same request may succeed.
    pub retry_after: Option<u64>,
}

impl Refusal {
    /// A refusal with nothing but its code.
    pub const fn of(code: Code) -> Self {
        Self { code, field: None, line: None, allowed: None, retry_after: None }
    }

    /// The same refusal, naming the input field at fault.
    #[must_use]
    pub fn at(self, field: &'static str) -> Self {
        Self { field: Some(field), ..self }
    }

    /// The same refusal, naming the line at fault by its place in the input, from 0.
    #[must_use]
    pub fn on_line(self, place: usize) -> Self {
        let line = u32::try_from(place.saturating_add(1)).ok();
        Self { line, ..self }
    }

    /// The same refusal, naming what would have been allowed.
    #[must_use]
    pub fn allowing(self, allowed: impl Into<String>) -> Self {
        Self { allowed: Some(allowed.into()), ..self }
    }

    /// The same refusal, naming after how long the request may succeed.
    #[must_use]
    pub fn after(self, wait: Duration) -> Self {
        let started = u64::from(wait.subsec_nanos() > 0);
        Self { retry_after: Some(wait.as_secs().saturating_add(started)), ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_distinct_and_spelled_like_constants() {
        let names: std::collections::BTreeSet<_> = Code::ALL.iter().map(|code| code.spec().name).collect();
        assert_eq!(names.len(), Code::ALL.len());
        assert!(names.iter().all(|name| name.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_')));
    }

    #[test]
    fn a_wait_is_told_in_whole_seconds_that_are_enough() {
        let told = |millis| Refusal::of(Code::RateLimited).after(Duration::from_millis(millis)).retry_after;
        assert_eq!([told(1), told(1000), told(1001)], [Some(1), Some(1), Some(2)]);
    }

    #[test]
    fn every_code_speaks_both_languages() {
        for code in Code::ALL {
            let spec = code.spec();
            assert!(spec.english.ends_with('.'), "{}", spec.name);
            assert!(spec.chinese.ends_with('。') && !spec.chinese.is_ascii(), "{}", spec.name);
        }
    }
}
