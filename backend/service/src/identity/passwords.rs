//! argon2id, a few at a time: each takes 19 MiB and some tens of milliseconds.
use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use jicai_domain::identity::Password;
use tokio::sync::Semaphore;

use crate::errors::Error;

/// A hash of no password at all, with the cost of a real one: what a login name without a user is checked against.
const NOBODY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$bm8gc3VjaCB1c2VyISE$MAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
const AT_ONCE: usize = 4;

/// Hashes and checks passwords.
pub struct Passwords {
    places: Semaphore,
}

impl Passwords {
    pub(crate) fn new() -> Passwords {
        Passwords { places: Semaphore::const_new(AT_ONCE) }
    }

    /// The hash of a new password, in the PHC format.
    pub(crate) async fn hash(&self, password: &Password) -> Result<String, Error> {
        let password = password.clone();
        self.apart(move || {
            let hash = Argon2::default().hash_password(password.reveal().as_bytes());
            hash.map(|hash| hash.to_string()).map_err(|error| Error::broken(error.to_string()))
        })
        .await?
    }

    /// Whether the password is the one of the hash. Without a hash it takes as long and is false.
    pub(crate) async fn matches(&self, password: String, hash: Option<String>) -> Result<bool, Error> {
        self.apart(move || {
            let known = hash.is_some();
            let text = hash.unwrap_or_else(|| NOBODY.to_owned());
            let hash = PasswordHash::new(&text).map_err(|error| Error::broken(error.to_string()))?;
            let matches = Argon2::default().verify_password(password.as_bytes(), &hash).is_ok();
            Ok(matches && known)
        })
        .await?
    }

    async fn apart<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Error> {
        let _place = self.places.acquire().await.map_err(|error| Error::Broken(error.into()))?;
        tokio::task::spawn_blocking(work).await.map_err(|error| Error::Broken(error.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobodys_hash_costs_what_a_real_one_costs_and_matches_nothing() {
        let real = Argon2::default().hash_password(b"correct horse").unwrap().to_string();
        let nobody = PasswordHash::new(NOBODY).unwrap();
        let cost = |hash: &PasswordHash| (hash.algorithm.to_string(), hash.version, hash.params.to_string());
        assert_eq!(cost(&nobody), cost(&PasswordHash::new(&real).unwrap()));
        let refused = Argon2::default().verify_password(b"", &nobody).unwrap_err().to_string();
        assert!(refused.contains("password"), "{refused}");
    }
}
