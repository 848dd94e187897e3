//! One request to a receiver that somebody else named: never to an address inside, never redirected, never for long.
use std::error::Error as StdError;
use std::fmt::{Display, Formatter};
use std::sync::OnceLock;
use std::time::Duration;

use jicai_domain::webhooks::{Address, Answer, Reachable, Silence};
use reqwest::Client;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::redirect::Policy;

use crate::errors::Error;

/// How long a receiver may take for everything.
const TIMEOUT: Duration = Duration::from_secs(15);
/// How long it may take to connect.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// Whoever carries events to receivers.
pub(crate) struct Courier {
    reachable: Reachable,
    /// Made when it is first needed: most processes never send anything, and it reads the system's certificates.
    client: OnceLock<Client>,
}

/// What is sent.
pub(super) struct Letter<'a> {
    pub(super) to: &'a Address,
    pub(super) headers: [(&'static str, String); 3],
    pub(super) body: String,
}

impl Courier {
    pub(crate) fn new(reachable: Reachable) -> Courier {
        Courier { reachable, client: OnceLock::new() }
    }

    /// Where it goes.
    pub(super) fn reachable(&self) -> Reachable {
        self.reachable
    }

    /// Sends and gives what came back. Only the status is read of an answer.
    pub(super) async fn post(&self, letter: Letter<'_>) -> Result<Answer, Error> {
        if letter.to.number().is_some_and(|address| !self.reachable.allows(address)) {
            return Ok(Answer::Silent(Silence::Private));
        }
        let request = self.client()?.post(letter.to.as_str()).header("content-type", "application/json");
        let request =
            letter.headers.into_iter().fold(request, |request, (name, value)| request.header(name, value));
        Ok(match request.body(letter.body).send().await {
            Ok(response) => Answer::Status(response.status().as_u16()),
            Err(error) => Answer::Silent(silence(&error)),
        })
    }

    fn client(&self) -> Result<&Client, Error> {
        if let Some(client) = self.client.get() {
            return Ok(client);
        }
        let client = Client::builder()
            .user_agent(concat!("Jicai/", env!("CARGO_PKG_VERSION")))
            .timeout(TIMEOUT)
            .connect_timeout(CONNECT_TIMEOUT)
            .redirect(Policy::none())
            .no_proxy()
            .https_only(self.reachable == Reachable::Public)
            // A connection that is kept would be used without asking again where the name leads.
            .pool_max_idle_per_host(0)
            .dns_resolver(Outside(self.reachable))
            .build()
            .map_err(|error| Error::Broken(error.into()))?;
        Ok(self.client.get_or_init(|| client))
    }
}

/// Resolves a name once, and connects to nothing but the addresses that were looked at.
struct Outside(Reachable);

impl Resolve for Outside {
    fn resolve(&self, name: Name) -> Resolving {
        let reachable = self.0;
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let allowed: Vec<_> = found.filter(|address| reachable.allows(address.ip())).collect();
            if allowed.is_empty() {
                return Err(Inside.into());
            }
            let addresses: Addrs = Box::new(allowed.into_iter());
            Ok(addresses)
        })
    }
}

/// The name leads inside.
#[derive(Debug)]
struct Inside;

impl Display for Inside {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        f.write_str("the name leads to an address that a webhook may not lead to")
    }
}

impl StdError for Inside {}

fn silence(error: &reqwest::Error) -> Silence {
    let mut cause: Option<&(dyn StdError + 'static)> = Some(error);
    while let Some(error) = cause {
        if error.is::<Inside>() {
            return Silence::Private;
        }
        cause = error.source();
    }
    if error.is_timeout() { Silence::Timeout } else { Silence::Unreachable }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letter(to: &Address) -> Letter<'_> {
        let headers =
            ["webhook-id", "webhook-timestamp", "webhook-signature"].map(|name| (name, String::new()));
        Letter { to, headers, body: String::new() }
    }

    async fn answer(url: &str) -> Answer {
        let address = Address::parse(url, Reachable::Anything).unwrap();
        Courier::new(Reachable::Public).post(letter(&address)).await.unwrap()
    }

    #[tokio::test]
    async fn neither_a_number_nor_a_name_leads_inside() {
        for url in ["https://127.0.0.1:9/", "https://[::1]:9/", "https://localhost:9/"] {
            assert_eq!(answer(url).await, Answer::Silent(Silence::Private), "{url}");
        }
    }

    #[tokio::test]
    async fn nothing_is_sent_in_the_clear() {
        let silent = answer("http://93.184.216.34:9/").await;
        assert_eq!(silent, Answer::Silent(Silence::Unreachable));
    }
}
