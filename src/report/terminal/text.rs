//! Text that is fit for a terminal: the base's, by the name that reports know it by.

pub(crate) use crate::text::{Line, clean, cut, pad, width};
