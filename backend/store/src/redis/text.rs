//! Texts that are kept for a while.
use redis::Cmd;

use super::{Away, Key, Redis};

impl Redis {
    /// What is kept under the key.
    pub async fn kept<K: Key<Value = String>>(&self, key: &K) -> Result<Option<String>, Away> {
        let name = key.name();
        self.ask(async |mut connection| Cmd::get(name).query_async(&mut connection).await).await
    }

    /// Keeps a text under the key, for as long as keys of its kind last.
    pub async fn keep<K: Key<Value = String>>(&self, key: &K, text: &str) -> Result<(), Away> {
        let name = key.name();
        let seconds = K::SPEC.ttl_max.as_secs();
        self.ask(async |mut connection| Cmd::set_ex(name, text, seconds).exec_async(&mut connection).await)
            .await
    }
}
