//! Reads the TOML of a pack table by table, so that one fault does not hide the next, and keeps
//! the line of every table and key for what [`check`](carehub_domain::policy::check) finds later.

use std::collections::BTreeMap;
use std::ops::Range;

use carehub_domain::policy::{Finding, Policy, Section, nearest};
use serde::de::DeserializeOwned;
use toml::Spanned;
use toml::de::{DeTable, DeValue, ValueDeserializer};

use super::Fault;

/// One file of a pack.
pub(super) struct Source {
    /// Its name within the pack.
    pub(super) name: String,
    /// What it says.
    pub(super) text: String,
}

/// What the files say together.
#[derive(Default)]
pub(super) struct Read {
    pub(super) policy: Policy,
    pub(super) places: Places,
    pub(super) faults: Vec<Fault>,
}

/// Where each table and key stands.
#[derive(Default)]
pub(super) struct Places(BTreeMap<(Section, usize), Table>);

struct Table {
    file: String,
    line: usize,
    /// By key: its own file and line, because the policy's own keys may stand in several files.
    keys: BTreeMap<String, (String, usize)>,
}

impl Places {
    /// The finding with the file and the line of its key, or else of its table.
    pub(super) fn fault(&self, finding: Finding) -> Fault {
        let place = &finding.place;
        let at = self.0.get(&(place.section, place.nth)).and_then(|table| {
            let key = place.key.and_then(|key| table.keys.get(key)).cloned();
            // The policy's own keys stand in no table that a line could point to.
            let table =
                (place.section != Section::Policy).then(|| (table.file.clone(), table.line));
            key.or(table)
        });
        let (file, line) = at.unzip();
        let place = finding.place.to_string();
        Fault { code: finding.code.as_str(), file, line, place, message: finding.message }
    }
}

/// Reads all files and merges them.
pub(super) fn read(files: &[Source]) -> Read {
    let mut read = Read::default();
    for file in files {
        File { source: file, read: &mut read }.read();
    }
    read
}

/// A file while it is read.
struct File<'a> {
    source: &'a Source,
    read: &'a mut Read,
}

impl File<'_> {
    fn read(mut self) {
        let text = self.source.text.as_str();
        let (table, errors) = DeTable::parse_recoverable(text);
        if !errors.is_empty() {
            for error in errors {
                let span = error.span().unwrap_or_default();
                self.fault("policy-syntax", &span, "file".to_owned(), error.message());
            }
            return;
        }
        for (key, value) in table.into_inner() {
            let span = key.span();
            match key.get_ref().as_ref() {
                "body" => self.bodies(value),
                "trigger" => self.triggers(value),
                "powers" => {
                    self.once("powers", Section::Powers, &span);
                    self.note(Section::Powers, 0, &span, &value);
                    if let Some(powers) = self.parse("powers", value) {
                        self.read.policy.powers = powers;
                    }
                }
                "pack" => {
                    self.once("pack", Section::Policy, &span);
                    if let Some(pack) = self.parse("pack", value) {
                        self.read.policy.pack = pack;
                    }
                }
                "process" => {
                    self.once("process", Section::Process, &span);
                    self.note(Section::Process, 0, &span, &value);
                    if let Some(process) = self.parse("process", value) {
                        self.read.policy.process = process;
                    }
                }
                "evidence" => {
                    self.once("evidence", Section::Evidence, &span);
                    self.note(Section::Evidence, 0, &span, &value);
                    if let Some(evidence) = self.parse("evidence", value) {
                        self.read.policy.evidence = evidence;
                    }
                }
                "sharing" => {
                    self.once("sharing", Section::Sharing, &span);
                    self.note(Section::Sharing, 0, &span, &value);
                    self.note_rows(&value);
                    if let Some(sharing) = self.parse("sharing", value) {
                        self.read.policy.sharing = sharing;
                    }
                }
                "retention" => {
                    self.once("retention", Section::Retention, &span);
                    self.note(Section::Retention, 0, &span, &value);
                    if let Some(retention) = self.parse("retention", value) {
                        self.read.policy.retention = retention;
                    }
                }
                "bank_holidays" => {
                    self.once("bank_holidays", Section::Policy, &span);
                    if let Some(days) = self.parse("bank_holidays", value) {
                        self.read.policy.bank_holidays = days;
                    }
                }
                other => {
                    let message = format!(
                        "there is no `{other}` in a policy; there are body, trigger, powers, \
                         process, evidence, sharing, retention, pack and bank_holidays"
                    );
                    self.fault("policy-unreadable", &span, "file".to_owned(), &message);
                }
            }
        }
    }

    /// Where each row of the agreement stands.
    fn note_rows(&mut self, sharing: &Spanned<DeValue<'_>>) {
        let rows = sharing.get_ref().get("row").map(Spanned::get_ref);
        if let Some(DeValue::Array(rows)) = rows {
            for (nth, row) in rows.iter().enumerate() {
                self.note(Section::Row, nth, &row.span(), row);
            }
        }
    }

    fn bodies(&mut self, list: Spanned<DeValue<'_>>) {
        for value in self.tables("body", list) {
            let nth = self.read.policy.body.len();
            self.note(Section::Body, nth, &value.span(), &value);
            if let Some(body) = self.parse(&named("body", &value), value) {
                self.read.policy.body.push(body);
            }
        }
    }

    fn triggers(&mut self, list: Spanned<DeValue<'_>>) {
        for value in self.tables("trigger", list) {
            let nth = self.read.policy.trigger.len();
            self.note(Section::Trigger, nth, &value.span(), &value);
            if let Some(trigger) = self.parse(&named("trigger", &value), value) {
                self.read.policy.trigger.push(trigger);
            }
        }
    }

    /// The tables of a `[[list]]`; a fault when it is not one.
    fn tables<'i>(&mut self, key: &str, list: Spanned<DeValue<'i>>) -> Vec<Spanned<DeValue<'i>>> {
        let span = list.span();
        if let DeValue::Array(items) = list.into_inner() {
            return items.into_iter().collect();
        }
        let message = format!("write [[{key}]] with two brackets on each side: there are many");
        self.fault("policy-unreadable", &span, key.to_owned(), &message);
        Vec::new()
    }

    fn parse<T: DeserializeOwned>(
        &mut self,
        place: &str,
        value: Spanned<DeValue<'_>>,
    ) -> Option<T> {
        let whole = value.span();
        match T::deserialize(ValueDeserializer::from(value)) {
            Ok(parsed) => Some(parsed),
            Err(error) => {
                let span = error.span().unwrap_or(whole);
                let message = with_suggestion(error.message());
                self.fault("policy-unreadable", &span, place.to_owned(), &message);
                None
            }
        }
    }

    /// A second one of what there is once would silently replace the first.
    fn once(&mut self, key: &str, section: Section, span: &Range<usize>) {
        let here = (self.source.name.clone(), line(&self.source.text, span.start));
        let table = self.read.places.0.entry((section, 0)).or_insert_with(|| Table {
            file: here.0.clone(),
            line: here.1,
            keys: BTreeMap::new(),
        });
        if let Some((file, line)) = table.keys.insert(key.to_owned(), here) {
            let message = format!("`{key}` is given already, in {file} line {line}");
            self.fault("policy-given-twice", span, key.to_owned(), &message);
        }
    }

    fn note(
        &mut self,
        section: Section,
        nth: usize,
        span: &Range<usize>,
        value: &Spanned<DeValue<'_>>,
    ) {
        let text = &self.source.text;
        let here = |start| (self.source.name.clone(), line(text, start));
        let mut keys = BTreeMap::new();
        if let DeValue::Table(table) = value.get_ref() {
            for key in table.keys() {
                keys.insert(key.get_ref().to_string(), here(key.span().start));
            }
        }
        let (file, line) = here(span.start);
        let table = self.read.places.0.entry((section, nth)).or_insert_with(|| Table {
            file,
            line,
            keys: BTreeMap::new(),
        });
        table.keys.append(&mut keys);
    }

    fn fault(&mut self, code: &'static str, span: &Range<usize>, place: String, message: &str) {
        self.read.faults.push(Fault {
            code,
            file: Some(self.source.name.clone()),
            line: Some(line(&self.source.text, span.start)),
            place,
            message: message.to_owned(),
        });
    }
}

/// serde lists everything that is allowed, up to forty words; where one of them is near, that one
/// is all that helps. Its texts are "unknown field `a`, expected one of `b`, `c`".
fn with_suggestion(message: &str) -> String {
    let mut words = message.split('`').skip(1).step_by(2);
    let near = words.next().and_then(|word| nearest(word, words));
    match (near, message.split_once(", expected")) {
        (Some(near), Some((unknown, _))) if message.starts_with("unknown ") => {
            format!("{unknown}; is `{near}` meant?")
        }
        (Some(_) | None, Some(_) | None) => message.to_owned(),
    }
}

/// `trigger referrals-6m`, or `trigger` when its id cannot be read.
fn named(what: &str, value: &Spanned<DeValue<'_>>) -> String {
    let id = value.get_ref().get("id").and_then(|id| id.get_ref().as_str());
    id.map_or_else(|| what.to_owned(), |id| format!("{what} {id}"))
}

/// The line of a byte, from 1.
fn line(text: &str, byte: usize) -> usize {
    text.bytes().take(byte).filter(|byte| *byte == b'\n').count() + 1
}
