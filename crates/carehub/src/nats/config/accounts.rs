//! The accounts: who may publish, fetch and listen to what.

use std::fmt::Write as _;

use super::{AGENCY_API_PREFIX, AGENCY_MAX_PAYLOAD, AgencyAccount, Officer, officer_account};

pub(super) fn hub_account(public_key: &str) -> String {
    // `account_token_position` lets an account import only the subjects that carry its own name.
    format!(
        r#"  "HUB": {{
    jetstream: enabled
    users: [ {{ nkey: "{public_key}" }} ]
    exports: [
      {{ service: "carehub.concern.*.>", account_token_position: 3 }}
      {{ service: "carehub.response.*.>", account_token_position: 3 }}
      {{ service: "carehub.register.*.>", account_token_position: 3 }}
      {{ stream: "carehub.receipt.*", account_token_position: 3 }}
      {{ stream: "carehub.alert.*.>", account_token_position: 3 }}
      {{ service: "$JS.ACK.CAREHUB.*.>", account_token_position: 4 }}
      {{ service: "$JS.API.CONSUMER.MSG.NEXT.CAREHUB.*", account_token_position: 7, response_type: stream }}
      {{ service: "$JS.API.CONSUMER.INFO.CAREHUB.*", account_token_position: 6 }}
      {{ service: "$JS.API.STREAM.MSG.DELETE.CAREHUB", accounts: ["erasure"] }}
    ]
  }}
"#
    )
}

pub(super) fn erasure_account(public_key: &str) -> String {
    const DELETE: &str = "STREAM.MSG.DELETE.CAREHUB";
    let mut account = Account::new("erasure", public_key, None);
    account.api_service(DELETE);
    account.write()
}

pub(super) fn agency_account(agency: &AgencyAccount) -> String {
    let id = &agency.id;
    let mut account = Account::new(id, &agency.public_key, agency.next_key.as_deref());
    account.service(format!("carehub.concern.{id}.>"));
    account.service(format!("carehub.response.{id}.>"));
    if agency.register_owner {
        account.service(format!("carehub.register.{id}.>"));
    }
    account.consumer(id);
    account.stream(format!("carehub.receipt.{id}"));
    account.stream(format!("carehub.alert.{id}.>"));
    account.write()
}

pub(super) fn officer_account_block(agency: &str, officer: &Officer) -> String {
    let name = officer_account(agency, &officer.id);
    let mut account = Account::new(&name, &officer.public_key, officer.next_key.as_deref());
    account.consumer(&name);
    account.write()
}

/// One account of one party, whose permissions are exactly what the account imports: a subject
/// cannot be permitted and not imported, or the other way round.
struct Account {
    name: String,
    /// One, or two while one takes over from the other.
    keys: Vec<String>,
    publish: Vec<String>,
    subscribe: Vec<String>,
    imports: Vec<String>,
}

impl Account {
    fn new(name: &str, public_key: &str, next_key: Option<&str>) -> Self {
        Self {
            name: name.to_owned(),
            keys: [Some(public_key), next_key].into_iter().flatten().map(str::to_owned).collect(),
            publish: Vec::new(),
            subscribe: vec![format!("_INBOX_{name}.>")],
            imports: Vec::new(),
        }
    }

    fn service(&mut self, subject: String) {
        self.imports.push(format!(r#"{{ service: {{ account: "HUB", subject: "{subject}" }} }}"#));
        self.publish.push(subject);
    }

    fn stream(&mut self, subject: String) {
        self.imports.push(format!(r#"{{ stream: {{ account: "HUB", subject: "{subject}" }} }}"#));
        self.subscribe.push(subject);
    }

    fn api_service(&mut self, request: &str) {
        let local = format!("{AGENCY_API_PREFIX}.{request}");
        self.imports.push(format!(
            r#"{{ service: {{ account: "HUB", subject: "$JS.API.{request}" }}, to: "{local}" }}"#
        ));
        self.publish.push(local);
    }

    fn consumer(&mut self, name: &str) {
        self.service(format!("$JS.ACK.CAREHUB.{name}.>"));
        self.api_service(&format!("CONSUMER.MSG.NEXT.CAREHUB.{name}"));
        self.api_service(&format!("CONSUMER.INFO.CAREHUB.{name}"));
    }

    fn write(&self) -> String {
        let list = |subjects: &[String]| {
            let quoted: Vec<_> = subjects.iter().map(|subject| format!("\"{subject}\"")).collect();
            quoted.join(", ")
        };
        let users: Vec<_> = self
            .keys
            .iter()
            .map(|key| {
                format!(
                    r#"{{ nkey: "{key}", permissions: {{
      publish: {{ allow: [{publish}] }}
      subscribe: {{ allow: [{subscribe}] }}
    }} }}"#,
                    publish = list(&self.publish),
                    subscribe = list(&self.subscribe),
                )
            })
            .collect();
        let mut text = format!(
            r#"  "{name}": {{
    limits {{ max_payload: {AGENCY_MAX_PAYLOAD} }}
    users: [ {users} ]
    imports: [
"#,
            name = self.name,
            users = users.join(", "),
        );
        for import in &self.imports {
            // Writing to a String cannot fail.
            let _ = writeln!(text, "      {import}");
        }
        text.push_str("    ]\n  }\n");
        text
    }
}
