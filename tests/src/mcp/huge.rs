//! An answer that nobody should keep.

use bytes::Bytes;
use serde_json::Value;

/// How much text a huge answer holds, in bytes.
pub const HUGE_BYTES: usize = 100 << 20;

const PIECE_BYTES: usize = 1 << 20;

/// A valid answer to the request `id` whose one text has [`HUGE_BYTES`], piece by piece.
pub(super) fn answer(id: &Value) -> impl Iterator<Item = Bytes> + Send + use<> {
    let head = format!(r#"{{"jsonrpc":"2.0","id":{id},"result":{{"content":[{{"type":"text","text":""#);
    let piece = Bytes::from(vec![b'x'; PIECE_BYTES]);
    std::iter::once(Bytes::from(head))
        .chain(std::iter::repeat_n(piece, HUGE_BYTES / PIECE_BYTES))
        .chain(std::iter::once(Bytes::from_static(br#""}]}}"#)))
}
