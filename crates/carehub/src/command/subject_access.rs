//! `carehub subject-access`: everything that is held about one person, for the data-protection lead.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::ensure;
use carehub_contract::{AuditAction, AuditRecord, Contract, Mode, Subject};
use carehub_domain::message::{Channel, MessageBody, OutputBody};
use carehub_domain::{BodyId, Digest, Position};
use carehub_storage::log::{Log, Read, Stored};
use clap::Args;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

use super::hub_log::HubLog;
use super::progress;
use crate::audit_waiting;

/// Messages read at a time.
const BATCH: usize = 4_000;

/// How long the log may be silent.
const PATIENCE: Duration = Duration::from_secs(30);

/// Print everything that refers to a pseudonym, by agency, with the text as the log has it now, and who
/// received it (UK GDPR article 15)
///
/// It reads the whole log with the hub's own key. The pseudonym is asked of the pseudonymisation service:
/// the hub cannot make it. What comes out is personal data.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  carehub subject-access pn1:abcdef --data-dir /var/lib/carehub > answer.json\n  carehub subject-access pn1:abcdef --nats nats://10.0.0.5:4222 --key hub.nk --json"
)]
pub struct SubjectAccess {
    /// The person's `person_ref`
    #[arg(value_name = "PERSON_REF")]
    person_ref: String,
    #[command(flatten)]
    hub: HubLog,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Everything held about a person.
#[derive(Debug, Serialize)]
struct Held {
    person_ref: String,
    /// The last position that was looked at, and when that was.
    through: u64,
    read_at: Timestamp,
    /// What each agency said.
    said: BTreeMap<BodyId, Vec<Entry>>,
    /// Which bodies were sent an escalation that rests on it.
    received: BTreeMap<BodyId, BTreeSet<Received>>,
}

/// One message that refers to the person, or amends one that does.
#[derive(Debug, Serialize)]
struct Entry {
    position: u64,
    recorded_at: Timestamp,
    home: String,
    #[serde(rename = "type")]
    event_type: String,
    id: String,
    /// Whether its text is gone; `data` is then what is left.
    erased: bool,
    data: Value,
}

/// What a body was sent.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
struct Received {
    escalation: String,
    home: String,
    revision: u32,
    at: Timestamp,
}

impl SubjectAccess {
    /// Runs the command.
    ///
    /// # Errors
    /// The log does not answer, or `out` cannot be written.
    pub async fn run(&self, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
        let log = self.hub.connect().await?;
        let held = self.read(&log).await?;
        // The pseudonym itself is about a person: the audit names them as pictures do, by a digest.
        let person = u128::from(Digest::of_person(&self.person_ref));
        let what = Some(format!("person {person:032x} through {}", held.through));
        let record = AuditRecord { what, ..AuditRecord::of(AuditAction::SubjectAccess) };
        audit_waiting::record(&log, record).await?;
        if self.json {
            writeln!(out, "{}", serde_json::to_string(&held)?)?;
        } else {
            print(&held, out)?;
        }
        Ok(ExitCode::SUCCESS)
    }

    async fn read(&self, log: &Log) -> anyhow::Result<Held> {
        let contract = Contract::compile()?;
        let last = log.last_sequence().await?;
        let bar = progress::bar(0, "reading", self.json);
        bar.set_length(last);
        let mut held = Held {
            person_ref: self.person_ref.clone(),
            through: last,
            read_at: Timestamp::now(),
            said: BTreeMap::new(),
            received: BTreeMap::new(),
        };
        let mut about = About::default();
        let mut reader = log.reader(1, Vec::new());
        let mut position = 0;
        while position < last {
            let reads = reader.next_batch(BATCH, PATIENCE).await?;
            ensure!(!reads.is_empty(), "the log stopped at {position} of {last}");
            for read in reads {
                position = read.through();
                match read {
                    Read::Message(stored) => {
                        about.look(&contract, &self.person_ref, &stored, &mut held);
                    }
                    Read::Gap { from, to } => {
                        for (at, erased) in carehub_aggregator::in_gap(log, from, to).await? {
                            let Some(erased) = erased else { continue };
                            let entry = Entry {
                                position: at.0,
                                recorded_at: erased.recorded_at,
                                home: erased.home.map(|home| home.to_string()).unwrap_or_default(),
                                event_type: erased.event_type.unwrap_or_default(),
                                id: erased.event_id.unwrap_or_default(),
                                erased: true,
                                data: erased.data.unwrap_or(Value::Null),
                            };
                            about.keep(&self.person_ref, erased.agency, entry, &mut held);
                        }
                    }
                }
            }
            bar.set_position(position);
        }
        bar.finish_and_clear();
        Ok(held)
    }
}

/// The messages found so far.
#[derive(Default)]
struct About {
    positions: BTreeSet<Position>,
    events: BTreeSet<(BodyId, String)>,
}

impl About {
    fn look(&mut self, contract: &Contract, person: &str, stored: &Stored, held: &mut Held) {
        let Ok(subject) = Subject::parse(&stored.subject) else { return };
        let at = Timestamp::from_nanosecond(stored.time).unwrap_or(Timestamp::MIN);
        match &subject {
            Subject::Agency { channel: Channel::Register, .. } => {}
            Subject::Agency { agency, home, .. } => {
                let Ok(message) = serde_json::from_slice::<Value>(&stored.payload) else { return };
                let text = |name: &str| message[name].as_str().unwrap_or_default().to_owned();
                let entry = Entry {
                    position: stored.sequence,
                    recorded_at: at,
                    home: home.to_string(),
                    event_type: text("type"),
                    id: text("id"),
                    erased: false,
                    data: message["data"].clone(),
                };
                self.keep(person, agency.clone(), entry, held);
            }
            Subject::Escalation { .. } => {
                let position = Position(stored.sequence);
                let read = contract.decode(&subject, &stored.payload, at, position, Mode::Trust);
                if let MessageBody::Hub(output) = read.body
                    && let OutputBody::Escalation { to, escalation } = output.body
                    && to.as_str() != BodyId::HUB
                    && escalation.evidence.events.iter().any(|at| self.positions.contains(at))
                {
                    held.received.entry(to).or_default().insert(Received {
                        escalation: escalation.id.to_string(),
                        home: escalation.home.to_string(),
                        revision: escalation.revision,
                        at,
                    });
                }
            }
            Subject::MalformedHome { .. }
            | Subject::Notice { .. }
            | Subject::Rejection { .. }
            | Subject::Refusal { .. }
            | Subject::Tick { .. }
            | Subject::Policy { .. }
            | Subject::Tombstone { .. }
            | Subject::Head { .. }
            | Subject::HeadNotice { .. }
            | Subject::Person { .. }
            | Subject::Delivery { .. }
            | Subject::Reserved(_)
            | Subject::Receipt { .. }
            | Subject::Alert { .. } => {}
        }
    }

    /// Keeps what names the person, or amends what does.
    fn keep(&mut self, person: &str, agency: BodyId, entry: Entry, held: &mut Held) {
        let amends = ["corrects", "withdraws", "matches", "triages", "concern", "death"]
            .into_iter()
            .filter_map(|name| entry.data.get(name))
            .any(|event| {
                let id = event["id"].as_str().unwrap_or_default().to_owned();
                let of = event["agency"].as_str().and_then(|of| BodyId::new(of).ok());
                self.events.contains(&(of.unwrap_or_else(|| agency.clone()), id))
            });
        if amends || names(&entry.data, person) {
            self.positions.insert(Position(entry.position));
            self.events.insert((agency.clone(), entry.id.clone()));
            held.said.entry(agency).or_default().push(entry);
        }
    }
}

/// Whether a `person_ref` at any depth is this one.
fn names(data: &Value, person: &str) -> bool {
    match data {
        Value::Object(map) => map.iter().any(|(name, value)| {
            name == "person_ref" && value.as_str().map(str::trim) == Some(person)
                || names(value, person)
        }),
        Value::Array(items) => items.iter().any(|item| names(item, person)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}

fn print(held: &Held, out: &mut dyn Write) -> anyhow::Result<()> {
    let entries: usize = held.said.values().map(Vec::len).sum();
    writeln!(out, "{entries} messages refer to this person, in the log up to {}.", held.through)?;
    for (agency, entries) in &held.said {
        writeln!(out, "\n{agency}")?;
        for entry in entries {
            let erased = if entry.erased { ", text erased" } else { "" };
            writeln!(
                out,
                "  {} {} about {} ({}{erased})",
                entry.recorded_at, entry.event_type, entry.home, entry.id
            )?;
            writeln!(out, "    {}", entry.data)?;
        }
    }
    writeln!(out, "\nSent on:")?;
    for (body, received) in &held.received {
        let last = received.iter().next_back().map(|last| last.at.to_string());
        let (count, last) = (received.len(), last.unwrap_or_default());
        writeln!(out, "  {body}: {count} revisions of escalations, the last at {last}")?;
    }
    Ok(())
}
