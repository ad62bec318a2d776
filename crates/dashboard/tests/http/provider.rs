//! A provider that a test starts: discovery, authorisation with PKCE, tokens, keys that rotate; RS256 and
//! ES256. It can also give what a forger would.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock, Mutex};

use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Form, Json, Router};
use data_encoding::{BASE64, BASE64URL_NOPAD as BASE64URL};
use jiff::Timestamp;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use rsa::traits::PublicKeyParts as _;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

/// What the next token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Gives {
    Honest,
    HonestWithRsa,
    Unsigned,
    SignedWithTheClientsSecret,
    ByAnotherKeyOfTheSameName,
    Expired,
    ForAnother,
    ForTwo,
    FromAnother,
    OfAnotherAttempt,
    NoToken,
}

pub(crate) const CLIENT: &str = "carehub";
const SECRET: &str = "the-clients-secret";

type Map = BTreeMap<String, String>;

struct Inner {
    address: String,
    gives: Gives,
    claims: Value,
    /// The name of the key in use: another one stands for a key that was rotated.
    key_id: String,
    codes: BTreeMap<String, Map>,
    asked_for_keys: u32,
    spent: Vec<String>,
}

type Shared = Arc<Mutex<Inner>>;

/// A running provider.
pub(crate) struct Provider {
    _runtime: Runtime,
    shared: Shared,
    pub(crate) configuration: PathBuf,
}

struct Keys {
    ec: EcdsaKeyPair,
    other: EcdsaKeyPair,
    rsa: rsa::RsaPrivateKey,
}

/// Made once, and short: a longer RSA key takes minutes on a busy machine, and nothing here rests on it.
static KEYS: LazyLock<Keys> = LazyLock::new(|| {
    let random = SystemRandom::new();
    let ec = || {
        let key = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
        EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, key.as_ref(), &random).unwrap()
    };
    let rsa = rsa::RsaPrivateKey::new(&mut rsa::rand_core::OsRng, 1024).unwrap();
    Keys { ec: ec(), other: ec(), rsa }
});

impl Provider {
    /// Starts one, and writes what the hub is told of it.
    pub(crate) fn start(dir: &Path) -> Self {
        // Before it is asked: whoever asks waits ten seconds at most.
        LazyLock::force(&KEYS);
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        std::fs::write(dir.join("secret"), format!("{SECRET}\n")).unwrap();
        let configuration = dir.join("oidc.toml");
        let text = format!(
            "issuer = \"{address}\"\nclient-id = \"{CLIENT}\"\nclient-secret-file = \"secret\"\nscopes = [\"profile\"]\n[agencies]\n\"Norfolk Constabulary\" = \"police\"\n\"Ambulance Trust\" = \"ambulance\"\n\"Somewhere Else\" = \"elsewhere\"\n[rights]\nreader = [\"read\"]\nopener = [\"read\", \"break-glass\"]\n"
        );
        std::fs::write(&configuration, text).unwrap();
        let shared = Arc::new(Mutex::new(Inner {
            address,
            gives: Gives::Honest,
            claims: json!({"sub": "u-1", "name": "P. Hughes", "agency": "Norfolk Constabulary", "roles": ["reader", "other"]}),
            key_id: "k-1".to_owned(),
            codes: BTreeMap::new(),
            asked_for_keys: 0,
            spent: Vec::new(),
        }));
        let routes = Router::new()
            .route("/.well-known/openid-configuration", get(discovery))
            .route("/keys", get(keys))
            .route("/authorize", get(authorize))
            .route("/token", post(token))
            .with_state(Arc::clone(&shared));
        runtime.spawn(async move { axum::serve(listener, routes).await.unwrap() });
        Self { _runtime: runtime, shared, configuration }
    }

    pub(crate) fn gives(&self, gives: Gives) {
        self.shared.lock().unwrap().gives = gives;
    }

    pub(crate) fn says(&self, claim: &str, value: Value) {
        self.shared.lock().unwrap().claims[claim] = value;
    }

    pub(crate) fn rotates_its_keys(&self) {
        self.shared.lock().unwrap().key_id = "k-2".to_owned();
    }

    pub(crate) fn asked_for_keys(&self) -> u32 {
        self.shared.lock().unwrap().asked_for_keys
    }
}

async fn discovery(State(shared): State<Shared>) -> Json<Value> {
    let at = shared.lock().unwrap().address.clone();
    Json(json!({
        "issuer": at, "authorization_endpoint": format!("{at}/authorize"),
        "token_endpoint": format!("{at}/token"), "jwks_uri": format!("{at}/keys"),
        "response_types_supported": ["code"], "subject_types_supported": ["public"],
        // A provider that would also sign with nothing, or with the client's secret.
        "id_token_signing_alg_values_supported": ["RS256", "ES256", "HS256", "none"],
        "code_challenge_methods_supported": ["S256"],
    }))
}

async fn keys(State(shared): State<Shared>) -> Json<Value> {
    let mut inner = shared.lock().unwrap();
    inner.asked_for_keys += 1;
    let point = KEYS.ec.public_key().as_ref();
    let rsa = KEYS.rsa.to_public_key();
    Json(json!({"keys": [
        {"kty": "EC", "use": "sig", "alg": "ES256", "crv": "P-256", "kid": inner.key_id,
         "x": BASE64URL.encode(&point[1..33]), "y": BASE64URL.encode(&point[33..])},
        {"kty": "RSA", "use": "sig", "alg": "RS256", "kid": "r-1",
         "n": BASE64URL.encode(&rsa.n().to_bytes_be()), "e": BASE64URL.encode(&rsa.e().to_bytes_be())},
    ]}))
}

/// The person says yes at once.
async fn authorize(State(shared): State<Shared>, Query(asked): Query<Map>) -> Response {
    let mut inner = shared.lock().unwrap();
    if asked.get("client_id").map(String::as_str) != Some(CLIENT)
        || asked["response_type"] != "code"
    {
        return StatusCode::BAD_REQUEST.into_response();
    }
    let code = format!("code-{}", inner.codes.len() + inner.spent.len());
    let back = format!("{}?state={}&code={code}", asked["redirect_uri"], asked["state"]);
    inner.codes.insert(code, asked);
    (StatusCode::SEE_OTHER, [(header::LOCATION, back)]).into_response()
}

async fn token(
    State(shared): State<Shared>,
    headers: HeaderMap,
    Form(asked): Form<Map>,
) -> Response {
    let mut inner = shared.lock().unwrap();
    let refused =
        || (StatusCode::BAD_REQUEST, Json(json!({"error": "invalid_grant"}))).into_response();
    let basic = format!("Basic {}", BASE64.encode(format!("{CLIENT}:{SECRET}").as_bytes()));
    if headers.get(header::AUTHORIZATION).is_none_or(|given| *given != basic) {
        return refused();
    }
    // A code is given a token for once.
    let Some(begun) = inner.codes.remove(&asked["code"]) else { return refused() };
    inner.spent.push(asked["code"].clone());
    let verifier = asked.get("code_verifier").cloned().unwrap_or_default();
    let challenge = BASE64URL.encode(&Sha256::digest(verifier));
    // A verifier without a challenge was downgraded on its way (RFC 9700, 2.1.1): refused as well.
    if begun.get("code_challenge") != Some(&challenge)
        || begun.get("code_challenge_method").map(String::as_str) != Some("S256")
        || begun["redirect_uri"] != asked["redirect_uri"]
    {
        return refused();
    }
    let mut answer = json!({"access_token": "x", "token_type": "Bearer", "expires_in": 60});
    if inner.gives != Gives::NoToken {
        answer["id_token"] = json!(id_token(&inner, &begun));
    }
    Json(answer).into_response()
}

fn id_token(inner: &Inner, begun: &Map) -> String {
    let now = Timestamp::now().as_second();
    let mut claims = json!({
        "iss": inner.address, "aud": CLIENT, "iat": now, "exp": now + 60, "nonce": begun["nonce"],
    });
    claims.as_object_mut().unwrap().extend(inner.claims.as_object().unwrap().clone());
    let (mut alg, mut key_id) = ("ES256", inner.key_id.as_str());
    match inner.gives {
        Gives::Honest | Gives::NoToken | Gives::ByAnotherKeyOfTheSameName => {}
        Gives::HonestWithRsa => (alg, key_id) = ("RS256", "r-1"),
        Gives::Unsigned => alg = "none",
        Gives::SignedWithTheClientsSecret => alg = "HS256",
        Gives::Expired => claims["exp"] = json!(now - 60),
        Gives::ForAnother => claims["aud"] = json!("another-client"),
        Gives::ForTwo => claims["aud"] = json!([CLIENT, "another-client"]),
        Gives::FromAnother => claims["iss"] = json!("https://another.example"),
        Gives::OfAnotherAttempt => claims["nonce"] = json!("another"),
    }
    let head = json!({"alg": alg, "kid": key_id, "typ": "JWT"}).to_string();
    let [head, claims] = [head, claims.to_string()].map(|part| BASE64URL.encode(part.as_bytes()));
    let signed = format!("{head}.{claims}");
    let signature = match inner.gives {
        Gives::Unsigned => Vec::new(),
        Gives::SignedWithTheClientsSecret => {
            let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, SECRET.as_bytes());
            ring::hmac::sign(&key, signed.as_bytes()).as_ref().to_vec()
        }
        Gives::HonestWithRsa => {
            let digest = Sha256::digest(&signed);
            KEYS.rsa.sign(rsa::Pkcs1v15Sign::new::<Sha256>(), &digest).unwrap()
        }
        Gives::ByAnotherKeyOfTheSameName => by(&KEYS.other, &signed),
        Gives::Honest
        | Gives::NoToken
        | Gives::Expired
        | Gives::ForAnother
        | Gives::ForTwo
        | Gives::FromAnother
        | Gives::OfAnotherAttempt => by(&KEYS.ec, &signed),
    };
    format!("{signed}.{}", BASE64URL.encode(&signature))
}

fn by(key: &EcdsaKeyPair, signed: &str) -> Vec<u8> {
    key.sign(&SystemRandom::new(), signed.as_bytes()).unwrap().as_ref().to_vec()
}
