//! A log is changed in every way there is, and the check says so, and where.

use nkeys::KeyPair;

use super::super::{Signer, Statement};
use super::*;

const STREAM: &str = "CAREHUB created 2026-11-22T12:00:00Z";

/// A log of twelve messages with heads over 4, 8 and 12 of them, and what an attacker may do to it.
struct Scene {
    signer: Signer,
    /// Payloads; none where a message is gone.
    messages: Vec<Option<String>>,
    folded: Vec<Hash>,
    heads: Vec<Known>,
    tombstones: Vec<Tombstone>,
}

fn sealed(sequence: u64, payload: &str) -> Sealed<'_> {
    // As a forger would have it: the time goes with the message and not with its place.
    let time = payload.len() as i128;
    Sealed { sequence, time, subject: "s", headers: &[], payload: payload.as_bytes() }
}

fn signed(signer: &Signer, messages: &[Option<String>], sizes: &[usize]) -> Vec<Known> {
    let mut heads: Vec<Known> = Vec::new();
    for size in sizes {
        let mut frontier = Frontier::default();
        for (payload, sequence) in messages.iter().take(*size).zip(1..) {
            frontier.push(match payload {
                Some(payload) => sealed(sequence, payload).leaf_at(sequence),
                None => absent_leaf(sequence),
            });
        }
        let statement = Statement {
            stream: STREAM.to_owned(),
            size: *size as u64,
            root: frontier.root(),
            previous: heads.last().map(|known| known.head.statement.hash()),
            recorded_at: jiff::Timestamp::UNIX_EPOCH,
        };
        let position = Some(*size as u64 + 1);
        heads.push(Known { head: signer.sign(statement).unwrap(), position });
    }
    heads
}

impl Scene {
    fn new() -> Self {
        let signer = Signer::new(KeyPair::new_user());
        let messages: Vec<_> = (1..=14_usize).map(|n| Some("x".repeat(n))).collect();
        let folded = (1..).zip(messages.iter().flatten());
        let folded = folded.map(|(sequence, payload)| sealed(sequence, payload).leaf_at(sequence));
        Self {
            heads: signed(&signer, &messages, &[4, 8, 12]),
            folded: folded.collect(),
            signer,
            messages,
            tombstones: Vec::new(),
        }
    }

    /// What an agency got when the heads were signed.
    fn kept(&self) -> Vec<Known> {
        let kept = |known: &Known| Known { position: None, ..known.clone() };
        self.heads.iter().map(kept).collect()
    }

    /// As an attacker with the hub's key leaves it: heads and projections are those of the log now.
    fn sign_anew(&mut self) {
        self.heads = signed(&self.signer, &self.messages, &[4, 8, 12]);
        self.folded = Vec::new();
    }

    fn checked(&self) -> Checked {
        let keys = [self.signer.public_key()];
        let heads = self.heads.clone();
        let mut checker = Checker::new(STREAM, &keys, heads, &self.tombstones, self.folded.clone());
        for (payload, sequence) in self.messages.iter().zip(1..) {
            match payload {
                Some(payload) => checker.message(&sealed(sequence, payload)),
                None => checker.gone(sequence),
            }
        }
        checker.end()
    }

    #[track_caller]
    fn check(&self, expected: &[(FaultCode, u64, u64)]) {
        let faults = self.checked().faults;
        let faults: Vec<_> =
            faults.iter().map(|fault| (fault.code, fault.from, fault.to)).collect();
        assert_eq!(faults, expected);
    }
}

#[test]
fn an_untouched_log_is_sound() {
    let mut scene = Scene::new();
    scene.check(&[]);
    let checked = scene.checked();
    assert_eq!((checked.last, checked.heads, checked.sound_through), (14, 3, 12));
    scene.folded.clear();
    scene.check(&[]);
}

#[test]
fn a_changed_message_is_named_by_what_was_folded_and_bounded_by_heads_without() {
    let mut scene = Scene::new();
    scene.messages[5] = Some("forged".to_owned());
    scene.check(&[(FaultCode::Changed, 6, 6)]);
    scene.folded.clear();
    scene.check(&[(FaultCode::HeadDiffers, 5, 8)]);
    // The last message that a head covers, and the first.
    for (at, from, to) in [(11, 9, 12), (0, 1, 4)] {
        let mut scene = Scene::new();
        scene.messages[at] = Some("forged".to_owned());
        scene.check(&[(FaultCode::Changed, at as u64 + 1, at as u64 + 1)]);
        scene.folded.clear();
        scene.check(&[(FaultCode::HeadDiffers, from, to)]);
    }
    // Two at once, side by side.
    let mut scene = Scene::new();
    scene.messages[5] = Some("forged".to_owned());
    scene.messages[6] = Some("forged too".to_owned());
    scene.check(&[(FaultCode::Changed, 6, 6), (FaultCode::Changed, 7, 7)]);
    // Beyond the last head only the projections tell.
    let mut scene = Scene::new();
    scene.messages[13] = Some("forged".to_owned());
    scene.check(&[(FaultCode::Changed, 14, 14)]);
}

#[test]
fn a_message_that_is_gone_needs_a_tombstone_with_its_leaf() {
    let mut scene = Scene::new();
    let leaf = scene.folded[5];
    scene.messages[5] = None;
    scene.check(&[(FaultCode::Missing, 6, 6)]);
    scene.tombstones = vec![Tombstone { position: 6, leaf }];
    scene.check(&[]);
    let checked = scene.checked();
    assert_eq!((checked.erased, checked.sound_through), (1, 12));
    scene.tombstones[0].leaf = absent_leaf(1);
    scene.check(&[(FaultCode::TombstoneDiffers, 6, 6)]);
    scene.folded.clear();
    scene.check(&[(FaultCode::HeadDiffers, 5, 8)]);
    // Of a message that is still there.
    let mut scene = Scene::new();
    scene.tombstones = vec![Tombstone { position: 6, leaf }];
    scene.check(&[]);
    scene.tombstones[0].leaf = absent_leaf(1);
    scene.check(&[(FaultCode::TombstoneDiffers, 6, 6)]);
}

#[test]
fn a_message_that_was_put_in_or_taken_out_is_told_from_those_that_moved() {
    let mut scene = Scene::new();
    scene.messages.insert(5, Some("forged".to_owned()));
    scene.check(&[(FaultCode::Inserted, 6, 6)]);
    scene.folded.clear();
    scene.check(&[(FaultCode::HeadDiffers, 5, 8)]);
    let mut scene = Scene::new();
    scene.messages.remove(5);
    scene.check(&[(FaultCode::Removed, 6, 6)]);
    // One put in, and what comes later changed; one taken out as well.
    let mut scene = Scene::new();
    scene.messages.insert(5, Some("forged".to_owned()));
    scene.messages[8] = Some("forged too".to_owned());
    scene.messages.remove(11);
    scene.check(&[
        (FaultCode::Inserted, 6, 6),
        (FaultCode::Changed, 9, 9),
        (FaultCode::Removed, 12, 12),
    ]);
}

#[test]
fn a_log_that_was_cut_short_is_found() {
    let mut scene = Scene::new();
    scene.messages.truncate(10);
    scene.check(&[(FaultCode::Shorter, 11, 14)]);
    scene.folded.clear();
    scene.check(&[(FaultCode::Shorter, 11, 12)]);
}

#[test]
fn a_hub_that_signs_anew_is_caught_by_the_heads_that_agencies_kept() {
    let mut scene = Scene::new();
    let kept = scene.kept();
    scene.messages[5] = Some("forged".to_owned());
    scene.sign_anew();
    scene.check(&[]);
    let honest = scene.heads.clone();
    // An agency that kept only one.
    for (which, from, to) in [(1, 1, 8), (2, 1, 12)] {
        scene.heads = honest.iter().chain([&kept[which]]).cloned().collect();
        let faults = scene.checked().faults;
        let found = |code| faults.iter().find(|fault| fault.code == code);
        let differs = found(FaultCode::HeadDiffers).unwrap();
        assert_eq!((differs.from, differs.to), (from, to));
    }
    // All of them: the first still holds, and names where it begins.
    scene.heads = honest.iter().chain(&kept).cloned().collect();
    scene.check(&[(FaultCode::HeadDiffers, 5, 8)]);
}

#[test]
fn a_head_of_another_key_or_stream_or_without_its_forerunner_is_found() {
    let mut scene = Scene::new();
    let stranger = Signer::new(KeyPair::new_user());
    scene.heads[1].head = stranger.sign(scene.heads[1].head.statement.clone()).unwrap();
    scene.check(&[(FaultCode::HeadForged, 9, 9), (FaultCode::ChainBroken, 13, 13)]);

    // Under the name of the hub's key, which did not sign it.
    let mut scene = Scene::new();
    scene.heads[1].head.statement.root = absent_leaf(1);
    scene.check(&[(FaultCode::HeadForged, 9, 9), (FaultCode::ChainBroken, 13, 13)]);

    // What has several lines could be read as another statement.
    let mut scene = Scene::new();
    let mut statement = scene.heads[2].head.statement.clone();
    statement.stream.push_str("\n12");
    scene.heads[2].head = scene.signer.sign(statement).unwrap();
    scene.check(&[(FaultCode::HeadForged, 13, 13)]);

    // What comes before covers less.
    let mut scene = Scene::new();
    for (at, before) in [(2, None), (1, Some(2))] {
        let before: Option<&Known> = before.map(|before: usize| &scene.heads[before]);
        let previous = before.map(|known| known.head.statement.hash());
        let statement = Statement { previous, ..scene.heads[at].head.statement.clone() };
        scene.heads[at].head = scene.signer.sign(statement).unwrap();
    }
    scene.check(&[(FaultCode::ChainBroken, 9, 9)]);

    let mut scene = Scene::new();
    let mut statement = scene.heads[2].head.statement.clone();
    statement.stream.push('!');
    scene.heads[2].head = scene.signer.sign(statement).unwrap();
    scene.check(&[(FaultCode::OtherStream, 13, 13)]);

    let mut scene = Scene::new();
    scene.heads.remove(1);
    scene.check(&[(FaultCode::ChainBroken, 13, 13)]);
}

#[test]
fn projections_that_were_folded_from_a_changed_log_are_no_witness() {
    // Not against a log that is as it was, and not for one that is changed.
    let mut scene = Scene::new();
    scene.folded[5] = sealed(6, "forged").leaf_at(6);
    scene.check(&[]);
    let mut scene = Scene::new();
    scene.messages[5] = Some("forged".to_owned());
    scene.folded[5] = sealed(6, "forged").leaf_at(6);
    scene.check(&[(FaultCode::HeadDiffers, 5, 8)]);
}
