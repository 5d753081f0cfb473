//! The commands that stand, each with its ticket.
//!
//! A ticket is never used twice: a driver that finds its own gone knows that the command was answered or
//! withdrawn. Filled by [`super::decide`], read by drivers.

use std::collections::{BTreeMap, HashMap};

use crate::engine::command::Command;
use crate::plan::model::StepKey;

/// What a command is about; each has one at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Slot {
    /// The step's own command.
    Step(StepKey),
    /// The timeout of the open pause that the step is.
    PauseTimeout(StepKey),
    /// The run's timeout.
    RunTimeout,
    /// The run's end, or stop.
    RunEnd,
}

/// The commands that stand.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Frontier {
    commands: BTreeMap<u64, Command>,
    tickets: HashMap<Slot, u64>,
    last: u64,
    moving: usize,
}

impl Frontier {
    /// Lets a command stand, or none; one that stands already keeps its ticket.
    pub fn set(&mut self, slot: Slot, wanted: Option<Command>) {
        if self.standing(slot) == wanted.as_ref() {
            return;
        }
        if let Some(gone) = self.tickets.remove(&slot).and_then(|ticket| self.commands.remove(&ticket)) {
            self.moving -= usize::from(is_moving(&gone));
        }
        if let Some(command) = wanted {
            self.last += 1;
            self.moving += usize::from(is_moving(&command));
            self.tickets.insert(slot, self.last);
            self.commands.insert(self.last, command);
        }
    }

    /// Withdraws everything: a resumed run asks anew.
    pub fn clear(&mut self) {
        *self = Self { last: self.last, ..Self::default() };
    }

    /// The command that stands for this.
    pub fn standing(&self, slot: Slot) -> Option<&Command> {
        self.tickets.get(&slot).and_then(|ticket| self.commands.get(ticket))
    }

    /// Everything with a ticket above this one, in order.
    pub fn after(&self, ticket: u64) -> impl Iterator<Item = (u64, &Command)> {
        self.commands.range(ticket.saturating_add(1)..).map(|(ticket, command)| (*ticket, command))
    }

    /// Tells whether the command with this ticket still stands.
    pub fn stands(&self, ticket: u64) -> bool {
        self.commands.contains_key(&ticket)
    }

    /// Tells whether a command stands that leads on without a person.
    pub fn is_moving(&self) -> bool {
        self.moving > 0
    }
}

/// Tells whether a command leads on without a person. The run's timeout ends a run; it does not lead on.
fn is_moving(command: &Command) -> bool {
    !matches!(
        command,
        Command::Pause { .. }
            | Command::Ask { .. }
            | Command::TimeOut { .. }
            | Command::Finish { .. }
            | Command::Stop { .. }
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_keeps_its_ticket_until_it_changes() {
        let step = StepKey::node(0);
        let mut frontier = Frontier::default();
        frontier.set(Slot::Step(step), Some(Command::Prepare { step }));
        frontier.set(Slot::Step(step), Some(Command::Prepare { step }));
        assert_eq!(frontier.after(0).map(|(ticket, _)| ticket).collect::<Vec<_>>(), [1]);
        frontier.set(Slot::Step(step), Some(Command::Pause { step }));
        assert!(!frontier.stands(1) && frontier.stands(2) && !frontier.is_moving());
        frontier.clear();
        frontier.set(Slot::Step(step), Some(Command::Pause { step }));
        assert!(!frontier.stands(2) && frontier.stands(3));
    }
}
