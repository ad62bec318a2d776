//! The hub's own address, as browsers know it.

use std::net::SocketAddr;

/// Where this hub is, and how safe the way to it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Site {
    /// `https://hub.example.org`, as an operator said it or as the server listens.
    origin: String,
    /// Whether an operator said it.
    is_public: bool,
    /// Whether browsers come over TLS: then cookies are theirs and this host's alone.
    pub(crate) secure: bool,
    /// Whether people may sign in: over TLS, or from this machine alone.
    pub(crate) signs_in: bool,
}

impl Site {
    /// `local` is where the server listens; `tls` whether it speaks TLS itself; `loopback` whether only this
    /// machine reaches it, such as a proxy that speaks TLS.
    ///
    /// None when the address that an operator gave is none: `http://` or `https://`, a host, and no path.
    pub(crate) fn new(
        public: Option<&str>,
        local: Option<SocketAddr>,
        tls: bool,
        loopback: bool,
    ) -> Option<Self> {
        let scheme = if tls { "https" } else { "http" };
        let local = local.map(|local| format!("{scheme}://{local}")).unwrap_or_default();
        let origin = match public {
            Some(public) => is_origin(public).then(|| public.trim_end_matches('/').to_owned())?,
            None => local,
        };
        let secure = tls || origin.starts_with("https://");
        Some(Self { origin, is_public: public.is_some(), secure, signs_in: tls || loopback })
    }

    /// No address: nobody signs in.
    pub(crate) fn nowhere() -> Self {
        Self { origin: String::new(), is_public: true, secure: true, signs_in: false }
    }

    /// The address.
    pub(crate) fn origin(&self) -> &str {
        &self.origin
    }

    /// Whether a page of this origin is one of the hub's. Where no operator said what the address is, it is
    /// what the browser asked for: a page of another host names another.
    pub(crate) fn is_own(&self, origin: &str, host: &str) -> bool {
        if self.is_public {
            return origin == self.origin;
        }
        let scheme = if self.secure { "https" } else { "http" };
        origin.strip_prefix(scheme).and_then(|rest| rest.strip_prefix("://")) == Some(host)
    }
}

fn is_origin(text: &str) -> bool {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    let host = rest.map(|rest| rest.strip_suffix('/').unwrap_or(rest));
    let allowed = |c: char| c.is_ascii_alphanumeric() || ".-:[]".contains(c);
    host.is_some_and(|host| !host.is_empty() && host.chars().all(allowed))
}

/// Where to go after signing in: a path of this hub, and nothing that a browser takes for another host.
pub(crate) fn local_path(to: &str) -> &str {
    let is_path = to.starts_with('/') && !to.starts_with("//") && to.len() <= 512;
    let is_plain = to.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    if is_path && is_plain { to } else { "/" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_path_of_this_hub_is_gone_to() {
        for path in ["/", "/homes/1-100", "/?q=a%20b&after=x"] {
            assert_eq!(local_path(path), path);
        }
        for elsewhere in [
            "",
            "homes",
            "//evil.org",
            "/\\evil.org",
            "https://evil.org",
            "/\t/evil.org",
            "\\\\evil.org",
            "/\r\nset-cookie: a=b",
            "javascript:alert(1)",
            "/é",
            "/ /evil.org",
        ] {
            assert_eq!(local_path(elsewhere), "/", "{elsewhere}");
        }
    }

    #[test]
    fn an_address_is_a_scheme_and_a_host() {
        let origin = |public| Site::new(Some(public), None, false, true).map(|site| site.origin);
        assert_eq!(origin("https://hub.example.org/"), Some("https://hub.example.org".to_owned()));
        assert_eq!(origin("http://127.0.0.1:8080"), Some("http://127.0.0.1:8080".to_owned()));
        for wrong in ["", "hub.example.org", "https://", "https://h/path", "ftp://h", "https://u@h"]
        {
            assert_eq!(origin(wrong), None, "{wrong}");
        }
    }
}
