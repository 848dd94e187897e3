//! argon2id, in threads of its own: each hash takes 19 MiB and some tens of milliseconds, and each thread keeps its memory for the
//! next one instead of asking for it anew.
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};

use argon2::password_hash::phc::{Output, ParamsString, PasswordHash, Salt};
use argon2::{Algorithm, Argon2, Block, Params, Version};
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::Password;
use tokio::sync::oneshot;

use crate::errors::Error;

/// A hash of no password at all, with the cost of a real one: what a login name without a user is checked against.
const NOBODY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$bm8gc3VjaCB1c2VyISE$MAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
const THREADS: usize = 2;
/// More than this many are told to come back later.
const WAITING_MAX: usize = 256;

type Work = Box<dyn FnOnce(&mut Vec<Block>) + Send>;

/// Hashes and checks passwords.
pub struct Passwords {
    queue: SyncSender<Work>,
}

impl Passwords {
    /// Starts the threads. They end with the last sender.
    pub(crate) fn start() -> std::io::Result<Passwords> {
        let (queue, waiting) = sync_channel(WAITING_MAX);
        let waiting = Arc::new(Mutex::new(waiting));
        for _ in 0..THREADS {
            let waiting = Arc::clone(&waiting);
            std::thread::Builder::new().name("passwords".to_owned()).spawn(move || work(&waiting))?;
        }
        Ok(Passwords { queue })
    }

    /// The hash of a new password, in the PHC format.
    pub(crate) async fn hash(&self, password: &Password) -> Result<String, Error> {
        let password = password.clone();
        self.apart(move |memory| fresh(password.reveal(), memory)).await?
    }

    /// Whether the password is the one of the hash. Without a hash it takes as long and is false.
    pub(crate) async fn matches(&self, password: String, hash: Option<String>) -> Result<bool, Error> {
        self.apart(move |memory| {
            let known = hash.is_some();
            let text = hash.unwrap_or_else(|| NOBODY.to_owned());
            Ok(is_of(&password, &text, memory)? && known)
        })
        .await?
    }

    async fn apart<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Vec<Block>) -> T + Send + 'static,
    ) -> Result<T, Error> {
        let (answer, answered) = oneshot::channel();
        let work: Work = Box::new(move |memory| {
            // Nobody waits any more when the client left.
            let _left = answer.send(work(memory));
        });
        self.queue.try_send(work).map_err(|_full| Error::Refused(Refusal::of(Code::Unavailable)))?;
        answered.await.map_err(|error| Error::Broken(error.into()))
    }
}

fn work(waiting: &Mutex<Receiver<Work>>) {
    let mut memory = Vec::new();
    loop {
        let next = waiting.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(work) = next else { return };
        if catch_unwind(AssertUnwindSafe(|| work(&mut memory))).is_err() {
            tracing::error!("a password could not be hashed");
        }
    }
}

fn fresh(password: &str, memory: &mut Vec<Block>) -> Result<String, Error> {
    let (params, salt) = (Params::DEFAULT, Salt::generate());
    let output = output(password, &salt, &params, memory)?;
    let hash = PasswordHash {
        algorithm: Algorithm::Argon2id.ident(),
        version: Some(Version::V0x13.into()),
        params: ParamsString::try_from(params).map_err(|error| Error::broken(error.to_string()))?,
        salt: Some(salt),
        hash: Some(output),
    };
    Ok(hash.to_string())
}

/// Compares in constant time, as `Output` does.
fn is_of(password: &str, text: &str, memory: &mut Vec<Block>) -> Result<bool, Error> {
    let unreadable = || Error::broken("an unreadable password hash");
    let hash = PasswordHash::new(text).map_err(|_format| unreadable())?;
    let params = Params::try_from(&hash).map_err(|_params| unreadable())?;
    let (salt, expected) = hash.salt.zip(hash.hash).ok_or_else(unreadable)?;
    Ok(output(password, &salt, &params, memory)? == expected)
}

fn output(password: &str, salt: &Salt, params: &Params, memory: &mut Vec<Block>) -> Result<Output, Error> {
    let mut bytes = [0; Params::DEFAULT_OUTPUT_LEN];
    memory.resize(params.block_count(), Block::new());
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params.clone())
        .hash_password_into_with_memory(password.as_bytes(), salt.as_ref(), &mut bytes, &mut *memory)
        .map_err(|error| Error::broken(error.to_string()))?;
    Output::new(&bytes).map_err(|error| Error::broken(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobodys_hash_costs_what_a_real_one_costs_and_matches_nothing() {
        let memory = &mut Vec::new();
        let real = fresh("correct horse", memory).unwrap();
        let cost = |text: &str| {
            let hash = PasswordHash::new(text).unwrap();
            (hash.algorithm.to_string(), hash.version, hash.params.to_string())
        };
        assert_eq!(cost(NOBODY), cost(&real));
        assert!(!is_of("", NOBODY, memory).unwrap());
    }

    #[test]
    fn a_hash_is_of_its_password_only_whoever_makes_it_and_in_used_memory_too() {
        use argon2::password_hash::{PasswordHasher, PasswordVerifier};
        let memory = &mut Vec::new();
        let [one, other] = [fresh("correct horse", memory).unwrap(), fresh("correct horse", memory).unwrap()];
        assert_ne!(one, other);
        assert!(
            is_of("correct horse", &one, memory).unwrap() && !is_of("wrong horse", &one, memory).unwrap()
        );
        let known = PasswordHash::new(&one).unwrap();
        Argon2::default().verify_password(b"correct horse", &known).unwrap();
        let theirs = Argon2::default().hash_password(b"correct horse").unwrap().to_string();
        assert!(is_of("correct horse", &theirs, memory).unwrap());
    }
}
