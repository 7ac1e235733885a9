//! Reads JSON where every kilobyte counts: in the widget.
//!
//! serde_json explains what it refuses, down to the column and the value it met; those words and the printing of floats
//! behind them are a third of a widget that has no use for them. This reader says no more than [`Malformed`]. It reads
//! the types of this crate just as serde_json does, whatever is valid JSON; its tests compare the two.

use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor,
    value::{BorrowedStrDeserializer, StringDeserializer},
};
use std::{borrow::Cow, fmt};

/// Reads a value from its JSON text.
pub fn from_str<T: DeserializeOwned>(text: &str) -> Result<T, Malformed> {
    let mut reader = Reader::new(text);
    let value = T::deserialize(&mut reader)?;
    reader.end()?;
    Ok(value)
}

/// The text is no JSON, or not the JSON of the type asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Malformed;

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("malformed JSON")
    }
}

impl std::error::Error for Malformed {}

impl Error for Malformed {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self
    }
}

/// Deeper nesting than this is refused, as serde_json does, so that the stack suffices.
const MAX_DEPTH: usize = 127;

/// A [`Deserializer`] over a JSON text.
pub struct Reader<'de> {
    text: &'de str,
    at: usize,
    depth: usize,
}

impl<'de> Reader<'de> {
    /// Reads `text` from its start.
    pub fn new(text: &'de str) -> Self {
        Self { text, at: 0, depth: 0 }
    }

    /// Nothing but white space may follow.
    pub fn end(&mut self) -> Result<(), Malformed> {
        self.skip_space();
        if self.at == self.text.len() { Ok(()) } else { Err(Malformed) }
    }

    fn byte(&self) -> u8 {
        // A zero byte stands nowhere in JSON, so it can mean the end.
        self.text.as_bytes().get(self.at).copied().unwrap_or(0)
    }

    fn skip_space(&mut self) {
        while matches!(self.byte(), b' ' | b'\t' | b'\n' | b'\r') {
            self.at += 1;
        }
    }

    fn peek(&mut self) -> u8 {
        self.skip_space();
        self.byte()
    }

    fn take(&mut self, expected: u8) -> Result<(), Malformed> {
        if self.peek() != expected {
            return Err(Malformed);
        }
        self.at += 1;
        Ok(())
    }

    fn word(&mut self, word: &str) -> Result<(), Malformed> {
        self.skip_space();
        if !self.text[self.at..].starts_with(word) {
            return Err(Malformed);
        }
        self.at += word.len();
        Ok(())
    }

    fn flag(&mut self) -> Result<bool, Malformed> {
        let value = self.peek() == b't';
        self.word(if value { "true" } else { "false" })?;
        Ok(value)
    }

    fn enter(&mut self, open: u8) -> Result<(), Malformed> {
        self.take(open)?;
        self.depth += 1;
        if self.depth > MAX_DEPTH { Err(Malformed) } else { Ok(()) }
    }

    fn leave(&mut self, close: u8) -> Result<(), Malformed> {
        self.depth -= 1;
        self.take(close)
    }

    /// Whether another item follows in a list or an object; goes to it.
    fn next_item(&mut self, is_first: &mut bool, close: u8) -> Result<bool, Malformed> {
        if self.peek() == close {
            return Ok(false);
        }
        if !std::mem::take(is_first) {
            self.take(b',')?;
            if self.peek() == close {
                return Err(Malformed);
            }
        }
        Ok(true)
    }

    fn string(&mut self) -> Result<Cow<'de, str>, Malformed> {
        self.take(b'"')?;
        let mut whole = String::new();
        loop {
            let start = self.at;
            while !matches!(self.byte(), b'"' | b'\\' | 0..0x20) {
                self.at += 1;
            }
            let piece = &self.text[start..self.at];
            self.at += 1;
            match self.text.as_bytes().get(self.at - 1) {
                Some(b'"') if whole.is_empty() => return Ok(Cow::Borrowed(piece)),
                Some(b'"') => {
                    whole.push_str(piece);
                    return Ok(Cow::Owned(whole));
                }
                Some(b'\\') => {
                    whole.push_str(piece);
                    whole.push(self.escape()?);
                }
                _ => return Err(Malformed),
            }
        }
    }

    fn escape(&mut self) -> Result<char, Malformed> {
        let letter = self.byte();
        self.at += 1;
        Ok(match letter {
            b'"' | b'\\' | b'/' => char::from(letter),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                let first = self.code_unit()?;
                let code = if (0xd800..0xdc00).contains(&first) {
                    self.no_space(b'\\')?;
                    self.no_space(b'u')?;
                    let second = self.code_unit()?;
                    if !(0xdc00..0xe000).contains(&second) {
                        return Err(Malformed);
                    }
                    0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00)
                } else {
                    first
                };
                char::from_u32(code).ok_or(Malformed)?
            }
            _ => return Err(Malformed),
        })
    }

    fn no_space(&mut self, expected: u8) -> Result<(), Malformed> {
        if self.byte() != expected {
            return Err(Malformed);
        }
        self.at += 1;
        Ok(())
    }

    fn code_unit(&mut self) -> Result<u32, Malformed> {
        let mut unit = 0;
        for _ in 0..4 {
            unit = unit * 16 + char::from(self.byte()).to_digit(16).ok_or(Malformed)?;
            self.at += 1;
        }
        Ok(unit)
    }

    fn number(&mut self) -> Result<Number, Malformed> {
        let is_negative = self.peek() == b'-';
        self.at += usize::from(is_negative);
        let mut digits = Digits::default();
        let is_zero = self.byte() == b'0';
        let whole = self.digits(&mut digits, 0)?;
        if is_zero && whole > 1 {
            return Err(Malformed);
        }
        let mut is_whole = true;
        if self.byte() == b'.' {
            is_whole = false;
            self.at += 1;
            self.digits(&mut digits, -1)?;
        }
        if matches!(self.byte(), b'e' | b'E') {
            is_whole = false;
            self.at += 1;
            let is_small = self.byte() == b'-';
            self.at += usize::from(matches!(self.byte(), b'+' | b'-'));
            let mut exponent = Digits::default();
            self.digits(&mut exponent, 0)?;
            let exponent = i32::try_from(exponent.mantissa.min(9999)).unwrap_or(9999);
            digits.exponent += if is_small { -exponent } else { exponent };
        }
        if is_whole && digits.exponent == 0 && !(is_negative && digits.mantissa == 0) {
            match (is_negative, i64::try_from(digits.mantissa)) {
                (false, _) => return Ok(Number::Unsigned(digits.mantissa)),
                (true, Ok(magnitude)) => return Ok(Number::Signed(-magnitude)),
                (true, Err(_)) if digits.mantissa == i64::MIN.unsigned_abs() => return Ok(Number::Signed(i64::MIN)),
                (true, Err(_)) => {}
            }
        }
        let float = digits.to_f64();
        if float.is_infinite() {
            return Err(Malformed);
        }
        Ok(Number::Float(if is_negative { -float } else { float }))
    }

    /// Reads at least one digit; each moves the decimal exponent by `step`. Gives their number.
    fn digits(&mut self, digits: &mut Digits, step: i32) -> Result<usize, Malformed> {
        let start = self.at;
        while self.byte().is_ascii_digit() {
            digits.push(self.byte() - b'0', step);
            self.at += 1;
        }
        if self.at == start { Err(Malformed) } else { Ok(self.at - start) }
    }
}

enum Number {
    Unsigned(u64),
    Signed(i64),
    Float(f64),
}

impl Number {
    fn visit<'de, V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Malformed> {
        match self {
            Self::Unsigned(number) => visitor.visit_u64(number),
            Self::Signed(number) => visitor.visit_i64(number),
            Self::Float(number) => visitor.visit_f64(number),
        }
    }
}

/// The digits of a number: `mantissa` × 10 ^ `exponent`.
#[derive(Default)]
struct Digits {
    mantissa: u64,
    exponent: i32,
}

impl Digits {
    fn push(&mut self, digit: u8, step: i32) {
        let longer = self.mantissa.checked_mul(10).and_then(|mantissa| mantissa.checked_add(u64::from(digit)));
        match longer {
            Some(mantissa) if self.exponent <= 0 => {
                self.mantissa = mantissa;
                self.exponent += step;
            }
            // Digits beyond what 64 bits hold only say how large the number is.
            _ => self.exponent += 1 + step,
        }
    }

    /// Exact up to 15 digits and 22 places; beyond that the last bit may differ.
    fn to_f64(&self) -> f64 {
        let mantissa = self.mantissa as f64;
        let power = |exponent: i32| 10_f64.powi(exponent);
        match self.exponent {
            0.. => mantissa * power(self.exponent),
            // In two steps where one would leave the range of floats.
            -22..0 => mantissa / power(-self.exponent),
            _ => mantissa / power(22) / power((-self.exponent - 22).min(308)),
        }
    }
}

macro_rules! numbers {
    ($($method:ident)+) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Malformed> {
            self.number()?.visit(visitor)
        })+
    };
}

impl<'de> Deserializer<'de> for &mut Reader<'de> {
    type Error = Malformed;

    numbers! {
        deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64
        deserialize_f32 deserialize_f64
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Malformed> {
        match self.peek() {
            b'{' => self.deserialize_map(visitor),
            b'[' => self.deserialize_seq(visitor),
            b'"' => self.deserialize_str(visitor),
            b't' | b'f' => self.deserialize_bool(visitor),
            b'n' => self.deserialize_unit(visitor),
            _ => self.number()?.visit(visitor),
        }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Malformed> {
        visitor.visit_bool(self.flag()?)
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Malformed> {
        match self.string()? {
            Cow::Borrowed(text) => visitor.visit_borrowed_str(text),
            Cow::Owned(text) => visitor.visit_string(text),
        }
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Malformed> {
        self.deserialize_str(visitor)
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Malformed> {
        self.deserialize_str(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Malformed> {
        if self.peek() == b'n' {
            self.word("null")?;
            visitor.visit_none()
        } else {
            visitor.visit_some(self)
        }
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Malformed> {
        self.word("null")?;
        visitor.visit_unit()
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Malformed> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Malformed> {
        self.enter(b'[')?;
        let value = visitor.visit_seq(Items { reader: self, is_first: true })?;
        self.leave(b']')?;
        Ok(value)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Malformed> {
        self.enter(b'{')?;
        let value = visitor.visit_map(Items { reader: self, is_first: true })?;
        self.leave(b'}')?;
        Ok(value)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Malformed> {
        self.deserialize_map(visitor)
    }

    /// Variants without content, which are all this crate has.
    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Malformed> {
        match self.string()? {
            Cow::Borrowed(text) => visitor.visit_enum(BorrowedStrDeserializer::new(text)),
            Cow::Owned(text) => visitor.visit_enum(StringDeserializer::new(text)),
        }
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Malformed> {
        self.deserialize_any(visitor)
    }

    serde::forward_to_deserialize_any! { char bytes byte_buf unit_struct tuple tuple_struct }
}

/// The items of a list or an object.
struct Items<'a, 'de> {
    reader: &'a mut Reader<'de>,
    is_first: bool,
}

impl<'de> SeqAccess<'de> for Items<'_, 'de> {
    type Error = Malformed;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Malformed> {
        if !self.reader.next_item(&mut self.is_first, b']')? {
            return Ok(None);
        }
        seed.deserialize(&mut *self.reader).map(Some)
    }
}

impl<'de> MapAccess<'de> for Items<'_, 'de> {
    type Error = Malformed;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Malformed> {
        if !self.reader.next_item(&mut self.is_first, b'}')? || self.reader.peek() != b'"' {
            return if self.reader.peek() == b'}' { Ok(None) } else { Err(Malformed) };
        }
        seed.deserialize(&mut *self.reader).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Malformed> {
        self.reader.take(b':')?;
        seed.deserialize(&mut *self.reader)
    }
}
#[cfg(test)]
mod tests;
