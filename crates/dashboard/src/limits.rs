//! How many requests one credential or one address may make, within bounded memory: a bucket each, which
//! fills again by so many a second.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use carehub_people::{Via, Who};

/// How many buckets are kept; beyond it those that are full again go, and then the oldest. About a megabyte.
const MOST: usize = 10_000;

/// What one may do.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rate {
    /// Requests a second, in the long run; 0 means no limit.
    pub per_second: f64,
    /// How many at once.
    pub burst: f64,
}

/// Who a bucket belongs to.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Payer {
    /// A person's requests count together, whatever session they come by; a token's and an agency's own.
    Credential(String),
    /// An address, or the network of an IPv6 one: whoever shows no credential.
    Address(Vec<u8>),
}

impl Payer {
    pub(crate) fn of(who: &Who) -> Self {
        let person = who.person.as_ref();
        Self::Credential(match &who.via {
            Via::AgencyToken => format!("agency {}", who.agency),
            Via::Token(id) => format!("token {id}"),
            Via::Session(id) => person.map_or_else(|| id.to_string(), ToString::to_string),
        })
    }

    pub(crate) fn at(address: IpAddr) -> Self {
        Self::Address(match address.to_canonical() {
            IpAddr::V4(address) => address.octets().to_vec(),
            IpAddr::V6(address) => address.octets()[..8].to_vec(),
        })
    }
}

/// The buckets.
#[derive(Debug, Default)]
pub(crate) struct Limits(Mutex<HashMap<Payer, Bucket>>);

#[derive(Debug)]
struct Bucket {
    left: f64,
    at: Instant,
}

impl Limits {
    /// Takes one request from a bucket.
    ///
    /// # Errors
    /// How long until there is another.
    pub(crate) fn take(&self, payer: Payer, rate: Rate, now: Instant) -> Result<(), Duration> {
        if rate.per_second <= 0.0 {
            return Ok(());
        }
        let mut buckets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() >= MOST && !buckets.contains_key(&payer) {
            make_room(&mut buckets, rate, now);
        }
        let bucket = buckets.entry(payer).or_insert(Bucket { left: rate.burst, at: now });
        bucket.left = bucket.left_at(rate, now);
        bucket.at = now;
        if bucket.left < 1.0 {
            return Err(Duration::from_secs_f64((1.0 - bucket.left) / rate.per_second));
        }
        bucket.left -= 1.0;
        Ok(())
    }
}

impl Bucket {
    fn left_at(&self, rate: Rate, now: Instant) -> f64 {
        let gained = now.saturating_duration_since(self.at).as_secs_f64() * rate.per_second;
        (self.left + gained).min(rate.burst)
    }
}

/// A bucket that is full again is as good as none.
fn make_room(buckets: &mut HashMap<Payer, Bucket>, rate: Rate, now: Instant) {
    buckets.retain(|_, bucket| bucket.left_at(rate, now) < rate.burst);
    if buckets.len() >= MOST {
        let oldest =
            buckets.iter().min_by_key(|(_, bucket)| bucket.at).map(|(payer, _)| payer.clone());
        oldest.and_then(|oldest| buckets.remove(&oldest));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: Rate = Rate { per_second: 2.0, burst: 3.0 };

    fn address(number: u32) -> Payer {
        Payer::at(IpAddr::from(number.to_be_bytes()))
    }

    #[test]
    fn a_bucket_empties_and_fills_again_and_is_its_owners_alone() {
        let limits = Limits::default();
        let start = Instant::now();
        for _ in 0..3 {
            limits.take(address(1), RATE, start).unwrap();
        }
        assert_eq!(limits.take(address(1), RATE, start), Err(Duration::from_millis(500)));
        limits.take(address(2), RATE, start).unwrap();
        limits.take(address(1), RATE, start + Duration::from_millis(500)).unwrap();
        assert!(limits.take(address(1), RATE, start + Duration::from_millis(500)).is_err());
    }

    #[test]
    fn what_is_kept_is_bounded() {
        let limits = Limits::default();
        let start = Instant::now();
        for number in 0..MOST as u32 + 100 {
            limits.take(address(number), RATE, start).unwrap();
        }
        assert!(limits.0.lock().unwrap().len() <= MOST);
    }
}
