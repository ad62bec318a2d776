//! Tells agencies at once what became of their events. A courtesy: the verdict stands in the table.

use std::collections::BTreeMap;

use bytes::Bytes;
use carehub_contract::{Receipt, Receipted, encode_receipt};
use carehub_domain::BodyId;

use super::Aggregator;

/// Receipts by agency.
pub(super) type Receipts = BTreeMap<BodyId, Vec<Receipted>>;

/// Receipts in one message.
const RECEIPTS_AT_ONCE: usize = 1_000;

impl Aggregator {
    pub(super) async fn send_receipts(&self, receipts: Receipts) {
        for (agency, receipts) in receipts {
            for receipts in receipts.chunks(RECEIPTS_AT_ONCE) {
                let receipt = Receipt { receipts: receipts.to_vec() };
                if let Ok(encoded) = encode_receipt(&agency, &receipt, self.state.time()) {
                    let payload = Bytes::from(encoded.payload);
                    // Nobody may be listening; that is no failure.
                    let _ = self.log.publish_core(&encoded.subject, payload).await;
                }
            }
        }
    }
}
