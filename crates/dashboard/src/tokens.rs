//! The bearer tokens of the agencies, kept as digests only.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use carehub_domain::BodyId;
use sha2::{Digest as _, Sha256};

type Hash = [u8; 32];

/// The token that opens the metrics and nothing else.
pub(crate) struct MetricsToken(Hash);

impl MetricsToken {
    /// Takes the secret; only its digest is kept. An empty one opens nothing.
    pub(crate) fn new(secret: &str) -> Option<Self> {
        (!secret.is_empty()).then(|| Self(hash(secret.as_bytes())))
    }

    /// Whether this is the secret; how long that takes tells nothing of it.
    pub(crate) fn is(&self, secret: &[u8]) -> bool {
        is_same(&hash(secret), &self.0)
    }
}

/// Which token is whose. Clones share one map, so that the binary can replace it when a policy
/// brings new bodies.
#[derive(Clone, Default)]
pub struct Tokens(Arc<RwLock<Vec<(BodyId, Hash)>>>);

impl Tokens {
    /// Takes the secrets; only their digests are kept.
    #[must_use]
    pub fn new(tokens: &BTreeMap<BodyId, String>) -> Self {
        let kept = Self::default();
        kept.replace(tokens);
        kept
    }

    /// Forgets all tokens and takes these. An empty secret opens nothing.
    pub fn replace(&self, tokens: &BTreeMap<BodyId, String>) {
        let hashed = tokens
            .iter()
            .filter(|(_, secret)| !secret.is_empty())
            .map(|(body, secret)| (body.clone(), hash(secret.as_bytes())))
            .collect();
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = hashed;
    }

    /// Whose secret this is.
    ///
    /// Both sides are hashed and every entry is compared whole, so the time that it takes tells
    /// nothing of a secret.
    #[must_use]
    pub fn owner(&self, secret: &[u8]) -> Option<BodyId> {
        let given = hash(secret);
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let mut found = None;
        for (body, kept) in known.iter() {
            if is_same(&given, kept) {
                found = Some(body);
            }
        }
        found.cloned()
    }
}

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tokens(withheld)")
    }
}

fn is_same(a: &Hash, b: &Hash) -> bool {
    a.iter().zip(b).fold(0, |so_far, (a, b)| so_far | (a ^ b)) == 0
}

fn hash(secret: &[u8]) -> Hash {
    Sha256::digest(secret).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(entries: &[(&str, &str)]) -> BTreeMap<BodyId, String> {
        let entry =
            |(body, token): &(&str, &str)| (BodyId::new(body).unwrap(), (*token).to_owned());
        entries.iter().map(entry).collect()
    }

    #[test]
    fn a_token_names_its_owner_and_nothing_else_does() {
        let kept = Tokens::new(&tokens(&[("police", "a"), ("cqc", "b"), ("fire", "")]));
        assert_eq!(kept.owner(b"a"), Some(BodyId::new("police").unwrap()));
        assert_eq!(kept.owner(b"b"), Some(BodyId::new("cqc").unwrap()));
        assert_eq!(kept.owner(b"c"), None);
        assert_eq!(kept.owner(b""), None);
    }

    #[test]
    fn the_metrics_token_is_that_secret_alone_and_none_where_there_is_none() {
        let token = MetricsToken::new("m").unwrap();
        assert!(token.is(b"m") && !token.is(b"") && !token.is(b"n"));
        assert!(MetricsToken::new("").is_none());
    }

    #[test]
    fn a_replaced_token_opens_nothing_any_more() {
        let kept = Tokens::new(&tokens(&[("police", "old")]));
        let shared = kept.clone();
        kept.replace(&tokens(&[("police", "new")]));
        assert_eq!(shared.owner(b"old"), None);
        assert!(shared.owner(b"new").is_some());
        assert_eq!(format!("{shared:?}"), "Tokens(withheld)");
    }
}
