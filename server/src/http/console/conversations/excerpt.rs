//! Texts of strangers, cut so that a page stays small whatever they hold.

/// As much of a text as a page shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Excerpt {
    /// Its beginning.
    pub text: String,
    /// How many letters follow.
    pub hidden: usize,
}

/// What a page may still hold of texts, in bytes of HTML.
#[derive(Clone, Copy, Debug)]
pub struct Budget(usize);

impl Budget {
    /// So many bytes.
    pub const fn new(bytes: usize) -> Self {
        Self(bytes)
    }

    /// Takes what something costs besides its texts. Whether there was enough left.
    pub fn spend(&mut self, bytes: usize) -> bool {
        let is_enough = self.0 >= bytes;
        self.0 = self.0.saturating_sub(bytes);
        is_enough
    }

    /// The beginning of a text, which costs at most `most` bytes.
    pub fn cut(&mut self, text: &str, most: usize) -> Excerpt {
        let limit = self.0.min(most);
        let (mut cost, mut end) = (0, text.len());
        for (at, letter) in text.char_indices() {
            let next = cost + in_html(letter);
            if next > limit {
                end = at;
                break;
            }
            cost = next;
        }
        self.0 -= cost;
        Excerpt { text: text[..end].to_owned(), hidden: text[end..].chars().count() }
    }
}

/// The bytes that a letter takes in a page.
const fn in_html(letter: char) -> usize {
    match letter {
        '<' | '>' | '&' | '"' | '\'' => 5,
        letter => letter.len_utf8(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_stays_small_whatever_it_holds() {
        for (text, budget, most, shown, hidden, left) in [
            ("", 10, 10, "", 0, 10),
            ("hello", 10, 10, "hello", 0, 5),
            ("hello", 10, 3, "hel", 2, 7),
            ("hello", 2, 10, "he", 3, 0),
            ("<<<", 10, 10, "<<", 1, 0),
            ("üü", 3, 10, "ü", 1, 1),
            ("😀😀", 7, 10, "😀", 1, 3),
            ("a", 0, 10, "", 1, 0),
        ] {
            let mut rest = Budget::new(budget);
            let excerpt = Excerpt { text: shown.to_owned(), hidden };
            assert_eq!((rest.cut(text, most), rest.0), (excerpt, left), "{text}");
        }
    }

    #[test]
    fn what_is_spent_is_gone() {
        let mut budget = Budget::new(5);
        assert!(budget.spend(5) && !budget.spend(1));
    }
}
