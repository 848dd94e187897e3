//! Pages of plain lines as PDF. No font is embedded: readers of PDF bring one along for Chinese.
use pdf_writer::types::{CidFontType, FontFlags, SystemInfo};
use pdf_writer::{Content, Finish, Name, Pdf, Rect, Ref, Str};

const FONT: Name<'static> = Name(b"F1");
/// A font that readers of PDF bring along for Chinese, and its encoding.
const CHINESE: (Name<'static>, Name<'static>) = (Name(b"STSong-Light"), Name(b"UniGB-UCS2-H"));
/// A4.
const SHEET: Rect = Rect { x1: 0.0, y1: 0.0, x2: 595.0, y2: 842.0 };
const LINES_A_PAGE: usize = 36;
const CHARACTERS_A_LINE: usize = 40;

/// A PDF with a line for each text in letters of that size; long texts go on in the next line, many lines on the next page.
pub(crate) fn pages(size: f32, texts: &[String]) -> Vec<u8> {
    let lines: Vec<String> = texts.iter().flat_map(|text| wrapped(text)).collect();
    let sheets: Vec<&[String]> = lines.chunks(LINES_A_PAGE).collect();
    let count = i32::try_from(sheets.len()).unwrap_or(i32::MAX);
    let [catalog, tree, font, cid_font, descriptor] = [1, 2, 3, 4, 5].map(Ref::new);
    let page = |at: i32| Ref::new(at.saturating_mul(2).saturating_add(6));
    let content = |at: i32| Ref::new(at.saturating_mul(2).saturating_add(7));
    let mut pdf = Pdf::new();
    pdf.catalog(catalog).pages(tree);
    pdf.pages(tree).kids((0..count).map(page)).count(count);
    for (at, lines) in (0..).zip(sheets) {
        let mut sheet = pdf.page(page(at));
        sheet.media_box(SHEET).parent(tree).contents(content(at));
        sheet.resources().fonts().pair(FONT, font);
        sheet.finish();
        pdf.stream(content(at), &written(size, lines));
    }
    let (name, encoding) = CHINESE;
    pdf.type0_font(font).base_font(name).encoding_predefined(encoding).descendant_font(cid_font);
    let system = SystemInfo { registry: Str(b"Adobe"), ordering: Str(b"GB1"), supplement: 2 };
    let mut glyphs = pdf.cid_font(cid_font);
    glyphs.subtype(CidFontType::Type0).base_font(name).system_info(system).font_descriptor(descriptor);
    glyphs.finish();
    let mut shape = pdf.font_descriptor(descriptor);
    shape.name(name).flags(FontFlags::SYMBOLIC).bbox(Rect::new(-25.0, -254.0, 1000.0, 880.0));
    shape.italic_angle(0.0).ascent(880.0).descent(-120.0).cap_height(880.0).stem_v(93.0);
    shape.finish();
    pdf.finish()
}

fn wrapped(text: &str) -> Vec<String> {
    let characters: Vec<char> = text.chars().collect();
    if characters.is_empty() {
        return vec![String::new()];
    }
    characters.chunks(CHARACTERS_A_LINE).map(|line| line.iter().collect()).collect()
}

fn written(size: f32, lines: &[String]) -> Vec<u8> {
    let mut content = Content::new();
    content.begin_text().set_font(FONT, size).set_leading(size * 1.7).next_line(72.0, 760.0);
    for line in lines {
        let units: Vec<u8> = line.encode_utf16().flat_map(u16::to_be_bytes).collect();
        content.show(Str(&units)).next_line_using_leading();
    }
    content.end_text();
    content.finish().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_and_many_lines_go_on() {
        let texts: Vec<String> = (0..50).map(|_line| "合".repeat(41)).collect();
        let text = String::from_utf8_lossy(&pages(11.0, &texts)).into_owned();
        assert!(text.starts_with("%PDF-") && text.contains("/Count 3"), "{text}");
    }
}
