//! Signs and publishes the head that is due.

use super::Aggregator;
use crate::heads::Heads;

impl Aggregator {
    /// Only once everything is folded that the log held at the start: a head that was published before
    /// may still be read back.
    pub(super) async fn sign(&self, heads: &mut Heads) {
        if let (Some(due), Some(signer)) = (self.seal.due(), &self.options.signer)
            && self.position.0 >= self.replays_to
        {
            let policy = self.state.policy();
            heads.publish(due, signer, policy, &self.log, &self.metrics).await;
        }
    }
}
