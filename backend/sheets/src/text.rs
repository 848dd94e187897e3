//! CSV in UTF-8, with or without a byte order mark, or in GB18030.
use std::borrow::Cow;
use std::io::{self, Read};
use std::ops::ControlFlow;

use csv::StringRecord;
use encoding_rs::{CoderResult, Decoder, GB18030, UTF_8};

use crate::{Fault, Record};

/// Bytes a CSV file may have.
pub const CSV_BYTES_MAX: u64 = 1 << 30;
/// Bytes that are decoded at once.
const BLOCK: usize = 64 * 1024;

/// How text is written in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Charset {
    /// UTF-8.
    Utf8,
    /// GB 18030, which holds GBK and GB 2312.
    Gb18030,
}

impl Charset {
    fn decoder(self) -> Decoder {
        match self {
            Self::Utf8 => UTF_8.new_decoder_with_bom_removal(),
            Self::Gb18030 => GB18030.new_decoder_with_bom_removal(),
        }
    }
}

/// The contents as text: UTF-8, else GB18030. Fault: `Encoding`.
pub fn text(bytes: &[u8]) -> Result<Cow<'_, str>, Fault> {
    let (text, _, faulty) = UTF_8.decode(bytes);
    if !faulty {
        return Ok(text);
    }
    let (text, _, faulty) = GB18030.decode(bytes);
    if faulty { Err(Fault::Encoding) } else { Ok(text) }
}

/// Tells how text is written from its bytes as they arrive.
pub struct CharsetProbe(Vec<(Charset, Decoder)>);

impl Default for CharsetProbe {
    fn default() -> Self {
        Self([Charset::Utf8, Charset::Gb18030].map(|charset| (charset, charset.decoder())).into())
    }
}

impl CharsetProbe {
    /// The next bytes.
    pub fn push(&mut self, bytes: &[u8]) {
        self.0.retain_mut(|(_, decoder)| decodes(decoder, bytes, false));
    }

    /// Those were all: the charset, if the bytes are text in one; UTF-8 where they are both.
    pub fn finish(mut self) -> Option<Charset> {
        self.0.retain_mut(|(_, decoder)| decodes(decoder, &[], true));
        self.0.first().map(|(charset, _)| *charset)
    }
}

fn decodes(decoder: &mut Decoder, mut bytes: &[u8], last: bool) -> bool {
    let mut sink = [0; 4096];
    loop {
        let (result, read, _, faulty) = decoder.decode_to_utf8(bytes, &mut sink, last);
        bytes = bytes.get(read..).unwrap_or_default();
        match result {
            _ if faulty => return false,
            CoderResult::InputEmpty => return true,
            CoderResult::OutputFull => {}
        }
    }
}

/// Text of a charset as UTF-8 without a byte order mark, decoded as it is read. What cannot be decoded becomes U+FFFD.
pub struct Decoded<R> {
    inner: R,
    decoder: Decoder,
    raw: Vec<u8>,
    text: Vec<u8>,
    given: usize,
    ended: bool,
}

impl<R: Read> Decoded<R> {
    /// Reads `inner` as text of that charset.
    pub fn new(inner: R, charset: Charset) -> Self {
        let decoder = charset.decoder();
        Self { inner, decoder, raw: vec![0; BLOCK], text: Vec::new(), given: 0, ended: false }
    }

    fn refill(&mut self) -> io::Result<()> {
        let length = self.inner.read(&mut self.raw)?;
        self.ended = length == 0;
        let bytes = self.raw.get(..length).unwrap_or_default();
        let room = self.decoder.max_utf8_buffer_length(length).unwrap_or(BLOCK * 4);
        self.text.resize(room, 0);
        let (_, _, written, _) = self.decoder.decode_to_utf8(bytes, &mut self.text, self.ended);
        self.text.truncate(written);
        self.given = 0;
        Ok(())
    }
}

impl<R: Read> Read for Decoded<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        while self.given == self.text.len() && !self.ended {
            self.refill()?;
        }
        let mut rest = self.text.get(self.given..).unwrap_or_default();
        let length = rest.read(out)?;
        self.given += length;
        Ok(length)
    }
}

/// Counts quotation marks on their way.
struct Quotes<R> {
    inner: R,
    odd: bool,
}

impl<R: Read> Read for Quotes<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let length = self.inner.read(out)?;
        let marks = out.iter().take(length).filter(|byte| **byte == b'"').count();
        self.odd ^= marks % 2 == 1;
        Ok(length)
    }
}

pub(crate) fn each(
    reader: impl Read,
    mut take: impl FnMut(Record<'_>) -> ControlFlow<()>,
) -> Result<(), Fault> {
    let quotes = Quotes { inner: reader, odd: false };
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(quotes);
    let mut fields = StringRecord::new();
    let mut last_line = 0;
    while reader.read_record(&mut fields).map_err(|error| unread(&error))? {
        last_line = fields.position().map_or(0, csv::Position::line);
        let some = fields.iter().any(|field| !field.trim().is_empty());
        if some && take(Record { line: last_line, fields: &fields, errors: &[] }).is_break() {
            return Ok(());
        }
    }
    // A quote that is never closed swallows the rest of the file into one field.
    if reader.into_inner().odd { Err(Fault::QuoteNotClosed(last_line)) } else { Ok(()) }
}

fn unread(error: &csv::Error) -> Fault {
    if error.is_io_error() { Fault::Io(error.to_string()) } else { Fault::NotCsv(error.to_string()) }
}

/// A record as a line of CSV in UTF-8.
pub fn line<'f>(fields: impl IntoIterator<Item = &'f str>) -> Vec<u8> {
    let mut writer = csv::WriterBuilder::new().flexible(true).from_writer(Vec::new());
    let written = writer.write_record(fields);
    // Writing to memory does not fail.
    written.ok().and_then(|()| writer.into_inner().ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "名称,代码\n甲医院,1\n\u{20BB7}野家,2\n";

    /// Gives one byte at a time, so that every character is cut.
    struct Trickle<'a>(&'a [u8]);

    impl Read for Trickle<'_> {
        fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
            self.0.read(&mut out[..1])
        }
    }

    fn written() -> [(Vec<u8>, Charset); 3] {
        let marked = ["\u{feff}", TEXT].concat().into_bytes();
        let (gb18030, _, _) = GB18030.encode(TEXT);
        [
            (TEXT.as_bytes().to_vec(), Charset::Utf8),
            (marked, Charset::Utf8),
            (gb18030.into_owned(), Charset::Gb18030),
        ]
    }

    #[test]
    fn text_is_told_and_read_alike_however_it_arrives() {
        for (bytes, charset) in written() {
            let mut probe = CharsetProbe::default();
            bytes.chunks(1).for_each(|byte| probe.push(byte));
            assert_eq!(probe.finish(), Some(charset));
            let mut read = String::new();
            Decoded::new(Trickle(&bytes), charset).read_to_string(&mut read).unwrap();
            assert_eq!((read.as_str(), text(&bytes).unwrap().as_ref()), (TEXT, TEXT));
        }
    }

    #[test]
    fn what_ends_within_a_character_or_is_none_is_no_text() {
        for bytes in [&b"\xff\xff\xff"[..], b"a\x81"] {
            let mut probe = CharsetProbe::default();
            probe.push(bytes);
            assert_eq!(probe.finish(), None, "{bytes:?}");
        }
    }

    #[test]
    fn an_open_quote_is_told_and_a_break_ends_the_reading() {
        let lines = |text: &str, most: u64| {
            let mut lines = Vec::new();
            let read = each(text.as_bytes(), |record| {
                lines.push(record.line);
                if record.line < most { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
            });
            (lines, read)
        };
        assert_eq!(lines("a\n , \nb\n", 9), (vec![1, 3], Ok(())));
        assert_eq!(lines("a\nb\nc", 2), (vec![1, 2], Ok(())));
        assert_eq!(lines("a\n\"b\nc\n", 9), (vec![1, 2], Err(Fault::QuoteNotClosed(2))));
    }
}
