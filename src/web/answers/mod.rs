//! What is answered, as types: the document of the API is made from them.

pub(crate) mod asked;
pub(crate) mod plan;
pub(crate) mod run;
pub(crate) mod service;
pub(crate) mod step;
pub(crate) mod workflow;
