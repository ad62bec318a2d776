//! What was said in the entries of a chronology, read from the log: nothing else has it (law 9).

use std::collections::BTreeMap;

use carehub_contract::Subject;
use carehub_contract::personal_data::FREE_TEXT;
use carehub_contract::seal::Hash;
use carehub_domain::event::Facets;
use carehub_domain::picture::Item;
use carehub_domain::sharing::View;
use carehub_storage::log::{Log, LogError, Stored};
use serde::Serialize;
use serde_json::Value;

/// Messages read at a time.
const AT_ONCE: usize = 1_000;

/// What was said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Said {
    /// The free text, by the name of the field.
    pub(super) text: BTreeMap<String, String>,
    /// SHA-256 of the message as the log holds it.
    pub(super) sha256: Hash,
}

/// What was said, by reference, of each entry of which the reader may read the words.
pub(super) async fn read(log: &Log, view: &View) -> Result<BTreeMap<String, Said>, LogError> {
    let is_withheld = |item: &Item| {
        item.concern().is_some_and(|concern| concern.facets.has(Facets::TEXT_WITHHELD))
    };
    let items = view.home().items().iter();
    let readable: Vec<&Item> =
        items.filter(|item| view.has_text(item) && !is_withheld(item)).collect();
    let mut said = BTreeMap::new();
    for items in readable.chunks(AT_ONCE) {
        let positions: Vec<u64> = items.iter().map(|item| item.position.0).collect();
        let found = log.get_many(&positions).await?;
        for (item, stored) in items.iter().zip(found) {
            if let Some(words) = stored.as_ref().and_then(|stored| of(stored, item)) {
                said.insert(item.reference.to_string(), words);
            }
        }
    }
    Ok(said)
}

/// The words of a message, if its subject, which is the server's word, says that the entry's agency said it.
fn of(stored: &Stored, item: &Item) -> Option<Said> {
    let subject = Subject::parse(&stored.subject).ok()?;
    let Subject::Agency { agency, .. } = subject else { return None };
    if agency != item.agency {
        return None;
    }
    let event: Value = serde_json::from_slice(&stored.payload).ok()?;
    let text = FREE_TEXT.into_iter().filter_map(|name| {
        Some((name.to_owned(), event.pointer(&format!("/data/{name}"))?.as_str()?.to_owned()))
    });
    Some(Said { text: text.collect(), sha256: Hash::of(&stored.payload) })
}
