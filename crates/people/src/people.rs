//! The people of the hub: who a credential belongs to, and how one comes by a credential.

use std::collections::HashMap;
use std::net::IpAddr;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use carehub_domain::PersonId;
use jiff::{SignedDuration, Timestamp};

use crate::document::{Document, SignsIn};
use crate::file::{AccountsFile, FileError};
use crate::secret::{Hash, NoRandomness, Secret};
use crate::throttle::Throttle;
use crate::{SessionId, Via, Who, password};

/// How long a session lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionTimes {
    /// Without a request.
    pub idle: SignedDuration,
    /// At most.
    pub absolute: SignedDuration,
}

impl Default for SessionTimes {
    /// One hour, and one working day.
    fn default() -> Self {
        Self { idle: SignedDuration::from_hours(1), absolute: SignedDuration::from_hours(12) }
    }
}

/// Accounts, sessions and tokens. Clones share them.
#[derive(Debug, Clone)]
pub struct People(pub(crate) Arc<Inner>);

#[derive(Debug)]
pub(crate) struct Inner {
    pub(crate) file: AccountsFile,
    times: SessionTimes,
    throttle: Mutex<Throttle>,
    /// When each session was seen last, until [`People::keep`] writes it.
    seen: Mutex<HashMap<Hash, Timestamp>>,
}

/// Why somebody was not signed in.
#[derive(Debug, thiserror::Error)]
pub enum SignInError {
    /// The account does not exist, is disabled, signs in elsewhere, or the password is another one. Nobody
    /// is told which.
    #[error("the name and the password do not belong together")]
    Refused,
    /// Too many guesses of late.
    #[error("too many guesses: wait {}", wait.as_secs())]
    Throttled {
        /// Until the next is looked at.
        wait: SignedDuration,
    },
    /// The file could not be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// No secret could be made.
    #[error(transparent)]
    Randomness(#[from] NoRandomness),
}

impl People {
    /// Opens `DIR/accounts.json`, or makes it.
    ///
    /// # Errors
    /// [`FileError`].
    pub fn open(dir: &Path, times: SessionTimes) -> Result<Self, FileError> {
        Ok(Self(Arc::new(Inner {
            file: AccountsFile::open(dir)?,
            times,
            throttle: Mutex::default(),
            seen: Mutex::default(),
        })))
    }

    /// The file, for a backup.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.0.file.path()
    }

    /// Whose API token this is, if it is in force.
    ///
    /// # Errors
    /// The file cannot be read: nobody can be let in.
    pub fn by_token(&self, secret: &Secret, now: Timestamp) -> Result<Option<Who>, FileError> {
        let document = self.0.file.read()?;
        let token = document.tokens.get(&secret.hash());
        let token = token.filter(|token| token.expires.is_none_or(|expires| now < expires));
        Ok(token.map(|token| Who {
            agency: token.agency.clone(),
            person: None,
            rights: token.rights.clone(),
            via: Via::Token(token.id.clone()),
        }))
    }

    /// Whose session this is, if it still lives; it lives longer for having been asked for.
    ///
    /// # Errors
    /// The file cannot be read: nobody can be let in.
    pub fn by_session(&self, secret: &Secret, now: Timestamp) -> Result<Option<Who>, FileError> {
        let who = self.by_session_unattended(secret, now)?;
        if who.is_some() {
            let mut seen = self.0.seen.lock().unwrap_or_else(PoisonError::into_inner);
            seen.insert(secret.hash(), now);
        }
        Ok(who)
    }

    /// The same for what a browser asks without anybody being there, such as a page that refreshes itself: the
    /// session does not live longer for it.
    ///
    /// # Errors
    /// As [`People::by_session`].
    pub fn by_session_unattended(
        &self,
        secret: &Secret,
        now: Timestamp,
    ) -> Result<Option<Who>, FileError> {
        let document = self.0.file.read()?;
        Ok(self.holder(&document, &secret.hash(), now))
    }

    /// Whether this credential still holds. A stream asks again as long as it runs; asking does not make a
    /// session live longer.
    ///
    /// # Errors
    /// The file cannot be read: nobody can be let in.
    pub fn still(&self, who: &Who, now: Timestamp) -> Result<bool, FileError> {
        let document = self.0.file.read()?;
        Ok(match &who.via {
            Via::AgencyToken => true,
            Via::Token(id) => document
                .tokens
                .values()
                .any(|token| token.id == *id && token.expires.is_none_or(|expires| now < expires)),
            Via::Session(id) => {
                let mut sessions =
                    document.sessions.iter().filter(|(_, session)| session.id == *id);
                sessions.any(|(hash, _)| self.holder(&document, hash, now).as_ref() == Some(who))
            }
        })
    }

    fn holder(&self, document: &Document, hash: &Hash, now: Timestamp) -> Option<Who> {
        let session = document.sessions.get(hash)?;
        let seen = self.0.seen.lock().unwrap_or_else(PoisonError::into_inner).get(hash).copied();
        let seen = seen.unwrap_or(session.seen).max(session.seen);
        let SessionTimes { idle, absolute } = self.0.times;
        if now >= session.began + absolute || now >= seen + idle {
            return None;
        }
        let account = document.accounts.get(&session.person).filter(|account| !account.disabled)?;
        Some(Who {
            agency: account.agency.clone(),
            person: Some(session.person.clone()),
            rights: account.rights.clone(),
            via: Via::Session(session.id.clone()),
        })
    }

    /// Signs in with a password, and ends the session that the browser had before. It takes tens of
    /// milliseconds of work whether or not there is such an account.
    ///
    /// # Errors
    /// [`SignInError`].
    pub fn sign_in(
        &self,
        name: &str,
        given: &str,
        address: IpAddr,
        before: Option<&Secret>,
        now: Timestamp,
    ) -> Result<Secret, SignInError> {
        let name = normal(name);
        let guess = |throttle: &mut Throttle| throttle.guess(&name, address, now);
        self.throttle(guess).map_err(|wait| SignInError::Throttled { wait })?;
        let document = self.0.file.read()?;
        let account = document.accounts.iter().find(|(_, account)| {
            matches!(account.signs_in, SignsIn::Password(_)) && normal(&account.name) == name
        });
        let kept = account.and_then(|(_, account)| match &account.signs_in {
            SignsIn::Password(hash) if !account.disabled => Some(hash.as_str()),
            SignsIn::Password(_) | SignsIn::Provider { .. } => None,
        });
        let known = password::verify(given, kept);
        let Some((person, _)) = account.filter(|_| known) else {
            return Err(SignInError::Refused);
        };
        self.throttle(|throttle| throttle.succeeded(&name, address));
        self.begin(person, before, now)
    }

    fn throttle<T>(&self, with: impl FnOnce(&mut Throttle) -> T) -> T {
        with(&mut self.0.throttle.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Begins a session with a secret of its own: what a browser held before signing in never becomes one.
    pub(crate) fn begin(
        &self,
        person: &PersonId,
        before: Option<&Secret>,
        now: Timestamp,
    ) -> Result<Secret, SignInError> {
        let secret = Secret::random("")?;
        let id = SessionId::new(&crate::secret::random_name("s-")?);
        let session =
            crate::document::Session { id, person: person.clone(), began: now, seen: now };
        self.0.file.change(|document| {
            if let Some(before) = before {
                document.sessions.remove(&before.hash());
            }
            document.sessions.insert(secret.hash(), session);
            Ok::<_, SignInError>(())
        })?;
        Ok(secret)
    }

    /// Ends a session.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn sign_out(&self, secret: &Secret) -> Result<(), FileError> {
        self.0.file.change(|document| {
            document.sessions.remove(&secret.hash());
            Ok(())
        })
    }

    /// Ends every session of a person.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn sign_out_everywhere(&self, person: &PersonId) -> Result<(), FileError> {
        self.0.file.change(|document| {
            document.sessions.retain(|_, session| session.person != *person);
            Ok(())
        })
    }

    /// Whether anybody can sign in here with a password.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn has_accounts(&self) -> Result<bool, FileError> {
        let document = self.0.file.read()?;
        Ok(document
            .accounts
            .values()
            .any(|account| !account.disabled && matches!(account.signs_in, SignsIn::Password(_))))
    }

    /// What they are called, for their own pages.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn name(&self, person: &PersonId) -> Result<Option<String>, FileError> {
        let document = self.0.file.read()?;
        Ok(document.accounts.get(person).map(|account| account.name.clone()))
    }

    /// Writes when each session was seen last, and forgets those that have ended. To be called every minute:
    /// a crash takes back a minute of a session's life.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn keep(&self, now: Timestamp) -> Result<(), FileError> {
        let seen = std::mem::take(&mut *self.0.seen.lock().unwrap_or_else(PoisonError::into_inner));
        let SessionTimes { idle, absolute } = self.0.times;
        let document = self.0.file.read()?;
        let has_ended = |hash: &Hash, session: &crate::document::Session| {
            let last = seen.get(hash).copied().unwrap_or(session.seen).max(session.seen);
            now >= session.began + absolute || now >= last + idle
        };
        let nothing =
            seen.is_empty() && !document.sessions.iter().any(|(hash, one)| has_ended(hash, one));
        if nothing {
            return Ok(());
        }
        self.0.file.change(|document| {
            document.sessions.retain(|hash, session| !has_ended(hash, session));
            for (hash, at) in &seen {
                if let Some(session) = document.sessions.get_mut(hash) {
                    session.seen = session.seen.max(*at);
                }
            }
            Ok(())
        })
    }
}

/// A user's name as it is compared: people write it with capitals and spaces around it.
pub(crate) fn normal(name: &str) -> String {
    name.trim().to_lowercase()
}

#[cfg(test)]
mod tests;
