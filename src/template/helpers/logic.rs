//! Comparing, deciding and choosing.

use serde_json::Value;
use sha2::{Digest, Sha256};

use super::arguments::{Arguments, kind, number_of};
use crate::template::error::Complaint;

/// The first value that says something: there, not null, no blank text, as an empty cell of a file is one; the last
/// one whatever it is.
pub(super) fn default(arguments: &Arguments<'_, '_>) -> Result<Value, Complaint> {
    let last = arguments.count().saturating_sub(1);
    let found = (0..last).find_map(|index| arguments.optional(index).filter(|value| says_something(value)));
    found.map_or_else(|| arguments.value(last), Ok).cloned()
}

fn says_something(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::String(text) => !text.trim().is_empty(),
        _ => true,
    }
}

/// Whether two values are the same; numbers by what they count.
pub(super) fn eq(arguments: &Arguments<'_, '_>) -> Result<Value, Complaint> {
    Ok(same(arguments.value(0)?, arguments.value(1)?).into())
}

/// Whether two values differ.
pub(super) fn ne(arguments: &Arguments<'_, '_>) -> Result<Value, Complaint> {
    Ok((!same(arguments.value(0)?, arguments.value(1)?)).into())
}

fn same(one: &Value, two: &Value) -> bool {
    match (one, two) {
        (Value::Number(a), Value::Number(b)) => a == b || a.as_f64() == b.as_f64(),
        _ => one == two,
    }
}

/// Whether the first value is the greater.
pub(super) fn gt(arguments: &Arguments<'_, '_>) -> Result<Value, Complaint> {
    Ok(compare(arguments)?.is_gt().into())
}

/// Whether the first value is the lesser.
pub(super) fn lt(arguments: &Arguments<'_, '_>) -> Result<Value, Complaint> {
    Ok(compare(arguments)?.is_lt().into())
}

/// Compares as numbers what are or spell numbers, else texts with texts, as instants are.
fn compare(arguments: &Arguments<'_, '_>) -> Result<std::cmp::Ordering, Complaint> {
    let (one, two) = (arguments.value(0)?, arguments.value(1)?);
    if let (Some(a), Some(b)) = (number_of(one), number_of(two)) {
        return Ok(a.total_cmp(&b));
    }
    match (one, two) {
        (Value::String(a), Value::String(b)) => Ok(a.cmp(b)),
        _ => Err(Complaint::unfit(format!("{} and {} cannot be compared", kind(one), kind(two)))),
    }
}

/// Whether every value counts as true.
pub(super) fn and(arguments: &Arguments<'_, '_>) -> Result<Value, Complaint> {
    let truths: Result<Vec<bool>, _> = (0..arguments.count()).map(|index| arguments.truth(index)).collect();
    Ok(truths?.into_iter().all(|truth| truth).into())
}

/// Whether any value counts as true.
pub(super) fn or(arguments: &Arguments<'_, '_>) -> Result<Value, Complaint> {
    let truths: Result<Vec<bool>, _> = (0..arguments.count()).map(|index| arguments.truth(index)).collect();
    Ok(truths?.into_iter().any(|truth| truth).into())
}

/// Whether the value counts as false.
pub(super) fn not(arguments: &Arguments<'_, '_>) -> Result<Value, Complaint> {
    Ok((!arguments.truth(0)?).into())
}

/// One of the values, always the same one for the same key: a hash, so that a resumed run says the same.
pub(super) fn pick(arguments: &Arguments<'_, '_>) -> Result<Value, Complaint> {
    let hash = Sha256::digest(arguments.text(0)?);
    let number = hash.iter().take(8).fold(0_u64, |number, &byte| number << 8 | u64::from(byte));
    let choices = arguments.count().saturating_sub(1).max(1) as u64;
    arguments.value(1 + (number % choices) as usize).cloned()
}
