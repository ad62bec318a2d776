//! A person with an account made on the command line, and their browser.

#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::process::carehub;

/// Everybody's.
pub(crate) const PASSWORD: &str = "three random words";

/// Runs the program on a data directory, with this on its standard input.
pub(crate) fn run(data_dir: &Path, arguments: &[&str], input: &str) -> Value {
    let mut child = Command::new(carehub())
        .args(arguments)
        .args(["--json", "--data-dir"])
        .arg(data_dir)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{arguments:?}");
    serde_json::from_slice(&output.stdout).unwrap()
}

/// A client that goes where it is sent only when the test says so.
pub(crate) fn agent() -> ureq::Agent {
    let config = ureq::Agent::config_builder().http_status_as_error(false).max_redirects(0);
    config.max_redirects_will_error(false).build().new_agent()
}

/// A signed-in person.
pub(crate) struct Person {
    cookie: String,
}

impl Person {
    /// Makes an account beside a hub that runs, and signs in to it.
    pub(crate) fn join(
        data_dir: &Path,
        http: &str,
        name: &str,
        agency: &str,
        may: &[&str],
    ) -> Self {
        let mut arguments = vec!["account", "add", name, "--agency", agency];
        arguments.extend(may.iter().flat_map(|right| ["--right", right]));
        run(data_dir, &arguments, &format!("{PASSWORD}\n"));
        Self::sign_in(http, name)
    }

    /// Signs in with the page's form.
    pub(crate) fn sign_in(http: &str, name: &str) -> Self {
        let mut page = agent().get(format!("{http}/sign-in")).call().unwrap();
        let set = page.headers()["set-cookie"].to_str().unwrap();
        let cookie = set.split(';').next().unwrap().to_owned();
        let csrf = csrf(&page.body_mut().read_to_string().unwrap());
        let form = [("csrf", csrf.as_str()), ("to", "/"), ("name", name), ("password", PASSWORD)];
        let answer = agent()
            .post(format!("{http}/sign-in"))
            .header("cookie", cookie)
            .header("origin", http)
            .send_form(form)
            .unwrap();
        assert_eq!(answer.status(), 303);
        let session = answer.headers()["set-cookie"].to_str().unwrap();
        Self { cookie: session.split(';').next().unwrap().to_owned() }
    }

    /// The cookie of the session.
    pub(crate) fn cookie(&self) -> &str {
        &self.cookie
    }

    /// The status and the body of what the person gets.
    pub(crate) fn get(&self, http: &str, path: &str) -> (u16, String) {
        let request = agent().get(format!("{http}{path}")).header("cookie", &self.cookie);
        let mut answer = request.call().unwrap();
        (answer.status().as_u16(), answer.body_mut().read_to_string().unwrap())
    }

    /// A document of the API, as the person gets it.
    pub(crate) fn get_json(&self, http: &str, path: &str) -> Value {
        let (status, body) = self.get(http, path);
        assert_eq!(status, 200, "GET {path}: {body}");
        serde_json::from_str(&body).unwrap()
    }

    /// The status and the answer to a document that a script of a page of the hub sends.
    pub(crate) fn post_json(&self, http: &str, path: &str, document: &Value) -> (u16, Value) {
        let csrf = csrf(&self.get(http, "/account").1);
        let request = agent()
            .post(format!("{http}{path}"))
            .header("cookie", &self.cookie)
            .header("origin", http)
            .header("x-carehub-csrf", csrf);
        let mut answer = request.send_json(document).unwrap();
        let body = answer.body_mut().read_to_string().unwrap();
        (answer.status().as_u16(), serde_json::from_str(&body).unwrap())
    }
}

/// The token of the forms of a page.
fn csrf(page: &str) -> String {
    let (_, rest) = page.split_once("name=\"csrf\" value=\"").unwrap();
    rest.split('"').next().unwrap().to_owned()
}
