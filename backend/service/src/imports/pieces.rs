//! The table of a document in pieces. A thread of its own reads it, never further ahead than two pieces.
use std::io::Read;
use std::ops::ControlFlow;

use futures_util::TryStreamExt;
use jicai_domain::documents::{Document, MediaType};
use jicai_sheets::{Charset, Decoded, Fault, Record, Table, each_csv};
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio_util::io::{StreamReader, SyncIoBridge};

use crate::app::App;
use crate::errors::Error;

/// Pieces that wait to be taken.
const AHEAD: usize = 2;

/// A part of a table.
pub(super) enum Piece {
    /// Its header.
    Header(Vec<String>),
    /// Some of its rows.
    Rows(Vec<Line>),
}

/// A row of a table.
pub(super) struct Line {
    /// Its line of the file.
    pub(super) number: u64,
    /// Its fields.
    pub(super) fields: Vec<String>,
}

/// The header, then the rows after the first `skip`, at most so many in a piece, then perhaps a fault.
pub(super) async fn pieces(
    app: &App,
    document: &Document,
    (skip, most): (u64, usize),
) -> Result<Receiver<Result<Piece, Fault>>, Error> {
    let (send, receive) = channel(AHEAD);
    let chunks = app.objects.read(document.id).await?;
    let reader = SyncIoBridge::new(StreamReader::new(chunks.map_err(std::io::Error::other)));
    let media_type = document.media_type;
    let mut hand = Hand { send, skip, most, begun: false, rows: Vec::new() };
    tokio::task::spawn_blocking(move || {
        let ended = read(reader, media_type, &mut hand);
        hand.end(ended);
    });
    Ok(receive)
}

fn read(mut reader: impl Read, media_type: MediaType, hand: &mut Hand) -> Result<(), Fault> {
    let charset = match media_type {
        MediaType::CsvUtf8 => Charset::Utf8,
        MediaType::CsvGb18030 => Charset::Gb18030,
        MediaType::Xls | MediaType::Xlsx | MediaType::Pdf | MediaType::Png | MediaType::Jpeg => {
            let mut bytes = Vec::new();
            let most = jicai_sheets::EXCEL_BYTES_MAX.saturating_add(1);
            reader
                .by_ref()
                .take(most)
                .read_to_end(&mut bytes)
                .map_err(|error| Fault::Io(error.to_string()))?;
            return Table::open(&bytes)?.each(|record| hand.take(&record));
        }
    };
    each_csv(Decoded::new(reader, charset), |record| hand.take(&record))
}

/// Hands pieces to whoever takes them.
struct Hand {
    send: Sender<Result<Piece, Fault>>,
    skip: u64,
    /// Rows of a piece.
    most: usize,
    begun: bool,
    rows: Vec<Line>,
}

impl Hand {
    fn take(&mut self, record: &Record<'_>) -> ControlFlow<()> {
        if self.begun && self.skip > 0 {
            self.skip = self.skip.saturating_sub(1);
            return ControlFlow::Continue(());
        }
        let fields: Vec<String> = record.fields.iter().map(str::to_owned).collect();
        if !self.begun {
            self.begun = true;
            return self.hand(Ok(Piece::Header(fields)));
        }
        self.rows.push(Line { number: record.line, fields });
        if self.rows.len() < self.most { ControlFlow::Continue(()) } else { self.hand_rows() }
    }

    fn hand_rows(&mut self) -> ControlFlow<()> {
        let rows = std::mem::take(&mut self.rows);
        if rows.is_empty() { ControlFlow::Continue(()) } else { self.hand(Ok(Piece::Rows(rows))) }
    }

    fn end(mut self, ended: Result<(), Fault>) {
        if let (ControlFlow::Continue(()), Err(fault)) = (self.hand_rows(), ended) {
            let _gone = self.hand(Err(fault));
        }
    }

    /// Breaks when nobody takes pieces any more.
    fn hand(&self, piece: Result<Piece, Fault>) -> ControlFlow<()> {
        if self.send.blocking_send(piece).is_ok() {
            ControlFlow::Continue(())
        } else {
            ControlFlow::Break(())
        }
    }
}
