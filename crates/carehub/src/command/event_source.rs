//! Where events come from: files and standard input, each with one event or many, whole or only
//! their `data`.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;

use anyhow::{Context as _, bail};
use carehub_client::{Draft, Outgoing};
use carehub_domain::BodyId;
use clap::Args;
use jiff::Timestamp;
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};
use tokio::sync::mpsc;

/// The most bytes of one event that are read: more is no event that a hub would take.
const LARGEST: usize = 1024 * 1024;

/// How many events wait between the reader and the sender.
const WAITING: usize = 2_000;

/// The events and what fills in their envelope.
#[derive(Debug, Clone, Args)]
pub(super) struct EventArgs {
    /// Files with an event each, or many as NDJSON; `-` or none for standard input
    #[arg(value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// The type of events that are given as `data` only, such as concern.raised
    #[arg(long = "type", value_name = "TYPE")]
    pub event_type: Option<String>,
    /// The home of events that are given as `data` only
    #[arg(long, value_name = "ID", requires = "event_type")]
    pub home: Option<String>,
    /// The id of the event; by default a digest of what it says, so that saying the same again with
    /// the same --time adds nothing
    #[arg(long, value_name = "ID", requires = "event_type")]
    pub id: Option<String>,
    /// When the agency says it; by default now
    #[arg(long, value_name = "RFC3339", requires = "event_type")]
    pub time: Option<Timestamp>,
    /// A field of `data` instead of a file; a dot goes one level down
    #[arg(
        long = "set",
        value_name = "FIELD=VALUE",
        requires = "event_type",
        conflicts_with = "files"
    )]
    pub set: Vec<String>,
}

/// One text that should be an event, and where it stood.
pub(super) struct Text {
    /// The file and the line on which it begins.
    pub(super) place: String,
    /// The text, or why there is none.
    pub(super) text: anyhow::Result<Vec<u8>>,
}

impl EventArgs {
    /// Reads the texts on a thread of its own, so that a pipe which is slow does not hold up what came
    /// before.
    pub(super) fn texts(&self) -> mpsc::Receiver<Text> {
        let (sender, receiver) = mpsc::channel(WAITING);
        let args = self.clone();
        std::thread::spawn(move || args.read(&sender));
        receiver
    }

    fn read(&self, sender: &mpsc::Sender<Text>) {
        if !self.set.is_empty() {
            let text =
                set_fields(&self.set).map(|data| Value::Object(data).to_string().into_bytes());
            let _ = sender.blocking_send(Text { place: "--set".to_owned(), text });
            return;
        }
        let standard_input = [PathBuf::from("-")];
        let files = if self.files.is_empty() { &standard_input[..] } else { &self.files[..] };
        for path in files {
            let name = path.display().to_string();
            let going_on = if name == "-" {
                read_texts("standard input", std::io::stdin().lock(), sender)
            } else {
                match File::open(path) {
                    Ok(file) => read_texts(&name, BufReader::new(file), sender),
                    Err(error) => {
                        let text = Err(error).with_context(|| format!("could not open {name}"));
                        sender.blocking_send(Text { place: name, text }).is_ok()
                    }
                }
            };
            if !going_on {
                return;
            }
        }
    }

    /// The event that a text is: a whole one as it stands, or `data` with the envelope filled in.
    pub(super) fn event(
        &self,
        agency: &BodyId,
        text: &[u8],
        now: Timestamp,
    ) -> anyhow::Result<Outgoing> {
        let value: Map<String, Value> =
            serde_json::from_slice(text).context("not a JSON object")?;
        if value.contains_key("specversion") {
            return Ok(Outgoing::from_json(agency.as_str(), text)?);
        }
        let (Some(event_type), Some(home)) = (&self.event_type, &self.home) else {
            bail!(
                "this is no whole event (it has no `specversion`): say --type and --home to send it as `data`"
            );
        };
        let time = self.time.unwrap_or(now);
        let id = self.id.clone().unwrap_or_else(|| {
            let mut hash = Sha256::new();
            for part in
                [event_type, home, &time.to_string(), &Value::Object(value.clone()).to_string()]
            {
                hash.update((part.len() as u64).to_be_bytes());
                hash.update(part);
            }
            format!("cli-{}", &format!("{:x}", hash.finalize())[..32])
        });
        let draft = Draft {
            agency: agency.to_string(),
            id,
            event_type: event_type.clone(),
            home: home.clone(),
            time: time.to_string(),
            data: value,
        };
        Ok(draft.encode()?)
    }
}

/// Cuts a stream into JSON texts: one a line, or one over several lines. `false` when nobody listens.
fn read_texts(name: &str, mut reader: impl BufRead, sender: &mpsc::Sender<Text>) -> bool {
    let mut text = Vec::new();
    let (mut line, mut begins) = (0_u64, 1_u64);
    loop {
        let before = text.len();
        let place = || format!("{name}, line {begins}");
        line += 1;
        let read = reader.read_until(b'\n', &mut text);
        let ended = match read {
            Ok(bytes) => bytes == 0,
            Err(error) => {
                let text = Err(error).with_context(|| format!("could not read {name}"));
                return sender.blocking_send(Text { place: place(), text }).is_ok();
            }
        };
        if text.trim_ascii().is_empty() {
            text.clear();
            begins = line + 1;
            if ended {
                return true;
            }
            continue;
        }
        let parsed = serde_json::from_slice::<serde::de::IgnoredAny>(&text);
        let unfinished = !ended
            && text.len() <= LARGEST
            && parsed.as_ref().is_err_and(serde_json::Error::is_eof);
        // Only the end of the input tells a text that breaks off from one that goes on.
        if unfinished && before < text.len() {
            continue;
        }
        let whole = parsed.map(|_| std::mem::take(&mut text)).context("not JSON");
        if sender.blocking_send(Text { place: place(), text: whole }).is_err() {
            return false;
        }
        text.clear();
        begins = line + 1;
        if ended {
            return true;
        }
    }
}

/// `data` from `field=value` pairs: a value that is JSON (a number, true, a list) is taken as such.
fn set_fields(pairs: &[String]) -> anyhow::Result<Map<String, Value>> {
    let mut data = Map::new();
    for pair in pairs {
        let (field, value) =
            pair.split_once('=').with_context(|| format!("`{pair}` is not FIELD=VALUE"))?;
        let value = serde_json::from_str(value).unwrap_or_else(|_| Value::String(value.to_owned()));
        let mut place = &mut data;
        let mut parts = field.split('.').peekable();
        while let Some(part) = parts.next() {
            if parts.peek().is_none() {
                place.insert(part.to_owned(), value);
                break;
            }
            let inner = place.entry(part).or_insert_with(|| Value::Object(Map::new()));
            let Value::Object(inner) = inner else {
                bail!("`{field}` goes into `{part}`, which has a value already")
            };
            place = inner;
        }
    }
    Ok(data)
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    #[track_caller]
    fn check(input: &str, expected: Expect) {
        let (sender, mut receiver) = mpsc::channel(100);
        assert!(read_texts("in", input.as_bytes(), &sender));
        drop(sender);
        let mut seen = String::new();
        while let Some(Text { place, text }) = receiver.blocking_recv() {
            let text = text.map(|text| String::from_utf8(text.trim_ascii().to_vec()).unwrap());
            seen += &format!("{place}: {:?}\n", text.map_err(|error| error.to_string()));
        }
        expected.assert_eq(&seen);
    }

    #[test]
    fn lines_and_texts_over_several_lines_are_read() {
        check(
            "{\"a\":1}\n\n{\"b\":\n2}\n{\"c\":3}",
            expect![[r#"
            in, line 1: Ok("{\"a\":1}")
            in, line 3: Ok("{\"b\":\n2}")
            in, line 5: Ok("{\"c\":3}")
        "#]],
        );
        check(
            "oops\n{\"c\":3}\n{\"d\":",
            expect![[r#"
            in, line 1: Err("not JSON")
            in, line 2: Ok("{\"c\":3}")
            in, line 3: Err("not JSON")
        "#]],
        );
        check("", expect![""]);
    }

    #[test]
    fn fields_are_set_by_name() {
        let set = |pairs: &[&str]| {
            set_fields(&pairs.iter().map(|pair| (*pair).to_owned()).collect::<Vec<_>>())
        };
        let data = set(&[
            "kind=complaint",
            "possible_crime=true",
            "details.finding=not-stated",
            "abuse_types=[\"sexual\"]",
        ]);
        expect![[r#"{"abuse_types":["sexual"],"details":{"finding":"not-stated"},"kind":"complaint","possible_crime":true}"#]]
            .assert_eq(&Value::Object(data.unwrap()).to_string());
        assert!(set(&["kind"]).is_err());
        assert!(set(&["kind=a", "kind.b=c"]).is_err());
    }

    #[test]
    fn data_gets_an_envelope_whose_id_says_the_same_for_the_same() {
        let time: Timestamp = "2026-01-02T03:04:05Z".parse().unwrap();
        let args = |home: &str| EventArgs {
            files: Vec::new(),
            event_type: Some("concern.raised".to_owned()),
            home: Some(home.to_owned()),
            id: None,
            time: Some(time),
            set: Vec::new(),
        };
        let agency = BodyId::new("police").unwrap();
        let event =
            |home: &str| args(home).event(&agency, b"{\"kind\":\"complaint\"}", time).unwrap();
        assert_eq!(event("h1"), event("h1"));
        assert_ne!(event("h1").id, event("h2").id);
        assert_eq!(event("h1").subject, "carehub.concern.police.h1");
        let bare = EventArgs { event_type: None, home: None, ..args("h1") };
        assert!(bare.event(&agency, b"{\"kind\":\"complaint\"}", time).is_err());
    }
}
