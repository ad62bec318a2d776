//! `carehub policy activate | show`: gives the hub another rule book, from a time on; says which
//! holds, since when and by whom.

use std::io::Write;
use std::process::ExitCode;

use anyhow::Context as _;
use carehub_contract::{AuditAction, AuditRecord};
use carehub_domain::policy::{
    Activation, ActivationRecord, ActivationStanding, Activator, Policy, WhyRefused,
};
use carehub_domain::{BodyId, time};
use clap::Args;
use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::{Value, json};

use super::hub_log::HubLog;
use crate::activation::{self, Appended};
use crate::audit_waiting;
use crate::policy_files::{Fault, PackError, open};

/// Append a policy to the log, to take effect at a time.
///
/// The pack is checked first: one with a fault is refused, and the policy in force stays. Every home
/// is looked at again when it takes effect; what was decided before stays as it was.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  carehub policy activate --policy my-policy --from 2026-12-01 --by council-qa\n  carehub policy activate --policy my-policy --from now --by council-qa/officer-17 --nats nats://10.0.0.5:4222 --key hub.nk"
)]
pub struct Activate {
    /// A directory of TOML files, or the name of a pack that is compiled in
    #[arg(long, value_name = "DIR|PACK")]
    policy: String,
    /// From when: a date (its beginning in London), an instant such as 2026-12-01T09:00:00Z, or `now`
    #[arg(long, value_name = "DATE|INSTANT|now", value_parser = from)]
    from: From,
    /// Who activates it: an agency, or one of its officers as `<agency>/<officer>`
    #[arg(long, value_name = "AGENCY[/OFFICER]", value_parser = activator)]
    by: Activator,
    #[command(flatten)]
    log: HubLog,
    /// Print one JSON document
    #[arg(long)]
    json: bool,
}

/// Say which policy is in force, since when and by whom, and what waits.
#[derive(Debug, Args)]
pub struct Show {
    #[command(flatten)]
    log: HubLog,
    /// Print one JSON document
    #[arg(long)]
    json: bool,
}

/// The code of [`carehub_domain`]'s refusals.
const POLICY_IN_THE_PAST: &str = "policy-effective-in-the-past";
const POLICY_FAULTY: &str = "policy-faulty";

/// From when a policy is to hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum From {
    /// As soon as it is recorded.
    Now,
    /// From this instant on.
    At(Timestamp),
}

fn from(text: &str) -> Result<From, String> {
    if text == "now" {
        return Ok(From::Now);
    }
    if let Ok(date) = text.parse::<Date>()
        && text.len() == "2026-12-01".len()
    {
        return Ok(From::At(time::start_of_day(date)));
    }
    let instant = text.parse::<Timestamp>().map_err(
        |_| "write a date such as 2026-12-01, an instant such as 2026-12-01T09:00:00Z, or `now`",
    )?;
    // The subject of an activation has its second.
    if instant.subsec_nanosecond() == 0 {
        Ok(From::At(instant))
    } else {
        Err("leave fractions of a second out".to_owned())
    }
}

fn activator(text: &str) -> Result<Activator, String> {
    let (agency, officer) = match text.split_once('/') {
        Some((agency, officer)) => (agency, Some(officer)),
        None => (text, None),
    };
    let id = |text| BodyId::new(text).map_err(|error| error.to_string());
    Ok(Activator { agency: id(agency)?, officer: officer.map(id).transpose()? })
}

/// Why nothing was appended.
struct Refused {
    code: &'static str,
    message: String,
    faults: Vec<Fault>,
}

impl Refused {
    fn because(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), faults: Vec::new() }
    }
}

impl Activate {
    /// Checks, appends, and says what came of it. The exit code is 1 when it was refused.
    ///
    /// # Errors
    /// There is no such pack, the log does not answer, or `out` cannot be written.
    pub async fn run(&self, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
        let policy = match open(&self.policy).and_then(crate::policy_files::Pack::into_policy) {
            Ok(policy) => policy,
            Err(PackError::Faulty { which, faults }) => {
                let message = format!("the policy pack `{which}` has {} fault(s)", faults.len());
                return self.refuse(&Refused { code: POLICY_FAULTY, message, faults }, out);
            }
            Err(
                error @ (PackError::NoSuchPack { .. }
                | PackError::List { .. }
                | PackError::Read { .. }
                | PackError::Empty { .. }),
            ) => return Err(error.into()),
        };
        let log = self.log.connect().await?;
        let now = Timestamp::now();
        let mut activations = activation::read(&log).await?;
        activations.advance(now);
        let effective_from = match self.from {
            From::Now => None,
            From::At(instant) => Some(instant),
        };
        let known = [Some(&policy), activations.policy().map(AsRef::as_ref)];
        if !known.into_iter().flatten().any(|policy| names(policy, &self.by)) {
            let message = format!("no body `{}` of the policy is named like this", self.by);
            return self.refuse(&Refused::because("activator-unknown", message), out);
        }
        let version = policy.version.clone();
        let said = Activation { policy, effective_from, activated_by: Some(self.by.clone()) };
        if let Some(why) = activations.refuses(&said, now) {
            let why = refused(why);
            let record = AuditRecord {
                agency: Some(self.by.agency.clone()),
                what: Some(format!("{version} by {}", self.by)),
                ..AuditRecord::of(AuditAction::PolicyActivated)
            };
            audit_waiting::record(&log, record.refused(why.code)).await?;
            return self.refuse(&why, out);
        }
        // Before it is appended: what is in the log only is in force, and in no audit.
        let from = effective_from.map_or("at once".to_owned(), |from| from.to_string());
        let record = AuditRecord {
            agency: Some(self.by.agency.clone()),
            what: Some(format!("{version} from {from} by {}", self.by)),
            ..AuditRecord::of(AuditAction::PolicyActivated)
        };
        audit_waiting::record(&log, record.clone()).await?;
        match activation::append(&log, &said, now).await? {
            // The log's clock counts, not this machine's.
            Appended::Now(position, recorded_at) => match activations.refuses(&said, recorded_at) {
                Some(why) => {
                    let why = refused(why);
                    audit_waiting::record(&log, record.refused(why.code)).await?;
                    self.refuse(&why, out)
                }
                None => self.accept(&version, position.0, effective_from, out),
            },
            Appended::Before(position) => self.accept(&version, position.0, effective_from, out),
            Appended::ByAnother(position) => {
                let message = format!(
                    "the log holds this policy for this instant already, by somebody else or superseded \
                     since (position {position}); choose another instant"
                );
                self.refuse(&Refused::because("policy-activated-already", message), out)
            }
        }
    }

    fn accept(
        &self,
        version: &str,
        position: u64,
        effective_from: Option<Timestamp>,
        out: &mut dyn Write,
    ) -> anyhow::Result<ExitCode> {
        let by = &self.by;
        if self.json {
            let said = json!({
                "activated": true, "version": version, "position": position,
                "effective_from": effective_from, "by": by.to_string(),
            });
            writeln!(out, "{said}").context("print the report")?;
        } else {
            let from = effective_from.map_or("at once".to_owned(), |from| format!("from {from}"));
            writeln!(out, "{version} takes effect {from}, activated by {by}.")
                .context("print the report")?;
        }
        Ok(ExitCode::SUCCESS)
    }

    fn refuse(&self, refused: &Refused, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
        let Refused { code, message, faults } = refused;
        if self.json {
            let said =
                json!({ "activated": false, "code": code, "message": message, "faults": faults });
            writeln!(out, "{said}").context("print the report")?;
        } else {
            writeln!(out, "Not activated: {message}. The policy in force stays. [{code}]")
                .context("print the report")?;
            for fault in faults {
                writeln!(out, "{fault}").context("print the report")?;
            }
        }
        Ok(ExitCode::FAILURE)
    }
}

fn refused(why: WhyRefused) -> Refused {
    match why {
        WhyRefused::Past => Refused::because(
            POLICY_IN_THE_PAST,
            "the time from which it is to hold is past; name one that is still to come, or `now`",
        ),
        WhyRefused::Faulty => Refused::because(
            POLICY_FAULTY,
            "the hub finds a fault in it; `carehub policy check` of its build says which",
        ),
    }
}

/// Whether the policy has the agency, and the officer where one is named.
fn names(policy: &Policy, by: &Activator) -> bool {
    policy.body(&by.agency).is_some_and(|body| {
        by.officer.as_ref().is_none_or(|officer| body.officers.contains(officer))
    })
}

impl Show {
    /// Reads the log and prints.
    ///
    /// # Errors
    /// The log does not answer, or `out` cannot be written.
    pub async fn run(&self, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
        let log = self.log.connect().await?;
        let what = Some("every activation".to_owned());
        let record = AuditRecord { what, ..AuditRecord::of(AuditAction::PolicyRead) };
        audit_waiting::record(&log, record).await?;
        let mut activations = activation::read(&log).await?;
        activations.advance(Timestamp::now());
        if self.json {
            let pending: Vec<Value> = activations.pending().map(document).collect();
            let all: Vec<Value> = activations.ledger().activations.iter().map(document).collect();
            let shown = json!({
                "in_force": activations.in_force().map(document),
                "pending": pending,
                "activations": all,
            });
            writeln!(out, "{shown}").context("print the report")?;
            return Ok(ExitCode::SUCCESS);
        }
        for record in &activations.ledger().activations {
            writeln!(out, "{}", line(record)).context("print the report")?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// As it is shown over HTTP, and where the log keeps it.
fn document(record: &ActivationRecord) -> Value {
    let mut shown = json!(record.shown());
    shown["position"] = json!(record.position);
    shown
}

fn line(record: &ActivationRecord) -> String {
    let by = record.activated_by.as_ref().map_or("the hub".to_owned(), ToString::to_string);
    let version = &record.version;
    let from = record.effective_from.map(|from| format!(" from {from} on")).unwrap_or_default();
    match record.standing {
        ActivationStanding::InForce { since } => {
            format!("in force    {version}, since {since}, activated by {by}")
        }
        ActivationStanding::Pending => format!("pending     {version},{from}, activated by {by}"),
        ActivationStanding::Replaced { since, until } => {
            format!("replaced    {version}, held {since} to {until}, activated by {by}")
        }
        ActivationStanding::Superseded => {
            format!("superseded  {version},{from}, activated by {by}")
        }
        ActivationStanding::Refused { why } => {
            let why = match why {
                WhyRefused::Past => "that was past",
                WhyRefused::Faulty => "it has a fault",
            };
            format!("refused     {version},{from}: {why}, activated by {by}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_begins_in_london_and_an_instant_is_what_it_says() {
        let at = |text: &str| From::At(text.parse().unwrap());
        assert_eq!(from("2026-12-01"), Ok(at("2026-12-01T00:00:00Z")));
        assert_eq!(from("2026-07-01"), Ok(at("2026-06-30T23:00:00Z")));
        assert_eq!(from("2026-07-01T09:00:00+01:00"), Ok(at("2026-07-01T08:00:00Z")));
        assert_eq!(from("now"), Ok(From::Now));
        for wrong in ["", "tomorrow", "2026-13-01", "2026-12-01T09:00", "2026-12-01T09:00:00.5Z"] {
            assert!(from(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn an_officer_is_named_with_the_agency() {
        assert_eq!(activator("council-qa/o-1").unwrap().to_string(), "council-qa/o-1");
        assert_eq!(activator("council-qa").unwrap().officer, None);
        for wrong in ["", "council-qa/", "/o-1", "A B"] {
            assert!(activator(wrong).is_err(), "{wrong}");
        }
    }
}
