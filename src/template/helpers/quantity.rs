//! Numbers as people read them.

use serde_json::Value;

use super::arguments::Arguments;
use crate::template::error::Complaint;

/// The most decimals that can be asked for.
const MOST_DECIMALS: f64 = 20.0;

/// A number with its thousands set apart.
pub(super) fn number(arguments: &Arguments<'_, '_>) -> Result<Value, Complaint> {
    let value = arguments.number(0)?;
    let decimals = match arguments.named("decimals")? {
        None => None,
        Some(wanted) => {
            Some(wanted.as_f64().filter(|n| n.fract() == 0.0 && (0.0..=MOST_DECIMALS).contains(n)).ok_or_else(|| {
                Complaint::unfit(format!("`decimals=` needs a whole number from 0 to 20, not `{wanted}`"))
            })? as usize)
        }
    };
    let group = arguments.named_text("group")?.unwrap_or_else(|| ",".to_owned());
    let written = match (decimals, arguments.value(0)?) {
        (Some(decimals), _) => format!("{value:.decimals$}"),
        // A whole number beyond 2^53 keeps its digits.
        (None, Value::Number(exact)) if !exact.is_f64() => exact.to_string(),
        (None, _) => value.to_string(),
    };
    Ok(grouped(&written, &group).into())
}

/// Sets the thousands of a written number apart.
fn grouped(written: &str, group: &str) -> String {
    let (whole, fraction) = written.split_once('.').map_or((written, None), |(whole, rest)| (whole, Some(rest)));
    let (sign, digits) = whole.strip_prefix('-').map_or(("", whole), |digits| ("-", digits));
    let mut out = sign.to_owned();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push_str(group);
        }
        out.push(digit);
    }
    if let Some(fraction) = fraction {
        out.push('.');
        out.push_str(fraction);
    }
    out
}

/// The word for one, or the word for any other number.
pub(super) fn plural(arguments: &Arguments<'_, '_>) -> Result<Value, Complaint> {
    let index = if arguments.number(0)?.abs() == 1.0 { 1 } else { 2 };
    arguments.text(index).map(Value::String)
}

#[cfg(test)]
mod tests {
    use super::grouped;

    #[test]
    fn thousands_are_set_apart_whatever_the_sign_and_fraction() {
        let cases =
            [("0", "0"), ("999", "999"), ("-1000", "-1,000"), ("1234567.5", "1,234,567.5"), ("-12.25", "-12.25")];
        for (written, shown) in cases {
            assert_eq!(grouped(written, ","), shown);
        }
    }
}
