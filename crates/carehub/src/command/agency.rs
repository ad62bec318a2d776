//! Which hub, and as whom: what every command takes that speaks for an agency.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use carehub_domain::BodyId;
use clap::Args;

use super::TlsArgs;

/// How an agency reaches the hub.
#[derive(Debug, Clone, Args)]
pub struct AgencyArgs {
    /// The hub's NATS server
    #[arg(long, value_name = "URL", env = "CAREHUB_NATS", default_value = "nats://127.0.0.1:4222")]
    pub nats: String,
    /// The file with the agency's key (nkey seed), such as credentials/police.nk
    #[arg(long, value_name = "FILE", env = "CAREHUB_KEY")]
    pub key: PathBuf,
    /// The agency; by default what the key file is named after
    #[arg(long, value_name = "AGENCY", value_parser = BodyId::new, env = "CAREHUB_AGENCY")]
    pub agency: Option<BodyId>,
    /// With what the connection is made over TLS
    #[command(flatten)]
    pub tls: TlsArgs,
}

/// A key and whose it is.
pub struct KeyFile {
    /// The nkey seed.
    pub seed: String,
    /// The agency that the file is named after.
    pub agency: Option<BodyId>,
    /// The officer that it is named after, in `<agency>.<officer>.nk`.
    pub officer: Option<BodyId>,
}

impl KeyFile {
    /// Reads a key file; `<agency>.nk` and `<agency>.<officer>.nk` say whose key it is.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn read(path: &Path) -> anyhow::Result<Self> {
        let seed = secret(path)?;
        let name = path
            .file_name()
            .and_then(|name| name.to_str())
            .and_then(|name| name.strip_suffix(".nk"));
        let mut parts = name.unwrap_or_default().splitn(2, '.');
        let mut body = || parts.next().and_then(|part| BodyId::new(part).ok());
        Ok(Self { seed, agency: body(), officer: body() })
    }
}

/// A file that holds one secret, without the line end that an editor adds.
///
/// # Errors
/// The file cannot be read.
pub(crate) fn secret(path: &Path) -> anyhow::Result<String> {
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("could not read {}", path.display()))?;
    Ok(text.trim().to_owned())
}

impl AgencyArgs {
    /// The key and the agency.
    ///
    /// # Errors
    /// The key cannot be read, or neither it nor `--agency` says whose it is.
    pub fn identity(&self) -> anyhow::Result<(KeyFile, BodyId)> {
        let key = KeyFile::read(&self.key)?;
        let agency = self.agency.clone().or_else(|| key.agency.clone());
        let agency =
            agency.context("whose key is it? Say --agency, or name the file <agency>.nk")?;
        Ok((key, agency))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_file_is_named_after_its_owner() {
        let home = tempfile::tempdir().unwrap();
        let check = |name: &str| {
            let path = home.path().join(name);
            std::fs::write(&path, "SUSEED\n").unwrap();
            let key = KeyFile::read(&path).unwrap();
            assert_eq!(key.seed, "SUSEED");
            (key.agency.map(String::from), key.officer.map(String::from))
        };
        let text = |text: &str| Some(text.to_owned());
        assert_eq!(check("police.nk"), (text("police"), None));
        assert_eq!(check("council-qa.officer-1.nk"), (text("council-qa"), text("officer-1")));
        assert_eq!(check("Key of the police"), (None, None));
    }
}
