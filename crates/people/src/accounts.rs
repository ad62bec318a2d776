//! Making, listing, disabling and resetting accounts: what `carehub account` does.

use carehub_domain::{BodyId, PersonId};

use crate::document::{Account, SignsIn};
use crate::file::FileError;
use crate::password::{self, PasswordError};
use crate::people::normal;
use crate::secret::{NoRandomness, random_name};
use crate::{People, Rights};

/// An account, as it is listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountLine {
    /// The pseudonym that the audit holds.
    pub person: PersonId,
    /// What they are called; with a password, it is what they sign in as.
    pub name: String,
    /// For which agency.
    pub agency: BodyId,
    /// What they may do.
    pub rights: Rights,
    /// Whether they are kept out.
    pub disabled: bool,
    /// Whether they sign in at a provider, and not with a password.
    pub at_provider: bool,
    /// How many sessions they have.
    pub sessions: usize,
    /// Where they are written to.
    pub mail: Option<String>,
}

/// Why an account was not made or changed.
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    /// There is one of this name.
    #[error("there is an account of this name already")]
    Exists,
    /// There is none of this name.
    #[error("there is no such account")]
    Unknown,
    /// A name has 1 to 64 characters that can be seen.
    #[error("a name has 1 to 64 characters that can be seen")]
    Name,
    /// Whoever signs in at a provider has no password here.
    #[error("this person signs in at the provider and has no password here")]
    AtProvider,
    /// That is no address.
    #[error("that is no address: it is like name@example.org, without spaces")]
    Mail,
    /// The password was not taken.
    #[error(transparent)]
    Password(#[from] PasswordError),
    /// The file said no.
    #[error(transparent)]
    File(#[from] FileError),
    /// No pseudonym could be made.
    #[error(transparent)]
    Randomness(#[from] NoRandomness),
}

impl People {
    /// Makes an account that signs in with a password.
    ///
    /// # Errors
    /// [`AccountError`].
    pub fn add_account(
        &self,
        name: &str,
        agency: BodyId,
        rights: Rights,
        given: &str,
    ) -> Result<PersonId, AccountError> {
        let name = name.trim();
        if !(1..=64).contains(&name.chars().count()) || name.chars().any(char::is_control) {
            return Err(AccountError::Name);
        }
        let hash = password::hash(given)?;
        let person = new_person()?;
        let account = Account {
            agency,
            name: name.to_owned(),
            rights,
            disabled: false,
            signs_in: SignsIn::Password(hash),
            mail: None,
        };
        self.0.file.change(|document| {
            let taken = |other: &Account| {
                matches!(other.signs_in, SignsIn::Password(_))
                    && normal(&other.name) == normal(name)
            };
            if document.accounts.values().any(taken) {
                return Err(AccountError::Exists);
            }
            document.accounts.insert(person.clone(), account);
            Ok(person)
        })
    }

    /// Every account, by name.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn accounts(&self) -> Result<Vec<AccountLine>, FileError> {
        let document = self.0.file.read()?;
        let sessions = |person: &PersonId| {
            document.sessions.values().filter(|session| session.person == *person).count()
        };
        let mut lines: Vec<AccountLine> = document
            .accounts
            .iter()
            .map(|(person, account)| AccountLine {
                person: person.clone(),
                name: account.name.clone(),
                agency: account.agency.clone(),
                rights: account.rights.clone(),
                disabled: account.disabled,
                at_provider: matches!(account.signs_in, SignsIn::Provider { .. }),
                sessions: sessions(person),
                mail: account.mail.clone(),
            })
            .collect();
        lines.sort_by(|a, b| (&a.name, &a.person).cmp(&(&b.name, &b.person)));
        Ok(lines)
    }

    /// Keeps an account out, or lets it in again. Whoever is kept out has no session any more.
    ///
    /// `who` is the name, or the pseudonym.
    ///
    /// # Errors
    /// [`AccountError::Unknown`], or the file said no.
    pub fn disable(&self, who: &str, disabled: bool) -> Result<PersonId, AccountError> {
        self.change(who, |account| {
            account.disabled = disabled;
            Ok(())
        })
    }

    /// Gives an account another password, and ends its sessions.
    ///
    /// # Errors
    /// [`AccountError`].
    pub fn reset_password(&self, who: &str, given: &str) -> Result<PersonId, AccountError> {
        let hash = password::hash(given)?;
        self.change(who, |account| match &mut account.signs_in {
            SignsIn::Password(kept) => {
                *kept = hash;
                Ok(())
            }
            SignsIn::Provider { .. } => Err(AccountError::AtProvider),
        })
    }

    fn change(
        &self,
        who: &str,
        change: impl FnOnce(&mut Account) -> Result<(), AccountError>,
    ) -> Result<PersonId, AccountError> {
        self.0.file.change(|document| {
            let is_meant = |(person, account): &(&PersonId, &mut Account)| {
                person.as_str() == who || normal(&account.name) == normal(who)
            };
            let mut meant: Vec<_> = document.accounts.iter_mut().filter(is_meant).collect();
            // Two people of one name at a provider: only the pseudonym tells them apart.
            let (person, account) = match meant.len() {
                1 => meant.remove(0),
                _ => return Err(AccountError::Unknown),
            };
            change(account)?;
            let person = person.clone();
            document.sessions.retain(|_, session| session.person != person);
            Ok(person)
        })
    }
}

/// A new pseudonym.
pub(crate) fn new_person() -> Result<PersonId, NoRandomness> {
    let name = random_name("p-")?;
    Ok(PersonId::new(&name).expect("`p-` and 16 small letters and digits are a name"))
}
