//! Chance, from the system: the only place that asks for it on our behalf.
use getrandom::SysRng;
use rand_core::UnwrapErr;
use zeroize::Zeroizing;

use crate::errors::SealError;

/// 32 bytes that nobody can guess. Errors: `SEAL_CHANCE`.
pub(crate) fn bytes() -> Result<Zeroizing<[u8; 32]>, SealError> {
    let mut bytes = Zeroizing::new([0; 32]);
    getrandom::fill(bytes.as_mut()).map_err(|_no_source| SealError::Chance)?;
    Ok(bytes)
}

/// The same source for a library that draws by itself. It ends the program where the system has no chance to give, as `age` does.
pub(crate) fn source() -> UnwrapErr<SysRng> {
    UnwrapErr(SysRng)
}
