//! Erasing conversations for good. What still runs is cancelled first, so that nothing writes to it afterwards.

use super::Agent;
use crate::store::{Store, StoreError, TaskScope};
use sigmic_shared::{EndUserId, TaskId};

impl Agent {
    /// Erases a conversation. Whether the scope held it. `store` may note it.
    pub async fn erase(&self, store: &Store, scope: &TaskScope, task_id: &TaskId) -> Result<bool, StoreError> {
        self.cancel(task_id).await;
        store.erase_task(scope, task_id).await
    }

    /// Erases everything of an end user in a project. `store` may note it, once for all.
    pub async fn erase_end_user(
        &self,
        store: &Store,
        project_id: &str,
        end_user_id: &EndUserId,
    ) -> Result<(), StoreError> {
        let scope = TaskScope::Project { project_id: project_id.to_owned() };
        for task_id in self.store().list_end_user_tasks(project_id, end_user_id).await? {
            self.erase(self.store(), &scope, &task_id).await?;
        }
        store.erase_end_user_contexts(project_id.to_owned(), end_user_id.clone()).await
    }
}
