//! The script that is killed: every action, retries, loops, branches, waits; each line is said for one trial only.

/// What becomes of a line that nobody knows about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnUnknown {
    /// A person says what happened, truly.
    Ask,
    /// It stays unknown.
    Skip,
    /// It is said again.
    Resend,
}

impl OnUnknown {
    /// The word of the file.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ask => "ask",
            Self::Skip => "skip",
            Self::Resend => "resend",
        }
    }
}

/// What goes wrong at the service besides: a small share of everything, without end.
pub const FAULTS: &str = "\
kind: faults
version: 1
faults:
  - { path: /v1/agent/*, share: 0.2, then: { delay: 8ms } }
  - { path: /v1/agent/*, share: 0.04, then: { answer: { status: 503, code: NO_AVAILABLE_WORKERS } } }
  - { method: POST, path: '/v1/agent/{code}/speak', share: 0.02, then: close_after }
  - { method: POST, path: '/v1/agent/{code}/speak', share: 0.02, then: close_before }
  - { method: POST, path: '/v1/agent/{code}/add-context', share: 0.02, then: garble }
  - { method: POST, path: /v1/agent/generate, share: 0.15, then: close_after }
  - { method: GET, path: /v1/agent/*, share: 0.03, then: { answer: { status: 502 } } }
";

/// The rows of the second loop.
pub const PEOPLE: &str = "id,name\np1,eve\np2,fay\np3,gus\n";

/// How many agents a trial buys, and for how much in all.
pub const BOUGHT: (usize, u64) = (2, 500);

/// The lines of a trial that go out once, in no order.
pub fn lines(trial: &str) -> Vec<String> {
    let mut lines: Vec<String> =
        ["context", "opening", "left", "right", "post", "good night"].map(str::to_owned).into();
    for name in ["ann", "bob", "cat", "dan"] {
        lines.extend([format!("hello {name}"), format!("about {name}")]);
    }
    lines.extend(["eve", "fay", "gus"].map(|name| format!("thanks {name}")));
    lines.into_iter().map(|line| format!("{trial}: {line}")).collect()
}

/// The workflow; `web` is somebody else's service.
pub fn workflow(on_unknown: OnUnknown, web: &str) -> String {
    let on_unknown = on_unknown.as_str();
    format!(
        "\
version: 1
name: sweep
inputs: {{ trial: {{ type: string, required: true }} }}
room: lobby
max_credits: 500
defaults: {{ hold: 0s, on_unknown: {on_unknown}, retry: {{ delay: 5ms, max_delay: 20ms, max_attempts: 12 }} }}
steps:
  - validate:
  - parallel:
      - - {{ id: host, generate: 'Host of {{{{ inputs.trial }}}}' }}
        - {{ wait_ready: {{ poll: 20ms }}, agent: host }}
      - - {{ id: guest, generate: {{ prompt: 'Guest of {{{{ inputs.trial }}}}', aspect_ratio: '9:16' }} }}
        - {{ wait_ready: {{ poll: 20ms }}, agent: guest }}
  - {{ get_agent: {{}}, agent: host }}
  - {{ set_prompt: Be brief, agent: host }}
  - {{ add_context: '{{{{ inputs.trial }}}}: context', agent: host }}
  - {{ speak: '{{{{ inputs.trial }}}}: opening', agent: host, hold: 10ms }}
  - pause: Ready?
  - parallel:
      - {{ speak: '{{{{ inputs.trial }}}}: left', agent: host }}
      - - wait: 10ms
        - {{ speak: '{{{{ inputs.trial }}}}: right', agent: guest }}
      - http: {{ method: POST, url: '{web}/post', body: '{{{{ inputs.trial }}}}: post' }}
      - http: {{ method: PUT, url: '{web}/put', body: '{{{{ inputs.trial }}}}: put' }}
      - http: '{web}/get'
  - foreach: [ann, bob, cat, dan]
    id: greet
    as: name
    key: name
    max_parallel: 3
    steps:
      - {{ speak: '{{{{ inputs.trial }}}}: hello {{{{ name }}}}', agent: host }}
      - wait: 5ms
      - {{ add_context: '{{{{ inputs.trial }}}}: about {{{{ name }}}}', agent: host }}
  - foreach: {{ csv: people.csv }}
    id: thank
    as: person
    key: person.id
    agent: host
    speak: '{{{{ inputs.trial }}}}: thanks {{{{ person.name }}}}'
  - list_agents:
  - {{ delete_agent: {{}}, agent: guest }}
finally:
  - {{ speak: '{{{{ inputs.trial }}}}: good night', agent: host }}
"
    )
}
