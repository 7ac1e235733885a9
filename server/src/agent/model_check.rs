//! Asks a project's model one small question, to see whether it answers.

use super::Agent;
use crate::{
    llm::provider::{ModelError, ModelErrorKind, ModelEvent, ModelMessage, ModelRequest},
    store::ProjectRecord,
};
use futures::StreamExt;
use std::time::{Duration, Instant};
use tokio::time::timeout;

/// A model on one's own machine may have to be loaded first.
const PATIENCE: Duration = Duration::from_secs(60);
const QUESTION: &str = "Answer with the one word: OK";
const MOST_CHARS: usize = 200;

/// How a model answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelAnswer {
    /// The beginning of what it said.
    pub text: String,
    /// How long its first piece took.
    pub first_piece: Duration,
}

/// Why a model did not answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelFault {
    /// What can be done about it, in one sentence.
    pub sentence: &'static str,
    /// The details, for operators alone. Holds no secret.
    pub detail: String,
}

impl Agent {
    /// Asks the project's model, as its next run would.
    ///
    /// # Errors
    /// What keeps it from answering.
    pub async fn check_model(&self, project: &ProjectRecord) -> Result<ModelAnswer, ModelFault> {
        let provider = self.models().find_provider(project).map_err(fault)?;
        let request = ModelRequest {
            model: project.model.clone(),
            system: String::new(),
            messages: vec![ModelMessage::User(QUESTION.to_owned())],
            tools: Vec::new(),
        };
        let asked = Instant::now();
        let answer = async {
            let mut stream = provider.ask(request).await?;
            let (mut text, mut first_piece) = (String::new(), None);
            while let Some(event) = stream.next().await {
                match event? {
                    ModelEvent::Finished(_) => break,
                    event => {
                        first_piece.get_or_insert_with(|| asked.elapsed());
                        if let ModelEvent::Text(piece) = event {
                            text.push_str(&piece);
                        }
                    }
                }
                if text.chars().count() >= MOST_CHARS {
                    break;
                }
            }
            let first_piece = first_piece.unwrap_or_else(|| asked.elapsed());
            Ok(ModelAnswer { text: text.trim().chars().take(MOST_CHARS).collect(), first_piece })
        };
        match timeout(PATIENCE, answer).await {
            Ok(answer) => answer.map_err(fault),
            Err(_) => Err(ModelFault {
                sentence: "The model did not answer within a minute.",
                detail: "the connection is open, but nothing more came".to_owned(),
            }),
        }
    }
}

fn fault(error: ModelError) -> ModelFault {
    let sentence = match error.kind {
        ModelErrorKind::Unavailable => {
            "The model's server cannot be reached, or fails: check the base URL, and whether it runs."
        }
        ModelErrorKind::RateLimited => "The model's provider takes no more requests for now: try again later.",
        ModelErrorKind::QuotaExhausted => "The account behind the API key has used up its quota or its credit.",
        ModelErrorKind::AuthFailed => "The API key is missing or refused.",
        ModelErrorKind::ContextTooLong => "The model's context is too small for a single sentence.",
        ModelErrorKind::Refused => "The model's server refuses the request: check the model's name.",
        ModelErrorKind::Garbled => {
            "What answers there does not speak this provider's protocol: check the provider and the base URL."
        }
    };
    ModelFault { sentence, detail: error.detail }
}
