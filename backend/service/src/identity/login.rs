//! Logging in. Whoever fails learns nothing: not whether the name exists, not what was wrong, not by how long it took.
use jicai_domain::audit::{Act, Actor, hex};
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::{Attempts, LoginName};
use jicai_domain::ids::{Id, SessionId, UserId};
use jicai_domain::time::Timestamp;
use jicai_store::audit::record;
use jicai_store::identity::sessions::{self, Credentials};
use jicai_store::identity::throttle;
use jicai_store::{Recorded, Tx, fresh};

use super::second_factor::step_of;
use super::token::{ACCESS_SECONDS, Subject};
use crate::app::App;
use crate::errors::Error;
use crate::secret::{Purpose, digest};

/// How long a login lasts without a new password.
const LOGIN_SECONDS: i64 = 30 * 24 * 3600;

/// Who wants to log in.
pub struct LogIn {
    /// The login name.
    pub login: LoginName,
    /// The password, as typed.
    pub password: String,
    /// The one-time code, when the user has a second factor.
    pub code: Option<String>,
}

/// What a login is shown with.
#[derive(Clone, Debug)]
pub struct Tokens {
    /// For each request.
    pub access: String,
    /// For the next access token; good once.
    pub refresh: String,
    /// How long the access token is good.
    pub access_seconds: u64,
}

/// Opens a login. Errors: `LOGIN_FAILED`, `LOGIN_THROTTLED`.
pub async fn log_in(app: &App, command: LogIn) -> Result<Tokens, Error> {
    let name = app.secret.derive(Purpose::LoginName, &[command.login.as_str().as_bytes()]);
    let (credentials, now) =
        app.store.keep("count_login", async |tx| admit(tx, &name, &command.login).await).await?;
    let hash = credentials.as_ref().map(|known| known.password_hash.clone());
    let matches = app.passwords.matches(command.password, hash).await?;
    let known = credentials.filter(|_| matches).ok_or(Refusal::of(Code::LoginFailed))?;
    let step = second_step(app, &known, command.code.as_deref(), now)?;
    let session = app.store.write("log_in", async |tx| open(app, tx, &name, &known, step).await).await?;
    tokens(app, known.user, session, 1).await
}

/// Counts the try as failed before it is made, so that many at once count as many.
async fn admit(
    tx: &mut Tx,
    name: &[u8],
    login: &LoginName,
) -> Result<(Option<Credentials>, Timestamp), Error> {
    let (attempts, now) = open_attempts(tx, name).await?;
    throttle::save(tx, name, attempts.after_failure(now)).await?;
    Ok((sessions::credentials(tx, login).await?, now))
}

/// The step of the one-time code, where the user has a second factor. Found without the database: how long a refusal takes must not
/// tell whoever has no code that the password was right.
fn second_step(
    app: &App,
    known: &Credentials,
    code: Option<&str>,
    now: Timestamp,
) -> Result<Option<i64>, Refusal> {
    let Some(salt) = &known.second_factor else { return Ok(None) };
    let step = code.and_then(|code| step_of(app, known.user, salt, code, now));
    step.map(Some).ok_or(Refusal::of(Code::LoginFailed))
}

/// The attempts of a name that is not closed, held until the transaction ends, and the time. Errors: `LOGIN_THROTTLED`.
pub(super) async fn open_attempts(tx: &mut Tx, name: &[u8]) -> Result<(Attempts, Timestamp), Error> {
    let attempts = throttle::lock(tx, name).await?;
    let now = tx.now().await?;
    if let Some(until) = attempts.closed_until.filter(|until| now < *until) {
        let seconds = until.seconds().saturating_sub(now.seconds());
        return Err(Refusal::of(Code::LoginThrottled).allowing(format!("after {seconds} seconds")).into());
    }
    Ok((attempts, now))
}

async fn open(
    app: &App,
    tx: &mut Tx,
    name: &[u8],
    known: &Credentials,
    step: Option<i64>,
) -> Result<Recorded<SessionId>, Error> {
    let now = tx.now().await?;
    if let Some(step) = step
        && !sessions::use_step(tx, known.user, step).await?
    {
        return Err(Refusal::of(Code::LoginFailed).into());
    }
    let session: SessionId = fresh();
    let refresh = digest(&refresh_token(app, session, 1));
    sessions::open(tx, session, known.user, &refresh, now.plus_seconds(LOGIN_SECONDS)).await?;
    throttle::forget(tx, name).await?;
    let actor = Actor::User { user: known.user, organization: known.organization, session };
    Ok(record(tx, actor, Act::new("LoggedIn", known.user), session).await?)
}

/// The tokens of a login's generation.
pub(super) async fn tokens(
    app: &App,
    user: UserId,
    session: SessionId,
    generation: i32,
) -> Result<Tokens, Error> {
    let access = app.keys.sign(app, Subject::Login { user, session, generation }).await?;
    Ok(Tokens { access, refresh: refresh_token(app, session, generation), access_seconds: ACCESS_SECONDS })
}

/// The refresh token of a login's generation.
pub(super) fn refresh_token(app: &App, session: SessionId, generation: i32) -> String {
    let parts: [&[u8]; 2] = [&session.number().to_be_bytes(), &generation.to_be_bytes()];
    hex(&app.secret.derive(Purpose::Refresh, &parts))
}
