//! One registry of typed ids: a prefix on the wire, no conversion between kinds.
use crate::errors::{Code, Refusal};

/// What every typed id can do.
pub trait Id: Copy {
    /// The three letters before the underscore on the wire.
    const PREFIX: &'static str;
    /// The id of that number.
    fn from_number(number: u128) -> Self;
    /// The number behind the id (the 128 bits of a UUIDv7).
    fn number(self) -> u128;

    /// Reads `prefix_` and 32 hexadecimal digits. Errors: `ID_MALFORMED`.
    fn parse(text: &str) -> Result<Self, Refusal> {
        let malformed =
            || Refusal::of(Code::IdMalformed).allowing(format!("{}_ and 32 hex digits", Self::PREFIX));
        let digits =
            text.strip_prefix(Self::PREFIX).and_then(|rest| rest.strip_prefix('_')).ok_or_else(malformed)?;
        let lowercase = digits.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte));
        if digits.len() != 32 || !lowercase {
            return Err(malformed());
        }
        u128::from_str_radix(digits, 16).map(Self::from_number).map_err(|_digit| malformed())
    }
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident = $prefix:literal;)+) => {
        $(
            $(#[$doc])*
            #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
            pub struct $name(u128);

            impl Id for $name {
                const PREFIX: &'static str = $prefix;
                fn from_number(number: u128) -> Self {
                    Self(number)
                }
                fn number(self) -> u128 {
                    self.0
                }
            }

            impl std::fmt::Display for $name {
                fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                    write!(f, "{}_{:032x}", $prefix, self.0)
                }
            }
        )+

        /// Every prefix of the registry.
        pub const PREFIXES: &[&str] = &[$($prefix),+];
    };
}

ids! {
    /// What a hospital took of a delivery.
    AcceptanceId = "acc";
    /// A set of regions that buy together.
    AllianceId = "aln";
    /// A change of a price alert.
    AlertChangeId = "ach";
    /// What an organization is told of the price alerts of a day.
    AlertDigestId = "adg";
    /// What a bidder sealed for a round.
    BidId = "bid";
    /// A backup that supplies in the place of a product.
    BackupSupplyId = "bks";
    /// A key that a manufacturer signs its bids with.
    BidKeyId = "bky";
    /// A program of an organization, such as a hospital's information system.
    ClientId = "cli";
    /// A main contract: a selected product in a region.
    ContractId = "con";
    /// A key that a party seals its contracts with.
    ContractKeyId = "cky";
    /// The public half of a custodian's keys.
    CustodianKeyId = "cus";
    /// What an institution reports for a round.
    DemandFormId = "dem";
    /// One event for one webhook.
    DeliveryId = "dlv";
    /// Who distributes what of whom in a region.
    DistributionRelationId = "dst";
    /// What was shipped of a line of an order, of one batch.
    GoodsDeliveryId = "shp";
    /// What a hospital gave back of what it took.
    GoodsReturnId = "gdr";
    /// A stored file.
    DocumentId = "doc";
    /// An entry of the audit log.
    EntryId = "ent";
    /// What an institution files to buy although it is not listed.
    FilingId = "fil";
    /// A one-time right to set a password: an invitation or a reset.
    GrantId = "grt";
    /// A table of rows that somebody brings in.
    ImportId = "imp";
    /// A public code of an item.
    ItemCodeId = "icd";
    /// What contradicts itself in the registry.
    ItemConflictId = "icf";
    /// What a list says of an item, such as that it is an essential medicine.
    ItemFlagId = "ifl";
    /// A drug, consumable or reagent of the registry.
    ItemId = "itm";
    /// What somebody proposes to change in the registry.
    ItemProposalId = "prp";
    /// What was true of an item for a time, as it was known for a time.
    ItemVersionId = "itv";
    /// A piece of work that a change left to be done.
    JobId = "job";
    /// That an institution is settled for.
    DesignationId = "dsg";
    /// A maker's invoice to a distributor.
    FirstInvoiceId = "fin";
    /// A letter about what a hospital owes.
    ReceivableLetterId = "rlt";
    /// An invoice or a red-letter note.
    InvoiceId = "inv";
    /// Something that happened to the money of a book.
    LedgerEventId = "led";
    /// A licence of an organization.
    LicenceId = "lic";
    /// A product as it is listed in a region.
    ListingId = "lst";
    /// A label of a listing, or what stops its orders.
    ListingMarkId = "lmk";
    /// A price that a product is, was or should be listed at.
    ListingPriceId = "lpr";
    /// What is bid for: a competing unit of a round.
    LotId = "lot";
    /// A price of a listing that an institution and a firm agree on.
    NegotiatedPriceId = "neg";
    /// An official result, from which contracts come.
    OfficialResultId = "off";
    /// What an institution orders at once.
    OrderId = "ord";
    /// A line of an order.
    OrderLineId = "oln";
    /// A run of the monitors.
    MonitorRunId = "mrn";
    /// An organization.
    OrganizationId = "org";
    /// What the bank is told at once.
    PaymentBatchId = "bat";
    /// What the bank is told to pay.
    PaymentId = "pay";
    /// What the fund reckons with for an item from a day on.
    PaymentStandardId = "pst";
    /// Payment standards that are published together.
    PaymentStandardSetId = "pss";
    /// What a hospital paid an enterprise itself.
    OutsidePaymentId = "opy";
    /// A pack that is added to a selected product.
    AddedPackId = "pck";
    /// Prices that were taken together.
    PriceBatchId = "pbt";
    /// How an index of prices is made.
    PriceIndexId = "idx";
    /// A price that somebody reported or the platform saw.
    PriceObservationId = "pob";
    /// A region's leave for another one to see its prices.
    PriceShareId = "psh";
    /// A price that is in doubt for its unit.
    PriceTicketId = "ptk";
    /// What stops new orders of a selected product.
    ProductBlockId = "pbl";
    /// A price alert.
    PriceAlertId = "alt";
    /// A manufacturer's application to take part in a round.
    QualificationId = "qua";
    /// A scarce product's distribution over institutions.
    RationingId = "rat";
    /// A request, as the log and the client's error name it.
    RequestId = "req";
    /// A procurement round.
    RoundId = "rnd";
    /// A product that somebody applies to bid with in a round.
    RoundProductId = "prd";
    /// A product of an official result.
    SelectedProductId = "sel";
    /// A login that lasts until it ends or expires.
    SessionId = "ses";
    /// A key that signs the log.
    LogKeyId = "lky";
    /// An objection against a result.
    ObjectionId = "obj";
    /// A key that signs access tokens.
    SigningKeyId = "key";
    /// A specification of a lot.
    SpecId = "spc";
    /// What an enterprise asks to be paid for a month and a hospital.
    StatementId = "stm";
    /// A line of a settlement statement.
    StatementLineId = "stl";
    /// An institution's part of a main contract.
    SubContractId = "sub";
    /// How tied bidders of a lot are put in order.
    TieResolutionId = "tie";
    /// A person, or a clerk of an organization.
    UserId = "usr";
    /// What an institution asks to become of agreed volume.
    VolumeChangeId = "vch";
    /// A movement of agreed volume.
    VolumeEntryId = "vol";
    /// A product that leaves what it was selected for.
    WithdrawalId = "wdr";
    /// An endpoint that is told of events.
    WebhookId = "whk";
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_shown_is_read_back(number: u128) {
            let id = UserId::from_number(number);
            prop_assert_eq!(UserId::parse(&id.to_string()).unwrap(), id);
            prop_assert_eq!(OrganizationId::parse(&id.to_string()).unwrap_err().code, Code::IdMalformed);
        }
    }

    #[test]
    fn a_malformed_id_is_refused() {
        let good = UserId::from_number(7).to_string();
        for bad in [
            "",
            "usr_",
            "usr_7",
            &good.to_uppercase(),
            &format!("{good}0"),
            &good.replace('_', "-"),
            "usr_+0000000000000000000000000000007",
        ] {
            assert_eq!(UserId::parse(bad).unwrap_err().code, Code::IdMalformed, "{bad}");
        }
    }

    #[test]
    fn no_prefix_is_given_twice() {
        let distinct: std::collections::BTreeSet<_> = PREFIXES.iter().collect();
        assert_eq!(distinct.len(), PREFIXES.len());
    }
}
