//! The mail server: TLS always, but to this machine.

use std::path::Path;
use std::time::{Duration, SystemTime};

use anyhow::Context as _;
use carehub_domain::following::{FailedCode, Letter};
use lettre::address::Envelope;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Mailbox, Message};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use lettre::transport::smtp::{self, AsyncSmtpTransport};
use lettre::{Address, AsyncTransport as _, Tokio1Executor};

use crate::settings::Settings;

/// How long one step of a conversation with the mail server may take.
const STEP_WITHIN: Duration = Duration::from_secs(30);

/// How long it may take to send one message.
const SENT_WITHIN: Duration = Duration::from_secs(120);

/// A mail server, and who writes.
pub struct Smtp {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
}

/// Why a message was not taken. What the server said is not kept: it may repeat the address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refused {
    /// The code.
    pub code: FailedCode,
    /// The server's reply code, where it gave one.
    pub reply: Option<u16>,
}

/// The address of a mail server, and how it is spoken to.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Server {
    host: String,
    port: u16,
    security: Security,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Security {
    /// TLS from the first byte.
    Implicit,
    /// STARTTLS, or nothing is sent.
    StartTls,
    /// To this machine alone.
    Plain,
}

impl Server {
    fn parse(url: &str) -> anyhow::Result<Self> {
        let (scheme, rest) = url.split_once("://").context("the mail server is a URL")?;
        let (security, port) = match scheme {
            "smtps" => (Security::Implicit, 465),
            "smtp" => (Security::StartTls, 587),
            "smtp-plain" => (Security::Plain, 25),
            _ => anyhow::bail!("the mail server is smtp://, smtps:// or smtp-plain://"),
        };
        let rest = rest.trim_end_matches('/');
        anyhow::ensure!(
            !rest.contains(['@', '/', '?']),
            "the mail server is a host and a port: the name and the password have settings of their own"
        );
        let (host, port) = match rest.rsplit_once(':') {
            Some((host, text)) => (host, text.parse().context("the mail server's port")?),
            None => (rest, port),
        };
        anyhow::ensure!(!host.is_empty(), "the mail server has no host");
        let is_here = host == "localhost" || host == "127.0.0.1";
        anyhow::ensure!(
            security != Security::Plain || is_here,
            "smtp-plain:// is for 127.0.0.1 alone: nothing leaves this machine without TLS"
        );
        Ok(Self { host: host.to_owned(), port, security })
    }
}

impl Smtp {
    /// As these settings say; none where they name no mail server.
    ///
    /// # Errors
    /// What is said of it does not go together, or a file cannot be read.
    pub fn open(settings: &Settings) -> anyhow::Result<Option<Self>> {
        let Some(url) = &settings.smtp else { return Ok(None) };
        let Server { host, port, security } = Server::parse(url)?;
        let from = settings.mail_from.as_ref().context("e-mail has a sender: set mail-from")?;
        let from: Mailbox = from.parse().context("mail-from is no address")?;
        let tls = || -> anyhow::Result<TlsParameters> {
            let mut tls = TlsParameters::builder(host.clone());
            if let Some(path) = &settings.smtp_ca {
                let pem = std::fs::read(path)
                    .with_context(|| format!("read the authority {}", path.display()))?;
                tls = tls.add_root_certificate(
                    Certificate::from_pem(&pem).context("read the mail server's authority")?,
                );
            }
            tls.build_rustls().context("prepare TLS to the mail server")
        };
        let tls = match security {
            Security::Implicit => Tls::Wrapper(tls()?),
            Security::StartTls => Tls::Required(tls()?),
            Security::Plain => Tls::None,
        };
        let mut transport = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&host)
            .port(port)
            .tls(tls)
            .timeout(Some(STEP_WITHIN));
        // The domain that mail comes from, not the name of this machine.
        transport = transport.hello_name(ClientId::Domain(from.email.domain().to_owned()));
        match (&settings.smtp_user, &settings.smtp_password_file) {
            (Some(user), Some(path)) => {
                let password = password(path)?;
                transport = transport.credentials(Credentials::new(user.clone(), password));
            }
            (None, None) => {}
            (Some(_), None) | (None, Some(_)) => {
                anyhow::bail!("smtp-user and smtp-password-file belong together")
            }
        }
        Ok(Some(Self { transport: transport.build(), from }))
    }

    /// Sends a letter to an address.
    ///
    /// # Errors
    /// The server did not take it, or nobody knows whether it did: it may be sent again.
    pub async fn send(&self, letter: &Letter, to: &str) -> Result<(), Refused> {
        let unreachable = Refused { code: FailedCode::MailUnreachable, reply: None };
        // An account may hold what was an address to an earlier build.
        let no_address = Refused { code: FailedCode::MailNoAddress, reply: None };
        let to: Address = to.parse().map_err(|_| no_address)?;
        let bytes = written(letter, &self.from, &to).ok_or(no_address)?;
        let envelope = Envelope::new(Some(self.from.email.clone()), vec![to]);
        let envelope = envelope.map_err(|_| no_address)?;
        let sending = self.transport.send_raw(&envelope, &bytes);
        match tokio::time::timeout(SENT_WITHIN, sending).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(refused(&error)),
            Err(_) => Err(unreachable),
        }
    }
}

fn refused(error: &smtp::Error) -> Refused {
    let reply = error.status().and_then(|code| code.to_string().parse().ok());
    let code = if reply.is_some() {
        FailedCode::MailRefused
    } else if error.is_tls() || error.is_client() {
        // The one thing that this side refuses is a server without STARTTLS.
        FailedCode::MailTls
    } else {
        FailedCode::MailUnreachable
    };
    Refused { code, reply }
}

/// The bytes of a message: the same for the same letter.
fn written(letter: &Letter, from: &Mailbox, to: &Address) -> Option<Vec<u8>> {
    let header = |name: &'static str, value: String| {
        HeaderValue::new(HeaderName::new_from_ascii_str(name), value)
    };
    let message = Message::builder()
        .from(from.clone())
        .to(Mailbox::new(None, to.clone()))
        .subject(letter.subject.clone())
        .date(SystemTime::from(letter.date))
        .message_id(Some(letter.message_id.clone()))
        .raw_header(header("List-Unsubscribe", format!("<{}>", letter.unsubscribe)))
        .raw_header(header("List-Unsubscribe-Post", "List-Unsubscribe=One-Click".to_owned()))
        .raw_header(header("Auto-Submitted", "auto-generated".to_owned()))
        .header(ContentType::TEXT_PLAIN)
        .body(letter.body.clone());
    Some(message.ok()?.formatted())
}

fn password(path: &Path) -> anyhow::Result<String> {
    use std::os::unix::fs::PermissionsExt as _;
    let shown = path.display();
    let read = || format!("read the mail server's password in {shown}");
    let mode = std::fs::metadata(path).with_context(read)?.permissions().mode();
    anyhow::ensure!(mode & 0o077 == 0, "{shown} may be read by others: chmod 600 {shown}");
    let text = std::fs::read_to_string(path).with_context(read)?;
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_goes_over_the_network_without_tls() {
        let parsed = |url: &str| Server::parse(url).map(|it| (it.host, it.port, it.security));
        let of = |host: &str, port, security| Some((host.to_owned(), port, security));
        for (url, expected) in [
            ("smtp://mail.example.org", of("mail.example.org", 587, Security::StartTls)),
            ("smtp://mail.example.org:25/", of("mail.example.org", 25, Security::StartTls)),
            ("smtps://mail.example.org", of("mail.example.org", 465, Security::Implicit)),
            ("smtp-plain://127.0.0.1:2525", of("127.0.0.1", 2525, Security::Plain)),
            ("smtp-plain://localhost", of("localhost", 25, Security::Plain)),
            ("smtp-plain://mail.example.org", None),
            ("smtp-plain://127.0.0.1.example.org", None),
            ("smtp://user:secret@mail.example.org", None),
            ("smtp://", None),
            ("http://mail.example.org", None),
            ("mail.example.org", None),
        ] {
            assert_eq!(parsed(url).ok(), expected, "{url}");
        }
    }
}
