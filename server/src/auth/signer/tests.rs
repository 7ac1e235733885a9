use super::*;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use proptest::prelude::*;
use serde_json::{Value, json};
use sha2::{Sha256, Sha384, Sha512};

const SECRET: &str = "the newest signing secret of this server";
const OLD: &str = "an older signing secret that still counts";
const NOW: u64 = 1_769_860_800;

fn signer(secrets: &[&str]) -> Signer {
    Signer::new(&secrets.iter().map(|&secret| secret.into()).collect::<Vec<_>>()).unwrap()
}

fn claims() -> Claims {
    Claims {
        app_id: "wapp_1".into(),
        sub: "user".into(),
        allowed_origins: vec!["https://a.com".into()],
        iat: NOW,
        exp: NOW + 60,
        jti: None,
    }
}

fn verify(token: &str) -> Result<Claims, TokenError> {
    signer(&[SECRET]).verify(token, NOW)
}

/// A token with any header and claims, signed as HS256 would.
fn forge(header: &Value, claims: &Value, secret: &str) -> String {
    forge_text(&header.to_string(), &claims.to_string(), secret)
}

fn forge_text(header: &str, claims: &str, secret: &str) -> String {
    let body = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims));
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(body.as_bytes());
    format!("{body}.{}", URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes()))
}

fn header() -> Value {
    json!({ "typ": "JWT", "alg": "HS256" })
}

#[test]
fn without_a_secret_there_is_no_signer() {
    assert!(Signer::new(&[]).is_none());
}

#[test]
fn what_it_signs_it_verifies() {
    for jti in [None, Some("0190-a".to_owned())] {
        let claims = Claims { jti, ..claims() };
        let token = signer(&[SECRET]).sign(&claims).unwrap();
        assert!(token.starts_with("eyJ"));
        assert_eq!(verify(&token), Ok(claims));
    }
}

#[test]
fn a_token_has_exactly_the_documented_claims() {
    let payload = |claims: &Claims| -> Value {
        let token = signer(&[SECRET]).sign(claims).unwrap();
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap()).unwrap()).unwrap()
    };
    let expected =
        json!({ "appId": "wapp_1", "sub": "user", "allowedOrigins": ["https://a.com"], "iat": NOW, "exp": NOW + 60 });
    assert_eq!(payload(&claims()), expected);
    let with_jti = Claims { jti: Some("j".into()), ..claims() };
    assert_eq!(payload(&with_jti)["jti"], "j");
}

#[test]
fn the_newest_secret_signs_and_all_listed_verify() {
    let old = signer(&[OLD]).sign(&claims()).unwrap();
    let new = signer(&[SECRET, OLD]).sign(&claims()).unwrap();
    assert!(signer(&[SECRET, OLD]).verify(&old, NOW).is_ok());
    assert!(signer(&[SECRET]).verify(&new, NOW).is_ok());
    assert_eq!(signer(&[SECRET]).verify(&old, NOW), Err(TokenError::Signature));
    assert_eq!(signer(&[OLD]).verify(&new, NOW), Err(TokenError::Signature));
}

#[test]
fn a_forged_token_like_ours_is_a_control() {
    assert_eq!(verify(&forge(&header(), &json!(claims()), SECRET)), Ok(claims()));
    assert_eq!(verify(&forge(&json!({ "alg": "HS256" }), &json!(claims()), SECRET)), Ok(claims()));
    assert_eq!(verify(&forge(&header(), &json!(claims()), OLD)), Err(TokenError::Signature));
}

#[test]
fn headers_that_ask_for_something_else_are_refused() {
    for header in [
        json!({ "typ": "JWT", "alg": "none" }),
        json!({ "typ": "JWT", "alg": "None" }),
        json!({ "typ": "JWT", "alg": "NONE" }),
        json!({ "typ": "JWT", "alg": "hs256" }),
        json!({ "typ": "JWT", "alg": "HS384" }),
        json!({ "typ": "JWT", "alg": "HS512" }),
        json!({ "typ": "JWT", "alg": "RS256" }),
        json!({ "typ": "JWT", "alg": "ES256" }),
        json!({ "typ": "JWT", "alg": "EdDSA" }),
        json!({ "typ": "JWT", "alg": "" }),
        json!({ "typ": "JWT", "alg": null }),
        json!({ "typ": "JWT", "alg": ["HS256"] }),
        json!({ "typ": "JWT" }),
        json!({ "typ": "JWE", "alg": "HS256" }),
        json!({ "typ": "at+jwt", "alg": "HS256" }),
        json!({ "typ": "JWT", "alg": "HS256", "crit": ["exp"] }),
        json!({ "typ": "JWT", "alg": "HS256", "crit": ["b64"], "b64": false }),
        json!({ "typ": "JWT", "alg": "HS256", "crit": [] }),
        json!({ "typ": "JWT", "alg": "HS256", "crit": "exp" }),
        json!({ "typ": "JWT", "alg": "HS256", "cty": "JWT" }),
        json!({ "typ": "JWT", "alg": "HS256", "zip": "DEF" }),
        json!({ "typ": "JWT", "alg": "HS256", "enc": "A128GCM" }),
        json!([]),
        json!("HS256"),
        json!(null),
    ] {
        assert!(verify(&forge(&header, &json!(claims()), SECRET)).is_err(), "{header}");
    }
}

#[test]
fn a_header_that_says_alg_twice_is_refused() {
    for header in [r#"{"alg":"none","alg":"HS256"}"#, r#"{"alg":"HS256","alg":"none"}"#] {
        assert!(verify(&forge_text(header, &json!(claims()).to_string(), SECRET)).is_err(), "{header}");
    }
}

#[test]
fn other_keys_a_header_points_to_are_ignored() {
    let jwk = json!({ "kty": "oct", "k": URL_SAFE_NO_PAD.encode(OLD) });
    for extra in
        [json!({ "jwk": jwk }), json!({ "kid": "../../etc/passwd" }), json!({ "jku": "https://evil.example/keys" })]
    {
        let mut header = header();
        header.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        assert_eq!(verify(&forge(&header, &json!(claims()), OLD)), Err(TokenError::Signature), "{header}");
        assert_eq!(verify(&forge(&header, &json!(claims()), SECRET)), Ok(claims()), "{header}");
    }
}

#[test]
fn other_algorithms_by_the_same_secret_are_refused() {
    let body = |alg: &str| {
        let header = json!({ "typ": "JWT", "alg": alg }).to_string();
        format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(json!(claims()).to_string()))
    };
    let hs384 = {
        let mut mac = Hmac::<Sha384>::new_from_slice(SECRET.as_bytes()).unwrap();
        mac.update(body("HS384").as_bytes());
        format!("{}.{}", body("HS384"), URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes()))
    };
    let hs512 = {
        let mut mac = Hmac::<Sha512>::new_from_slice(SECRET.as_bytes()).unwrap();
        mac.update(body("HS512").as_bytes());
        format!("{}.{}", body("HS512"), URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes()))
    };
    for token in [hs384, hs512, format!("{}.", body("none")), body("none"), format!("{}.AAAA", body("none"))] {
        assert!(verify(&token).is_err(), "{token}");
    }
}

#[test]
fn claims_that_are_missing_or_of_the_wrong_type_are_refused() {
    for claim in ["appId", "sub", "allowedOrigins", "iat", "exp"] {
        let mut payload = json!(claims());
        payload.as_object_mut().unwrap().remove(claim);
        assert!(verify(&forge(&header(), &payload, SECRET)).is_err(), "no {claim}");
        for value in [json!(null), json!({}), json!([1]), json!(true)] {
            let mut payload = json!(claims());
            payload[claim] = value;
            assert!(verify(&forge(&header(), &payload, SECRET)).is_err(), "{payload}");
        }
    }
    let exp = NOW + 60;
    for (claim, value) in [
        ("exp", json!(exp.to_string())),
        ("exp", json!(exp as f64)),
        ("exp", json!(exp as f64 + 0.5)),
        ("exp", json!(-1)),
        ("exp", json!(0)),
        ("exp", json!(NOW)),
        ("exp", json!(NOW - 1)),
        ("exp", json!(u64::MAX)),
        ("exp", json!(i64::MAX)),
        ("exp", json!(1e300)),
        ("iat", json!(NOW.to_string())),
        ("iat", json!(u64::MAX)),
        ("sub", json!("")),
        ("sub", json!(7)),
        ("appId", json!("")),
        ("allowedOrigins", json!("https://a.com")),
        ("jti", json!(7)),
        ("aud", json!("somebody else")),
        ("nbf", json!(u32::MAX)),
        ("nbf", json!("soon")),
    ] {
        let mut payload = json!(claims());
        payload[claim] = value;
        assert!(verify(&forge(&header(), &payload, SECRET)).is_err(), "{payload}");
    }
    for payload in ["null", "[]", "\"eyJ\"", "{", "", r#"{"exp":1,"exp":99999999999}"#] {
        assert!(verify(&forge_text(&header().to_string(), payload, SECRET)).is_err(), "{payload}");
    }
}

#[test]
fn a_token_ends_with_its_last_second() {
    let signer = signer(&[SECRET]);
    let token = signer.sign(&claims()).unwrap();
    assert!(signer.verify(&token, NOW + 59).is_ok());
    assert_eq!(signer.verify(&token, NOW + 60), Err(TokenError::Expired));
}

#[test]
fn shapes_that_are_no_token_are_refused() {
    let token = signer(&[SECRET]).sign(&claims()).unwrap();
    let [head, body, signature] = token.split('.').collect::<Vec<_>>()[..] else { panic!("three parts") };
    for text in [
        String::new(),
        "eyJ".to_owned(),
        "..".to_owned(),
        "eyJ.eyJ.eyJ".to_owned(),
        format!("{head}.{body}"),
        format!("{head}.{body}."),
        format!("{head}..{signature}"),
        format!(".{body}.{signature}"),
        format!("{token}."),
        format!("{token}="),
        format!("{token}.{signature}"),
        format!("{token}\n"),
        format!(" {token}"),
        format!("{head}.{body}.{}", &signature[..signature.len() - 1]),
        format!("{body}.{head}.{signature}"),
        format!("{head}.{body}.{}", signature.to_uppercase()),
    ] {
        assert!(verify(&text).is_err(), "{text:?}");
    }
}

#[test]
fn a_token_over_8_kib_is_refused_however_it_is_signed() {
    let with_padding = |bytes: usize| {
        let mut payload = json!(claims());
        payload["padding"] = json!("x".repeat(bytes));
        forge(&header(), &payload, SECRET)
    };
    let (short, long) = (with_padding(5_000), with_padding(6_200));
    assert!(short.len() <= MAX_TOKEN_BYTES && verify(&short).is_ok());
    assert!(long.len() > MAX_TOKEN_BYTES && verify(&long).is_err());
}

#[test]
fn the_largest_app_and_user_still_fit_into_a_token() {
    let origin = "a".repeat(super::super::origin::MAX_LIST_BYTES);
    let claims = Claims { allowed_origins: vec![origin], sub: "\"".repeat(256), jti: Some("j".repeat(36)), ..claims() };
    assert_eq!(verify(&signer(&[SECRET]).sign(&claims).unwrap()), Ok(claims));
    // As many short entries as there can be: the quotes and commas count as well.
    let entries = super::super::origin::MAX_LIST_BYTES / "http://a".len();
    let claims = Claims { allowed_origins: vec!["http://a".to_owned(); entries], ..self::claims() };
    assert_eq!(verify(&signer(&[SECRET]).sign(&claims).unwrap()), Ok(claims));
}

proptest! {
    #[test]
    fn one_altered_character_and_it_does_not_count(at in any::<prop::sample::Index>(), to in "[A-Za-z0-9_.-]") {
        let token = signer(&[SECRET]).sign(&claims()).unwrap();
        let at = at.index(token.len());
        let altered = format!("{}{to}{}", &token[..at], &token[at + 1..]);
        prop_assume!(altered != token);
        prop_assert!(verify(&altered).is_err());
    }

    #[test]
    fn garbage_is_refused(text in r"eyJ[A-Za-z0-9_.-]{0,200}|\PC{0,50}") {
        prop_assert!(verify(&text).is_err());
    }
}
