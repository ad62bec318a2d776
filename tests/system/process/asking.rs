//! What a running hub answers over HTTP.

use serde_json::Value;

use super::Hub;
use crate::harness::PATIENCE;

impl Hub {
    /// A document of the API, as an agency gets it.
    pub(crate) fn get_json(&self, agency: &str, path: &str) -> Value {
        let (status, body) = self.get(agency, path);
        assert_eq!(status, 200, "GET {path}: {body}");
        serde_json::from_str(&body).unwrap_or_else(|_| panic!("GET {path}: not JSON: {body}"))
    }

    /// The status and the body of what an agency gets.
    pub(crate) fn get(&self, agency: &str, path: &str) -> (u16, String) {
        let request = client().get(format!("{}{path}", self.http()));
        let answer = request.header("authorization", self.bearer(agency)).call();
        let mut answer = answer.unwrap_or_else(|error| panic!("GET {path}: {error}"));
        (answer.status().as_u16(), answer.body_mut().read_to_string().expect("a body"))
    }

    /// The answer to a document that an agency posts.
    pub(crate) fn post_json(&self, agency: &str, path: &str, document: &Value) -> Value {
        let request = client().post(format!("{}{path}", self.http()));
        let answer = request.header("authorization", self.bearer(agency)).send_json(document);
        let mut answer = answer.unwrap_or_else(|error| panic!("POST {path}: {error}"));
        let body = answer.body_mut().read_to_string().expect("a body");
        assert_eq!(answer.status().as_u16(), 200, "POST {path}: {body}");
        serde_json::from_str(&body).expect("JSON")
    }

    /// The figure of a metric that has no labels.
    pub(crate) fn metric(&self, name: &str) -> f64 {
        let text = self.metrics();
        let line = text.lines().find(|line| line.split(' ').next() == Some(name));
        let figure = line.and_then(|line| line.split(' ').nth(1)?.parse().ok());
        figure.unwrap_or_else(|| panic!("no metric {name}"))
    }

    /// Everything that the hub counts, as it is scraped.
    pub(crate) fn metrics(&self) -> String {
        let request = client().get(format!("{}/metrics", self.http()));
        let token = format!("Bearer {}", self.metrics_token());
        let answer = request.header("authorization", token).call();
        let text = answer.and_then(|mut answer| answer.body_mut().read_to_string());
        text.expect("GET /metrics")
    }

    fn bearer(&self, agency: &str) -> String {
        format!("Bearer {}", self.token(agency))
    }
}

fn client() -> ureq::Agent {
    let config =
        ureq::Agent::config_builder().timeout_global(Some(PATIENCE)).http_status_as_error(false);
    config.build().into()
}
