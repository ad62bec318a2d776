//! What the register's owner says: the home exists, changed, closed, was succeeded.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::HomeId;

/// `uk.carehub.home.registered` and `uk.carehub.home.changed`: what the register holds of a home.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Registration {
    /// The home's name in the register.
    pub name: String,
    /// Who runs it.
    #[serde(default)]
    pub provider: Option<ProviderRef>,
    /// The brand that the provider belongs to.
    #[serde(default)]
    pub brand: Option<ProviderRef>,
    /// Beds; 0 or absent when it has none.
    #[serde(default)]
    pub beds: Option<u32>,
    /// The kind of service, one of Berkshire's eleven provider types.
    #[serde(default)]
    pub service: Option<String>,
    /// Unique Property Reference Number.
    #[serde(default)]
    pub uprn: Option<String>,
    /// Postcode.
    #[serde(default)]
    pub postcode: Option<String>,
    /// The local authority, as `bodies.toml` names areas.
    #[serde(default)]
    pub area: Option<String>,
    /// Where it lies.
    #[serde(default)]
    pub coordinates: Option<Coordinates>,
    /// Since when it is registered.
    #[serde(default)]
    pub registered_on: Option<Date>,
}

/// A place, in degrees of WGS 84. The CQC directory gives the middle of the postcode.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Coordinates {
    /// Degrees north.
    pub latitude: f64,
    /// Degrees east; west of Greenwich is negative.
    pub longitude: f64,
}

/// A provider or a brand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProviderRef {
    /// Its id in the register.
    pub id: String,
    /// Its name, when the register gives it.
    #[serde(default)]
    pub name: Option<String>,
}

/// `uk.carehub.home.closed.v1`: the registration ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Closure {
    /// On which day.
    pub closed_on: Date,
}

/// `uk.carehub.home.succeeded.v1`, on the successor's subject: this registration continues another
/// (a new provider makes a new id for the same place). What was said about the predecessor counts on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Succession {
    /// The registration that this one continues.
    pub predecessor: HomeId,
}
