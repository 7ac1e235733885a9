use crate::stamp::TOKEN_BYTES;

/// Finds tokens in an event stream, wherever its bytes are cut and however tokens are joined.
#[derive(Debug)]
pub struct AnswerReader {
    /// What stands before a piece of text in a line.
    marker: memchr::memmem::Finder<'static>,
    line: Vec<u8>,
    /// The beginning of a token whose rest is still to come.
    cut: Vec<u8>,
}

impl AnswerReader {
    /// A reader of lines whose text stands in this field.
    pub fn new(field: Field) -> Self {
        let marker: &[u8] = match field {
            Field::Model => br#""delta":{"content":""#,
            Field::Sigmic => br#"data: {"text":""#,
        };
        Self { marker: memchr::memmem::Finder::new(marker), line: Vec::new(), cut: Vec::new() }
    }

    /// Reads bytes and calls `sink` with each token they complete.
    pub fn feed(&mut self, bytes: &[u8], mut sink: impl FnMut(&[u8])) {
        let mut rest = bytes;
        while let Some(end) = memchr::memchr(b'\n', rest) {
            let (line, after) = (&rest[..end], &rest[end + 1..]);
            rest = after;
            if self.line.is_empty() {
                read_line(&self.marker, line, &mut self.cut, &mut sink);
            } else {
                self.line.extend_from_slice(line);
                read_line(&self.marker, &self.line, &mut self.cut, &mut sink);
                self.line.clear();
            }
        }
        self.line.extend_from_slice(rest);
    }
}

/// Who writes the stream.
#[derive(Clone, Copy, Debug)]
pub enum Field {
    /// A model that speaks OpenAI's format.
    Model,
    /// Sigmic.
    Sigmic,
}

fn read_line(marker: &memchr::memmem::Finder<'_>, line: &[u8], cut: &mut Vec<u8>, sink: &mut impl FnMut(&[u8])) {
    let Some(at) = marker.find(line) else { return };
    let text = &line[at + marker.needle().len()..];
    // A token holds nothing that JSON would escape.
    let mut text = &text[..memchr::memchr(b'"', text).unwrap_or(text.len())];
    if !cut.is_empty() {
        let (missing, rest) = text.split_at((TOKEN_BYTES - cut.len()).min(text.len()));
        cut.extend_from_slice(missing);
        text = rest;
        if cut.len() == TOKEN_BYTES {
            sink(cut);
            cut.clear();
        }
    }
    let mut tokens = text.chunks_exact(TOKEN_BYTES);
    tokens.by_ref().for_each(&mut *sink);
    cut.extend_from_slice(tokens.remainder());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_found_wherever_bytes_are_cut() {
        let model: &[u8] = b"data: {\"choices\":[{\"delta\":{\"role\":\"assistant\",\"content\":\"\"}}]}\n\n\
            data: {\"choices\":[{\"delta\":{\"content\":\" 000001\"}}]}\n\ndata: {\"choices\":[{\"delta\":\
            {\"content\":\" 000002 00\"}}]}\n\ndata: {\"choices\":[{\"delta\":{\"content\":\"0003\"}}]}\n\ndata: [DONE]\n\n";
        let sigmic: &[u8] = b"event: status\ndata: {\"status\":\"processing\"}\nid: 1\n\nevent: content\ndata: \
            {\"text\":\" 000001 000002\",\"isPartial\":true}\nid: 2\n\n:heartbeat\n\nevent: content\ndata: {\"text\":\" 000003\"\
            ,\"isPartial\":false}\n\nevent: done\ndata: {\"finalResponse\":\" 000001 000002 000003\"}\n\n";
        for (field, stream) in [(Field::Model, model), (Field::Sigmic, sigmic)] {
            for size in 1..stream.len() {
                let mut reader = AnswerReader::new(field);
                let mut tokens = Vec::new();
                stream.chunks(size).for_each(|bytes| reader.feed(bytes, |token| tokens.push(token.to_vec())));
                assert_eq!(tokens, [b" 000001", b" 000002", b" 000003"], "{field:?} in pieces of {size}");
            }
        }
    }
}
