use crate::{
    agent::{
        Agent,
        conversation::{ContextWindow, Conversation, PastMessage, PlacedCall},
        policy::ToolPolicy,
        run_context::RunContext,
        turn::{ParkedAnswer, TurnSpec},
    },
    llm::context::{context_tokens, estimate_tokens},
    store::{MessageRecord, ProjectRecord, StoreError, TaskRecord, TaskScope, ToolCallRecord},
};
use sigmic_shared::{MessageId, Role, TaskId};
use std::sync::Arc;

/// Room that is left for the answer: this part of the context, but no more than so many tokens.
const ANSWER_PART: u64 = 4;
const ANSWER_TOKENS: u64 = 16_384;

/// A run to be driven.
pub(in crate::agent) struct Assignment {
    pub(in crate::agent) task_id: TaskId,
    pub(in crate::agent) run_no: u64,
    pub(in crate::agent) answer_id: MessageId,
    pub(in crate::agent) project: Arc<ProjectRecord>,
    pub(in crate::agent) context: RunContext,
    pub(in crate::agent) opening: Opening,
}

/// What is known of the conversation when its run begins.
pub(in crate::agent) enum Opening {
    /// All there is.
    Fresh { message: String, system_prompt: Option<String>, auto_execute: bool },
    /// The store has it.
    Continued,
    /// The run was parked: all that was stored of the conversation, the answer last.
    Parked { task: Box<TaskRecord>, messages: Vec<MessageRecord> },
}

impl Assignment {
    /// Whether its project has tool servers, so that tools have to be opened.
    pub(super) fn has_tools(&self) -> bool {
        !self.project.mcp_servers.is_empty()
    }

    /// What the run is made of.
    pub(super) async fn prepare(&self, agent: &Agent) -> Result<TurnSpec, StoreError> {
        match &self.opening {
            Opening::Fresh { message, system_prompt, auto_execute } => {
                let question = PastMessage { role: Role::User, content: message.clone(), tool_calls: Vec::new() };
                Ok(self.spec(agent, [question], system_prompt.as_deref(), *auto_execute))
            }
            Opening::Parked { task, messages } => {
                let (answers, past): (Vec<_>, Vec<_>) =
                    messages.iter().cloned().partition(|message| message.id == self.answer_id);
                let past = past.into_iter().map(past_message);
                let mut spec = self.spec(agent, past, task.system_prompt.as_deref(), task.auto_execute);
                for answer in answers {
                    let thoughts = answer.thoughts.0.clone();
                    let answer = past_message(answer);
                    let PastMessage { content: text, tool_calls, .. } = answer.clone();
                    spec.conversation.reopen(answer);
                    spec.before = Some(ParkedAnswer { text, thoughts, tool_calls });
                }
                Ok(spec)
            }
            Opening::Continued => {
                let scope = TaskScope::Project { project_id: self.project.id.clone() };
                let messages = agent.store().list_messages(&self.task_id).await?;
                let past = messages.into_iter().filter(|message| message.id != self.answer_id).map(past_message);
                match agent.store().find_task(&scope, &self.task_id).await? {
                    Some(task) => Ok(self.spec(agent, past, task.system_prompt.as_deref(), task.auto_execute)),
                    // Erased a moment ago. Whoever did that cancels this run, too.
                    None => Ok(self.spec(agent, past, None, false)),
                }
            }
        }
    }

    /// A run that can only end.
    pub(super) fn without_past(&self, agent: &Agent) -> TurnSpec {
        self.spec(agent, [], None, false)
    }

    fn spec(
        &self,
        agent: &Agent,
        past: impl IntoIterator<Item = PastMessage>,
        task_prompt: Option<&str>,
        auto_execute: bool,
    ) -> TurnSpec {
        let project = &*self.project;
        let configured = project.context_tokens.and_then(|tokens| u64::try_from(tokens).ok());
        let context = configured.unwrap_or_else(|| context_tokens(&project.model));
        let tokens = context - (context / ANSWER_PART).min(ANSWER_TOKENS);
        let prompts = [task_prompt.unwrap_or_default(), &project.system_prompt];
        let policy = ToolPolicy::new(&project.tool_policies.0, project.auto_execute && auto_execute);
        let clock = agent.clock().clone();
        TurnSpec {
            model: project.model.clone(),
            system: prompts.into_iter().filter(|prompt| !prompt.is_empty()).collect::<Vec<_>>().join("\n\n"),
            conversation: Conversation::new(ContextWindow { tokens, estimate: estimate_tokens }, past),
            before: None,
            opens_tools: self.has_tools(),
            max_steps: u32::try_from(project.max_steps).unwrap_or(u32::MAX),
            policy: Box::new(move |tool| policy.decide(tool)),
            jitter: Box::new(move || f64::from(u32::from_le_bytes(clock.random_bytes())) / f64::from(u32::MAX)),
        }
    }
}

fn past_message(record: MessageRecord) -> PastMessage {
    let placed = |record: ToolCallRecord| PlacedCall {
        call: record.call,
        step: record.step,
        text_offset: record.text_offset,
        allows_always: record.allows_always,
    };
    PastMessage {
        role: record.role,
        content: record.content,
        tool_calls: record.tool_calls.0.into_iter().map(placed).collect(),
    }
}
