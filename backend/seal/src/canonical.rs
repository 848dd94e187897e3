//! The one form of everything that is hashed or signed.
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::errors::{SealError, What};

/// Something with a canonical form.
pub(crate) trait Form: Serialize + DeserializeOwned {
    /// The form and its version.
    const FORMAT: &'static str;
    /// What it is, for the error.
    const WHAT: What;
}

#[derive(Serialize)]
struct Written<'t, T> {
    format: &'static str,
    #[serde(flatten)]
    body: &'t T,
}

#[derive(Deserialize)]
struct Read<T> {
    format: String,
    #[serde(flatten)]
    body: T,
}

/// The canonical text.
pub(crate) fn write<T: Form>(body: &T) -> String {
    #[expect(clippy::expect_used, reason = "texts, numbers and lists of them can always be written")]
    serde_json::to_string(&Written { format: T::FORMAT, body }).expect("a form of texts and numbers")
}

/// Reads a canonical text, which may end with line breaks. Errors: `SEAL_MALFORMED`.
pub(crate) fn read<T: Form>(text: &str) -> Result<T, SealError> {
    let text = text.trim_end_matches(['\n', '\r']);
    let read: Option<Read<T>> = serde_json::from_str(text).ok();
    read.filter(|read| read.format == T::FORMAT)
        .map(|read| read.body)
        .filter(|body| write(body) == text)
        .ok_or(SealError::Malformed(T::WHAT))
}

/// Digits for bytes of a fixed number.
pub(crate) mod digits {
    use jicai_domain::audit::{hex, unhex};
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(crate) fn serialize<S: Serializer, const N: usize>(
        bytes: &[u8; N],
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&hex(bytes))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>, const N: usize>(
        deserializer: D,
    ) -> Result<[u8; N], D::Error> {
        let text = String::deserialize(deserializer)?;
        let bytes = unhex(&text).and_then(|bytes| bytes.try_into().ok());
        bytes.ok_or_else(|| D::Error::custom("not that many bytes in hexadecimal digits"))
    }
}

/// Bytes of any number.
pub(crate) mod base64 {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(crate) fn serialize<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&STANDARD.encode(bytes))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
        STANDARD.decode(String::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

/// The id of an algorithm, of which there is one today.
macro_rules! algorithm {
    ($(#[$doc:meta])* $name:ident = $id:expr) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        pub(crate) struct $name;

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str($id)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let id = <String as serde::Deserialize>::deserialize(deserializer)?;
                (id == $id).then_some(Self).ok_or_else(|| serde::de::Error::custom("an unknown algorithm"))
            }
        }
    };
}

algorithm!(
    /// The signature.
    SignatureId = crate::SIGNATURE
);
algorithm!(
    /// The encryption.
    EncryptionId = crate::ENCRYPTION
);
algorithm!(
    /// The sharing.
    SharingId = crate::SHARING
);
