//! How often somebody may guess, within bounded memory.
//!
//! A guess counts against the pair of account and address, against the account and against the address, before
//! the password is looked at: guesses at the same time count too. The pair is narrow, so that whoever guesses
//! at an account from elsewhere does not lock its owner out; an account that does not exist is counted alike.

use std::collections::HashMap;
use std::net::IpAddr;

use jiff::{SignedDuration, Timestamp};
use sha2::{Digest as _, Sha256};

/// How long a guess counts.
const WINDOW: SignedDuration = SignedDuration::from_mins(15);

const PER_PAIR: u32 = 5;
const PER_ADDRESS: u32 = 20;
const PER_ACCOUNT: u32 = 50;

/// How many keys are remembered; beyond it the oldest is forgotten. About a megabyte.
const MOST: usize = 10_000;

type Key = [u8; 16];

/// What was guessed of late.
#[derive(Debug, Default)]
pub(crate) struct Throttle(HashMap<Key, Guesses>);

#[derive(Debug)]
struct Guesses {
    since: Timestamp,
    count: u32,
}

impl Throttle {
    /// Counts a guess. What is refused is not counted, so that the wait ends.
    ///
    /// # Errors
    /// How long to wait until the next guess is looked at.
    pub(crate) fn guess(
        &mut self,
        account: &str,
        address: IpAddr,
        now: Timestamp,
    ) -> Result<(), SignedDuration> {
        let limits = limits(account, address);
        let waits = limits.iter().filter_map(|(key, limit)| {
            let guesses = self.0.get(key)?;
            let until = guesses.since + WINDOW;
            (guesses.count >= *limit && until > now).then(|| until.duration_since(now))
        });
        if let Some(wait) = waits.max() {
            return Err(wait);
        }
        for (key, _) in limits {
            self.count(key, now);
        }
        Ok(())
    }

    /// Somebody proved who they are: their guesses before are forgotten, others' are not.
    pub(crate) fn succeeded(&mut self, account: &str, address: IpAddr) {
        let [(pair, _), _, (own_address, _)] = limits(account, address);
        self.0.remove(&pair);
        // One that counted for the address was none.
        if let Some(guesses) = self.0.get_mut(&own_address) {
            guesses.count = guesses.count.saturating_sub(1);
        }
    }

    fn count(&mut self, key: Key, now: Timestamp) {
        if self.0.len() >= MOST && !self.0.contains_key(&key) {
            self.0.retain(|_, guesses| guesses.since + WINDOW > now);
        }
        if self.0.len() >= MOST && !self.0.contains_key(&key) {
            let oldest =
                self.0.iter().min_by_key(|(_, guesses)| guesses.since).map(|(key, _)| *key);
            oldest.and_then(|oldest| self.0.remove(&oldest));
        }
        let guesses = self.0.entry(key).or_insert(Guesses { since: now, count: 0 });
        if guesses.since + WINDOW <= now {
            *guesses = Guesses { since: now, count: 0 };
        }
        guesses.count += 1;
    }
}

fn limits(account: &str, address: IpAddr) -> [(Key, u32); 3] {
    let network = network(address);
    [
        (key(&[account.as_bytes(), &network]), PER_PAIR),
        (key(&[account.as_bytes()]), PER_ACCOUNT),
        (key(&[b"", &network, b""]), PER_ADDRESS),
    ]
}

/// An address, or the network of an IPv6 one: a household has 2^64 of those.
pub(crate) fn network(address: IpAddr) -> Vec<u8> {
    match address.to_canonical() {
        IpAddr::V4(address) => address.octets().to_vec(),
        IpAddr::V6(address) => address.octets()[..8].to_vec(),
    }
}

/// Hashed: an account's name is somebody's, and a name of any length takes the same room.
fn key(parts: &[&[u8]]) -> Key {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    let mut key = Key::default();
    key.copy_from_slice(&hash.finalize()[..16]);
    key
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minute: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_mins(minute)
    }

    fn address(last: u8) -> IpAddr {
        IpAddr::from([192, 0, 2, last])
    }

    #[test]
    fn after_five_guesses_at_an_account_one_address_waits_and_others_do_not() {
        let mut throttle = Throttle::default();
        for _ in 0..PER_PAIR {
            throttle.guess("a", address(1), at(0)).unwrap();
        }
        assert_eq!(throttle.guess("a", address(1), at(5)), Err(SignedDuration::from_mins(10)));
        throttle.guess("a", address(2), at(5)).unwrap();
        throttle.guess("b", address(1), at(5)).unwrap();
        throttle.guess("a", address(1), at(15)).unwrap();
    }

    #[test]
    fn an_address_that_goes_through_accounts_waits_and_so_does_an_account_that_many_guess_at() {
        let mut throttle = Throttle::default();
        for guess in 0..PER_ADDRESS {
            throttle.guess(&guess.to_string(), address(1), at(0)).unwrap();
        }
        assert!(throttle.guess("another", address(1), at(0)).is_err());
        for guess in 0..PER_ACCOUNT {
            throttle.guess("a", address(10 + guess as u8), at(0)).unwrap();
        }
        assert!(throttle.guess("a", address(2), at(0)).is_err());
    }

    #[test]
    fn what_is_remembered_is_bounded_and_the_oldest_goes_first() {
        let mut throttle = Throttle::default();
        for guess in 0..MOST as u32 {
            let address = IpAddr::from((0x0a00_0000 + guess).to_be_bytes());
            throttle.guess(&guess.to_string(), address, at(0)).unwrap();
        }
        assert!(throttle.0.len() <= MOST);
    }

    #[test]
    fn an_ipv6_network_is_one_address() {
        let a: IpAddr = "2001:db8::1".parse().unwrap();
        let b: IpAddr = "2001:db8::ffff:2".parse().unwrap();
        assert_eq!(network(a), network(b));
        assert_eq!(network("::ffff:192.0.2.1".parse().unwrap()), network(address(1)));
    }
}
