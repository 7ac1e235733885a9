//! What visitors decide about tools that ask before they run.

use super::Control;
use crate::transport::TabMessage;
use leptos::task::spawn_local;
use sigmic_shared::{CallId, tool_call::ApprovalOutcome};

impl Control {
    /// Tells the server what the visitor decided. The answer goes on in the stream.
    pub(super) fn decide(&self, call_id: CallId, outcome: ApprovalOutcome) {
        let Some(task_id) = self.task_id() else { return };
        if self.ui.chat.update(|model| model.decide(&call_id)).is_empty() {
            return;
        }
        let (api, me) = (self.api.clone(), self.me.clone());
        spawn_local(async move {
            let result = api.approve(&task_id, &call_id, outcome).await;
            // Another conversation may be shown by now.
            let Some(control) = me.upgrade().filter(|control| control.task_id().as_ref() == Some(&task_id)) else {
                return;
            };
            if let Err(failure) = result {
                control.ui.chat.update(|model| model.decision_failed(&call_id));
                control.report_failure(&failure);
            }
            // A server that was restarted while it waited has no stream open. And if the decision came too late, because
            // another browser was quicker, what it decided is there to be seen.
            control.look_for_news();
            control.tabs.send(&TabMessage::Run { task_id });
        });
    }
}
