//! Conversations as those see them who look after all of them: lists and search over every project.

use super::{Store, StoreError, db::read};
use sigmic_shared::{TaskId, TaskStatus};
use sqlx::FromRow;

/// A search reads the texts of this many conversations at once, so that it costs the same in a large installation.
const SEARCHED: i64 = 1000;

/// Which conversations, and from where on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConversationFilter {
    /// Those of this app.
    pub app_id: Option<String>,
    /// Those of the end user with this id, of whatever app.
    pub end_user_id: Option<String>,
    /// Those with this in their title or in a message. Letters from A to Z count the same in either case.
    pub text: Option<String>,
    /// Those that come after this one.
    pub after: Option<Place>,
}

/// A place in the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Milliseconds since 1970.
    pub last_activity_at: i64,
    /// The conversation that is there.
    pub id: TaskId,
}

/// A conversation in the list.
#[derive(Clone, Debug, PartialEq, FromRow)]
pub struct ConversationRecord {
    /// Its task.
    #[sqlx(try_from = "String")]
    pub id: TaskId,
    /// The app; none: an API key.
    pub app_id: Option<String>,
    /// The API key's name, or the end user's id.
    pub username: String,
    /// What lists show.
    pub title: String,
    /// How far it is.
    #[sqlx(try_from = "String")]
    pub status: TaskStatus,
    /// Why the last run failed: a code, then a sentence.
    pub error: Option<String>,
    /// Messages so far.
    pub message_count: i64,
    /// Milliseconds since 1970.
    pub last_activity_at: i64,
}

/// A page of the list.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ConversationPage {
    /// Newest activity first.
    pub conversations: Vec<ConversationRecord>,
    /// From where on there may be more.
    pub next: Option<Place>,
    /// Whether the page ends there only because a search has read enough.
    pub is_cut_short: bool,
}

/// Each choice of a filter has a query of its own, made for its index. All take the same parameters: `$1` app, `$2` end
/// user, `$3` and `$4` the place before.
macro_rules! each_filter {
    ($filter:expr, $before:literal, $after:literal) => {
        match ($filter.app_id.is_some(), $filter.end_user_id.is_some()) {
            (_, true) => concat!($before, "end_user_id = $2 AND (app_id = $1 OR $1 IS NULL)", $after),
            (true, false) => concat!($before, "app_id = $1 AND CAST($2 AS TEXT) IS NULL", $after),
            (false, false) => concat!($before, "CAST($1 AS TEXT) IS NULL AND CAST($2 AS TEXT) IS NULL", $after),
        }
    };
}

impl Store {
    /// A page of at most `limit` conversations.
    pub async fn list_conversations(
        &self,
        filter: &ConversationFilter,
        limit: usize,
    ) -> Result<ConversationPage, StoreError> {
        let floor = if filter.text.is_some() { self.find_floor(filter).await? } else { None };
        let sql = each_filter!(
            filter,
            "SELECT id, app_id, username, title, status, error, message_count, last_activity_at FROM tasks WHERE ",
            " AND (last_activity_at, id) < ($3, $4) AND (last_activity_at, id) >= ($5, $6) \
             AND (CAST($7 AS TEXT) IS NULL OR LOWER(title) LIKE LOWER($7) ESCAPE '!' OR EXISTS (SELECT 1 FROM messages \
             WHERE task_id = tasks.id AND LOWER(content) LIKE LOWER($7) ESCAPE '!')) \
             ORDER BY last_activity_at DESC, id DESC LIMIT $8"
        );
        let (after_at, after_id) = bounds(filter.after.as_ref(), i64::MAX);
        let (floor_at, floor_id) = bounds(floor.as_ref(), i64::MIN);
        let mut conversations: Vec<ConversationRecord> = read!(self, |conn| sqlx::query_as(sql)
            .bind(filter.app_id.as_deref())
            .bind(filter.end_user_id.as_deref())
            .bind(after_at)
            .bind(after_id)
            .bind(floor_at)
            .bind(floor_id)
            .bind(filter.text.as_deref().map(pattern))
            .bind(limit as i64 + 1)
            .fetch_all(conn)
            .await?);
        let has_more = conversations.len() > limit;
        conversations.truncate(limit);
        let last = conversations.last().filter(|_| has_more);
        let last = last.map(|last| Place { last_activity_at: last.last_activity_at, id: last.id.clone() });
        Ok(ConversationPage { is_cut_short: last.is_none() && floor.is_some(), next: last.or(floor), conversations })
    }

    /// The project of a conversation, if there is such a conversation. Whatever is done to it takes a
    /// [`super::TaskScope`].
    pub async fn find_project_of(&self, task_id: &TaskId) -> Result<Option<String>, StoreError> {
        read!(self, |conn| Ok(sqlx::query_scalar("SELECT project_id FROM tasks WHERE id = $1")
            .bind(task_id.as_str())
            .fetch_optional(conn)
            .await?))
    }

    /// How many conversations an end user has in a project.
    pub async fn count_conversations_of(&self, project_id: &str, end_user_id: &str) -> Result<i64, StoreError> {
        read!(self, |conn| Ok(sqlx::query_scalar(
            "SELECT COUNT(*) FROM tasks WHERE end_user_id = $2 AND project_id = $1"
        )
        .bind(project_id)
        .bind(end_user_id)
        .fetch_one(conn)
        .await?))
    }

    /// The last conversation that a search reads, if there are any beyond it.
    async fn find_floor(&self, filter: &ConversationFilter) -> Result<Option<Place>, StoreError> {
        let sql = each_filter!(
            filter,
            "SELECT last_activity_at, id FROM tasks WHERE ",
            " AND (last_activity_at, id) < ($3, $4) ORDER BY last_activity_at DESC, id DESC LIMIT 2 OFFSET $5"
        );
        let (after_at, after_id) = bounds(filter.after.as_ref(), i64::MAX);
        let found: Vec<(i64, String)> = read!(self, |conn| sqlx::query_as(sql)
            .bind(filter.app_id.as_deref())
            .bind(filter.end_user_id.as_deref())
            .bind(after_at)
            .bind(after_id)
            .bind(SEARCHED - 1)
            .fetch_all(conn)
            .await?);
        let is_beyond = found.len() > 1;
        let floor = found.into_iter().next().filter(|_| is_beyond);
        Ok(floor.map(|(last_activity_at, id)| Place { last_activity_at, id: TaskId(id) }))
    }
}

fn bounds(place: Option<&Place>, otherwise: i64) -> (i64, &str) {
    place.map_or((otherwise, ""), |place| (place.last_activity_at, place.id.as_str()))
}

/// A text as `LIKE` finds it anywhere.
fn pattern(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len() + 2);
    pattern.push('%');
    for letter in text.chars() {
        if matches!(letter, '%' | '_' | '!') {
            pattern.push('!');
        }
        pattern.push(letter);
    }
    pattern.push('%');
    pattern
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_text_is_a_wildcard() {
        for (text, expected) in [("a", "%a%"), ("", "%%"), ("100%", "%100!%%"), ("a_b!", "%a!_b!!%")] {
            assert_eq!(pattern(text), expected);
        }
    }
}
