//! What `carehub verify` says of the log itself, and of a proof.

use std::io::Write;
use std::path::Path;

use anyhow::{Context as _, bail};
use carehub_contract::seal::{Checked, Fault, FaultCode, Proof, SignedHead, head_of};
use serde_json::{Value, json};

/// The heads in a file that an agency kept: one message a line, as `carehub subscribe` prints them.
/// Lines that are something else are passed over.
///
/// # Errors
/// The file cannot be read or holds no head.
pub(super) fn kept_heads(path: &Path) -> anyhow::Result<Vec<SignedHead>> {
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("read the heads in {}", path.display()))?;
    // One message may also be written over several lines.
    let whole: Vec<SignedHead> = head_of(text.as_bytes()).into_iter().collect();
    let lines = text.lines().filter_map(|line| head_of(line.as_bytes()));
    let heads: Vec<SignedHead> = if whole.is_empty() { lines.collect() } else { whole };
    if heads.is_empty() {
        bail!("there is no signed head in {}", path.display());
    }
    Ok(heads)
}

/// The check as JSON.
pub(super) fn to_json(checked: &Checked) -> Value {
    let fault =
        |fault: &Fault| json!({ "code": fault.code.code(), "from": fault.from, "to": fault.to });
    json!({
        "last": checked.last,
        "heads": checked.heads,
        "sound_through": checked.sound_through,
        "erased": checked.erased,
        "faults": checked.faults.iter().map(fault).collect::<Vec<_>>(),
    })
}

/// The check in words.
///
/// # Errors
/// `out` cannot be written.
pub(super) fn report(out: &mut dyn Write, checked: &Checked) -> anyhow::Result<()> {
    let Checked { last, heads, sound_through, erased, faults } = checked;
    writeln!(
        out,
        "Checked {last} positions of the log against {heads} signed heads: {} faults. {erased} messages were erased. Heads agree up to {sound_through}.",
        faults.len(),
    )?;
    for fault in faults {
        writeln!(out, "  {}: {} ({})", place(fault), words(fault.code), fault.code.code())?;
    }
    Ok(())
}

fn place(fault: &Fault) -> String {
    if fault.from == fault.to {
        format!("position {}", fault.from)
    } else {
        format!("positions {} to {}", fault.from, fault.to)
    }
}

fn words(code: FaultCode) -> &'static str {
    match code {
        FaultCode::Missing => "a message is missing or cannot be read, and has no tombstone",
        FaultCode::Changed => "a message was changed",
        FaultCode::Inserted => "a message was put in; those after it have moved",
        FaultCode::Removed => "a message before it was taken out; those from here on have moved",
        FaultCode::HeadDiffers => "a message here was changed, removed or put in",
        FaultCode::HeadForged => "a head is not signed by a key that is trusted",
        FaultCode::ChainBroken => "a head names one before it that is not known",
        FaultCode::OtherStream => "a head is of another log",
        FaultCode::Shorter => "the log ends before what was there",
        FaultCode::TombstoneDiffers => "a tombstone names another leaf than the message had",
    }
}

/// Checks a proof file by itself, and says what it shows. `keys` are the keys that are trusted; without
/// any, the reader must compare the one that is printed. Returns whether it holds.
///
/// # Errors
/// The file cannot be read, or `out` cannot be written.
pub(super) fn proof(
    out: &mut dyn Write,
    path: &Path,
    keys: &[String],
    as_json: bool,
) -> anyhow::Result<bool> {
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("read the proof {}", path.display()))?;
    let proof: Proof = serde_json::from_str(&text)
        .with_context(|| format!("read the proof {}", path.display()))?;
    let key = &proof.head.key;
    let fault = match proof.check() {
        Err(fault) => Some((fault.code(), fault.to_string())),
        Ok(()) if !keys.is_empty() && !keys.contains(key) => {
            Some(("proof-key-not-trusted", "the head is signed by another key".to_owned()))
        }
        Ok(()) => None,
    };
    let position = proof.inclusion.position;
    let size = proof.head.statement.size;
    let is_trusted = fault.is_none() && !keys.is_empty();
    if as_json {
        let line = json!({
            "holds": fault.is_none(),
            "code": fault.as_ref().map(|(code, _)| code),
            "position": position,
            "leaf": proof.leaf,
            "with_message": proof.message.is_some(),
            "stream": proof.head.statement.stream,
            "head": size,
            "key": key,
            "key_trusted": is_trusted,
        });
        writeln!(out, "{line}")?;
    } else if let Some((code, words)) = &fault {
        writeln!(out, "The proof does not hold: {words} ({code}).")?;
    } else {
        let what =
            if proof.message.is_some() { "This message" } else { "A message with this leaf" };
        let stream = &proof.head.statement.stream;
        writeln!(
            out,
            "{what} is at position {position} of the log {stream}, under its head of size {size}."
        )?;
        if !is_trusted {
            writeln!(
                out,
                "The head is signed by {key}: compare it with the key that the partnership gave you, or say it with --head-key."
            )?;
        }
    }
    Ok(fault.is_none())
}
