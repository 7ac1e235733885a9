//! Numbers over days: what was asked, how it ended, what it cost.

use super::{Store, StoreError, db::read};
use sqlx::FromRow;

/// One day of one app.
#[derive(Clone, Debug, Default, PartialEq, Eq, FromRow)]
pub struct UsageRecord {
    /// Days since 1970, UTC.
    pub day: i64,
    /// The app; none: API keys.
    pub app_id: Option<String>,
    /// Messages whose answer has ended, in whatever way.
    pub messages: i64,
    /// Of those, the ones that failed.
    pub failed: i64,
    /// Of those, the ones that were cancelled.
    pub cancelled: i64,
    /// End users who wrote.
    pub end_users: i64,
    /// Tokens that models read.
    pub input_tokens: i64,
    /// Tokens that models wrote.
    pub output_tokens: i64,
    /// Calls of tools.
    pub tool_calls: i64,
    /// Of those, the ones that failed.
    pub tool_failures: i64,
}

/// How many answers of one day began about equally soon.
#[derive(Clone, Copy, Debug, PartialEq, Eq, FromRow)]
pub struct WaitRecord {
    /// Days since 1970, UTC.
    pub day: i64,
    /// They began within this many milliseconds: exact to 10 ms below a second, to 100 ms below ten, else to a second.
    pub within_ms: i64,
    /// How many.
    pub answers: i64,
}

/// How often runs failed for one reason.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct FailureRecord {
    /// The error's code.
    pub code: String,
    /// How many runs.
    pub runs: i64,
    /// When the last of them ended, in milliseconds since 1970.
    pub last_at: i64,
}

/// Which runs are counted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UsageFilter {
    /// Those that started at this moment or later, in milliseconds since 1970.
    pub since_ms: i64,
    /// Those of this app only.
    pub app_id: Option<String>,
}

const BY_DAY: &str = "SELECT started_at / 86400000 AS day, app_id, COUNT(*) AS messages, \
     CAST(SUM(CASE WHEN status = 'failed' THEN 1 ELSE 0 END) AS BIGINT) AS failed, \
     CAST(SUM(CASE WHEN status = 'cancelled' THEN 1 ELSE 0 END) AS BIGINT) AS cancelled, \
     COUNT(DISTINCT end_user_id) AS end_users, \
     CAST(SUM(input_tokens) AS BIGINT) AS input_tokens, CAST(SUM(output_tokens) AS BIGINT) AS output_tokens, \
     CAST(SUM(tool_calls) AS BIGINT) AS tool_calls, CAST(SUM(tool_failures) AS BIGINT) AS tool_failures \
     FROM runs WHERE started_at >= $1 AND (app_id = $2 OR $2 IS NULL) \
     GROUP BY started_at / 86400000, app_id ORDER BY day, app_id";

/// Counted in steps: a million runs take a second to count, and five to sort.
const WAITS: &str = "SELECT day, within_ms, COUNT(*) AS answers FROM (SELECT started_at / 86400000 AS day, CASE \
     WHEN first_sign_ms < 1000 THEN (first_sign_ms / 10 + 1) * 10 \
     WHEN first_sign_ms < 10000 THEN (first_sign_ms / 100 + 1) * 100 \
     ELSE (first_sign_ms / 1000 + 1) * 1000 END AS within_ms \
     FROM runs WHERE started_at >= $1 AND (app_id = $2 OR $2 IS NULL) AND first_sign_ms IS NOT NULL) AS waits \
     GROUP BY day, within_ms ORDER BY day, within_ms";

impl Store {
    /// What each app's days were like, oldest first. A day on which an app was not used is left out.
    pub async fn usage_by_day(&self, filter: &UsageFilter) -> Result<Vec<UsageRecord>, StoreError> {
        read!(self, |conn| Ok(sqlx::query_as(BY_DAY)
            .bind(filter.since_ms)
            .bind(filter.app_id.as_deref())
            .fetch_all(conn)
            .await?))
    }

    /// How long people waited for the first sign of an answer: by day, the shortest waits first.
    pub async fn waits_by_day(&self, filter: &UsageFilter) -> Result<Vec<WaitRecord>, StoreError> {
        read!(self, |conn| Ok(sqlx::query_as(WAITS)
            .bind(filter.since_ms)
            .bind(filter.app_id.as_deref())
            .fetch_all(conn)
            .await?))
    }

    /// Whether anybody has ever got an answer, or a failure instead.
    pub async fn has_runs(&self) -> Result<bool, StoreError> {
        let any: Option<i64> =
            read!(self, |conn| sqlx::query_scalar("SELECT run_no FROM runs LIMIT 1").fetch_optional(conn).await?);
        Ok(any.is_some())
    }

    /// Why runs failed, the most frequent reason first.
    pub async fn failures_by_code(&self, filter: &UsageFilter) -> Result<Vec<FailureRecord>, StoreError> {
        read!(self, |conn| Ok(sqlx::query_as(
            "SELECT error_code AS code, COUNT(*) AS runs, MAX(ended_at) AS last_at FROM runs \
             WHERE started_at >= $1 AND (app_id = $2 OR $2 IS NULL) AND error_code IS NOT NULL \
             GROUP BY error_code ORDER BY runs DESC, code",
        )
        .bind(filter.since_ms)
        .bind(filter.app_id.as_deref())
        .fetch_all(conn)
        .await?))
    }

    /// How many end users wrote. Somebody who uses two apps is two of them.
    pub async fn count_end_users(&self, filter: &UsageFilter) -> Result<i64, StoreError> {
        read!(self, |conn| Ok(sqlx::query_scalar(
            "SELECT COUNT(*) FROM (SELECT DISTINCT app_id, end_user_id FROM runs \
             WHERE started_at >= $1 AND (app_id = $2 OR $2 IS NULL) AND end_user_id IS NOT NULL) AS people",
        )
        .bind(filter.since_ms)
        .bind(filter.app_id.as_deref())
        .fetch_one(conn)
        .await?))
    }
}
