//! Who asks: [`Who`], as a credential proves it, never as the request says of itself.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use carehub_domain::policy::Policy;
use carehub_domain::{BodyId, sharing};
use carehub_people::{Right, Who};
use data_encoding::BASE64;
use std::sync::Arc;

use crate::pages::PageProblem;
use crate::problem::Problem;
use crate::shared::{App, Shared};
use crate::tokens::Tokens;

/// Whoever has a known credential, whether or not they may read.
pub(crate) struct Speaker(pub(crate) Who);

/// Who may read, through the API.
pub(crate) struct Reader(pub(crate) Who);

/// Who may read, through a page: a browser can also send an agency's token with HTTP Basic.
pub(crate) struct PageReader(pub(crate) Who);

impl FromRequestParts<App> for Speaker {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let agency = bearer(&parts.headers, &app.tokens).ok_or_else(Problem::unauthenticated)?;
        known_policy(app)?;
        Ok(Self(Who::agency(agency)))
    }
}

impl FromRequestParts<App> for Reader {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let Speaker(who) = Speaker::from_request_parts(parts, app).await?;
        may_read(app, &who)?;
        Ok(Self(who))
    }
}

impl FromRequestParts<App> for PageReader {
    type Rejection = PageProblem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, PageProblem> {
        let agency = bearer(&parts.headers, &app.tokens)
            .or_else(|| basic(&parts.headers, &app.tokens))
            .ok_or_else(Problem::unauthenticated)?;
        let who = Who::agency(agency);
        may_read(app, &who)?;
        Ok(Self(who))
    }
}

/// Before the first policy is folded, nobody is known to be allowed anything.
fn known_policy(app: &Shared) -> Result<Arc<Policy>, Problem> {
    let policy = app.pictures.policy();
    if policy.body.is_empty() {
        return Err(Problem::not_ready());
    }
    Ok(policy)
}

fn may_read(app: &Shared, who: &Who) -> Result<(), Problem> {
    let policy = known_policy(app)?;
    let agency_may = sharing::may_read(&policy, &who.agency, app.pictures.time());
    if agency_may && who.may(Right::Read) { Ok(()) } else { Err(Problem::forbidden()) }
}

fn bearer(headers: &HeaderMap, tokens: &Tokens) -> Option<BodyId> {
    tokens.owner(credentials(headers, "bearer")?.as_bytes())
}

fn basic(headers: &HeaderMap, tokens: &Tokens) -> Option<BodyId> {
    let decoded = BASE64.decode(credentials(headers, "basic")?.as_bytes()).ok()?;
    let colon = decoded.iter().position(|byte| *byte == b':')?;
    let (user, secret) = (&decoded[..colon], &decoded[colon + 1..]);
    tokens.owner(secret).filter(|owner| owner.as_str().as_bytes() == user)
}

fn credentials<'a>(headers: &'a HeaderMap, scheme: &str) -> Option<&'a str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (given, rest) = value.split_once(' ')?;
    given.eq_ignore_ascii_case(scheme).then(|| rest.trim())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use axum::http::HeaderValue;

    use super::*;

    fn tokens() -> Tokens {
        let entry = |body, token: &str| (BodyId::new(body).unwrap(), token.to_owned());
        Tokens::new(&BTreeMap::from([entry("police", "s3cret:x"), entry("cqc", "other")]))
    }

    fn with(value: &str) -> HeaderMap {
        let value = HeaderValue::from_str(value).unwrap();
        HeaderMap::from_iter([(header::AUTHORIZATION, value)])
    }

    #[test]
    fn a_bearer_is_whose_token_it_is() {
        let police = BodyId::new("police").unwrap();
        assert_eq!(bearer(&with("Bearer s3cret:x"), &tokens()), Some(police.clone()));
        assert_eq!(bearer(&with("bearer s3cret:x"), &tokens()), Some(police));
        for wrong in ["Bearer", "Bearer ", "Bearer S3cret:x", "Basic s3cret:x", "s3cret:x"] {
            assert_eq!(bearer(&with(wrong), &tokens()), None, "{wrong}");
        }
    }

    #[test]
    fn a_basic_user_has_to_be_the_owner_of_the_token() {
        let value = |text: &str| with(&format!("Basic {}", BASE64.encode(text.as_bytes())));
        let police = BodyId::new("police").unwrap();
        assert_eq!(basic(&value("police:s3cret:x"), &tokens()), Some(police));
        for wrong in ["cqc:s3cret:x", "police:other", "police", ":s3cret:x", ""] {
            assert_eq!(basic(&value(wrong), &tokens()), None, "{wrong}");
        }
        assert_eq!(basic(&with("Basic ???"), &tokens()), None);
    }
}
