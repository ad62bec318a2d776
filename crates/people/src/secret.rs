//! Secrets: how they are made, and what is kept of them.
//!
//! A session's and a token's secret is 256 random bits, so its SHA-256 can be kept: nobody can go through
//! 2^256 of them, and a slow hash would only slow down the hub. A password is guessable, and is kept in
//! another way (`password.rs`).

use std::fmt;

use data_encoding::{BASE32_NOPAD, BASE64URL_NOPAD};
use rand::TryRng as _;
use rand::rngs::SysRng;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// A secret that is shown once, to its holder. It is never logged.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// 256 random bits of the operating system.
    ///
    /// # Errors
    /// The operating system has none.
    pub(crate) fn random(prefix: &str) -> Result<Self, NoRandomness> {
        Ok(Self(format!("{prefix}{}", BASE64URL_NOPAD.encode(&random::<32>()?))))
    }

    /// A secret for one attempt to sign in, which a browser holds.
    ///
    /// # Errors
    /// The operating system has no random numbers.
    pub fn fresh() -> Result<Self, NoRandomness> {
        Self::random("")
    }

    /// What a request carried.
    #[must_use]
    pub fn given(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// The secret itself, for its holder.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// Another secret that only who has this one can make: one for each purpose.
    #[must_use]
    pub fn derived(&self, purpose: &str) -> Self {
        let mut hash = Sha256::new();
        // With its length, so that no purpose and secret run together into another pair.
        hash.update((purpose.len() as u64).to_be_bytes());
        hash.update(purpose);
        hash.update(&self.0);
        Self(BASE64URL_NOPAD.encode(&hash.finalize()))
    }

    /// Whether this is the other. It takes as long whether they differ early, late or not at all.
    #[must_use]
    pub fn is(&self, other: &str) -> bool {
        let own = Sha256::digest(&self.0);
        let differs =
            own.iter().zip(Sha256::digest(other)).fold(0, |so_far, (a, b)| so_far | (a ^ b));
        differs == 0
    }

    /// What is kept of it.
    pub(crate) fn hash(&self) -> Hash {
        Hash(BASE64URL_NOPAD.encode(&Sha256::digest(&self.0)))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(withheld)")
    }
}

/// What is kept of a secret: its SHA-256. It is looked up by value; what the time of a look-up tells of
/// a hash helps nobody to find a secret that has it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Hash(String);

/// The operating system gave no random numbers.
#[derive(Debug, thiserror::Error)]
#[error("get random numbers from the operating system")]
pub struct NoRandomness(#[source] rand::rngs::SysError);

pub(crate) fn random<const N: usize>() -> Result<[u8; N], NoRandomness> {
    let mut bytes = [0; N];
    SysRng.try_fill_bytes(&mut bytes).map_err(NoRandomness)?;
    Ok(bytes)
}

/// A random name that is nobody's secret: 80 bits, in letters and digits.
pub(crate) fn random_name(prefix: &str) -> Result<String, NoRandomness> {
    let name = BASE32_NOPAD.encode(&random::<10>()?).to_ascii_lowercase();
    Ok(format!("{prefix}{name}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_random_and_never_shown_by_accident() {
        let secret = Secret::random("x_").unwrap();
        assert_eq!(secret.reveal().len(), 2 + 43);
        assert_ne!(secret, Secret::random("x_").unwrap());
        assert_eq!(format!("{secret:?}"), "Secret(withheld)");
        assert!(secret.is(secret.reveal()));
        assert!(!secret.is("x_"));
        assert_ne!(secret.derived("a"), secret.derived("b"));
    }
}
