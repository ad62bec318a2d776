//! What an account imports is what its keys may do. The server holds a connection to both, and an attempt shows only
//! the narrower of the two: a wide import behind a narrow permission opens nothing until somebody widens that. So the
//! file that the server reads is compared, account by account.

use std::collections::BTreeSet;

/// Everything that is wrong with what these accounts import, and with what the hub's account exports.
pub(super) fn faults(configuration: &str, accounts: &[String]) -> Vec<String> {
    let mut faults = Vec::new();
    for name in accounts {
        let block = between(configuration, &format!("\n  \"{name}\": {{\n"), "\n  }\n");
        let listed = |what: &str| quoted(between(block, &format!("{what}: {{ allow: ["), "]"));
        let (mut services, mut streams) = (BTreeSet::new(), BTreeSet::new());
        for line in block.lines().filter(|line| line.contains("account: \"HUB\"")) {
            let subject = between(line, "subject: \"", "\"");
            if !is_own(name, subject) {
                faults.push(format!("{name} imports {subject}"));
            }
            let local =
                if line.contains("to: \"") { between(line, "to: \"", "\"") } else { subject };
            let all = if line.contains("stream: {") { &mut streams } else { &mut services };
            all.insert(local.to_owned());
        }
        let mut hears = listed("subscribe");
        hears.remove(&format!("_INBOX_{name}.>"));
        if services != listed("publish") || streams != hears {
            faults.push(format!("{name} imports {services:?} and {streams:?}"));
        }
    }
    let exports = between(configuration, "\n    exports: [\n", "\n    ]\n");
    let open =
        |line: &&str| !line.contains("account_token_position") && !line.contains("accounts: [");
    faults.extend(exports.lines().filter(open).map(|line| format!("open to everybody: {line}")));
    faults
}

/// Whether it names the account, or is the one thing that the eraser does.
fn is_own(name: &str, subject: &str) -> bool {
    subject.split('.').any(|token| token == name)
        || name == "erasure" && subject == "$JS.API.STREAM.MSG.DELETE.CAREHUB"
}

#[track_caller]
fn between<'a>(text: &'a str, from: &str, to: &str) -> &'a str {
    let (_, rest) = text.split_once(from).unwrap_or_else(|| panic!("no {from:?} in {text}"));
    rest.split_once(to).unwrap_or_else(|| panic!("no {to:?} after {from:?}")).0
}

fn quoted(list: &str) -> BTreeSet<String> {
    list.split('"').skip(1).step_by(2).map(str::to_owned).collect()
}
