//! Finds what is wrong with a policy before it is activated.

mod answers;
mod bodies;
mod code;
mod evidence;
mod kinds;
mod process;
mod reach;
mod roles;
mod rules;
mod sharing;
mod triggers;

use std::fmt;

use serde::{Serialize, Serializer};

use super::{Body, Policy, Trigger};

pub use code::Code;

/// Something wrong with a policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// A stable code.
    pub code: Code,
    /// Where in the policy.
    pub place: Place,
    /// What is wrong and what to do.
    pub message: String,
}

/// A place in a policy, precise enough to find its line in the pack's files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Which list or table.
    pub section: Section,
    /// The how-manieth of its list, from 0; 0 for a table that there is once.
    pub nth: usize,
    /// Its id, where it has one.
    pub id: String,
    /// The key within it, where one is to blame.
    pub key: Option<&'static str>,
}

/// The parts of a policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Section {
    /// The policy's own keys.
    Policy,
    /// `[powers]`
    Powers,
    /// `[[body]]`
    Body,
    /// `[[trigger]]`
    Trigger,
    /// `[process]`
    Process,
    /// `[evidence]`
    Evidence,
    /// `[sharing]`
    Sharing,
    /// `[[sharing.row]]`
    Row,
    /// `[retention]`
    Retention,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.section {
            Section::Policy => f.write_str("policy")?,
            Section::Powers => f.write_str("powers")?,
            Section::Body => write!(f, "body {}", self.id)?,
            Section::Trigger => write!(f, "trigger {}", self.id)?,
            Section::Process => f.write_str("process")?,
            Section::Evidence => f.write_str("evidence")?,
            Section::Sharing => f.write_str("sharing")?,
            Section::Row => write!(f, "sharing row {}", self.nth + 1)?,
            Section::Retention => f.write_str("retention")?,
        }
        match self.key {
            Some(key) => write!(f, ", {key}"),
            None => Ok(()),
        }
    }
}

impl Serialize for Place {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Everything wrong with `policy`; empty when it may be activated.
///
/// It sees the document only: not whether the holders of a role can be reached, nor whether an area is
/// spelled as the register spells it.
#[must_use]
pub fn check(policy: &Policy) -> Vec<Finding> {
    let mut findings = Findings(Vec::new());
    pack(policy, &mut findings);
    bodies::check(policy, &mut findings);
    roles::check(policy, &mut findings);
    triggers::check(policy, &mut findings);
    process::check(policy, &mut findings);
    evidence::check(policy, &mut findings);
    sharing::check(policy, &mut findings);
    reach::check(policy, &mut findings);
    for (nth, trigger) in policy.trigger.iter().enumerate() {
        rules::check(policy, trigger, &Place::trigger(trigger, nth), &mut findings);
        answers::check(policy, trigger, &Place::trigger(trigger, nth), &mut findings);
    }
    findings.0
}

/// A version is the pack's name, a dash and 12 digits, and has the 32 characters of a subject's token.
const LONGEST_PACK: usize = 19;

fn pack(policy: &Policy, findings: &mut Findings) {
    let token = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if !(1..=LONGEST_PACK).contains(&policy.pack.len()) || !policy.pack.bytes().all(token) {
        let place =
            Place { section: Section::Policy, nth: 0, id: String::new(), key: Some("pack") };
        let message = "give the pack a name of 1 to 19 of a-z, 0-9 and -: it stands in the version";
        findings.add(Code::PackName, place, message);
    }
}

/// What was found so far.
struct Findings(Vec<Finding>);

impl Findings {
    fn add(&mut self, code: Code, place: Place, message: impl Into<String>) {
        self.0.push(Finding { code, place, message: message.into() });
    }
}

impl Place {
    fn trigger(trigger: &Trigger, nth: usize) -> Self {
        Self { section: Section::Trigger, nth, id: trigger.id.to_string(), key: None }
    }

    fn body(body: &Body, nth: usize) -> Self {
        Self { section: Section::Body, nth, id: body.id.to_string(), key: None }
    }

    fn process() -> Self {
        Self { section: Section::Process, nth: 0, id: String::new(), key: None }
    }

    fn evidence() -> Self {
        Self { section: Section::Evidence, nth: 0, id: String::new(), key: None }
    }

    fn sharing() -> Self {
        Self { section: Section::Sharing, nth: 0, id: String::new(), key: None }
    }

    fn row(nth: usize) -> Self {
        Self { section: Section::Row, nth, id: String::new(), key: None }
    }

    fn powers() -> Self {
        Self { section: Section::Powers, nth: 0, id: String::new(), key: None }
    }

    /// The same place, with the key that is to blame.
    fn at(&self, key: &'static str) -> Self {
        Self { key: Some(key), ..self.clone() }
    }
}
