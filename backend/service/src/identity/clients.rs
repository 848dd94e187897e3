//! Clients: programs that get access tokens by a secret of their own, and what a manager does about them.
use jicai_domain::audit::{Act, IdempotencyKey, hex};
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::{Caller, Client, Name, Overlap, Permission, Role, Version};
use jicai_domain::ids::{ClientId, Id};
use jicai_store::audit::record;
use jicai_store::identity::{clients, organizations};
use jicai_store::{Page, Part, Recorded, Tx, fresh};

use crate::app::App;
use crate::audit::{Answer, Changed, actor, keyed, once};
use crate::errors::Error;
use crate::secret::{Purpose, digest};

/// A program to be let in.
pub struct CreateClient {
    /// What the organization calls it.
    pub name: Name,
    /// What it will act as.
    pub role: Role,
    /// What it is given of what its role may.
    pub permissions: Vec<Permission>,
    /// The key of the request.
    pub key: IdempotencyKey,
}

/// A client to be given another secret.
pub struct RotateClientSecret {
    /// The client.
    pub id: ClientId,
    /// The version that the caller has seen.
    pub version: Version,
    /// For how long the secret before stays good.
    pub overlap: Overlap,
    /// The key of the request.
    pub key: IdempotencyKey,
}

/// A client with a new secret.
#[derive(Clone, Copy, Debug)]
pub struct ClientSecret {
    /// The client.
    pub client: ClientId,
    /// Its version.
    pub version: Version,
    generation: i32,
}

impl ClientSecret {
    fn of(client: &Client) -> ClientSecret {
        ClientSecret { client: client.id, version: client.version, generation: client.generation }
    }

    /// The secret, to be shown once. It is derived, so that nothing keeps it.
    pub fn secret(&self, app: &App) -> String {
        secret(app, self.client, self.generation)
    }
}

impl Answer for ClientSecret {
    fn to_text(&self) -> String {
        format!("{} {}", self.generation, Changed { id: self.client, version: self.version }.to_text())
    }

    fn from_text(text: &str) -> Option<Self> {
        let (generation, changed) = text.split_once(' ')?;
        let Changed { id, version } = Changed::from_text(changed)?;
        Some(ClientSecret { client: id, version, generation: generation.parse().ok()? })
    }
}

/// The clients of the caller's organization, the newest first. Errors: `FORBIDDEN`.
pub async fn clients(app: &App, caller: &Caller, page: &Page<ClientId>) -> Result<Part<Client>, Error> {
    let scope = caller.require(Permission::ManageClients)?;
    let mut tx = app.store.read().await?;
    Ok(clients::list(&mut tx, &scope, page).await?)
}

/// Creates a client of the caller's organization. Errors: `FORBIDDEN`, `ROLE_INVALID`, `PERMISSION_INVALID`.
pub async fn create_client(app: &App, caller: &Caller, command: CreateClient) -> Result<ClientSecret, Error> {
    let scope = caller.require(Permission::ManageClients)?;
    let labels = labels(&command.permissions);
    let said = [command.name.as_str(), command.role.label(), &labels];
    let keyed = keyed(app, Some(caller), &command.key, "create_client", &said);
    once(app, &keyed, async |tx| {
        let own = organizations::find(tx, &scope, caller.organization).await?;
        let (name, belongs) = (command.name.clone(), (own.id, own.kind));
        let client = Client::create(fresh(), belongs, name, command.role, &command.permissions)?;
        let created = ClientSecret::of(&client);
        clients::add(tx, &client, &digest(&created.secret(app))).await?;
        let act = Act::new("ClientCreated", client.id)
            .with("name", client.name.as_str())
            .with("role", client.role.label())
            .with("permissions", self::labels(&client.permissions));
        Ok(record(tx, actor(caller), act, created).await?)
    })
    .await
}

/// Gives a client of the caller's organization another secret. Errors: `FORBIDDEN`, `NOT_FOUND`, `CLIENT_STATE`,
/// `STALE_VERSION`.
pub async fn rotate_client_secret(
    app: &App,
    caller: &Caller,
    command: RotateClientSecret,
) -> Result<ClientSecret, Error> {
    let scope = caller.require(Permission::ManageClients)?;
    let RotateClientSecret { id, version, overlap, key } = command;
    let said = [id.to_string(), version.number().to_string(), overlap.seconds().to_string()];
    let keyed = keyed(app, Some(caller), &key, "rotate_client_secret", &said.each_ref().map(String::as_str));
    once(app, &keyed, async |tx| {
        let current = clients::lock(tx, &scope, id).await?;
        seen(&current, version)?;
        rotate(app, tx, caller, current, overlap).await
    })
    .await
}

async fn rotate(
    app: &App,
    tx: &mut Tx,
    caller: &Caller,
    current: Client,
    overlap: Overlap,
) -> Result<Recorded<ClientSecret>, Error> {
    let expected = current.version;
    let changed = current.rotate_secret()?;
    let rotated = ClientSecret::of(&changed);
    let digest = digest(&rotated.secret(app));
    clients::rotate(tx, &changed, (expected, &digest), overlap).await?;
    let act = Act::new("ClientSecretRotated", changed.id)
        .with("generation", changed.generation)
        .with("overlapSeconds", overlap.seconds());
    Ok(record(tx, actor(caller), act, rotated).await?)
}

/// Ends a client of the caller's organization; its tokens are refused at once. Errors: `FORBIDDEN`, `NOT_FOUND`,
/// `CLIENT_STATE`, `STALE_VERSION`.
pub async fn disable_client(
    app: &App,
    caller: &Caller,
    (id, version): (ClientId, Version),
    key: &IdempotencyKey,
) -> Result<Changed<ClientId>, Error> {
    let scope = caller.require(Permission::ManageClients)?;
    let (who, read) = (id.to_string(), version.number().to_string());
    let keyed = keyed(app, Some(caller), key, "disable_client", &[&who, &read]);
    once(app, &keyed, async |tx| {
        let current = clients::lock(tx, &scope, id).await?;
        seen(&current, version)?;
        let changed = current.disable()?;
        clients::save_status(tx, &changed, version).await?;
        let answer = Changed { id, version: changed.version };
        Ok(record(tx, actor(caller), Act::new("ClientDisabled", id), answer).await?)
    })
    .await
}

fn seen(current: &Client, expected: Version) -> Result<(), Refusal> {
    let same = current.version == expected;
    if same { Ok(()) } else { Err(Refusal::of(Code::StaleVersion).at("version")) }
}

fn labels(permissions: &[Permission]) -> String {
    permissions.iter().map(|permission| permission.label()).collect::<Vec<_>>().join(" ")
}

fn secret(app: &App, client: ClientId, generation: i32) -> String {
    let parts: [&[u8]; 2] = [&client.number().to_be_bytes(), &generation.to_be_bytes()];
    hex(&app.secret.derive(Purpose::ClientSecret, &parts))
}
