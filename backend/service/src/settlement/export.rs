//! The whole ledger as text: for hledger, and as a table. For whoever operates the platform.
use std::fmt::Write as _;

use jicai_domain::identity::RegionCode;
use jicai_domain::settlement::ledger::{Journal, Posted, Side};
use jicai_store::Page;
use jicai_store::settlement::journal::{Wanted, postings};
use jicai_store::settlement::reach_area;

use crate::app::App;
use crate::errors::Error;

/// Events that one transaction reads.
const AT_ONCE: u16 = 2_000;

/// The form of an export.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// A journal of hledger, with the balance asserted after every posting.
    Hledger,
    /// A row a side of a transfer, amounts in fen.
    Csv,
}

/// Every event in the order of posting, as text.
pub async fn export(app: &App, format: Format) -> Result<String, Error> {
    let mut posted: Vec<Posted> = Vec::new();
    let mut after = None;
    loop {
        let page = Page { first: AT_ONCE, after };
        let part = app
            .store
            .keep("export_ledger", async |tx| {
                reach_area(tx, RegionCode::NATION).await?;
                Ok::<_, Error>(postings(tx, &Wanted::default(), &page).await?)
            })
            .await?;
        after = part.rows.last().map(|(position, _)| *position).or(after);
        posted.extend(part.rows.into_iter().map(|(_, posted)| posted));
        if !part.more {
            break;
        }
    }
    match format {
        Format::Hledger => Ok(Journal::new(posted).to_string()),
        Format::Csv => table(&posted).map_err(|_full| Error::broken("the table could not be written")),
    }
}

fn table(posted: &[Posted]) -> Result<String, std::fmt::Error> {
    let mut text = String::from("event,day,area,scheme,kind,account,party,side,fen\n");
    for Posted { event, transfers } in posted {
        let (area, scheme, kind) = (event.book.area, event.book.scheme.label(), event.act.label());
        for transfer in transfers {
            for (account, side) in [(transfer.debit, Side::Debit), (transfer.credit, Side::Credit)] {
                let party = account.party().map(|party| party.to_string()).unwrap_or_default();
                let (label, side, fen) = (account.label(), side.label(), transfer.amount.fen());
                writeln!(
                    text,
                    "{},{},{area},{scheme},{kind},{label},{party},{side},{fen}",
                    event.id, event.day
                )?;
            }
        }
    }
    Ok(text)
}
