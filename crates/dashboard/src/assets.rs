//! What pages are drawn with: style, script and one picture, compiled in and served from here, so that a page
//! asks no other host for anything (`assets/README.md` says where each comes from).

use std::sync::LazyLock;

use axum::extract::Path;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use data_encoding::HEXLOWER;
use sha2::{Digest as _, Sha256};

use crate::problem::Problem;

/// Each file: its name, its type, its content.
const FILES: [(&str, &str, &str); 5] = [
    ("govuk-frontend.css", "text/css; charset=utf-8", include_str!("../assets/govuk-frontend.css")),
    ("moj-frontend.css", "text/css; charset=utf-8", include_str!("../assets/moj-frontend.css")),
    ("carehub.css", "text/css; charset=utf-8", include_str!("../assets/carehub.css")),
    (
        "govuk-frontend.js",
        "text/javascript; charset=utf-8",
        include_str!("../assets/govuk-frontend.js"),
    ),
    ("carehub.js", "text/javascript; charset=utf-8", include_str!("../assets/carehub.js")),
];

/// The picture in a browser's tab.
const ICON: (&str, &str, &str) =
    ("carehub.svg", "image/svg+xml", include_str!("../assets/carehub.svg"));

/// Stands in the address of each file and changes with their content, so that a browser may keep them.
pub(crate) static VERSION: LazyLock<String> = LazyLock::new(|| {
    let mut hasher = Sha256::new();
    for (name, _, content) in FILES.iter().chain([&ICON]) {
        hasher.update(name);
        hasher.update(content);
    }
    HEXLOWER.encode(&hasher.finalize()[..8])
});

/// An answer that a browser may keep: it is the same for everybody.
#[derive(Clone)]
pub(crate) struct Kept;

/// One file. The address of another version gets the present one, which is not kept then.
#[utoipa::path(get, path = "/assets/{version}/{name}", tag = "probes",
    params(("version" = String, Path, description = "Changes with the content"),
        ("name" = String, Path, description = "The file")),
    responses((status = 200, body = String), (status = 404, body = Problem)))]
pub(crate) async fn file(
    Path((version, name)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let found = FILES.iter().chain([&ICON]).find(|(known, _, _)| *known == name);
    let (_, kind, content) = found.ok_or_else(Problem::not_found)?;
    let mut response =
        ([(header::CONTENT_TYPE, HeaderValue::from_static(kind))], *content).into_response();
    if version == *VERSION {
        response.extensions_mut().insert(Kept);
    }
    Ok(response)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_file_names_another_host_or_what_only_gov_uk_may_use() {
        for (name, _, content) in FILES {
            assert!(!content.is_empty(), "{name}");
            for foreign in ["url(", "@import", "GDS Transport", "@font-face", "sourceMappingURL"] {
                assert!(!content.contains(foreign), "{name}: {foreign}");
            }
            // Names of namespaces and of where to read on are no addresses that anything is fetched from.
            let fetched =
                ["fetch(\"http", "fetch('http", "importScripts", "from'http", "from \"http"];
            assert!(!fetched.iter().any(|from| content.contains(from)), "{name}");
        }
    }
}
