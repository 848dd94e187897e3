//! Contracts: their documents in one form, the key that a party seals with, and its seal.
use std::fmt;

use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use jicai_domain::audit::hex;
use jicai_domain::audit::merkle::Hash;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::SIGNATURE;
use crate::canonical::{self, Form, SignatureId, digits};
use crate::errors::{SealError, What};
use crate::keys::{fresh_signing_key, seed_digits, signing_key, the_line, verifying_key};

const KEY: &str = "jicai-contract-key/1";
const PUBLIC: &str = "jicai-contract-party/1";

/// A main contract, as its parties seal it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ContractDocument {
    /// The contract.
    pub contract: String,
    /// The official result that it comes from.
    pub result: String,
    /// SHA-256 over the canonical form of that result.
    pub result_sha256: String,
    /// The procurement office.
    pub office: String,
    /// The number of the lot.
    pub lot: i32,
    /// The name of the lot.
    pub lot_name: String,
    /// The selected product.
    pub product: String,
    /// Its name.
    pub product_name: String,
    /// Its specification.
    pub spec: String,
    /// What it is in the registry; none where it names nothing there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub item: Option<ContractItem>,
    /// The smallest unit that the price counts.
    pub unit: String,
    /// The content of one unit and that of the lot's representative: the volume converts linearly by their ratio.
    pub content: Option<[String; 2]>,
    /// The selected enterprise.
    pub holder: String,
    /// Its name.
    pub holder_name: String,
    /// Its unified social credit code.
    pub holder_credit_code: String,
    /// The distributor.
    pub distributor: Option<String>,
    /// The region that is supplied.
    pub region: String,
    /// The agreement year.
    pub year: u32,
    /// Its first day.
    pub starts_on: String,
    /// Its last day.
    pub until: String,
    /// The price of a smallest unit, tax included; none where the source of the result does not tell it.
    pub price: Option<String>,
    /// What is agreed for the year, in units of the lot's representative: a floor, never a cap.
    pub volume: u64,
    /// How many institutions it is divided over.
    pub institutions: u64,
    /// SHA-256 over a line `<sub-contract> <institution> <volume>` for each institution, by institution.
    pub sub_contracts_sha256: String,
}

/// What a product is in the registry, with the code and the release that were used when it was entered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ContractItem {
    /// The kind of the code.
    pub system: String,
    /// The code.
    pub code: String,
    /// The item; none where the registry did not know the code.
    pub item: Option<String>,
    /// The release of the list that gave it the code.
    pub release: Option<i32>,
}

impl Form for ContractDocument {
    const FORMAT: &'static str = "jicai-contract/1";
    const WHAT: What = What::Contract;
}

/// An institution's part of a main contract, as the institution seals it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SubContractDocument {
    /// The sub-contract.
    pub sub_contract: String,
    /// The main contract.
    pub contract: String,
    /// SHA-256 over the main contract's document, which names product, price, firm and term.
    pub contract_sha256: String,
    /// The institution.
    pub institution: String,
    /// Its unified social credit code.
    pub institution_credit_code: String,
    /// What is agreed for it.
    pub volume: u64,
}

impl Form for SubContractDocument {
    const FORMAT: &'static str = "jicai-sub-contract/1";
    const WHAT: What = What::Contract;
}

/// A document that is sealed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sealable {
    /// A main contract.
    Main(Box<ContractDocument>),
    /// An institution's part.
    Sub(SubContractDocument),
}

impl Sealable {
    /// Reads either document. Errors: `SEAL_MALFORMED`.
    pub fn parse(text: &str) -> Result<Self, SealError> {
        let main = canonical::read(text).map(|main| Self::Main(Box::new(main)));
        main.or_else(|_other| canonical::read(text).map(Self::Sub))
    }

    /// The bytes that are sealed.
    pub fn to_canonical(&self) -> String {
        match self {
            Self::Main(document) => canonical::write(&**document),
            Self::Sub(document) => canonical::write(document),
        }
    }

    /// What it is a document of.
    pub fn subject(&self) -> &str {
        match self {
            Self::Main(document) => &document.contract,
            Self::Sub(document) => &document.sub_contract,
        }
    }
}

/// A party's private key, which seals contracts and nothing else.
pub struct ContractKey(SigningKey);

impl ContractKey {
    /// A new key. Errors: `SEAL_CHANCE`.
    pub fn generate() -> Result<Self, SealError> {
        fresh_signing_key().map(Self)
    }

    /// The text of the private file.
    pub fn to_file_text(&self) -> Zeroizing<String> {
        Zeroizing::new(format!(
            "# The private key that seals an organization's contracts. Whoever has it can seal in its name.\n\
             # {}\n{KEY} {SIGNATURE} {}\n",
            self.public(),
            *seed_digits(&self.0),
        ))
    }

    /// Reads a private file. Errors: `SEAL_MALFORMED`.
    pub fn parse(text: &str) -> Result<Self, SealError> {
        let malformed = SealError::Malformed(What::ContractKey);
        let words = the_line(text).ok_or(malformed)?;
        let [KEY, SIGNATURE, seed] = words.as_slice() else { return Err(malformed) };
        signing_key(seed).map(Self).ok_or(malformed)
    }

    /// What others may know.
    pub fn public(&self) -> ContractPublic {
        ContractPublic(self.0.verifying_key())
    }

    /// Seals a document as that party.
    pub fn seal(&self, document: &Sealable, party: &str) -> ContractSeal {
        let text = document.to_canonical();
        let mut seal = ContractSeal {
            subject: document.subject().to_owned(),
            document_sha256: Sha256::digest(text.as_bytes()).into(),
            party: party.to_owned(),
            algorithm: SignatureId,
            signature: [0; 64],
        };
        seal.signature = self.0.sign(&seal.message(&text)).to_bytes();
        seal
    }
}

/// What others know of a party's key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ContractPublic(VerifyingKey);

impl ContractPublic {
    /// Reads a public line. Errors: `SEAL_MALFORMED`.
    pub fn parse(text: &str) -> Result<Self, SealError> {
        let malformed = SealError::Malformed(What::ContractPublic);
        let words: Vec<&str> = text.trim().split(' ').collect();
        let [PUBLIC, SIGNATURE, key] = words.as_slice() else { return Err(malformed) };
        verifying_key(key).map(Self).ok_or(malformed)
    }
}

impl fmt::Display for ContractPublic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{PUBLIC} {SIGNATURE} {}", hex(self.0.as_bytes()))
    }
}

/// A party's seal over a document (电子签章).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ContractSeal {
    /// The contract or sub-contract.
    pub subject: String,
    /// SHA-256 over the document's bytes.
    #[serde(with = "digits")]
    pub document_sha256: Hash,
    /// The organization that seals.
    pub party: String,
    algorithm: SignatureId,
    #[serde(with = "digits")]
    signature: [u8; 64],
}

impl Form for ContractSeal {
    const FORMAT: &'static str = "jicai-contract-seal/1";
    const WHAT: What = What::ContractSeal;
}

impl ContractSeal {
    /// The text of its file.
    pub fn to_canonical(&self) -> String {
        canonical::write(self)
    }

    /// Reads its file. Errors: `SEAL_MALFORMED`.
    pub fn parse(text: &str) -> Result<Self, SealError> {
        canonical::read(text)
    }

    /// Whether that key sealed that document, every byte of it, as the party that the seal names. Errors: `SEAL_CONTRACT_SIGNATURE`.
    pub fn verify(&self, document: &Sealable, key: &ContractPublic) -> Result<(), SealError> {
        let text = document.to_canonical();
        let same = self.subject == document.subject()
            && self.document_sha256 == <Hash>::from(Sha256::digest(text.as_bytes()));
        let signature = Signature::from_bytes(&self.signature);
        let signed = same && key.0.verify_strict(&self.message(&text), &signature).is_ok();
        if signed { Ok(()) } else { Err(SealError::ContractSignature) }
    }

    /// The party, and the document whole.
    fn message(&self, text: &str) -> Vec<u8> {
        format!("{}\n{}\n{text}", Self::FORMAT, self.party).into_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document() -> Sealable {
        Sealable::Sub(SubContractDocument {
            sub_contract: "sub_1".to_owned(),
            contract: "con_1".to_owned(),
            contract_sha256: "00".to_owned(),
            institution: "org_1".to_owned(),
            institution_credit_code: "12".to_owned(),
            volume: 100,
        })
    }

    #[test]
    fn a_seal_holds_for_its_document_its_party_and_its_key_only() {
        let (key, other) = (ContractKey::generate().unwrap(), ContractKey::generate().unwrap());
        let seal = key.seal(&document(), "org_1");
        let read = ContractSeal::parse(&seal.to_canonical()).unwrap();
        assert_eq!(read.verify(&document(), &key.public()), Ok(()));
        assert_eq!(read.verify(&document(), &other.public()), Err(SealError::ContractSignature));
        let elsewhere = ContractSeal { party: "org_2".to_owned(), ..seal.clone() };
        assert_eq!(elsewhere.verify(&document(), &key.public()), Err(SealError::ContractSignature));
        let text = document().to_canonical();
        assert_eq!(Sealable::parse(&text).unwrap(), document());
        for at in 0..text.len() {
            let mut bytes = text.clone().into_bytes();
            bytes[at] ^= 1;
            let changed = String::from_utf8(bytes).ok().and_then(|text| Sealable::parse(&text).ok());
            let held = changed.is_some_and(|changed| seal.verify(&changed, &key.public()).is_ok());
            assert!(!held, "byte {at}");
        }
    }

    #[test]
    fn a_key_file_is_read_back() {
        let key = ContractKey::generate().unwrap();
        assert_eq!(ContractKey::parse(&key.to_file_text()).unwrap().public(), key.public());
        assert_eq!(ContractPublic::parse(&key.public().to_string()).unwrap(), key.public());
        let malformed = SealError::Malformed(What::ContractPublic);
        assert_eq!(ContractPublic::parse("jicai-bidder/1 Ed25519 00"), Err(malformed));
    }
}
