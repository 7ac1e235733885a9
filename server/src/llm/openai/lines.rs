//! Lines of a text that arrives in pieces.

use crate::llm::upstream::LONGEST_LINE;

/// Puts lines together from bytes cut anywhere.
///
/// A line ends at `\n` or `\r`, so `\r\n` leaves an empty line behind, which is passed over like
/// every empty line. That is enough for chat completions, where each `data:` line is a whole
/// piece of JSON and JSON never holds a bare line break; and it survives servers that forget the
/// blank line between two events.
#[derive(Debug, Default)]
pub struct Lines {
    /// The start of a line whose end has not arrived.
    partial: Vec<u8>,
}

/// A line longer than [`LONGEST_LINE`].
#[derive(Debug, PartialEq, Eq)]
pub struct LineTooLong;

impl Lines {
    /// Feeds bytes and hands each line they complete to `sink`, until it fails.
    ///
    /// # Errors
    ///
    /// What `sink` returns, or a [`LineTooLong`].
    pub fn feed<E: From<LineTooLong>>(
        &mut self,
        bytes: &[u8],
        mut sink: impl FnMut(&[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut rest = bytes;
        while let Some(end) = memchr::memchr2(b'\n', b'\r', rest) {
            let line = &rest[..end];
            rest = &rest[end + 1..];
            self.check_length(line)?;
            if !self.partial.is_empty() {
                self.partial.extend_from_slice(line);
                let whole = std::mem::take(&mut self.partial);
                sink(&whole)?;
            } else if !line.is_empty() {
                sink(line)?;
            }
        }
        self.check_length(rest)?;
        self.partial.extend_from_slice(rest);
        Ok(())
    }

    /// The last line, if the text did not end with a line break.
    pub fn take_last(&mut self) -> Option<Vec<u8>> {
        (!self.partial.is_empty()).then(|| std::mem::take(&mut self.partial))
    }

    fn check_length(&self, more: &[u8]) -> Result<(), LineTooLong> {
        if self.partial.len() + more.len() > LONGEST_LINE { Err(LineTooLong) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(pieces: &[&[u8]]) -> Result<Vec<String>, LineTooLong> {
        let mut lines = Lines::default();
        let mut found = Vec::new();
        for piece in pieces {
            lines.feed(piece, |line| {
                found.push(String::from_utf8(line.to_vec()).unwrap());
                Ok::<_, LineTooLong>(())
            })?;
        }
        found.extend(lines.take_last().map(|line| String::from_utf8(line).unwrap()));
        Ok(found)
    }

    #[test]
    fn lines_are_found_wherever_they_are_cut() {
        let text = "eins\r\n\r\nzwei\n\ndré\rvier".as_bytes();
        let expected = Ok(vec!["eins".into(), "zwei".into(), "dré".into(), "vier".into()]);
        assert_eq!(lines(&[text]), expected);
        for cut in 0..=text.len() {
            assert_eq!(lines(&[&text[..cut], &text[cut..]]), expected, "cut at {cut}");
        }
    }

    #[test]
    fn a_line_without_end_is_refused() {
        let half = vec![b'x'; LONGEST_LINE / 2];
        assert!(lines(&[&half, &half]).is_ok());
        assert_eq!(lines(&[&half, &half, b"x"]), Err(LineTooLong));
        assert_eq!(lines(&[&half, &half, b"x\n"]), Err(LineTooLong));
        assert_eq!(lines(&[&[half.clone(), half].concat(), b"x"]), Err(LineTooLong));
    }
}
