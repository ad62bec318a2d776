//! The files of a spool: appending, reading and the cursor.

use std::fs::{self, File, OpenOptions};
use std::io::{BufRead as _, BufReader, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::{Line, SpoolError, Waiting, at};

/// A place in the spool: a segment and a byte in it, always at the beginning of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct Cursor {
    pub(super) segment: u64,
    pub(super) offset: u64,
}

/// The first line of a new spool.
const START: Cursor = Cursor { segment: 1, offset: 0 };

fn path_of(directory: &Path, segment: u64) -> PathBuf {
    directory.join(format!("{segment:08}.ndjson"))
}

/// The cursor as it was last written; the beginning when there is none.
pub(super) fn read_cursor(directory: &Path) -> Result<Cursor, SpoolError> {
    let path = directory.join("drained");
    match fs::read(&path) {
        Ok(text) => {
            serde_json::from_slice(&text).map_err(|_| SpoolError::Damaged { path, offset: 0 })
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(START),
        Err(error) => Err(at("read", &path)(error)),
    }
}

/// Writes the cursor so that a crash leaves the old one or the new one.
pub(super) fn write_cursor(directory: &Path, cursor: Cursor) -> Result<(), SpoolError> {
    let (path, new) = (directory.join("drained"), directory.join("drained.new"));
    let text = serde_json::to_vec(&cursor).map_err(|error| at("write", &new)(error.into()))?;
    let mut file = File::create(&new).map_err(at("create", &new))?;
    file.write_all(&text).and_then(|()| file.sync_all()).map_err(at("write", &new))?;
    fs::rename(&new, &path).map_err(at("rename", &new))?;
    sync_directory(directory)
}

fn sync_directory(directory: &Path) -> Result<(), SpoolError> {
    File::open(directory).and_then(|file| file.sync_all()).map_err(at("sync", directory))
}

/// Cuts off a torn last line and returns the end of the spool.
pub(super) fn repair(directory: &Path, drained: Cursor) -> Result<Cursor, SpoolError> {
    let mut last = drained.segment;
    while path_of(directory, last + 1).exists() {
        last += 1;
    }
    let path = path_of(directory, last);
    if !path.exists() {
        return Ok(Cursor { segment: last, offset: 0 });
    }
    let text = fs::read(&path).map_err(at("read", &path))?;
    let whole = text.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
    if whole < text.len() {
        let file = OpenOptions::new().write(true).open(&path).map_err(at("open", &path))?;
        file.set_len(whole as u64).and_then(|()| file.sync_all()).map_err(at("cut", &path))?;
    }
    Ok(Cursor { segment: last, offset: whole as u64 })
}

/// Appends whole lines and waits for the disk.
pub(super) fn append(directory: &Path, end: Cursor, lines: &[u8]) -> Result<(), SpoolError> {
    let path = path_of(directory, end.segment);
    let mut file = OpenOptions::new()
        .create(true)
        .write(true)
        .truncate(false)
        .open(&path)
        .map_err(at("open", &path))?;
    // A write that failed half-way before leaves bytes after the end: they are cut off first.
    file.set_len(end.offset).map_err(at("cut", &path))?;
    file.seek(SeekFrom::End(0)).map_err(at("seek in", &path))?;
    file.write_all(lines).and_then(|()| file.sync_all()).map_err(at("append to", &path))?;
    if end.offset == 0 { sync_directory(directory) } else { Ok(()) }
}

/// The lines from `from` until `end`, at most `most`.
pub(super) fn read(
    directory: &Path,
    from: Cursor,
    end: Cursor,
    most: usize,
) -> Result<Vec<Waiting>, SpoolError> {
    let mut waiting = Vec::new();
    let mut cursor = from;
    while cursor.segment <= end.segment && waiting.len() < most {
        let path = path_of(directory, cursor.segment);
        if path.exists() {
            let mut file = File::open(&path).map_err(at("open", &path))?;
            file.seek(SeekFrom::Start(cursor.offset)).map_err(at("seek in", &path))?;
            let stop = if cursor.segment == end.segment { end.offset } else { u64::MAX };
            let mut reader = BufReader::new(file.take(stop.saturating_sub(cursor.offset)));
            let mut text = Vec::new();
            while waiting.len() < most
                && reader.read_until(b'\n', &mut text).map_err(at("read", &path))? > 0
            {
                let damaged = || SpoolError::Damaged { path: path.clone(), offset: cursor.offset };
                let line: Line = serde_json::from_slice(&text).map_err(|_| damaged())?;
                cursor.offset += text.len() as u64;
                waiting.push(Waiting {
                    subject: line.subject,
                    payload: Bytes::from(line.payload),
                    after: cursor,
                });
                text.clear();
            }
        }
        if waiting.len() < most {
            cursor = Cursor { segment: cursor.segment + 1, offset: 0 };
        }
    }
    Ok(waiting)
}

/// The bytes of whole lines between two places.
pub(super) fn bytes_between(
    directory: &Path,
    from: Cursor,
    end: Cursor,
) -> Result<u64, SpoolError> {
    let mut bytes = 0;
    for segment in from.segment..=end.segment {
        let path = path_of(directory, segment);
        let size = if segment == end.segment {
            end.offset
        } else {
            match fs::metadata(&path) {
                Ok(metadata) => metadata.len(),
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => 0,
                Err(error) => return Err(at("look at", &path)(error)),
            }
        };
        bytes += size - if segment == from.segment { from.offset.min(size) } else { 0 };
    }
    Ok(bytes)
}

/// Overwrites the lines of a segment up to a place: they are in the log, and what is erased there must not
/// be left here. Every byte becomes the end of an empty line, so that places stay as they are.
pub(super) fn wipe(directory: &Path, upto: Cursor) -> Result<(), SpoolError> {
    let path = path_of(directory, upto.segment);
    let mut file = match OpenOptions::new().write(true).open(&path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(at("open", &path)(error)),
    };
    let length = file.metadata().map_err(at("look at", &path))?.len().min(upto.offset);
    let blank = [b'\n'; 64 * 1024];
    let mut left = length;
    while left > 0 {
        let part = left.min(blank.len() as u64) as usize;
        file.write_all(&blank[..part]).map_err(at("overwrite", &path))?;
        left -= part as u64;
    }
    file.sync_data().map_err(at("overwrite", &path))
}

/// Overwrites and deletes a drained segment.
pub(super) fn delete(directory: &Path, segment: u64) -> Result<(), SpoolError> {
    wipe(directory, Cursor { segment, offset: u64::MAX })?;
    let path = path_of(directory, segment);
    match fs::remove_file(&path) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(at("delete", &path)(error)),
    }
}

/// Adds a line to the events that the server refused for good.
pub(super) fn append_refused(directory: &Path, line: &Line) -> Result<(), SpoolError> {
    let path = directory.join("refused.ndjson");
    let mut text = serde_json::to_vec(line).map_err(|error| at("write", &path)(error.into()))?;
    text.push(b'\n');
    let mut file =
        OpenOptions::new().create(true).append(true).open(&path).map_err(at("open", &path))?;
    file.write_all(&text).and_then(|()| file.sync_all()).map_err(at("append to", &path))
}
