//! One-time codes: TOTP with SHA-1, 30 seconds and 6 digits (RFC 6238), as authenticator programs make them.
use hmac::{Hmac, KeyInit, Mac};
use jicai_domain::audit::Act;
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::{Caller, Permission};
use jicai_domain::ids::{Id, UserId};
use jicai_domain::time::Timestamp;
use jicai_store::audit::record;
use jicai_store::identity::{sessions, users};
use jicai_store::{Recorded, Tx};
use sha1::Sha1;

use crate::app::App;
use crate::audit::actor;
use crate::errors::Error;
use crate::secret::Purpose;

const STEP_SECONDS: i64 = 30;
const DIGITS: usize = 6;
const SECRET_BYTES: usize = 20;
const BASE32: [char; 32] = [
    'A', 'B', 'C', 'D', 'E', 'F', 'G', 'H', 'I', 'J', 'K', 'L', 'M', 'N', 'O', 'P', 'Q', 'R', 'S', 'T', 'U',
    'V', 'W', 'X', 'Y', 'Z', '2', '3', '4', '5', '6', '7',
];

/// What an authenticator program is set up with.
pub struct Enrolment {
    /// The shared secret in base 32.
    pub secret: String,
    /// The same with the account's name, for a QR code.
    pub uri: String,
}

/// Begins a second factor; it is asked for once it is confirmed. Errors: `TOTP_STATE` when one is confirmed.
pub async fn begin_second_factor(app: &App, caller: &Caller) -> Result<Enrolment, Error> {
    let scope = caller.require(Permission::OwnAccount)?;
    let own = caller.user()?;
    let mut salt = [0; 16];
    getrandom::fill(&mut salt).map_err(|error| Error::Broken(error.into()))?;
    let user = app
        .store
        .write("begin_second_factor", async |tx| {
            let user = users::lock(tx, &scope, own).await?;
            let (_, confirmed) = sessions::second_factor(tx, own).await?;
            if confirmed {
                return Err(Error::from(Refusal::of(Code::TotpState)));
            }
            sessions::set_second_factor(tx, own, Some(&salt)).await?;
            Ok(record(tx, actor(caller), Act::new("SecondFactorBegun", own), user).await?)
        })
        .await?;
    let secret = base32(&shared(app, own, &salt));
    let uri = format!(
        "otpauth://totp/Jicai:{}?secret={secret}&issuer=Jicai&algorithm=SHA1&digits={DIGITS}&period={STEP_SECONDS}",
        user.login.as_str()
    );
    Ok(Enrolment { secret, uri })
}

/// Confirms the begun second factor by a code of it. Errors: `TOTP_STATE`, `TOTP_WRONG`.
pub async fn confirm_second_factor(app: &App, caller: &Caller, code: &str) -> Result<(), Error> {
    settle(app, caller, code, Settling::Confirm).await
}

/// Ends the confirmed second factor by a code of it. Errors: `TOTP_STATE`, `TOTP_WRONG`.
pub async fn drop_second_factor(app: &App, caller: &Caller, code: &str) -> Result<(), Error> {
    settle(app, caller, code, Settling::Drop).await
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Settling {
    Confirm,
    Drop,
}

async fn settle(app: &App, caller: &Caller, code: &str, settling: Settling) -> Result<(), Error> {
    caller.require(Permission::OwnAccount)?;
    app.store.write("settle_second_factor", async |tx| settle_in(app, tx, caller, code, settling).await).await
}

async fn settle_in(
    app: &App,
    tx: &mut Tx,
    caller: &Caller,
    code: &str,
    settling: Settling,
) -> Result<Recorded<()>, Error> {
    let own = caller.user()?;
    let (salt, confirmed) = sessions::second_factor(tx, own).await?;
    let wanted = confirmed == (settling == Settling::Drop);
    let salt = salt.filter(|_| wanted).ok_or(Refusal::of(Code::TotpState))?;
    let wrong = || Refusal::of(Code::TotpWrong).at("code");
    let step = step_of(app, own, &salt, code, tx.now().await?).ok_or_else(wrong)?;
    if !sessions::use_step(tx, own, step).await? {
        return Err(wrong().into());
    }
    let kind = match settling {
        Settling::Confirm => {
            sessions::confirm_second_factor(tx, own).await?;
            "SecondFactorConfirmed"
        }
        Settling::Drop => {
            sessions::set_second_factor(tx, own, None).await?;
            "SecondFactorDropped"
        }
    };
    Ok(record(tx, actor(caller), Act::new(kind, own), ()).await?)
}

/// The step that the code belongs to: the current one, the one before or the one after.
pub(super) fn step_of(app: &App, user: UserId, salt: &[u8], code: &str, now: Timestamp) -> Option<i64> {
    let secret = shared(app, user, salt);
    let current = now.seconds().div_euclid(STEP_SECONDS);
    [current, current.saturating_sub(1), current.saturating_add(1)]
        .into_iter()
        .find(|step| totp(&secret, *step) == code)
}

fn shared(app: &App, user: UserId, salt: &[u8]) -> Vec<u8> {
    let derived = app.secret.derive(Purpose::SecondFactor, &[&user.number().to_be_bytes(), salt]);
    derived.iter().copied().take(SECRET_BYTES).collect()
}

fn totp(secret: &[u8], step: i64) -> String {
    let Ok(mut mac) = Hmac::<Sha1>::new_from_slice(secret) else { return String::new() };
    mac.update(&step.to_be_bytes());
    let tag: [u8; 20] = mac.finalize().into_bytes().into();
    let offset = usize::from(tag.last().copied().unwrap_or_default() & 0x0f);
    let word = tag.iter().skip(offset).take(4).fold(0_u32, |word, byte| (word << 8) | u32::from(*byte));
    format!("{:0DIGITS$}", (word & 0x7fff_ffff) % 1_000_000)
}

fn base32(bytes: &[u8]) -> String {
    let bits: Vec<u8> =
        bytes.iter().flat_map(|byte| (0..8).rev().map(move |bit| (byte >> bit) & 1)).collect();
    let values =
        bits.chunks(5).map(|bits| bits.iter().fold(0_usize, |value, bit| (value << 1) | usize::from(*bit)));
    values.filter_map(|value| BASE32.get(value)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_codes_are_those_of_rfc_6238() {
        // Appendix B, SHA-1, the last six of its eight digits.
        let secret = b"12345678901234567890";
        for (seconds, code) in
            [(59, "287082"), (1_111_111_109, "081804"), (1_234_567_890, "005924"), (20_000_000_000, "353130")]
        {
            assert_eq!(totp(secret, seconds / STEP_SECONDS), code);
        }
    }

    #[test]
    fn the_secret_is_written_in_base_32_of_rfc_4648() {
        assert_eq!(base32(b"12345678901234567890"), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
        assert_eq!(base32(b"fooba"), "MZXW6YTB");
    }
}
