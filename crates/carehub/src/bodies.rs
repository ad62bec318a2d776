//! Keeps accounts, consumers and tokens as the rule book in force has its bodies, while a hub runs:
//! an activation may bring bodies, or take them away, at any time.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use carehub_aggregator::View;
use carehub_dashboard::Tokens;
use carehub_domain::BodyId;
use carehub_domain::policy::{Body, Policy, Powers, Successions};
use carehub_storage::log::Log;

use crate::hub;
use crate::nats::{Credentials, Server, Token};

/// How often the rule book in force is looked at: whoever comes new waits no longer for a key.
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// How long it waits after a failure; the accounts go on as they were meanwhile.
const AGAIN_AFTER: Duration = Duration::from_secs(5);

/// What follows from the bodies of a rule book.
pub(crate) struct Bodies {
    /// The log with its consumers.
    pub(crate) log: Log,
    /// What is in force.
    pub(crate) view: View,
    /// The tokens that open the read side.
    pub(crate) tokens: Tokens,
    /// Where keys and tokens are kept.
    pub(crate) credentials: PathBuf,
    /// The server whose accounts are kept; none where an operator keeps them.
    pub(crate) server: Option<Server>,
}

impl Bodies {
    /// Runs for as long as the hub does. `applied` is what the hub started with.
    pub(crate) async fn keep(self, applied: Policy) {
        let mut applied = Arc::new(applied);
        // Not what `up` began with: a key may have changed since it read them.
        let mut keys = None;
        loop {
            tokio::time::sleep(LOOK_EVERY).await;
            // Until it has caught up the fold is in the past.
            let policy = self.view.policy();
            let keys_now = self.keys_changed_at();
            if !self.view.progress().ready || (Arc::ptr_eq(&policy, &applied) && keys == keys_now) {
                continue;
            }
            if same(&policy, &applied) && keys == keys_now {
                applied = policy;
                continue;
            }
            match self.apply(&policy).await {
                Ok(()) => {
                    keys = keys_now;
                    tracing::info!(
                        version = policy.version,
                        bodies = policy.body.len(),
                        "accounts follow the policy and the keys"
                    );
                    applied = policy;
                }
                Err(error) => {
                    tracing::error!(error = format!("{error:#}"), "accounts stay as they were");
                    tokio::time::sleep(AGAIN_AFTER).await;
                }
            }
        }
    }

    /// When a key was last added, replaced or taken away: each of these changes the directory. Only
    /// where the hub keeps the accounts itself.
    fn keys_changed_at(&self) -> Option<SystemTime> {
        self.server.as_ref()?;
        std::fs::metadata(&self.credentials).ok()?.modified().ok()
    }

    /// Accounts first, so that a consumer never delivers to an account that is not there.
    async fn apply(&self, policy: &Policy) -> anyhow::Result<()> {
        if let Some(server) = &self.server {
            let credentials = Credentials::ensure(&self.credentials, &hub::agencies(policy))?;
            server.apply(credentials.accounts()).await?;
            self.tokens.replace(&tokens(&credentials)?);
        }
        hub::ensure_consumers(&self.log, policy).await
    }
}

/// Whether two rule books lead to the same accounts, consumers and tokens.
fn same(a: &Policy, b: &Policy) -> bool {
    let parts = |policy: &Policy| -> (Vec<Body>, Powers, Successions) {
        (policy.body.clone(), policy.powers.clone(), policy.successions.clone())
    };
    parts(a) == parts(b)
}

/// The agencies' API tokens.
///
/// # Errors
/// A token belongs to a name that no agency can have.
pub(crate) fn tokens(credentials: &Credentials) -> anyhow::Result<BTreeMap<BodyId, String>> {
    let secret = |(id, token): (&String, &Token)| Ok((BodyId::new(id)?, token.reveal().to_owned()));
    credentials.tokens().iter().map(secret).collect()
}
