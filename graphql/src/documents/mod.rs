//! Stored files over GraphQL: what is known of them. Their bytes go over `/documents`.
use async_graphql::{Enum, ID, Object};
use jicai_domain::documents as domain;

/// What a document is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "jicai_domain::documents::DocumentKind")]
pub(crate) enum DocumentKind {
    /// 证照, a licence of an organization.
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

/// A stored file.
pub(crate) struct Document(pub(crate) domain::Document);

#[Object]
impl Document {
    /// Its id.
    async fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// What it is for.
    async fn kind(&self) -> DocumentKind {
        self.0.kind.into()
    }

    /// What it was called.
    async fn name(&self) -> &str {
        self.0.name.as_str()
    }

    /// What its content is, such as `application/pdf`.
    async fn media_type(&self) -> &str {
        self.0.media_type.name()
    }

    /// How many bytes it has, as a decimal number.
    async fn size(&self) -> String {
        self.0.size.to_string()
    }

    /// The SHA-256 of its bytes, 64 hexadecimal digits.
    async fn sha256(&self) -> String {
        self.0.sha256.to_string()
    }

    /// Where its bytes are read with an access token.
    async fn path(&self) -> String {
        format!("/documents/{}", self.0.id)
    }
}
