//! From a file to a plan that can be shown.

use std::path::Path;

use crate::commands::opening::{self, Refusal};
use crate::daemon::opened::Opened;
use crate::daemon::planned::{self, Planned};
use crate::data::inputs::GivenInputs;

/// Plans a file; none is the only workflow of the folder.
pub(in crate::commands) fn plan(file: Option<&Path>, given: &GivenInputs) -> Result<Planned, Refusal> {
    plan_of(&opening::workflow(file)?, given)
}

/// Plans a workflow that is opened already.
pub(in crate::commands) fn plan_of(opened: &Opened, given: &GivenInputs) -> Result<Planned, Refusal> {
    Ok(planned::plan_of(opened, given)?)
}
