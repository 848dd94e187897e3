//! Sealed bids: bytes in, bytes out. No file, no network, no clock; chance comes from the system, through `chance.rs`.
//!
//! # The files
//!
//! Everything that is hashed or signed has one canonical form: JSON without white space, the fields in the order shown here, the first
//! one naming form and version. What is read is written again and must give the same bytes, so that nothing unknown, repeated or
//! written differently passes. A file may end with line breaks. Digits are lowercase hexadecimal, algorithms are named beside what they made.
//!
//! | what | form |
//! |---|---|
//! | a custodian's private file | `jicai-custodian-key/1 Ed25519 <seed> age-X25519 AGE-SECRET-KEY-1…` after comments that begin with `#` |
//! | a custodian's public line | `jicai-custodian/1 Ed25519 <key> age-X25519 age1…` |
//! | a bidder's private file | `jicai-bid-key/1 Ed25519 <seed>` after comments |
//! | a bidder's public line | `jicai-bidder/1 Ed25519 <key>` |
//! | a share, inside an age file for its custodian | `jicai-share/1 <round> <position> <value>`; its SHA-256 is what the ceremony publishes |
//! | a share on its way to the platform | `{"format":"jicai-share-envelope/1","round":…,"position":…,"algorithm":"age-X25519","ciphertext":<base64>}` |
//! | the ceremony | `{"format":"jicai-ceremony/1","round":…,"algorithm":"age-X25519","recipient":"age1…","sharing":"Shamir-GF256","threshold":k,"custodians":[{"position":1,"public":<public line>,"shareSha256":…}…]}` |
//! | a custodian's signature | `{"format":"jicai-ceremony-signature/1","ceremonySha256":…,"position":…,"algorithm":"Ed25519","signature":…}`, over the ceremony's bytes |
//! | a bid | `{"format":"jicai-bid/1","round":…,"bidder":…,"version":…,"edition":…,"nonce":…,"lines":[{"product":…,"price":"12.5","units":24}…]}`, a line a product, by product; a price without zeros at its end |
//! | a signed bid | `{"format":"jicai-signed-bid/1","bid":<the bid>,"algorithm":"Ed25519","signature":…}` and spaces up to the round's length |
//! | an envelope | `{"format":"jicai-envelope/1","round":…,"bidder":…,"version":…,"commitment":…,"ciphertextSha256":…,"algorithm":"age-X25519","ciphertext":<base64>}` |
//! | a receipt | `{"format":"jicai-receipt/1","kind":"SEALED","round":…,"bidder":…,"bid":…,"version":…,"commitment":…,"ciphertextSha256":…,"receivedAt":…}` |
//! | a party's private file | `jicai-contract-key/1 Ed25519 <seed>` after comments |
//! | a party's public line | `jicai-contract-party/1 Ed25519 <key>` |
//! | a contract | `{"format":"jicai-contract/1","contract":…,"result":…,"resultSha256":…,…,"volume":100,"institutions":2,"subContractsSha256":…}` |
//! | an institution's part | `{"format":"jicai-sub-contract/1","subContract":…,"contract":…,"contractSha256":…,"institution":…,"institutionCreditCode":…,"volume":70}` |
//! | a party's seal | `{"format":"jicai-contract-seal/1","subject":…,"documentSha256":…,"party":…,"algorithm":"Ed25519","signature":…}`, over `jicai-contract-seal/1`, the party and the document's bytes, a line each |
//! | a signed receipt | `{"format":"jicai-signed-receipt/1","receipt":<the receipt>,"algorithm":"Ed25519","signature":…}` |
//!
//! The commitment of a bid is SHA-256 over its 32 nonce bytes and its canonical bytes.
//!
//! # What is wiped
//!
//! Private keys, shares, the round's identity and decrypted bytes are overwritten when they are dropped. Prices that were parsed out of
//! an opened bid are ordinary values: whoever opens bids is about to store them.
//!
//! # Why these libraries
//!
//! `age` is the format with a specification and independent implementations: an envelope can be opened without us. It
//! hides the recipient's key and adds an ignored header of chance length, so ciphertexts of one plaintext length differ a little, by chance only.
//! `vsss-rs` is released, was audited, and draws coefficients over the whole field; `sharks`, once the usual choice, did not and is no
//! longer kept, and `blahaj`, its successor, looks bytes up in tables.
mod bid;
mod boxes;
mod canonical;
mod ceremony;
mod chance;
mod contract;
mod errors;
mod keys;
mod opening;
mod receipt;
mod share;

pub use bid::{BidLine, BidPlain, ENVELOPE_OVERHEAD_MAX, Envelope, seal_bid};
pub use boxes::Recipient;
pub use ceremony::{
    Ceremony, CeremonyCustodian, CeremonySignature, SealedShare, hold_ceremony, verify_ceremony,
};
pub use contract::{
    ContractDocument, ContractItem, ContractKey, ContractPublic, ContractSeal, Sealable, SubContractDocument,
};
pub use errors::{SealError, VoidReason, What};
pub use keys::{BidKey, BidPublic, CustodianKey, CustodianPublic};
pub use opening::{Expected, OpeningKey, RoundIdentity};
pub use receipt::{Receipt, ReceiptKind, SignedReceipt};
pub use share::{Share, ShareEnvelope};

/// The id of the only signature there is today.
pub const SIGNATURE: &str = "Ed25519";
/// The id of the only encryption there is today.
pub const ENCRYPTION: &str = "age-X25519";
/// The id of the only way to share a key there is today.
pub const SHARING: &str = "Shamir-GF256";
