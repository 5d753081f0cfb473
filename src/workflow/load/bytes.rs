//! The bytes of a file as text: UTF-8, no byte order mark, no binary, 20 MB at most.

use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use crate::diagnostic::{Diagnostic, Source};

/// The largest file that is read.
const LARGEST: u64 = 20 * 1024 * 1024;

/// Reads a file's text.
pub(super) fn read(path: &Path, shown: &Path) -> Result<Arc<Source>, Diagnostic> {
    let refused = |code, message: String| Diagnostic::error(code, &Source::new(shown, ""), 0..0, message);
    let unreadable = |error: std::io::Error| refused("unreadable-file", format!("the file cannot be read: {error}"));
    let metadata = std::fs::metadata(path).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => refused("unreadable-file", "there is no such file".to_owned())
            .hint("`runsheet check` alone checks all of the project"),
        _ => unreadable(error),
    })?;
    if !metadata.is_file() {
        let hint = "give the path of a workflow file";
        return Err(refused("unreadable-file", "this is not a regular file".to_owned()).hint(hint));
    }
    let mut bytes = Vec::new();
    // One byte more than allowed, so that a file that grows while it is read is noticed.
    std::fs::File::open(path).and_then(|file| file.take(LARGEST + 1).read_to_end(&mut bytes)).map_err(unreadable)?;
    if bytes.len() as u64 > LARGEST {
        let size = metadata.len().div_ceil(1024 * 1024);
        let message = format!("the file has {size} MB; a workflow file has 20 MB at most");
        return Err(refused("too-large", message).hint("keep rows in a CSV file and go through them with `foreach`"));
    }
    decode(&bytes, shown)
}

/// Takes bytes as text.
pub(super) fn decode(bytes: &[u8], shown: &Path) -> Result<Arc<Source>, Diagnostic> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
        let source = Source::new(shown, "");
        let mistake = Diagnostic::error("not-utf8", &source, 0..0, "the file is UTF-16 text");
        return Err(mistake.hint("save it as UTF-8"));
    }
    // A NUL tells a binary file from a text in another encoding, wherever it stands.
    if let Some(at) = bytes.iter().position(|byte| *byte == 0) {
        let source = Source::new(shown, String::from_utf8_lossy(&bytes[..at]));
        let end = source.text.len();
        let mistake = Diagnostic::error("binary-file", &source, end..end, "the file holds a NUL byte: it is not text");
        return Err(mistake.hint("give the path of a YAML file"));
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(Source::new(shown, text)),
        Err(error) => {
            let at = error.valid_up_to();
            let source = Source::new(shown, String::from_utf8_lossy(bytes));
            let message = format!("byte `0x{:02X}` is not UTF-8 text", bytes[at]);
            Err(Diagnostic::error("not-utf8", &source, at..at + 1, message).hint("save the file as UTF-8"))
        }
    }
}
