//! What an operator says of the provider: a TOML file, `--oidc FILE`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use carehub_domain::BodyId;
use serde::Deserialize;
use serde_json::Value;

use crate::{Right, Rights};

/// The file.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Configuration {
    /// The provider's issuer; `/.well-known/openid-configuration` below it describes the rest.
    pub(crate) issuer: String,
    /// What the provider calls this hub.
    pub(crate) client_id: String,
    /// Where the client's secret is; a client without one is a public client, and PKCE protects it.
    pub(crate) client_secret_file: Option<PathBuf>,
    /// A certificate authority of the provider besides the machine's own (PEM).
    pub(crate) ca_file: Option<PathBuf>,
    /// What is asked for besides `openid`.
    #[serde(default)]
    pub(crate) scopes: Vec<String>,
    /// The claim that names the agency.
    #[serde(default = "agency_claim")]
    pub(crate) agency_claim: String,
    /// The claim that names the roles.
    #[serde(default = "rights_claim")]
    pub(crate) rights_claim: String,
    /// Which body a value of the agency claim is; without any, the value is the body itself.
    #[serde(default)]
    pub(crate) agencies: BTreeMap<String, BodyId>,
    /// Which rights a role brings; without any, a role is the right of that name.
    #[serde(default)]
    pub(crate) rights: BTreeMap<String, BTreeSet<Right>>,
}

fn agency_claim() -> String {
    "agency".to_owned()
}

fn rights_claim() -> String {
    "roles".to_owned()
}

/// Why the file was not taken.
#[derive(Debug, thiserror::Error)]
pub enum ConfigurationError {
    /// A file cannot be read.
    #[error("read {path}")]
    Read {
        /// Which.
        path: PathBuf,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
    /// It is not understood.
    #[error("understand {path}")]
    Toml {
        /// Which.
        path: PathBuf,
        /// Why not.
        #[source]
        source: toml::de::Error,
    },
    /// The issuer is no address, or none over TLS.
    #[error("the issuer has to be an https address; http is taken for this machine alone")]
    Issuer,
    /// No certificate could be read.
    #[error("{0} holds no certificate")]
    Certificates(PathBuf),
}

impl Configuration {
    pub(crate) fn read(path: &Path) -> Result<Self, ConfigurationError> {
        toml::from_str(&text(path)?)
            .map_err(|source| ConfigurationError::Toml { path: path.to_owned(), source })
    }

    /// The agency and the rights that claims name; none where they name no agency, several, or no right.
    pub(crate) fn mapped(&self, claims: &Value) -> Option<(BodyId, Rights)> {
        let agencies: BTreeSet<BodyId> =
            words(claims.get(&self.agency_claim)).filter_map(|word| self.agency(word)).collect();
        let agency = agencies.first().filter(|_| agencies.len() == 1)?.clone();
        let rights: Rights =
            words(claims.get(&self.rights_claim)).flat_map(|word| self.role(word)).collect();
        (!rights.is_empty()).then_some((agency, rights))
    }

    fn agency(&self, word: &str) -> Option<BodyId> {
        if self.agencies.is_empty() {
            return BodyId::new(word).ok();
        }
        self.agencies.get(word).cloned()
    }

    fn role(&self, word: &str) -> BTreeSet<Right> {
        if self.rights.is_empty() {
            return word.parse().into_iter().collect();
        }
        self.rights.get(word).cloned().unwrap_or_default()
    }
}

/// A claim is a word, or a list of words.
fn words(claim: Option<&Value>) -> impl Iterator<Item = &str> {
    let list = claim.and_then(Value::as_array).map(Vec::as_slice);
    let values = list.unwrap_or(claim.map(std::slice::from_ref).unwrap_or_default());
    values.iter().filter_map(Value::as_str)
}

pub(crate) fn text(path: &Path) -> Result<String, ConfigurationError> {
    std::fs::read_to_string(path)
        .map_err(|source| ConfigurationError::Read { path: path.to_owned(), source })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const MAPPED: &str = r#"
        issuer = "https://login.example.org"
        client-id = "carehub"
        [agencies]
        "Norfolk Constabulary" = "police"
        "Fire and Rescue" = "fire"
        [rights]
        reader = ["read"]
        lead = ["read", "data-protection"]
    "#;

    #[track_caller]
    fn check(configuration: &str, claims: Value, expected: Option<(&str, &[Right])>) {
        let configuration: Configuration = toml::from_str(configuration).unwrap();
        let expected = expected.map(|(agency, rights)| {
            (BodyId::new(agency).unwrap(), rights.iter().copied().collect())
        });
        assert_eq!(configuration.mapped(&claims), expected);
    }

    #[test]
    fn claims_that_are_mapped_name_one_agency_and_its_rights() {
        let police = "Norfolk Constabulary";
        check(
            MAPPED,
            json!({"agency": police, "roles": ["reader", "other"]}),
            Some(("police", &[Right::Read])),
        );
        let both: &[Right] = &[Right::Read, Right::DataProtection];
        check(MAPPED, json!({"agency": [police], "roles": "lead"}), Some(("police", both)));
        for claims in [
            json!({"agency": "police", "roles": ["reader"]}),
            json!({"agency": [police, "Fire and Rescue"], "roles": ["reader"]}),
            json!({"agency": police, "roles": ["read"]}),
            json!({"agency": police}),
            json!({"roles": ["reader"]}),
            json!({"agency": {"id": police}, "roles": ["reader"]}),
        ] {
            check(MAPPED, claims, None);
        }
    }

    #[test]
    fn claims_that_are_not_mapped_are_bodies_and_rights_themselves() {
        let plain = "issuer = \"https://x\"\nclient-id = \"c\"\nrights-claim = \"groups\"\n";
        check(
            plain,
            json!({"agency": "cqc", "groups": ["read", "other"]}),
            Some(("cqc", &[Right::Read])),
        );
        check(plain, json!({"agency": "C Q C", "groups": ["read"]}), None);
    }

    #[test]
    fn a_key_that_is_not_known_is_refused() {
        assert!(
            toml::from_str::<Configuration>("issuer = \"https://x\"\nclientid = \"c\"\n").is_err()
        );
    }
}
