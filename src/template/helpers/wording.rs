//! Texts and lists of texts.

use serde_json::Value;
use unicode_segmentation::UnicodeSegmentation;

use super::arguments::{Arguments, kind, text_of};
use crate::template::error::Complaint;

/// In capitals.
pub(super) fn upper(arguments: &Arguments<'_, '_>) -> Result<Value, Complaint> {
    Ok(arguments.text(0)?.to_uppercase().into())
}

/// In small letters.
pub(super) fn lower(arguments: &Arguments<'_, '_>) -> Result<Value, Complaint> {
    Ok(arguments.text(0)?.to_lowercase().into())
}

/// Each word with a capital and small letters; the space between words stays.
pub(super) fn title(arguments: &Arguments<'_, '_>) -> Result<Value, Complaint> {
    let mut titled = String::new();
    let mut begins = true;
    for character in arguments.text(0)?.chars() {
        match begins {
            true => titled.extend(character.to_uppercase()),
            false => titled.extend(character.to_lowercase()),
        }
        begins = character.is_whitespace() || character == '-';
    }
    Ok(titled.into())
}

/// Without the space around it.
pub(super) fn trim(arguments: &Arguments<'_, '_>) -> Result<Value, Complaint> {
    Ok(arguments.text(0)?.trim().into())
}

/// The beginning, at most so many characters long, the ellipsis included.
pub(super) fn truncate(arguments: &Arguments<'_, '_>) -> Result<Value, Complaint> {
    let text = arguments.text(0)?;
    let length = arguments.count_at(1)?;
    if text.graphemes(true).nth(length).is_none() {
        return Ok(text.into());
    }
    let kept: String = text.graphemes(true).take(length.saturating_sub(1)).collect();
    let ellipsis = if length == 0 { "" } else { "…" };
    Ok(format!("{}{ellipsis}", kept.trim_end()).into())
}

/// The items of a list with a text between them, and perhaps another before the last.
pub(super) fn join(arguments: &Arguments<'_, '_>) -> Result<Value, Complaint> {
    let list = arguments.value(0)?;
    let Value::Array(items) = list else {
        return Err(Complaint::unfit(format!("`join` needs a list, and {} is {}", arguments.name(0), kind(list))));
    };
    let between = arguments.text(1)?;
    let last = arguments.named_text("last")?.unwrap_or_else(|| between.clone());
    let mut joined = String::new();
    for (index, item) in items.iter().enumerate() {
        match index {
            0 => {}
            _ if index + 1 == items.len() => joined.push_str(&last),
            _ => joined.push_str(&between),
        }
        joined.push_str(&text_of(item, "an item of the list")?);
    }
    Ok(joined.into())
}

/// The value as JSON, on one line.
pub(super) fn json(arguments: &Arguments<'_, '_>) -> Result<Value, Complaint> {
    Ok(arguments.value(0)?.to_string().into())
}
