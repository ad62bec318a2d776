//! Where people are written to. An address stands in the accounts file and nowhere else: the log, the audit and the
//! table know a person by their pseudonym.

use carehub_domain::{BodyId, PersonId};
use serde_json::Value;

use crate::document::Document;
use crate::people::normal;
use crate::{AccountError, FileError, People, Right, Secret};

/// The longest address that mail servers take.
const LONGEST: usize = 254;

/// An account as somebody who is written to. It has no `Debug`: an address is not for logs.
#[derive(Clone, PartialEq, Eq)]
pub struct Reached {
    /// For which agency.
    pub agency: BodyId,
    /// Whether they may still read: the account has that right, and is not kept out.
    pub may_read: bool,
    /// Their address, where one was given.
    pub mail: Option<String>,
}

impl People {
    /// Gives an account an address, or takes it away. Their sessions go on.
    ///
    /// `who` is the name, or the pseudonym.
    ///
    /// # Errors
    /// [`AccountError::Unknown`], [`AccountError::Mail`], or the file said no.
    pub fn set_mail(&self, who: &str, mail: Option<&str>) -> Result<PersonId, AccountError> {
        let mail = mail.map(str::trim);
        if mail.is_some_and(|mail| !is_address(mail)) {
            return Err(AccountError::Mail);
        }
        self.0.file.change(|document| {
            let mut meant = document.accounts.iter_mut().filter(|(person, account)| {
                person.as_str() == who || normal(&account.name) == normal(who)
            });
            let (Some((person, account)), None) = (meant.next(), meant.next()) else {
                return Err(AccountError::Unknown);
            };
            account.mail = mail.map(str::to_owned);
            Ok(person.clone())
        })
    }

    /// Who somebody is as far as they are written to; none where there is no such account any more.
    ///
    /// # Errors
    /// The file cannot be read: nobody can be written to.
    pub fn reached(&self, person: &PersonId) -> Result<Option<Reached>, FileError> {
        let document = self.0.file.read()?;
        Ok(document.accounts.get(person).map(|account| Reached {
            agency: account.agency.clone(),
            may_read: !account.disabled && account.rights.has(Right::Read),
            mail: account.mail.clone(),
        }))
    }
}

/// What ends all e-mail to a person, without signing in: it stands in each message to them. Only who has the hub's
/// key can make it.
#[must_use]
pub fn unsubscribe_token(key: &Secret, person: &PersonId) -> String {
    format!("{person}.{}", key.derived(&purpose(person)).reveal())
}

/// Whose e-mail a token ends; none where this hub did not make it.
#[must_use]
pub fn unsubscribed_by(key: &Secret, token: &str) -> Option<PersonId> {
    let (person, secret) = token.split_once('.')?;
    let person = PersonId::new(person).ok()?;
    key.derived(&purpose(&person)).is(secret).then_some(person)
}

fn purpose(person: &PersonId) -> String {
    format!("unsubscribe {person}")
}

/// Takes the addresses of persons away: they have left the agency that these accounts are for.
pub(crate) fn forget(document: &mut Document, persons: &[PersonId]) {
    for person in persons {
        if let Some(account) = document.accounts.get_mut(person) {
            account.mail = None;
        }
    }
}

/// The address in a provider's claims, if the provider vouches for it.
pub(crate) fn verified(claims: &Value) -> Option<String> {
    let is_verified = claims.get("email_verified").and_then(Value::as_bool) == Some(true);
    let mail = claims.get("email").and_then(Value::as_str).filter(|_| is_verified)?;
    is_address(mail).then(|| mail.to_owned())
}

/// Whether a text can be an address. Whether anybody reads it, only sending can tell.
pub(crate) fn is_address(text: &str) -> bool {
    let Some((user, host)) = text.rsplit_once('@') else { return false };
    let plain = |c: char| c.is_ascii_graphic() && !"<>()[]\\,;:\"@".contains(c);
    let host_ok = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '.';
    text.len() <= LONGEST
        && !user.is_empty()
        && user.chars().all(plain)
        && !host.is_empty()
        && host.chars().all(host_ok)
        && !host.starts_with(['.', '-'])
        && !host.ends_with(['.', '-'])
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{Rights, SessionTimes};

    #[test]
    fn what_can_be_no_address_is_not_taken() {
        for (text, expected) in [
            ("a.b@example.org", true),
            ("a+b@mail-1.example.org", true),
            ("a@b", true),
            ("", false),
            ("@example.org", false),
            ("a@", false),
            ("a b@example.org", false),
            ("a@example.org\r\nBcc: b@example.org", false),
            ("A <a@example.org>", false),
            ("a@b@example.org", false),
            ("a@-example.org", false),
        ] {
            assert_eq!(is_address(text), expected, "{text:?}");
        }
    }

    #[test]
    fn a_provider_is_believed_only_what_it_has_verified() {
        let claims =
            |verified: Value| json!({"email": "a@example.org", "email_verified": verified});
        assert_eq!(verified(&claims(json!(true))).as_deref(), Some("a@example.org"));
        for other in [json!(false), json!("true"), Value::Null] {
            assert_eq!(verified(&claims(other)), None);
        }
        assert_eq!(verified(&json!({"email": "a b", "email_verified": true})), None);
    }

    #[test]
    fn a_token_ends_the_mail_of_one_person_and_cannot_be_made_of_another() {
        let key = Secret::fresh().unwrap();
        let person = |name: &str| PersonId::new(name).unwrap();
        let token = unsubscribe_token(&key, &person("p-1"));
        assert_eq!(unsubscribed_by(&key, &token), Some(person("p-1")));
        assert_eq!(unsubscribed_by(&Secret::fresh().unwrap(), &token), None);
        for forged in [
            token.replacen("p-1", "p-2", 1),
            "p-1.".to_owned(),
            "p-1".to_owned(),
            String::new(),
            format!("{token}x"),
            token[..token.len() - 1].to_owned(),
        ] {
            assert_eq!(unsubscribed_by(&key, &forged), None, "{forged}");
        }
    }

    #[test]
    fn an_address_is_kept_with_the_account_and_goes_with_the_right_to_read() {
        let dir = tempfile::tempdir().unwrap();
        let people = People::open(dir.path(), SessionTimes::default()).unwrap();
        let agency = BodyId::new("police").unwrap();
        let rights: Rights = [Right::Read].into_iter().collect();
        let given = "correct horse battery staple";
        let person = people.add_account("p.hughes", agency.clone(), rights, given).unwrap();
        let reached = |people: &People| people.reached(&person).unwrap().unwrap();
        assert!(reached(&people).mail.is_none());
        assert!(matches!(people.set_mail("p.hughes", Some("nobody")), Err(AccountError::Mail)));
        assert!(matches!(people.set_mail("other", None), Err(AccountError::Unknown)));
        people.set_mail("P.Hughes ", Some(" p.hughes@example.org ")).unwrap();
        // Another process sees it, too.
        let again = People::open(dir.path(), SessionTimes::default()).unwrap();
        assert_eq!(reached(&again).mail.as_deref(), Some("p.hughes@example.org"));
        assert!(reached(&again).may_read && reached(&again).agency == agency);
        people.disable("p.hughes", true).unwrap();
        assert!(!reached(&people).may_read);
        people.set_mail(person.as_str(), None).unwrap();
        assert!(reached(&people).mail.is_none());
        let nobody = PersonId::new("p-2").unwrap();
        assert!(people.reached(&nobody).unwrap().is_none());
    }
}
