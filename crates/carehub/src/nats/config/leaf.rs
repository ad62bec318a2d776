//! The other side of a leaf node: the nats-server that an agency runs itself.

use std::fmt::Write as _;
use std::net::SocketAddr;

use super::server::{ServerTls, quoted, quoted_path};
use super::{AGENCY_MAX_PAYLOAD, AgencyAccount, ConfigurationError, officer_account};

/// An agency's own server, which passes on what its clients say and fetches what is theirs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeafNode {
    /// Where the agency's clients connect.
    pub listen: SocketAddr,
    /// `host:port` of the hub's leaf-node listeners; the next is tried when one is away.
    pub hubs: Vec<String>,
    /// With what it connects to the hub, and speaks TLS with its own clients.
    pub tls: Option<ServerTls>,
}

/// The configuration of the agency's own server: an account for the agency and for each of its
/// officers, and for each a connection to the hub with that account's key.
///
/// nats-server wants the seed itself in its configuration. So that this file holds no secret, it
/// includes `keys/<account>.conf` beside it, which holds nothing but `nkey: "SU..."`.
///
/// It has no JetStream: what cannot be passed on is not acknowledged, and waits in the client's
/// spool. The keys are those of the hub's accounts, so that a client needs no other key when it
/// connects to the hub itself.
///
/// # Errors
/// When an id, a key or a path could not be written safely; see [`ConfigurationError`].
pub fn leaf_configuration(
    leaf: &LeafNode,
    agency: &AgencyAccount,
) -> Result<String, ConfigurationError> {
    super::check_agencies(std::slice::from_ref(agency))?;
    let mut text = format!(
        "# Written by carehub for {id}'s own server; changes made by hand are lost.\n\
         # Each keys/ACCOUNT.conf beside it holds that account's seed, mode 0600: nkey: \"SU...\"\n\
         server_name: {name}\nhost: \"{host}\"\nport: {port}\nmax_payload: {AGENCY_MAX_PAYLOAD}\n",
        id = agency.id,
        name = quoted(&format!("carehub-leaf-{}", agency.id))?,
        host = leaf.listen.ip(),
        port = match leaf.listen.port() {
            0 => "-1".to_owned(),
            port => port.to_string(),
        },
    );
    let tls = leaf.tls.as_ref().map(tls_fields).transpose()?;
    if let Some(tls) = &tls {
        let _ = writeln!(text, "tls {{ {tls}, verify: true }}");
    }
    let mut remotes = String::new();
    text.push_str("accounts {\n");
    let mut parties = vec![(agency.id.clone(), &agency.public_key, &agency.next_key)];
    for officer in &agency.officers {
        let name = officer_account(&agency.id, &officer.id);
        parties.push((name, &officer.public_key, &officer.next_key));
    }
    for (name, key, next) in parties {
        let users: Vec<_> =
            [Some(key), next.as_ref()].into_iter().flatten().map(|key| user(key)).collect();
        let _ = writeln!(text, "  \"{name}\": {{ users: [ {} ] }}", users.join(", "));
        remotes.push_str(&remote(leaf, &name, tls.as_deref())?);
    }
    let _ = write!(text, "}}\nleafnodes {{\n  remotes: [\n{remotes}  ]\n}}\n");
    Ok(text)
}

/// What a client may do here, the hub decides; a restriction here would protect nobody.
fn user(key: &str) -> String {
    format!("{{ nkey: \"{key}\" }}")
}

fn remote(leaf: &LeafNode, account: &str, tls: Option<&str>) -> Result<String, ConfigurationError> {
    let scheme = if tls.is_some() { "tls" } else { "nats-leaf" };
    let urls: Result<Vec<_>, _> =
        leaf.hubs.iter().map(|hub| quoted(&format!("{scheme}://{hub}"))).collect();
    let tls = tls.map(|tls| format!(", tls {{ {tls} }}")).unwrap_or_default();
    // An include stands on a line of its own.
    Ok(format!(
        "    {{ urls: [{}], account: \"{account}\"{tls}\n      include \"keys/{account}.conf\"\n    }}\n",
        urls?.join(", "),
    ))
}

fn tls_fields(tls: &ServerTls) -> Result<String, ConfigurationError> {
    Ok(format!(
        "cert_file: {}, key_file: {}, ca_file: {}",
        quoted_path(&tls.certificate)?,
        quoted_path(&tls.key)?,
        quoted_path(&tls.authority)?,
    ))
}
