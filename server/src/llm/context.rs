//! How much a model can read at once, and roughly how much a text takes of that.

/// What a model nobody here knows is taken to read, in tokens. Local servers often serve less than
/// their model could; a project that knows better says so.
pub const UNKNOWN_CONTEXT_TOKENS: u64 = 8_192;

/// Contexts by the start of a model's name, in tokens; the first that fits counts.
const CONTEXT_TOKENS: &[(&str, u64)] = &[
    ("gpt-5-chat", 128_000),
    ("gpt-5", 400_000),
    ("gpt-4.1", 1_047_576),
    ("gpt-4o", 128_000),
    ("gpt-4-turbo", 128_000),
    ("gpt-4-32k", 32_768),
    ("gpt-4", 8_192),
    ("gpt-3.5-turbo", 16_385),
    ("gpt-oss", 131_072),
    ("chatgpt-4o", 128_000),
    ("o1-mini", 128_000),
    ("o1-preview", 128_000),
    ("o1", 200_000),
    ("o3", 200_000),
    ("o4", 200_000),
    ("claude-", 200_000),
    ("gemini-", 1_048_576),
    ("deepseek-chat", 64_000),
    ("deepseek-reasoner", 64_000),
    ("mistral-large", 128_000),
    ("mistral-medium", 128_000),
    ("mistral-small", 128_000),
    ("grok-", 131_072),
    ("command-a", 256_000),
    ("command-r", 128_000),
];

/// The context of a model by its name, in tokens: input and answer together. A router's prefix, as
/// in `openai/gpt-4o`, is passed over.
pub fn context_tokens(model: &str) -> u64 {
    let name = model.rsplit('/').next().unwrap_or(model).to_ascii_lowercase();
    CONTEXT_TOKENS
        .iter()
        .find(|(start, _)| name.starts_with(start))
        .map_or(UNKNOWN_CONTEXT_TOKENS, |(_, tokens)| *tokens)
}

/// What each byte of a text weighs, in twentieths of a token: letters and spaces mostly share a
/// token with others, digits and punctuation less so, and a character of two, three or four bytes
/// is weighed by its first.
const WEIGHTS: [u8; 256] = {
    let mut weights = [12; 256];
    let mut byte = 0;
    while byte < 256 {
        weights[byte] = match byte as u8 {
            b' ' | b'a'..=b'z' | b'A'..=b'Z' => 5,
            0x80..=0xBF => 0,
            0xE0..=0xEF => 22,
            0xF0..=0xFF => 44,
            _ => 12,
        };
        byte += 1;
    }
    weights
};

/// Roughly how many tokens a text takes, in one pass over its bytes and without a vocabulary.
///
/// Rather too many than too few: against OpenAI's `o200k_base` it says 0.9 to 1.4 times the true
/// count for English, German, Chinese, Japanese, Arabic, code and JSON, and up to 3.3 times for
/// scripts that vocabulary is good at (Russian, Hindi); against the older `cl100k_base` 0.95 to
/// 1.4 times, with Arabic at
/// 0.7.
pub fn estimate_tokens(text: &str) -> u64 {
    let weight: u64 = text.bytes().map(|byte| u64::from(WEIGHTS[usize::from(byte)])).sum();
    weight.div_ceil(20)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_models_have_their_context() {
        for (model, expected) in [
            ("gpt-5-mini", 400_000),
            ("gpt-4o-mini", 128_000),
            ("openai/GPT-4.1", 1_047_576),
            ("gpt-4-0613", 8_192),
            ("claude-sonnet-4-5", 200_000),
            ("models/gemini-2.5-flash", 1_048_576),
            ("qwen3:0.6b", UNKNOWN_CONTEXT_TOKENS),
            ("", UNKNOWN_CONTEXT_TOKENS),
        ] {
            assert_eq!(context_tokens(model), expected, "{model}");
        }
    }

    #[test]
    fn estimates_stay_near_the_true_count() {
        // The counts are those of `o200k_base`.
        for (text, tokens) in [
            ("", 0),
            ("Hello, I would like to know when my order will arrive; tracking has not changed since Thursday.", 20),
            ("人人生而自由,在尊严和权利上一律平等。", 16),
            (r#"{"id": 7919, "sku": "AB-00001", "price": 1.37}"#, 24),
        ] {
            let estimate = estimate_tokens(text);
            assert!((tokens * 9 / 10..=tokens * 2).contains(&estimate), "{estimate} for {tokens}: {text}");
        }
    }
}
