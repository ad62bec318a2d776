//! The compiled contract.

use std::collections::BTreeMap;

use carehub_domain::event::EventType;
use carehub_domain::message::Rejection;
use carehub_domain::{BodyId, HomeId};
use jiff::Timestamp;
use jsonschema::Validator;

use crate::by_kind::DataSchema;
use crate::codes;
use crate::decode::{Mode, Speech, malformed_home};
use crate::{event_type, schema};

/// Every schema, compiled once; shared by reference between threads.
#[derive(Debug)]
pub struct Contract {
    pub(crate) envelope: Validator,
    /// By `type`.
    pub(crate) data: BTreeMap<&'static str, DataSchema>,
}

/// Why the schemas that are compiled in do not compile: a fault of the build, which tests rule out.
#[derive(Debug, thiserror::Error)]
pub enum ContractError {
    /// No such schema file.
    #[error("compile schema {name}: it is not among the published ones")]
    Missing {
        /// The schema.
        name: String,
    },
    /// The file is not JSON.
    #[error("read schema {name}")]
    Json {
        /// The schema.
        name: String,
        /// The parser's reason.
        source: serde_json::Error,
    },
    /// The file is no schema.
    #[error("compile schema {name}")]
    Schema {
        /// The schema.
        name: String,
        /// The compiler's reason.
        source: Box<jsonschema::ValidationError<'static>>,
    },
}

impl Contract {
    /// Compiles the envelope and the schema of every event that an agency may say.
    ///
    /// # Errors
    /// [`ContractError`] names the schema that does not compile.
    pub fn compile() -> Result<Self, ContractError> {
        let mut data = BTreeMap::new();
        for event_type in EventType::ALL {
            for named in event_type::names(event_type) {
                let name = schema::name_of_type(named).unwrap_or_default();
                data.insert(named, DataSchema::compile(name)?);
            }
        }
        Ok(Self { envelope: schema::compile("envelope.v1")?, data })
    }

    /// What an agency is about to send, held to everything that the hub will hold it to.
    ///
    /// `home` is the token of the subject it goes to, `now` the sender's own clock.
    ///
    /// # Errors
    /// The [`Rejection`] that the hub would answer with: of the whole event, or of its free text.
    pub fn check_outgoing(
        &self,
        agency: &BodyId,
        home: &str,
        payload: &[u8],
        now: Timestamp,
    ) -> Result<(), Rejection> {
        let home = HomeId::new(home).map_err(|_| malformed_home())?;
        // What is sent on the wrong subject is the caller's to avoid: it asks for the subject by type.
        let speech = Speech { channel: None, agency, home: &home, recorded_at: now };
        let checked = self.check(&speech, payload, Mode::Validate);
        checked.event.map(drop)?;
        if checked.withheld.is_empty() {
            Ok(())
        } else {
            Err(codes::text_withheld(checked.withheld))
        }
    }
}
