//! Logins after they are opened: who they are, their refreshing, their end.
use jicai_domain::audit::Act;
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::{Caller, Permission};
use jicai_domain::ids::SessionId;
use jicai_store::Tx;
use jicai_store::audit::record;
use jicai_store::identity::{clients, sessions};

use super::login::{Tokens, refresh_token, tokens};
use super::token::Proved;
use crate::app::App;
use crate::audit::actor;
use crate::errors::Error;
use crate::secret::digest;

/// Who an access token is. Errors: `TOKEN_INVALID` also when the login ended or the user or the client is
/// disabled, `TOKEN_EXPIRED`.
pub async fn authenticate(app: &App, unverified: &str) -> Result<Caller, Error> {
    Ok(authenticate_for(app, unverified).await?.0)
}

/// Who an access token is, and for how many seconds it is good. Errors: as [`authenticate`].
pub async fn authenticate_for(app: &App, unverified: &str) -> Result<(Caller, u64), Error> {
    let (proved, seconds) = app.keys.prove(app, unverified).await?;
    let mut tx = app.store.read().await?;
    let caller = caller_of(&mut tx, proved).await?.ok_or(Refusal::of(Code::TokenInvalid))?;
    Ok((caller, seconds))
}

/// Who has proved it, as the database knows it now; nobody when the login ended or the user or the client is disabled.
pub(crate) async fn caller_of(tx: &mut Tx, proved: Proved) -> Result<Option<Caller>, Error> {
    Ok(match proved {
        Proved::Login(session) => sessions::caller(tx, session).await?,
        Proved::Client(client) => clients::caller(tx, client).await?,
    })
}

enum Refreshing {
    Rotated(SessionId, i32),
    /// Somebody has a token that was already exchanged: the login ends for both.
    Replayed(SessionId),
}

/// Exchanges a refresh token for new tokens. Errors: `TOKEN_INVALID`.
pub async fn refresh(app: &App, token: &str) -> Result<Tokens, Error> {
    let shown = digest(token);
    let refreshing = app.store.keep("refresh", async |tx| exchange(app, tx, &shown).await).await?;
    let (session, generation) = match refreshing {
        Refreshing::Rotated(session, generation) => (session, generation),
        Refreshing::Replayed(session) => {
            end_replayed(app, session).await?;
            return Err(Refusal::of(Code::TokenInvalid).into());
        }
    };
    let mut tx = app.store.read().await?;
    let caller = sessions::caller(&mut tx, session).await?.ok_or(Refusal::of(Code::TokenInvalid))?;
    drop(tx);
    tokens(app, caller.user()?, session, generation).await
}

async fn exchange(app: &App, tx: &mut Tx, shown: &[u8]) -> Result<Refreshing, Error> {
    let found = sessions::lock_refreshed(tx, shown).await?.ok_or(Refusal::of(Code::TokenInvalid))?;
    if !found.current {
        return Ok(Refreshing::Replayed(found.session));
    }
    let generation = found.generation.saturating_add(1);
    let next = digest(&refresh_token(app, found.session, generation));
    sessions::rotate(tx, found.session, (shown, &next), generation).await?;
    Ok(Refreshing::Rotated(found.session, generation))
}

async fn end_replayed(app: &App, session: SessionId) -> Result<(), Error> {
    app.store
        .write("end_replayed", async |tx| {
            sessions::end(tx, session).await?;
            let act = Act::new("RefreshTokenReplayed", session);
            Ok(record(tx, jicai_domain::audit::Actor::Anonymous, act, ()).await?)
        })
        .await
}

/// Ends the caller's login.
pub async fn log_out(app: &App, caller: &Caller) -> Result<(), Error> {
    caller.require(Permission::OwnAccount)?;
    let (user, session) = (caller.user()?, caller.session()?);
    app.store
        .write("log_out", async |tx| {
            sessions::end(tx, session).await?;
            Ok(record(tx, actor(caller), Act::new("LoggedOut", user), ()).await?)
        })
        .await
}
