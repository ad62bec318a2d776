//! Every kind of access that there is, as attempts against everybody.

use std::fmt;

/// A kind of access, and whose it touches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Access {
    /// Say something in a room of the log, or on a live subject.
    Publish { room: &'static str, whose: String },
    /// Listen to a room, a live subject or an inbox.
    Listen { to: &'static str, whose: String },
    /// Fetch from a durable consumer, look at it, or acknowledge for it.
    Consume { whose: String },
    /// Fetch from it in the way of the hub's own account.
    ConsumeAsHub,
    /// Delete one message of the log by the way that is made for it.
    Erase,
    /// Anything else that JetStream or the server can be asked.
    Administer,
}

/// One attempt.
#[derive(Debug, Clone)]
pub(super) struct Attempt {
    pub(super) access: Access,
    pub(super) subject: String,
    pub(super) payload: &'static str,
    /// It is a subscription.
    pub(super) listens: bool,
}

impl Attempt {
    /// What the server says when it denies it, in lower case.
    pub(super) fn denial(&self) -> String {
        let what = if self.listens { "subscription" } else { "publish" };
        format!("-err 'permissions violation for {what} to \"{}\"'", self.subject).to_lowercase()
    }

    /// Whether whoever may do it is answered on the inbox. An acknowledgement of nothing is not, and
    /// what a pull brings keeps the subject on which it was published.
    pub(super) fn is_answered(&self) -> bool {
        let is_live = matches!(&self.access, Access::Publish { room: "receipt" | "alert", .. });
        let is_pull = self.subject.contains(".MSG.NEXT.");
        !self.listens && !is_live && !is_pull && !self.subject.starts_with("$JS.ACK.")
    }
}

impl fmt::Display for Attempt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verb = if self.listens { "listen to" } else { "publish on" };
        write!(f, "{verb} {} ({:?})", self.subject, self.access)
    }
}

/// The rooms of the log, and the live subjects, with what follows the name.
const ROOMS: [(&str, &str); 17] = [
    ("concern", ".1-100000001"),
    ("response", ".1-100000001"),
    ("register", ".1-100000001"),
    ("form", ".1-100000001"),
    ("escalation", ".1-100000001.e9.0"),
    ("notice", ".1-100000001.n1"),
    ("rejection", ".7"),
    ("refusal", ".7"),
    ("person", ".p1"),
    ("delivery", ".d1"),
    ("audit", ".general.read"),
    ("receipt", ""),
    ("alert", ".1-100000001"),
    ("control", ".1700000000"),
    ("tombstone", ".1"),
    ("head", ".1"),
    ("anything", ".1"),
];

/// Rooms that are the hub's alone, whatever stands in the second place.
const HUBS: [&str; 5] = [
    "carehub.control.tick.1700000000",
    "carehub.control.policy.forged",
    "carehub.control.head.1",
    "carehub.tombstone.1",
    "carehub.head.1",
];

/// What nobody has any business to listen to.
const EVERYTHING: [&str; 10] = [
    ">",
    "carehub.>",
    "carehub.*.>",
    "$JS.>",
    "$JS.API.>",
    "$JS.EVENT.>",
    "$SYS.>",
    "_INBOX.>",
    "*.>",
    "carejs.>",
];

/// Requests of the JetStream API to whoever's stream or account it is.
const REQUESTS: [(&str, &str); 38] = [
    ("INFO", ""),
    ("STREAM.NAMES", ""),
    ("STREAM.LIST", ""),
    ("STREAM.INFO.CAREHUB", ""),
    ("STREAM.INFO.CAREHUB-AUDIT", ""),
    ("STREAM.CREATE.COPY", r#"{"name":"COPY","mirror":{"name":"CAREHUB"}}"#),
    ("STREAM.CREATE.OWN", r#"{"name":"OWN","subjects":["carehub.>"]}"#),
    ("STREAM.UPDATE.CAREHUB", r#"{"name":"CAREHUB","subjects":["x"],"deny_purge":false}"#),
    ("STREAM.DELETE.CAREHUB", ""),
    ("STREAM.DELETE.CAREHUB-AUDIT", ""),
    ("STREAM.PURGE.CAREHUB", ""),
    ("STREAM.PURGE.CAREHUB-AUDIT", ""),
    ("STREAM.MSG.GET.CAREHUB", r#"{"seq":1}"#),
    ("STREAM.MSG.GET.CAREHUB-AUDIT", r#"{"seq":1}"#),
    ("STREAM.MSG.DELETE.CAREHUB-AUDIT", r#"{"seq":1}"#),
    ("STREAM.SNAPSHOT.CAREHUB", r#"{"deliver_subject":"_INBOX_x.snapshot"}"#),
    ("STREAM.RESTORE.CAREHUB", r#"{"config":{"name":"CAREHUB"}}"#),
    ("STREAM.PEER.REMOVE.CAREHUB", r#"{"peer":"x"}"#),
    ("STREAM.LEADER.STEPDOWN.CAREHUB", ""),
    ("DIRECT.GET.CAREHUB", r#"{"seq":1}"#),
    ("DIRECT.GET.CAREHUB.carehub.control.policy.1", ""),
    ("DIRECT.GET.CAREHUB-AUDIT", r#"{"seq":1}"#),
    ("CONSUMER.NAMES.CAREHUB", ""),
    ("CONSUMER.LIST.CAREHUB", ""),
    ("CONSUMER.NAMES.CAREHUB-AUDIT", ""),
    ("CONSUMER.CREATE.CAREHUB", r#"{"stream_name":"CAREHUB","config":{"durable_name":"spy"}}"#),
    ("CONSUMER.CREATE.CAREHUB.spy", r#"{"stream_name":"CAREHUB","config":{"name":"spy"}}"#),
    (
        "CONSUMER.CREATE.CAREHUB-AUDIT.spy",
        r#"{"stream_name":"CAREHUB-AUDIT","config":{"name":"spy"}}"#,
    ),
    (
        "CONSUMER.CREATE.CAREHUB.spy.carehub.concern.>",
        r#"{"stream_name":"CAREHUB","config":{"name":"spy"}}"#,
    ),
    (
        "CONSUMER.DURABLE.CREATE.CAREHUB.spy",
        r#"{"stream_name":"CAREHUB","config":{"durable_name":"spy"}}"#,
    ),
    ("CONSUMER.MSG.NEXT.CAREHUB-AUDIT.spy", ""),
    ("ACCOUNT.PURGE.HUB", ""),
    ("ACCOUNT.STREAM.MOVE.HUB.CAREHUB", ""),
    ("SERVER.REMOVE", r#"{"peer":"x"}"#),
    ("META.LEADER.STEPDOWN", ""),
    ("STREAM.TEMPLATE.NAMES", ""),
    ("STREAM.TEMPLATE.CREATE.x", "{}"),
    ("STREAM.MSG.DELETE.OTHER", r#"{"seq":1}"#),
];

/// Requests about one consumer, which stands at the end.
const OF_CONSUMER: [(&str, &str); 7] = [
    ("CONSUMER.DELETE.CAREHUB", ""),
    ("CONSUMER.PAUSE.CAREHUB", r#"{"pause_until":"2099-01-01T00:00:00Z"}"#),
    ("CONSUMER.CREATE.CAREHUB", r#"{"stream_name":"CAREHUB","config":{"ack_policy":"none"}}"#),
    (
        "CONSUMER.DURABLE.CREATE.CAREHUB",
        r#"{"stream_name":"CAREHUB","config":{"ack_policy":"none"}}"#,
    ),
    ("CONSUMER.LEADER.STEPDOWN.CAREHUB", ""),
    ("CONSUMER.UNPIN.CAREHUB", r#"{"group":"x"}"#),
    ("CONSUMER.RESET.CAREHUB", ""),
];

/// The names under which somebody might reach the JetStream API.
const PREFIXES: [&str; 4] = ["$JS.API", "carejs", "$JS.CAREHUB.API", "$JS.HUB.API"];

/// No messages that are not at hand; and none at all for a stranger.
const PULL: &str = r#"{"batch":1,"no_wait":true}"#;

/// Every attempt, against each of these accounts and those that belong to nobody.
pub(super) fn attempts(accounts: &[String]) -> Vec<Attempt> {
    let mut all = Vec::new();
    for whose in accounts.iter().map(String::as_str).chain(["hub", "nobody"]) {
        against(whose, &mut all);
    }
    for subject in HUBS {
        publish(&mut all, Access::Administer, subject.to_owned(), "forged");
    }
    for subject in EVERYTHING {
        listen(&mut all, Access::Administer, subject.to_owned());
    }
    for prefix in PREFIXES {
        for (request, body) in REQUESTS {
            publish(&mut all, Access::Administer, format!("{prefix}.{request}"), body);
        }
        let access = if prefix == "carejs" { Access::Erase } else { Access::Administer };
        // A sequence that is not there: whoever may erase is answered, and nothing is erased.
        let subject = format!("{prefix}.STREAM.MSG.DELETE.CAREHUB");
        publish(&mut all, access, subject, r#"{"seq":99999999}"#);
    }
    for subject in ["$SYS.REQ.SERVER.PING", "$SYS.REQ.ACCOUNT.PING.CONNZ", "$SYS.REQ.USER.INFO.X"] {
        publish(&mut all, Access::Administer, subject.to_owned(), "");
    }
    all
}

fn against(whose: &str, all: &mut Vec<Attempt>) {
    for (room, rest) in ROOMS {
        let access = Access::Publish { room, whose: whose.to_owned() };
        publish(all, access, format!("carehub.{room}.{whose}{rest}"), "{}");
        let subject = match room {
            "receipt" => format!("carehub.{room}.{whose}"),
            _ => format!("carehub.{room}.{whose}.>"),
        };
        listen(all, Access::Listen { to: room, whose: whose.to_owned() }, subject);
    }
    let inbox = Access::Listen { to: "inbox", whose: whose.to_owned() };
    listen(all, inbox, format!("_INBOX_{whose}.x.>"));
    let consume = || Access::Consume { whose: whose.to_owned() };
    publish(all, consume(), format!("$JS.ACK.CAREHUB.{whose}.1.9999999.9999999.1.0"), "+ACK");
    for prefix in PREFIXES {
        let own_way = prefix == "carejs";
        for (request, body) in [("MSG.NEXT", PULL), ("INFO", "")] {
            let access = if own_way { consume() } else { Access::ConsumeAsHub };
            publish(all, access, format!("{prefix}.CONSUMER.{request}.CAREHUB.{whose}"), body);
        }
    }
    for prefix in ["$JS.API", "carejs"] {
        for (request, body) in OF_CONSUMER {
            publish(all, Access::Administer, format!("{prefix}.{request}.{whose}"), body);
        }
    }
}

fn publish(all: &mut Vec<Attempt>, access: Access, subject: String, payload: &'static str) {
    all.push(Attempt { access, subject, payload, listens: false });
}

fn listen(all: &mut Vec<Attempt>, access: Access, subject: String) {
    all.push(Attempt { access, subject, payload: "", listens: true });
}
