//! Files that prove something: what may be stored, as what, and how large it may be.
use crate::audit::hex;
use crate::errors::{Code, Refusal};
use crate::ids::{ClientId, DocumentId, OrganizationId, UserId};

/// A stored file. Its bytes never change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// Its id.
    pub id: DocumentId,
    /// Whose it is.
    pub organization: OrganizationId,
    /// Who stored it.
    pub stored_by: StoredBy,
    /// What it is for.
    pub kind: DocumentKind,
    /// What it was called.
    pub name: FileName,
    /// What its content is.
    pub media_type: MediaType,
    /// How many bytes it has.
    pub size: u64,
    /// What its bytes hash to.
    pub sha256: Digest,
}

/// Who stored a file: a person, or a program of the organization.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StoredBy {
    /// A person.
    User(UserId),
    /// A program.
    Client(ClientId),
}

impl StoredBy {
    /// The person. Errors: `FORBIDDEN` for a program.
    pub fn user(self) -> Result<UserId, Refusal> {
        match self {
            Self::User(user) => Ok(user),
            Self::Client(_) => Err(Refusal::of(Code::Forbidden)),
        }
    }
}

/// The id of the person or the program.
impl std::fmt::Display for StoredBy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::User(user) => write!(f, "{user}"),
            Self::Client(client) => write!(f, "{client}"),
        }
    }
}

/// A SHA-256 digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Digest([u8; 32]);

impl Digest {
    /// That digest.
    pub const fn new(bytes: [u8; 32]) -> Digest {
        Digest(bytes)
    }

    /// Its 32 bytes.
    pub const fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl std::fmt::Display for Digest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&hex(&self.0))
    }
}

/// What a document is for; decides what it may be and how large.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DocumentKind {
    /// A licence of an organization.
    Licence,
    /// A table that is brought in.
    Import,
    /// The rows of such a table that were not taken.
    RejectedRows,
    /// A document of a procurement round.
    Round,
    /// A paper of a product that somebody applies with.
    Qualification,
}

impl DocumentKind {
    /// Every kind.
    pub const ALL: &[DocumentKind] =
        &[Self::Licence, Self::Import, Self::RejectedRows, Self::Round, Self::Qualification];
    /// Those that somebody uploads by themselves.
    const UPLOADED: &[DocumentKind] = &[Self::Licence, Self::Round, Self::Qualification];

    /// The stable label, in rows and on the wire.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Licence => "LICENCE",
            Self::Import => "IMPORT",
            Self::RejectedRows => "REJECTED_ROWS",
            Self::Round => "ROUND",
            Self::Qualification => "QUALIFICATION",
        }
    }

    /// The kind with that label.
    pub fn from_label(label: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.label() == label)
    }

    /// How many bytes it may have. `BODY_TOO_LARGE`.
    pub const fn bytes_max(self) -> u64 {
        match self {
            Self::Licence | Self::Round | Self::Qualification => 20 * 1024 * 1024,
            Self::Import => 1 << 30,
            Self::RejectedRows => u64::MAX,
        }
    }

    /// What its content may be. `DOCUMENT_TYPE`.
    pub const fn media_types(self) -> &'static [MediaType] {
        match self {
            Self::Licence | Self::Round | Self::Qualification => {
                &[MediaType::Pdf, MediaType::Png, MediaType::Jpeg]
            }
            Self::Import => &[MediaType::CsvUtf8, MediaType::CsvGb18030, MediaType::Xls, MediaType::Xlsx],
            Self::RejectedRows => &[MediaType::CsvUtf8],
        }
    }

    /// Reads the label of something that is uploaded by itself. Errors: `DOCUMENT_KIND`.
    pub fn parse(label: &str) -> Result<Self, Refusal> {
        let labels = || Self::UPLOADED.iter().map(|kind| kind.label()).collect::<Vec<_>>().join(", ");
        let known = Self::from_label(label).filter(|kind| Self::UPLOADED.contains(kind));
        known.ok_or_else(|| Refusal::of(Code::DocumentKind).at("kind").allowing(labels()))
    }

    /// The media type, if content of this kind may have it. Errors: `DOCUMENT_TYPE`.
    pub fn admit(self, found: Option<MediaType>) -> Result<MediaType, Refusal> {
        let allowed = self.media_types();
        let names = || allowed.iter().map(|one| one.name()).collect::<Vec<_>>().join(", ");
        found
            .filter(|media_type| allowed.contains(media_type))
            .ok_or_else(|| Refusal::of(Code::DocumentType).at("body").allowing(names()))
    }
}

/// How many documents an organization may store before it is approved: anybody may register one. `DOCUMENT_LIMIT`.
pub const DOCUMENTS_BEFORE_APPROVAL_MAX: u16 = 50;

/// What the content of a document is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MediaType {
    /// PDF.
    Pdf,
    /// PNG.
    Png,
    /// JPEG.
    Jpeg,
    /// CSV in UTF-8.
    CsvUtf8,
    /// CSV in GB 18030.
    CsvGb18030,
    /// A workbook of Excel before 2007.
    Xls,
    /// A workbook of Excel.
    Xlsx,
}

impl MediaType {
    /// Every media type.
    pub const ALL: &[MediaType] =
        &[Self::Pdf, Self::Png, Self::Jpeg, Self::CsvUtf8, Self::CsvGb18030, Self::Xls, Self::Xlsx];

    /// The name that the registry of media types gives it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pdf => "application/pdf",
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
            Self::CsvUtf8 => "text/csv; charset=utf-8",
            Self::CsvGb18030 => "text/csv; charset=gb18030",
            Self::Xls => "application/vnd.ms-excel",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        }
    }

    /// The media type of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|media_type| media_type.name() == name)
    }
}

/// The name of a file, without folders.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileName(String);

impl FileName {
    /// 1 to 200 characters, none a control character, slash, backslash or one that turns the direction of writing, blanks
    /// trimmed, not only dots. Errors: `FILE_NAME_INVALID`.
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        let text = text.trim();
        let length = text.chars().count();
        let misleading = |one: char| {
            one.is_control()
                || matches!(one, '/' | '\\' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
        };
        let fits = (1..=200).contains(&length) && !text.chars().any(misleading);
        if fits && text.chars().any(|one| one != '.') {
            Ok(Self(text.to_owned()))
        } else {
            Err(Refusal::of(Code::FileNameInvalid).at("name"))
        }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_name_is_one_name_in_any_script() {
        for good in ["licence.pdf", "药品生产许可证（正本）.pdf", " a ", ".hidden"] {
            assert_eq!(FileName::parse(good).unwrap().as_str(), good.trim());
        }
        let long = "证".repeat(201);
        for bad in ["", " ", "..", "a/b.pdf", "a\\b.pdf", "a\r\nb.pdf", "licence\u{202e}fdp.exe", &long] {
            assert_eq!(FileName::parse(bad).unwrap_err().code, Code::FileNameInvalid, "{bad:?}");
        }
    }

    #[test]
    fn labels_are_read_back_and_the_unknown_is_told_what_there_is() {
        for kind in DocumentKind::ALL {
            assert_eq!(DocumentKind::from_label(kind.label()), Some(*kind));
        }
        assert_eq!(DocumentKind::parse("IMPORT").unwrap_err().code, Code::DocumentKind);
        for media_type in MediaType::ALL {
            assert_eq!(MediaType::from_name(media_type.name()), Some(*media_type));
        }
        let refused = DocumentKind::parse("SPELL").unwrap_err();
        assert_eq!(
            (refused.code, refused.allowed.as_deref()),
            (Code::DocumentKind, Some("LICENCE, ROUND, QUALIFICATION"))
        );
    }

    #[test]
    fn content_that_is_not_known_or_not_of_the_kind_is_refused() {
        assert_eq!(DocumentKind::Licence.admit(Some(MediaType::Png)).unwrap(), MediaType::Png);
        let refused = DocumentKind::Licence.admit(None).unwrap_err();
        assert_eq!(refused.allowed.as_deref(), Some("application/pdf, image/png, image/jpeg"));
    }
}
