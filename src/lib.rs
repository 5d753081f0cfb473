//! Runsheet: scripts for talking-avatar agents, checked, then run once.

pub mod clock;
pub mod database;
pub mod diagnostic;
pub mod duration;
pub mod ids;
pub mod outcome;
pub mod scope;
pub mod secret;
pub mod settings;
pub mod sha256;
pub mod text;

pub mod data;
pub mod expression;
pub mod template;

pub mod bithuman;

pub mod actions;

pub mod workflow;

pub mod plan;

pub mod engine;

pub mod journal;
pub mod purchases;
pub mod report;

pub mod executors;

pub mod daemon;

pub mod sandbox;

pub mod commands;
