//! Who may do what over NATS: everybody, against everybody, in every way there is.
//!
//! The server runs with what the generator makes of the shipped pack and of one more agency, which
//! nothing here names twice: whoever stands in the policy is a row and a column. What is allowed is
//! said in [`allowed`], from the table of subjects in the design and from the policy, not from the
//! generator. Everything else must be denied by the server, by name; and afterwards the log holds
//! what it held before, and exactly what was allowed.

mod access;
mod allowed;
mod forging;
mod imports;
mod scene;

use std::collections::BTreeMap;

use access::{Access, Attempt, attempts};
use scene::{Actor, NEWCOMER, Scene, account_of};

/// Everybody, against everybody, in every way; then the listening; then the log.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everybody_may_do_what_the_policy_says_and_nothing_else() {
    let scene = Scene::start().await;
    let before = scene.state().await;
    let accounts: Vec<String> = scene.actors.iter().map(account_of).collect();
    let mut faults = Vec::new();
    let mut tried = 0;
    let mut of_newcomer = 0;
    let mut stored = BTreeMap::new();
    let mut connections = Vec::new();
    for actor in &scene.actors {
        let name = account_of(actor);
        let mut raw = scene.connect(actor).await;
        let all: Vec<Attempt> = attempts(&accounts);
        raw.subscribe(&format!("_INBOX_{name}.>"), "inbox").await.expect("listen for answers");
        for (number, attempt) in all.iter().enumerate() {
            if attempt.listens {
                raw.subscribe(&attempt.subject, &format!("l{number}")).await.expect("say");
            } else {
                let reply = format!("_INBOX_{name}.{number}");
                raw.publish(&attempt.subject, &reply, attempt.payload).await.expect("say");
            }
        }
        raw.judged().await.expect("the server judges");
        let mut answered = Vec::new();
        for (number, attempt) in all.iter().enumerate() {
            tried += 1;
            if name == NEWCOMER || attempt.subject.contains(NEWCOMER) {
                of_newcomer += 1;
            }
            let denied = raw.denied.contains(&attempt.denial());
            let allowed = allowed::allowed(&scene.policy, actor, &attempt.access);
            match (allowed, denied) {
                (true, true) => faults.push(format!("{name} may not {attempt}")),
                (false, false) => faults.push(format!("{name} may {attempt}")),
                (true, false) if attempt.is_answered() => answered.push(number),
                (true | false, _) => {}
            }
            if allowed && matches!(attempt.access, Access::Publish { .. }) {
                *stored.entry(attempt.subject.clone()).or_insert(0_u64) += 1;
            }
        }
        let missing = scene::unanswered(&mut raw, &name, &answered).await;
        let silent =
            missing.iter().map(|number| format!("{name} gets no answer to {}", all[*number]));
        faults.extend(silent);
        if let Actor::Agency(agency) | Actor::Officer(agency, _) = actor {
            let got = scene::pulled(&mut raw).await.unwrap_or_default();
            if got.split('.').nth(2) != Some(agency) {
                faults.push(format!("{name} pulls {got:?} from its own consumer"));
            }
        }
        connections.push((actor.clone(), raw));
    }
    assert!(faults.is_empty(), "{} of {tried} wrong:\n{}", faults.len(), scene::first(&faults));
    // The last to join is denied and allowed as everybody is, without a line of its own.
    assert!(of_newcomer * 20 > tried, "{of_newcomer} of {tried} attempts concern {NEWCOMER}");

    scene.hear(&mut connections).await;
    scene.holds(&before, &stored).await;
}

/// An attempt shows the narrower of permission and import; this compares them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_account_imports_more_than_its_keys_may_use() {
    let scene = Scene::start().await;
    let accounts: Vec<String> = scene.actors.iter().map(account_of).collect();
    let faults = imports::faults(&scene.configuration(), &accounts);
    assert!(faults.is_empty(), "{}", scene::first(&faults));
}

/// Reply subjects are not checked against permissions: everybody names everybody's subjects as the
/// reply to what they may send.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reply_forges_nothing_for_anybody() {
    let scene = Scene::start().await;
    let before = scene.state().await;
    let mut stored = BTreeMap::new();
    let mut pulled = BTreeMap::new();
    for (place, actor) in scene.actors.iter().enumerate() {
        let mut raw = scene.connect(actor).await;
        let neighbour = account_of(&scene.actors[(place + 1) % scene.actors.len()]);
        let name = account_of(actor);
        for victim in scene.actors.iter().map(account_of).filter(|victim| *victim != name) {
            forging::forge(&mut raw, actor, &victim, &mut stored).await;
        }
        let pulls = forging::replay(&mut raw, actor, &neighbour).await;
        pulled.insert(name, pulls);
        raw.judged().await.expect("the server judges");
    }
    scene.holds(&before, &stored).await;
    scene.moved(&pulled).await;
}
