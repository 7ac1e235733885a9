//! Moments in time as the wire writes them.

use serde::{Deserialize, Serialize};

/// ISO-8601 in UTC with milliseconds: `2026-01-31T12:00:00.000Z`.
///
/// Kept as text: clients only show it, and the server formats it in one place.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(transparent)]
pub struct Timestamp(pub String);
