//! A page that says what it is: no licence, but data of a demonstration.
use pdf_writer::types::{CidFontType, FontFlags, SystemInfo};
use pdf_writer::{Content, Finish, Name, Pdf, Rect, Ref, Str};

const FONT: Name<'static> = Name(b"F1");
/// A font that readers of PDF bring along for Chinese, and its encoding.
const CHINESE: (Name<'static>, Name<'static>) = (Name(b"STSong-Light"), Name(b"UniGB-UCS2-H"));

/// A PDF of one page with a line for each text.
pub(super) fn page(lines: &[&str]) -> Vec<u8> {
    let [catalog, pages, page, font, cid_font, descriptor, content] = [1, 2, 3, 4, 5, 6, 7].map(Ref::new);
    let mut pdf = Pdf::new();
    pdf.catalog(catalog).pages(pages);
    pdf.pages(pages).kids([page]).count(1);
    let mut sheet = pdf.page(page);
    sheet.media_box(Rect::new(0.0, 0.0, 595.0, 842.0)).parent(pages).contents(content);
    sheet.resources().fonts().pair(FONT, font);
    sheet.finish();
    pdf.stream(content, &written(lines));
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

fn written(lines: &[&str]) -> Vec<u8> {
    let mut content = Content::new();
    content.begin_text().set_font(FONT, 24.0).set_leading(40.0).next_line(72.0, 740.0);
    for line in lines {
        let units: Vec<u8> = line.encode_utf16().flat_map(u16::to_be_bytes).collect();
        content.show(Str(&units)).next_line_using_leading();
    }
    content.end_text();
    content.finish().to_vec()
}
