//! A row of a table of orders: a line of one. The third name of a column is the national interface's.
use crate::catalog::item::ItemNamed;
use crate::errors::{Code, Refusal};
use crate::identity::Reason;
use crate::ids::{AddedPackId, ContractId, FilingId, Id, ListingId, NegotiatedPriceId};
use crate::ordering::quantity::{parse_pack_units, parse_packs, parse_units};

/// The columns, each with the headers that name it.
pub(super) const COLUMNS: &[&[&str]] = &[
    &["采购单号", "order"],
    &["明细序号", "line", "fixmedins_bchno"],
    &["最小单位数", "pack units"],
    &["数量", "packs", "purc_retn_cnt"],
    &["采购依据", "basis"],
    &["医保编码", "item code", "med_list_codg"],
    &["增补规格", "added pack"],
    &["最小单位总数", "units"],
    &["应急原因", "emergency"],
    &["统一社会信用代码", "credit code"],
];

/// So many of the last may be missing.
pub(super) const OPTIONAL: usize = 6;

/// What a row is ordered on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OrderBasis {
    /// A contract, in a pack of its product or in one that was added.
    Contract(ContractId, Option<AddedPackId>),
    /// A listing; in an emergency, with why it is one.
    Listing(ListingId, Option<Reason>),
    /// A negotiated price.
    Negotiated(NegotiatedPriceId),
    /// A filing.
    Filing(FilingId),
    /// Whatever the institution orders that item on.
    Item(ItemNamed),
}

/// A line of an order as one row tells of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportedOrderLine {
    /// The institution's own number of the order.
    pub number: String,
    /// Its own number of the line in it.
    pub row: String,
    /// What it is ordered on.
    pub basis: OrderBasis,
    /// Smallest units in a pack.
    pub pack_units: u64,
    /// How many packs.
    pub packs: u64,
    /// The same in smallest units, where it is said.
    pub units: Option<u64>,
    /// The institution, where it is not the one that brings the table in.
    pub credit_code: Option<String>,
}

impl ImportedOrderLine {
    /// What it orders, in words that are the same for the same.
    pub fn words(&self) -> String {
        let basis = match &self.basis {
            OrderBasis::Contract(contract, added) => {
                format!("{contract} {}", added.map(|pack| pack.to_string()).unwrap_or_default())
            }
            OrderBasis::Listing(listing, emergency) => {
                format!("{listing} {}", emergency.as_ref().map_or("", Reason::as_str))
            }
            OrderBasis::Negotiated(price) => price.to_string(),
            OrderBasis::Filing(filing) => filing.to_string(),
            OrderBasis::Item(named) => {
                named.keys().iter().map(|(kind, code)| format!("{} {code} ", kind.name())).collect()
            }
        };
        format!("{basis}|{}|{}", self.pack_units, self.packs)
    }
}

/// Reads the fields in the order of the columns. Errors: the first field's that is wrong.
pub fn read_order_line(fields: &[&str]) -> Result<ImportedOrderLine, Refusal> {
    let field = |at: usize| fields.get(at).copied().unwrap_or_default().trim();
    let given = |at: usize| Some(field(at)).filter(|text| !text.is_empty());
    let label = |at: usize, name: &'static str| {
        let fits = |text: &&str| text.chars().count() <= 100 && !text.chars().any(char::is_control);
        let wrong = || Refusal::of(Code::OrderInvalid).at(name).allowing("1 to 100 characters");
        given(at).filter(fits).map(str::to_owned).ok_or_else(wrong)
    };
    let units = given(7).map(parse_units).transpose();
    Ok(ImportedOrderLine {
        number: label(0, "order")?,
        row: label(1, "line")?,
        pack_units: parse_pack_units(field(2)).map_err(|refusal| refusal.at("packUnits"))?,
        packs: parse_packs(field(3)).map_err(|refusal| refusal.at("packs"))?,
        basis: basis([given(4), given(5), given(6), given(8)])?,
        units: units.map_err(|refusal| refusal.at("units"))?,
        credit_code: given(9).map(str::to_owned),
    })
}

/// What stands in the columns of the basis, the code, the added pack and the emergency.
fn basis([basis, code, added, emergency]: [Option<&str>; 4]) -> Result<OrderBasis, Refusal> {
    let added = added.map(AddedPackId::parse).transpose().map_err(|refusal| refusal.at("addedPack"))?;
    let emergency = emergency.map(Reason::parse).transpose().map_err(|refusal| refusal.at("emergency"))?;
    let wrong = || Refusal::of(Code::OrderBasis).at("basis");
    let at = |refusal: Refusal| refusal.at("basis");
    let prefix = |text: &str| text.split('_').next().unwrap_or_default().to_owned();
    match (basis, code, added, emergency) {
        (None, Some(code), None, None) => Ok(OrderBasis::Item(ItemNamed::code(code)?)),
        (Some(text), None, added, None) if prefix(text) == ContractId::PREFIX => {
            Ok(OrderBasis::Contract(ContractId::parse(text).map_err(at)?, added))
        }
        (Some(text), None, None, emergency) if prefix(text) == ListingId::PREFIX => {
            Ok(OrderBasis::Listing(ListingId::parse(text).map_err(at)?, emergency))
        }
        (Some(text), None, None, None) if prefix(text) == NegotiatedPriceId::PREFIX => {
            Ok(OrderBasis::Negotiated(NegotiatedPriceId::parse(text).map_err(at)?))
        }
        (Some(text), None, None, None) if prefix(text) == FilingId::PREFIX => {
            Ok(OrderBasis::Filing(FilingId::parse(text).map_err(at)?))
        }
        (Some(text), None, None, None) => Err(Refusal::of(Code::IdMalformed).at("basis").allowing(format!(
            "{}_, {}_, {}_ or {}_, not {text}",
            ContractId::PREFIX,
            ListingId::PREFIX,
            NegotiatedPriceId::PREFIX,
            FilingId::PREFIX
        ))),
        (_, _, _, _) => Err(wrong()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RIGHT: [&str; 10] = ["PO-7", "1", "24", "10", "", "86901110000020", "", "240", "", ""];

    #[test]
    fn a_row_is_a_line_and_says_what_is_wrong_with_it() {
        let read = read_order_line(&RIGHT).unwrap();
        assert_eq!(
            (read.number.as_str(), read.row.as_str(), read.packs, read.units),
            ("PO-7", "1", 10, Some(240))
        );
        assert!(matches!(read.basis, OrderBasis::Item(_)));
        let con = "con_00000000000000000000000000000001";
        let pck = "pck_00000000000000000000000000000002";
        let faults = [
            (vec![(0, "")], Code::OrderInvalid, "order"),
            (vec![(1, "\u{7}")], Code::OrderInvalid, "line"),
            (vec![(2, "0")], Code::QuantityInvalid, "packUnits"),
            (vec![(3, "100.002")], Code::QuantityInvalid, "packs"),
            (vec![(5, "")], Code::OrderBasis, "basis"),
            (vec![(4, con)], Code::OrderBasis, "basis"),
            (vec![(4, "acc_1"), (5, "")], Code::IdMalformed, "basis"),
            (vec![(4, "con_1"), (5, "")], Code::IdMalformed, "basis"),
            (vec![(6, pck)], Code::OrderBasis, "basis"),
            (vec![(4, con), (5, ""), (8, "抢救")], Code::OrderBasis, "basis"),
            (vec![(4, con), (5, ""), (6, "pck")], Code::IdMalformed, "addedPack"),
            (vec![(5, "86901110000021")], Code::ItemCodeInvalid, "itemCode"),
            (vec![(7, "10.5")], Code::QuantityInvalid, "units"),
        ];
        for (changes, code, field) in faults {
            let mut row = RIGHT;
            for (at, text) in &changes {
                row[*at] = text;
            }
            let refusal = read_order_line(&row).unwrap_err();
            assert_eq!((refusal.code, refusal.field), (code, Some(field)), "{changes:?}");
        }
        let mut row = RIGHT;
        (row[4], row[5], row[6]) = (con, "", pck);
        assert!(matches!(read_order_line(&row).unwrap().basis, OrderBasis::Contract(_, Some(_))));
        (row[4], row[6], row[8]) = ("lst_00000000000000000000000000000001", "", "抢救");
        assert!(matches!(read_order_line(&row).unwrap().basis, OrderBasis::Listing(_, Some(_))));
    }

    #[test]
    fn the_same_words_are_the_same_order() {
        let words = |at: usize, text: &'static str| {
            let mut row = RIGHT;
            row[at] = text;
            read_order_line(&row).unwrap().words()
        };
        assert_eq!(words(7, ""), words(0, "PO-8"));
        assert_ne!(words(3, "11"), words(7, ""));
        assert_ne!(words(2, "12"), words(7, ""));
    }
}
