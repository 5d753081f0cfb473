//! Bytes that are text of another encoding: named, so that a person knows how to save the file.

use super::RowsError;

/// Marks at the beginning of a file, and the encoding that each stands for; the longer one first.
const MARKS: [(&[u8], &str); 4] =
    [(b"\xff\xfe\0\0", "UTF-32"), (b"\0\0\xfe\xff", "UTF-32"), (b"\xff\xfe", "UTF-16"), (b"\xfe\xff", "UTF-16")];

/// Refuses a file whose first bytes say that it is of another encoding.
pub(super) fn refuse_other(bytes: &[u8]) -> Result<(), RowsError> {
    match MARKS.iter().find(|(mark, _)| bytes.starts_with(mark)) {
        Some((_, encoding)) => {
            Err(RowsError::at(1, format!("the file is {encoding}, not UTF-8")).hint("save it as UTF-8"))
        }
        None => Ok(()),
    }
}

/// What to do about bytes that are not UTF-8: they are Latin-1 more often than not, and then a letter is known.
pub(super) fn hint_for(bytes: &[u8]) -> String {
    let at = std::str::from_utf8(bytes).err().map(|error| error.valid_up_to());
    match at.and_then(|at| bytes.get(at)) {
        Some(byte @ 0xa0..) => {
            format!("byte 0x{byte:X} is `{}` in Latin-1: save the file as UTF-8", char::from(*byte))
        }
        _ => "save the file as UTF-8".to_owned(),
    }
}
