//! A browser, as far as signing in needs one: it keeps cookies, says where a form comes from, and goes where
//! it is sent only when the test says so.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value;

use crate::answer::{Answer, answer};

/// A browser at one hub.
pub(crate) struct Browser {
    agent: ureq::Agent,
    pub(crate) hub: String,
    pub(crate) cookies: BTreeMap<String, String>,
}

impl Browser {
    pub(crate) fn at(hub: &str) -> Self {
        let agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .timeout_global(Some(Duration::from_secs(60)))
            .build()
            .new_agent();
        Self { agent, hub: hub.to_owned(), cookies: BTreeMap::new() }
    }

    pub(crate) fn get(&mut self, path: &str) -> Answer {
        let request = self.agent.get(format!("{}{path}", self.hub)).header("cookie", self.sent());
        let answer = answer(request.call().unwrap());
        self.keep(&answer);
        answer
    }

    /// Sends a form from a page of the hub itself.
    pub(crate) fn post(&mut self, path: &str, form: &[(&str, &str)]) -> Answer {
        let own = self.hub.clone();
        self.post_from(path, form, &[("origin", &own), ("sec-fetch-site", "same-origin")])
    }

    /// Sends a form with these headers.
    pub(crate) fn post_from(
        &mut self,
        path: &str,
        form: &[(&str, &str)],
        headers: &[(&str, &str)],
    ) -> Answer {
        let url = format!("{}{path}", self.hub);
        let mut request = self.agent.post(url).header("cookie", self.sent());
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let answer = answer(request.send_form(form.iter().copied()).unwrap());
        self.keep(&answer);
        answer
    }

    /// Sends JSON as a script of a page does, with the page's token.
    pub(crate) fn post_json(&mut self, path: &str, content: &Value, csrf: &str) -> Answer {
        let request = self
            .agent
            .post(format!("{}{path}", self.hub))
            .header("cookie", self.sent())
            .header("origin", &self.hub)
            .header("x-carehub-csrf", csrf)
            .header("content-type", "application/json");
        answer(request.send(content.to_string()).unwrap())
    }

    /// Reads the page to sign in, and sends its form.
    pub(crate) fn sign_in(&mut self, name: &str, password: &str) -> Answer {
        let csrf = field(&self.get("/sign-in").body, "csrf");
        self.post(
            "/sign-in",
            &[("csrf", &csrf), ("to", "/"), ("name", name), ("password", password)],
        )
    }

    fn sent(&self) -> String {
        let pairs: Vec<String> =
            self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        pairs.join("; ")
    }

    fn keep(&mut self, answer: &Answer) {
        for set in answer.headers.get_all("set-cookie") {
            let set = set.to_str().unwrap();
            let (name, value) = set.split(';').next().unwrap().split_once('=').unwrap();
            if set.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
    }
}

/// The value of a hidden field.
pub(crate) fn field(page: &str, name: &str) -> String {
    let (_, rest) = page.split_once(&format!("name=\"{name}\" value=\"")).unwrap();
    rest.split('"').next().unwrap().to_owned()
}
