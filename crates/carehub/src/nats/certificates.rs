//! Certificates for a partnership that runs no authority of its own, and for tests: one authority,
//! a certificate for each server and for each client.
//!
//! A certificate opens the door and says nothing about who comes in: that is the nkey's word.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use jiff::civil::Date;
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa,
    Issuer, KeyPair, KeyUsagePurpose, date_time_ymd,
};

use super::keys::{CredentialsError, make_private_dir, write_private};

/// The authority lives longer than what it signs: to replace it everybody must be given the new one.
const AUTHORITY_YEARS: i16 = 10;
/// What a server is always reached as on its own machine.
const LOOPBACK: [&str; 3] = ["localhost", "127.0.0.1", "::1"];
/// The authority's files are `ca.pem` and `ca-key.pem`.
const AUTHORITY: &str = "ca";

/// Why a certificate cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum CertificateError {
    /// A name is not one that can stand in a certificate and name a file.
    #[error("{0:?} cannot name a certificate: use letters, digits, hyphens and dots")]
    Name(String),
    /// The library refuses, or the authority's key is none.
    #[error("make the certificate {name}")]
    Make {
        /// Whose.
        name: String,
        /// What the library said.
        source: rcgen::Error,
    },
    /// A date beyond the calendar.
    #[error("certificates cannot hold for {0} days")]
    Days(u16),
    /// A file cannot be read or written.
    #[error("{operation} {}", path.display())]
    File {
        /// What was being done.
        operation: &'static str,
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// The directory cannot be made.
    #[error(transparent)]
    Directory(#[from] CredentialsError),
}

/// Which certificates there are to be.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// Servers: the file's name, and the names and addresses it is reached by besides loopback.
    pub servers: Vec<(String, Vec<String>)>,
    /// Clients: an agency, an officer, the hub.
    pub clients: Vec<String>,
    /// The first day on which they hold.
    pub today: Date,
    /// For how many days they hold; the authority for ten years.
    pub days: u16,
    /// Make them anew where there are some; the authority stays.
    pub renew: bool,
}

/// Makes `NAME.pem` and `NAME-key.pem` (mode 0600) in `dir`, and the authority when there is none;
/// returns the files that were written. A file that is there is kept unless it is to be renewed.
///
/// # Errors
/// A name is refused, or a file cannot be read or written.
pub fn make(dir: &Path, wanted: &Wanted) -> Result<Vec<PathBuf>, CertificateError> {
    let names = wanted.servers.iter().map(|(name, _)| name).chain(&wanted.clients);
    names.clone().try_for_each(|name| check_name(name))?;
    make_private_dir(dir)?;
    let mut written = Vec::new();
    let (issuer, first) = authority(dir, wanted)?;
    written.extend(first);
    for (name, reached_as) in &wanted.servers {
        let hosts =
            LOOPBACK.iter().map(ToString::to_string).chain(reached_as.iter().cloned()).collect();
        written.extend(certificate(dir, name, hosts, wanted, &issuer)?);
    }
    for name in &wanted.clients {
        written.extend(certificate(dir, name, Vec::new(), wanted, &issuer)?);
    }
    Ok(written)
}

fn authority(
    dir: &Path,
    wanted: &Wanted,
) -> Result<(Issuer<'static, KeyPair>, Vec<PathBuf>), CertificateError> {
    let failed = |source| CertificateError::Make { name: AUTHORITY.to_owned(), source };
    let mut params = params(AUTHORITY, Vec::new(), wanted)?;
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let last = wanted.today.checked_add(jiff::Span::new().years(AUTHORITY_YEARS));
    let last = last.map_err(|_| CertificateError::Days(wanted.days))?;
    hold(&mut params, first_day(wanted), last);
    let key_file = dir.join(format!("{AUTHORITY}-key.pem"));
    if key_file.exists() {
        let text = fs::read_to_string(&key_file).map_err(file("read", &key_file))?;
        let key = KeyPair::from_pem(&text).map_err(failed)?;
        return Ok((Issuer::new(params, key), Vec::new()));
    }
    let key = KeyPair::generate().map_err(failed)?;
    let certificate = params.self_signed(&key).map_err(failed)?;
    let written = write_pair(dir, AUTHORITY, &certificate.pem(), &key.serialize_pem())?;
    Ok((Issuer::new(params, key), written))
}

fn certificate(
    dir: &Path,
    name: &str,
    hosts: Vec<String>,
    wanted: &Wanted,
    issuer: &Issuer<'_, KeyPair>,
) -> Result<Vec<PathBuf>, CertificateError> {
    if !wanted.renew && dir.join(format!("{name}.pem")).exists() {
        return Ok(Vec::new());
    }
    let failed = |source| CertificateError::Make { name: name.to_owned(), source };
    let serves = !hosts.is_empty();
    let mut params = params(name, hosts, wanted)?;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    // A server is a client too: of the other servers of its cluster, and of the hub as a leaf.
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    if serves {
        params.extended_key_usages.push(ExtendedKeyUsagePurpose::ServerAuth);
    }
    params.use_authority_key_identifier_extension = true;
    let key = KeyPair::generate().map_err(failed)?;
    let certificate = params.signed_by(&key, issuer).map_err(failed)?;
    write_pair(dir, name, &certificate.pem(), &key.serialize_pem())
}

fn params(
    name: &str,
    hosts: Vec<String>,
    wanted: &Wanted,
) -> Result<CertificateParams, CertificateError> {
    let mut params = CertificateParams::new(hosts)
        .map_err(|source| CertificateError::Make { name: name.to_owned(), source })?;
    let mut subject = DistinguishedName::new();
    subject.push(DnType::OrganizationName, "Carehub");
    subject.push(DnType::CommonName, name);
    params.distinguished_name = subject;
    let last = wanted.today.checked_add(jiff::Span::new().days(i64::from(wanted.days)));
    let last = last.map_err(|_| CertificateError::Days(wanted.days))?;
    hold(&mut params, first_day(wanted), last);
    Ok(params)
}

fn hold(params: &mut CertificateParams, from: Date, until: Date) {
    // The calendar has no negative month or day.
    let part = |value: i8| u8::try_from(value).unwrap_or(1);
    let instant =
        |date: Date| date_time_ymd(i32::from(date.year()), part(date.month()), part(date.day()));
    params.not_before = instant(from);
    params.not_after = instant(until);
}

/// A clock that is a little slow must not refuse what was made a minute ago.
fn first_day(wanted: &Wanted) -> Date {
    wanted.today.yesterday().unwrap_or(wanted.today)
}

fn check_name(name: &str) -> Result<(), CertificateError> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'.';
    let fine = !name.is_empty()
        && name.len() <= 64
        && name.bytes().all(plain)
        && !name.starts_with('.')
        && name != AUTHORITY;
    if fine { Ok(()) } else { Err(CertificateError::Name(name.to_owned())) }
}

fn write_pair(
    dir: &Path,
    name: &str,
    certificate: &str,
    key: &str,
) -> Result<Vec<PathBuf>, CertificateError> {
    let key_file = dir.join(format!("{name}-key.pem"));
    match fs::remove_file(&key_file) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            return Err(file("replace", &key_file)(error));
        }
        Ok(()) | Err(_) => {}
    }
    write_private(&key_file, key).map_err(file("write", &key_file))?;
    let certificate_file = dir.join(format!("{name}.pem"));
    fs::write(&certificate_file, certificate).map_err(file("write", &certificate_file))?;
    Ok(vec![certificate_file, key_file])
}

fn file(operation: &'static str, path: &Path) -> impl FnOnce(io::Error) -> CertificateError {
    move |source| CertificateError::File { operation, path: path.to_path_buf(), source }
}
