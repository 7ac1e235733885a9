//! The rules, as tables.

use super::{
    Violation,
    source::{Mention, Source},
};
use std::path::Path;

/// Who may use whom within a crate.
pub struct Arrow {
    /// The room: every file whose path starts with this. The longest that fits counts.
    pub room: &'static str,
    /// The modules it may use, besides those inside itself.
    pub to: &'static [&'static str],
    /// Why.
    pub why: &'static str,
}

/// Something that only few places may use.
pub struct Confinement {
    /// Paths, or parts of paths.
    pub what: &'static [&'static str],
    /// Where the rule holds: every file whose path starts with this.
    pub scope: &'static str,
    /// Where it may be used.
    pub only_in: &'static [&'static str],
    /// Whether the rule holds in tests too.
    pub in_tests: bool,
    /// Why.
    pub why: &'static str,
}

/// Rooms without an entry are wiring: they may use everything, and no room in here may use them.
pub const ARROWS: &[Arrow] = &[
    Arrow {
        room: "server/src/http",
        to: &["auth", "agent", "project", "store", "secrets", "clock", "config", "telemetry"],
        why: "HTTP speaks to clients; what it says is decided in auth, agent and project",
    },
    Arrow {
        room: "server/src/auth",
        to: &["store", "secrets", "clock"],
        why: "Who is asking is decided without HTTP and without SQL, so that it can be read and tested alone",
    },
    Arrow {
        room: "server/src/agent",
        to: &["auth::context", "llm", "mcp", "store", "secrets", "clock"],
        why: "The agent carries out runs, whoever watches them",
    },
    Arrow {
        room: "server/src/agent/turn",
        to: &["agent::conversation", "llm::provider"],
        why: "A turn is a pure state machine: what it would like to do, it returns as an effect",
    },
    Arrow {
        room: "server/src/agent/conversation",
        to: &["llm::provider"],
        why: "What the model gets to read is decided without I/O",
    },
    Arrow {
        room: "server/src/project",
        to: &["auth", "mcp::config", "mcp::template", "store", "secrets", "clock"],
        why: "Declarations are read and checked by themselves, whoever sends them",
    },
    Arrow { room: "server/src/llm", to: &[], why: "Models know nothing of the rest of the server" },
    Arrow {
        room: "server/src/mcp",
        to: &["secrets", "clock"],
        why: "Tool servers are reached as whoever asks, without knowing why or by whom",
    },
    Arrow { room: "server/src/store", to: &[], why: "The store keeps what it is given and knows nobody" },
    Arrow { room: "server/src/secrets", to: &["clock"], why: "Keys and sealing stand at the bottom of everything" },
    Arrow { room: "server/src/clock.rs", to: &[], why: "Time and randomness stand at the bottom of everything" },
    Arrow {
        room: "server/src/config",
        to: &["secrets", "clock"],
        why: "Settings are read before there is anything they could use",
    },
    Arrow {
        room: "widget-wasm/src/chat",
        to: &[],
        why: "The conversation is a pure model: events in, what to show out",
    },
    Arrow { room: "widget-wasm/src/session", to: &[], why: "Token refresh is a pure state machine" },
    Arrow { room: "widget-wasm/src/markdown", to: &[], why: "Markdown becomes nodes, whoever shows them" },
    Arrow { room: "widget-wasm/src/strings", to: &[], why: "Texts know nobody" },
    Arrow {
        room: "widget-wasm/src/transport",
        to: &["session"],
        why: "The transport carries requests and tokens, and shows nothing",
    },
    Arrow { room: "widget-wasm/src/host", to: &[], why: "The page around the widget knows nothing of what is in it" },
    Arrow {
        room: "widget-wasm/src/view",
        to: &["chat", "session", "markdown", "strings"],
        why: "The view shows what chat and session hold, and fetches nothing",
    },
];

/// What is kept to few places.
pub const CONFINEMENTS: &[Confinement] = &[
    Confinement {
        what: &["sqlx"],
        scope: "server/src",
        only_in: &["server/src/store"],
        in_tests: true,
        why: "SQL has one room, so that both databases are served by one text",
    },
    Confinement {
        what: &["jsonwebtoken"],
        scope: "server/src",
        only_in: &["server/src/auth/signer.rs"],
        in_tests: false,
        why: "One file signs and verifies, so that one file can be audited",
    },
    Confinement {
        what: &["StatusCode"],
        scope: "server/src",
        // The demo is a website of its own.
        only_in: &["server/src/http", "server/src/demo"],
        in_tests: false,
        why: "Rooms return errors with a meaning; http alone gives them a status",
    },
    Confinement {
        what: &["axum"],
        scope: "server/src",
        only_in: &["server/src/http", "server/src/demo"],
        in_tests: false,
        why: "Nothing but HTTP depends on the web framework",
    },
    Confinement {
        what: &["rig"],
        scope: "server/src",
        only_in: &["server/src/llm"],
        in_tests: true,
        why: "Its API changes with every release, so nothing else sees its types",
    },
    Confinement {
        what: &["env::var", "env::var_os", "env::vars", "env::vars_os"],
        scope: "server/src",
        only_in: &["server/src/config"],
        in_tests: false,
        why: "Settings are read in one place, where each has one name and one check",
    },
    Confinement {
        what: &["SystemTime", "rand"],
        scope: "server/src",
        // A server that asks for a wait until a date means the real time.
        only_in: &["server/src/clock.rs", "server/src/llm/upstream"],
        in_tests: false,
        why: "Time and randomness are handed in, so that tests decide them",
    },
    Confinement {
        what: &["web_sys"],
        scope: "widget-wasm/src",
        only_in: &[
            "widget-wasm/src/host",
            "widget-wasm/src/transport",
            "widget-wasm/src/markdown",
            "widget-wasm/src/view",
            "widget-wasm/src/session/browser.rs",
            "widget-wasm/src/lib.rs",
        ],
        in_tests: true,
        why: "What is pure is tested without a browser",
    },
    Confinement {
        what: &[
            "inner_html",
            "set_inner_html",
            "outer_html",
            "set_outer_html",
            "insert_adjacent_html",
            "innerHTML",
            "set_srcdoc",
            "create_contextual_fragment",
        ],
        scope: "widget-wasm/src",
        only_in: &[],
        in_tests: true,
        why: "What a model writes is hostile: it becomes nodes, never HTML",
    },
    Confinement {
        what: &["time::sleep", "thread::sleep", "sleep_ms"],
        scope: "tests/",
        only_in: &["tests/src", "tests/load"],
        in_tests: true,
        why: "A test waits for a condition: a sleep is too short on a slow machine and too long on any other",
    },
];

/// Lines a file may have.
pub const MOST_LINES: usize = 450;

/// Names that say nothing of what is inside.
pub const EMPTY_NAMES: &[&str] = &["util", "utils", "helper", "helpers", "common", "manager", "misc"];

/// Everything in `source` that breaks a rule.
pub fn check(source: &Source) -> Vec<Violation> {
    let mut violations = Vec::new();
    let mut note = |line, what: String, why| {
        let violation = Violation { file: source.file.clone(), line, what, why };
        if !violations.contains(&violation) {
            violations.push(violation);
        }
    };
    for mention in &source.mentions {
        if let Some((what, why)) = broken_arrow(&source.file, mention) {
            note(mention.line, what, why);
        }
        for rule in CONFINEMENTS.iter().filter(|rule| rule.is_broken_by(&source.file, mention)) {
            note(mention.line, format!("`{}` has no place here", mention.segments.join("::")), rule.why);
        }
    }
    if source.lines > MOST_LINES {
        let what = format!("{} lines, {MOST_LINES} are allowed", source.lines);
        note(source.lines, what, "A file this long holds a second room: give it its own file");
    }
    let stem = Path::new(&source.file).file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
    if EMPTY_NAMES.contains(&stem) {
        note(1, format!("the name {stem:?} says nothing"), "Name a file by what is in it");
    }
    violations
}

impl Confinement {
    fn is_broken_by(&self, file: &str, mention: &Mention) -> bool {
        file.starts_with(self.scope)
            && !self.only_in.iter().any(|place| lies_in(file, place))
            && (self.in_tests || !mention.in_test)
            && self.what.iter().any(|what| contains(&mention.segments, what))
    }
}

fn broken_arrow(file: &str, mention: &Mention) -> Option<(String, &'static str)> {
    let from = room_of(file)?;
    let (first, target) = mention.segments.split_first()?;
    if first != "crate" || target.is_empty() || mention.in_test {
        return None;
    }
    let target = target.join("::");
    let own = from.room.split_once("/src/").expect("rooms lie in a crate").1.trim_end_matches(".rs").replace('/', "::");
    let may = [&[own.as_str()], from.to].concat().into_iter().any(|module| is_within(&target, module));
    (!may).then(|| (format!("{own} must not use `{target}`"), from.why))
}

fn room_of(file: &str) -> Option<&'static Arrow> {
    ARROWS.iter().filter(|arrow| lies_in(file, arrow.room)).max_by_key(|arrow| arrow.room.len())
}

/// Whether `file` is `place`, lies in the folder `place`, or is the module file of that folder.
pub fn lies_in(file: &str, place: &str) -> bool {
    file.strip_prefix(place).is_some_and(|rest| rest.is_empty() || rest.starts_with('/') || rest == ".rs")
}

fn is_within(target: &str, module: &str) -> bool {
    target.strip_prefix(module).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}

/// Whether the segments of `what` stand in `segments`, one after the other.
fn contains(segments: &[String], what: &str) -> bool {
    let what: Vec<&str> = what.split("::").collect();
    segments.windows(what.len()).any(|window| window == what)
}
