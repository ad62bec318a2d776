//! Passwords: argon2id with OWASP's parameters, and the same work for a user who does not exist.

use argon2::password_hash::{PasswordHash, PasswordHasher as _, PasswordVerifier as _, SaltString};
use argon2::{Algorithm, Argon2, Params, Version};

use crate::secret::NoRandomness;
use crate::secret::random;

/// 19 MiB, two passes, one lane: the least that OWASP's Password Storage Cheat Sheet gives for argon2id.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;

/// Three random words are longer (NCSC); no rule on which characters, which only makes passwords alike.
const SHORTEST: usize = 12;
/// Hashing a longer one would be work for nothing.
const LONGEST: usize = 256;

/// A hash that no password has, with the parameters of those that are made: what a user who does not exist
/// is compared with, so that the time of an answer does not tell who exists.
const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5bm9ib2R5bm9ib2R5$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// Why a password was not taken.
#[derive(Debug, thiserror::Error)]
pub enum PasswordError {
    /// It is too short or too long.
    #[error("a password has {SHORTEST} to {LONGEST} characters; three random words will do")]
    Length,
    /// No random numbers for the salt.
    #[error("make a salt")]
    Salt(#[source] NoRandomness),
    /// The hash could not be made, which the parameters rule out.
    #[error("hash the password")]
    Hash,
}

/// The hash of a password, to be kept.
pub(crate) fn hash(password: &str) -> Result<String, PasswordError> {
    if !(SHORTEST..=LONGEST).contains(&password.chars().count()) {
        return Err(PasswordError::Length);
    }
    let salt = random::<16>().map_err(PasswordError::Salt)?;
    let salt = SaltString::encode_b64(&salt).map_err(|_| PasswordError::Hash)?;
    let hash = argon2().and_then(|argon2| {
        argon2.hash_password(password.as_bytes(), &salt).ok().map(|hash| hash.to_string())
    });
    hash.ok_or(PasswordError::Hash)
}

/// Whether the password has this hash. Without a hash the same work is done, and the answer is no.
///
/// It takes tens of milliseconds and 19 MiB.
pub(crate) fn verify(password: &str, kept: Option<&str>) -> bool {
    if password.len() > LONGEST * 4 {
        return false;
    }
    let (Ok(hash), Some(argon2)) = (PasswordHash::new(kept.unwrap_or(NOBODY)), argon2()) else {
        return false;
    };
    let same = argon2.verify_password(password.as_bytes(), &hash).is_ok();
    same && kept.is_some()
}

fn argon2() -> Option<Argon2<'static>> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None).ok()?;
    Some(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_has_its_own_hash_only() {
        let kept = hash("three random words").unwrap();
        assert!(verify("three random words", Some(&kept)));
        assert!(!verify("three random word", Some(&kept)));
        assert!(!verify("three random words", None));
        assert!(!verify("three random words", Some("damaged")));
        assert_ne!(kept, hash("three random words").unwrap());
    }

    #[test]
    fn a_user_who_does_not_exist_costs_the_same_work() {
        let kept = hash("three random words").unwrap();
        let parameters = |hash: &str| {
            let hash = PasswordHash::new(hash).unwrap();
            (
                hash.algorithm.to_string(),
                hash.version,
                hash.params.to_string(),
                hash.hash.map(|hash| hash.len()),
            )
        };
        assert_eq!(parameters(&kept), parameters(NOBODY));
    }

    #[test]
    fn a_password_is_long_enough_and_not_too_long() {
        assert!(matches!(hash("elevenchars"), Err(PasswordError::Length)));
        assert!(matches!(hash(&"x".repeat(257)), Err(PasswordError::Length)));
    }
}
