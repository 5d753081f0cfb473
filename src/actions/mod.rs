//! What a step can do: one file per action, one line each in the catalogue.
//!
//! To add one: write its file, add its line. See `CONTRIBUTING.md`.

pub mod action;
mod add_context;
pub mod context;
mod delete_agent;
mod exchange;
pub mod fields;
mod generate;
mod get_agent;
pub mod http;
mod list_agents;
pub mod pause;
mod rooms;
mod set_prompt;
mod speak;
pub mod speech;
mod validate;
pub mod wait;
mod wait_ready;

use action::Descriptor;

/// Every action, in the order of the reference.
pub const CATALOG: &[Descriptor] = &[
    Descriptor::exchanging::<validate::Validate>(),
    Descriptor::exchanging::<generate::Generate>(),
    Descriptor::exchanging::<wait_ready::WaitReady>(),
    Descriptor::exchanging::<get_agent::GetAgent>(),
    Descriptor::exchanging::<set_prompt::SetPrompt>(),
    Descriptor::exchanging::<speak::Speak>(),
    Descriptor::exchanging::<add_context::AddContext>(),
    Descriptor::exchanging::<list_agents::ListAgents>(),
    Descriptor::exchanging::<delete_agent::DeleteAgent>(),
    Descriptor::exchanging::<http::Http>(),
    Descriptor::waiting::<wait::Wait>(),
    Descriptor::waiting::<pause::Pause>(),
];

/// The action of a name.
pub fn find(name: &str) -> Option<&'static Descriptor> {
    CATALOG.iter().find(|descriptor| descriptor.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_of_an_action_is_in_the_catalogue() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/actions");
        let support = ["action", "context", "exchange", "fields", "mod", "rooms", "speech"];
        let mut names: Vec<String> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path().file_stem().unwrap().to_string_lossy().into_owned())
            .filter(|stem| !support.contains(&stem.as_str()))
            .collect();
        names.sort();
        let mut listed: Vec<_> = CATALOG.iter().map(|descriptor| descriptor.name).collect();
        listed.sort_unstable();
        assert_eq!(names, listed);
    }

    #[test]
    fn every_action_says_what_it_is_and_what_its_fields_are() {
        for descriptor in CATALOG {
            let schema = (descriptor.fields)();
            assert!(schema.get("description").is_some(), "{} has no description", descriptor.name);
            for (name, field) in schema.get("properties").and_then(|p| p.as_object()).into_iter().flatten() {
                assert!(field.get("description").is_some(), "{}.{name} has no description", descriptor.name);
            }
            if let Some(short) = descriptor.short {
                assert!(schema.pointer(&format!("/properties/{short}")).is_some(), "{}", descriptor.name);
            }
        }
    }
}
