//! Receipts: what the platform says it received, signed.
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use jicai_domain::audit::merkle::Hash;
use serde::{Deserialize, Serialize};

use crate::canonical::{self, Form, SignatureId, digits};
use crate::errors::{SealError, What};

/// What happened to a bid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ReceiptKind {
    /// It was sealed: submitted, or put in place of the one before.
    Sealed,
    /// It was withdrawn.
    Withdrawn,
}

/// What the platform received.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Receipt {
    /// What happened.
    pub kind: ReceiptKind,
    /// The round.
    pub round: String,
    /// The bidder's organization.
    pub bidder: String,
    /// The bid.
    pub bid: String,
    /// Which submission of it.
    pub version: u32,
    /// SHA-256 over nonce and bid.
    #[serde(with = "digits")]
    pub commitment: Hash,
    /// SHA-256 over the ciphertext.
    #[serde(with = "digits")]
    pub ciphertext_sha256: Hash,
    /// When, by the platform's clock: UTC, as RFC 3339 has it, with microseconds.
    pub received_at: String,
}

impl Form for Receipt {
    const FORMAT: &'static str = "jicai-receipt/1";
    const WHAT: What = What::Receipt;
}

impl Receipt {
    /// The bytes that are signed.
    pub fn to_canonical(&self) -> String {
        canonical::write(self)
    }

    /// Reads a receipt without its signature. Errors: `SEAL_MALFORMED`.
    pub fn parse(text: &str) -> Result<Self, SealError> {
        canonical::read(text)
    }
}

/// A receipt as the bidder keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedReceipt {
    receipt: Nested,
    algorithm: SignatureId,
    #[serde(with = "digits")]
    signature: [u8; 64],
}

/// A receipt inside another form, which names its own form too.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Nested {
    format: String,
    #[serde(flatten)]
    receipt: Receipt,
}

impl Form for SignedReceipt {
    const FORMAT: &'static str = "jicai-signed-receipt/1";
    const WHAT: What = What::Receipt;
}

impl SignedReceipt {
    /// Signs a receipt with the platform's log key.
    pub fn sign(receipt: Receipt, key: &SigningKey) -> Self {
        let signature = key.sign(receipt.to_canonical().as_bytes()).to_bytes();
        Self {
            receipt: Nested { format: Receipt::FORMAT.to_owned(), receipt },
            algorithm: SignatureId,
            signature,
        }
    }

    /// The text of its file.
    pub fn to_canonical(&self) -> String {
        canonical::write(self)
    }

    /// Reads its file. Errors: `SEAL_MALFORMED`.
    pub fn parse(text: &str) -> Result<Self, SealError> {
        let signed: Self = canonical::read(text)?;
        let whole = signed.receipt.format == Receipt::FORMAT;
        if whole { Ok(signed) } else { Err(SealError::Malformed(What::Receipt)) }
    }

    /// What it says, once the signature holds. Errors: `SEAL_RECEIPT_SIGNATURE`.
    pub fn verify(&self, key: &[u8; 32]) -> Result<&Receipt, SealError> {
        let signature = Signature::from_bytes(&self.signature);
        let receipt = &self.receipt.receipt;
        let verified = VerifyingKey::from_bytes(key)
            .and_then(|key| key.verify_strict(receipt.to_canonical().as_bytes(), &signature));
        verified.map(|()| receipt).map_err(|_why| SealError::ReceiptSignature)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn receipt() -> Receipt {
        Receipt {
            kind: ReceiptKind::Withdrawn,
            round: "rnd_1".to_owned(),
            bidder: "org_1".to_owned(),
            bid: "bid_1".to_owned(),
            version: 2,
            commitment: [0xab; 32],
            ciphertext_sha256: [0xcd; 32],
            received_at: "2026-11-22T03:00:00.000001Z".to_owned(),
        }
    }

    #[test]
    fn the_canonical_bytes_of_version_1_are_frozen() {
        let (commitment, digest) = ("ab".repeat(32), "cd".repeat(32));
        let expected = format!(
            r#"{{"format":"jicai-receipt/1","kind":"WITHDRAWN","round":"rnd_1","bidder":"org_1","bid":"bid_1","version":2,"commitment":"{commitment}","ciphertextSha256":"{digest}","receivedAt":"2026-11-22T03:00:00.000001Z"}}"#
        );
        assert_eq!(receipt().to_canonical(), expected);
        assert_eq!(Receipt::parse(&expected), Ok(receipt()));
    }

    #[test]
    fn a_receipt_is_verified_offline_and_a_changed_one_is_not() {
        let key = SigningKey::from_bytes(&[7; 32]);
        let public = key.verifying_key().to_bytes();
        let text = SignedReceipt::sign(receipt(), &key).to_canonical();
        assert_eq!(SignedReceipt::parse(&text).unwrap().verify(&public), Ok(&receipt()));
        let verified = |text: &str, key: &[u8; 32]| SignedReceipt::parse(text)?.verify(key).map(|_| ());
        assert_eq!(verified(&text, &[7; 32]), Err(SealError::ReceiptSignature));
        let changed = text.replace("03:00:00.000001", "02:59:59.999999");
        assert_eq!(verified(&changed, &public), Err(SealError::ReceiptSignature));
        for bad in
            [text.replace("receipt/1", "receipt/2"), text.replace("WITHDRAWN", "KEPT"), format!("{text}x")]
        {
            assert_eq!(verified(&bad, &public), Err(SealError::Malformed(What::Receipt)), "{bad}");
        }
    }
}
