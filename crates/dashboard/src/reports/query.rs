//! What a report is asked for.

use serde::Deserialize;
use serde::de::value::Error as ValueError;
use serde::de::{DeserializeOwned, IntoDeserializer};
use utoipa::IntoParams;

use crate::parameters::encoded;
use crate::problem::Problem;

/// What a report is asked for. An empty field is one that is not filled in.
#[derive(Debug, Default, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub(crate) struct ReportQuery {
    /// `2026-03`: of this month, or of the quarter that it is in. The last whole one when absent; of `threshold` and
    /// `contingency-plans`.
    pub(crate) month: String,
    /// From this day on; three whole months when absent, of `board` and `key-questions` twelve. Of `sources`, `minutes`,
    /// `memorandum`, `sharing`, `board` and `key-questions`.
    pub(crate) from: String,
    /// Before this day; the present month when absent.
    pub(crate) until: String,
    /// What is new since this day. The last meeting when absent; of `meeting-pack` and `actions`.
    pub(crate) since: String,
    /// Of homes in this local authority; of `meeting-pack`, `actions` and `key-questions`.
    pub(crate) area: String,
    /// `care-governance` (the default), `esap`, `quarterly` or another kind of meeting; of `meeting-pack`.
    pub(crate) meeting: String,
    /// The home; of `chronology` and `key-questions`.
    pub(crate) home: String,
    /// By what it is put in order: when it `happened` (the default), when its sender has `known` of it, or when the hub
    /// `recorded` it; of `chronology`.
    pub(crate) by: String,
    /// `2026-03-01` or `2026-03-01T14:05:00Z`: as known then, as far as it is open to you now; of `chronology`.
    pub(crate) as_known_at: String,
    /// `true`: the counts alone, as they may be published: those under five suppressed, the rest rounded to five.
    pub(crate) published: String,
    /// `csv` for one table of it as CSV.
    pub(crate) format: String,
    /// Which table; the first when absent.
    pub(crate) table: String,
}

pub(super) const BAD: &str =
    "The report does not take this parameter, or not this value; see /api/openapi.json.";

impl ReportQuery {
    pub(super) fn given(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let all = [
            ("month", &self.month),
            ("from", &self.from),
            ("until", &self.until),
            ("since", &self.since),
            ("area", &self.area),
            ("meeting", &self.meeting),
            ("home", &self.home),
            ("by", &self.by),
            ("as_known_at", &self.as_known_at),
            ("published", &self.published),
            ("format", &self.format),
            ("table", &self.table),
        ];
        all.into_iter().map(|(name, value)| (name, value.trim())).filter(|(_, it)| !it.is_empty())
    }

    /// The value of a field; none where it is not filled in.
    pub(super) fn value<T: DeserializeOwned>(&self, field: &str) -> Result<Option<T>, Problem> {
        let given = self.given().find(|(name, _)| *name == field);
        let bad = |_: ValueError| Problem::bad_parameter(BAD);
        given.map(|(_, value)| T::deserialize(value.into_deserializer()).map_err(bad)).transpose()
    }

    /// The same query as a link, with something set.
    pub(crate) fn link(&self, more: &[(&str, &str)]) -> String {
        let is_set = |name: &str| more.iter().any(|(set, _)| *set == name);
        let kept: Vec<(&str, &str)> =
            self.given().filter(|(name, _)| !is_set(name) && *name != "table").collect();
        let all = kept.iter().chain(more);
        let written: Vec<String> =
            all.map(|(name, value)| format!("{name}={}", encoded(value))).collect();
        format!("?{}", written.join("&"))
    }

    pub(crate) fn is_published(&self) -> Result<bool, Problem> {
        match self.published.trim() {
            "" | "false" => Ok(false),
            "true" => Ok(true),
            _ => Err(Problem::bad_parameter(BAD)),
        }
    }

    pub(crate) fn is_csv(&self) -> Result<bool, Problem> {
        match self.format.trim() {
            "" | "json" => Ok(false),
            "csv" => Ok(true),
            _ => Err(Problem::bad_parameter(BAD)),
        }
    }
}
