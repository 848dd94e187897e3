//! What can be wrong with keys, ceremonies, envelopes and receipts, and why an opened bid is void.
use std::fmt;

/// A thing that has a form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// A bid.
    Bid,
    /// A bidder's private file.
    BidKey,
    /// A bidder's public line.
    BidPublic,
    /// A ceremony.
    Ceremony,
    /// A custodian's signature of a ceremony.
    CeremonySignature,
    /// A contract or a part of one.
    Contract,
    /// A party's private file.
    ContractKey,
    /// A party's public line.
    ContractPublic,
    /// A party's seal.
    ContractSeal,
    /// A custodian's private file.
    CustodianKey,
    /// A custodian's public line.
    CustodianPublic,
    /// An envelope.
    Envelope,
    /// A public encryption key.
    Recipient,
    /// A share.
    Share,
    /// A share on its way to the platform.
    ShareEnvelope,
    /// A signed receipt.
    Receipt,
}

impl What {
    const fn named(self) -> (&'static str, &'static str) {
        match self {
            Self::Bid => ("a bid (jicai-bid/1)", "报价（jicai-bid/1）"),
            Self::BidKey => ("a bidder's private key (jicai-bid-key/1)", "投标企业私钥（jicai-bid-key/1）"),
            Self::BidPublic => (
                "a bidder's public line (jicai-bidder/1 Ed25519 …)",
                "投标企业公钥行（jicai-bidder/1 Ed25519 …）",
            ),
            Self::Ceremony => (
                "ceremony.json as the ceremony wrote it (jicai-ceremony/1)",
                "密钥仪式生成的 ceremony.json（jicai-ceremony/1）",
            ),
            Self::CeremonySignature => (
                "a custodian's signature (jicai-ceremony-signature/1)",
                "保管人签名（jicai-ceremony-signature/1）",
            ),
            Self::Contract => (
                "a contract as the platform gives it (jicai-contract/1, jicai-sub-contract/1)",
                "平台提供的合同文件（jicai-contract/1、jicai-sub-contract/1）",
            ),
            Self::ContractKey => {
                ("a party's private key (jicai-contract-key/1)", "合同签章私钥（jicai-contract-key/1）")
            }
            Self::ContractPublic => (
                "a party's public line (jicai-contract-party/1 Ed25519 …)",
                "合同签章公钥行（jicai-contract-party/1 Ed25519 …）",
            ),
            Self::ContractSeal => {
                ("a party's seal (jicai-contract-seal/1)", "合同签章（jicai-contract-seal/1）")
            }
            Self::CustodianKey => {
                ("a custodian's private key (jicai-custodian-key/1)", "保管人私钥（jicai-custodian-key/1）")
            }
            Self::CustodianPublic => (
                "a custodian's public line (jicai-custodian/1 Ed25519 … age-X25519 age1…)",
                "保管人公钥行（jicai-custodian/1 Ed25519 … age-X25519 age1…）",
            ),
            Self::Envelope => ("a sealed envelope (jicai-envelope/1)", "密封报价文件（jicai-envelope/1）"),
            Self::Recipient => ("an age public key (age1…)", "age 公钥（age1…）"),
            Self::Share => ("a share (jicai-share/1)", "密钥份额（jicai-share/1）"),
            Self::ShareEnvelope => (
                "a share under the opening key (jicai-share-envelope/1)",
                "以开标公钥加密的份额（jicai-share-envelope/1）",
            ),
            Self::Receipt => {
                ("a signed receipt (jicai-signed-receipt/1)", "签名回执（jicai-signed-receipt/1）")
            }
        }
    }
}

/// Why something cannot be done with a key, a ceremony, an envelope or a receipt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SealError {
    /// It does not have the form it should have.
    Malformed(What),
    /// The threshold is below 2 or above the number of custodians, or there are too many custodians.
    Threshold,
    /// A custodian, or a key of one, is named twice.
    CustodianTwice,
    /// The bytes cannot be opened with this key.
    NotOpened,
    /// The key is of nobody who holds a share of this ceremony.
    NotACustodian,
    /// The share of that position is not the one that the ceremony published.
    ShareMismatch(u8),
    /// Fewer shares than the threshold.
    TooFewShares,
    /// The shares do not give the published key.
    SharesDisagree,
    /// The custodian of that position has not signed the ceremony.
    Unsigned(u8),
    /// The signature of that position is not its custodian's, or is of other bytes.
    SignatureWrong(u8),
    /// The custodian of that position is none of those who are trusted.
    NotPinned(u8),
    /// Two lines are about one product.
    ProductTwice,
    /// There is no line.
    NoLines,
    /// The signed bid is longer than the round's envelopes.
    BidTooLong,
    /// The seal is not of that key over that document.
    ContractSignature,
    /// The receipt was not signed with this key.
    ReceiptSignature,
    /// The system gave no chance.
    Chance,
}

impl SealError {
    /// The stable code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Malformed(_) => "SEAL_MALFORMED",
            Self::Threshold => "SEAL_THRESHOLD",
            Self::CustodianTwice => "SEAL_CUSTODIAN_TWICE",
            Self::NotOpened => "SEAL_NOT_OPENED",
            Self::NotACustodian => "SEAL_NOT_A_CUSTODIAN",
            Self::ShareMismatch(_) => "SEAL_SHARE_MISMATCH",
            Self::TooFewShares => "SEAL_TOO_FEW_SHARES",
            Self::SharesDisagree => "SEAL_SHARES_DISAGREE",
            Self::Unsigned(_) => "SEAL_UNSIGNED",
            Self::SignatureWrong(_) => "SEAL_SIGNATURE_WRONG",
            Self::NotPinned(_) => "SEAL_NOT_PINNED",
            Self::ProductTwice => "SEAL_PRODUCT_TWICE",
            Self::NoLines => "SEAL_NO_LINES",
            Self::BidTooLong => "SEAL_BID_TOO_LONG",
            Self::ContractSignature => "SEAL_CONTRACT_SIGNATURE",
            Self::ReceiptSignature => "SEAL_RECEIPT_SIGNATURE",
            Self::Chance => "SEAL_CHANCE",
        }
    }

    /// What was expected, in English and Chinese.
    pub fn expected(self) -> (String, String) {
        let (english, chinese) = self.texts();
        let position = self.position().map_or_else(String::new, |position| position.to_string());
        (english.replace("{}", &position), chinese.replace("{}", &position))
    }

    /// The place of the custodian whom it is about.
    pub const fn position(self) -> Option<u8> {
        match self {
            Self::ShareMismatch(position)
            | Self::Unsigned(position)
            | Self::SignatureWrong(position)
            | Self::NotPinned(position) => Some(position),
            Self::Malformed(_)
            | Self::Threshold
            | Self::CustodianTwice
            | Self::NotOpened
            | Self::NotACustodian
            | Self::TooFewShares
            | Self::SharesDisagree
            | Self::ProductTwice
            | Self::NoLines
            | Self::BidTooLong
            | Self::ContractSignature
            | Self::ReceiptSignature
            | Self::Chance => None,
        }
    }

    const fn texts(self) -> (&'static str, &'static str) {
        match self {
            Self::Malformed(what) => what.named(),
            Self::Threshold => (
                "a threshold from 2 to the number of custodians, at most 15 of them",
                "门限不小于 2 且不大于保管人数，保管人不超过 15 位",
            ),
            Self::CustodianTwice => ("each custodian and each key once", "每位保管人及其密钥只出现一次"),
            Self::NotOpened => ("bytes that were encrypted to this key", "以本密钥加密的内容"),
            Self::NotACustodian => {
                ("a ceremony that names this key as a custodian", "列有本密钥为保管人的仪式文件")
            }
            Self::ShareMismatch(_) => (
                "the share of custodian {} whose digest was published",
                "与已公布摘要一致的第 {} 位保管人份额",
            ),
            Self::TooFewShares => ("as many different shares as the threshold", "不少于门限数的不同份额"),
            Self::SharesDisagree => {
                ("shares that together give the published key", "合成后与公布公钥一致的份额")
            }
            Self::Unsigned(_) => ("a signature of custodian {}", "第 {} 位保管人的签名"),
            Self::SignatureWrong(_) => {
                ("a signature of exactly this ceremony by custodian {}", "第 {} 位保管人对本仪式文件的签名")
            }
            Self::NotPinned(_) => {
                ("custodian {} among the trusted public lines", "第 {} 位保管人在受信公钥名单之中")
            }
            Self::ProductTwice => ("each product once", "每个产品只出现一次"),
            Self::NoLines => ("at least one line", "至少一行报价"),
            Self::BidTooLong => {
                ("a bid that fits into the round's envelope length", "不超过本轮密封长度的报价")
            }
            Self::ContractSignature => {
                ("a seal of that key over exactly this document", "以该公钥对本文件可验证的签章")
            }
            Self::ReceiptSignature => ("a receipt signed with that key", "以该公钥可验证的回执"),
            Self::Chance => ("random bytes from the system", "系统随机数"),
        }
    }
}

impl fmt::Display for SealError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (english, chinese) = self.expected();
        write!(f, "expected {english} / 应为：{chinese} [{}]", self.code())
    }
}

impl std::error::Error for SealError {}

/// Why an envelope holds no bid that counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum VoidReason {
    /// It cannot be decrypted with the round's key.
    NotDecrypted,
    /// Its content does not have the round's length.
    Length,
    /// Its content is not a signed bid in canonical form, or a value in it is out of bounds.
    Malformed,
    /// It was made for another round.
    OtherRound,
    /// It was made by another bidder.
    OtherBidder,
    /// It is another version than the one submitted.
    OtherVersion,
    /// The signature is not the bidder's.
    Signature,
    /// It is not what was committed to.
    Commitment,
}

impl VoidReason {
    /// Every reason.
    pub const ALL: [Self; 8] = [
        Self::NotDecrypted,
        Self::Length,
        Self::Malformed,
        Self::OtherRound,
        Self::OtherBidder,
        Self::OtherVersion,
        Self::Signature,
        Self::Commitment,
    ];

    /// The stable code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::NotDecrypted => "NOT_DECRYPTED",
            Self::Length => "LENGTH",
            Self::Malformed => "MALFORMED",
            Self::OtherRound => "OTHER_ROUND",
            Self::OtherBidder => "OTHER_BIDDER",
            Self::OtherVersion => "OTHER_VERSION",
            Self::Signature => "SIGNATURE",
            Self::Commitment => "COMMITMENT",
        }
    }

    /// What it says, in English and Chinese.
    pub const fn says(self) -> (&'static str, &'static str) {
        match self {
            Self::NotDecrypted => ("It cannot be decrypted with the round's key.", "无法用本轮密钥解密。"),
            Self::Length => ("Its content does not have the round's length.", "内容长度与本轮规定不符。"),
            Self::Malformed => ("Its content is not a signed bid.", "内容不是有效的签名报价。"),
            Self::OtherRound => ("It was made for another round.", "报价属于其他轮次。"),
            Self::OtherBidder => ("It was made by another bidder.", "报价由其他企业制作。"),
            Self::OtherVersion => {
                ("It is another version than the one submitted.", "报价版本与提交版本不符。")
            }
            Self::Signature => ("The signature is not the bidder's.", "签名不是该企业的签名。"),
            Self::Commitment => ("It is not what was committed to.", "内容与承诺值不符。"),
        }
    }
}
