//! API tokens: for one agency, with rights of their own, for a while, and revocable.

use carehub_domain::BodyId;
use jiff::Timestamp;

use crate::document::Token;
use crate::file::FileError;
use crate::secret::{NoRandomness, Secret, random_name};
use crate::{People, Rights, TokenId};

/// What a secret of a token begins with, so that one that leaked into a file can be found.
pub const TOKEN_PREFIX: &str = "cht_";

/// A token, as it is listed: never its secret, which nobody has but its holder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenLine {
    /// Its name.
    pub id: TokenId,
    /// For which agency.
    pub agency: BodyId,
    /// What it may do.
    pub rights: Rights,
    /// What it is for.
    pub label: String,
    /// When it was made.
    pub made: Timestamp,
    /// When it ends, if it does.
    pub expires: Option<Timestamp>,
}

/// Why a token was not made or revoked.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// There is none of this name.
    #[error("there is no such token")]
    Unknown,
    /// It could do nothing.
    #[error("a token has at least one right")]
    NoRights,
    /// It would have ended already.
    #[error("the token would have ended already")]
    Expired,
    /// The file said no.
    #[error(transparent)]
    File(#[from] FileError),
    /// No secret could be made.
    #[error(transparent)]
    Randomness(#[from] NoRandomness),
}

impl People {
    /// Makes a token. The secret is returned here and nowhere else.
    ///
    /// # Errors
    /// [`TokenError`].
    pub fn add_token(
        &self,
        agency: BodyId,
        rights: Rights,
        label: &str,
        expires: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<(TokenId, Secret), TokenError> {
        if rights.is_empty() {
            return Err(TokenError::NoRights);
        }
        if expires.is_some_and(|expires| expires <= now) {
            return Err(TokenError::Expired);
        }
        let secret = Secret::random(TOKEN_PREFIX)?;
        let id = TokenId::new(&random_name("t-")?);
        let label = label.chars().filter(|c| !c.is_control()).take(64).collect();
        let token = Token { id: id.clone(), agency, rights, label, made: now, expires };
        self.0.file.change(|document| {
            // Those that ended open nothing, and need not be kept.
            document.tokens.retain(|_, token| token.expires.is_none_or(|expires| now < expires));
            document.tokens.insert(secret.hash(), token);
            Ok::<_, TokenError>(())
        })?;
        Ok((id, secret))
    }

    /// Every token, by agency.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn tokens(&self) -> Result<Vec<TokenLine>, FileError> {
        let document = self.0.file.read()?;
        let mut lines: Vec<TokenLine> = document
            .tokens
            .values()
            .map(|token| TokenLine {
                id: token.id.clone(),
                agency: token.agency.clone(),
                rights: token.rights.clone(),
                label: token.label.clone(),
                made: token.made,
                expires: token.expires,
            })
            .collect();
        lines.sort_by(|a, b| (&a.agency, a.made, &a.id).cmp(&(&b.agency, b.made, &b.id)));
        Ok(lines)
    }

    /// Ends a token at once.
    ///
    /// # Errors
    /// [`TokenError::Unknown`], or the file said no.
    pub fn revoke_token(&self, id: &TokenId) -> Result<(), TokenError> {
        self.0.file.change(|document| {
            let before = document.tokens.len();
            document.tokens.retain(|_, token| token.id != *id);
            if document.tokens.len() == before {
                return Err(TokenError::Unknown);
            }
            Ok(())
        })
    }
}
