//! Signing in at a provider: OpenID Connect, the authorisation code flow with PKCE.
//!
//! What belongs to one attempt (state, nonce, PKCE verifier) is derived from a secret that only the browser
//! holds, in a cookie: a code that comes back with another browser's state, nonce or verifier opens nothing,
//! and nothing is kept that somebody could fill up. An attempt is answered once.

mod configuration;
mod http;

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use carehub_domain::{BodyId, PersonId};
use jiff::Timestamp;
use openidconnect::core::{
    CoreAuthDisplay, CoreAuthPrompt, CoreAuthenticationFlow, CoreErrorResponseType,
    CoreGenderClaim, CoreJsonWebKey, CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm,
    CoreProviderMetadata, CoreRevocableToken, CoreRevocationErrorResponse,
    CoreTokenIntrospectionResponse, CoreTokenType,
};
use openidconnect::{
    AdditionalClaims, AuthorizationCode, ClaimsVerificationError, Client, ClientId, ClientSecret,
    CsrfToken, EmptyExtraTokenFields, EndpointMaybeSet, EndpointNotSet, EndpointSet, IdTokenFields,
    IssuerUrl, Nonce, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, RequestTokenError, Scope,
    SignatureVerificationError, StandardErrorResponse, StandardTokenResponse, TokenResponse as _,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use self::configuration::Configuration;
pub use self::configuration::ConfigurationError;
use self::http::Http;
use crate::accounts::new_person;
use crate::document::{Account, SignsIn};
use crate::secret::{Hash, Secret};
use crate::{People, Rights, SignInError, mail};

/// How long what the provider says of itself is believed.
const FRESH: Duration = Duration::from_secs(60 * 60);

/// How soon it may be asked again when a key is not known: somebody who makes up keys must not make the hub
/// flood the provider.
const AGAIN_AFTER: Duration = Duration::from_secs(10);

/// How many answered attempts are remembered; each is a hash.
const MOST_ANSWERED: usize = 10_000;

/// Where the provider sends the browser back to, below the hub's own address.
pub const RETURN_PATH: &str = "/sign-in/provider/return";

/// Every claim of the token, whatever it is called.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Claims {
    #[serde(flatten)]
    all: serde_json::Map<String, Value>,
}

impl AdditionalClaims for Claims {}

type Fields = IdTokenFields<
    Claims,
    EmptyExtraTokenFields,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJwsSigningAlgorithm,
>;

type Discovered = Client<
    Claims,
    CoreAuthDisplay,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJsonWebKey,
    CoreAuthPrompt,
    StandardErrorResponse<CoreErrorResponseType>,
    StandardTokenResponse<Fields, CoreTokenType>,
    CoreTokenIntrospectionResponse,
    CoreRevocableToken,
    CoreRevocationErrorResponse,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

/// A provider at which people sign in. Its calls block: they belong on a thread that may wait.
#[derive(Debug, Clone)]
pub struct Provider(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    configuration: Configuration,
    issuer: IssuerUrl,
    secret: Option<ClientSecret>,
    http: Http,
    discovered: Mutex<Option<(Instant, CoreProviderMetadata)>>,
    answered: Mutex<HashMap<Hash, Instant>>,
}

/// Who the provider says has signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    issuer: String,
    subject: String,
    name: String,
    /// For which agency. Whether the policy has such a body is for the read side to say.
    pub agency: BodyId,
    /// What they may do.
    pub rights: Rights,
    mail: Option<String>,
}

/// Why nobody was signed in. What the provider said is not repeated: it may hold what is personal.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProviderError {
    /// The provider could not be asked.
    #[error("the provider does not answer: {0}")]
    Unreachable(&'static str),
    /// The answer is not to an attempt of this browser, or the second one.
    #[error("the answer does not belong to an attempt of this browser")]
    OtherAttempt,
    /// The provider let nobody in.
    #[error("the provider refused")]
    Refused,
    /// What the provider gave does not prove anything.
    #[error("the provider's token is not valid: {0}")]
    Token(&'static str),
    /// The token names no known agency, several, or no right.
    #[error("the claims name no agency and role that the hub knows")]
    Claims,
}

impl Provider {
    /// Reads what an operator says of the provider. The provider itself is asked when somebody signs in.
    ///
    /// # Errors
    /// [`ConfigurationError`].
    pub fn open(path: &Path) -> Result<Self, ConfigurationError> {
        let configuration = Configuration::read(path)?;
        let beside = |file: &Path| path.parent().unwrap_or(Path::new(".")).join(file);
        let issuer =
            IssuerUrl::new(configuration.issuer.clone()).map_err(|_| ConfigurationError::Issuer)?;
        let host = issuer.url().host_str().unwrap_or_default();
        let on_this_machine = matches!(host, "127.0.0.1" | "[::1]" | "localhost");
        let local = issuer.url().scheme() == "http" && on_this_machine;
        if issuer.url().scheme() != "https" && !local {
            return Err(ConfigurationError::Issuer);
        }
        let secret = match &configuration.client_secret_file {
            Some(file) => {
                let text = configuration::text(&beside(file))?;
                Some(ClientSecret::new(text.trim().to_owned()))
            }
            None => None,
        };
        let ca_file = configuration.ca_file.as_deref().map(beside);
        let http = Http::new(local, ca_file.as_deref())?;
        Ok(Self(Arc::new(Inner {
            configuration,
            issuer,
            secret,
            http,
            discovered: Mutex::default(),
            answered: Mutex::default(),
        })))
    }

    /// Where a browser goes to sign in. `secret` is the attempt's own; `origin` is the hub's address.
    ///
    /// # Errors
    /// [`ProviderError::Unreachable`].
    pub fn begin(&self, origin: &str, secret: &Secret) -> Result<String, ProviderError> {
        let inner = &self.0;
        let client = self.client(origin, inner.discovered(FRESH)?)?;
        let own = |purpose: &str| secret.derived(purpose).reveal().to_owned();
        let challenge =
            PkceCodeChallenge::from_code_verifier_sha256(&PkceCodeVerifier::new(own("pkce")));
        let (state, nonce) = (own("state"), own("nonce"));
        let scopes = inner.configuration.scopes.iter().map(|scope| Scope::new(scope.clone()));
        let (url, _, _) = client
            .authorize_url(
                CoreAuthenticationFlow::AuthorizationCode,
                move || CsrfToken::new(state),
                move || Nonce::new(nonce),
            )
            .add_scopes(scopes)
            .set_pkce_challenge(challenge)
            .url();
        Ok(url.into())
    }

    /// Who has signed in, when the provider has sent the browser back with a state and a code.
    ///
    /// # Errors
    /// [`ProviderError`].
    pub fn finish(
        &self,
        origin: &str,
        secret: &Secret,
        state: &str,
        code: &str,
    ) -> Result<Identity, ProviderError> {
        let inner = &self.0;
        if !secret.derived("state").is(state) || !inner.is_first_answer(secret) {
            return Err(ProviderError::OtherAttempt);
        }
        let client = self.client(origin, inner.discovered(FRESH)?)?;
        let verifier = PkceCodeVerifier::new(secret.derived("pkce").reveal().to_owned());
        let request = client
            .exchange_code(AuthorizationCode::new(code.to_owned()))
            .map_err(|_| ProviderError::Unreachable("it names no token endpoint"))?
            .set_pkce_verifier(verifier);
        let call = |request| inner.http.call(request);
        let tokens = request.request(&call).map_err(|error| match error {
            RequestTokenError::ServerResponse(_) => ProviderError::Refused,
            RequestTokenError::Request(_) => ProviderError::Unreachable("its token endpoint fails"),
            RequestTokenError::Parse(..) | RequestTokenError::Other(_) => {
                ProviderError::Token("its answer is not understood")
            }
        })?;
        let token = tokens.id_token().ok_or(ProviderError::Token("it gave no ID token"))?;
        let nonce = Nonce::new(secret.derived("nonce").reveal().to_owned());
        let verified = token.claims(&verifier_of(&client), &nonce);
        let claims = match verified {
            Err(ClaimsVerificationError::SignatureVerification(
                SignatureVerificationError::NoMatchingKey,
            )) => {
                // The provider may have changed its keys since it was asked.
                let again = self.client(origin, inner.discovered(AGAIN_AFTER)?)?;
                token.claims(&verifier_of(&again), &nonce).cloned()
            }
            verified => verified.cloned(),
        };
        let claims = claims.map_err(|error| ProviderError::Token(reason(&error)))?;
        let all = serde_json::to_value(&claims).map_err(|_| ProviderError::Claims)?;
        let (agency, rights) = inner.configuration.mapped(&all).ok_or(ProviderError::Claims)?;
        let name = all.get("name").and_then(Value::as_str).unwrap_or("Signed in at the provider");
        Ok(Identity {
            issuer: inner.issuer.to_string(),
            subject: claims.subject().to_string(),
            name: name.chars().filter(|c| !c.is_control()).take(64).collect(),
            agency,
            rights,
            mail: mail::verified(&all),
        })
    }

    fn client(
        &self,
        origin: &str,
        discovered: CoreProviderMetadata,
    ) -> Result<Discovered, ProviderError> {
        let inner = &self.0;
        let back = RedirectUrl::new(format!("{origin}{RETURN_PATH}"))
            .map_err(|_| ProviderError::Unreachable("the hub's own address is no URL"))?;
        let id = ClientId::new(inner.configuration.client_id.clone());
        Ok(Client::from_provider_metadata(discovered, id, inner.secret.clone())
            .set_redirect_uri(back))
    }
}

/// What proves something: a signature by a key of the provider. Never `none`, and never the client's secret,
/// whatever the provider says of itself. Audience, issuer and expiry are checked by default, and another
/// audience beside the hub's is refused.
fn verifier_of(client: &Discovered) -> openidconnect::IdTokenVerifier<'_, CoreJsonWebKey> {
    use CoreJwsSigningAlgorithm as Algorithm;
    client.id_token_verifier().set_allowed_algs([
        Algorithm::RsaSsaPkcs1V15Sha256,
        Algorithm::RsaSsaPkcs1V15Sha384,
        Algorithm::RsaSsaPkcs1V15Sha512,
        Algorithm::RsaSsaPssSha256,
        Algorithm::RsaSsaPssSha384,
        Algorithm::RsaSsaPssSha512,
        Algorithm::EcdsaP256Sha256,
        Algorithm::EcdsaP384Sha384,
        Algorithm::EdDsa,
    ])
}

fn reason(error: &ClaimsVerificationError) -> &'static str {
    match error {
        ClaimsVerificationError::Expired(_) => "it has expired",
        ClaimsVerificationError::InvalidAudience(_) => "it is for somebody else",
        ClaimsVerificationError::InvalidIssuer(_) => "it is from somebody else",
        ClaimsVerificationError::InvalidNonce(_) => "it belongs to another attempt",
        ClaimsVerificationError::SignatureVerification(_) => "its signature proves nothing",
        ClaimsVerificationError::InvalidAuthContext(_)
        | ClaimsVerificationError::InvalidAuthTime(_)
        | ClaimsVerificationError::InvalidSubject(_)
        | ClaimsVerificationError::Other(_)
        | ClaimsVerificationError::Unsupported(_)
        // The library may come to know more reasons.
        | _ => "it is malformed",
    }
}

impl Inner {
    /// What the provider says of itself, no older than `fresh`; an older one when it does not answer now.
    fn discovered(&self, fresh: Duration) -> Result<CoreProviderMetadata, ProviderError> {
        // Held while asking: a hundred who sign in at once ask the provider once.
        let mut kept = self.discovered.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, metadata)) = kept.as_ref().filter(|(at, _)| at.elapsed() < fresh) {
            return Ok(metadata.clone());
        }
        let call = |request| self.http.call(request);
        match CoreProviderMetadata::discover(&self.issuer, &call) {
            Ok(metadata) => {
                *kept = Some((Instant::now(), metadata.clone()));
                Ok(metadata)
            }
            Err(_) => match kept.as_ref() {
                Some((_, metadata)) => Ok(metadata.clone()),
                None => Err(ProviderError::Unreachable("its description cannot be read")),
            },
        }
    }

    /// Whether this attempt was not answered before.
    fn is_first_answer(&self, secret: &Secret) -> bool {
        let mut answered = self.answered.lock().unwrap_or_else(PoisonError::into_inner);
        if answered.len() >= MOST_ANSWERED {
            let oldest = answered.iter().min_by_key(|(_, at)| **at).map(|(hash, _)| hash.clone());
            oldest.and_then(|oldest| answered.remove(&oldest));
        }
        answered.insert(secret.hash(), Instant::now()).is_none()
    }
}

impl People {
    /// Begins a session for whom the provider vouched. The first time makes an account with a pseudonym of
    /// its own; each time brings its name and rights up to date.
    ///
    /// # Errors
    /// [`SignInError::Refused`] when the account is disabled, or the file said no.
    pub fn sign_in_at_provider(
        &self,
        identity: &Identity,
        before: Option<&Secret>,
        now: Timestamp,
    ) -> Result<Secret, SignInError> {
        let new = new_person()?;
        let person = self.0.file.change(|document| {
            let is_theirs = |account: &Account| {
                matches!(&account.signs_in, SignsIn::Provider { issuer, subject }
                    if *issuer == identity.issuer && *subject == identity.subject)
            };
            // Whoever moves to another agency is another person there, and has left the one before.
            let others: Vec<PersonId> = document
                .accounts
                .iter()
                .filter(|(_, account)| is_theirs(account) && account.agency != identity.agency)
                .map(|(person, _)| person.clone())
                .collect();
            document.sessions.retain(|_, session| !others.contains(&session.person));
            mail::forget(document, &others);
            let known = document
                .accounts
                .iter_mut()
                .find(|(_, account)| is_theirs(account) && account.agency == identity.agency);
            match known {
                Some((_, account)) if account.disabled => Err(SignInError::Refused),
                Some((person, account)) => {
                    account.rights = identity.rights.clone();
                    account.name.clone_from(&identity.name);
                    // A provider that says nothing of an address leaves the one that was given here.
                    if identity.mail.is_some() {
                        account.mail.clone_from(&identity.mail);
                    }
                    Ok(person.clone())
                }
                None => {
                    let account = Account {
                        agency: identity.agency.clone(),
                        name: identity.name.clone(),
                        rights: identity.rights.clone(),
                        disabled: false,
                        signs_in: SignsIn::Provider {
                            issuer: identity.issuer.clone(),
                            subject: identity.subject.clone(),
                        },
                        mail: identity.mail.clone(),
                    };
                    document.accounts.insert(new.clone(), account);
                    Ok(new)
                }
            }
        })?;
        self.begin(&person, before, now)
    }
}
