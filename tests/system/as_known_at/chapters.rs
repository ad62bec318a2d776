//! What must happen for the moments to differ, each at a random place among what happens by chance.

use rand::RngExt as _;
use rand_chacha::ChaCha8Rng;

/// What happens in each chapter besides what must.
const ANYTHING: usize = 3;

/// What happens next.
#[derive(Debug, Clone, Copy)]
pub(super) enum Beat {
    /// A concern, a correction, a withdrawal or an answer.
    Anything,
    /// A possible crime, whose escalation is answered by [`Beat::Answered`] alone.
    Crime,
    /// The next step of it: four of them close it.
    Answered,
    /// A concern about an address, which [`Beat::Matched`] finds out.
    Unmatched,
    Matched,
    /// A concern about the second home, for the police alone.
    Narrow,
    Corrected,
    Withdrawn,
    Requested,
    Met,
    /// A stricter agreement, with a stricter trigger, takes effect.
    Activated,
}

/// What must happen in each chapter.
const MUST: [&[Beat]; 8] = [
    &[Beat::Crime, Beat::Unmatched],
    &[Beat::Answered, Beat::Narrow],
    &[Beat::Answered, Beat::Requested],
    &[Beat::Matched, Beat::Corrected],
    &[Beat::Activated, Beat::Answered],
    &[Beat::Answered, Beat::Met],
    &[Beat::Withdrawn],
    &[Beat::Corrected],
];

/// What happens, chapter by chapter: there is a moment in each.
pub(super) fn chapters(chance: &mut ChaCha8Rng) -> Vec<Vec<Beat>> {
    let mut chapters = Vec::new();
    for beats in MUST {
        let mut chapter = vec![Beat::Anything; ANYTHING];
        for beat in beats {
            let place = chance.random_range(0..=chapter.len());
            chapter.insert(place, *beat);
        }
        chapters.push(chapter);
    }
    chapters
}
