//! What went wrong on the way of an answer without ending it.

use super::{entry::Answer, readable::inert};
use sigmic_shared::RunErrorCode;

impl Answer {
    /// The servers whose tools the run had to do without, each once; an empty name for one that nobody named.
    pub fn unavailable_servers(&self) -> Vec<String> {
        let mut servers = Vec::new();
        for error in self.errors.iter().filter(|error| error.code == RunErrorCode::McpUnavailable) {
            let server = quoted(&error.message).map(inert).unwrap_or_default();
            if !servers.contains(&server) {
                servers.push(server);
            }
        }
        servers
    }

    /// The code of the error that ended it.
    pub fn fatal_code(&self) -> &'static str {
        let fatal = self.errors.iter().rfind(|error| error.code != RunErrorCode::McpUnavailable);
        fatal.map_or(RunErrorCode::AgentError, |error| error.code).code()
    }
}

/// The first name that a sentence has in quotes.
fn quoted(sentence: &str) -> Option<&str> {
    let (_, rest) = sentence.split_once(['"', '`', '“'])?;
    let (name, _) = rest.split_once(['"', '`', '”'])?;
    Some(name).filter(|name| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use sigmic_shared::stream::RunError;

    fn answer(errors: &[(RunErrorCode, &str)]) -> Answer {
        let errors = errors.iter().map(|&(code, message)| RunError { code, message: message.into() });
        Answer { errors: errors.collect(), ..Answer::default() }
    }

    #[test]
    fn servers_are_named_once_and_end_nothing() {
        use RunErrorCode::{McpUnavailable, StepLimit};
        for (errors, servers, code) in [
            (&[][..], &[][..], "AGENT_ERROR"),
            (&[(McpUnavailable, "The MCP server \"orders\" needs API_KEY.")], &["orders"], "AGENT_ERROR"),
            (&[(StepLimit, "m"), (McpUnavailable, "`crm` is away.")], &["crm"], "STEP_LIMIT"),
            (&[(McpUnavailable, "“a” is away"), (McpUnavailable, "“a” is away")], &["a"], "AGENT_ERROR"),
            (&[(McpUnavailable, "It isn't there, and won't be.")], &[""], "AGENT_ERROR"),
        ] {
            let answer = answer(errors);
            assert_eq!(answer.unavailable_servers(), servers, "{errors:?}");
            assert_eq!(answer.fatal_code(), code, "{errors:?}");
        }
    }
}
