//! Seeded draws for the simulations. Each test has a seed of its own, so that adding a test moves no other.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

pub(crate) struct Chance(ChaCha8Rng);

impl Chance {
    pub(crate) fn seeded(seed: u64) -> Self {
        Self(ChaCha8Rng::seed_from_u64(seed))
    }

    /// From 0 to below 1.
    pub(crate) fn share(&mut self) -> f64 {
        (self.0.next_u64() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// A Poisson count, by multiplying shares (Knuth): independent of the code under test.
    pub(crate) fn poisson(&mut self, mean: f64) -> u32 {
        // In portions, so that exp does not vanish.
        let mut count = 0;
        let mut left = mean;
        while left > 0.0 {
            let portion = left.min(100.0);
            left -= portion;
            let end = libm::exp(-portion);
            let mut product = self.share();
            while product > end {
                count += 1;
                product *= self.share();
            }
        }
        count
    }

    pub(crate) fn seed(&mut self) -> [u8; 32] {
        let mut seed = [0; 32];
        self.0.fill_bytes(&mut seed);
        seed
    }
}

/// Four standard deviations of a share out of so many draws: a right share is missed once in 30,000.
pub(crate) fn error(share: f64, draws: u32) -> f64 {
    4.0 * (share * (1.0 - share) / f64::from(draws)).sqrt()
}
