//! AG-UI events, which a runner sends during a run.

use serde::{Deserialize, Deserializer, Serialize, de::Error as _};
use serde_json::Value;

/// An AG-UI event by its `type`. Fields that the runner omits or sends as null are empty or `None`.
///
/// Events that this version of the crate does not know, and known ones in a different form, are
/// [`Other`](Self::Other) and contain their JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(tag = "type", rename_all = "SCREAMING_SNAKE_CASE", rename_all_fields = "camelCase")]
#[non_exhaustive]
pub enum AgentEvent {
    /// A run started.
    #[non_exhaustive]
    RunStarted {
        /// The id of the conversation, which is the session.
        #[serde(default, deserialize_with = "or_empty", alias = "thread_id")]
        thread_id: String,
        /// The id of the run.
        #[serde(default, deserialize_with = "or_empty", alias = "run_id")]
        run_id: String,
    },
    /// A run finished without an error.
    #[non_exhaustive]
    RunFinished {
        /// The id of the conversation, which is the session.
        #[serde(default, deserialize_with = "or_empty", alias = "thread_id")]
        thread_id: String,
        /// The id of the run.
        #[serde(default, deserialize_with = "or_empty", alias = "run_id")]
        run_id: String,
        /// The result of the run.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        result: Option<Value>,
    },
    /// A run failed.
    #[non_exhaustive]
    RunError {
        /// The error message.
        #[serde(default, deserialize_with = "or_empty")]
        message: String,
        /// The runner's error code; a number is converted to text.
        #[serde(default, deserialize_with = "code", skip_serializing_if = "Option::is_none")]
        code: Option<String>,
    },
    /// A step of a run started.
    #[non_exhaustive]
    StepStarted {
        /// The name of the step.
        #[serde(default, deserialize_with = "or_empty", alias = "step_name")]
        step_name: String,
    },
    /// A step of a run ended.
    #[non_exhaustive]
    StepFinished {
        /// The name of the step.
        #[serde(default, deserialize_with = "or_empty", alias = "step_name")]
        step_name: String,
    },
    /// A text message starts.
    #[non_exhaustive]
    TextMessageStart {
        /// The id of the text message, the same in all of its parts.
        #[serde(default, deserialize_with = "or_empty", alias = "message_id")]
        message_id: String,
        /// The role of the author, usually `assistant`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        role: Option<String>,
    },
    /// The next piece of a text message.
    #[non_exhaustive]
    TextMessageContent {
        /// The id of the text message.
        #[serde(default, deserialize_with = "or_empty", alias = "message_id")]
        message_id: String,
        /// The text of the piece.
        #[serde(default, deserialize_with = "or_empty")]
        delta: String,
    },
    /// A text message is complete.
    #[non_exhaustive]
    TextMessageEnd {
        /// The id of the text message.
        #[serde(default, deserialize_with = "or_empty", alias = "message_id")]
        message_id: String,
    },
    /// A piece of a text message without separate start and end events.
    #[non_exhaustive]
    TextMessageChunk {
        /// The id of the text message.
        #[serde(default, alias = "message_id", skip_serializing_if = "Option::is_none")]
        message_id: Option<String>,
        /// The role of the author.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        role: Option<String>,
        /// The text of the piece.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        delta: Option<String>,
    },
    /// The agent starts to think.
    #[non_exhaustive]
    ThinkingStart {
        /// The heading that the agent gives to its thoughts; `None` if it gives none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        title: Option<String>,
    },
    /// The agent stops thinking.
    ThinkingEnd {},
    /// A thought starts.
    ThinkingTextMessageStart {},
    /// The next piece of a thought.
    #[non_exhaustive]
    ThinkingTextMessageContent {
        /// The text of the piece.
        #[serde(default, deserialize_with = "or_empty")]
        delta: String,
    },
    /// A thought is complete.
    ThinkingTextMessageEnd {},
    /// The agent calls a tool.
    #[non_exhaustive]
    ToolCallStart {
        /// The id of the call, the same in its parts and its result.
        #[serde(default, deserialize_with = "or_empty", alias = "tool_call_id")]
        tool_call_id: String,
        /// The name of the tool.
        #[serde(default, deserialize_with = "or_empty", alias = "tool_call_name")]
        tool_call_name: String,
        /// The id of the text message that the call belongs to.
        #[serde(default, alias = "parent_message_id", skip_serializing_if = "Option::is_none")]
        parent_message_id: Option<String>,
    },
    /// The next piece of a call's arguments, which are JSON when complete.
    #[non_exhaustive]
    ToolCallArgs {
        /// The id of the call.
        #[serde(default, deserialize_with = "or_empty", alias = "tool_call_id")]
        tool_call_id: String,
        /// The piece of the arguments.
        #[serde(default, deserialize_with = "or_empty")]
        delta: String,
    },
    /// The arguments of a call are complete.
    #[non_exhaustive]
    ToolCallEnd {
        /// The id of the call.
        #[serde(default, deserialize_with = "or_empty", alias = "tool_call_id")]
        tool_call_id: String,
    },
    /// A piece of a call without separate start and end events.
    #[non_exhaustive]
    ToolCallChunk {
        /// The id of the call.
        #[serde(default, alias = "tool_call_id", skip_serializing_if = "Option::is_none")]
        tool_call_id: Option<String>,
        /// The name of the tool.
        #[serde(default, alias = "tool_call_name", skip_serializing_if = "Option::is_none")]
        tool_call_name: Option<String>,
        /// The piece of the arguments.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        delta: Option<String>,
    },
    /// The result of a tool call.
    #[non_exhaustive]
    ToolCallResult {
        /// The id of the result.
        #[serde(default, deserialize_with = "or_empty", alias = "message_id")]
        message_id: String,
        /// The id of the call.
        #[serde(default, deserialize_with = "or_empty", alias = "tool_call_id")]
        tool_call_id: String,
        /// The content of the result, usually text.
        #[serde(default)]
        content: Value,
    },
    /// The complete state of the agent.
    #[non_exhaustive]
    StateSnapshot {
        /// The state.
        #[serde(default)]
        snapshot: Value,
    },
    /// A change of the agent's state.
    #[non_exhaustive]
    StateDelta {
        /// The change, as JSON Patch (RFC 6902).
        #[serde(default, deserialize_with = "or_empty")]
        delta: Vec<Value>,
    },
    /// The complete conversation.
    #[non_exhaustive]
    MessagesSnapshot {
        /// The messages, with `role` and `content`.
        #[serde(default, deserialize_with = "or_empty")]
        messages: Vec<Value>,
    },
    /// A forwarded event of the system behind the runner.
    #[non_exhaustive]
    Raw {
        /// The event.
        #[serde(default)]
        event: Value,
        /// The source of the event.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        source: Option<String>,
    },
    /// An event defined by the runner.
    #[non_exhaustive]
    Custom {
        /// The name of the event.
        #[serde(default, deserialize_with = "or_empty")]
        name: String,
        /// The content of the event.
        #[serde(default)]
        value: Value,
    },
    /// Any other JSON, unchanged.
    #[serde(untagged)]
    Other(Value),
}

impl AgentEvent {
    /// Returns whether the event ends a run, with or without an error; also if it has an unexpected
    /// form.
    #[must_use]
    pub fn ends_run(&self) -> bool {
        match self {
            Self::RunFinished { .. } | Self::RunError { .. } => true,
            Self::Other(json) => json["type"] == "RUN_FINISHED" || json["type"] == "RUN_ERROR",
            _ => false,
        }
    }
}

/// Deserializes null as empty.
fn or_empty<'de, D: Deserializer<'de>, T: Default + Deserialize<'de>>(
    json: D,
) -> Result<T, D::Error> {
    Option::deserialize(json).map(Option::unwrap_or_default)
}

/// Deserializes a code that is text or a number.
fn code<'de, D: Deserializer<'de>>(json: D) -> Result<Option<String>, D::Error> {
    match Value::deserialize(json)? {
        Value::Null => Ok(None),
        Value::String(code) => Ok(Some(code)),
        Value::Number(code) => Ok(Some(code.to_string())),
        _ => Err(D::Error::custom("a code is text or a number")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> AgentEvent {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn reads_events_by_their_type() {
        let json = r#"{"type":"RUN_STARTED","threadId":"t","runId":"r","timestamp":1}"#;
        let started = AgentEvent::RunStarted { thread_id: "t".into(), run_id: "r".into() };
        assert_eq!(read(json), started);
        let AgentEvent::ToolCallStart { tool_call_name, parent_message_id, .. } =
            read(r#"{"type":"TOOL_CALL_START","tool_call_id":"c","tool_call_name":"Bash"}"#)
        else {
            panic!();
        };
        assert_eq!((tool_call_name.as_str(), parent_message_id), ("Bash", None));
        assert!(read(r#"{"type":"RUN_ERROR"}"#).ends_run());
    }

    #[test]
    fn null_fields_are_omitted_and_a_code_may_be_a_number() {
        let error = read(r#"{"type":"RUN_ERROR","message":null,"code":429}"#);
        let expected = AgentEvent::RunError { message: String::new(), code: Some("429".into()) };
        assert_eq!(error, expected);
        let finished = read(r#"{"type":"RUN_FINISHED","threadId":null,"runId":"r","result":null}"#);
        assert!(matches!(finished, AgentEvent::RunFinished { run_id, .. } if run_id == "r"));
        let delta = read(r#"{"type":"STATE_DELTA","delta":null}"#);
        assert_eq!(delta, AgentEvent::StateDelta { delta: Vec::new() });
    }

    #[test]
    fn an_end_in_an_unexpected_form_ends_the_run() {
        for json in [
            r#"{"type":"RUN_ERROR","message":{"text":"no"}}"#,
            r#"{"type":"RUN_ERROR","code":[]}"#,
            r#"{"type":"RUN_FINISHED","runId":"r","run_id":"r"}"#,
        ] {
            let event = read(json);
            assert!(matches!(event, AgentEvent::Other(_)) && event.ends_run(), "{json}");
        }
        assert!(!read(r#"{"type":"RUN_STARTED","runId":7}"#).ends_run());
        assert!(!read("7").ends_run());
    }

    #[test]
    fn unknown_and_malformed_events_keep_their_json() {
        for json in [
            r#"{"type":"REASONING_START","messageId":"m"}"#,
            r#"{"type":"TEXT_MESSAGE_CONTENT","delta":7}"#,
            r#"{"kind":"none"}"#,
            "7",
        ] {
            let AgentEvent::Other(value) = read(json) else { panic!("{json}") };
            assert_eq!(value, serde_json::from_str::<Value>(json).unwrap());
        }
    }

    #[test]
    fn every_event_survives_a_round_trip() {
        for json in [
            r#"{"type":"RUN_FINISHED","threadId":"t","runId":"r","result":{"a":1}}"#,
            r#"{"type":"RUN_ERROR","message":"no","code":"E1"}"#,
            r#"{"type":"STEP_STARTED","stepName":"s"}"#,
            r#"{"type":"STEP_FINISHED","stepName":"s"}"#,
            r#"{"type":"TEXT_MESSAGE_START","messageId":"m","role":"assistant"}"#,
            r#"{"type":"TEXT_MESSAGE_CONTENT","messageId":"m","delta":"d"}"#,
            r#"{"type":"TEXT_MESSAGE_END","messageId":"m"}"#,
            r#"{"type":"TEXT_MESSAGE_CHUNK","messageId":"m","delta":"d"}"#,
            r#"{"type":"THINKING_START","title":"t"}"#,
            r#"{"type":"THINKING_END"}"#,
            r#"{"type":"THINKING_TEXT_MESSAGE_START"}"#,
            r#"{"type":"THINKING_TEXT_MESSAGE_CONTENT","delta":"d"}"#,
            r#"{"type":"THINKING_TEXT_MESSAGE_END"}"#,
            r#"{"type":"TOOL_CALL_START","toolCallId":"c","toolCallName":"n"}"#,
            r#"{"type":"TOOL_CALL_ARGS","toolCallId":"c","delta":"{"}"#,
            r#"{"type":"TOOL_CALL_END","toolCallId":"c"}"#,
            r#"{"type":"TOOL_CALL_CHUNK","toolCallId":"c","delta":"{"}"#,
            r#"{"type":"TOOL_CALL_RESULT","messageId":"m","toolCallId":"c","content":"x"}"#,
            r#"{"type":"STATE_SNAPSHOT","snapshot":{"a":1}}"#,
            r#"{"type":"STATE_DELTA","delta":[{"op":"remove","path":"/a"}]}"#,
            r#"{"type":"MESSAGES_SNAPSHOT","messages":[{"role":"user"}]}"#,
            r#"{"type":"RAW","event":{"a":1},"source":"s"}"#,
            r#"{"type":"CUSTOM","name":"n","value":1}"#,
        ] {
            let event = read(json);
            assert!(!matches!(event, AgentEvent::Other(_)), "{json}");
            assert_eq!(serde_json::to_string(&event).unwrap(), json);
        }
    }
}
