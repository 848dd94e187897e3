//! A bid, and how it is signed and sealed.
use jicai_domain::audit::merkle::Hash;
use jicai_domain::procurement::values::UNITS_MAX;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::boxes::Recipient;
use crate::canonical::{self, EncryptionId, Form, SignatureId, base64, digits};
use crate::chance;
use crate::errors::{SealError, VoidReason, What};
use crate::keys::{BidKey, BidPublic};

/// How much longer than its content an envelope may be: age's header, its part of chance length, and the tags.
pub const ENVELOPE_OVERHEAD_MAX: usize = 2_048;

/// What a bidder offers in a round. Has no `Debug`, so that no log shows it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BidPlain {
    round: String,
    bidder: String,
    version: u32,
    edition: u32,
    #[serde(with = "digits")]
    nonce: [u8; 32],
    lines: Vec<BidLine>,
}

/// One product at a price.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BidLine {
    /// The id of the qualified product.
    pub product: String,
    /// The price of a pack, yuan, tax included.
    #[serde(with = "price")]
    pub price: Decimal,
    /// Smallest units in a pack.
    pub units: u64,
}

/// A price in its shortest form.
mod price {
    use jicai_domain::procurement::values::parse_positive;
    use rust_decimal::Decimal;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(super) fn serialize<S: Serializer>(price: &Decimal, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&price.normalize())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Decimal, D::Error> {
        let text = String::deserialize(deserializer)?;
        parse_positive(&text).map_err(|_why| D::Error::custom("not a price"))
    }
}

impl Form for BidPlain {
    const FORMAT: &'static str = "jicai-bid/1";
    const WHAT: What = What::Bid;
}

impl BidPlain {
    /// A bid with a new nonce; its lines are put into their order. Errors: `SEAL_NO_LINES`, `SEAL_PRODUCT_TWICE`, `SEAL_MALFORMED`, `SEAL_CHANCE`.
    pub fn new(
        round: &str,
        bidder: &str,
        (version, edition): (u32, u32),
        mut lines: Vec<BidLine>,
    ) -> Result<Self, SealError> {
        lines.sort_by(|one, other| one.product.cmp(&other.product));
        let (round, bidder) = (round.to_owned(), bidder.to_owned());
        let bid = Self { round, bidder, version, edition, nonce: *chance::bytes()?, lines };
        bid.check()?;
        Ok(bid)
    }

    /// The bytes that are signed and committed to.
    pub fn to_canonical(&self) -> Zeroizing<String> {
        Zeroizing::new(canonical::write(self))
    }

    /// Reads a bid. Errors: `SEAL_MALFORMED`, `SEAL_NO_LINES`, `SEAL_PRODUCT_TWICE`.
    pub fn parse(text: &str) -> Result<Self, SealError> {
        let bid: Self = canonical::read(text)?;
        bid.check()?;
        Ok(bid)
    }

    fn check(&self) -> Result<(), SealError> {
        let mut pairs = self.lines.iter().zip(self.lines.iter().skip(1));
        if self.lines.is_empty() {
            Err(SealError::NoLines)
        } else if pairs.clone().any(|(one, next)| one.product == next.product) {
            Err(SealError::ProductTwice)
        } else if pairs.any(|(one, next)| one.product > next.product)
            || self.lines.iter().any(|line| !(1..=UNITS_MAX).contains(&line.units))
        {
            Err(SealError::Malformed(What::Bid))
        } else {
            Ok(())
        }
    }

    /// SHA-256 over the nonce and the canonical bytes.
    pub fn commitment(&self) -> Hash {
        Sha256::new().chain_update(self.nonce).chain_update(self.to_canonical().as_bytes()).finalize().into()
    }

    /// The round.
    pub fn round(&self) -> &str {
        &self.round
    }

    /// The bidder's organization.
    pub fn bidder(&self) -> &str {
        &self.bidder
    }

    /// Which submission of the bidder it is, from 1.
    pub fn version(&self) -> u32 {
        self.version
    }

    /// The edition of the announcement that the bidder had read.
    pub fn edition(&self) -> u32 {
        self.edition
    }

    /// The lines, by product.
    pub fn lines(&self) -> &[BidLine] {
        &self.lines
    }
}

/// A bid with its signature: what is inside an envelope before the padding.
#[derive(Serialize, Deserialize)]
struct SignedBid {
    bid: Nested,
    algorithm: SignatureId,
    #[serde(with = "digits")]
    signature: [u8; 64],
}

/// A bid inside another form, which names its own form too.
#[derive(Serialize, Deserialize)]
struct Nested {
    format: String,
    #[serde(flatten)]
    bid: BidPlain,
}

impl Form for SignedBid {
    const FORMAT: &'static str = "jicai-signed-bid/1";
    const WHAT: What = What::Bid;
}

/// A sealed bid as it is submitted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Envelope {
    /// The round.
    pub round: String,
    /// The bidder's organization.
    pub bidder: String,
    /// Which submission of the bidder it is, from 1.
    pub version: u32,
    /// SHA-256 over nonce and bid.
    #[serde(with = "digits")]
    pub commitment: Hash,
    /// SHA-256 over the ciphertext.
    #[serde(rename = "ciphertextSha256", with = "digits")]
    pub digest: Hash,
    algorithm: EncryptionId,
    /// The age file.
    #[serde(with = "base64")]
    pub ciphertext: Vec<u8>,
}

impl Form for Envelope {
    const FORMAT: &'static str = "jicai-envelope/1";
    const WHAT: What = What::Envelope;
}

impl Envelope {
    /// The text of its file, which is what `submitBid` takes.
    pub fn to_canonical(&self) -> String {
        canonical::write(self)
    }

    /// Reads an envelope. What it says of its inside is only known at the opening. Errors: `SEAL_MALFORMED`.
    pub fn parse(text: &str) -> Result<Self, SealError> {
        let envelope: Self = canonical::read(text)?;
        let digest: Hash = Sha256::digest(&envelope.ciphertext).into();
        if digest == envelope.digest { Ok(envelope) } else { Err(SealError::Malformed(What::Envelope)) }
    }
}

/// Signs a bid, pads it to the round's length and encrypts it to the round's key.
/// Errors: `SEAL_BID_TOO_LONG`, `SEAL_MALFORMED` where the round's key is of no use.
pub fn seal_bid(
    bid: &BidPlain,
    key: &BidKey,
    recipient: &Recipient,
    length: usize,
) -> Result<Envelope, SealError> {
    let signature = key.sign(bid.to_canonical().as_bytes());
    let nested = Nested { format: BidPlain::FORMAT.to_owned(), bid: bid.clone() };
    let signed = SignedBid { bid: nested, algorithm: SignatureId, signature };
    let text = Zeroizing::new(canonical::write(&signed));
    let mut plain = Zeroizing::new(Vec::with_capacity(length));
    if text.len() > length {
        return Err(SealError::BidTooLong);
    }
    plain.extend_from_slice(text.as_bytes());
    plain.resize(length, b' ');
    let ciphertext = recipient.seal(&plain)?;
    Ok(Envelope {
        round: bid.round.clone(),
        bidder: bid.bidder.clone(),
        version: bid.version,
        commitment: bid.commitment(),
        digest: Sha256::digest(&ciphertext).into(),
        algorithm: EncryptionId,
        ciphertext,
    })
}

/// The signed bid out of a padded plaintext, with its signature.
pub(crate) fn unpad(plain: &[u8]) -> Result<(BidPlain, [u8; 64]), VoidReason> {
    let text = std::str::from_utf8(plain).map_err(|_no_text| VoidReason::Malformed)?;
    let text = text.trim_end_matches(' ');
    let signed: SignedBid = canonical::read(text).map_err(|_why| VoidReason::Malformed)?;
    let Nested { format, bid } = signed.bid;
    let whole = format == BidPlain::FORMAT && !text.ends_with(['\n', '\r']) && bid.check().is_ok();
    if whole { Ok((bid, signed.signature)) } else { Err(VoidReason::Malformed) }
}

pub(crate) fn is_signed(bid: &BidPlain, signature: &[u8; 64], key: &BidPublic) -> bool {
    key.has_signed(bid.to_canonical().as_bytes(), signature)
}

#[cfg(test)]
mod tests {
    use age::x25519;
    use proptest::prelude::*;

    use super::*;

    fn line(product: &str, price: &str, units: u64) -> BidLine {
        BidLine { product: product.to_owned(), price: price.parse().unwrap(), units }
    }

    fn bid(lines: Vec<BidLine>) -> Result<BidPlain, SealError> {
        BidPlain::new("rnd_1", "org_1", (2, 1), lines)
    }

    fn recipient() -> Recipient {
        Recipient(x25519::Identity::generate().to_public())
    }

    #[test]
    fn the_canonical_bytes_of_version_1_are_frozen() {
        let lines = vec![line("prd_b", "0.50", 1), line("prd_a", "12.3400", 24)];
        let bid = BidPlain { nonce: [0xab; 32], ..bid(lines).unwrap() };
        let nonce = "ab".repeat(32);
        let expected = format!(
            r#"{{"format":"jicai-bid/1","round":"rnd_1","bidder":"org_1","version":2,"edition":1,"nonce":"{nonce}","lines":[{{"product":"prd_a","price":"12.34","units":24}},{{"product":"prd_b","price":"0.5","units":1}}]}}"#
        );
        assert_eq!(*bid.to_canonical(), expected);
        let committed: Hash = Sha256::digest([&[0xab; 32], expected.as_bytes()].concat()).into();
        assert_eq!(bid.commitment(), committed);
        assert!(BidPlain::parse(&expected).unwrap() == bid);
        for (from, to) in [
            ("12.34", "12.340"),
            ("12.34", "0"),
            ("12.34", "-1"),
            ("\"12.34\"", "12.34"),
            (":24", ":0"),
            (":24", ":1000000001"),
            (":24", ":2.4e1"),
            ("prd_a", "prd_c"),
            ("bid/1", "bid/2"),
            (":2,", ":-2,"),
            ("abab", "ABAB"),
        ] {
            let bad = expected.replacen(from, to, 1);
            assert!(BidPlain::parse(&bad).err() == Some(SealError::Malformed(What::Bid)), "{from} {to}");
        }
        assert!(BidPlain::parse(&expected.replace("prd_b", "prd_a")).err() == Some(SealError::ProductTwice));
    }

    #[test]
    fn a_bid_has_a_line_a_product_and_fits_into_the_length() {
        assert!(bid(Vec::new()).err() == Some(SealError::NoLines));
        assert!(bid(vec![line("a", "1", 1), line("a", "2", 1)]).err() == Some(SealError::ProductTwice));
        assert!(bid(vec![line("a", "1", 0)]).err() == Some(SealError::Malformed(What::Bid)));
        let (small, key) = (bid(vec![line("a", "1", 1)]).unwrap(), BidKey::generate().unwrap());
        assert_eq!(seal_bid(&small, &key, &recipient(), 64).err(), Some(SealError::BidTooLong));
    }

    #[test]
    fn an_envelope_is_read_back_and_a_changed_one_is_not() {
        let (bid, key) = (bid(vec![line("a", "1", 1)]).unwrap(), BidKey::generate().unwrap());
        let envelope = seal_bid(&bid, &key, &recipient(), 4096).unwrap();
        let text = envelope.to_canonical();
        assert_eq!(Envelope::parse(&text).unwrap(), envelope);
        assert_eq!(envelope.commitment, bid.commitment());
        for bad in [
            text.replace("age-X25519", "none"),
            text.replace("\"ciphertext\":\"", "\"ciphertext\":\"AAAA"),
            text[1..].to_owned(),
        ] {
            assert_eq!(Envelope::parse(&bad).err(), Some(SealError::Malformed(What::Envelope)));
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]
        #[test]
        fn the_length_of_an_envelope_tells_nothing_of_the_number_of_lines(number in 1_usize..100) {
            let lines = (0..number).map(|place| line(&format!("prd_{place:032x}"), "123456.78", 1_000)).collect();
            let key = BidKey::generate().unwrap();
            let envelope = seal_bid(&bid(lines).unwrap(), &key, &recipient(), 16_384).unwrap();
            // A header of chance length ends with `--- `, 43 digits of its code and a line break; then come 16 bytes of nonce
            // and, for up to 64 KiB, 16 of tag.
            let header = envelope.ciphertext.windows(4).position(|four| four == b"\n---").unwrap() + 49;
            prop_assert_eq!(envelope.ciphertext.len() - header, 16_384 + 16 + 16);
            prop_assert!(envelope.ciphertext.len() <= 16_384 + ENVELOPE_OVERHEAD_MAX);
        }
    }
}
