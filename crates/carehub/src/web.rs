//! The read side as an operator set it: who may ask, over TLS or not, how often.

use anyhow::Context as _;
use carehub_dashboard::{Config, Dashboard, Rate, TlsFiles};
use carehub_people::{People, Provider, SessionTimes};

use crate::nats::keys;
use crate::settings::Settings;

/// How many seconds' worth of requests may come at once.
const BURST_SECONDS: f64 = 5.0;

/// The bounds of the read side under these settings.
#[must_use]
pub(crate) fn config(settings: &Settings) -> Config {
    let per_second = f64::from(settings.rate_limit);
    Config {
        rate_per_credential: Rate { per_second, burst: per_second * BURST_SECONDS },
        public_url: settings.public_url.clone(),
        trusted_proxy: settings.trusted_proxy,
        ..Config::default()
    }
}

/// Lets people sign in, and serves over TLS where there is a certificate.
///
/// # Errors
/// The accounts, the certificate, or what is said of the provider cannot be used.
pub(crate) fn opened(dashboard: Dashboard, settings: &Settings) -> anyhow::Result<Dashboard> {
    let people = People::open(&settings.accounts_dir(), SessionTimes::default())
        .context("open the accounts")?;
    let provider = match &settings.oidc {
        Some(path) => Some(Provider::open(path).context("read what is said of the provider")?),
        None => None,
    };
    let metrics = keys::metrics_token(&settings.credentials_dir());
    let metrics = metrics.context("read the token for the metrics")?;
    let dashboard = dashboard.with_people(people, provider).with_metrics_token(metrics.reveal());
    let key = keys::unsubscribe_key(&settings.credentials_dir());
    let key = key.context("read the key of unsubscribing")?;
    let dashboard = dashboard.with_unsubscribe_key(key.reveal());
    match (&settings.tls_cert, &settings.tls_key) {
        (Some(certificate), Some(key)) => {
            let files = TlsFiles { certificate: certificate.clone(), key: key.clone() };
            Ok(dashboard.with_tls(files)?)
        }
        (None, None) => Ok(dashboard),
        (Some(_), None) | (None, Some(_)) => {
            anyhow::bail!("TLS needs both: tls-cert and tls-key")
        }
    }
}
