//! Access tokens for clients. As with logins, whoever fails learns nothing: not whether the client exists, not what was wrong.
use jicai_domain::audit::{Act, Actor};
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::Permission;
use jicai_domain::ids::ClientId;
use jicai_store::Tx;
use jicai_store::audit::record;
use jicai_store::identity::clients::{self, Proof};
use jicai_store::identity::throttle;

use super::login::open_attempts;
use super::token::{ACCESS_SECONDS, Subject};
use crate::app::App;
use crate::errors::Error;
use crate::secret::{Purpose, digest};

/// What a client shows.
pub struct ClientCredentials {
    /// Which client it is.
    pub client: ClientId,
    /// The secret, as sent.
    pub secret: String,
    /// The labels of the permissions that it wants, if it says.
    pub scope: Option<String>,
}

/// What a client gets.
#[derive(Clone, Debug)]
pub struct ClientToken {
    /// For each request.
    pub access: String,
    /// How long it is good.
    pub access_seconds: u64,
    /// The permissions of the client, which the token has all of.
    pub permissions: Vec<Permission>,
}

/// Gives an access token to a client. Errors: `LOGIN_FAILED`, `LOGIN_THROTTLED`, `PERMISSION_INVALID` for a scope that the
/// client does not have.
pub async fn client_token(app: &App, shown: ClientCredentials) -> Result<ClientToken, Error> {
    let client = shown.client;
    let proof = app.store.keep("prove_client", async |tx| prove(app, tx, &shown).await).await?;
    let proof = proof.ok_or(Refusal::of(Code::LoginFailed))?;
    contained(shown.scope.as_deref(), &proof.permissions)?;
    let actor = Actor::Client { client, organization: proof.organization };
    app.store
        .write("issue_client_token", async |tx| {
            Ok::<_, Error>(record(tx, actor, Act::new("ClientTokenIssued", client), ()).await?)
        })
        .await?;
    let access = app.keys.sign(app, Subject::Client(client)).await?;
    Ok(ClientToken { access, access_seconds: ACCESS_SECONDS, permissions: proof.permissions })
}

/// Looks at the secret while the client's attempts are held: a guess is counted before the next one is looked at, and many
/// right secrets at once are no guesses. The digests hide the secret whatever comparing them takes.
async fn prove(app: &App, tx: &mut Tx, shown: &ClientCredentials) -> Result<Option<Proof>, Error> {
    let name = app.secret.derive(Purpose::LoginName, &[shown.client.to_string().as_bytes()]);
    let (attempts, now) = open_attempts(tx, &name).await?;
    let found = clients::proof(tx, shown.client).await?;
    let secret = digest(&shown.secret);
    let proved = found.filter(|proof| proof.digests.iter().any(|digest| digest.as_slice() == secret));
    if proved.is_some() {
        throttle::forget(tx, &name).await?;
    } else {
        throttle::save(tx, &name, attempts.after_failure(now)).await?;
    }
    Ok(proved)
}

fn contained(asked: Option<&str>, permissions: &[Permission]) -> Result<(), Refusal> {
    let given = |label: &str| permissions.iter().any(|permission| permission.label() == label);
    let all = asked.unwrap_or_default().split_ascii_whitespace().all(given);
    if all { Ok(()) } else { Err(Refusal::of(Code::PermissionInvalid).at("scope")) }
}
