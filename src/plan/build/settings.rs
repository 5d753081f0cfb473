//! Control fields: known already, or rendered now from `inputs` and `vars`.

use super::Builder;
use crate::duration::Millis;
use crate::workflow::model::Setting;

/// A type that a control field can have.
pub trait SettingValue: Clone {
    /// What a good value looks like, for the message.
    const FORM: &'static str;

    /// Reads a rendered text.
    fn read(text: &str) -> Option<Self>;
}

impl SettingValue for Millis {
    const FORM: &'static str = "a duration as `5s`";
    fn read(text: &str) -> Option<Self> {
        Self::parse(text).ok()
    }
}

impl SettingValue for u32 {
    const FORM: &'static str = "a whole number from 1";
    fn read(text: &str) -> Option<Self> {
        text.trim().parse().ok().filter(|count| *count > 0)
    }
}

impl SettingValue for f64 {
    const FORM: &'static str = "a number";
    fn read(text: &str) -> Option<Self> {
        text.trim().parse().ok().filter(|number: &Self| number.is_finite())
    }
}

impl Builder<'_> {
    /// The value of a control field; none when it is not written or is a mistake.
    pub fn setting<T: SettingValue>(&mut self, written: Option<&Setting<T>>) -> Option<T> {
        let text = match written? {
            Setting::Known(value) => return Some(value.clone()),
            Setting::Template(text) => text,
        };
        match self.scope.render(&text.value) {
            Ok(rendered) => {
                let value = T::read(&rendered);
                if value.is_none() {
                    let message = format!("`{}` becomes `{rendered}`, which is not {}", text.value, T::FORM);
                    self.mistake(text.span.clone(), message);
                }
                value
            }
            Err(reason) => {
                self.mistake(text.span.clone(), reason);
                None
            }
        }
    }
}
