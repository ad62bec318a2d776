//! Asking JetStream's own API: JSON in, JSON out, and the refusals it answers with.

use std::time::Duration;

use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::time::Instant;

use super::{ASK_FOR, LogError};
use crate::wire::{ApiError, RequestError, Wire};

/// What the API answered: a document or a refusal.
pub(super) type Answered = Result<Value, ApiError>;

/// Asks until somebody answers or [`ASK_FOR`] has passed. Only for requests that may be repeated.
pub(super) async fn ask(
    wire: &Wire,
    operation: &'static str,
    subject: &str,
    body: &Value,
) -> Result<Answered, LogError> {
    let payload = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
    let deadline = Instant::now() + ASK_FOR;
    let mut pause = Duration::from_millis(10);
    loop {
        let answered = match wire.request(subject, payload.clone().into()).await {
            Ok(message) => read(operation, &message.payload).map(|answered| match answered {
                // 503: the server or the stream's leader is still starting.
                Err(error) if error.code == 503 => Err(error),
                other => Ok(other),
            })?,
            Err(source) if source.is_passing() && Instant::now() < deadline => {
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(Duration::from_secs(1));
                continue;
            }
            Err(source) => return Err(LogError::Request { operation, source }),
        };
        match answered {
            Ok(answered) => return Ok(answered),
            Err(error) if Instant::now() >= deadline => return Ok(Err(error)),
            Err(_) => tokio::time::sleep(pause).await,
        }
    }
}

fn read(operation: &'static str, payload: &[u8]) -> Result<Answered, LogError> {
    let answer: Value = serde_json::from_slice(payload)
        .map_err(|error| LogError::Answer { operation, what: error.to_string() })?;
    match answer.get("error") {
        Some(error) => Ok(Err(part(operation, error)?)),
        None => Ok(Ok(answer)),
    }
}

/// The refusal as an error of the log.
pub(super) fn refused(operation: &'static str, error: ApiError) -> LogError {
    LogError::Refused { operation, number: error.number, description: error.description }
}

/// Reads a typed part out of an answer.
pub(super) fn part<T: DeserializeOwned>(
    operation: &'static str,
    value: &Value,
) -> Result<T, LogError> {
    T::deserialize(value).map_err(|error| LogError::Answer { operation, what: error.to_string() })
}

/// A request error as an error of the log.
pub(super) fn failed(operation: &'static str) -> impl Fn(RequestError) -> LogError {
    move |source| LogError::Request { operation, source }
}
