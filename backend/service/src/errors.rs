//! What a use case answers instead of its result.
use jicai_domain::errors::{Code, Refusal};
use jicai_store::{Retry, StoreError};

/// A refusal that the client sees, or a fault that only the log sees.
#[derive(Debug)]
pub enum Error {
    /// The client is told why.
    Refused(Refusal),
    /// The database is at fault.
    Store(StoreError),
    /// Something else of ours is at fault.
    Broken(Box<dyn std::error::Error + Send + Sync>),
}

impl Error {
    /// What the client is told.
    pub fn refusal(&self) -> Refusal {
        match self {
            Self::Refused(refusal) | Self::Store(StoreError::Refused(refusal)) => refusal.clone(),
            Self::Store(StoreError::Collided(_) | StoreError::Unavailable(_) | StoreError::Objects(_)) => {
                Refusal::of(Code::Unavailable)
            }
            Self::Store(StoreError::Broken(_)) | Self::Broken(_) => Refusal::of(Code::Internal),
        }
    }

    /// What went wrong and why, for our own log.
    pub fn chain(&self) -> String {
        let mut text = self.to_string();
        let mut source = std::error::Error::source(self);
        while let Some(cause) = source {
            text = format!("{text}: {cause}");
            source = cause.source();
        }
        text
    }

    pub(crate) fn broken(what: impl Into<String>) -> Self {
        Self::Broken(what.into().into())
    }
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Refused(refusal) => f.write_str(refusal.code.spec().english),
            Self::Store(error) => write!(f, "{error}"),
            Self::Broken(error) => write!(f, "{error}"),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Refused(_) => None,
            Self::Store(error) => error.source(),
            Self::Broken(error) => error.source(),
        }
    }
}

impl Retry for Error {
    fn collided(&self) -> bool {
        matches!(self, Self::Store(error) if error.collided())
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Refused(refusal) => Self::Refused(refusal),
            StoreError::Collided(_)
            | StoreError::Unavailable(_)
            | StoreError::Objects(_)
            | StoreError::Broken(_) => Self::Store(error),
        }
    }
}
