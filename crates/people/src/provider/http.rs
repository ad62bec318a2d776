//! The HTTP client that speaks to the provider: TLS with the machine's authorities, no redirects, bounded.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use openidconnect::{HttpRequest, HttpResponse};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use ureq::tls::{Certificate, RootCerts, TlsConfig};

use super::configuration::ConfigurationError;

/// A provider that takes longer is not reachable.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Far more than a key set or a token is.
const MOST_BYTES: u64 = 1024 * 1024;

/// The client.
#[derive(Debug)]
pub(crate) struct Http(ureq::Agent);

impl Http {
    /// `local` is for a provider on this machine, over plain HTTP; it goes through no proxy.
    pub(crate) fn new(local: bool, ca_file: Option<&Path>) -> Result<Self, ConfigurationError> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let tls = TlsConfig::builder()
            .unversioned_rustls_crypto_provider(provider)
            .root_certs(RootCerts::new_with_certs(&authorities(ca_file)?));
        let mut config = ureq::Agent::config_builder()
            .tls_config(tls.build())
            .https_only(!local)
            .http_status_as_error(false)
            // A redirect of a token endpoint would carry the code elsewhere.
            .max_redirects(0)
            .max_redirects_will_error(false)
            .timeout_global(Some(TIMEOUT));
        if local {
            config = config.proxy(None);
        }
        Ok(Self(config.build().new_agent()))
    }

    /// One request.
    pub(crate) fn call(&self, request: HttpRequest) -> Result<HttpResponse, ureq::Error> {
        let (parts, mut body) = self.0.run(request)?.into_parts();
        let body = body.with_config().limit(MOST_BYTES).read_to_vec()?;
        Ok(HttpResponse::from_parts(parts, body))
    }
}

fn authorities(ca_file: Option<&Path>) -> Result<Vec<Certificate<'static>>, ConfigurationError> {
    let mut known = rustls_native_certs::load_native_certs().certs;
    if let Some(path) = ca_file {
        let none = || ConfigurationError::Certificates(path.to_owned());
        let read: Result<Vec<_>, _> =
            CertificateDer::pem_file_iter(path).map_err(|_| none())?.collect();
        let read = read.map_err(|_| none())?;
        if read.is_empty() {
            return Err(none());
        }
        known.extend(read);
    }
    Ok(known.iter().map(|der| Certificate::from_der(der).to_owned()).collect())
}
