//! Access tokens: signed with Ed25519, proved by one `validation()`.
use ed25519_dalek::{Signer as _, SigningKey, VerifyingKey};
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::Who;
use jicai_domain::ids::{ClientId, Id, RequestId, SessionId, SigningKeyId, UserId};
use jicai_store::fresh;
use jsonwebtoken::crypto::{CryptoProvider, JwtSigner, JwtVerifier, KeyUtils};
use jsonwebtoken::errors::{ErrorKind, Result as JwtResult, new_error};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};
use signature::{Signer, Verifier};

use crate::clock;
use crate::errors::Error;

/// How long an access token is good.
pub(crate) const ACCESS_SECONDS: u64 = 900;
/// By how much the clocks of two machines may differ.
pub(crate) const LEEWAY_SECONDS: u64 = 5;
const ISSUER: &str = "jicai";
const AUDIENCE: &str = "jicai-api";

/// What a token says.
#[derive(Debug, Serialize, Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    sub: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    sid: Option<String>,
    jti: String,
    iat: u64,
    nbf: u64,
    exp: u64,
}

/// Whom a token is for.
#[derive(Clone, Copy)]
pub(crate) enum Subject {
    /// A user, by a login that was refreshed so often.
    Login { user: UserId, session: SessionId, generation: i32 },
    /// A client.
    Client(ClientId),
}

/// What a token proves.
#[derive(Clone, Copy)]
pub(crate) enum Proved {
    /// A login.
    Login(SessionId),
    /// A client.
    Client(ClientId),
}

impl Proved {
    /// What such a caller proves with every request.
    pub(crate) fn by(who: &Who) -> Proved {
        match who {
            Who::User { session, .. } => Self::Login(*session),
            Who::Client { client, .. } => Self::Client(*client),
        }
    }
}

/// The id of the login or the client.
impl std::fmt::Display for Proved {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Login(session) => write!(f, "{session}"),
            Self::Client(client) => write!(f, "{client}"),
        }
    }
}

/// An access token, signed by that key.
pub(crate) fn sign(key: SigningKeyId, seed: &[u8; 32], subject: Subject) -> Result<String, Error> {
    install();
    let now = clock::seconds();
    let (sub, sid, jti) = match subject {
        Subject::Login { user, session, generation } => {
            (user.to_string(), Some(session.to_string()), format!("{session}.{generation}"))
        }
        Subject::Client(client) => (client.to_string(), None, fresh::<RequestId>().to_string()),
    };
    let claims = Claims {
        iss: ISSUER.to_owned(),
        aud: AUDIENCE.to_owned(),
        sub,
        sid,
        jti,
        iat: now,
        nbf: now,
        exp: now.saturating_add(ACCESS_SECONDS),
    };
    let mut header = Header::new(Algorithm::EdDSA);
    header.kid = Some(key.to_string());
    jsonwebtoken::encode(&header, &claims, &EncodingKey::from_ed_der(seed))
        .map_err(|error| Error::Broken(error.into()))
}

/// The key that an unverified token names. Errors: `TOKEN_INVALID`.
pub(crate) fn unverified_key(unverified: &str) -> Result<SigningKeyId, Refusal> {
    let header = jsonwebtoken::decode_header(unverified).map_err(|_header| invalid())?;
    let known = header.alg == Algorithm::EdDSA;
    let key = header.kid.filter(|_| known).ok_or_else(invalid)?;
    SigningKeyId::parse(&key).map_err(|_id| invalid())
}

/// The login or the client that a token proves, and for how many seconds: a login names itself, a client is the subject. Errors:
/// `TOKEN_INVALID`, `TOKEN_EXPIRED`.
pub(crate) fn prove(unverified: &str, public: &[u8]) -> Result<(Proved, u64), Refusal> {
    install();
    let decoded =
        jsonwebtoken::decode::<Claims>(unverified, &DecodingKey::from_ed_der(public), &validation());
    let claims = decoded.map_err(|error| refusal(error.kind()))?.claims;
    let now = clock::seconds();
    if claims.iat > now.saturating_add(LEEWAY_SECONDS) {
        return Err(invalid());
    }
    let proved = match &claims.sid {
        Some(session) => SessionId::parse(session).map(Proved::Login),
        None => ClientId::parse(&claims.sub).map(Proved::Client),
    };
    Ok((proved.map_err(|_id| invalid())?, claims.exp.saturating_sub(now)))
}

/// The one way in which a token is proved.
fn validation() -> Validation {
    let mut validation = Validation::new(Algorithm::EdDSA);
    validation.leeway = LEEWAY_SECONDS;
    validation.validate_nbf = true;
    validation.set_issuer(&[ISSUER]);
    validation.set_audience(&[AUDIENCE]);
    validation.set_required_spec_claims(&["aud", "exp", "iss", "nbf", "sub"]);
    validation
}

fn invalid() -> Refusal {
    Refusal::of(Code::TokenInvalid)
}

fn refusal(kind: &ErrorKind) -> Refusal {
    if matches!(kind, ErrorKind::ExpiredSignature) { Refusal::of(Code::TokenExpired) } else { invalid() }
}

/// Nothing but Ed25519 can sign or prove a token: no other algorithm is linked in.
static ED25519_ONLY: CryptoProvider = CryptoProvider {
    signer_factory: |algorithm, key| {
        only_ed25519(algorithm)?;
        let seed = key.as_bytes().try_into().map_err(|_length| new_error(ErrorKind::InvalidEddsaKey))?;
        Ok(Box::new(Ed25519Signer(SigningKey::from_bytes(seed))))
    },
    verifier_factory: |algorithm, key| {
        only_ed25519(algorithm)?;
        let bytes = key.try_get_as_bytes()?;
        let bytes = bytes.try_into().map_err(|_length| new_error(ErrorKind::InvalidEddsaKey))?;
        let key = VerifyingKey::from_bytes(bytes).map_err(|_point| new_error(ErrorKind::InvalidEddsaKey))?;
        Ok(Box::new(Ed25519Verifier(key)))
    },
    key_utils: KeyUtils::new_unimplemented(),
};

fn install() {
    // The second and later calls find it installed.
    let _installed = ED25519_ONLY.install_default();
}

fn only_ed25519(algorithm: &Algorithm) -> JwtResult<()> {
    if *algorithm == Algorithm::EdDSA { Ok(()) } else { Err(new_error(ErrorKind::InvalidAlgorithm)) }
}

struct Ed25519Signer(SigningKey);

impl Signer<Vec<u8>> for Ed25519Signer {
    fn try_sign(&self, message: &[u8]) -> Result<Vec<u8>, signature::Error> {
        Ok(self.0.sign(message).to_bytes().to_vec())
    }
}

impl JwtSigner for Ed25519Signer {
    fn algorithm(&self) -> Algorithm {
        Algorithm::EdDSA
    }
}

struct Ed25519Verifier(VerifyingKey);

impl Verifier<Vec<u8>> for Ed25519Verifier {
    fn verify(&self, message: &[u8], signed: &Vec<u8>) -> Result<(), signature::Error> {
        let signed =
            ed25519_dalek::Signature::from_slice(signed).map_err(|_length| signature::Error::new())?;
        self.0.verify_strict(message, &signed).map_err(|_signature| signature::Error::new())
    }
}

impl JwtVerifier for Ed25519Verifier {
    fn algorithm(&self) -> Algorithm {
        Algorithm::EdDSA
    }
}
