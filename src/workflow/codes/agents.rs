//! What is wrong with agents that are declared, and with the lock that says which they are.

use super::Code;

pub(super) const CODES: &[Code] = &[
    Code {
        word: "not-agents",
        summary: "a file among the agents is of another kind",
        explanation: "Every YAML file in `agents/` declares agents. What it was meant to declare would count as declared no \
            more, and be deleted.",
        example: "\
version: 1
kind: agents
agents:
  host: { prompt: You are a host. }
",
    },
    Code {
        word: "agents-elsewhere",
        summary: "a file of agents is not where they are looked for",
        explanation: "The agents that workflows share are those of `agents/*.yaml` in the project's folder, not below \
            it. A file of `kind: agents` elsewhere declares nothing: move it to `agents/`.",
        example: "\
version: 1
kind: agents # in agents/team.yaml, not in workflows/team.yaml
",
    },
    Code {
        word: "duplicate-agent",
        summary: "an agent is declared twice",
        explanation: "A project has one agent of a name, in a workflow or in a file of `agents/`: the lock knows it by \
            that.",
        example: "\
agents:
  host: { prompt: You are a host. }
",
    },
    Code {
        word: "lock-conflict",
        summary: "git could not merge the lock of agents",
        explanation: "Two branches changed the same entry. Where the names differ both blocks stay; where they are the \
            same, the one stays whose agent is to be used, and `runsheet agents plan` tells what the other left.",
        example: "\
agents:
  host@5f0c2e7a9d31: # one block a name
",
    },
    Code {
        word: "lock-edited",
        summary: "the lock of agents is not as it was written",
        explanation: "Another code there would let another face speak, so every entry is sealed. Restore the file from \
            git; or take the whole block out, and `runsheet agents import NAME CODE` gives the name its agent. A code \
            has one name on an account.",
        example: "\
agents:
  host@5f0c2e7a9d31: # written by `runsheet agents`
",
    },
    Code {
        word: "lock-version",
        summary: "the lock of agents has a version that this program does not read",
        explanation: "A newer program may have written it: everybody who applies uses the same version.",
        example: "\
version: 1
",
    },
    Code {
        word: "two-locks",
        summary: "a project has two locks of agents",
        explanation: "The lock is beside the workflows: in `workflows/`, or in the project's folder where there is no \
            `workflows/`. With one in either place nobody can tell which agents are meant, and some would be bought \
            twice. Keep the one that git knows, move the blocks of the other into it, and delete the other.",
        example: "\
version: 1 # workflows/agents.lock.yaml, and no agents.lock.yaml
",
    },
];
